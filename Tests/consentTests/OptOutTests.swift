import ConsentLedger
import ConsentModel
import ConsentRules
import Foundation
import Testing

/// An opt-out is never lost, and binds at once.
@Suite struct OptOutTests {
    static let contact = "+34600111222"
    static let question = ["check", contact, "--category", "marketing", "--channel", "whatsapp"]

    /// A doubt about an opt-out, in each of the three ways in.
    struct Doubt: Sendable, CustomTestStringConvertible {
        let name: String
        /// Of `consent opt-out`.
        let arguments: [String]
        /// Of `consent append`.
        let members: String
        /// Of a file for `consent import`: a column and its cell.
        let column: (header: String, cell: String)?
        /// The flags of the record.
        let flags: [String]
        /// Options of `consent import`.
        var options: [String] = []

        var testDescription: String { name }
    }

    static let doubts: [Doubt] = [
        Doubt(
            name: "category", arguments: ["--category", "offfers"], members: #""categories":["offfers"]"#,
            column: ("category", "offfers"), flags: ["category-unknown"]),
        Doubt(
            name: "category that is no word", arguments: ["--category", "Große Ñ"], members: #""categories":[7]"#,
            column: ("category", "Große Ñ"), flags: ["category-unknown"]),
        Doubt(
            name: "channel", arguments: ["--channel", "wathsapp"], members: #""channels":["sms","wathsapp"]"#,
            column: ("channel", "sms|wathsapp"), flags: ["channel-unknown"]),
        Doubt(
            name: "sender", arguments: ["--sender", "nobody"], members: #""senders":["nobody"]"#,
            column: ("sender", "nobody"), flags: ["sender-unknown"]),
        Doubt(
            name: "brand", arguments: ["--brand", "nobody"], members: #""brands":["nobody"]"#, column: nil,
            flags: ["sender-unknown"]),
        Doubt(
            name: "time to come", arguments: ["--occurred-at", "2999-01-01T00:00:00Z"],
            members: #""occurred-at":"2999-01-01T00:00:00Z""#, column: ("date", "2999-01-01T00:00:00Z"),
            flags: ["time-clamped"]),
        Doubt(
            name: "time that is none", arguments: ["--occurred-at", "yesterday"],
            members: #""occurred-at":"yesterday""#,
            column: ("date", "yesterday"), flags: ["time-unknown"]),
        Doubt(
            name: "source that nobody knows", arguments: ["--source", "nobody"], members: #""source":"nobody""#,
            column: nil, flags: ["source-not-authorized"], options: ["--source", "nobody"]),
        Doubt(
            name: "source that was revoked", arguments: ["--source", "shop"], members: #""source":"shop""#, column: nil,
            flags: ["source-not-authorized"], options: ["--source", "shop"]),
        Doubt(
            name: "source of another business", arguments: ["--source", "beta-shop"], members: #""source":"beta-shop""#,
            column: nil, flags: ["source-not-authorized"], options: ["--source", "beta-shop"]),
        Doubt(
            name: "source whose key is lost", arguments: ["--source", "lost"], members: #""source":"lost""#,
            column: nil,
            flags: ["source-not-authorized"], options: ["--source", "lost"]),
        Doubt(
            name: "method", arguments: ["--method", "shouting"], members: #""method":"shouting""#,
            column: ("method", "shouting"), flags: []),
        Doubt(
            name: "via", arguments: ["--via", "shouting"], members: #""via":"shouting""#, column: nil, flags: []),
        Doubt(
            name: "note of 70 kB", arguments: ["--evidence", "note=" + String(repeating: "ñ", count: 35_000)],
            members: #""private":{"note":"\#(String(repeating: "ñ", count: 35_000))"}"#,
            column: ("note", String(repeating: "ñ", count: 35_000)), flags: []),
    ]

    enum Way: String, CaseIterable, Sendable { case verb, append, csv }

    private static let business = ["--business", "acme-viajes"]

    /// The ledger with sources in every state. Its second business makes the first be named.
    private static func furnished() throws -> Workplace {
        let place = try Workplace.withLedger()
        for source in ["shop", "lost"] { try place.succeed(["source", "add", source]) }
        try place.succeed(["source", "revoke", "shop"])
        try FileManager.default.removeItem(atPath: place.path("consent.ledger/private/keys/source-lost.key"))
        try place.succeed(["business", "add", "beta", "--name", "Beta"])
        try place.succeed(["source", "add", "beta-shop", "--business", "beta"])
        return place
    }

    /// Whatever is doubtful, and whichever way it comes: it is recorded, flagged, told of, and binds; and the ledger holds.
    @Test(arguments: Way.allCases)
    func doubtMakesItWider(_ way: Way) throws {
        let place = try Self.furnished()
        for (number, doubt) in Self.doubts.enumerated() {
            guard way != .csv || doubt.column != nil || !doubt.options.isEmpty else { continue }
            let contact = "+346001114\(10 + number)"
            let question = ["check", contact, "--category", "marketing", "--channel", "whatsapp"] + Self.business
            try place.succeed(["opt-in", contact, "--notice", "web"] + Self.business)
            #expect(try place.run(question).status == 0)
            let flags = try record(doubt, way, of: contact, in: place)
            let history = try place.succeed(["history", contact, "--json"] + Self.business)
            let records = try history.member("records", as: [[String: Any]].self)
            let fields = try #require(records[1]["fields"] as? [String: Any])
            #expect(fields["flags"] as? [String] ?? [] == flags, "\(doubt.name)")
            for scope in ["channels", "categories", "senders", "brands"] {
                #expect(fields[scope] == nil, "\(doubt.name)")
            }
            #expect(try place.run(question).status == 1, "\(doubt.name)")
        }
        try place.succeed(["verify", "--level", "replay"])
    }

    /// Records the doubtful opt-out, and returns the flags that its record must have.
    private func record(_ doubt: Doubt, _ way: Way, of contact: String, in place: Workplace) throws -> [String] {
        switch way {
        case .verb:
            let stopped = try place.run(["opt-out", contact, "--json"] + doubt.arguments + Self.business)
            #expect(stopped.status == 0, "\(doubt.name)")
            #expect(try stopped.member("flags") == doubt.flags, "\(doubt.name)")
            #expect(try stopped.member("warnings", as: [String].self).count == 1, "\(doubt.name)")
            return doubt.flags
        case .append:
            let line = #"{"type":"consent-withdrawn","contact":"\#(contact)",\#(doubt.members)}"#
            let results = try place.succeed(["append", "-", "--json"] + Self.business, input: line + "\n").json()
            let result = try #require((results as? [[String: Any]])?.first)
            #expect(result["outcome"] as? String == "recorded", "\(doubt.name)")
            #expect((result["warnings"] as? [String])?.count == 1, "\(doubt.name)")
            return doubt.name.hasPrefix("time") ? doubt.flags : (doubt.flags + ["time-unknown"]).sorted()
        case .csv:
            let (header, cell) = doubt.column ?? ("ip", "192.0.2.1")
            try place.write("contact,status,\(header)\n\(contact),unsubscribed,\(cell)\n", to: "crm.csv")
            try place.succeed(
                ["import", "crm.csv", "--format", "csv", "--results", "results.csv"] + doubt.options + Self.business)
            let results = try String(contentsOfFile: place.path("results.csv"), encoding: .utf8)
            let row = try #require(
                results.split(separator: "\n").last?.split(
                    separator: ",", maxSplits: 6, omittingEmptySubsequences: false))
            // A word that is no method is kept as a private fact.
            #expect(row[3] == "recorded" && row[6].isEmpty == (doubt.name == "method"), "\(doubt.name): \(row)")
            return header == "date" ? doubt.flags : (doubt.flags + ["time-unknown"]).sorted()
        }
    }

    /// For people the warning is on standard error.
    @Test func peopleAreWarned() throws {
        let place = try Workplace.withLedger()
        let stopped = try place.succeed(["opt-out", Self.contact, "--category", "offfers"])
        #expect(stopped.errors.hasPrefix("consent: warning: ") && stopped.output.hasPrefix("Opted out: "))
        let line = #"{"type":"objected","contact":"\#(Self.contact)","categories":["offfers"]}"#
        let appended = try place.succeed(["append", "-"], input: line + "\n")
        #expect(appended.errors.hasPrefix("consent: warning: line 1: ") && appended.output.hasPrefix("1 recorded"))
    }

    /// Each of the acts that restrict, in the native form, with everything about it doubtful.
    @Test func everyRestrictionIsRecordedInDoubt() throws {
        let place = try Self.furnished()
        for (number, type) in EventType.allCases.filter(\.isRestriction).enumerated() {
            let contact = "+346001113\(10 + number)"
            let question = ["check", contact, "--category", "marketing", "--channel", "whatsapp"] + Self.business
            try place.succeed(["opt-in", contact, "--notice", "web"] + Self.business)
            let basis = type == .basisEnded ? #""basis":"consent","# : ""
            let line =
                #"{"type":"\#(type.name)","contact":"\#(contact)",\#(basis)"channels":"sms","categories":["x"],"#
                + #""senders":7,"brands":["x"],"occurred-at":"soon","source":"nobody","notice":"none","reason":"¿?","#
                + #""concerns":"zz","imported":"no","private":{"note":7},"id":7,"flags":["odd"],"other-contact":"12","x":1}"#
            let appended = try place.succeed(["append", "-", "--json"] + Self.business, input: line + "\n")
            let result = try #require((try appended.json() as? [[String: Any]])?.first)
            #expect(result["outcome"] as? String == "recorded", "\(type.name): \(result)")
            #expect(try place.run(question).status == 1, "\(type.name)")
        }
        try place.succeed(["verify", "--level", "replay"])
    }

    /// What cannot be left out: of whom it is said, and what.
    @Test(arguments: [
        #"{"type":"consent-withdrawn"}"#, #"{"type":"consent-withdrawn","contact":"12"}"#,
        #"{"type":"consent-withdrawn","contact":7}"#, #"{"type":"stop","contact":"+34600111222"}"#,
        #"{"type":"consent-withdrawn","contact":"+34600111222","business":"nobody"}"#,
        #"{"type":"consent-withdrawn","contact":"+34600111222""#,
        #"{"type":"basis-ended","contact":"+34600111222","basis":"magic"}"#,
    ])
    func whatIsNoOptOutIsRefused(_ line: String) throws {
        let place = try Workplace.withLedger()
        let before = try place.recorded()
        #expect(try place.run(["append", "-"], input: line + "\n").status == 65)
        #expect(try place.recorded() == before)
    }

    /// The file's own faults lose no opt-out whose contact and status can be read.
    @Test func aBrokenRowLosesNoOptOut() throws {
        let place = try Self.furnished()
        let rows = [
            "contact,status,channel,note",
            "+34600111301,unsubscribed,sms,one, too many",
            "+34600111302,subscribed,whatsapp,one, too many",
            "+34600111303,unsubscribed,\"sms\"x,",
            "+34600111304,perhaps,\"sms\"x,",
            "+34600111305,unsubscribed,whatsapp,\"open",
        ]
        try place.write(rows.joined(separator: "\n"), to: "crm.csv")
        let run = try place.run(
            ["import", "crm.csv", "--format", "csv", "--notice", "web", "--results", "results.csv"] + Self.business)
        #expect(run.status == 65)
        let results = try String(contentsOfFile: place.path("results.csv"), encoding: .utf8).split(separator: "\n")
        let outcomes = results.dropFirst().map { $0.split(separator: ",")[3] }
        #expect(outcomes == ["recorded", "rejected", "recorded", "rejected", "recorded"])
        #expect(results[1].contains("has 5 fields") && results[3].contains("after a closing quote"))
        #expect(results[5].contains("opens a quote"))
        for (number, flags) in [
            (1, ["channel-unknown", "time-unknown"]), (3, ["channel-unknown", "time-unknown"]), (5, ["time-unknown"]),
        ] {
            let history = try place.succeed(["history", "+3460011130\(number)", "--json"] + Self.business)
            let fields = try history.member("records", as: [[String: Any]].self)[0]["fields"] as? [String: Any]
            #expect(fields?["flags"] as? [String] == flags, "\(number)")
            #expect(fields?["channels"] as? [String] == (number == 5 ? ["whatsapp"] : nil))
        }
        try place.succeed(["verify"])
    }

    @Test func whatIsClearIsNotWidened() throws {
        let place = try Workplace.withLedger()
        try place.succeed(["opt-in", Self.contact, "--notice", "web"])
        try place.succeed(["opt-out", Self.contact, "--category", "marketing", "--channel", "sms"])
        #expect(try place.run(Self.question).status == 0)
    }

    @Test func aContactThatWasNeverSeenIsStopped() throws {
        let place = try Workplace.withLedger()
        try place.succeed(["opt-out", "new@example.com"])
        #expect(
            try place.succeed(["list", "--withdrawn"]).output.contains("new@example.com,acme-viajes,whatsapp,marketing")
        )
    }

    @Test func aUsedIDDoesNotLoseIt() throws {
        let place = try Workplace.withLedger()
        try place.succeed(["opt-in", Self.contact, "--notice", "web", "--id", "1"])
        let stopped = try place.succeed(["opt-out", Self.contact, "--id", "1", "--json"])
        #expect(try stopped.member("result") == "recorded")
        #expect(try place.run(Self.question).status == 1)
    }

    @Test func saidTwiceItIsRecordedOnce() throws {
        let place = try Workplace.withLedger()
        let first = try place.succeed(["opt-out", Self.contact, "--id", "stop-7", "--json"])
        let second = try place.succeed(["opt-out", Self.contact, "--id", "stop-7", "--json"])
        #expect(try first.member("index", as: Int.self) == second.member("index", as: Int.self))
        #expect(try second.member("result") == "already-recorded")
    }

    /// One process has acknowledged it and still holds the ledger; another answers no at once.
    @Test func itBindsInAnotherProcessAtOnce() throws {
        let place = try Workplace.withLedger()
        try place.succeed(["opt-in", Self.contact, "--notice", "web"])
        let writer = try LedgerWriter(LedgerLocation(directory: place.path("consent.ledger")))
        #expect(try place.run(Self.question).status == 0)
        try writer.append(
            EventDraft(.consentWithdrawn, business: "acme-viajes", contact: try ContactAddress(parsing: Self.contact)))
        let answer = try place.run(Self.question + ["--json"])
        #expect(answer.status == 1)
        #expect(try answer.member("size") == 6)
        #expect(try place.run(["list", "--withdrawn"]).output.contains(Self.contact))
        #expect(try place.run(["history", Self.contact]).output.contains("2 records"))
        #expect(try place.run(["log", "5"]).output.contains("consent-withdrawn"))
        // Meanwhile nobody else can write, and says so.
        let second = try place.run(["opt-out", "+34600111223"])
        #expect(second.status == 75 && second.errors.contains("locked"))
        try writer.close()
        #expect(try place.run(Self.question).status == 1)
        try place.succeed(["opt-out", "+34600111223"])
    }

    /// The clock was two minutes ahead when the last records were made, and is right again: what they stop is stopped,
    /// and a stop that is said now is not older than the opt-in before it.
    @Test func aClockSetBackRevivesNobody() throws {
        struct FastClock: LedgerClock {
            func now() -> Timestamp { SystemClock().now().adding(milliseconds: 120_000) }
            func elapsedMilliseconds() -> UInt64 { SystemClock().elapsedMilliseconds() }
        }
        let place = try Workplace.withLedger()
        try place.succeed(["opt-in", Self.contact, "--notice", "web"])
        #expect(try place.run(Self.question).status == 0)
        let writer = try LedgerWriter(LedgerLocation(directory: place.path("consent.ledger")), clock: FastClock())
        let address = try ContactAddress(parsing: Self.contact)
        try writer.append(EventDraft(.consentWithdrawn, business: "acme-viajes", contact: address))
        #expect(try place.run(Self.question).status == 1)
        var grant = EventDraft(.consentGiven, business: "acme-viajes", contact: address)
        let notice = try #require(writer.currentCatalog().businesses["acme-viajes"]?.notices.first)
        grant.fields = [
            .occurredAt: .occurredAt(OccurredAt(FastClock().now())), .channels: .list(["whatsapp"]),
            .categories: .list(["marketing"]),
            .notice: .notice(NoticeReference(name: notice.name, textDigest: notice.textDigest)),
        ]
        try writer.append(grant)
        try writer.close()
        #expect(try place.run(Self.question).status == 0)
        try place.succeed(["opt-out", Self.contact])
        #expect(try place.run(Self.question).status == 1)
    }
}
