import ConsentModel
import ConsentRules
import LedgerCrypto
import LedgerStorage
import Testing

@testable import ConsentLedger

/// Rule packs in a ledger: adopted, found again, and never half there; and notices that may carry no opt-in.
@Suite struct LedgerPackTests {
    private static func bytes(_ rules: String = "", version: String = "1", pack: String = "house") -> [UInt8] {
        Array(
            #"{"format":"consent-ledger/rule-pack/v1","pack":"\#(pack)","version":"\#(version)","title":"House","rules":[\#(rules)]}"#
                .utf8)
    }

    private static func adopting(
        _ bytes: [UInt8], business: String? = nil, from: Timestamp? = nil
    ) throws -> EventDraft {
        EventDraft(adopting: bytes, try RulePack(parsing: bytes), business: business, effectiveFrom: from)
    }

    private static let asksForChannel = """
        {"id":"channel","scope":{"channels":["whatsapp"]},"effect":{"kind":"notice","subject":"channel","severity":"error"},
        "meaning":"it names the channel","citation":{"source":"House","confidence":"verbatim","verified-on":"2026-11-22"}}
        """

    @Test func adoptedPacksAreFound() throws {
        let (world, writer) = try LedgerWorld.make()
        #expect(try Ledger(world.location).read { try $0.packs(business: "acme") }.isEmpty)
        try writer.append(Self.adopting(Self.bytes()))
        try writer.append(Self.adopting(Self.bytes(version: "2"), business: "acme", from: .epoch))
        try writer.append(Self.adopting(Self.bytes(pack: "other"), business: "beta"))
        for isPublished in [false, true] {
            if isPublished { try writer.publish() }
            let ledger = try Ledger(world.location)
            let acme = try ledger.read { try $0.packs(business: "acme") }
            #expect(acme.map(\.pack.version) == ["1", "2"] && acme.map(\.business) == [nil, "acme"])
            #expect(acme.map(\.adoption) == [8, 9] && acme[1].effectiveFrom == .epoch)
            #expect(acme[0].effectiveFrom == acme[0].recordedAt)
            #expect(try ledger.read { try $0.packs(business: "beta") }.map(\.pack.id) == ["house", "other"])
            #expect(try writer.packs(business: "acme") == acme)
        }
        try writer.close()
        _ = try CheckedLog(world.storage)
    }

    @Test func aPackIsWholeOrNotThere() throws {
        let (world, writer) = try LedgerWorld.make()
        try writer.append(Self.adopting(Self.bytes()))
        try writer.append(world.optIn(LedgerWorld.phone(1)))
        try writer.close()
        let path = try LedgerPaths.object(SHA256Digest(hashing: Self.bytes()))
        for (contents, word) in [
            (Self.bytes(version: "9"), "was altered"), (Array("{}".utf8), "was altered"), (nil, "is missing"),
        ] as [([UInt8]?, String)] {
            if let contents { try world.storage.replace(path, with: contents) } else { try world.storage.remove(path) }
            do {
                _ = try Ledger(world.location).read { try $0.packs(business: "acme") }
                Issue.record("it was read")
            } catch let error as RulesError {
                #expect(error.code == .packUnreadable && error.description.contains(word), "\(error)")
            }
            let again = try world.open(label: "again")
            // Nobody knows what the pack asks of notices; a stop needs no pack.
            #expect(throws: RulesError(.packUnreadable, "")) { try again.append(world.optIn(LedgerWorld.phone(2))) }
            try again.append(world.optOut(LedgerWorld.phone(1)))
            try again.close()
        }
    }

    @Test func whatIsNoPackIsNotAdopted() throws {
        let (world, writer) = try LedgerWorld.make()
        var notOne = try Self.adopting(Self.bytes())
        let junk = Array("{}".utf8)
        notOne.objects = [junk]
        notOne.fields[.packDigest] = .bytes(SHA256Digest(hashing: junk).bytes)
        #expect(throws: RulesError(.badPack, "")) { try writer.append(notOne) }
        var otherVersion = try Self.adopting(Self.bytes())
        otherVersion.fields[.packVersion] = .text("2")
        #expect(throws: LedgerError(.badEvent, "")) { try writer.append(otherVersion) }
        var absent = try Self.adopting(Self.bytes())
        absent.objects = []
        #expect(throws: LedgerError(.badEvent, "")) { try writer.append(absent) }
        try writer.append(Self.adopting(Self.bytes()))
        // Its text is there by now.
        try writer.append(absent)
        #expect(try Ledger(world.location).read { try $0.packs(business: "acme") }.count == 2)
        try writer.close()
    }

    /// A notice of `text` for WhatsApp and SMS, and a live opt-in by a channel that names it.
    private static func optIn(
        _ world: LedgerWorld, _ text: String, channel: String = "whatsapp", name: String = "n", person: Int = 60
    ) -> (notice: EventDraft, optIn: EventDraft) {
        let bytes = Array(text.utf8)
        var optIn = world.optIn(LedgerWorld.phone(person))
        optIn.fields[.notice] = .notice(
            NoticeReference(name: name, textDigest: SHA256Digest(hashing: bytes).bytes))
        optIn.fields[.channels] = .list([channel])
        return (LedgerWorld.noticeDraft("acme", name: name, text: bytes), optIn)
    }

    @Test func anOptInNeedsANoticeThatNamesTheBusiness() throws {
        let (world, writer) = try LedgerWorld.make()
        let (notice, optIn) = Self.optIn(world, "Acepto ofertas por WhatsApp.")
        // The notice itself is evidence of what was shown.
        try writer.append(notice)
        world.clock.pass(1000)
        var now = optIn
        now.fields[.occurredAt] = .occurredAt(OccurredAt(world.clock.moment))
        do {
            try writer.append(now)
            Issue.record("the opt-in was recorded")
        } catch let error as RulesError {
            #expect(error.code == .defectiveNotice && error.description.contains("Acme Viajes"), "\(error)")
        }
        // What was imported is recorded, and for the decision to judge.
        var imported = now
        imported.fields[.imported] = .mark
        try writer.append(imported)
        // A request could be confirmed: it is refused too. A refusal is not.
        var request = now
        request.type = .consentRequested
        #expect(throws: RulesError(.defectiveNotice, "")) { try writer.append(request) }
        var refused = now
        refused.type = .consentRefused
        try writer.append(refused)
        try writer.close()
        _ = try CheckedLog(world.storage)
    }

    /// The pack of the day, the channel of the opt-in, and all of it in one group.
    @Test func aPackAsksOfTheChannelsOfTheOptIn() throws {
        let (world, writer) = try LedgerWorld.make()
        let text = "Acepto ofertas de Acme Viajes por SMS."
        let before = Self.optIn(world, text, person: 61)
        try writer.append(before.notice)
        func now(_ draft: EventDraft) -> EventDraft {
            var draft = draft
            draft.fields[.occurredAt] = .occurredAt(OccurredAt(world.clock.moment))
            return draft
        }
        world.clock.pass(1000)
        try writer.append(now(before.optIn))
        world.clock.pass(1000)
        let outcomes = try writer.append([
            Self.adopting(Self.bytes(Self.asksForChannel), from: world.clock.moment),
            now(Self.optIn(world, text, person: 62).optIn),
            now(Self.optIn(world, text, channel: "sms", person: 63).optIn),
        ])
        #expect(throws: Never.self) { try outcomes[0].get() }
        #expect(throws: RulesError(.defectiveNotice, "")) { try outcomes[1].get() }
        #expect(throws: Never.self) { try outcomes[2].get() }
        // A rule is of the day on which the words were shown, be its pack adopted later.
        var earlier = Self.optIn(world, text, person: 64).optIn
        earlier.fields[.occurredAt] = .occurredAt(OccurredAt(world.clock.moment.subtracting(milliseconds: 900)))
        #expect(throws: RulesError(.defectiveNotice, "")) { try writer.append(earlier) }
        try writer.append(
            Self.adopting(
                Self.bytes(
                    Self.asksForChannel.replacing(#""scope""#, with: #""effective-from":"2099-01-01","scope""#),
                    version: "1b")))
        world.clock.pass(1000)
        try writer.append(now(earlier))
        // A version without rules ends it.
        try writer.append(Self.adopting(Self.bytes(version: "2")))
        world.clock.pass(1000)
        try writer.append(now(Self.optIn(world, text, person: 65).optIn))
        try writer.close()
        _ = try CheckedLog(world.storage)
    }
}
