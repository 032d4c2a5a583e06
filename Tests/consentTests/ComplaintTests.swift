import Foundation
import Testing

/// What users of other systems complain about in public, and what this one does instead: a test each, named by where it was
/// said.
@Suite struct ComplaintTests {
    static let ana = "+34600111222"

    /// A place with the ledger of Acme Viajes: the notices `web` (WhatsApp) and `mail` (e-mail), the categories `news`
    /// (marketing) and `order-update` (a contract), the sender `ventas`.
    private static func furnished() throws -> Workplace {
        let place = try Workplace.withLedger()
        try place.write(
            "Acepto recibir noticias de Acme Viajes por correo. Responda BAJA para salir.\n", to: "mail.txt")
        try place.succeed(["category", "add", "news", "--class", "marketing", "--basis", "consent"])
        try place.succeed(["category", "add", "order-update", "--class", "utility", "--basis", "contract"])
        try place.succeed([
            "notice", "add", "mail", "--file", "mail.txt", "--language", "es", "--channel", "email", "--category",
            "marketing", "--category", "news",
        ])
        try place.succeed(["sender", "add", "ventas", "--address", "106540352242922", "--channel", "whatsapp"])
        return place
    }

    /// What `consent check` says: `allow`, `deny`, `defer`, and the first reason's code.
    private static func answer(
        _ place: Workplace, _ contact: String = ana, _ category: String = "marketing", _ channel: String = "whatsapp",
        more: [String] = []
    ) throws -> (outcome: String, code: String) {
        let outcome = try place.run(
            ["check", contact, "--category", category, "--channel", channel, "--json"] + more)
        let reasons = try outcome.member("reasons", as: [[String: Any]].self)
        return (try outcome.member("outcome"), try #require(reasons.first?["code"] as? String))
    }

    /// The time, to the second.
    private static func now() -> String { Date().formatted(.iso8601) }

    /// The records of a contact, as `consent history --json` has them.
    private static func history(_ place: Workplace, _ contact: String = ana) throws -> [[String: Any]] {
        try place.succeed(["history", contact, "--json"]).member("records")
    }

    /// A WhatsApp webhook body with one message of Ana's.
    private static func webhook(_ content: String, id: String, at time: Int = 1_700_000_000) -> String {
        #"{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"metadata":"#
            + #"{"phone_number_id":"106540352242922"},"messages":[{"from":"34600111222","id":"\#(id)","#
            + #""timestamp":"\#(time)",\#(content)}]}}]}]}"# + "\n"
    }

    private static func text(_ text: String) -> String { #""type":"text","text":{"body":"\#(text)"}"# }

    /// Imports webhook bodies and gives the outcome of each.
    private static func receive(_ bodies: [String], in place: Workplace) throws -> [String] {
        try place.write(bodies.joined(), to: "webhooks.jsonl")
        _ = try place.run(["import", "webhooks.jsonl", "--format", "whatsapp", "--results", "results.csv"])
        let rows = try String(contentsOfFile: place.path("results.csv"), encoding: .utf8).split(separator: "\n")
        return rows.dropFirst().map { String($0.split(separator: ",", omittingEmptySubsequences: false)[3]) }
    }

    @Test("listmonk#1106, #1329, keila#575, proca-server#202: address and time of request and confirmation are kept")
    func bothHalvesOfADoubleOptInHaveTheirProof() throws {
        let place = try Self.furnished()
        let mail = "ana@example.com"
        try place.succeed(
            ["opt-in", mail, "--notice", "mail", "--category", "news", "--pending", "--evidence", "ip=192.0.2.10"])
        try place.succeed(["confirm", mail, "--evidence", "ip=203.0.113.20"])
        let records = try Self.history(place, mail)
        #expect(records.count == 2)
        for (record, ip) in zip(records, ["192.0.2.10", "203.0.113.20"]) {
            let facts = try #require(record["private"] as? [String: Any])
            #expect(facts["ip"] as? String == ip)
            #expect((record["fields"] as? [String: Any])?["occurred-at"] != nil)
        }
        // It is for who needs it, and in no one else's hands: the log has neither.
        #expect(try Self.answer(place, mail, "news", "email").outcome == "allow")
        let log = try place.succeed(["log", "--json"]).output
        for secret in ["192.0.2.10", "203.0.113.20", mail] { #expect(!log.contains(secret)) }
    }

    @Test(
        "listmonk#2008, keila#253, #259, Mailtrain#325, sendportal-core#165: an import can be undone and loses no opt-out"
    )
    func anImportCanBeUndone() throws {
        let place = try Self.furnished()
        let luis = "+34600111333"
        try place.succeed(["opt-in", Self.ana, "--notice", "web"])
        try place.succeed(["opt-out", luis])
        try place.write(
            "contact,status,date,id\n\(Self.ana),opt-out,\(Self.now()),r1\n\(luis),opt-in,2026-01-01,r2\n",
            to: "wrong.csv")
        try place.succeed([
            "import", "wrong.csv", "--format", "csv", "--notice-unknown", "--channel", "whatsapp", "--category",
            "marketing",
        ])
        #expect(try Self.answer(place).outcome == "deny")
        #expect(try Self.answer(place, luis).outcome == "deny")
        // Each of its records can be voided, and what was there before answers again.
        for contact in [Self.ana, luis] {
            let record = try #require(try Self.history(place, contact).last)
            let id = try #require(record["event-id"] as? String)
            let line = #"{"type":"event-voided","contact":"\#(contact)","concerns":"\#(id)","reason":"wrong-file"}"#
            try place.succeed(["append", "-"], input: line + "\n")
        }
        #expect(try Self.answer(place).outcome == "allow")
        #expect(try Self.answer(place, luis) == ("deny", "withdrawn"))
        try place.succeed(["verify"])
    }

    @Test(
        "listmonk#2452, craft-campaign#384, mautic#1543: a list of who left is taken over, and a bounce is no opt-out")
    func aSuppressionListIsTakenOver() throws {
        let place = try Self.furnished()
        try place.write("contact,status\n\(Self.ana),unsubscribed\n+34600111333,bounced\n", to: "left.csv")
        // A word that may be anything is asked about, not guessed.
        let outcome = try place.run(["import", "left.csv", "--format", "csv", "--results", "results.csv"])
        #expect(outcome.status == 65)
        let results = try String(contentsOfFile: place.path("results.csv"), encoding: .utf8)
        #expect(results.contains("unknown-value") && results.contains("bounced"))
        #expect(try Self.answer(place) == ("deny", "withdrawn"))
        #expect(try Self.answer(place, "+34600111333") == ("deny", "no-record"))
        // Whoever was never seen before stays out, whatever a later file says.
        try place.write("contact,status,date\n\(Self.ana),opt-in,2026-01-01\n", to: "again.csv")
        _ = try place.run(["import", "again.csv", "--format", "csv", "--notice", "web"])
        #expect(try Self.answer(place).outcome == "deny")
    }

    @Test("emailflare#191: a list that is deleted takes no suppressions with it")
    func aRetiredCategoryKeepsItsOptOuts() throws {
        let place = try Self.furnished()
        let mail = "ana@example.com"
        try place.succeed(["opt-in", mail, "--notice", "mail", "--category", "news"])
        try place.succeed(["opt-out", mail, "--category", "news"])
        try place.succeed(["category", "retire", "news"])
        #expect(try Self.answer(place, mail, "news", "email") == ("deny", "category-retired"))
        #expect(try place.succeed(["list", "--withdrawn"]).output.contains(mail))
        // Who only opted in, or came back, is not on it.
        let ben = "ben@example.com"
        try place.succeed(["opt-in", ben, "--notice", "mail", "--category", "marketing"])
        #expect(try !place.succeed(["list", "--withdrawn"]).output.contains(ben))
        // Another list under its name would have its opt-outs with it, and there is none.
        #expect(try place.run(["category", "add", "news", "--class", "marketing"]).status == 65)
        try place.succeed(["opt-out", mail])
        // Nor does a new list forget who left.
        try place.succeed(["category", "add", "deals", "--class", "marketing", "--basis", "consent"])
        #expect(try Self.answer(place, mail, "deals", "email") == ("deny", "withdrawn"))
        #expect(try place.succeed(["list", "--withdrawn"]).output.contains(mail))
    }

    @Test("twenty#26308, margince#5480: a topic is not all, replies go on, and an objection is another act")
    func anOptOutHasItsScope() throws {
        let place = try Self.furnished()
        let mail = "ana@example.com"
        try place.succeed(["opt-in", mail, "--notice", "mail", "--category", "marketing", "--category", "news"])
        try place.succeed(["opt-out", mail, "--category", "news"])
        #expect(try Self.answer(place, mail, "news", "email") == ("deny", "withdrawn"))
        #expect(try Self.answer(place, mail, "marketing", "email").outcome == "allow")
        let objection = #"{"type":"objected","contact":"\#(mail)","categories":["marketing"]}"#
        try place.succeed(["append", "-"], input: objection + "\n")
        #expect(try Self.answer(place, mail, "marketing", "email") == ("deny", "objected"))
        // START takes an opt-out back, and no objection.
        _ = try place.run(["resume", mail, "--via", "email"])
        #expect(try Self.answer(place, mail, "marketing", "email") == ("deny", "objected"))
        // Whoever writes is answered.
        #expect(try Self.answer(place, mail, "service", "email") == ("deny", "no-message-to-answer"))
        #expect(
            try Self.answer(place, mail, "service", "email", more: ["--replying-to", Self.now()]) == (
                "allow", "replying"
            ))
    }

    @Test("novu#5600, #2666: person, topic and channel: the latest that covers the message, and a channel can be off")
    func oneAnswerForPersonTopicAndChannel() throws {
        let place = try Self.furnished()
        try place.succeed([
            "opt-in", Self.ana, "--notice", "mail", "--channel", "email", "--category", "news", "--category",
            "marketing",
        ])
        try place.succeed(["opt-in", Self.ana, "--notice", "web"])
        try place.succeed(["opt-out", Self.ana, "--channel", "email"])
        for category in ["news", "marketing"] {
            #expect(try Self.answer(place, Self.ana, category, "email") == ("deny", "withdrawn"))
        }
        #expect(try Self.answer(place).outcome == "allow")
        try place.succeed([
            "opt-in", Self.ana, "--notice", "mail", "--channel", "email", "--category", "news",
        ])
        #expect(try Self.answer(place, Self.ana, "news", "email").outcome == "allow")
        #expect(try Self.answer(place, Self.ana, "marketing", "email") == ("deny", "withdrawn"))
    }

    @Test(
        "DeskcommCRM#275, capo-v1#182, notification-terraform#2090: the words of the templates are known, for any sender",
        arguments: ["BAJA", "baja", "Baja.", "STOP", "ARRET", "arrêt", "parar", "unsubscribe", "STOP ALL"])
    func everyWordOfAnOptOutIsKnown(_ word: String) throws {
        let place = try Self.furnished()
        try place.succeed(["opt-in", Self.ana, "--notice", "web"])
        // To a number that the ledger does not know as a sender.
        let body = Self.webhook(Self.text(word), id: "wamid.1", at: Int(Date().timeIntervalSince1970))
            .replacing("106540352242922", with: "999")
        #expect(try Self.receive([body], in: place) == ["recorded"])
        #expect(try Self.answer(place) == ("deny", "withdrawn"))
    }

    @Test(
        "Spoke#2184, #1016, learning-circles#593, cht-core#476: a sentence is neither missed nor taken for an opt-out")
    func aSentenceIsForAPersonToRead() throws {
        let place = try Self.furnished()
        try place.succeed(["opt-in", Self.ana, "--notice", "web"])
        let sentences = ["please don't message me again", "I said stop texting me"]
        for (number, sentence) in sentences.enumerated() {
            #expect(
                try Self.receive([Self.webhook(Self.text(sentence), id: "wamid.\(number)")], in: place)
                    == ["held-for-review"], "\(sentence)")
        }
        #expect(try Self.answer(place) == ("deny", "held-for-review"))
        let waiting = try #require(try place.succeed(["review", "list", "--json"]).json() as? [[String: Any]])
        #expect(waiting.count == sentences.count)
        for review in waiting {
            try place.succeed(["review", "decide", String(try #require(review["record"] as? Int)), "--dismiss"])
        }
        // Once somebody has read that it was none.
        #expect(try Self.answer(place).outcome == "allow")
        // What it is about is for a person to say; what it may be holds back until then.
        let bill = [Self.webhook(Self.text("STOP this terrible bill"), id: "wamid.bill")]
        #expect(try Self.receive(bill, in: place) == ["held-for-review"])
        #expect(try Self.answer(place) == ("deny", "held-for-review"))
        // STOP with something behind it may mean less than everything.
        let narrower = [Self.webhook(Self.text("STOP 12345"), id: "wamid.narrower")]
        #expect(try Self.receive(narrower, in: place) == ["held-for-review"])
        // And thanks around the word change nothing.
        let now = Int(Date().timeIntervalSince1970)
        let thanks = [Self.webhook(Self.text("Stop. Thank you"), id: "wamid.thanks", at: now)]
        #expect(try Self.receive(thanks, in: place) == ["recorded"])
        #expect(try Self.answer(place).outcome == "deny")
    }

    @Test(
        "connect#1545, connect#913, rapidpro#640: what the platform says of an opt-out comes back, and its limits do not"
    )
    func thePlatformsSignalsCount() throws {
        let place = try Self.furnished()
        try place.succeed(["opt-in", Self.ana, "--notice", "web"])
        func failed(_ code: Int) -> String {
            #"{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"metadata":"#
                + #"{"phone_number_id":"106540352242922"},"statuses":[{"id":"wamid.\#(code)","recipient_id":"34600111222","#
                + #""status":"failed","timestamp":"\#(Int(Date().timeIntervalSince1970))","errors":[{"code":\#(code)}]}]}}]}]}"#
                + "\n"
        }
        #expect(try Self.receive([failed(131_049)], in: place) == ["nothing"])
        #expect(try Self.answer(place).outcome == "allow")
        #expect(try Self.receive([failed(131_050)], in: place) == ["recorded"])
        #expect(try Self.answer(place) == ("deny", "withdrawn"))
    }

    @Test("optipub: which message the opt-out answered is kept, not guessed")
    func theMessageThatWasAnsweredIsKept() throws {
        let place = try Self.furnished()
        let content = #""context":{"id":"wamid.offer-7"},"# + Self.text("BAJA")
        #expect(try Self.receive([Self.webhook(content, id: "wamid.reply-1")], in: place) == ["recorded"])
        let facts = try #require(try Self.history(place).last?["private"] as? [String: Any])
        #expect(facts["message-id"] as? String == "wamid.reply-1")
        #expect(facts["context-message-id"] as? String == "wamid.offer-7")
        // A wamid holds the number in base64: it is nowhere in the log.
        #expect(try !place.succeed(["log", "--json"]).output.contains("wamid"))
    }

    @Test("Rock#7049: the opt-out does not stop its own confirmation, and there is one")
    func anOptOutIsConfirmedOnce() throws {
        let place = try Self.furnished()
        try place.succeed(["opt-in", Self.ana, "--notice", "web"])
        try place.succeed(["opt-out", Self.ana, "--via", "whatsapp"])
        let confirmation = ["--for", "opt-out-confirmation", "--reserve"]
        #expect(try Self.answer(place).outcome == "deny")
        #expect(try Self.answer(place, more: confirmation) == ("allow", "opt-out-confirmation"))
        #expect(try Self.answer(place, more: confirmation) == ("deny", "opt-out-confirmed"))
        #expect(try Self.answer(place, more: ["--for", "opt-out-confirmation"]) == ("deny", "opt-out-confirmed"))
    }

    @Test(
        "klaro#198, pressidium#31, cookie-bar#121, brainsum#80, mozilla#16057: the log can be handed out, and names nobody"
    )
    func theLogCanBeHandedOut() throws {
        let place = try Self.furnished()
        try place.succeed(["opt-in", Self.ana, "--notice", "web", "--evidence", "ip=192.0.2.10"])
        try place.succeed(["opt-out", Self.ana, "--evidence", "note=por teléfono"])
        // One person's, with all proof, for the authority that asks; and everyone's, for the auditor.
        let own = try Self.history(place)
        #expect(
            own.count == 2 && own.allSatisfy { ($0["private"] as? [String: Any])?["contact"] as? String == Self.ana })
        let everyone = try place.succeed(["log", "--json"]).output
        for secret in [Self.ana, "600111222", "192.0.2.10", "teléfono"] { #expect(!everyone.contains(secret)) }
        let log = FileManager.default.enumerator(atPath: place.path("consent.ledger/log"))
        for case let name as String in try #require(log) {
            let file = URL(fileURLWithPath: place.path("consent.ledger/log/" + name))
            guard let bytes = try? Data(contentsOf: file) else { continue }
            for secret in [Self.ana, "600111222", "192.0.2.10"] {
                #expect(bytes.range(of: Data(secret.utf8)) == nil, "\(name)")
            }
        }
        try place.succeed(["verify", "consent.ledger/log"])
    }

    @Test(
        "trewknowledge#91, amy#1827, carlos#2674, esignet#1935, dpv#243: all that was, not only what is, words included"
    )
    func nothingIsOverwritten() throws {
        let place = try Self.furnished()
        try place.succeed(["opt-in", Self.ana, "--notice", "web"])
        try place.write("Acepto novedades de Acme Viajes por WhatsApp. BAJA para salir.\n", to: "new.txt")
        try place.succeed([
            "notice", "add", "web", "--file", "new.txt", "--language", "es", "--channel", "whatsapp", "--category",
            "marketing",
        ])
        try place.succeed(["opt-out", Self.ana])
        try place.succeed(["opt-in", Self.ana, "--notice", "web"])
        let records = try Self.history(place)
        #expect(
            records.compactMap { $0["type"] as? String } == ["consent-given", "consent-withdrawn", "consent-given"])
        func digest(_ record: [String: Any]) throws -> String {
            let fields = try #require(record["fields"] as? [String: Any])
            let notice = try #require(fields["notice"] as? [String: Any])
            return try #require(notice["text-digest"] as? String)
        }
        let (first, second) = (try digest(records[0]), try digest(records[2]))
        #expect(first != second)
        for (digest, words) in [(first, "ofertas"), (second, "novedades")] {
            let shown = try String(contentsOfFile: place.path("consent.ledger/log/object/\(digest)"), encoding: .utf8)
            #expect(shown.contains(words))
        }
        // And what the answer was at each of these times.
        let sizes = try records.map { try #require($0["index"] as? Int) + 1 }
        let outcomes = try sizes.map { try Self.answer(place, more: ["--size", String($0)]).outcome }
        #expect(outcomes == ["allow", "deny", "allow"])
    }

    @Test(
        "rapidpro#1160, Whatomate#389, #539, chatwoot#6085: WhatsApp's own opt-outs count, and an opt-in is confirmed there"
    )
    func whatsAppsOwnPreferencesCount() throws {
        let place = try Self.furnished()
        try place.succeed([
            "notice", "add", "page", "--text", "Acepto ofertas de Acme Viajes por WhatsApp. BAJA para salir.",
            "--language",
            "es", "--channel", "whatsapp", "--category", "marketing", "--reconstructed", "--shown-from", "2023-01-01",
        ])
        try place.succeed([
            "opt-in", Self.ana, "--notice", "page", "--pending", "--occurred-at", "2023-11-14T22:00:00Z",
        ])
        let asked = ["--at", "2023-11-14T22:10:00Z", "--sender", "ventas"]
        #expect(try Self.answer(place, more: asked) == ("deny", "pending"))
        let yes = Self.webhook(Self.text("SÍ"), id: "wamid.yes", at: 1_700_000_000)
        #expect(try Self.receive([yes], in: place) == ["recorded"])
        #expect(try Self.answer(place, more: asked) == ("deny", "pending"))
        #expect(try Self.answer(place, more: ["--sender", "ventas"]) == ("allow", "consent-confirmed"))
        func preference(_ value: String, at time: Int) -> String {
            #"{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"user_preferences","value":{"#
                + #""metadata":{"phone_number_id":"106540352242922"},"user_preferences":[{"wa_id":"34600111222","#
                + #""category":"marketing_messages","value":"\#(value)","timestamp":\#(time)}]}}]}]}"# + "\n"
        }
        #expect(try Self.receive([preference("stop", at: 1_700_000_900)], in: place) == ["recorded"])
        #expect(try Self.answer(place, more: ["--sender", "ventas"]) == ("deny", "withdrawn"))
    }

    @Test("OptInFix: consent that is edited after the demand letter is found out")
    func editedConsentIsFoundOut() throws {
        let place = try Self.furnished()
        try place.succeed(["opt-in", Self.ana, "--notice", "web"])
        try FileManager.default.copyItem(
            atPath: place.path("consent.ledger"), toPath: place.path("rewritten.ledger"))
        try place.succeed(["opt-out", Self.ana])
        try place.write(try place.succeed(["checkpoint"]).output, to: "kept.checkpoint")
        try place.succeed(["verify", "--checkpoint", "kept.checkpoint"])
        // Somebody with all keys writes the history that they would like to have had.
        for number in 4...6 {
            try place.succeed(["opt-in", "+3460011144\(number)", "--notice", "web", "--ledger", "rewritten.ledger"])
        }
        let verified = try place.run(["verify", "rewritten.ledger", "--checkpoint", "kept.checkpoint"])
        #expect(verified.status == 2 && verified.output.contains("its history was rewritten"))
    }

    @Test("Segment: each category answers for itself; only a message about several needs all of them")
    func categoriesAreNotAnswersForEachOther() throws {
        let place = try Self.furnished()
        let mail = "ana@example.com"
        try place.succeed(["opt-in", mail, "--notice", "mail", "--category", "news"])
        #expect(try Self.answer(place, mail, "news", "email").outcome == "allow")
        #expect(try Self.answer(place, mail, "marketing", "email") == ("deny", "no-consent"))
        #expect(try Self.answer(place, mail, "news", "email", more: ["--category", "marketing"]).outcome == "deny")
    }
}
