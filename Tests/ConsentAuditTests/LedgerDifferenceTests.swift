import ConsentAudit
import ConsentModel
import DamagedLedgers
import LedgerCrypto
import Testing
import TransparencyLog

/// What happened in between, against a plain count.
@Suite struct LedgerDifferenceTests {
    /// Two sources, one revoked, two businesses, many contacts.
    static func builder() -> LogBuilder {
        let builder = LogBuilder()
        builder.found()
        while builder.size < 280 { builder.appendOrdinary() }
        builder.revoke(LogBuilder.hosted)
        builder.append(
            builder.event(
                .categoryDefined,
                [.category: .text("offers"), .categoryClass: .text("marketing"), .basis: .text("consent")]),
            by: builder.admin, business: "acme")
        builder.append(
            builder.event(.contactErased, [:], source: LogBuilder.web), by: LogBuilder.web, business: "acme",
            contacts: [LogBuilder.contact(1)])
        builder.publish()
        return builder
    }

    @Test(arguments: [0..<283, 0..<0, 6..<6, 0..<1, 5..<7, 250..<260, 255..<257, 279..<283] as [Range<UInt64>])
    func countsWhatIsThere(_ range: Range<UInt64>) throws {
        let builder = Self.builder()
        let difference = try LedgerDifference(in: range, of: PublishedLog(reader: builder.log))
        var types: [String: UInt64] = [:]
        var businesses: [String: UInt64] = [:]
        var sources: [String: UInt64] = [:]
        var before: Set<ContactHandle> = []
        var seen: Set<ContactHandle> = []
        for (position, entry) in builder.entries.enumerated() {
            let record = try Record(decoding: entry[...])
            guard range.contains(UInt64(position)) else {
                if position < range.lowerBound { before.formUnion(record.handles) }
                continue
            }
            types[builder.kinds[position], default: 0] += 1
            businesses[record.business ?? "", default: 0] += 1
            let payload = try Payload(decoding: Statement(decoding: record.statement[...]).payload[...])
            if case .event(let event) = payload { sources[event.source ?? "", default: 0] += 1 }
            seen.formUnion(record.handles)
        }
        #expect(difference.tally.count == UInt64(range.count))
        #expect(difference.tally.byType == types)
        #expect(difference.tally.byBusiness == businesses)
        #expect(difference.tally.bySource == sources)
        #expect(difference.newContactCount == UInt64(seen.subtracting(before).count))
        #expect(difference.erasedContactCount == types["contact-erased"] ?? 0)
        #expect((difference.firstRecordedAt == nil) == range.isEmpty)
    }

    @Test func namesWhatWasGoverned() throws {
        let difference = try LedgerDifference(in: 1..<283, of: PublishedLog(reader: Self.builder().log))
        #expect(
            difference.changes.map(\.event.type) == [
                .businessRegistered, .businessRegistered, .sourceAuthorized, .sourceAuthorized, .noticePublished,
                .sourceRevoked, .categoryDefined,
            ])
        #expect(difference.changes.map(\.index) == [1, 2, 3, 4, 5, 280, 281])
        #expect(difference.changes.map(\.business) == ["acme", "zoo", nil, nil, "acme", nil, "acme"])
    }

    /// Nothing is counted that the signed tree does not confirm.
    @Test func damageIsNotCounted() throws {
        let builder = Self.builder()
        for path in ["tile/entries/000", "tile/entries/001.p/27", "tile/1/000.p/1", "tile/0/001.p/27"] {
            for offset in [0, 1, 31] {
                var log = builder.log
                log.files[path]![offset] ^= 1
                #expect(throws: AuditError(.damaged, ""), "\(path) \(offset)") {
                    try LedgerDifference(in: 0..<283, of: PublishedLog(reader: log))
                }
            }
            var log = builder.log
            log.files[path] = nil
            #expect(throws: AuditError(.missingFile, ""), "\(path)") {
                try LedgerDifference(in: 0..<283, of: PublishedLog(reader: log))
            }
        }
    }

    @Test func anEntryThatIsNoRecordIsNamed() throws {
        let builder = LogBuilder.ledger(size: 8)
        builder.append([1])
        builder.publish()
        let error = #expect(throws: AuditError.self) {
            try LedgerDifference(in: 0..<9, of: PublishedLog(reader: builder.log))
        }
        #expect(error?.code == .damaged && error?.description.contains("entry 8") == true)
    }
}
