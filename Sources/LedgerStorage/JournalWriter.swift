public import LedgerCrypto
internal import Synchronization

/// Appends to a journal. There is one writer at a time: it holds the ledger's lock. Calls from several threads wait for
/// each other.
///
/// After a failure nobody knows what the disk has, so every further call throws `unknownOutcome`: scan again and make a
/// new writer. The group that failed is then there, wholly, or it never will be.
public final class JournalWriter: Sendable {
    /// How large a segment grows before the next one is begun, in bytes, unless the writer is told otherwise.
    public static let usualSegmentCapacity = 64 << 20

    private struct State {
        var position: JournalPosition
        /// Open once there is one.
        var segment: (any Segment)?
        /// The segments there are, ascending, and the index that each begins with.
        var segments: [(number: UInt64, firstIndex: UInt64)]
        var hasFailed = false
    }

    private let storage: any LedgerStorage
    private let directory: StoragePath
    private let key: KeyedHash
    private let segmentCapacity: Int
    private let state: Mutex<State>

    /// Opens the journal to append at `position`, the end that a scan of it found. The last frame is written again,
    /// durably, since the one who wrote it may have failed to; a torn write after it is overwritten with zeros; a segment
    /// whose beginning was torn is begun anew. Throws `misplaced` when the journal does not end at `position`, and
    /// `damaged` and `macMismatch` as a scan does.
    public init(
        _ storage: any LedgerStorage, directory: StoragePath, key: KeyedHash, resuming position: JournalPosition,
        segmentCapacity: Int = usualSegmentCapacity
    ) throws {
        self.storage = storage
        self.directory = directory
        self.key = key
        self.segmentCapacity = segmentCapacity
        let misplaced = StorageError(
            .misplaced, "the journal \(directory) does not end where the writer was told to go on; scan it again")
        let (end, isTailTorn) = try JournalReader.forEachFrame(
            storage, directory: directory, key: key, from: position
        ) { _ in throw misplaced }
        guard end == position else { throw misplaced }

        let numbers = try JournalSegment.numbers(storage, directory)
        var opened = State(position: position, segments: [])
        for number in numbers where number <= position.segment {
            guard let head = try JournalSegment.head(of: number, storage, directory, key) else {
                throw try JournalSegment.headless(number, directory)
            }
            opened.segments.append((number, head.firstIndex))
        }
        if position.segment > 0 {
            let path = try JournalSegment.path(position.segment, in: directory)
            let segment = try storage.segment(path)
            let count = position.offset - position.lastStart
            let last = try storage.read(path, from: position.lastStart, count: count) ?? []
            let isLast = last.withUnsafeBytes { bytes in
                guard let header = FrameHeader(bytes), header.isWhole(in: bytes) else { return false }
                return JournalPosition(after: header, at: position.lastStart) == position
                    && header.isAuthentic(in: bytes, key: key)
            }
            guard isLast else {
                throw StorageError(
                    .damaged, "\(path), offset \(position.lastStart): the journal's last frame changed; scan it again")
            }
            try segment.write(last, at: position.lastStart)
            if isTailTorn { try Self.eraseTail(of: path, from: position.offset, segment, storage) }
            opened.segment = segment
        }
        state = Mutex(opened)
        if let highest = numbers.last, highest > position.segment {
            let path = try JournalSegment.path(highest, in: directory)
            let segment = try storage.segment(path)
            try Self.eraseTail(of: path, from: 0, segment, storage)
            segment.close()
            if let nextIndex = position.nextIndex {
                try state.withLock { _ = try beginSegment(&$0, firstIndex: nextIndex) }
            }
        }
    }

    /// Where the next frame will begin.
    public var position: JournalPosition { state.withLock { $0.position } }

    /// Appends `entries` as one group, durable at return; the first has the index `firstIndex`, which must be the next.
    /// No entries, no group. Throws `misplaced` for another index, for an empty entry and for more than
    /// `JournalFrame.maximumBodyByteCount` bytes, and then nothing happened; any other error leaves the outcome unknown.
    @discardableResult
    public func append(firstIndex: UInt64, entries: [[UInt8]]) throws -> JournalPosition {
        try state.withLock { state in
            try refuseAfterFailure(state)
            try Self.check(entries, firstIndex: firstIndex, nextIndex: state.position.nextIndex)
            guard !entries.isEmpty else { return state.position }
            state.hasFailed = true
            let byteCount = FrameHeader.byteCount + FrameHeader.bodyByteCount(of: entries)
            let isFull =
                state.position.offset > FrameHeader.byteCount && state.position.offset + byteCount > segmentCapacity
            let open = isFull ? nil : state.segment
            let segment = try open ?? beginSegment(&state, firstIndex: firstIndex)
            state.position = try write(entries, firstIndex: firstIndex, at: state.position, in: segment)
            state.hasFailed = false
            return state.position
        }
    }

    private static func check(_ entries: [[UInt8]], firstIndex: UInt64, nextIndex: UInt64?) throws {
        if let nextIndex, nextIndex != firstIndex {
            throw StorageError(
                .misplaced,
                "a group that begins at index \(firstIndex) is not the next one: that begins at \(nextIndex)")
        }
        guard entries.allSatisfy({ !$0.isEmpty }) else {
            throw StorageError(.misplaced, "a journal entry cannot be empty")
        }
        let byteCount = FrameHeader.bodyByteCount(of: entries)
        guard byteCount <= JournalFrame.maximumBodyByteCount else {
            throw StorageError(
                .misplaced,
                "a group of \(byteCount) bytes is larger than \(JournalFrame.maximumBodyByteCount); append it in parts")
        }
        guard !firstIndex.addingReportingOverflow(UInt64(entries.count)).overflow else {
            throw StorageError(.misplaced, "the indexes from \(firstIndex) on do not fit in 64 bits")
        }
    }

    /// Removes the segments whose every entry has an index below `index`, the oldest first; durable at return. The one
    /// that is written to stays.
    public func release(below index: UInt64) throws {
        try state.withLock { state in
            try refuseAfterFailure(state)
            while state.segments.count > 1, state.segments[1].firstIndex <= index {
                try storage.remove(JournalSegment.path(state.segments[0].number, in: directory))
                state.segments.removeFirst()
            }
        }
    }

    /// Begins a new segment, so that all entries up to now can be released; nothing happens when the current one has
    /// none.
    public func startNewSegment() throws {
        try state.withLock { state in
            try refuseAfterFailure(state)
            guard let nextIndex = state.position.nextIndex, state.position.offset > FrameHeader.byteCount else {
                return
            }
            state.hasFailed = true
            try beginSegment(&state, firstIndex: nextIndex)
            state.hasFailed = false
        }
    }

    private func refuseAfterFailure(_ state: State) throws(StorageError) {
        guard !state.hasFailed else {
            throw StorageError(
                .unknownOutcome,
                "an earlier append to the journal \(directory) failed, and its outcome is unknown; open the ledger again"
            )
        }
    }

    @discardableResult
    private func beginSegment(_ state: inout State, firstIndex: UInt64) throws -> any Segment {
        let number = state.position.segment + 1
        let path = try JournalSegment.path(number, in: directory)
        let segment = try storage.segment(path)
        guard try Self.tail(of: path, from: 0, storage).isEmpty else {
            throw StorageError(.damaged, "\(path) is there already: another program writes to this journal")
        }
        let start = JournalPosition(
            segment: number, offset: 0, nextIndex: firstIndex, lastStart: 0, mac: state.position.mac)
        state.position = try write([], firstIndex: firstIndex, at: start, in: segment)
        state.segments.append((number, firstIndex))
        state.segment?.close()
        state.segment = segment
        return segment
    }

    /// Writes a frame, or with no entries a head, and gives the position after it.
    private func write(
        _ entries: [[UInt8]], firstIndex: UInt64, at position: JournalPosition, in segment: any Segment
    ) throws -> JournalPosition {
        let (bytes, mac) = FrameHeader.encode(
            segment: position.segment, firstIndex: firstIndex, entries: entries, previousMAC: position.mac, key: key)
        try segment.write(bytes, at: position.offset)
        return JournalPosition(
            segment: position.segment, offset: position.offset + bytes.count,
            nextIndex: firstIndex + UInt64(entries.count), lastStart: position.offset, mac: mac)
    }

    // MARK: Torn writes

    private static let pieceByteCount = 1 << 20

    /// The range from `offset` to the last byte that is not zero.
    private static func tail(
        of path: StoragePath, from offset: Int, _ storage: any LedgerStorage
    ) throws -> Range<Int> {
        var end = offset
        var next = offset
        while let piece = try storage.read(path, from: next, count: pieceByteCount), !piece.isEmpty {
            if !piece.withUnsafeBytes(SegmentReader.isZero), let last = piece.lastIndex(where: { $0 != 0 }) {
                end = next + last + 1
            }
            next += piece.count
        }
        return offset..<end
    }

    /// Overwrites what a torn write left from `offset` on, durably, so that it is never taken for a part of a later
    /// frame.
    private static func eraseTail(
        of path: StoragePath, from offset: Int, _ segment: any Segment, _ storage: any LedgerStorage
    ) throws {
        let tail = try tail(of: path, from: offset, storage)
        for start in stride(from: tail.lowerBound, to: tail.upperBound, by: pieceByteCount) {
            let count = min(pieceByteCount, tail.upperBound - start)
            try segment.write([UInt8](repeating: 0, count: count), at: start)
        }
    }
}
