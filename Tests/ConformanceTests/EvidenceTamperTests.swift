import ConsentAudit
import DamagedLedgers
import Foundation
import LedgerCrypto
import Testing
import TransparencyLog

/// The bundles kept in `ledger/evidence` hold, and nothing that is changed in them goes unnoticed: a bounded run of the
/// campaign that `make tamper` runs whole.
@Suite struct EvidenceTamperTests {
    private static let directory = Repository.root.appending(path: "ledger/evidence")
    static let names = ["anchored", "changed-number", "opt-out", "unlinked", "withheld"]

    /// What one who verifies `bundle` pins, as the bundle itself says.
    static func pins(of bundle: [UInt8]) throws -> Pins {
        let archive = try StoredArchive(reading: MemorySource(bundle))
        let entry = try #require(archive["log.vkey"])
        let keys = try #require(try archive.bytes(of: entry, most: 4096))
        let line = try #require(String(decoding: keys, as: UTF8.self).split(separator: "\n").first)
        let report = try EvidenceVerifier(pins: Pins()).verify(MemorySource(bundle))
        return Pins(verifierKey: try VerifierKey(String(line)), ledgerID: report.ledgerID)
    }

    private static func bundle(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: directory.appending(path: name + ".zip")))
    }

    @Test(arguments: names) func everyChangeIsFound(_ name: String) throws {
        let bundle = try Self.bundle(name)
        let pins = try Self.pins(of: bundle)
        #expect(try EvidenceVerifier(pins: pins).verify(MemorySource(bundle)).findings.isEmpty)
        let seed = ProcessInfo.processInfo.environment["TAMPER_SEED"].flatMap { UInt64($0) } ?? 1
        let outcome = try EvidenceTampering(bundle, pins: pins, mostCases: 200, seed: seed).run()
        #expect(outcome.missed.isEmpty, "\(outcome.missed.prefix(20))")
        #expect(outcome.cases.values.reduce(0, +) == 200 && outcome.cases.count > 5)
    }

    /// Each file of one bundle in the place of the same one of another.
    @Test func aFileOfAnotherBundleIsFound() throws {
        for (name, other) in zip(Self.names, Self.names.dropFirst() + Self.names.prefix(1)) {
            let bundle = try Self.bundle(name)
            let pins = try Self.pins(of: bundle)
            let archive = try StoredArchive(reading: MemorySource(bundle))
            let foreign = try StoredArchive(reading: MemorySource(Self.bundle(other)))
            var files = try archive.entries.map { ($0.name, try archive.bytes(of: $0, most: bundle.count) ?? []) }
            for (position, (file, bytes)) in files.enumerated() {
                guard let entry = foreign[file], let put = try foreign.bytes(of: entry, most: 1 << 28), put != bytes
                else { continue }
                files[position].1 = put
                let changed = files
                let report = try EvidenceVerifier(pins: pins).verify(
                    MemorySource(StoredArchive.bytes(of: changed.map { (name: $0.0, bytes: $0.1) })))
                #expect(report.findings.contains { $0.file == file }, "\(file) of \(other) in \(name)")
                files[position].1 = bytes
            }
        }
    }
}
