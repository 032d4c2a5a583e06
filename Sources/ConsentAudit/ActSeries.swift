public import ConsentModel

/// Acts over time, in steps of equal meaning: for a plot.
public struct ActSeries: Hashable, Sendable {
    /// How long a step is.
    public enum Step: String, Sendable {
        /// A day in UTC.
        case day
        /// Seven days from a Monday on.
        case week
        /// A calendar month.
        case month
        /// A calendar year.
        case year
    }

    /// The acts of one step.
    public struct Point: Hashable, Sendable {
        /// The step's first moment.
        public let start: Timestamp
        /// How many acts there are in it.
        public let acts: LogStatistics.ActCounts
    }

    /// How long the steps are: days for up to two months, weeks for up to two years, months for up to 20 years.
    public let step: Step
    /// The steps from the first with acts to the last, in order; those in between without acts too.
    public let points: [Point]

    /// Sums up the acts of days, which are counted from 1970-01-01.
    public init(_ days: [UInt64: LogStatistics.ActCounts]) {
        guard let first = days.keys.min(), let last = days.keys.max() else {
            step = .day
            points = []
            return
        }
        let step: Step =
            switch last - first {
            case 0..<62: .day
            case 62..<730: .week
            case 730..<7305: .month
            default: .year
            }
        var sums: [UInt64: LogStatistics.ActCounts] = [:]
        for (day, acts) in days {
            let start = Self.start(of: step, holding: day)
            sums[start, default: LogStatistics.ActCounts()].given += acts.given
            sums[start, default: LogStatistics.ActCounts()].withdrawn += acts.withdrawn
        }
        var points: [Point] = []
        var start = Self.start(of: step, holding: first)
        while start <= last {
            points.append(Point(start: Self.moment(start), acts: sums[start] ?? LogStatistics.ActCounts()))
            let next = Self.start(of: step, holding: min(start + Self.longest(step), Self.lastDay))
            guard next > start else { break }
            start = next
        }
        self.step = step
        self.points = points
    }

    /// The first day of the step that holds `day`. The first week of 1970 begins on its Thursday.
    private static func start(of step: Step, holding day: UInt64) -> UInt64 {
        // The text is RFC 3339 in UTC, so that the date's parts stand at fixed places.
        let date = Array(moment(day).description.utf8)
        func number(_ range: Range<Int>) -> UInt64 {
            date[range].reduce(0) { $0 * 10 + UInt64($1 - UInt8(ascii: "0")) }
        }
        switch step {
        case .day: return day
        case .week: return (day + 3) / 7 * 7 - min(3, (day + 3) / 7 * 7)
        case .month: return day + 1 - number(8..<10)
        case .year:
            let text = String(decoding: date[..<4], as: UTF8.self) + "-01-01"
            return (try? OccurredAt(parsing: text)).map { $0.start.milliseconds / OccurredAt.day } ?? day
        }
    }

    /// So many days after the first of a step the next one has begun, and not yet the one after it.
    private static func longest(_ step: Step) -> UInt64 {
        switch step {
        case .day: 1
        case .week: 7
        case .month: 31
        case .year: 366
        }
    }

    /// The last day that a record can have.
    private static let lastDay = Timestamp.last.milliseconds / OccurredAt.day

    private static func moment(_ day: UInt64) -> Timestamp {
        Timestamp.epoch.adding(milliseconds: day * OccurredAt.day)
    }
}
