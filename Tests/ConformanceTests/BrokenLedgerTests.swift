import ConsentAudit
import DamagedLedgers
import Foundation
import Testing

/// Damaged ledgers, one lie each: the verifier finds every one at the level where it must, and nothing below it.
@Suite struct BrokenLedgerTests {
    static let directory = Repository.root.appending(path: "ledger/broken")

    @Test func thereIsOneOfEachName() {
        let names = BrokenLedger.all.map(\.name)
        #expect(Set(names).count == names.count)
        let broken = BrokenLedger.all.filter { if case .holds = $0.expectation { false } else { true } }
        #expect(broken.count >= 40)
    }

    /// The files that are kept are what the generator makes; `tools/build-broken-ledgers` writes them.
    @Test func theKeptLedgersAreWhatTheGeneratorMakes() throws {
        var files: [String: [UInt8]] = [:]
        var links: [String: String] = [:]
        for ledger in BrokenLedger.all {
            for (path, bytes) in ledger.keptFiles { files["\(ledger.name)/\(path)"] = bytes }
            for (path, destination) in ledger.keptLinks { links["\(ledger.name)/\(path)"] = destination }
        }
        try Repository.expectKept(
            files, links: links, under: Self.directory, except: ["README.md"], updatedBy: "UPDATE_BROKEN",
            command: "tools/build-broken-ledgers")
    }

    @Test(arguments: BrokenLedger.all.map(\.name)) func isFoundWhereItMustBe(name: String) async throws {
        let ledger = try #require(BrokenLedger.all.first { $0.name == name })
        for level in VerificationLevel.allCases {
            let report = try await Verifier(reader: ledger.log, pins: ledger.pins).verify(level: level)
            let sentences = report.findings.map {
                "\($0.level) \($0.code.name) \($0.index.map(String.init) ?? "-") \($0.sentence)"
            }
            switch ledger.expectation {
            case .holds:
                #expect(report.holds, "\(name) at \(level): \(sentences)")
            case .fails(let lowest, let codes, let index):
                guard level >= lowest else {
                    #expect(report.holds, "\(name) at \(level): \(sentences)")
                    continue
                }
                let there = report.findings.filter { $0.level == lowest }
                #expect(report.findings.allSatisfy { $0.level >= lowest }, "\(name) at \(level): \(sentences)")
                #expect(Set(there.map(\.code)) == codes, "\(name) at \(level): \(sentences)")
                if let index { #expect(there.first?.index == index, "\(name) at \(level): \(sentences)") }
            }
        }
    }
}
