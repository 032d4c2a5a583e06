import CPhoneNumber
import ConsentModel
import ConsentRules
import Foundation
import Testing

@testable import ConsentLedger

/// What an address tells of where its person is.
@Suite struct RecipientTests {
    static let winter = Timestamp(milliseconds: 1_763_800_000_000)!  // 2025-11-22T08:26:40Z

    static func recipient(_ contact: String, zones: TimeZoneTable = .system) throws -> Recipient {
        Recipient(of: try ContactAddress(parsing: contact), at: winter, zones: zones)
    }

    @Test(arguments: [
        ("+34600111222", "ES", ["Europe/Madrid", "Atlantic/Canary"]), ("+33612345678", "FR", ["Europe/Paris"]),
        ("+18765550123", "JM", ["America/Jamaica"]), ("+77011234567", "KZ", ["Asia/Almaty"]),
        ("+38344123456", "XK", ["Europe/Belgrade"]), ("whatsapp:IN.1234567", "IN", ["Asia/Kolkata"]),
        // Crozet, Réunion: their own codes, the Emirates' clock.
        ("+262692123456", "RE", ["Asia/Dubai"]),
    ]) func theNumberTellsTheCountry(_ contact: String, country: String, clocks: [String]) throws {
        let recipient = try Self.recipient(contact)
        #expect(recipient.country == country)
        #expect(recipient.clocks.map(\.name) == clocks)
        for clock in recipient.clocks {
            #expect(clock.offsets.first.map { $0.since <= Self.winter } == true)
            #expect(zip(clock.offsets, clock.offsets.dropFirst()).allSatisfy { $0.since < $1.since })
        }
    }

    @Test func inNorthAmericaTheAreaCodeTellsTheCountryAndNotTheClock() throws {
        let york = try Self.recipient("+12125550123")
        #expect(york.country == "US")
        // New York to Adak and Honolulu, each once.
        let hours = york.clocks.map { $0.offsets[0].seconds / 3600 }
        #expect(Set(hours) == [-5, -6, -7, -8, -9, -10] && hours.count == 6)
        #expect(try Self.recipient("+13105550123") == york)
        let toronto = try Self.recipient("+14165550123")
        #expect(toronto.country == "CA" && toronto.clocks.contains { $0.name == "America/St_Johns" })
    }

    @Test func aNumberThatDoesNotTellMayBeOfAllWhoShareTheCode() throws {
        // 211 is no area code.
        let unknown = try Self.recipient("+12115550123")
        #expect(unknown.country == nil)
        let named = Set(unknown.clocks.map { $0.offsets })
        for contact in ["+12125550123", "+14165550123", "+18765550123"] {
            #expect(named.isSuperset(of: try Self.recipient(contact).clocks.map { $0.offsets }), "\(contact)")
        }
        // Which number of an area code comes first changes nothing.
        #expect(try Self.recipient("+12120000000").country == "US")
        #expect(try Self.recipient("+12125550199").country == "US")
    }

    @Test func anEmailAddressTellsNothing() throws {
        #expect(try Self.recipient("ana@example.com") == Recipient())
        // Satellites are of no country.
        #expect(try Self.recipient("+881612345678") == Recipient())
    }

    @Test func theClockChangesWithinTheWindow() throws {
        let october = try OccurredAt(parsing: "2026-10-20T10:00:00Z").start
        let clocks = Recipient(of: try ContactAddress(parsing: "+34600111222"), at: october).clocks
        let change = try OccurredAt(parsing: "2026-10-25T01:00:00Z").start
        #expect(clocks[0].offsets.map(\.seconds) == [7200, 3600] && clocks[0].offsets[1].since == change)
        #expect(clocks[1].offsets.map(\.seconds) == [3600, 0] && clocks[1].offsets[1].since == change)
    }

    /// Whatever country libphonenumber names has a clock: else no rule about hours would ever let a message go there.
    @Test func everyCountryWithANumberHasAClock() {
        var regions: Set<String> = []
        for code in 1...999 {
            var letters = [CChar](repeating: 0, count: 2 * Int(CPN_MOST_REGIONS))
            let count = Int(cpn_regions(Int32(code), &letters))
            #expect(count >= 0)
            for position in 0..<count {
                regions.insert(
                    String(
                        decoding: letters[2 * position..<2 * position + 2].map { UInt8(bitPattern: $0) }, as: UTF8.self)
                )
            }
        }
        #expect(regions.count > 200)
        for region in regions {
            #expect(!TimeZoneTable.system.clocks(of: [region], at: Self.winter).isEmpty, "\(region)")
        }
    }

    /// Without tzdata, or with a part of it, no clock is known: some of a country's clocks are not the strictest.
    @Test func whatCannotBeReadIsNotKnown() throws {
        #expect(try Self.recipient("+34600111222", zones: TimeZoneTable(directory: "/nonexistent")).clocks == [])
        let directory = try TemporaryDirectory()
        let place = URL(fileURLWithPath: directory.path)
        let table = "# comment\nES,PT\t+4024-00341\tEurope/Madrid\tMainland\nES\t+2806-01524\tAtlantic/Canary\n"
        try table.write(to: place.appending(path: "zone1970.tab"), atomically: true, encoding: .utf8)
        for zone in ["Europe/Madrid", "Atlantic/Canary"] {
            let file = place.appending(path: zone)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(contentsOf: TimeZoneTests.zones.appending(path: zone)).write(to: file)
        }
        func clocks(_ contact: String) throws -> Int {
            try Self.recipient(contact, zones: TimeZoneTable(directory: directory.path)).clocks.count
        }
        #expect(try clocks("+34600111222") == 2)
        #expect(try clocks("+351912345678") == 1)
        #expect(try clocks("+33612345678") == 0)
        try Data("TZif2".utf8).write(to: place.appending(path: "Atlantic/Canary"))
        #expect(try clocks("+34600111222") == 0)
        #expect(try Self.recipient("+34600111222", zones: TimeZoneTable(directory: directory.path)).country == "ES")
        #expect(try clocks("+351912345678") == 1)
        try "no table\n".write(to: place.appending(path: "zone1970.tab"), atomically: true, encoding: .utf8)
        #expect(try clocks("+351912345678") == 0)
    }
}
