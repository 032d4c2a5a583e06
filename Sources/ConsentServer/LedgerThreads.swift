internal import NIOPosix
internal import Synchronization

/// A bounded number of threads for calls that block: a ledger's locks and flushes never hold an event loop, nor the threads
/// of Swift's concurrency. What waits for a thread is bounded as well.
final class LedgerThreads: Sendable {
    private let pool: NIOThreadPool
    private let mostWaiting: Int
    private let count = Atomic<Int>(0)

    init(_ threads: Int, mostWaiting: Int) {
        pool = NIOThreadPool(numberOfThreads: threads)
        self.mostWaiting = mostWaiting + threads
        pool.start()
    }

    /// Runs `body` on one of the threads. Throws `overloaded` where too much waits already, and what `body` throws.
    func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        guard count.add(1, ordering: .relaxed).newValue <= mostWaiting else {
            count.subtract(1, ordering: .relaxed)
            throw ServerError(.overloaded, "too many requests wait for the ledger; try again in a moment")
        }
        defer { count.subtract(1, ordering: .relaxed) }
        return try await pool.runIfActive(body)
    }

    /// Ends the threads, once what they do is done.
    func stop() async { try? await pool.shutdownGracefully() }
}
