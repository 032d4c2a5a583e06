import ConsentModel
import ConsentRules
import GRDB
import LedgerCrypto
import LedgerStorage
import Testing

@testable import ConsentLedger

@Suite struct LedgerContactTests {
    @Test func aChangedNumberClosesTheOldContactAndItsAddressStartsAnew() throws {
        let (world, writer) = try LedgerWorld.make()
        let (old, new) = (LedgerWorld.phone(1), LedgerWorld.phone(2))
        try writer.append(world.optIn(old))
        try writer.append(world.changed(from: old, to: new))
        #expect(try world.answer(old) == .deny)
        #expect(try world.answer(new) == .deny, "a grant does not cross")
        try writer.append(world.optIn(old))
        #expect(try world.answer(old) == .allow)
        try writer.append(world.optIn(new))
        #expect(try world.answer(new) == .allow)
        try writer.close()
        #expect(try world.answer(old) == .allow)
        let log = try world.check()
        #expect(Set(log.entries[8...].flatMap(\.record.handles)).count == 3)
    }

    @Test func anOptOutCrossesToTheNewNumberAndNotToItsNextOwner() throws {
        let (world, writer) = try LedgerWorld.make()
        let (old, new) = (LedgerWorld.phone(1), LedgerWorld.phone(2))
        try writer.append(world.optIn(new))
        world.clock.pass(1)
        try writer.append(world.optOut(old))
        try writer.append(world.changed(from: old, to: new))
        #expect(try world.answer(new) == .deny)
        try writer.append(world.optIn(old))
        #expect(try world.answer(old) == .allow)
        try writer.close()
        #expect(try world.answer(new) == .deny)
        #expect(try world.answer(old) == .allow)
        try world.check()
    }

    /// The statements of one call are prepared together; each counts as of its turn.
    @Test(arguments: [true, false])
    func anOptOutAfterAReassignmentInOneCallBindsTheNewContact(isPublished: Bool) throws {
        let (world, writer) = try LedgerWorld.make()
        let ana = LedgerWorld.phone(1)
        try writer.append(world.optIn(ana))
        if isPublished { try writer.publish() }
        let outcomes = try writer.append([world.reassigned(ana), world.optIn(ana), world.optOut(ana)])
        #expect(outcomes.map { try? $0.get().index } == [9, 10, 11])
        #expect(try world.answer(ana) == .deny)
        try writer.close()
        let log = try world.check()
        #expect(log.entries[8].record.handles == log.entries[9].record.handles)
        #expect(log.entries[10].record.handles != log.entries[9].record.handles)
        #expect(log.entries[11].record.handles == log.entries[10].record.handles)
    }

    /// The registry still has the contact that the journal's tail has closed.
    @Test func aContactClosedInTheTailIsClosed() throws {
        let (world, writer) = try LedgerWorld.make()
        let ana = LedgerWorld.phone(1)
        try writer.append(world.optOut(ana))
        try writer.publish()
        try writer.append(world.reassigned(ana))
        let ledger = try Ledger(world.location)
        #expect(try ledger.read { try $0.handle(of: ana, business: "acme") } == nil)
        #expect(try writer.timelines(of: [(address: ana, business: "acme")])[0] == nil)
        try writer.append(world.optIn(ana))
        #expect(try world.answer(ana, in: ledger) == .allow)
        world.clock.pass(1)
        try writer.append(world.optOut(ana))
        #expect(try world.answer(ana, in: ledger) == .deny)
        try writer.close()
        #expect(try world.answer(ana) == .deny)
        let log = try world.check()
        #expect(log.entries[8].record.handles != log.entries[10].record.handles)
        #expect(log.entries[11].record.handles == log.entries[10].record.handles)
    }

    @Test func aStopUnderAnotherSpellingBindsAndAGrantDoesNot() throws {
        let (world, writer) = try LedgerWorld.make()
        let mobile = try ContactAddress(parsing: "+5491123456789")
        let plain = try ContactAddress(parsing: "+541123456789")
        #expect(mobile.otherSpellings == [plain])
        try writer.append(world.optIn(mobile))
        #expect(try world.answer(mobile) == .allow)
        #expect(try world.answer(plain) == .deny)
        world.clock.pass(1)
        try writer.append(world.optOut(plain))
        #expect(try world.answer(mobile) == .deny)
        try writer.close()
        #expect(try world.answer(mobile) == .deny)
        try world.check()
    }

    @Test func stopsCrossLinksAndTheirLinks() throws {
        let (world, writer) = try LedgerWorld.make()
        let people = (1...4).map(LedgerWorld.phone)
        for person in people { try writer.append(world.optIn(person)) }
        for (one, other) in zip(people, people.dropFirst()) { try writer.append(world.linked(one, other)) }
        #expect(try world.answer(people[0]) == .allow)
        world.clock.pass(1)
        try writer.append(world.optOut(people[3]))
        #expect(try world.answer(people[0]) == .deny)
        try writer.close()
        for person in people { #expect(try world.answer(person) == .deny) }
        try world.check()
    }

    @Test func unlinkedTheyShareWhatCameBefore() throws {
        let (world, writer) = try LedgerWorld.make()
        let people = (1...4).map(LedgerWorld.phone)
        func unlinked(_ one: ContactAddress, _ other: ContactAddress) -> EventDraft {
            var draft = world.linked(one, other)
            draft.type = .contactUnlinked
            return draft
        }
        for person in people { try writer.append(world.optIn(person)) }
        try writer.append(world.linked(people[0], people[1]))
        try writer.append(world.linked(people[2], people[3]))
        world.clock.pass(1)
        try writer.append(world.optOut(people[1]))
        try writer.append(unlinked(people[1], people[0]))
        try writer.append(unlinked(people[2], people[3]))
        try writer.append(world.optOut(people[3]))
        // What came while they were linked binds; what came after does not.
        #expect(try people.map { try world.answer($0) } == [.deny, .deny, .allow, .deny])
        try writer.publish()
        // The person who stays can come back; the other one's return is theirs alone.
        world.clock.pass(1)
        try writer.append(world.optIn(people[1]))
        #expect(try people.map { try world.answer($0) } == [.deny, .allow, .allow, .deny])
        try writer.append(world.optIn(people[0]))
        #expect(try people.map { try world.answer($0) } == [.allow, .allow, .allow, .deny])
        try writer.close()
        #expect(try people.map { try world.answer($0) } == [.allow, .allow, .allow, .deny])
        try world.check()
    }

    @Test func tooManyLinksAreNoAnswer() throws {
        let (world, writer) = try LedgerWorld.make()
        let hub = LedgerWorld.phone(0)
        try writer.append(world.optIn(hub))
        try writer.appendAll((1...65).map({ world.linked(hub, LedgerWorld.phone($0)) }))
        try writer.close()
        #expect(throws: RulesError(.notCovered, "")) { try world.answer(hub) }
        try world.check()
    }

    @Test func aHoldOnAContactNotSeenBefore() throws {
        let (world, writer) = try LedgerWorld.make()
        var hold = EventDraft(.holdAdded, business: "acme", contact: LedgerWorld.phone(1))
        hold.fields = [.hold: .text("case-7"), .reason: .text("litigation")]
        hold.outsideID = "hold"
        #expect(try writer.append(hold) == .recorded(index: 8))
        #expect(try writer.append(hold) == .alreadyRecorded(index: 8))
        hold.contact = LedgerWorld.phone(2)
        #expect(throws: LedgerError(.conflictingDuplicate, "")) { try writer.append(hold) }
        try writer.append(world.optIn(LedgerWorld.phone(1)))
        try writer.close()
        let log = try world.check()
        #expect(log.entries[8].record.handles == log.entries[9].record.handles)
        #expect(try world.answer(LedgerWorld.phone(1)) == .allow)
    }

    @Test func businessesShareNothing() throws {
        let (world, writer) = try LedgerWorld.make()
        let ana = LedgerWorld.phone(1)
        try writer.appendAll([world.optIn(ana), world.optIn(ana, business: "beta")])
        try writer.append(world.optOut(ana, business: "beta"))
        #expect(try world.answer(ana) == .allow)
        #expect(try world.answer(ana, business: "beta") == .deny)
        try writer.close()
        let log = try world.check()
        #expect(log.entries[8].record.handles != log.entries[9].record.handles)
    }

    @Test func aSealedPartOpensInItsPlaceAlone() throws {
        let (world, writer) = try LedgerWorld.make()
        try writer.append(world.optIn(LedgerWorld.phone(1)))
        try writer.append(world.optIn(LedgerWorld.phone(2)))
        try writer.close()
        let keys = try world.keys()
        let ledgerID = try LedgerIdentity(of: world.location).ledgerID
        let registry = try Registry(of: world.location, ledgerID: ledgerID, isForWriting: true)
        let log = try world.check()
        let handles = log.entries[8...].map { $0.record.handles[0] }
        let dataKeys = try handles.map { handle in
            try #require(try registry.read { try $0.registration(of: handle) }).dataKey(keys)
        }
        let sealed = try PrivateField(
            name: "note", value: [1, 2, 3], salt: [UInt8](repeating: 7, count: 32))
        let event = log.entries[8].payload.id
        let field = SealedPart.seal(
            sealed, of: event, handle: handles[0], ledgerID: ledgerID, key: dataKeys[0], random: SystemRandomSource())
        let part = SealedPart(event: event, fields: [field])
        #expect(try part.open(field, ledgerID: ledgerID, key: dataKeys[0]) == sealed)
        #expect(try SealedPart(decoding: part.encoded()).open(field, ledgerID: ledgerID, key: dataKeys[0]) == sealed)
        let elsewhere = [
            (part, field, ledgerID, dataKeys[1]), (part, field, [UInt8](repeating: 0, count: 32), dataKeys[0]),
            (SealedPart(event: log.entries[9].payload.id, fields: []), field, ledgerID, dataKeys[0]),
            (part, SealedPart.Field(handle: handles[1], name: "note", sealed: field.sealed), ledgerID, dataKeys[0]),
            (part, SealedPart.Field(handle: handles[0], name: "ip", sealed: field.sealed), ledgerID, dataKeys[0]),
        ]
        for (part, field, ledgerID, key) in elsewhere {
            #expect(throws: CryptoError.self) { try part.open(field, ledgerID: ledgerID, key: key) }
        }
    }

    // MARK: Spelling rules that change

    /// Mexico's mobile numbers once had a 1 after the country code; both spellings are one address by today's rules.
    private static let oldSpelling = ContactAddress(kind: .phone, canonical: "+5215512345678")
    private static let newSpelling = ContactAddress(kind: .phone, canonical: "+525512345678")

    private func makeRulesOld(_ world: LedgerWorld) throws {
        try world.databases.queue(Registry.fileName).write { db in
            try DatabaseMeta.set(db, "normalization", Array("0/older".utf8))
        }
    }

    @Test func tagsAreRecomputedWhenTheSpellingRulesChange() throws {
        #expect(try ContactAddress(parsing: Self.oldSpelling.text) == Self.newSpelling)
        let (world, writer) = try LedgerWorld.make()
        try writer.appendAll([world.optIn(Self.oldSpelling), world.optOut(LedgerWorld.phone(1))])
        try writer.close()
        #expect(try world.answer(Self.newSpelling) == .deny, "by the old rules it is another address")
        let open = try Ledger(world.location)
        try makeRulesOld(world)
        #expect(try world.answer(Self.newSpelling) == .allow)
        #expect(try world.answer(Self.newSpelling, in: open) == .allow)
        #expect(try world.answer(LedgerWorld.phone(1)) == .deny)
        world.clock.pass(1)
        let again = try world.open()
        try again.append(world.optOut(Self.newSpelling))
        try again.close()
        #expect(try world.answer(Self.newSpelling) == .deny)
        let log = try world.check()
        #expect(log.entries[8].record.handles == log.entries[10].record.handles)
    }

    @Test func aReaderWaitsForTheTagsWhileSomeoneWrites() throws {
        let (world, writer) = try LedgerWorld.make()
        let ledger = try Ledger(world.location)
        try makeRulesOld(world)
        #expect(throws: StorageError(.locked, "")) { try world.answer(LedgerWorld.phone(1), in: ledger) }
        #expect(throws: StorageError(.locked, "")) { try Ledger(world.location) }
        try writer.close()
        #expect(try world.answer(LedgerWorld.phone(1), in: ledger) == .deny)
    }

    /// Two contacts whose addresses become one keep both their stops, and close together.
    @Test(arguments: [true, false]) func contactsThatBecomeOneAddressKeepTheirStops(oldIsFirst: Bool) throws {
        let (world, writer) = try LedgerWorld.make()
        let both = [Self.oldSpelling, Self.newSpelling]
        for address in oldIsFirst ? both : both.reversed() { try writer.append(world.optIn(address)) }
        world.clock.pass(1)
        try writer.append(world.optOut(Self.oldSpelling))
        try writer.close()
        #expect(try world.answer(Self.newSpelling) == .allow)
        try makeRulesOld(world)
        #expect(try world.answer(Self.newSpelling) == .deny)

        let again = try world.open()
        try again.append(world.reassigned(Self.newSpelling))
        #expect(try world.answer(Self.newSpelling) == .deny)
        let handles = try Ledger(world.location).read { snapshot in
            var handles: [ContactHandle] = []
            try snapshot.forEachContact { handles.append($2.handle) }
            return handles
        }
        #expect(handles.isEmpty, "both are closed, in the tail")
        try again.publish()
        #expect(try Ledger(world.location).read { try $0.handle(of: Self.newSpelling, business: "acme") } == nil)
        try again.append(world.optIn(Self.newSpelling))
        #expect(try world.answer(Self.newSpelling) == .allow, "the address starts anew")
        try again.close()
        #expect(try world.answer(Self.newSpelling) == .allow)
        _ = try CheckedLog(world.storage)
    }

    /// An address that the new rules cannot read stays as it was, and the ledger opens.
    @Test func anAddressThatTheRulesNoLongerKnowStays() throws {
        let (world, writer) = try LedgerWorld.make()
        let odd = ContactAddress(kind: .email, canonical: "not an address")
        try writer.append(world.optOut(odd))
        try writer.close()
        try makeRulesOld(world)
        #expect(try world.answer(odd) == .deny)
        try world.check()
    }
}
