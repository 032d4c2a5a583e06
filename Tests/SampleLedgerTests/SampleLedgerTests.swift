import ConsentAudit
import ConsentLedger
import ConsentModel
import Foundation
import LedgerCrypto
import SampleLedger
import Testing

/// The sample that is kept in the repository is what `tools/build-sample-ledger` builds.
@Suite struct SampleLedgerTests {
    /// What is kept: the log, the keys, the journal, the sealed parts, the registry. The rest is derived or a lock.
    private static let derived = ["private/index.sqlite", "private/lock"]

    private static let kept = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "ledger/sample")

    private static func build() throws -> URL {
        let directory = FileManager.default.temporaryDirectory.appending(path: "sample-\(UUID().uuidString)")
        try SampleLedger.build(at: LedgerLocation(creatingDirectory: directory.path))
        return directory
    }

    private static func files(under root: URL) throws -> [String: Data] {
        var files: [String: Data] = [:]
        for path in try FileManager.default.subpathsOfDirectory(atPath: root.path) {
            let url = root.appending(path: path)
            guard try url.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == true,
                !derived.contains(where: { path.hasPrefix($0) })
            else { continue }
            files[path] = try Data(contentsOf: url)
        }
        return files
    }

    @Test func theKeptSampleIsWhatTheBuilderBuilds() throws {
        let built = try Self.build()
        defer { try? FileManager.default.removeItem(at: built) }
        var fresh = try Self.files(under: built)
        // SQLite's pages depend on its version: the registry's rows are compared, through the ledger, below.
        fresh["private/registry.sqlite"] = nil
        if ProcessInfo.processInfo.environment["UPDATE_SAMPLE"] == "1" {
            try? FileManager.default.removeItem(at: Self.kept)
            try FileManager.default.createDirectory(at: Self.kept, withIntermediateDirectories: true)
            for path in try FileManager.default.subpathsOfDirectory(atPath: built.path).sorted() {
                guard !Self.derived.contains(where: { path.hasPrefix($0) }) else { continue }
                let source = built.appending(path: path)
                if try source.resourceValues(forKeys: [.isDirectoryKey]).isDirectory == true {
                    try FileManager.default.createDirectory(
                        at: Self.kept.appending(path: path), withIntermediateDirectories: true)
                } else {
                    try Data(contentsOf: source).write(to: Self.kept.appending(path: path))
                }
            }
        }
        var kept = try Self.files(under: Self.kept)
        kept["private/registry.sqlite"] = nil
        #expect(kept.keys.sorted() == fresh.keys.sorted())
        for (path, bytes) in fresh { #expect(kept[path] == bytes, "\(path) differs; run tools/build-sample-ledger") }
    }

    @Test func theKeptSampleAnswersAndHasEveryEventType() throws {
        // A copy: asking rebuilds the index, and that must not land in the checkout.
        let copy = FileManager.default.temporaryDirectory.appending(path: "sample-\(UUID().uuidString)")
        try FileManager.default.copyItem(at: Self.kept, to: copy)
        defer { try? FileManager.default.removeItem(at: copy) }
        // The keys are public, and come out of a repository readable by everybody.
        let keys = copy.appending(path: "private/keys")
        for name in try FileManager.default.contentsOfDirectory(atPath: keys.path) {
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o600], ofItemAtPath: keys.appending(path: name).path)
        }
        let ledger = try Ledger(LedgerLocation(directory: copy.path))
        try ledger.read { snapshot in
            var types: Set<EventType> = []
            var erased: Set<ContactHandle> = []
            for index in 0..<snapshot.size {
                let record = try snapshot.record(at: index)
                let payload = try Payload(decoding: Statement(decoding: record.statement[...]).payload[...])
                if case .event(let event) = payload, event.type == .contactErased { erased.formUnion(record.handles) }
            }
            #expect(!erased.isEmpty)
            for index in 0..<snapshot.size {
                let record = try snapshot.record(at: index)
                guard
                    case .event(let event) = try Payload(
                        decoding: Statement(decoding: record.statement[...]).payload[...])
                else {
                    Issue.record("record \(index) is of unknown type")
                    continue
                }
                types.insert(event.type)
                guard !record.handles.isEmpty, event.commitment != nil else { continue }
                // Every private field opens and leads to the commitment, but of those who were erased, of whom none does.
                let fields = try snapshot.privateFields(of: index)
                guard erased.isDisjoint(with: record.handles) else {
                    #expect(fields.allSatisfy { !erased.contains($0.handle) }, "record \(index)")
                    continue
                }
                let commitments = fields.map {
                    $0.field.commitment(ledgerID: ledger.identity.ledgerID, event: event.id)
                }
                #expect(PrivateField.commitmentDigest(commitments).bytes == event.commitment, "record \(index)")
            }
            #expect(types == Set(EventType.allCases))
            #expect(280...360 ~= snapshot.size)
        }
    }

    @Test func theKeptSampleVerifies() async throws {
        let reader = try DirectoryLogReader(root: Self.kept.appending(path: "log").path)
        let report = try await Verifier(reader: reader, pins: Pins()).verify(level: .replay)
        #expect(report.holds, "\(report.findings)")
    }
}
