internal import ConsentModel

/// A moment as a source knows it: somewhere in the interval that begins at `milliseconds` and is `precision` long.
public struct ImportTime: Hashable, Sendable {
    /// Since 1970-01-01T00:00:00Z.
    public var milliseconds: Int64
    /// In milliseconds, at least 1.
    public var precision: Int64

    public static let day = Int64(OccurredAt.day)

    public init(milliseconds: Int64, precision: Int64) {
        self.milliseconds = milliseconds
        self.precision = precision
    }

    /// The longest that a platform takes to deliver what it tells only once it has happened, in milliseconds: Twilio tries
    /// again for 15 seconds, and what is between may hold it up.
    static let longestDelivery: Int64 = 60_000

    /// When something may have happened that was told at `moment` without its time: so what permits does not undo an opt-out
    /// that overtook it.
    init(deliveredAt moment: Timestamp) {
        self.init(milliseconds: Int64(moment.milliseconds) - Self.longestDelivery, precision: Self.longestDelivery + 1)
    }

    /// The order of day, month and year in a column of dates, where the dates do not tell.
    public struct DateOrder: Hashable, Sendable {
        let dayPosition: Int
        let monthPosition: Int
        let yearPosition: Int

        /// Reads `dmy`, `mdy`, `ymd`, or a pattern such as `DD/MM/YYYY`.
        public init(parsing text: String) throws(ImportError) {
            var letters: [UInt8] = []
            for byte in text.utf8.map(ContactTyping.lowercased) {
                if "dmy".utf8.contains(byte), letters.last != byte { letters.append(byte) }
                guard "dmy/.- ".utf8.contains(byte) else {
                    throw ImportError(
                        .usage, field: "occurred-at", "the date format is none; write dmy, mdy, ymd or DD/MM/YYYY")
                }
            }
            guard letters.count == 3, let day = letters.firstIndex(of: UInt8(ascii: "d")),
                let month = letters.firstIndex(of: UInt8(ascii: "m")),
                let year = letters.firstIndex(of: UInt8(ascii: "y")), year != 1
            else {
                throw ImportError(
                    .usage, field: "occurred-at", "a date format names day, month and year once each; write DD/MM/YYYY")
            }
            dayPosition = day
            monthPosition = month
            yearPosition = year
        }

        private init(day: Int, month: Int, year: Int) {
            dayPosition = day
            monthPosition = month
            yearPosition = year
        }

        static let dayFirst = DateOrder(day: 0, month: 1, year: 2)
        static let monthFirst = DateOrder(day: 1, month: 0, year: 2)
        static let yearFirst = DateOrder(day: 2, month: 1, year: 0)
    }

    /// The time that `text` names:
    /// - RFC 3339, with `T` or a space, seconds and their fraction optional;
    /// - without an offset from UTC the time is known to the day, since the hour is not known anywhere;
    /// - a date alone, `2024-03-04` or `4/3/2024` in the order that `order` names, is known to the day; without `order`
    ///   a date that could be read both ways is refused;
    /// - ten digits are seconds since 1970, thirteen are milliseconds.
    public init(parsing text: String, order: DateOrder? = nil, field: String = "occurred-at") throws(ImportError) {
        var scanner = Scanner(bytes: Array(text.utf8), field: field)
        if let epoch = try scanner.epoch() {
            self = epoch
            return
        }
        let date = try scanner.date(order: order)
        guard let days = CivilDate.toDays(year: date.year, month: date.month, day: date.day) else {
            throw scanner.malformed()
        }
        let midnight = Int64(days) * Self.day
        guard let clock = try scanner.clock() else {
            self.init(milliseconds: midnight, precision: Self.day)
            return
        }
        guard let offset = try scanner.offset() else {
            self.init(milliseconds: midnight, precision: Self.day)
            return
        }
        self.init(milliseconds: midnight + clock.milliseconds - offset, precision: clock.precision)
    }

    /// Seconds (ten digits or fewer) or milliseconds (thirteen) since 1970, as webhooks give them.
    public init?(epoch digits: String) {
        guard 9...13 ~= digits.utf8.count, digits.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }),
            let value = Int64(digits)
        else { return nil }
        switch digits.utf8.count {
        case 9, 10: self.init(milliseconds: value * 1000, precision: 1000)
        case 13: self.init(milliseconds: value, precision: 1)
        default: return nil
        }
    }

    private struct Scanner {
        var bytes: [UInt8]
        var position = 0
        let field: String

        init(bytes: [UInt8], field: String) {
            self.bytes = bytes
            self.field = field
        }

        private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

        private mutating func take(anyOf set: String) -> UInt8? {
            guard let byte = next, set.utf8.contains(byte) else { return nil }
            position += 1
            return byte
        }

        /// A run of at most nine digits.
        private mutating func number() -> (value: Int, digitCount: Int)? {
            var value = 0
            let start = position
            while let byte = next, UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte, position - start < 9 {
                value = value * 10 + Int(byte - UInt8(ascii: "0"))
                position += 1
            }
            return position > start ? (value, position - start) : nil
        }

        func malformed() -> ImportError {
            ImportError(.time, field: field, "the time in \(field) is none; write it as 2024-03-04T10:15:30Z")
        }

        mutating func epoch() throws(ImportError) -> ImportTime? {
            let digitCount = bytes.prefix { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }.count
            if digitCount == bytes.count {
                if digitCount == 10 || digitCount == 13 {
                    return ImportTime(epoch: String(decoding: bytes, as: UTF8.self))
                }
                throw digitCount == 5 ? damage() : malformed()
            }
            let rest = bytes[digitCount...]
            let isFractional =
                rest.first.map { UInt8(ascii: ".") == $0 || UInt8(ascii: ",") == $0 } == true
                && rest.dropFirst().allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
            let isExponential = rest.contains { $0 | 0x20 == UInt8(ascii: "e") } && rest.contains(UInt8(ascii: "+"))
            if isFractional || isExponential { throw damage() }
            if bytes.first == UInt8(ascii: "#") { throw damage() }
            return nil
        }

        private func damage() -> ImportError {
            ImportError(
                .spreadsheetDamage, field: field,
                "a spreadsheet has turned the time in \(field) into a number; export the column as text, as 2024-03-04")
        }

        mutating func date(order: DateOrder?) throws(ImportError) -> (year: Int, month: Int, day: Int) {
            guard let first = number(), let separator = take(anyOf: "-/."), let second = number(),
                take(anyOf: String(decoding: [separator], as: UTF8.self)) != nil, let third = number()
            else { throw malformed() }
            let parts = [first, second, third]
            let order = if let order { order } else { try self.order(of: parts) }
            let year = parts[order.yearPosition]
            let month = parts[order.monthPosition]
            let day = parts[order.dayPosition]
            guard year.digitCount == 4, month.digitCount <= 2, day.digitCount <= 2 else { throw malformed() }
            return (year.value, month.value, day.value)
        }

        private func order(of parts: [(value: Int, digitCount: Int)]) throws(ImportError) -> DateOrder {
            if parts[0].digitCount == 4 { return .yearFirst }
            guard parts[2].digitCount == 4 else {
                throw ImportError(
                    .time, field: field,
                    "the date in \(field) has no year of four digits; write it as 2024-03-04")
            }
            if parts[0].value > 12 || parts[0].value == parts[1].value { return .dayFirst }
            if parts[1].value > 12 { return .monthFirst }
            throw ImportError(
                .time, field: field,
                "the date in \(field) could be read day first or month first; say which with --date-format DD/MM/YYYY")
        }

        /// The time of day, when there is one.
        mutating func clock() throws(ImportError) -> (milliseconds: Int64, precision: Int64)? {
            guard position < bytes.count else { return nil }
            guard take(anyOf: "Tt ") != nil else { throw malformed() }
            while take(anyOf: " ") != nil {}
            guard let hour = number(), hour.digitCount <= 2, take(anyOf: ":") != nil, let minute = number(),
                minute.digitCount == 2, minute.value < 60
            else { throw malformed() }
            var milliseconds = Int64(minute.value) * 60_000
            var precision: Int64 = 60_000
            if take(anyOf: ":") != nil {
                // A leap second counts as the last of its minute.
                guard let second = number(), second.digitCount == 2, second.value <= 60 else { throw malformed() }
                milliseconds += Int64(min(second.value, 59)) * 1000
                precision = 1000
                if take(anyOf: ".,") != nil {
                    guard let fraction = number() else { throw malformed() }
                    precision = 1000
                    var value = Int64(fraction.value)
                    for _ in 0..<min(fraction.digitCount, 3) { precision /= 10 }
                    for _ in 0..<max(fraction.digitCount - 3, 0) { value /= 10 }
                    milliseconds += fraction.digitCount > 3 ? value : value * precision
                }
            }
            let spaced = position
            while take(anyOf: " ") != nil {}
            var hours = hour.value
            if let half = take(anyOf: "AaPp") {
                guard take(anyOf: "Mm") != nil, 1...12 ~= hours else { throw malformed() }
                hours = hours % 12 + (half | 0x20 == UInt8(ascii: "p") ? 12 : 0)
            } else {
                position = spaced
            }
            guard hours < 24 else { throw malformed() }
            return (milliseconds + Int64(hours) * 3_600_000, precision)
        }

        /// The offset from UTC in milliseconds, when there is one.
        mutating func offset() throws(ImportError) -> Int64? {
            while take(anyOf: " ") != nil {}
            if ["utc", "gmt"].contains(where: {
                $0.utf8.elementsEqual(bytes[position...].map(ContactTyping.lowercased))
            }) {
                return 0
            }
            guard let sign = take(anyOf: "Zz+-") else {
                guard position == bytes.count else { throw malformed() }
                return nil
            }
            guard sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") else {
                guard position == bytes.count else { throw malformed() }
                return 0
            }
            guard let first = number() else { throw malformed() }
            var (hours, minutes) = (first.value, 0)
            if first.digitCount == 4 {
                (hours, minutes) = (first.value / 100, first.value % 100)
            } else if take(anyOf: ":") != nil {
                guard first.digitCount == 2, let second = number(), second.digitCount == 2 else { throw malformed() }
                minutes = second.value
            } else if first.digitCount != 2 {
                throw malformed()
            }
            guard hours < 24, minutes < 60, position == bytes.count else { throw malformed() }
            let offset = Int64(hours * 60 + minutes) * 60_000
            return sign == UInt8(ascii: "+") ? offset : -offset
        }
    }
}
