import LedgerCrypto
import LedgerStorage
import Testing

@Suite struct JournalDamageTests {
    private static let damaged = StorageError(.damaged, "")

    /// Three frames in the first segment and one in the second, each a few bytes; and where the frames begin.
    private static func smallJournal() throws -> (segments: [[UInt8]], starts: [Int], frames: [JournalFrame]) {
        let storage = MemoryStorage()
        let writer = try JournalFixture.writer(storage)
        var starts: [Int] = []
        for (firstIndex, group) in [(0, [[1]]), (1, [[2], [0x43, 0x4c]]), (3, [[3], [0x43, 0x4c]])]
            as [(UInt64, [[UInt8]])]
        {
            starts.append(max(writer.position.offset, 92))
            try writer.append(firstIndex: firstIndex, entries: group)
        }
        try writer.startNewSegment()
        try writer.append(firstIndex: 5, entries: [[9, 9, 9]])
        let segments = try [JournalFixture.firstSegment, JournalFixture.secondSegment].map {
            try #require(try storage.read($0))
        }
        return (segments, starts, try JournalFixture.scan(storage).frames)
    }

    private enum Outcome: Equatable {
        case frames(Int, isTailTorn: Bool)
        case damaged
        case macMismatch
    }

    /// What a scan makes of these segments; wrong frames are a failure. What it accepts, a writer goes on from.
    private static func outcome(_ segments: [[UInt8]?], _ frames: [JournalFrame], _ comment: Comment) throws -> Outcome
    {
        let storage = try JournalFixture.storage(segments: segments)
        let scan: JournalScan
        do { scan = try JournalFixture.scan(storage) } catch let error as StorageError {
            if error == StorageError(.macMismatch, "") { return .macMismatch }
            try #require(error == damaged, comment)
            return .damaged
        }
        try #require(scan.frames == Array(frames.prefix(scan.frames.count)), comment)
        let writer = try JournalFixture.writer(storage, at: scan.end)
        let next = scan.end.nextIndex ?? 0
        try writer.append(firstIndex: next, entries: [[0xaa]])
        let after = try JournalFixture.scan(storage.restarted())
        try #require(Array(after.frames.dropLast()) == scan.frames, comment)
        try #require(after.frames.last?.firstIndex == next && after.frames.last?.entries == [[0xaa]], comment)
        try #require(!after.isTailTorn, comment)
        return .frames(scan.frames.count, isTailTorn: scan.isTailTorn)
    }

    /// Every bit of every byte, in one segment and in two.
    @Test func everyBitFlipped() throws {
        let journal = try Self.smallJournal()
        for segmentCount in 1...2 {
            let segments = Array(journal.segments.prefix(segmentCount))
            let frameCount = segmentCount == 1 ? 3 : 4
            for number in 0..<segmentCount {
                for offset in segments[number].indices {
                    for bit in 0..<8 {
                        var changed = segments
                        changed[number][offset] ^= 1 << bit
                        let comment: Comment =
                            "\(segmentCount) segments, segment \(number), offset \(offset), bit \(bit)"
                        let outcome = try Self.outcome(changed, journal.frames, comment)
                        let lastStart = segmentCount == 1 ? journal.starts[2] : 92
                        let isInLast = number == segmentCount - 1 && offset >= lastStart
                        let mayBeTorn = isInLast && outcome == .frames(frameCount - 1, isTailTorn: true)
                        #expect(outcome == .damaged || outcome == .macMismatch || mayBeTorn, comment)
                    }
                }
            }
        }
    }

    /// Every length of the last segment leaves a prefix of the frames; every shorter one of an earlier is damage.
    @Test func everyTruncation() throws {
        let journal = try Self.smallJournal()
        for length in journal.segments[0].indices {
            let alone = try Self.outcome([Array(journal.segments[0][..<length])], journal.frames, "length \(length)")
            let whole = journal.starts.dropFirst().filter { $0 <= length }.count
            let isTorn = !journal.starts.contains(length)
            #expect(alone == .frames(whole, isTailTorn: isTorn), "length \(length)")
            let followed = [Array(journal.segments[0][..<length]), journal.segments[1]]
            #expect(try Self.outcome(followed, journal.frames, "length \(length), followed") == .damaged)
        }
        for length in journal.segments[1].indices {
            let segments = [journal.segments[0], Array(journal.segments[1][..<length])]
            #expect(
                try Self.outcome(segments, journal.frames, "second, length \(length)")
                    == .frames(3, isTailTorn: length != 92))
        }
    }

    /// Any garbage after the last frame of the last segment is a torn write, of any length.
    @Test func garbageAfterTheEnd() throws {
        let journal = try Self.smallJournal()
        let magic: [UInt8] = Array("CLJF".utf8)
        // The last holds whole frames of ours, but with indexes that are behind it.
        for garbage in [
            [1], [0, 0, 1], magic, magic + [0], Array(repeating: 0x43, count: 300), [0] + journal.segments[0],
        ] {
            #expect(
                try Self.outcome([journal.segments[0] + garbage], journal.frames, "\(garbage.count) bytes")
                    == .frames(3, isTailTorn: true))
        }
        #expect(
            try Self.outcome(
                [journal.segments[0] + [UInt8](repeating: 0, count: 2_200_000)], journal.frames, "zeros")
                == .frames(3, isTailTorn: false))
        #expect(
            try Self.outcome(
                [journal.segments[0] + [UInt8](repeating: 0, count: 2_200_000) + [1]], journal.frames, "far garbage")
                == .frames(3, isTailTorn: true))
    }

    /// A frame that was lost is missed however far behind it the next one is, also across the pieces that are read.
    @Test func aLostFrameIsMissed() throws {
        for size in [100, (1 << 20) - 50, (1 << 20) - 92, 1 << 20, 2_400_000] {
            let storage = MemoryStorage()
            let writer = try JournalFixture.writer(storage, capacity: 64 << 20)
            let start = try writer.append(firstIndex: 0, entries: [[1]]).offset
            let end = try writer.append(firstIndex: 1, entries: [[UInt8](repeating: 7, count: size)]).offset
            try writer.append(firstIndex: 2, entries: [[3]])
            let bytes = try #require(try storage.read(JournalFixture.firstSegment))
            for lost in [start..<end, start..<start + 92, start..<start + 1, end - 1..<end] {
                var changed = bytes
                changed.replaceSubrange(lost, with: [UInt8](repeating: 0, count: lost.count))
                let damagedStorage = try JournalFixture.storage(segments: [changed])
                #expect(throws: Self.damaged, "size \(size), \(lost)") { _ = try JournalFixture.scan(damagedStorage) }
            }
        }
    }

    @Test func movedAndMissingPartsAreDamage() throws {
        let journal = try Self.smallJournal()
        let (first, second) = (journal.segments[0], journal.segments[1])
        let frames = zip(journal.starts, journal.starts[1...]).map { Array(first[$0..<$1]) }
        let last = Array(first[journal.starts[2]...])
        let head = Array(first[..<92])
        func check(_ segments: [[UInt8]?], _ what: Comment) throws {
            #expect(try Self.outcome(segments, journal.frames, what) == .damaged, what)
        }
        try check([head + frames[1] + frames[0] + last], "swapped")
        try check([head + frames[0] + last], "one left out")
        try check([first + last], "the last one twice")
        try check([head + frames[0] + frames[0] + frames[1] + last], "one twice")
        try check([first, second[..<92] + last], "a frame in another segment")
        try check([first + second[92...], nil], "a frame of the next segment in this one")
        try check([frames[0] + frames[1]], "no head")
        try check([head + head + frames[0]], "two heads")
        try check([second], "another segment under this name")
        try check([nil, first], "this segment under another name")
        try check([head + frames[0] + frames[1], second], "the last one left out, and a segment after it")
        try check([first, nil, second], "a segment that is not there")
        try check([nil, []], "a first segment without a head")
        try check([nil, [UInt8](repeating: 0, count: 5000)], "a first segment of zeros")
        // Without the key nobody can tell these from a journal that ends there; the log's size does.
        #expect(try Self.outcome([first, nil], journal.frames, "no last segment") == .frames(3, isTailTorn: false))
        #expect(
            try Self.outcome([head + frames[0]], journal.frames, "no last frames") == .frames(1, isTailTorn: false))
    }

    /// A position from before shows what was taken away after.
    @Test func aPositionShowsWhatIsGone() throws {
        let storage = MemoryStorage()
        let positions = try JournalFixture.make(storage, groups: [3, 20, 20, 20, 20])
        let end = try #require(positions.last)
        #expect(end.segment > 2)
        for name in try storage.list(JournalFixture.directory).reversed() {
            let path = try JournalFixture.directory.appending(name)
            let bytes = try #require(try storage.read(path))
            try storage.replace(path, with: bytes.dropLast())
            #expect(throws: Self.damaged) { _ = try JournalFixture.scan(storage, from: end) }
            try storage.remove(path)
            #expect(throws: Self.damaged) { _ = try JournalFixture.scan(storage, from: end) }
        }
    }

    /// Frames of another history under the same key, as a restored copy that went on differently would have: each is
    /// ours, in its segment and with its index, and still does not follow.
    @Test func aFrameOfAnotherHistoryIsDamage() throws {
        let histories = try [UInt8(1), 2].map { (salt: UInt8) -> ([UInt8], [UInt8], Int) in
            let storage = MemoryStorage()
            let writer = try JournalFixture.writer(storage)
            try writer.append(firstIndex: 0, entries: [[salt]])
            let start = try writer.append(firstIndex: 1, entries: [[0]]).offset
            try writer.append(firstIndex: 2, entries: [[9]])
            try writer.startNewSegment()
            try writer.append(firstIndex: 3, entries: [[0]])
            return (
                try #require(try storage.read(JournalFixture.firstSegment)),
                try #require(try storage.read(JournalFixture.secondSegment)), start
            )
        }
        let (first, second, start) = histories[0]
        let (otherFirst, otherSecond, _) = histories[1]
        let mixedFirst = Array(first[..<start] + otherFirst[start...])
        let mixedSecond = Array(second[..<92] + otherSecond[92...])
        let mixtures: [[[UInt8]]] = [[mixedFirst], [mixedFirst, second], [first, otherSecond], [first, mixedSecond]]
        for segments in mixtures {
            let storage = try JournalFixture.storage(segments: segments)
            #expect(throws: Self.damaged) { _ = try JournalFixture.scan(storage) }
        }
    }

    /// A checksum that was made to fit does not help without the key.
    @Test func aFrameMadeWithoutTheKeyIsRefused() throws {
        let journal = try Self.smallJournal()
        for (index, start) in journal.starts.enumerated() {
            let end = index == 2 ? journal.segments[0].count : journal.starts[index + 1]
            for offset in [start + 20, start + 30, start + 92 + 4, end - 1] {
                var bytes = journal.segments[0]
                bytes[offset] ^= 1
                let checksum = SHA256Digest(hashing: Array(bytes[start..<start + 44] + bytes[start + 92..<end])).bytes
                bytes.replaceSubrange(start + 44..<start + 76, with: checksum)
                #expect(
                    try Self.outcome([bytes], journal.frames, "frame \(index), offset \(offset)") == .macMismatch)
            }
        }
    }

    /// An entry may hold frames, made up or copied from this journal: torn, it is still a torn write.
    @Test func framesWithinAnEntryAreNotTakenForFrames() throws {
        let journal = try Self.smallJournal()
        var madeUp = Array(journal.segments[0][journal.starts[2]...])
        // The index that a frame after the torn one would have, the checksum made to fit, the MAC anything.
        madeUp[23] = 8
        let checksum = SHA256Digest(hashing: Array(madeUp[..<44] + madeUp[92...])).bytes
        madeUp.replaceSubrange(44..<76, with: checksum)
        let entry = journal.segments[0] + madeUp + madeUp + journal.segments[0]

        let storage = try JournalFixture.storage(segments: [journal.segments[0]])
        try JournalFixture.writer(storage).append(firstIndex: 5, entries: [entry, [1]])
        let bytes = try #require(try storage.read(JournalFixture.firstSegment))
        #expect(try JournalFixture.scan(storage).frames.last?.entries == [entry, [1]])
        let start = journal.segments[0].count
        for lost in [start..<start + 1, start..<start + 92, bytes.count - 1..<bytes.count, start + 5..<start + 6] {
            var torn = bytes
            for offset in lost { torn[offset] ^= 0xff }
            #expect(try Self.outcome([torn], journal.frames, "\(lost)") == .frames(3, isTailTorn: true))
        }
    }
}
