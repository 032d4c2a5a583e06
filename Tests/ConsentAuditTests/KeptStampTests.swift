import ConsentModel
import DamagedLedgers
import LedgerCrypto
import Testing
import TimeStampAuthority
import TransparencyLog

@testable import ConsentAudit

/// Time stamps beside kept checkpoints: what they show, and that bad ones show nothing and are no finding.
@Suite struct KeptStampTests {
    static let random = SeededRandomSource(label: "kept stamps")

    /// A stamp of the kept checkpoint of `size`, put beside it; its path.
    @discardableResult
    static func stamp(
        _ log: inout MemoryLog, _ size: Int, by authority: TimeStampAuthority,
        _ manner: TimeStampAuthority.Manner = .init()
    ) throws -> String {
        let kept = try SignedCheckpoint(parsing: try #require(log.files[CheckpointTests.kept(size)]))
        let digest = SHA256Digest(hashing: try #require(kept.stampedBytes))
        let response = try authority.answer(TimeStampRequest(of: digest, random: random).bytes, manner)
        return put(response, size, &log)
    }

    static func put(_ response: [UInt8], _ size: Int, _ log: inout MemoryLog) -> String {
        let path = "\(CheckpointTests.kept(size)).\(SHA256Digest(hashing: response)).tsr"
        log.files[path] = response
        return path
    }

    static func report(
        _ log: MemoryLog, _ builder: LogBuilder, _ roots: TimeStampRoots?, _ level: VerificationLevel = .replay
    ) async throws -> VerificationReport {
        try await Verifier(reader: log, pins: builder.pins).verify(
            VerificationOptions(level: level, stampRoots: roots))
    }

    @Test func stampsSayWhenRecordsExisted() async throws {
        let authority = try TimeStampAuthority()
        let roots = try TimeStampRoots(pem: authority.certificates())
        let builder = LogBuilder.ledger(size: 40, kept: [10, 20, 30])
        var log = builder.log
        let first = try Self.stamp(&log, 10, by: authority)
        try Self.stamp(&log, 30, by: authority)
        try Self.stamp(&log, 30, by: authority)
        let report = try await Self.report(log, builder, roots)
        #expect(report.holds, "\(report.findings.map(\.sentence))")
        #expect(report.timeBounds.trees.map(\.size) == [10, 30, 30])
        #expect(report.timeBounds.trees.allSatisfy { $0.means == .stamped && $0.names == [TimeStampAuthority.name] })
        let seen = try #require(report.timeBounds.bounds(of: 9).existed)
        #expect(seen.size == 10 && seen == report.timeBounds.firstSeen)
        #expect(report.timeBounds.bounds(of: 10).existed?.size == 30)
        #expect(report.timeBounds.bounds(of: 30).existed == nil)
        #expect(report.timeBounds.bounds(of: 30).notYetShown?.size == 30)
        #expect(!report.notCovered.contains { $0.code == .timeStamps })
        let existence = try #require(report.notCovered.first { $0.code == .existence })
        #expect(existence.sentence.contains("\(seen.time)"))
        // Without certificates none counts, and that is said; they are not unexpected files.
        let without = try await Self.report(log, builder, nil)
        #expect(without.holds && without.timeBounds.trees.isEmpty)
        #expect(without.notCovered.first { $0.code == .timeStamps }?.count == 3)
        #expect(!without.notCovered.contains { $0.code == .unexpectedFiles })
        // What stands at the path of one may be anything.
        log.files[first] = nil
        log.files[first + "/inside"] = [1]
        let odd = try await Self.report(log, builder, roots)
        #expect(odd.holds && odd.timeBounds.trees.map(\.size) == [30, 30])
    }

    /// A cosignature that is added later changes nothing; another log's signature would.
    @Test func whatIsStampedOfACheckpoint() throws {
        let builder = LogBuilder.ledger(size: 40, kept: [10])
        let bytes = try #require(builder.log.files[CheckpointTests.kept(10)])
        var checkpoint = try SignedCheckpoint(parsing: bytes)
        // What was first published is just that.
        #expect(checkpoint.stampedBytes == bytes)
        let witness = try Ed25519PrivateKey(seed: SecretBytes([UInt8](repeating: 9, count: 32)))
        try checkpoint.cosign(as: "w.example", at: 5, with: witness)
        #expect(checkpoint.bytes != bytes && checkpoint.stampedBytes == bytes)
        let note = try SignedNote(signing: checkpoint.checkpoint.text, as: "someone.else", with: witness)
        #expect(try SignedCheckpoint(parsing: note.bytes).stampedBytes == nil)
    }

    @Test func badOnesShowNothingAndAreNoFinding() async throws {
        let authority = try TimeStampAuthority()
        let roots = try TimeStampRoots(pem: authority.certificates())
        let builder = LogBuilder.ledger(size: 40, kept: [10, 20])
        var good = builder.log
        let path = try Self.stamp(&good, 10, by: authority)
        let response = try #require(good.files[path])

        func check(_ reason: String, _ change: (inout MemoryLog) throws -> Void) async throws {
            var log = builder.log
            try change(&log)
            let report = try await Self.report(log, builder, roots, .tree)
            #expect(report.holds, "\(reason): \(report.findings.map(\.sentence))")
            #expect(report.timeBounds.trees.isEmpty, "\(reason)")
            let notes = report.notCovered.filter { $0.code == .timeStamps }
            #expect(notes.count == 1 && notes[0].count == 1, "\(reason): \(notes)")
        }
        try await check("of another checkpoint") { _ = Self.put(response, 20, &$0) }
        try await check("of no kept checkpoint") { _ = Self.put(response, 15, &$0) }
        try await check("of a size to come") { _ = Self.put(response, 41, &$0) }
        try await check("by another authority") { try Self.stamp(&$0, 10, by: TimeStampAuthority()) }
        try await check("no response at all") { _ = Self.put([1, 2, 3], 10, &$0) }
        try await check("empty") { _ = Self.put([], 10, &$0) }
        try await check("another file than its name says") { $0.files[path] = response + [0] }
        for position in stride(from: 0, to: response.count, by: 61) {
            try await check("byte \(position)") { log in
                // Under its own name, or the name alone would tell.
                var changed = response
                changed[position] ^= 1
                _ = Self.put(changed, 10, &log)
            }
        }
        // One good beside bad ones counts.
        var log = good
        _ = Self.put([1, 2, 3], 10, &log)
        let report = try await Self.report(log, builder, roots)
        #expect(report.timeBounds.trees.count == 1)
        #expect(report.notCovered.first { $0.code == .timeStamps }?.sentence.contains("1 of 2") == true)
    }

    /// A checkpoint that is not the log's is stamped for nothing.
    @Test func aStampOfAForeignTreeCountsForNothing() async throws {
        let authority = try TimeStampAuthority()
        let roots = try TimeStampRoots(pem: authority.certificates())
        let builder = LogBuilder.ledger(size: 40, kept: [10])
        var log = builder.log
        let kept = String(decoding: try #require(log.files[CheckpointTests.kept(10)]), as: UTF8.self)
        var lines = kept.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        lines[2] = Base64.encode(SHA256Digest.zero.bytes)
        log.files[CheckpointTests.kept(10)] = Array(lines.joined(separator: "\n").utf8)
        try Self.stamp(&log, 10, by: authority)
        let report = try await Self.report(log, builder, roots)
        #expect(!report.holds && report.timeBounds.trees.isEmpty)
        #expect(report.notCovered.contains { $0.code == .timeStamps })
    }

    /// The ledger's clock held against the authority's: the records of a test ledger are of 2024 and seen today; those of a
    /// clock that goes ahead are told.
    @Test func aClockThatGoesAheadIsTold() async throws {
        let builder = LogBuilder.ledger(size: 40, kept: [10])
        let log = builder.log
        let witness = try Ed25519PrivateKey(seed: SecretBytes([UInt8](repeating: 9, count: 32)))
        let key = try VerifierKey(name: "w.example", publicKey: witness.publicKey, use: .cosignature)
        let policy = try WitnessPolicy(parsing: Array("witness w \(key.text)\nquorum w\n".utf8))
        func report(cosignedAt time: UInt64) async throws -> VerificationReport {
            var files = log
            for path in [CheckpointTests.kept(10), CheckpointTests.kept(40), "checkpoint"] {
                var signed = try SignedCheckpoint(parsing: try #require(log.files[path]))
                try signed.cosign(as: key.name, at: time, with: witness)
                files.files[path] = signed.bytes
            }
            return try await Verifier(reader: files, pins: builder.pins).verify(
                VerificationOptions(level: .tree, policy: policy))
        }
        let plain = try await Self.report(log, builder, nil)
        let last = try #require(plain.facts.lastRecordedAt).milliseconds
        let fine = try await report(cosignedAt: last / 1000)
        #expect(fine.facts.recordedAfterSeen.count == 0)
        #expect(!fine.notCovered.contains { $0.code == .recordedAfterSeen })
        let early = try await report(cosignedAt: last / 1000 - 1)
        #expect(early.holds && early.facts.recordedAfterSeen.count > 0)
        #expect(early.notCovered.contains { $0.code == .recordedAfterSeen })
    }
}
