import ConsentModel
import ConsentRules
import LedgerStorage
import Testing
import TransparencyLog

@testable import ConsentLedger

/// What an erasure takes with it, what it leaves, and who comes back.
@Suite struct ErasureTests {
    private let ana = LedgerWorld.phone(1)
    private let ben = LedgerWorld.phone(2)

    private static func order(_ contact: ContactAddress, keepsSuppression: Bool = true) -> ErasureOrder {
        var order = ErasureOrder(contact, business: "acme")
        order.keepsSuppression = keepsSuppression
        order.reason = ErasureRequest.reason
        return order
    }

    private static func facts(_ world: LedgerWorld, of record: UInt64) throws -> [String] {
        try Ledger(world.location).read { try $0.privateFields(of: record).map(\.field.name).sorted() }
    }

    private static func handle(_ world: LedgerWorld, _ contact: ContactAddress) throws -> ContactHandle? {
        try Ledger(world.location).read { try $0.handle(of: contact, business: "acme") }
    }

    /// A draft as files give it.
    private static func imported(_ draft: EventDraft) -> EventDraft {
        var draft = draft
        draft.fields[.imported] = .mark
        return draft
    }

    @Test(arguments: [true, false]) func whatIsKeptGoesAndTheOthersStay(isSettled: Bool) throws {
        let (world, writer) = try LedgerWorld.make()
        let (mine, others) = (try writer.append(world.optIn(ana)).index, try writer.append(world.optIn(ben)).index)
        if isSettled { try writer.publish() }
        let handle = try #require(try Self.handle(world, ana))
        let (outcomes, isCleared) = try writer.erase([Self.order(ana)])
        let erasure = try outcomes[0].get()
        #expect(isCleared)
        #expect(erasure.handles == [handle] && erasure.recordCount == 2 && erasure.linkedContacts.isEmpty)
        // While the writer is open as well as after.
        for isOpen in [true, false] {
            if !isOpen { try writer.close() }
            #expect(try Self.handle(world, ana) == nil)
            #expect(try Self.facts(world, of: mine) == [])
            #expect(try Self.facts(world, of: others) == ["contact", "ip"])
            #expect(try world.answer(ana) == .deny)
            #expect(try world.answer(ben) == .allow)
            #expect(try Ledger(world.location).read { try $0.address(of: handle) } == nil)
        }
        #expect(try world.storage.list("private/keys").filter { $0.contains("next") } == [])
        let log = try world.check()
        #expect(log.entries[Int(erasure.records[0])].event?.text(.reason) == "erasure-requested")
    }

    @Test func theWriterGoesOnUnderTheNewKeys() throws {
        let (world, writer) = try LedgerWorld.make()
        try writer.append(world.optIn(ana))
        try writer.append(world.optIn(ben))
        for round in 0..<3 {
            let person = LedgerWorld.phone(100 + round)
            try writer.append(world.optIn(person))
            _ = try writer.erase([Self.order(person)]).outcomes[0].get()
            // A contact of before, and one met for the first time.
            let again = try writer.append(world.optOut(ben)).index
            let new = try writer.append(world.optIn(LedgerWorld.phone(200 + round))).index
            #expect(try Self.facts(world, of: again) == ["contact"])
            #expect(try Self.facts(world, of: new) == ["contact", "ip"])
        }
        try writer.close()
        try world.check()
    }

    @Test func aReaderThatIsOpenSeesTheErasure() throws {
        let (world, writer) = try LedgerWorld.make()
        let mine = try writer.append(world.optIn(ana)).index
        let others = try writer.append(world.optIn(ben)).index
        try writer.publish()
        let reader = try Ledger(world.location)
        #expect(try reader.read { try $0.privateFields(of: mine).count } == 2)
        _ = try writer.erase([Self.order(ana)]).outcomes[0].get()
        #expect(try reader.read { try $0.privateFields(of: mine).count } == 0)
        #expect(try reader.read { try $0.privateFields(of: others).count } == 2)
        let later = try writer.append(world.optIn(LedgerWorld.phone(3))).index
        #expect(try reader.read { try $0.privateFields(of: later).count } == 2)
        try writer.close()
        try world.check()
    }

    @Test func everyContactOfTheAddressGoes() throws {
        let (world, writer) = try LedgerWorld.make()
        try writer.append(world.optIn(ana))
        let first = try #require(try Self.handle(world, ana))
        try writer.append(world.reassigned(ana))
        try writer.append(world.optIn(ana))
        let second = try #require(try Self.handle(world, ana))
        // Another person's, who had the number at another business, stays.
        try writer.append(world.optIn(ana, business: "beta"))
        let erasure = try writer.erase([Self.order(ana)]).outcomes[0].get()
        #expect(erasure.handles == [first, second] && first != second)
        #expect(try world.answer(ana, business: "beta") == .allow)
        try writer.close()
        try world.check()
    }

    /// Argentina's two spellings of one line.
    @Test func everySpellingGoes() throws {
        let (mobile, plain) = (
            try ContactAddress(parsing: "+5491123456789"), try ContactAddress(parsing: "+541123456789")
        )
        let (world, writer) = try LedgerWorld.make()
        try writer.append(world.optIn(mobile))
        try writer.append(world.optIn(plain))
        #expect(try writer.erase([Self.order(plain)]).outcomes[0].get().records.count == 2)
        #expect(throws: LedgerError(.suppressed, "")) { try writer.append(Self.imported(world.optIn(mobile))) }
        try writer.close()
        try world.check()
    }

    @Test func linkedContactsAreNamedAndKept() throws {
        let (world, writer) = try LedgerWorld.make()
        let (user, new) = (try ContactAddress(parsing: "whatsapp:US.1234567"), LedgerWorld.phone(7))
        try writer.append(world.optIn(ana))
        try writer.append(world.linked(ana, user))
        try writer.append(world.changed(from: ana, to: new))
        let erasure = try writer.erase([Self.order(ana)]).outcomes[0].get()
        #expect(erasure.linkedContacts == [new, user])
        #expect(try Self.handle(world, user) != nil && Self.handle(world, new) != nil)
        #expect(try writer.erase([Self.order(user)]).outcomes[0].get().linkedContacts == [])
        try writer.close()
        try world.check()
    }

    @Test func whoIsUnknownIsNotRecorded() throws {
        let (world, writer) = try LedgerWorld.make()
        let size = try writer.publish().checkpoint.size
        #expect(try writer.erase([Self.order(ana)]).outcomes[0].get().records == [])
        try writer.append(world.optIn(ana))
        _ = try writer.erase([Self.order(ana)]).outcomes[0].get()
        #expect(try writer.erase([Self.order(ana)]).outcomes[0].get().records == [], "the second time")
        var unknown = Self.order(ana)
        unknown.business = "nobody"
        #expect(throws: RulesError(.unknownBusiness, "")) { try writer.erase([unknown]).outcomes[0].get() }
        try writer.close()
        #expect(try world.check().checkpoint.size == size + 2)
    }

    @Test func manyAreErasedTogetherEachForItself() throws {
        let (world, writer) = try LedgerWorld.make()
        for number in 1...40 { try writer.append(world.optIn(LedgerWorld.phone(number))) }
        var hold = EventDraft(.holdAdded, business: "acme", contact: LedgerWorld.phone(5))
        hold.fields = [.hold: .text("case-1"), .reason: .text("litigation")]
        try writer.append(hold)
        let outcomes = try writer.erase((1...20).map { Self.order(LedgerWorld.phone($0)) }).outcomes
        for (position, outcome) in outcomes.enumerated() {
            if position == 4 {
                #expect(throws: LedgerError(.held, "")) { try outcome.get() }
            } else {
                #expect(try outcome.get().records.count == 1)
            }
        }
        // Twice in one call is once.
        let twice = try writer.erase([Self.order(LedgerWorld.phone(30)), Self.order(LedgerWorld.phone(30))]).outcomes
        #expect(try twice.map { try $0.get().records.count } == [1, 0])
        try writer.close()
        try world.check()
        #expect(try world.answer(LedgerWorld.phone(5)) == .allow)
        #expect(try world.answer(LedgerWorld.phone(6)) == .deny)
    }

    // MARK: Coming back

    @Test func aFileDoesNotBringBackAndAPersonDoes() throws {
        let (world, writer) = try LedgerWorld.make()
        try writer.append(world.optIn(ana, id: "1"))
        _ = try writer.erase([Self.order(ana)]).outcomes[0].get()
        #expect(throws: LedgerError(.suppressed, "")) { try writer.append(Self.imported(world.optIn(ana))) }
        var file = world.linked(ana, ben)
        file.isFromFile = true
        #expect(throws: LedgerError(.suppressed, "")) { try writer.append(file) }
        #expect(try Self.handle(world, ana) == nil)

        // A stop is taken, and makes nothing of them that could be messaged.
        try writer.append(Self.imported(world.optOut(ana)))
        #expect(throws: LedgerError(.suppressed, "")) { try writer.append(Self.imported(world.optIn(ana))) }
        #expect(try world.answer(ana) == .deny)

        world.clock.pass(10_000)
        let back = try writer.append(world.optIn(ana)).index
        world.clock.pass(10_000)
        #expect(try world.answer(ana) == .allow)
        #expect(try Self.facts(world, of: back) == ["contact", "ip"])
        // Now they are known again, and files tell of what happened since as of anybody.
        try writer.publish()
        try writer.append(Self.imported(world.optIn(ana)))
        try writer.close()
        try world.check()
    }

    @Test func whoIsForgottenCompletelyMayBeImported() throws {
        let (world, writer) = try LedgerWorld.make()
        try writer.append(world.optIn(ana, id: "1"))
        _ = try writer.erase([Self.order(ana, keepsSuppression: false)]).outcomes[0].get()
        // The same row again does not say which record it was: it is entered anew, and once.
        let row = Self.imported(world.optIn(ana, id: "1"))
        guard case .recorded(let index) = try writer.append(row) else {
            Issue.record("the row is not recorded anew")
            return
        }
        #expect(try writer.append(row) == .alreadyRecorded(index: index))
        #expect(throws: LedgerError(.conflictingDuplicate, "")) { try writer.append(world.optIn(ana, id: "1")) }
        try writer.append(Self.imported(world.optIn(ana, id: "2")))
        try writer.close()
        try world.check()
    }

    @Test func suppressionsAreOfOneBusinessAndLast() throws {
        let (world, writer) = try LedgerWorld.make()
        try writer.append(world.optIn(ana))
        _ = try writer.erase([Self.order(ana)]).outcomes[0].get()
        try writer.append(Self.imported(world.optIn(ana, business: "beta")))
        try writer.append(world.optIn(ben))
        // Another erasure replaces the other keys, and not that of the suppressions.
        _ = try writer.erase([Self.order(ben)]).outcomes[0].get()
        try writer.close()
        let again = try world.open()
        for contact in [ana, ben] {
            #expect(throws: LedgerError(.suppressed, "")) { try again.append(Self.imported(world.optIn(contact))) }
        }
        try again.close()
        try world.check()
    }

    /// A ledger that was made before there were suppressions gets its key with the first.
    @Test func anOlderLedgerGetsItsKey() throws {
        let (world, writer) = try LedgerWorld.make()
        try writer.append(world.optIn(ana))
        try writer.close()
        try world.storage.remove("private/keys/suppression.key")
        try world.location.databases.change("DELETE FROM meta WHERE name = 'key-check-suppression'")
        let older = try world.open()
        _ = try older.erase([Self.order(ana)]).outcomes[0].get()
        #expect(throws: LedgerError(.suppressed, "")) { try older.append(Self.imported(world.optIn(ana))) }
        try older.close()
        try world.check()
        // From now on it is missed like any other.
        try world.storage.remove("private/keys/suppression.key")
        let without = try world.open()
        #expect(throws: LedgerError(.missingKey, "")) { try without.append(Self.imported(world.optIn(ana))) }
        try without.close()
    }

    /// Whoever records an erasure like any other event erases too.
    @Test func anErasureThatIsAppendedErases() throws {
        let (world, writer) = try LedgerWorld.make()
        let mine = try writer.append(world.optIn(ana)).index
        let before = try world.storage.read("private/keys/epoch.key")
        var draft = EventDraft(.contactErased, business: "acme", contact: ana)
        draft.fields[.keepSuppression] = .mark
        draft.outsideID = "erase-1"
        let index = try writer.append(draft).index
        #expect(try world.storage.read("private/keys/epoch.key") != before)
        #expect(try Self.facts(world, of: mine) == [])
        #expect(try writer.append(draft) == .alreadyRecorded(index: index), "the same again")
        try writer.close()
        try world.check()
    }

    // MARK: Restoring

    /// The registry and the keys to it, as a backup has them.
    private struct Backup {
        let databases: MemoryDatabases
        let keys: [(path: StoragePath, bytes: [UInt8])]

        init(_ world: LedgerWorld) throws {
            databases = try world.databases.copy()
            keys = try ["epoch", "registry"].map { name in
                let path = try LedgerPaths.keys.appending(name + ".key")
                return (path, try #require(try world.storage.read(path)))
            }
        }

        func restore(_ world: LedgerWorld, withKeys: Bool = true) throws {
            try world.databases.put(Registry.fileName, from: databases)
            guard withKeys else { return }
            for key in keys { try world.storage.replace(key.path, with: key.bytes) }
        }
    }

    /// Two erasures, somebody who was met and erased in between, and a change of hands; the backup knows of none.
    @Test func whatWasErasedSinceABackupIsErasedAgainBeforeAnyAnswer() throws {
        let (world, writer) = try LedgerWorld.make()
        let dora = LedgerWorld.phone(3)
        for contact in [ana, ben, dora] { try writer.append(world.optIn(contact)) }
        try writer.close()
        let handles = try [ana, ben].map { try #require(try Self.handle(world, $0)) }
        let backup = try Backup(world)
        let again = try world.open()
        let others = try again.append(world.optOut(dora)).index
        try again.append(world.optIn(LedgerWorld.phone(9)))
        try again.append(world.reassigned(ben))
        _ = try again.erase([Self.order(ana), Self.order(LedgerWorld.phone(9))])
        try again.append(world.optOut(dora))
        try again.close()
        try backup.restore(world)
        let old = backup.keys.map { Optional($0.bytes) }

        try Ledger(world.location).read { (snapshot: LedgerSnapshot) throws in
            #expect(try snapshot.handle(of: ana, business: "acme") == nil)
            #expect(try snapshot.registration(of: handles[0]) == nil)
            #expect(try snapshot.registration(of: handles[1]) != nil, "who was not erased is kept")
            #expect(try snapshot.handle(of: ben, business: "acme") == nil, "and is closed")
            #expect(try snapshot.privateFields(of: others).count == 1)
        }
        #expect(try backup.keys.map { try world.storage.read($0.path) } != old)
        let last = try world.open()
        #expect(throws: LedgerError(.suppressed, "")) { try last.append(Self.imported(world.optIn(ana))) }
        try last.close()
        try world.check()
        #expect(try Ledger(world.location).read { try $0.checkRegistry().findings.isEmpty })
    }

    @Test func aBackupThatLacksSomebodyIsRefused() throws {
        let (world, writer) = try LedgerWorld.make()
        try writer.append(world.optIn(ana))
        try writer.close()
        let backup = try Backup(world)
        let again = try world.open()
        try again.append(world.optIn(ben))
        _ = try again.erase([Self.order(ana)])
        try again.close()
        try backup.restore(world)
        #expect(throws: LedgerError(.damaged, "")) { try world.open() }
        #expect(throws: LedgerError(.damaged, "")) { try world.answer(ben) }
    }

    @Test func aBackupWithoutItsKeysHoldsNothingReadable() throws {
        let (world, writer) = try LedgerWorld.make()
        try writer.append(world.optIn(ana))
        try writer.close()
        let backup = try Backup(world)
        let again = try world.open()
        _ = try again.erase([Self.order(ana)])
        try again.close()
        try backup.restore(world, withKeys: false)
        #expect(throws: LedgerError(.badKey, "")) { try world.open() }
        #expect(throws: LedgerError(.badKey, "")) { try Ledger(world.location) }
    }

    /// The journal brings what only the newer keys open: nobody would be found by it, and no suppression come of it.
    @Test(arguments: [true, false]) func aBackupOfBeforeARotationIsRefused(ofDataKeys: Bool) throws {
        let memory = MemoryStorage()
        let (world, writer) = try LedgerWorld.make(storage: memory)
        try writer.append(world.optIn(ana))
        try writer.close()
        let backup = try Backup(world)
        let sealed = try memory.files(under: "private/sealed")
        let again = try world.open()
        _ = ofDataKeys ? try again.rotateDataKeys().isCleared : try again.rotateSealingKeys()
        try again.append(world.optIn(ofDataKeys ? ana : ben, at: world.clock.moment))
        try again.close()
        let newest = try world.databases.copy()
        let keys = try backup.keys.map { (path: $0.path, bytes: try #require(try memory.read($0.path))) }
        let kept = try memory.files(under: "private/sealed")
        try backup.restore(world)
        for path in kept.keys { try memory.remove(path) }
        for (path, bytes) in sealed { try memory.replace(path, with: bytes) }
        #expect(throws: LedgerError(.damaged, "")) { try world.open() }
        #expect(throws: LedgerError(.damaged, "")) { try world.open() }
        // The newest, put back, goes on.
        try world.databases.put(Registry.fileName, from: newest)
        for key in keys { try memory.replace(key.path, with: key.bytes) }
        for path in sealed.keys { try memory.remove(path) }
        for (path, bytes) in kept { try memory.replace(path, with: bytes) }
        try world.open().close()
        #expect(try Ledger(world.location).read { try $0.checkRegistry().findings.isEmpty })
        try world.check()
    }

    /// The sealed parts of before a rotation lack those that came after the copy: the index knows of them. Made anew it does
    /// not, and the check says whose facts went.
    @Test func sealedPartsOfBeforeARotationAreRefused() throws {
        let memory = MemoryStorage()
        let (world, writer) = try LedgerWorld.make(storage: memory)
        try writer.append(world.optIn(ana))
        try writer.close()
        let backup = try Backup(world)
        let sealed = try memory.files(under: "private/sealed")
        let again = try world.open()
        let lost = try again.append(world.optIn(ana, at: world.clock.moment)).index
        _ = try again.rotateDataKeys()
        try again.close()
        try backup.restore(world)
        for path in try memory.files(under: "private/sealed").keys { try memory.remove(path) }
        for (path, bytes) in sealed { try memory.replace(path, with: bytes) }
        for _ in 0..<2 { #expect(throws: LedgerError(.damaged, "")) { try world.open() } }
        world.databases.remove(CurrentIndex.fileName)
        try world.open().close()
        let findings = try Ledger(world.location).read { try $0.checkRegistry().findings }
        #expect(findings.map(\.code) == [.factsMissing] && findings.map(\.records) == [[lost]])
    }

    /// Whose row does not say whom it is of is suppressed all the same, and what is told of it is what is there.
    @Test(arguments: [true, false]) func whoseRowDoesNotOpenIsSuppressed(isAppended: Bool) throws {
        let (world, writer) = try LedgerWorld.make()
        try writer.append(world.optIn(ana))
        try writer.close()
        try world.location.databases.change("UPDATE contact SET sealed_address = zeroblob(length(sealed_address))")
        let again = try world.open()
        if isAppended {
            var draft = EventDraft(.contactErased, business: "acme", contact: ana)
            draft.fields = [.occurredAt: .occurredAt(OccurredAt(world.clock.moment)), .keepSuppression: .mark]
            try again.append(draft)
        } else {
            let erasure = try again.erase([Self.order(ana)]).outcomes[0].get()
            #expect(erasure.isSuppressed && erasure.records.count == 1)
        }
        #expect(throws: LedgerError(.suppressed, "")) { try again.append(Self.imported(world.optIn(ana))) }
        try again.close()
        try world.check()
    }

    // MARK: Holds

    @Test(arguments: [true, false]) func aHoldRefusesUntilItIsLiftedOrOver(isOnEverybody: Bool) throws {
        let (world, writer) = try LedgerWorld.make()
        try writer.append(world.optIn(ana))
        try writer.append(world.optIn(ben))
        var hold = EventDraft(.holdAdded, business: "acme", contact: isOnEverybody ? nil : ana)
        hold.fields = [.hold: .text("case-1"), .reason: .text("litigation")]
        try writer.append(hold)
        let error = #expect(throws: LedgerError.self) { try writer.erase([Self.order(ana)]).outcomes[0].get() }
        #expect(error?.code == .held)
        #expect(error?.description.contains("case-1") == true && error?.description.contains("litigation") == true)
        #expect(throws: LedgerError(.held, "")) {
            try writer.append(EventDraft(.contactErased, business: "acme", contact: ana))
        }
        if isOnEverybody {
            #expect(throws: LedgerError(.held, "")) { try writer.erase([Self.order(ben)]).outcomes[0].get() }
        } else {
            _ = try writer.erase([Self.order(ben)]).outcomes[0].get()
        }
        // Of another name, of another business, and on somebody else.
        for (business, name, contact) in [
            ("acme", "case-2", isOnEverybody ? nil : ana), ("beta", "case-1", nil),
            ("acme", "case-1", isOnEverybody ? ana : nil),
        ] {
            var lift = EventDraft(.holdLifted, business: business, contact: contact)
            lift.fields = [.hold: .text(name)]
            try writer.append(lift)
        }
        #expect(throws: LedgerError(.held, "")) { try writer.erase([Self.order(ana)]).outcomes[0].get() }
        let lifted = try #require(writer.currentCatalog().holds.first)
        #expect((lifted.contact == nil) == isOnEverybody)
        try writer.append(EventDraft(lifting: lifted, reason: "settled"))
        hold.fields[.hold] = .text("case-3")
        hold.fields[.holdUntil] = .number(world.clock.moment.milliseconds + 10_000)
        try writer.append(hold)
        #expect(throws: LedgerError(.held, "")) { try writer.erase([Self.order(ana)]).outcomes[0].get() }
        world.clock.pass(20_000)
        #expect(try writer.erase([Self.order(ana)]).outcomes[0].get().records.count == 1)
        try writer.close()
        try world.check()
    }

    /// A hold on whoever had the number before keeps nobody who has it now.
    @Test func aHoldOnAnEarlierContactKeepsThatOneAlone() throws {
        let (world, writer) = try LedgerWorld.make()
        let earlier = try writer.append(world.optIn(ana)).index
        var hold = EventDraft(.holdAdded, business: "acme", contact: ana)
        hold.fields = [.hold: .text("case-1"), .reason: .text("litigation")]
        try writer.append(hold)
        try writer.append(world.reassigned(ana))
        let later = try writer.append(world.optIn(ana)).index
        let erasure = try writer.erase([Self.order(ana)]).outcomes[0].get()
        #expect(erasure.records.count == 1 && erasure.holds.map(\.id) == ["case-1"])
        #expect(try Self.facts(world, of: earlier) == ["contact", "ip"])
        #expect(try Self.facts(world, of: later) == [])
        #expect(throws: LedgerError(.held, "")) { try writer.erase([Self.order(ana)]).outcomes[0].get() }
        // It is lifted by the contact that it is on, whose address is nobody's now; nobody else has anything to do with it.
        let standing = try #require(writer.currentCatalog().holds.first)
        let place = try writer.append(EventDraft(lifting: standing)).index
        #expect(try writer.erase([Self.order(ana)]).outcomes[0].get().holds.isEmpty)
        try writer.close()
        let log = try world.check()
        let contact = try #require(standing.contact)
        #expect(log.entries[Int(place)].record.links.map(\.chain) == [.business("acme"), .contact(contact)])
        let told = try Ledger(world.location).read { try $0.erasure(inRecords: erasure.records) }
        #expect(told.keepsSuppression && told.reason == "erasure-requested" && told.recordCount == erasure.recordCount)
        for wrong in [[], [earlier], [erasure.records[0], 0]] {
            #expect(throws: LedgerError(.badInput, "")) {
                try Ledger(world.location).read { try $0.erasure(inRecords: wrong) }
            }
        }
    }

    // MARK: Requests

    @Test func aRequestStopsMessagesAndKeepsTheProof() throws {
        let (world, writer) = try LedgerWorld.make()
        let mine = try writer.append(world.optIn(ana)).index
        world.clock.pass(10_000)
        let date = world.clock.moment.adding(milliseconds: 86_400_000)
        try writer.append(
            .erasureRequest(ana, business: "acme", at: writer.currentTime(), erasesAt: date))
        try writer.close()
        #expect(try world.answer(ana) == .deny)
        #expect(try Self.facts(world, of: mine) == ["contact", "ip"])
        let handle = try #require(try Self.handle(world, ana))
        let request = try Ledger(world.location).read { try $0.erasureRequest(of: handle) }
        #expect(request?.erasesAt == date)
        try world.check()
    }

    /// Who looks for legal is recorded of the contact that is looked at, and of nobody who has its address since.
    @Test func aLookIsRecordedOfWhoIsLookedAt() throws {
        let (world, writer) = try LedgerWorld.make()
        try writer.append(world.optIn(ana))
        let handle = try #require(try Self.handle(world, ana))
        try writer.append(.erasureRequest(ana, business: "acme", at: writer.currentTime(), erasesAt: nil))
        try writer.append(world.reassigned(ana))
        try writer.append(world.optIn(ana))
        let request = try #require(try Ledger(world.location).read { try $0.erasureRequest(of: handle) })
        let look = try writer.recordLegalAccess(to: handle, by: request, why: "case 117")
        #expect(try Self.facts(world, of: look) == ["contact", "why"])
        let other = try #require(try Self.handle(world, ana))
        try Ledger(world.location).read { (snapshot: LedgerSnapshot) throws in
            #expect(try snapshot.timeline(of: handle).entries.last?.index == look)
            #expect(try snapshot.timeline(of: other).entries.count == 1)
        }
        _ = try writer.erase([Self.order(ana)])
        #expect(throws: LedgerError(.badInput, "")) {
            try writer.recordLegalAccess(to: handle, by: request, why: "case 117")
        }
        try writer.close()
        try world.check()
    }

    @Test func theLastRequestCountsAndAVoidedOneDoesNot() throws {
        let (world, writer) = try LedgerWorld.make()
        try writer.append(world.optIn(ana))
        let handle = try #require(try Self.handle(world, ana))
        func request() throws -> ErasureRequest? {
            try Ledger(world.location).read { try $0.erasureRequest(of: handle) }
        }
        #expect(try request() == nil)
        let dates = [1, 2].map { world.clock.moment.adding(milliseconds: UInt64($0) * 86_400_000) }
        for date in dates {
            try writer.append(.erasureRequest(ana, business: "acme", at: writer.currentTime(), erasesAt: date))
        }
        #expect(try request()?.erasesAt == dates[1])
        for date in [dates[0], nil] {
            var void = EventDraft(.eventVoided, business: "acme", contact: ana)
            void.fields[.concerns] = .bytes(try #require(try request()).event.bytes)
            try writer.append(void)
            #expect(try request()?.erasesAt == date)
        }
        // A withdrawal of everything that does not ask for it is none.
        try writer.append(world.optOut(ana))
        #expect(try request() == nil)
        try writer.close()
        try world.check()
    }
}
