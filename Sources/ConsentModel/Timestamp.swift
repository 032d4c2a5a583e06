/// A moment: milliseconds since 1970-01-01T00:00:00Z without leap seconds, up to the end of the year 9999.
public struct Timestamp: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// 1970-01-01T00:00:00Z: what a grant of unknown time counts as, older than everything.
    public static let epoch = Timestamp(uncheckedMilliseconds: 0)
    /// The last moment this format can say: 9999-12-31T23:59:59.999Z.
    public static let last = Timestamp(uncheckedMilliseconds: 253_402_300_799_999)

    /// Milliseconds since 1970-01-01T00:00:00Z.
    public let milliseconds: UInt64

    /// `nil` after the year 9999.
    public init?(milliseconds: UInt64) {
        guard milliseconds <= Self.last.milliseconds else { return nil }
        self.milliseconds = milliseconds
    }

    private init(uncheckedMilliseconds: UInt64) { milliseconds = uncheckedMilliseconds }

    public static func < (left: Self, right: Self) -> Bool { left.milliseconds < right.milliseconds }

    /// The moment `duration` milliseconds later, at most the last one.
    public func adding(milliseconds duration: UInt64) -> Timestamp {
        let (sum, overflow) = milliseconds.addingReportingOverflow(duration)
        return overflow ? .last : min(.last, Timestamp(uncheckedMilliseconds: sum))
    }

    /// The moment `duration` milliseconds earlier, at least 1970-01-01T00:00:00Z.
    public func subtracting(milliseconds duration: UInt64) -> Timestamp {
        Timestamp(uncheckedMilliseconds: milliseconds > duration ? milliseconds - duration : 0)
    }

    /// RFC 3339 in UTC, with milliseconds only where there are any: `2026-11-22T09:30:00Z`.
    public var description: String {
        let (year, month, day) = CivilDate.fromDays(Int(milliseconds / 86_400_000))
        let inDay = Int(milliseconds % 86_400_000)
        let fraction = inDay % 1000
        let clock =
            "\(padded(inDay / 3_600_000, 2)):\(padded(inDay / 60_000 % 60, 2)):\(padded(inDay / 1000 % 60, 2))"
        let date = "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
        return "\(date)T\(clock)\(fraction == 0 ? "" : "." + padded(fraction, 3))Z"
    }

    /// The day in UTC: `2026-11-22`.
    public var date: String { String(description.prefix(10)) }

    private func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

/// When something happened, as well as it is known: somewhere in `precision` milliseconds from `start` on.
public struct OccurredAt: Hashable, Sendable {
    /// A day in milliseconds; the precision of a bare date.
    public static let day: UInt64 = 86_400_000

    /// The first moment it can have been.
    public let start: Timestamp
    /// The length of the interval in milliseconds, 1 to 366 days: webhooks know seconds, CSV files days.
    public let precision: UInt64

    /// `nil` when the precision is out of bounds.
    public init?(start: Timestamp, precision: UInt64) {
        guard 1...366 * Self.day ~= precision else { return nil }
        self.start = start
        self.precision = precision
    }

    /// A time known to the millisecond.
    public init(_ moment: Timestamp) {
        start = moment
        precision = 1
    }

    /// The last moment it can have been.
    public var end: Timestamp { start.adding(milliseconds: precision - 1) }

    /// Reads RFC 3339 (`2026-11-22T09:30:00Z`, an offset, a fraction of up to nine digits) to the second or better, or a
    /// bare date, which is a day in UTC. Throws `badTime` for anything else, a leap second and dates before 1970 included.
    public init(parsing text: String) throws(ModelError) {
        guard let parsed = TimeText.parse(Array(text.utf8)) else {
            throw ModelError(
                .badTime,
                "“\(text.prefix(40))” is not a time; write RFC 3339, such as 2026-11-22T09:30:00Z or 2026-11-22")
        }
        self = parsed
    }
}

/// The proleptic Gregorian calendar, days counted from 1970-01-01.
public enum CivilDate {
    /// The date of a day. The algorithm is Howard Hinnant's `civil_from_days`: years begin in March, so that leap days come
    /// last.
    public static func fromDays(_ days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
    }

    /// The day of a date; `nil` for one that does not exist or does not lie in 1970 to 9999.
    public static func toDays(year: Int, month: Int, day: Int) -> Int? {
        guard year >= 1970, year <= 9999, 1...12 ~= month, 1...31 ~= day else { return nil }
        let marchYear = month <= 2 ? year - 1 : year
        let era = marchYear / 400
        let yearOfEra = marchYear % 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let days = era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
        return fromDays(days) == (year, month, day) ? days : nil
    }
}

/// RFC 3339 text, read byte by byte.
private enum TimeText {
    static func parse(_ text: [UInt8]) -> OccurredAt? {
        guard text.count >= 10, let year = number(text, 0, 4), text[4] == UInt8(ascii: "-"),
            let month = number(text, 5, 2), text[7] == UInt8(ascii: "-"), let day = number(text, 8, 2),
            let days = CivilDate.toDays(year: year, month: month, day: day)
        else { return nil }
        let midnight = days * 86_400_000
        if text.count == 10 { return moment(midnight, precision: OccurredAt.day) }
        guard text.count >= 20, text[10] == UInt8(ascii: "T") || text[10] == UInt8(ascii: "t"),
            let hour = number(text, 11, 2), hour < 24, text[13] == UInt8(ascii: ":"),
            let minute = number(text, 14, 2), minute < 60, text[16] == UInt8(ascii: ":"),
            let second = number(text, 17, 2), second < 60
        else { return nil }
        var position = 19
        var fraction = 0
        var precision: UInt64 = 1000
        if text[position] == UInt8(ascii: ".") {
            var digits = 0
            position += 1
            while position < text.count, let digit = number(text, position, 1), digits < 9 {
                if digits < 3 { fraction = fraction * 10 + digit }
                digits += 1
                position += 1
            }
            guard digits > 0 else { return nil }
            for _ in min(digits, 3)..<3 {
                fraction *= 10
            }
            precision = digits >= 3 ? 1 : digits == 2 ? 10 : 100
        }
        guard let offset = offsetMinutes(text[position...]) else { return nil }
        let inDay = ((hour * 60 + minute) * 60 + second) * 1000 + fraction
        return moment(midnight + inDay - offset * 60_000, precision: precision)
    }

    private static func offsetMinutes(_ text: ArraySlice<UInt8>) -> Int? {
        let text = Array(text)
        if text.count == 1 { return text[0] == UInt8(ascii: "Z") || text[0] == UInt8(ascii: "z") ? 0 : nil }
        guard text.count == 6, text[3] == UInt8(ascii: ":"), let hours = number(text, 1, 2), hours < 24,
            let minutes = number(text, 4, 2), minutes < 60
        else { return nil }
        switch text[0] {
        case UInt8(ascii: "+"): return hours * 60 + minutes
        case UInt8(ascii: "-"): return -(hours * 60 + minutes)
        default: return nil
        }
    }

    private static func moment(_ milliseconds: Int, precision: UInt64) -> OccurredAt? {
        guard milliseconds >= 0, let start = Timestamp(milliseconds: UInt64(milliseconds)) else { return nil }
        return OccurredAt(start: start, precision: precision)
    }

    private static func number(_ text: [UInt8], _ start: Int, _ count: Int) -> Int? {
        guard start + count <= text.count else { return nil }
        var value = 0
        for byte in text[start..<start + count] {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            value = value * 10 + Int(byte - UInt8(ascii: "0"))
        }
        return value
    }
}
