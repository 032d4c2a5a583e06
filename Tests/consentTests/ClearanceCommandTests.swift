import ConsentLedger
import ConsentModel
import Foundation
import Glibc
import LedgerCrypto
import Testing
import TransparencyLog

/// Clearances as files, through the built program: given on one side, checked on the other.
@Suite struct ClearanceCommandTests {
    /// Acme Viajes with one person who opted in and one who opted out again; what an auditor pins.
    struct World {
        static let yes = "+34600111222"
        static let no = "+34600111333"

        let place: Workplace
        let pins: [String]

        init() throws {
            place = try Workplace()
            let made = try place.succeed(["init", "--business", "Acme Viajes", "--json"])
            pins = ["--vkey", try made.member("vkey"), "--ledger-id", try made.member("ledger-id")]
            try place.write("Acepto ofertas de Acme Viajes por WhatsApp. BAJA para salir.\n", to: "optin.txt")
            try place.succeed([
                "notice", "add", "web", "--file", "optin.txt", "--language", "es", "--channel", "whatsapp",
                "--category", "marketing",
            ])
            for arguments in [
                ["opt-in", Self.yes, "--notice", "web"], ["opt-in", Self.no, "--notice", "web"], ["opt-out", Self.no],
            ] { try place.succeed(arguments) }
        }

        @discardableResult
        func check(_ contact: String, _ more: [String]) throws -> Workplace.Outcome {
            try place.run(["check", contact, "--category", "marketing", "--channel", "whatsapp"] + more)
        }

        func verify(_ file: String, _ more: [String] = []) throws -> Workplace.Outcome {
            try place.run(["clearance", "verify", file] + pins + more)
        }

        func text(_ name: String) throws -> String { try String(contentsOfFile: place.path(name), encoding: .utf8) }
    }

    @Test func theExitStatusOfAVerificationIsTheAnswer() throws {
        let world = try World()
        let yes = try world.check(World.yes, ["--clearance", "yes.clearance", "--ref", "order 4711"])
        #expect(yes.status == 0 && yes.output.contains("The answer is signed in yes.clearance, good until "))
        let no = try world.check(World.no, ["--clearance", "no.clearance", "--json"])
        #expect(no.status == 1)
        let signed = try no.member("clearance", as: [String: Any].self)
        #expect(signed["file"] as? String == "no.clearance" && signed["uncounted"] as? Bool == false)
        for name in ["yes.clearance", "no.clearance"] {
            let mode = try FileManager.default.attributesOfItem(atPath: world.place.path(name))[.posixPermissions]
            #expect(mode as? Int == 0o600, "the address is in it, in clear")
        }

        let verified = try world.verify("yes.clearance", ["--contact", World.yes, "--channel", "whatsapp"])
        #expect(verified.status == 0)
        #expect(verified.output.hasPrefix("Yes. acme-viajes asked to message +346…222 about marketing on WhatsApp at "))
        #expect(verified.output.contains("ref        order 4711\n"))
        #expect(verified.output.contains("Not covered:\n"))
        let denied = try world.verify("no.clearance")
        #expect(denied.status == 1 && denied.output.hasPrefix("No. "))
        #expect(denied.output.contains("withdrawn: the person opted out"))
        let read = try world.place.run(
            ["clearance", "verify", "-", "--json"] + world.pins, input: try world.text("yes.clearance"))
        #expect(read.status == 0)
        #expect(try read.member("holds") == true)
        let decision = try read.member("decision", as: [String: Any].self)
        #expect(decision["contact"] as? String == World.yes && decision["outcome"] as? String == "allow")
    }

    @Test func whatDoesNotHoldExitsTwo() throws {
        let world = try World()
        try world.check(World.yes, ["--clearance", "yes.clearance", "--valid-for", "1h"])
        let clearance = try world.text("yes.clearance")
        let cases: [(arguments: [String], code: String)] = [
            (["--at", "2020-01-01T00:00:00Z"], "not-yet"), (["--at", "2099-01-01T00:00:00Z"], "expired-clearance"),
            (["--contact", World.no], "other-subject"), (["--channel", "sms"], "other-subject"),
            (["--category", "utility"], "other-subject"),
        ]
        for (arguments, code) in cases {
            let outcome = try world.verify("yes.clearance", arguments)
            #expect(outcome.status == 2 && outcome.output.hasPrefix("Does not hold. 1 finding."), "\(arguments)")
            let told = try world.verify("yes.clearance", arguments + ["--json"])
            let findings = try told.member("findings", as: [[String: Any]].self)
            #expect(findings.compactMap { $0["code"] as? String } == [code], "\(arguments)")
        }
        let zeros = String(repeating: "0", count: 64)
        let other = ["clearance", "verify", "yes.clearance", "--vkey", world.pins[1], "--ledger-id", zeros]
        #expect(try world.place.run(other).status == 2)
        try world.place.write(clearance.replacing("log-size 7", with: "log-size 8"), to: "changed.clearance")
        #expect(try world.verify("changed.clearance").status == 2)
        // What is no clearance at all is wrong input, as a missing file cannot be read.
        try world.place.write(clearance + "\n", to: "longer.clearance")
        #expect(try world.verify("longer.clearance").status == 65)
        try world.place.write("Yes.\n", to: "word.clearance")
        #expect(try world.verify("word.clearance").status == 65)
        #expect(try world.verify("nothing.clearance").status == 66)
        let day = try world.verify("yes.clearance", ["--at", "2026-11-22"])
        #expect(day.status == 65, "a day is no moment of sending")
        #expect(try world.verify("yes.clearance", ["--channel", "pigeon"]).status == 65)
        #expect(try world.verify("").status == 64)
        #expect(try world.place.run(["clearance", "verify", "yes.clearance"]).status == 64, "nothing is pinned")
        #expect(try world.place.run(["clearance", "verify", "yes.clearance"] + world.pins.prefix(2)).status == 64)
    }

    /// A decision clears the message that was asked about: not one for another purpose, of another sender or business.
    @Test func whatIsClearedForAnotherPurposeOrSenderClearsNoMessage() throws {
        let world = try World()
        let place = world.place
        let gateway = ["--contact", World.no, "--channel", "whatsapp", "--category", "marketing"]
        func codes(_ file: String, _ more: [String]) throws -> [String] {
            let told = try world.verify(file, more + ["--json"])
            #expect(told.status == 2, "\(more)")
            return try told.member("findings", as: [[String: Any]].self).compactMap { $0["code"] as? String }
        }
        // The one confirmation of an opt-out, which names what it is about as a marketing message would.
        try place.succeed(["opt-out", World.no, "--via", "whatsapp"])
        let confirmation = ["--for", "opt-out-confirmation", "--clearance"]
        #expect(
            try world.check(World.no, confirmation + ["bye.clearance"]).status == 64, "it is for one, and not counted")
        #expect(try world.check(World.no, confirmation + ["bye.clearance", "--reserve"]).status == 0)
        #expect(try codes("bye.clearance", gateway) == ["other-subject"])
        #expect(try codes("bye.clearance", []) == ["other-subject"], "a plain verification is of a message")
        #expect(try codes("bye.clearance", ["--for", "confirmation-request"]) == ["other-subject"])
        let due = try world.verify("bye.clearance", gateway + ["--for", "opt-out-confirmation"])
        #expect(due.status == 0 && due.output.contains("purpose    opt-out-confirmation\n"))
        try place.write("\(World.no)\n", to: "people.txt")
        let screened = try place.run([
            "screen", "people.txt", "--category", "marketing", "--channel", "whatsapp", "--for", "opt-out-confirmation",
            "-o", "answers.csv", "--clearances", "campaign",
        ])
        #expect(screened.status == 64)

        try place.succeed(["sender", "add", "alerts", "--address", "+34910000009", "--channel", "whatsapp"])
        try world.check(World.yes, ["--clearance", "any.clearance"])
        #expect(try codes("any.clearance", ["--for", "opt-out-confirmation"]) == ["other-subject"])
        #expect(try codes("any.clearance", ["--business", "beta"]) == ["other-subject"])
        #expect(try world.verify("any.clearance", ["--sender", "alerts", "--business", "acme-viajes"]).status == 0)
        try world.check(World.yes, ["--sender", "alerts", "--clearance", "alerts.clearance"])
        #expect(try codes("alerts.clearance", []) == ["other-subject"], "it is for one sender")
        #expect(try codes("alerts.clearance", ["--sender", "news"]) == ["other-subject"])
        let sent = try world.verify("alerts.clearance", ["--sender", "alerts"])
        #expect(
            sent.status == 0 && sent.output.contains("business   acme-viajes\nsender     alerts\npurpose    message\n"))
        #expect(
            try codes("any.clearance", ["--category", "marketing", "--category", "utility"]) == ["other-subject"],
            "each must be cleared")
        try place.succeed(["verify"])
    }

    /// Whoever verifies a clearance sees nothing of its ledger, so that one of a TEST ledger would be taken for a yes.
    @Test func aTestLedgerSignsNone() throws {
        let place = try Workplace.withLedger(test: true)
        try place.succeed(["opt-in", World.yes, "--notice", "web"])
        let question = ["--category", "marketing", "--channel", "whatsapp"]
        let refused = try place.run(["check", World.yes, "--clearance", "yes.clearance"] + question)
        #expect(refused.status == 64 && refused.output.isEmpty)
        #expect(refused.errors.contains("a TEST ledger signs no clearances"))
        #expect(
            try place.run(["check", World.yes, "--reserve", "--clearance", "yes.clearance"] + question).status == 64)
        try place.write("\(World.yes)\n", to: "people.txt")
        let screened = try place.run(
            ["screen", "people.txt", "-o", "answers.csv", "--clearances", "campaign"] + question)
        #expect(screened.status == 64)
        for name in ["yes.clearance", "answers.csv", "campaign"] {
            #expect(!FileManager.default.fileExists(atPath: place.path(name)), "\(name)")
        }
        let listed = try place.succeed(["uses", World.yes])
        #expect(listed.output == "No message is counted for +346…222.\n", "what is not cleared is not counted")
        try place.succeed(["verify"])
    }

    /// Every directory of the vectors, through the built program: which files are there is part of them.
    @Test func aDirectoryIsJudgedAsTheVectorsSay() throws {
        let vectors = packageRoot.appendingPathComponent("ledger/vectors/clearance-directory")
        let names = try FileManager.default.contentsOfDirectory(atPath: vectors.path).sorted()
        #expect(names.count > 20)
        for name in names {
            let data = try Data(contentsOf: vectors.appendingPathComponent(name))
            let vector = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
            let place = try Workplace()
            try FileManager.default.createDirectory(atPath: place.path("campaign"), withIntermediateDirectories: true)
            if let note = vector["clearance"] as? String { try place.write(note, to: "campaign/clearance") }
            if let leaves = vector["leaves-hex"] as? String {
                let bytes = try #require(Hexadecimal.decode(leaves))
                try Data(bytes).write(to: URL(fileURLWithPath: place.path("campaign/leaves")))
            }
            let at = try #require((vector["at"] as? UInt64).flatMap { Timestamp(milliseconds: $0) })
            let outcome = try place.run([
                "clearance", "verify", "campaign", "--json", "--vkey", vector["vkey"] as? String ?? "", "--ledger-id",
                vector["ledger-id-hex"] as? String ?? "", "--at", at.description,
            ])
            switch vector["code"] as? String {
            case nil: #expect(outcome.status == 0, "\(name): \(outcome.output)")
            case "cannot-be-read": #expect(outcome.status == 66, "\(name)")
            case "not-a-clearance": #expect(outcome.status == 65, "\(name)")
            case let code?:
                #expect(outcome.status == 2, "\(name)")
                let findings = try outcome.member("findings", as: [[String: Any]].self)
                #expect(
                    findings.contains {
                        $0["code"] as? String == code && $0["level"] as? String == vector["layer"] as? String
                    },
                    "\(name): \(findings)")
            }
        }
    }

    /// A pipe in the place of one of the two files is not waited for.
    @Test func whatIsNoFileInADirectoryIsNotRead() throws {
        let place = try Workplace()
        try FileManager.default.createDirectory(atPath: place.path("campaign"), withIntermediateDirectories: true)
        let arguments = ["clearance", "show", "campaign"]
        try #require(mkfifo(place.path("campaign/clearance"), 0o600) == 0)
        #expect(try place.run(arguments).status == 66)
        try FileManager.default.removeItem(atPath: place.path("campaign/clearance"))
        try FileManager.default.createDirectory(
            atPath: place.path("campaign/clearance"), withIntermediateDirectories: true)
        #expect(try place.run(arguments).status == 66)
    }

    @Test func itIsAnchoredConfirmedAndComputedAgain() throws {
        let world = try World()
        let place = world.place
        try world.check(World.no, ["--clearance", "no.clearance"])
        let missing = try place.run(["clearance", "confirm", "no.clearance"])
        #expect(missing.status == 2 && missing.output.hasPrefix("Not anchored. "))
        #expect(
            try place.succeed(["clearance", "anchor", "no.clearance"]).output.hasPrefix("Anchored 1 decision, root "))
        let again = try place.succeed(["clearance", "anchor", "no.clearance"])
        #expect(again.output.contains("recorded already (record 7)"))
        try FileManager.default.copyItem(atPath: place.path("consent.ledger/log"), toPath: place.path("log"))
        for arguments in [[], ["--log", "log"] + world.pins] {
            let confirmed = try place.succeed(["clearance", "confirm", "no.clearance", "--json"] + arguments)
            #expect(try confirmed.member("index") == 7 && confirmed.member("in-time") == true)
        }
        try place.succeed(["prove", "inclusion", "7", "-o", "7.tlog-proof"])
        try place.succeed(["prove", "inclusion", "4", "-o", "4.tlog-proof"])
        let proven = try place.succeed(
            ["clearance", "confirm", "no.clearance", "--proof", "7.tlog-proof"] + world.pins)
        #expect(proven.output.hasPrefix("Anchored. Record 7, of "))
        let unproven = try place.run(["clearance", "confirm", "no.clearance", "--proof", "4.tlog-proof"] + world.pins)
        #expect(unproven.status == 2)

        try place.succeed(["opt-in", World.no, "--notice", "web"])
        let same = try place.succeed(["clearance", "replay", "no.clearance"])
        #expect(same.output.hasPrefix("The same. Computed again from the first 7 records"))
        let bare = try place.succeed(["clearance", "replay", "no.clearance", "--log", "log"] + world.pins)
        #expect(bare.output.contains("a copy of the log knows no addresses"))
        #expect(try place.succeed(["clearance", "replay", "no.clearance", "--json"]).member("same") == true)
        let verified = try place.run(["verify", "log"] + world.pins)
        #expect(verified.status == 0)
    }

    /// Anchored together with others, as a server does it, it is confirmed by what leads to the record, by any way to it.
    @Test func whatLeadsToTheRecordConfirmsIt() throws {
        let world = try World()
        let place = world.place
        for name in ["ana", "ben", "eva"] { try world.check(World.no, ["--clearance", "\(name).clearance"]) }
        let location = try LedgerLocation(directory: place.path("consent.ledger"))
        let clearances = try ["ana", "ben"].map {
            try ClearanceFile(parsing: Array(world.text("\($0).clearance").utf8)).signed.clearance
        }
        let writer = try LedgerWriter(location)
        let given = try GivenClearances(writing: location)
        try given.keep(clearances.map { GivenClearances.Given($0, business: "acme-viajes") })
        let waiting = try place.run(["clearance", "confirm", "ana.clearance"])
        #expect(waiting.status == 2 && waiting.output.hasPrefix("Not anchored. "))
        let early = try place.run(["prove", "anchor", "ana.clearance", "-o", "early.anchor"])
        #expect(early.status == 65 && early.errors.contains("has no record yet"))
        #expect(try given.anchor(with: writer, reading: Ledger(location)) == [7])
        try writer.close()
        try place.succeed(["prove", "anchor", "ana.clearance", "-o", "ana.anchor"])
        try place.write(place.succeed(["prove", "anchor", "ben.clearance"]).output, to: "ben.anchor")
        for (name, clearance) in zip(["ana", "ben"], clearances) {
            let path = try #require(try given.find(clearance.leafHash)?.path)
            #expect(try world.text("\(name).anchor") == String(decoding: path.bytes, as: UTF8.self))
        }
        let told = try place.succeed(["prove", "anchor", "ana.clearance", "--json"])
        #expect(try told.member("record") == 7 && told.member("anchor") == world.text("ana.anchor"))
        let ungiven = try place.run(["prove", "anchor", "eva.clearance"])
        #expect(ungiven.status == 65 && ungiven.errors.contains("no server gave this clearance"))
        #expect(try place.run(["prove", "anchor", "ana.clearance", "-o", "ana.anchor"]).status == 65, "it is there")
        #expect(!FileManager.default.fileExists(atPath: place.path("early.anchor")))
        try FileManager.default.copyItem(atPath: place.path("consent.ledger/log"), toPath: place.path("log"))
        for index in [6, 7] { try place.succeed(["prove", "inclusion", "\(index)", "-o", "\(index).tlog-proof"]) }

        func confirm(_ more: String...) throws -> Workplace.Outcome {
            try place.run(["clearance", "confirm", "ana.clearance"] + more + world.pins)
        }
        for more in [
            [], ["--anchor", "ana.anchor"], ["--anchor", "ana.anchor", "--log", "log"],
            ["--anchor", "ana.anchor", "--proof", "7.tlog-proof"],
        ] {
            let told = try place.succeed(["clearance", "confirm", "ana.clearance"] + more + world.pins)
            #expect(told.output.hasPrefix("Anchored. Record 7, of "), "\(told.output)")
            #expect(told.output.contains("anchors 2 clearances, and this is one"), "\(told.output)")
            let json = try place.succeed(["clearance", "confirm", "ana.clearance", "--json"] + more + world.pins)
            #expect(try json.member("index") == 7 && json.member("anchored-together") == 2)
        }
        // Without what leads there, nobody else finds the record.
        #expect(try confirm("--log", "log").status == 2)
        #expect(try confirm("--proof", "7.tlog-proof").status == 2)
        // Not another's, nor to another record.
        for more in [
            ["--anchor", "ben.anchor"], ["--anchor", "ben.anchor", "--log", "log"],
            ["--anchor", "ben.anchor", "--proof", "7.tlog-proof"],
            ["--anchor", "ana.anchor", "--proof", "6.tlog-proof"],
        ] {
            let told = try place.run(["clearance", "confirm", "ana.clearance"] + more + world.pins)
            #expect(told.status == 2, "\(more): \(told.output)\(told.errors)")
            #expect(told.output.hasPrefix("Not anchored. The anchor file names record 7"), "\(told.output)")
        }
        let never = try place.run(["clearance", "confirm", "eva.clearance", "--anchor", "ana.anchor"])
        #expect(never.status == 2)
        // Bad files are told from files that show nothing.
        let text = try world.text("ana.anchor")
        try place.write(text.replacing("record 7", with: "record 70000"), to: "far.anchor")
        #expect(try confirm("--anchor", "far.anchor").status == 2)
        for (name, content) in [("empty", ""), ("open", String(text.dropLast())), ("long", text + text)] {
            try place.write(content, to: "\(name).anchor")
            let told = try confirm("--anchor", "\(name).anchor")
            #expect(told.status == 65 && told.errors.contains("not an anchor file"), "\(name): \(told.errors)")
        }
        try place.write(String(repeating: text, count: 100), to: "huge.anchor")
        #expect(try confirm("--anchor", "huge.anchor").status == 65)
        #expect(try confirm("--anchor", "nowhere.anchor").status == 66)
        #expect(try place.run(["verify", "log"] + world.pins).status == 0)
    }

    /// Anchored once it has ended, it does not show that it was there in time.
    @Test func whatIsAnchoredTooLateIsNotConfirmed() throws {
        let world = try World()
        let place = world.place
        try world.check(World.yes, ["--clearance", "yes.clearance", "--valid-for", "1s"])
        while try world.verify("yes.clearance").status == 0 {}
        let anchored = try place.succeed(["clearance", "anchor", "yes.clearance"])
        #expect(anchored.errors.contains("it does not show that it was there before its messages were sent"))
        let late = try place.run(["clearance", "confirm", "yes.clearance"])
        #expect(late.status == 2 && late.output.hasPrefix("Anchored too late. Record 7, of "))
        let told = try place.run(["clearance", "confirm", "yes.clearance", "--json"])
        #expect(try told.status == 2 && told.member("in-time") == false && told.member("index") == 7)
    }

    @Test func aCampaignIsCheckedWholeAndTakenApart() throws {
        let world = try World()
        let place = world.place
        try place.write("\(World.yes)\n\(World.no)\nana@example.com\n", to: "people.txt")
        let screen = [
            "screen", "people.txt", "--category", "marketing", "--channel", "whatsapp", "-o", "answers.csv",
            "--clearances", "campaign",
        ]
        try place.succeed(screen)
        let whole = try world.verify("campaign")
        #expect(whole.status == 0 && whole.output.hasPrefix("Holds. 3 decisions: 1 allow, 2 deny."))
        #expect(try world.verify("campaign", ["--contact", World.yes]).status == 64, "it is about many")
        #expect(try world.verify("campaign", ["--at", "2099-01-01T00:00:00Z"]).status == 2)

        try place.succeed(["clearance", "extract", "campaign", "--contact", World.yes, "-o", "yes.clearance"])
        try place.succeed(["clearance", "extract", "campaign", "--row", "1", "-o", "no.clearance"])
        #expect(try world.verify("yes.clearance", ["--contact", World.yes]).status == 0)
        #expect(try world.verify("no.clearance", ["--contact", World.no]).status == 1)
        let printed = try place.succeed(["clearance", "extract", "campaign", "--row", "2"])
        #expect(try place.run(["clearance", "verify", "-"] + world.pins, input: printed.output).status == 1)
        for place in [["--row", "3"], ["--contact", "+34600111999"], ["--contact", "nobody"]] {
            #expect(try world.place.run(["clearance", "extract", "campaign"] + place).status == 65, "\(place)")
        }
        #expect(try place.run(["clearance", "extract", "campaign"]).status == 64)

        // The screening anchored it; every file of it is confirmed by that one record.
        for path in ["campaign", "yes.clearance", "no.clearance"] {
            #expect(try place.succeed(["clearance", "confirm", path, "--json"]).member("index") == 7)
        }
        let same = try place.succeed(["clearance", "replay", "campaign"])
        #expect(same.output.contains("all 3 answers and their reasons are those of the clearance."))

        var leaves = try Data(contentsOf: URL(fileURLWithPath: place.path("campaign/leaves")))
        leaves.removeLast()
        try leaves.write(to: URL(fileURLWithPath: place.path("campaign/leaves")))
        for command in ["anchor", "confirm", "replay"] {
            #expect(try place.run(["clearance", command, "campaign"]).status == 2, "\(command)")
        }
        #expect(try world.verify("campaign").status == 2)
        #expect(try place.run(["clearance", "extract", "campaign", "--row", "0"]).status == 2)
    }

    @Test func anotherLedgersClearanceIsToldFromItsOwn() throws {
        let world = try World()
        try world.check(World.yes, ["--clearance", "yes.clearance"])
        try world.place.succeed(["init", "--business", "Beta", "--ledger", "other", "--test"])
        for command in ["anchor", "confirm", "replay"] {
            let outcome = try world.place.run(["clearance", command, "yes.clearance", "--ledger", "other"])
            #expect([2, 65].contains(outcome.status), "\(command): \(outcome.status)")
        }
        #expect(try world.place.succeed(["log", "--ledger", "other", "--json"]).output.contains("decisions") == false)
    }

    @Test func whatClearsNothingIsWrongUsage() throws {
        let world = try World()
        let usage: [[String]] = [
            ["--clearance", "x", "--known-at", "2099-01-01"], ["--clearance", "x", "--size", "5"], ["--ref", "a"],
            ["--valid-for", "5m"], ["--clearance", "x", "--valid-for", "2d"],
            ["--clearance", "x", "--valid-for", "soon"],
            ["--clearance", "x", "--ref", ""], ["--clearance", "x", "--ref", String(repeating: "x", count: 201)],
        ]
        for arguments in usage { #expect(try world.check(World.yes, arguments).status == 64, "\(arguments)") }
        let grid = try world.place.run(["check", World.yes, "--clearance", "x"])
        #expect(grid.status == 64)
        #expect(try world.check(World.yes, ["--clearance", "x", "--at", "2020-01-01"]).status == 65)
        #expect(!FileManager.default.fileExists(atPath: world.place.path("x")))
        // A file that is there is not overwritten, and the answer is no yes.
        try world.place.write("mine\n", to: "mine")
        #expect(try world.check(World.yes, ["--clearance", "mine"]).status == 65)
        #expect(try world.text("mine") == "mine\n")
    }

    @Test func showChecksNothingAndSaysSo() throws {
        let world = try World()
        try world.check(World.yes, ["--clearance", "yes.clearance"])
        let shown = try world.place.succeed(["clearance", "show", "yes.clearance"])
        #expect(shown.output.contains("contact    \(World.yes)\n"))
        #expect(shown.output.hasSuffix("Nothing of this was checked; “consent clearance verify” does.\n"))
        #expect(try world.place.succeed(["clearance", "show", "yes.clearance", "--json"]).member("log-size") == 7)
        #expect(try world.place.run(["clearance", "extract", "yes.clearance", "--row", "0"]).status == 65)
    }
}
