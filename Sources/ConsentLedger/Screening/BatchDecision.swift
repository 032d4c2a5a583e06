internal import ConsentModel
public import ConsentRules

/// A question about one person.
public struct Inquiry: Sendable {
    public let question: Question
    public let contact: ContactAddress

    public init(_ question: Question, contact: ContactAddress) {
        self.question = question
        self.contact = contact
    }
}

extension LedgerSnapshot {
    /// The answers to many questions, in their order, each the one that `decide(_:contact:)` gives or the error that it
    /// throws. The ledger is looked through once, in the order in which it is stored.
    public func decide(_ inquiries: [Inquiry]) throws -> [Result<Answer, any Error>] {
        var answers = [Result<Answer, any Error>?](repeating: nil, count: inquiries.count)
        var unknown: Answer?
        var last: (business: String, rules: DecisionRules)?
        func rules(for business: String) throws -> DecisionRules {
            if let last, last.business == business { return last.rules }
            let rules = try self.rules(for: business)
            last = (business, rules)
            return rules
        }
        try forEachTimeline(of: inquiries) { place, contacts, timeline in
            let inquiry = inquiries[place]
            answers[place] = Result {
                try answer(
                    inquiry.question, contact: inquiry.contact, others: contacts.others[...], timeline: timeline,
                    by: rules(for: inquiry.question.business), unknown: &unknown)
            }
        }
        return try answers.map { answer in
            guard let answer else { throw LedgerError(.damaged, "a question was not asked") }
            return answer
        }
    }
}
