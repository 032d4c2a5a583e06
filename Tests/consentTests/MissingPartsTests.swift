import Foundation
import Testing

/// A ledger of which a part is missing, rolled back or no longer what it was, as whoever types a command meets it: neither
/// asked nor written, with a sentence that names the file; or mended where nothing is lost by it.
@Suite struct MissingPartsTests {
    private static let contact = "+34600111222"
    private static let question = ["check", contact, "--category", "marketing", "--channel", "whatsapp"]
    private static let asking = [
        question, ["check", contact], ["history", contact], ["list"], ["log"], ["review", "list"],
    ]
    private static let writing = [
        ["opt-out", contact], ["opt-in", contact, "--notice", "web"], ["checkpoint"], ["replay"],
    ]

    private static func expectRefusal(
        _ place: Workplace, _ status: Int32, _ code: String? = nil, says: String,
        to commands: [[String]] = asking + writing
    ) throws {
        let before = try place.ledgerContents()
        for arguments in commands {
            let outcome = try place.run(arguments + ["--json"])
            #expect(outcome.status == status && outcome.output.isEmpty, "\(arguments): \(outcome)")
            #expect(outcome.errors.contains(says), "\(outcome)")
            if let code { #expect(outcome.errors.contains("\"code\": \"\(code)\""), "\(outcome)") }
        }
        #expect(try place.ledgerContents() == before)
    }

    @Test(arguments: ["log", "log/checkpoint", "log/log.vkey", "log/object", "private/last-signed"])
    func aPartThatIsMissingIsNamed(_ path: String) throws {
        let place = try Workplace.withLedger()
        try place.succeed(["opt-in", Self.contact, "--notice", "web"])
        try FileManager.default.moveItem(atPath: place.path("consent.ledger/" + path), toPath: place.path("kept"))
        // What is missed first where the whole log is.
        let named = path == "log" ? "log/checkpoint" : path
        try Self.expectRefusal(place, 66, "incomplete-ledger", says: "\(named)")
        try FileManager.default.moveItem(atPath: place.path("kept"), toPath: place.path("consent.ledger/" + path))
        try place.succeed(Self.question)
        try place.succeed(["verify", "--index"])
    }

    /// By whatever needs it: those that seal are looked at whenever a ledger is opened.
    @Test(arguments: [
        ("tags", [question, ["check", contact], ["history", contact], ["opt-out", contact]]),
        ("event-ids", [["opt-out", contact, "--id", "form-1"]]), ("journal", asking + writing),
        ("epoch", asking + writing), ("registry", asking + writing),
    ])
    func aKeyOfAnotherLedgerIsNamed(_ name: String, by commands: [[String]]) throws {
        let place = try Workplace.withLedger()
        let other = try Workplace.withLedger()
        try place.succeed(["opt-in", Self.contact, "--notice", "web"])
        let key = "consent.ledger/private/keys/\(name).key"
        _ = try place.shell("cp \(key) kept && cp \(other.path(key)) \(key)")
        try Self.expectRefusal(
            place, 77, "bad-key", says: "private/keys/\(name).key is not this ledger's", to: commands)
        _ = try place.shell("cp kept \(key)")
        try place.succeed(Self.question)
    }

    @Test func sealedPartsThatAreMissingAreNamed() throws {
        let place = try Workplace.withLedger()
        try place.succeed(["opt-in", Self.contact, "--notice", "web", "--evidence", "ip=192.0.2.7"])
        _ = try place.shell("mv consent.ledger/private/sealed kept")
        try Self.expectRefusal(place, 66, "incomplete-ledger", says: "private/sealed/0000000000000001")
        _ = try place.shell("mv kept consent.ledger/private/sealed")
        try place.succeed(["history", Self.contact])
    }

    @Test func aJournalOfAnotherLedgerIsNeitherAskedNorWritten() throws {
        let place = try Workplace.withLedger()
        let other = try Workplace.withLedger()
        try place.succeed(["opt-in", Self.contact, "--notice", "web"])
        try other.succeed(["opt-in", Self.contact, "--notice", "web", "--id", "form-1"])
        let journal = "consent.ledger/private/journal"
        _ = try place.shell("mv \(journal) kept && cp -a \(other.path(journal)) \(journal)")
        try Self.expectRefusal(place, 2, says: "private/journal/0000000000000001")
        _ = try place.shell("rm -r \(journal) && mv kept \(journal)")
        try place.succeed(Self.question)
    }

    @Test func aLogThatWasRolledBackIsNeitherAskedNorWritten() throws {
        let place = try Workplace.withLedger()
        try place.succeed(["opt-in", Self.contact, "--notice", "web"])
        _ = try place.shell("cp -a consent.ledger/log older")
        try place.succeed(["opt-out", Self.contact])
        _ = try place.shell("mv consent.ledger/log newer && mv older consent.ledger/log")
        _ = try place.shell("mv consent.ledger/private/journal kept && mkdir consent.ledger/private/journal")
        try Self.expectRefusal(place, 2, says: "restore")
        // With its journal it is completed, and says what it said.
        _ = try place.shell("rmdir consent.ledger/private/journal && mv kept consent.ledger/private/journal")
        let denied = try place.run(Self.question)
        #expect(denied.status == 1 && denied.output.contains("6 records"), "\(denied)")
        #expect(
            try place.ledgerContents()["log/checkpoint"]
                == FileManager.default.contents(atPath: place.path("newer/checkpoint")))
        try place.succeed(["verify", "--index"])
    }

    @Test(arguments: ["no database", "", "SQLite format 3\0 and no more"])
    func anIndexThatCannotBeReadIsMadeAnew(_ garbage: String) throws {
        for first in [Self.question, ["opt-in", Self.contact, "--notice", "web", "--id", "form-1"], ["replay"]] {
            let place = try Workplace.withLedger()
            try place.succeed(["opt-in", Self.contact, "--notice", "web", "--id", "form-1"])
            _ = try place.shell("rm -f consent.ledger/private/index.sqlite-*")
            try place.write(garbage, to: "consent.ledger/private/index.sqlite")
            let outcome = try place.succeed(first)
            #expect(outcome.errors.contains("index.sqlite.unreadable") == (first != Self.question && !garbage.isEmpty))
            if !garbage.isEmpty {
                let aside = try String(
                    contentsOfFile: place.path("consent.ledger/private/index.sqlite.unreadable"), encoding: .utf8)
                #expect(aside == garbage)
            }
            try place.succeed(Self.question)
            try place.succeed(["verify", "--index"])
        }
    }

    /// Damage that only shows where it is read.
    @Test func anIndexWithDamagedPagesIsNamedAndMadeAnewByReplay() throws {
        let place = try Workplace.withLedger()
        try place.succeed(["opt-in", Self.contact, "--notice", "web"])
        _ = try place.shell("rm -f consent.ledger/private/index.sqlite-*")
        let path = place.path("consent.ledger/private/index.sqlite")
        var bytes = try #require(FileManager.default.contents(atPath: path))
        // All pages but the first, of 4,096 bytes, which has the schema.
        bytes.replaceSubrange(4096..., with: Data(repeating: 0xa5, count: bytes.count - 4096))
        try bytes.write(to: URL(fileURLWithPath: path))
        let answer = try place.run(Self.question)
        #expect(answer.status == 0 || answer.status == 66, "\(answer)")
        let replayed = try place.succeed(["replay"])
        #expect(replayed.output.contains("none before that could be read"), "\(replayed)")
        try place.succeed(Self.question)
        try place.succeed(["verify", "--index"])
    }

    @Test(arguments: ["no database", "SQLite format 3\0 and no more"])
    func aRegistryThatCannotBeReadIsToBeRestored(_ garbage: String) throws {
        let place = try Workplace.withLedger()
        try place.succeed(["opt-in", Self.contact, "--notice", "web"])
        _ = try place.shell("cp -a consent.ledger/private kept; rm -f consent.ledger/private/registry.sqlite-*")
        try place.write(garbage, to: "consent.ledger/private/registry.sqlite")
        try Self.expectRefusal(place, 66, "unreadable-database", says: "restore it from its backup")
        _ = try place.shell("rm -r consent.ledger/private && mv kept consent.ledger/private")
        try place.succeed(Self.question)
    }

    @Test func aRevokedSourceGetsAFreshKey() throws {
        let place = try Workplace.withLedger()
        let optIn = ["opt-in", Self.contact, "--notice", "web", "--source", "shop"]
        try place.succeed(["source", "add", "shop"])
        try place.succeed(["source", "revoke", "shop"])
        #expect(try place.run(optIn).status == 77)
        try place.succeed(["source", "add", "shop"])
        try place.succeed(optIn)
        let keys = try FileManager.default.contentsOfDirectory(atPath: place.path("consent.ledger/private/keys"))
            .filter { $0.hasPrefix("source-shop.") }
        #expect(keys.count == 2)
        for key in keys {
            let path = place.path("consent.ledger/private/keys/" + key)
            #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o600)
        }
        try place.succeed(["verify", "--index"])
    }

    @Test func resumeSaysWhatItUndid() throws {
        let place = try Workplace.withLedger()
        try place.succeed(["opt-in", Self.contact, "--notice", "web"])
        let resume = ["resume", Self.contact, "--via", "whatsapp"]
        let nothing = try place.succeed(resume)
        #expect(nothing.output.hasPrefix("Nothing was there to undo") && nothing.output.contains("(record 5)"))
        try place.succeed(["opt-out", Self.contact, "--via", "whatsapp"])
        try place.succeed(["opt-out", Self.contact, "--via", "sms"])
        let undone = try place.succeed(resume + ["--json"])
        #expect(try undone.member("undone") == [6])
        #expect(try place.run(Self.question).status == 1)
        let other = try place.succeed(["resume", Self.contact, "--via", "sms"])
        #expect(other.output.contains("this undoes record 7 (record 9)"), "\(other)")
        try place.succeed(Self.question)
        try place.succeed(["verify", "--index"])
    }
}
