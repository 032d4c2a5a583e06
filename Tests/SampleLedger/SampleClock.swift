public import ConsentLedger
public import ConsentModel
internal import Synchronization

/// A clock that stands still until it is moved: the same steps, the same times.
public final class SampleClock: LedgerClock {
    private let milliseconds: Mutex<UInt64>

    /// Starts at `start`.
    public init(_ start: Timestamp) {
        milliseconds = Mutex(start.milliseconds)
    }

    public func now() -> Timestamp { Timestamp(milliseconds: milliseconds.withLock { $0 }) ?? .last }

    public func elapsedMilliseconds() -> UInt64 { milliseconds.withLock { $0 } }

    /// Lets `seconds` pass.
    public func pass(seconds: UInt64) { milliseconds.withLock { $0 += seconds * 1000 } }
}
