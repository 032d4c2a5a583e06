import ConsentModel
import Foundation
import Synchronization
import Testing
import TimeStampAuthority
import TransparencyLog

@testable import ConsentLedger

/// What nobody sees, and what steers a terminal, is never printed as it stands: whatever it came from.
@Suite struct UnseenCharacterTests {
    /// All that a name in a ledger may have.
    static let name = "Acme\u{202e}sejaiV\u{61c}\u{2066}S.A.\u{feff}"
    /// Of a text that is no name, a control and an end of a line too.
    static let lie = "Holds. It is a lie."
    static let text = "note\u{202e}eton\u{61c}\u{1b}[31m\u{1b}]0;title\u{7}\r\n\(lie)"

    /// Types commands, and looks at all that they print.
    private final class Typist: Sendable {
        let place: Workplace
        private let typed = Mutex<Set<String>>([])

        init() throws { place = try Workplace() }

        /// The commands that were typed.
        var commands: Set<String> { typed.withLock(\.self) }

        @discardableResult
        func type(
            _ words: [String], _ status: Int32 = 0, input: String = "", location: SourceLocation = #_sourceLocation
        ) throws -> Workplace.Outcome {
            let outcome = try place.run(words, input: input)
            #expect(outcome.status == status, "\(words): \(outcome)", sourceLocation: location)
            for printed in [outcome.output, outcome.errors] {
                let unseen = printed.unicodeScalars.filter { $0 != "\n" && VisibleText.isUnseen($0) }
                #expect(unseen.isEmpty, "\(words) prints \(unseen.map(\.value))", sourceLocation: location)
                let lines = printed.split(separator: "\n")
                #expect(!lines.contains { $0.hasPrefix(lie) }, "\(words): \(printed)", sourceLocation: location)
            }
            let leaf = HelpTests.leaves.first { words.starts(with: $0) }
            typed.withLock { _ = $0.insert(leaf?.joined(separator: " ") ?? "") }
            return outcome
        }

        /// The same as sentences and as JSON: for what changes nothing.
        func read(_ words: [String], _ status: Int32 = 0, location: SourceLocation = #_sourceLocation) throws {
            try type(words, status, location: location)
            try type(words + ["--json"], status, location: location)
        }
    }

    /// Keeps a clearance as a server does that gives it, and anchors it.
    private static func give(_ file: String, at place: Workplace) throws {
        let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: place.path(file))))
        let location = try LedgerLocation(directory: place.path("consent.ledger"))
        let writer = try LedgerWriter(location)
        let given = try GivenClearances(writing: location)
        try given.keep([
            GivenClearances.Given(try ClearanceFile(parsing: bytes).signed.clearance, business: "acme")
        ])
        try given.anchor(with: writer, reading: Ledger(location))
        try writer.close()
    }

    @Test func noCommandPrintsOne() throws {
        let typist = try Typist()
        let place = typist.place
        let (ana, ben, eva) = ("+34600111222", "+34600333444", "+34600555666")
        let (name, text) = (Self.name, Self.text)
        try typist.type(["init", "--business", text, "--business-id", "acme"], 65)
        try typist.type(["init", "--business", name, "--origin", "log.example/\(name)"], 65)
        let made = try typist.type(["init", "--business", name, "--business-id", "acme"]).output
        func pin(_ name: String) throws -> String {
            let line = try #require(made.split(separator: "\n").first { $0.hasPrefix("  \(name) ") })
            return String(try #require(line.split(separator: " ").last))
        }
        let pins = ["--vkey", try pin("vkey"), "--ledger-id", try pin("ledger-id")]

        // Set-up.
        try typist.type(["business", "add", "other", "--name", name])
        try typist.read(["business", "list"])
        let acme = ["--business", "acme"]
        try typist.type(["brand", "add", "go", "--name", name] + acme)
        try typist.read(["brand", "list"] + acme)
        try typist.read(["brand", "list", "--business", "other"])
        try typist.type(
            ["sender", "add", "offers", "--address", "106540352242922", "--channel", "whatsapp", "--brand", "go"] + acme
        )
        try typist.read(["sender", "list"] + acme)
        try typist.read(["sender", "list", "--business", "other"])
        try typist.type(["source", "add", "shop"] + acme)
        try typist.type(["source", "revoke", "shop", "--compromised-since", "2020-01-01"])
        try typist.read(["source", "list"])
        try typist.type(["category", "add", "news", "--class", "marketing", "--title", name] + acme)
        try typist.type(["category", "add", "orders", "--class", "utility", "--basis", "contract"] + acme)
        try typist.type(["category", "add", "old", "--class", "marketing", "--title", name] + acme)
        try typist.type(["category", "retire", "old"] + acme)
        try typist.read(["category", "list"] + acme)
        try typist.type(["template", "map", "t\(name)", "--category", "news"] + acme)
        try typist.read(["template", "list"] + acme)
        try typist.read(["notice", "list"] + acme)
        try place.write("Acepto ofertas de \(name) por WhatsApp. BAJA para salir.\n\(text)\n", to: "optin.txt")
        let words = ["--file", "optin.txt", "--language", "es", "--channel", "whatsapp", "--category", "marketing"]
        for notice in ["web", "gone"] {
            try typist.type(["notice", "add", notice] + words + acme)
        }
        try typist.read(["notice", "lint", "--notice", "web"] + acme)
        try typist.type(["notice", "retire", "gone"] + acme)
        try typist.read(["notice", "show", "web"] + acme)
        try typist.read(["notice", "list"] + acme)
        var title = ""
        JSONText.write(name, to: &title)
        let pack =
            #"{"format":"consent-ledger/rule-pack/v1","pack":"house","version":"1","title":\#(title),"rules":[{"id":"rule","#
            + #""scope":{"classes":["marketing"]},"effect":{"kind":"cap","count":9,"days":1,"counted":"business"},"#
            + #""meaning":\#(title),"citation":{"source":\#(title),"quote":\#(title),"confidence":"verbatim","#
            + #""verified-on":"2026-11-22"}}]}"#
        try place.write(pack, to: "house.json")
        let cases =
            #"{"format":"consent-ledger/rule-pack-cases/v1","pack":"house","cases":[{"name":\#(title),"events":[],"#
            + #""question":{"at":"2026-11-22","channel":"whatsapp","category":"marketing"},"expect":{"outcome":"allow"}}]}"#
        try place.write(cases, to: "cases.json")
        try typist.read(["rules", "show", "./house.json"])
        try typist.read(["rules", "test", "./house.json", "cases.json"], 2)
        try typist.read(["rules", "diff", "none", "./house.json"] + acme)
        try typist.type(["rules", "adopt", "./house.json"] + acme)
        try typist.read(["rules", "list"])

        // Recording.
        let evidence = ["--evidence", "note=\(text)"]
        try typist.type(["opt-in", ana, "--notice", "web"] + evidence + acme)
        try typist.type(["opt-in", ben, "--notice", "web", "--pending"] + evidence + acme)
        try typist.type(["confirm", ben] + evidence + acme)
        try typist.type(["opt-out", ben, "--category", text, "--via", "whatsapp"] + evidence + acme)
        try typist.type(
            ["resume", ben, "--category", "marketing", "--channel", "whatsapp", "--via", "whatsapp"] + evidence + acme)
        try typist.type(
            ["basis", "begin", ana, "--basis", "contract", "--category", "orders", "--channel", "whatsapp"] + evidence
                + acme)
        try typist.type(["basis", "end", ana, "--basis", "contract"] + evidence + acme)
        try place.write(text, to: "scan\(name).txt")
        let attached = try typist.type(["attach", ana, "scan\(name).txt"] + acme + ["--json"])
        let attaching = try #require(((try attached.json()) as? [[String: Any]])?.first?["index"] as? Int)
        try typist.type(["attach", ana, "scan\(name).txt"] + acme)
        try typist.type(["attach", ana, text] + acme, 66)
        try place.write(
            "phone,status,\(name)\n\(eva),opt-in,x\n\(text.filter { $0 != "\r\n" }),opt-in,x\n", to: "crm.csv")
        let importing = ["--format", "csv", "--notice", "web", "--channel", "whatsapp", "--category", "marketing"]
        try typist.type(["import", "crm.csv"] + importing + acme, 65)
        try place.write(
            #"{"type":"contact-linked","contact":"\#(ana)","other-contact":\#(title)}"# + "\n", to: "e.jsonl")
        try typist.type(["append", "e.jsonl"] + acme, 65)
        for decision in ["--dismiss", "--opt-out"] {
            let writer = try LedgerWriter(LedgerLocation(directory: place.path("consent.ledger")))
            var draft = EventDraft(
                .reviewOpened, business: "acme", contact: try ContactAddress(parsing: eva),
                privateFields: [EventDraft.PrivateFact("text", text)])
            draft.fields[.categories] = .list(["news"])
            let record = try writer.append(draft).index
            try writer.close()
            try typist.read(["review", "list"])
            try typist.type(["review", "decide", String(record), decision] + evidence)
        }
        try typist.type(["hold", "add", "case", "--reason", "litigation", "--contact", eva] + acme)
        try typist.type(["hold", "add", "audit", "--reason", "authority"] + acme)
        try typist.read(["hold", "list"])
        try typist.type(["hold", "lift", "audit"] + acme)

        // Asking.
        let about = ["--category", "marketing", "--channel", "whatsapp"]
        try typist.read(["check", ana] + acme, 1)
        try typist.read(["check", ana, "--business", "other"], 1)
        try typist.read(["check", ana, "--explain"] + about + acme)
        try typist.read(["check", ana, "--category", text, "--channel", "whatsapp"] + acme, 65)
        try typist.type(["check", ana, "--reserve", "--clearance", "a.clearance", "--ref", name] + about + acme)
        try typist.read(["clearance", "show", "a.clearance"])
        try typist.read(["clearance", "verify", "a.clearance"] + pins)
        try typist.read(["clearance", "confirm", "a.clearance"], 2)
        try typist.type(["clearance", "anchor", "a.clearance"])
        try typist.read(["clearance", "confirm", "a.clearance"])
        try typist.read(["clearance", "replay", "a.clearance"])
        try place.write("phone,\(name)\n\(ana),\(name)\n\(ben),\(name)\nnobody\(name),x\n", to: "list.csv")
        try typist.type(["screen", "list.csv", "-o", "judged.csv"] + about + acme, 65)
        try place.write("phone\n\(ana)\n\(ben)\n", to: "list.csv")
        try typist.type(["screen", "list.csv", "-o", "screened.csv", "--clearances", "campaign"] + about + acme)
        try typist.type(["clearance", "extract", "campaign", "--contact", ana, "-o", "one\(name).clearance"])
        try typist.read(["history", ana] + acme)
        try typist.read(["history", ana, "--business", "other"])
        try typist.read(["history", "+3460011122\(name)"] + acme, 65)
        try typist.read(["attachment", "list", ana] + acme)
        try typist.type(["attachment", "open", String(attaching), "-o", "opened\(name).txt"])
        try typist.read(["list"])
        try typist.read(["uses", ana] + acme)
        try typist.type(["evidence", "bundle", ana, "-o", "a\(name).zip", "--no-pdf", "--fields", "note,none"] + acme)
        try typist.read(["evidence", "verify", "a\(name).zip"] + pins)
        try typist.type(["evidence", "bundle", ana, "-o", "b.zip", "--no-pdf", "--business", "other"], 65)

        // The log.
        let note = try typist.type(["checkpoint", "publish"])
        #expect(note.output.contains("\n— "))
        try typist.type(["checkpoint", "witness-key", name, "-o", "w.key"], 65)
        let witness = try typist.type(["checkpoint", "witness-key", "auditor.example/w", "-o", "w.key"]).output
            .dropLast()
        let cosigning = ["checkpoint", "cosign", "--key", "w.key", "--state", "w\(name).state"]
        let line = try typist.type(cosigning + ["--vkey", pins[1], "--first"]).output
        try place.write(line, to: "line")
        try typist.type(["checkpoint", "attach", "line", "--witness", String(witness)])
        // Nobody answers there; it has cosigned.
        try place.write("witness w1 \(witness) http://127.0.0.1:1/\nquorum w1\n", to: "w\(name).policy")
        try typist.read(["checkpoint", "witness", "--policy", "w\(name).policy"])
        try typist.read(["checkpoint", "quorum"])
        try typist.type(["follow", "http://127.0.0.1:1/\(name)", "mirror", "--vkey", pins[1]], 65)
        try typist.type(["follow", "http://127.0.0.1:1", "mirror\(name)", "--vkey", pins[1]], 75)
        let authority = try TimeStampAuthority()
        try Data(authority.certificates()).write(to: URL(fileURLWithPath: place.path("authority\(name).pem")))
        try typist.type([
            "checkpoint", "stamp", "--command", try authority.command(), "--roots", "authority\(name).pem",
        ])
        try typist.read(["checkpoint", "list", "--roots", "authority\(name).pem"])
        try typist.read(["log"])
        try typist.type(["replay"])
        try typist.read(["verify", "--roots", "authority\(name).pem"] + pins)
        try typist.type(["prove", "inclusion", "3", "-o", "i\(name).proof"])
        try typist.type(["prove", "consistency", "3"])
        try typist.type(["prove", "contact", ana] + acme)
        try typist.type(["prove", "business", "acme", "-o", "b.proof"])
        try typist.read(["prove", "anchor", "one\(name).clearance"], 65)
        try Self.give("a.clearance", at: place)
        try typist.read(["prove", "anchor", "a.clearance"])
        try typist.type(["prove", "anchor", "a.clearance", "-o", "a\(name).anchor"])
        try typist.read(["verify-proof", "b.proof"] + pins)
        try typist.read(["diff", "3", "9"])
        try typist.type(["sample", "--n", "3", "--seed", text, "-o", "sample\(name)"])
        try typist.type(["report", "-o", "report\(name).html"])
        try place.write("phone,status\n\(ana),opt-out\n", to: "theirs.csv")
        try typist.read(["reconcile", "theirs.csv", "--format", "csv", "--channel", "whatsapp"] + acme)
        try typist.read(["latency"] + acme)

        // Privacy and keys.
        try typist.read(["receipt-for", ana] + acme)
        try typist.read(["subject-access", ana] + acme)
        try typist.read(["subject-access", ana, "--language", "es"] + acme)
        try typist.type(["subject-access", ana, "-o", "given\(name)"] + acme)
        try typist.read(["registry", "check"])
        try typist.read(["retention", "report", "--keep", "1d", "--all"] + acme)
        try typist.type(["retention", "apply", "--keep", "1d", "--dry-run"] + acme)
        try typist.type(["erase", ben, "--retention", "5d"] + acme)
        try typist.type(["erase", ben, "--take-back"] + acme)
        try typist.type(["erase", eva, "--retention", "5d", "--language", "es"] + acme)
        try typist.type(["erase", ben, "--now", "--business", "other"])
        let erased = try typist.type(["erase", ben, "--now"] + acme + ["--json"])
        let records = try erased.member("records", as: [Int].self)
        try typist.read(["letter", ben] + records.map(String.init))
        try typist.type(["letter", ben] + records.map(String.init) + ["--language", "es", "-o", "letter\(name).txt"])
        let letter = try String(contentsOfFile: place.path("letter\(name).txt"), encoding: .utf8)
        #expect(letter.hasPrefix("Acme\\u{202e}sejaiV"))
        try typist.read(["key", "list"])
        try typist.type(["key", "rotate", "epoch"])
        try typist.type(["key", "export", "--role", "query", "-o", "keys\(name)"])
        try typist.type(["key", "protect", "admin", "--passphrase-command", "echo \(name)"])
        try typist.type(["key", "unprotect", "admin", "--passphrase-command", "echo \(name)"])

        #expect(typist.commands == Set(HelpTests.leaves.map { $0.joined(separator: " ") }))
    }
}
