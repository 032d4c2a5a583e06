internal import Synchronization

/// A bucket of tokens for each caller: it fills at a rate up to a burst, and each request takes one out.
final class RateLimit: Sendable {
    /// How many requests a second are let through in the long run: as many thousandths of one each millisecond.
    private let rate: UInt64
    /// How many at once, in thousandths.
    private let burst: UInt64
    private let buckets = Mutex<[String: Bucket]>([:])

    private static let one: UInt64 = 1000

    private struct Bucket {
        /// In thousandths of a request.
        var level: UInt64
        /// Milliseconds of the monotonic clock.
        var time: UInt64
    }

    init(requestsPerSecond rate: Int, burst: Int) {
        self.rate = UInt64(rate)
        self.burst = UInt64(burst) * Self.one
    }

    /// Takes one out of the bucket of `caller` at `now`, in milliseconds of a clock that never goes back; or returns after
    /// how many seconds there will be one. Callers are few: tokens that were made, never what a stranger sends.
    func wait(_ caller: String, now: UInt64) -> Int? {
        buckets.withLock { buckets in
            var bucket = buckets[caller] ?? Bucket(level: burst, time: now)
            // So long that the bucket is full is long enough.
            let elapsed = min(now - min(now, bucket.time), burst)
            bucket.level = min(burst, bucket.level + elapsed * rate)
            bucket.time = max(now, bucket.time)
            defer { buckets[caller] = bucket }
            guard bucket.level < Self.one else {
                bucket.level -= Self.one
                return nil
            }
            let milliseconds = (Self.one - bucket.level + rate - 1) / rate
            return max(1, Int((milliseconds + 999) / 1000))
        }
    }
}
