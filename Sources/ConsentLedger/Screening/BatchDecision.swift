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
        var found = try handles(of: inquiries)
        let timelines = try timelines(of: found.compactMap(\.first))
        return inquiries.indices.map { position in
            let handles = found[position]
            found[position] = []
            return Result {
                try answer(
                    inquiries[position].question, contact: inquiries[position].contact, handles: handles,
                    timeline: handles.first.flatMap { timelines[$0] },
                    by: rules(for: inquiries[position].question.business))
            }
        }
    }
}
