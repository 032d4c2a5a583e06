internal import Synchronization

/// What keeps a ledger from being written, as it was when somebody looked last.
final class Readiness: Sendable {
    /// What is wrong. The raw value is what is told.
    enum Fault: String, Sendable {
        /// What was recorded could not be published: the writer stopped, or the disk failed.
        case writer
        /// What is recorded has waited for a checkpoint for longer than it should, whatever holds it up.
        case head
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
        /// How many records the newest checkpoint covers, and when it was made or found to cover all.
        var coveredSize: UInt64
        var coveredAt: UInt64

        var all: [Fault] { (hasPublished ? [] : [.writer]) + faults }
    }

    private let state: Mutex<State>
    /// How long a record may wait for a checkpoint, in milliseconds.
    private let longestUncovered: UInt64

    /// Of a ledger whose checkpoint covers `coveredSize` records at `now`, in milliseconds of the monotonic clock, and which is
    /// published every so many seconds.
    init(coveredSize: UInt64, at now: UInt64, publishSeconds: Int) {
        longestUncovered = Self.longestUncovered(publishSeconds: publishSeconds)
        state = Mutex(State(coveredSize: coveredSize, coveredAt: now))
    }

    /// Publishing was due three times, and has had ten seconds besides.
    static func longestUncovered(publishSeconds: Int) -> UInt64 { UInt64(publishSeconds) * 3000 + 10_000 }

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

    /// A checkpoint covers so many records, which were all there were at `begun`: published, or waiting for its witnesses.
    func noteCheckpoint(size: UInt64, begun: UInt64) {
        state.withLock { state in
            state.hasPublished = true
            state.coveredSize = max(state.coveredSize, size)
            state.coveredAt = max(state.coveredAt, begun)
        }
    }

    /// Publishing failed, the last time.
    func noteFailedPublication() { state.withLock { $0.hasPublished = false } }

    /// Whether some of `size` records have waited for a checkpoint for too long at `now`. Time is the monotonic clock's:
    /// whoever sets the other one back makes nothing younger.
    func isHeadOld(size: UInt64, at now: UInt64) -> Bool {
        state.withLock { state in
            size > state.coveredSize && now - min(now, state.coveredAt) > longestUncovered
        }
    }
}
