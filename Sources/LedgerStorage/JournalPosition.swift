internal import LedgerCrypto

/// Where the next frame of a journal begins: an end that a scan or a writer reached. It holds the MAC of what is before
/// it, so a journal that was changed meanwhile does not continue from it.
public struct JournalPosition: Hashable, Sendable {
    /// The segment's number; 0 while there is none.
    public let segment: UInt64
    /// The offset in the segment, in bytes.
    public let offset: Int
    /// The index that the next entry will have; `nil` in a journal where nothing was ever appended.
    public let nextIndex: UInt64?
    /// Where the frame or head before it begins.
    let lastStart: Int
    /// The MAC of the frame or head before it.
    let mac: [UInt8]

    /// The position in a journal where nothing was ever appended.
    public static let zero = JournalPosition(
        segment: 0, offset: 0, nextIndex: nil, lastStart: 0, mac: FrameHeader.noMAC)

    /// The position after the head or frame with `header`, which begins at `start`.
    init(after header: FrameHeader, at start: Int) {
        self.init(
            segment: header.segment, offset: start + header.frameByteCount, nextIndex: header.endIndex,
            lastStart: start, mac: header.mac)
    }

    /// Forty-eight bytes that say the same, for whoever keeps a position: segment, offset, next index plus one (0 for
    /// none) and last start, each eight bytes big-endian, then the MAC.
    public var encoded: [UInt8] {
        [segment, UInt64(offset), nextIndex.map { $0 + 1 } ?? 0, UInt64(lastStart)].flatMap { number in
            stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: number >> UInt64($0)) }
        } + mac
    }

    /// Reads what `encoded` gives; `nil` for anything else.
    public init?(encoded bytes: [UInt8]) {
        guard bytes.count == 32 + FrameHeader.macByteCount else { return nil }
        let numbers = (0..<4).map { place in
            bytes[place * 8..<place * 8 + 8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        }
        guard let offset = Int(exactly: numbers[1]), let lastStart = Int(exactly: numbers[3]) else { return nil }
        self.init(
            segment: numbers[0], offset: offset, nextIndex: numbers[2] == 0 ? nil : numbers[2] - 1,
            lastStart: lastStart, mac: Array(bytes[32...]))
    }

    init(segment: UInt64, offset: Int, nextIndex: UInt64?, lastStart: Int, mac: [UInt8]) {
        self.segment = segment
        self.offset = offset
        self.nextIndex = nextIndex
        self.lastStart = lastStart
        self.mac = mac
    }
}

/// The files of a journal's segments.
enum JournalSegment {
    static func path(_ number: UInt64, in directory: StoragePath) throws(StorageError) -> StoragePath {
        try directory.appending(segment: number)
    }

    /// The numbers of the segments there are, ascending. Other names are not the journal's.
    static func numbers(_ storage: any LedgerStorage, _ directory: StoragePath) throws -> [UInt64] {
        try storage.list(directory).compactMap { StoragePath.segmentNumber(of: $0) }
    }

    /// The head of a segment; `nil` where there is none that is the journal's.
    static func head(
        of number: UInt64, _ storage: any LedgerStorage, _ directory: StoragePath, _ key: KeyedHash
    ) throws -> FrameHeader? {
        let bytes = try storage.read(path(number, in: directory), from: 0, count: FrameHeader.byteCount) ?? []
        return bytes.withUnsafeBytes { bytes in
            FrameHeader(bytes).flatMap { header in
                header.kind == .head && header.segment == number && header.isAuthentic(in: bytes, key: key)
                    ? header : nil
            }
        }
    }

    /// What to throw where a segment has no head.
    static func headless(_ number: UInt64, _ directory: StoragePath) throws(StorageError) -> StorageError {
        StorageError(
            .damaged, "\(try path(number, in: directory)), offset 0: the segment's head is not the journal's")
    }
}
