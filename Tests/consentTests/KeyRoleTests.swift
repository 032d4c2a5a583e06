import ArgumentParser
import ConsentLedger
import Foundation
import LedgerCrypto
import Testing

@testable import consent

/// Ledgers with some of the keys, protected keys and exposed ones, as whoever types a command meets them.
@Suite struct KeyRoleTests {
    private static let contact = "+34600111222"

    /// A ledger with everything that commands ask about, and what they read.
    private static let base = Result {
        let place = try Workplace.withLedger(test: true)
        try place.succeed(["opt-in", contact, "--notice", "web", "--evidence", "ip=192.0.2.7"])
        try place.succeed(["opt-out", "+34600111333"])
        try place.succeed(["opt-in", "+34600111444", "--notice", "web"])
        try place.write("scanned", to: "signed-form.pdf")
        try place.succeed(["attach", contact, "signed-form.pdf"])
        try place.write("contact\n+34600111222\n+34600111333\n", to: "audience.csv")
        try place.succeed(["erase", "+34600111555", "--now"])
        return place
    }

    /// A copy of it, as it is.
    private static func copy() throws -> Workplace {
        let place = try Workplace()
        _ = try place.shell("cp -a \(base.get().directory)/. .")
        return place
    }

    /// Leaves the keys of a role alone.
    private static func leave(_ role: String, in place: Workplace) throws {
        try place.succeed(["key", "export", "--role", role, "-o", "role"])
        _ = try place.shell("rm -r consent.ledger/private/keys && mv role consent.ledger/private/keys")
    }

    /// Every command of the binary, by an example of its own, and these, which reach further. Those that ask for a new
    /// passphrase have tests of their own.
    private static let commands: [[String]] = {
        let examples = HelpTests.commands.filter { path, type in
            type.configuration.subcommands.isEmpty && !["protect", "unprotect"].contains(path.last)
        }.map { _, type in
            let discussion = type.configuration.discussion
            let start = discussion.range(of: "EXAMPLE\n")?.upperBound ?? discussion.startIndex
            let example = discussion[start...].replacingOccurrences(of: "\\\n", with: " ").split(separator: "\n").first
            return Array(HelpTests.words(String(example ?? "")).dropFirst())
        }.filter { !$0.isEmpty }
        let more: [[String]] = [
            ["check", contact], ["check", contact, "--category", "marketing", "--channel", "whatsapp"],
            ["check", "+34600111333", "--category", "marketing", "--channel", "whatsapp"],
            ["check", contact, "--category", "marketing", "--channel", "whatsapp", "--reserve"],
            ["check", contact, "--category", "marketing", "--channel", "whatsapp", "--clearance", "c.clearance"],
            ["check", contact, "--category", "marketing", "--channel", "whatsapp", "--basis", "legitimate-interest"],
            ["check", contact, "--explain", "--category", "marketing", "--channel", "whatsapp"],
            ["screen", "audience.csv", "--category", "marketing", "--channel", "whatsapp"],
            ["history", contact], ["history", "+34600111999"], ["list"], ["list", "--withdrawn"], ["uses", contact],
            ["attachment", "list", contact], ["attachment", "open", "5", "-o", "out.pdf"],
            ["attach", contact, "audience.csv"], ["opt-in", "+34600111666", "--notice", "web"],
            ["opt-in", "+34600111666", "--notice", "web", "--id", "form-1"], ["opt-out", contact],
            ["erase", contact, "--now"], ["erase", "+34600111333"],
            ["hold", "add", "case-1", "--reason", "litigation"],
            ["hold", "add", "case-1", "--reason", "litigation", "--contact", contact],
            ["evidence", "bundle", contact, "-o", "bundle.zip"], ["registry", "check"], ["retention", "report"],
            ["retention", "apply", "--dry-run"], ["verify"], ["verify", "--index"], ["log"], ["replay"], ["report"],
            ["source", "add", "shop"], ["source", "revoke", "cli"], ["business", "add", "beta", "--name", "Beta"],
            ["category", "add", "offers", "--class", "marketing", "--basis", "consent"], ["checkpoint", "publish"],
            ["prove", "contact", contact, "-o", "p.proof"], ["key", "list"], ["key", "rotate", "epoch"],
        ]
        return more + examples
    }()

    /// A ledger without a key answers as the whole one does, or says which key it lacks and changes nothing.
    @Test(arguments: ["query", "admin"]) func eachCommandWorksOrRefuses(role: String) throws {
        let (whole, part) = (try Self.copy(), try Self.copy())
        try Self.leave(role, in: part)
        try expectTheSameOrRefusal(
            whole, part, codes: ["missing-key"], says: { $0.contains("private/keys/") && $0.contains("the role") })
    }

    private func expectTheSameOrRefusal(
        _ whole: Workplace, _ part: Workplace, environment: [String: String] = [:], codes: Set<String>,
        says: (String) -> Bool, mayRefuse: Bool = true
    ) throws {
        var refused = 0
        // Each command meets the same files.
        let (firstWhole, firstPart) = (try Workplace(), try Workplace())
        for (place, first) in [(whole, firstWhole), (part, firstPart)] {
            _ = try first.shell("cp -a \(place.directory)/. .")
        }
        for arguments in Self.commands {
            let line = arguments.joined(separator: " ")
            for (place, first) in [(whole, firstWhole), (part, firstPart)] {
                _ = try place.shell("rm -rf ./* && cp -a \(first.directory)/. .")
            }
            let before = try part.ledgerContents()
            let expected = try whole.run(arguments + ["--json"])
            let found = try part.run(arguments + ["--json"], environment: environment)
            let code = codes.first { found.errors.contains("\"code\": \"\($0)\"") }
            if let code, !expected.errors.contains("\"code\": \"\(code)\"") {
                refused += 1
                #expect(mayRefuse, "\(line): \(found)")
                #expect(found.status == 77 && found.output.isEmpty, "\(line): \(found)")
                #expect(says(found.errors), "\(line): \(found.errors)")
                #expect(try part.ledgerContents() == before, "\(line) changed something")
            } else {
                #expect(found.status == expected.status, "\(line): \(expected) \(found)")
                #expect(found.errors.isEmpty == expected.errors.isEmpty, "\(line): \(found.errors)")
            }
        }
        #expect((refused > 10) == mayRefuse, "\(refused)")
        for (place, first) in [(whole, firstWhole), (part, firstPart)] {
            _ = try place.shell("rm -rf ./* && cp -a \(first.directory)/. .")
        }
    }

    // MARK: The table of roles

    @Test func theRolesAreThoseOfTheTable() throws {
        let page = try String(
            contentsOf: packageRoot.appendingPathComponent("Documentation/keys.md"), encoding: .utf8)
        let rows = page.split(separator: "\n").map { line in
            line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
        }
        let header = try #require(rows.first { $0.first == "role" && $0.contains("`check`") })
        let asked: [String: [String]] = [
            "`check`": ["check", Self.contact, "--category", "marketing", "--channel", "whatsapp"],
            "`check --reserve`": [
                "check", Self.contact, "--category", "marketing", "--channel", "whatsapp", "--reserve",
            ],
            "`list`": ["list"], "`history`": ["history", Self.contact], "`verify --index`": ["verify", "--index"],
            "`opt-in`": ["opt-in", "+34600111666", "--notice", "web"],
            "`erase --now`": ["erase", Self.contact, "--now"],
            "`business add`": ["business", "add", "beta", "--name", "Beta"],
        ]
        #expect(Set(header.dropFirst()) == Set(asked.keys))
        for role in KeyRole.allCases {
            let cells = try #require(rows.first { $0.first == role.rawValue && $0.count == header.count })
            let keys = try #require(rows.first { $0.first == role.rawValue && $0.count == 3 })
            let place = try Self.copy()
            try Self.leave(role.rawValue, in: place)
            let names = try FileManager.default.contentsOfDirectory(
                atPath: place.path("consent.ledger/private/keys")
            ).map { String($0.dropLast(4)) }
            if !keys[1].contains("the same") {
                let shown = Set(
                    keys[1].matches(of: /`([a-z-]+)`/).map { String($0.1) == "cli" ? "source-cli" : String($0.1) })
                #expect(
                    Set(names) == shown.union(keys[1].contains("every source's") ? ["source-cli"] : []), "\(role)")
            }
            for (title, cell) in zip(header, cells).dropFirst() {
                _ = try place.shell("rm -rf kept && cp -a consent.ledger kept")
                let outcome = try place.run(try #require(asked[title]) + ["--json"])
                #expect(["yes", "no"].contains(cell))
                #expect((outcome.status == 77) == (cell == "no"), "\(role) \(title): \(outcome)")
                if cell == "yes" { #expect(outcome.status == 0, "\(role) \(title): \(outcome)") }
                _ = try place.shell("rm -rf consent.ledger && mv kept consent.ledger")
            }
        }
    }

    /// Of who was sent something that counts, only roles with the key answer; of everybody else all do.
    @Test func whoWasSentSomethingIsAskedAboutByRolesWithTheKey() throws {
        let place = try Self.copy()
        let question = ["--category", "marketing", "--channel", "whatsapp"]
        try place.succeed(["check", Self.contact, "--reserve"] + question)
        try Self.leave("query", in: place)
        let refused = try place.run(["check", Self.contact, "--json"] + question)
        #expect(refused.status == 77 && refused.errors.contains("the key registry"), "\(refused)")
        #expect(try place.run(["check", "+34600111444"] + question).status == 0)
        #expect(try place.run(["check", "+34600111333"] + question).status == 1)
    }

    // MARK: Files that others can read

    @Test func exposedKeysAreRefused() throws {
        let place = try Self.copy()
        let keys = place.path("consent.ledger/private/keys")
        for (name, command) in [
            ("tags", ["check", Self.contact]), ("journal", ["check", Self.contact]),
            ("log", ["checkpoint", "publish"]),
            ("epoch", ["history", Self.contact]), ("admin", ["business", "add", "beta", "--name", "Beta"]),
            ("source-cli", ["opt-out", Self.contact]),
        ] {
            for mode in [0o644, 0o640, 0o602, 0o610] {
                try FileManager.default.setAttributes(
                    [.posixPermissions: mode], ofItemAtPath: "\(keys)/\(name).key")
                let outcome = try place.run(command + ["--json"])
                #expect(outcome.status == 77 && outcome.output.isEmpty, "\(name) \(mode): \(outcome)")
                #expect(
                    outcome.errors.contains("\"code\": \"exposed-key\"") && outcome.errors.contains("chmod 600"),
                    "\(outcome.errors)")
            }
            #expect(try place.succeed(["key", "list"]).errors.contains("\(name).key can be used by others"))
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: "\(keys)/\(name).key")
        }
        try place.succeed(["verify", "--index"])
    }

    @Test(arguments: ["private/keys", "private"])
    func aFolderInWhichOthersCanPutKeysIsRefused(folder: String) throws {
        let place = try Self.copy()
        let folder = place.path("consent.ledger/\(folder)")
        for (mode, isRefused) in [(0o777, true), (0o720, true), (0o702, true), (0o755, false), (0o700, false)] {
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: folder)
            let outcome = try place.run(["check", Self.contact, "--json"])
            #expect((outcome.status == 77) == isRefused, "\(mode): \(outcome)")
            #expect(outcome.errors.contains("exposed-key") == isRefused, "\(outcome.errors)")
            #expect(outcome.errors.contains("chmod 700 ") == isRefused, "\(outcome.errors)")
        }
    }

    // MARK: Exporting

    @Test func exportedKeysAreThoseOfTheRoleAndForNobodyElse() throws {
        let place = try Self.copy()
        let outcome = try place.succeed(["key", "export", "--role", "query", "-o", "query", "--json"])
        #expect(try outcome.member("files", as: [String].self) == ["journal.key", "suppression.key", "tags.key"])
        #expect(
            try place.shell("stat -c '%a %n' query query/*").output
                == "700 query\n600 query/journal.key\n600 query/suppression.key\n600 query/tags.key\n")
        for name in ["journal", "suppression", "tags"] {
            #expect(try place.shell("cmp query/\(name).key consent.ledger/private/keys/\(name).key").status == 0)
        }
        try FileManager.default.createDirectory(atPath: place.path("empty"), withIntermediateDirectories: false)
        for (arguments, status) in [
            (["--role", "query", "-o", "query"], 65), (["--role", "query", "-o", "empty"], 65),
            (["--role", "nobody", "-o", "x"], 64), (["--role", "query", "-o", "no/where"], 74),
        ] as [([String], Int32)] {
            #expect(try place.run(["key", "export"] + arguments).status == status, "\(arguments)")
        }
        _ = try place.shell("rm consent.ledger/private/keys/tags.key")
        let missing = try place.run(["key", "export", "--role", "query", "-o", "x", "--json"])
        #expect(missing.status == 77 && missing.errors.contains("missing-key"), "\(missing)")
        #expect(!FileManager.default.fileExists(atPath: place.path("x")))
    }

    // MARK: Passphrases

    /// Every command works as it does on an open ledger where the passphrase is given, and refuses where it is wrong.
    @Test func everyCommandWorksWithThePassphraseAndRefusesWithoutIt() throws {
        let (whole, part) = (try Self.copy(), try Self.copy())
        try Self.protect(part, "correct horse Ω")
        try expectTheSameOrRefusal(
            whole, part, environment: ["CONSENT_PASSPHRASE_COMMAND": "echo 'correct horse Ω'"],
            codes: ["no-passphrase", "bad-passphrase"], says: { _ in true }, mayRefuse: false)
        try expectTheSameOrRefusal(
            whole, part, environment: ["CONSENT_PASSPHRASE_COMMAND": "echo 'correct horse O'"],
            codes: ["bad-passphrase"], says: { $0.contains("does not open") && $0.contains(".key") })
    }

    /// As `consent key protect --all`, with the least work that a passphrase can take.
    private static func protect(_ place: Workplace, _ passphrase: String, names: [String]? = nil) throws {
        var location = try LedgerLocation(directory: place.path("consent.ledger"))
        location.passphrase = Passphrase { _ in SecretBytes(Array(passphrase.utf8)) }
        let salt = SystemRandomSource().bytes(16)
        _ = try location.protectKeys(
            names, parameters: PassphraseParameters(passCount: 1, memoryKiB: 8, salt: salt))
    }

    @Test func aPassphraseComesFromADescriptorOrACommandAlone() throws {
        let place = try Self.copy()
        try Self.protect(place, "sésamo 🔑")
        let history = "consent history \(Self.contact) --json"
        let ways: [(String, Int32, String)] = [
            ("\(history) --passphrase-fd 3 3<<< 'sésamo 🔑'", 0, "192.0.2.7"),
            ("\(history) --passphrase-fd 3 3<<< $'sésamo 🔑\\nmore'", 0, "192.0.2.7"),
            ("printf 'sésamo 🔑' | \(history) --passphrase-fd 0", 0, "192.0.2.7"),
            ("\(history) --passphrase-command \"echo 'sésamo 🔑'; echo more\"", 0, "192.0.2.7"),
            ("CONSENT_PASSPHRASE_COMMAND=\"echo 'sésamo 🔑'\" \(history)", 0, "192.0.2.7"),
            ("\(history) --passphrase-fd 3 3<<< $'se\\u0301samo 🔑'", 77, "bad-passphrase"),
            ("\(history) --passphrase-fd 3 3<<< ''", 77, "is empty"),
            ("\(history) --passphrase-fd 3 3</dev/null", 77, "is empty"),
            ("head -c 1025 /dev/zero | tr '\\0' z | \(history) --passphrase-fd 0", 77, "too long"),
            ("\(history) --passphrase-fd 99", 64, "no such descriptor"),
            ("\(history) --passphrase-fd 3 3<&-", 64, "no such descriptor"),
            ("\(history) --passphrase-fd 3 3>/dev/null", 77, "cannot read the passphrase"),
            ("\(history) --passphrase-command false", 77, "ended with the status 1"),
            ("\(history) --passphrase-command true", 77, "wrote nothing"),
            ("\(history) --passphrase-fd 0 --passphrase-command true", 64, "say either"),
            ("setsid -w \(history) < /dev/null", 77, "no-passphrase"),
            ("setsid -w consent key unprotect log < /dev/null", 77, "no terminal"),
        ]
        for (line, status, says) in ways {
            let outcome = try place.shell(line)
            #expect(outcome.status == status && outcome.output.contains(says), "\(line): \(outcome)")
        }
        try place.run(["check", Self.contact], environment: ["CONSENT_PASSPHRASE_COMMAND": "echo sesame"])
    }

    /// Runs a command on a terminal of its own, and types the next answer whenever it asks.
    private static let typist = """
        import os, pty, re, sys
        child, terminal = pty.fork()
        if child == 0:
            os.execvp("sh", ["sh", "-c", sys.argv[1]])
        answers, shown = sys.argv[2:], b""
        typed = 0
        while True:
            try:
                piece = os.read(terminal, 4096)
            except OSError:
                break
            if not piece:
                break
            shown += piece
            while typed < len(re.findall(rb"(?:Passphrase for [^\\r\\n]*|New passphrase|The same again): ", shown)):
                os.write(terminal, answers[typed].encode())
                typed += 1
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        sys.stdout.buffer.write(shown)
        sys.exit(status if status >= 0 else 128 - status)
        """

    /// On a terminal it is asked for twice when it is set, once when it is used, and not shown; an interruption ends it.
    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/python3"), "skipped: no python3"))
    func onATerminalItIsNotShown() throws {
        let place = try Self.copy()
        try place.write(Self.typist, to: "typist.py")
        func typed(_ command: String, _ answers: String...) throws -> Workplace.Outcome {
            let words = answers.map { "$'\($0)'" }.joined(separator: " ")
            return try place.shell("/usr/bin/python3 typist.py '\(command)' \(words)")
        }
        let log = "consent.ledger/private/keys/log.key"
        let differ = try typed("consent key protect log", "alpha\\n", "beta\\n")
        #expect(differ.status == 77 && differ.output.contains("differ"), "\(differ)")
        #expect(try place.shell("grep -c protected \(log)").output == "0\n")
        let empty = try typed("consent key protect log", "\\n", "\\n")
        #expect(empty.status == 77 && empty.output.contains("empty"), "\(empty)")
        let set = try typed("consent key protect log", "alpha\\n", "alpha\\n")
        #expect(set.status == 0 && !set.output.contains("alpha"), "\(set)")
        let wrong = try typed("consent checkpoint publish", "beta\\n")
        #expect(wrong.status == 77 && wrong.output.contains("log.key"), "\(wrong)")
        let right = try typed("consent checkpoint publish", "alpha\\n")
        #expect(right.status == 0 && !right.output.contains("alpha"), "\(right)")
        #expect(right.output.components(separatedBy: "Passphrase for").count == 2, "\(right)")
        #expect(try typed("consent checkpoint publish", "al\\x03").status == 130)
        #expect(
            try typed("consent checkpoint publish; stty -a | tr \" ;\" \"\\n\\n\" | grep -x echo", "alpha\\n").status
                == 0)
    }

    @Test func protectingIsUndoneAndGoesByOnePassphrase() throws {
        let place = try Self.copy()
        let keys = place.path("consent.ledger/private/keys")
        let before = try place.shell("cat \(keys)/*.key").output
        try Self.protect(place, "one", names: ["epoch", "registry"])
        let other = try place.shell("consent key protect log --passphrase-command 'echo two' --json")
        #expect(other.status == 77 && other.output.contains("bad-passphrase"), "\(other)")
        let same = try place.shell("consent key protect log epoch --passphrase-command 'echo one' --json")
        #expect(same.status == 0 && same.output.contains("\"log\"") && !same.output.contains("epoch"), "\(same)")
        for names in ["epoch", "epoch registry", "--all"] {
            let wrong = try place.shell("consent key protect \(names) --passphrase-command 'echo two' --json")
            #expect(wrong.status == 77 && wrong.output.contains("bad-passphrase"), "\(names): \(wrong)")
        }
        let salts = try place.shell("cut -d' ' -f6 \(keys)/epoch.key \(keys)/log.key | sort -u | wc -l").output
        #expect(salts == "1\n")
        #expect(try place.shell("stat -c %a \(keys)/*.key | sort -u").output == "600\n")
        for (line, status, says) in [
            ("key protect nobody", 77, "there is no key"), ("key protect ../x", 77, "no key"),
            ("key protect", 64, "--all"),
            ("key protect log --all", 64, "either"),
            ("key unprotect --all --passphrase-command 'echo two'", 77, "open"),
            ("key rotate tags", 64, "never"), ("key rotate nothing", 64, "epoch"),
            ("key rotate epoch +34600111222", 64, "person"), ("key rotate data --business acme", 64, "--business"),
        ] as [(String, Int32, String)] {
            let outcome = try place.shell("consent \(line)")
            #expect(outcome.status == status && outcome.output.contains(says), "\(line): \(outcome)")
        }
        #expect(try place.shell("flock consent.ledger/private/lock consent key unprotect log").status == 75)
        try place.run(["key", "unprotect", "--all"], environment: ["CONSENT_PASSPHRASE_COMMAND": "echo one"])
        #expect(try place.shell("cat \(keys)/*.key").output == before)
        try place.succeed(["verify", "--index"])
        try place.succeed(["registry", "check"])
    }

    @Test func dataKeysAreReplacedOfAllOrOfOne() throws {
        let place = try Self.copy()
        let all = try place.run(["key", "rotate", "data", "--json"])
        #expect(try all.status == 0 && all.member("traces-cleared", as: Bool.self), "\(all)")
        try place.succeed(["opt-in", "+34600111999", "--notice", "web"])
        let one = try place.shell("echo +34600111999 | consent key rotate data -")
        #expect(one.status == 0 && one.output.contains("of 1 contact,"), "\(one)")
        let nobody = try place.shell("consent key rotate data +34600999999")
        #expect(nobody.status == 65 && nobody.output.contains("no record"), "\(nobody)")
        try place.succeed(["verify", "--index"])
        try place.succeed(["registry", "check"])
    }

    /// A key file that its owner may not write is refused before anything is begun, whoever runs it.
    @Test func aKeyOfMode400IsNotReplaced() throws {
        let place = try Self.copy()
        let keys = "consent.ledger/private/keys"
        // Root writes what it wants.
        let isRoot = geteuid() == 0
        if isRoot { _ = try place.shell("chown -R 65534:65534 . && chmod 755 .") }
        func run(_ line: String) throws -> Workplace.Outcome {
            try place.shell(isRoot ? "setpriv --reuid=65534 --regid=65534 --clear-groups \(line)" : line)
        }
        for (key, line) in [
            ("epoch", "key rotate epoch"), ("registry", "key rotate data"), ("epoch", "erase +34600111444 --now"),
            ("admin", "key rotate admin"),
        ] {
            _ = try place.shell("chmod 400 \(keys)/\(key).key")
            let before = try place.shell("sha256sum \(keys)/* consent.ledger/log/checkpoint").output
            let refused = try run("consent \(line) --json")
            #expect(
                refused.status == 77 && refused.output.contains("unwritable-key")
                    && refused.output.contains("chmod 600"),
                "\(line): \(refused)")
            #expect(try place.shell("sha256sum \(keys)/* consent.ledger/log/checkpoint").output == before)
            #expect(try run("consent check \(Self.contact) --category marketing --channel whatsapp").status == 0)
            #expect(try run("consent opt-out +34600111777").status == 0)
            _ = try place.shell("chmod 600 \(keys)/\(key).key")
            let outcome = try run("consent \(line)")
            #expect(outcome.status == 0, "\(line): \(outcome)")
        }
        #expect(try run("consent registry check").status == 0)
    }

    /// The log says which admin key follows which, and the old one signs no more.
    @Test func theAdminKeyIsFollowedByAnother() throws {
        let place = try Self.copy()
        let key = "consent.ledger/private/keys/admin.key"
        _ = try place.shell("cp -a \(key) old.key")
        let outcome = try place.succeed(["key", "rotate", "admin", "--json"])
        #expect(try outcome.member("old", as: String.self) != outcome.member("new", as: String.self))
        #expect(try place.shell("ls consent.ledger/private/keys | grep next").output == "")
        try place.succeed(["business", "add", "beta", "--name", "Beta"])
        let verified = try place.succeed(["verify", "--index", "--json"])
        #expect(try verified.member("holds", as: Bool.self))
        let types = try place.succeed(["log", "--json"]).output
        #expect(types.contains("admin-key-added") && types.contains("admin-key-retired"))
        _ = try place.shell("cp -a \(key) new.key && cp -a old.key \(key)")
        let refused = try place.run(["business", "add", "gamma", "--name", "Gamma", "--json"])
        #expect(refused.status == 77 && refused.errors.contains("not-authorized"), "\(refused)")
        _ = try place.shell("cp -a new.key \(key)")
        try place.succeed(["business", "add", "gamma", "--name", "Gamma"])
        try place.succeed(["verify"])
    }

    /// A rotation under a passphrase leaves the new keys under it, and what was sealed opens.
    @Test func aRotationKeepsTheProtection() throws {
        let place = try Self.copy()
        let keys = place.path("consent.ledger/private/keys")
        try Self.protect(place, "one")
        let before = try place.shell("sha256sum \(keys)/epoch.key \(keys)/registry.key").output
        let environment = ["CONSENT_PASSPHRASE_COMMAND": "echo one"]
        let outcome = try place.run(["key", "rotate", "registry", "--json"], environment: environment)
        #expect(try outcome.status == 0 && outcome.member("traces-cleared", as: Bool.self), "\(outcome)")
        #expect(try place.shell("sha256sum \(keys)/epoch.key \(keys)/registry.key").output != before)
        #expect(try place.shell("grep -L protected \(keys)/*.key").output == "")
        #expect(try place.run(["registry", "check"], environment: environment).status == 0)
        #expect(try place.run(["history", Self.contact], environment: environment).output.contains("192.0.2.7"))
        #expect(try place.run(["verify", "--index"], environment: environment).status == 0)
    }
}
