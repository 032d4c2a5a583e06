public import ConsentModel
internal import ConsentRules

extension Answer {
    /// The outcome with its reasons, and until when it may be used; what it rests on is told beside it.
    public var json: JSON {
        return [
            "category": decision.about.first.map { .string($0) } ?? .null, "about": .strings(decision.about),
            "class": .string(decision.categoryClass), "channel": .string(question.channel),
            "outcome": .string(decision.outcome.rawValue), "reasons": .array(decision.reasons.map(\.json)),
            "next-allowed-at": .optional(decision.nextAllowedAt?.description),
            "lapses-at": .optional(decision.lapsesAt?.description),
            "reservation": .optional(reservation),
        ]
    }
}
