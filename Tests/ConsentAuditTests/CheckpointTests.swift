import ConsentAudit
import ConsentModel
import DamagedLedgers
import LedgerCrypto
import Synchronization
import Testing
import TransparencyLog

/// Who the log is, and what it once said of itself.
@Suite struct CheckpointTests {
    static func kept(_ size: Int) -> String {
        "checkpoints/" + String(repeating: "0", count: 20 - String(size).count) + String(size)
    }

    @Test func rolledBack() async throws {
        let builder = LogBuilder.ledger(size: 40, kept: [30])
        var log = builder.log
        log.files["checkpoint"] = log.files[Self.kept(30)]
        let report = try await Verifier(reader: log, pins: builder.pins).verify()
        #expect(report.findings.map(\.code) == [.rolledBack])
        #expect(report.findings.first?.level == .tree)
        #expect(report.soundBelow == 30)
        #expect(try await Verifier(reader: log, pins: builder.pins).verify(level: .structure).holds)
    }

    /// All of the history written anew with the true keys: the log alone holds, a kept checkpoint gives it away.
    @Test func rewrittenHistory() async throws {
        let honest = LogBuilder.ledger(size: 40, kept: [10, 30])
        let falsified = LogBuilder()
        falsified.found()
        while falsified.size < 40 {
            if falsified.size == 20 { falsified.now += 1 }
            falsified.appendOrdinary()
        }
        falsified.publish()
        var log = falsified.log
        #expect(try await Verifier(reader: log, pins: honest.pins).verify().holds)
        for (path, bytes) in honest.log.files where path.hasSuffix(".p/10") || path.hasSuffix(".p/30") {
            log.files[path] = bytes
        }
        log.files[Self.kept(10)] = honest.log.files[Self.kept(10)]
        log.files[Self.kept(30)] = honest.log.files[Self.kept(30)]
        let report = try await Verifier(reader: log, pins: honest.pins).verify()
        let finding = try #require(report.findings.first { $0.code == .inconsistentCheckpoint })
        #expect(finding.level == .tree)
        #expect(finding.file == Self.kept(30))
        #expect(report.findings.contains { $0.code == .stalePartial })
        #expect(report.soundBelow <= 10)
        #expect(report.facts.oldestKeptCheckpoint == 10)
    }

    @Test func checkpointWithAnotherRoot() async throws {
        let builder = LogBuilder.ledger(size: 40, kept: [30])
        let other = try SignedCheckpoint(
            signing: Checkpoint(origin: builder.origin, size: 40, root: SHA256Digest(hashing: [1])),
            with: builder.logKey.key)
        var log = builder.log
        log.files["checkpoint"] = other.bytes
        let report = try await Verifier(reader: log, pins: builder.pins).verify()
        #expect(report.findings.map(\.code) == [.wrongRoot])
        #expect(report.findings.first?.level == .tree)
        #expect(report.soundBelow == 40)
        log.files[Self.kept(40)] = other.bytes
        let second = try await Verifier(reader: log, pins: builder.pins).verify()
        #expect(Set(second.findings.map(\.code)) == [.wrongRoot, .inconsistentCheckpoint])
        #expect(second.soundBelow == 30)
    }

    @Test func keptUnderAnotherSize() async throws {
        let builder = LogBuilder.ledger(size: 40, kept: [30])
        var log = builder.log
        log.files[Self.kept(31)] = log.files[Self.kept(30)]
        let report = try await Verifier(reader: log, pins: builder.pins).verify(level: .structure)
        #expect(report.findings.contains { $0.code == .malformedCheckpoint && $0.file == Self.kept(31) })
    }

    @Test func wrongPins() async throws {
        let builder = LogBuilder.ledger(size: 40, kept: [30])
        let other = LogBuilder(logKey: Party("other log"))
        let id = SHA256Digest(builder.ledgerID)
        func report(_ pins: Pins) async throws -> VerificationReport {
            try await Verifier(reader: builder.log, pins: pins).verify()
        }
        let key = try await report(Pins(verifierKey: other.verifierKey, ledgerID: id))
        #expect(key.findings.map(\.code) == [.checkpointNotSigned])
        #expect(key.findings.first?.level == .tree)

        let ledger = try await report(Pins(verifierKey: builder.verifierKey, ledgerID: .zero))
        #expect(ledger.findings.map(\.code) == [.wrongLedgerID])
        #expect(ledger.findings.first?.level == .signatures)
        #expect(ledger.soundBelow == 0)

        let origin = try await report(Pins(verifierKey: builder.verifierKey, ledgerID: id, origin: "example.com/x"))
        #expect(origin.findings.map(\.code) == [.wrongOrigin])
        #expect(origin.findings.first?.level == .structure)
        #expect(origin.soundBelow == 0)
    }

    /// A log whose own key signs everything, and that the ledger in it does not know.
    @Test func logKeyThatTheLedgerNeverHad() async throws {
        let honest = LogBuilder.ledger(size: 14)
        let builder = LogBuilder(logKey: Party("other log"))
        for entry in honest.entries { builder.append(entry) }
        builder.log.files = honest.log.files.filter { $0.key.hasPrefix("object/") }
        builder.publish()
        let report = try await Verifier(reader: builder.log).verify()
        #expect(Set(report.findings.map(\.code)) == [.logKeyNotInForce])
        #expect(Set(report.findings.map(\.level)) == [.signatures])
        #expect(Set(report.findings.compactMap(\.file)) == ["checkpoint", Self.kept(14), "log.vkey"])
        #expect(try await Verifier(reader: builder.log).verify(level: .tree).holds)
    }

    /// A key that is added in the log counts from then on, a retired one does not any more.
    @Test func logKeysRotate() async throws {
        let second = Party("second log")
        let builder = LogBuilder()
        builder.found()
        builder.publish()
        let old = builder.verifierKey
        let new = try VerifierKey(name: builder.origin, publicKey: second.key.publicKey, use: .note)
        builder.append(builder.event(.logKeyAdded, [.logKey: .text(new.text)]), by: builder.admin)
        builder.append(builder.event(.logKeyRetired, [.logKey: .text(old.text)]), by: builder.admin)
        builder.publish()
        let unsigned = builder.log
        let late = try await Verifier(reader: unsigned, pins: builder.pins).verify()
        #expect(Set(late.findings.map(\.code)) == [.logKeyNotInForce])
        let text = try SignedCheckpoint(parsing: unsigned.files["checkpoint"]!).checkpoint
        let rotated = try SignedCheckpoint(signing: text, with: second.key).bytes
        var log = unsigned
        log.files["checkpoint"] = rotated
        log.files[Self.kept(8)] = rotated
        log.files["log.vkey"] = Array("\(new.text)\n".utf8)
        let pins = Pins(verifierKey: new, ledgerID: SHA256Digest(builder.ledgerID))
        let report = try await Verifier(reader: log, pins: pins).verify()
        #expect(report.holds, "\(report.findings.map(\.sentence))")
        #expect(report.facts.oldestKeptCheckpoint == 6)
        let tree = try await Verifier(reader: log, pins: pins).verify(level: .tree)
        #expect(tree.holds)
        #expect(tree.notCovered.first { $0.code == .otherLogKeys }?.count == 1)
    }

    @Test func unreadableCheckpointIsReplacedByAKeptOne() async throws {
        let builder = LogBuilder.ledger(size: 40, kept: [30])
        var log = builder.log
        log.files["checkpoint"] = Array("not a checkpoint".utf8)
        let report = try await Verifier(reader: log, pins: builder.pins).verify()
        #expect(report.findings.map(\.code) == [.malformedCheckpoint])
        #expect(report.facts.size == 40)
        log.files = ["log.vkey": log.files["log.vkey"]!]
        let nothing = try await Verifier(reader: log, pins: builder.pins).verify()
        #expect(nothing.findings.map(\.code) == [.missingFile])
        #expect(nothing.soundBelow == 0)
        #expect(nothing.facts.size == 0)
    }

    @Test func emptyLog() async throws {
        let builder = LogBuilder()
        builder.publish()
        #expect(try await Verifier(reader: builder.log).verify(level: .tree).holds)
        let report = try await Verifier(reader: builder.log).verify()
        #expect(report.findings.map(\.code) == [.notOpened])
    }

    @Test func unknownSignatureLinesAreTolerated() async throws {
        let builder = LogBuilder.ledger(size: 14)
        var signed = try SignedCheckpoint(parsing: builder.log.files["checkpoint"]!)
        try signed.cosign(as: "witness.example.com", at: 1_700_000_000, with: Party("witness").key)
        var log = builder.log
        log.files["checkpoint"] = signed.bytes
        let report = try await Verifier(reader: log, pins: builder.pins).verify()
        #expect(report.holds)
        #expect(report.notCovered.first { $0.code == .witnesses }?.count == 1)
    }

    /// A key of the log under another name is not known to its checkpoints: a bad line of it is passed over, and at the
    /// level that knows the ledger's keys, `log.vkey` may not name it.
    @Test func aKeyUnderAnotherNameIsNotTheLogs() async throws {
        let builder = LogBuilder.ledger(size: 14)
        let other = LogBuilder.verifierKey(of: builder.logKey, origin: "other.example.com/log")
        let line = try SignedNote(signing: [0x0a], as: other.name, with: builder.logKey.key).bytes.dropFirst(2)
        var log = builder.log
        for path in ["checkpoint", Self.kept(14)] { log.files[path]! += line }
        #expect(try await Verifier(reader: log, pins: builder.pins).verify().holds)
        log.files["log.vkey"]! += Array("\(other.text)\n".utf8)
        for pins in [builder.pins, Pins()] {
            #expect(try await Verifier(reader: log, pins: pins).verify(level: .tree).holds)
            let report = try await Verifier(reader: log, pins: pins).verify()
            #expect(report.findings.map(\.code) == [.logKeyNotInForce])
            #expect(report.findings.first?.file == "log.vkey")
        }
        // Alone it signs nothing, whether it is the log's own list or a policy that names it.
        log.files["log.vkey"] = Array("\(other.text)\n".utf8)
        let unsigned = try await Verifier(reader: log).verify(level: .tree)
        #expect(Set(unsigned.findings.map(\.code)) == [.checkpointNotSigned])
        let policy = try await Verifier(reader: builder.log).verify(
            VerificationOptions(level: .tree, policy: WitnessPolicy(logs: [other])))
        #expect(policy.findings.map(\.code) == [.checkpointNotSigned])
    }

    /// A policy that names no log pins none.
    @Test func aPolicyWithoutALogPinsNothing() async throws {
        let builder = LogBuilder.ledger(size: 14)
        let policy = try WitnessPolicy(parsing: Array("quorum none\n".utf8))
        let report = try await Verifier(reader: builder.log).verify(VerificationOptions(policy: policy))
        #expect(report.holds && !report.isKeyPinned)
        #expect(report.notCovered.contains { $0.code == .identity })
    }

    /// The empty tree's checkpoint counts by the keys that entry 0 names, and by no other.
    @Test func aCheckpointOfNoRecordsIsSignedByTheFirstKeys() async throws {
        let builder = LogBuilder.ledger(size: 14)
        let empty = try Checkpoint(origin: builder.origin, size: 0, root: MerkleHash.empty)
        for (party, codes) in [(builder.logKey, []), (Party("other"), [Finding.Code.logKeyNotInForce])] {
            var log = builder.log
            log.files[Self.kept(0)] = try SignedCheckpoint(signing: empty, with: party.key).bytes
            let report = try await Verifier(reader: log, pins: builder.pins).verify()
            #expect(report.findings.map(\.code) == codes)
            #expect(report.facts.oldestKeptCheckpoint == (codes.isEmpty ? 0 : 14))
        }
    }

    /// A checkpoint that is read again excuses a larger kept one only if the log signed it.
    @Test(arguments: [true, false]) func whatIsReadAgainMustBeSigned(_ isSigned: Bool) async throws {
        struct Lying: LogReader {
            let log: MemoryLog
            let later: [UInt8]
            let reads = Counter()

            func read(_ path: String) throws -> [UInt8]? {
                guard path == "checkpoint", reads.next() > 0 else { return try log.read(path) }
                return later
            }
            func list(_ directory: String) throws -> [String] { try log.list(directory) }
        }
        let builder = LogBuilder.ledger(size: 40, kept: [30])
        var log = builder.log
        let newest = try SignedCheckpoint(parsing: log.files["checkpoint"]!)
        log.files["checkpoint"] = log.files[Self.kept(30)]
        let later = isSigned ? newest : try SignedCheckpoint(signing: newest.checkpoint, with: Party("other").key)
        let report = try await Verifier(reader: Lying(log: log, later: later.bytes), pins: builder.pins).verify()
        #expect(report.findings.map(\.code) == (isSigned ? [] : [.rolledBack]))
    }

    /// Names of twenty digits: those above 2^63 − 1 are no sizes.
    @Test func namesAboveTheLargestSizeAreNoSizes() async throws {
        let builder = LogBuilder.ledger(size: 14)
        for (name, holds) in [
            ("09223372036854775807", false), ("09223372036854775808", true), ("18446744073709551615", true),
            ("18446744073709551616", true), ("99999999999999999999", true), ("14", true),
        ] {
            var log = builder.log
            log.files["checkpoints/\(name)"] = [0x2e]
            let report = try await Verifier(reader: log, pins: builder.pins).verify(level: .structure)
            #expect(report.holds == holds, "\(name)")
            #expect(report.notCovered.contains { $0.code == .unexpectedFiles } == holds, "\(name)")
        }
    }
}

/// Counts what it is asked, from 0.
private final class Counter: Sendable {
    private let count = Mutex(0)

    func next() -> Int {
        count.withLock { count in
            defer { count += 1 }
            return count
        }
    }
}
