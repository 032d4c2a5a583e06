import ConsentModel
import ConsentPersons
import ConsentRules
import Foundation
import PlainHTML
import Testing

@testable import consent

/// What a person is given as a receipt: how each consent stands, by what, and what is not known.
@Suite struct ReceiptCommandTests {
    private static let controller = """
        {"iri":"https://acme.example/","url":"https://acme.example/","email":"privacidad@acme.example",
        "phone":"+34910000001","postal-address":"Calle Mayor 1, 28013 Madrid","withdrawal":"Responda BAJA",
        "rights":"https://acme.example/derechos","storage-locations":["ES","IE"],"retention":"P3Y",
        "recipients":["Mensajes SL"],"authority":"Agencia Española de Protección de Datos",
        "privacy-notice":"https://acme.example/privacidad"}
        """

    private func records(_ receipt: [String: Any]) throws -> [[String: Any]] {
        try #require(receipt["dpv:hasRecordOfActivity"] as? [[String: Any]])
    }

    private func channel(_ record: [String: Any]) throws -> String {
        let process = try #require(record["dpv:hasProcess"] as? [String: Any])
        let purpose = try #require(process["dpv:hasPurpose"] as? [String: Any])
        let properties = try #require(purpose["schema:additionalProperty"] as? [[String: String]])
        return try #require(properties.first { $0["schema:propertyID"] == "channel" }?["schema:value"])
    }

    private func statuses(_ record: [String: Any]) throws -> [String] {
        try #require(record["dpv:hasConsentStatus"] as? [[String: Any]]).map { try #require($0["@type"] as? String) }
    }

    /// The statuses of the only consent of a person.
    private func statuses(of contact: String, in world: PersonWorld) throws -> [String] {
        let records = try records(try world.receipt(contact))
        try #require(records.count == 1)
        return try statuses(records[0])
    }

    @Test func eachConsentSaysHowItStands() throws {
        let world = try PersonWorld.withStory()
        let receipt = try world.receipt()
        let records = try records(receipt)
        #expect(try records.map(channel) == ["sms", "whatsapp"])
        #expect(try statuses(records[0]) == ["dpv:ConsentGiven", "dpv:ConsentWithdrawn"])
        #expect(try statuses(records[1]) == ["dpv:ConsentGiven"])
        let notice = try #require((records[1]["dpv:hasNotice"] as? [[String: Any]])?.first)
        #expect(notice["dct:language"] as? String == "es")
        #expect((notice["dct:description"] as? String)?.contains("BAJA para salir") == true)
        let given = try #require((records[1]["dpv:hasConsentStatus"] as? [[String: Any]])?.first)
        #expect(given["dpv:hasIndicationMethod"] as? String == "web-form; verification: code")
        let process = try #require((receipt["dpv:hasProcess"] as? [[String: Any]])?.first)
        #expect(process["dpv:hasLegalBasis"] as? [String: String] == ["@id": "dpv:Contract"])
        // Where it is in the log.
        let source = try #require(given["dct:source"] as? [String: Any])
        let place = try #require(source["schema:additionalProperty"] as? [[String: String]])
        let record = try #require(place.first { $0["schema:propertyID"] == "record" }?["schema:value"])
        let log = try #require(try world.place.succeed(["log", "--json"]).json() as? [[String: Any]])
        let logged = try #require(log.first { ($0["index"] as? Int).map(String.init) == record })
        #expect(logged["type"] as? String == "consent-given")
        // Private evidence is nothing of a receipt.
        let text = try world.place.succeed(["receipt-for", PersonWorld.ana]).output
        #expect(!text.contains("192.0.2.7") && !text.contains("<script") && !text.contains("hola"))
        try world.isWhole()
    }

    /// What somebody agreed to for a brand alone is told with its words, also while nobody sends for that brand.
    @Test func whatIsAgreedToForABrandWithoutSendersIsTold() throws {
        let world = try PersonWorld()
        let person = "+34600700005"
        try world.place.succeed(["brand", "add", "escapadas", "--name", "Escapadas"])
        try world.place.succeed(["opt-in", person, "--notice", "web", "--brand", "escapadas"])
        func told() throws -> [String] {
            let record = try #require(try records(try world.receipt(person)).first)
            let notice = try #require((record["dpv:hasNotice"] as? [[String: Any]])?.first)
            #expect((notice["dct:description"] as? String)?.contains("BAJA para salir") == true)
            return try statuses(record)
        }
        #expect(try told() == ["dpv:ConsentGiven"])
        try world.place.succeed(["opt-out", person, "--brand", "escapadas"])
        #expect(try told() == ["dpv:ConsentGiven", "dpv:ConsentWithdrawn"])
        try world.isWhole()
    }

    @Test func everyStatusThatThereIs() throws {
        let world = try PersonWorld()
        let events = """
            {"type":"consent-refused","contact":"+34600000001","channels":["whatsapp"],"categories":["marketing"]}
            {"type":"consent-requested","contact":"+34600000002","channels":["whatsapp"],"categories":["marketing"],"notice":"web","occurred-at":"NOW"}
            {"type":"consent-given","contact":"+34600000003","channels":["whatsapp"],"categories":["marketing"],"notice":"web","occurred-at":"NOW","expires-at":"NOW"}
            {"type":"consent-given","contact":"+34600000004","channels":["whatsapp"],"categories":["marketing"],"notice":"web","occurred-at":"NOW"}
            {"type":"consent-renewed","contact":"+34600000004","channels":["whatsapp"],"categories":["marketing"],"notice":"web","occurred-at":"NOW"}
            {"type":"consent-given","contact":"+34600000005","channels":["whatsapp"],"categories":["marketing"],"notice":"web","occurred-at":"NOW"}
            {"type":"consent-revoked","contact":"+34600000005"}
            {"type":"consent-given","contact":"+34600000006","channels":["whatsapp"],"categories":["marketing"],"notice":"web","occurred-at":"NOW"}
            {"type":"consent-invalidated","contact":"+34600000006"}
            {"type":"consent-given","contact":"+34600000007","channels":["whatsapp"],"categories":["marketing"],"notice":"web","occurred-at":"NOW"}
            {"type":"complained","contact":"+34600000007"}
            {"type":"consent-given","contact":"+34600000008","channels":["whatsapp"],"categories":["marketing"],"notice":"web","occurred-at":"NOW"}
            {"type":"consent-withdrawn","contact":"+34600000008","via":"whatsapp","do-not-contact":true}
            {"type":"consent-given","contact":"+34600000009","channels":["whatsapp"],"categories":["marketing"],"occurred-at":"NOW"}
            """
        let now = Date().formatted(.iso8601.year().month().day().time(includingFractionalSeconds: true))
        try world.place.write(events.replacingOccurrences(of: "NOW", with: "\(now)Z"), to: "events.jsonl")
        try world.place.succeed(["append", "events.jsonl"])
        func state(_ number: Int) throws -> [String] {
            try statuses(of: "+3460000000\(number)", in: world).map { String($0.dropFirst(4)) }
        }
        #expect(try state(1) == ["ConsentRefused"])
        #expect(try state(2) == ["ConsentRequested"])
        #expect(try state(3).last == "ConsentExpired")
        #expect(try state(4) == ["ConsentGiven", "RenewedConsentGiven"])
        #expect(try state(5) == ["ConsentGiven", "ConsentRevoked"])
        #expect(try state(6) == ["ConsentGiven", "ConsentInvalidated"])
        // Somebody complained: what was given is no yes any more, and no withdrawal either.
        #expect(try state(7) == ["ConsentGiven", "ConsentStatusInvalidForProcessing"])
        #expect(try state(8) == ["ConsentGiven", "ConsentWithdrawn"])
        // Nobody kept the words.
        #expect(try state(9) == ["ConsentGiven", "ConsentStatusInvalidForProcessing"])
        if Judge.hasRDF {
            let files = try (1...9).map { number in
                try world.place.succeed(["receipt-for", "+3460000000\(number)", "-o", "\(number).jsonld"])
                return "\(number).jsonld"
            }
            let verdict = try Judge.run("consentTests/receipt.py", files, in: world.place)
            #expect(verdict.status == 0, "\(verdict.output)")
        }
        try world.isWhole()
    }

    @Test(.enabled(if: Judge.hasRDF, Judge.absence)) func theProfileHolds() throws {
        let world = try PersonWorld.withStory()
        try world.place.write(Self.controller, to: "acme.json")
        for (file, contact, more) in [
            ("bare.jsonld", PersonWorld.ana, [String]()),
            ("full.jsonld", PersonWorld.ana, ["--controller", "acme.json"]),
            ("ben.jsonld", PersonWorld.ben, ["--language", "es"]),
        ] { try world.place.succeed(["receipt-for", contact, "-o", file] + more) }
        let verdict = try Judge.run(
            "consentTests/receipt.py", ["bare.jsonld", "full.jsonld", "ben.jsonld"], in: world.place)
        #expect(verdict.status == 0, "\(verdict.output)")
        // A business with a country and all that it can say leaves nothing out.
        try world.place.write("Acepto ofertas de Norte por WhatsApp. BAJA para salir.\n", to: "norte.txt")
        try world.place.succeed(["business", "add", "norte", "--name", "Norte", "--country", "ES"])
        try world.place.succeed([
            "notice", "add", "web", "--file", "norte.txt", "--language", "es", "--channel", "whatsapp", "--category",
            "marketing", "--business", "norte",
        ])
        try world.place.succeed(["opt-in", "ana@example.com", "--notice", "web", "--business", "norte"])
        try world.place.succeed([
            "receipt-for", "ana@example.com", "--business", "norte", "--controller", "acme.json", "-o", "whole.jsonld",
        ])
        let complete = try Judge.run("consentTests/receipt.py", ["--complete", "whole.jsonld"], in: world.place)
        #expect(complete.status == 0, "\(complete.output)")
        // The judge finds what is not so.
        let whole = try world.text("whole.jsonld")
        for (name, change) in [
            ("\"dpv:hasPurpose\"", "\"dpv:hasNoPurpose\""), ("dpv:ConsentGiven", "dpv:ConsentTerminated"),
            ("\"dpv:hasRight\"", "\"dct:valid\""), ("loc:ES", "loc:SPAIN"), ("#receipt", "#receipts"),
            ("\"dct:created\"", "\"dct:modified\""),
        ] {
            #expect(whole.contains(name))
            try world.place.write(whole.replacingOccurrences(of: name, with: change), to: "changed.jsonld")
            let verdict = try Judge.run("consentTests/receipt.py", ["--complete", "changed.jsonld"], in: world.place)
            #expect(verdict.status == 1, "\(name)")
        }
    }

    @Test func whatIsNotKnownIsSaidToBeMissing() throws {
        let world = try PersonWorld.withStory()
        func missing(_ receipt: [String: Any]) throws -> [String] {
            let properties = receipt["schema:additionalProperty"] as? [[String: String]] ?? []
            return properties.filter { $0["schema:propertyID"] == "missing" }.compactMap { $0["schema:value"] }
        }
        let bare = try world.place.succeed(["receipt-for", PersonWorld.ana])
        #expect(bare.errors.contains("postal-address") && bare.errors.contains("--controller"))
        #expect(
            try missing(try world.receipt()) == [
                "contact", "jurisdiction", "postal-address", "recipients", "retention", "rights", "storage-locations",
                "withdrawal",
            ])
        try world.place.write(Self.controller, to: "acme.json")
        #expect(try missing(try world.receipt(with: ["--controller", "acme.json"])) == ["jurisdiction"])
        let page = try world.page(["receipt-for", PersonWorld.ana, "--controller", "acme.json", "--language", "es"])
        #expect(page.text.contains("Responda BAJA") && page.text.contains("Agencia Española"))
        #expect(page.text.contains("la ley de qué país") && !page.text.contains("su dirección postal"))
    }

    @Test func aFileOnTheBusinessThatIsWrong() throws {
        let world = try PersonWorld.withStory()
        for (text, what) in [
            ("{\"adress\":\"x\"}", "adress"), ("[]", "no JSON object"), ("{\"email\":7}", "email"),
            ("{\"email\":\"not mail\"}", "no e-mail address"), ("{\"email\":\"+34600111222\"}", "no e-mail address"),
            ("{\"retention\":\"3 years\"}", "P3Y"), ("{\"retention\":\"P1D2Y\"}", "P3Y"),
            ("{\"retention\":\"P\"}", "P3Y"),
            ("{\"storage-locations\":[\"Spain\"]}", "Spain"), ("{\"storage-locations\":[]}", "empty"),
            ("{\"url\":\"javascript:alert(1)\"}", "link"), ("{\"iri\":\"https://a b\"}", "link"), ("{", "JSON"),
            ("{\"recipients\":\"all\"}", "list"), ("{\"rights\":\"\"}", "1 to"),
        ] {
            try world.place.write(text, to: "acme.json")
            let outcome = try world.place.run([
                "receipt-for", PersonWorld.ana, "--controller", "acme.json", "-o", "r.html",
            ])
            #expect(outcome.status == 65 && outcome.errors.contains(what), "\(text): \(outcome.errors)")
            #expect(!FileManager.default.fileExists(atPath: world.place.path("r.html")))
        }
        for (arguments, status) in [
            (["receipt-for", PersonWorld.ana, "--controller", "nowhere.json"], Int32(66)),
            (["receipt-for", "+34600999888"], 65), (["receipt-for", "12"], 65),
            (["receipt-for", PersonWorld.ana, "--language", "tlh"], 64),
            (["receipt-for", PersonWorld.ana, "--format", "pdf"], 64),
            (["receipt-for", PersonWorld.ana, "--format", "html", "--json"], 64),
            (["receipt-for", PersonWorld.ana, "--business", "nobody"], 65),
            (["receipt-for", PersonWorld.ana, "-o", "optin.txt"], 65),
        ] { #expect(try world.place.run(arguments).status == status, "\(arguments)") }
    }

    @Test func theSameConsentHasTheSameNumber() throws {
        let world = try PersonWorld.withStory()
        let (first, second) = (try world.receipt(), try world.receipt(with: ["--language", "es"]))
        #expect(try records(first).map { $0["@id"] as? String } == records(second).map { $0["@id"] as? String })
        #expect(first["@id"] as? String != second["@id"] as? String)
        let ids = try [first, second, world.receipt(PersonWorld.ben)].flatMap { try records($0) }.compactMap {
            $0["@id"] as? String
        }
        #expect(Set(ids).count == 3)
        for id in ids {
            #expect(
                id.wholeMatch(of: /urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/) != nil
            )
        }
    }

    @Test func whoAskedToBeErasedIsForLegal() throws {
        let world = try PersonWorld.withStory()
        try world.place.succeed(["erase", PersonWorld.ana, "--retention", "30d"])
        for command in ["receipt-for", "subject-access"] {
            let shut = try world.place.run([command, PersonWorld.ana, "--json"])
            #expect(shut.status == 77 && shut.output.isEmpty && shut.errors.contains("legal"), "\(shut)")
            try world.place.succeed([command, PersonWorld.ana, "--legal-access", "request 7", "--json"])
        }
        let access = try world.access(with: ["--legal-access", "request 8"])
        #expect(access["state"] as? String == "erasure-requested")
        let whys = try #require(access["records"] as? [[String: Any]]).compactMap {
            ($0["private"] as? [String: String])?["why"]
        }
        #expect(whys == ["request 7", "request 7", "request 8"])
        try world.isWhole()
    }
}

/// The words of persons' pages.
@Suite struct PersonTextsTests {
    @Test func everyLanguageHasEveryText() throws {
        let english = try #require(PersonTexts.tables["en"])
        #expect(PersonTexts.tables.keys.sorted() == PersonPage.languages)
        for (language, table) in PersonTexts.tables {
            #expect(Set(table.keys) == Set(english.keys), "\(language)")
            for (name, text) in table {
                func places(_ text: String) -> [Substring] { text.matches(of: /%[0-9]/).map(\.0).sorted() }
                #expect(places(text) == places(english[name] ?? ""), "\(language) \(name)")
                #expect(!text.isEmpty)
            }
        }
        for status in ConsentStatus.allCases { #expect(english["status.\(status.rawValue)"] != nil, "\(status)") }
        for field in ConsentReceipt.Missing.allCases { #expect(english["receipt.missing.\(field.rawValue)"] != nil) }
        for name in ControllerFile.members where name != "iri" {
            #expect(english["receipt.controller.\(name)"] != nil, "\(name)")
        }
        for word in ["may-go", "in-use", "kept", "held", "undated"] {
            #expect(english["access.retention.\(word)"] != nil)
        }
        for word in Vocabulary.basis.words { #expect(english["basis.\(word)"] != nil) }
    }
}
