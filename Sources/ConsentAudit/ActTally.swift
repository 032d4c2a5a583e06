internal import ConsentModel

/// The acts of each business, counted on as a log grows: each record is looked at once.
public struct ActTally: Sendable {
    /// How many records are counted.
    public private(set) var size: UInt64 = 0
    /// By the business, and the day of recorded-at, counted from 1970-01-01 in UTC.
    private var days: [String: [UInt64: LogStatistics.ActCounts]] = [:]

    /// Nothing counted yet.
    public init() {}

    /// Counts at most `count` more records of `log`, and none above its checkpoint. What is no record counts for nothing. Throws
    /// as `PublishedLog` does; what was read before that is counted.
    public mutating func advance(in log: PublishedLog, atMost count: UInt64) throws {
        let end = min(log.size, size + min(count, UInt64.max - size))
        guard size < end else { return }
        try log.forEachEntry(in: size..<end) { index, entry in
            if let logged = try? LoggedEvent(decoding: entry, at: index) { take(logged) }
            size = index + 1
        }
    }

    private mutating func take(_ logged: LoggedEvent) {
        guard let event = logged.event, let act = LogStatistics.act(of: event.type) else { return }
        let day = LogStatistics.day(of: logged.record)
        days[logged.record.business ?? "", default: [:]][day, default: LogStatistics.ActCounts()][keyPath: act] += 1
    }

    /// The acts of each day at the businesses that `isIncluded` names.
    public func days(_ isIncluded: (String) -> Bool) -> [UInt64: LogStatistics.ActCounts] {
        var sums: [UInt64: LogStatistics.ActCounts] = [:]
        for (business, days) in days where isIncluded(business) {
            for (day, acts) in days {
                sums[day, default: LogStatistics.ActCounts()].given += acts.given
                sums[day, default: LogStatistics.ActCounts()].withdrawn += acts.withdrawn
            }
        }
        return sums
    }
}
