import ConsentModel
import ConsentRules
import LedgerStorage
import Testing

@testable import ConsentLedger

/// The same (source, id) again: once recorded, wherever the first record is by now.
@Suite struct LedgerDuplicateTests {
    /// Where the first record is when the id comes again.
    enum Place: CaseIterable { case group, tail, published, reopened }

    @Test(arguments: Place.allCases) func theSameAgain(place: Place) throws {
        var (world, writer) = try LedgerWorld.make()
        let ana = LedgerWorld.phone(1)
        let draft = world.optIn(ana, id: "order-77")
        var assumed = world.optIn(LedgerWorld.phone(2), id: "order-78")
        assumed.isTimeAssumed = true
        var later = assumed
        later.fields[.occurredAt] = .occurredAt(OccurredAt(world.clock.now()))
        let outcomes: [AppendOutcome]
        if place == .group {
            outcomes = try writer.append([draft, assumed, draft, later]).map { try $0.get() }
        } else {
            let first = try writer.append([draft, assumed]).map { try $0.get() }
            try move(&writer, world, to: place)
            outcomes = try first + writer.append([draft, later]).map { try $0.get() }
        }
        #expect(
            outcomes == [
                .recorded(index: 8), .recorded(index: 9), .alreadyRecorded(index: 8), .alreadyRecorded(index: 9),
            ])
        try writer.close()
        #expect(try world.check().entries.count == 10)
    }

    @Test(arguments: Place.allCases) func somethingElseUnderTheSameID(place: Place) throws {
        var (world, writer) = try LedgerWorld.make()
        let (ana, ben) = (LedgerWorld.phone(1), LedgerWorld.phone(2))
        let draft = world.optIn(ana, id: "x")
        var others = [
            world.optIn(ben, id: "x"), world.optIn(ana, business: "beta", id: "x"),
            world.optIn(ana, id: "x", at: world.clock.now()),
        ]
        var otherFact = draft
        otherFact.privateFields = [EventDraft.PrivateFact("ip", "192.0.2.8")]
        var noFact = draft
        noFact.privateFields = []
        var otherField = draft
        otherField.fields[.method] = .text("paper")
        others += [otherFact, noFact, otherField]
        let outcomes: [Result<AppendOutcome, any Error>]
        if place == .group {
            outcomes = Array(try writer.append([draft] + others).dropFirst())
        } else {
            try writer.append(draft)
            try move(&writer, world, to: place)
            outcomes = try writer.append(others)
        }
        for outcome in outcomes {
            #expect(throws: LedgerError(.conflictingDuplicate, "")) { try outcome.get() }
        }
        try writer.close()
        #expect(try world.check().entries.count == 9)
    }

    @Test(arguments: Place.allCases) func anOptOutIsTakenAnyway(place: Place) throws {
        var (world, writer) = try LedgerWorld.make()
        let ana = LedgerWorld.phone(1)
        let draft = world.optIn(ana, id: "x")
        let optOuts = [
            world.optOut(ana, id: "x", at: world.clock.now()), world.optOut(LedgerWorld.phone(2), id: "x"),
        ]
        var outcomes: [AppendOutcome]
        if place == .group {
            outcomes = try writer.append([draft] + optOuts).dropFirst().map { try $0.get() }
        } else {
            try writer.append(draft)
            try move(&writer, world, to: place)
            outcomes = try writer.append(optOuts).map { try $0.get() }
        }
        #expect(outcomes == [.recorded(index: 9), .recorded(index: 10)])
        #expect(try world.answer(ana) == .deny)
        // Each of them again, in any order, is what it was.
        if place != .group { try move(&writer, world, to: place) }
        outcomes = try writer.append([optOuts[1], draft, optOuts[0]]).map { try $0.get() }
        #expect(
            outcomes == [.alreadyRecorded(index: 10), .alreadyRecorded(index: 8), .alreadyRecorded(index: 9)])
        try writer.close()
        let log = try world.check()
        #expect(log.entries.count == 11)
        #expect(log.entries[9].event?.flags == ["duplicate-id"])
        let facts = try Ledger(world.location).read { try $0.privateFields(of: 9) }
        #expect(facts.contains { $0.field.name == "duplicate-of" && $0.field.value == Array("x".utf8) })
    }

    /// An address that changed hands keeps the old owner's records: the same row again is still the same.
    @Test func theSameAgainAfterTheContactWasClosed() throws {
        let (world, writer) = try LedgerWorld.make()
        let ana = LedgerWorld.phone(1)
        let draft = world.optIn(ana, id: "row-1")
        let optOut = world.optOut(ana, id: "row-2")
        try writer.appendAll([draft, optOut, world.reassigned(ana)])
        #expect(try writer.append(draft) == .alreadyRecorded(index: 8))
        #expect(try writer.append(optOut) == .alreadyRecorded(index: 9))
        try writer.publish()
        #expect(try writer.append(draft) == .alreadyRecorded(index: 8))
        try writer.close()
        try world.check()
    }

    @Test func governanceAgain() throws {
        let (world, writer) = try LedgerWorld.make()
        var draft = LedgerWorld.noticeDraft("acme", name: "other")
        draft.outsideID = "notice-1"
        #expect(try writer.append(draft) == .recorded(index: 8))
        #expect(try writer.append(draft) == .alreadyRecorded(index: 8))
        try writer.publish()
        #expect(try writer.append(draft) == .alreadyRecorded(index: 8))
        draft.fields[.language] = .text("en")
        #expect(throws: LedgerError(.conflictingDuplicate, "")) { try writer.append(draft) }
        try writer.close()
        try world.check()
    }

    private func move(_ writer: inout LedgerWriter, _ world: LedgerWorld, to place: Place) throws {
        switch place {
        case .group, .tail: break
        case .published: try writer.publish()
        case .reopened:
            try writer.close()
            writer = try world.open()
        }
    }
}
