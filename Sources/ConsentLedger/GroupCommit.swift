/// Lets threads that write at once share one durable write: one of them writes what waits, and the others wait for it.
final class GroupCommit<Item: Sendable>: @unchecked Sendable {
    /// What one call brings.
    private final class Submission {
        let items: [Item]
        var outcome: Result<Void, any Error>?

        init(_ items: [Item]) { self.items = items }
    }

    // All that follows is guarded by `monitor`.
    private let monitor = Monitor()
    private let written = Monitor.Condition()
    private var waiting: [Submission] = []
    private var isWriting = false

    /// Returns once `write`, of this call or of another, has returned for `items`; throws what it threw. It is never called
    /// twice at once, and is given the items of each call together, in their order.
    func submit(_ items: [Item], write: ([Item]) throws -> Void) throws {
        let submission = Submission(items)
        let group: [Submission] = monitor.withLock {
            waiting.append(submission)
            while isWriting, submission.outcome == nil { written.wait(in: monitor) }
            guard submission.outcome == nil else { return [] }
            isWriting = true
            defer { waiting = [] }
            return waiting
        }
        if !group.isEmpty {
            let outcome = Result { try write(group.flatMap(\.items)) }
            monitor.withLock {
                for submission in group { submission.outcome = outcome }
                isWriting = false
                written.broadcast()
            }
        }
        try monitor.withLock { submission.outcome }?.get()
    }
}
