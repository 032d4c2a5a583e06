import ConsentAudit
import DamagedLedgers
import Foundation
import Testing
import TransparencyLog

/// A bounded run of `make tamper`: some of the cases, chosen by a seed. Another seed is set with TAMPER_SEED.
@Suite struct TamperCampaignTests {
    private static let seed = ProcessInfo.processInfo.environment["TAMPER_SEED"].flatMap(UInt64.init) ?? 1
    private static let bytesChanged = 600
    private static let lengthsCut = 120

    private func sample() async throws -> (MemoryLog, Pins) {
        let log = try MemoryLog(readingDirectory: Repository.root.appending(path: "ledger/sample/log").path)
        let honest = try await Verifier(reader: log).verify()
        #expect(honest.holds)
        let keys = String(decoding: try #require(log.files["log.vkey"]), as: UTF8.self)
        let pins = Pins(
            verifierKey: try VerifierKey(String(keys.dropLast())), ledgerID: honest.facts.ledgerID)
        return (log, pins)
    }

    @Test func everyChangeToTheSampleIsFound() async throws {
        let (log, pins) = try await sample()
        let campaign = TamperCampaign(log: log, pins: pins)
        var random = SplitMix(seed: Self.seed)
        let masks: [UInt8] = [1, 2, 4, 8, 16, 32, 64, 128, 255]
        let bytes = campaign.byteCases(masks: [masks.randomElement(using: &random)!]).shuffled(using: &random)
        let lengths = campaign.truncations().shuffled(using: &random)
        let added = campaign.addedFiles()
        #expect(Set(added.map { $0.path.split(separator: "/")[0] }) == ["tile", "checkpoints", "object"])
        let cases = campaign.fileCases() + added + bytes.prefix(Self.bytesChanged) + lengths.prefix(Self.lengthsCut)
        let counts = try await campaign.run(cases)
        #expect(counts.missed.isEmpty, "seed \(Self.seed): \(counts.missed)")
        #expect(counts.unnamed.isEmpty, "seed \(Self.seed): \(counts.unnamed)")
        #expect(counts.total == cases.count)
        // The sample keeps eight older checkpoints, and its checkpoint carries one signature line, by the pinned key.
        #expect(counts.olderCheckpointsRemoved == 10)
        #expect(counts.linesOfOtherKeys == 0)
        #expect(counts.withoutEffect == 0)
    }

    /// Whoever pins nothing finds the same changes of a single file. A whole other ledger is what passes, and the report says
    /// so.
    @Test func withoutPinsAWholeOtherLedgerPassesAndIsNotCovered() async throws {
        let (log, _) = try await sample()
        let campaign = TamperCampaign(log: log, pins: Pins())
        var random = SplitMix(seed: Self.seed)
        let bytes = campaign.byteCases(masks: [1]).shuffled(using: &random).prefix(Self.bytesChanged / 2)
        let counts = try await campaign.run(campaign.fileCases() + campaign.addedFiles() + bytes)
        #expect(counts.missed.isEmpty, "seed \(Self.seed): \(counts.missed)")
        let other = try #require(BrokenLedger.all.first { $0.name == "whole" })
        let report = try await Verifier(reader: other.log).verify()
        #expect(report.holds && !report.isKeyPinned)
        let sentence = try #require(report.notCovered.first { $0.code == .identity }?.sentence)
        #expect(sentence.contains("the log's key and the ledger-id") && sentence.contains("a whole false log"))
    }

    /// Every byte of a checkpoint with a witness's line: the bytes of that line alone may be others, and are counted.
    @Test func linesOfKeysThatWereNotGivenAreCountedApart() async throws {
        let ledger = try #require(BrokenLedger.all.first { $0.name == "whole-with-an-unknown-signature" })
        let campaign = TamperCampaign(log: ledger.log, pins: ledger.pins)
        let cases = campaign.byteCases(masks: [1]).filter { $0.path == "checkpoint" }
        let counts = try await campaign.run(cases)
        #expect(counts.missed.isEmpty, "\(counts.missed)")
        let bytes = try #require(ledger.log.files["checkpoint"])
        let line = bytes.count - (try #require(bytes.lastIndex(of: 0xe2)))
        #expect(counts.linesOfOtherKeys > 90)
        #expect(counts.linesOfOtherKeys < line)
    }

    /// The campaign reports what no verifier finds: a file that is not part of the log.
    @Test func aChangeThatNobodyFindsIsReported() async throws {
        let ledger = try #require(BrokenLedger.all.first { $0.name == "whole-with-unknown-files" })
        let campaign = TamperCampaign(log: ledger.log, pins: ledger.pins)
        let cases = campaign.byteCases(masks: [1]).filter { $0.path == "README" }
        let counts = try await campaign.run(cases)
        #expect(counts.missed.count == cases.count)
    }
}
