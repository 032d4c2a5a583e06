internal import ConsentModel
internal import ConsentRules

/// What became of an event that was given in its native form.
public struct NativeOutcome: Sendable {
    /// Where it is recorded, or why it is not.
    public let result: Result<AppendOutcome, any Error>
    /// What was left out of it or assumed, a sentence each: an opt-out is recorded in spite of it.
    public let remarks: [String]

    public init(result: Result<AppendOutcome, any Error>, remarks: [String]) {
        self.result = result
        self.remarks = remarks
    }
}

extension LedgerWriter {
    /// Records events, each for itself and in their order: one that is refused does not stop the others. Durable at
    /// return. `read` makes a draft of each, and may throw to refuse it; it is given what widens opt-outs, and the only
    /// business where there is one. Throws only when the ledger cannot go on.
    public func append<Events: Collection>(
        native events: Events,
        reading read: (Events.Element, OptOutWidening, String?) throws -> OptOutWidening.Widened
    ) throws -> [NativeOutcome] {
        var outcomes: [NativeOutcome] = []
        outcomes.reserveCapacity(events.count)
        var next = events.startIndex
        while next != events.endIndex {
            // An event may define what the next one names, so governance is recorded before the next one is read.
            let widening = OptOutWidening(for: self)
            let business = widening.onlyBusiness
            var waiting: [OptOutWidening.Widened] = []
            func flush() throws {
                let results = try append(waiting.map(\.draft))
                outcomes += zip(results, waiting).map { NativeOutcome(result: $0, remarks: $1.remarks) }
                waiting = []
            }
            while next != events.endIndex {
                let event = events[next]
                next = events.index(after: next)
                do {
                    waiting.append(try read(event, widening, business))
                    if waiting.last?.draft.type.isGovernance ?? false { break }
                } catch {
                    try flush()
                    outcomes.append(NativeOutcome(result: .failure(error), remarks: []))
                }
            }
            try flush()
        }
        return outcomes
    }
}

extension OptOutWidening {
    /// The business of an event that names none: the only one there is.
    public var onlyBusiness: String? { catalog.businesses.count == 1 ? catalog.businesses.keys.first : nil }
}
