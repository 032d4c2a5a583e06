import ConsentModel
import Testing

/// Moments, the calendar, and times as people and systems write them.
@Suite struct TimestampTests {
    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00Z"), (1, "1970-01-01T00:00:00.001Z"), (999, "1970-01-01T00:00:00.999Z"),
            (68_169_600_000, "1972-02-29T00:00:00Z"), (946_684_799_999, "1999-12-31T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00Z"), (1_000_000_000_000, "2001-09-09T01:46:40Z"),
            (1_709_460_001_250, "2024-03-03T10:00:01.250Z"), (2_147_483_647_000, "2038-01-19T03:14:07Z"),
            (4_107_542_399_000, "2100-02-28T23:59:59Z"), (4_107_542_400_000, "2100-03-01T00:00:00Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
        ] as [(UInt64, String)])
    func knownMomentsAreWrittenAndRead(milliseconds: UInt64, text: String) throws {
        let moment = try #require(Timestamp(milliseconds: milliseconds))
        #expect(moment.description == text)
        #expect(try OccurredAt(parsing: text).start == moment)
    }

    /// The calendar counted day by day, with the rule of 4, 100 and 400 alone.
    @Test func everyDayFrom1970To2400IsWrittenAndRead() throws {
        var days: UInt64 = 0
        for year in 1970...2400 {
            let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
            for (month, length) in zip(1..., [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]) {
                for day in 1...length {
                    let date = "\(year)-\(month < 10 ? "0" : "")\(month)-\(day < 10 ? "0" : "")\(day)"
                    let midnight = Timestamp(milliseconds: days * 86_400_000)!
                    let isRight = midnight.description == date + "T00:00:00Z"
                    let parsed = try OccurredAt(parsing: date)
                    if !isRight || parsed != OccurredAt(start: midnight, precision: OccurredAt.day) {
                        Issue.record("\(date) is day \(days) after 1970-01-01, not \(midnight) or \(parsed)")
                    }
                    days += 1
                }
                let beyond = "\(year)-\(month < 10 ? "0" : "")\(month)-\(length + 1)"
                #expect(throws: ModelError(.badTime, ""), "\(beyond)") { _ = try OccurredAt(parsing: beyond) }
            }
        }
    }

    @Test(
        arguments: [
            ("2024-03-03T10:00:00Z", "2024-03-03T10:00:00Z", 1000),
            ("2024-03-03t10:00:00z", "2024-03-03T10:00:00Z", 1000),
            ("2024-03-03T10:00:00.5Z", "2024-03-03T10:00:00.500Z", 100),
            ("2024-03-03T10:00:00.05Z", "2024-03-03T10:00:00.050Z", 10),
            ("2024-03-03T10:00:00.123Z", "2024-03-03T10:00:00.123Z", 1),
            ("2024-03-03T10:00:00.123456789Z", "2024-03-03T10:00:00.123Z", 1),
            ("2024-03-03T10:00:00.9999Z", "2024-03-03T10:00:00.999Z", 1),
            ("2024-03-03T10:00:00+01:00", "2024-03-03T09:00:00Z", 1000),
            ("2024-03-03T10:00:00-05:30", "2024-03-03T15:30:00Z", 1000),
            ("2024-03-03T10:00:00-00:00", "2024-03-03T10:00:00Z", 1000),
            ("2024-03-01T00:30:00.25+14:00", "2024-02-29T10:30:00.250Z", 10),
            ("2023-12-31T23:59:59-23:59", "2024-01-01T23:58:59Z", 1000),
            ("1970-01-01T01:00:00+01:00", "1970-01-01T00:00:00Z", 1000),
            ("2024-02-29", "2024-02-29T00:00:00Z", 86_400_000),
            ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z", 1),
        ] as [(String, String, UInt64)])
    func offsetsAndFractionsAreReadWithTheirPrecision(text: String, start: String, precision: UInt64) throws {
        let time = try OccurredAt(parsing: text)
        #expect(time.start.description == start)
        #expect(time.precision == precision)
    }

    @Test(arguments: [
        "", "now", "2024", "2024-03", "2024-3-3", "24-03-03", "2024/03/03", "03-03-2024", "20240303", "2024-00-10",
        "2024-13-01", "2024-02-30", "2023-02-29", "2100-02-29", "2024-04-31", "2024-03-00", "2024-03-32",
        "1969-12-31", "1969-12-31T23:59:59Z", "0000-01-01", "1970-01-01T00:30:00+01:00", "10000-01-01", " 2024-03-03",
        "2024-03-03 ", "2024-03-03T", "2024-03-03T10", "2024-03-03T10:00Z", "2024-03-03T10:00:00",
        "2024-03-03 10:00:00Z", "2024-03-03T24:00:00Z", "2024-03-03T10:60:00Z", "2016-12-31T23:59:60Z",
        "2024-03-03T10:00:00.Z", "2024-03-03T10:00:00,5Z", "2024-03-03T10:00:00.1234567890Z",
        "2024-03-03T10:00:00.5", "2024-03-03T10:00:00+1:00", "2024-03-03T10:00:00+0100", "2024-03-03T10:00:00+24:00",
        "2024-03-03T10:00:00+01:60", "2024-03-03T10:00:00 01:00", "2024-03-03T10:00:00Z0", "2024-03-03T10:00:00ZZ",
        "2024-03-03T-1:00:00Z", "2024-03-03T10:00:00Y", "\u{662}024-03-03", "2024-03-03T10:00:00\u{2212}05:00",
        "9999-12-31T23:59:59-00:01", "1709460001", "2024-W10-7", "2024-063",
    ])
    func whatIsNotATimeOfRFC3339IsRefused(text: String) {
        #expect(throws: ModelError(.badTime, "")) { _ = try OccurredAt(parsing: text) }
    }

    @Test func aMutatedTimeIsReadAsWhatItSaysOrNotAtAll() throws {
        var random = SeededGenerator(seed: 3339)
        for round in 0..<5000 {
            let bytes = Mutation.random(of: Array("2024-03-03T10:00:01.250Z".utf8), using: &random)
            guard let text = String(validating: bytes, as: UTF8.self), let time = try? OccurredAt(parsing: text)
            else { continue }
            // What was read, written out, names the same moment when it is read again.
            let again = try OccurredAt(parsing: time.start.description)
            #expect(again.start == time.start, "seed 3339, round \(round): \(text)")
        }
    }

    @Test func momentsEndWithTheYear9999() {
        #expect(Timestamp(milliseconds: 253_402_300_799_999) == .last)
        #expect(Timestamp(milliseconds: 253_402_300_800_000) == nil)
        #expect(Timestamp(milliseconds: .max) == nil)
        let one = Timestamp(milliseconds: 1)!
        #expect(one.adding(milliseconds: 2).milliseconds == 3 && one.adding(milliseconds: .max) == .last)
        #expect(Timestamp.last.adding(milliseconds: 1) == .last)
        #expect(
            one.subtracting(milliseconds: 1).milliseconds == 0 && one.subtracting(milliseconds: .max).milliseconds == 0)
        #expect(Timestamp(milliseconds: 9)!.subtracting(milliseconds: 2).milliseconds == 7)
        #expect(one < .last)
    }

    @Test func anIntervalIsOneMillisecondTo366DaysAndEndsWithinTheCalendar() {
        let start = Timestamp(milliseconds: 1000)!
        for precision in [UInt64(0), 31_622_400_001, .max] {
            #expect(OccurredAt(start: start, precision: precision) == nil)
        }
        for precision in [UInt64(1), 1000, 31_622_400_000] {
            #expect(OccurredAt(start: start, precision: precision)?.end.milliseconds == 999 + precision)
        }
        #expect(OccurredAt(start).end == start)
        #expect(OccurredAt(start: .last, precision: 1000)?.end == .last)
    }
}
