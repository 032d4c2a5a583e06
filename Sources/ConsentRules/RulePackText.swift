internal import ConsentModel
internal import LedgerCrypto

/// Rule packs as text: the JSON of Documentation/rule-packs.md, which `ledger/rule-pack.schema.json` describes too. It is
/// read strictly: a pack that is not understood whole does not count at all.
extension RulePack {
    /// What a pack's `format` says.
    public static let format = "consent-ledger/rule-pack/v1"
    /// The largest pack that is read, in bytes.
    public static let maximumByteCount = 256 * 1024
    /// The most rules in a pack.
    public static let mostRules = 500
    /// The ways of presenting an opt-in that a rule can refuse: those of `presentation` in SPEC.md.
    public static let presentations = ["bundled", "condition-of-purchase", "pre-ticked"]

    /// Reads a pack; throws `badPack` with the place that is wrong, such as `rules[3].scope.channels[0]`.
    public init(parsing bytes: [UInt8]) throws(RulesError) {
        guard bytes.count <= Self.maximumByteCount else {
            throw RulesError(
                .badPack, "the pack has \(bytes.count) bytes; at most \(Self.maximumByteCount) are read, so split it")
        }
        let value: JSONValue
        do { value = try JSONValue(parsing: bytes) } catch { throw RulesError(.badPack, error.description) }
        var pack = try PackObject(value, at: "")
        let format = try pack.text("format")
        guard format == Self.format else {
            throw pack.bad("format", "is “\(format)”; this program reads \(Self.format)")
        }
        let id = try pack.identifier("pack")
        let version = try pack.text("version", most: 64)
        let title = try pack.text("title", most: 200)
        let vocabulary = try pack.lists("vocabulary", mostLists: 32) { FieldKind.isIdentifier($0) }
        let items = try pack.array("rules", most: Self.mostRules, least: 0)
        try pack.finish()
        var rules: [Rule] = []
        for (position, item) in items.enumerated() {
            rules.append(try Rule(PackObject(item, at: "rules[\(position)]")))
        }
        try PackContradictions.check(rules)
        self.init(
            id: id, version: version, title: title, digest: SHA256Digest(hashing: bytes), rules: rules,
            vocabulary: vocabulary)
    }
}

extension Rule {
    fileprivate init(_ object: PackObject) throws(RulesError) {
        var object = object
        let id = try object.identifier("id")
        let from = try object.optionalTime("effective-from")
        let until = try object.optionalTime("effective-until")
        if let from, let until, until <= from {
            throw object.bad("effective-until", "is not after effective-from; a rule ends after it begins")
        }
        let scope = try RuleScope(object.object("scope"))
        let effect = try RuleEffect.parse(object.object("effect"))
        let meaning = try object.text("meaning", most: 500)
        let citation = try Citation(object.object("citation"))
        try object.finish()
        self.init(
            id: id, effectiveFrom: from, effectiveUntil: until, scope: scope, effect: effect, meaning: meaning,
            citation: citation)
    }
}

extension RuleScope {
    fileprivate init(_ object: PackObject) throws(RulesError) {
        var object = object
        self.init()
        channels = try object.optionalWords("channels", Vocabulary.channel.words)
        classes = try object.optionalWords("classes", Vocabulary.categoryClass.words)
        categories = try object.optionalList("categories", most: 64) {
            FieldKind.isIdentifier($0) ? nil : "is not a category's id: 1 to 64 of a–z, 0–9 and “-”"
        }
        senderCountries = try object.optionalCountries("sender-countries")
        exceptSenderCountries = try object.optionalCountries("except-sender-countries")
        recipientCountries = try object.optionalCountries("recipient-countries")
        exceptRecipientCountries = try object.optionalCountries("except-recipient-countries")
        for (name, included, excluded) in [
            ("except-sender-countries", senderCountries, exceptSenderCountries),
            ("except-recipient-countries", recipientCountries, exceptRecipientCountries),
        ] {
            if let both = included?.first(where: { excluded?.contains($0) ?? false }) {
                throw object.bad(name, "excepts \(both), which the rule's other list names; take it out of one of them")
            }
        }
        try object.finish()
    }
}

extension RuleEffect {
    fileprivate static func parse(_ object: PackObject) throws(RulesError) -> RuleEffect {
        var object = object
        let effect = try object.effect()
        try object.finish()
        return effect
    }

    /// The word by which packs name the kind of effect.
    public var kind: String {
        switch self {
        case .prohibit: "prohibit"
        case .requireConsent: "require-consent"
        case .requireVerification: "require-verification"
        case .refusePresentation: "refuse-presentation"
        case .consentLasts: "consent-lasts"
        case .requestLasts: "request-lasts"
        case .serviceWindow: "service-window"
        case .optOutConfirmationWindow: "opt-out-confirmation-window"
        case .widenOptOut: "widen-opt-out"
        case .hours: "hours"
        case .cap: "cap"
        case .acceptUnknownNotice: "accept-unknown-notice"
        case .notice: "notice"
        case .keepEvidence: "keep-evidence"
        case .notDecidable: "not-decidable"
        }
    }
}

extension Citation {
    fileprivate init(_ object: PackObject) throws(RulesError) {
        var object = object
        let source = try object.text("source", most: 300)
        let section = try object.optionalText("section", most: 200)
        let url = try object.optionalText("url", most: 500)
        if let url, !url.hasPrefix("https://"), !url.hasPrefix("http://") {
            throw object.bad("url", "does not begin with https:// or http://")
        }
        let quote = try object.optionalText("quote", most: 1000)
        let confidence = try object.word("confidence", Confidence.allCases.map(\.rawValue))
        let verifiedOn = try object.text("verified-on", most: 10)
        guard let day = try? OccurredAt(parsing: verifiedOn), day.precision == OccurredAt.day else {
            throw object.bad("verified-on", "is not a day such as 2026-11-22")
        }
        try object.finish()
        self.init(
            source: source, section: section, url: url, quote: quote,
            confidence: Confidence(rawValue: confidence) ?? .unverified, verifiedOn: verifiedOn)
    }
}

/// An object of a pack and where it stands; what is taken is gone, so that what is left is unknown.
private struct PackObject {
    let path: String
    private var members: [String: JSONValue]

    init(_ value: JSONValue, at path: String) throws(RulesError) {
        guard case .object(let members) = value else {
            throw RulesError(
                .badPack, "\(path.isEmpty ? "the pack" : path) is no JSON object; see Documentation/rule-packs.md")
        }
        self.path = path
        self.members = members
    }

    private func place(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

    func bad(_ name: String, _ what: String) -> RulesError { RulesError(.badPack, "\(place(name)) \(what)") }

    /// Throws unless all that is there was understood.
    func finish() throws(RulesError) {
        guard let unknown = members.keys.min() else { return }
        throw bad(
            String(unknown.prefix(40)),
            "is not a field this program knows here; a pack is understood whole or not at all")
    }

    mutating func take(_ name: String) throws(RulesError) -> JSONValue {
        guard let value = members.removeValue(forKey: name) else { throw bad(name, "is missing") }
        return value
    }

    mutating func object(_ name: String) throws(RulesError) -> PackObject {
        try PackObject(take(name), at: place(name))
    }

    mutating func array(_ name: String, most: Int, least: Int = 1) throws(RulesError) -> [JSONValue] {
        guard let items = try take(name).array else { throw bad(name, "is not a list") }
        guard items.count >= least else { throw bad(name, "is empty; leave it out, or name what it is about") }
        guard items.count <= most else { throw bad(name, "has \(items.count) items; at most \(most) are read") }
        return items
    }

    mutating func text(_ name: String, most: Int = 100) throws(RulesError) -> String {
        try Self.text(take(name), place(name), most: most)
    }

    mutating func optionalText(_ name: String, most: Int) throws(RulesError) -> String? {
        members[name] == nil ? nil : try text(name, most: most)
    }

    private static func text(_ value: JSONValue, _ place: String, most: Int) throws(RulesError) -> String {
        guard let text = value.string else { throw RulesError(.badPack, "\(place) is not a string") }
        guard 1...most ~= text.utf8.count else {
            throw RulesError(.badPack, "\(place) has \(text.utf8.count) bytes; it must have 1 to \(most)")
        }
        let isPlain = text.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7F...0x9F ~= $0.value) }
        guard isPlain, text.first != " ", text.last != " " else {
            throw RulesError(.badPack, "\(place) has a control character, or a blank at its begin or end")
        }
        return text
    }

    mutating func identifier(_ name: String) throws(RulesError) -> String {
        let text = try text(name, most: 64)
        guard FieldKind.isIdentifier(text) else { throw bad(name, "is not 1 to 64 of a–z, 0–9 and “-”") }
        return text
    }

    mutating func word(_ name: String, _ words: [String]) throws(RulesError) -> String {
        let text = try text(name)
        guard words.contains(text) else {
            throw bad(name, "is “\(text)”, which is none of: \(words.joined(separator: ", "))")
        }
        return text
    }

    mutating func list(
        _ name: String, most: Int, check: (String) -> String?
    ) throws(RulesError) -> [String] {
        var texts: [String] = []
        var seen: Set<String> = []
        for (position, item) in try array(name, most: most).enumerated() {
            let place = "\(name)[\(position)]"
            let text = try Self.text(item, self.place(place), most: 100)
            if let problem = check(text) { throw bad(place, problem) }
            guard seen.insert(text).inserted else { throw bad(place, "is “\(text)” a second time") }
            texts.append(text)
        }
        return texts
    }

    mutating func optionalList(
        _ name: String, most: Int, check: (String) -> String?
    ) throws(RulesError) -> [String]? {
        members[name] == nil ? nil : try list(name, most: most, check: check)
    }

    mutating func words(_ name: String, _ words: [String]) throws(RulesError) -> [String] {
        try list(name, most: words.count) {
            words.contains($0) ? nil : "is “\($0)”, which is none of: \(words.joined(separator: ", "))"
        }
    }

    mutating func optionalWords(_ name: String, _ words: [String]) throws(RulesError) -> [String]? {
        members[name] == nil ? nil : try self.words(name, words)
    }

    mutating func optionalCountries(_ name: String) throws(RulesError) -> [String]? {
        try optionalList(name, most: 252) {
            CountryCodes.contains($0) ? nil : "is “\($0)”, which is no country of ISO 3166-1 (two capital letters)"
        }
    }

    /// An object of lists of texts; empty where it is left out.
    mutating func lists(
        _ name: String, mostLists: Int, isName: (String) -> Bool
    ) throws(RulesError) -> [String: [String]] {
        guard members[name] != nil else { return [:] }
        var object = try object(name)
        guard 1...mostLists ~= object.members.count else {
            throw bad(name, "has \(object.members.count) lists; it must have 1 to \(mostLists)")
        }
        var lists: [String: [String]] = [:]
        for key in object.members.keys.sorted() {
            guard isName(key) else {
                throw object.bad(String(key.prefix(40)), "is not a name that a list can have here")
            }
            lists[key] = try object.list(key, most: 200) { _ in nil }
        }
        return lists
    }

    mutating func number(_ name: String, _ range: ClosedRange<Int>) throws(RulesError) -> Int {
        guard case .number(let digits) = try take(name), let number = Int(digits), digits == String(number) else {
            throw bad(name, "is not a whole number")
        }
        guard range ~= number else {
            throw bad(name, "is \(number); it must be \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    mutating func time(_ name: String) throws(RulesError) -> Timestamp {
        let text = try text(name)
        do { return try OccurredAt(parsing: text).start } catch { throw bad(name, "is not a time: \(error)") }
    }

    mutating func optionalTime(_ name: String) throws(RulesError) -> Timestamp? {
        members[name] == nil ? nil : try time(name)
    }

    /// A length of time, in milliseconds: one of `days`, `hours`, `minutes`.
    mutating func duration() throws(RulesError) -> UInt64 {
        let units = [("days", 3_660, 86_400_000), ("hours", 87_840, 3_600_000), ("minutes", 5_270_400, 60_000)]
        let given = units.filter { members[$0.0] != nil }
        guard given.count == 1 else {
            throw RulesError(.badPack, "\(path) says its time by one of: days, hours, minutes")
        }
        return UInt64(try number(given[0].0, 1...given[0].1)) * UInt64(given[0].2)
    }

    /// A minute of the day, written `08:00`; 24:00 is its end.
    mutating func minute(_ name: String) throws(RulesError) -> Int {
        let text = Array(try text(name).utf8)
        let digits = text.map { Int($0) - Int(UInt8(ascii: "0")) }
        guard text.count == 5, text[2] == UInt8(ascii: ":"), [0, 1, 3, 4].allSatisfy({ 0...9 ~= digits[$0] }) else {
            throw bad(name, "is not a time of the day such as 08:00")
        }
        let hour = digits[0] * 10 + digits[1]
        let minute = digits[3] * 10 + digits[4]
        guard minute < 60, hour * 60 + minute <= 1440 else { throw bad(name, "is not a time of the day such as 08:00") }
        return hour * 60 + minute
    }

    mutating func effect() throws(RulesError) -> RuleEffect {
        let kind = try text("kind")
        switch kind {
        case "prohibit": return .prohibit
        case "require-consent":
            let bases = try optionalWords("or-recorded", Vocabulary.basis.words.filter { $0 != "consent" })
            return .requireConsent(orRecorded: bases ?? [])
        case "require-verification":
            return .requireVerification(
                try words("verifications", Vocabulary.verification.words.filter { $0 != "none" }))
        case "refuse-presentation": return .refusePresentation(try words("presentations", RulePack.presentations))
        case "consent-lasts": return .consentLasts(try duration())
        case "request-lasts": return .requestLasts(try duration())
        case "service-window": return .serviceWindow(try duration())
        case "opt-out-confirmation-window": return .optOutConfirmationWindow(try duration())
        case "widen-opt-out": return .widenOptOut
        case "hours": return .hours(try hours())
        case "cap":
            let count = try number("count", 1...100_000)
            let counted = try word("counted", RuleEffect.Cap.Counted.allCases.map(\.rawValue))
            return .cap(
                RuleEffect.Cap(
                    count: count, window: try duration(),
                    counted: RuleEffect.Cap.Counted(rawValue: counted) ?? .business))
        case "accept-unknown-notice": return .acceptUnknownNotice(until: try time("until"))
        case "notice": return .notice(try notice())
        case "keep-evidence": return .keepEvidence(try duration())
        case "not-decidable": return .notDecidable
        default: throw bad("kind", "is “\(kind)”, which is no effect this program knows")
        }
    }

    private mutating func hours() throws(RulesError) -> RuleEffect.AllowedHours {
        let from = try minute("from")
        let until = try minute("until")
        guard from < until else {
            throw bad("until", "is not after from; hours that pass midnight are not a day's")
        }
        guard members["weekdays"] != nil else { return RuleEffect.AllowedHours(from: from, until: until) }
        var weekdays: [Int] = []
        for (position, item) in try array("weekdays", most: 7).enumerated() {
            guard case .number(let digits) = item, let day = Int(digits), 1...7 ~= day, digits == String(day),
                weekdays.last.map({ $0 < day }) ?? true
            else { throw bad("weekdays[\(position)]", "is not a day, 1 Monday to 7 Sunday, in ascending order") }
            weekdays.append(day)
        }
        return RuleEffect.AllowedHours(from: from, until: until, weekdays: weekdays)
    }

    private mutating func notice() throws(RulesError) -> NoticeRequirement {
        let name = try word("subject", NoticeRequirement.Subject.allCases.map(\.rawValue))
        let subject = NoticeRequirement.Subject(rawValue: name) ?? .businessName
        let severity = try word("severity", ["advice", "error"])
        let words = try lists("words", mostLists: 64) { $0.utf8.count == 2 && $0.utf8.allSatisfy { 0x61...0x7A ~= $0 } }
        let isOfNames = subject == .businessName || subject == .channel
        guard words.isEmpty == isOfNames else {
            throw bad(
                "words",
                isOfNames
                    ? "are not used for names; the business's and the channel's are known"
                    : "is missing; a notice is read for words, by language")
        }
        for (language, list) in words {
            for (position, word) in list.enumerated() where TextFolding.words(word).isEmpty {
                throw bad("words.\(language)[\(position)]", "has no letter or digit to look for")
            }
        }
        return NoticeRequirement(subject: subject, isRequired: severity == "error", words: words)
    }
}
