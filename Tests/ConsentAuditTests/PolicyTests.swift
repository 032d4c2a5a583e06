import ConsentAudit
import ConsentModel
import DamagedLedgers
import LedgerCrypto
import Testing
import TransparencyLog

/// Witnesses: who must have cosigned, who did, and since when a tree is thereby shown to exist.
@Suite struct PolicyTests {
    static let witnesses = (1...3).map { Party("witness-\($0)") }

    static func key(_ witness: Party) throws -> VerifierKey {
        try VerifierKey(name: witness.name, publicKey: witness.key.publicKey, use: .cosignature)
    }

    /// Two of three.
    static func policy(quorum: String = "group q 2 w1 w2 w3\nquorum q\n", log: VerifierKey? = nil) throws
        -> WitnessPolicy
    {
        var text = log.map { "log \($0.text)\n" } ?? ""
        for (number, witness) in witnesses.enumerated() { text += "witness w\(number + 1) \(try key(witness).text)\n" }
        return try WitnessPolicy(parsing: Array((text + quorum).utf8))
    }

    static func cosign(_ log: inout MemoryLog, _ path: String, _ times: [(Int, UInt64)]) throws {
        var signed = try SignedCheckpoint(parsing: log.files[path]!)
        for (number, time) in times {
            let witness = witnesses[number]
            try signed.cosign(as: witness.name, at: time, with: witness.key)
        }
        log.files[path] = signed.bytes
    }

    static func report(
        _ log: MemoryLog, _ pins: Pins, _ policy: WitnessPolicy, _ level: VerificationLevel = .tree
    ) async throws -> VerificationReport {
        try await Verifier(reader: log, pins: pins).verify(VerificationOptions(level: level, policy: policy))
    }

    @Test func quorum() async throws {
        let builder = LogBuilder.ledger(size: 40)
        for (cosigned, reaches) in [([], false), ([0], false), ([0, 2], true), ([0, 1, 2], true)] as [([Int], Bool)] {
            var log = builder.log
            try Self.cosign(&log, "checkpoint", cosigned.map { ($0, 1_700_000_100 + UInt64($0)) })
            let report = try await Self.report(log, builder.pins, Self.policy())
            #expect(report.holds == reaches)
            #expect(report.findings.map(\.code) == (reaches ? [] : [.quorumNotReached]))
            #expect(report.soundBelow == 40)
            #expect(report.cosignatures.map(\.key.name) == cosigned.map { "witness-\($0 + 1)" })
            #expect(report.cosignatures.map(\.timestamp) == cosigned.map { 1_700_000_100 + UInt64($0) })
            #expect(!report.notCovered.contains { $0.code == .witnesses })
        }
        let none = try await Self.report(builder.log, builder.pins, Self.policy(quorum: "quorum none\n"))
        #expect(none.holds)
        #expect(none.notCovered.contains { $0.code == .witnesses })
    }

    /// Lines of keys that nobody gave are passed over; a known key's line that does not verify condemns the checkpoint.
    @Test func badLineOfAKnownWitness() async throws {
        let builder = LogBuilder.ledger(size: 40, kept: [30])
        var other = MemoryLog()
        other.files["x"] = builder.log.files[CheckpointTests.kept(30)]
        try Self.cosign(&other, "x", [(1, 5)])
        let line = String(decoding: other.files["x"]!, as: UTF8.self).split(separator: "\n").last!
        for path in ["checkpoint", CheckpointTests.kept(40)] {
            var log = builder.log
            try Self.cosign(&log, "checkpoint", [(0, 1), (2, 2)])
            #expect(try await Self.report(log, builder.pins, Self.policy()).holds)
            log.files[path]! += Array("\(line)\n".utf8)
            let report = try await Self.report(log, builder.pins, Self.policy())
            #expect(report.findings.first?.code == .badCheckpointSignature)
            #expect(report.findings.first?.file == path)
            #expect(try await Verifier(reader: log, pins: builder.pins).verify(level: .tree).holds)
        }
    }

    /// The oldest kept checkpoint that a quorum cosigned says since when the log is shown to exist.
    @Test func sinceWhen() async throws {
        let builder = LogBuilder.ledger(size: 40, kept: [10, 20, 30])
        var log = builder.log
        try Self.cosign(&log, CheckpointTests.kept(10), [(0, 1_700_000_010)])
        try Self.cosign(&log, CheckpointTests.kept(20), [(0, 1_700_000_020), (1, 1_700_000_025)])
        try Self.cosign(&log, CheckpointTests.kept(30), [(0, 1_700_000_030), (1, 1_700_000_031)])
        try Self.cosign(&log, "checkpoint", [(0, 1_700_000_040), (1, 1_700_000_041)])
        let report = try await Self.report(log, builder.pins, Self.policy())
        #expect(report.holds, "\(report.findings.map(\.sentence))")
        #expect(report.timeBounds.firstSeen?.size == 20)
        #expect(report.timeBounds.firstSeen?.time.milliseconds == 1_700_000_025_000)
        #expect(report.timeBounds.firstSeen?.names == ["witness-1", "witness-2"])
        let without = try await Verifier(reader: log, pins: builder.pins).verify(level: .tree)
        #expect(without.timeBounds.firstSeen == nil)
        #expect(without.notCovered.contains { $0.code == .existence })
    }

    /// A policy names the log's key too: that pins it, unless another one is pinned.
    @Test func policyPinsTheLog() async throws {
        let builder = LogBuilder.ledger(size: 40)
        let other = LogBuilder(logKey: Party("other log")).verifierKey
        let right = try Self.policy(quorum: "quorum none\n", log: builder.verifierKey)
        let wrong = try Self.policy(quorum: "quorum none\n", log: other)
        let known = Pins(ledgerID: SHA256Digest(builder.ledgerID))
        let report = try await Self.report(builder.log, known, right, .replay)
        #expect(report.holds)
        #expect(!report.notCovered.contains { $0.code == .identity })
        let refused = try await Self.report(builder.log, known, wrong, .replay)
        #expect(Set(refused.findings.map(\.code)) == [.checkpointNotSigned])
        #expect(try await Self.report(builder.log, builder.pins, wrong, .replay).holds)
    }
}
