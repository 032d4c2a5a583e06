import LedgerStorage
import Synchronization
import Testing

/// Faults by the number of the operation, counted across restarts.
private final class FaultPlan: Sendable {
    private let faults: [Int: StorageFault]
    private let count = Mutex(0)
    private let fired = Mutex<[String]>([])

    init(_ faults: [Int: StorageFault]) { self.faults = faults }

    func hook(_ operation: StorageOperation) -> StorageFault? {
        let number = count.withLock { count in
            count += 1
            return count
        }
        guard let fault = faults[number] else { return nil }
        fired.withLock { $0.append("\(fault) in \(operation)") }
        return fault
    }

    /// The faults that happened, in words.
    var story: [String] { fired.withLock { $0 } }
}

/// A program that appends, rolls over, releases and opens again, with whatever goes wrong; and what it was promised.
private struct Survivor {
    static let first: UInt64 = 1000

    let plan: FaultPlan
    var storage: MemoryStorage
    var writer: JournalWriter?
    /// The index after the last acknowledged entry.
    var acknowledged = first
    /// The index after the last entry of the group whose outcome is unknown.
    var underWay: UInt64?
    var releasedBelow = first

    init(_ plan: FaultPlan) {
        self.plan = plan
        storage = MemoryStorage(faults: plan.hook)
    }

    /// Scans, checks that what is there was promised, and opens the writer.
    mutating func open() throws {
        writer = nil
        let scan = try JournalFixture.scan(storage)
        let range = try JournalFixture.check(scan.frames, "\(plan.story)")
        let end = scan.end.nextIndex ?? Self.first
        try #require(end == acknowledged || end == underWay, "\(plan.story)")
        try #require(range == nil || range?.upperBound == end, "\(plan.story)")
        try #require((range?.lowerBound ?? end) <= max(releasedBelow, Self.first), "\(plan.story)")
        writer = try JournalFixture.writer(storage, at: scan.end, capacity: 4000)
        // What a writer went on from is durable.
        acknowledged = end
        underWay = nil
    }

    mutating func append(_ count: Int) throws {
        underWay = acknowledged + UInt64(count)
        try writer?.append(firstIndex: acknowledged, entries: JournalFixture.group(acknowledged, count))
        acknowledged += UInt64(count)
        underWay = nil
    }

    mutating func work() throws {
        try open()
        for count in [1, 3, 5] { try append(count) }
        try open()
        for count in [6, 2] { try append(count) }
        try writer?.startNewSegment()
        try append(1)
        releasedBelow = acknowledged - 3
        try writer?.release(below: releasedBelow)
        for count in [9, 2] { try append(count) }
    }

    /// Runs until nothing more goes wrong. A stopped machine starts again; a failed writer is opened again, and every
    /// further use of it before that must be refused.
    mutating func live() throws {
        var failures = 0
        var isWorking = true
        while isWorking {
            do {
                if failures == 0 { try work() } else { try recover() }
                isWorking = false
            } catch let error as StorageError {
                failures += 1
                // Two faults at most, and each may first show in the call after it.
                try #require(failures < 6 && error == StorageError(.failed, ""), "\(plan.story): \(error)")
                if storageHasStopped { storage = storage.restarted(faults: plan.hook) }
            }
        }
        // After one more stop, all that was acknowledged is there.
        storage = storage.restarted()
        try open()
    }

    private var storageHasStopped: Bool {
        do { return try storage.list("private/probe") != [] } catch { return true }
    }

    private mutating func recover() throws {
        try open()
        try append(3)
        try open()
        try append(2)
    }
}

@Suite struct JournalFaultTests {
    private static let all: [StorageFault] =
        ([.nothing, .everything, .unflushed] + (0..<5).map { .part(seed: $0) }).flatMap { extent in
            [.fails(persisting: extent), .crashes(persisting: extent)]
        }

    /// Each kind of fault in each operation.
    @Test(arguments: all) func anyFaultAnywhere(_ fault: StorageFault) throws {
        var number = 1
        while true {
            let plan = FaultPlan([number: fault])
            var survivor = Survivor(plan)
            try survivor.live()
            if plan.story.isEmpty { break }
            number += 1
        }
        #expect(number > 40)
    }

    /// A second fault in the operations after the first, while what it left is being put right.
    @Test(
        arguments: [
            .fails(persisting: .unflushed), .fails(persisting: .part(seed: 3)), .crashes(persisting: .nothing),
            .crashes(persisting: .part(seed: 2)), .crashes(persisting: .part(seed: 5)),
        ] as [StorageFault])
    func aSecondFaultWhileRecovering(_ first: StorageFault) throws {
        let seconds: [StorageFault] = [
            .fails(persisting: .nothing), .fails(persisting: .unflushed), .crashes(persisting: .nothing),
            .crashes(persisting: .part(seed: 4)),
        ]
        var number = 1
        while true {
            let plan = FaultPlan([number: first])
            var survivor = Survivor(plan)
            try survivor.live()
            if plan.story.isEmpty { break }
            for distance in 1...18 {
                var survivor = Survivor(FaultPlan([number: first, number + distance: seconds[distance % 4]]))
                try survivor.live()
            }
            number += 1
        }
    }

    /// A group over many pages, torn in many ways, at an offset that is no page's.
    @Test func tornGroups() throws {
        var survivals = 0
        for seed in 0..<300 as Range<UInt64> {
            let storage = MemoryStorage { operation in
                operation.kind == .writeSegment && operation.path == JournalFixture.firstSegment
                    && operation.number > 12 ? .crashes(persisting: .part(seed: seed)) : nil
            }
            var next: UInt64 = 0
            do {
                let writer = try JournalFixture.writer(storage, capacity: 1 << 20)
                while true {
                    let count = 1 + Int(seed + next) % 12
                    try writer.append(firstIndex: next, entries: JournalFixture.group(next, count))
                    next += UInt64(count)
                }
            } catch {}
            let restarted = storage.restarted()
            let scan = try JournalFixture.scan(restarted)
            let end = try #require(try JournalFixture.check(scan.frames, "seed \(seed)")).upperBound
            #expect(end >= next, "seed \(seed)")
            if end > next { survivals += 1 }
            try JournalFixture.writer(restarted).append(firstIndex: end, entries: JournalFixture.group(end, 4))
            let after = try JournalFixture.scan(restarted.restarted())
            #expect(try JournalFixture.check(after.frames, "seed \(seed)")?.upperBound == end + 4, "seed \(seed)")
            #expect(!after.isTailTorn, "seed \(seed)")
        }
        #expect(survivals < 300)
    }

    /// After a failure the writer refuses everything, whether the group took hold or not.
    @Test(arguments: [.nothing, .everything, .unflushed, .part(seed: 1)] as [StorageFault.Extent])
    func aFailedWriterStops(_ extent: StorageFault.Extent) throws {
        let isFailing = Mutex(false)
        let storage = MemoryStorage { operation in
            operation.kind == .writeSegment && isFailing.withLock { $0 } ? .fails(persisting: extent) : nil
        }
        let writer = try JournalFixture.writer(storage)
        try writer.append(firstIndex: 0, entries: [[1]])
        isFailing.withLock { $0 = true }
        #expect(throws: StorageError(.failed, "")) { try writer.append(firstIndex: 1, entries: [[2]]) }
        isFailing.withLock { $0 = false }
        let unknown = StorageError(.unknownOutcome, "")
        #expect(throws: unknown) { try writer.append(firstIndex: 1, entries: [[2]]) }
        #expect(throws: unknown) { try writer.append(firstIndex: 2, entries: [[3]]) }
        #expect(throws: unknown) { try writer.release(below: 1) }
        #expect(throws: unknown) { try writer.startNewSegment() }
        let next = try #require(try JournalFixture.scan(storage).end.nextIndex)
        #expect(next == (extent == .everything || extent == .unflushed ? 2 : 1))
        try JournalFixture.writer(storage).append(firstIndex: next, entries: [[4]])
        #expect(try JournalFixture.scan(storage.restarted()).end.nextIndex == next + 1)
    }
}
