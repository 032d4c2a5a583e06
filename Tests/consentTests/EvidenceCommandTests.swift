import ConsentAudit
import ConsentModel
import Foundation
import PlainHTML
import Testing

/// Bundles of evidence through the built program: made on one side, verified on the other.
@Suite struct EvidenceCommandTests {
    @Test func aBundleIsMadeAndVerified() throws {
        let world = try EvidenceWorld.withStory()
        let made = try world.place.succeed(["evidence", EvidenceWorld.contact, "-o", "ana.zip", "--no-pdf"])
        #expect(made.output.hasPrefix("Wrote ana.zip: "))
        #expect(made.output.contains("no message was allowed"))
        let verified = try world.place.succeed(["evidence", "verify", "ana.zip"] + world.pins)
        #expect(verified.output.hasPrefix("Holds. "))
        #expect(verified.output.contains(EvidenceWorld.contact))
        let json = try world.place.succeed(["evidence", "verify", "ana.zip", "--json"] + world.pins)
        #expect(try json.member("holds", as: Bool.self))
        #expect(try json.member("allowed", as: [Any].self).isEmpty)
        // Nothing is written over.
        #expect(try world.place.run(["evidence", EvidenceWorld.contact, "-o", "ana.zip"]).status == 65)
    }

    @Test func othersOpenIt() throws {
        let world = try EvidenceWorld.withStory()
        try world.bundle("ana.zip")
        let opened = try world.place.shell(
            "python3 -m zipfile -t ana.zip && python3 -m zipfile -e ana.zip bundle && cd bundle && sha256sum -c --quiet SHA256SUMS"
        )
        #expect(opened.status == 0, "\(opened.output)")
        // Each proof is one that verify-proof takes, and the leaf hash is what sha256sum says.
        let index = try #require(
            FileManager.default.contentsOfDirectory(atPath: world.place.path("bundle/private")).first?
                .split(separator: ".").first)
        try world.place.succeed(["verify-proof", "bundle/proofs/\(index).tlog-proof"] + world.pins)
        let hash = try world.place.shell("{ printf '\\0'; cat bundle/records/\(index); } | sha256sum")
        let page = try String(contentsOfFile: world.place.path("bundle/evidence.html"), encoding: .utf8)
        #expect(page.contains(hash.output.prefix(64)))
    }

    @Test func whatIsPinnedCounts() throws {
        let world = try EvidenceWorld.withStory()
        try world.bundle("ana.zip")
        let other = try EvidenceWorld.withStory()
        #expect(try world.place.run(["evidence", "verify", "ana.zip"] + other.pins).status == 2)
        let ledger = try world.place.run([
            "evidence", "verify", "ana.zip", "--vkey", world.vkey, "--ledger-id", other.ledgerID,
        ])
        #expect(ledger.status == 2)
        #expect(ledger.output.contains("wrong-ledger-id"))
        let unpinned = try world.place.succeed(["evidence", "verify", "ana.zip"])
        #expect(unpinned.output.contains("anybody could have made it"))
    }

    @Test func theAnswersAreThoseOfCheck() throws {
        let world = try EvidenceWorld.withStory()
        try world.place.succeed(["opt-in", "+34600111444", "--notice", "web"])
        for contact in [EvidenceWorld.contact, "+34600111333", "+34600111444"] {
            let name = "\(contact.dropFirst()).zip"
            let bundle = try world.bundle(name, of: contact)
            let allowed = try world.verify(bundle).carried.map { "\($0.category) \($0.channel)" }
            let answer = try world.place.run(["check", contact, "--category", "marketing", "--channel", "whatsapp"])
            #expect(allowed.contains("marketing whatsapp") == (answer.status == 0), "\(contact)")
            #expect(allowed.count <= 1)
        }
    }

    @Test func disputedMessagesAreAnsweredOnWhatWasKnown() throws {
        let world = try EvidenceWorld.withStory()
        let history = try world.place.succeed(["history", EvidenceWorld.contact, "--json"])
        let records = try history.member("records", as: [[String: Any]].self)
        let times = try records.map { try #require($0["recorded-at"] as? String) }
        try world.place.write(
            """
            at,channel,category,reference
            2020-01-01T00:00:00Z,whatsapp,marketing,before
            \(times[0]),whatsapp,marketing,between
            \(try #require(times.last)),whatsapp,marketing,after

            """, to: "sends.csv")
        let bundle = try world.bundle("ana.zip", with: ["--sends", "sends.csv"])
        #expect(try world.verify(bundle).holds)
        let document = try JSONSerialization.jsonObject(
            with: Data(try #require(try EvidenceFiles(bundle)["evidence.json"])))
        let sends = try #require((document as? [String: Any])?["sends"] as? [[String: [String: Any]]])
        // Before the ledger there was no business to ask about: that is no answer, and never a yes.
        #expect(sends.map { $0["then"]?["outcome"] as? String } == [nil, "allow", "deny"])
    }

    @Test func fieldsThatAreNotShownStayHashes() throws {
        let world = try EvidenceWorld.withStory()
        let bundle = try world.bundle("ana.zip", with: ["--fields", "ip"])
        let report = try world.verify(bundle)
        #expect(report.holds)
        #expect(report.notCovered.contains { $0.code == .hiddenFields })
        let text = String(decoding: bundle, as: UTF8.self)
        #expect(text.contains("192.0.2.7"))
        #expect(!text.contains("hola"))
    }

    @Test func thePageIsInTheLanguageAsked() throws {
        let world = try EvidenceWorld.withStory()
        let bundle = try world.bundle("ana.zip", with: ["--language", "es"])
        #expect(try world.verify(bundle).holds)
        let page = String(decoding: try #require(try EvidenceFiles(bundle)["evidence.html"]), as: UTF8.self)
        #expect(page.contains("<html lang=\"es\">"))
        #expect(page.contains("Consentimiento dado"))
        // What a person typed is text, and does not steer the page.
        #expect(page.contains("&lt;b&gt;“hola”&lt;/b&gt; \\u{202e}أهلا"))
        #expect(!page.contains("<script") && !page.contains("<b>"))
    }

    /// Where a number can be of several time zones, the earliest and the latest clock.
    @Test func momentsAreShownAsThePersonsClockShowedThem() throws {
        let world = try EvidenceWorld.withStory()
        let other = "+4930901820"
        try world.place.succeed(["opt-in", other, "--notice", "web"])
        for (contact, moment, expected) in [
            (
                EvidenceWorld.contact, "2026-01-15",
                "between 2026-01-15 10:00:00 +00:00 (Atlantic/Canary) and 2026-01-15 11:00:00 +01:00 (Europe/Madrid))"
            ),
            (
                EvidenceWorld.contact, "2026-07-15",
                "between 2026-07-15 11:00:00 +01:00 (Atlantic/Canary) and 2026-07-15 12:00:00 +02:00 (Europe/Madrid))"
            ), (other, "2026-01-15", "2026-01-15 11:00:00 +01:00)"),
            (other, "2026-07-15", "2026-07-15 12:00:00 +02:00)"),
        ] {
            let bundle = try world.bundle(
                "\(contact)-\(moment).zip", of: contact, with: ["--as-of", moment + "T10:00:00Z"])
            let page = try PlainHTML(
                String(decoding: try #require(try EvidenceFiles(bundle)["evidence.html"]), as: UTF8.self))
            #expect(
                page.text.contains("\(moment) 10:00:00 UTC (local time \(expected)"), "\(contact) on \(moment)")
            #expect(try world.verify(bundle).holds)
        }
        // What has not come cannot be asked about.
        let future = try world.place.run([
            "evidence", other, "-o", "future.zip", "--as-of", "2999-01-01T00:00:00Z", "--no-pdf",
        ])
        #expect(future.status == 65 && future.errors.contains("has not come yet"), "\(future)")
    }

    @Test func someoneErasedIsShownByTheHandle() throws {
        let world = try EvidenceWorld.withStory()
        let made = try world.place.succeed([
            "evidence", EvidenceWorld.contact, "-o", "before.zip", "--no-pdf", "--json",
        ])
        let handle: String = try made.member("handle")
        try world.place.write(
            "{\"type\": \"contact-erased\", \"contact\": \"\(EvidenceWorld.contact)\", \"keep-suppression\": true}\n",
            to: "erased.jsonl")
        try world.place.succeed(["append", "erased.jsonl"])
        let refused = try world.place.run(["evidence", EvidenceWorld.contact, "-o", "none.zip"])
        #expect(refused.status == 65)
        #expect(refused.errors.contains("--handle"))
        try world.place.succeed(["evidence", "--handle", handle, "-o", "after.zip", "--no-pdf"])
        let report = try world.verify(try world.bytes("after.zip"))
        #expect(report.holds && report.carried.isEmpty)
        let text = String(decoding: try world.bytes("after.zip"), as: UTF8.self)
        #expect(text.contains("This contact was erased from the ledger"))
        // A handle of another business is not this one's.
        try world.place.succeed(["business", "add", "otra", "--name", "Otra"])
        let other = try world.place.run(["evidence", "--handle", handle, "-o", "none.zip", "--business", "otra"])
        #expect(other.status == 65)
    }

    /// Of a contact that was unlinked again, what was recorded later is nobody's business here.
    @Test func nothingIsShownOfSomebodyWhoIsNoLongerLinked() throws {
        let world = try EvidenceWorld.withStory()
        let place = world.place
        let other = "+34600111333"
        try place.write(
            """
            {"type":"contact-linked","contact":"\(EvidenceWorld.contact)","other-contact":"\(other)"}
            {"type":"contact-unlinked","contact":"\(EvidenceWorld.contact)","other-contact":"\(other)","reason":"wrong-link"}

            """, to: "links.jsonl")
        try place.succeed(["append", "links.jsonl"])
        try place.succeed(["opt-out", other])
        var files = try EvidenceFiles(try world.bundle("a.zip"))
        let others = try EvidenceFiles(try world.bundle("b.zip", of: other))
        #expect(try world.verify(files.archive()).holds && world.verify(others.archive()).holds)
        #expect(files["checkpoint"] == others["checkpoint"])
        func records(_ files: EvidenceFiles) -> [String] {
            files.files.map(\.name).filter { $0.hasPrefix("records/") }
        }
        let later = try #require(records(others).last)
        #expect(!records(files).contains(later) && records(files).count == records(others).count - 1)
        // Shown all the same, with its proof, in its place.
        let index = later.dropFirst("records/".count)
        for name in [later, "proofs/\(index).tlog-proof"] {
            let folder = name.prefix { $0 != "/" }
            let place = try #require(files.files.lastIndex { $0.name.hasPrefix("\(folder)/") })
            files.files.insert((name, try #require(others[name])), at: place + 1)
        }
        #expect(try world.verify(files.archive()).findings.contains { $0.file == later && $0.code == .strayRecord })
    }

    /// What unlinks two contacts a second time is in both chains; between, the other one's has records that are not shown.
    @Test func unlinkedTwiceLeavesAGapThatIsNone() throws {
        let world = try EvidenceWorld.withStory()
        let other = "+34600111444"
        try world.place.succeed(["opt-in", other, "--notice", "web"])
        func append(_ type: String) throws {
            try world.place.write(
                #"{"type":"\#(type)","contact":"\#(EvidenceWorld.contact)","other-contact":"\#(other)"}"# + "\n",
                to: "link.jsonl")
            try world.place.succeed(["append", "link.jsonl"])
        }
        try append("contact-linked")
        try append("contact-unlinked")
        try world.place.succeed(["opt-out", other])
        try append("contact-unlinked")
        for contact in [EvidenceWorld.contact, other] {
            let report = try world.verify(try world.bundle("\(contact.suffix(3)).zip", of: contact))
            #expect(report.holds, "\(report.findings)")
        }
    }

    /// What was stopped by a linked contact just before it was unlinked cannot be left out: what unlinked them follows it.
    @Test func theLastStopBeforeUnlinkingIsMissed() throws {
        let world = try EvidenceWorld.withStory()
        let other = "+34600111444"
        try world.place.succeed(["opt-in", other, "--notice", "web"])
        for type in ["contact-linked", "contact-unlinked"] {
            try world.place.write(
                #"{"type":"\#(type)","contact":"\#(EvidenceWorld.contact)","other-contact":"\#(other)"}"# + "\n",
                to: "link.jsonl")
            try world.place.succeed(["append", "link.jsonl"])
            if type == "contact-linked" { try world.place.succeed(["opt-out", other]) }
        }
        let bundle = try world.bundle()
        #expect(try world.verify(bundle).holds)
        let last = try #require(
            try StoredArchive(reading: MemorySource(bundle)).entries.map(\.name).last { $0.hasPrefix("records/") })
        let unlinking = try #require(UInt64(last.dropFirst("records/".count)))
        let names: Set<String> = ["records/\(unlinking - 1)", "proofs/\(unlinking - 1).tlog-proof"]
        let report = try world.verify(EvidenceVerifier.remade(bundle, without: names))
        #expect(report.findings.contains { $0.code == .missingRecord && $0.file == last }, "\(report.findings)")
    }

    /// Nothing of a hold is in anybody else's bundle; in that of whom it is on, it is there, and so is its end.
    @Test func aHoldIsInTheBundleOfWhomItIsOnAlone() throws {
        let world = try EvidenceWorld.withStory()
        let other = "+34600111333"
        var made = 0
        func types(_ contact: String) throws -> [String] {
            made += 1
            let bundle = try world.bundle("\(made).zip", of: contact)
            let report = try world.verify(bundle)
            #expect(report.holds, "\(report.findings)")
            #expect(contact == other || Data(bundle).range(of: Data("case-9".utf8)) == nil)
            let document = try EvidenceFiles(bundle)["evidence.json"] ?? []
            let events = try JSONValue(parsing: document)["events"]?.array ?? []
            return events.compactMap { $0["type"]?.string }.filter { $0.hasPrefix("hold") }
        }
        try world.place.succeed(["hold", "add", "case-9", "--reason", "litigation", "--contact", other])
        #expect(try types(other) == ["hold-added"])
        #expect(try types(EvidenceWorld.contact) == [])
        try world.place.succeed(["hold", "lift", "case-9"])
        #expect(try types(other) == ["hold-added", "hold-lifted"])
        #expect(try types(EvidenceWorld.contact) == [])
    }

    @Test func aClearanceIsPutIn() throws {
        let world = try EvidenceWorld.withStory()
        for (contact, file) in [(EvidenceWorld.contact, "own.clearance"), ("+34600111333", "other.clearance")] {
            _ = try world.place.run([
                "check", contact, "--category", "marketing", "--channel", "whatsapp", "--clearance", file,
            ])
        }
        let bundle = try world.bundle("ana.zip", with: ["--clearance", "own.clearance"])
        #expect(try world.verify(bundle).holds)
        #expect(try EvidenceFiles(bundle)["clearances/1.clearance"] == world.bytes("own.clearance"))
        // One about somebody else is refused before anything is written.
        let refused = try world.place.run([
            "evidence", EvidenceWorld.contact, "-o", "none.zip", "--clearance", "other.clearance",
        ])
        #expect(refused.status == 2)
        #expect(!FileManager.default.fileExists(atPath: world.place.path("none.zip")))
    }

    /// Somebody who has our program can make every derived file anew, but not the records.
    @Test func aDoctoredPageIsFoundWhateverElseIsChanged() throws {
        let world = try EvidenceWorld.withStory()
        let bundle = try world.bundle("ana.zip")
        for name in ["evidence.html", "evidence.json"] {
            var files = try EvidenceFiles(bundle)
            let text = String(decoding: try #require(files[name]), as: UTF8.self)
            #expect(text.contains("192.0.2.7"))
            files[name] = Array(text.replacingOccurrences(of: "192.0.2.7", with: "192.0.2.8").utf8)
            let report = try world.verify(try files.archive())
            #expect(report.findings.map(\.file) == [name])
        }
        var files = try EvidenceFiles(bundle)
        for name in files.files.map(\.name) where name != "SHA256SUMS" && !name.hasPrefix("objects/") {
            let text = String(decoding: try #require(files[name]), as: UTF8.self)
            guard text.contains("192.0.2.7") else { continue }
            files[name] = Array(text.replacingOccurrences(of: "192.0.2.7", with: "192.0.2.8").utf8)
        }
        let report = try world.verify(try files.archive())
        #expect(report.findings.contains { $0.code == .wrongCommitment })
    }

    @Test func aCosignedCheckpointBoundsItsTime() throws {
        let world = try EvidenceWorld.withStory()
        let key = try world.place.succeed([
            "checkpoint", "witness-key", "witness.example.net/1", "-o", "auditor.key", "--json",
        ])
        let vkey: String = try key.member("vkey")
        let line = try world.place.succeed([
            "checkpoint", "cosign", "consent.ledger", "--key", "auditor.key", "--state", "auditor.state", "--vkey",
            world.vkey, "--first",
        ])
        try world.place.write(line.output, to: "line")
        try world.place.succeed(["checkpoint", "attach", "line", "--witness", vkey])
        try world.place.write(
            "log \(world.vkey)\nwitness w \(vkey)\nquorum w\n", to: "witnesses.policy")
        try world.bundle("ana.zip")
        let arguments = [
            "evidence", "verify", "ana.zip", "--ledger-id", world.ledgerID, "--policy", "witnesses.policy",
        ]
        let verified = try world.place.succeed(arguments)
        #expect(verified.output.contains("Shown to have existed on "))
        try world.place.succeed(["opt-in", EvidenceWorld.contact, "--notice", "web"])
        try world.bundle("later.zip")
        let later = try world.place.run([
            "evidence", "verify", "later.zip", "--ledger-id", world.ledgerID, "--policy", "witnesses.policy",
        ])
        #expect(later.status == 2 && later.output.contains("quorum-not-reached"))
    }

    /// What is refused, with the status that it exits with.
    static let wrongInput: [(arguments: [String], status: Int32)] = [
        (["evidence", "+34600111222"], 64), (["evidence", "-o", "x.zip"], 64),
        (["evidence", "+34600111222", "-o", "x.zip", "--language", "xx"], 64),
        (["evidence", "+34600111222", "--handle", "00", "-o", "x.zip"], 64),
        (["evidence", "--handle", "00", "-o", "x.zip"], 65), (["evidence", "nobody", "-o", "x.zip"], 65),
        (["evidence", "--handle", "00000000000000000000000000000000", "-o", "x.zip"], 65),
        (["evidence", "+34600999999", "-o", "x.zip"], 65),
        (["evidence", "+34600111222", "-o", "x.zip", "--as-of", "yesterday"], 65),
        (["evidence", "+34600111222", "-o", "x.zip", "--fields", "A B"], 65),
        (["evidence", "+34600111222", "-o", "x.zip", "--sends", "none.csv"], 66),
        (["evidence", "+34600111222", "-o", "x.zip", "--sends", "bad.csv"], 65),
        (["evidence", "+34600111222", "-o", "x.zip", "--clearance", "bad.csv"], 65),
        (["evidence", "+34600111222", "-o", "none/x.zip"], 74), (["evidence", "verify", "none.zip"], 66),
        (["evidence", "verify", "bad.csv"], 65), (["evidence", "verify", "."], 66),
        (["evidence", "verify", "bad.csv", "--vkey", "x"], 65),
    ]

    @Test(arguments: wrongInput.indices) func wrongInputIsRefused(_ position: Int) throws {
        let (arguments, status) = Self.wrongInput[position]
        let world = try EvidenceWorld.withStory()
        try world.place.write("at,channel\n2020-01-01,whatsapp\n", to: "bad.csv")
        let outcome = try world.place.run(arguments)
        #expect(outcome.status == status, "\(arguments): \(outcome.errors)")
        #expect(!FileManager.default.fileExists(atPath: world.place.path("x.zip")))
    }
}
