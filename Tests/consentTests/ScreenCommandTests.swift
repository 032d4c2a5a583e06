import Foundation
import Testing

/// Whole files of contacts, through the binary.
@Suite struct ScreenCommandTests {
    private static let question = ["--category", "marketing", "--channel", "whatsapp"]

    /// A ledger in which 222 opted in and 223 left.
    private static func furnished() throws -> Workplace {
        let place = try Workplace.withLedger()
        try place.succeed(["opt-in", "+34600111222", "--notice", "web"])
        try place.succeed(["opt-in", "+34600111223", "--notice", "web"])
        try place.succeed(["opt-out", "+34600111223"])
        return place
    }

    private static func screen(_ arguments: [String], in place: Workplace, input: String = "") throws
        -> Workplace.Outcome
    {
        try place.run(["screen"] + arguments + question, input: input)
    }

    /// When the last record was recorded.
    private static func headTime(_ place: Workplace) throws -> String {
        let check = try place.run(["check", "+34600111222", "--json"] + question)
        return try check.member("head-recorded-at")
    }

    private static func text(_ name: String, in place: Workplace) throws -> String {
        try String(contentsOfFile: place.path(name), encoding: .utf8)
    }

    /// Nobody who may no longer be messaged is left out of what changed, and no output replaces another one.
    @Test func whatWouldLoseRowsIsWrongUsage() throws {
        let place = try Self.furnished()
        try place.write("phone\n+34600111222\n", to: "list.csv")
        #expect(try Self.screen(["list.csv", "-o", "first.csv"], in: place).status == 0)
        let changed = try Self.screen(["first.csv", "--changed-since", "4", "--only", "allowed"], in: place)
        #expect(changed.status == 64 && changed.errors.contains("leave one out"))
        for outputs in [
            ["-o", "x", "--summary", "x"], ["-o", "x", "--summary", "./x"], ["-o", "./x", "--clearances", "x"],
            ["-o", "y", "--summary", "x", "--clearances", "x"],
        ] {
            let outcome = try Self.screen(["list.csv"] + outputs, in: place)
            #expect(outcome.status == 64, "\(outputs): \(outcome.errors)")
            #expect(outcome.errors.contains("is named for two outputs"), "\(outputs)")
            for name in ["x", "y"] { #expect(!FileManager.default.fileExists(atPath: place.path(name)), "\(outputs)") }
        }
        let reconciled = try place.run([
            "reconcile", "list.csv", "--format", "csv", "--as", "opt-out", "--channel", "whatsapp", "-o", "x",
            "--proposals", "x",
        ])
        #expect(reconciled.status == 64)
    }

    /// A link in the place of the output stays one, and what it leads to is written.
    @Test func aLinkIsWrittenThrough() throws {
        let place = try Self.furnished()
        try place.write("+34600111222\n", to: "list.txt")
        try place.write("old\n", to: "target.csv")
        let files = FileManager.default
        try files.createSymbolicLink(atPath: place.path("link.csv"), withDestinationPath: "target.csv")
        try files.createSymbolicLink(atPath: place.path("nowhere.csv"), withDestinationPath: "missing.csv")
        #expect(try Self.screen(["list.txt", "-o", "link.csv"], in: place).status == 0)
        #expect(try files.destinationOfSymbolicLink(atPath: place.path("link.csv")) == "target.csv")
        #expect(try Self.text("target.csv", in: place).contains("+34600111222,allow,consent-given,"))
        let lost = try Self.screen(["list.txt", "-o", "nowhere.csv"], in: place)
        #expect(lost.status == 65 && lost.errors.contains("is a link that leads to no file"))
        #expect(try Self.screen(["list.txt", "-o", "link.csv", "--summary", "target.csv"], in: place).status == 64)
        #expect(
            try Self.screen(["target.csv", "-o", "link.csv"], in: place).status == 64, "it is the file that is read")
    }

    /// Every row gets its answer or its error, in its place, and keeps its own columns as they were.
    @Test func everyRowIsAnsweredInItsPlace() throws {
        let place = try Self.furnished()
        let rows: [(input: [UInt8], output: String)] = [
            (
                Array("Ana,+34600111222,\"Madrid, ES\"\r\n".utf8),
                "Ana,+34600111222,\"Madrid, ES\",allow,consent-given,\r\n"
            ),
            (Array("Bo,+34 600 111 223,x\n".utf8), "Bo,+34 600 111 223,x,deny,withdrawn,\n"),
            (Array("Bo again,0034600111223,x\n".utf8), "Bo again,0034600111223,x,deny,withdrawn,\n"),
            (Array("Cy,+34600,x\n".utf8), "Cy,+34600,x,error,wrong-length,\n"),
            ([0x44, 0xE9] + Array(",+34600111222,x\n".utf8), "D\u{FFFD},+34600111222,x,error,encoding,\n"),
            (Array("Eva,+34600111225\n".utf8), "Eva,+34600111225,,deny,no-record,\n"),
            (Array("\"open,+34600111222,x\n".utf8), "\"\"\"open,+34600111222,x\",,,error,malformed,\n"),
            (Array("\"a\"b,+34600111222,x\n".utf8), "\"\"\"a\"\"b,+34600111222,x\",,,error,malformed,\n"),
            (
                Array("F,+34600111222,x,more,\"a \"\"q\"\"\"\n".utf8),
                "F,+34600111222,\"x,more,a \"\"q\"\"\",error,malformed,\n"
            ),
            (Array("\n\r\n".utf8), ""),
            (Array("G,,x\n".utf8), "G,,x,error,missing,\n"),
            (Array("H,3.46E+10,x\n".utf8), "H,3.46E+10,x,error,spreadsheet-damage,\n"),
            (Array("I,'+34600111222,".utf8), "I,'+34600111222,,allow,consent-given,\r\n"),
        ]
        var bytes: [UInt8] = [0xEF, 0xBB, 0xBF] + Array("name,phone,city\r\n".utf8)
        for row in rows { bytes += row.input }
        try Data(bytes).write(to: URL(fileURLWithPath: place.path("list.csv")))
        let expected = "\u{FEFF}name,phone,city,decision,reason,next_allowed_at\r\n" + rows.map(\.output).joined()

        let screened = try Self.screen(["list.csv"], in: place)
        #expect(screened.status == 65)
        #expect(screened.output == expected)
        #expect(screened.errors.contains("12 rows: 2 allow, 3 deny, 0 defer, 7 error.\n"))
        #expect(screened.errors.contains("\n  2 deny withdrawn\n"))
        #expect(screened.errors.contains("consent: warning: line 5: the number has 3 digits"))

        let written = try Self.screen(["list.csv", "-o", "out.csv", "--summary", "summary.json"], in: place)
        #expect(written.status == 65)
        #expect(
            String(decoding: try Data(contentsOf: URL(fileURLWithPath: place.path("out.csv"))), as: UTF8.self)
                == expected)
        #expect(written.output.contains("12 rows: 2 allow, 3 deny, 0 defer, 7 error.\n"))
        let summary = try #require(
            try JSONSerialization.jsonObject(with: Data(Self.text("summary.json", in: place).utf8)) as? [String: Any])
        #expect(summary["rows"] as? Int == 12 && summary["error"] as? Int == 7 && summary["size"] as? Int == 7)
        let alone = try Self.screen(["list.csv", "--json"], in: place)
        #expect(try alone.member("allow", as: Int.self) == 2)
    }

    @Test func onlyWhatIsAllowedIsGivenBack() throws {
        let place = try Self.furnished()
        let input = "Movil;n\n600111222;1\n600111223;2\n600111222;3\n"
        let screened = try Self.screen(
            ["-", "--only", "allowed", "--country", "ES", "--contact-column", "móvil"], in: place, input: input)
        #expect(screened.status == 0, "\(screened.errors)")
        #expect(
            screened.output
                == "Movil;n;decision;reason;next_allowed_at\n600111222;1;allow;consent-given;\n600111222;3;allow;consent-given;\n"
        )
        #expect(screened.errors.hasPrefix("3 rows: 2 allow, 1 deny, 0 defer, 0 error; 2 written.\n"))
    }

    @Test func aListNeedsNoHeader() throws {
        let place = try Self.furnished()
        let header = "contact,decision,reason,next_allowed_at\n"
        let found = try Self.screen(["-"], in: place, input: "+34600111222\n+34600111223")
        #expect(found.status == 0)
        #expect(found.output == header + "+34600111222,allow,consent-given,\n+34600111223,deny,withdrawn,\n")
        // A first line that is no contact and no header is refused, unless the file is said to be a list.
        #expect(try Self.screen(["-"], in: place, input: "nonsense\n+34600111222\n").status == 64)
        let said = try Self.screen(["-", "--list"], in: place, input: "nonsense\n+34600111222\n")
        #expect(said.status == 65)
        #expect(said.output == header + "nonsense,error,malformed-contact,\n+34600111222,allow,consent-given,\n")
    }

    @Test func onlyWhatChangedIsGivenBack() throws {
        let place = try Self.furnished()
        try place.write(
            "name,phone\n\"A, B\",+34600111222\nC,+34600111223\nD,nonsense\nE,+34600111222\n", to: "list.csv")
        #expect(try Self.screen(["list.csv", "-o", "screened.csv"], in: place).status == 65)
        let size = "7"
        let same = try Self.screen(["screened.csv", "--changed-since", size], in: place)
        #expect(same.output == "name,phone,decision,reason,next_allowed_at\n")
        try place.succeed(["opt-out", "+34600111222"])
        let changed = try Self.screen(["screened.csv", "--changed-since", size, "-o", "changed.csv"], in: place)
        #expect(changed.status == 65, "the row that is no contact still is none")
        #expect(
            try Self.text("changed.csv", in: place)
                == "name,phone,decision,reason,next_allowed_at\n\"A, B\",+34600111222,deny,withdrawn,\nE,+34600111222,deny,withdrawn,\n"
        )
        // What says that nothing changed must be about this ledger, and about answers.
        #expect(try Self.screen(["screened.csv", "--changed-since", "9"], in: place).status == 65)
        #expect(try Self.screen(["list.csv", "--changed-since", size], in: place).status == 64)
        #expect(try Self.screen(["screened.csv"], in: place).status == 64)
    }

    /// A file that was asked something else, or rests on other records, is not taken for the earlier answers.
    @Test func whatChangedIsToldOfTheSameQuestionAlone() throws {
        let place = try Self.furnished()
        try place.write("phone\n+34600111222\n+34600111223\n+34600111225\n", to: "list.csv")
        let size = "7"
        try place.succeed(["screen", "list.csv", "-o", "screened.csv"] + Self.question)
        try place.succeed(["screen", "list.csv", "--category", "utility", "--channel", "sms", "-o", "other.csv"])
        try place.succeed(["opt-in", "+34600111225", "--notice", "web"])
        try place.succeed(["opt-out", "+34600111225"])
        try place.succeed(["opt-out", "+34600111222"])
        #expect(
            try Self.screen(["screened.csv", "--changed-since", size], in: place).output
                == "phone,decision,reason,next_allowed_at\n+34600111222,deny,withdrawn,\n+34600111225,deny,withdrawn,\n"
        )
        // 222 opted in with record 4, so that fewer records do not have that answer, and more have the opt-out.
        for (file, size, says) in [
            ("screened.csv", "0", "cannot rest on the ledger at size 0"),
            ("screened.csv", "1", "cannot rest on the ledger at size 1"),
            ("screened.csv", "4", "line 2 says allow, and it was deny"),
            ("screened.csv", "10", "line 2 says allow, and it was deny"),
            ("other.csv", size, "line 2 says deny, and it was allow"),
            ("edited.csv", size, "line 3 says allow, and it was deny"),
        ] {
            try place.write(
                Self.text("screened.csv", in: place).replacing("223,deny,withdrawn", with: "223,allow,consent-given"),
                to: "edited.csv")
            let refused = try Self.screen([file, "--changed-since", size, "-o", "changed.csv"], in: place)
            #expect(refused.status == 65, "\(file) at \(size)")
            #expect(refused.errors.contains(says), "\(refused.errors)")
            #expect(!FileManager.default.fileExists(atPath: place.path("changed.csv")))
        }
    }

    /// A column of answers is one however it is written.
    @Test(arguments: ["Decision", "DECISION", "decision", " Reason", "next_allowed_at"])
    func aColumnOfAnswersIsRefused(_ name: String) throws {
        let place = try Self.furnished()
        let refused = try Self.screen(["-"], in: place, input: "phone,\(name)\n+34600111222,yes\n")
        #expect(refused.status == 64)
        #expect(refused.errors.contains("has a column"), "\(refused.errors)")
    }

    /// A day on which the ledger began can be asked about from the moment on at which it did.
    @Test func theDayOnWhichTheLedgerBeganIsJudged() throws {
        let place = try Workplace.withLedger()
        try place.succeed(["opt-in", "+34600111222", "--notice", "web"])
        let today = String(try Self.headTime(place).prefix(10))
        try place.write("phone,sent_at\n+34600111225,\(today)\n+34600111225,2020-01-01\n", to: "sent.csv")
        let judged = try Self.screen(["sent.csv", "--at-column", "sent_at"], in: place)
        #expect(judged.status == 65)
        #expect(
            judged.output == """
                phone,sent_at,decision,reason,next_allowed_at,decision_now
                +34600111225,\(today),deny,no-record,,deny
                +34600111225,2020-01-01,error,unknown-business,,deny

                """)
        #expect(judged.errors.contains("line 3: at the row's time the ledger did not have what is asked about"))
    }

    /// Each send is judged by its own time, and by what was known then.
    @Test func aLogOfSendsIsJudged() throws {
        let place = try Workplace.withLedger()
        try place.succeed(["opt-in", "+34600111222", "--notice", "web"])
        let before = try Self.headTime(place)
        // Told after the fact: they left before the ledger knew.
        try place.succeed(["opt-out", "+34600111222", "--occurred-at", before])
        let left = try Self.headTime(place)
        try place.write(
            "phone,sent_at\n+34600111222,\(before)\n+34600111222,\(left)\n+34600111222,2020-01-01T00:00:00Z\n"
                + "+34600111222,2999-01-01T00:00:00Z\n+34600111222,yesterday\n+34600111222,\n", to: "sent.csv")
        let judged = try Self.screen(["sent.csv", "--at-column", "sent_at"], in: place)
        #expect(judged.status == 65)
        #expect(
            judged.output == """
                phone,sent_at,decision,reason,next_allowed_at,decision_now
                +34600111222,\(before),allow,consent-given,,deny
                +34600111222,\(left),deny,withdrawn,,deny
                +34600111222,2020-01-01T00:00:00Z,error,unknown-business,,deny
                +34600111222,2999-01-01T00:00:00Z,error,time,,error
                +34600111222,yesterday,error,time,,error
                +34600111222,,error,missing,,error

                """)
        #expect(judged.errors.contains("1 allowed by what was known then, and not by what is known now.\n"))
    }

    /// What is reserved counts for the next who asks.
    @Test func whatIsAllowedIsReserved() throws {
        let place = try Self.furnished()
        let input = "+34600111222\n+34600111223\nnonsense\n"
        let reserved = try Self.screen(["-", "--reserve"], in: place, input: input)
        #expect(reserved.status == 65)
        #expect(reserved.output == (try Self.screen(["-"], in: place, input: input)).output)
        func uses(_ contact: String) throws -> Int {
            try #require(try place.succeed(["uses", contact, "--json"]).json() as? [Any]).count
        }
        #expect(try uses("+34600111222") == 1)
        #expect(try uses("+34600111223") == 0)
        for arguments in [
            ["--size", "3"], ["--known-at", "2026-01-01"], ["--at", "2026-01-01"],
            ["--clearances", "dir", "-o", "out.csv"],
        ] {
            #expect(try Self.screen(["-", "--reserve"] + arguments, in: place, input: input).status == 64)
        }
    }

    @Test(
        arguments: [
            (["list.csv"], 64), (["list.csv", "--channel", "sms"], 64),
            (["list.csv", "--category", "offfers", "--channel", "sms"], 65),
            (["list.csv", "--category", "marketing", "--channel", "smoke"], 65),
            (["absent.csv", "--category", "marketing", "--channel", "sms"], 66),
            (["list.csv", "--category", "marketing", "--channel", "sms", "--size", "99"], 65),
            (
                ["list.csv", "--category", "marketing", "--channel", "sms", "--size", "1", "--known-at", "2024-01-01"],
                64
            ),
            (
                ["list.csv", "--category", "marketing", "--channel", "sms", "--at-column", "x", "--at", "2024-01-01"],
                64
            ),
            (["list.csv", "--category", "marketing", "--channel", "sms", "--at-column", "sent"], 64),
            (["list.csv", "--category", "marketing", "--channel", "sms", "--contact-column", "x"], 64),
            (["list.csv", "--category", "marketing", "--channel", "sms", "--list", "--contact-column", "phone"], 64),
            (["list.csv", "--category", "marketing", "--channel", "sms", "-o", "list.csv"], 64),
            (["list.csv", "--category", "marketing", "--channel", "sms", "-o", "absent/out.csv"], 74),
            (["empty.csv", "--category", "marketing", "--channel", "sms"], 65),
            (["two.csv", "--category", "marketing", "--channel", "sms"], 64),
            (["wide.csv", "--category", "marketing", "--channel", "sms"], 65),
        ] as [([String], Int32)])
    func whatCannotBeScreenedIsRefusedAndLeavesNoFile(_ arguments: [String], status: Int32) throws {
        let place = try Self.furnished()
        try place.write("phone\n+34600111222\n", to: "list.csv")
        try place.write("", to: "empty.csv")
        try place.write("phone,mobile\n+34600111222,+34600111223\n", to: "two.csv")
        try Data([0xFF, 0xFE, 0x70, 0, 0x68, 0]).write(to: URL(fileURLWithPath: place.path("wide.csv")))
        let files = try Set(FileManager.default.contentsOfDirectory(atPath: place.directory))
        let output = arguments.contains("-o") ? [] : ["-o", "out.csv"]
        let outcome = try place.run(["screen"] + arguments + output)
        #expect(outcome.status == status, "\(outcome.errors)")
        #expect(try Set(FileManager.default.contentsOfDirectory(atPath: place.directory)) == files)
        #expect(outcome.output.isEmpty)
    }

    /// A file whose end did not come is not put in its place, nor left beside it.
    @Test func anInterruptedRunLeavesNothing() throws {
        let place = try Self.furnished()
        let line =
            "mkfifo pipe; yes +34600111222 > pipe & feeder=$!; "
            + "consent screen pipe --category marketing --channel whatsapp -o out.csv & screener=$!; "
            + "while ! ls | grep -q unfinished; do :; done; kill -INT $screener; wait $screener; echo status $?; "
            + "kill $feeder; ls -A . consent.ledger/private"
        let outcome = try place.shell(line)
        #expect(outcome.output.contains("status 130"), "\(outcome.output)")
        #expect(!outcome.output.contains("out.csv") && !outcome.output.contains("unfinished"), "\(outcome.output)")
        #expect(!outcome.output.contains("~"), "\(outcome.output)")
        #expect(
            outcome.output.contains("consent: interrupted; nothing was written. Run the same command again\n"),
            "\(outcome.output)")
    }
}

/// Campaigns that leave signed answers.
@Suite struct ScreenClearanceTests {
    private static let question = ["--category", "marketing", "--channel", "whatsapp"]

    @Test func everyAnswerIsClearedAndAnchoredBeforeTheRowsAreThere() throws {
        let place = try Workplace.withLedger()
        try place.succeed(["opt-in", "+34600111222", "--notice", "web"])
        try place.succeed(["opt-out", "+34600111223"])
        try place.write("+34600111222\nnonsense\n+34600111223\n+34600111222\n", to: "list.txt")
        let campaign = ["screen", "list.txt", "-o", "out.csv", "--clearances", "campaign", "--ref", "spring", "--list"]
        let screened = try place.run(campaign + ["--json"] + Self.question)
        #expect(screened.status == 65, "one row is no contact: \(screened.errors)")
        let anchor: Int = try screened.member("anchor")
        let vkey = try String(contentsOfFile: place.path("consent.ledger/log/log.vkey"), encoding: .utf8)
            .trimmingCharacters(in: .whitespacesAndNewlines)
        let marker = try String(contentsOfFile: place.path("consent.ledger/private/ledger"), encoding: .utf8)
        let ledgerID = String(marker.split(separator: "\n")[2])
        try place.succeed(["clearance", "verify", "campaign", "--vkey", vkey, "--ledger-id", ledgerID])
        let log = try place.succeed(["log", "\(anchor)", "--json"])
        #expect(log.output.contains("\"decisions-recorded\"") && log.output.contains("\"count\": 3"))
        try place.succeed(["clearance", "replay", "campaign"])
        try place.succeed(["verify", "--level", "replay"])
        // What is there is not written over, and then nothing is recorded.
        let size = try place.recorded()
        #expect(try place.run(campaign + Self.question).status == 65)
        #expect(try place.recorded() == size)
    }

    @Test func aClearanceIsForWhatIsToBeSent() throws {
        let place = try Workplace.withLedger()
        try place.write("phone,sent\n+34600111222,2024-01-01\n", to: "list.csv")
        let clear = ["screen", "list.csv", "--clearances", "campaign"] + Self.question
        #expect(try place.run(clear).status == 64, "the rows must wait for the anchor")
        #expect(try place.run(clear + ["-o", "out.csv", "--at-column", "sent"]).status == 64)
        #expect(try place.run(clear + ["-o", "out.csv", "--size", "2"]).status == 64)
        #expect(try place.run(["screen", "list.csv", "--ref", "x"] + Self.question).status == 64)
        let size = try place.recorded()
        let unanchored = try place.run(clear + ["--no-anchor"])
        #expect(unanchored.status == 0, "\(unanchored.errors)")
        #expect(try place.recorded() == size)
        #expect(FileManager.default.fileExists(atPath: place.path("campaign/leaves")))
        try place.succeed(["clearance", "anchor", "campaign"])
    }
}
