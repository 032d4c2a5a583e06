import ConsentModel
import ConsentRules

/// SplitMix64: small, seeded, the same everywhere.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }

    mutating func pick<Item>(_ items: [Item]) -> Item { items.randomElement(using: &self)! }
}

/// The life of two linked contacts and of the catalog beside them, as one seed has it. Times are few, so that ties and
/// contradictions are many.
struct RandomHistory {
    let seed: UInt64
    var ledger: TestLedger
    var naive = NaiveRules()
    /// The contact asked about, and the one linked to it.
    var timelines: [[ContactTimeline.Entry]] = [[], []]
    /// The record that unlinked the two, if one did.
    var unlinkedBy: UInt64?
    var generator: SeededGenerator
    /// The packs adopted.
    var packs: [AdoptedPack] = []

    /// The distance of records, so that others fit in between.
    static let stride: UInt64 = 10

    static let permissions: [EventType] = [
        .consentGiven, .consentRenewed, .consentRequested, .consentConfirmed, .basisBegan,
    ]
    static let restrictions: [EventType] = [
        .consentWithdrawn, .consentWithdrawn, .consentRefused, .consentRevoked, .consentInvalidated, .objected,
        .complained, .blocked, .reported, .reviewOpened, .basisEnded,
    ]
    static let others: [EventType] = [.consentResumed, .consentResumed, .reviewDecided, .eventVoided]

    /// `furnished` is `TestLedger.furnished()`, made once.
    init(seed: UInt64, furnished: TestLedger) throws {
        self.seed = seed
        ledger = furnished
        generator = SeededGenerator(seed: seed)
        let length = Int.random(in: 0...11, using: &generator)
        for _ in 0..<length {
            ledger.now = ledger.now.adding(milliseconds: generator.pick([0, 1, 60_000, 120_000]))
            if generator.chance(9) {
                try addGovernance()
            } else {
                try addEvent(pickType(), to: generator.chance(80) ? 0 : 1)
            }
        }
        if generator.chance(30) { unlinkedBy = UInt64.random(in: 100...220, using: &generator) }
    }

    private mutating func pickType() -> EventType {
        switch Int.random(in: 0..<100, using: &generator) {
        case 0..<48: generator.pick(Self.permissions)
        case 48..<72: generator.pick(Self.restrictions)
        case 72..<96: generator.pick(Self.others)
        default: generator.pick([.contactChanged, .contactReassigned, .contactErased, .evidenceAttached])
        }
    }

    mutating func addGovernance() throws {
        if generator.chance(30), naive.retirement == nil {
            let index = try ledger.govern(.categoryRetired, [.category: word("newsletter")], business: "acme")
            naive.retirement = (index, ledger.now)
        } else {
            let since = minute(Int.random(in: 0...12, using: &generator))
            let index = try ledger.revoke("shop", compromisedSince: since)
            naive.compromises.append(
                .init(key: shopKey, since: since, index: index, recordedAt: ledger.now))
        }
        ledger.nextIndex += Self.stride - 1
    }

    /// Adds an event of `type` with random fields, and `fields` above them, as the next record.
    mutating func addEvent(_ type: EventType, to contact: Int = 0, _ fields: [EventField: FieldValue] = [:]) throws {
        let entry = try makeEvent(type, to: contact, fields)
        timelines[contact].append(entry)
        ledger.nextIndex += Self.stride
    }

    /// Puts an event of `type` at a random place among the contact's records, or last.
    mutating func insertEvent(_ type: EventType, to contact: Int = 0, _ fields: [EventField: FieldValue] = [:]) throws {
        let position = Int.random(in: 0...timelines[contact].count, using: &generator)
        guard position < timelines[contact].count else { return try addEvent(type, to: contact, fields) }
        let saved = (ledger.nextIndex, ledger.now)
        let following = timelines[contact][position]
        (ledger.nextIndex, ledger.now) = (following.index - 5, following.recordedAt)
        defer { (ledger.nextIndex, ledger.now) = saved }
        timelines[contact].insert(try makeEvent(type, to: contact, fields), at: position)
    }

    mutating func makeEvent(
        _ type: EventType, to contact: Int, _ fields: [EventField: FieldValue]
    ) throws -> ContactTimeline.Entry {
        let source = generator.pick(["web", "web", "shop"])
        var all = randomFields(of: type, contact)
        all[.source] = word(source)
        all[.commitment] = .bytes(bytes32Zero)
        all.merge(fields) { $1 }
        return ContactTimeline.Entry(
            index: ledger.nextIndex, recordedAt: ledger.now, keyIdentifier: source == "web" ? webKey : shopKey,
            payload: .event(try Event(type, id: eventID(ledger.nextIndex), all)))
    }

    private mutating func randomFields(of type: EventType, _ contact: Int) -> [EventField: FieldValue] {
        var fields: [EventField: FieldValue] = [:]
        fields[.occurredAt] = occurredAt()
        if generator.chance(70) { fields[.via] = word(generator.pick(["sms", "whatsapp"])) }
        let optional = type.optionalFields
        let required = type.requiredFields
        func has(_ field: EventField) -> Bool { optional.contains(field) || required.contains(field) }
        func needs(_ field: EventField, _ percent: Int) -> Bool {
            required.contains(field) || (optional.contains(field) && generator.chance(percent))
        }
        if needs(.channels, 40) { fields[.channels] = pickSome(["sms", "whatsapp"]) }
        if needs(.categories, 40) {
            let names = ["codes", "newsletter", "offers", "offers", "orders", "pin", "recalls", "tips"]
            fields[.categories] = pickSome(required.contains(.categories) ? names : names + ["marketing", "utility"])
        }
        if needs(.senders, 12) { fields[.senders] = pickSome(["wa-hoteles", "wa-plain", "wa-viajes"]) }
        if needs(.brands, 8) { fields[.brands] = pickSome(["hoteles", "viajes"]) }
        if has(.notice), generator.chance(92) { fields[.notice] = generator.pick([webNotice, webNotice, flyerNotice]) }
        if has(.verification), generator.chance(25) {
            fields[.verification] = word(generator.pick(["code", "none", "signed"]))
        }
        if has(.presentation), generator.chance(15) {
            var presentation = Presentation()
            presentation.preTicked = generator.chance(50)
            presentation.bundled = !presentation.preTicked
            fields[.presentation] = .presentation(presentation)
        }
        if needs(.imported, 20) { fields[.imported] = .mark }
        if generator.chance(3) { fields[.method] = word("import") }
        if needs(.expiresAt, 15) { fields[.expiresAt] = time(minute(Int.random(in: 0...14, using: &generator))) }
        if needs(.validFor, 40) {
            fields[.validFor] = .number(UInt64(Int.random(in: 1...4, using: &generator)) * 60_000)
        }
        if needs(.doNotContact, 15) { fields[.doNotContact] = .mark }
        if needs(.basis, 0) {
            fields[.basis] = word(generator.pick(["consent", "contract", "legal-obligation", "legitimate-interest"]))
        }
        if [.basisBegan, .basisEnded].contains(type), generator.chance(70) {
            let (category, basis) = generator.pick([
                ("orders", "contract"), ("recalls", "legal-obligation"), ("tips", "legitimate-interest"),
            ])
            fields[.basis] = word(basis)
            if type == .basisBegan { fields[.categories] = words(category) }
        }
        if needs(.outcome, 0) { fields[.outcome] = word(generator.pick(["dismissed", "dismissed", "opt-out"])) }
        if required.contains(.request) { fields[.request] = pickEarlier(contact, [.consentRequested]) }
        if needs(.concerns, 15) {
            fields[.concerns] = pickEarlier(contact, type == .reviewDecided ? [.reviewOpened] : nil)
        }
        if type == .consentResumed, generator.chance(70) { takeScope(ofWithdrawalIn: contact, &fields) }
        if required.contains(.fromHandle) { fields[.fromHandle] = .bytes(contactHandle(generator.pick([1, 2])).bytes) }
        return fields
    }

    /// Makes the scope and channel those of an earlier withdrawal: two random scopes seldom meet.
    private mutating func takeScope(ofWithdrawalIn contact: Int, _ fields: inout [EventField: FieldValue]) {
        let withdrawals = timelines[contact].compactMap { entry -> Event? in
            guard case .event(let event) = entry.payload, event.type == .consentWithdrawn else { return nil }
            return event
        }
        guard let withdrawal = withdrawals.randomElement(using: &generator) else { return }
        for field in [EventField.via, .channels, .categories, .senders, .brands, .doNotContact] {
            fields[field] = withdrawal[field]
        }
    }

    private mutating func occurredAt() -> FieldValue? {
        if generator.chance(8) { return nil }
        let start: Timestamp =
            switch Int.random(in: 0..<10, using: &generator) {
            case 0..<5: ledger.now
            case 5..<9: minute(Int.random(in: 0...12, using: &generator))
            default:
                generator.chance(50)
                    ? ledger.now.adding(milliseconds: 240_000) : minute(0).subtracting(milliseconds: 60_000)
            }
        let precision = generator.pick([1, 1, 1000, 60_000, 180_000, OccurredAt.day])
        return OccurredAt(start: start, precision: precision).map { .occurredAt($0) }
    }

    private mutating func pickSome(_ items: [String]) -> FieldValue {
        .list((0...Int.random(in: 0...1, using: &generator)).map { _ in generator.pick(items) })
    }

    /// An earlier event of the contact, sometimes of the other one, sometimes none.
    private mutating func pickEarlier(_ contact: Int, _ types: [EventType]?) -> FieldValue {
        let entries = timelines[generator.chance(95) ? contact : 1 - contact].filter { entry in
            guard case .event(let event) = entry.payload else { return false }
            return types?.contains(event.type) ?? true
        }
        return .bytes((entries.randomElement(using: &generator)?.payload.id ?? eventID(9)).bytes)
    }

    /// Adopts some packs, and has the naive model know them.
    mutating func adoptPacks() {
        packs = (0..<Int.random(in: 1...3, using: &generator)).map { number in
            let rules = (0..<Int.random(in: 1...3, using: &generator)).map { randomRule(number: $0) }
            let recorded = minute(Int.random(in: 0...12, using: &generator))
            // Of an index of its own: no two records share one.
            let adoption = UInt64(90 + 40 * number + Int.random(in: 0..<40, using: &generator))
            return adopted(
                rules, id: generator.pick(["first", "second"]),
                from: minute(Int.random(in: 0...12, using: &generator)),
                business: generator.pick(["acme", "acme", nil, "other"]), adoption: adoption, recordedAt: recorded)
        }
        naive.packs = NaivePacks(packs: packs)
    }

    /// A rule that makes answers stricter, whatever it says.
    static func isRestricting(_ effect: RuleEffect) -> Bool {
        switch effect {
        case .serviceWindow, .optOutConfirmationWindow, .requestLasts, .acceptUnknownNotice: false
        default: true
        }
    }

    mutating func randomRule(number: Int) -> Rule {
        var scope = RuleScope()
        if generator.chance(30) { scope.channels = [generator.pick(["sms", "whatsapp"])] }
        if generator.chance(30) { scope.classes = [generator.pick(["marketing", "utility", "service"])] }
        if generator.chance(20) { scope.categories = [generator.pick(["offers", "orders", "tips"])] }
        if generator.chance(20) { scope.recipientCountries = ["ES"] }
        if generator.chance(10) { scope.exceptRecipientCountries = ["US"] }
        let from = generator.chance(30) ? minute(Int.random(in: 0...15, using: &generator)) : nil
        let until = generator.chance(15) ? minute(Int.random(in: 10...20, using: &generator)) : nil
        return rule(randomEffect(), id: "rule-\(number)", scope, from: from, until: until)
    }

    private mutating func randomEffect() -> RuleEffect {
        let minutes = UInt64(Int.random(in: 1...12, using: &generator)) * 60_000
        return switch Int.random(in: 0..<26, using: &generator) {
        case 0: .prohibit
        case 1: .notDecidable
        case 2..<5: .requireConsent(orRecorded: generator.chance(50) ? [] : ["contract"])
        case 5..<7: .requireVerification(["code", "double-opt-in"])
        case 7..<9: .refusePresentation(["pre-ticked"])
        case 9..<12: .consentLasts(minutes)
        case 12..<14: .requestLasts(minutes)
        case 14..<16: .serviceWindow(minutes)
        case 16..<19: .widenOptOut
        case 19..<21:
            .hours(
                .init(from: Int.random(in: 0...5, using: &generator), until: Int.random(in: 8...20, using: &generator)))
        case 21..<24:
            .cap(
                .init(
                    count: Int.random(in: 1...2, using: &generator), window: minutes,
                    counted: generator.pick(RuleEffect.Cap.Counted.allCases)))
        default: .acceptUnknownNotice(until: minute(Int.random(in: 8...25, using: &generator)))
        }
    }

    /// A question about a message, with all that rules look at.
    mutating func randomMessage() -> Question {
        var question = randomQuestion()
        let names = ["codes", "newsletter", "offers", "orders", "pin", "recalls", "service", "service", "tips"]
        if generator.chance(30) { question.category = generator.pick(names) }
        if generator.chance(20) { question.alsoAbout = [generator.pick(names)] }
        if generator.chance(60) { question.replyingTo = minute(Int.random(in: 0...20, using: &generator)) }
        question.recipient.country = generator.pick(["ES", "ES", "US", nil])
        if generator.chance(85) {
            question.recipient.clocks = [LocalClock(name: "UTC", offsets: [.init(since: .epoch, seconds: 0)])]
        }
        question.uses = (0..<Int.random(in: 0...3, using: &generator)).map { _ in
            use(
                at: Int.random(in: 0...20, using: &generator), channel: generator.pick(["sms", "whatsapp"]),
                generator.pick(["offers", "orders"]), categoryClass: generator.pick(["marketing", "utility"]))
        }
        return question
    }

    mutating func randomQuestion() -> Question {
        var question = Question(
            business: "acme", channel: generator.pick(["sms", "whatsapp", "whatsapp"]),
            category: generator.pick(["codes", "newsletter", "offers", "offers", "orders", "pin", "recalls", "tips"]),
            at: minute(Int.random(in: 0...20, using: &generator)))
        if generator.chance(40) { question.sender = generator.pick(["wa-hoteles", "wa-viajes"]) }
        if generator.chance(20) {
            question.assertedBasis = generator.pick(["contract", "legal-obligation", "legitimate-interest"])
        }
        if generator.chance(25) {
            question.knownAt =
                generator.chance(50)
                ? .size(UInt64.random(in: 100...200, using: &generator))
                : .time(minute(Int.random(in: 0...12, using: &generator)))
        }
        return question
    }

    var contact: ContactTimeline { ContactTimeline(handle: contactHandle(1), entries: timelines[0]) }
    var linked: [LinkedContact] {
        [LinkedContact(ContactTimeline(handle: contactHandle(2), entries: timelines[1]), until: unlinkedBy)]
    }

    func decide(_ question: Question) throws -> Decision {
        try DecisionRules(catalog: ledger.catalog, packs: packs, notices: .ofTests).decide(
            question, timeline: contact, linked: linked)
    }

    /// The history in words, for a failure's message.
    var description: String {
        var lines = ["seed \(seed)"]
        for (number, entries) in timelines.enumerated() {
            for entry in entries {
                guard case .event(let event) = entry.payload else { continue }
                let fields = event.fields.filter { ![.commitment].contains($0.field) }
                lines.append(
                    "contact \(number), \(entry.index) at \(entry.recordedAt): \(event.type.name) "
                        + fields.map { "\($0.field.name) \($0.value)" }.joined(separator: ", "))
            }
        }
        for pack in packs {
            let whom = pack.business ?? "all"
            lines.append(
                "\(pack.pack.id) for \(whom) by \(pack.adoption) of \(pack.recordedAt) from \(pack.effectiveFrom)")
            for rule in pack.pack.rules {
                let since = rule.effectiveFrom?.description ?? "ever"
                lines.append(
                    "  \(rule.effect) \(rule.scope) from \(since) until \(rule.effectiveUntil?.description ?? "ever")")
            }
        }
        if let unlinkedBy { lines.append("unlinked by \(unlinkedBy)") }
        lines.append("\(naive.compromises.map { "shop since \($0.since) by \($0.index)" }), \(naive.retirement as Any)")
        return lines.joined(separator: "\n")
    }
}

private let bytes32Zero = [UInt8](repeating: 0, count: 32)
private let webKey = keyIdentifier("web")
private let shopKey = keyIdentifier("shop")
private let webNotice = notice("web")
private let flyerNotice = notice("flyer")
