internal import Dispatch

/// Some drafts of a call that are sequenced on another thread, while the caller prepares the next.
final class AppendAhead: @unchecked Sendable {
    // Written before `done` is signalled, and read after.
    private var result: Result<[Result<AppendOutcome, any Error>], any Error> = .success([])
    private let done = DispatchGroup()

    init(_ append: @escaping @Sendable () throws -> [Result<AppendOutcome, any Error>]) {
        DispatchQueue.global().async(group: done) { [self] in result = Result { try append() } }
    }

    func wait() { done.wait() }

    /// What became of them, once it is known; throws what stopped the writer.
    func outcomes() throws -> [Result<AppendOutcome, any Error>] {
        wait()
        return try result.get()
    }
}
