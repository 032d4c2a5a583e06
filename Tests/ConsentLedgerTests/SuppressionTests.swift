import ConsentAudit
import ConsentModel
import ConsentRules
import LedgerStorage
import Testing

@testable import ConsentLedger

/// Who asked to be forgotten stays forgotten: what was before they left brings nobody back, whoever tells it and in
/// whatever order.
@Suite struct SuppressionTests {
    private let ana = LedgerWorld.phone(1)
    private let ben = LedgerWorld.phone(2)

    private static func erase(
        _ contact: ContactAddress, _ writer: LedgerWriter, keepsSuppression: Bool = true
    ) throws -> Erasure {
        var order = ErasureOrder(contact, business: "acme")
        order.keepsSuppression = keepsSuppression
        return try writer.erase([order]).outcomes[0].get()
    }

    private static func before(_ moment: Timestamp, by milliseconds: UInt64) -> Timestamp {
        Timestamp(milliseconds: moment.milliseconds - milliseconds)!
    }

    private static func imported(_ draft: EventDraft) -> EventDraft {
        var draft = draft
        draft.fields[.imported] = .mark
        return draft
    }

    private static func isForgotten(_ contact: ContactAddress, _ world: LedgerWorld) throws -> Bool {
        try Ledger(world.location).read { try $0.isForgotten(contact, business: "acme") }
    }

    /// What a person does to come back is theirs; that they once agreed to more, and then stopped it, is not.
    @Test(arguments: ["imported", "isFromFile", "method", "live"])
    func whatWasBeforeTheErasureNeverCounts(_ way: String) throws {
        let (world, writer) = try LedgerWorld.make()
        let before = world.clock.moment
        try writer.append(world.optIn(ana))
        world.clock.pass(10_000)
        try writer.append(world.optOut(ana))
        _ = try Self.erase(ana, writer)
        func old(at time: Timestamp?) -> EventDraft {
            var draft = world.optIn(ana, at: time)
            if time == nil { draft.fields[.occurredAt] = nil }
            switch way {
            case "imported": draft.fields[.imported] = .mark
            case "isFromFile": draft.isFromFile = true
            case "method": draft.fields[.method] = .text("import")
            default: break
            }
            return draft
        }
        for time in [before, Self.before(world.clock.moment, by: 1), nil] {
            #expect(throws: LedgerError(.suppressed, "")) { try writer.append(old(at: time)) }
        }
        #expect(try Self.isForgotten(ana, world))
        // They come back, for something else.
        world.clock.pass(10_000)
        var back = world.optIn(ana)
        back.fields[.channels] = .list(["sms"])
        try writer.append(back)
        #expect(try !Self.isForgotten(ana, world))
        for isPublished in [false, true] {
            if isPublished { try writer.publish() }
            for time in [before, nil] {
                #expect(throws: LedgerError(.suppressed, "")) { try writer.append(old(at: time)) }
            }
            #expect(try world.answer(ana) == .deny)
        }
        // What happened since is told by files, too.
        world.clock.pass(10_000)
        let since = old(at: world.clock.moment)
        world.clock.pass(10_000)
        try writer.append(since)
        #expect(try world.answer(ana) == .allow)
        try writer.close()
        try world.check()
    }

    /// A return that was keyed in for the wrong number is none.
    @Test func aReturnThatWasVoidedBringsNobodyBack() throws {
        let (world, writer) = try LedgerWorld.make()
        try writer.append(world.optIn(ana))
        _ = try Self.erase(ana, writer)
        world.clock.pass(10_000)
        let back = try writer.append(world.optIn(ana)).index
        let id = try AttachmentTests.event(back, world)
        #expect(try !Self.isForgotten(ana, world))
        var void = EventDraft(.eventVoided, business: "acme", contact: ana)
        void.fields[.concerns] = .bytes(id.bytes)
        try writer.append(void)
        #expect(try Self.isForgotten(ana, world))
        world.clock.pass(10_000)
        #expect(throws: LedgerError(.suppressed, "")) { try writer.append(Self.imported(world.optIn(ana))) }
        try writer.close()
        try world.check()
    }

    /// Within one call and beside it, nothing that follows an erasure is prepared before it is done.
    @Test func whatFollowsAnErasureKnowsOfIt() throws {
        let (world, writer) = try LedgerWorld.make()
        try writer.append(world.optIn(ana))
        var erasure = EventDraft(.contactErased, business: "acme", contact: ana)
        erasure.fields[.keepSuppression] = .mark
        let outcomes = try writer.append([
            world.optIn(ben), erasure, Self.imported(world.optIn(ana)), world.optIn(LedgerWorld.phone(3)),
        ])
        #expect(throws: LedgerError(.suppressed, "")) { try outcomes[2].get() }
        #expect(outcomes.count == 4 && outcomes.count { (try? $0.get()) != nil } == 3)
        #expect(try world.answer(ana) == .deny)
        #expect(try world.answer(ben) == .allow)
        try writer.close()
        try world.check()
    }

    @Test func threadsThatImportBesideAnErasureBringNobodyBack() async throws {
        let (world, writer) = try LedgerWorld.make()
        for number in 1...20 { try writer.append(world.optIn(LedgerWorld.phone(number))) }
        await withTaskGroup(of: Void.self) { group in
            for number in 1...20 {
                let contact = LedgerWorld.phone(number)
                group.addTask {
                    var erasure = EventDraft(.contactErased, business: "acme", contact: contact)
                    erasure.fields[.keepSuppression] = .mark
                    if number.isMultiple(of: 2) {
                        _ = try? writer.append(erasure)
                    } else {
                        _ = try? writer.erase([ErasureOrder(contact, business: "acme")])
                    }
                }
                for _ in 0..<3 { group.addTask { _ = try? writer.append(Self.imported(world.optIn(contact))) } }
            }
        }
        for number in 1...20 { #expect(try world.answer(LedgerWorld.phone(number)) == .deny, "\(number)") }
        try writer.close()
        try world.check()
    }

    // MARK: The same id again

    /// A stop that was recorded, flagged as a repeated id, for somebody who was erased since binds whoever is there now.
    @Test func aStopIsRecordedAgainHoweverOftenItsPersonWasErased() throws {
        let (world, writer) = try LedgerWorld.make()
        let stop = world.optOut(ana, id: "row-1", at: world.clock.moment.adding(milliseconds: 5_000))
        world.clock.pass(10_000)
        var places: Set<UInt64> = []
        for round in 0..<4 {
            places.insert(try writer.append(stop).index)
            #expect(try writer.append(stop) == .alreadyRecorded(index: places.max()!), "round \(round)")
            try writer.append(Self.imported(world.optIn(ana, at: Self.before(world.clock.moment, by: 9_000))))
            #expect(try world.answer(ana) == .deny, "round \(round)")
            _ = try Self.erase(ana, writer, keepsSuppression: false)
        }
        #expect(places.count == 4)
        try writer.close()
        try world.check()
    }

    /// Another person's erasure under an id that was used is not taken for the first.
    @Test func anErasureUnderAUsedIdErases() throws {
        let (world, writer) = try LedgerWorld.make()
        try writer.append(world.optIn(ana))
        try writer.append(world.optIn(ben))
        func erasure(_ contact: ContactAddress) -> EventDraft {
            var draft = EventDraft(.contactErased, business: "acme", contact: contact)
            draft.outsideID = "req-1"
            return draft
        }
        let first = try writer.append(erasure(ana)).index
        guard case .recorded(let second) = try writer.append(erasure(ben)) else {
            Issue.record("nobody was erased")
            return
        }
        #expect(try world.answer(ben) == .deny)
        for contact in [ana, ben] {
            guard case .alreadyRecorded(let index) = try writer.append(erasure(contact)) else {
                Issue.record("there is nobody to erase")
                return
            }
            #expect([first, second].contains(index))
        }
        try writer.close()
        try world.check()
    }

    // MARK: What there is without a contact

    @Test func aSuppressionGoesWhenThePersonAsks() throws {
        let (world, writer) = try LedgerWorld.make()
        try writer.append(world.optIn(ana))
        let first = try Self.erase(ana, writer)
        #expect(!first.wasSuppressed && first.isSuppressed && !first.foundNothing)
        let again = try Self.erase(ana, writer)
        #expect(again.records.isEmpty && again.wasSuppressed && again.isSuppressed && !again.foundNothing)
        let keys = try world.storage.read("private/keys/epoch.key")
        let last = try Self.erase(ana, writer, keepsSuppression: false)
        #expect(last.records.isEmpty && last.wasSuppressed && !last.isSuppressed)
        #expect(try world.storage.read("private/keys/epoch.key") != keys, "copies of the registry do not open")
        #expect(try Self.erase(ana, writer, keepsSuppression: false).foundNothing)
        try writer.append(Self.imported(world.optIn(ana)))
        try writer.close()
        try world.check()
    }

    /// Who came back and asks to be forgotten completely takes the earlier suppression along.
    @Test func forgettingCompletelyLiftsWhatAnEarlierErasureLeft() throws {
        let (world, writer) = try LedgerWorld.make()
        try writer.append(world.optIn(ana))
        _ = try Self.erase(ana, writer)
        world.clock.pass(10_000)
        try writer.append(world.optIn(ana))
        let last = try Self.erase(ana, writer, keepsSuppression: false)
        #expect(last.records.count == 1 && last.wasSuppressed && !last.isSuppressed)
        let keys = try world.keys()
        #expect(try !Ledger(world.location).read { try $0.registry.isSuppressed(ana, business: "acme", keys: keys) })
        try writer.close()
        try world.check()
    }

    /// The addresses in the uses that are left, whatever tag they are under.
    private static func usedAddresses(_ world: LedgerWorld) throws -> Set<ContactAddress> {
        let keys = try world.keys()
        return try Ledger(world.location).read { snapshot in
            var found: Set<ContactAddress> = []
            try snapshot.registry.uses.retag(keys: keys) { use, tag in
                found.insert(use.address)
                return tag
            }
            return found
        }
    }

    @Test func noUseKeepsAnAddressThatWasErased() throws {
        let (world, writer) = try LedgerWorld.make()
        let new = LedgerWorld.phone(9)
        try writer.append(world.optIn(ana))
        try writer.append(world.optIn(ben))
        let ledger = try Ledger(world.location, clock: world.clock)
        for contact in [ana, ana, ben] { _ = try ledger.reserve(world.question(), contact: contact) }
        #expect(try Self.usedAddresses(world) == [ana, ben])
        // What was sent to the old number counts for the new one, and does not tell the old one.
        try writer.append(world.changed(from: ana, to: new))
        try writer.publish()
        #expect(try Self.usedAddresses(world) == [new, ben])
        _ = try Self.erase(ana, writer)
        #expect(
            try Ledger(world.location).read { try $0.uses(of: new, business: "acme").map(\.address) } == [new, new])
        _ = try Self.erase(new, writer)
        #expect(try Self.usedAddresses(world) == [ben])
        try writer.close()
        try world.check()
    }

    /// Of somebody of whom nothing is recorded there may be counts: of what was sent on another basis than consent.
    @Test func theCountsOfAnUnknownAddressGo() throws {
        let (world, writer) = try LedgerWorld.make()
        let (mobile, plain) = (
            try ContactAddress(parsing: "+5491123456789"), try ContactAddress(parsing: "+541123456789")
        )
        var category = EventDraft(.categoryDefined, business: "acme")
        category.fields = [
            .category: .text("order-update"), .categoryClass: .text("utility"), .basis: .text("contract"),
        ]
        try writer.append(category)
        try writer.append(world.optIn(ben))
        let ledger = try Ledger(world.location, clock: world.clock)
        var question = world.question()
        question.category = "order-update"
        question.assertedBasis = "contract"
        for contact in [ana, mobile, ben] {
            #expect(try ledger.reserve(question, contact: contact).reservation != nil)
        }
        let erasure = try Self.erase(ana, writer)
        #expect(erasure.records.isEmpty && erasure.uncountedUses == 1 && !erasure.foundNothing)
        #expect(try Self.erase(plain, writer).uncountedUses == 1, "in the other spelling")
        #expect(try Self.usedAddresses(world) == [ben])
        #expect(try Self.erase(ana, writer).foundNothing)
        try writer.close()
        try world.check()
    }

    /// What somebody damaged is no reason not to erase, and nobody's ledger stands still for it.
    @Test func whatDoesNotOpenStaysAsItIs() async throws {
        let (world, writer) = try LedgerWorld.make()
        for contact in [ana, ben, LedgerWorld.phone(3)] { try writer.append(world.optIn(contact)) }
        try writer.append(world.reassigned(LedgerWorld.phone(3)))
        let ledger = try Ledger(world.location, clock: world.clock)
        for contact in [ana, ben] { _ = try ledger.reserve(world.question(), contact: contact) }
        try writer.close()
        let benTag = try world.keys().tag(of: ben, business: "acme")
        let hex = benTag.description
        try world.location.databases.change(
            "UPDATE contact SET wrapped_key = x'00', sealed_address = x'0102' WHERE tag = x'\(hex)' OR tag64 IS NULL")
        try world.location.databases.change("UPDATE use SET sealed = x'00' WHERE tag = x'\(hex)'")
        let again = try world.open()
        #expect(throws: Never.self) { () throws in #expect(try Self.erase(ana, again).records.count == 1) }
        try again.close()
        #expect(throws: Never.self) { try world.open().close() }
        #expect(throws: Never.self) { () throws in #expect(try world.answer(ana) == .deny) }
        #expect(throws: (any Error).self, "what was sent to him is not known") { try world.answer(ben) }
        #expect(throws: Never.self) { () throws in
            #expect(try !Ledger(world.location).read { try $0.checkRegistry().findings.isEmpty })
        }
        // The log is whole: what is lost is the private side.
        let report = try await Verifier(reader: StoredLog(storage: world.storage)).verify(level: .replay)
        #expect(report.holds, "\(report.findings)")
    }

    // MARK: Files

    /// A list that says of somebody forgotten that they want nothing is no reason to keep their address again.
    @Test func aListDoesNotKeepTheAddressAgain() async throws {
        let it = try ImporterWorld()
        let file = "phone,status,note\n\(ana.text),opt-out,wants no more\n\(ben.text),opt-out,\n"
        try it.run(.csv, file)
        #expect(try it.events(ana).count == 1)
        _ = try Self.erase(ana, it.writer)
        for isDryRun in [true, false] {
            let results = try it.run(.csv, file) { $0.isDryRun = isDryRun }
            guard case .nothing = results[0].outcome else {
                Issue.record("\(results[0].outcome)")
                return
            }
        }
        #expect(try it.events(ana).isEmpty)
        #expect(try it.answer(ana) == .deny)
        // Once they are back, a stop is a stop.
        it.world.clock.pass(10_000)
        try it.writer.append(it.world.optIn(ana))
        it.world.clock.pass(10_000)
        try it.run(.csv, file)
        #expect(try it.events(ana).count == 2)
        try await it.verify()
    }
}
