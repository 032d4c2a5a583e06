public import ConsentLedger
internal import ConsentModel
internal import ConsentRules
internal import LedgerCrypto
internal import TransparencyLog

/// Builds the ledger that is kept under `ledger/sample`: two businesses, notices in Spanish and English, about three
/// hundred records with every event type, a checkpoint for every chapter. Clock and randomness are fixed, so the same
/// bytes come out every time; its keys are public, and it says that it is a test.
public struct SampleLedger {
    static let acme = "acme-viajes"
    static let harbor = "harbor-clinic"

    private let writer: LedgerWriter
    private let clock: SampleClock
    private let random = SeededRandomSource(label: "consent-ledger sample, second stream")
    /// Leaf hashes and heads for the sealed heads, from what was recorded.
    private let location: LedgerLocation

    /// Builds the ledger at `location`.
    public static func build(at location: LedgerLocation) throws {
        // 2 March 2026, 09:00 UTC.
        let clock = SampleClock(try OccurredAt(parsing: "2026-03-02T09:00:00Z").start)
        let writer = try LedgerCreation(origin: "log.example.com/sample", isTest: true).create(
            at: location, business: (id: acme, name: "Acme Viajes", country: "ES"), clock: clock,
            random: SeededRandomSource(label: "consent-ledger sample"))
        let sample = SampleLedger(writer: writer, clock: clock, location: location)
        try sample.write()
        try writer.close()
    }

    private init(writer: LedgerWriter, clock: SampleClock, location: LedgerLocation) {
        self.writer = writer
        self.clock = clock
        self.location = location
    }

    private func write() throws {
        try defineBusinesses()
        try chapter()
        try optIns()
        try chapter()
        try optOuts()
        try chapter()
        try requestsAndReviews()
        try chapter()
        try contactsChange()
        try chapter()
        try governanceGoesOn()
        try chapter()
        try everyday()
    }

    /// Publishes: the end of a chapter.
    private func chapter() throws {
        try writer.publish()
        clock.pass(seconds: 86_400)
    }

    @discardableResult
    private func record(_ draft: EventDraft) throws -> UInt64 {
        clock.pass(seconds: 61)
        return try writer.append(draft).index
    }

    @discardableResult
    private func govern(
        _ type: EventType, of business: String? = nil, _ fields: [EventField: FieldValue], objects: [[UInt8]] = []
    ) throws -> UInt64 {
        var draft = EventDraft(type, business: business, fields: fields)
        draft.objects = objects
        return try record(draft)
    }

    @discardableResult
    private func state(
        _ type: EventType, _ business: String, _ contact: String, _ fields: [EventField: FieldValue] = [:],
        facts: [EventDraft.PrivateFact] = [], id: String? = nil, other: String? = nil
    ) throws -> UInt64 {
        var draft = EventDraft(
            type, business: business, contact: try ContactAddress(parsing: contact), fields: fields,
            privateFields: facts)
        draft.otherContact = try other.map { try ContactAddress(parsing: $0) }
        draft.outsideID = id
        if draft.fields[.occurredAt] == nil {
            draft.fields[.occurredAt] = .occurredAt(OccurredAt(clock.now()))
        }
        return try record(draft)
    }

    /// The event id that the ledger gave to the event it recorded at `index`.
    private func eventID(at index: UInt64) throws -> FieldValue {
        let record = try Ledger(location).read { try $0.record(at: index) }
        return .bytes(try Payload(decoding: Statement(decoding: record.statement[...]).payload[...]).id.bytes)
    }
}

/// The chapters.
extension SampleLedger {
    private static let spanish = """
        Acepto recibir ofertas de viajes de Acme Viajes por WhatsApp. Puedo dejarlo cuando quiera respondiendo BAJA.

        """
    private static let spanishMail = """
        Sí, quiero que Acme Viajes me envíe su boletín por correo electrónico. Cada correo lleva un enlace para dejarlo.

        """
    private static let english = """
        I agree that Harbor Clinic reminds me of appointments by SMS and WhatsApp. Reply STOP at any time to leave.

        """
    private static let englishOld = """
        Harbor Clinic may text me news and offers. Text STOP to leave.

        """

    private func notice(
        _ name: String, _ business: String, _ text: String, _ language: String, channels: [String],
        categories: [String],
        shownFrom: String? = nil
    ) throws {
        let bytes = Array(text.utf8)
        var fields: [EventField: FieldValue] = [
            .noticeName: .text(name), .language: .text(language),
            .textDigest: .bytes(SHA256Digest(hashing: bytes).bytes),
            .channels: .list(channels), .categories: .list(categories),
        ]
        if let shownFrom {
            fields[.shownFrom] = .number(try OccurredAt(parsing: shownFrom).start.milliseconds)
            fields[.shownUntil] = .number(try OccurredAt(parsing: "2025-12-31").start.milliseconds)
        }
        try govern(shownFrom == nil ? .noticePublished : .noticeReconstructed, of: business, fields, objects: [bytes])
    }

    private func reference(_ name: String, _ text: String) -> FieldValue {
        .notice(NoticeReference(name: name, textDigest: SHA256Digest(hashing: Array(text.utf8)).bytes))
    }

    private func defineBusinesses() throws {
        try govern(
            .businessRegistered, of: Self.harbor, [.name: .text("Harbor Clinic"), .country: .text("GB")])
        try govern(.brandDefined, of: Self.acme, [.brand: .text("acme-playa"), .name: .text("Acme Playa")])
        try govern(
            .senderDefined, of: Self.acme,
            [
                .sender: .text("ventas"), .addresses: .list(["106540352242922", "+34910000001"]),
                .channels: .list(["whatsapp"]), .brand: .text("acme-playa"),
            ])
        try govern(
            .categoryDefined, of: Self.acme,
            [
                .category: .text("offers"), .categoryClass: .text("marketing"), .basis: .text("consent"),
                .name: .text("Ofertas"),
            ])
        try govern(
            .categoryDefined, of: Self.acme,
            [.category: .text("booking"), .categoryClass: .text("utility"), .basis: .text("contract")])
        try govern(
            .categoryDefined, of: Self.harbor,
            [.category: .text("reminders"), .categoryClass: .text("utility"), .basis: .text("consent")])
        try govern(
            .categoryDefined, of: Self.harbor,
            [.category: .text("surveys"), .categoryClass: .text("marketing"), .basis: .text("legitimate-interest")])
        try notice("web", Self.acme, Self.spanish, "es", channels: ["whatsapp"], categories: ["marketing", "offers"])
        try notice("boletin", Self.acme, Self.spanishMail, "es", channels: ["email"], categories: ["offers"])
        try notice("desk", Self.harbor, Self.english, "en", channels: ["sms", "whatsapp"], categories: ["reminders"])
        try notice(
            "leaflet", Self.harbor, Self.englishOld, "en", channels: ["sms"], categories: ["marketing"],
            shownFrom: "2023-01-01")
        let shop = try writer.makeSourceKey("shop")
        try govern(
            .sourceAuthorized,
            [
                .authorizedSource: .text("shop"), .publicKey: .bytes(shop.publicKey), .custody: .text("ledger"),
                .businesses: .list([Self.acme]), .proofOfPossession: .bytes(shop.proof),
            ])
        let reception = try Ed25519PrivateKey(seed: random.secret(32))
        try govern(
            .sourceAuthorized,
            [
                .authorizedSource: .text("reception"), .publicKey: .bytes(reception.publicKey.bytes),
                .custody: .text("external"), .businesses: .list([Self.harbor]),
            ])
    }

    private func optIns() throws {
        for number in 0..<40 {
            try state(
                .consentGiven, Self.acme, Self.phone(number),
                [
                    .source: .text(number % 3 == 0 ? "shop" : "cli"), .channels: .list(["whatsapp"]),
                    .categories: .list(number % 2 == 0 ? ["marketing", "offers"] : ["offers"]),
                    .notice: reference("web", Self.spanish), .method: .text("web-form"), .verification: .text("none"),
                    .presentation: .presentation(Self.checkbox),
                ],
                facts: [
                    EventDraft.PrivateFact("ip", "192.0.2.\(number + 1)"),
                    EventDraft.PrivateFact("user-agent", "Mozilla/5.0 (example)"),
                ], id: "form-\(number)")
        }
        for number in 0..<30 {
            try state(
                .consentGiven, Self.harbor, "patient-\(number)@example.org",
                [
                    .channels: .list(["sms"]), .categories: .list(["reminders"]),
                    .notice: reference("desk", Self.english), .method: .text("paper"), .verification: .text("signed"),
                ], facts: [EventDraft.PrivateFact("note", "signed form, drawer \(number % 4)")])
        }
        for number in 0..<10 {
            try state(
                .consentGiven, Self.harbor, "old-\(number)@example.net",
                [
                    .channels: .list(["sms"]), .categories: .list(["marketing"]), .imported: .mark,
                    .notice: reference("leaflet", Self.englishOld), .method: .text("import"),
                    .occurredAt: .occurredAt(try OccurredAt(parsing: "2024-05-0\(number % 9 + 1)")),
                ])
        }
        for number in 40..<45 {
            try state(
                .consentGiven, Self.acme, Self.phone(number),
                [
                    .channels: .list(["email"]), .categories: .list(["offers"]), .imported: .mark,
                    .flags: .list(["notice-text-unknown"]), .method: .text("import"),
                    .occurredAt: .occurredAt(try OccurredAt(parsing: "2022-11-05")),
                ])
        }
        for number in 0..<6 {
            try state(
                .basisBegan, Self.acme, Self.phone(number),
                [
                    .basis: .text("contract"), .categories: .list(["booking"]), .channels: .list(["whatsapp"]),
                    .method: .text("checkout"),
                ])
        }
        for number in 2..<5 {
            try state(
                .consentRenewed, Self.acme, Self.phone(number),
                [
                    .channels: .list(["whatsapp"]), .categories: .list(["offers"]),
                    .notice: reference("web", Self.spanish), .method: .text("in-app"),
                    .expiresAt: .number(clock.now().adding(milliseconds: 365 * OccurredAt.day).milliseconds),
                ])
        }
    }

    private func optOuts() throws {
        for number in stride(from: 1, to: 30, by: 4) {
            try state(
                .consentWithdrawn, Self.acme, Self.phone(number),
                [.method: .text("keyword"), .via: .text("whatsapp")],
                facts: [
                    EventDraft.PrivateFact("text", "BAJA"),
                    EventDraft.PrivateFact("message-id", "wamid.example-\(number)"),
                ],
                id: "message-\(number)")
        }
        try state(.consentResumed, Self.acme, Self.phone(1), [.via: .text("whatsapp"), .method: .text("keyword")])
        try state(
            .consentWithdrawn, Self.acme, Self.phone(2),
            [.categories: .list(["offers"]), .channels: .list(["whatsapp"]), .method: .text("platform-preference")])
        try state(.consentWithdrawn, Self.acme, Self.phone(3), [.doNotContact: .mark, .method: .text("call-agent")])
        try state(
            .consentRefused, Self.acme, Self.phone(50),
            [.channels: .list(["whatsapp"]), .categories: .list(["offers"]), .method: .text("web-form")])
        try state(
            .consentRevoked, Self.harbor, "patient-2@example.org",
            [.reason: .text("guardian-request"), .method: .text("in-person")])
        try state(
            .consentInvalidated, Self.harbor, "patient-3@example.org",
            [.reason: .text("wrong-form"), .concerns: try eventID(at: 60)])
        try state(.basisEnded, Self.acme, Self.phone(4), [.basis: .text("contract"), .method: .text("api")])
        try state(.objected, Self.harbor, "patient-4@example.org", [.categories: .list(["surveys"])])
        try state(
            .complained, Self.acme, Self.phone(6), [.channels: .list(["whatsapp"]), .method: .text("provider-signal")])
        try state(.blocked, Self.acme, Self.phone(8), [.channels: .list(["whatsapp"]), .via: .text("whatsapp")])
        try state(.reported, Self.acme, Self.phone(9), [.channels: .list(["whatsapp"])])
    }

    private func requestsAndReviews() throws {
        for number in 60..<66 {
            let request = try state(
                .consentRequested, Self.acme, "lector-\(number)@example.com",
                [
                    .channels: .list(["email"]), .categories: .list(["offers"]),
                    .notice: reference("boletin", Self.spanishMail), .method: .text("web-form"),
                ])
            guard number % 2 == 0 else { continue }
            try state(
                .consentConfirmed, Self.acme, "lector-\(number)@example.com",
                [
                    .request: try eventID(at: request), .verification: .text("double-opt-in"),
                    .method: .text("email-link"),
                ])
        }
        let review = try state(
            .reviewOpened, Self.acme, Self.phone(10), [.categories: .list(["marketing"]), .via: .text("whatsapp")],
            facts: [EventDraft.PrivateFact("text", "no me escriban más, por favor")])
        try state(
            .reviewDecided, Self.acme, Self.phone(10),
            [.concerns: try eventID(at: review), .outcome: .text("opt-out"), .reason: .text("clear-words")])
        let other = try state(
            .reviewOpened, Self.acme, Self.phone(12), [.categories: .list(["marketing"]), .via: .text("whatsapp")],
            facts: [EventDraft.PrivateFact("text", "parar en Toledo, ¿se puede?")])
        try state(
            .reviewDecided, Self.acme, Self.phone(12),
            [.concerns: try eventID(at: other), .outcome: .text("dismissed"), .reason: .text("not-an-opt-out")])
        try state(
            .reviewOpened, Self.acme, Self.phone(14), [.categories: .list(["marketing"]), .via: .text("whatsapp")],
            facts: [EventDraft.PrivateFact("text", "¿cómo dejo de recibir esto?")])
        let mistake = try state(
            .consentWithdrawn, Self.acme, Self.phone(16), [.method: .text("call-agent")],
            facts: [EventDraft.PrivateFact("note", "asked on the phone")])
        try state(
            .eventVoided, Self.acme, Self.phone(16),
            [.concerns: try eventID(at: mistake), .reason: .text("wrong-number")])
        let given = try state(
            .consentGiven, Self.harbor, "patient-40@example.org",
            [
                .channels: .list(["sms", "whatsapp"]), .categories: .list(["reminders"]),
                .notice: reference("desk", Self.english), .method: .text("paper"),
            ])
        try state(
            .evidenceAttached, Self.harbor, "patient-40@example.org",
            [.concerns: try eventID(at: given)],
            facts: [
                EventDraft.PrivateFact("attachment-type", "image/png"),
                EventDraft.PrivateFact(
                    "attachment-sha256", Hexadecimal.encode(SHA256Digest(hashing: Array("scan".utf8)).bytes)),
            ])
    }

    private func contactsChange() throws {
        try state(
            .contactLinked, Self.acme, Self.phone(18), [.method: .text("provider-signal")],
            other: "whatsapp:ES.1000000018")
        try state(
            .contactLinked, Self.acme, Self.phone(20), [.method: .text("provider-signal")],
            other: "whatsapp:ES.1000000020")
        try state(
            .contactUnlinked, Self.acme, Self.phone(20), [.reason: .text("wrong-link")], other: "whatsapp:ES.1000000020"
        )
        try state(
            .contactChanged, Self.acme, "+34600111990", [.method: .text("provider-signal")], other: Self.phone(22))
        try state(.contactReassigned, Self.acme, Self.phone(24), [.reason: .text("number-database")])
        try state(.contactErased, Self.acme, Self.phone(26), [.keepSuppression: .mark])
        try state(
            .migrated, Self.harbor, "patient-5@example.org",
            [
                .previousOrigin: .text("old.example.org/consents"), .previousIndex: .number(17),
                .previousLedger: .bytes(SHA256Digest(hashing: Array("old ledger".utf8)).bytes),
                .previousLeafHash: .bytes(SHA256Digest(hashing: Array("old record".utf8)).bytes),
            ])
    }

    private func governanceGoesOn() throws {
        let admin = try Ed25519PrivateKey(seed: random.secret(32))
        try govern(.adminKeyAdded, [.publicKey: .bytes(admin.publicKey.bytes)])
        try govern(.adminKeyRetired, [.publicKey: .bytes(admin.publicKey.bytes), .reason: .text("rotation")])
        let log = try VerifierKey(
            name: "log.example.com/sample", publicKey: Ed25519PrivateKey(seed: random.secret(32)).publicKey, use: .note)
        try govern(.logKeyAdded, [.logKey: .text(log.text)])
        try govern(.logKeyRetired, [.logKey: .text(log.text), .reason: .text("rotation")])
        try govern(
            .sourceRevoked,
            [
                .authorizedSource: .text("shop"), .reason: .text("key-lost"),
                .compromisedSince: .number(clock.now().subtracting(milliseconds: 6 * OccurredAt.day).milliseconds),
            ])
        try govern(
            .categoryDefined, of: Self.acme,
            [.category: .text("raffles"), .categoryClass: .text("marketing"), .basis: .text("consent")])
        try govern(.categoryRetired, of: Self.acme, [.category: .text("raffles"), .reason: .text("no-longer-sent")])
        try govern(.noticeRetired, of: Self.acme, [.noticeName: .text("boletin"), .reason: .text("new-wording")])
        let pack = Array(
            #"{"format":"consent-ledger/rule-pack/v1","pack":"house","version":"1","title":"House rules","rules":[]}"#
                .utf8)
        try govern(
            .rulepackAdopted, of: Self.acme,
            [
                .pack: .text("house"), .packVersion: .text("1"), .packDigest: .bytes(SHA256Digest(hashing: pack).bytes),
            ], objects: [pack])
        let (size, root) = try Ledger(location).read { ($0.size, try $0.root()) }
        try govern(
            .decisionsRecorded, of: Self.acme,
            [
                .root: .bytes(MerkleHash.leaf(Array("one decision of a sample campaign".utf8)).bytes),
                .count: .number(1),
                .coveredSize: .number(size), .coveredRoot: .bytes(root.bytes),
            ])
        try govern(.holdAdded, of: Self.acme, [.hold: .text("case-7"), .reason: .text("litigation")])
        try govern(.holdLifted, of: Self.acme, [.hold: .text("case-7")])
        try govern(
            .templateCategorized, of: Self.acme,
            [.template: .text("oferta_semanal"), .language: .text("es"), .category: .text("offers")])
        // As a platform's webhook tells it.
        try govern(
            .templateCategorized, of: Self.acme,
            [
                .source: .text("cli"), .template: .text("oferta_semanal"), .language: .text("es"),
                .categoryClass: .text("marketing"),
            ])
        try sealHeads()
    }

    /// Seals the heads of all contact chains: the root of a tree over [handle, sequence, index, leaf hash], sorted.
    private func sealHeads() throws {
        let (size, heads) = try Ledger(location).read { snapshot in (snapshot.size, try snapshot.contactHeads()) }
        var edge = RightEdge()
        for head in heads { edge.append(MerkleHash.leaf(head.encoded())) }
        let fields: [EventField: FieldValue] = [
            .root: .bytes(edge.root.bytes), .count: .number(UInt64(heads.count)), .coveredSize: .number(size),
        ]
        try govern(.headsSealed, fields)
    }

    /// Ordinary days, until there are about three hundred records.
    private func everyday() throws {
        for number in 100..<210 {
            try state(
                .consentGiven, Self.acme, Self.phone(number),
                [
                    .channels: .list(["whatsapp"]), .categories: .list(["offers"]),
                    .notice: reference("web", Self.spanish), .method: .text("qr-code"),
                ])
            if number % 5 == 0 {
                try state(
                    .consentWithdrawn, Self.acme, Self.phone(number),
                    [.method: .text("keyword"), .via: .text("whatsapp")],
                    facts: [EventDraft.PrivateFact("text", "STOP")])
            }
        }
    }

    /// An invented mobile number.
    private static func phone(_ number: Int) -> String {
        let digits = String(number)
        return "+34600111" + String(repeating: "0", count: 3 - digits.utf8.count) + digits
    }

    private static var checkbox: Presentation {
        var presentation = Presentation()
        presentation.control = "checkbox"
        presentation.pageVersion = "2026-02"
        return presentation
    }
}
