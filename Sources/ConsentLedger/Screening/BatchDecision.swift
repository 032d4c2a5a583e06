public import ConsentModel
public import ConsentRules

/// A question about one person.
public struct Inquiry: Sendable {
    public let question: Question
    public let contact: ContactAddress
    /// Where the message was sent at the time asked about: the first moment for which it can have been reserved. One use
    /// since then, the last that is like it, is its own, and does not count.
    public let reservedSince: Timestamp?

    public init(_ question: Question, contact: ContactAddress, reservedSince: Timestamp? = nil) {
        self.question = question
        self.contact = contact
        self.reservedSince = reservedSince
    }
}

extension LedgerSnapshot {
    /// The answers to many questions, in their order, each the one that `decide(_:contact:)` gives or the error that it
    /// throws. The ledger is looked through once, in the order in which it is stored.
    public func decide(_ inquiries: [Inquiry]) throws -> [Result<Answer, any Error>] {
        let unasked = LedgerError(.damaged, "a question was not asked")
        var answers = [Result<Answer, any Error>](repeating: .failure(unasked), count: inquiries.count)
        try decide(inquiries) { answers[$0] = $1 }
        return answers
    }

    /// The same; calls `body` with each answer and its question's place, in the order in which they are found.
    func decide(_ inquiries: [Inquiry], do body: (Int, Result<Answer, any Error>) throws -> Void) throws {
        var unknown: Answer?
        var last: (business: String, rules: DecisionRules)?
        func rules(for business: String) throws -> DecisionRules {
            if let last, last.business == business { return last.rules }
            let rules = try self.rules(for: business)
            last = (business, rules)
            return rules
        }
        try forEachTimeline(of: inquiries) { place, contacts, timeline in
            try body(
                place,
                Result {
                    try answer(
                        inquiries[place], others: contacts.others[...], timeline: timeline,
                        by: rules(for: inquiries[place].question.business), unknown: &unknown)
                })
        }
    }
}
