import ConsentAudit
import ConsentModel
import ConsentRules
import DamagedLedgers
import LedgerCrypto
import Testing

/// An index in memory, made by a replay of its own.
private struct MemoryIndex: IndexReader {
    var ledgerID: [UInt8]
    var size: UInt64
    var entries: [(ContactHandle, ContactTimeline.Entry)] = []

    init(_ builder: LogBuilder) throws {
        ledgerID = builder.ledgerID
        size = builder.size
        for entry in builder.entries {
            let record = try Record(decoding: entry[...])
            let statement = try Statement(decoding: record.statement[...])
            let payload = try Payload(decoding: statement.payload[...])
            for handle in record.handles {
                let entry = ContactTimeline.Entry(
                    index: record.index, recordedAt: record.recordedAt, keyIdentifier: statement.keyIdentifier,
                    payload: payload)
                entries.append((handle, entry))
            }
        }
    }

    func forEachEntry(_ body: (ContactHandle, ContactTimeline.Entry) throws -> Void) throws {
        for (handle, entry) in entries.reversed() { try body(handle, entry) }
    }
}

@Suite struct IndexTests {
    private func verify(_ builder: LogBuilder, _ index: MemoryIndex) async throws -> VerificationReport {
        try await Verifier(reader: builder.log, pins: builder.pins).verify(level: .structure, index: index)
    }

    @Test func equalIndexHolds() async throws {
        let builder = LogBuilder.ledger(size: 600)
        let report = try await verify(builder, try MemoryIndex(builder))
        #expect(report.holds, "\(report.findings.map(\.sentence))")
    }

    /// The journal's tail is in the index before it is in the log.
    @Test func indexMayBeAhead() async throws {
        let builder = LogBuilder.ledger(size: 50)
        while builder.size < 60 { builder.appendOrdinary() }
        #expect(try await verify(builder, try MemoryIndex(builder)).holds)
    }

    @Test func indexBehindIsComparedAsFarAsItGoes() async throws {
        let builder = LogBuilder.ledger(size: 60)
        var index = try MemoryIndex(builder)
        index.size = 50
        index.entries.removeAll { $0.1.index >= 50 }
        let report = try await verify(builder, index)
        #expect(report.findings.map(\.code) == [.indexBehind])
        #expect(report.soundBelow == 60)
    }

    @Test func indexOfAnotherLedger() async throws {
        let builder = LogBuilder.ledger(size: 60)
        var index = try MemoryIndex(builder)
        index.ledgerID[0] ^= 1
        #expect(try await verify(builder, index).findings.map(\.code) == [.indexOfOtherLedger])
    }

    /// Whatever is wrong with one entry, the report names its record.
    @Test func namesEveryKindOfDifference() async throws {
        let builder = LogBuilder.ledger(size: 60)
        let honest = try MemoryIndex(builder)
        let place = try #require(honest.entries.firstIndex { $0.1.index == 41 })
        let (handle, entry) = honest.entries[place]
        func altered(
            recordedAt: Timestamp? = nil, key: [UInt8]? = nil, payload: Payload? = nil
        ) -> [(ContactHandle, ContactTimeline.Entry)] {
            let changed = ContactTimeline.Entry(
                index: entry.index, recordedAt: recordedAt ?? entry.recordedAt,
                keyIdentifier: key ?? entry.keyIdentifier, payload: payload ?? entry.payload)
            return [(handle, changed)]
        }
        let changes: [[(ContactHandle, ContactTimeline.Entry)]] = [
            [],
            altered(recordedAt: .epoch),
            altered(key: [UInt8](repeating: 0, count: 16)),
            altered(payload: .event(builder.optOut())),
            [(handle, entry), (handle, entry)],
            [(handle, entry), (LogBuilder.contact(77), entry)],
        ]
        for change in changes {
            var index = honest
            index.entries.replaceSubrange(place...place, with: change)
            let report = try await verify(builder, index)
            #expect(Set(report.findings.map(\.code)) == [.indexDiffers])
            #expect(report.findings.contains { $0.index == 41 })
            #expect(report.soundBelow == 60)
        }
    }

    @Test func saysWhatItDidNotCompareOneByOne() async throws {
        let builder = LogBuilder.ledger(size: 600)
        var index = try MemoryIndex(builder)
        index.entries = []
        let report = try await verify(builder, index)
        #expect(report.findings.allSatisfy { $0.code == .indexDiffers })
        #expect(report.notCovered.contains { $0.code == .moreIndexDifferences })
    }
}
