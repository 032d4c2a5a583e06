import ConsentAudit
import ConsentModel
import DamagedLedgers
import LedgerCrypto
import Testing
import TransparencyLog

/// What a report says besides findings: what it rests on, and what it does not show.
@Suite struct CoverageTests {
    static func report(_ builder: LogBuilder, _ options: VerificationOptions) async throws -> VerificationReport {
        try await Verifier(reader: builder.log, pins: builder.pins).verify(options)
    }

    @Test func clock() async throws {
        let builder = LogBuilder.ledger(size: 40)
        builder.now += 3_600_000 - 1000
        builder.appendOrdinary()
        builder.now += 7_200_000
        builder.appendOrdinary()
        builder.now += 3_600_001
        builder.appendOrdinary()
        let early = builder.event(
            .consentGiven,
            [
                .channels: .texts(["whatsapp"]), .categories: .texts(["marketing"]),
                .occurredAt: .occurredAt(OccurredAt(Timestamp(milliseconds: builder.now + 2000)!)),
            ], source: LogBuilder.web)
        builder.append(early, by: LogBuilder.web, business: "acme", contacts: [LogBuilder.contact(1)])
        builder.publish()
        let report = try await Self.report(builder, VerificationOptions())
        #expect(report.holds, "\(report.findings.map(\.sentence))")
        #expect(report.facts.clockGaps.count == 2)
        #expect(report.facts.clockGaps.firstIndex == 41)
        #expect(report.facts.clockGaps.longest == 7_201_000)
        #expect(report.facts.occurredLater.count == 1)
        #expect(report.facts.occurredLater.firstIndex == 43)
        #expect(report.facts.occurredLater.longest == 2000)
        #expect(report.notCovered.first { $0.code == .clockGaps }?.count == 2)
        #expect(report.notCovered.first { $0.code == .occurredLater }?.count == 1)
    }

    @Test func signedLast() async throws {
        let builder = LogBuilder.ledger(size: 40, kept: [30])
        let root = try SignedCheckpoint(parsing: builder.log.files[CheckpointTests.kept(30)]!).checkpoint.root
        let head = try SignedCheckpoint(parsing: builder.log.files["checkpoint"]!).checkpoint.root
        func report(_ size: UInt64, _ root: SHA256Digest) async throws -> VerificationReport {
            try await Self.report(builder, VerificationOptions(operatorState: OperatorState(signed: (size, root))))
        }
        #expect(try await report(30, root).holds)
        #expect(try await report(40, head).holds)
        #expect(try await report(40, root).findings.map(\.code) == [.inconsistentCheckpoint])
        #expect(try await report(30, head).findings.map(\.code) == [.inconsistentCheckpoint])
        #expect(try await report(41, head).findings.map(\.code) == [.rolledBack])
    }

    @Test func journalTail() async throws {
        let builder = LogBuilder.ledger(size: 40)
        func note(_ state: OperatorState) async throws -> NotCovered? {
            try await Self.report(builder, VerificationOptions(operatorState: state)).notCovered.first {
                $0.code == .journalTail
            }
        }
        #expect(try await note(OperatorState(signed: nil, acknowledgedSize: 43))?.count == 3)
        #expect(try await note(OperatorState(signed: nil, acknowledgedSize: 40)) == nil)
        #expect(try await note(OperatorState(signed: nil, acknowledgedSize: 0)) == nil)
        #expect(
            try await note(OperatorState(signed: nil, journalProblem: "no key"))?.sentence.hasSuffix("no key") == true)
    }

    /// A checkpoint that the auditor kept: the log has its tree, or it does not.
    @Test func keptElsewhere() async throws {
        let builder = LogBuilder.ledger(size: 40, kept: [30])
        let kept = try SignedCheckpoint(parsing: builder.log.files[CheckpointTests.kept(30)]!)
        builder.log.files[CheckpointTests.kept(30)] = nil
        let right = try await Self.report(builder, VerificationOptions(keptCheckpoints: [kept]))
        #expect(right.holds, "\(right.findings.map(\.sentence))")
        #expect(!right.notCovered.contains { $0.code == .history })
        func signed(_ size: UInt64, _ root: SHA256Digest, by party: Party, origin: String? = nil) throws
            -> SignedCheckpoint
        {
            try SignedCheckpoint(
                signing: Checkpoint(origin: origin ?? builder.origin, size: size, root: root), with: party.key)
        }
        let other = SHA256Digest(hashing: [1])
        let cases: [(SignedCheckpoint, [Finding.Code], Int)] = [
            (try signed(30, other, by: builder.logKey), [.inconsistentCheckpoint], 1),
            (try signed(40, other, by: builder.logKey), [.inconsistentCheckpoint], 1),
            (try signed(41, other, by: builder.logKey), [.rolledBack], 1),
            (try signed(30, other, by: Party("stranger")), [.inconsistentCheckpoint], 0),
            (try signed(30, kept.checkpoint.root, by: builder.logKey, origin: "other.example.org"), [.wrongOrigin], 0),
        ]
        for (checkpoint, codes, contradictionCount) in cases {
            let report = try await Self.report(
                builder, VerificationOptions(level: .tree, keptCheckpoints: [checkpoint]))
            #expect(report.findings.map(\.code) == codes)
            #expect(report.contradictions.count == contradictionCount)
            #expect(report.contradictions.allSatisfy { $0.earlier == checkpoint && $0.keeper == .auditor })
        }
        // A line of the log's key that does not verify.
        var text = String(decoding: kept.bytes, as: UTF8.self)
        text = text.replacing("\n30\n", with: "\n29\n")
        let changed = try SignedCheckpoint(parsing: Array(text.utf8))
        let report = try await Self.report(builder, VerificationOptions(level: .tree, keptCheckpoints: [changed]))
        #expect(Set(report.findings.map(\.code)) == [.badCheckpointSignature, .inconsistentCheckpoint])
        #expect(report.contradictions.isEmpty)
    }

    /// What could not be read is counted, since it hides what rests on it.
    @Test func unreadableRecords() async throws {
        let builder = LogBuilder()
        builder.open()
        builder.register("acme")
        builder.append([1, 2, 3])
        builder.publish()
        let report = try await Self.report(builder, VerificationOptions())
        #expect(report.notCovered.first { $0.code == .unreadableRecords }?.count == 1)
    }

    /// Every finding says where, what was due and what was there.
    @Test func findingsAreInTheirPlace() async throws {
        let builder = LogBuilder.ledger(size: 600, kept: [100, 300])
        let second = try EntryBundle(parsing: builder.log.files["tile/entries/001"]!, count: 256)
        let entry = second.ranges[46]
        let record = try Record(decoding: second[46])
        // The head of the links' array, the statement's first byte, the event's: each damage is told where it is.
        let statement = entry.upperBound - record.statement.count
        let payload = entry.upperBound - 66 - (try Statement(decoding: record.statement[...]).payload.count)
        for (place, code) in [
            (entry.lowerBound, Finding.Code.malformedRecord), (statement, .malformedStatement),
            (payload, .malformedEvent),
        ] {
            var log = builder.log
            log.files["tile/entries/001"]![place] = 0xff
            let report = try await Verifier(reader: log, pins: builder.pins).verify(level: .structure)
            #expect(report.findings.map(\.code) == [code])
            #expect(report.findings.first?.offset == place)
            #expect(report.findings.first?.index == 302)
            #expect(report.findings.first?.file == "tile/entries/001")
        }
        var log = builder.log
        log.files["tile/entries/001"]!.removeLast()
        let cut = try await Verifier(reader: log, pins: builder.pins).verify(level: .structure)
        #expect(cut.findings.first?.offset == second.ranges[255].lowerBound - 2)
        let lying = LieTests.founded()
        lying.append(
            lying.grant(), by: LogBuilder.web, business: "acme", contacts: [LogBuilder.contact(1)],
            lie: LogBuilder.Lie(links: { $0.map { ChainLink(beginning: $0.chain) } }))
        lying.append(lying.optOut(), by: LogBuilder.web, business: "acme", contacts: [LogBuilder.contact(1)])
        lying.append(
            lying.optOut(), by: LogBuilder.web, business: "acme", contacts: [LogBuilder.contact(1)],
            lie: LogBuilder.Lie(links: { $0.dropLast() + [ChainLink(beginning: $0.last!.chain)] }))
        lying.publish()
        let report = try await Verifier(reader: lying.log, pins: lying.pins).verify()
        let bundle = try EntryBundle(parsing: lying.log.files["tile/entries/000.p/9"]!, count: 9)
        #expect(Set(report.findings.map(\.index)) == [6, 8])
        for finding in report.findings {
            #expect(finding.file == "tile/entries/000.p/9")
            #expect(finding.offset == bundle.ranges[Int(finding.index!)].lowerBound - 2)
            #expect(finding.expected != nil && finding.found != nil)
        }
    }

    /// Of random damage, every finding says a file, what was due and what was there.
    @Test func everyFindingIsWhole() async throws {
        let builder = LogBuilder.ledger(size: 270, kept: [100])
        let paths = builder.log.files.keys.sorted()
        for seed in 0..<200 {
            var random = SplitMix(seed: UInt64(seed))
            var log = builder.log
            let path = paths[seed % paths.count]
            if random.next() % 4 == 0 {
                log.files[path] = nil
            } else {
                log.files[path]![Int(random.next() % UInt64(log.files[path]!.count))] ^= 1 << UInt8(random.next() % 8)
            }
            let report = try await Verifier(reader: log, pins: builder.pins).verify()
            #expect(!report.holds || log.files[path] == nil, "seed \(seed)")
            for finding in report.findings {
                #expect(
                    finding.file != nil && finding.expected != nil && finding.found != nil && !finding.sentence.isEmpty,
                    "seed \(seed): \(finding)")
            }
        }
    }
}
