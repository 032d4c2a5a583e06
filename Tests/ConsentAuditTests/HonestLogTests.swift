import ConsentAudit
import ConsentModel
import DamagedLedgers
import LedgerCrypto
import Testing

@Suite struct HonestLogTests {
    static let sizes = [1, 2, 6, 7, 255, 256, 257, 600]

    @Test(arguments: sizes, VerificationLevel.allCases) func holds(size: Int, level: VerificationLevel) async throws {
        let builder = LogBuilder.ledger(size: size, kept: [1, 100, 250, 256, 300].filter { $0 < size })
        let report = try await Verifier(reader: builder.log, pins: builder.pins).verify(level: level)
        #expect(report.holds, "\(report.findings.map(\.sentence))")
        #expect(report.soundBelow == UInt64(size))
        #expect(report.facts.size == UInt64(size))
        #expect(report.level == level)
    }

    /// One log of more than 65,536 records: a second level of full tiles.
    @Test func holdsOverTwoLevelsOfTiles() async throws {
        let builder = LogBuilder.ledger(size: 66_000, kept: [65_535, 65_536, 65_537])
        #expect(builder.log.files["tile/2/000.p/1"] != nil)
        let report = try await Verifier(reader: builder.log, pins: builder.pins).verify(level: .tree)
        #expect(report.holds, "\(report.findings.map(\.sentence))")
        #expect(report.facts.keptCheckpointCount == 4)
        var damaged = builder.log
        damaged.files["tile/2/000.p/1"]![0] ^= 1
        damaged.files["tile/1/000"]![32 * 200] ^= 1
        let second = try await Verifier(reader: damaged, pins: builder.pins).verify(level: .tree)
        #expect(second.findings.map(\.code) == [.alteredTile, .alteredTile])
        #expect(second.findings.map(\.file) == ["tile/2/000.p/1", "tile/1/000"])
        #expect(second.findings.map(\.index) == [0, 51_200])
    }

    @Test func tellsTheFacts() async throws {
        let builder = LogBuilder.ledger(size: 600, kept: [100, 300])
        let report = try await Verifier(reader: builder.log, pins: builder.pins).verify()
        let facts = report.facts
        #expect(facts.origin == LogBuilder.origin)
        #expect(facts.ledgerID?.bytes == builder.ledgerID)
        #expect(facts.isTest == true)
        #expect(facts.firstRecordedAt?.milliseconds == 1_700_000_000_000)
        #expect(facts.lastRecordedAt?.milliseconds == 1_700_000_599_000)
        #expect(facts.oldestKeptCheckpoint == 100)
        #expect(facts.keptCheckpointCount == 3)
        var counts: [String: UInt64] = [:]
        for kind in builder.kinds { counts[kind, default: 0] += 1 }
        #expect(Dictionary(uniqueKeysWithValues: facts.eventCounts.map { ($0.key.name, $0.value) }) == counts)
        #expect(facts.sourceStatementCount == 594)
        #expect(facts.ledgerHeldStatementCount == UInt64((6..<600).count { $0 % 4 == 0 }))
        #expect(Set(report.notCovered.map(\.code)) == [.witnesses, .existence, .ledgerHeldKeys])
    }

    @Test func saysWhatIsNotCovered() async throws {
        let builder = LogBuilder.ledger(size: 20)
        builder.log.files["tmp"] = []
        let report = try await Verifier(reader: builder.log).verify()
        #expect(report.holds)
        #expect(
            Set(report.notCovered.map(\.code))
                == [.identity, .history, .existence, .witnesses, .ledgerHeldKeys, .unexpectedFiles])
        #expect(report.notCovered.allSatisfy { !$0.sentence.isEmpty })
    }

    /// C2SP tlog-tiles: a partial tile may be gone where the full one is there.
    @Test func readsFullTilesInPlaceOfPartialOnes() async throws {
        let builder = LogBuilder.ledger(size: 300, kept: [280])
        let older = builder.log.files["checkpoints/00000000000000000280"]!
        while builder.size < 512 { builder.appendOrdinary() }
        builder.publish()
        var log = builder.log
        for path in log.files.keys where path.contains("001.p/") { log.files[path] = nil }
        let newest = try await Verifier(reader: log, pins: builder.pins).verify()
        #expect(newest.holds, "\(newest.findings.map(\.sentence))")
        // The same log as seen by who holds an older checkpoint: what is above is not covered.
        log.files["checkpoint"] = older
        for size in [300, 512] { log.files["checkpoints/00000000000000000\(size)"] = nil }
        let earlier = try await Verifier(reader: log, pins: builder.pins).verify()
        #expect(earlier.facts.size == 280)
        #expect(earlier.notCovered.contains { $0.code == .aboveCheckpoint })
        #expect(earlier.holds, "\(earlier.findings.map(\.sentence))")
    }

    /// A log that grows while it is read: what its checkpoint does not cover is no damage.
    @Test func isNotAlarmedByRecordsAboveTheCheckpoint() async throws {
        let builder = LogBuilder.ledger(size: 40, kept: [30])
        let published = builder.log.files["checkpoint"]!
        while builder.size < 47 { builder.appendOrdinary() }
        builder.publish()
        builder.log.files["checkpoint"] = published
        builder.log.files["checkpoints/00000000000000000047"] = nil
        let report = try await Verifier(reader: builder.log, pins: builder.pins).verify()
        #expect(report.holds, "\(report.findings.map(\.sentence))")
        #expect(report.soundBelow == 40)
        #expect(report.notCovered.contains { $0.code == .aboveCheckpoint })
    }

    @Test func countsUnknownEvents() async throws {
        let builder = LogBuilder()
        builder.found()
        var encoder = CBOREncoder()
        encoder.map(count: 3)
        encoder.unsigned(1)
        encoder.unsigned(99)
        encoder.unsigned(2)
        encoder.byteString([UInt8](repeating: 5, count: 16))
        encoder.unsigned(3)
        encoder.text("web")
        builder.append(
            builder.grant(), by: LogBuilder.web, business: "acme", contacts: [LogBuilder.contact(1)],
            lie: LogBuilder.Lie(payload: encoder.bytes))
        builder.publish()
        let report = try await Verifier(reader: builder.log, pins: builder.pins).verify()
        #expect(report.holds, "\(report.findings.map(\.sentence))")
        #expect(report.facts.unknownEventCounts == [99: 1])
        #expect(report.notCovered.first { $0.code == .unknownEvents }?.count == 1)
    }

    @Test func reportsProgressInOrder() async throws {
        let builder = LogBuilder.ledger(size: 6000)
        var counts: [UInt64] = []
        _ = try await Verifier(reader: builder.log).verify(level: .structure) { counts.append($0.recordCount) }
        #expect(counts == counts.sorted())
        #expect(counts.last == 6000)
    }
}
