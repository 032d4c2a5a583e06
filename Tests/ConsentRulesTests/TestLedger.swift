import ConsentModel
import ConsentRules
import LedgerCrypto

/// Minute `minute` of the day on which everything here happens; tests count in minutes.
func minute(_ minute: Int) -> Timestamp {
    Timestamp(milliseconds: 1_767_225_600_000 + UInt64(minute) * 60_000)!
}

/// A list of words as an event holds it.
func words(_ words: String...) -> FieldValue { .list(words) }

/// A moment as an event's field.
func time(_ moment: Timestamp) -> FieldValue { .number(moment.milliseconds) }

/// A word or name as an event's field.
func word(_ text: String) -> FieldValue { .text(text) }

/// Thirty-two bytes that stand for a digest or a public key.
func bytes32(_ label: String) -> [UInt8] { SHA256Digest(hashing: Array(label.utf8)).bytes }

/// The identifier of the key that a source of that label has here.
func keyIdentifier(_ label: String) -> [UInt8] { Ed25519PublicKey(bytes32(label))!.keyIdentifier }

/// An event identifier of that number.
func eventID(_ number: UInt64) -> EventID {
    EventID([UInt8](repeating: 0, count: 8) + withUnsafeBytes(of: number.bigEndian) { Array($0) })!
}

/// A contact handle of that number.
func contactHandle(_ number: UInt8) -> ContactHandle { ContactHandle([UInt8](repeating: number, count: 16))! }

/// A ledger's governance, record by record, as the rules see it: no signatures, no log.
struct TestLedger {
    static let origin = "ledger.example.com/acme"

    private(set) var catalog = Catalog(origin: origin)
    /// What was applied, in order.
    private(set) var history: [(record: Record, event: Event?)] = []
    /// The next record's index and time.
    var nextIndex: UInt64 = 0
    var now = minute(0)

    /// Applies a governance event as the next record; returns its index. A refused event leaves no record.
    @discardableResult
    mutating func govern(
        _ type: EventType, _ fields: [EventField: FieldValue] = [:], business: String? = nil
    ) throws -> UInt64 {
        let event = try Event(type, id: eventID(1_000_000 + nextIndex), fields)
        var chains: [Chain] = type.chains.ledger ? [.ledger] : []
        if let business { chains.append(.business(business)) }
        let record = try Record(
            index: nextIndex, recordedAt: now, links: chains.sorted().map(ChainLink.init(beginning:)), statement: [])
        try catalog.apply(record, event, leafHash: SHA256Digest(bytes32("leaf \(nextIndex)"))!)
        history.append((record, event))
        nextIndex += 1
        return record.index
    }

    /// Applies a record of a type that nobody knows yet.
    @discardableResult
    mutating func governUnknown(business: String? = nil, contact: ContactHandle? = nil) throws -> UInt64 {
        var chains: [Chain] = [.ledger]
        if let business { chains.append(.business(business)) }
        if let contact { chains.append(.contact(contact)) }
        let record = try Record(
            index: nextIndex, recordedAt: now, links: chains.map(ChainLink.init(beginning:)), statement: [])
        catalog.applyUnknown(record)
        history.append((record, nil))
        nextIndex += 1
        return record.index
    }

    /// The catalog of the records that `isKnown` accepts.
    func catalog(where isKnown: (Record) -> Bool) throws -> Catalog {
        var catalog = Catalog(origin: Self.origin)
        for (record, event) in history where isKnown(record) {
            if let event {
                try catalog.apply(record, event, leafHash: SHA256Digest(bytes32("leaf \(record.index)"))!)
            } else {
                catalog.applyUnknown(record)
            }
        }
        return catalog
    }

    /// Only opened, with the admin key “admin”.
    static func opened() throws -> TestLedger {
        var ledger = TestLedger()
        try ledger.govern(.ledgerOpened, openingFields)
        return ledger
    }

    static let openingFields: [EventField: FieldValue] = [
        .nonce: .bytes(bytes32("nonce")), .origin: .text(origin), .adminKeys: .byteStrings([bytes32("admin")]),
        .logKeys: words("ledger.example.com/acme+00000000+AA=="), .longestUnpublished: .number(60_000),
        .environment: word("test"),
    ]

    /// The business “acme” with everything that the tests ask about, and “other” with nothing; minute 0, 100 records.
    static func furnished() throws -> TestLedger {
        var ledger = try opened()
        for business in ["acme", "other"] {
            try ledger.govern(.businessRegistered, [.name: word("Acme Viajes, S.A.")], business: business)
        }
        for source in ["web", "shop"] { try ledger.authorize(source) }
        for brand in ["viajes", "hoteles"] {
            try ledger.govern(.brandDefined, [.brand: word(brand), .name: word("Acme \(brand)")], business: "acme")
        }
        try ledger.defineSender("wa-viajes", channels: words("sms", "whatsapp"), brand: "viajes")
        try ledger.defineSender("wa-hoteles", channels: words("sms", "whatsapp"), brand: "hoteles")
        try ledger.defineSender("wa-plain", channels: words("whatsapp"), brand: nil)
        try ledger.defineCategory("offers", "marketing", "consent")
        try ledger.defineCategory("newsletter", "marketing", "consent")
        try ledger.defineCategory("tips", "marketing", "legitimate-interest")
        try ledger.defineCategory("orders", "utility", "contract")
        try ledger.defineCategory("recalls", "utility", "legal-obligation")
        try ledger.defineCategory("codes", "authentication", "contract")
        try ledger.defineCategory("pin", "authentication", "consent")
        try ledger.publish("web")
        try ledger.govern(
            .noticeReconstructed,
            noticeFields("flyer").merging([
                .shownFrom: time(minute(0).subtracting(milliseconds: 1000 * OccurredAt.day)),
                .shownUntil: time(minute(30)),
            ]) { $1 }, business: "acme")
        ledger.nextIndex = 100
        return ledger
    }

    mutating func authorize(_ source: String, key: String? = nil, businesses: FieldValue? = nil) throws {
        var fields: [EventField: FieldValue] = [
            .authorizedSource: word(source), .publicKey: .bytes(bytes32(key ?? source)), .custody: word("ledger"),
        ]
        fields[.businesses] = businesses
        try govern(.sourceAuthorized, fields)
    }

    @discardableResult
    mutating func revoke(_ source: String, key: String? = nil, compromisedSince: Timestamp? = nil) throws -> UInt64 {
        var fields: [EventField: FieldValue] = [.authorizedSource: word(source)]
        fields[.publicKey] = key.map { .bytes(bytes32($0)) }
        fields[.compromisedSince] = compromisedSince.map(time)
        return try govern(.sourceRevoked, fields)
    }

    mutating func defineSender(_ id: String, channels: FieldValue, brand: String?) throws {
        var fields: [EventField: FieldValue] = [
            .sender: word(id), .addresses: .texts(["+15550100"]), .channels: channels,
        ]
        fields[.brand] = brand.map(word)
        try govern(.senderDefined, fields, business: "acme")
    }

    mutating func defineCategory(_ id: String, _ categoryClass: String, _ basis: String) throws {
        try govern(
            .categoryDefined, [.category: word(id), .categoryClass: word(categoryClass), .basis: word(basis)],
            business: "acme")
    }

    /// Says what messages made from a template are about, as the next record.
    @discardableResult
    mutating func categorize(
        _ template: String, category: String? = nil, categoryClass: String? = nil, language: String? = nil,
        at minutes: Int? = nil, signedBy key: Ed25519PrivateKey? = nil
    ) throws -> UInt64 {
        var fields: [EventField: FieldValue] = [.template: word(template)]
        fields[.category] = category.map(word)
        fields[.categoryClass] = categoryClass.map(word)
        fields[.language] = language.map(word)
        fields[.occurredAt] = minutes.map { .occurredAt(OccurredAt(minute($0))) }
        let event = try Event(.templateCategorized, id: eventID(1_000_000 + nextIndex), fields)
        let context = StatementContext(origin: Self.origin, ledgerID: [], business: "acme", handles: [])
        let statement = try key.map { try Statement(signing: event.encoded(), for: context, with: $0).encoded() }
        let record = try Record(
            index: nextIndex, recordedAt: now,
            links: [.ledger, .business("acme")].map(ChainLink.init(beginning:)), statement: statement ?? [])
        try catalog.apply(record, event, leafHash: SHA256Digest(bytes32("leaf \(nextIndex)"))!)
        history.append((record, event))
        nextIndex += 1
        return record.index
    }

    @discardableResult
    mutating func publish(_ name: String) throws -> UInt64 {
        try govern(.noticePublished, Self.noticeFields(name), business: "acme")
    }

    static func noticeFields(_ name: String) -> [EventField: FieldValue] {
        [
            .noticeName: word(name), .language: word("es"), .textDigest: .bytes(bytes32(name)),
            .channels: words("sms", "whatsapp"),
            .categories: words("codes", "newsletter", "offers", "orders", "pin", "recalls", "tips"),
        ]
    }
}

/// Names a notice by its name and text.
func notice(_ name: String, text: String? = nil) -> FieldValue {
    .notice(NoticeReference(name: name, textDigest: bytes32(text ?? name)))
}

/// One contact of “acme”, record by record, and the questions about it.
struct TestContact {
    var ledger: TestLedger
    let handle: ContactHandle
    private(set) var entries: [ContactTimeline.Entry] = []
    /// The packs adopted.
    var packs: [AdoptedPack] = []

    init(_ ledger: TestLedger? = nil, handle: UInt8 = 1) throws {
        self.ledger = try ledger ?? .furnished()
        self.handle = contactHandle(handle)
    }

    /// Records an event of minute `occurred` (or of `occurredAt`, or of unknown time) at minute `recorded`, by default
    /// the same or, of an unknown time, that of the record before it. Returns its identifier. Where the type takes a
    /// scope and none is said, an event that permits is about offers by WhatsApp, with the notice “web”.
    @discardableResult
    mutating func add(
        _ type: EventType, at occurred: Int? = nil, occurredAt: OccurredAt? = nil, recorded: Int? = nil,
        source: String = "web", key: String? = nil, _ fields: [EventField: FieldValue] = [:], bare: Bool = false
    ) throws -> EventID {
        var all: [EventField: FieldValue] = [.source: word(source), .commitment: .bytes(bytes32("commitment"))]
        if [.consentRequested, .consentGiven, .consentRenewed, .basisBegan].contains(type) {
            all[.channels] = words("whatsapp")
            all[.categories] = words("offers")
            if type != .basisBegan, !bare { all[.notice] = notice("web") }
        }
        let time = occurredAt ?? occurred.map { OccurredAt(minute($0)) }
        all[.occurredAt] = time.map { .occurredAt($0) }
        all.merge(fields) { $1 }
        let recordedAt = recorded.map(minute) ?? max(time?.start ?? ledger.now, ledger.now)
        precondition(recordedAt >= ledger.now, "recorded-at never goes back")
        ledger.now = recordedAt
        let id = eventID(ledger.nextIndex)
        let event = try Event(type, id: id, all)
        entries.append(
            ContactTimeline.Entry(
                index: ledger.nextIndex, recordedAt: recordedAt, keyIdentifier: keyIdentifier(key ?? source),
                payload: .event(event)))
        ledger.nextIndex += 1
        return id
    }

    /// Records an event of a type that nobody knows yet.
    mutating func addUnknown() {
        entries.append(
            ContactTimeline.Entry(
                index: ledger.nextIndex, recordedAt: ledger.now, keyIdentifier: keyIdentifier("web"),
                payload: .unknown(type: 999, id: eventID(ledger.nextIndex), source: "web")))
        ledger.nextIndex += 1
    }

    var timeline: ContactTimeline { ContactTimeline(handle: handle, entries: entries) }

    func decide(_ question: Question, linked: [TestContact] = []) throws -> Decision {
        try DecisionRules(catalog: ledger.catalog, packs: packs, notices: .ofTests).decide(
            question, timeline: entries.isEmpty ? nil : timeline, linked: linked.map { LinkedContact($0.timeline) })
    }

    /// The answer as the outcome and the codes of its reasons: `deny withdrawn`.
    func answer(
        at minutes: Int, channel: String = "whatsapp", category: String = "offers", sender: String? = nil,
        knownAt: KnownAt = .everything, assertedBasis: String? = nil, linked: [TestContact] = []
    ) throws -> String {
        try decide(
            Question(
                business: "acme", channel: channel, category: category, sender: sender, at: minute(minutes),
                knownAt: knownAt, assertedBasis: assertedBasis),
            linked: linked
        ).summary
    }
}

extension NoticeTexts {
    /// The words of every notice here.
    static let ofTests = NoticeTexts { digest in
        digest == bytes32("nameless")
            ? Array("Acepto recibir ofertas.".utf8)
            : Array(
                "Acepto recibir ofertas de Acme Viajes, S.A. por WhatsApp y SMS. Responde BAJA para dejar de recibirlas."
                    .utf8)
    }
}

extension Decision {
    /// The outcome and the codes of the reasons: `deny withdrawn`.
    var summary: String { ([outcome.rawValue] + reasons.map(\.code.rawValue)).joined(separator: " ") }
}
