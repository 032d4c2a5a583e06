import ConsentModel
import ConsentRules
import DamagedLedgers
import LedgerCrypto
import Testing
import TransparencyLog

@testable import ConsentAudit

/// What a log holds, against plain counts, and what is unusual in it.
@Suite struct LogStatisticsTests {
    private static func statistics(_ log: MemoryLog, size: UInt64? = nil) throws -> LogStatistics {
        let published = try PublishedLog(reader: log)
        return try LogStatistics(of: published, size: size ?? published.size)
    }

    @Test(arguments: [1, 2, 6, 255, 256, 257, 600]) func countsEveryRecord(_ size: Int) throws {
        let builder = LogBuilder.ledger(size: size)
        let statistics = try Self.statistics(builder.log)
        var types: [String: UInt64] = [:]
        var contacts: Set<ContactHandle> = []
        for (position, entry) in builder.entries.enumerated() {
            types[builder.kinds[position], default: 0] += 1
            contacts.formUnion(try Record(decoding: entry[...]).handles)
        }
        #expect(statistics.size == UInt64(size) && statistics.tally.count == UInt64(size))
        #expect(statistics.tally.byType == types)
        #expect(statistics.contactCount == UInt64(contacts.count))
        #expect(statistics.restrictionCount == types["consent-withdrawn"] ?? 0)
        #expect(statistics.acts.values.reduce(0) { $0 + $1.given } == types["consent-given"] ?? 0)
        #expect(statistics.acts.values.reduce(0) { $0 + $1.withdrawn } == types["consent-withdrawn"] ?? 0)
        #expect(statistics.keyUses.values.reduce(0, +) == UInt64(size))
        #expect(statistics.unreadable.count == 0)
        #expect(statistics.governance.catalog.ledgerID == builder.pins.ledgerID)
        // An opt-out of everything names no channel.
        #expect(statistics.actsByChannel[""]?.withdrawn == types["consent-withdrawn"])
        #expect(statistics.actsByChannel["whatsapp"]?.given == types["consent-given"])
    }

    @Test func governanceIsTheSameByTheChain() throws {
        let builder = LedgerDifferenceTests.builder()
        let log = try PublishedLog(reader: builder.log)
        let byChain = try log.governance()
        let bySweep = try Self.statistics(builder.log).governance
        #expect(byChain.recordedAt == bySweep.recordedAt)
        #expect(byChain.catalog.sources == bySweep.catalog.sources)
        #expect(byChain.catalog.sources["hosted"]?.keys.first?.window.until == 280)
        #expect(byChain.catalog.businesses.keys.sorted() == ["acme", "zoo"])
        #expect(byChain.catalog.businesses["acme"]?.categories["offers"]?.window.from == 281)
        #expect(byChain.recordedAt[280]?.milliseconds == 1_700_000_280_000)
    }

    @Test func unusualTimesAreNoted() throws {
        let builder = LogBuilder()
        builder.found()
        func state(_ fields: [EventField: FieldValue]) {
            var all: [EventField: FieldValue] = [.channels: .texts(["sms"]), .categories: .texts(["marketing"])]
            all.merge(fields) { $1 }
            builder.append(
                builder.event(.consentGiven, all, source: LogBuilder.web), by: LogBuilder.web, business: "acme",
                contacts: [LogBuilder.contact(1)])
        }
        func occurred(_ milliseconds: UInt64, precision: UInt64 = 1) -> [EventField: FieldValue] {
            [.occurredAt: .occurredAt(OccurredAt(start: Timestamp(milliseconds: milliseconds)!, precision: precision)!)]
        }
        let day = OccurredAt.day
        state(occurred(builder.now))
        // A day late to the millisecond is not late; the end of the interval counts.
        state(occurred(builder.now - day))
        state(occurred(builder.now - day - 1))
        state(occurred(builder.now - 2 * day, precision: day))
        state(occurred(builder.now - 3 * day, precision: day))
        state(occurred(builder.now + 1))
        state([:])
        builder.publish()
        let statistics = try Self.statistics(builder.log)
        #expect(statistics.late.indices == [8, 9, 10])
        #expect(statistics.undated.indices == [12])
    }

    @Test func restrictionsWithoutAuthorityAreNoted() throws {
        let builder = LogBuilder()
        builder.found()
        let narrow = Party("narrow")
        builder.authorize(narrow, businesses: ["zoo"])
        func optOut(_ source: Party, _ business: String) {
            builder.append(
                builder.event(.consentWithdrawn, [.flags: .texts(["observed", "time-unknown"])], source: source),
                by: source, business: business, contacts: [LogBuilder.contact(Int(builder.size))])
        }
        optOut(LogBuilder.hosted, "acme")
        optOut(narrow, "zoo")
        optOut(narrow, "acme")
        builder.revoke(LogBuilder.hosted)
        optOut(LogBuilder.hosted, "acme")
        builder.append(
            builder.grant(LogBuilder.hosted), by: LogBuilder.hosted, business: "acme",
            contacts: [LogBuilder.contact(1)])
        builder.publish()
        let statistics = try Self.statistics(builder.log)
        // The grant is no restriction: that it has no authority is a finding of the verifier.
        #expect(statistics.unauthorizedRestrictions.indices == [9, 11])
        #expect(statistics.restrictionCount == 4)
        #expect(statistics.flags == ["observed": 4, "time-unknown": 4])
    }

    @Test func notDistractedByDamage() throws {
        let builder = LogBuilder.ledger(size: 600)
        var log = builder.log
        log.files["tile/entries/001"]![300] ^= 1
        let statistics = try Self.statistics(log)
        #expect(statistics.tally.count == 344 && statistics.unreadable.count == 256)
        #expect(statistics.unreadable.indices == Array(256..<276))
        log.files["tile/entries/000"] = nil
        let second = try Self.statistics(log)
        #expect(second.tally.count == 88 && second.unreadable.count == 512)
        log.links["tile/entries/000"] = "anywhere"
        #expect(try Self.statistics(log).unreadable.count == 512)
        // The tiles of the edge: nothing is confirmed any more.
        log.files["tile/0/002.p/88"]![0] ^= 1
        #expect(try Self.statistics(log).tally.count == 0)
        let broken = LogBuilder.ledger(size: 8)
        broken.append([0])
        broken.publish()
        #expect(try Self.statistics(broken.log).unreadable.indices == [8])
    }

    @Test func readsNoFurtherThanAsked() throws {
        let builder = LogBuilder.ledger(size: 300)
        #expect(try Self.statistics(builder.log, size: 299).tally.count == 299)
        #expect(throws: AuditError(.outOfRange, "")) { try Self.statistics(builder.log, size: 301) }
    }

    @Test func noticesAreCountedByTheirText() throws {
        let builder = LogBuilder.ledger(size: 50)
        let statistics = try Self.statistics(builder.log)
        let notice = NoticeReference(name: "web", textDigest: SHA256Digest(hashing: LogBuilder.notice).bytes)
        let named = builder.kinds.indices.filter { builder.kinds[$0] == "consent-given" && $0 % 7 != 6 }.count
        #expect(
            statistics.noticeUses
                == [LogStatistics.NoticeUse(business: "acme", notice: notice): UInt64(named)])
        #expect(statistics.unknownNotices.count == 0)
        builder.append(builder.grant(), by: LogBuilder.web, business: "zoo", contacts: [LogBuilder.contact(2000)])
        builder.append(
            builder.optOut(Party("stranger")), by: Party("stranger"), business: "zoo", contacts: [LogBuilder.contact(3)]
        )
        builder.publish()
        let second = try Self.statistics(builder.log)
        #expect(second.unknownNotices.indices == [50] && second.noticeUses == statistics.noticeUses)
        // A key that the ledger does not have is not counted, and the restriction that it signed has no authority.
        #expect(second.keyUses.values.reduce(0, +) == 51 && second.unauthorizedRestrictions.indices == [51])
    }
}

/// Steps of a plot.
@Suite struct ActSeriesTests {
    private static func series(_ dates: [String]) throws -> ActSeries {
        var days: [UInt64: LogStatistics.ActCounts] = [:]
        for (position, date) in dates.enumerated() {
            let day = try OccurredAt(parsing: date).start.milliseconds / OccurredAt.day
            days[day, default: LogStatistics.ActCounts()].given += UInt64(position) + 1
            days[day, default: LogStatistics.ActCounts()].withdrawn += 1
        }
        return ActSeries(days)
    }

    private static func dates(_ series: ActSeries) -> [String] {
        series.points.map { String($0.start.description.prefix(10)) }
    }

    @Test(
        arguments: [
            (["2026-03-01"], .day, ["2026-03-01"]),
            (["2026-02-27", "2026-03-02"], .day, ["2026-02-27", "2026-02-28", "2026-03-01", "2026-03-02"]),
            (
                ["1970-01-01", "1970-03-04"], .week,
                [
                    "1970-01-01", "1970-01-05", "1970-01-12", "1970-01-19", "1970-01-26", "1970-02-02", "1970-02-09",
                    "1970-02-16", "1970-02-23", "1970-03-02",
                ]
            ),
            (
                ["2022-11-30", "2024-12-01"], .month,
                ["2022-11-01", "2022-12-01"] + (1...12).map { "2023-\($0 < 10 ? "0" : "")\($0)-01" }
                    + (1...12).map { "2024-\($0 < 10 ? "0" : "")\($0)-01" }
            ),
            (["1999-12-31", "2024-02-29"], .year, (1999...2024).map { "\($0)-01-01" }),
        ] as [([String], ActSeries.Step, [String])])
    func stepsAreCalendarSteps(_ days: [String], _ step: ActSeries.Step, _ starts: [String]) throws {
        let series = try Self.series(days)
        #expect(series.step == step)
        #expect(Self.dates(series) == starts)
        #expect(series.points.reduce(0) { $0 + $1.acts.withdrawn } == UInt64(days.count))
        #expect(series.points.last?.acts.given == UInt64(days.count))
    }

    @Test func longTimesEnd() throws {
        let series = try Self.series(["1970-01-01", "9999-12-31"])
        #expect(series.step == .year && series.points.count == 8030)
        #expect(try Self.series(["9999-01-01", "9999-12-31"]).points.last?.acts.given == 2)
        #expect(try Self.series(["9997-01-01", "9999-12-31"]).points.count == 36)
        #expect(try Self.series(["9999-12-31"]).points.count == 1)
        #expect(try Self.series([]).points.isEmpty)
    }

    /// Every step begins where the one before it ends, for any beginning.
    @Test func nothingIsLostBetweenSteps() throws {
        var generator = SplitMix(seed: 11)
        for _ in 0..<200 {
            let first = UInt64.random(in: 0...40_000, using: &generator)
            let span = UInt64.random(in: 0...9000, using: &generator)
            var days: [UInt64: LogStatistics.ActCounts] = [:]
            for _ in 0..<20 {
                days[first + UInt64.random(in: 0...span, using: &generator), default: LogStatistics.ActCounts()]
                    .given += 1
            }
            let points = ActSeries(days).points
            #expect(points.reduce(0) { $0 + $1.acts.given } == 20, "from day \(first), \(span) days")
            #expect(zip(points, points.dropFirst()).allSatisfy { $0.start < $1.start })
        }
    }
}
