import ConsentModel
import ConsentRules
import GRDB
import LedgerCrypto
import LedgerStorage
import Testing
import TransparencyLog

@testable import ConsentLedger

/// Parts of a ledger that are missing, old, foreign, of a later version or damaged: mended where nothing is lost by it,
/// else refused, and never answered from.
@Suite struct LedgerPartsTests {
    /// A closed ledger with grants and a withdrawal, some of them published before the others.
    private func closed(_ label: String = "parts") throws -> LedgerWorld {
        let (world, writer) = try LedgerWorld.make(label: label)
        try writer.appendAll((1...3).map { world.optIn(LedgerWorld.phone($0)) })
        try writer.publish()
        world.clock.pass(1)
        try writer.append(world.optOut(LedgerWorld.phone(2)))
        try writer.close()
        return world
    }

    private func expectAnswers(_ world: LedgerWorld, sourceLocation: SourceLocation = #_sourceLocation) throws {
        #expect(try world.answer(LedgerWorld.phone(1)) == .allow, sourceLocation: sourceLocation)
        #expect(try world.answer(LedgerWorld.phone(2)) == .deny, sourceLocation: sourceLocation)
    }

    private func expectRefusal(
        _ code: LedgerError.Code, _ world: LedgerWorld, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let before = try world.storage.files(under: "log")
        for body in [{ try world.open().close() }, { _ = try world.answer(LedgerWorld.phone(1)) }] {
            do {
                try body()
                Issue.record("it should be refused", sourceLocation: sourceLocation)
            } catch { #expect((error as? LedgerError)?.code == code, "\(error)", sourceLocation: sourceLocation) }
        }
        #expect(try world.storage.files(under: "log") == before, sourceLocation: sourceLocation)
    }

    // MARK: The index

    @Test func aDeletedIndexIsRebuilt() throws {
        let world = try closed()
        world.databases.remove(CurrentIndex.fileName)
        try expectAnswers(world)
        world.databases.remove(CurrentIndex.fileName)
        try world.open().close()
        try world.check()
    }

    @Test func anIndexWithoutTablesIsRebuilt() throws {
        let world = try closed()
        world.databases.remove(CurrentIndex.fileName)
        _ = try world.databases.queue(CurrentIndex.fileName)
        try expectAnswers(world)
        try world.check()
    }

    @Test func anOldIndexIsCaughtUp() throws {
        let (world, writer) = try LedgerWorld.make()
        let old = try world.databases.copy()
        let reader = try Ledger(world.location)
        try writer.append(world.optIn(LedgerWorld.phone(1)))
        try writer.append(world.optOut(LedgerWorld.phone(2)))
        try writer.close()
        try world.databases.queue(CurrentIndex.fileName).write { _ in }
        try old.queue(CurrentIndex.fileName).backup(to: world.databases.queue(CurrentIndex.fileName))
        try expectAnswers(world)
        #expect(try world.answer(LedgerWorld.phone(2), in: reader) == .deny)
        try world.open().close()
        try world.check()
    }

    /// The journal no longer has what the old index lacks; its last segment is empty.
    @Test func anOldIndexIsNotAnsweredFromWhenTheJournalHasMovedOn() throws {
        let pacing = LedgerWriter.Pacing(mostInTail: 20, mostGrouped: 20, journalSegmentCapacity: 4_000)
        let (world, writer) = try LedgerWorld.make(pacing: pacing)
        try writer.append(world.optIn(LedgerWorld.phone(1)))
        try writer.append(world.optIn(LedgerWorld.phone(2)))
        try writer.publish()
        let old = try world.databases.copy()
        world.clock.pass(1)
        try writer.append(world.optOut(LedgerWorld.phone(2)))
        try writer.appendAll((100..<600).map({ world.optOut(LedgerWorld.phone($0)) }))
        try writer.close()
        #expect(try world.storage.list("private/journal").first != "0000000000000001")
        try world.databases.put(CurrentIndex.fileName, from: old)
        let held = try world.storage.lock(LedgerPaths.lock)
        #expect(throws: StorageError(.locked, "")) { try world.answer(LedgerWorld.phone(2)) }
        held.release()
        try expectAnswers(world)
        try world.check()
    }

    @Test func aForeignIndexIsRefused() throws {
        let world = try closed()
        try world.databases.put(CurrentIndex.fileName, from: closed("other").databases)
        try expectRefusal(.foreign, world)
    }

    @Test(arguments: [CurrentIndex.fileName, Registry.fileName]) func aLaterVersionIsRefused(name: String) throws {
        let world = try closed()
        try world.databases.queue(name).write { try $0.execute(sql: "PRAGMA user_version = 2") }
        try expectRefusal(.laterVersion, world)
    }

    @Test func anIndexAheadOfTheLogIsRefused() throws {
        let world = try closed()
        let old = (try world.storage.files(under: "log"), try world.storage.files(under: "private"))
        let writer = try world.open()
        try writer.append(world.optOut(LedgerWorld.phone(1)))
        try writer.close()
        let ahead = world.databases
        // All but the databases goes back to what it was.
        let storage = MemoryStorage()
        for (path, bytes) in old.0.merging(old.1, uniquingKeysWith: { $1 }) { try storage.replace(path, with: bytes) }
        let rolledBack = LedgerWorld(storage: storage, databases: ahead, clock: world.clock)
        #expect(throws: (any Error).self) { try rolledBack.answer(LedgerWorld.phone(1)) }
        #expect(throws: (any Error).self) { try rolledBack.open() }
        #expect(try storage.files(under: "log") == old.0)
    }

    /// What the log's entries say counts only if they lead to the checkpoint, in whichever bundle they are.
    @Test(arguments: [false, true]) func anIndexIsNotRebuiltFromChangedEntries(isInFullBundle: Bool) throws {
        let (world, writer) = try LedgerWorld.make()
        let count = isInFullBundle ? 300 : 100
        try writer.appendAll((0..<count).map { world.optIn(LedgerWorld.phone($0)) })
        try writer.close()
        let path = try StoragePath("log/tile/entries/" + (isInFullBundle ? "000" : "000.p/108"))
        var bytes = try #require(try world.storage.read(path))
        // One word for another, so that all still decodes.
        let place = try #require(bytes.firstRange(of: Array("web-form".utf8)))
        bytes.replaceSubrange(place, with: Array("checkout".utf8))
        try world.storage.replace(path, with: bytes)
        for body in [{ _ = try world.open() }, { _ = try Ledger(world.location) }] {
            world.databases.remove(CurrentIndex.fileName)
            #expect(throws: LedgerError(.damaged, "")) { try body() }
        }
    }

    // MARK: The registry

    @Test func aMissingRegistryIsRefused() throws {
        let world = try closed()
        world.databases.remove(Registry.fileName)
        try expectRefusal(.incomplete, world)
        #expect(!world.databases.exists(Registry.fileName))
    }

    @Test func aForeignRegistryIsRefused() throws {
        let world = try closed()
        try world.databases.put(Registry.fileName, from: closed("other").databases)
        try expectRefusal(.foreign, world)
    }

    /// The journal still has what an old registry lacks, or it does not: then contacts would not be found.
    @Test(arguments: [true, false]) func anOldRegistry(isInJournal: Bool) throws {
        let pacing = LedgerWriter.Pacing(
            mostInTail: 20, mostGrouped: 20, journalSegmentCapacity: isInJournal ? 1 << 20 : 4_000)
        let (world, writer) = try LedgerWorld.make(pacing: pacing)
        let old = try world.databases.copy()
        try writer.append(world.optIn(LedgerWorld.phone(1)))
        try writer.append(world.optOut(LedgerWorld.phone(2)))
        try writer.appendAll((100..<600).map({ world.optOut(LedgerWorld.phone($0)) }))
        try writer.close()
        try world.databases.put(Registry.fileName, from: old)
        guard isInJournal else { return try expectRefusal(.damaged, world) }
        try world.open().close()
        try expectAnswers(world)
        try world.check()
    }

    // MARK: Sealed parts

    @Test func aMissingOrShortSegmentOfSealedPartsIsRefused() throws {
        let world = try closed()
        let path: StoragePath = "private/sealed/0000000000000001"
        let good = try #require(try world.storage.read(path))
        try world.storage.remove(path)
        try expectRefusal(.incomplete, world)
        try world.storage.replace(path, with: Array(good.prefix(40)))
        try expectRefusal(.incomplete, world)
        try world.storage.replace(path, with: good)
        try expectAnswers(world)
        try world.check()
    }

    @Test func nothingIsMissedWhereNothingWasSealed() throws {
        let (world, writer) = try LedgerWorld.make()
        try writer.close()
        #expect(try world.storage.list("private/sealed") == [])
        #expect(throws: Never.self) { try Ledger(world.location) }
        try world.open().close()
    }

    // MARK: Log, journal and last-signed

    /// Put back as it was, it goes on.
    @Test func aForeignJournalIsRefused() throws {
        let world = try closed()
        let reader = try Ledger(world.location)
        #expect(try world.answer(LedgerWorld.phone(2), in: reader) == .deny)
        let (other, writer) = try LedgerWorld.make(label: "other")
        try writer.appendAll((1...30).map { other.optIn(LedgerWorld.phone($0)) })
        try writer.close()
        let path: StoragePath = "private/journal/0000000000000001"
        let good = try #require(try world.storage.read(path))
        let foreign = try #require(try other.storage.read(path))
        // As it is, cut off within its frames, and with zeros where the ledger's own ends.
        for bytes in [foreign, Array(foreign.prefix(good.count)), [UInt8](repeating: 0, count: good.count)] {
            try world.storage.replace(path, with: bytes)
            for body in [
                { try world.open().close() }, { _ = try world.answer(LedgerWorld.phone(2)) },
                { _ = try world.answer(LedgerWorld.phone(2), in: reader) },
            ] {
                #expect(throws: StorageError(.damaged, "")) { try body() }
            }
        }
        try world.storage.replace(path, with: good)
        try expectAnswers(world)
        try world.check()
    }

    /// Nothing is published that was not signed before.
    @Test func aLastSignedBelowThePublishedSizeIsNotAnsweredFrom() throws {
        let world = try closed()
        let ledger = try Ledger(world.location)
        try world.storage.replace(
            LedgerPaths.lastSigned, with: Array("9\n\(String(repeating: "0", count: 64))\n".utf8))
        #expect(throws: LedgerError(.damaged, "")) { try world.answer(LedgerWorld.phone(1), in: ledger) }
        try expectRefusal(.damaged, world)
    }

    @Test(arguments: ["log/checkpoint", "log/log.vkey", "private/last-signed"])
    func aMissingFileOfTheLogIsRefused(path: String) throws {
        let world = try closed()
        let file = try StoragePath(path)
        let ledger = try Ledger(world.location)
        let bytes = try #require(try world.storage.read(file))
        try world.storage.remove(file)
        try expectRefusal(.incomplete, world)
        if path != "log/log.vkey" {
            #expect(throws: LedgerError(.incomplete, "")) { try world.answer(LedgerWorld.phone(1), in: ledger) }
        }
        try world.storage.replace(file, with: bytes)
        try expectAnswers(world)
        try world.check()
    }

    /// One text is missing, of a notice that nobody has agreed on yet.
    @Test func aMissingTextOfANoticeIsRefused() throws {
        let world = try closed()
        let ledger = try Ledger(world.location)
        #expect(try world.answer(LedgerWorld.phone(1), in: ledger) == .allow)
        let text = Array("Otro texto.".utf8)
        let writer = try world.open()
        try writer.append(LedgerWorld.noticeDraft("beta", name: "other", text: text))
        try writer.close()
        let path = try LedgerPaths.object(SHA256Digest(hashing: text))
        try world.storage.remove(path)
        try expectRefusal(.incomplete, world)
        #expect(throws: LedgerError(.incomplete, "")) { try world.answer(LedgerWorld.phone(1), in: ledger) }
        try world.storage.replace(path, with: text)
        #expect(try world.answer(LedgerWorld.phone(1), in: ledger) == .allow)
        try world.check()
    }

    @Test func aCheckpointThatIsNotTheOneSignedIsNotAnsweredFrom() throws {
        let world = try closed()
        let ledger = try Ledger(world.location)
        try world.storage.replace(
            LedgerPaths.lastSigned, with: Array("12\n\(String(repeating: "0", count: 64))\n".utf8))
        #expect(throws: LedgerError(.damaged, "")) { try world.answer(LedgerWorld.phone(1), in: ledger) }
    }

    @Test func aLogThatWasRolledBackIsCompletedFromTheJournalOrRefused() throws {
        for keepsJournal in [true, false] {
            let (world, writer) = try LedgerWorld.make()
            try writer.publish()
            let checkpoint = try #require(try world.storage.read("log/checkpoint"))
            try writer.append(world.optOut(LedgerWorld.phone(2)))
            try writer.append(world.optIn(LedgerWorld.phone(1)))
            try writer.close()
            try world.storage.replace("log/checkpoint", with: checkpoint)
            if keepsJournal {
                try expectAnswers(world)
                try world.open().close()
                try expectAnswers(world)
                try world.check()
            } else {
                for name in try world.storage.list("private/journal") {
                    try world.storage.remove(StoragePath("private/journal/" + name))
                }
                #expect(throws: (any Error).self) { try world.open() }
                #expect(throws: (any Error).self) { try world.answer(LedgerWorld.phone(1)) }
            }
        }
    }

    /// The journal has let go of what it had put into the log, which could mend it.
    @Test func aLogThatWasRolledBackBelowTheJournalIsRefused() throws {
        let pacing = LedgerWriter.Pacing(mostInTail: 20, mostGrouped: 20, journalSegmentCapacity: 4_000)
        let (world, writer) = try LedgerWorld.make(pacing: pacing)
        try writer.append(world.optIn(LedgerWorld.phone(1)))
        try writer.publish()
        let log = try world.storage.files(under: "log")
        try writer.append(world.optOut(LedgerWorld.phone(1)))
        try writer.appendAll((100..<600).map { world.optOut(LedgerWorld.phone($0)) })
        try writer.close()
        let newer = try world.storage.files(under: "log")
        for path in newer.keys { try world.storage.remove(path) }
        for (path, bytes) in log { try world.storage.replace(path, with: bytes) }
        try expectRefusal(.damaged, world)
        for (path, bytes) in newer { try world.storage.replace(path, with: bytes) }
        #expect(try world.answer(LedgerWorld.phone(1)) == .deny)
        try world.open().close()
        try world.check()
    }

    @Test func aJournalThatEndsBelowTheLogIsRefused() throws {
        let (world, writer) = try LedgerWorld.make()
        try writer.append(world.optIn(LedgerWorld.phone(1)))
        try writer.publish()
        let journal = try world.storage.files(under: "private/journal")
        try writer.append(world.optOut(LedgerWorld.phone(1)))
        try writer.close()
        for (path, bytes) in journal { try world.storage.replace(path, with: bytes) }
        world.databases.remove(CurrentIndex.fileName)
        try expectRefusal(.damaged, world)
    }

    @Test func recordsBelowTheLastSignedThatAreLostAreRefused() throws {
        let world = try closed()
        try world.storage.replace(
            LedgerPaths.lastSigned, with: Array("13\n\(String(repeating: "0", count: 64))\n".utf8))
        #expect(throws: LedgerError(.damaged, "")) { try world.open() }
    }

    @Test(arguments: ["12", "11", "9"]) func aContradictionToTheLastSignedIsRefused(size: String) throws {
        let world = try closed()
        #expect(try Ledger(world.location).read { $0.size } == 12)
        let root = String(repeating: "0", count: 64)
        try world.storage.replace(LedgerPaths.lastSigned, with: Array("\(size)\n\(root)\n".utf8))
        #expect(throws: LedgerError(.damaged, "")) { try world.open() }
    }

    /// What was signed last never got out; the journal that should lead to it leads elsewhere.
    @Test(arguments: [9, 10]) func aJournalThatContradictsTheLastSignedIsRefused(size: Int) throws {
        let (world, writer) = try LedgerWorld.make()
        try writer.publish()
        let checkpoint = try #require(try world.storage.read("log/checkpoint"))
        try writer.append(world.optOut(LedgerWorld.phone(2)))
        try writer.append(world.optIn(LedgerWorld.phone(1)))
        try writer.close()
        try world.storage.replace("log/checkpoint", with: checkpoint)
        let root = String(repeating: "0", count: 64)
        try world.storage.replace(LedgerPaths.lastSigned, with: Array("\(size)\n\(root)\n".utf8))
        let before = try world.storage.files(under: "log")
        #expect(throws: LedgerError(.damaged, "")) { try world.open() }
        #expect(try world.storage.files(under: "log") == before)
    }

    @Test(arguments: ["", "12", "12\nabc\n", "x\n" + String(repeating: "0", count: 64) + "\n"])
    func aMalformedLastSignedIsRefused(text: String) throws {
        let world = try closed()
        try world.storage.replace(LedgerPaths.lastSigned, with: Array(text.utf8))
        #expect(throws: LedgerError(.damaged, "")) { try world.open() }
    }

    @Test func aCheckpointOfAnotherKeyIsRefused() throws {
        let world = try closed()
        let other = try closed("other")
        try world.storage.replace("log/checkpoint", with: try #require(try other.storage.read("log/checkpoint")))
        #expect(throws: (any Error).self) { try world.open() }
    }

    @Test func aChangedLastBundleIsRefused() throws {
        let world = try closed()
        let path: StoragePath = "log/tile/entries/000.p/12"
        var bytes = try #require(try world.storage.read(path))
        bytes[bytes.count - 1] ^= 1
        try world.storage.replace(path, with: bytes)
        #expect(throws: LedgerError(.damaged, "")) { try world.open() }
    }

    // MARK: Keys, marker, lock

    /// What needs each of the keys, done in a ledger that has one opt-in.
    private static func needing(_ name: String, in world: LedgerWorld) throws {
        switch name {
        case "tags": _ = try world.answer(LedgerWorld.phone(1))
        case "journal": _ = try Ledger(world.location).read { $0.size }
        case "registry": _ = try Ledger(world.location).read { try $0.forEachContact { _, _, _ in } }
        case "epoch": _ = try Ledger(world.location).read { try $0.checkRegistry() }
        default:
            let writer = try world.open()
            defer { try? writer.close() }
            // Of a source's the id is looked for whether or not it was ever given.
            try writer.append(world.optOut(LedgerWorld.phone(1), id: name == "event-ids" ? "1" : nil))
        }
    }

    @Test(arguments: ["log", "tags", "event-ids", "journal", "epoch", "registry", "source-cli"])
    func aKeyThatIsMissingOrMalformed(name: String) throws {
        let world = try closed()
        let path = try StoragePath("private/keys/\(name).key")
        let good = try #require(try world.storage.read(path))
        let bad = ["", "consent-ledger-key/v1 \(name) AAAA\n", String(decoding: good, as: UTF8.self) + "\n", "x"]
        for bytes in bad.map({ Array($0.utf8) }) {
            try world.storage.replace(path, with: bytes)
            #expect(throws: LedgerError(.badKey, "")) { try Self.needing(name, in: world) }
        }
        try world.storage.remove(path)
        #expect(throws: LedgerError(.missingKey, "")) { try Self.needing(name, in: world) }
        try world.storage.replace(path, with: good)
        try Self.needing(name, in: world)
        try world.check()
    }

    @Test(arguments: ["tags", "event-ids", "journal", "epoch", "registry"])
    func anotherLedgersKeyIsRefused(name: String) throws {
        let world = try closed()
        let path = try StoragePath("private/keys/\(name).key")
        let good = try #require(try world.storage.read(path))
        try world.storage.replace(path, with: try #require(try closed("other").storage.read(path)))
        #expect(throws: LedgerError(.badKey, "")) { try Self.needing(name, in: world) }
        do { try Self.needing(name, in: world) } catch {
            #expect("\(error)".hasPrefix("private/keys/\(name).key is not this ledger's: restore it from its backup"))
        }
        try world.storage.replace(path, with: good)
        try expectAnswers(world)
        try world.check()
    }

    @Test func aRegistryThatDoesNotSayWhichKeysAreItsLedgersIsRefused() throws {
        let world = try closed()
        try world.databases.queue(Registry.fileName).write {
            try $0.execute(sql: "DELETE FROM meta WHERE name = 'key-check-tags'")
        }
        try expectRefusal(.incomplete, world)
    }

    @Test func theAdminKeyMayBeElsewhere() throws {
        let world = try closed()
        let path: StoragePath = "private/keys/admin.key"
        let key = try #require(try world.storage.read(path))
        try world.storage.remove(path)
        let writer = try world.open()
        let notice = LedgerWorld.noticeDraft("acme", name: "other")
        #expect(throws: LedgerError(.missingKey, "")) { try writer.append(notice) }
        try writer.append(world.optOut(LedgerWorld.phone(3)))
        try world.storage.replace(path, with: key)
        try writer.append(notice)
        try writer.close()
        try world.check()
    }

    @Test func noLedgerHalfALedgerALaterLedgerALockedLedger() throws {
        let empty = LedgerWorld(storage: MemoryStorage(), databases: MemoryDatabases(), clock: SettableClock())
        #expect(throws: LedgerError(.noLedger, "")) { try empty.open() }
        #expect(throws: LedgerError(.noLedger, "")) { try Ledger(empty.location) }
        #expect(throws: LedgerError(.noLedger, "")) { try LedgerLocation(directory: "/nonexistent/ledger") }

        let (world, writer) = try LedgerWorld.make()
        #expect(throws: StorageError(.locked, "")) { try world.open() }
        #expect(throws: LedgerError(.ledgerExists, "")) {
            try LedgerCreation(origin: "log.example.com/x", isTest: true).create(at: world.location)
        }
        try writer.close()
        #expect(throws: LedgerError(.outcomeUnknown, "")) { try writer.append(world.optOut(LedgerWorld.phone(1))) }
        #expect(throws: LedgerError(.outcomeUnknown, "")) { try writer.publish() }
        try writer.close()

        try world.storage.replace(LedgerPaths.marker, with: Array("consent-ledger/2\nlog.example.com/x\n".utf8))
        #expect(throws: LedgerError(.laterVersion, "")) { try world.open() }
        try world.storage.remove(LedgerPaths.marker)
        #expect(throws: LedgerError(.incomplete, "")) { try world.open() }
        #expect(throws: LedgerError(.ledgerExists, "")) {
            try LedgerCreation(origin: "log.example.com/x", isTest: true).create(at: world.location)
        }
    }

    /// Whatever step of making a ledger fails, what is left says that it is incomplete, or is the ledger.
    @Test func creationThatIsInterrupted() throws {
        for number in 1... {
            let storage = MemoryStorage { $0.number == number ? .crashes(persisting: .nothing) : nil }
            let databases = MemoryDatabases()
            let creation = LedgerCreation(origin: "log.example.com/half", isTest: true)
            var isMade = false
            do {
                try creation.create(
                    at: LedgerLocation(storage: storage, databases: .memory(databases)),
                    business: (id: "acme", name: "Acme", country: nil), clock: SettableClock(),
                    random: SeededRandomSource(label: "half")
                ).close()
                isMade = true
            } catch {}
            let world = LedgerWorld(storage: storage.restarted(), databases: databases, clock: SettableClock())
            if try world.storage.read(LedgerPaths.marker) != nil {
                try world.open().close()
                try world.check()
            } else {
                #expect(!isMade)
                #expect(throws: LedgerError.self) { try world.open() }
            }
            if isMade { break }
        }
    }

    @Test func creationThatIsRefusedLeavesNothing() throws {
        let good = "log.example.com/good"
        let bad: [(origin: String, business: (id: String, name: String, country: String?)?, source: String)] = [
            ("has a space", nil, "cli"), ("", nil, "cli"), (good, ("Acme", "Acme", nil), "cli"),
            (good, ("acme", "", nil), "cli"), (good, ("acme", "Acme", "Spain"), "cli"), (good, nil, "../cli"),
        ]
        for (origin, business, source) in bad {
            let storage = MemoryStorage()
            let databases = MemoryDatabases()
            var creation = LedgerCreation(origin: origin, isTest: true)
            creation.source = source
            #expect(throws: (any Error).self) {
                try creation.create(
                    at: LedgerLocation(storage: storage, databases: .memory(databases)), business: business)
            }
            #expect(try storage.list("private") == [] && storage.list("log") == [])
            #expect(!databases.exists(Registry.fileName))
        }
    }

    // MARK: A directory

    @Test func aLedgerInADirectory() throws {
        let root = try TemporaryDirectory()
        let clock = SettableClock()
        let location = try LedgerLocation(creatingDirectory: root.path + "/ledger")
        try LedgerCreation(origin: "log.example.com/dir", isTest: true).create(
            at: location, business: (id: "acme", name: "Acme", country: nil), clock: clock
        ).close()
        let writer = try LedgerWriter(location, clock: clock)
        try writer.append(LedgerWorld.noticeDraft("acme"))
        let storage = try DirectoryStorage(root: root.path + "/ledger")
        let world = LedgerWorld(storage: storage, databases: MemoryDatabases(), clock: clock)
        let ana = LedgerWorld.phone(1)
        try writer.append(world.optIn(ana))
        let other = try Ledger(LedgerLocation(directory: root.path + "/ledger"))
        #expect(try world.answer(ana, in: other) == .allow)
        clock.pass(1)
        try writer.append(world.optOut(ana))
        #expect(try world.answer(ana, in: other) == .deny)
        #expect(throws: StorageError(.locked, "")) { try LedgerWriter(location, clock: clock) }
        try writer.close()
        #expect(try world.answer(ana, in: other) == .deny)
        try location.databases.remove(CurrentIndex.fileName)
        #expect(try world.answer(ana, in: Ledger(location)) == .deny)
        _ = try CheckedLog(storage)
    }
}
