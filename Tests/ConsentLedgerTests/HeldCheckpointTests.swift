import ConsentModel
import LedgerCrypto
import LedgerStorage
import Testing
import TransparencyLog

@testable import ConsentLedger

/// Checkpoints that wait for a quorum of witnesses: nobody is shown one before, and none is lost.
@Suite struct HeldCheckpointTests {
    private static let witnesses = try! (1...2).map {
        try Ed25519PrivateKey(seed: SecretBytes([UInt8](repeating: UInt8(20 + $0), count: 32)))
    }
    private static let keys = try! witnesses.enumerated().map { number, signer in
        try VerifierKey(name: "w\(number).example", publicKey: signer.publicKey, use: .cosignature)
    }
    /// Both have to cosign.
    private static let policy = Array(
        (keys.map { "witness \($0.name) \($0.text)\n" }.joined() + "group both all w0.example w1.example\nquorum both\n")
            .utf8)

    private static func line(_ number: Int, over checkpoint: SignedCheckpoint) throws -> NoteSignature {
        var cosigned = checkpoint
        try cosigned.cosign(as: keys[number].name, at: 5, with: witnesses[number])
        return try #require(cosigned.note.signatures.last)
    }

    private static func attach(_ numbers: [Int], to checkpoint: SignedCheckpoint, _ writer: LedgerWriter) throws {
        for number in numbers {
            _ = try writer.attach(line(number, over: checkpoint), by: keys[number], size: checkpoint.checkpoint.size)
        }
    }

    /// The size of `log/checkpoint`, with the number of its lines.
    private static func published(_ storage: any LedgerStorage) throws -> [UInt64] {
        let signed = try SignedCheckpoint(parsing: try #require(try storage.read(LedgerPaths.checkpoint)))
        return [signed.checkpoint.size, UInt64(signed.note.signatures.count)]
    }

    private static func waiting(_ storage: any LedgerStorage) throws -> [UInt64] {
        try HeldCheckpoints(storage).all().map(\.checkpoint.checkpoint.size)
    }

    @Test func aCheckpointWaitsForItsQuorum() throws {
        let (world, writer) = try LedgerWorld.make(label: "held")
        try writer.publish()
        try writer.setQuorumPolicy(Self.policy)
        try writer.append(world.optIn(LedgerWorld.phone(1)))
        let newest = try writer.publish()
        #expect(newest.checkpoint.size == 9)
        #expect(try Self.published(world.storage) == [8, 1])
        #expect(try writer.publishedCheckpoint().checkpoint.size == 8)
        #expect(try world.location.heldCheckpoint() == newest)
        try Self.attach([0], to: newest, writer)
        #expect(try Self.published(world.storage) == [8, 1])
        #expect(try Self.waiting(world.storage) == [9])
        try Self.attach([1], to: newest, writer)
        #expect(try Self.published(world.storage) == [9, 3])
        #expect(try Self.waiting(world.storage).isEmpty)
        try writer.close()
        try world.check()
    }

    /// While witnesses are asked, the ledger goes on: what they answer is of use all the same.
    @Test func whatWasOfferedWaitsOn() throws {
        let (world, writer) = try LedgerWorld.make(label: "offered")
        try writer.setQuorumPolicy(Self.policy)
        try writer.append(world.optIn(LedgerWorld.phone(1)))
        let offered = try writer.offerCheckpoint()
        for number in 2...4 {
            try writer.append(world.optIn(LedgerWorld.phone(number)))
            try writer.publish()
        }
        #expect(try Self.waiting(world.storage) == [9, 12])
        try Self.attach([0], to: offered, writer)
        // Others have opened it since.
        try writer.close()
        let again = try world.open()
        try Self.attach([1], to: offered, again)
        #expect(try Self.published(world.storage) == [9, 3])
        #expect(try Self.waiting(world.storage) == [12])
        #expect(try again.publish().checkpoint.size == 12)
        // What was never offered can be cosigned too, and then nothing waits.
        try Self.attach([0, 1], to: again.publish(), again)
        #expect(try Self.published(world.storage) == [12, 3])
        #expect(try Self.waiting(world.storage).isEmpty)
        try again.append(world.optOut(LedgerWorld.phone(1)))
        try again.publish()
        #expect(try Self.published(world.storage) == [12, 3])
        try again.setQuorumPolicy(nil)
        try again.close()
        #expect(try Self.published(world.storage) == [13, 1])
        try world.check()
    }

    @Test func nobodyIsWaitedForWhereThePolicySaysSo() throws {
        let (world, writer) = try LedgerWorld.make(label: "no-quorum")
        try writer.setQuorumPolicy(Array("quorum none\n".utf8))
        try writer.append(world.optIn(LedgerWorld.phone(1)))
        try writer.publish()
        #expect(try Self.published(world.storage) == [9, 1])
        try writer.setQuorumPolicy(Self.policy)
        try writer.append(world.optIn(LedgerWorld.phone(2)))
        try writer.close()
        #expect(try Self.published(world.storage) == [9, 1])
        let again = try world.open()
        #expect(try again.quorumPolicy()?.witnesses.count == 2)
        try again.setQuorumPolicy(nil)
        #expect(try Self.published(world.storage) == [10, 1])
        #expect(try again.quorumPolicy() == nil)
        #expect(throws: TransparencyLogError(.malformed, "")) { try again.setQuorumPolicy(Array("nonsense\n".utf8)) }
        try again.append(world.optIn(LedgerWorld.phone(3)))
        try again.close()
        #expect(try Self.published(world.storage) == [11, 1])
        try world.check()
    }

    /// A policy that cannot be read publishes nothing.
    @Test func aDamagedPolicyStopsTheWriter() throws {
        let (world, writer) = try LedgerWorld.make(label: "bad-policy")
        try writer.setQuorumPolicy(Self.policy)
        try writer.append(world.optIn(LedgerWorld.phone(1)))
        try writer.close()
        let before = try Self.published(world.storage)
        try world.storage.replace(LedgerPaths.quorumPolicy, with: Array(Self.policy.dropLast(3)))
        #expect(throws: LedgerError(.damaged, "")) { try world.open() }
        #expect(try Self.published(world.storage) == before)
        try world.storage.replace(LedgerPaths.quorumPolicy, with: Self.policy)
        // Nor does a checkpoint that waits and was changed.
        let held = try #require(try world.storage.read(LedgerPaths.heldCheckpoint))
        var changed = held
        changed[changed.count - 10] ^= 1
        try world.storage.replace(LedgerPaths.heldCheckpoint, with: changed)
        #expect(throws: (any Error).self) { try world.open() }
        try world.storage.replace(LedgerPaths.heldCheckpoint, with: held)
        let again = try world.open()
        #expect(try Self.published(world.storage) == before)
        try again.setQuorumPolicy(nil)
        try again.close()
        try world.check()
    }

    /// One of the storage's operations goes wrong, from the first record that waits to the quorum; then it is done again.
    /// At no moment is one published that lacks its cosignatures.
    @Test func everyFaultIsMended() throws {
        let memory = MemoryStorage()
        let (world, writer) = try LedgerWorld.make(label: "held-faults", storage: memory)
        try writer.setQuorumPolicy(Self.policy)
        try writer.close()
        // The same event when it is recorded again.
        let time = world.clock.moment
        func attempt(_ storage: MemoryStorage, _ databases: MemoryDatabases) throws -> LedgerWorld {
            let world = LedgerWorld(storage: storage, databases: databases, clock: world.clock)
            let writer = try world.open()
            try writer.append(world.optIn(LedgerWorld.phone(1), id: "1", at: time))
            let offered = try writer.offerCheckpoint()
            try writer.append(world.optIn(LedgerWorld.phone(2), id: "2", at: time))
            try writer.publish()
            try Self.attach([0, 1], to: offered, writer)
            try Self.attach([0, 1], to: writer.offerCheckpoint(), writer)
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
                let found = try Self.published(after)
                #expect(found == [8, 1] || found[1] == 3, "\(fault) in \(number): \(found)")
                let mended = try attempt(after, databases)
                #expect(try Self.published(mended.storage) == [10, 3], "\(fault) in \(number)")
                #expect(try Self.waiting(mended.storage).isEmpty, "\(fault) in \(number)")
                try mended.check(signatures: false, privateFrom: .max)
            }
        }
    }
}
