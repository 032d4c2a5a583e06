internal import ConsentModel
internal import ConsentRules

/// An answer in plain sentences: the answer first, what it rests on last.
struct AnswerText {
    private let entries: [UInt64: Event]

    /// `timeline` is the contact's; records of it are told with what they say.
    init(_ timeline: ContactTimeline?) {
        var entries: [UInt64: Event] = [:]
        for entry in timeline?.entries ?? [] {
            if case .event(let event) = entry.payload { entries[entry.index] = event }
        }
        self.entries = entries
    }

    /// The word that an outcome is answered with.
    static func word(_ outcome: Decision.Outcome) -> String {
        switch outcome {
        case .allow: "Yes"
        case .deny: "No"
        case .defer: "Not now"
        }
    }

    static func style(_ outcome: Decision.Outcome) -> Terminal.Style {
        switch outcome {
        case .allow: .green
        case .deny: .red
        case .defer: .yellow
        }
    }

    /// The reasons, a sentence each: `The person opted out of marketing on WhatsApp on 3 March 2024 at 10:15 UTC
    /// (record 812).`
    func sentences(_ reasons: [Reason]) -> String { reasons.map(sentence).joined(separator: " ") }

    /// The rules that reasons rest on, a line each: what the rule says and where it says so.
    static func citations(_ reasons: [Reason]) -> [String] {
        var lines: [String] = []
        for rule in reasons.flatMap(\.rules) {
            let place = rule.citation.source + (rule.citation.section.map { ", \($0)" } ?? "")
            let line =
                "Rule \(rule.rule) of \(rule.pack) \(rule.version) (record \(rule.adoption)): \(rule.meaning). Source: \(place), "
                + "\(rule.citation.confidence.rawValue), checked on \(rule.citation.verifiedOn)."
            if !lines.contains(line) { lines.append(line) }
        }
        return lines
    }

    private func sentence(_ reason: Reason) -> String {
        let meaning = reason.code.meaning
        var sentence = (reason.category.map { "\($0): " } ?? "") + meaning.prefix(1).uppercased() + meaning.dropFirst()
        if let preposition = Self.preposition(reason.code),
            let event = reason.records.lazy.compactMap({ entries[$0] }).first
        {
            sentence += "\(preposition) \(ScopePhrase(of: event))"
        }
        // A grant of unknown time counts as given in 1970, which is not to be told as a date.
        if let time = reason.time, time > .epoch { sentence += "\(Self.connective(reason.code)) \(time.sentence)" }
        if !reason.records.isEmpty {
            let records = ScopePhrase.joined(reason.records.map(String.init))
            let notice = reason.code.isGrant ? reason.records.lazy.compactMap { entries[$0]?.notice?.name }.first : nil
            sentence += " (record\(reason.records.count == 1 ? "" : "s") \(records)"
            sentence += (notice.map { ", notice \($0)" } ?? "") + ")"
        }
        if !reason.missing.isEmpty { sentence += ": \(reason.missing.sentence)" }
        return sentence + "."
    }

    /// How the scope of its record follows what the code says; `nil` where it would not read.
    private static func preposition(_ code: Reason.Code) -> String? {
        switch code {
        case .consentGiven, .objected: " to"
        case .withdrawn: " of"
        case .refused: ""
        default: nil
        }
    }

    /// How the time follows.
    private static func connective(_ code: Reason.Code) -> String {
        switch code {
        case .consentGiven, .consentConfirmed, .consentRenewed, .refused, .withdrawn, .revoked, .invalidated, .objected,
            .doNotContact, .complained, .blocked, .reported, .expired, .contactClosed:
            " on"
        case .pending, .heldForReview, .basisRecorded, .outsideServiceWindow, .optOutConfirmationTooLate: ", since"
        case .noticeUnknownAccepted, .outsideHours, .capReached, .countsIncomplete:
            ", until"
        case .optOutConfirmation: ", recorded on"
        case .confirmationRequest: ", requested on"
        default: ", on"
        }
    }
}

extension Reason.Code {
    /// Whether it is an opt-in, which rests on a notice.
    fileprivate var isGrant: Bool {
        self == .consentGiven || self == .consentConfirmed || self == .consentRenewed
    }

    /// Whether it is the person's stop, or one that platforms report: what a suppression list names.
    var isStop: Bool {
        switch self {
        case .withdrawn, .revoked, .refused, .objected, .doNotContact, .complained, .blocked, .reported, .heldForReview,
            .contactClosed, .confirmationAfterWithdrawal:
            true
        default: false
        }
    }
}

extension [MissingWords] {
    /// What is missing, each once: what two rules ask for is missing once.
    var sentence: String {
        var clauses: [String] = []
        for words in self where !clauses.contains(words.clause) { clauses.append(words.clause) }
        return clauses.map(Terminal.plain).joined(separator: "; ")
    }
}
