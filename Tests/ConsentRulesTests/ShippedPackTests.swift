import ConsentModel
import ConsentRules
import Foundation
import Testing

/// The packs that come with the software: the files and what programs have are the same, and they say what was found.
@Suite struct ShippedPackTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "ledger/packs")

    private static func pack(_ name: String) throws -> RulePack {
        try RulePack(parsing: try #require(ShippedPacks.text(of: name)))
    }

    @Test func theFilesAreWhatProgramsHave() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path).filter {
            $0.hasSuffix(".json")
        }
        #expect(files.sorted() == ShippedPacks.names.map { $0 + ".json" })
        for name in ShippedPacks.names {
            let data = try Data(contentsOf: Self.folder.appending(path: name + ".json"))
            #expect(ShippedPacks.text(of: name) == Array(data), "run tools/embed-packs")
            #expect(try Self.pack(name).id == name)
            #expect(FileManager.default.fileExists(atPath: Self.folder.appending(path: "tests/\(name).json").path))
        }
        #expect(ShippedPacks.text(of: "none") == nil)
    }

    /// Whoever reads a rule finds where it is written; only Meta's page was read word for word in its own place.
    @Test func everyRuleSaysWhereItIsWritten() throws {
        for name in ShippedPacks.names {
            let pack = try Self.pack(name)
            #expect(!pack.rules.isEmpty)
            for rule in pack.rules {
                #expect(rule.citation.url != nil || rule.citation.section != nil, "\(name) \(rule.id)")
                #expect(rule.citation.confidence != .verbatim || rule.citation.quote != nil, "\(name) \(rule.id)")
                #expect(rule.citation.confidence != .verbatim || name == "whatsapp", "\(name) \(rule.id)")
                #expect(["2026-11-22", "2026-11-23"].contains(rule.citation.verifiedOn))
            }
        }
    }

    @Test func whatsApp() throws {
        let pack = try Self.pack("whatsapp")
        #expect(pack.vocabulary["template-categories-2021"]?.count == 11)
        #expect(pack.vocabulary["template-categories"] == ["AUTHENTICATION", "MARKETING", "UTILITY"])
        let countries = try #require(pack.rules.first { $0.id == "non-transactional-countries" })
        #expect(countries.scope.exceptSenderCountries?.count == 20)
        #expect(countries.isInForce(at: try OccurredAt(parsing: "2021-07-27").start))
        #expect(!countries.isInForce(at: try OccurredAt(parsing: "2021-09-15").start))
    }

    @Test func revokeAllHasTwoVersions() throws {
        let rules = try Self.pack("us-tcpa").rules.filter { $0.id == "revoke-all" }
        #expect(rules.map(\.scope.classes) == [["marketing"], ["marketing", "utility"]])
        #expect(rules[0].effectiveUntil == rules[1].effectiveFrom)
        #expect(rules[1].effectiveFrom?.description == "2027-01-31T00:00:00Z")
    }
}
