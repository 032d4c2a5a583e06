internal import ConsentModel
internal import LedgerStorage

/// The sealed parts, in append-only segments under `private/sealed`: for each the record's index (8 bytes, big-endian),
/// the length (4 bytes, big-endian) and the part. Where the good end is, the registry says; what lies beyond it was cut
/// short by a crash and is written again.
final class SealedStore: Sendable {
    private static let segmentCapacity = 64 << 20
    private static let headByteCount = 12

    /// Where the next part goes.
    struct Position: Hashable, Sendable {
        /// The segment's number, from 1; 0 while there is none.
        var segment: UInt64 = 0
        var offset = 0
    }

    /// Where a part is.
    struct Location: Hashable, Sendable {
        let segment: UInt64
        let offset: Int
        let byteCount: Int
    }

    private let storage: any LedgerStorage

    init(_ storage: any LedgerStorage) {
        self.storage = storage
    }

    /// Writes the parts of `records` from `position` on, durably, and says where each went and where the end is.
    func append(
        _ records: ArraySlice<JournalRecord>, at position: Position
    ) throws -> (end: Position, locations: [(record: UInt64, location: Location)]) {
        var end = position
        var locations: [(record: UInt64, location: Location)] = []
        var pending: [UInt8] = []
        var start = end.offset
        func flush() throws {
            guard !pending.isEmpty else { return }
            let segment = try storage.segment(path(end.segment))
            defer { segment.close() }
            try segment.write(pending, at: start)
            pending = []
            start = end.offset
        }
        for record in records where !record.sealed.isEmpty {
            if end.segment == 0 || end.offset + Self.headByteCount + record.sealed.count > Self.segmentCapacity {
                try flush()
                end = Position(segment: end.segment + 1, offset: 0)
                start = 0
            }
            withUnsafeBytes(of: record.record.index.bigEndian) { pending.append(contentsOf: $0) }
            withUnsafeBytes(of: UInt32(record.sealed.count).bigEndian) { pending.append(contentsOf: $0) }
            pending += record.sealed
            let location = Location(
                segment: end.segment, offset: end.offset + Self.headByteCount, byteCount: record.sealed.count)
            locations.append((record.record.index, location))
            end.offset += Self.headByteCount + record.sealed.count
        }
        try flush()
        return (end, locations)
    }

    /// Throws `incomplete` unless the segments are there that hold the parts before `end`, the last of them up to it.
    func refuseMissing(upTo end: Position) throws {
        guard end.segment > 0 else { return }
        let names = Set(try storage.list(LedgerPaths.sealed))
        for segment in 1...end.segment {
            let path = try path(segment)
            guard names.contains(path.name) else {
                throw LedgerParts.missing(path, ", which holds sealed parts,")
            }
        }
        let last = try path(end.segment)
        let size = try storage.size(of: last) ?? 0
        guard size >= end.offset else {
            throw LedgerError(
                .incomplete,
                "\(last) has \(size) bytes and its sealed parts \(end.offset): it was cut short; restore it from its "
                    + "backup, then run consent verify")
        }
    }

    /// The part at `location`.
    func read(_ location: Location) throws -> [UInt8] {
        guard let bytes = try storage.read(path(location.segment), from: location.offset, count: location.byteCount),
            bytes.count == location.byteCount
        else {
            throw LedgerError(
                .damaged,
                "\(try path(location.segment)) is missing, or ends before the sealed part that it must hold; restore it"
            )
        }
        return bytes
    }

    /// Calls `body` with the record index and location of every part from `start` up to `end`. A segment that is missing,
    /// was cut short or cannot be gone through to its end is given to `atDamage`, and the next one is gone on with.
    func forEachLocation(
        from start: Position, upTo end: Position, atDamage: (LedgerError) throws -> Void = { throw $0 },
        _ body: (UInt64, Location) throws -> Void
    ) throws {
        let first = max(1, start.segment)
        guard first <= end.segment else { return }
        segments: for segment in first...end.segment {
            let path = try path(segment)
            guard let bytes = try storage.read(path) else {
                try atDamage(LedgerError(.damaged, "\(path), which holds sealed parts, is missing; restore it"))
                continue
            }
            let limit = segment == end.segment ? min(end.offset, bytes.count) : bytes.count
            var offset = segment == start.segment ? start.offset : 0
            while offset + Self.headByteCount <= limit {
                let index = bytes[offset..<offset + 8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
                let count = bytes[offset + 8..<offset + 12].reduce(0) { $0 << 8 | Int($1) }
                // Only the zeros that a segment is filled with ahead have no length: a part is never empty.
                guard count > 0 else { break }
                let start = offset + Self.headByteCount
                guard start + count <= limit else {
                    try atDamage(
                        LedgerError(
                            .damaged, "\(path) ends within the sealed part of record \(index), at \(offset); restore it"
                        ))
                    continue segments
                }
                try body(index, Location(segment: segment, offset: start, byteCount: count))
                offset = start + count
            }
            if segment == end.segment, offset < end.offset {
                try atDamage(
                    LedgerError(
                        .damaged,
                        "\(path) has no sealed parts from \(offset) on, and must hold them up to \(end.offset); restore it"
                    ))
            }
        }
    }

    /// Where the parts of the records below `index` end, which follow one another from `start` on.
    func end(ofPartsBelow index: UInt64, from start: Position) throws -> Position {
        var end = start
        while true {
            let here = try storage.read(path(max(1, end.segment)), from: end.offset, count: Self.headByteCount) ?? []
            let head = here.count == Self.headByteCount ? here : []
            let record = head.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            let count = head.dropFirst(8).reduce(0) { $0 << 8 | Int($1) }
            if count > 0 {
                guard record < index else { return end }
                end = Position(segment: max(1, end.segment), offset: end.offset + Self.headByteCount + count)
            } else {
                // A part that does not fit begins the next segment.
                let next = Position(segment: max(1, end.segment) + 1, offset: 0)
                guard try storage.size(of: path(next.segment)) ?? 0 > 0 else { return end }
                end = next
            }
        }
    }

    private func path(_ segment: UInt64) throws -> StoragePath {
        try LedgerPaths.sealed.appending(segment: segment)
    }
}
