internal import Glibc

/// A lock with conditions to wait for, as POSIX has them. Without Foundation, whose loading takes longer than an answer.
final class Monitor: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>

    init() {
        mutex = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    func lock() { pthread_mutex_lock(mutex) }

    func unlock() { pthread_mutex_unlock(mutex) }

    /// Calls `body` with the lock held.
    func withLock<Result>(_ body: () throws -> Result) rethrows -> Result {
        lock()
        defer { unlock() }
        return try body()
    }

    /// Something that threads wait for. All its calls are made with the monitor locked.
    final class Condition: @unchecked Sendable {
        private let condition: UnsafeMutablePointer<pthread_cond_t>

        init() {
            condition = .allocate(capacity: 1)
            condition.initialize(to: pthread_cond_t())
            pthread_cond_init(condition, nil)
        }

        deinit {
            pthread_cond_destroy(condition)
            condition.deallocate()
        }

        /// Lets go of the monitor until somebody signals, or for no reason: ask again what was waited for.
        func wait(in monitor: Monitor) { pthread_cond_wait(condition, monitor.mutex) }

        func signal() { pthread_cond_signal(condition) }

        func broadcast() { pthread_cond_broadcast(condition) }
    }
}
