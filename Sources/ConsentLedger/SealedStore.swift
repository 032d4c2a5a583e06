internal import ConsentModel
internal import LedgerStorage

/// The sealed parts, in append-only segments under `private/sealed`: for each the record's index (8 bytes, big-endian),
/// the length (4 bytes, big-endian) and the part. Where the good end is, the registry says; what lies beyond it was cut
/// short by a crash and is written again.
///
/// Segments are counted from 1 here and in the index; `base` is how many numbers of files come before theirs. When data
/// keys are replaced, all segments are copied to files with higher numbers, part by part in their places, and the registry
/// then says another base: so a view of the registry has the keys and the copies that belong together.
final class SealedStore: Sendable {
    private static let segmentCapacity = 64 << 20
    private static let headByteCount = 12

    /// Where the next part goes.
    struct Position: Hashable, Comparable, Sendable {
        /// The segment's number, from 1; 0 while there is none.
        var segment: UInt64 = 0
        var offset = 0

        static func < (left: Position, right: Position) -> Bool {
            (left.segment, left.offset) < (right.segment, right.offset)
        }
    }

    /// Where a part is.
    struct Location: Hashable, Sendable {
        let segment: UInt64
        let offset: Int
        let byteCount: Int
    }

    private let storage: any LedgerStorage
    let base: UInt64

    init(_ storage: any LedgerStorage, base: UInt64) {
        self.storage = storage
        self.base = base
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
        for segment in first...end.segment {
            let path = try path(segment)
            guard let bytes = try storage.read(path) else {
                try atDamage(Self.missing(path))
                continue
            }
            let limit = segment == end.segment ? min(end.offset, bytes.count) : bytes.count
            let first = segment == start.segment ? start.offset : 0
            let parts = try Self.forEachPart(in: bytes, from: first, upTo: limit) {
                try body($0, Location(segment: segment, offset: $1.lowerBound, byteCount: $1.count))
            }
            if let damage = damage(parts, path, upTo: segment == end.segment ? end.offset : 0) { try atDamage(damage) }
        }
    }

    /// Where the parts of a segment end, of which record one begins there that is cut short, and whether something else
    /// follows than the zeros that a segment is filled with ahead.
    private typealias PartsEnd = (offset: Int, cutRecord: UInt64?, hasMore: Bool)

    /// Calls `body` with the record index and the place of every part among a segment's bytes.
    private static func forEachPart(
        in bytes: [UInt8], from first: Int, upTo limit: Int, _ body: (UInt64, Range<Int>) throws -> Void
    ) rethrows -> PartsEnd {
        var offset = first
        while offset + headByteCount <= limit {
            let index = bytes[offset..<offset + 8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            let count = bytes[offset + 8..<offset + 12].reduce(0) { $0 << 8 | Int($1) }
            // Only the zeros that a segment is filled with ahead have no length: a part is never empty.
            guard count > 0 else { break }
            let start = offset + headByteCount
            guard start + count <= limit else { return (offset, index, true) }
            try body(index, start..<start + count)
            offset = start + count
        }
        return (offset, nil, bytes[min(offset, limit)..<limit].contains { $0 != 0 })
    }

    /// What is wrong with a segment whose parts must go up to `limit` at least.
    private func damage(_ parts: PartsEnd, _ path: StoragePath, upTo limit: Int) -> LedgerError? {
        if let index = parts.cutRecord {
            return LedgerError(
                .damaged, "\(path) ends within the sealed part of record \(index), at \(parts.offset); restore it")
        }
        if parts.offset < limit {
            return LedgerError(
                .damaged,
                "\(path) has no sealed parts from \(parts.offset) on, and must hold them up to \(limit); restore it")
        }
        guard parts.hasMore else { return nil }
        return LedgerError(
            .damaged,
            "\(path) has no sealed part at \(parts.offset), and goes on after that: what follows is not found without the "
                + "index; restore it")
    }

    /// Copies all parts before `end` to the files after the last, each to the same place, as `change` gives it, which is told
    /// the record and the place, and does not make it longer or shorter. Nothing may be there in the place of the copies.
    /// Durable at return. Returns the store of the copies, which does not count before the registry has its base.
    func copy(
        upTo end: Position, _ change: (UInt64, Location, [UInt8]) throws -> [UInt8]
    ) throws -> SealedStore {
        let copies = SealedStore(storage, base: base + end.segment)
        guard end.segment > 0 else { return copies }
        for segment in 1...end.segment {
            let path = try path(segment)
            guard let bytes = try storage.read(path) else { throw Self.missing(path) }
            let limit = segment == end.segment ? min(end.offset, bytes.count) : bytes.count
            var copied = bytes
            let parts = try Self.forEachPart(in: bytes, from: 0, upTo: limit) { index, place in
                let location = Location(segment: segment, offset: place.lowerBound, byteCount: place.count)
                let part = try change(index, location, Array(bytes[place]))
                guard part.count == place.count else {
                    throw LedgerError(
                        .damaged, "the sealed part of record \(index) in \(path) is not in its one form; restore it")
                }
                copied.replaceSubrange(place, with: part)
            }
            if let damage = damage(parts, path, upTo: segment == end.segment ? end.offset : 0) { throw damage }
            copied.removeLast(copied.count - parts.offset)
            let file = try storage.segment(copies.path(segment))
            defer { file.close() }
            if !copied.isEmpty { try file.write(copied, at: 0) }
        }
        return copies
    }

    /// Removes what is after the last segment: copies that did not come to count, and what a crash left of parts that are
    /// written again.
    func removeAbandonedCopies(after end: Position) throws {
        try removeFiles { $0 > base + end.segment }
    }

    /// Removes the segments of which there are copies that count now.
    func removeCopied() throws { try removeFiles { $0 <= base } }

    /// What is in the folder and is none of ours: neither a segment, nor the contents of attachments. What has a number
    /// after these may be being written.
    func strays() throws -> [String] {
        try storage.list(LedgerPaths.sealed).filter { name in
            guard name != LedgerPaths.attachments.name else { return false }
            guard let number = UInt64(name, radix: 16), number > base else { return true }
            return try LedgerPaths.sealed.appending(segment: number).name != name
        }.map { "\(LedgerPaths.sealed)/\($0)" }
    }

    private func removeFiles(_ isMeant: (UInt64) -> Bool) throws {
        for name in try storage.list(LedgerPaths.sealed) {
            guard let number = UInt64(name, radix: 16), number > 0, isMeant(number) else { continue }
            let path = try LedgerPaths.sealed.appending(segment: number)
            if path.name == name { try storage.remove(path) }
        }
    }

    private static func missing(_ path: StoragePath) -> LedgerError {
        LedgerError(.damaged, "\(path), which holds sealed parts, is missing; restore it")
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
        try LedgerPaths.sealed.appending(segment: base + segment)
    }
}
