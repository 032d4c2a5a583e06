internal import ConsentAudit
internal import ConsentModel
internal import LedgerCrypto
internal import TransparencyLog

/// What the last level finds: true statements that are not valid in their place, and objects.
extension BrokenLedger {
    static let brokenReplay: [BrokenLedger] = places + governance + templates + notices + consent

    private static let places: [BrokenLedger] = [
        consent("opt-in-about-two-contacts", "An opt-in stands in the chains of two persons.", "wrong-links") { log in
            log.append(
                log.grant(), by: LogBuilder.web, business: "acme", contacts: [LedgerStory.flo, LedgerStory.eva])
        },
        consent("opt-in-about-nobody", "An opt-in stands in no person's chain.", "wrong-links") { log in
            log.append(log.grant(), by: LogBuilder.web, business: "acme")
        },
        consent("opt-in-to-no-business", "An opt-in stands in no business's chain.", "wrong-links") { log in
            log.append(log.grant(withNotice: false), by: LogBuilder.web, contacts: [LedgerStory.flo])
        },
        consent(
            "governance-outside-the-ledger-chain", "A brand is defined outside the ledger's own chain.", "wrong-links"
        ) {
            $0.govern(
                .brandDefined, [.brand: .text("playa"), .name: .text("Playa")],
                lie: .init(links: { Array($0.dropFirst()) }))
        },
        consent(
            "changed-from-a-stranger", "A contact is changed from an address that is neither of the two.", "misplaced"
        ) { log in
            let event = log.event(
                .contactChanged, [.fromHandle: .bytes(LedgerStory.eva.bytes)], source: LogBuilder.web)
            log.append(
                event, by: LogBuilder.web, business: "acme", contacts: [LedgerStory.ana, LedgerStory.flo])
        },
        consent("opened-twice", "The ledger is opened a second time.", "misplaced") { $0.open(by: LedgerStory.deputy) },
        told(
            "opt-in-stated-again", "An opt-in that was withdrawn is put into the log once more, as it was signed.",
            .replay("repeated-event", at: 22)
        ) { story in
            story.steps[18] = { log in
                let grant = log.grant()
                log.append(grant, by: LogBuilder.web, business: "acme", contacts: [LedgerStory.dan])
            }
            story.steps.append { log in
                let first = try! Record(decoding: log.entries[18][...])
                let statement = first.statement
                log.append(
                    log.grant(), by: LogBuilder.web, business: "acme", contacts: [LedgerStory.dan],
                    lie: .init(statement: { _ in statement }))
            }
        },
        told(
            "opt-in-stated-for-another", "The same event is stated of two persons.", .replay("repeated-event", at: 19)
        ) {
            $0.steps[18] = { log in
                let grant = log.grant()
                for contact in [LedgerStory.dan, LedgerStory.flo] {
                    log.append(grant, by: LogBuilder.web, business: "acme", contacts: [contact])
                }
            }
        },
    ]

    private static let templates: [BrokenLedger] = [
        govern(
            "template-about-nothing", "A template is given neither a category nor a class.", "missing-field",
            .templateCategorized
        ) { [.template: .text("spring_offer")] },
        govern(
            "template-of-an-unknown-category", "A template is about a category that is not defined.",
            "unknown-category",
            .templateCategorized
        ) { [.template: .text("spring_offer"), .category: .text("space-travel")] },
        told(
            "template-of-a-retired-category", "A template is about a category that was retired.",
            .replay("unknown-category", at: 19)
        ) { story in
            story.steps.insert({ $0.govern(.categoryRetired, [.category: .text("utility")]) }, at: 18)
            story.steps.insert(
                { $0.govern(.templateCategorized, [.template: .text("bill"), .category: .text("utility")]) }, at: 19)
        },
        consent(
            "template-outside-the-ledger-chain", "A template is categorised outside the ledger's own chain.",
            "wrong-links"
        ) {
            $0.govern(
                .templateCategorized, [.template: .text("spring_offer"), .category: .text("marketing")],
                lie: .init(links: { Array($0.dropFirst()) }))
        },
        told(
            "template-stated-again", "A template's category is put into the log once more, as it was signed.",
            .replay("repeated-event", at: 19)
        ) { story in
            let step: LedgerStory.Step = { log in
                let event = try! Event(
                    .templateCategorized, id: EventID([UInt8](repeating: 3, count: 16))!,
                    [.template: .text("spring_offer"), .category: .text("marketing")])
                log.append(event, by: LedgerStory.deputy, business: "acme")
            }
            story.steps.insert(step, at: 18)
            story.steps.insert(step, at: 19)
        },
        told(
            "source-under-the-id-of-an-opt-in",
            "A source is authorised under the event id of an opt-in, which is no reason for its key not to count.",
            .replay("repeated-event", at: 22)
        ) { story in
            story.steps += [
                { $0.authorizeStranger(under: $0.eventID(at: 18)) },
                { $0.optIn(LedgerStory.flo, by: LedgerStory.stranger) },
            ]
        },
    ]

    private static let governance: [BrokenLedger] = [
        govern("key-authorised-twice", "A source's key is authorised once more.", "already-defined", .sourceAuthorized)
        {
            [
                .authorizedSource: .text("web"), .publicKey: .bytes(LogBuilder.web.key.publicKey.bytes),
                .custody: .text("external"),
            ]
        },
        govern(
            "key-of-two-sources", "A source's key is authorised as another source's.", "already-defined",
            .sourceAuthorized
        ) {
            [
                .authorizedSource: .text("kiosk"), .publicKey: .bytes(LogBuilder.web.key.publicKey.bytes),
                .custody: .text("external"),
            ]
        },
        govern(
            "admin-key-as-a-source", "An admin's key is authorised as a source's.", "already-defined",
            .sourceAuthorized
        ) {
            [
                .authorizedSource: .text("kiosk"), .publicKey: .bytes(LedgerStory.deputy.key.publicKey.bytes),
                .custody: .text("external"),
            ]
        },
        govern(
            "source-for-an-unknown-business", "A source is authorised for a business that is not registered.",
            "unknown-business", .sourceAuthorized
        ) {
            [
                .authorizedSource: .text("kiosk"), .publicKey: .bytes(LedgerStory.stranger.key.publicKey.bytes),
                .custody: .text("external"), .businesses: .texts(["moon"]),
            ]
        },
        govern(
            "proof-of-possession-of-another-ledger", "A source's proof of possession was made for another ledger.",
            "bad-signature", .sourceAuthorized
        ) {
            let key = LedgerStory.stranger.key
            let message = PossessionProof.message(
                origin: LogBuilder.origin, ledgerID: [UInt8](repeating: 9, count: 32), source: "kiosk",
                publicKey: key.publicKey.bytes)
            return [
                .authorizedSource: .text("kiosk"), .publicKey: .bytes(key.publicKey.bytes),
                .custody: .text("external"), .proofOfPossession: .bytes(key.signature(for: message)),
            ]
        },
        govern("unknown-source-revoked", "A source is revoked that there never was.", "unknown-source", .sourceRevoked)
        { [.authorizedSource: .text("kiosk")] },
        govern("unknown-key-revoked", "A key is revoked that its source never had.", "unknown-key", .sourceRevoked) {
            [.authorizedSource: .text("web"), .publicKey: .bytes(LedgerStory.stranger.key.publicKey.bytes)]
        },
        govern(
            "last-admin-key-retired", "The only admin key is retired: nobody could govern any more.", "misplaced",
            .adminKeyRetired
        ) { [.publicKey: .bytes(LedgerStory.deputy.key.publicKey.bytes)] },
        govern(
            "retired-admin-key-retired", "An admin key is retired a second time.", "unknown-key", .adminKeyRetired
        ) { [.publicKey: .bytes(Party("admin").key.publicKey.bytes)] },
        govern("admin-key-added-twice", "An admin key is added that is in force.", "already-defined", .adminKeyAdded) {
            [.publicKey: .bytes(LedgerStory.deputy.key.publicKey.bytes)]
        },
        govern("log-key-added-twice", "A log key is added that is in force.", "already-defined", .logKeyAdded) {
            [.logKey: .text(LogBuilder.verifierKey(of: LedgerStory.secondLog).text)]
        },
        govern(
            "business-registered-twice", "A business is registered a second time.", "already-defined",
            .businessRegistered
        ) { [.name: .text("acme")] },
        govern(
            "ready-made-category-defined", "A category that every business has is defined again.", "already-defined",
            .categoryDefined
        ) {
            [.category: .text("marketing"), .categoryClass: .text("marketing"), .basis: .text("legitimate-interest")]
        },
        govern(
            "unknown-category-retired", "A category is retired that was never defined.", "unknown-category",
            .categoryRetired
        ) { [.category: .text("gossip")] },
        govern(
            "sender-of-an-unknown-brand", "A sender is of a brand that there is not.", "unknown-brand", .senderDefined
        ) {
            [
                .sender: .text("ventas"), .addresses: .texts(["+34910000001"]), .channels: .texts(["sms"]),
                .brand: .text("playa"),
            ]
        },
        told(
            "business-never-registered", "A person opts in to a business that nobody registered.",
            .replay("unknown-business", at: 18)
        ) {
            $0.steps.insert(
                { log in
                    log.append(
                        log.grant(withNotice: false), by: LogBuilder.web, business: "moon", contacts: [LedgerStory.flo])
                }, at: 18)
        },
    ]

    private static let notices: [BrokenLedger] = [
        tampered("missing-object", "The text of a notice is gone.", .replay("missing-object", at: 5)) {
            $0.files["object/\(SHA256Digest(hashing: LogBuilder.notice))"] = nil
        },
        tampered("altered-object", "The text of a notice has a sentence more.", .replay("altered-object", at: 5)) {
            $0.files["object/\(SHA256Digest(hashing: LogBuilder.notice))"]! += Array(" Y sus socios.".utf8)
        },
        tampered(
            "object-under-another-hash", "An object that nobody names does not have its name's hash.",
            .replay("altered-object")
        ) { $0.files["object/\(SHA256Digest(hashing: [9]))"] = [1] },
        told("notice-that-is-no-text", "A notice is not UTF-8.", .replay("malformed-notice", at: 18)) {
            $0.steps.insert({ $0.publish(notice: [0xc3, 0x28]) }, at: 18)
        },
        told("empty-notice", "A notice says nothing.", .replay("malformed-notice", at: 18)) {
            $0.steps.insert({ $0.publish(notice: []) }, at: 18)
        },
        told(
            "notice-published-twice", "The same words are published a second time.", .replay("already-defined", at: 18)
        ) { $0.steps.insert({ $0.publish(notice: LogBuilder.notice) }, at: 18) },
        told(
            "notice-for-an-unknown-category", "A notice speaks of a category that there is not.",
            .replay("unknown-category", at: 18)
        ) { $0.steps.insert({ $0.publish(notice: Array("Otra cosa.".utf8), categories: ["gossip"]) }, at: 18) },
        govern("unknown-notice-retired", "A notice is retired that there never was.", "unknown-notice", .noticeRetired)
        {
            [.noticeName: .text("flyer")]
        },
        told(
            "notice-shown-backwards", "A notice was last shown before it was first shown.", .replay("misplaced", at: 18)
        ) {
            $0.steps.insert(
                { log in
                    log.govern(
                        .noticeReconstructed,
                        [
                            .noticeName: .text("leaflet"), .language: .text("es"),
                            .textDigest: .bytes(log.addObject(Array("Un folleto.".utf8))),
                            .channels: .texts(["sms"]), .categories: .texts(["marketing"]),
                            .shownFrom: .number(1_600_000_000_000), .shownUntil: .number(1_500_000_000_000),
                        ])
                }, at: 18)
        },
    ]

    private static let consent: [BrokenLedger] = [
        grant("opt-in-to-an-unknown-category", "An opt-in covers a category that there is not.", "unknown-category") {
            _ in [.categories: .texts(["gossip"])]
        },
        grant("opt-in-to-an-unknown-sender", "An opt-in covers a sender that there is not.", "unknown-sender") {
            _ in [.senders: .texts(["ventas"])]
        },
        grant("opt-in-to-an-unknown-brand", "An opt-in covers a brand that there is not.", "unknown-brand") {
            _ in [.brands: .texts(["playa"])]
        },
        grant(
            "opt-in-from-the-future", "An opt-in happened an hour after it was recorded.", "from-the-future"
        ) { log in [.occurredAt: .occurredAt(OccurredAt(Timestamp(milliseconds: log.now + 3_600_000)!))] },
        grant(
            "opt-in-on-an-unknown-notice", "An opt-in names words that were never published.", "unknown-notice"
        ) { _ in
            [.notice: .notice(NoticeReference(name: "web", textDigest: SHA256Digest(hashing: [1]).bytes))]
        },
        grant(
            "opt-in-older-than-its-notice", "An opt-in happened a day before its words were published.",
            "older-than-notice"
        ) { log in
            [.occurredAt: .occurredAt(OccurredAt(Timestamp(milliseconds: log.now - 86_400_000)!)), .notice: published]
        },
        grant(
            "opt-in-wider-than-its-notice", "An opt-in covers a channel that its words do not speak of.",
            "wider-than-notice"
        ) { _ in [.channels: .texts(["sms", "whatsapp"]), .notice: published] },
        consent("opt-out-of-an-unknown-category", "Even an opt-out names what exists.", "unknown-category") { log in
            log.append(
                log.event(.consentWithdrawn, [.categories: .texts(["gossip"])], source: LogBuilder.web),
                by: LogBuilder.web, business: "acme", contacts: [LedgerStory.flo])
        },
    ]

    // MARK: Ways to lie

    private static let published = FieldValue.notice(
        NoticeReference(name: "web", textDigest: SHA256Digest(hashing: LogBuilder.notice).bytes))

    /// One record more, at 18.
    private static func consent(
        _ name: String, _ about: String, _ code: String, _ step: @escaping LedgerStory.Step
    ) -> BrokenLedger {
        told(name, about, .replay(code, at: 18)) { $0.steps.insert(step, at: 18) }
    }

    /// One opt-in more, at 18, with some fields its own.
    private static func grant(
        _ name: String, _ about: String, _ code: String,
        _ fields: @escaping (LogBuilder) -> [EventField: FieldValue]
    ) -> BrokenLedger {
        consent(name, about, code) { log in
            let usual: [EventField: FieldValue] = [
                .channels: .texts(["whatsapp"]), .categories: .texts(["marketing"]),
                .occurredAt: .occurredAt(OccurredAt(Timestamp(milliseconds: log.now)!)),
            ]
            let event = log.event(
                .consentGiven, usual.merging(fields(log)) { _, own in own }, source: LogBuilder.web)
            log.append(event, by: LogBuilder.web, business: "acme", contacts: [LedgerStory.flo])
        }
    }

    /// One governance record more, at 18.
    private static func govern(
        _ name: String, _ about: String, _ code: String, _ type: EventType,
        _ fields: @escaping () -> [EventField: FieldValue]
    ) -> BrokenLedger {
        consent(name, about, code) { $0.govern(type, fields()) }
    }
}

extension LogBuilder {
    /// The id of the event at `index`.
    func eventID(at index: Int) -> EventID {
        let record = try! Record(decoding: entries[index][...])
        return try! Payload(decoding: Statement(decoding: record.statement[...]).payload[...]).id
    }

    /// Says by a source which class the messages of a template are of.
    func categorizeTemplate(by source: Party) {
        let fields: [EventField: FieldValue] = [
            .template: .text("spring_offer"), .categoryClass: .text("utility"), .source: .text(source.name),
        ]
        append(event(.templateCategorized, fields), by: source, business: "acme")
    }

    /// Authorises the source `stranger` by an event with an id that another event has.
    func authorizeStranger(under id: EventID) {
        let event = try! Event(
            .sourceAuthorized, id: id,
            [
                .authorizedSource: .text(LedgerStory.stranger.name),
                .publicKey: .bytes(LedgerStory.stranger.key.publicKey.bytes), .custody: .text("external"),
            ])
        append(event, by: LedgerStory.deputy)
    }

    /// Publishes words under the name `web` by who is admin at the end.
    func publish(notice text: [UInt8], categories: [String] = ["marketing"]) {
        govern(
            .noticePublished,
            [
                .noticeName: .text("web"), .language: .text("es"), .textDigest: .bytes(addObject(text)),
                .channels: .texts(["whatsapp"]), .categories: .texts(categories),
            ])
    }
}
