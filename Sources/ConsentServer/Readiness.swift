internal import Synchronization

/// What keeps a ledger from being written, as it was when somebody looked last.
final class Readiness: Sendable {
    /// What is wrong. The raw value is what is told.
    enum Fault: String, Sendable {
        /// What was recorded could not be published: the writer stopped, or the disk failed.
        case writer
        /// The index lags too far behind what is recorded.
        case index
        /// The disk has too little room.
        case disk
        /// The clock jumped, and nobody confirmed it.
        case clock
    }

    /// How long what was found counts, in milliseconds.
    static let longestKnown: UInt64 = 1000

    private struct State {
        var faults: [Fault] = []
        /// When somebody looked, in milliseconds of the monotonic clock; `nil` before the first time.
        var lookedAt: UInt64?
        var hasPublished = true

        var all: [Fault] { (hasPublished ? [] : [.writer]) + faults }
    }

    private let state = Mutex(State())

    /// What was found, if it was less than a second before `now`; `nil` if it is time to look again: then others go by what
    /// was found before, until somebody who got `nil` has looked.
    func known(at now: UInt64) -> [Fault]? {
        state.withLock { state in
            if let lookedAt = state.lookedAt, now - min(now, lookedAt) < Self.longestKnown { return state.all }
            guard state.lookedAt != nil else { return nil }
            state.lookedAt = now
            return nil
        }
    }

    /// Keeps what was found at `now`.
    func keep(_ faults: [Fault], at now: UInt64) -> [Fault] {
        state.withLock { state in
            state.faults = faults
            state.lookedAt = now
            return state.all
        }
    }

    /// Whether publishing went well, the last time.
    func notePublication(_ isWell: Bool) { state.withLock { $0.hasPublished = isWell } }
}
