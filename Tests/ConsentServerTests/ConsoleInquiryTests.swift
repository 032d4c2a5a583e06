import ConsentModel
import Foundation
import HTTPTypes
import HummingbirdTesting
import LedgerCrypto
import PlainHTML
import Testing

@testable import ConsentLedger
@testable import ConsentServer

/// What the page of a person is asked for besides who it is: the answers of a moment, and which of many records.
@Suite struct ConsoleInquiryTests {
    private static let contact = ConsoleTests.contact

    /// The answers of a page: outcome by category and channel, in English.
    private static func answers(_ page: PlainHTML) -> [String: String] {
        var answers: [String: String] = [:]
        for (place, tag) in page.tags.enumerated() where tag.name == "th" && tag.parents.contains("tbody") {
            let rest = page.tags[(place + 1)...]
            // `on WhatsApp`, `por SMS`: its last word is the channel.
            let channel = rest.first { $0.name == "td" }?.text.split(separator: " ").last ?? ""
            let outcome = rest.first { $0.attributes["class"]?.hasPrefix("outcome ") == true }?.attributes["class"]
            answers["\(tag.text) \(channel.lowercased())"] = String(outcome?.dropFirst("outcome ".count) ?? "")
        }
        return answers
    }

    private static func query(_ fields: [(String, String)]) -> String {
        let text = QueryText.text(fields.map { (name: $0.0, value: $0.1) })
        return text.isEmpty ? "" : "?" + text
    }

    private static func tag(_ id: String, _ page: PlainHTML) -> PlainHTML.Tag? {
        page.tags.first { $0.attributes["id"] == id }
    }

    /// Two senders; an opt-in by one of them at 20:26:50, and an opt-out an hour later.
    private static func fill(_ world: ServerWorld, _ client: any TestClientProtocol) async throws {
        let admin = try world.token(.admin)
        let capture = try world.token(.capture, businesses: nil)
        let defined = try await client.post(
            "/v1/events", token: admin,
            Requests.events(
                #"{"type":"sender-defined","business":"acme-viajes","id":"s1","sender":"wa","addresses":["+34910000001"],"channels":["whatsapp"]}"#,
                #"{"type":"sender-defined","business":"acme-viajes","id":"s2","sender":"news","addresses":["+34910000002"],"channels":["whatsapp","sms"]}"#
            ))
        #expect(defined.status == 200, "\(defined.text)")
        let optIn =
            Requests.optIn(contact, id: "a").dropLast()
            + #","senders":["wa"],"expires-at":"2027-01-31T12:00:00Z","private":{"ip":"192.0.2.7"}}"#
        let given = try await client.post("/v1/events", token: capture, Requests.events(String(optIn)))
        #expect(given.status == 200, "\(given.text)")
        world.clock.pass(3_600_000)
        // A token of before is over by now.
        let optOut = Requests.optOut(contact, id: "b").dropLast() + #","occurred-at":"2026-05-28T21:27:30Z"}"#
        let withdrawn = try await client.post(
            "/v1/events", token: try world.token(.capture, businesses: nil), Requests.events(String(optOut)))
        #expect(withdrawn.status == 200, "\(withdrawn.text)")
        world.clock.pass(60_000)
    }

    @Test(arguments: ["en", "es"]) func aMomentAndASenderAreAnsweredAsTheAPIAnswersThem(_ language: String) async throws
    {
        let world = try ServerWorld(label: "console-moment")
        try await world.run { client async throws in
            try await Self.fill(world, client)
            let token = try world.token(.legal, businesses: [ServerWorld.acme])
            let browser = ConsoleBrowser(client, language: language)
            try await browser.signIn(token)
            let path = try await browser.find(Self.contact)
            var yes = 0
            for (at, known, sender) in [
                ("", "", ""), ("2026-05-28 21:00", "", ""), ("2026-05-28 21:00", "", "wa"),
                ("2026-05-28 21:00", "", "news"), ("2026-05-28 23:00 +02:00", "", "wa"),
                ("2026-05-28 21:50", "2026-05-28 21:00", "wa"), ("2026-05-28 21:50", "", "wa"),
                ("2026-05-28 21:50", "2026-05-28", "wa"), ("2026-05-28", "", "wa"), ("", "2026-05-28 21:00", "wa"),
                ("2026-05-28 21:00", "2026-05-28 20:26", "wa"), ("2026-05-28 20:26", "", "wa"),
                ("2026-05-28 20:27", "", "wa"),
            ] {
                let fields = [("at", at), ("known-at", known), ("sender", sender)]
                let answer = try await browser.get(path + Self.query(fields))
                #expect(answer.status == 200, "\(fields): \(answer.text)")
                let page = try PageCheck.read(answer, "\(fields)")
                let shown = Self.answers(page)
                #expect(!shown.isEmpty, "\(fields)")
                // What was asked stays in the form.
                for (name, value) in fields where name != "sender" {
                    #expect(Self.tag(name, page)?.attributes["value"] ?? "" == value, "\(fields)")
                }
                let chosen = page.tags.first { $0.name == "option" && $0.attributes["selected"] != nil }
                #expect(chosen?.attributes["value"] ?? "" == sender, "\(fields)")
                let channels = sender == "wa" ? ["whatsapp"] : ["sms", "whatsapp"]
                var members = ""
                // The same times as the API takes them: of what is coarser, the first of `at` and the last of `known-at`.
                if let time = TypedTime.parse(at) { members += #""at":"\#(time.start)","# }
                if let time = TypedTime.parse(known) { members += #""known-at":"\#(time.end)","# }
                for channel in channels {
                    for category in ["authentication", "marketing", "service", "utility"] {
                        let from = sender.isEmpty ? "" : #","sender":"\#(sender)""#
                        let told = try await client.post(
                            "/v1/decisions", token: token,
                            """
                            {"business":"acme-viajes",\(members)"questions":[{"contact":"\(Self.contact)",\
                            "category":"\(category)","channel":"\(channel)"\(from)}]}
                            """)
                        let outcome = told.json["decisions"]?.array?.first?["outcome"]?.string
                        let style: String
                        if let outcome {
                            style = ["allow": "yes", "deny": "no", "defer": "wait"][outcome] ?? "?"
                        } else {
                            // What cannot be answered is told as that, and not as a yes or a no.
                            style = "wait"
                        }
                        #expect(
                            shown["\(category) \(channel)"] == style, "\(fields) \(category) \(channel): \(told.text)")
                        if style == "yes" { yes += 1 }
                    }
                }
                #expect(shown.count == 4 * channels.count, "\(fields)")
            }
            // By wa, between the opt-in and the opt-out: three times asked, once by what was known of a later moment.
            #expect(yes >= 3, "\(yes)")
        }
    }

    @Test(arguments: ["en", "es"]) func whatIsNoTimeOrSenderIsToldAtItsFieldAndAnswersNothing(
        _ language: String
    ) async throws {
        let world = try ServerWorld(label: "console-moment-wrong")
        try await world.run { client async throws in
            try await Self.fill(world, client)
            let browser = ConsoleBrowser(client, language: language)
            try await browser.signIn(try world.token(.support, businesses: [ServerWorld.acme]))
            let path = try await browser.find(Self.contact)
            for (fields, wrong) in [
                ([("at", "yesterday")], ["at"]), ([("at", "2026-02-30")], ["at"]),
                ([("known-at", "\"><b>")], ["known-at"]), ([("sender", "nobody")], ["sender"]),
                ([("at", "x"), ("known-at", "2026-05-28"), ("sender", "wa")], ["at"]),
                ([("at", "x"), ("known-at", "y"), ("sender", "nobody")], ["at", "known-at", "sender"]),
            ] {
                let answer = try await browser.get(path + Self.query(fields))
                #expect(answer.status == 422, "\(fields)")
                let page = try PageCheck.read(answer, "\(fields)")
                #expect(page.tags.first { $0.name == "title" }?.text.hasPrefix("Error: ") == true, "\(fields)")
                for (place, name) in wrong.enumerated() {
                    let own = try #require(Self.tag(name, page)?.attributes, "\(name)")
                    #expect(own["aria-invalid"] == "true", "\(fields)")
                    let told = own["aria-describedby"]?.split(separator: " ").compactMap { Self.tag(String($0), page) }
                    #expect(told?.first?.attributes["class"] == "wrong", "\(fields) \(own)")
                    #expect((own["autofocus"] != nil) == (place == 0), "\(fields) \(name)")
                }
                #expect(page.attributes["aria-invalid"]?.count == wrong.count, "\(fields)")
                for (name, value) in fields where name != "sender" {
                    #expect(Self.tag(name, page)?.attributes["value"] == value, "\(fields)")
                }
                // Nothing is answered, and all else is there.
                #expect(Self.answers(page).isEmpty, "\(fields)")
                #expect(page.text.contains("192.0.2.7"), "\(fields)")
            }
            for query in ["?other=1", "?at=2026-05-28&at=2026-05-29", "?at=%"] {
                #expect(try await browser.get(path + query).status == 400, "\(query)")
            }
        }
    }

    @Test func anExpiryIsInTheScope() async throws {
        let world = try ServerWorld(label: "console-expiry")
        try await world.run { client async throws in
            try await Self.fill(world, client)
            let browser = ConsoleBrowser(client)
            try await browser.signIn(try world.token(.support, businesses: [ServerWorld.acme]))
            let page = try PageCheck.read(try await browser.get(try await browser.find(Self.contact)), "person")
            let place = try #require(page.tags.firstIndex { $0.name == "dt" && $0.text == "Expires" })
            #expect(page.tags[place + 1].text == "2027-01-31 12:00:00 UTC")
        }
    }

    @Test func anotherMomentThanThePersonsIsNotAnsweredAboutSomebodyElse() async throws {
        let world = try ServerWorld(label: "console-moment-closed")
        try await world.run { client async throws in
            func send(_ event: String) async throws {
                let token = try world.token(.capture, .admin, businesses: nil)
                let sent = try await client.post("/v1/events", token: token, Requests.events(event))
                #expect(sent.status == 200, "\(sent.text)")
            }
            try await send(Requests.optIn(Self.contact, id: "a"))
            let old = try await ConsoleTests.handle(Self.contact, ServerWorld.acme, world)
            world.clock.pass(3_600_000)
            try await send(
                #"{"type":"contact-reassigned","business":"acme-viajes","contact":"\#(Self.contact)","id":"r","source":"cli","occurred-at":"2026-05-28T21:27:30Z"}"#
            )
            world.clock.pass(3_600_000)
            try await send(Requests.optOut(Self.contact, id: "b"))
            world.clock.pass(60_000)
            let new = try await ConsoleTests.handle(Self.contact, ServerWorld.acme, world)
            #expect(new != old)
            let browser = ConsoleBrowser(client)
            try await browser.signIn(try world.token(.support, businesses: [ServerWorld.acme]))
            for (handle, at, isAnswered) in [
                (old, "", false), (old, "2026-05-28 21:00", true), (old, "2026-05-28 22:00", false),
                (new, "", true), (new, "2026-05-28 21:00", false), (new, "2026-05-28 22:30", true),
            ] {
                let answer = try await browser.get("/console/people/\(handle)" + Self.query([("at", at)]))
                #expect(answer.status == 200)
                let page = try PageCheck.read(answer, "\(handle) \(at)")
                let answers = Self.answers(page)
                #expect(answers.isEmpty != isAnswered, "\(handle == old) \(at): \(page.text)")
                if handle == old, isAnswered { #expect(answers["marketing whatsapp"] == "yes") }
                let isTold =
                    page.text.contains("The address is not this person's any more")
                    || page.text.contains("the address was not this person's")
                #expect(isTold != isAnswered, "\(handle == old) \(at): \(page.text)")
            }
        }
    }

    /// The records on a page, in their order.
    private static func records(_ page: PlainHTML) -> [UInt64] {
        page.tags.filter { $0.name == "li" && $0.attributes["id"]?.hasPrefix("record-") == true }.compactMap {
            $0.attributes["id"].flatMap { UInt64($0.dropFirst("record-".count)) }
        }
    }

    @Test func manyRecordsAreOnSeveralPagesThatLeadToEachOther() async throws {
        let world = try ServerWorld(label: "console-many")
        let added = 2 * TimelinePart.mostRecords + 30
        try await world.run { client async throws in
            let capture = try world.token(.capture, .support, businesses: nil)
            let stop = """
                {"type":"consent-withdrawn","business":"acme-viajes","contact":"\(Self.contact)","id":"first",\
                "source":"cli","do-not-contact":true}
                """
            #expect(try await client.post("/v1/events", token: capture, Requests.events(stop)).status == 200)
            let events = (0..<added).map { Requests.optOut(Self.contact, id: "n\($0)") }.joined(separator: ",")
            #expect(try await client.post("/v1/events", token: capture, Requests.events(events)).status == 200)
            let browser = ConsoleBrowser(client)
            try await browser.signIn(try world.token(.support, businesses: [ServerWorld.acme]))
            let path = try await browser.find(Self.contact)
            var next: String? = path + "?sender="
            var seen: [UInt64] = []
            var pages = 0
            var stopped = 0
            while let address = next, pages < 10 {
                let page = try PageCheck.read(try await browser.get(address), address)
                let own = Self.records(page)
                #expect(own.count <= TimelinePart.mostRecords)
                let first = added + 1 - seen.count - own.count + 1
                #expect(
                    page.text.contains("Records \(first) to \(added + 1 - seen.count) of \(added + 1) are shown."),
                    "\(address)")
                seen = own + seen
                pages += 1
                func link(_ words: String) -> String? {
                    page.tags.first { $0.name == "a" && $0.text == words }?.attributes["href"]
                }
                #expect((link("Newer records") == nil) == (pages == 1), "\(address)")
                if let newer = link("Newer records") {
                    let back = try PageCheck.read(
                        try await browser.get(String(newer.prefix { $0 != "#" })), newer)
                    #expect(
                        Self.records(back).last.map { $0 + 1 }
                            == own.last.map { $0 + 1 + UInt64(Self.records(back).count) })
                }
                next = link("Older records").map { String($0.prefix { $0 != "#" }) }
                // What an answer rests on is led to, wherever it is.
                for target in Set(page.attributes["href"] ?? []) where target.contains("#record-") {
                    let parts = target.split(separator: "#", omittingEmptySubsequences: false).map(String.init)
                    let there =
                        parts[0].isEmpty ? page : try PageCheck.read(try await browser.get(parts[0]), target)
                    #expect(Self.tag(parts[1], there) != nil, "\(target)")
                    if !parts[0].isEmpty { stopped += 1 }
                }
            }
            #expect(pages == 3)
            #expect(seen == seen.sorted() && Set(seen).count == added + 1)
            #expect(stopped > 0)
            for before in ["0", "x", "-1", "99999999999999999999"] {
                #expect(try await browser.get(path + "?before=\(before)").status == 404, "\(before)")
            }
            // Of whom only legal sees, and says why, no link leads on: each page is asked for with the reason.
            let wish = """
                {"type":"consent-withdrawn","business":"acme-viajes","contact":"\(Self.contact)","id":"wish",\
                "source":"cli","do-not-contact":true,"reason":"\(ErasureRequest.reason)"}
                """
            #expect(try await client.post("/v1/events", token: capture, Requests.events(wish)).status == 200)
            let legal = ConsoleBrowser(client)
            try await legal.signIn(try world.token(.legal, businesses: [ServerWorld.acme]))
            let shown = try PageCheck.read(
                try await legal.post(path + "/legal", [("why", "case 7")]), "legal")
            #expect(Self.records(shown).count == TimelinePart.mostRecords)
            let reasons = shown.tags.filter { $0.attributes["name"] == "why" }.map { $0.attributes["value"] ?? "" }
            #expect(Set(reasons) == ["case 7"])
            let before = try #require(shown.tags.first { $0.attributes["name"] == "before" }?.attributes["value"])
            let older = try PageCheck.read(
                try await legal.post(path + "/legal", [("why", "case 7"), ("before", before)]), "older")
            #expect(Self.records(older).last.map { $0 < UInt64(before) ?? 0 } == true)
            for page in [shown, older] {
                let leading = (page.attributes["href"] ?? []).filter {
                    $0.hasPrefix(path + "?") || $0.hasPrefix(path + "#") || $0 == path
                }
                #expect(leading.isEmpty, "\(leading)")
            }
            // What the answers rest on is named all the same.
            let handle = try #require(ContactHandle(Hexadecimal.decode(String(path.suffix(32))) ?? []))
            let request = try await world.server.parts.ledger.read { try $0.erasureRequest(of: handle) }
            let wished = try #require(request?.record)
            #expect(older.text.contains("record \(wished)"), "\(older.text.prefix(3000))")
            // A moment is asked about in the same way.
            let asked = try await legal.post(
                path + "/legal", [("why", "case 7"), ("at", "2026-05-28 20:00"), ("known-at", "")])
            #expect(asked.status == 200)
            #expect(try PageCheck.read(asked, "asked").text.contains("As of 2026-05-28 20:00:00 UTC"))
        }
    }
}
