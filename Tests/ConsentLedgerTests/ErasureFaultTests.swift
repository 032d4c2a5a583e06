import ConsentModel
import ConsentRules
import GRDB
import LedgerCrypto
import LedgerStorage
import Synchronization
import Testing

@testable import ConsentLedger

/// Erasures in which one step goes wrong; then the ledger is opened again. An erasure that is in the log is finished by
/// then, one that is not has taken nothing, and nobody else has lost anything.
@Suite struct ErasureFaultTests {
    /// A ledger with some people, and what was kept of two of them.
    private static let base = Result {
        let memory = MemoryStorage()
        let (world, writer) = try LedgerWorld.make(label: "erasures", storage: memory)
        let (ana, ben) = (LedgerWorld.phone(1), LedgerWorld.phone(2))
        for contact in [ana, ben, LedgerWorld.phone(3)] { try writer.append(world.optIn(contact)) }
        try writer.append(world.linked(ana, ben))
        try writer.close()
        let ledger = try Ledger(world.location, clock: world.clock)
        for contact in [ana, LedgerWorld.phone(3)] { _ = try ledger.reserve(world.question(), contact: contact) }
        let kept = try [ana, ben].map { try ErasureCarvingTests.Kept($0, in: world) }
        let secrets = try ["epoch", "registry"].map { try KeyFiles(storage: memory).read($0) }
        return (
            storage: memory, databases: world.databases, moment: world.clock.moment, kept: kept,
            secrets: secrets.map { secret in secret.withUnsafeBytes { Array($0) } }
        )
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

    /// Whom a run was told that it erased.
    private static func run(_ world: LedgerWorld) -> (erased: [Int], isComplete: Bool) {
        var erased: [Int] = []
        var open: LedgerWriter?
        do {
            let writer = try world.open()
            open = writer
            // One whose registration is in the journal alone.
            try writer.append(world.optIn(LedgerWorld.phone(9), at: world.clock.moment))
            for number in 0..<2 {
                let order = ErasureOrder(LedgerWorld.phone(1 + number), business: "acme")
                let (outcomes, isCleared) = try writer.erase([order])
                _ = try outcomes[0].get()
                #expect(isCleared)
                erased.append(number)
                try writer.append(world.optIn(LedgerWorld.phone(10 + number), at: world.clock.moment))
            }
            try writer.close()
            return (erased, true)
        } catch {
            try? open?.close()
            return (erased, false)
        }
    }

    @Test(arguments: 0..<4) func everyFaultInEveryOperation(part: Int) throws {
        let operations = LedgerFaultTests.OperationList()
        let (counting, _) = try Self.world { operation in
            operations.list.withLock { $0.append(operation) }
            return nil
        }
        let whole = Self.run(counting)
        #expect(whole.erased == [0, 1] && whole.isComplete)
        var number = 0
        for operation in operations.list.withLock({ $0 }) {
            for fault in LedgerFaultTests.faults(for: operation.kind) {
                number += 1
                guard number % 4 == part else { continue }
                let (broken, memory) = try Self.world { $0.number == operation.number ? fault : nil }
                let told = Self.run(broken)
                try check(told.erased, broken, memory.restarted(), "\(fault) in \(operation)")
            }
        }
        #expect(number > 200, "the run has \(number) faults")
    }

    /// What SQLite refuses: each of the steps that only the registry takes.
    @Test(arguments: [
        "BEFORE DELETE ON contact", "BEFORE DELETE ON use", "BEFORE UPDATE ON contact", "BEFORE UPDATE ON use",
        "BEFORE INSERT ON meta WHEN NEW.name = 'erasing'", "BEFORE DELETE ON meta WHEN OLD.name = 'erasing'",
        "BEFORE INSERT ON meta WHEN NEW.name = 'key-check-registry'",
    ])
    func everyStepThatTheRegistryRefuses(step: String) throws {
        let (world, memory) = try Self.world()
        try world.location.databases.change(
            "CREATE TRIGGER refusing \(step) BEGIN SELECT RAISE(ABORT, 'refused'); END")
        let told = Self.run(world)
        #expect(told.erased == [] && !told.isComplete)
        try world.location.databases.change("DROP TRIGGER refusing")
        try check([], world, memory.restarted(), "\(step)")
    }

    private func check(
        _ told: [Int], _ broken: LedgerWorld, _ memory: MemoryStorage, _ comment: Comment
    ) throws {
        let base = try Self.base.get()
        let world = LedgerWorld(storage: memory, databases: broken.databases, clock: broken.clock)
        try world.open().close()
        let log = try world.check()
        for (number, kept) in base.kept.enumerated() {
            let isErased = log.erased.contains(kept.handle)
            if told.contains(number) { #expect(isErased, comment) }
            try Ledger(world.location).read { snapshot in
                #expect(try (snapshot.registration(of: kept.handle) == nil) == isErased, comment)
                #expect(try (snapshot.handle(of: kept.address, business: "acme") == nil) == isErased, comment)
                let suppressed = try snapshot.registry.isSuppressed(
                    kept.address, business: "acme", keys: snapshot.keys)
                #expect(suppressed == isErased, comment)
                if number == 0 {
                    #expect(
                        try snapshot.uses(of: kept.address, business: "acme").isEmpty == isErased, comment)
                }
            }
        }
        let names = try world.storage.list("private/keys")
        #expect(!names.contains { $0.contains("next") }, comment)
        let registry = try Registry(
            of: world.location, ledgerID: LedgerIdentity(of: world.location).ledgerID, isForWriting: false)
        #expect(try registry.erasingState() == nil, comment)
        guard !log.erased.isEmpty else { return }
        for (name, old) in zip(["epoch", "registry"], base.secrets) {
            let secret = try KeyFiles(storage: world.storage).read(name)
            #expect(secret.withUnsafeBytes { Array($0) } != old, "the key \(name) is another: \(comment)")
        }
        for name in try world.storage.list("private/journal") {
            let bytes = try #require(try world.storage.read(LedgerPaths.journal.appending(name)))
            for kept in base.kept where log.erased.contains(kept.handle) {
                #expect(!bytes.contains(kept.tag.bytes) && !bytes.contains(kept.wrappedKey), comment)
            }
        }
    }
}
