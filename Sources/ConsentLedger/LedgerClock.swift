public import ConsentModel
internal import Glibc

/// The time, injected so that tests and the sample ledger are reproducible.
public protocol LedgerClock: Sendable {
    /// The time of day.
    func now() -> Timestamp
    /// Milliseconds that pass evenly, from some beginning; never set back.
    func elapsedMilliseconds() -> UInt64
}

/// The machine's clocks.
public struct SystemClock: LedgerClock {
    public init() {}

    public func now() -> Timestamp {
        Timestamp(milliseconds: Self.milliseconds(CLOCK_REALTIME)) ?? .last
    }

    public func elapsedMilliseconds() -> UInt64 { Self.milliseconds(CLOCK_BOOTTIME) }

    private static func milliseconds(_ clock: clockid_t) -> UInt64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return UInt64(max(0, time.tv_sec)) * 1000 + UInt64(time.tv_nsec) / 1_000_000
    }
}
