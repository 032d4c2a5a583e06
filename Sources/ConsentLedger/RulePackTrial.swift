internal import ConsentModel
internal import ConsentRules
internal import LedgerCrypto
internal import LedgerStorage
internal import Synchronization

/// Cases that say what a rule pack must answer, each tried in a ledger of its own, in memory: adopted, recorded and asked
/// as everywhere else. Documentation/rule-packs.md has the format.
public struct RulePackTrial: Sendable {
    /// What a file of cases says in `format`.
    public static let format = "consent-ledger/rule-pack-cases/v1"
    /// The largest file of cases, in bytes.
    public static let maximumByteCount = 1 << 20
    /// The most cases in a file.
    public static let mostCases = 1000

    /// One case.
    public struct Case: Sendable {
        /// What it shows.
        public let name: String
        let country: String?
        let contact: ContactAddress
        let notice: (text: String, language: String)
        let channels: [String]
        let categories: [(id: String, categoryClass: String, basis: String)]
        let events: [(at: Timestamp, event: [String: JSONValue])]
        let question: Question
        let expected: Expectation
    }

    /// What a case expects.
    struct Expectation: Sendable {
        let outcome: String
        let reasons: [String]
        let rule: String?
        let nextAllowedAt: Timestamp?
    }

    /// What came of a case.
    public struct Result: Sendable {
        /// The case's name.
        public let name: String
        /// What is otherwise than expected, a clause; `nil` where all is as it should be.
        public let failure: String?
    }

    /// The name of the pack that the cases are for.
    public let pack: String
    /// The cases.
    public let cases: [Case]

    private static let business = "acme"
    private static let usualContact = "+34600111222"
    /// When the ledgers of cases begin: before every rule that has a date of this century's messengers.
    private static let beginning = "2010-01-01"

    /// Reads cases; throws `badInput` with the place that is wrong.
    public init(parsing bytes: [UInt8]) throws {
        guard bytes.count <= Self.maximumByteCount else {
            throw LedgerError(.badInput, "the file has more than \(Self.maximumByteCount) bytes; split it")
        }
        let value: JSONValue
        do { value = try JSONValue(parsing: bytes) } catch { throw LedgerError(.badInput, error.description) }
        var file = try CaseObject(value, at: "")
        guard try file.text("format") == Self.format else { throw file.bad("format", "is not \(Self.format)") }
        pack = try file.text("pack")
        let items = try file.array("cases")
        guard 1...Self.mostCases ~= items.count else {
            throw file.bad("cases", "has \(items.count) cases; it must have 1 to \(Self.mostCases)")
        }
        try file.finish()
        cases = try items.enumerated().map { position, item in
            try Self.parse(CaseObject(item, at: "cases[\(position)]"))
        }
    }

    /// Tries every case with a pack; throws what makes trying impossible.
    public func results(with pack: [UInt8]) throws -> [Result] {
        let parsed = try RulePack(parsing: pack)
        guard parsed.id == self.pack else {
            throw LedgerError(.badInput, "the cases are for the pack “\(self.pack)”, and this is “\(parsed.id)”")
        }
        return try cases.enumerated().map { position, trial in
            do { return Result(name: trial.name, failure: try failure(of: trial, pack, parsed)) } catch {
                throw LedgerError(.badInput, "cases[\(position)] “\(trial.name)” cannot be tried: \(error)")
            }
        }
    }

    private func failure(of trial: Case, _ bytes: [UInt8], _ pack: RulePack) throws -> String? {
        let answer: Answer
        do { answer = try self.answer(to: trial, bytes, pack) } catch let error as RulesError {
            return trial.expected.outcome == "error" && trial.expected.reasons.allSatisfy { $0 == error.code.name }
                ? nil : "it is an error: \(error)"
        }
        let decision = answer.decision
        let expected = trial.expected
        guard decision.outcome.rawValue == expected.outcome else {
            let reasons = decision.reasons.map(\.code.rawValue).joined(separator: ", ")
            return "the answer is \(decision.outcome.rawValue) (\(reasons)), not \(expected.outcome)"
        }
        for code in expected.reasons where !decision.reasons.contains(where: { $0.code.rawValue == code }) {
            let reasons = decision.reasons.map(\.code.rawValue).joined(separator: ", ")
            return "the reason \(code) is not given; given are: \(reasons)"
        }
        if let rule = expected.rule, !decision.reasons.contains(where: { $0.rule?.rule == rule }) {
            return "no reason rests on the rule \(rule)"
        }
        if let time = expected.nextAllowedAt, decision.nextAllowedAt != time {
            return "it may be sent from \(decision.nextAllowedAt?.description ?? "never") on, not from \(time)"
        }
        return nil
    }

    private func answer(to trial: Case, _ bytes: [UInt8], _ pack: RulePack) throws -> Answer {
        let clock = TrialClock(try OccurredAt(parsing: Self.beginning).start)
        let location = LedgerLocation(storage: MemoryStorage(), databases: .memory(MemoryDatabases()))
        let writer = try LedgerCreation(origin: "trial.example.com/\(pack.id)", isTest: true).create(
            at: location, business: (id: Self.business, name: "Acme Viajes", country: trial.country), clock: clock)
        defer { try? writer.close() }
        var drafts: [EventDraft] = trial.categories.map { category in
            var draft = EventDraft(.categoryDefined, business: Self.business)
            draft.fields = [
                .category: .text(category.id), .categoryClass: .text(category.categoryClass),
                .basis: .text(category.basis),
            ]
            return draft
        }
        var notice = EventDraft(.noticePublished, business: Self.business)
        let text = Array(trial.notice.text.utf8)
        notice.fields = [
            .noticeName: .text("web"), .language: .text(trial.notice.language),
            .textDigest: .bytes(SHA256Digest(hashing: text).bytes), .channels: .list(trial.channels),
            .categories: .list(Vocabulary.categoryClass.words + trial.categories.map(\.id)),
        ]
        notice.objects = [text]
        drafts.append(notice)
        drafts.append(EventDraft(adopting: bytes, pack, effectiveFrom: .epoch))
        for outcome in try writer.append(drafts) { _ = try outcome.get() }
        for (time, event) in trial.events {
            clock.go(to: time)
            writer.confirmClock()
            var event = event
            if event["contact"] == nil { event["contact"] = .string(trial.contact.text) }
            if event["occurred-at"] == nil, event["type"]?.string != "event-voided" {
                event["occurred-at"] = .string(time.description)
            }
            let widening = OptOutWidening(for: writer)
            let draft = try NativeEvent.draft(
                parsing: Array(JSONValue.object(event).text.utf8), by: widening, business: Self.business
            ).draft
            do { try writer.append(draft) } catch let error as RulesError where error.code == .defectiveNotice {
                // A live opt-in on such a notice is never there; that there is none is what is tried.
                continue
            }
        }
        try writer.publish()
        return try Ledger(location).read {
            try $0.decide(trial.question, contact: trial.contact)
        }
    }
}

/// Reading cases.
extension RulePackTrial {
    private static func parse(_ object: CaseObject) throws -> Case {
        var object = object
        let name = try object.text("name")
        let country = try object.optionalText("country")
        let contact = try object.contact("contact", orElse: usualContact)
        let channels = try object.optionalTexts("channels") ?? Vocabulary.channel.words
        var notice = (
            text: "I agree that Acme Viajes sends me messages by WhatsApp, SMS and e-mail. Reply STOP.", language: "en"
        )
        if var words = try object.optionalObject("notice") {
            notice = (try words.text("text"), try words.text("language"))
            try words.finish()
        }
        let categories = try (object.optionalArray("categories") ?? []).enumerated().map { position, item in
            var category = try CaseObject(item, at: "\(object.path).categories[\(position)]")
            let parsed = (
                id: try category.text("id"), categoryClass: try category.text("class"),
                basis: try category.text("basis")
            )
            try category.finish()
            return parsed
        }
        var events: [(at: Timestamp, event: [String: JSONValue])] = []
        for (position, item) in try (object.optionalArray("events") ?? []).enumerated() {
            var event = try CaseObject(item, at: "\(object.path).events[\(position)]")
            let time = try event.time("recorded-at")
            if let last = events.last, time < last.at { throw event.bad("recorded-at", "is before the event above it") }
            events.append((time, event.rest))
        }
        let question = try self.question(object.object("question"))
        let expected = try expectation(object.object("expect"))
        try object.finish()
        return Case(
            name: name, country: country, contact: contact, notice: notice, channels: channels, categories: categories,
            events: events,
            question: question, expected: expected)
    }

    private static func question(_ object: CaseObject) throws -> Question {
        var object = object
        var recipient = Recipient(country: try object.optionalText("recipient-country"))
        let at = try object.time("at")
        if let offset = try object.optionalNumber("recipient-utc-offset-minutes") {
            recipient.clocks = [
                LocalClock(name: "stated", offsets: [LocalClock.Offset(since: .epoch, seconds: offset * 60)])
            ]
        }
        let purpose = try object.optionalText("for") ?? Question.Purpose.message.rawValue
        guard let purpose = Question.Purpose(rawValue: purpose) else {
            let known = Question.Purpose.allCases.map(\.rawValue).joined(separator: ", ")
            throw object.bad("for", "is “\(purpose)”, which is none of: \(known)")
        }
        // Whatever the opt-out was of, it may be confirmed.
        let category =
            purpose == .optOutConfirmation ? try object.optionalText("category") ?? "" : try object.text("category")
        let question = Question(
            business: business, channel: try object.text("channel"), category: category, at: at,
            assertedBasis: try object.optionalText("basis"), replyingTo: try object.optionalTime("replying-to"),
            purpose: purpose, recipient: recipient)
        try object.finish()
        return question
    }

    private static func expectation(_ object: CaseObject) throws -> Expectation {
        var object = object
        let outcome = try object.text("outcome")
        guard ["allow", "deny", "defer", "error"].contains(outcome) else {
            throw object.bad("outcome", "is none of: allow, deny, defer, error")
        }
        let expectation = Expectation(
            outcome: outcome, reasons: try object.optionalTexts("reasons") ?? [], rule: try object.optionalText("rule"),
            nextAllowedAt: try object.optionalTime("next-allowed-at"))
        try object.finish()
        return expectation
    }
}

/// A clock that stands where a case sets it.
private final class TrialClock: LedgerClock {
    private let time: Mutex<Timestamp>

    init(_ time: Timestamp) { self.time = Mutex(time) }

    func go(to moment: Timestamp) { time.withLock { $0 = moment } }

    func now() -> Timestamp { time.withLock { $0 } }

    func elapsedMilliseconds() -> UInt64 { now().milliseconds }
}

/// An object of a file of cases; what is taken is gone, so that what is left is unknown.
private struct CaseObject {
    let path: String
    /// What is not taken yet.
    private(set) var rest: [String: JSONValue]

    init(_ value: JSONValue, at path: String) throws {
        guard case .object(let members) = value else {
            throw LedgerError(
                .badInput, "\(path.isEmpty ? "the file" : path) is no JSON object; see Documentation/rule-packs.md")
        }
        self.path = path
        rest = members
    }

    func bad(_ name: String, _ what: String) -> LedgerError {
        LedgerError(.badInput, "\(path.isEmpty ? name : "\(path).\(name)") \(what)")
    }

    func finish() throws {
        if let unknown = rest.keys.min() { throw bad(String(unknown.prefix(40)), "is not a field that is known here") }
    }

    mutating func optional(_ name: String) -> JSONValue? { rest.removeValue(forKey: name) }

    mutating func optionalText(_ name: String) throws -> String? {
        guard let value = optional(name) else { return nil }
        guard let text = value.string, !text.isEmpty else { throw bad(name, "is not a string") }
        return text
    }

    mutating func text(_ name: String) throws -> String {
        guard let text = try optionalText(name) else { throw bad(name, "is missing") }
        return text
    }

    mutating func optionalArray(_ name: String) throws -> [JSONValue]? {
        guard let value = optional(name) else { return nil }
        guard let array = value.array else { throw bad(name, "is not a list") }
        return array
    }

    mutating func array(_ name: String) throws -> [JSONValue] {
        guard let array = try optionalArray(name) else { throw bad(name, "is missing") }
        return array
    }

    mutating func optionalTexts(_ name: String) throws -> [String]? {
        try optionalArray(name)?.map { value in
            guard let text = value.string else { throw bad(name, "has an item that is not a string") }
            return text
        }
    }

    mutating func optionalObject(_ name: String) throws -> CaseObject? {
        try optional(name).map { try CaseObject($0, at: path.isEmpty ? name : "\(path).\(name)") }
    }

    mutating func object(_ name: String) throws -> CaseObject {
        guard let object = try optionalObject(name) else { throw bad(name, "is missing") }
        return object
    }

    mutating func optionalTime(_ name: String) throws -> Timestamp? {
        guard let text = try optionalText(name) else { return nil }
        do { return try OccurredAt(parsing: text).start } catch { throw bad(name, "is not a time: \(error)") }
    }

    mutating func time(_ name: String) throws -> Timestamp {
        guard let time = try optionalTime(name) else { throw bad(name, "is missing") }
        return time
    }

    mutating func contact(_ name: String, orElse usual: String) throws -> ContactAddress {
        let text = try optionalText(name) ?? usual
        do { return try ContactAddress(parsing: text) } catch { throw bad(name, "is no contact: \(error)") }
    }

    mutating func optionalNumber(_ name: String) throws -> Int? {
        guard let value = optional(name) else { return nil }
        guard case .number(let digits) = value, let number = Int(digits), abs(number) <= 1440 else {
            throw bad(name, "is not a whole number of at most 1440")
        }
        return number
    }
}
