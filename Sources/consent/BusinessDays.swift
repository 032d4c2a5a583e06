internal import ConsentLedger
internal import ConsentModel

/// Monday to Friday without holidays, in days since 1970-01-01 (UTC).
struct BusinessDays {
    private let holidays: Holidays

    private enum Holidays {
        /// The legal holidays of the United States (5 U.S.C. 6103), on the days on which they are observed.
        case unitedStates
        case listed(Set<Int>)
    }

    /// Without the legal holidays of the United States.
    init() { holidays = .unitedStates }

    /// Without the holidays that a text lists, a date a line; throws `badInput` for a line that is none.
    init(holidays text: [UInt8]) throws(CommandError) {
        var days: Set<Int> = []
        for (number, line) in text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            let words = String(decoding: line, as: UTF8.self).split { $0 == " " || $0 == "\t" || $0 == "\r" }
            guard let date = words.first, !date.hasPrefix("#") else { continue }
            guard let time = try? OccurredAt(parsing: String(date)), time.precision == OccurredAt.day else {
                throw CommandError(
                    .badInput, "line \(number + 1) of the holidays begins with no date; write it as 2026-12-25")
            }
            days.insert(Int(time.start.milliseconds / OccurredAt.day))
        }
        holidays = .listed(days)
    }

    /// The end of the last of `count` business days after the day of `time`: its first moment no longer.
    func end(of count: Int, after time: Timestamp) -> Timestamp {
        var day = Int(time.milliseconds / OccurredAt.day)
        var left = count
        while left > 0 {
            day += 1
            if contains(day) { left -= 1 }
        }
        return Timestamp(milliseconds: UInt64(day + 1) * OccurredAt.day) ?? .last
    }

    /// Whether the day is a business day.
    func contains(_ day: Int) -> Bool {
        guard Self.weekday(day) < 5 else { return false }
        switch holidays {
        case .listed(let days): return !days.contains(day)
        case .unitedStates: return !Self.isUnitedStatesHoliday(day)
        }
    }

    /// 0 Monday to 6 Sunday; 1970-01-01 was a Thursday.
    private static func weekday(_ day: Int) -> Int { (day + 3) % 7 }

    /// Whether a weekday is one on which a legal holiday is observed: one on a Saturday is observed the day before, one on a
    /// Sunday the day after (5 U.S.C. 6103(b), Executive Order 11582).
    private static func isUnitedStatesHoliday(_ day: Int) -> Bool {
        isFixedHoliday(day) || weekday(day) == 4 && isFixedHoliday(day + 1)
            || weekday(day) == 0 && isFixedHoliday(day - 1) || isMovingHoliday(day)
    }

    private static func isFixedHoliday(_ day: Int) -> Bool {
        let (year, month, date) = CivilDate.fromDays(day)
        switch (month, date) {
        case (1, 1), (7, 4), (11, 11), (12, 25): return true
        // Public Law 117-17.
        case (6, 19): return year >= 2021
        default: return false
        }
    }

    private static func isMovingHoliday(_ day: Int) -> Bool {
        let (_, month, date) = CivilDate.fromDays(day)
        let week = (date - 1) / 7 + 1
        switch (month, weekday(day)) {
        case (1, 0), (2, 0): return week == 3
        case (5, 0): return date > 24
        case (9, 0): return week == 1
        case (10, 0): return week == 2
        case (11, 3): return week == 4
        default: return false
        }
    }
}
