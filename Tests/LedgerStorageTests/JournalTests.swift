import LedgerCrypto
import LedgerStorage
import Testing

@Suite struct JournalTests {
    /// Written by another program (Python's hashlib) from the description of `JournalFrame`.
    @Test func formatIsTheDescribedOne() throws {
        let storage = MemoryStorage()
        let writer = try JournalFixture.writer(storage)
        try writer.append(firstIndex: 7, entries: [Array("first".utf8), Array("second".utf8)])
        try writer.append(firstIndex: 9, entries: [Array("third".utf8)])
        try writer.startNewSegment()
        try writer.append(firstIndex: 10, entries: [Array("fourth".utf8)])
        let first = try #require(try storage.read(JournalFixture.firstSegment))
        let second = try #require(try storage.read(JournalFixture.secondSegment))
        #expect(
            Hexadecimal.encode(first) == """
                434c4a31000000000000000000000001000000000000000700000000000000000000000000000000\
                00000000822781b0e8e755f73328361bafafe283bce7fea4debe2f14b62dccb8116a65bc594edab6\
                95592b453be95bda3493cb36434c4a46000000130000000000000001000000000000000700000002\
                594edab695592b453be95bda3493cb3687f7182980cca0c1ef00ceee0c2d60a13b3f3e42db8a04de\
                6ee9486801d6db45650af764868d23f1f89d5ab87ef288a700000005666972737400000006736563\
                6f6e64434c4a46000000090000000000000001000000000000000900000001650af764868d23f1f8\
                9d5ab87ef288a720c40a96c1e33ea35526e8962b7de33dee9e9bf1393a42fe88e7106a950c7bd317\
                a0f51298cb5398b0e0de0aaa63dbd3000000057468697264
                """)
        #expect(
            Hexadecimal.encode(second) == """
                434c4a31000000000000000000000002000000000000000a0000000017a0f51298cb5398b0e0de0a\
                aa63dbd3e763dc03c1ca54dd90a19718c1f011770e932680d974ae7f10b9170e4999e98aeeca88f5\
                4b4b8ad58e9dfea7fb82f4f7434c4a460000000a0000000000000002000000000000000a00000001\
                eeca88f54b4b8ad58e9dfea7fb82f4f7c2a38b9cc14d61087d9cdac337634048166c342651435be1\
                78fb3a07f7d2ae89de61924ed0f7db760c19234d783b0fed00000006666f75727468
                """)
    }

    @Test func anEmptyJournalIsAtZero() throws {
        let scan = try JournalFixture.scan(MemoryStorage())
        #expect(scan.frames.isEmpty)
        #expect(scan.end == .zero)
        #expect(!scan.isTailTorn)
    }

    /// After every group: close, scan, open; and from every earlier position the rest is found.
    @Test(arguments: [true, false]) func reopeningAfterEveryGroup(inMemory: Bool) throws {
        let folder = inMemory ? nil : try TemporaryDirectory()
        let storage: any LedgerStorage =
            if let folder { try DirectoryStorage(root: folder.path) } else { MemoryStorage() }
        var positions: [JournalPosition] = [.zero]
        var next: UInt64 = 1000
        var counts: [Int] = []
        for round in 0..<24 {
            let count = 1 + round % 5
            let writer = try JournalFixture.writer(storage, capacity: 5000)
            #expect(writer.position == positions.last)
            let end = try writer.append(firstIndex: next, entries: JournalFixture.group(next, count))
            next += UInt64(count)
            counts.append(count)
            positions.append(end)
            #expect(end.nextIndex == next)
        }
        #expect(try #require(positions.last).segment > 3)
        for (index, position) in positions.enumerated() {
            let scan = try JournalFixture.scan(storage, from: position)
            #expect(scan.end == positions.last)
            #expect(!scan.isTailTorn)
            #expect(scan.frames.map(\.entries.count) == Array(counts[index...]))
            let range = try JournalFixture.check(scan.frames)
            #expect(range?.lowerBound == (index == counts.count ? nil : position.nextIndex ?? 1000))
        }
    }

    /// Frames around and above the size of the pieces in which a segment is read.
    @Test func largeGroups() throws {
        let storage = MemoryStorage()
        let writer = try JournalFixture.writer(storage, capacity: 8 << 20)
        var groups: [[[UInt8]]] = []
        for size in [1 << 20, (1 << 20) - 92 - 4, (1 << 20) - 2 * 92 - 8, 3_500_000, 1, 9 << 20, 17] {
            let group = [[UInt8](repeating: 0x43, count: size), [1]]
            try writer.append(firstIndex: UInt64(groups.count * 2), entries: group)
            groups.append(group)
        }
        let scan = try JournalFixture.scan(storage)
        #expect(scan.frames.map(\.entries) == groups)
        #expect(scan.end == writer.position)
        // Less one byte of a frame that is alone in its segment and larger than a piece.
        let bytes = try #require(try storage.read(JournalFixture.secondSegment))
        try storage.replace(JournalFixture.secondSegment, with: bytes.dropLast())
        #expect(throws: StorageError(.damaged, "")) { _ = try JournalFixture.scan(storage) }
    }

    @Test func whatDoesNotFitChangesNothing() throws {
        let storage = MemoryStorage()
        let writer = try JournalFixture.writer(storage)
        try writer.startNewSegment()
        #expect(writer.position == .zero)
        let start = try writer.append(firstIndex: .max - 4, entries: [[1], [2]])
        let misplaced = StorageError(.misplaced, "")
        for index in [0, .max - 5, .max - 4, .max - 3, .max - 1] as [UInt64] {
            #expect(throws: misplaced) { try writer.append(firstIndex: index, entries: [[1]]) }
        }
        #expect(throws: misplaced) { try writer.append(firstIndex: .max - 2, entries: [[1], []]) }
        #expect(throws: misplaced) { try writer.append(firstIndex: .max - 2, entries: [[1], [2], [3]]) }
        let large = [UInt8](repeating: 1, count: JournalFrame.maximumBodyByteCount - 3)
        #expect(throws: misplaced) { try writer.append(firstIndex: .max - 2, entries: [large]) }
        #expect(try writer.append(firstIndex: .max - 2, entries: []) == start)
        #expect(writer.position == start)
        try writer.append(firstIndex: .max - 2, entries: [[3], [4]])
        #expect(try JournalFixture.scan(storage).frames.map(\.entries) == [[[1], [2]], [[3], [4]]])
    }

    @Test func aWriterGoesOnAtTheEndOnly() throws {
        let storage = MemoryStorage()
        let positions = try JournalFixture.make(storage, groups: [2, 3, 20, 20, 4])
        for position in positions.dropLast() {
            #expect(throws: StorageError(.misplaced, "")) { _ = try JournalFixture.writer(storage, at: position) }
        }
        let another = MemoryStorage()
        let others = try JournalFixture.make(another, first: 5, groups: [2, 3, 20, 20, 4])
        #expect(throws: StorageError.self) { _ = try JournalFixture.writer(storage, at: others.last) }
        #expect(throws: StorageError(.damaged, "")) {
            _ = try JournalFixture.writer(MemoryStorage(), at: positions.last)
        }
        #expect(try JournalFixture.scan(storage).end == positions.last)
    }

    @Test func releasingKeepsWhatIsNeeded() throws {
        let storage = MemoryStorage()
        let positions = try JournalFixture.make(storage, groups: [Int](repeating: 6, count: 40))
        let end = try #require(positions.last)
        let firsts = positions.indices.dropFirst().filter { positions[$0].segment != positions[$0 - 1].segment }
            .map { UInt64($0 - 1) * 6 }
        #expect(firsts.count > 4)
        var held: JournalPosition?
        for index in 0...end.nextIndex! {
            let writer = try JournalFixture.writer(storage)
            try writer.release(below: index)
            let scan = try JournalFixture.scan(storage)
            let range = try #require(try JournalFixture.check(scan.frames))
            // The last segment that begins at or below the index is the first one left.
            #expect(range == (firsts.last { $0 <= index }!)..<240)
            #expect(scan.end == end)
            // A position that is released: the frames begin at what is left.
            if let held {
                #expect(
                    try JournalFixture.scan(storage, from: held).frames.first?.firstIndex ?? 240 >= held.nextIndex ?? 0)
            }
            held = positions[Int(index) / 6]
        }
        #expect(try storage.list(JournalFixture.directory).count == 1)

        // With a new segment begun, nothing of the old is left.
        let writer = try JournalFixture.writer(storage)
        try writer.startNewSegment()
        try writer.startNewSegment()
        #expect(try storage.list(JournalFixture.directory).count == 2)
        try writer.release(below: .max)
        #expect(try storage.list(JournalFixture.directory).count == 1)
        let empty = try JournalFixture.scan(storage)
        #expect(empty.frames.isEmpty)
        #expect(empty.end.nextIndex == 240)
        try JournalFixture.writer(storage).append(firstIndex: 240, entries: JournalFixture.group(240, 2))
        #expect(try JournalFixture.check(JournalFixture.scan(storage).frames) == 240..<242)
    }

    @Test func anotherKeyIsNamed() throws {
        let storage = MemoryStorage()
        let end = try #require(try JournalFixture.make(storage, groups: [2, 3]).last)
        let mismatch = StorageError(.macMismatch, "")
        #expect(throws: mismatch) {
            _ = try JournalReader.scan(storage, directory: JournalFixture.directory, key: JournalFixture.otherKey)
        }
        #expect(throws: StorageError.self) {
            _ = try JournalWriter(
                storage, directory: JournalFixture.directory, key: JournalFixture.otherKey, resuming: end)
        }
    }

    @Test func otherNamesInTheFolderAreNotTheJournals() throws {
        let storage = MemoryStorage()
        _ = try JournalFixture.make(storage, groups: [2])
        for name in ["0000000000000000", "000000000000000A", "2", "00000000000000002", "README"] {
            try storage.replace(JournalFixture.directory.appending(name), with: [1])
        }
        #expect(try JournalFixture.scan(storage).frames.count == 1)
    }

    /// Readers beside a writer that appends, rolls over and releases see right entries, in order, and never damage.
    @Test(arguments: [true, false]) func concurrentReaders(inMemory: Bool) async throws {
        let folder = inMemory ? nil : try TemporaryDirectory()
        let storage: any LedgerStorage =
            if let folder { try DirectoryStorage(root: folder.path) } else { MemoryStorage() }
        let last: UInt64 = inMemory ? 6000 : 1500
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                let writer = try JournalFixture.writer(storage, capacity: 60_000)
                var next: UInt64 = 0
                while next < last {
                    let count = 1 + Int(next % 7)
                    try writer.append(firstIndex: next, entries: JournalFixture.group(next, count))
                    next += UInt64(count)
                    if next % 5 == 0, next > 200 { try writer.release(below: next - 200) }
                }
            }
            // One that follows and one that begins anew each time.
            for follows in [true, false] {
                group.addTask {
                    var position: JournalPosition?
                    var seen: UInt64 = 0
                    while seen < last {
                        try Task.checkCancellation()
                        let scan = try JournalFixture.scan(storage, from: follows ? position : nil)
                        if let range = try JournalFixture.check(scan.frames) {
                            try #require(range.upperBound >= seen)
                            seen = range.upperBound
                            if let next = position?.nextIndex, follows { try #require(range.lowerBound >= next) }
                        }
                        position = scan.end
                        try #require(scan.end.nextIndex ?? 0 >= seen)
                        await Task.yield()
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}
