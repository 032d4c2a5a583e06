import ConsentAudit
import Foundation
import Testing

/// What is no bundle is refused as such, through the archive reader and through the program.
@Suite struct EvidenceFormTests {
    @Test func namesThatLeadElsewhereAreRefused() throws {
        for name in [
            "../a", "/a", "a//b", "a/../b", "a/", ".", "a b", "ä", "a\u{0}", "", String(repeating: "a", count: 256),
        ] {
            #expect(throws: AuditError(.notEvidence, ""), "\(name)") {
                try StoredArchive.bytes(of: [(name, [1])])
            }
        }
        // The same bytes in another archive's header.
        var archive = try StoredArchive.bytes(of: [("aa", [1]), ("bb", [2])])
        for place in archive.indices.dropLast(1) where archive[place...].starts(with: "bb".utf8) {
            archive.replaceSubrange(place..<place + 2, with: "..".utf8)
        }
        #expect(throws: AuditError(.notEvidence, "")) { try StoredArchive(reading: MemorySource(archive)) }
        #expect(try StoredArchive(reading: MemorySource(StoredArchive.bytes(of: []))).entries.isEmpty)
    }

    @Test func aLaterFormatIsRefusedAsSuch() throws {
        let world = try EvidenceWorld.withStory()
        var files = try EvidenceFiles(try world.bundle())
        let text = String(decoding: try #require(files["evidence.json"]), as: UTF8.self)
        files["evidence.json"] = Array(
            text.replacingOccurrences(of: "consent-ledger/evidence/v1", with: "consent-ledger/evidence/v2").utf8)
        try Data(files.archive()).write(to: URL(fileURLWithPath: world.place.path("later.zip")))
        let outcome = try world.place.run(["evidence", "verify", "later.zip"])
        #expect(outcome.status == 65)
        #expect(outcome.errors.contains("update this software"))
    }
}
