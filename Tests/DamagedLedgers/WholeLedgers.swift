internal import ConsentAudit
internal import ConsentModel
internal import LedgerCrypto
internal import TransparencyLog

/// Ledgers that look odd and must hold: what a verifier that refuses everything would get wrong.
extension BrokenLedger {
    static let wholeLedgers: [BrokenLedger] = [
        tampered("whole", "Nothing is wrong.", .holds) { _ in },
        tampered("whole-with-unknown-files", "Files lie about that no record and no checkpoint asks for.", .holds) {
            log in
            log.files["README"] = Array("Copied on a Sunday.\n".utf8)
            log.files["tile/0/000.p/22.tmp"] = [1, 2, 3]
        },
        told("whole-with-an-unknown-event-type", "A source states an event of a type of a later version.", .holds) {
            $0.steps.insert(
                { log in
                    let payload = CBORParts.map([
                        ([1], CBORParts.unsigned(99)), ([2], CBORParts.byteString([UInt8](repeating: 5, count: 16))),
                        ([3], CBORParts.text("web")), (CBORParts.unsigned(200), CBORParts.map([([0], [0xf5])])),
                    ])
                    log.append(
                        log.grant(), by: LogBuilder.web, business: "acme", contacts: [LedgerStory.flo],
                        lie: .init(payload: payload))
                }, at: 18)
        },
        told(
            "whole-with-an-opt-out-by-another-source",
            "A source states an opt-out at a business that it is not authorised for; a stop binds.", .holds
        ) { $0.steps.insert({ $0.optOut(of: LedgerStory.dan, by: LedgerStory.shop) }, at: 19) },
        told(
            "whole-with-templates",
            "Templates are given a category, a class or both, again, and at a time to come; a class need not be a category in "
                + "force.", .holds
        ) {
            $0.steps.insert({ $0.govern(.categoryRetired, [.category: .text("utility")]) }, at: 18)
            $0.steps.insert({ $0.categorizeTemplate(by: LogBuilder.web) }, at: 19)
            $0.steps.insert({ $0.categorizeTemplate(by: LogBuilder.web) }, at: 20)
            $0.steps.insert(
                { log in
                    log.govern(
                        .templateCategorized,
                        [
                            .template: .text("spring_offer"), .category: .text("marketing"),
                            .categoryClass: .text("utility"), .language: .text("es"),
                            .occurredAt: .occurredAt(OccurredAt(Timestamp(milliseconds: log.now + 86_400_000)!)),
                        ])
                }, at: 21)
        },
        told(
            "whole-with-an-imported-opt-in", "An imported opt-in is older than its notice, and says so.", .holds
        ) {
            $0.steps.insert(
                { log in
                    let event = log.event(
                        .consentGiven,
                        [
                            .channels: .texts(["whatsapp"]), .categories: .texts(["marketing"]), .imported: .mark,
                            .occurredAt: .occurredAt(OccurredAt(Timestamp(milliseconds: log.now - 86_400_000)!)),
                            .notice: .notice(
                                NoticeReference(
                                    name: "web", textDigest: SHA256Digest(hashing: LogBuilder.notice).bytes)),
                        ], source: LogBuilder.web)
                    log.append(event, by: LogBuilder.web, business: "acme", contacts: [LedgerStory.flo])
                }, at: 18)
        },
        told("whole-with-an-opt-out-from-the-future", "An opt-out says that it happens tomorrow; a stop binds.", .holds)
        {
            $0.steps.insert(
                { log in
                    let event = log.event(
                        .consentWithdrawn,
                        [.occurredAt: .occurredAt(OccurredAt(Timestamp(milliseconds: log.now + 86_400_000)!))],
                        source: LogBuilder.web)
                    log.append(event, by: LogBuilder.web, business: "acme", contacts: [LedgerStory.eva])
                }, at: 20)
        },
        told("whole-with-records-of-one-moment", "Several records were recorded in the same millisecond.", .holds) {
            for index in [13, 14, 15] {
                let step = $0.steps[index]
                $0.steps[index] = {
                    $0.now -= 1000
                    step($0)
                }
            }
        },
        tampered("whole-with-an-unknown-signature", "A witness that nobody knows cosigned the checkpoint.", .holds) {
            log in
            var signed = try! SignedCheckpoint(parsing: log.files["checkpoint"]!)
            try! signed.cosign(as: "witness.example.com", at: 1_700_000_000, with: LedgerStory.stranger.key)
            for path in ["checkpoint", kept + "22"] { log.files[path] = signed.bytes }
        },
        tampered(
            "whole-with-an-unreadable-unknown-signature",
            "A signature line of an unknown key has bytes that are no signature.", .holds
        ) { log in
            let line = Array("\u{2014} witness.example.com AAAAAAAA\n".utf8)
            for path in ["checkpoint", kept + "22"] { log.files[path]! += line }
        },
        tampered(
            "whole-with-an-extended-checkpoint", "The checkpoint has a line after the root, as C2SP allows.", .holds
        ) { $0.publish { $0 + "an extension line\n" } },
        tampered(
            "whole-with-a-name-above-2-to-the-63", "A file among the kept checkpoints has a name too large for a size.",
            .holds
        ) { $0.files["checkpoints/09223372036854775808"] = $0.files[kept + "12"] },
        tampered(
            "whole-with-a-checkpoint-of-no-records",
            "A checkpoint of the empty tree was kept, signed by the first key.",
            .holds
        ) { log in
            let empty = try! Checkpoint(origin: LogBuilder.origin, size: 0, root: MerkleHash.empty)
            log.files[kept + "00"] = try! SignedCheckpoint(signing: empty, with: Party("log").key).bytes
        },
        tampered("whole-without-older-checkpoints", "Only the newest checkpoint was kept.", .holds) { log in
            for size in ["06", "12"] {
                for path in [kept + size, "tile/0/000.p/\(Int(size)!)", "tile/entries/000.p/\(Int(size)!)"] {
                    log.files[path] = nil
                }
            }
        },
        tampered(
            "whole-with-records-above-the-checkpoint", "The bundle of a publication that was not finished is there.",
            .holds
        ) { log in
            var story = LedgerStory()
            story.steps.append { $0.optIn(LedgerStory.flo) }
            let later = story.told().log
            for path in ["tile/0/000.p/23", "tile/entries/000.p/23"] { log.files[path] = later.files[path] }
        },
        whole("whole-with-two-tiles", "The log has more records than a tile.", LogBuilder.ledger(size: 258)),
        whole("whole-opened-only", "The ledger was opened, and nothing else happened.", LogBuilder.ledger(size: 1)),
    ]

    private static func whole(_ name: String, _ about: String, _ log: LogBuilder) -> BrokenLedger {
        BrokenLedger(name: name, about: about, expectation: .holds, pins: log.pins, log: log.log)
    }
}
