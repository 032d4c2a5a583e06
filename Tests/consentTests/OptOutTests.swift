import ConsentLedger
import ConsentModel
import ConsentRules
import Foundation
import Testing

/// An opt-out is never lost, and binds at once.
@Suite struct OptOutTests {
    static let contact = "+34600111222"
    static let question = ["check", contact, "--category", "marketing", "--channel", "whatsapp"]

    @Test(
        arguments: [
            (["--category", "offfers", "--channel", "whatsapp"], "category-unknown"),
            (["--channel", "wathsapp"], "channel-unknown"),
            (["--sender", "nobody"], "sender-unknown"),
            (["--brand", "nobody"], "sender-unknown"),
            (["--occurred-at", "2999-01-01T00:00:00Z"], "time-clamped"),
            (["--occurred-at", "yesterday"], "time-clamped"),
            (["--source", "nobody"], "source-not-authorized"),
            (["--source", "shop"], "source-not-authorized"),
            (["--method", "shouting"], nil),
            (["--via", "shouting"], nil),
        ] as [([String], String?)])
    func doubtMakesItWider(_ arguments: [String], _ flag: String?) throws {
        let place = try Workplace.withLedger()
        try place.succeed(["source", "add", "shop"])
        try place.succeed(["source", "revoke", "shop"])
        try place.succeed(["opt-in", Self.contact, "--notice", "web"])
        let stopped = try place.succeed(["opt-out", Self.contact, "--json"] + arguments)
        #expect(try stopped.member("flags") == (flag.map { [$0] } ?? []))
        #expect(try stopped.member("warnings", as: [String].self).count == 1)
        #expect(try place.run(Self.question).status == 1)
        // For people the warning is on standard error.
        let again = try place.succeed(["opt-out", Self.contact] + arguments)
        #expect(again.errors.hasPrefix("consent: warning: ") && again.output.hasPrefix("Opted out: "))
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
