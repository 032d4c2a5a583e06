import ConsentModel
import Testing

@testable import consent

/// Business days, against the calendars that the Office of Personnel Management published.
@Suite struct BusinessDaysTests {
    private static func day(_ date: String) throws -> Int {
        Int(try OccurredAt(parsing: date).start.milliseconds / OccurredAt.day)
    }

    /// The holidays of a year are on these weekdays, and every other weekday is a business day.
    @Test(
        arguments: [
            (
                2021,
                "01-01 01-18 02-15 05-31 06-18 07-05 09-06 10-11 11-11 11-25 12-24 12-31"
            ),
            (2026, "01-01 01-19 02-16 05-25 06-19 07-03 09-07 10-12 11-11 11-26 12-25"),
            (2027, "01-01 01-18 02-15 05-31 06-18 07-05 09-06 10-11 11-11 11-25 12-24 12-31"),
            (2020, "01-01 01-20 02-17 05-25 07-03 09-07 10-12 11-11 11-26 12-25"),
        ])
    func holidaysOfTheUnitedStates(_ year: Int, _ holidays: String) throws {
        let listed = Set(try holidays.split(separator: " ").map { try Self.day("\(year)-\($0)") })
        let days = BusinessDays()
        for day in try Self.day("\(year)-01-01")...Self.day("\(year)-12-31") {
            let isWeekday = (day + 3) % 7 < 5
            #expect(days.contains(day) == (isWeekday && !listed.contains(day)), "day \(day) of \(year)")
        }
    }

    @Test(
        arguments: [
            // Thursday; Columbus Day is the 12th.
            ("2026-10-01T23:59:59Z", 10, "2026-10-17T00:00:00Z"),
            // Saturday: Monday is the first.
            ("2026-08-01T00:00:00Z", 1, "2026-08-04T00:00:00Z"), ("2026-08-03T00:00:00Z", 1, "2026-08-05T00:00:00Z"),
            // Over Christmas and the new year.
            ("2026-12-24T12:00:00Z", 10, "2027-01-12T00:00:00Z"),
        ])
    func theLastMoment(_ time: String, _ count: Int, _ end: String) throws {
        #expect(BusinessDays().end(of: count, after: try OccurredAt(parsing: time).start).description == end)
    }

    @Test func aListOfHolidaysTakesTheirPlace() throws {
        let days = try BusinessDays(holidays: Array("# Vigo\n2026-08-17 San Roque\r\n\n2026-10-12\n".utf8))
        #expect(try !days.contains(Self.day("2026-08-17")) && !days.contains(Self.day("2026-10-12")))
        #expect(try days.contains(Self.day("2026-12-25")) && !days.contains(Self.day("2026-12-26")))
        #expect(throws: CommandError(.badInput, "")) { try BusinessDays(holidays: Array("tomorrow\n".utf8)) }
        #expect(throws: CommandError(.badInput, "")) { try BusinessDays(holidays: Array("2026-01-01T00:00:00Z".utf8)) }
    }

    @Test func quantilesAreNearestRanks() throws {
        let spread = try #require(OptOutLatency.Spread((1...200).reversed().map(UInt64.init)))
        #expect(spread.median == 100 && spread.ninetieth == 180 && spread.ninetyNinth == 198 && spread.longest == 200)
        let one = try #require(OptOutLatency.Spread([7]))
        #expect(one.median == 7 && one.ninetyNinth == 7)
        #expect(OptOutLatency.Spread([UInt64]()) == nil)
    }
}
