public import ConsentModel
public import LedgerCrypto
public import TransparencyLog

/// A log as its published checkpoint has it: entries and proofs, none of which is given unless the tiles lead from it to
/// that checkpoint's root. Who signed the checkpoint is for the caller to verify (`SignedCheckpoint.verify(under:)`), and
/// what the entries say is for `Verifier`.
///
/// Everything throws `missingFile` for a file that the checkpoint needs and that is not there, `damaged` for one that does
/// not lead to the root, `outOfRange` for what is not below the checkpoint's size, and what the reader throws.
public struct PublishedLog: Sendable {
    /// The published checkpoint.
    public let checkpoint: SignedCheckpoint
    private let reader: any LogReader
    private let source: TileSource

    /// Reads the published checkpoint.
    public init(reader: any LogReader) throws {
        self.init(reader: reader, checkpoint: try Self.readCheckpoint(LogPath.checkpoint, reader))
    }

    /// The log as `checkpoint` has it, whatever it publishes: one that it signed and holds back, or one that others show.
    public init(reader: any LogReader, checkpoint: SignedCheckpoint) {
        self.checkpoint = checkpoint
        self.reader = reader
        source = TileSource(reader: reader, size: checkpoint.checkpoint.size, keptSizes: [])
    }

    /// How many records the checkpoint covers.
    public var size: UInt64 { checkpoint.checkpoint.size }

    // MARK: Checkpoints

    /// The keys that the log itself names as its own, in `log.vkey`: a convenience, never a pin.
    public func namedKeys() throws -> [VerifierKey] {
        guard let bytes = try reader.read(LogPath.keys) else { throw Self.missing(LogPath.keys) }
        return bytes.split(separator: UInt8(ascii: "\n")).prefix(SignedNote.maximumSignatureCount).compactMap { line in
            String(validating: line, as: UTF8.self).flatMap { try? VerifierKey($0) }
        }.filter { $0.use == .note }
    }

    /// The sizes of the kept checkpoints that are not above the published one, in ascending order.
    public func keptSizes() throws -> [UInt64] {
        try reader.list(LogPath.keptCheckpoints).compactMap(LogPath.keptSize).filter { $0 <= size }.sorted()
    }

    /// The kept checkpoint of `size`; throws `outOfRange`, naming the nearest ones, if none was kept. That it is of this
    /// log and consistent with the published one is checked, so that the root of it may be proven against.
    public func keptCheckpoint(size: UInt64) throws -> SignedCheckpoint {
        let path = LogPath.keptCheckpoint(size: size)
        let sizes = try keptSizes()
        guard try reader.read(path) != nil, size <= self.size else {
            let near = [sizes.last { $0 < size }, sizes.first { $0 > size }].compactMap { $0.map(String.init) }
            throw outOfRange(
                "no checkpoint of size \(size) was kept below it"
                    + (size == 0 ? " (every log begins with the empty tree: of that there is nothing to prove)" : "")
                    + (near.isEmpty ? "" : "; the nearest: \(near.joined(separator: " and "))"))
        }
        let kept = try Self.readCheckpoint(path, reader)
        guard kept.checkpoint.size == size, kept.checkpoint.origin.utf8.elementsEqual(checkpoint.checkpoint.origin.utf8)
        else {
            throw AuditError(.damaged, "\(path) of the log is the checkpoint of another size or another log")
        }
        guard size > 0 else { return kept }
        do {
            try consistencyProof(from: size, to: self.size)
                .verify(oldRoot: kept.checkpoint.root, newRoot: checkpoint.checkpoint.root)
        } catch let error as TransparencyLogError {
            throw AuditError(
                .damaged,
                "the kept checkpoint of size \(size) and the published one of size \(self.size) contradict each other, so "
                    + "the log was rewritten or one of them is of another log: \(error)")
        }
        return kept
    }

    /// The kept checkpoint of `size` as it stands, of which nothing was verified; `nil` if there is none that can be read.
    func unverifiedCheckpoint(size: UInt64) -> SignedCheckpoint? {
        try? Self.readCheckpoint(LogPath.keptCheckpoint(size: size), reader)
    }

    /// The time stamps beside the kept checkpoints, by size: of those not above the published one.
    public func stamps() throws -> [KeptStamp] {
        KeptStamp.inOrder(try reader.list(LogPath.keptCheckpoints).compactMap(KeptStamp.init)).filter {
            $0.size <= size
        }
    }

    /// A kept time stamp, as the authority gave it. Throws also `damaged` if it is another one than its name says.
    public func response(of stamp: KeptStamp) throws -> TimeStampResponse { try stamp.response(in: reader) }

    private static func readCheckpoint(_ path: String, _ reader: any LogReader) throws -> SignedCheckpoint {
        guard let bytes = try reader.read(path) else { throw missing(path) }
        do { return try SignedCheckpoint(parsing: bytes) } catch {
            throw AuditError(.damaged, "\(path) of the log is not a checkpoint: \(error)")
        }
    }

    // MARK: Entries

    /// The entry at `index`.
    public func entry(at index: UInt64) throws -> [UInt8] {
        guard index < size else { throw outOfRange("there is no record \(index)") }
        let width = UInt64(Tile.fullWidth)
        return Array(try bundle(index / width)[Int(index % width)])
    }

    /// The record at `index`; throws also `damaged` if the entry is not the record of that index.
    public func record(at index: UInt64) throws -> Record {
        try Self.record(decoding: entry(at: index)[...], at: index)
    }

    /// Calls `body` with each entry of `range` and its index, in ascending order; every bundle is read once, and checked
    /// before any of its entries is given.
    public func forEachEntry(in range: Range<UInt64>, _ body: (UInt64, [UInt8]) throws -> Void) throws {
        guard range.upperBound <= size else { throw outOfRange("there is no record \(range.upperBound - 1)") }
        guard !range.isEmpty else { return }
        let width = UInt64(Tile.fullWidth)
        var number = range.lowerBound / width
        let end = (range.upperBound - 1) / width + 1
        while number < end {
            // A parent tile's worth of bundles at a time: its hashes are confirmed by the root once.
            let batch = number..<min(end, (number / width + 1) * width)
            for (bundle, root) in zip(batch, try bundleRoots(batch)) {
                let entries = try readBundle(bundle, root: root)
                let start = bundle * width
                for index in range.clamped(to: start..<min(start + width, size)) {
                    try body(index, Array(entries[Int(index - start)]))
                }
            }
            number = batch.upperBound
        }
    }

    /// The index of the last record below `size` in each of `chains`; those that have none are not in it. Reads the log
    /// backwards, as far as it must.
    public func lastIndices(of chains: Set<Chain>, below size: UInt64) throws -> [Chain: UInt64] {
        guard size <= self.size else { throw outOfRange("no size \(size) is below it") }
        var missing = chains
        var last: [Chain: UInt64] = [:]
        let width = UInt64(Tile.fullWidth)
        var end = size
        while end > 0, !missing.isEmpty {
            let start = (end - 1) / width * width
            var links: [(index: UInt64, chains: [Chain])] = []
            try forEachEntry(in: start..<end) { index, entry in
                links.append((index, try Self.record(decoding: entry[...], at: index).links.map(\.chain)))
            }
            for (index, chains) in links.reversed() {
                for chain in chains where missing.remove(chain) != nil { last[chain] = index }
            }
            end = start
        }
        return last
    }

    /// The records of `chain` up to the one at `last`, in ascending order, found by the links from each to the one before
    /// it: back to the chain's first, or to the first whose index is at least `first`. Throws `damaged` if a link leads
    /// out of the chain.
    public func chain(_ chain: Chain, from first: UInt64 = 0, through last: UInt64) throws -> [Record] {
        guard last < size else { throw outOfRange("there is no record \(last)") }
        let width = UInt64(Tile.fullWidth)
        var records: [Record] = []
        var index = last
        // Neighbours in a chain are often neighbours in the log.
        var number = last / width
        var entries = try bundle(number)
        while index >= first {
            if index / width != number {
                number = index / width
                entries = try bundle(number)
            }
            let record = try Self.record(decoding: entries[Int(index % width)], at: index)
            guard let link = record.links.first(where: { $0.chain == chain }) else {
                throw AuditError(
                    .damaged, "record \(index) of the log is not in \(chain.title), where a link leads to it")
            }
            records.append(record)
            guard link.sequence > 0 else { break }
            index = link.previousIndex
        }
        return records.reversed()
    }

    private static func record(decoding entry: ArraySlice<UInt8>, at index: UInt64) throws -> Record {
        let record: Record
        do { record = try Record(decoding: entry) } catch {
            throw AuditError(
                .damaged, "entry \(index) of the log is not a record that this software can read: \(error)")
        }
        guard record.index == index else {
            throw AuditError(.damaged, "entry \(index) of the log says that it is record \(record.index)")
        }
        return record
    }

    /// The bundle of that number, which is below the tree's count of bundles.
    private func bundle(_ number: UInt64) throws -> EntryBundle {
        let root = try bundleRoots(number..<number + 1)
        return try readBundle(number, root: root[0])
    }

    /// The root over the entries of each bundle, of the last one as far as the tree reaches; all have one parent tile.
    private func bundleRoots(_ bundles: Range<UInt64>) throws -> [SHA256Digest] {
        let width = UInt64(Tile.fullWidth)
        let tree = try treeReader()
        let full = bundles.prefix { ($0 + 1) * width <= size }
        var roots = try confirmed { try tree.hashes(at: full.map { TreeCoordinate(level: 8, index: $0) }) }
        if full.count < bundles.count {
            let leaves = try confirmed {
                try tree.hashes(at: (size / width * width..<size).map { TreeCoordinate(level: 0, index: $0) })
            }
            roots.append(Self.root(over: leaves))
        }
        return roots
    }

    /// The bundle of that number, or the full one in its place, whose first entries have the root that the tree has.
    private func readBundle(_ number: UInt64, root: SHA256Digest) throws -> EntryBundle {
        let tile = source.tile(.entries, index: number)
        guard let content = try source.read(tile) else { throw Self.missing(tile.path) }
        let stored: EntryBundle
        do { stored = try EntryBundle(parsing: content.bytes, count: content.tile.width) } catch {
            throw AuditError(.damaged, "\(content.path) of the log: \(error); restore it from a copy")
        }
        guard Self.root(over: stored.leafHashes.prefix(tile.width)) == root else {
            throw AuditError(
                .damaged,
                "\(content.path) of the log holds other entries than the tree of its checkpoint; “consent verify” says "
                    + "which, restore it from a copy")
        }
        return stored
    }

    private static func root(over leaves: some Sequence<SHA256Digest>) -> SHA256Digest {
        var edge = RightEdge()
        for leaf in leaves { edge.append(leaf) }
        return edge.root
    }

    /// The object of that SHA-256, which a record names; `nil` if the log does not hold it. Throws `damaged` for one that
    /// has another.
    public func object(_ digest: SHA256Digest) throws -> [UInt8]? {
        guard let bytes = try reader.read(LogPath.object(digest)) else { return nil }
        guard SHA256Digest(hashing: bytes) == digest else {
            throw AuditError(
                .damaged, "\(LogPath.object(digest)) of the log has another SHA-256 than its name says; restore it")
        }
        return bytes
    }

    // MARK: Proofs

    /// Proves that the record at `index` is in the tree of the log's first `size` records.
    public func inclusionProof(index: UInt64, size: UInt64) throws -> InclusionProof {
        guard index < size else {
            throw AuditError(.outOfRange, "the checkpoint of size \(size) covers no record \(index)")
        }
        guard size <= self.size else { throw outOfRange("no tree of \(size) is below it") }
        let tree = try treeReader()
        return try confirmed { try InclusionProof.prove(index: index, size: size, reader: tree) }
    }

    /// Proves that the tree of the first `newSize` records begins with that of the first `oldSize`, which is at least 1.
    public func consistencyProof(from oldSize: UInt64, to newSize: UInt64) throws -> ConsistencyProof {
        guard 1 <= oldSize, oldSize <= newSize, newSize <= size else {
            throw outOfRange("no consistency from \(oldSize) to \(newSize) can be proven")
        }
        let tree = try treeReader()
        return try confirmed { try ConsistencyProof.prove(oldSize: oldSize, newSize: newSize, reader: tree) }
    }

    /// The root of the tree of the log's first `size` records.
    public func root(at size: UInt64) throws -> SHA256Digest {
        guard size <= self.size else { throw outOfRange("there is no tree of size \(size)") }
        guard size > 0 else { return MerkleHash.empty }
        let tree = try treeReader()
        return try confirmed { try RightEdge(size: size, reader: tree).root }
    }

    private func treeReader() throws -> TileHashReader {
        try TileHashReader(
            size: size, root: checkpoint.checkpoint.root, fallsBackToFullTiles: true,
            read: { tile in
                guard let bytes = try reader.read(tile.path) else { throw Self.missing(tile.path) }
                return bytes
            })
    }

    /// What `body` reads of the tiles; that they do not lead to the root is damage of this log.
    private func confirmed<Result>(_ body: () throws -> Result) throws -> Result {
        do { return try body() } catch let error as TransparencyLogError {
            throw AuditError(.damaged, "the log is damaged: \(error); “consent verify” says where")
        }
    }

    // MARK: Errors

    private static func missing(_ path: String) -> AuditError {
        AuditError(.missingFile, "the log has no \(path), which it needs; restore it from a copy")
    }

    private func outOfRange(_ what: String) -> AuditError {
        AuditError(.outOfRange, "the published checkpoint has the size \(size): \(what)")
    }
}
