import ConsentModel
import ConsentRules
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
