import ConsentModel
import ConsentRules
import Foundation
import GRDB
import LedgerCrypto
import LedgerStorage
import Synchronization
import Testing

@testable import ConsentLedger

/// Data keys that are replaced: all of it or nothing, whatever goes wrong; what was sealed opens, and nothing that is left
/// opens under the old ones.
@Suite struct DataKeyRotationTests {
    private typealias Content = AttachmentTests.Content
    private typealias Kept = ErasureCarvingTests.Kept

    private static let content = Content([UInt8](repeating: 9, count: 150_000))
    private static let contacts = (1...3).map(LedgerWorld.phone)

    /// A ledger with three people, one of whom has a use and an attachment, and two segments of sealed parts.
    private static func make(directory: String? = nil, _ storage: MemoryStorage = MemoryStorage()) throws -> LedgerWorld
    {
        let (world, writer) = try LedgerWorld.make(label: "data-keys", storage: storage, directory: directory)
        let first = try writer.append(world.optIn(contacts[0])).index
        try writer.append(world.optIn(contacts[1]))
        try writer.publish()
        // As if the first segment were full.
        writer.sealedEnd.offset = 64 << 20
        try writer.append(world.optIn(contacts[2]))
        try AttachmentTests.attach(content, to: AttachmentTests.event(first, world), writer)
        try writer.append(world.optOut(contacts[2]))
        try writer.close()
        _ = try Ledger(world.location, clock: world.clock).reserve(world.question(), contact: contacts[0])
        return world
    }

    private static let base = Result {
        let memory = MemoryStorage()
        let world = try make(memory)
        return (storage: memory, databases: world.databases, moment: world.clock.moment, dataKeys: try dataKeys(world))
    }

    private static func world(
        faults: MemoryStorage.FaultHook? = nil
    ) throws -> (world: LedgerWorld, memory: MemoryStorage) {
        let base = try Self.base.get()
        let memory = base.storage.restarted(faults: faults)
        let world = LedgerWorld(
            storage: memory, databases: try base.databases.copy(), clock: SettableClock(base.moment.milliseconds))
        return (world, memory)
    }

    private static func dataKeys(_ world: LedgerWorld) throws -> [[UInt8]] {
        try contacts.map { try Kept($0, in: world).dataKey }
    }

    /// How many contacts a rotation was told to concern; `nil` if it was not.
    private static func run(_ world: LedgerWorld) -> Int? {
        var opened: LedgerWriter?
        do {
            let writer = try world.open()
            opened = writer
            try writer.append(world.optIn(LedgerWorld.phone(9), at: world.clock.moment))
            let (count, _, isCleared) = try writer.rotateDataKeys()
            #expect(isCleared)
            try writer.append(world.optIn(LedgerWorld.phone(10), at: world.clock.moment))
            try writer.close()
            return count
        } catch {
            try? opened?.close()
            return nil
        }
    }

    /// Everything opens, and there are the copies that count, and no others. Returns the first number of a segment.
    @discardableResult
    private func expectWhole(_ world: LedgerWorld, attachments: Int = 1, _ comment: Comment) throws -> UInt64 {
        try world.check()
        let ledgerID = try LedgerIdentity(of: world.location).ledgerID
        let registry = try Registry(of: world.location, ledgerID: ledgerID, isForWriting: false)
        #expect(try registry.erasingState() == nil, comment)
        #expect(try registry.read { try !$0.isReplacingDataKeys() }, comment)
        let first = try registry.read { try $0.sealedBase() } + 1
        let numbers = try world.storage.list("private/sealed").filter { $0 != "attachments" }
            .compactMap { UInt64($0, radix: 16) }
        #expect(try numbers == Array(first..<first + registry.progress().sealedEnd.segment), comment)
        #expect(try AttachmentTests.kept(world.storage).count == attachments, comment)
        #expect(try world.storage.list("private/keys").allSatisfy { !$0.contains("next") }, comment)
        try Ledger(world.location).read { snapshot in
            let report = try snapshot.checkRegistry()
            #expect(report.findings.isEmpty, "\(report.findings): \(comment)")
            #expect(report.comparedAttachments == attachments, comment)
            #expect(try snapshot.uses(of: Self.contacts[0], business: "acme").count == 1, comment)
            for (contact, outcome) in zip(Self.contacts, [true, true, false]) {
                let decision = try snapshot.decide(world.question(), contact: contact).decision
                #expect((decision.outcome == .allow) == outcome, comment)
            }
        }
        return first
    }

    @Test(arguments: 0..<4) func everyFaultInEveryOperation(part: Int) throws {
        let operations = LedgerFaultTests.OperationList()
        let (counting, _) = try Self.world { operation in
            operations.list.withLock { $0.append(operation) }
            return nil
        }
        #expect(Self.run(counting) == 4)
        try expectWhole(counting, "no fault")
        let old = try Self.base.get().dataKeys
        var number = 0
        var outcomes: Set<Bool> = []
        for operation in operations.list.withLock({ $0 }) where operation.kind != .read && operation.kind != .size {
            for fault in LedgerFaultTests.faults(for: operation.kind) {
                number += 1
                guard number % 4 == part else { continue }
                let comment: Comment = "\(fault) in \(operation)"
                let (broken, memory) = try Self.world { $0.number == operation.number ? fault : nil }
                let told = Self.run(broken)
                let world = LedgerWorld(storage: memory.restarted(), databases: broken.databases, clock: broken.clock)
                try world.open().close()
                do {
                    let first = try expectWhole(world, comment)
                    let changed = try zip(Self.dataKeys(world), old).map { $0 != $1 }
                    #expect(Set(changed).count == 1, "all or none: \(comment)")
                    #expect(changed[0] == (first == 3), comment)
                    if told != nil { #expect(changed[0], comment) }
                    outcomes.insert(changed[0])
                } catch { Issue.record("\(error): \(comment)") }
            }
        }
        #expect(number > 60, "the run has \(number) faults")
        #expect(outcomes == [true, false])
    }

    /// What SQLite refuses: each of the steps that only the registry takes.
    @Test(arguments: [
        "BEFORE INSERT ON meta WHEN NEW.name = 'replacing-data-keys'", "BEFORE UPDATE ON contact",
        "BEFORE INSERT ON meta WHEN NEW.name = 'sealed-base'",
        "BEFORE INSERT ON meta WHEN NEW.name = 'key-check-registry'",
        "BEFORE DELETE ON meta WHEN OLD.name = 'replacing-data-keys'",
    ])
    func everyStepThatTheRegistryRefuses(step: String) throws {
        let (broken, memory) = try Self.world()
        try broken.location.databases.change(
            "CREATE TRIGGER refusing \(step) BEGIN SELECT RAISE(ABORT, 'refused'); END")
        #expect(Self.run(broken) == nil)
        try broken.location.databases.change("DROP TRIGGER refusing")
        let world = LedgerWorld(storage: memory.restarted(), databases: broken.databases, clock: broken.clock)
        try world.open().close()
        let first = try expectWhole(world, "\(step)")
        let changed = try zip(Self.dataKeys(world), Self.base.get().dataKeys).map { $0 != $1 }
        #expect(Set(changed) == [first == 3])
    }

    /// Whether a field or a content of before is there still, or anything that its key opens.
    private static func isFound(_ kept: Kept, in directory: String, ledgerID: [UInt8]) throws -> Set<String> {
        var found: Set<String> = []
        let key = try SealingKey(SecretBytes(kept.dataKey))
        for name in try FileManager.default.subpathsOfDirectory(atPath: directory + "/private") {
            guard let data = FileManager.default.contents(atPath: directory + "/private/" + name) else { continue }
            let bytes = Array(data[..<((data.lastIndex { $0 != 0 } ?? -1) + 1)])
            if data.range(of: Data(kept.wrappedKey)) != nil { found.insert("wrapped key") }
            if data.range(of: Data(kept.dataKey)) != nil { found.insert("data key") }
            for field in kept.fields where data.range(of: Data(field.sealed)) != nil { found.insert("sealed field") }
            let isContent = name.hasPrefix("sealed/attachments/")
            guard !isContent, name.hasPrefix("sealed/") || name.hasPrefix("journal/") else {
                if isContent, try opensContent(bytes, name, key, kept, ledgerID) { found.insert("a content opens") }
                continue
            }
            for count in Set(kept.fields.map(\.sealed.count)) {
                for start in bytes.indices.dropLast(count - 1)
                where bytes[start..<start + 24].contains(where: { $0 != 0 }) {
                    for field in kept.fields where field.sealed.count == count {
                        let part = SealedPart(
                            event: field.event,
                            fields: [
                                SealedPart.Field(
                                    handle: kept.handle, name: field.name,
                                    sealed: Array(bytes[start..<start + count]))
                            ])
                        if (try? part.open(part.fields[0], ledgerID: ledgerID, key: key)) != nil {
                            found.insert("a field opens")
                        }
                    }
                }
            }
        }
        return found
    }

    /// Whether a data key opens the first piece of a content.
    private static func opensContent(
        _ bytes: [UInt8], _ name: String, _ key: SealingKey, _ kept: Kept, _ ledgerID: [UInt8]
    ) throws -> Bool {
        let place = name.split(separator: "/").dropFirst(2).map(String.init)
        guard place[0] == "\(kept.handle)", let event = Hexadecimal.decode(place[1].prefix(32)) else { return false }
        var encoder = CBOREncoder()
        encoder.array(count: 4)
        encoder.text("consent-ledger/attachment/v1")
        encoder.byteString(ledgerID)
        encoder.byteString(kept.handle)
        encoder.byteString(event)
        var opener = try StreamOpener(key: key, place: encoder.bytes, header: Array(bytes.prefix(24)))
        return (try? opener.open(Array(bytes[24..<24 + 65_553]), isLast: false)) != nil
    }

    @Test func theOldKeysOpenNothingThatIsLeft() throws {
        let directory = try TemporaryDirectory()
        let world = try Self.make(directory: directory.path)
        let ledgerID = try LedgerIdentity(of: world.location).ledgerID
        let before = try Self.contacts.map { try Kept($0, in: world) }
        // The search finds what is there.
        #expect(
            try Self.isFound(before[0], in: directory.path, ledgerID: ledgerID)
                == ["wrapped key", "sealed field", "a field opens", "a content opens"])
        let writer = try world.open()
        let rotated = try writer.rotateDataKeys()
        #expect(rotated.contacts == 3 && rotated.isCleared)
        for kept in before {
            #expect(try Self.isFound(kept, in: directory.path, ledgerID: ledgerID) == [])
        }
        try writer.close()
        #expect(try expectWhole(world, "rotated") == 3)
        let after = try Self.contacts.map { try Kept($0, in: world) }
        for (old, new) in zip(before, after) {
            #expect(old.dataKey != new.dataKey && old.handle == new.handle)
            #expect(old.fields.map(\.salt) == new.fields.map(\.salt))
        }
        // The index is derived: made anew, it leads to the same.
        try world.location.databases.remove("index.sqlite")
        try expectWhole(world, "a new index")
    }

    @Test func whoIsNamedAloneGetsAnotherKey() throws {
        let (world, _) = try Self.world()
        let writer = try world.open()
        try writer.append(world.reassigned(Self.contacts[1]))
        try writer.append(world.optIn(Self.contacts[1]))
        let old = try Self.dataKeys(world)
        // The contact that the address was before, too.
        #expect(try writer.rotateDataKeys(of: (Self.contacts[1], "acme")).contacts == 2)
        #expect(try zip(Self.dataKeys(world), old).map { $0 != $1 } == [false, true, false])
        // A number that changed is tied to the one before, which keeps its key, and is told.
        try writer.append(world.optIn(LedgerWorld.phone(40)))
        try writer.append(world.changed(from: LedgerWorld.phone(40), to: LedgerWorld.phone(41)))
        let kept = try Self.dataKeys(world)[0]
        let changed = try writer.rotateDataKeys(of: (LedgerWorld.phone(41), "acme"))
        #expect(changed.contacts == 1 && changed.linkedContacts == [LedgerWorld.phone(40)])
        #expect(try Self.dataKeys(world)[0] == kept)
        #expect(throws: LedgerError(.badInput, "")) { try writer.rotateDataKeys(of: (LedgerWorld.phone(77), "acme")) }
        #expect(throws: LedgerError(.badInput, "")) { try writer.rotateDataKeys(of: (Self.contacts[1], "beta")) }
        try writer.close()
        try expectWhole(world, "one")
    }

    /// Who has the ledger open, or a view of it, goes on; what a view rests on goes when it is closed.
    @Test func whoReadsMeanwhileSeesTheOldOrTheNew() throws {
        let directory = try TemporaryDirectory()
        let world = try Self.make(directory: directory.path)
        let kept = try Kept(Self.contacts[0], in: world)
        let ledgerID = try LedgerIdentity(of: world.location).ledgerID
        let ledger = try Ledger(world.location)
        let writer = try world.open()
        func look(_ snapshot: LedgerSnapshot) throws {
            let report = try snapshot.checkRegistry()
            #expect(report.openedFacts > 0 && report.comparedAttachments == 1)
            #expect(report.findings.isEmpty, "\(report.findings)")
        }
        try ledger.read { snapshot in
            try look(snapshot)
            let rotated = try writer.rotateDataKeys()
            #expect(!rotated.isCleared)
            try look(snapshot)
            try Ledger(world.location).read(look)
        }
        try ledger.read(look)
        #expect(try Self.isFound(kept, in: directory.path, ledgerID: ledgerID) != [])
        // Another before the traces of the first are cleared.
        try writer.append(world.optIn(LedgerWorld.phone(20), at: world.clock.moment))
        #expect(try writer.rotateDataKeys().isCleared)
        try ledger.read(look)
        #expect(try Self.isFound(kept, in: directory.path, ledgerID: ledgerID) == [])
        try writer.close()
        try expectWhole(world, "twice")
    }

    @Test func whatIsBeingAttachedIsNotSealedUnderTheOldKey() throws {
        let (world, _) = try Self.world()
        let writer = try world.open()
        let concerns = try AttachmentTests.event(8, world)
        let file = Content([UInt8](repeating: 3, count: 70_000), name: "two.png")
        let next = try file.open()
        var refusals = 0
        let index = try writer.attach(AttachmentTests.draft(file, concerns)) {
            #expect(throws: StorageError(.locked, "")) { try writer.rotateDataKeys() }
            refusals += 1
            return try next()
        }.index
        #expect(refusals > 1)
        for _ in 0..<2 {
            #expect(try writer.rotateDataKeys().contacts == 3)
            #expect(try AttachmentTests.opened(index, world).1 == file.bytes)
        }
        let after = try AttachmentTests.attach(Content([1, 2, 3], name: "three.png"), to: concerns, writer).index
        #expect(try AttachmentTests.opened(after, world).1 == [1, 2, 3])
        try writer.close()
        try expectWhole(world, attachments: 3, "attached")
        _ = try world.open().erase([ErasureOrder(Self.contacts[0], business: "acme")])
        #expect(try AttachmentTests.kept(world.storage).isEmpty)
    }

    /// A draft that was prepared before, and has its turn after.
    @Test func whatWasPreparedBeforeIsSealedAgain() throws {
        let (world, _) = try Self.world()
        let writer = try world.open()
        let submission = try writer.prepare([world.optIn(Self.contacts[1], at: world.clock.moment)])
        _ = try writer.rotateDataKeys()
        let index = try writer.submit(submission)[0].get().index
        #expect(try Ledger(world.location).read { try $0.privateFields(of: index).count } == 2)
        try writer.close()
        try expectWhole(world, "prepared")
    }

    /// The data keys of the three, as the registry keeps them.
    private static func wrappedKeys(_ world: LedgerWorld) throws -> [[UInt8]] {
        try Ledger(world.location).read { snapshot in
            try contacts.map { contact in
                let handle = try #require(try snapshot.handle(of: contact, business: "acme"))
                return try #require(try snapshot.registration(of: handle)).wrappedKey
            }
        }
    }

    private static func sealingKeys(_ world: LedgerWorld) throws -> [[UInt8]?] {
        try ["epoch", "registry"].map { try world.storage.read(world.location.keyFiles.path($0)) }
    }

    /// A rotation is refused: nothing is replaced, nothing is left of it, and the ledger goes on.
    private func expectRefusal(
        _ world: LedgerWorld, of contacts: [(ContactAddress, String)?] = [nil, (contacts[0], "acme")],
        _ comment: Comment,
        isRight: (any Error) -> Bool = { ($0 as? LedgerError)?.code == .damaged }
    ) throws {
        let (data, sealing) = (try Self.wrappedKeys(world), try Self.sealingKeys(world))
        let sealed = try world.storage.list("private/sealed")
        let attached = try AttachmentTests.kept(world.storage)
        let writer = try world.open()
        for contact in contacts {
            do {
                _ = try writer.rotateDataKeys(of: contact)
                Issue.record(comment)
            } catch { #expect(isRight(error), "\(error): \(comment)") }
            #expect(try writer.registry.erasingState() == nil, comment)
            #expect(try writer.registry.read { try !$0.isReplacingDataKeys() }, comment)
        }
        #expect(try Self.wrappedKeys(world) == data && Self.sealingKeys(world) == sealing, comment)
        #expect(try world.storage.list("private/sealed") == sealed, comment)
        #expect(try AttachmentTests.kept(world.storage) == attached, comment)
        try writer.append(world.optIn(LedgerWorld.phone(30), at: world.clock.moment))
        try writer.close()
        #expect(try Self.sealingKeys(world) == sealing, comment)
    }

    /// What does not open cannot be sealed again.
    @Test(arguments: ["private/sealed/0000000000000001", "private/sealed/0000000000000002", "attachment"])
    func whatIsDamagedIsRefused(_ name: String) throws {
        let (world, memory) = try Self.world()
        let attached = try #require(try AttachmentTests.kept(memory).keys.first)
        let path = name == "attachment" ? attached : try StoragePath(name)
        func flip() throws {
            var bytes = try #require(try memory.read(path))
            bytes[name == "attachment" ? 100_000 : 120] ^= 1
            try memory.replace(path, with: bytes)
        }
        try flip()
        try expectRefusal(world, of: [nil], "\(name)")
        try flip()
        #expect(try expectWhole(world, "mended") == 1)
    }

    /// A way in which something of people is lost that no key has to open for it to be seen.
    enum Loss: CaseIterable {
        case aLengthThatIsZero, aSegmentCutBetweenParts, anEmptySegment, aPartOverAnother, aContentThatIsMissing,
            aContentWithoutPieces, aContentCutBetweenPieces
    }

    /// What is missing is refused as well: once keys were replaced, its backup would not open any more. A check finds it.
    @Test(arguments: Loss.allCases, [true, false]) func whatIsMissingIsRefused(_ loss: Loss, hasIndex: Bool) throws {
        let (world, memory) = try Self.world()
        let place = try Ledger(world.location).read { snapshot in
            let last = try #require(try snapshot.handle(of: Self.contacts[1], business: "acme"))
            let record = try #require(try snapshot.timeline(of: last).entries.first?.index)
            return try #require(try snapshot.sealedLocation(of: record))
        }
        #expect(place.segment == 1 && place.offset > 100)
        let content = try #require(try AttachmentTests.kept(memory).keys.first)
        let isOfParts = [.aLengthThatIsZero, .aSegmentCutBetweenParts, .anEmptySegment, .aPartOverAnother].contains(
            loss)
        let path: StoragePath = isOfParts ? "private/sealed/0000000000000001" : content
        let whole = try #require(try memory.read(path))
        var lossy = whole
        switch loss {
        case .aLengthThatIsZero: lossy.replaceSubrange(place.offset - 4..<place.offset, with: [0, 0, 0, 0])
        case .aSegmentCutBetweenParts: lossy = Array(lossy[..<(place.offset - 12)])
        case .anEmptySegment: lossy = []
        case .aPartOverAnother: lossy[place.offset - 5] -= 1
        case .aContentThatIsMissing: break
        case .aContentWithoutPieces: lossy = Array(lossy[..<24])
        case .aContentCutBetweenPieces: lossy = Array(lossy[..<(24 + 65_553)])
        }
        if loss == .aContentThatIsMissing { try memory.remove(path) } else { try memory.replace(path, with: lossy) }
        if !hasIndex { world.databases.remove(CurrentIndex.fileName) }
        let findings = Result {
            try Ledger(world.location, toleratesLostParts: true).read { try $0.checkRegistry().findings.count }
        }
        if !hasIndex, loss == .aLengthThatIsZero {
            // No index is made of what cannot be gone through.
            #expect(throws: LedgerError(.damaged, "")) { try findings.get() }
            #expect(throws: LedgerError(.damaged, "")) { try world.open() }
        } else {
            #expect(try findings.get() > 0)
            try expectRefusal(world, "\(loss)")
        }
        try memory.replace(path, with: whole)
        world.databases.remove(CurrentIndex.fileName)
        #expect(try expectWhole(world, "\(loss), mended") == 1)
        _ = try world.open().rotateDataKeys()
    }

    /// A full disk, say: what was copied is removed, and the keys stay.
    @Test func aCopyThatCannotBeWrittenIsRefused() throws {
        for name in ["private/sealed/0000000000000004", "private/sealed/attachments"] {
            let isOver = Mutex(false)
            let (world, memory) = try Self.world { operation in
                let isMeant =
                    [.writeSegment, .create].contains(operation.kind) && "\(operation.path)".hasPrefix(name)
                return isMeant && !isOver.withLock { $0 } ? .fails(persisting: .nothing) : nil
            }
            try expectRefusal(world, "\(name)") { ($0 as? StorageError)?.code == .failed }
            #expect(try memory.list("private/sealed").count == 3)
            try expectWhole(world, "\(name)")
            isOver.withLock { $0 = true }
            let writer = try world.open()
            #expect(try writer.rotateDataKeys().isCleared)
            try writer.close()
            #expect(try expectWhole(world, "\(name), with room") == 3)
        }
    }

    /// What is in the place of a copy, as a crash leaves it, does not come into it.
    @Test func whatIsAfterTheSegmentsIsNotCopied() throws {
        let (world, memory) = try Self.world()
        try memory.replace("private/sealed/0000000000000003", with: [UInt8](repeating: 7, count: 5000))
        let writer = try world.open()
        _ = try writer.rotateDataKeys()
        _ = try writer.rotateDataKeys()
        try writer.close()
        #expect(try expectWhole(world, "after a crash") == 5)
    }

    /// A folder in the place of a copy is refused before anything is begun.
    @Test func aFolderAfterTheSegmentsIsRefused() throws {
        let directory = try TemporaryDirectory()
        let world = try Self.make(directory: directory.path)
        let folder = directory.path + "/private/sealed/0000000000000003"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        let sealing = try Self.sealingKeys(world)
        let writer = try world.open()
        #expect(throws: StorageError(.failed, "")) { try writer.rotateDataKeys() }
        #expect(try writer.registry.erasingState() == nil && Self.sealingKeys(world) == sealing)
        try writer.close()
        try FileManager.default.removeItem(atPath: folder)
        try expectWhole(world, "removed")
    }

    /// What a program that was killed left of a content that it sealed again goes with the next that is written.
    @Test func whatWasNotCopiedToItsEndGoes() throws {
        let directory = try TemporaryDirectory()
        let world = try Self.make(directory: directory.path)
        let content = try #require(try AttachmentTests.kept(world.storage).keys.first?.parent)
        let left = "\(directory.path)/\(content)/~0123456789abcdef-1"
        try Data([1, 2, 3]).write(to: URL(fileURLWithPath: left))
        try world.location.databases.change(
            "INSERT INTO meta VALUES ('erasing', 1), ('replacing-data-keys', 1)")
        try world.open().close()
        #expect(!FileManager.default.fileExists(atPath: left))
        try expectWhole(world, "after a kill")
    }
}
