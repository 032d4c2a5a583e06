import ConsentModel
import ConsentRules
import LedgerStorage
import Synchronization
import Testing
import TransparencyLog

@testable import ConsentLedger

/// A run of appends and publishes in which one storage operation goes wrong; then the ledger is opened again. What was
/// acknowledged is there once, what was not is there wholly or not at all, and nothing that was signed is contradicted.
@Suite struct LedgerFaultTests {
    /// Small, so that the run has every step: the tail is applied, the journal begins new segments and releases old ones.
    static let pacing = LedgerWriter.Pacing(
        mostInTail: 6, overlaps: false, mostGrouped: 8, mostReserved: 4, journalSegmentCapacity: 12_000)

    /// A ledger of 250 records, so that the run fills an entry bundle; and when it was made.
    static let base = Result {
        let memory = MemoryStorage()
        let (world, writer) = try LedgerWorld.make(label: "faults", storage: memory)
        let drafts = (8..<250).map { world.optIn(LedgerWorld.phone(1000 + $0), id: "base-\($0)") }
        try writer.appendAll(drafts)
        try writer.close()
        return (storage: memory, databases: world.databases, moment: world.clock.moment)
    }

    /// A copy of that ledger, where `faults` are to happen.
    static func world(
        faults: MemoryStorage.FaultHook? = nil
    ) throws -> (world: LedgerWorld, memory: MemoryStorage, recorder: CheckpointRecorder) {
        let base = try Self.base.get()
        let memory = base.storage.restarted(faults: faults)
        let recorder = CheckpointRecorder(memory)
        let world = LedgerWorld(
            storage: recorder, databases: try base.databases.copy(), clock: SettableClock(base.moment.milliseconds))
        return (world, memory, recorder)
    }

    /// One step of the run.
    enum Step {
        case append([EventDraft])
        case publish
        case reopen
    }

    private static func steps(_ world: LedgerWorld) throws -> [Step] {
        let time = try base.get().moment
        let (ana, ben, newBen, carl, dora) = (
            LedgerWorld.phone(1), LedgerWorld.phone(2), LedgerWorld.phone(3), LedgerWorld.phone(4), LedgerWorld.phone(5)
        )
        return [
            .append([world.optIn(ana, id: "1", at: time)]),
            .append([
                world.optIn(ben, id: "2", at: time), world.optIn(carl, id: "3", at: time),
                world.optOut(ana, id: "4", at: time),
            ]),
            .publish,
            .append([world.optOut(dora, id: "5", at: time)]),
            .append([world.changed(from: ben, to: newBen, id: "6"), world.optIn(ben, id: "7", at: time)]),
            .append([LedgerWorld.noticeDraft("acme", name: "shop", text: Array("Otras ofertas".utf8))]),
            .append([world.optOut(newBen, id: "8", at: time), world.optIn(ana, id: "1", at: time)]),
            .publish,
            .append((20..<32).map { world.optIn(LedgerWorld.phone($0), id: "\($0)", at: time) }),
            .append([world.optOut(LedgerWorld.phone(20), id: "21", at: time)]),
            .reopen,
            .append([world.optOut(carl, id: "9", at: time)]),
        ]
    }

    /// What a run was told.
    struct Run {
        /// The index of each outside id that was acknowledged.
        var acknowledged: [String: UInt64] = [:]
        /// Whether it came to its end.
        var isComplete = false
    }

    /// Goes through the steps until something fails, as a program would that stops at its first error.
    private static func run(
        _ world: LedgerWorld, after told: Run = Run(), pacing: LedgerWriter.Pacing = pacing
    ) -> Run {
        var told = told
        var open: LedgerWriter?
        do {
            var writer = try world.open(pacing: pacing)
            open = writer
            for step in try steps(world) {
                switch step {
                case .append(let drafts):
                    for (draft, outcome) in zip(drafts, try writer.append(drafts)) {
                        // A second run is refused the notice that the first one published.
                        guard let id = draft.outsideID else { continue }
                        let index = try outcome.get().index
                        // The opt-out that comes under an opt-in's id has another one in the log.
                        if id != "21" || draft.type == .consentGiven { told.acknowledged[id] = index }
                    }
                case .publish: try writer.publish()
                case .reopen:
                    try writer.close()
                    open = nil
                    writer = try world.open(pacing: pacing)
                    open = writer
                }
            }
            try writer.close()
            told.isComplete = true
        } catch {
            // What is still written behind comes to its end, and the lock is given back.
            try? open?.close()
        }
        return told
    }

    /// The faults to try on an operation.
    static func faults(for kind: StorageOperation.Kind) -> [StorageFault] {
        switch kind {
        case .read, .size, .list, .lock: [.fails(persisting: .nothing)]
        case .openSegment, .remove, .replace:
            [
                .fails(persisting: .nothing), .fails(persisting: .unflushed), .crashes(persisting: .nothing),
                .crashes(persisting: .everything),
            ]
        case .create, .writeSegment:
            [
                .fails(persisting: .nothing), .fails(persisting: .everything), .fails(persisting: .unflushed),
                .crashes(persisting: .nothing), .crashes(persisting: .everything),
                .crashes(persisting: .part(seed: 1)), .crashes(persisting: .part(seed: 2)),
                .crashes(persisting: .part(seed: 3)),
            ]
        }
    }

    final class OperationList: Sendable {
        let list = Mutex<[StorageOperation]>([])
    }

    /// What becomes of the index while the ledger is down.
    enum IndexFate: CaseIterable { case survives, isLost, isOld }

    @Test func theRunWithoutFaults() throws {
        let (world, _, _) = try Self.world()
        let told = Self.run(world)
        #expect(told.isComplete)
        #expect(told.acknowledged.count == 9 + 12)
        let log = try world.check()
        #expect(log.entries.count == 250 + 1 + 3 + 1 + 2 + 1 + 1 + 12 + 1 + 1)
        #expect(try world.storage.list("log/tile/entries") == ["000", "001.p"])
        // The journal let go of what is in full bundles.
        #expect(try world.storage.list("private/journal").first != "0000000000000001")
        #expect(Self.run(world).acknowledged == told.acknowledged, "the same again is recorded already")
        #expect(try world.check().entries.count == log.entries.count)
    }

    @Test(arguments: 0..<4) func everyFaultInEveryOperation(part: Int) throws {
        let operations = OperationList()
        let (counting, _, _) = try Self.world { operation in
            operations.list.withLock { $0.append(operation) }
            return nil
        }
        #expect(Self.run(counting).isComplete)
        var number = 0
        for operation in operations.list.withLock({ $0 }) {
            for fault in Self.faults(for: operation.kind) {
                number += 1
                if number % 4 == part { try tryFault(fault, in: operation, fate: IndexFate.allCases[number / 4 % 3]) }
            }
        }
        #expect(number > 400, "the run has \(number) faults")
    }

    /// The same where batches are settled while appends go on: which operation is the `number`th differs from run to run.
    @Test(arguments: 0..<4) func faultsWhileBatchesAreSettledBehind(part: Int) throws {
        var pacing = Self.pacing
        pacing.overlaps = true
        let operations = OperationList()
        let (counting, _, _) = try Self.world { operation in
            operations.list.withLock { $0.append(operation) }
            return nil
        }
        #expect(Self.run(counting, pacing: pacing).isComplete)
        for number in 0..<operations.list.withLock({ $0.count }) where number % 4 == part {
            let met = Mutex<(fault: StorageFault, operation: StorageOperation)?>(nil)
            let (broken, memory, recorder) = try Self.world { operation in
                guard operation.number == number else { return nil }
                let faults = Self.faults(for: operation.kind)
                let fault = faults[number / 4 % faults.count]
                met.withLock { $0 = (fault, operation) }
                return fault
            }
            var told = Self.run(broken, pacing: pacing)
            guard let (fault, operation) = met.withLock({ $0 }) else { continue }
            let fate = IndexFate.allCases[number / 4 % 3]
            let comment: Comment = "\(fault) in \(operation), settled behind, the index \(fate)"
            if case .fails = fault, !told.isComplete {
                told = Self.run(broken, after: told, pacing: pacing)
                #expect(told.isComplete, comment)
            }
            try check(
                told, broken, memory, recorder, fate,
                isCheckpointLost: fault == .fails(persisting: .unflushed) && operation.path == LedgerPaths.checkpoint,
                comment)
        }
    }

    private func tryFault(_ fault: StorageFault, in operation: StorageOperation, fate: IndexFate) throws {
        let (broken, memory, recorder) = try Self.world { $0.number == operation.number ? fault : nil }
        var told = Self.run(broken)
        let comment: Comment = "\(fault) in \(operation), the index \(fate)"

        if case .fails = fault, !told.isComplete {
            // The program is started again, on a machine that goes on.
            told = Self.run(broken, after: told)
            #expect(told.isComplete, comment)
        }
        try check(
            told, broken, memory, recorder, fate,
            isCheckpointLost: fault == .fails(persisting: .unflushed) && operation.path == LedgerPaths.checkpoint,
            comment)
    }

    /// Restarts the machine, and looks at what there is.
    private func check(
        _ told: Run, _ broken: LedgerWorld, _ memory: MemoryStorage, _ recorder: CheckpointRecorder, _ fate: IndexFate,
        isCheckpointLost: Bool, _ comment: Comment
    ) throws {
        let databases = broken.databases
        switch fate {
        case .survives: break
        case .isLost: databases.remove(CurrentIndex.fileName)
        case .isOld: try databases.put(CurrentIndex.fileName, from: Self.base.get().databases)
        }
        // A checkpoint that was replaced and not flushed may be older after a restart than the index, which a writer mends.
        if fate == .survives, !isCheckpointLost {
            #expect(throws: Never.self, comment) { try readBeforeAnyoneWrites(memory, broken, told, comment) }
        }
        let restarted = CheckpointRecorder(memory.restarted())
        let world = LedgerWorld(storage: restarted, databases: databases, clock: broken.clock)
        try world.open(pacing: Self.pacing).close()
        let log = try world.check(signatures: false, privateFrom: 250)
        try compare(log, world, told, comment)
        for checkpoint in recorder.checkpoints + restarted.checkpoints {
            #expect(log.contains(checkpoint), "the checkpoint of size \(checkpoint.size): \(comment)")
        }

        let files = try restarted.files(under: "log").merging(restarted.files(under: "private")) { $1 }
        try world.open(pacing: Self.pacing).close()
        let again = try restarted.files(under: "log").merging(restarted.files(under: "private")) { $1 }
        #expect(files == again, "opening a second time changes nothing: \(comment)")
    }

    /// As the crash left it, before a writer mends anything, everything acknowledged binds.
    private func readBeforeAnyoneWrites(
        _ memory: MemoryStorage, _ broken: LedgerWorld, _ told: Run, _ comment: Comment
    ) throws {
        let world = LedgerWorld(storage: memory.restarted(), databases: broken.databases, clock: broken.clock)
        let held = try world.storage.lock(LedgerPaths.lock)
        defer { held.release() }
        let keys = try world.keys()
        let indexes = try told.acknowledged.map { (try keys.eventID(source: "cli", outsideID: $0.key), $0.value) }
        try Ledger(world.location).read { snapshot in
            try checkAnswers(
                snapshot, world, told, indexes: Dictionary(uniqueKeysWithValues: indexes), keys, comment)
            _ = try snapshot.root()
            for index in 240..<snapshot.size { _ = try snapshot.record(at: index) }
        }
    }

    /// What was acknowledged is where it was said to be, and what was not is there once or never, with all of its effects.
    private func compare(_ log: CheckedLog, _ world: LedgerWorld, _ told: Run, _ comment: Comment) throws {
        let keys = try world.keys()
        var drafts: [String: EventDraft] = [:]
        for case .append(let batch) in try Self.steps(world) {
            for draft in batch {
                if let id = draft.outsideID, drafts[id] == nil { drafts[id] = draft }
            }
        }
        var indexes: [EventID: UInt64] = [:]
        for entry in log.entries { indexes[entry.payload.id] = entry.record.index }
        let ledger = try Ledger(world.location)
        try ledger.read { snapshot in
            for (id, draft) in drafts {
                let index = try indexes[keys.eventID(source: "cli", outsideID: id)]
                if let acknowledged = told.acknowledged[id] { #expect(index == acknowledged, "\(id): \(comment)") }
                guard let index else { continue }
                #expect(log.entries[Int(index)].event?.type == draft.type, comment)
                let facts = try snapshot.privateFields(of: index).map {
                    EventDraft.PrivateFact($0.field.name, bytes: $0.field.value)
                }
                #expect(
                    Set(facts)
                        == Set(
                            draft.privateFields
                                + draft.addresses.map { EventDraft.PrivateFact($0.name, $0.address.text) }),
                    comment)
            }
            try checkAnswers(snapshot, world, told, indexes: indexes, keys, comment)
        }
    }

    private func checkAnswers(
        _ snapshot: LedgerSnapshot, _ world: LedgerWorld, _ told: Run, indexes: [EventID: UInt64], _ keys: LedgerKeys,
        _ comment: Comment
    ) throws {
        // Those whose last word was an opt-out.
        for (id, contact) in [("4", 1), ("5", 5), ("8", 3), ("9", 4)] where told.acknowledged[id] != nil {
            let answer = try snapshot.decide(world.question(), contact: LedgerWorld.phone(contact)).decision
            #expect(answer.outcome == .deny, "the opt-out \(id) binds: \(comment)")
        }
        if told.isComplete {
            let answer = try snapshot.decide(world.question(), contact: LedgerWorld.phone(20)).decision
            #expect(answer.outcome == .deny, "the opt-out under a used id binds: \(comment)")
        }
        for (id, contact) in [("7", 2), ("22", 22), ("31", 31), ("base-100", 1100)] {
            guard try indexes[keys.eventID(source: "cli", outsideID: id)] != nil else { continue }
            let answer = try snapshot.decide(world.question(), contact: LedgerWorld.phone(contact)).decision
            #expect(answer.outcome == .allow, "the opt-in \(id) holds: \(comment)")
        }
    }
}
