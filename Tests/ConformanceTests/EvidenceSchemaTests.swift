import ConsentAudit
import ConsentModel
import Foundation
import Testing

/// `ledger/evidence.schema.json`, read by software that is not ours, fits the documents of the bundles that are kept, and
/// nothing that has a member less, a member more or a member of another kind.
@Suite struct EvidenceSchemaTests {
    /// The documents of the bundles in `ledger/evidence`.
    private static func documents() throws -> [JSONValue] {
        let bundles = try Repository.files(under: Repository.root.appending(path: "ledger/evidence"))
        return try bundles.filter { $0.key.hasSuffix(".zip") }.sorted { $0.key < $1.key }.map { _, bytes in
            let archive = try StoredArchive(reading: MemorySource(bytes))
            let entry = try #require(archive["evidence.json"])
            return try JSONValue(parsing: try #require(try archive.bytes(of: entry, most: 1 << 28)))
        }
    }

    /// What can be made of the first member of each kind by one change.
    private static func changed(_ value: JSONValue) -> [JSONValue] {
        switch value {
        case .object(let members):
            var all: [JSONValue] = [.object(members.merging(["unknown": .null]) { $1 })]
            for (name, member) in members {
                var rest = members
                rest[name] = nil
                all.append(.object(rest))
                all.append(.object(members.merging([name: .bool(true)]) { $1 }))
                all += changed(member).map { .object(members.merging([name: $0]) { $1 }) }
            }
            return all
        case .array(let elements):
            guard let first = elements.first else { return [] }
            return changed(first).map { .array([$0] + elements.dropFirst()) }
        default: return []
        }
    }

    @Test(
        .enabled(
            if: PythonScript.isThere
                && FileManager.default.fileExists(
                    atPath: Repository.root.appending(path: ".build-oracles/bin/jsonschema").path),
            "skipped: jsonschema is absent; run tools/bootstrap --tests"))
    func documentsFitAndChangedOnesDoNot() throws {
        let documents = try Self.documents()
        #expect(documents.count >= 3)
        // `fields` of an event are open, and what is asked may have anything for a text; a member too many or of another
        // kind never fits, and one that is left out only where it is one of those fields or a style.
        let candidates = documents + documents.prefix(1).flatMap(Self.changed)
        let file = NSTemporaryDirectory() + "evidence-\(UUID().uuidString).jsonl"
        defer { try? FileManager.default.removeItem(atPath: file) }
        try candidates.map { $0.text + "\n" }.joined().write(toFile: file, atomically: false, encoding: .utf8)
        let schema = Repository.root.appending(path: "ledger/evidence.schema.json").path
        let verdicts = try PythonScript.run("schema.py", [schema, file]).filter { $0 == 0x30 || $0 == 0x31 }
        try #require(verdicts.count == candidates.count)
        #expect(verdicts.prefix(documents.count).allSatisfy { $0 == 0x31 })
        let accepted = verdicts.dropFirst(documents.count).count { $0 == 0x31 }
        let refused = verdicts.dropFirst(documents.count).count { $0 == 0x30 }
        #expect(refused > 150 && accepted * 5 < refused, "\(accepted) of \(accepted + refused) changed ones fit")
    }
}
