import ConsentModel
import ConsentRules
import LedgerStorage
import Synchronization
import Testing

@testable import ConsentLedger

/// What callers are told when something goes wrong under an open writer.
@Suite struct LedgerFailureTests {
    /// Makes the operations that it is set to fail.
    private final class Trouble: Sendable {
        private let fault = Mutex<(@Sendable (StorageOperation) -> StorageFault?)?>(nil)

        func make(_ body: (@Sendable (StorageOperation) -> StorageFault?)?) { fault.withLock { $0 = body } }
        func fault(in operation: StorageOperation) -> StorageFault? { fault.withLock { $0 }?(operation) }
    }

    private func make(
        pacing: LedgerWriter.Pacing = LedgerWriter.Pacing()
    ) throws -> (world: LedgerWorld, writer: LedgerWriter, memory: MemoryStorage, trouble: Trouble) {
        let trouble = Trouble()
        let memory = MemoryStorage { trouble.fault(in: $0) }
        let (world, writer) = try LedgerWorld.make(storage: memory, pacing: pacing)
        return (world, writer, memory, trouble)
    }

    @Test(arguments: [StorageFault.Extent.nothing, .everything, .unflushed, .part(seed: 1)])
    func afterAFailedFlushNothingIsKnown(extent: StorageFault.Extent) throws {
        let (world, writer, memory, trouble) = try make()
        let ana = LedgerWorld.phone(1)
        try writer.append(world.optIn(ana, id: "in"))
        world.clock.pass(1)
        let optOut = world.optOut(ana, id: "out")
        let before = try memory.files(under: "log")
        trouble.make { $0.kind == .writeSegment ? .fails(persisting: extent) : nil }
        #expect(throws: LedgerError(.outcomeUnknown, "")) { try writer.append(optOut) }
        trouble.make(nil)
        // Neither the same nor anything else gets through, and nothing of it reaches the log.
        #expect(throws: LedgerError(.outcomeUnknown, "")) { try writer.append(optOut) }
        #expect(throws: LedgerError(.outcomeUnknown, "")) { try writer.append(world.optIn(ana, id: "in")) }
        #expect(throws: LedgerError(.outcomeUnknown, "")) { try writer.publish() }
        #expect(throws: LedgerError(.outcomeUnknown, "")) {
            try writer.timelines(of: [(address: ana, business: "acme")])
        }
        #expect(throws: LedgerError(.outcomeUnknown, "")) { try writer.close() }
        #expect(try memory.files(under: "log") == before)

        let restarted = LedgerWorld(storage: memory.restarted(), databases: world.databases, clock: world.clock)
        let again = try restarted.open()
        let outcome = try again.append(optOut)
        #expect(outcome == (extent == .everything ? .alreadyRecorded(index: 9) : .recorded(index: 9)))
        #expect(try restarted.answer(ana) == .deny)
        try again.close()
        #expect(try restarted.check().entries.count == 10)
    }

    /// The group is in the journal; that it could not be applied is for those who come next.
    @Test(arguments: [StorageOperation.Kind.replace, .create, .openSegment])
    func whatIsDurableIsAcknowledged(kind: StorageOperation.Kind) throws {
        let (world, writer, _, trouble) = try make(pacing: LedgerWriter.Pacing(mostInTail: 1, overlaps: false))
        let ana = LedgerWorld.phone(1)
        try writer.append(world.optIn(ana))
        world.clock.pass(1)
        trouble.make { $0.kind == kind ? .fails(persisting: .nothing) : nil }
        #expect(try writer.append(world.optOut(ana)) == .recorded(index: 9))
        trouble.make(nil)
        #expect(try world.answer(ana) == .deny, "binding for readers at once")
        #expect(throws: LedgerError(.outcomeUnknown, "")) { try writer.append(world.optIn(ana)) }
        #expect(throws: LedgerError(.outcomeUnknown, "")) { try writer.close() }
        #expect(try world.answer(ana) == .deny)
        try world.open().close()
        #expect(try world.answer(ana) == .deny)
        try world.check()
    }

    /// A notice's text is durable before the record that names it, and one that is refused leaves no text.
    @Test func aTextThatCannotBeStored() throws {
        let (world, writer, _, trouble) = try make()
        let text = Array("Otro aviso".utf8)
        trouble.make { $0.kind == .create ? .fails(persisting: .nothing) : nil }
        #expect(throws: LedgerError(.outcomeUnknown, "")) {
            try writer.append(LedgerWorld.noticeDraft("acme", name: "other", text: text))
        }
        trouble.make(nil)
        #expect(throws: LedgerError(.outcomeUnknown, "")) { try writer.close() }
        let again = try world.open()
        try again.append(LedgerWorld.noticeDraft("acme", name: "other", text: text))
        try again.close()
        #expect(try world.check().entries.count == 9)
    }

    /// A reader that cannot read says so; it never says yes.
    @Test func aReaderWithTrouble() throws {
        let (world, writer, _, trouble) = try make()
        let ana = LedgerWorld.phone(1)
        try writer.append(world.optIn(ana))
        try writer.publish()
        world.clock.pass(1)
        try writer.append(world.optOut(ana))
        let ledger = try Ledger(world.location)
        trouble.make { [.read, .list, .size].contains($0.kind) ? .fails(persisting: .nothing) : nil }
        #expect(throws: StorageError.self) { try world.answer(ana, in: ledger) }
        trouble.make(nil)
        #expect(try world.answer(ana, in: ledger) == .deny)
        try writer.close()
    }
}
