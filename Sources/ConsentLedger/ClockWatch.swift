internal import ConsentModel

/// Gives the time to record at, and notices a clock that jumps: set back by five minutes or forward by an hour while the
/// ledger is open, or five minutes behind the last record (DESIGN §6).
struct ClockWatch {
    private static let mostBack: UInt64 = 5 * 60 * 1000
    private static let mostForward: UInt64 = 60 * 60 * 1000

    private let clock: any LedgerClock
    private var lastNow: Timestamp
    private var lastElapsed: UInt64
    /// Someone confirmed a clock that is behind the last record; until it has caught up.
    private var isBehindConfirmed = false

    init(_ clock: any LedgerClock) {
        self.clock = clock
        lastNow = clock.now()
        lastElapsed = clock.elapsedMilliseconds()
    }

    /// Accepts the clock as it is now.
    mutating func confirm() {
        lastNow = clock.now()
        lastElapsed = clock.elapsedMilliseconds()
        isBehindConfirmed = true
    }

    /// The clock's time, but never before the last record's, whether or not it jumped.
    func time(after lastRecordedAt: Timestamp) -> Timestamp { max(clock.now(), lastRecordedAt) }

    /// The clock's time, but never before the last record's; throws `clockJumped` until someone confirms.
    mutating func recordingTime(after lastRecordedAt: Timestamp) throws(LedgerError) -> Timestamp {
        let now = clock.now()
        let elapsed = clock.elapsedMilliseconds()
        let expected = expectedTime(elapsed)
        guard isRight(now, expected, after: lastRecordedAt) else {
            throw LedgerError(
                .clockJumped,
                "the clock says \(now), where \(expected) was expected, and the last record is of \(lastRecordedAt); "
                    + "set it right, or confirm it with --confirm-clock")
        }
        lastNow = now
        lastElapsed = elapsed
        if now >= lastRecordedAt { isBehindConfirmed = false }
        return max(now, lastRecordedAt)
    }

    /// Whether something could be recorded at the clock's time.
    func isRight(after lastRecordedAt: Timestamp) -> Bool {
        isRight(clock.now(), expectedTime(clock.elapsedMilliseconds()), after: lastRecordedAt)
    }

    private func expectedTime(_ elapsed: UInt64) -> Timestamp {
        lastNow.adding(milliseconds: elapsed - min(elapsed, lastElapsed))
    }

    private func isRight(_ now: Timestamp, _ expected: Timestamp, after lastRecordedAt: Timestamp) -> Bool {
        now.adding(milliseconds: Self.mostBack) >= (isBehindConfirmed ? expected : max(expected, lastRecordedAt))
            && now <= expected.adding(milliseconds: Self.mostForward)
    }
}
