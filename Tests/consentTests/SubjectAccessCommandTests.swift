import Foundation
import PlainHTML
import Testing

/// What a person is given of everything that is held on them.
@Suite struct SubjectAccessCommandTests {
    @Test func everythingIsInIt() throws {
        let world = try PersonWorld.withStory()
        try world.place.succeed(["hold", "add", "case-7", "--reason", "litigation", "--contact", PersonWorld.ana])
        let access = try world.access()
        #expect(access["format"] as? String == "consent-ledger/subject-access/v1")
        #expect((access["read-first"] as? String)?.contains("verify that who asks has control") == true)
        #expect(access["state"] as? String == "held" && access["contact"] as? String == PersonWorld.ana)
        let records = try #require(access["records"] as? [[String: Any]])
        #expect(
            records.compactMap { $0["type"] as? String } == [
                "consent-given", "consent-given", "evidence-attached", "basis-began", "consent-withdrawn", "hold-added",
            ])
        // The same as the history has, which is not made from the same.
        let history = try world.place.succeed(["history", PersonWorld.ana, "--json"])
        let told = try history.member("records", as: [[String: Any]].self)
        #expect(told.compactMap { $0["index"] as? Int } == records.compactMap { $0["record"] as? Int })
        for (record, told) in zip(records, told) {
            #expect(record["private"] as? [String: String] == told["private"] as? [String: String])
            #expect(record["fields"] as? NSDictionary == told["fields"] as? NSDictionary)
        }
        let given = records[0]
        #expect((given["private"] as? [String: String])?["ip"] == "192.0.2.7")
        #expect(((given["notice"] as? [String: Any])?["words"] as? String)?.contains("BAJA") == true)
        #expect((records[2]["attachment"] as? [String: Any])?["file-name"] as? String == "signed <form>.txt")
        let uses = try #require(access["uses"] as? [[String: Any]])
        #expect(uses.count == 1 && uses[0]["categories"] as? [String] == ["marketing"])
        #expect((access["holds"] as? [[String: Any]])?.first?["hold"] as? String == "case-7")
        #expect((access["retention"] as? [String: Any])?["verdict"] as? String == "held")
        #expect((access["consents"] as? [[String: Any]])?.count == 2)
        try world.isWhole()
    }

    @Test func theDirectoryHasThePageTheDocumentAndTheFiles() throws {
        let world = try PersonWorld.withStory()
        let outcome = try world.place.succeed(["subject-access", PersonWorld.ana, "-o", "ana"])
        #expect(outcome.output.hasPrefix("Before you hand it over: verify that who asks has control of +346…222.\n"))
        let files = try FileManager.default.contentsOfDirectory(atPath: world.place.path("ana")).sorted()
        #expect(files == ["attachment-9.txt", "subject-access.html", "subject-access.json"])
        #expect(try world.text("ana/attachment-9.txt") == world.text("signed <form>.txt"))
        let document = try #require(
            try JSONSerialization.jsonObject(with: Data(world.text("ana/subject-access.json").utf8)) as? [String: Any])
        let attachment = try #require(document["records"] as? [[String: Any]]).compactMap {
            $0["attachment"] as? [String: Any]
        }
        #expect(attachment.map { $0["file"] as? String } == ["attachment-9.txt"])
        let page = try PlainHTML(try world.text("ana/subject-access.html"))
        #expect(page.text.contains("192.0.2.7") && page.text.contains("attachment-9.txt"))
        #expect(page.elements["script"] == nil && page.elements["b"] == nil)
        // Nothing is overwritten, and nothing is left of what was refused.
        #expect(try world.place.run(["subject-access", PersonWorld.ana, "-o", "ana"]).status == 65)
        for path in ["ana", "ana/subject-access.html"] {
            let mode =
                try FileManager.default.attributesOfItem(atPath: world.place.path(path))[.posixPermissions] as? Int
            #expect(mode == (path == "ana" ? 0o700 : 0o600))
        }
    }

    @Test(arguments: ["en", "es"]) func pagesAreWellFormedWhateverIsInThem(_ language: String) throws {
        let world = try PersonWorld.withStory()
        for command in ["subject-access", "receipt-for"] {
            let page = try world.page([command, PersonWorld.ana, "--language", language])
            #expect(page.elements["script"] == nil && page.elements["b"] == nil)
            #expect(page.attributes["lang"] == [language])
            // Every name of a text was found.
            #expect(page.text.firstMatch(of: /\b(access|receipt|person|status|who|event)\.[a-z]/) == nil)
            #expect(!page.text.contains("\u{202e}") && !page.text.contains("%1"))
        }
        let text = try world.place.succeed(["subject-access", PersonWorld.ana, "--language", language]).output
        #expect(text.contains("<b>“hola”</b>") && !text.contains("\u{202e}") && !text.contains("\u{0007}"))
    }

    @Test func anAddressThatIsTiedToIsNotShown() throws {
        let world = try PersonWorld.withStory()
        let other = "+34600777666"
        try world.place.write(
            #"{"type":"contact-linked","contact":"\#(PersonWorld.ana)","other-contact":"\#(other)","method":"web-form"}"#
                + "\n",
            to: "link.jsonl")
        try world.place.succeed(["append", "link.jsonl"])
        try world.place.succeed(["opt-in", other, "--notice", "web", "--evidence", "ip=203.0.113.77"])
        try world.place.succeed(["check", other, "--category", "marketing", "--channel", "whatsapp", "--reserve"])
        try world.place.write(
            #"{"type":"contact-changed","contact":"+34600777555","other-contact":"\#(other)"}"# + "\n",
            to: "changed.jsonl")
        let handles = try [PersonWorld.ana, other].map { contact in
            try #require(try world.access(contact)["handles"] as? [String])
        }
        for (contact, theirHandles) in [(PersonWorld.ana, handles[1]), (other, handles[0])] {
            let outcome = try world.place.succeed(["subject-access", contact, "-o", "linked-\(contact.suffix(3))"])
            #expect(outcome.errors.contains("another one, which is not shown"))
            for name in ["html", "json"] {
                let text = try world.text("linked-\(contact.suffix(3))/subject-access.\(name)")
                let theirs = contact == other ? [PersonWorld.ana, "192.0.2.7"] : [other, "203.0.113.77"]
                // Without what a page may put before a number, too.
                for secret in theirs + theirs.map({ String($0.dropFirst()) }) + theirHandles {
                    #expect(!text.contains(secret), "\(contact) \(name) tells \(secret)")
                }
            }
        }
        // A stop at the one stops at the other, which does not tell whose it was or when.
        try world.place.succeed(["opt-out", other])
        let stopped = try #require(try world.access()["consents"] as? [[String: Any]])
        let onWhatsApp = try #require(stopped.first { $0["channel"] as? String == "whatsapp" })
        #expect(onWhatsApp["status"] as? String == "ConsentStatusInvalidForProcessing")
        #expect(onWhatsApp["since"] is NSNull && onWhatsApp["why"] is NSNull)
        // A number that changed: the old one's records stay the old one's.
        try world.place.succeed(["append", "changed.jsonl"])
        let new = try world.access("+34600777555")
        let records = try #require(new["records"] as? [[String: Any]])
        #expect(records.count == 1 && records[0]["about-another-too"] as? Bool == true)
        #expect((records[0]["fields"] as? [String: Any])?["from-handle"] == nil)
        #expect(new["former-contacts"] as? Int == 0 && !"\(new)".contains("203.0.113.77"))
        // Who has control of the old one is given what it had until then, which erasing the old one erases.
        let old = try world.access(other)
        #expect(old["state"] as? String == "held" && old["former-contacts"] as? Int == 0)
        #expect(old["handles"] as? [String] == handles[1])
        let kept = try #require(old["records"] as? [[String: Any]])
        #expect(
            kept.compactMap { $0["type"] as? String } == [
                "contact-linked", "consent-given", "consent-withdrawn", "contact-changed",
            ])
        #expect((kept[1]["private"] as? [String: String])?["ip"] == "203.0.113.77")
        #expect((old["consents"] as? [Any])?.isEmpty == true && (old["uses"] as? [Any])?.isEmpty == true)
        let newHandles = try #require(new["handles"] as? [String])
        for secret in ["600777555", String(PersonWorld.ana.dropFirst()), "192.0.2.7"] + newHandles {
            #expect(!"\(old)".contains(secret), "it tells \(secret)")
        }
        let page = try world.page(["subject-access", other])
        #expect(page.text.contains("gave another one instead") && !page.text.contains("earlier holder"))
        #expect(page.text.contains("203.0.113.77") && !page.text.contains("No consent was asked of you"))
        // No receipt: nothing stands.
        #expect(try world.place.run(["receipt-for", other]).status == 65)
        try world.isWhole()
        // It is told of as many records as there are to erase, but for the one that says so.
        let letter = try world.place.succeed(["erase", other, "--now", "--json"])
        #expect(try letter.member("records-in-log", as: Int.self) == kept.count + 1)
        #expect(try world.access(other)["state"] as? String == "erased")
    }

    /// Whoever had an address before it passed to somebody else is counted, whatever took it from them.
    @Test func whoHadItBeforeItPassedOnIsCounted() throws {
        let world = try PersonWorld.withStory()
        let new = "+34600777555"
        let append = { (lines: [String]) in
            try world.place.write(lines.map { $0 + "\n" }.joined(), to: "events.jsonl")
            try world.place.succeed(["append", "events.jsonl"])
        }
        try append([#"{"type":"contact-changed","contact":"\#(new)","other-contact":"\#(PersonWorld.ana)"}"#])
        #expect((try world.access()["records"] as? [Any])?.count == 6)
        // Somebody who is there after the move is taken to be the same.
        try world.place.succeed(["opt-in", PersonWorld.ana, "--notice", "web", "--evidence", "ip=198.51.100.4"])
        let both = try world.access()
        #expect((both["records"] as? [Any])?.count == 7 && (both["handles"] as? [String])?.count == 2)
        #expect((both["consents"] as? [[String: Any]])?.compactMap { $0["channel"] as? String } == ["whatsapp"])
        // Until the log says that it is not.
        try append([#"{"type":"contact-reassigned","contact":"\#(PersonWorld.ana)"}"#])
        for after in [nil, "198.51.100.9"] {
            if let after {
                try world.place.succeed(["opt-in", PersonWorld.ana, "--notice", "web", "--evidence", "ip=\(after)"])
            }
            let access = try world.access()
            #expect(access["former-contacts"] as? Int == 2)
            #expect((access["records"] as? [Any])?.count == (after == nil ? 0 : 1))
            #expect(!"\(access)".contains("192.0.2.7") && !"\(access)".contains("198.51.100.4"))
        }
        #expect(try world.page(["subject-access", PersonWorld.ana]).text.contains("2 earlier holders"))
        try append([#"{"type":"contact-reassigned","contact":"\#(PersonWorld.ben)"}"#])
        let page = try world.page(["subject-access", PersonWorld.ben])
        #expect(page.text.contains("An earlier holder of this address") && !page.text.contains("gave another one"))
        try world.isWhole()
    }

    /// What is shut to all but legal stays shut after the person moved, too.
    @Test func whatIsShutStaysShutAfterAMove() throws {
        let world = try PersonWorld.withStory()
        try world.place.succeed(["erase", PersonWorld.ana])
        try world.place.write(
            #"{"type":"contact-changed","contact":"+34600777555","other-contact":"\#(PersonWorld.ana)"}"# + "\n",
            to: "changed.jsonl")
        try world.place.succeed(["append", "changed.jsonl"])
        let refused = try world.place.run(["subject-access", PersonWorld.ana, "-o", "ana"])
        #expect(refused.status == 77 && refused.errors.contains("--legal-access"), "\(refused)")
        #expect(!FileManager.default.fileExists(atPath: world.place.path("ana")))
        let opened = try world.access(with: ["--legal-access", "case 7"])
        #expect(opened["state"] as? String == "erasure-requested")
    }

    /// What the sender called a file says nothing of what opens it.
    @Test func aFileEndsAsItsTypeDoes() throws {
        let world = try PersonWorld.withStory()
        for (name, type) in [
            ("a.html", "text/html"), ("b.exe", "application/octet-stream"), ("c.pdf.exe", "application/pdf"),
            ("d.sh", "text/plain"), ("e", "image/jpeg"),
        ] {
            try world.place.write("content of \(name)", to: name)
            try world.place.succeed(["attach", PersonWorld.ana, name, "--type", type])
        }
        try world.place.succeed(["subject-access", PersonWorld.ana, "-o", "ana"])
        let files = try FileManager.default.contentsOfDirectory(atPath: world.place.path("ana")).sorted()
        #expect(
            Set(files.filter { $0.hasPrefix("attachment-") }.map { $0.drop { $0 != "." } }) == [
                "", ".txt", ".pdf", ".jpg",
            ],
            "\(files)")
        #expect(files.count == 8)
    }

    @Test func whoWasErasedIsToldSo() throws {
        let world = try PersonWorld.withStory()
        try world.place.succeed(["erase", PersonWorld.ana, "--now"])
        let access = try world.access()
        #expect(access["state"] as? String == "erased" && access["suppressed"] as? Bool == true)
        #expect((access["records"] as? [Any])?.isEmpty == true && (access["uses"] as? [Any])?.isEmpty == true)
        let page = try world.page(["subject-access", PersonWorld.ana])
        #expect(page.text.contains("This address was erased") && page.text.contains("keyed hash"))
        try world.place.succeed(["erase", PersonWorld.ben, "--now", "--forget-completely"])
        #expect(try world.access(PersonWorld.ben)["state"] as? String == "nothing")
        #expect(try world.access("+34600999888")["state"] as? String == "nothing")
        // Who comes back is there again, and nothing from before but what keeps that away.
        try world.place.succeed(["opt-in", PersonWorld.ana, "--notice", "web"])
        let back = try world.access()
        #expect(back["state"] as? String == "held" && (back["records"] as? [Any])?.count == 1)
        #expect(back["suppressed"] as? Bool == true)
        try world.isWhole()
    }

    @Test func whatWaitsAndWhatIsRefused() throws {
        let world = try PersonWorld.withStory()
        try world.place.write(
            #"{"type":"review-opened","contact":"\#(PersonWorld.ana)","private":{"text":"ya vale"}}"# + "\n",
            to: "review.jsonl")
        try world.place.succeed(["append", "review.jsonl"])
        let access = try world.access()
        #expect((access["open-reviews"] as? [Int])?.count == 1)
        #expect(
            (access["consents"] as? [[String: Any]])?.compactMap { $0["status"] as? String }.contains("ConsentGiven")
                == false)
        #expect(try world.access(PersonWorld.ben)["open-reviews"] as? [Int] == [])
        for (arguments, status) in [
            (["subject-access", "12"], Int32(65)), (["subject-access", PersonWorld.ana, "--language", "tlh"], 64),
            (["subject-access", PersonWorld.ana, "-o", "nowhere/ana"], 74),
            (["subject-access", PersonWorld.ana, "-o", "optin.txt"], 65), (["subject-access"], 64),
        ] { #expect(try world.place.run(arguments).status == status, "\(arguments)") }
    }

    @Test(.enabled(if: Judge.hasSchemas, Judge.absence)) func documentsFitTheSchemaAndChangedOnesDoNot() throws {
        let world = try PersonWorld.withStory()
        try world.place.succeed(["hold", "add", "case-7", "--reason", "litigation", "--contact", PersonWorld.ana])
        try world.place.succeed(["erase", PersonWorld.ben, "--now"])
        try world.place.succeed(["hold", "add", "case-8", "--reason", "authority", "--until", "2031-01-01"])
        let documents = try [PersonWorld.ana, PersonWorld.ben, "+34600999888"].map { try world.access($0) }
        var candidates = documents
        let holds = try #require(documents[0]["holds"] as? [[String: Any]])
        #expect(holds.count == 2)
        for (place, name, value) in [
            (0, "hold", NSNull()), (0, "record", NSNull()), (1, "hold", "case-8"), (1, "record", 1),
        ]
            as [(Int, String, Any)]
        {
            var changed = holds
            changed[place][name] = value
            candidates.append(documents[0].merging(["holds": changed]) { $1 })
        }
        for (name, value) in documents[0] {
            candidates.append(documents[0].filter { $0.key != name })
            candidates.append(documents[0].merging([name: ["unknown": 7]]) { $1 })
            guard let first = (value as? [[String: Any]])?.first else { continue }
            for member in first.keys {
                candidates.append(documents[0].merging([name: [first.filter { $0.key != member }]]) { $1 })
            }
            candidates.append(documents[0].merging([name: [first.merging(["unknown": 1]) { $1 }]]) { $1 })
        }
        let lines = try candidates.map { document in
            String(decoding: try JSONSerialization.data(withJSONObject: document), as: UTF8.self) + "\n"
        }
        try world.place.write(lines.joined(), to: "documents.jsonl")
        let schema = packageRoot.appendingPathComponent("ledger/subject-access.schema.json").path
        let verdict = try Judge.run("ConformanceTests/schema.py", [schema, "documents.jsonl"], in: world.place)
        #expect(
            verdict.output == String(repeating: "1", count: documents.count)
                + String(repeating: "0", count: candidates.count - documents.count) + "\n", "\(verdict.output)")
    }
}
