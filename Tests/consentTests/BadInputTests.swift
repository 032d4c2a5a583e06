import ConsentLedger
import Foundation
import Glibc
import LedgerStorage
import Testing

/// Wrong input gets one sentence, the exit code of DESIGN §10, and an unchanged ledger.
@Suite struct BadInputTests {
    struct Case: Sendable, CustomStringConvertible {
        let description: String
        let status: Int32
        let code: String
        let says: String

        init(_ line: String, _ status: Int32, _ code: String, _ says: String) {
            (description, self.status, self.code, self.says) = (line, status, code, says)
        }

        var arguments: [String] { HelpTests.words(description) }
    }

    static let cases: [Case] = [
        Case("check 600111222 --category marketing --channel whatsapp", 65, "country-unknown", "+34600111222"),
        Case("check nobody@ --category marketing", 65, "malformed-email", "e-mail"),
        Case("check 3,46E+10", 65, "spreadsheet-damage", "spreadsheet"),
        Case("check +34600111222 --business nobody", 65, "unknown-business", "it has: acme-viajes"),
        Case(
            "check +34600111222 --category offers --channel whatsapp", 65, "unknown-category", "it has: authentication"),
        Case("check +34600111222 --category marketing --channel pigeon", 65, "unknown-channel", "there are: email"),
        Case("check +34600111222 --sender nobody", 65, "unknown-sender", "sender add"),
        Case("check +34600111222 --basis consent", 65, "unknown-basis", "other than consent"),
        Case("check +34600111222 --at noon", 65, "bad-time", "RFC 3339"),
        Case("check +34600111222 --known-at 2024-01-01 --size 1", 64, "usage", "either --known-at or --size"),
        Case("check +34600111222 --colour", 64, "usage", "Unknown option '--colour'"),
        Case("check", 64, "usage", "Missing expected argument"),
        Case("frobnicate", 64, "usage", "frobnicate"),
        Case("opt-in +34600111222", 64, "usage", "--notice"),
        Case("opt-in +34600111222 --notice nothing", 65, "unknown-notice", "it has: shop, web"),
        Case("opt-in +34600111222 --notice web --language en", 65, "unknown-notice", "web (es)"),
        Case("opt-in +34600111222 --notice web --channel sms", 65, "wider-than-notice", "does not speak of sms"),
        Case("opt-in +34600111222 --notice web --channel pigeon", 65, "unknown-channel", "pigeon"),
        Case("opt-in +34600111222 --notice web --category offers", 65, "unknown-category", "offers"),
        Case("opt-in +34600111222 --notice web --occurred-at 2999-01-01", 65, "from-the-future", "2999"),
        Case("opt-in +34600111222 --notice web --occurred-at 2020-01-01", 65, "older-than-notice", "--reconstructed"),
        Case("opt-in +34600111222 --notice web --source revoked", 77, "not-authorized", "revoked by record"),
        Case(
            "opt-in +34600111222 --notice web --source narrow", 77, "not-authorized", "not authorised for the business"),
        Case("opt-in +34600111222 --notice web --source nobody", 77, "bad-key", "source add"),
        Case("opt-in +34600111222 --notice web --id used", 65, "conflicting-duplicate", "used by record"),
        Case("opt-in +34600111222 --notice web --method shouting", 65, "bad-value", "method"),
        Case("opt-in +34600111222 --notice web --evidence ip", 64, "usage", "--evidence"),
        Case("opt-in +34600111222 --notice web --evidence contact=x", 65, "bad-event", "contact"),
        Case("opt-out 600111222", 65, "country-unknown", "+34600111222"),
        Case("opt-out +34600111222 --business nobody", 65, "unknown-business", "acme-viajes"),
        Case("resume +34600111222 --via sms --channel pigeon", 65, "unknown-channel", "pigeon"),
        Case("confirm +34600111222", 65, "bad-input", "--pending"),
        Case("basis begin +34600111222 --basis contract", 64, "usage", "--channel"),
        Case("basis begin +34600111222 --basis magic --channel sms --category utility", 65, "bad-value", "basis"),
        Case("business add acme-viajes --name Acme", 65, "already-defined", "choose another id"),
        Case("business add Acme --name Acme", 65, "bad-input", "not an id"),
        Case("business add other --name Other --country Spain", 65, "bad-value", "country"),
        Case("brand add go --name Go --business nobody", 65, "unknown-business", "acme-viajes"),
        Case("brand add GO --name Go --business acme-viajes", 65, "bad-value", "brand"),
        Case("sender add one --address 1 --channel pigeon", 65, "unknown-channel", "pigeon"),
        Case("sender add one --address 1 --channel sms --brand nobody", 65, "unknown-brand", "nobody"),
        Case("category add marketing --class marketing", 65, "already-defined", "choose another id"),
        Case("category add offers --class lottery", 65, "bad-value", "class"),
        Case("category retire offers", 65, "unknown-category", "offers"),
        Case("source add cli", 65, "already-defined", "revoke it first"),
        Case("source add Cli", 65, "bad-input", "not an id"),
        Case("source add other --business nobody", 65, "unknown-business", "nobody"),
        Case("source add other --custody external", 64, "usage", "--public-key"),
        Case("source add other --custody other --public-key x", 64, "usage", "ledger or external"),
        Case("source add other --custody external --public-key missing", 66, "cannot-be-read", "missing"),
        Case("source add other --custody external --public-key optin.txt", 65, "bad-input", "Ed25519"),
        Case("source revoke nobody", 65, "unknown-source", "nobody"),
        Case("notice add a --language es --channel sms --category marketing", 64, "usage", "--text"),
        Case(
            "notice add a --language es --channel sms --category marketing --file no.txt", 66, "cannot-be-read",
            "no.txt"),
        Case(
            "notice add a --language es --channel sms --category marketing --file latin1.txt", 65, "bad-input", "UTF-8"),
        Case("notice add a --language es --channel sms --category marketing --text \"\"", 65, "bad-input", "empty"),
        Case(
            "notice add a --language español --channel sms --category marketing --text Acme-Viajes", 65, "bad-value",
            "language"),
        Case(
            "notice add a --language es --channel sms --category offers --text Acme-Viajes", 65, "unknown-category",
            "offers"),
        Case(
            "notice add web --language es --channel sms --category marketing --file optin.txt", 65, "already-defined",
            "web"),
        Case(
            "notice add a --language es --channel sms --category marketing --text x --shown-until 2020-01-01", 64,
            "usage", "--reconstructed"),
        Case("notice show nothing", 65, "unknown-notice", "it has: shop, web"),
        Case("notice retire nothing", 65, "unknown-notice", "nothing"),
        Case("review decide 3 --dismiss", 65, "bad-input", "review list"),
        Case("review decide 3", 64, "usage", "--opt-out or --dismiss"),
        Case("log 99", 65, "bad-input", "0 to"),
        Case("init --business Acme", 65, "ledger-exists", "--ledger"),
        Case("init --ledger other --origin \"log example\"", 65, "bad-input", "origin"),
        Case("init --ledger other --business 北京旅行社", 65, "bad-input", "--business-id"),
        Case("init --ledger other --business Acme --country Spain", 65, "bad-value", "country"),
        Case("init --ledger other --country ES", 64, "usage", "--business"),
        Case("check +34600111222 --ledger nowhere", 66, "no-ledger", "consent init --ledger nowhere"),
        Case("check +34600111222 --ledger optin.txt", 66, "cannot-be-read", "optin.txt is a file"),
        Case("check +34600111222 --ledger .", 66, "no-ledger", "no ledger at ."),
        Case("check +34600111222 --ledger \"\"", 64, "usage", "--ledger is empty"),
        Case("init --ledger optin.txt", 66, "cannot-be-read", "optin.txt is a file"),
        Case("init --ledger other/deeper", 74, "failed", "make that first"),
        Case("check +34600111222 --known-at 2020-01-01", 65, "unknown-business", "registered by record 1"),
        Case("check +34600111222 --size 0", 65, "unknown-business", "registered by record 1"),
        Case("check +34600111222 --basis magic", 65, "unknown-basis", "there are: contract, legal-obligation"),
        Case("check whatsapp:ñ", 65, "malformed-contact", "whatsapp:US.1234567"),
        Case("opt-in +34600111222 --notice web --id \"\"", 65, "bad-event", "not empty"),
        Case("opt-in +34600111222 --notice web --evidence a=1 --evidence a=2", 65, "bad-event", "“a” is given twice"),
        Case("opt-in +34600111222 --notice web --expires-at 2000-01-01", 65, "bad-input", "--expires-at"),
        Case("opt-in +34600111222 --notice web --occurred-at 2999-01-01", 65, "from-the-future", "clock right"),
        Case(
            "basis begin +34600111222 --basis consent --channel sms --category utility", 64, "usage", "consent opt-in"),
        Case(
            "basis begin +34600111222 --basis contract --channel sms --category utility --expires-at 2000-01-01", 65,
            "bad-input", "--expires-at"),
        Case("verify --level bogus", 64, "usage", "'structure', 'tree', 'signatures' or 'replay'"),
        Case("verify --checkpoint optin.txt", 65, "bad-input", "optin.txt is not a checkpoint"),
    ]

    /// A ledger with a revoked source, one for another business, a used id, and a second notice.
    static func place() throws -> Workplace {
        let place = try Workplace.withLedger()
        try Data([0x41, 0xf1, 0x0a]).write(to: URL(fileURLWithPath: place.path("latin1.txt")))
        for arguments in [
            ["source", "add", "revoked"], ["source", "revoke", "revoked"],
            ["opt-in", "+34600111223", "--notice", "web", "--id", "used"],
            [
                "notice", "add", "shop", "--text", "Sí a Acme Viajes.", "--language", "es", "--channel", "sms",
                "--category",
                "marketing",
            ],
        ] { try place.succeed(arguments) }
        return place
    }

    @Test func wrongInputChangesNothing() throws {
        let place = try Self.place()
        let other = try Workplace()
        try other.succeed(["init", "--business", "Other"])
        // Made last, so that its records do not matter to the cases above it.
        let writer = try LedgerWriter(LedgerLocation(directory: place.path("consent.ledger")))
        try writer.append(LedgerCreation.registering((id: "second", name: "Second", country: nil)))
        try writer.close()
        try place.succeed(["source", "add", "narrow", "--business", "second"])
        let before = try place.recorded()
        for item in Self.cases {
            // There are two businesses now; commands that leave it out mean the first.
            var arguments = item.arguments
            let takesBusiness = !["init", "log", "source", "review", "business", "frobnicate", "verify"].contains(
                arguments[0])
            if takesBusiness, !arguments.contains("--business") { arguments += ["--business", "acme-viajes"] }
            if arguments.count == 3, arguments[0] == "check" { arguments = ["check"] }
            let plain = try place.run(arguments)
            #expect(plain.status == item.status, "\(item): \(plain.errors)")
            #expect(plain.output.isEmpty, "\(item)")
            #expect(plain.errors.hasPrefix("consent: ") && plain.errors.contains(item.says), "\(item): \(plain.errors)")
            let json = try place.run(arguments + ["--json"])
            #expect(json.status == item.status && json.output.isEmpty, "\(item)")
            let object = try #require(
                try JSONSerialization.jsonObject(with: Data(json.errors.utf8)) as? [String: Any],
                "\(item): \(json.errors)")
            #expect(object["code"] as? String == item.code, "\(item): \(json.errors)")
            #expect(object["exit"] as? Int == Int(item.status), "\(item)")
            #expect((object["message"] as? String)?.contains("\n") == false, "\(item)")
        }
        #expect(try place.recorded() == before)
        #expect(!FileManager.default.fileExists(atPath: place.path("other")))
        #expect(!FileManager.default.fileExists(atPath: place.path("nowhere")))
    }

    @Test func aFactOverTheLimitIsRefused() throws {
        let place = try Workplace.withLedger()
        let before = try place.recorded()
        let outcome = try place.run([
            "opt-in", "+34600111222", "--notice", "web", "--evidence", "note=" + String(repeating: "x", count: 70_000),
        ])
        #expect(
            outcome.status == 65 && outcome.errors.contains("70000 bytes") && outcome.errors.contains("at most 65536"))
        #expect(try place.recorded() == before)
    }

    /// What is repeated of a huge word is enough to know it by, and cannot steer the terminal.
    @Test func anErrorIsOneReadableLineWhateverWasTyped() throws {
        let place = try Workplace.withLedger()
        let huge = String(repeating: "ñ", count: 20_000)
        for word in [huge, huge + " " + huge, "\u{1b}[2Jmarketing\nNo.", "“”“" + huge] {
            for arguments in [
                ["check", "+34600111222", "--category", word, "--channel", "sms"], ["check", word],
                ["check", "+34600111222", "--business", word], ["opt-in", "+34600111222", "--notice", word],
                ["opt-in", "+34600111222", "--notice", "web", "--source", word], ["log", word],
                ["opt-in", "+34600111222", "--notice", "web", "--id", "1", "--language", word], ["verify", word],
                ["opt-out", "+34600111222", "--category", word], ["frobnicate", word],
            ] {
                let outcome = try place.run(arguments)
                #expect(outcome.status >= 64 || arguments[0] == "opt-out", "\(outcome)")
                #expect(outcome.errors.utf8.count < 4000, "\(outcome.errors.utf8.count) bytes")
                #expect(!outcome.errors.contains("\u{1b}"), "\(outcome.errors)")
                #expect(!outcome.errors.isEmpty)
            }
        }
        try place.succeed(["verify"])
    }

    /// An empty id is none; a stop is taken without, anything else is asked to say what it means.
    @Test func aStopIsTakenWithAnEmptyID() throws {
        let place = try Workplace.withLedger()
        try place.succeed(["opt-out", "+34600111222", "--id", ""])
        try place.succeed(["opt-out", "+34600111222", "--id", ""])
        #expect(try place.recorded()[1].components(separatedBy: "consent-withdrawn").count == 3)
        try place.succeed(["verify", "--index"])
    }

    @Test func aBusinessMustBeNamedWhereThereAreTwo() throws {
        let place = try Workplace.withLedger()
        try place.succeed(["business", "add", "other", "--name", "Other"])
        let outcome = try place.run(["check", "+34600111222", "--category", "marketing"])
        #expect(outcome.status == 65 && outcome.errors.contains("acme-viajes, other"))
    }

    @Test func aLedgerThatCannotBeReadIsNamed() throws {
        let question = ["check", "+34600111222", "--category", "marketing", "--channel", "whatsapp"]
        let writing = ["opt-out", "+34600111222"]
        let other = try Workplace.withLedger()
        func expect(
            _ status: Int32, _ says: String, _ break: (Workplace) throws -> Void,
            _ location: SourceLocation = #_sourceLocation
        ) throws {
            let place = try Workplace.withLedger()
            try `break`(place)
            for arguments in [question, writing] {
                let outcome = try place.run(arguments)
                #expect(outcome.status == status, "\(outcome.errors)", sourceLocation: location)
                #expect(outcome.errors.contains(says), "\(outcome.errors)", sourceLocation: location)
            }
        }
        // Half made.
        try expect(66, "was not made completely") {
            try FileManager.default.removeItem(atPath: $0.path("consent.ledger/private/ledger"))
        }
        // Of a later version.
        try expect(66, "consent-ledger/2") {
            let marker = try String(contentsOfFile: $0.path("consent.ledger/private/ledger"), encoding: .utf8)
            try $0.write(
                marker.replacingOccurrences(of: "ledger/1", with: "ledger/2"), to: "consent.ledger/private/ledger")
        }
        // Another ledger's index.
        try expect(66, "index.sqlite belongs to another ledger") {
            let path = $0.path("consent.ledger/private/index.sqlite")
            try FileManager.default.removeItem(atPath: path)
            try FileManager.default.copyItem(atPath: other.path("consent.ledger/private/index.sqlite"), toPath: path)
        }
        // No ledger at all.
        try expect(66, "consent init") {
            try FileManager.default.removeItem(atPath: $0.path("consent.ledger"))
        }
    }

    @Test func aDamagedJournalOrCheckpointDoesNotVerify() throws {
        let place = try Workplace.withLedger()
        try place.write("not a checkpoint\n", to: "checkpoint")
        try FileManager.default.removeItem(atPath: place.path("consent.ledger/log/checkpoint"))
        try FileManager.default.copyItem(
            atPath: place.path("checkpoint"), toPath: place.path("consent.ledger/log/checkpoint"))
        let outcome = try place.run(["opt-out", "+34600111222"])
        #expect(outcome.status == 2 && outcome.errors.hasPrefix("consent: "))
    }

    @Test func aLockedLedgerIsTriedAgain() throws {
        let place = try Workplace.withLedger()
        let lock = try DirectoryStorage(root: place.path("consent.ledger")).lock("private/lock")
        for arguments in [["opt-out", "+34600111222"], ["checkpoint"], ["replay"]] {
            let outcome = try place.run(arguments)
            #expect(outcome.status == 75 && outcome.errors.contains("another program"), "\(outcome.errors)")
        }
        // Asking needs no lock.
        #expect(try place.run(["check", "+34600111222", "--category", "marketing"]).status == 1)
        lock.release()
        try place.succeed(["checkpoint"])
    }

    @Test(.enabled(if: geteuid() != 0, "root may read everything"))
    func aLedgerOfAnotherUserIsNotPermitted() throws {
        let place = try Workplace.withLedger()
        try FileManager.default.setAttributes(
            [.posixPermissions: 0], ofItemAtPath: place.path("consent.ledger/private"))
        #expect(try place.run(["check", "+34600111222"]).status == 77)
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o700], ofItemAtPath: place.path("consent.ledger/private"))
    }

    @Test func anAnswerThatCannotBeWrittenIsAnError() throws {
        let place = try Workplace.withLedger()
        try place.succeed(["opt-in", "+34600111222", "--notice", "web"])
        let full = try place.shell("consent check +34600111222 --category marketing > /dev/full; echo $?")
        #expect(full.output.hasSuffix("74\n"))
    }

    @Test func nothingIsColouredButOnATerminal() throws {
        let place = try Workplace.withLedger()
        #expect(!(try place.run(["check", "+34600111222"]).output.contains("\u{1b}")))
        #expect(!(try place.run(["check", "600111222"]).errors.contains("\u{1b}")))
    }

    /// What is no file is not replaced by one: a file in the place of /dev/null harms the whole machine.
    @Test func whatIsNoFileIsNotReplaced() throws {
        let place = try Workplace.withLedger()
        _ = try place.shell("mkfifo pipe")
        let outcome = try place.run(["report", "-o", "pipe"])
        #expect(outcome.status == 65 && outcome.errors.contains("no plain file"))
        #expect(try place.shell("stat -c %F pipe").output == "fifo\n")
    }

    @Test(.enabled(if: access("/usr/bin/script", X_OK) == 0, "script(1), which makes a terminal, is not installed"))
    func coloursOnATerminalObeyNoColor() throws {
        let place = try Workplace.withLedger()
        let command = "script -qc 'consent check +34600111222 --category marketing --channel whatsapp' /dev/null"
        let coloured = try place.shell("TERM=xterm " + command).output
        #expect(coloured.contains("\u{1b}[1;31mNo.\u{1b}[0m"))
        #expect(!(try place.shell("TERM=xterm NO_COLOR=1 " + command).output.contains("\u{1b}")))
        #expect(!(try place.shell("TERM=dumb " + command).output.contains("\u{1b}")))
    }
}
