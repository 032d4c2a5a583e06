import LedgerCrypto
import LedgerStorage
import Testing

/// A journal whose every entry follows from its index, so that a wrong one is seen wherever it comes up.
struct JournalFixture {
    static let directory: StoragePath = "private/journal"
    /// The key of the golden vector: the bytes 0 to 31.
    static let key = makeKey(0)
    static let otherKey = makeKey(1)
    static let firstSegment: StoragePath = "private/journal/0000000000000001"
    static let secondSegment: StoragePath = "private/journal/0000000000000002"

    private static func makeKey(_ start: UInt8) -> KeyedHash {
        do { return try KeyedHash(key: SecretBytes((0..<32).map { start + $0 })) } catch { fatalError("\(error)") }
    }

    /// 0, 7, 14 … modulo 256; where an entry begins in it depends on the index.
    private static let pattern = (0..<5300).map { UInt8(truncatingIfNeeded: $0 * 7) }

    /// One to 5,000 bytes.
    static func entry(_ index: UInt64) -> [UInt8] {
        let count = 1 + Int(index &* 2_654_435_761 % 5000) / (index % 4 == 0 ? 1 : 40)
        let start = Int(index &* 31 % 256)
        return Array(pattern[start..<start + count])
    }

    static func group(_ first: UInt64, _ count: Int) -> [[UInt8]] {
        (0..<count).map { entry(first + UInt64($0)) }
    }

    static func scan(_ storage: any LedgerStorage, from position: JournalPosition? = nil) throws -> JournalScan {
        try JournalReader.scan(storage, directory: directory, key: key, from: position)
    }

    static func writer(
        _ storage: any LedgerStorage, at position: JournalPosition? = nil, capacity: Int = 20_000
    ) throws -> JournalWriter {
        try JournalWriter(
            storage, directory: directory, key: key, resuming: position ?? scan(storage).end, segmentCapacity: capacity)
    }

    /// A journal of the entries from `first` on, in groups of these sizes; the positions after each, zero first.
    static func make(
        _ storage: any LedgerStorage, first: UInt64 = 0, groups: [Int], capacity: Int = 20_000
    ) throws -> [JournalPosition] {
        let writer = try writer(storage, capacity: capacity)
        var next = first
        return try [.zero]
            + groups.map { count in
                defer { next += UInt64(count) }
                return try writer.append(firstIndex: next, entries: group(next, count))
            }
    }

    /// Checks that the frames are one contiguous run of right entries, and gives the run's bounds.
    @discardableResult
    static func check(_ frames: [JournalFrame], _ comment: Comment? = nil) throws -> Range<UInt64>? {
        guard let first = frames.first else { return nil }
        var next = first.firstIndex
        for frame in frames {
            try #require(frame.firstIndex == next, comment)
            try #require(!frame.entries.isEmpty, comment)
            for bytes in frame.entries {
                try #require(bytes == entry(next), comment)
                next += 1
            }
        }
        return first.firstIndex..<next
    }

    /// A storage with these journal segments, numbered from 1; `nil`: absent.
    static func storage(segments: [[UInt8]?]) throws -> MemoryStorage {
        let storage = MemoryStorage()
        for (index, bytes) in segments.enumerated() {
            guard let bytes else { continue }
            try storage.replace(directory.appending("000000000000000\(index + 1)"), with: bytes)
        }
        return storage
    }
}
