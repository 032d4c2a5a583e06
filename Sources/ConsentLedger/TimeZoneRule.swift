internal import ConsentModel

/// What a time zone's clock does after the changes that its file lists: the `TZ` string at the file's end (RFC 9636 §3.3;
/// POSIX.1-2017 §8.3, hours of a change up to ±167). `CET-1CEST,M3.5.0,M10.5.0/3` is Spain's.
struct TimeZoneRule: Sendable {
    /// A yearly change: on which day, and how many seconds of the clock before it after midnight.
    private struct Change {
        let day: Day
        let second: Int
    }

    private enum Day {
        /// 1 to 365; 29 February is not counted.
        case commonYear(Int)
        /// 0 to 365; 29 February is counted.
        case ofYear(Int)
        /// The n-th weekday of a month, 5 the last one; Sunday is 0.
        case weekday(month: Int, week: Int, weekday: Int)
    }

    private struct Summer {
        let offset: Int
        let start: Change
        let end: Change
    }

    /// Seconds east of UTC, outside summer time.
    private let standard: Int
    private let summer: Summer?

    /// Reads the string; `nil` for anything that is none.
    init?(parsing text: some Sequence<UInt8>) {
        var reader = Reader(rest: Array(text)[...])
        guard reader.skipName(), let standard = reader.duration(mostHours: 24) else { return nil }
        self.standard = -standard
        guard !reader.rest.isEmpty else {
            summer = nil
            return
        }
        guard reader.skipName() else { return nil }
        var offset = self.standard + 3600
        if reader.rest.first != UInt8(ascii: ",") {
            guard let own = reader.duration(mostHours: 24) else { return nil }
            offset = -own
        }
        guard let start = reader.change(), let end = reader.change(), reader.rest.isEmpty else { return nil }
        summer = Summer(offset: offset, start: start, end: end)
    }

    /// Its changes in a year, in ascending order: the second of UTC, and the offset from then on.
    func changes(inYear year: Int) -> [(second: Int, offset: Int)] {
        guard let summer, let start = Self.second(of: summer.start, year), let end = Self.second(of: summer.end, year)
        else { return [] }
        // Where it is always summer, the end of one is the start of the next, and the start has the last word.
        return [(end - summer.offset, standard), (start - self.standard, summer.offset)]
            .sorted { $0.0 < $1.0 }
    }

    /// Seconds east of UTC at a second of UTC.
    func offset(at second: Int) -> Int {
        let year = CivilDate.fromDays(second.dividedDown(by: 86_400)).year
        return (year - 1...year + 1).flatMap { changes(inYear: $0) }.last { $0.second <= second }?.offset ?? standard
    }

    /// The second of the year's own clock at which a change is; `nil` for years that no date of ours has.
    private static func second(of change: Change, _ year: Int) -> Int? {
        guard let newYear = CivilDate.toDays(year: year, month: 1, day: 1) else { return nil }
        let isLeap = CivilDate.toDays(year: year, month: 2, day: 29) != nil
        let day: Int
        switch change.day {
        case .commonYear(let number): day = newYear + number - (isLeap && number >= 60 ? 0 : 1)
        case .ofYear(let number): day = newYear + number
        case .weekday(let month, let week, let weekday):
            guard let first = CivilDate.toDays(year: year, month: month, day: 1) else { return nil }
            // 1 January 1970 was a Thursday.
            let earliest = (weekday - (first + 4) % 7 + 7) % 7
            let length = (29...31).reduce(28) { CivilDate.toDays(year: year, month: month, day: $1) == nil ? $0 : $1 }
            let wanted = earliest + 7 * (week - 1)
            day = first + (wanted < length ? wanted : wanted - 7)
        }
        return day * 86_400 + change.second
    }

    /// Takes the string apart.
    private struct Reader {
        var rest: ArraySlice<UInt8>

        mutating func take(_ byte: Character) -> Bool {
            guard rest.first == byte.asciiValue else { return false }
            rest.removeFirst()
            return true
        }

        /// A name: three letters or more, or letters, digits and signs between angle brackets.
        mutating func skipName() -> Bool {
            func isLetter(_ byte: UInt8) -> Bool { UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20 }
            if take("<") {
                let name = rest.prefix { isLetter($0) || isDigit($0) || "+-".utf8.contains($0) }
                rest = rest.dropFirst(name.count)
                return name.count >= 3 && take(">")
            }
            let name = rest.prefix(while: isLetter)
            rest = rest.dropFirst(name.count)
            return name.count >= 3
        }

        private func isDigit(_ byte: UInt8) -> Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte }

        mutating func number(most: Int) -> Int? {
            let digits = rest.prefix(while: isDigit)
            guard 1...3 ~= digits.count else { return nil }
            rest = rest.dropFirst(digits.count)
            let number = digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
            return number <= most ? number : nil
        }

        /// `[+|-]hh[:mm[:ss]]`, in seconds.
        mutating func duration(mostHours: Int) -> Int? {
            let sign = take("-") ? -1 : 1
            if sign == 1 { _ = take("+") }
            guard let hours = number(most: mostHours) else { return nil }
            var seconds = hours * 3600
            for unit in [60, 1] where rest.first == UInt8(ascii: ":") {
                rest.removeFirst()
                guard let count = number(most: 59) else { return nil }
                seconds += count * unit
            }
            return sign * seconds
        }

        /// A comma, the day, and a time if it is not 02:00.
        mutating func change() -> Change? {
            guard take(","), let day = day() else { return nil }
            guard take("/") else { return Change(day: day, second: 2 * 3600) }
            return duration(mostHours: 167).map { Change(day: day, second: $0) }
        }

        private mutating func day() -> Day? {
            if take("J") { return number(most: 365).flatMap { $0 >= 1 ? .commonYear($0) : nil } }
            guard take("M") else { return number(most: 365).map { .ofYear($0) } }
            guard let month = number(most: 12), month >= 1, take("."), let week = number(most: 5), week >= 1, take("."),
                let weekday = number(most: 6)
            else { return nil }
            return .weekday(month: month, week: week, weekday: weekday)
        }
    }
}

extension Int {
    /// The quotient rounded down, below zero too.
    func dividedDown(by divisor: Int) -> Int { self >= 0 ? self / divisor : (self + 1) / divisor - 1 }
}
