import ConsentAudit
import ConsentModel
import DamagedLedgers
import Foundation
import LedgerCrypto
import Testing
import TransparencyLog

/// The bundles kept in `ledger/evidence` hold, and nothing that is changed in them goes unnoticed: a bounded run of the
/// campaign that `make tamper` runs whole.
@Suite struct EvidenceTamperTests {
    private static let directory = Repository.root.appending(path: "ledger/evidence")
    static let names = ["anchored", "changed-number", "hostile", "opt-out", "unlinked"]

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

    /// A record left out by somebody who makes page and document again; the last of a chain is not among them.
    @Test(arguments: names) func everyRecordThatIsLeftOutIsMissed(_ name: String) throws {
        let bundle = try Self.bundle(name)
        let outcome = try EvidenceTampering(bundle, pins: Self.pins(of: bundle), mostCases: .max, seed: 1)
            .recordsLeftOut()
        #expect(outcome.missed.isEmpty, "\(outcome.missed)")
        #expect(outcome.cases.values.reduce(0, +) > 4)
    }

    /// Who makes a bundle cannot ask about less than the records speak of, about another address than they open, nor before
    /// they were.
    @Test(arguments: names) func aRequestThatLeavesOutOrDeniesIsFound(_ name: String) throws {
        let bundle = try Self.bundle(name)
        let pins = try Self.pins(of: bundle)
        func found(_ change: (inout EvidenceRequest) -> Void) throws -> [String] {
            let report = try EvidenceVerifier(pins: pins).verify(
                MemorySource(EvidenceVerifier.remade(bundle, asking: change)))
            return report.findings.map(\.code.name)
        }
        let request = try #require(try EvidenceVerifier(pins: pins).verify(MemorySource(bundle)).request)
        let others = Vocabulary.channel.words.filter { !request.channels.contains($0) }
        #expect(try found { _ in } == [])
        #expect(try found { $0.channels = ($0.channels + others.prefix(1)).sorted() } == [])
        for category in request.categories {
            #expect(try found { $0.categories.removeAll { $0 == category } } == ["wrong-request"], "\(category)")
        }
        for channel in request.channels {
            #expect(try found { $0.channels.removeAll { $0 == channel } } == ["wrong-request"], "\(channel)")
        }
        #expect(
            try found {
                $0.channels = []
                $0.categories = []
            } == ["wrong-request", "wrong-request"])
        #expect(try found { $0.contact = "+34600111999" } == ["wrong-request"])
        #expect(try found { $0.contact = nil } == [])
        #expect(try found { $0.madeAt = Timestamp(milliseconds: 1_546_300_800_000) ?? .last } == ["wrong-request"])
        #expect(try found { $0.at = .last } == ["wrong-request"])
    }

    /// Private evidence and attached files can be left out: nothing is wrong then, and it is said.
    @Test func evidenceThatIsLeftOutIsCounted() throws {
        let bundle = try Self.bundle("anchored")
        let pins = try Self.pins(of: bundle)
        func counts(_ bundle: [UInt8]) throws -> [UInt64?] {
            let report = try EvidenceVerifier(pins: pins).verify(MemorySource(bundle))
            #expect(report.holds, "\(report.findings)")
            return ["hidden-fields", "attachments"].map { code in
                report.notCovered.first { $0.code.name == code }?.count
            }
        }
        #expect(try counts(bundle) == [nil, nil])
        let names = try StoredArchive(reading: MemorySource(bundle)).entries.map(\.name)
        let parts = names.filter { $0.hasPrefix("private/") }
        let files = names.filter { $0.hasPrefix("attachments/") }
        #expect(parts.count == 5 && files.count == 2)
        #expect(try counts(EvidenceVerifier.remade(bundle, without: Set(files))) == [nil, 2])
        #expect(try counts(EvidenceVerifier.remade(bundle, without: Set(parts + files))) == [5, 2])
        let one = try #require(parts.first)
        #expect(try counts(EvidenceVerifier.remade(bundle, without: [one])) == [1, nil])
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
