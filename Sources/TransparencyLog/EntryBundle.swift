public import LedgerCrypto

/// The entries of one tile, as C2SP tlog-tiles stores them: for each its length in two bytes, big-endian, and its bytes.
public struct EntryBundle: Hashable, Sendable {
    /// The longest entry, in bytes.
    public static let maximumEntryByteCount = 65_535
    private static let lengthByteCount = 2

    /// The bundle as it is stored and served.
    public private(set) var bytes: [UInt8]
    /// Where in `bytes` each entry lies.
    public private(set) var ranges: [Range<Int>]

    /// A bundle without entries.
    public init() {
        bytes = []
        ranges = []
    }

    /// Reads a bundle of exactly `count` entries; throws `malformed` if there are fewer or more, or an entry is cut off.
    public init(parsing bytes: [UInt8], count: Int) throws(TransparencyLogError) {
        var ranges: [Range<Int>] = []
        var position = 0
        while position < bytes.count {
            guard ranges.count < count else {
                throw TransparencyLogError(
                    .malformed, "the entry bundle goes on after its \(count) entries, at byte \(position)")
            }
            guard bytes.count - position >= Self.lengthByteCount else {
                throw TransparencyLogError(
                    .malformed, "the entry bundle ends within the length of entry \(ranges.count), at byte \(position)")
            }
            let length = Int(bytes[position]) << 8 | Int(bytes[position + 1])
            position += Self.lengthByteCount
            guard bytes.count - position >= length else {
                throw TransparencyLogError(
                    .malformed, "the entry bundle ends within entry \(ranges.count), which has \(length) bytes")
            }
            ranges.append(position..<position + length)
            position += length
        }
        guard ranges.count == count else {
            throw TransparencyLogError(
                .malformed, "the entry bundle holds \(ranges.count) entries; \(count) were expected")
        }
        self.bytes = bytes
        self.ranges = ranges
    }

    /// How many entries there are.
    public var count: Int { ranges.count }

    /// The entry at `position`, from 0, without copying it.
    public subscript(position: Int) -> ArraySlice<UInt8> { bytes[ranges[position]] }

    /// Adds an entry; throws `tooLarge` if it has more than 65,535 bytes or the bundle has 256 entries.
    public mutating func append(_ entry: [UInt8]) throws(TransparencyLogError) {
        guard entry.count <= Self.maximumEntryByteCount else {
            throw TransparencyLogError(
                .tooLarge, "an entry has at most \(Self.maximumEntryByteCount) bytes; this one has \(entry.count)")
        }
        guard count < Tile.fullWidth else {
            throw TransparencyLogError(.tooLarge, "an entry bundle has at most \(Tile.fullWidth) entries")
        }
        bytes.append(UInt8(entry.count >> 8))
        bytes.append(UInt8(entry.count & 0xff))
        ranges.append(bytes.count..<bytes.count + entry.count)
        bytes.append(contentsOf: entry)
    }

    /// The leaf hash of each entry.
    public var leafHashes: [SHA256Digest] {
        bytes.withUnsafeBytes { buffer in
            ranges.map { MerkleHash.leaf(UnsafeRawBufferPointer(rebasing: buffer[$0])) }
        }
    }
}
