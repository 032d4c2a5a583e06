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
        #expect(again.output.hasPrefix("Acme Viajes keeps nothing of +346…222 but a suppression"))
        // Unlike anybody else, they are not told apart from who never was here.
        let (gone, never) = (try place.run(Self.check(Self.ana)), try place.run(Self.check("+34600555666")))
        func answer(_ outcome: Workplace.Outcome) -> String {
            // How long ago the last record is, in seconds, follows.
            outcome.output.replacing(/\+346…\d+/, with: "").components(separatedBy: "; the last is of")[0]
        }
        #expect(answer(gone) == answer(never))
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

    /// Who signs up again after asking to go may mean either: it is told, and taken back when they say so.
    @Test func aRequestIsTakenBack() throws {
        let place = try Self.place()
        let nothing = try place.run(["erase", Self.ana, "--take-back"])
        #expect(nothing.status == 65 && nothing.errors.contains("nobody asked"))
        for _ in 0..<2 { try place.succeed(["erase", Self.ana, "--retention", "30d"]) }
        let optIn = try place.succeed(["opt-in", Self.ana, "--notice", "web"])
        #expect(optIn.errors.contains("asked to be erased (record 7)") && optIn.errors.contains("--take-back"))
        #expect(try place.run(Self.check(Self.ana)).status == 1)
        let taken = try place.succeed(["erase", Self.ana, "--take-back"])
        #expect(taken.output.hasPrefix("The request to erase +346…222 is taken back"))
        #expect(try place.run(Self.check(Self.ana)).status == 0)
        #expect(try place.succeed(["history", Self.ana]).output.contains("192.0.2.7"), "nothing is shut")
        #expect(try place.succeed(["opt-in", Self.ana, "--notice", "web"]).errors.isEmpty)
        #expect(try place.run(["erase", Self.ana, "--take-back"]).status == 65)
        for other in [["--now"], ["--retention", "3d"], ["-o", "x"]] {
            #expect(try place.run(["erase", Self.ana, "--take-back"] + other).status == 64)
        }
        try isWhole(place)
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
        #expect(try place.succeed(["retention", "apply"]).output == "Acme Viajes: 0 contacts erased.\n")
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
            (["hold", "add", "ana-garcia-34600111222", "--reason", "x"], 65),
            (["hold", "add", "a", "--reason", "of-600111222"], 65),
            (["erase", "+34600111222", "--retention", "0d"], 64), (["retention", "report", "--keep", "0s"], 64),
            (["retention", "apply", "--dry-run", "--letters", "x"], 64),
            (["letter", "+34600111222", "4"], 65), (["letter", "+34600111222", "99"], 65),
            (["letter", "+34600111222"], 64), (["attachment", "open", "4", "-o", "x"], 65),
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

    // MARK: Letters

    private func text(_ name: String, _ place: Workplace) throws -> String {
        try String(contentsOfFile: place.path(name), encoding: .utf8)
    }

    private func verifyProof(_ name: String, _ place: Workplace) throws {
        let vkey = try text("consent.ledger/log/log.vkey", place)
        try place.succeed(["verify-proof", name, "--vkey", String(vkey.dropLast())])
    }

    /// Whoever is erased gets their letter, whatever becomes of the proof; and both can be written again.
    @Test func theLetterIsWrittenWhateverBecomesOfTheProof() throws {
        let place = try Self.place()
        try place.write("", to: "letter.txt.6.tlog-proof")
        let outcome = try place.run(["erase", Self.ana, "--now", "-o", "letter.txt"])
        #expect(outcome.status == 65 && outcome.output == "Erased: +346…222 (record 6).\n")
        #expect(outcome.errors.contains("+346…222 is erased (record 6); the letter is written, its proof is not"))
        #expect(outcome.errors.contains("consent letter CONTACT 6 -o FILE"))
        #expect(try text("letter.txt", place).contains("Ask us for the proof"))
        let again = try place.succeed(["letter", Self.ana, "6", "-o", "again.txt"])
        #expect(again.output == "again.txt: the letter to +346…222.\n")
        let proof = "The proof that it is in the log: again.txt.6.tlog-proof"
        #expect(
            try text("again.txt", place).replacing(proof, with: "Ask us for the proof that it is in the log")
                == text("letter.txt", place))
        try verifyProof("again.txt.6.tlog-proof", place)
        let json = try place.succeed(["letter", Self.ana, "6", "--json", "--language", "es"])
        #expect(try json.member("letter", as: String.self).contains("Sus datos han sido suprimidos: \(Self.ana)"))
        #expect(try json.member("proofs", as: [String].self).count == 1)
        #expect(try place.run(["letter", Self.ana, "6", "-o", "again.txt"]).status == 65, "nothing is overwritten")
        try isWhole(place)
    }

    /// A suppression can be deleted too, by who asks for it.
    @Test func aSuppressionGoesToo() throws {
        let place = try Self.place()
        try place.succeed(["erase", Self.ana, "--now"])
        try place.write("contact,status\n\(Self.ana),opt-in\n", to: "list.csv")
        let list = ["import", "list.csv", "--format", "csv", "--notice", "web"]
        #expect(try place.run(list).status == 65)
        let gone = try place.succeed(["erase", Self.ana, "--now", "--forget-completely"])
        #expect(gone.output == "Deleted: the suppression of +346…222; Acme Viajes has no record of it.\n")
        let again = try place.succeed(["erase", Self.ana, "--now", "--forget-completely"])
        #expect(again.output == "Acme Viajes keeps nothing of +346…222; there is nothing to erase.\n")
        try place.succeed(list)
        try isWhole(place)
    }

    /// The letter of a request says what will stay, a suppression too, and has its proof; that of a hold says no more of it than
    /// is on record.
    @Test func theLetterOfARequestSaysWhatStays() throws {
        let place = try Self.place()
        try place.succeed(["hold", "add", "audit", "--reason", "x", "--contact", Self.ana])
        try place.succeed(["erase", Self.ana, "--retention", "30d", "-o", "letter.txt"])
        let letter = try text("letter.txt", place)
        #expect(letter.contains("keyed hash of your address") && letter.contains("without a time limit"))
        #expect(
            letter.contains("records in a log that cannot be altered") && letter.contains("letter.txt.7.tlog-proof"))
        #expect(letter.contains("on record as “x”") && !letter.contains("legal duty"))
        try verifyProof("letter.txt.7.tlog-proof", place)
        try place.succeed(["letter", Self.ana, "7", "-o", "again.txt"])
        #expect(
            try text("again.txt", place).replacing("again.txt.7", with: "letter.txt.7") == letter)
        let spanish = try place.succeed(["letter", Self.ana, "7", "--language", "es"]).output
        #expect(spanish.contains("resumen criptográfico") && spanish.contains("«x»") && spanish.contains("diario"))
        // Of another person, and of a request that was followed by another.
        #expect(try place.run(["letter", Self.ben, "7"]).status == 65)
        try place.succeed(["erase", Self.ana, "--retention", "60d"])
        let earlier = try place.run(["letter", Self.ana, "7"])
        #expect(earlier.status == 65 && earlier.errors.contains("record 8"))
        try isWhole(place)
    }

    // MARK: Retention

    /// Records a request whose date has come.
    private func ask(_ contact: String, _ place: Workplace) throws {
        let event =
            #"{"type":"consent-withdrawn","contact":"\#(contact)","do-not-contact":true,"#
            + #""reason":"erasure-requested","private":{"erase-at":"2020-01-01"}}"#
        try place.write(event + "\n", to: "ask.jsonl")
        try place.succeed(["append", "ask.jsonl"])
    }

    /// Everybody whose date has come goes, whoever has changed their number too; who is held stays, and stops nobody else.
    @Test func retentionDeletesAndWritesLetters() throws {
        let place = try Self.place()
        try place.succeed(["opt-in", "+34600555666", "--notice", "web"])
        for contact in [Self.ana, Self.ben] { try ask(contact, place) }
        try place.write(
            #"{"type":"contact-changed","contact":"+34600777888","other-contact":"\#(Self.ana)"}"# + "\n",
            to: "changed.jsonl")
        try place.succeed(["append", "changed.jsonl"])
        try place.succeed(["hold", "add", "case-1", "--reason", "litigation", "--contact", Self.ben])
        let dry = try place.succeed(["retention", "apply", "--dry-run"])
        #expect(
            dry.output.hasPrefix("\(Self.ana): no longer has this address; asked to be erased, and the date has come")
                && dry.output.hasSuffix("Acme Viajes: 1 contact would be erased; nothing was done.\n"), "\(dry.output)")
        let report = try place.succeed(["retention", "report", "--json"])
        let contacts = try report.member("contacts", as: [[String: Any]].self)
        #expect(
            Set(contacts.map { "\($0["contact"] ?? "") \($0["verdict"] ?? "") \($0["holder"] ?? "")" }) == [
                "\(Self.ana) may-go nobody", "\(Self.ben) held itself", "+34600777888 undated itself",
            ])
        let applied = try place.succeed(["retention", "apply", "--letters", "letters", "--language", "es"])
        #expect(applied.output.contains("(record 11)") && applied.output.hasSuffix("Acme Viajes: 1 contact erased.\n"))
        #expect(try place.shell("ls letters").output == "contacts.csv\nrecord-11.txt\nrecord-11.txt.11.tlog-proof\n")
        let letter = try text("letters/record-11.txt", place)
        #expect(letter.contains("Sus datos han sido suprimidos: \(Self.ana)") && letter.contains("record-11.txt.11"))
        #expect(!letter.contains("Usted no lo había solicitado"))
        #expect(try text("letters/contacts.csv", place).contains("\(Self.ana),"))
        try verifyProof("letters/record-11.txt.11.tlog-proof", place)
        #expect(try place.run(["retention", "apply", "--letters", "letters"]).status == 65, "nothing is overwritten")
        #expect(try place.succeed(["retention", "apply"]).output == "Acme Viajes: 0 contacts erased.\n")
        try place.write("contact,status\n\(Self.ana),opt-in\n", to: "old.csv")
        #expect(try place.run(["import", "old.csv", "--format", "csv", "--notice", "web"]).status == 65, "suppressed")
        #expect(try place.succeed(["history", Self.ben, "--legal-access", "case 1"]).output.contains("192.0.2.7"))
        try isWhole(place)
    }

    /// An address that somebody else has now: whoever had it before goes without a letter and without a suppression.
    @Test func whoHadAnAddressBeforeGoesQuietly() throws {
        let place = try Self.place()
        try ask(Self.ana, place)
        try place.write(#"{"type":"contact-reassigned","contact":"\#(Self.ana)"}"# + "\n", to: "reassigned.jsonl")
        try place.succeed(["append", "reassigned.jsonl"])
        try place.succeed(["opt-in", Self.ana, "--notice", "web"])
        let applied = try place.succeed(["retention", "apply", "--letters", "letters"])
        #expect(applied.output.contains("had this address before somebody else"))
        #expect(try place.shell("ls letters").output == "contacts.csv\n")
        #expect(try place.run(Self.check(Self.ana)).status == 0)
        try place.write("contact,status\n\(Self.ana),opt-in\n", to: "list.csv")
        try place.succeed(["import", "list.csv", "--format", "csv", "--notice", "web"])
        try isWhole(place)
    }

    /// Who never asked is told why, too.
    @Test func theLetterOfWhoseTimeIsOverSaysWhy() throws {
        let place = try Self.place()
        try place.succeed(["opt-out", Self.ana])
        // The time counts from the last record, which is of this second.
        while try place.succeed(["retention", "apply", "--keep", "1s", "--letters", "letters-\(UUID().uuidString)"])
            .output.contains("0 contacts erased")
        {}
        let letters = try place.shell("cat letters-*/record-*.txt").output
        #expect(letters.contains("You had not asked us to") && letters.contains(Self.ana))
        try isWhole(place)
    }

    // MARK: What is shut

    @Test func attachmentsOfWhoAskedToBeErasedAreShut() throws {
        let place = try Self.place()
        try place.write("scan", to: "scan.pdf")
        try place.succeed(["attach", Self.ana, "scan.pdf"])
        try place.succeed(["erase", Self.ana, "--retention", "100d"])
        for access in [[], ["--legal-access", ""], ["--legal-access", " \t "]] {
            for arguments in [["attachment", "list", Self.ana], ["attachment", "open", "6", "-o", "out.pdf"]] {
                let shut = try place.run(arguments + access)
                #expect(shut.status == 77 && shut.errors.contains("--legal-access"), "\(arguments + access)")
                #expect(!shut.output.contains("scan.pdf"))
            }
        }
        #expect(!FileManager.default.fileExists(atPath: place.path("out.pdf")))
        let access = ["--legal-access", "case 117"]
        #expect(try place.succeed(["attachment", "list", Self.ana] + access).output.contains("scan.pdf"))
        try place.succeed(["attachment", "open", "6", "-o", "out.pdf"] + access)
        #expect(try text("out.pdf", place) == "scan")
        let looks =
            try place.succeed(["history", Self.ana] + access).output
            .components(separatedBy: "why: case 117").count - 1
        #expect(looks == 3, "every look is recorded")
        // Whoever has the number later is somebody else: what is the first one's stays shut, and the look is theirs.
        try place.write(#"{"type":"contact-reassigned","contact":"\#(Self.ana)"}"# + "\n", to: "reassigned.jsonl")
        try place.succeed(["append", "reassigned.jsonl"])
        try place.succeed(["opt-in", Self.ana, "--notice", "web"])
        #expect(try place.run(["attachment", "open", "6", "-o", "later.pdf"]).status == 77)
        try place.succeed(["attachment", "open", "6", "-o", "later.pdf", "--legal-access", "case 118"])
        #expect(try !place.succeed(["history", Self.ana]).output.contains("case 118"))
        try isWhole(place)
    }

    // MARK: Holds

    @Test func aHoldUntilADayHoldsOnThatDay() throws {
        let place = try Self.place()
        #expect(
            try place.succeed(["hold", "add", "a", "--reason", "x", "--until", "2099-01-01"]).output
                == "Held: everything of Acme Viajes until 2099-01-02T00:00:00Z (record 6).\n")
        #expect(
            try place.succeed(["hold", "add", "b", "--reason", "x", "--until", "2099-01-01T12:00:00Z"]).output
                .contains("until 2099-01-01T12:00:00Z"))
        let refused = try place.run(["hold", "add", "ana-34600111222", "--reason", "x"])
        #expect(refused.errors.contains("digits in a row"))
        #expect(try place.run(["erase", Self.ana, "--retention", "0d"]).errors.contains("such as 90s"))
        try isWhole(place)
    }

    // MARK: What is missing

    /// A file of sealed parts that is gone: whom that affects is said, person by person.
    @Test func aSegmentThatIsGoneIsToldOfEachPerson() throws {
        let place = try Self.place()
        try FileManager.default.removeItem(atPath: place.path("consent.ledger/private/sealed/0000000000000001"))
        #expect(try place.run(["history", Self.ana]).status == 66)
        let outcome = try place.run(["registry", "check"])
        #expect(outcome.status == 2 && outcome.output.hasPrefix("Does not hold.\n2 contacts kept, 0 erased;"))
        for contact in [Self.ana, Self.ben] { #expect(outcome.output.contains("facts-missing (\(contact))")) }
        #expect(outcome.output.contains("parts-damaged: private/sealed/0000000000000001"))
    }
}
