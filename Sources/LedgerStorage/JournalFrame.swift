internal import LedgerCrypto

/// One group of entries that was flushed together: all of them or none.
///
/// The journal is a folder of segments, named by their numbers in 16 lower-case hexadecimal digits, the first one 1. A
/// segment is a head and then frames, without gaps; what follows the last is zeros or a torn write. Head and frame are,
/// numbers big-endian:
///
///     magic          4   "CLJ1" for a head, "CLJF" for a frame
///     body length    4   0 for a head; for a frame 5 to 2^26
///     segment        8   the segment's number
///     first index    8   of the first entry in the frame; in a head, of the first that the segment will hold
///     entry count    4   0 for a head; for a frame at least 1
///     previous MAC  16   of the frame or head before it, across segments; zeros in the head of segment 1
///     checksum      32   SHA-256 of the 44 bytes before it ‖ body
///     MAC           16   BLAKE2b-128 under the journal key of the 76 bytes before it
///     body               of a frame: for each entry its length (4, not 0) ‖ its bytes
///
/// Indexes go up by one from entry to entry, across frames and segments. The checksum tells a torn frame from a whole
/// one without the key; through it the MAC covers the body, so that one hash of few bytes tells whether a frame is
/// ours, wherever it is found; the previous MAC orders them all.
public struct JournalFrame: Hashable, Sendable {
    /// The most bytes that the entries of one group may take, four more counted for each.
    public static let maximumBodyByteCount = 1 << 26

    /// The index of the first entry.
    public let firstIndex: UInt64
    /// The entries, at least one, none empty.
    public let entries: [[UInt8]]
}

/// What stands before a frame's body; a segment's head is one without a body.
struct FrameHeader: Equatable {
    enum Kind: UInt32 {
        /// "CLJ1".
        case head = 0x434c_4a31
        /// "CLJF".
        case frame = 0x434c_4a46
    }

    static let byteCount = 92
    static let macByteCount = 16
    static let noMAC = [UInt8](repeating: 0, count: macByteCount)
    private static let checksummedByteCount = 44
    private static let authenticatedByteCount = 76
    private static let leastEntryByteCount = 5

    let kind: Kind
    let bodyByteCount: Int
    let segment: UInt64
    let firstIndex: UInt64
    let entryCount: Int
    let previousMAC: [UInt8]
    let mac: [UInt8]

    /// How many bytes header and body take.
    var frameByteCount: Int { Self.byteCount + bodyByteCount }
    /// The index after the last entry's.
    var endIndex: UInt64 { firstIndex + UInt64(entryCount) }

    /// The header at the start of `bytes`; `nil` when there are too few or they do not have its form. Neither checksum
    /// nor MAC is looked at.
    init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= Self.byteCount, let kind = Kind(rawValue: bytes.bigEndian(at: 0)) else { return nil }
        let bodyByteCount = Int(bytes.bigEndian(at: 4) as UInt32)
        let entryCount = Int(bytes.bigEndian(at: 24) as UInt32)
        switch kind {
        case .head:
            guard bodyByteCount == 0, entryCount == 0 else { return nil }
        case .frame:
            guard bodyByteCount <= JournalFrame.maximumBodyByteCount, entryCount >= 1,
                entryCount <= bodyByteCount / Self.leastEntryByteCount
            else { return nil }
        }
        let firstIndex: UInt64 = bytes.bigEndian(at: 16)
        guard !firstIndex.addingReportingOverflow(UInt64(entryCount)).overflow else { return nil }
        self.kind = kind
        self.bodyByteCount = bodyByteCount
        segment = bytes.bigEndian(at: 8)
        self.firstIndex = firstIndex
        self.entryCount = entryCount
        previousMAC = Array(bytes[28..<Self.checksummedByteCount])
        mac = Array(bytes[Self.authenticatedByteCount..<Self.byteCount])
    }

    /// Whether the checksum holds for the frame that `bytes` begin with.
    func isWhole(in bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count >= frameByteCount else { return false }
        let checksum = Self.computeChecksum(bytes, bodyByteCount: bodyByteCount)
        return checksum.withUnsafeBytes {
            $0.elementsEqual(bytes[Self.checksummedByteCount..<Self.authenticatedByteCount])
        }
    }

    /// Whether the MAC is `key`'s, for the header at the start of `bytes`.
    func isAuthentic(in bytes: UnsafeRawBufferPointer, key: KeyedHash) -> Bool {
        KeyedHash.areEqual(Self.computeMAC(bytes, key), mac)
    }

    /// The entries in the body after this header; `nil` unless they fill it exactly.
    func entries(in bytes: UnsafeRawBufferPointer) -> [[UInt8]]? {
        var entries: [[UInt8]] = []
        entries.reserveCapacity(entryCount)
        var offset = Self.byteCount
        while offset < frameByteCount {
            guard frameByteCount - offset >= Self.leastEntryByteCount else { return nil }
            let count = Int(bytes.bigEndian(at: offset) as UInt32)
            offset += 4
            guard count > 0, count <= frameByteCount - offset else { return nil }
            entries.append(Array(bytes[offset..<offset + count]))
            offset += count
        }
        return entries.count == entryCount ? entries : nil
    }

    /// The bytes of a frame, or of a head when there are no entries, and its MAC. The entries must fit.
    static func encode(
        segment: UInt64, firstIndex: UInt64, entries: [[UInt8]], previousMAC: [UInt8], key: KeyedHash
    ) -> (bytes: [UInt8], mac: [UInt8]) {
        let bodyByteCount = bodyByteCount(of: entries)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(byteCount + bodyByteCount)
        bytes.append(bigEndian: (entries.isEmpty ? Kind.head : Kind.frame).rawValue)
        bytes.append(bigEndian: UInt32(bodyByteCount))
        bytes.append(bigEndian: segment)
        bytes.append(bigEndian: firstIndex)
        bytes.append(bigEndian: UInt32(entries.count))
        bytes += previousMAC
        bytes += [UInt8](repeating: 0, count: byteCount - checksummedByteCount)
        for entry in entries {
            bytes.append(bigEndian: UInt32(entry.count))
            bytes += entry
        }
        let mac = bytes.withUnsafeMutableBytes { buffer in
            let checksum = computeChecksum(UnsafeRawBufferPointer(buffer), bodyByteCount: bodyByteCount)
            checksum.withUnsafeBytes {
                UnsafeMutableRawBufferPointer(rebasing: buffer[checksummedByteCount...]).copyMemory(from: $0)
            }
            let mac = computeMAC(UnsafeRawBufferPointer(buffer), key)
            UnsafeMutableRawBufferPointer(rebasing: buffer[authenticatedByteCount...]).copyBytes(from: mac)
            return mac
        }
        return (bytes, mac)
    }

    /// How many bytes the body with `entries` takes.
    static func bodyByteCount(of entries: [[UInt8]]) -> Int { entries.reduce(0) { $0 + 4 + $1.count } }

    private static func computeChecksum(_ bytes: UnsafeRawBufferPointer, bodyByteCount: Int) -> SHA256Digest {
        var hasher = SHA256Hasher()
        hasher.update(UnsafeRawBufferPointer(rebasing: bytes[..<checksummedByteCount]))
        hasher.update(UnsafeRawBufferPointer(rebasing: bytes[byteCount..<byteCount + bodyByteCount]))
        return hasher.finalize()
    }

    private static func computeMAC(_ bytes: UnsafeRawBufferPointer, _ key: KeyedHash) -> [UInt8] {
        key.hash(Array(bytes[..<authenticatedByteCount]), byteCount: macByteCount)
    }
}

extension UnsafeRawBufferPointer {
    fileprivate func bigEndian<Number: FixedWidthInteger & BitwiseCopyable>(at offset: Int) -> Number {
        Number(bigEndian: loadUnaligned(fromByteOffset: offset, as: Number.self))
    }
}

extension [UInt8] {
    fileprivate mutating func append(bigEndian number: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: number.bigEndian) { append(contentsOf: $0) }
    }
}
