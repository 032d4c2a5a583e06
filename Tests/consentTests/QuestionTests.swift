import Foundation
import Testing

/// `consent check` beyond one category, and `consent template`.
@Suite struct QuestionTests {
    private static let contact = "+34600111222"

    /// Ana opted in to marketing by WhatsApp, and has a contract for order updates.
    private static func place() throws -> Workplace {
        let place = try Workplace.withLedger()
        try place.succeed(["category", "add", "orders", "--class", "utility"])
        try place.succeed(["opt-in", contact, "--notice", "web"])
        try place.succeed([
            "basis", "begin", contact, "--basis", "contract", "--category", "orders", "--channel", "whatsapp",
        ])
        return place
    }

    private static func check(_ place: Workplace, _ arguments: String...) throws -> Workplace.Outcome {
        try place.run(["check", contact, "--channel", "whatsapp"] + arguments)
    }

    @Test func aMessageAboutSeveralCategories() throws {
        let place = try Self.place()
        let both = try Self.check(place, "--category", "orders", "--category", "marketing")
        #expect(both.status == 0)
        #expect(both.output.contains("orders: The category's basis") && both.output.contains("marketing: The person"))
        let json = try Self.check(place, "--category", "orders", "--category", "marketing", "--json")
        #expect(try json.member("about", as: [String].self) == ["orders", "marketing"])
        #expect(try json.member("class") == "marketing")
        try place.succeed(["opt-out", Self.contact, "--category", "marketing"])
        let denied = try Self.check(place, "--category", "orders", "--category", "marketing")
        #expect(denied.status == 1)
        #expect(denied.output.hasPrefix("No. marketing: The person opted out of marketing"))
        // What may still go is told of the other categories only.
        #expect(!denied.output.contains("Yes on WhatsApp"))
        #expect(try Self.check(place, "--category", "orders", "--category", "nothing").status == 65)
    }

    @Test func templatesAreMappedListedAndAsked() throws {
        let place = try Self.place()
        #expect(try place.succeed(["template", "list"]).output.contains("Nothing is said of any template"))
        #expect(try Self.check(place, "--template", "order_update_1").status == 65)
        let mapped = try place.succeed(["template", "map", "order_update_1", "--category", "orders"])
        #expect(mapped.output == "Messages made from order_update_1 are about orders (record 7).\n")
        let asked = try Self.check(place, "--template", "order_update_1", "--json")
        #expect(asked.status == 0)
        #expect(try asked.member("about", as: [String].self) == ["orders"])
        #expect(try asked.member("template") == "order_update_1")
        let contradicted = try Self.check(place, "--template", "order_update_1", "--category", "marketing")
        #expect(contradicted.status == 65)
        #expect(contradicted.errors.contains("are about orders, not about marketing"))
        try place.succeed(["opt-out", Self.contact, "--category", "marketing"])
        #expect(try Self.check(place, "--template", "order_update_1").status == 0)
        try place.succeed(["template", "map", "order_update_1", "--class", "marketing", "--language", "es"])
        let marketing = try Self.check(place, "--template", "order_update_1")
        #expect(marketing.status == 1)
        #expect(marketing.output.hasPrefix("No. marketing: The person opted out of marketing"))
        let list = try place.succeed(["template", "list"]).output
        #expect(list.contains("order_update_1  all       orders"))
        #expect(list.contains("order_update_1  es                  marketing"))
        let items = try #require(try place.succeed(["template", "list", "--json"]).json() as? [[String: Any]])
        #expect(items.map { $0["record"] as? Int } == [7, 9])
        #expect(items.map { $0["class"] as? String } == [nil, "marketing"])
        // Wrong input.
        #expect(try place.run(["template", "map", "x"]).status == 64)
        #expect(try place.run(["template", "map", "x", "--category", "nothing"]).status == 65)
        #expect(try place.run(["template", "map", "x", "--class", "promo"]).status == 65)
        #expect(try place.run(["template", "map", "x", "--class", "utility", "--language", "español"]).status == 65)
        #expect(try place.run(["template", "map", "", "--class", "utility"]).status == 65)
    }

    @Test func aReplyIsAllowedWithinItsWindow() throws {
        let place = try Self.place()
        let at = ["--category", "service", "--at", "2030-03-04T10:00:00Z"]
        func reply(_ time: String?) throws -> Workplace.Outcome {
            try place.run(
                ["check", Self.contact, "--channel", "whatsapp"] + at + (time.map { ["--replying-to", $0] } ?? []))
        }
        let yes = try reply("2030-03-03T10:00:01Z")
        #expect(yes.status == 0)
        #expect(yes.output.contains("The answer holds until 2030-03-04T10:00:01Z"))
        #expect(try reply("2030-03-03T10:00:00Z").status == 1)
        #expect(try reply("2030-03-04T10:00:01Z").status == 1)
        let none = try reply(nil)
        #expect(none.status == 1 && none.output.contains("there is none to answer"))
        #expect(try reply("yesterday").status == 65)
    }

    @Test func anOptOutMayBeConfirmedOnce() throws {
        let place = try Self.place()
        let ask = ["check", Self.contact, "--channel", "whatsapp", "--for", "opt-out-confirmation"]
        #expect(try place.run(ask).status == 1)
        try place.succeed(["opt-out", Self.contact, "--via", "whatsapp", "--do-not-contact"])
        let yes = try place.run(ask)
        #expect(yes.status == 0)
        #expect(yes.output.contains("One message, which must be reserved, may confirm the opt-out, recorded on "))
        let explained = try place.run(ask + ["--explain"])
        #expect(
            explained.output.contains("What is recorded, as it bears on the confirmation of an opt-out:\n  record 5, "))
        #expect(explained.output.contains("do-not-contact") || explained.output.contains("consent-withdrawn"))
        #expect(explained.output.contains(" — counts: the answer rests on it"), "\(explained)")
        #expect(try Self.check(place, "--category", "marketing").status == 1)
        #expect(try place.run(ask + ["--at", "2099-01-01"]).status == 1)
        // What does not go together.
        #expect(try place.run(["check", Self.contact, "--for", "opt-out-confirmation"]).status == 64)
        #expect(try Self.check(place, "--for", "confirmation-request").status == 64)
        #expect(try Self.check(place, "--for", "greeting").status == 64)
        #expect(try place.run(ask + ["--replying-to", "2026-01-01"]).status == 64)
    }

    @Test func explainSaysWhyEachRecordCounts() throws {
        let place = try Self.place()
        try place.succeed(["opt-out", Self.contact, "--category", "marketing", "--via", "whatsapp"])
        try place.succeed(["resume", Self.contact, "--via", "whatsapp", "--category", "marketing"])
        let told = try Self.check(place, "--category", "marketing", "--explain")
        #expect(told.status == 0)
        let lines = told.output.split(separator: "\n").map(String.init)
        let start = try #require(lines.firstIndex { $0 == "What is recorded, as it bears on marketing:" })
        let records = lines[(start + 1)...].prefix { $0.hasPrefix("  record ") }
        #expect(records.count == 4)
        for (line, (index, ends)) in zip(
            records,
            [
                (5, "— counts: the answer rests on it"), (6, "— does not count: it is about something else"),
                (7, "— no longer counts: the person took it back (record 8)"),
                (8, "— counts: it strikes, takes back or decides another record (record 7)"),
            ])
        {
            #expect(line.hasPrefix("  record \(index), ") && line.hasSuffix(ends), "\(line)")
        }
        let explained = try Self.check(place, "--category", "marketing", "--explain", "--json")
        let explanation = try explained.member("explanation", as: [String: Any].self)
        let cells = try #require(explanation["cells"] as? [[String: Any]])
        let bearings = (cells[0]["records"] as? [[String: Any]])?.map { $0["bearing"] as? String }
        #expect(bearings == ["decides", "other-scope", "undone", "changes-another"])
        // By less knowledge, less counts.
        let before = try Self.check(place, "--category", "marketing", "--explain", "--size", "6")
        #expect(before.output.contains("does not count: it may not be known for this answer"))
        #expect(try place.run(["check", Self.contact, "--explain"]).status == 64)
    }

    @Test func whatTheSenderAssertsIsOfThisMessageAlone() throws {
        let place = try Self.place()
        try place.succeed(["opt-out", Self.contact, "--category", "utility"])
        let denied = try Self.check(place, "--category", "orders", "--basis", "contract")
        #expect(denied.status == 1)
        #expect(denied.output.contains("Yes on WhatsApp: marketing.\n"), "\(denied)")
    }

    @Test func everyAnswerSaysHowOldItsHeadIs() throws {
        let place = try Self.place()
        let recorded = try Self.check(place, "--category", "marketing", "--json").member(
            "head-recorded-at", as: String.self)
        // To the second, since that is what --at is given to here.
        let last = try Date(recorded.prefix(19) + "Z", strategy: .iso8601)
        func footer(_ arguments: String...) throws -> String {
            let lines = try place.run(["check", Self.contact, "--channel", "whatsapp"] + arguments).output
                .split(separator: "\n").map(String.init)
            return try #require(lines.last { $0.hasPrefix("The ledger has ") })
        }
        func at(_ seconds: Double) -> String { last.addingTimeInterval(seconds).formatted(.iso8601) }
        #expect(try footer("--category", "marketing").contains(/UTC, \d+ (second|minute)s? ago\.$/))
        let third = try footer("--category", "marketing", "--at", at(3 * 3600 + 60))
        #expect(third.hasSuffix(", 3 hours before the moment asked about."), "\(third)")
        let past = try footer("--category", "marketing", "--at", at(-2 * 86_400 - 60))
        #expect(past.hasSuffix(", 2 days after the moment asked about."), "\(past)")
        #expect(try footer("--at", at(61)).hasSuffix(", 1 minute before the moment asked about."))
    }

    @Test func aStaleLedgerGivesNoAnswer() throws {
        let place = try Self.place()
        #expect(try Self.check(place, "--category", "marketing", "--max-age", "1d").status == 0)
        let fresh = try Self.check(place, "--category", "marketing", "--max-age", "1d", "--json")
        #expect(try fresh.member("head-age-ms", as: Int.self) < 86_400_000)
        // The last record of the sample is months old.
        try FileManager.default.copyItem(
            atPath: packageRoot.appendingPathComponent("ledger/sample").path, toPath: place.path("old"))
        try Workplace.makeKeysPrivate(in: place.path("old"))
        let old = [
            "check", "+34600111002", "--ledger", "old", "--business", "acme-viajes", "--category", "offers",
            "--channel", "whatsapp",
        ]
        #expect([0, 1].contains(try place.run(old).status))
        let stale = try place.run(old + ["--max-age", "24h"])
        #expect(stale.status == 75 && stale.output.isEmpty)
        #expect(stale.errors.contains("--max-age allows 1 day; no answer is given"))
        for wrong in ["1", "soon", "-1m", "0s", "1.5h", "9999999999d", "m", ""] {
            #expect(try Self.check(place, "--category", "marketing", "--max-age", wrong).status == 64, "\(wrong)")
        }
    }
}
