/// The numbers of the format, written out once more: they are fixed for ever, so a change of the library that touches one
/// must fail here.
enum PinnedNumbers {
    /// `signer` is who signs; `chains` are the sets of chains a record may be in: L the ledger's, B a business's, C a
    /// contact's.
    static let types: [(number: UInt64, name: String, signer: String, chains: String)] = [
        (1, "ledger-opened", "admin", "L"),
        (2, "admin-key-added", "admin", "L"),
        (3, "admin-key-retired", "admin", "L"),
        (4, "log-key-added", "admin", "L"),
        (5, "log-key-retired", "admin", "L"),
        (6, "source-authorized", "admin", "L"),
        (7, "source-revoked", "admin", "L"),
        (8, "business-registered", "admin", "LB"),
        (9, "brand-defined", "admin", "LB"),
        (10, "sender-defined", "admin", "LB"),
        (11, "category-defined", "admin", "LB"),
        (12, "category-retired", "admin", "LB"),
        (13, "notice-published", "admin", "LB"),
        (14, "notice-reconstructed", "admin", "LB"),
        (15, "notice-retired", "admin", "LB"),
        (16, "rulepack-adopted", "admin", "L LB"),
        (17, "decisions-recorded", "either", "L LB"),
        (18, "hold-added", "admin", "LB LBC"),
        (19, "hold-lifted", "admin", "LB LBC"),
        (20, "heads-sealed", "either", "L"),
        (32, "consent-requested", "source", "BC"),
        (33, "consent-given", "source", "BC"),
        (34, "consent-confirmed", "source", "BC"),
        (35, "consent-renewed", "source", "BC"),
        (36, "consent-refused", "source", "BC"),
        (37, "consent-withdrawn", "source", "BC"),
        (38, "consent-revoked", "source", "BC"),
        (39, "consent-resumed", "source", "BC"),
        (40, "consent-invalidated", "source", "BC"),
        (41, "basis-began", "source", "BC"),
        (42, "basis-ended", "source", "BC"),
        (43, "objected", "source", "BC"),
        (44, "complained", "source", "BC"),
        (45, "blocked", "source", "BC"),
        (46, "reported", "source", "BC"),
        (47, "review-opened", "source", "BC"),
        (48, "review-decided", "source", "BC"),
        (49, "event-voided", "source", "BC"),
        (50, "contact-changed", "source", "BCC"),
        (51, "contact-linked", "source", "BCC"),
        (52, "contact-unlinked", "source", "BCC"),
        (53, "contact-reassigned", "source", "BC"),
        (54, "contact-erased", "source", "BC"),
        (55, "evidence-attached", "source", "BC"),
        (56, "migrated", "source", "BC"),
    ]

    /// The types that bind whatever the state of their source.
    static let restrictions: Set<UInt64> = [36, 37, 38, 40, 42, 43, 44, 45, 46, 47, 53, 54]

    static let fields: [(number: UInt64, name: String)] = [
        (3, "source"), (4, "occurred-at"), (5, "commitment"), (6, "flags"), (7, "channels"), (8, "categories"),
        (9, "notice"), (10, "method"), (11, "verification"), (12, "presentation"), (13, "imported"),
        (14, "expires-at"), (15, "senders"), (16, "brands"), (17, "request"), (18, "valid-for"),
        (19, "do-not-contact"), (20, "basis"), (21, "reason"), (22, "concerns"), (23, "outcome"), (24, "via"),
        (32, "nonce"), (33, "origin"), (34, "admin-keys"), (35, "log-keys"), (36, "recovery-digest"),
        (37, "longest-unpublished"), (38, "environment"), (39, "public-key"), (40, "log-key"),
        (41, "authorized-source"), (42, "custody"), (43, "businesses"), (44, "proof-of-possession"),
        (45, "compromised-since"),
        (48, "name"), (49, "country"), (50, "brand"), (51, "sender"), (52, "addresses"), (53, "category"),
        (54, "class"), (55, "notice-name"), (56, "language"), (57, "text-digest"), (58, "shown-from"),
        (59, "shown-until"),
        (64, "pack"), (65, "pack-version"), (66, "pack-digest"), (67, "effective-from"), (68, "root"), (69, "count"),
        (70, "covered-size"), (71, "covered-root"), (72, "inputs-digest"), (73, "hold"), (74, "hold-until"),
        (80, "from-handle"), (81, "keep-suppression"), (82, "previous-origin"), (83, "previous-ledger"),
        (84, "previous-index"), (85, "previous-leaf-hash"),
    ]
}
