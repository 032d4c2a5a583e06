internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules
internal import LedgerCrypto

/// A rule pack that the user names: a shipped one by its name, or a file.
struct PackInput {
    let bytes: [UInt8]
    let pack: RulePack

    /// Reads the pack that `name` means. A word without a slash or a point is a shipped pack's name.
    init(_ name: String) throws {
        if let text = ShippedPacks.text(of: name) {
            bytes = text
        } else if name.contains("/") || name.contains(".") {
            bytes = try FileInput.bytes(of: name, most: RulePack.maximumByteCount)
        } else {
            throw CommandError(
                .badInput,
                "no rule pack “\(name)” comes with this program; there are \(ShippedPacks.names.joined(separator: ", ")), or "
                    + "name a file, such as ./\(name).json")
        }
        do { pack = try RulePack(parsing: bytes) } catch {
            throw RulesError(error.code, "\(name): \(error)")
        }
    }
}

extension Rule {
    /// When it is in force, as a clause.
    var period: String {
        switch (effectiveFrom, effectiveUntil) {
        case (nil, nil): "always"
        case (let from?, nil): "from \(from.dayOrTime)"
        case (nil, let until?): "until \(until.dayOrTime)"
        case (let from?, let until?): "from \(from.dayOrTime) until \(until.dayOrTime)"
        }
    }

    var json: JSON {
        [
            "id": .string(id), "effective-from": .optional(effectiveFrom?.description),
            "effective-until": .optional(effectiveUntil?.description), "effect": .string(effect.kind),
            "says": .string(effect.sentence), "scope": .string(scope.sentence), "meaning": .string(meaning),
            "citation": citation.json,
        ]
    }
}

extension Timestamp {
    /// The day, where it is the beginning of one.
    fileprivate var dayOrTime: String {
        let text = description
        return text.hasSuffix("T00:00:00Z") ? String(text.prefix(10)) : text
    }
}

extension Citation {
    /// The source and the place in it.
    var place: String { section.map { "\(source), \($0)" } ?? source }
}

extension RuleScope {
    /// The messages it is about, as a phrase.
    var sentence: String {
        var parts: [String] = []
        func add(_ prefix: String, _ list: [String]?) {
            if let list { parts.append(prefix + list.joined(separator: ", ")) }
        }
        add("", classes)
        add("category ", categories)
        add("by ", channels)
        add("from ", senderCountries)
        add("from elsewhere than ", exceptSenderCountries)
        add("to ", recipientCountries)
        add("to elsewhere than ", exceptRecipientCountries)
        return parts.isEmpty ? "every message" : parts.joined(separator: "; ")
    }
}

extension RuleEffect {
    /// What it does, as a phrase.
    var sentence: String {
        switch self {
        case .prohibit: "may not be sent"
        case .requireConsent(let bases):
            bases.isEmpty
                ? "needs consent" : "needs consent, or \(bases.joined(separator: " or ")) on record"
        case .requireVerification(let words): "counts only opt-ins verified by \(words.joined(separator: " or "))"
        case .refusePresentation(let words): "counts no opt-in that was \(words.joined(separator: " or "))"
        case .consentLasts(let time): "counts opt-ins for \(Self.duration(time))"
        case .requestLasts(let time): "a request may be confirmed for \(Self.duration(time))"
        case .serviceWindow(let time): "may follow the person's last message for \(Self.duration(time))"
        case .optOutConfirmationWindow(let time): "may confirm an opt-out for \(Self.duration(time))"
        case .widenOptOut: "any opt-out covers all of it"
        case .hours(let hours):
            "only \(hours.clause) where the person is\(hours.dayClause)"
        case .cap(let cap):
            "at most \(cap.count) in \(Self.duration(cap.window)), counted by \(cap.counted.rawValue)"
        case .acceptUnknownNotice(let until): "counts opt-ins whose words nobody kept, until \(until)"
        case .notice(let requirement):
            "a notice says \(requirement.subject.clause)"
                + (requirement.isRequired ? ", or carries no opt-in" : " (advice)")
        case .keepEvidence(let time): "what shows consent is kept for \(Self.duration(time)) after the last use of it"
        case .notDecidable: "is not decided here"
        }
    }

    private static func duration(_ milliseconds: UInt64) -> String {
        for (unit, length) in [("day", UInt64(86_400_000)), ("hour", 3_600_000), ("minute", 60_000)]
        where milliseconds % length == 0 && milliseconds > 0 {
            let count = milliseconds / length
            return "\(count) \(unit)\(count == 1 ? "" : "s")"
        }
        return "\(milliseconds) milliseconds"
    }
}

extension RuleEffect.AllowedHours {
    /// `from 8:00 to 21:00`.
    var clause: String { "from \(Self.clock(from)) to \(Self.clock(until))" }

    /// `, on Monday, Tuesday`; empty where it is every day.
    var dayClause: String {
        weekdays.count == 7 ? "" : ", on " + weekdays.map { Self.days[$0 - 1] }.joined(separator: ", ")
    }

    private static let days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]

    private static func clock(_ minute: Int) -> String {
        "\(minute / 60):\(minute % 60 < 10 ? "0" : "")\(minute % 60)"
    }
}
