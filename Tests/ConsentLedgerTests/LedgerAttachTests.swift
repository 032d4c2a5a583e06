import ConsentModel
import LedgerCrypto
import LedgerStorage
import Synchronization
import Testing
import TransparencyLog

@testable import ConsentLedger

/// Cosignatures are kept with the checkpoints they are of, whatever goes on in the ledger.
@Suite struct LedgerAttachTests {
    static let witness = try! Ed25519PrivateKey(seed: SecretBytes([UInt8](repeating: 9, count: 32)))
    static let key = try! VerifierKey(name: "w.example", publicKey: witness.publicKey, use: .cosignature)

    static func line(over checkpoint: SignedCheckpoint, at time: UInt64 = 5) throws -> NoteSignature {
        var cosigned = checkpoint
        try cosigned.cosign(as: key.name, at: time, with: witness)
        return try #require(cosigned.note.signatures.last)
    }

    /// When the witness cosigned the checkpoint at a path; `nil` if it did not.
    static func time(_ path: StoragePath, _ storage: any LedgerStorage) throws -> UInt64? {
        let signed = try SignedCheckpoint(parsing: try #require(try storage.read(path)))
        return try? signed.note.verify(with: [key]).first?.timestamp
    }

    @Test func attachesToTheKeptAndThePublishedCheckpoint() throws {
        let (world, writer) = try LedgerWorld.make(label: "attach")
        let older = try writer.publish()
        let olderPath = try LedgerPaths.checkpoint(size: older.checkpoint.size)
        try writer.append(world.optIn(LedgerWorld.phone(1)))
        let newer = try writer.publish()
        let newerPath = try LedgerPaths.checkpoint(size: newer.checkpoint.size)

        let first = try writer.attach(Self.line(over: older), by: Self.key)
        #expect(first.isNew && first.checkpoint.checkpoint == older.checkpoint)
        #expect(try Self.time(olderPath, world.storage) == 5)
        #expect(try Self.time(LedgerPaths.checkpoint, world.storage) == nil)
        let second = try writer.attach(Self.line(over: newer), by: Self.key)
        #expect(second.isNew && second.checkpoint.checkpoint == newer.checkpoint)
        #expect(try world.storage.read(newerPath) == world.storage.read(LedgerPaths.checkpoint))
        // Again, and at another time: the first line stays.
        #expect(try !writer.attach(Self.line(over: newer), by: Self.key).isNew)
        #expect(try !writer.attach(Self.line(over: newer, at: 99), by: Self.key).isNew)
        #expect(try Self.time(LedgerPaths.checkpoint, world.storage) == 5)

        // Publishing nothing keeps it; so does opening again; the next checkpoint is another one.
        #expect(try writer.publish().note.verify(with: [Self.key]).count == 1)
        try writer.close()
        let again = try world.open()
        #expect(try again.publish().note.verify(with: [Self.key]).count == 1)
        try again.append(world.optOut(LedgerWorld.phone(1)))
        try again.close()
        #expect(try Self.time(LedgerPaths.checkpoint, world.storage) == nil)
        #expect(try Self.time(newerPath, world.storage) == 5)
        try world.check()
    }

    @Test func refusesALineThatIsOfNoCheckpoint() throws {
        let (world, writer) = try LedgerWorld.make(label: "refuse")
        let published = try writer.publish()
        let other = try SignedCheckpoint(
            signing: Checkpoint(origin: published.checkpoint.origin, size: 8, root: SHA256Digest(hashing: [])),
            with: Self.witness)
        let before = try world.storage.files(under: "log")
        #expect(throws: TransparencyLogError(.badSignature, "")) {
            try writer.attach(Self.line(over: other), by: Self.key)
        }
        #expect(throws: TransparencyLogError(.badSignature, "")) {
            try writer.attach(Self.line(over: published), by: Self.key, size: published.checkpoint.size - 1)
        }
        #expect(throws: TransparencyLogError(.badSignature, "")) {
            try writer.attach(Self.line(over: published), by: Self.key, size: .max)
        }
        let logKey = try VerifierKey(name: "w.example", publicKey: Self.witness.publicKey, use: .note)
        #expect(throws: TransparencyLogError(.unsupportedKey, "")) {
            try writer.attach(Self.line(over: published), by: logKey)
        }
        #expect(try world.storage.files(under: "log") == before)
        // The writer goes on.
        try writer.append(world.optIn(LedgerWorld.phone(1)))
        try writer.close()
        try world.check()
    }

    /// One of the storage's operations goes wrong, the ledger is opened again and the line attached again.
    @Test func everyFaultIsMendedByAttachingAgain() throws {
        let memory = MemoryStorage()
        let (world, writer) = try LedgerWorld.make(label: "attach-faults", storage: memory)
        let published = try writer.publish()
        try writer.close()
        let line = try Self.line(over: published)
        func attempt(_ storage: MemoryStorage, _ databases: MemoryDatabases) throws -> LedgerWorld {
            let world = LedgerWorld(storage: storage, databases: databases, clock: world.clock)
            let writer = try world.open()
            _ = try writer.attach(line, by: Self.key)
            try writer.close()
            return world
        }
        let counting = memory.restarted()
        _ = try attempt(counting, world.databases.copy())
        let extents: [StorageFault.Extent] = [.nothing, .everything, .unflushed]
        for number in 1...counting.operationCount {
            for fault in extents.map(StorageFault.crashes) + extents.map(StorageFault.fails) {
                let broken = memory.restarted { $0.number == number ? fault : nil }
                let databases = try world.databases.copy()
                _ = try? attempt(broken, databases)
                let after = broken.restarted()
                // Kept first: the published one never has what the kept one of its size has not.
                let kept = try LedgerPaths.checkpoint(size: published.checkpoint.size)
                if try Self.time(LedgerPaths.checkpoint, after) != nil {
                    #expect(try Self.time(kept, after) == 5, "\(fault) in \(number)")
                }
                let mended = try attempt(after, databases)
                #expect(try Self.time(kept, mended.storage) == 5, "\(fault) in \(number)")
                #expect(try Self.time(LedgerPaths.checkpoint, mended.storage) == 5, "\(fault) in \(number)")
                try mended.check(signatures: false, privateFrom: .max)
            }
        }
    }
}
