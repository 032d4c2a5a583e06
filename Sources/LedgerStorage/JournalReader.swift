internal import Glibc
public import LedgerCrypto

/// What a scan of a journal found.
public struct JournalScan: Sendable {
    /// The frames, in order; the index after one's last entry is the next one's first.
    public let frames: [JournalFrame]
    /// The end: where the next scan goes on, and the writer.
    public let end: JournalPosition
    /// Whether bytes follow the end that are no frame: a write that was cut short, or one that is under way.
    public let isTailTorn: Bool
}

/// Reads a journal without a lock, beside a writer that appends and releases.
///
/// What is not whole at the very end is a write that was torn or is under way: it is left out. A frame that is not
/// whole and has one after it, a segment that does not continue the one before, a missing one, a position that none of
/// its frames leads to: `damaged`. A whole frame whose MAC is not the key's: `macMismatch`. Lost frames at the end, and
/// lost segments at the start, show only in what the caller knows (the log's size).
public enum JournalReader {
    /// The frames from `position` on (from the start, without one) and where they end.
    ///
    /// When the writer released segments beyond `position`, or while this reads, the frames begin at a higher index
    /// than that asked for; all entries before them are in the log.
    public static func scan(
        _ storage: any LedgerStorage, directory: StoragePath, key: KeyedHash, from position: JournalPosition? = nil
    ) throws -> JournalScan {
        var frames: [JournalFrame] = []
        var nextIndex: UInt64?
        let (end, isTailTorn) = try forEachFrame(storage, directory: directory, key: key, from: position) { frame in
            if frame.firstIndex != nextIndex { frames = [] }
            frames.append(frame)
            nextIndex = frame.firstIndex + UInt64(frame.entries.count)
        }
        return JournalScan(frames: frames, end: end, isTailTorn: isTailTorn)
    }

    /// Calls `body` with each frame, as `scan` finds them, without keeping them. When a frame's first index does not
    /// follow the one before, the writer released what lies between, and all before it is in the log.
    public static func forEachFrame(
        _ storage: any LedgerStorage, directory: StoragePath, key: KeyedHash, from position: JournalPosition? = nil,
        _ body: (JournalFrame) throws -> Void
    ) throws -> (end: JournalPosition, isTailTorn: Bool) {
        // Listed before any is read: each but the last is then complete.
        var numbers = try JournalSegment.numbers(storage, directory)
        var position = position ?? .zero
        guard let lowest = numbers.first, let highest = numbers.last else {
            guard position == .zero else { throw missing(position.segment, directory) }
            return (position, false)
        }
        guard position.segment <= highest else { throw missing(position.segment, directory) }
        if position.segment < lowest { position = .zero }
        var number = max(position.segment, lowest)
        while true {
            let isLast = number == numbers.last
            var segment = SegmentReader(
                storage, path: try JournalSegment.path(number, in: directory), number: number, key: key)
            switch try segment.read(from: &position, isLast: isLast, body) {
            case .clean where isLast:
                return (position, false)
            case .torn where isLast:
                return (position, true)
            case .clean, .torn:
                // Whether the segment ended where it should, the next one's head tells.
                number += 1
            case .absent:
                numbers = try JournalSegment.numbers(storage, directory)
                guard let lowest = numbers.first, lowest > number else { throw missing(number, directory) }
                position = .zero
                number = lowest
            }
        }
    }

    /// The index of the first entry that the journal has or will have; `nil` in one where nothing was ever appended. Throws
    /// `damaged` where the first segment's head is not the journal's.
    public static func firstIndex(
        _ storage: any LedgerStorage, directory: StoragePath, key: KeyedHash
    ) throws -> UInt64? {
        guard let number = try JournalSegment.numbers(storage, directory).first else { return nil }
        // The head of the first segment of all may be torn: then nothing was appended.
        if let head = try JournalSegment.head(of: number, storage, directory, key) { return head.firstIndex }
        guard number == 1 else { throw try JournalSegment.headless(number, directory) }
        return nil
    }

    private static func missing(_ number: UInt64, _ directory: StoragePath) -> StorageError {
        StorageError(
            .damaged, "the journal \(directory) has no segment \(number), which it must have; restore it from a copy")
    }
}

/// Reads one segment, in pieces.
struct SegmentReader {
    enum Outcome { case clean, torn, absent }

    private enum Candidate {
        case frame(FrameHeader)
        /// Not the whole of a frame.
        case incomplete
        /// A whole frame that must not be here.
        case refused(StorageError)
        case absent
    }

    private static let pieceByteCount = 1 << 20

    private let storage: any LedgerStorage
    private let path: StoragePath
    private let number: UInt64
    private let key: KeyedHash
    /// The bytes read last, and where they begin.
    private var piece: [UInt8] = []
    private var pieceStart = 0

    init(_ storage: any LedgerStorage, path: StoragePath, number: UInt64, key: KeyedHash) {
        self.storage = storage
        self.path = path
        self.number = number
        self.key = key
    }

    /// Reads head and frames, from `position` on when it is in this segment, and moves `position` to their end.
    mutating func read(
        from position: inout JournalPosition, isLast: Bool, _ body: (JournalFrame) throws -> Void
    ) throws -> Outcome {
        if position.segment == number {
            guard let size = try storage.size(of: path) else { return .absent }
            guard size >= position.offset else {
                throw damaged(at: size, "the file ends before the frames that it held")
            }
            switch try isEnd(position) {
            case nil: return .absent
            case false?:
                throw damaged(at: position.lastStart, "the frame that ended at \(position.offset) is not there")
            case true?: break
            }
        }
        // Where a frame was looked at twice: a concurrent write can be half seen once.
        var checkedAgain = -1
        while true {
            let start = position.segment == number ? position.offset : 0
            switch try candidate(at: start, following: position) {
            case .absent:
                return .absent
            case .frame(let header):
                if header.kind == .frame {
                    let entries = piece.withUnsafeBytes { header.entries(in: suffix(of: $0, from: start)) }
                    guard let entries else { throw damaged(at: start, "the entries do not fill the frame") }
                    try body(JournalFrame(firstIndex: header.firstIndex, entries: entries))
                }
                position = JournalPosition(after: header, at: start)
            case .refused(let error):
                guard checkedAgain != start else { throw error }
                checkedAgain = start
                piece = []
            case .incomplete:
                guard isLast else {
                    // A segment is begun only when the one before is complete, and its head then is.
                    guard start > 0 else { throw damaged(at: 0, "the segment's head is not whole") }
                    return .clean
                }
                let rest = try rest(after: start, expecting: position.nextIndex ?? 0)
                switch rest {
                case .absent:
                    return .absent
                case .zeros, .torn:
                    if start > 0 { return rest == .zeros ? .clean : .torn }
                    // Only the first segment has none before it to go on from.
                    guard number == 1 || position.segment > 0 else {
                        throw damaged(at: 0, "the segment's head is not whole")
                    }
                    return .torn
                case .frame(let offset):
                    guard checkedAgain != start else {
                        throw damaged(at: start, "no whole frame, though one follows at offset \(offset)")
                    }
                    checkedAgain = start
                    piece = []
                }
            }
        }
    }

    /// Whether the frame or head before `position` is the one that it was reached by; `nil` when the segment is gone.
    /// The header tells: its MAC covers the checksum of the rest.
    private mutating func isEnd(_ position: JournalPosition) throws -> Bool? {
        guard try load(from: position.lastStart, count: FrameHeader.byteCount) else { return nil }
        return piece.withUnsafeBytes { buffer in
            let bytes = suffix(of: buffer, from: position.lastStart)
            guard let header = FrameHeader(bytes), header.isAuthentic(in: bytes, key: key) else { return false }
            return JournalPosition(after: header, at: position.lastStart) == position
        }
    }

    /// What stands at `start`, where the head or the frame after `position` should.
    private mutating func candidate(at start: Int, following position: JournalPosition) throws -> Candidate {
        guard try load(from: start, count: FrameHeader.byteCount) else { return .absent }
        guard let header = piece.withUnsafeBytes({ FrameHeader(suffix(of: $0, from: start)) }) else {
            return .incomplete
        }
        guard try load(from: start, count: header.frameByteCount) else { return .absent }
        return piece.withUnsafeBytes { buffer in
            let bytes = suffix(of: buffer, from: start)
            // Parsed again: the bytes may have been read again since.
            guard let header = FrameHeader(bytes), header.isWhole(in: bytes) else { return .incomplete }
            guard header.isAuthentic(in: bytes, key: key) else {
                return .refused(
                    StorageError(
                        .macMismatch,
                        "\(path), offset \(start): the frame's MAC does not hold: another journal key, or changed"))
            }
            guard header.kind == (start == 0 ? .head : .frame), header.segment == number else {
                return .refused(damaged(at: start, "the frame belongs to another place"))
            }
            // A journal whose first segments were released begins with any head.
            let followsAny = position.segment == 0 && number > 1
            guard followsAny || header.previousMAC == position.mac,
                position.nextIndex == nil || header.firstIndex == position.nextIndex
            else {
                let before = "\(position.segment), offset \(position.offset)"
                return .refused(damaged(at: start, "it does not continue what ends in segment \(before)"))
            }
            return .frame(header)
        }
    }

    private enum Rest: Equatable {
        case zeros
        case torn
        /// An authentic header is at the offset.
        case frame(at: Int)
        case absent
    }

    /// What follows `start`, where no whole frame is: a later frame of ours shows that one was lost.
    private mutating func rest(after start: Int, expecting index: UInt64) throws -> Rest {
        var offset = start
        var areZeros = true
        while true {
            guard try load(from: offset, count: Self.pieceByteCount) else { return .absent }
            let available = piece.count - (offset - pieceStart)
            if !piece.withUnsafeBytes({ Self.isZero(suffix(of: $0, from: offset)) }) {
                areZeros = false
                let found = piece.withUnsafeBytes { buffer in
                    firstFrame(in: suffix(of: buffer, from: offset), from: offset == start ? 1 : 0, index)
                }
                if let found { return .frame(at: offset + found) }
            }
            if available < Self.pieceByteCount { return areZeros ? .zeros : .torn }
            // Less than a header back, since one may straddle the pieces.
            offset += available - (FrameHeader.byteCount - 1)
        }
    }

    /// Where an authentic frame of this segment, with `index` or a higher one, begins in `bytes`.
    private func firstFrame(in bytes: UnsafeRawBufferPointer, from lowest: Int, _ index: UInt64) -> Int? {
        guard bytes.count >= FrameHeader.byteCount else { return nil }
        var offset = lowest
        while offset <= bytes.count - FrameHeader.byteCount {
            let remaining = UnsafeRawBufferPointer(rebasing: bytes[offset...])
            // "C" first, by a fast search; a header's form next; its MAC last.
            guard let match = memchr(remaining.baseAddress!, Int32(UInt8(ascii: "C")), remaining.count) else {
                return nil
            }
            offset += UnsafeRawPointer(match) - remaining.baseAddress!
            let header = UnsafeRawBufferPointer(rebasing: bytes[offset...])
            if let parsed = FrameHeader(header), parsed.segment == number, parsed.firstIndex >= index,
                parsed.isAuthentic(in: header, key: key)
            {
                return offset
            }
            offset += 1
        }
        return nil
    }

    /// Whether all of `bytes` are zero: the first is, and each equals the one after it.
    static func isZero(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let start = bytes.baseAddress, bytes.count > 0 else { return true }
        return bytes[0] == 0 && memcmp(start, start + 1, bytes.count - 1) == 0
    }

    /// Sees to it that the piece has `count` bytes from `offset` on, if the file does; false when the file is gone.
    private mutating func load(from offset: Int, count: Int) throws -> Bool {
        if offset >= pieceStart, offset + count <= pieceStart + piece.count { return true }
        guard let bytes = try storage.read(path, from: offset, count: max(count, Self.pieceByteCount)) else {
            return false
        }
        piece = bytes
        pieceStart = offset
        return true
    }

    private func suffix(of buffer: UnsafeRawBufferPointer, from offset: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: buffer[(offset - pieceStart)...])
    }

    private func damaged(at offset: Int, _ what: String) -> StorageError {
        StorageError(.damaged, "\(path), offset \(offset): \(what); the journal is damaged, restore it from a copy")
    }
}
