internal import Synchronization

/// A bucket of tokens for each caller: it fills at a rate up to a burst, and each request takes one out.
final class RateLimit: Sendable {
    /// How many requests a second are let through in the long run.
    private let rate: Double
    /// How many at once.
    private let burst: Double
    private let buckets = Mutex<[String: Bucket]>([:])

    private struct Bucket {
        var level: Double
        /// Milliseconds of the monotonic clock.
        var time: UInt64
    }

    init(requestsPerSecond rate: Int, burst: Int) {
        self.rate = Double(rate)
        self.burst = Double(burst)
    }

    /// Takes one out of the bucket of `caller` at `now`, in milliseconds of a clock that never goes back; or returns after
    /// how many seconds there will be one. Callers are few: tokens that were made, never what a stranger sends.
    func wait(_ caller: String, now: UInt64) -> Int? {
        buckets.withLock { buckets in
            var bucket = buckets[caller] ?? Bucket(level: burst, time: now)
            let elapsed = Double(now - min(now, bucket.time)) / 1000
            bucket.level = min(burst, bucket.level + elapsed * rate)
            bucket.time = max(now, bucket.time)
            defer { buckets[caller] = bucket }
            guard bucket.level < 1 else {
                bucket.level -= 1
                return nil
            }
            return max(1, Int(((1 - bucket.level) / rate).rounded(.up)))
        }
    }
}
