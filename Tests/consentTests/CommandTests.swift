import ConsentLedger
import ConsentModel
import Foundation
import Testing

/// Every command does what it says, through the built program.
@Suite struct CommandTests {
    static let contact = "+34600111222"

    @Test func theFirstFiveMinutes() throws {
        let place = try Workplace()
        let made = try place.succeed(["init", "--business", "Acme Viajes"])
        for part in [
            "consent-ledger.local/acme-viajes-", "vkey", "ledger-id", "private/keys/admin.key", "consent check",
        ] {
            #expect(made.output.contains(part))
        }
        try place.write("Acepto ofertas de Acme Viajes por WhatsApp. BAJA para salir.\n", to: "optin.txt")
        try place.succeed([
            "notice", "add", "web", "--file", "optin.txt", "--language", "es", "--channel", "whatsapp", "--category",
            "marketing",
        ])
        try place.succeed(["opt-in", Self.contact, "--notice", "web"])
        let question = ["check", Self.contact, "--category", "marketing", "--channel", "whatsapp"]
        let yes = try place.run(question)
        #expect(yes.status == 0)
        #expect(yes.output.hasPrefix("Yes. The person opted in to marketing on WhatsApp on "))
        #expect(yes.output.contains("(record 4, notice web).\n"))
        try place.succeed(["opt-out", Self.contact])
        let no = try place.run(question)
        #expect(no.status == 1)
        #expect(no.output.hasPrefix("No. The person opted out of everything on "))
        #expect(no.output.contains("(record 5).\n"))
    }

    @Test func initPrintsWhatAnAuditorPins() throws {
        let place = try Workplace()
        let made = try place.succeed([
            "init", "--ledger", "here", "--origin", "log.example.com/acme", "--business", "Café Olé", "--country", "ES",
            "--test", "--json",
        ])
        #expect(try made.member("origin") == "log.example.com/acme")
        #expect(try made.member("business") == "cafe-ole")
        #expect(try made.member("test") == true)
        let key: String = try made.member("vkey")
        #expect(try String(contentsOfFile: place.path("here/log/log.vkey"), encoding: .utf8) == key + "\n")
        #expect(try made.member("ledger-id", as: String.self).count == 64)
        #expect(FileManager.default.fileExists(atPath: place.path(try made.member("admin-key"))))
        let listed = try place.run(["business", "list", "--json"], environment: ["CONSENT_LEDGER": "here"])
        let business = try #require((try listed.json() as? [[String: Any]])?.first)
        #expect(business["id"] as? String == "cafe-ole" && business["country"] as? String == "ES")
    }

    @Test func businessesBrandsSendersAndCategoriesAreListed() throws {
        let place = try Workplace()
        try place.succeed(["init"])
        #expect(try place.succeed(["business", "list"]).output.contains("There is no business yet"))
        try place.succeed(["business", "add", "acme", "--name", "Acme Viajes", "--country", "ES"])
        try place.succeed(["brand", "add", "go", "--name", "Viajes Go"])
        try place.succeed([
            "sender", "add", "offers", "--address", "106540352242922", "--address", "MG1", "--channel", "whatsapp",
            "--brand", "go",
        ])
        try place.succeed(["category", "add", "orders", "--class", "utility", "--title", "Order updates"])
        try place.succeed(["category", "add", "old", "--class", "marketing"])
        try place.succeed(["category", "retire", "old"])
        #expect(try place.succeed(["business", "list"]).output.contains("acme  Acme Viajes  ES"))
        #expect(try place.succeed(["brand", "list"]).output.contains("go  Viajes Go"))
        #expect(try place.succeed(["sender", "list"]).output.contains("offers  106540352242922 MG1  whatsapp  go"))
        let categories = try place.succeed(["category", "list"]).output
        #expect(categories.contains("orders          utility         contract  Order updates"))
        #expect(categories.contains("retired by record 7"))
        for list in ["business", "brand", "sender", "category", "notice", "source"] {
            let items = try place.succeed([list, "list", "--json"]).json() as? [[String: Any]]
            #expect(items != nil)
        }
        // With two businesses, one must be named.
        try place.succeed(["business", "add", "other", "--name", "Other"])
        #expect(try place.run(["brand", "list"]).status == 65)
        #expect(try place.succeed(["brand", "list", "--business", "other"]).output.contains("has no brand"))
    }

    @Test func noticesKeepTheirWords() throws {
        let place = try Workplace.withLedger()
        let text = "Texto exacto de Acme Viajes con ñ, \"comillas\" y\nlíneas.\n"
        try place.write(text, to: "two.txt")
        let arguments = ["--channel", "sms", "--category", "marketing"]
        try place.succeed(["notice", "add", "sms", "--file", "two.txt", "--language", "es"] + arguments)
        try place.succeed(["notice", "add", "sms", "--text", "I agree, Acme Viajes.", "--language", "en"] + arguments)
        try place.succeed(
            ["notice", "add", "old", "--text", "Antes, Acme Viajes.", "--language", "es", "--reconstructed"]
                + ["--shown-from", "2021-07-01", "--shown-until", "2023-05-31"] + arguments)
        let shown = try #require(try place.succeed(["notice", "show", "sms", "--json"]).json() as? [[String: Any]])
        #expect(shown.map { $0["text"] as? String } == [text, "I agree, Acme Viajes."])
        #expect(
            try place.succeed(["notice", "show", "sms", "--language", "EN"]).output.contains(
                "  I agree, Acme Viajes.\n"))
        #expect(
            try place.succeed(["notice", "list"]).output.contains(
                "shown from 2021-07-01T00:00:00Z until 2023-05-31T23:59:59.999Z"))

        // Several languages: the one that was shown must be said; what was shown before carries what was given before.
        #expect(try place.run(["opt-in", Self.contact, "--notice", "sms"]).errors.contains("--language"))
        try place.succeed(["opt-in", Self.contact, "--notice", "sms", "--language", "en"])
        try place.succeed(["opt-in", "+34600111223", "--notice", "old", "--occurred-at", "2022-01-02"])
        let old = try place.run(["check", "+34600111223", "--category", "marketing", "--channel", "sms"])
        #expect(old.status == 0 && old.output.contains("attested afterwards"))

        try place.succeed(["notice", "retire", "web"])
        let retired = try place.run(["opt-in", Self.contact, "--notice", "web"])
        #expect(retired.status == 65 && retired.errors.contains("was retired"))
    }

    @Test func doubleOptInNeedsItsConfirmation() throws {
        let place = try Workplace.withLedger()
        let question = ["check", "ana@example.com", "--category", "marketing", "--channel", "whatsapp"]
        try place.succeed(["opt-in", "ana@example.com", "--notice", "web", "--pending"])
        let pending = try place.run(question)
        #expect(pending.status == 1 && pending.output.contains("An opt-in waits for its confirmation, since "))
        let confirmed = try place.succeed(["confirm", "ana@example.com", "--id", "click-1", "--json"])
        #expect(try confirmed.member("request") == 4)
        #expect(try place.run(question).status == 0)
        // The same click again is the same event; a second one without a request is none.
        #expect(try place.succeed(["confirm", "ana@example.com", "--id", "click-1", "--json"]).member("index") == 5)
        #expect(try place.run(["confirm", "ana@example.com"]).status == 65)
        // Of several requests one must be named.
        try place.succeed(["opt-in", "ana@example.com", "--notice", "web", "--pending"])
        try place.succeed(["opt-in", "ana@example.com", "--notice", "web", "--pending"])
        #expect(try place.run(["confirm", "ana@example.com"]).errors.contains("records 6 and 7"))
        #expect(
            try place.succeed(["confirm", "ana@example.com", "--request", "7"]).output.contains("as asked in record 7"))
        #expect(try place.run(["confirm", "ana@example.com", "--request", "5"]).status == 65)
    }

    @Test func aResumeUndoesWhatItsChannelStopped() throws {
        let place = try Workplace.withLedger()
        let question = ["check", Self.contact, "--category", "marketing", "--channel", "whatsapp"]
        let scope = ["--category", "marketing", "--channel", "whatsapp"]
        try place.succeed(["opt-in", Self.contact, "--notice", "web"])
        try place.succeed(["opt-out", Self.contact, "--via", "whatsapp"] + scope)
        try place.succeed(["resume", Self.contact, "--via", "sms"] + scope)
        #expect(try place.run(question).status == 1)
        try place.succeed(["resume", Self.contact, "--via", "whatsapp"] + scope)
        #expect(try place.run(question).status == 0)
        try place.succeed(["opt-out", Self.contact, "--do-not-contact", "--via", "voice"])
        #expect(try place.run(question).output.contains("asked not to be contacted"))
        try place.succeed(["resume", Self.contact, "--via", "voice"])
        #expect(try place.run(question).status == 1)
        // A return by a channel that nobody noted undoes nothing.
        #expect(try place.run(["resume", Self.contact, "--do-not-contact"]).status == 64)
        #expect(try place.run(question).status == 1)
        try place.succeed(["resume", Self.contact, "--do-not-contact", "--via", "voice"])
        #expect(try place.run(question).status == 0)
    }

    @Test func basesOtherThanConsentAreAnsweredFor() throws {
        let place = try Workplace.withLedger()
        let question = ["check", Self.contact, "--category", "utility", "--channel", "whatsapp"]
        #expect(try place.run(question).status == 1)
        #expect(try place.run(question + ["--basis", "contract"]).status == 0)
        let scope = ["--basis", "contract", "--category", "utility", "--channel", "whatsapp"]
        try place.succeed(["basis", "begin", Self.contact] + scope)
        #expect(try place.run(question).status == 0)
        // A plain opt-out leaves the contract, and the no about offers says what may still be sent.
        try place.succeed(["opt-out", Self.contact])
        #expect(try place.run(question).status == 0)
        let offers = try place.run(["check", Self.contact, "--category", "marketing", "--channel", "whatsapp"])
        #expect(offers.status == 1 && offers.output.contains("\nYes on WhatsApp: utility.\n"))
        try place.succeed(["basis", "end", Self.contact, "--basis", "contract"])
        #expect(try place.run(question).status == 1)
    }

    @Test func aContactIsReadFromStandardInput() throws {
        let place = try Workplace.withLedger()
        try place.succeed(["opt-in", "-", "--notice", "web"], input: "+34 600 111 222\nnot this line\n")
        #expect(try place.run(["check", Self.contact, "--category", "marketing", "--channel", "whatsapp"]).status == 0)
        #expect(try place.run(["history", "-"], input: "").status == 65)
    }

    @Test func aGridAnswersEverything() throws {
        let place = try Workplace.withLedger(test: true)
        try place.succeed(["opt-in", Self.contact, "--notice", "web"])
        let grid = try place.run(["check", Self.contact])
        #expect(grid.status == 1)
        #expect(grid.output.contains("marketing       yes\n") && grid.output.contains("utility         no\n"))
        #expect(grid.output.contains("This is a TEST ledger"))
        let answers: [[String: Any]] = try place.run(["check", Self.contact, "--json"]).member("answers")
        #expect(answers.count == 4)
        #expect(
            answers.filter { $0["outcome"] as? String == "allow" }.map { $0["category"] as? String } == ["marketing"])
        // One category over all channels in use is a grid too, and here it is all yes.
        #expect(try place.run(["check", Self.contact, "--category", "marketing"]).status == 0)
    }

    @Test func answersHaveTwoClocks() throws {
        let place = try Workplace.withLedger()
        try place.succeed(
            ["notice", "add", "old", "--text", "Antes, Acme Viajes.", "--language", "es", "--channel", "whatsapp"]
                + ["--category", "marketing", "--reconstructed", "--shown-from", "2021-01-01"])
        try place.succeed(["opt-in", Self.contact, "--notice", "old", "--occurred-at", "2022-01-01T10:00:00Z"])
        try place.succeed(["opt-out", Self.contact, "--occurred-at", "2023-01-01T10:00:00Z"])
        let question = ["check", Self.contact, "--category", "marketing", "--channel", "whatsapp"]
        #expect(try place.run(question).status == 1)
        #expect(try place.run(question + ["--at", "2022-06-01"]).status == 0)
        #expect(try place.run(question + ["--at", "2021-06-01"]).status == 1)
        #expect(try place.run(question + ["--at", "2023-06-01", "--size", "6"]).status == 0)
        #expect(try place.run(question + ["--at", "2023-06-01", "--size", "5"]).status == 1)
        #expect(try place.run(question + ["--at", "2023-06-01", "--known-at", "2023-06-01"]).status == 65)
        let later = try place.run(question + ["--at", "2022-06-01", "--known-at", "2999-01-01", "--json"])
        #expect(later.status == 0)
        #expect(try later.member("at") == "2022-06-01T00:00:00Z")
        #expect(try later.member("size") == 7)
        #expect(try later.member("root", as: String.self).count == 64)
        #expect(try later.member("outcome") == "allow")
        let reasons: [[String: Any]] = try later.member("reasons")
        #expect(reasons.map { $0["code"] as? String } == ["consent-given", "notice-reconstructed"])
        #expect(reasons[0]["time"] as? String == "2022-01-01T10:00:00Z")
        #expect(reasons[0]["records"] as? [Int] == [5])
        #expect(try place.run(question + ["--size", "99"]).status == 65)
    }

    @Test func sendersNarrowWhatTheyMust() throws {
        let place = try Workplace.withLedger()
        for id in ["one", "two"] {
            try place.succeed(["sender", "add", id, "--address", "10\(id)", "--channel", "whatsapp"])
        }
        try place.succeed(["opt-in", Self.contact, "--notice", "web"])
        try place.succeed(["opt-out", Self.contact, "--sender", "one"])
        let question = ["check", Self.contact, "--category", "marketing", "--channel", "whatsapp"]
        #expect(try place.run(question + ["--sender", "one"]).status == 1)
        #expect(try place.run(question + ["--sender", "two"]).status == 0)
        #expect(try place.run(question).status == 1)
    }

    @Test func historyOpensThePrivateFacts() throws {
        let place = try Workplace.withLedger()
        try place.succeed(
            [
                "opt-in", Self.contact, "--notice", "web", "--evidence", "ip=203.0.113.9", "--evidence",
                "note=a=b \u{1b}[31m",
                "--verification", "code", "--occurred-at", "2999-01-01",
            ].dropLast(2))
        try place.succeed(["opt-out", Self.contact])
        let history = try place.succeed(["history", Self.contact])
        #expect(history.output.contains("Acme Viajes, +34600111222: 2 records\n"))
        #expect(history.output.contains("  ip: 203.0.113.9\n"))
        #expect(history.output.contains("  note: a=b \\u{1b}[31m\n"))
        #expect(history.output.contains("  verification: code\n"))
        let records: [[String: Any]] = try place.succeed(["history", Self.contact, "--json"]).member("records")
        #expect(records.map { $0["type"] as? String } == ["consent-given", "consent-withdrawn"])
        let facts = try #require(records[0]["private"] as? [String: String])
        #expect(facts == ["contact": Self.contact, "ip": "203.0.113.9", "note": "a=b \u{1b}[31m"])
        #expect(try place.succeed(["history", "+34600111299"]).output.contains("has no record of +346…299"))
        // The log itself has none of it.
        #expect(!(try place.succeed(["log", "--json"]).output.contains("203.0.113.9")))
    }

    @Test func theListIsTheCurrentState() throws {
        let place = try Workplace.withLedger()
        try place.succeed(["opt-in", Self.contact, "--notice", "web"])
        try place.succeed(["opt-in", "ana@example.com", "--notice", "web"])
        try place.succeed(["opt-out", "ana@example.com"])
        let rows = try place.succeed(["list"]).output.split(separator: "\n").map(String.init)
        #expect(rows[0] == "contact,business,channel,category,outcome,reason,since,notice,record")
        #expect(rows.contains { $0.hasPrefix("+34600111222,acme-viajes,whatsapp,marketing,allow,consent-given,2") })
        #expect(rows.contains { $0.hasPrefix("+34600111222,acme-viajes") && $0.hasSuffix(",web,4") })
        #expect(rows.contains { $0.hasPrefix("ana@example.com,acme-viajes,whatsapp,marketing,deny,withdrawn,2") })
        let suppressed = try place.succeed(["list", "--withdrawn"]).output.split(separator: "\n").dropFirst()
        #expect(suppressed.allSatisfy { $0.hasPrefix("ana@example.com,") } && suppressed.count == 1)
        // A channel that nothing names yet is listed when asked for: the opt-out covers it.
        #expect(try place.succeed(["list", "--withdrawn", "--channel", "sms"]).output.contains(",sms,marketing,deny,"))
        let items = try place.succeed(["list", "--json"]).json() as? [[String: Any]]
        #expect(items?.count == rows.count - 1)
        #expect(try place.succeed(["list", "--json", "--category", "service", "--withdrawn"]).json() as? [Int] == [])
        #expect(try place.run(["list", "--category", "x"]).status == 65)
        #expect(try place.run(["list", "--business", "x"]).status == 65)
        #expect(try place.run(["list", "--channel", "x"]).status == 65)
    }

    @Test func theLogIsShownByRange() throws {
        let place = try Workplace.withLedger()
        try place.succeed(["opt-in", Self.contact, "--notice", "web"])
        #expect(try place.succeed(["log"]).output.split(separator: "\n").count == 5)
        #expect(try place.succeed(["log", "1..2"]).output.split(separator: "\n").count == 2)
        let records = try #require(try place.succeed(["log", "4", "--json"]).json() as? [[String: Any]])
        let fields = try #require(records.first?["fields"] as? [String: Any])
        #expect(fields["channels"] as? [String] == ["whatsapp"])
        #expect((fields["notice"] as? [String: Any])?["name"] as? String == "web")
        #expect((records[0]["handles"] as? [String])?.count == 1)
        for range in ["5", "2..9", "3..1", "7.."] { #expect(try place.run(["log", range]).status == 65) }
        #expect(try place.run(["log", "x"]).status == 64)
    }

    @Test func aCheckpointIsPrintedAsItIsPublished() throws {
        let place = try Workplace.withLedger()
        let note = try String(contentsOfFile: place.path("consent.ledger/log/checkpoint"), encoding: .utf8)
        #expect(try place.succeed(["checkpoint"]).output == note)
        let json = try place.succeed(["checkpoint", "--json"])
        #expect(try json.member("note") == note)
        #expect(try json.member("size") == 4)
    }

    @Test func replayRebuildsTheIndexAndJudgesTheOldOne() throws {
        let place = try Workplace.withLedger()
        try place.succeed(["opt-in", Self.contact, "--notice", "web"])
        let right = try place.succeed(["replay"])
        #expect(right.output.hasPrefix("Rebuilt the index from 5 records in "))
        #expect(right.output.hasSuffix("1 contact, 0 open reviews. It says what it said before.\n"))
        let index = place.path("consent.ledger/private/index.sqlite")
        try FileManager.default.removeItem(atPath: index)
        #expect(try place.succeed(["check", Self.contact, "--category", "marketing"]).status == 0)
        // An index that is no database says nothing.
        try place.write("no database", to: "consent.ledger/private/index.sqlite")
        let broken = try place.succeed(["replay", "--json"])
        #expect(try broken.json() as? [String: Any] != nil)
        #expect(try (broken.json() as? [String: Any])?["was-right"] is NSNull)
        #expect(try place.succeed(["check", Self.contact, "--category", "marketing"]).status == 0)
    }

    @Test func replayLeavesTheIndexWhereTheLogIsWrong() throws {
        let place = try Workplace.withLedger()
        let files = FileManager.default
        try files.copyItem(atPath: place.path("consent.ledger/log"), toPath: place.path("older"))
        try place.succeed(["opt-out", Self.contact])
        // The log rolled back, and the journal gone that could mend it.
        try files.removeItem(atPath: place.path("consent.ledger/log"))
        try files.copyItem(atPath: place.path("older"), toPath: place.path("consent.ledger/log"))
        try files.removeItem(atPath: place.path("consent.ledger/private/journal"))
        let before = try Data(contentsOf: URL(fileURLWithPath: place.path("consent.ledger/private/index.sqlite")))
        let outcome = try place.run(["replay"])
        #expect(outcome.status == 2, "\(outcome.errors)")
        #expect(try Data(contentsOf: URL(fileURLWithPath: place.path("consent.ledger/private/index.sqlite"))) == before)
        let names = try files.contentsOfDirectory(atPath: place.path("consent.ledger/private"))
        #expect(!names.contains { $0.contains("before") })
    }

    @Test func replayReplacesAnotherLedgersIndex() throws {
        let place = try Workplace.withLedger()
        try place.succeed(["opt-out", Self.contact])
        let other = try Workplace.withLedger()
        let index = place.path("consent.ledger/private/index.sqlite")
        try FileManager.default.removeItem(atPath: index)
        try FileManager.default.copyItem(atPath: other.path("consent.ledger/private/index.sqlite"), toPath: index)
        #expect(try place.run(["check", Self.contact]).status == 66)
        try place.succeed(["replay"])
        #expect(try place.run(["check", Self.contact]).status == 1)
    }

    @Test func sourcesAreAuthorisedAndRevoked() throws {
        let place = try Workplace.withLedger()
        try place.succeed(["source", "add", "shop", "--business", "acme-viajes"])
        try place.write(String(repeating: "5a", count: 32), to: "key.hex")
        try place.succeed(["source", "add", "calls", "--public-key", "key.hex", "--custody", "external"])
        try place.succeed(["opt-in", Self.contact, "--notice", "web", "--source", "shop"])
        try place.succeed(["source", "revoke", "shop", "--compromised-since", "2020-01-01"])
        let sources = try #require(try place.succeed(["source", "list", "--json"]).json() as? [[String: Any]])
        #expect(sources.map { $0["id"] as? String } == ["calls", "cli", "shop"])
        #expect(sources.map { $0["custody"] as? String } == ["external", "ledger", "ledger"])
        #expect(sources.map { $0["possession-shown"] as? Bool } == [false, true, true])
        #expect(
            try place.succeed(["source", "list"]).output.contains("revoked by record 7, compromised since 2020-01-01"))
        let answer = try place.run(["check", Self.contact, "--category", "marketing", "--channel", "whatsapp"])
        #expect(answer.status == 1 && answer.output.contains("other hands"))
    }

    @Test func reviewsWaitForAPerson() throws {
        let place = try Workplace.withLedger()
        try place.succeed(["opt-in", Self.contact, "--notice", "web"])
        #expect(try place.succeed(["review", "list"]).output == "No possible opt-out waits to be decided.\n")
        let question = ["check", Self.contact, "--category", "marketing", "--channel", "whatsapp"]
        for (flag, status) in [("--dismiss", 0), ("--opt-out", 1)] as [(String, Int32)] {
            let record = try openReview(in: place)
            #expect(try place.run(question).output.contains("waits for a person to decide"))
            let waiting = try #require(try place.succeed(["review", "list", "--json"]).json() as? [[String: Any]])
            #expect(waiting.first?["contact"] as? String == Self.contact)
            #expect((waiting.first?["private"] as? [String: String])?["text"] == "no me escriban más")
            #expect(try place.succeed(["review", "list"]).output.contains("  text: no me escriban más\n"))
            try place.succeed(["review", "decide", String(record), flag])
            #expect(try place.run(question).status == status)
            #expect(try place.run(["review", "decide", String(record), flag]).status == 65)
        }
    }

    /// What an import does with a sentence that seems to ask for a stop.
    private func openReview(in place: Workplace) throws -> UInt64 {
        let writer = try LedgerWriter(LedgerLocation(directory: place.path("consent.ledger")))
        var draft = EventDraft(
            .reviewOpened, business: "acme-viajes", contact: try ContactAddress(parsing: Self.contact),
            privateFields: [EventDraft.PrivateFact("text", "no me escriban más")])
        draft.fields[.categories] = .list(["marketing"])
        let index = try writer.append(draft).index
        try writer.close()
        return index
    }

    /// For Twilio's items, results in a file that ends in .json are what its bulk request answers.
    @Test func twilioIsAnsweredInItsOwnShape() throws {
        let place = try Workplace.withLedger()
        try place.succeed(["sender", "add", "sms", "--address", "+34910000001", "--channel", "whatsapp"])
        let (taken, refused) = ("02e1d6b5d2b54d2e8f7a0c3f6a1b9e44", "02e1d6b5d2b54d2e8f7a0c3f6a1b9e45")
        let items = [
            #"{"contact_id":"+34600111222","correlation_id":"\#(taken)","sender_id":"+34910000001","status":"opt-out","source":"website"}"#,
            #"{"contact_id":"12","correlation_id":"\#(refused)","sender_id":"+34910000001","status":"opt-in","source":"website"}"#,
        ]
        for count in 0...2 {
            try place.write("[" + items.prefix(count).joined(separator: ",\n") + "]", to: "items.json")
            let run = try place.run(
                ["import", "items.json", "--format", "twilio", "--notice", "web", "--results", "answer.json"])
            #expect(run.status == (count == 2 ? 65 : 0))
            let text = try String(contentsOfFile: place.path("answer.json"), encoding: .utf8)
            let answer = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: [[String: Any]]]
            let answers = try #require(answer?["items"])
            #expect(answers.map { $0["correlation_id"] as? String } == Array([taken, refused].prefix(count)))
            #expect(answers.map { $0["error_code"] as? Int } == Array([0, 30646].prefix(count)))
            #expect(
                answers.map { $0["error_messages"] as? [String] } == Array([[], ["INVALID_CONTACT_ID"]].prefix(count)))
        }
        try place.succeed(["verify"])
    }
}
