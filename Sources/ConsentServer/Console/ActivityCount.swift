internal import ConsentAudit
internal import Synchronization

/// The acts of each business and day, counted while the pages that show them are looked at: each record once while the server
/// runs, and at most so many at a time, so that no view waits for the whole of a large log.
final class ActivityCount: Sendable {
    /// How many records are counted for one view.
    static let mostAtOnce: UInt64 = 100_000

    /// What is counted, for one view.
    struct Counted: Sendable {
        let series: ActSeries
        /// How many records are counted, and of how many.
        let size: UInt64
        let published: UInt64
    }

    private let tally = Mutex(ActTally())

    /// Counts on, and returns the acts at the businesses that `isIncluded` names.
    func counted(_ reader: any LogReader, _ isIncluded: (String) -> Bool) throws -> Counted {
        let log = try PublishedLog(reader: reader)
        return try tally.withLock { tally in
            try tally.advance(in: log, atMost: Self.mostAtOnce)
            return Counted(series: ActSeries(tally.days(isIncluded)), size: tally.size, published: log.size)
        }
    }
}
