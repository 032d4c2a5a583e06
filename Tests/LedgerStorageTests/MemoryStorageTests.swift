import LedgerStorage
import StorageConformance
import Synchronization
import Testing

@Suite struct MemoryStorageTests {
    @Test func conforms() throws {
        try checkStorageConformance { MemoryStorage() }
    }

    @Test func operationsAreNumberedAndNamed() throws {
        let seen = Mutex<[String]>([])
        let storage = MemoryStorage { operation in
            seen.withLock { $0.append("\(operation)") }
            return nil
        }
        try storage.create([("log/a", [1]), ("log/b", [2])])
        try storage.replace("log/checkpoint", with: [1])
        _ = try storage.read("log/a", from: 0, count: 1)
        _ = try storage.size(of: "log/a")
        _ = try storage.list("log")
        try storage.segment("private/s").write([1], at: 0)
        try storage.remove("log/checkpoint")
        try storage.lock("private/lock").release()
        #expect(
            seen.withLock { $0 } == [
                "1: create log/a", "2: replace log/checkpoint", "3: read log/a", "4: size log/a", "5: list log",
                "6: openSegment private/s", "7: writeSegment private/s", "8: remove log/checkpoint",
                "9: lock private/lock",
            ])
        #expect(storage.operationCount == 9)
    }

    /// A storage on which the operation `change` meets `fault`; what readers see after it, and what a restart leaves.
    private func outcome<Result>(
        _ fault: StorageFault, _ change: (MemoryStorage) throws -> Void, _ look: (MemoryStorage) throws -> Result
    ) throws -> (seen: Result?, left: Result) {
        let isArmed = Mutex(false)
        let storage = MemoryStorage { _ in
            isArmed.withLock { isArmed in
                defer { isArmed = false }
                return isArmed ? fault : nil
            }
        }
        try storage.replace("log/checkpoint", with: [1])
        isArmed.withLock { $0 = true }
        #expect(throws: StorageError(.failed, "")) { try change(storage) }
        return (try? look(storage), try look(storage.restarted()))
    }

    @Test func whatAFaultLeaves() throws {
        let cases: [(StorageFault.Extent, seen: [UInt8], left: [UInt8])] = [
            (.nothing, [1], [1]), (.everything, [2, 2], [2, 2]), (.unflushed, [2, 2], [1]),
            (.part(seed: 0), [2, 2], [2, 2]), (.part(seed: 1), [1], [1]),
        ]
        for (extent, seen, left) in cases {
            let change = { (storage: MemoryStorage) in try storage.replace("log/checkpoint", with: [2, 2]) }
            let look = { (storage: MemoryStorage) in try storage.read("log/checkpoint") }
            let failed = try outcome(.fails(persisting: extent), change, look)
            #expect(failed.seen == seen)
            #expect(failed.left == left)
            let crashed = try outcome(.crashes(persisting: extent), change, look)
            #expect(crashed.seen == nil)
            #expect(crashed.left == left)
        }
    }

    /// Of a torn batch: all before the run of one folder that was under way, any of the run, none after it.
    @Test func tornBatches() throws {
        let paths: [StoragePath] = ["log/a/1", "log/a/2", "log/b/1", "log/b/2", "log/b/3", "log/c/1"]
        var outcomes: Set<[Bool]> = []
        for seed in 0..<2000 as Range<UInt64> {
            let left = try outcome(.crashes(persisting: .part(seed: seed))) { storage in
                try storage.create(paths.map { ($0, [7]) })
            } _: { storage in
                try paths.map { try storage.read($0) == [7] }
            }.left
            outcomes.insert(left)
        }
        var allowed: Set<[Bool]> = []
        for subset in 0..<4 { allowed.insert([subset & 1 > 0, subset & 2 > 0, false, false, false, false]) }
        for subset in 0..<8 {
            allowed.insert([true, true, subset & 1 > 0, subset & 2 > 0, subset & 4 > 0, false])
        }
        allowed.insert([true, true, true, true, true, true])
        #expect(outcomes == allowed)
    }

    /// Of a torn write: a prefix, or any of its pages; nothing that was not written.
    @Test func tornSegmentWrites() throws {
        var kinds: Set<String> = []
        for seed in 0..<300 as Range<UInt64> {
            let storage = MemoryStorage { operation in
                operation.number == 3 ? .crashes(persisting: .part(seed: seed)) : nil
            }
            let segment = try storage.segment("private/s")
            try segment.write([UInt8](repeating: 1, count: 5000), at: 0)
            #expect(throws: StorageError.self) { try segment.write([UInt8](repeating: 2, count: 12_000), at: 4000) }
            let left = try #require(try storage.restarted().read("private/s"))
            #expect(left.prefix(4000).allSatisfy { $0 == 1 })
            #expect(left.count <= 16_000)
            let written = (4000..<16_000).map { $0 < left.count && left[$0] == 2 }
            let count = written.filter { $0 }.count
            if written.prefix(count).allSatisfy({ $0 }) {
                kinds.insert("prefix")
            } else {
                kinds.insert("pages")
                for start in [0, 96, 4192, 8288] {
                    let page = written[start..<min(start == 0 ? 96 : start + 4096, 12_000)]
                    #expect(Set(page).count == 1, "seed \(seed)")
                }
            }
        }
        #expect(kinds == ["prefix", "pages"])
    }

    @Test func afterACrashOnlyARestartHelps() throws {
        let storage = MemoryStorage { $0.number == 3 ? .crashes(persisting: .everything) : nil }
        let lock = try storage.lock("private/lock")
        let segment = try storage.segment("private/s")
        #expect(throws: StorageError(.failed, "")) { try segment.write([1], at: 0) }
        #expect(throws: StorageError.self) { try segment.write([1], at: 0) }
        #expect(throws: StorageError(.failed, "")) { _ = try storage.read("private/s") }
        #expect(throws: StorageError(.failed, "")) { try storage.remove("private/s") }
        #expect(throws: StorageError(.failed, "")) { _ = try storage.lock("private/other") }
        let restarted = storage.restarted()
        #expect(try restarted.read("private/s") == [1])
        // The lock died with the machine, and giving it back now takes it from nobody.
        let newLock = try restarted.lock("private/lock")
        lock.release()
        #expect(throws: StorageError(.locked, "")) { _ = try restarted.lock("private/lock") }
        newLock.release()
    }

    @Test func anUnflushedObjectIsMadeDurableByTheSameCallAgain() throws {
        let storage = MemoryStorage { $0.number == 1 ? .fails(persisting: .unflushed) : nil }
        #expect(throws: StorageError(.failed, "")) { try storage.create([("log/a", [1])]) }
        #expect(try storage.read("log/a") == [1])
        #expect(try storage.restarted().read("log/a") == nil)
        try storage.create([("log/a", [1])])
        #expect(try storage.restarted().read("log/a") == [1])
    }
}
