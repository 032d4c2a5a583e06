import ConsentModel
import ConsentRules
import Foundation
import LedgerCrypto
import LedgerStorage
import Synchronization
import Testing

@testable import ConsentLedger

/// Keys that are replaced, with a fault in each step; then the ledger is opened again. What was sealed opens, nobody has lost
/// anything, and of the keys those that the ledger goes by are left, and no others.
@Suite struct KeyRotationTests {
    /// A ledger with some people, uses and, where it says so, keys under a passphrase.
    private static func base(
        isProtected: Bool
    ) throws -> (storage: MemoryStorage, databases: MemoryDatabases, moment: Timestamp) {
        let memory = MemoryStorage()
        let (world, writer) = try LedgerWorld.make(label: "rotations", storage: memory)
        for number in 1...3 { try writer.append(world.optIn(LedgerWorld.phone(number))) }
        try writer.append(world.optOut(LedgerWorld.phone(3)))
        try writer.close()
        _ = try Ledger(world.location, clock: world.clock).reserve(world.question(), contact: LedgerWorld.phone(1))
        if isProtected {
            var location = world.location
            location.passphrase = passphrase
            let salt = SeededRandomSource(label: "salt").bytes(16)
            _ = try location.protectKeys(
                parameters: PassphraseParameters(passCount: 1, memoryKiB: 8, salt: salt),
                random: SeededRandomSource(label: "protecting"))
        }
        return (memory, world.databases, world.clock.moment)
    }

    private static let bases = [false, true].map { isProtected in Result { try base(isProtected: isProtected) } }

    private static var passphrase: Passphrase { Passphrase { _ in SecretBytes(Array("sésamo".utf8)) } }

    private static func world(
        _ isProtected: Bool, faults: MemoryStorage.FaultHook? = nil
    ) throws -> (world: LedgerWorld, memory: MemoryStorage) {
        let base = try bases[isProtected ? 1 : 0].get()
        let memory = base.storage.restarted(faults: faults)
        let world = LedgerWorld(
            storage: memory, databases: try base.databases.copy(),
            clock: SettableClock(base.moment.milliseconds), passphrase: passphrase)
        return (world, memory)
    }

    private static func open(_ world: LedgerWorld) throws -> LedgerWriter {
        try world.open(label: "rotating")
    }

    /// Whether a rotation was told to be complete.
    private static func run(_ world: LedgerWorld, _ rotate: (LedgerWriter) throws -> Void) -> Bool {
        var opened: LedgerWriter?
        do {
            let writer = try open(world)
            opened = writer
            try writer.append(world.optIn(LedgerWorld.phone(9), at: world.clock.moment))
            try rotate(writer)
            try writer.append(world.optIn(LedgerWorld.phone(10), at: world.clock.moment))
            try writer.close()
            return true
        } catch {
            try? opened?.close()
            return false
        }
    }

    private static func secret(_ name: String, _ world: LedgerWorld) throws -> [UInt8] {
        try world.location.keyFiles.read(name).withUnsafeBytes { Array($0) }
    }

    @Test(arguments: [false, true]) func everyFaultWhileSealingKeysAreReplaced(isProtected: Bool) throws {
        try everyFault(isProtected) {
            _ = try $0.rotateSealingKeys()
        } check: { world, isComplete, comment in
            for name in ["epoch", "registry"] {
                let old = try Self.secret(name, Self.world(isProtected).world)
                if isComplete { #expect(try Self.secret(name, world) != old, comment) }
            }
        }
    }

    @Test func everyFaultWhileTheAdminKeyIsReplaced() throws {
        try everyFault(true) {
            _ = try $0.rotateAdminKey()
        } check: { world, isComplete, comment in
            // Doing it again finishes it.
            let writer = try Self.open(world)
            if try !isComplete || world.storage.size(of: "private/keys/admin-next.key") != nil {
                _ = try writer.rotateAdminKey()
            }
            let inForce = writer.currentCatalog().adminKeys.filter { $0.window.until == nil }.map(\.publicKey)
            let key = try Ed25519PrivateKey(seed: SecretBytes(Self.secret("admin", world)))
            #expect(inForce == [key.publicKey], comment)
            try writer.append(LedgerCreation.registering((id: "gamma", name: "Gamma", country: nil)))
            try writer.close()
        }
    }

    private func everyFault(
        _ isProtected: Bool, _ rotate: (LedgerWriter) throws -> Void,
        check: (LedgerWorld, Bool, Comment) throws -> Void
    ) throws {
        let operations = LedgerFaultTests.OperationList()
        let (counting, _) = try Self.world(isProtected) { operation in
            operations.list.withLock { $0.append(operation) }
            return nil
        }
        let isWhole = Self.run(counting, rotate)
        #expect(isWhole)
        var number = 0
        for operation in operations.list.withLock({ $0 }) where operation.kind != .read && operation.kind != .size {
            for fault in LedgerFaultTests.faults(for: operation.kind) {
                number += 1
                let (broken, memory) = try Self.world(isProtected) { $0.number == operation.number ? fault : nil }
                let isComplete = Self.run(broken, rotate)
                let comment: Comment = "\(fault) in \(operation)"
                let world = LedgerWorld(
                    storage: memory.restarted(), databases: broken.databases, clock: broken.clock,
                    passphrase: Self.passphrase)
                try Self.open(world).close()
                do { try check(world, isComplete, comment) } catch { Issue.record("\(error): \(comment)") }
                try expectWhole(world, isProtected, comment)
            }
        }
        #expect(number > 60, "the run has \(number) faults")
    }

    /// Everybody is known, everything opens, and every key file is as it was protected.
    private func expectWhole(_ world: LedgerWorld, _ isProtected: Bool, _ comment: Comment) throws {
        try world.check()
        let location = world.location
        #expect(try location.heldKeys().allSatisfy { $0.isProtected == isProtected }, comment)
        #expect(try location.heldKeys().allSatisfy { !$0.name.hasSuffix("-next") }, comment)
        try Ledger(location).read { snapshot in
            let report = try snapshot.checkRegistry()
            #expect(report.findings.isEmpty, "\(report.findings): \(comment)")
            #expect(try snapshot.uses(of: LedgerWorld.phone(1), business: "acme").count == 1, comment)
            for (number, outcome) in [(1, true), (2, true), (3, false)] {
                let decision = try snapshot.decide(world.question(), contact: LedgerWorld.phone(number)).decision
                #expect((decision.outcome == .allow) == outcome, comment)
            }
        }
    }

    /// What was read under the old keys does not open under the new ones, nor the other way round.
    @Test func whatWasSealedIsSealedAnew() throws {
        let (world, _) = try Self.world(false)
        let old = try world.keys().sealing
        let ledger = try Ledger(world.location)
        let writer = try Self.open(world)
        let handle = try #require(try ledger.read { try $0.handle(of: LedgerWorld.phone(1), business: "acme") })
        let before = try #require(try ledger.read { try $0.registration(of: handle) })
        #expect(try writer.rotateSealingKeys())
        // Who has the ledger open meanwhile goes on with the new keys.
        let after = try #require(try ledger.read { try $0.registration(of: handle) })
        #expect(try ledger.read { try $0.address(of: handle) } == LedgerWorld.phone(1))
        let keys = try world.keys()
        #expect(throws: CryptoError(.doesNotOpen, "")) { try before.address(keys) }
        #expect(throws: CryptoError(.doesNotOpen, "")) { try after.address(keys.with(old)) }
        #expect(try before.address(keys.with(old)) == after.address(keys))
        try writer.close()
        try expectWhole(world, false, "rotated")
    }

    /// Calls something once, at the so many-th look at a key file.
    private final class Meanwhile: Sendable {
        private let state = Mutex<(looks: Int, run: (@Sendable () throws -> Void)?)>((0, nil))

        var isDone: Bool { state.withLock { $0.run == nil } }

        func arrange(after looks: Int, _ run: @escaping @Sendable () throws -> Void) {
            state.withLock { $0 = (looks, run) }
        }

        func look(_ operation: StorageOperation) {
            guard [.read, .size].contains(operation.kind), operation.path.description.hasPrefix("private/keys/") else {
                return
            }
            let run = state.withLock { state -> (@Sendable () throws -> Void)? in
                guard state.run != nil else { return nil }
                state.looks -= 1
                guard state.looks < 0 else { return nil }
                defer { state.run = nil }
                return state.run
            }
            do { try run?() } catch { Issue.record("\(error)") }
        }
    }

    /// A reader that opens the ledger while keys are replaced, between any two looks at the files, goes by the new ones, and
    /// never takes them for another ledger's.
    @Test func keysMayBeReplacedBetweenAnyTwoLooks() throws {
        var looks = 0
        while true {
            let meanwhile = Meanwhile()
            let (world, _) = try Self.world(false) { operation in
                meanwhile.look(operation)
                return nil
            }
            meanwhile.arrange(after: looks) {
                let writer = try Self.open(world)
                _ = try writer.rotateSealingKeys()
                try writer.close()
            }
            let ledger: Ledger
            do { ledger = try Ledger(world.location) } catch {
                Issue.record("\(error): keys replaced before look \(looks)")
                return
            }
            guard meanwhile.isDone else { break }
            let handle = try #require(try ledger.read { try $0.handle(of: LedgerWorld.phone(1), business: "acme") })
            #expect(try ledger.read { try $0.address(of: handle) } == LedgerWorld.phone(1), "look \(looks)")
            looks += 1
        }
        #expect(looks > 6, "there were \(looks) looks")
    }

    /// The next key moves into the file between the look at the file and the look at the next one.
    @Test func aKeyMayMoveBetweenTwoLooks() throws {
        let moving = Meanwhile()
        let (world, memory) = try Self.world(false) { operation in
            if operation.path.description.hasSuffix("epoch-next.key"), operation.kind == .read {
                moving.look(operation)
            }
            return nil
        }
        let files = world.location.keyFiles
        let next = SystemRandomSource().secret(SealingKey.byteCount)
        try files.create(KeyPurpose.epoch.nextName, next, random: SystemRandomSource())
        let mark = { (hash: KeyedHash) in hash.hash(Array("which".utf8), byteCount: 16) }
        let wanted = try mark(KeyedHash(key: next))
        let bytes = SecretKeyFile(name: "epoch", secret: next).bytes
        moving.arrange(after: 0) {
            try memory.replace(files.path("epoch"), with: bytes)
            try memory.remove(files.path(KeyPurpose.epoch.nextName))
        }
        let found = try files.candidate(for: .epoch) { mark($0.hash) == wanted }
        #expect(mark(found.hash) == wanted && moving.isDone)
        #expect(throws: LedgerError(.badKey, "")) { try files.candidate(for: .epoch) { _ in false } }
    }

    // MARK: Files that cannot be replaced

    /// A ledger in a directory, with an opt-in.
    private static func made(in directory: TemporaryDirectory) throws -> LedgerWorld {
        let (world, writer) = try LedgerWorld.make(label: "unwritable", directory: directory.path)
        try writer.append(world.optIn(LedgerWorld.phone(1)))
        try writer.close()
        return world
    }

    /// Puts a link in the place of a key file, or the file back.
    private static func link(_ name: String, in directory: TemporaryDirectory, back: Bool = false) throws {
        let path = "\(directory.path)/private/keys/\(name).key"
        if back { try FileManager.default.removeItem(atPath: path) }
        try FileManager.default.moveItem(atPath: back ? path + "-kept" : path, toPath: back ? path : path + "-kept")
        if !back { try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "\(name).key-kept") }
    }

    /// Nothing is begun that could not be finished: where a key file is a link, or a folder stands in for it.
    @Test(arguments: ["epoch", "registry"]) func aFileThatCannotBeReplacedIsRefusedBefore(_ name: String) throws {
        let directory = try TemporaryDirectory()
        let world = try Self.made(in: directory)
        let keys = try ["epoch", "registry", "admin"].map { try Self.secret($0, world) }
        try Self.link(name, in: directory)
        let writer = try Self.open(world)
        let size = writer.size
        let erasure = ErasureOrder(LedgerWorld.phone(1), business: "acme")
        var erasing = EventDraft(.contactErased, business: "acme", contact: LedgerWorld.phone(1))
        erasing.fields[.occurredAt] = .occurredAt(OccurredAt(world.clock.moment))
        for attempt in [
            { _ = try writer.rotateSealingKeys() }, { _ = try writer.rotateDataKeys() },
            { _ = try writer.erase([erasure]) },
            { _ = try writer.append(erasing) },
        ] as [() throws -> Void] {
            #expect(throws: LedgerError(.unwritableKey, ""), performing: attempt)
            #expect(try writer.registry.erasingState() == nil && writer.size == size)
        }
        try writer.append(world.optIn(LedgerWorld.phone(2), at: world.clock.moment))
        try writer.close()
        #expect(throws: LedgerError(.unwritableKey, "")) { try world.location.protectKeys() }
        #expect(try ["epoch", "registry", "admin"].map { try Self.secret($0, world) } == keys)
        try Self.link(name, in: directory, back: true)
        let again = try Self.open(world)
        #expect(try again.rotateSealingKeys())
        try again.close()
        try world.check()
    }

    @Test func anAdminKeyThatCannotBeReplacedIsNotRetired() throws {
        let directory = try TemporaryDirectory()
        let world = try Self.made(in: directory)
        try Self.link("admin", in: directory)
        let writer = try Self.open(world)
        let size = writer.size
        #expect(throws: LedgerError(.unwritableKey, "")) { try writer.rotateAdminKey() }
        #expect(writer.size == size && writer.currentCatalog().adminKeys.count == 1)
        #expect(try world.storage.size(of: "private/keys/admin-next.key") == nil)
        try Self.link("admin", in: directory, back: true)
        _ = try writer.rotateAdminKey()
        try writer.close()
        try world.check()
    }

    /// Put back from a copy, the key that was retired begins nothing; what an earlier attempt left goes.
    @Test(arguments: [true, false]) func aRetiredAdminKeyIsNotFollowed(isLeftOver: Bool) throws {
        let (world, memory) = try Self.world(false)
        let path = try world.location.keyFiles.path("admin")
        let old = try #require(try memory.read(path))
        let writer = try Self.open(world)
        _ = try writer.rotateAdminKey()
        let new = try #require(try memory.read(path))
        try memory.replace(path, with: old)
        if isLeftOver {
            let random = SystemRandomSource()
            try world.location.keyFiles.create("admin-next", random.secret(32), random: random)
        }
        let size = writer.size
        #expect(throws: LedgerError(.badKey, "")) { try writer.rotateAdminKey() }
        #expect(writer.size == size)
        #expect(try memory.size(of: "private/keys/admin-next.key") == nil)
        try memory.replace(path, with: new)
        _ = try writer.rotateAdminKey()
        try writer.close()
        #expect(try world.location.keyFiles(for: .admin).count == 3)
        try world.check()
    }

    // MARK: Asking while something is not finished

    /// Who asks is answered, whatever becomes of their attempt to finish what another left, and is asked for no passphrase
    /// that the question does not need.
    @Test func whoAsksGoesOnWhateverIsLeft() throws {
        let (world, _) = try Self.world(true)
        // What the question needs lies open; what an attempt to finish needs does not.
        #expect(try world.location.unprotectKeys(["tags", "journal", "suppression"]).count == 3)
        try world.location.databases.change("INSERT INTO meta VALUES ('erasing', 1)")
        var location = world.location
        location.passphrase = Passphrase { _ in
            Issue.record("a passphrase was asked for")
            return SecretBytes(Array("wrong".utf8))
        }
        #expect(
            try Ledger(location).read { try $0.decide(world.question(), contact: LedgerWorld.phone(2)) }.decision
                .outcome
                == .allow)
        #expect(try !world.storage.list("private/keys").contains { $0.contains("next") })
        try Self.open(world).close()
        try world.check()

        let directory = try TemporaryDirectory()
        let other = try Self.made(in: directory)
        try Self.link("epoch", in: directory)
        try other.location.databases.change("INSERT INTO meta VALUES ('erasing', 1)")
        #expect(try other.answer(LedgerWorld.phone(1)) == .allow)
        #expect(throws: LedgerError(.unwritableKey, "")) { try Self.open(other) }
        try Self.link("epoch", in: directory, back: true)
        #expect(try other.answer(LedgerWorld.phone(1)) == .allow)
        let ledgerID = try LedgerIdentity(of: other.location).ledgerID
        let registry = try Registry(of: other.location, ledgerID: ledgerID, isForWriting: false)
        #expect(try registry.erasingState() == nil, "who asks finishes it where that goes")
    }

    /// Where only traces remain, who asks leaves them to who writes; and who writes does not wait for who reads.
    @Test func tracesAreLeftToWhoWrites() throws {
        let directory = try TemporaryDirectory()
        let world = try Self.made(in: directory)
        let ledger = try Ledger(world.location)
        func state() throws -> ErasingState? { try ledger.registry.erasingState() }
        try ledger.read { _ in
            let writer = try Self.open(world)
            #expect(try !writer.rotateSealingKeys())
            try writer.close()
            for _ in 0..<3 {
                #expect(try world.answer(LedgerWorld.phone(1)) == .allow)
                try Self.open(world).close()
            }
        }
        #expect(try state() == .tracesRemain)
        #expect(try world.answer(LedgerWorld.phone(1)) == .allow)
        #expect(try state() == .tracesRemain)
        try Self.open(world).close()
        #expect(try state() == nil)
        try world.check()
    }

    /// Every role goes on with what it has while keys are replaced that it has not.
    @Test func whoHasNoneOfTheKeysGoesOn() throws {
        let (world, memory) = try Self.world(false)
        let writer = try Self.open(world)
        let files = KeyFiles(storage: memory)
        var kept: [String: SecretBytes] = [:]
        for name in try files.names() { kept[name] = try files.read(name) }
        // A reader that never read them, as one that has none.
        let ledger = try Ledger(world.location)
        for name in kept.keys where !["tags", "journal"].contains(name) { try memory.remove(files.path(name)) }
        let blind = try Ledger(world.location)
        for (name, secret) in kept where !["tags", "journal"].contains(name) {
            try files.create(name, secret, random: SystemRandomSource())
        }
        #expect(try writer.rotateSealingKeys())
        for reader in [ledger, blind] {
            let outcome = try reader.read { try $0.decide(world.question(), contact: LedgerWorld.phone(2)) }.decision
                .outcome
            #expect(outcome == .allow)
        }
        try writer.close()
    }
}
