import ConsentModel
import ConsentRules
import Foundation
import Testing

@testable import ConsentLedger

/// Time zones, read from TZif files (RFC 9636).
@Suite struct TimeZoneTests {
    static let zones = URL(fileURLWithPath: "/usr/share/zoneinfo")
    static let python = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: ".build-oracles/bin/python")

    static func time(_ text: String) throws -> Timestamp { try OccurredAt(parsing: text).start }

    /// A TZif file of version 2 without a 32-bit block: changes to types, each an offset, and what follows them.
    static func file(
        version: Character = "2", changes: [(at: Int64, type: UInt8)] = [], types: [Int32] = [0], rule: String = "UTC0"
    ) -> [UInt8] {
        func header(_ counts: [UInt32]) -> [UInt8] {
            Array("TZif\(version)".utf8) + [UInt8](repeating: 0, count: 15)
                + counts.flatMap { count in withUnsafeBytes(of: count.bigEndian) { Array($0) } }
        }
        var bytes = header([0, 0, 0, 0, 1, 4]) + [0, 0, 0, 0, 0, 0] + Array("UTC\0".utf8)
        bytes += header([0, 0, 0, UInt32(changes.count), UInt32(types.count), 4])
        for change in changes { bytes += withUnsafeBytes(of: change.at.bigEndian) { Array($0) } }
        bytes += changes.map(\.type)
        for type in types { bytes += withUnsafeBytes(of: type.bigEndian) { Array($0) } + [0, 0] }
        return bytes + Array("UTC\0\n\(rule)\n".utf8)
    }

    /// The offsets of a rule's clock at moments, as the file of a zone that has no more than the rule says.
    static func offsets(_ rule: String, _ times: [String]) throws -> [Int?] {
        guard let zone = TimeZoneFile(parsing: file(rule: rule)) else { return times.map { _ in nil } }
        return try times.map { text in
            let moment = try time(text)
            return zone.offsets(from: moment, to: moment)[0].seconds
        }
    }

    @Test func rulesOfTheStandard() throws {
        // The hours are those at which the laws named change the clock: Spain's, New York's, Israel's and Chile's.
        let madrid = "CET-1CEST,M3.5.0,M10.5.0/3"
        let spring = ["2026-03-29T00:59:59Z", "2026-03-29T01:00:00Z", "2026-10-25T00:59:59Z", "2026-10-25T01:00:00Z"]
        #expect(try Self.offsets(madrid, spring) == [3600, 7200, 7200, 3600])
        let york = ["2026-03-08T06:59:59Z", "2026-03-08T07:00:00Z", "2026-11-01T05:59:59Z", "2026-11-01T06:00:00Z"]
        #expect(try Self.offsets("EST5EDT,M3.2.0,M11.1.0", york) == [-18000, -14400, -14400, -18000])
        let jerusalem = [
            "2026-03-26T23:59:59Z", "2026-03-27T00:00:00Z", "2026-10-24T22:59:59Z", "2026-10-24T23:00:00Z",
        ]
        #expect(try Self.offsets("IST-2IDT,M3.4.4/26,M10.5.0", jerusalem) == [7200, 10800, 10800, 7200])
        let santiago = ["2026-04-05T02:59:59Z", "2026-04-05T03:00:00Z", "2026-09-06T03:59:59Z", "2026-09-06T04:00:00Z"]
        #expect(try Self.offsets("<-04>4<-03>,M9.1.6/24,M4.1.6/24", santiago) == [-10800, -14400, -14400, -10800])
        // RFC 9636 §3.3.1: always summer time.
        #expect(
            try Self.offsets("XXX3EDT4,0/0,J365/23", ["2026-01-01T00:00:00Z", "2026-07-01T00:00:00Z", york[3]])
                == [-14400, -14400, -14400])
        // 29 February is not counted after J, and is without.
        #expect(
            try Self.offsets("AAA0BBB,J60/0,J300", ["2028-02-29T23:59:59Z", "2028-03-01T00:00:00Z"]) == [0, 3600])
        #expect(
            try Self.offsets("AAA0BBB,59/0,J300", ["2028-02-28T23:59:59Z", "2028-02-29T00:00:00Z"]) == [0, 3600])
        #expect(try Self.offsets("<+0545>-5:45", ["2026-01-01T00:00:00Z"]) == [20700])
    }

    @Test(arguments: [
        "", "C", "CE", "CET", "CET-", "CET-25", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M3.5.0,M10.5.0/168",
        "CET-1CEST,M13.5.0,M10.5.0", "CET-1CEST,M3.6.0,M10.5.0", "CET-1CEST,M3.5.7,M10.5.0", "CET-1CEST,J0,J3",
        "CET-1CEST,366,3", "CET-1 ", "<CET-1", "CET-1:60", "CET-1CEST,M3.5.0,M10.5.0,", "CET--1", ":Europe/Madrid",
        "C\u{e9}T-1", "CET-0001",
    ]) func whatIsNoRule(_ text: String) {
        #expect(TimeZoneRule(parsing: text.utf8) == nil)
        #expect(TimeZoneFile(parsing: Self.file(rule: text)) == nil)
    }

    @Test func filesAreReadStrictly() throws {
        let good = Self.file(changes: [(1000, 1), (2000, 0)], types: [3600, 7200], rule: "CET-1")
        #expect(TimeZoneFile(parsing: good) != nil)
        for count in good.indices { #expect(TimeZoneFile(parsing: Array(good[..<count])) == nil, "\(count) bytes") }
        // No byte that is not there, and none too many, whatever the others say.
        for position in good.indices {
            for bit in 0..<8 {
                var bytes = good
                bytes[position] ^= 1 << bit
                _ = TimeZoneFile(parsing: bytes)
            }
        }
        #expect(TimeZoneFile(parsing: Self.file(version: "1")) == nil)
        #expect(TimeZoneFile(parsing: Self.file(changes: [(2000, 0), (1000, 0)])) == nil)
        #expect(TimeZoneFile(parsing: Self.file(changes: [(1000, 0), (1000, 0)])) == nil)
        #expect(TimeZoneFile(parsing: Self.file(changes: [(1000, 1)])) == nil)
        #expect(TimeZoneFile(parsing: Self.file(types: [100_000])) == nil)
        #expect(TimeZoneFile(parsing: Self.file() + [UInt8](repeating: 10, count: 70_000)) == nil)
    }

    @Test func theClockChangesWhenTheFileSaysAndThenByTheRule() throws {
        let first = Int64(try Self.time("2026-01-10T00:00:00Z").milliseconds / 1000)
        let bytes = Self.file(changes: [(first, 1), (first + 86_400, 2)], types: [0, 60, 3600], rule: "CET-1")
        let zone = try #require(TimeZoneFile(parsing: bytes))
        let offsets = zone.offsets(from: try Self.time("2026-01-01"), to: try Self.time("2026-02-01"))
        #expect(
            offsets == [
                LocalClock.Offset(since: try Self.time("2026-01-01"), seconds: 0),
                LocalClock.Offset(since: try Self.time("2026-01-10"), seconds: 60),
                LocalClock.Offset(since: try Self.time("2026-01-11"), seconds: 3600),
            ])
        #expect(zone.offsets(from: try Self.time("2026-01-10"), to: try Self.time("2026-01-10")).map(\.seconds) == [60])
    }

    /// Every zone of the table, held against Python's reader of the same files, on moments of sixty years.
    @Test(
        .enabled(if: FileManager.default.isExecutableFile(atPath: python.path), "skipped: the tests' Python is absent"))
    func anotherReaderReadsTheSame() throws {
        let table = try String(contentsOf: Self.zones.appending(path: "zone1970.tab"), encoding: .utf8)
        let names = table.split(separator: "\n").filter { !$0.hasPrefix("#") }.map {
            String($0.split(separator: "\t")[2])
        }
        #expect(names.count > 200)
        // Prime steps, so that all hours and seasons are met.
        let moments = stride(from: 0, to: 1_900_000_000, by: 3_999_971).map { $0 }
        let script = """
            import sys, datetime, zoneinfo
            for name in sys.stdin.read().split():
                zone = zoneinfo.ZoneInfo(name)
                print(name, *(int(datetime.datetime.fromtimestamp(s, zone).utcoffset().total_seconds())
                              for s in range(0, 1900000000, 3999971)))
            """
        let process = Process()
        process.executableURL = Self.python
        process.arguments = ["-c", script]
        process.environment = ["PYTHONTZPATH": Self.zones.path]
        let (input, output) = (Pipe(), Pipe())
        (process.standardInput, process.standardOutput) = (input, output)
        try process.run()
        try input.fileHandleForWriting.write(contentsOf: Data(names.joined(separator: "\n").utf8))
        try input.fileHandleForWriting.close()
        let printed = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        var compared = 0
        for line in printed.split(separator: "\n") {
            let words = line.split(separator: " ")
            let bytes = [UInt8](try Data(contentsOf: Self.zones.appending(path: String(words[0]))))
            let zone = try #require(TimeZoneFile(parsing: bytes), "\(words[0])")
            for (moment, expected) in zip(moments, words.dropFirst()) {
                let time = try #require(Timestamp(milliseconds: UInt64(moment) * 1000))
                let offset = zone.offsets(from: time, to: time)[0].seconds
                if offset != Int(expected) { Issue.record("\(words[0]) at \(time): \(offset), due \(expected)") }
                compared += 1
            }
        }
        #expect(compared == names.count * moments.count)
    }

    /// A window's offsets are those of its moments: what a change in it says agrees with asking anew.
    @Test func aWindowIsTheSumOfItsMoments() throws {
        for name in ["Europe/Madrid", "America/New_York", "Africa/Casablanca", "Asia/Tehran", "Australia/Lord_Howe"] {
            let bytes = [UInt8](try Data(contentsOf: Self.zones.appending(path: name)))
            let zone = try #require(TimeZoneFile(parsing: bytes))
            for start in ["2026-03-01", "2026-10-15", "2027-02-10", "2040-03-20", "2040-10-20"] {
                let from = try Self.time(start)
                let offsets = zone.offsets(from: from, to: from.adding(milliseconds: 23 * OccurredAt.day))
                for hour in 0..<UInt64(23 * 24) {
                    let time = from.adding(milliseconds: hour * 3_600_000)
                    let told = offsets.last { $0.since <= time }?.seconds
                    #expect(told == zone.offsets(from: time, to: time)[0].seconds, "\(name) \(time)")
                }
            }
        }
    }
}
