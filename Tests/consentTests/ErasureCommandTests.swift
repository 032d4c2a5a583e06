import Foundation
import Testing

/// Erasing, holding and keeping, as an operator types it.
@Suite struct ErasureCommandTests {
    private static let ana = "+34600111222"
    private static let ben = "+34600333444"

    private static func place() throws -> Workplace {
        let place = try Workplace.withLedger()
        for contact in [ana, ben] {
            try place.succeed(["opt-in", contact, "--notice", "web", "--evidence", "ip=192.0.2.7"])
        }
        return place
    }

    private static func check(_ contact: String) -> [String] {
        ["check", contact, "--category", "marketing", "--channel", "whatsapp"]
    }

    private func isWhole(_ place: Workplace) throws {
        try place.succeed(["verify"])
        try place.succeed(["registry", "check"])
    }

    @Test func whoIsErasedIsGoneAndTheOthersAreNot() throws {
        let place = try Self.place()
        let outcome = try place.succeed(["erase", Self.ana, "--now", "-o", "letter.txt"])
        #expect(outcome.output == "Erased: +346…222 (record 6).\n" && outcome.errors.isEmpty)
        let letter = try String(contentsOfFile: place.path("letter.txt"), encoding: .utf8)
        #expect(letter.contains(Self.ana) && letter.contains("letter.txt.6.tlog-proof") && letter.contains("record 6"))
        let vkey = try String(contentsOfFile: place.path("consent.ledger/log/log.vkey"), encoding: .utf8)
        try place.succeed(["verify-proof", "letter.txt.6.tlog-proof", "--vkey", String(vkey.dropLast())])

        #expect(try place.run(Self.check(Self.ana)).status == 1)
        #expect(try place.succeed(["history", Self.ana]).output == "Acme Viajes has no record of +346…222.\n")
        #expect(try place.run(Self.check(Self.ben)).status == 0)
        #expect(try place.succeed(["history", Self.ben]).output.contains("192.0.2.7"))
        try isWhole(place)

        let again = try place.succeed(["erase", Self.ana, "--now"])
        #expect(again.output == "Acme Viajes keeps nothing of +346…222; there is nothing to erase.\n")
        // Unlike anybody else, they are not told apart from who never was here.
        let (gone, never) = (try place.run(Self.check(Self.ana)), try place.run(Self.check("+34600555666")))
        #expect(gone.output.replacing("+346…222", with: "") == never.output.replacing("+346…666", with: ""))
        try place.succeed(["opt-in", Self.ana, "--notice", "web"])
        #expect(try place.run(Self.check(Self.ana)).status == 0)
        try isWhole(place)
    }

    @Test func theAnswerInJSON() throws {
        let place = try Self.place()
        let outcome = try place.succeed(["erase", Self.ana, "--now", "--json", "--language", "es"])
        #expect(try outcome.member("result") == "erased" && outcome.member("traces-cleared"))
        #expect(try outcome.member("records", as: [Int].self) == [6] && outcome.member("suppressed"))
        #expect(try outcome.member("letter", as: String.self).contains("Sus datos han sido suprimidos"))
        let proofs = try outcome.member("proofs", as: [String].self)
        #expect(proofs.count == 1 && proofs[0].hasPrefix("c2sp.org/tlog-proof@v1"))
        #expect(try place.succeed(["erase", Self.ana, "--now", "--json"]).member("result") == "nothing-kept")
    }

    @Test func aFileDoesNotBringBack() throws {
        let place = try Self.place()
        try place.succeed(["erase", Self.ana, "--now"])
        try place.write("contact,status\n\(Self.ana),opt-in\n\(Self.ben),opt-in\n+34600555666,opt-in\n", to: "crm.csv")
        let arguments = ["import", "crm.csv", "--format", "csv", "--notice", "web", "--results", "results.csv"]
        for dryRun in [["--dry-run"], []] {
            let outcome = try place.run(arguments + dryRun)
            #expect(outcome.status == 65 && outcome.errors.contains("asked to be forgotten"), "\(outcome)")
            let results = try String(contentsOfFile: place.path("results.csv"), encoding: .utf8)
            #expect(results.components(separatedBy: "suppressed").count == 2, "\(results)")
        }
        #expect(try place.succeed(["history", Self.ana]).output.contains("no record"))
        #expect(try place.succeed(["history", "+34600555666"]).output.contains("consent-given"))
        // A stop is taken.
        try place.write("contact,status\n\(Self.ana),opt-out\n", to: "stops.csv")
        try place.succeed(["import", "stops.csv", "--format", "csv"])
        try isWhole(place)
    }

    @Test func aRequestStopsAndShuts() throws {
        let place = try Self.place()
        let outcome = try place.succeed(["erase", Self.ana, "--retention", "1826d"])
        #expect(outcome.output.contains("Messages to +346…222 have stopped") && outcome.errors.isEmpty)
        #expect(try place.run(Self.check(Self.ana)).status == 1)
        let shut = try place.run(["history", Self.ana])
        #expect(shut.status == 77 && shut.errors.contains("asked to be erased") && !shut.output.contains("192.0.2.7"))
        let open = try place.succeed(["history", Self.ana, "--legal-access", "case 117"])
        #expect(open.output.contains("192.0.2.7"))
        #expect(open.output.contains("evidence-attached") && open.output.contains("case 117"), "the look is recorded")
        #expect(try place.run(["history", Self.ana]).status == 77, "and opens nothing for others")

        let report = try place.succeed(["retention", "report"])
        #expect(report.output.contains("asked to be erased; proof is kept until"))
        #expect(try place.succeed(["retention", "apply"]).output == "Acme Viajes: 0 people erased.\n")
        try place.succeed(["erase", Self.ana, "--now"])
        try isWhole(place)
    }

    @Test func withoutADateItSaysSo() throws {
        let place = try Self.place()
        let outcome = try place.succeed(["erase", Self.ana])
        #expect(outcome.errors.contains("--retention") && outcome.output.contains("on no date yet"))
        #expect(try place.run(Self.check(Self.ana)).status == 1, "messages stop all the same")
        #expect(try place.succeed(["retention", "report", "--json"]).output.contains("\"undated\": 1"))
        let unknown = try place.succeed(["erase", "+34600555666"])
        #expect(unknown.output.contains("keeps nothing"))
        try isWhole(place)
    }

    @Test func aHoldRefuses() throws {
        let place = try Self.place()
        let hold = ["hold", "add", "case-1", "--reason", "litigation", "--contact", Self.ana]
        #expect(try place.succeed(hold).output == "Held: +346…222 until it is lifted (record 6).\n")
        #expect(try place.run(hold).status == 65, "the name is taken")
        let refused = try place.run(["erase", Self.ana, "--now", "-o", "letter.txt"])
        #expect(refused.status == 77 && refused.errors.contains("case-1") && refused.errors.contains("litigation"))
        #expect(!FileManager.default.fileExists(atPath: place.path("letter.txt")))
        let asked = try place.succeed(["erase", Self.ana, "--retention", "1d"])
        #expect(asked.errors.contains("case-1"))
        #expect(try place.succeed(["retention", "report"]).output.contains("held: case-1 (litigation)"))
        #expect(try place.succeed(["hold", "list"]).output.contains(Self.ana))
        try place.succeed(["erase", Self.ben, "--now"])
        #expect(try place.succeed(["hold", "lift", "case-1"]).output.hasPrefix("Lifted"))
        #expect(try place.run(["hold", "lift", "case-1"]).status == 65)
        #expect(try place.succeed(["hold", "list"]).output == "No hold stands.\n")
        #expect(try place.succeed(["hold", "list", "--all"]).output.contains("lifted"))
        try place.succeed(["erase", Self.ana, "--now"])
        #expect(try place.succeed(["hold", "list", "--all"]).output.contains("erased"))
        try isWhole(place)
    }

    @Test(
        arguments: [
            (["erase", "nobody", "--now"], 65), (["erase", "+34600111222", "--now", "--retention", "1d"], 64),
            (["erase", "+34600111222", "--forget-completely"], 64),
            (["erase", "+34600111222", "--language", "xx"], 64),
            (["erase", "+34600111222", "--now", "-o", "optin.txt"], 65),
            (["erase", "+34600111222", "--now", "--source", "nobody"], 77),
            (["erase", "+34600111222", "--now", "--business", "other"], 65),
            (["hold", "add", "A", "--reason", "x"], 65),
            (["hold", "add", "a", "--reason", "x", "--contact", "+34600999888"], 65),
            (["hold", "add", "a", "--reason", "x", "--until", "2020-01-01"], 65), (["hold", "lift", "a"], 65),
            (["retention", "report", "--keep", "long"], 64), (["history", "+34600111222", "--legal-access", ""], 0),
        ] as [([String], Int32)])
    func whatIsWrongChangesNothing(_ arguments: [String], _ status: Int32) throws {
        let place = try Self.place()
        let before = try place.recorded()
        let outcome = try place.run(arguments)
        #expect(outcome.status == status, "\(outcome)")
        #expect(try place.recorded() == before)
        try isWhole(place)
    }

    @Test func aCheckOfTheRegistrySaysWhoIsAffected() throws {
        let place = try Self.place()
        let sealed = place.path("consent.ledger/private/sealed/0000000000000001")
        var bytes = try Data(contentsOf: URL(fileURLWithPath: sealed))
        bytes[60] ^= 1
        try bytes.write(to: URL(fileURLWithPath: sealed))
        let outcome = try place.run(["registry", "check"])
        #expect(outcome.status == 2 && outcome.output.hasPrefix("Does not hold."))
        let json = try place.run(["registry", "check", "--json"])
        #expect(json.status == 2)
        let findings = try json.member("findings", as: [[String: Any]].self)
        #expect(findings.count == 1 && findings.first?["contact"] as? String == Self.ana)
        #expect(findings.first?["records"] as? [Int] == [4])
    }
}
