import ConsentModel
import ConsentRules
import Foundation
import LedgerStorage
import Testing

@testable import ConsentLedger

/// What may go, and what must stay and why.
@Suite struct RetentionTests {
    private static let day = OccurredAt.day

    private static func verdicts(
        _ world: LedgerWorld, after days: UInt64 = 0, keeping own: UInt64? = nil
    ) throws -> [String: String] {
        let now = world.clock.moment.adding(milliseconds: 1_000 + days * day)
        var found: [String: String] = [:]
        try Ledger(world.location).read { snapshot in
            try snapshot.forEachRetained(business: "acme", now: now, ownKeeping: own.map { $0 * day }) { item in
                let word =
                    switch item.verdict {
                    case .mayGoAsRequested: "requested"
                    case .mayGo: "may-go"
                    case .held(let hold): "held \(hold.id)"
                    case .inUse: "in-use"
                    case .kept(_, let rule): "kept" + (rule.map { " \($0.rule)" } ?? "")
                    case .undated: "undated"
                    }
                #expect(item.mayGo == (word == "requested" || word == "may-go"))
                // An earlier contact of an address beside the one that has it.
                let holder =
                    switch item.holder {
                    case .itself: ""
                    case .nobody: " once"
                    case .another: " before"
                    }
                found[String(item.contact.text.suffix(3)) + holder] = word
            }
        }
        return found
    }

    private static func adopt(_ writer: LedgerWriter, days: Int, recipients: String? = nil) throws {
        let scope = recipients.map { #"{"recipient-countries":["\#($0)"]}"# } ?? "{}"
        let text =
            #"{"format":"consent-ledger/rule-pack/v1","pack":"proof","version":"1","title":"Proof","rules":[{"id":"five-years","#
            + #""scope":\#(scope),"effect":{"kind":"keep-evidence","days":\#(days)},"meaning":"proof is kept","#
            + #""citation":{"source":"UWG","section":"§7a","confidence":"verbatim","verified-on":"2026-11-22"}}]}"#
        let bytes = Array(text.utf8)
        try writer.append(EventDraft(adopting: bytes, RulePack(parsing: bytes), business: "acme"))
    }

    private static func make() throws -> (LedgerWorld, LedgerWriter) {
        let (world, writer) = try LedgerWorld.make()
        for number in 1...5 { try writer.append(world.optIn(LedgerWorld.phone(number))) }
        world.clock.pass(10_000)
        // 1 and 2 left, 3 asked to be erased in ten days, 4 without a date, 5 may be messaged.
        try writer.append(world.optOut(LedgerWorld.phone(1)))
        try writer.append(world.optOut(LedgerWorld.phone(2)))
        let date = world.clock.moment.adding(milliseconds: 10 * day)
        for (number, date) in [(3, date), (4, nil)] {
            try writer.append(
                .erasureRequest(LedgerWorld.phone(number), business: "acme", at: writer.currentTime(), erasesAt: date))
        }
        try writer.append(world.optIn(LedgerWorld.phone(6), business: "beta"))
        return (world, writer)
    }

    /// Five years from the last use in Germany and the United States, from when the laws ask it; nothing elsewhere.
    @Test func theShippedPacksKeepProofWhereTheLawsAskIt() throws {
        let packs = try ShippedPacks.names.map { name in
            let pack = try RulePack(parsing: try #require(ShippedPacks.text(of: name)))
            return AdoptedPack(pack: pack, adoption: 0, business: nil, effectiveFrom: .epoch, recordedAt: .epoch)
        }
        let used = try OccurredAt(parsing: "2024-02-29").start
        func kept(_ country: String, on day: String) throws -> String? {
            let now = try OccurredAt(parsing: day).start
            let rules = RetentionRules(packs, business: "acme", at: now, ownKeeping: nil)
            return rules.kept(since: used, countries: [country], now: now).map { "\($0.until) \($0.rule?.rule ?? "")" }
        }
        #expect(try kept("DE", on: "2026-11-23") == "2029-03-01T00:00:00Z keep-evidence")
        #expect(try kept("DE", on: "2021-09-30") == nil)
        #expect(try kept("US", on: "2026-11-23") == "2029-03-01T00:00:00Z consent-records")
        #expect(try kept("PR", on: "2024-10-14") == "2028-02-29T00:00:00Z limitation")
        #expect(try kept("ES", on: "2026-11-23") == nil)
    }

    @Test func withoutARuleOnlyARequestHasADate() throws {
        let (world, writer) = try Self.make()
        let first = ["001": "undated", "002": "undated", "003": "kept", "004": "undated", "005": "in-use"]
        #expect(try Self.verdicts(world) == first)
        #expect(try Self.verdicts(world, after: 9) == first)
        #expect(try Self.verdicts(world, after: 11) == first.merging(["003": "requested"]) { $1 })
        try writer.close()
    }

    @Test func theBusinessesOwnRuleIsForWhoDidNotAsk() throws {
        let (world, writer) = try Self.make()
        #expect(
            try Self.verdicts(world, after: 29, keeping: 30) == [
                "001": "kept", "002": "kept", "003": "requested", "004": "undated", "005": "in-use",
            ])
        #expect(
            try Self.verdicts(world, after: 31, keeping: 30) == [
                "001": "may-go", "002": "may-go", "003": "requested", "004": "undated", "005": "in-use",
            ])
        try writer.close()
    }

    @Test func aLawsDutyGoesBeforeTheRequest() throws {
        let (world, writer) = try Self.make()
        try Self.adopt(writer, days: 20)
        let kept = "kept five-years"
        #expect(
            try Self.verdicts(world, after: 19, keeping: 5) == [
                "001": kept, "002": kept, "003": kept, "004": kept, "005": "in-use",
            ])
        #expect(
            try Self.verdicts(world, after: 21) == [
                "001": "may-go", "002": "may-go", "003": "requested", "004": "requested", "005": "in-use",
            ])
        try writer.close()
    }

    @Test func aRuleOfAnotherCountryKeepsNothing() throws {
        let (world, writer) = try Self.make()
        try Self.adopt(writer, days: 20, recipients: "DE")
        #expect(try Self.verdicts(world)["001"] == "undated")
        try writer.close()
    }

    @Test func aHoldKeeps() throws {
        let (world, writer) = try Self.make()
        var hold = EventDraft(.holdAdded, business: "acme", contact: LedgerWorld.phone(1))
        hold.fields = [.hold: .text("case-1"), .reason: .text("litigation")]
        try writer.append(hold)
        try writer.close()
        let found = try Self.verdicts(world, after: 31, keeping: 30)
        #expect(found["001"] == "held case-1" && found["002"] == "may-go")
        try world.check()
    }

    /// The time counts from the last message too, which came a day and a half after the opt-in.
    @Test func aUseBeginsTheTimeAnew() throws {
        let (world, writer) = try LedgerWorld.make()
        for number in [7, 8] {
            var draft = world.optIn(LedgerWorld.phone(number))
            draft.fields[.expiresAt] = .number(world.clock.moment.milliseconds + 2 * Self.day)
            try writer.append(draft)
        }
        try writer.close()
        world.clock.pass(3 * Self.day / 2)
        _ = try Ledger(world.location, clock: world.clock).reserve(world.question(), contact: LedgerWorld.phone(7))
        #expect(try Self.verdicts(world, keeping: 30) == ["007": "in-use", "008": "in-use"])
        #expect(try Self.verdicts(world, after: 29, keeping: 30) == ["007": "kept", "008": "may-go"])
        #expect(try Self.verdicts(world, after: 31, keeping: 30) == ["007": "may-go", "008": "may-go"])
        try world.check()
    }

    // MARK: Addresses that changed hands

    private static func request(_ number: Int, after days: UInt64, _ world: LedgerWorld) -> EventDraft {
        .erasureRequest(
            LedgerWorld.phone(number), business: "acme", at: world.clock.moment,
            erasesAt: world.clock.moment.adding(milliseconds: days * day))
    }

    private static func erase(_ items: [RetainedContact], _ writer: LedgerWriter) throws -> [Result<Erasure, any Error>]
    {
        try writer.erase(
            items.map { item in
                var order = ErasureOrder(item.contact, business: "acme")
                order.handle = item.handle
                return order
            }
        ).outcomes
    }

    private static func due(_ world: LedgerWorld, after days: UInt64, keeping own: UInt64? = nil) throws
        -> [RetainedContact]
    {
        let now = world.clock.moment.adding(milliseconds: 1_000 + days * day)
        var due: [RetainedContact] = []
        try Ledger(world.location).read { snapshot in
            try snapshot.forEachRetained(business: "acme", now: now, ownKeeping: own.map { $0 * day }) {
                if $0.mayGo { due.append($0) }
            }
        }
        return due
    }

    /// Who asked to be erased and then changed their number is erased on the date all the same.
    @Test(arguments: [true, false]) func aRequestOutlivesTheNumber(isSettled: Bool) throws {
        let (world, writer) = try LedgerWorld.make()
        try writer.append(world.optIn(LedgerWorld.phone(1)))
        world.clock.pass(1000)
        try writer.append(Self.request(1, after: 10, world))
        try writer.append(world.changed(from: LedgerWorld.phone(1), to: LedgerWorld.phone(2)))
        if isSettled { try writer.publish() }
        #expect(try Self.verdicts(world) == ["001 once": "kept", "002": "undated"])
        let due = try Self.due(world, after: 11)
        #expect(due.map(\.contact) == [LedgerWorld.phone(1)])
        #expect(try Self.erase(due, writer).map { try $0.get().records.count } == [1])
        try writer.close()
        #expect(try Self.verdicts(world) == ["002": "undated"])
        try world.check()
        #expect(try Ledger(world.location).read { try $0.checkRegistry().findings.isEmpty })
    }

    /// A request is for all that the address was until then, and not for whoever has it later.
    @Test func aRequestIsForEveryContactThatTheAddressWas() throws {
        let (world, writer) = try LedgerWorld.make()
        let ana = LedgerWorld.phone(1)
        try writer.append(world.optIn(ana))
        try writer.append(world.reassigned(ana))
        try writer.append(world.optIn(ana))
        world.clock.pass(1000)
        try writer.append(Self.request(1, after: 10, world))
        try writer.append(world.reassigned(ana))
        world.clock.pass(1000)
        try writer.append(world.optIn(ana))
        var verdicts: [String] = []
        let now = world.clock.moment.adding(milliseconds: 11 * Self.day)
        try Ledger(world.location).read { snapshot in
            let retained = try snapshot.retained(ana, business: "acme", now: now, ownKeeping: nil)
            for item in retained { verdicts.append("\(item.holder) \(item.isRequested) \(item.mayGo)") }
            #expect(try snapshot.erasureRequest(of: retained[0].handle)?.record == retained[1].request?.record)
            #expect(try snapshot.erasureRequest(of: retained[2].handle) == nil)
        }
        #expect(verdicts == ["another true true", "another true true", "itself false false"])
        let due = try Self.due(world, after: 11)
        #expect(due.count == 2)
        for outcome in try Self.erase(due, writer) { #expect(try outcome.get().records.count == 1) }
        #expect(try world.answer(ana) == .allow, "whoever has it now is not touched")
        try writer.close()
        #expect(try Self.verdicts(world) == ["001": "in-use"])
        try world.check()
    }

    /// Somebody else has the number: whoever had it before goes once the time for the proof is over, held or not by
    /// themselves alone.
    @Test func whoHadTheNumberBeforeGoesByThemselves() throws {
        let (world, writer) = try LedgerWorld.make()
        for number in 1...2 {
            let contact = LedgerWorld.phone(number)
            try writer.append(world.optIn(contact))
            if number == 1 {
                var hold = EventDraft(.holdAdded, business: "acme", contact: contact)
                hold.fields = [.hold: .text("case-1"), .reason: .text("litigation")]
                try writer.append(hold)
            }
            try writer.append(world.reassigned(contact))
            try writer.append(world.optIn(contact))
            world.clock.pass(1000)
            if number == 1 { try writer.append(world.optOut(contact)) }
        }
        let expected = ["001 before": "held case-1", "001": "may-go", "002 before": "may-go", "002": "in-use"]
        #expect(try Self.verdicts(world, after: 31, keeping: 30) == expected)
        #expect(try Self.verdicts(world, after: 29, keeping: 30)["002 before"] == "kept")
        let due = try Self.due(world, after: 31, keeping: 30)
        for outcome in try Self.erase(due, writer) { #expect(try outcome.get().records.count == 1) }
        #expect(try Self.verdicts(world, after: 31, keeping: 30) == ["001 once": "held case-1", "002": "in-use"])
        try writer.close()
        try world.check()
    }

    // MARK: Dates that are none

    @Test func aDateThatIsNoneIsNotRecorded() throws {
        let (world, writer) = try LedgerWorld.make()
        try writer.append(world.optIn(LedgerWorld.phone(1)))
        var draft = EventDraft.erasureRequest(
            LedgerWorld.phone(1), business: "acme", at: world.clock.moment, erasesAt: nil)
        for date in ["next week", "", "2031-13-01", "2031"] {
            draft.privateFields = [EventDraft.PrivateFact("erase-at", date)]
            #expect(throws: LedgerError(.badEvent, ""), "\(date)") { try writer.append(draft) }
        }
        // As a line of events the stop is taken, without the date, and that is said.
        let line =
            #"{"type":"consent-withdrawn","business":"acme","contact":"+34600100001","do-not-contact":true,"#
            + #""reason":"erasure-requested","private":{"erase-at":"next week"}}"#
        let read = try NativeEvent.draft(parsing: Array(line.utf8), by: OptOutWidening(for: writer))
        #expect(read.draft.privateFields.isEmpty && read.remarks.contains { $0.contains("erase-at") })
        try writer.append(read.draft)
        #expect(try Self.verdicts(world)["001"] == "undated")
        try writer.close()
        try world.check()
    }

    /// One date that cannot be read keeps one person's proof, and nobody else's verdict from being given.
    @Test func aDateThatCannotBeReadStopsNobodyElse() throws {
        let (world, writer) = try Self.make()
        try writer.close()
        let path: StoragePath = "private/sealed/0000000000000001"
        var bytes = try #require(try world.storage.read(path))
        let record = try Ledger(world.location).read { snapshot in
            let handle = try #require(try snapshot.handle(of: LedgerWorld.phone(3), business: "acme"))
            return try #require(try snapshot.erasureRequest(of: handle)).record
        }
        let location = try #require(try Ledger(world.location).read { try $0.sealedLocation(of: record) })
        for offset in location.offset + 40..<location.offset + location.byteCount { bytes[offset] ^= 1 }
        try world.storage.replace(path, with: bytes)
        #expect(
            try Self.verdicts(world, after: 31, keeping: 30) == [
                "001": "may-go", "002": "may-go", "003": "undated", "004": "undated", "005": "in-use",
            ])
    }
}
