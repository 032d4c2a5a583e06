internal import ConsentModel
internal import LedgerCrypto
internal import LedgerStorage
internal import TransparencyLog

/// Reads the log of a ledger as its owner: up to its newest checkpoint.
struct LogFiles: Sendable {
    let storage: any LedgerStorage

    /// The newest checkpoint: the published one, or one that waits for a quorum of witnesses; `nil` before the first.
    func checkpoint() throws -> SignedCheckpoint? {
        // In this order: what no longer waits is published.
        let held = try HeldCheckpoints(storage).newest()
        guard let published = try publishedCheckpoint() else { return nil }
        return held.map { $0.checkpoint.size > published.checkpoint.size ? $0 : published } ?? published
    }

    /// The published checkpoint; `nil` before the first.
    func publishedCheckpoint() throws -> SignedCheckpoint? {
        try storage.read(LedgerPaths.checkpoint).map { try SignedCheckpoint(parsing: $0) }
    }

    /// The sizes of the kept checkpoints, in ascending order.
    func keptSizes() throws -> [UInt64] {
        try storage.list(LedgerPaths.keptCheckpoints).compactMap { UInt64($0) }.sorted()
    }

    /// The tree that the checkpoint covers, to go on from.
    func builder(from checkpoint: SignedCheckpoint?) throws -> TileBuilder {
        guard let checkpoint = checkpoint?.checkpoint, checkpoint.size > 0 else { return TileBuilder() }
        return try TileBuilder(continuing: reader(of: checkpoint))
    }

    /// The tree over the first `size` records, as the tiles under `checkpoint` have it.
    func edge(at size: UInt64, under checkpoint: Checkpoint) throws -> RightEdge {
        guard size > 0 else { return RightEdge() }
        return try RightEdge(size: size, reader: reader(of: checkpoint))
    }

    private func reader(of checkpoint: Checkpoint) throws -> TileHashReader {
        try TileHashReader(size: checkpoint.size, root: checkpoint.root, fallsBackToFullTiles: true) { tile in
            try self.bytes(of: tile)
        }
    }

    /// The entry bundle that holds the entry at `index` of a log of `size` entries, read from its full or partial tile.
    func bundle(holding index: UInt64, size: UInt64) throws -> EntryBundle {
        let number = index / UInt64(Tile.fullWidth)
        let width = Int(min(UInt64(Tile.fullWidth), size - number * UInt64(Tile.fullWidth)))
        let partial = Tile(.entries, index: number, width: width)
        if let bytes = try storage.read(LedgerPaths.tile(partial)) {
            return try EntryBundle(parsing: bytes, count: width)
        }
        // A partial bundle may be gone once the full one is there (C2SP tlog-tiles).
        return try EntryBundle(parsing: bytes(of: partial.full), count: Tile.fullWidth)
    }

    /// Calls `body` with the records from `start` up to `size`, in order.
    func forEachRecord(from start: UInt64, to size: UInt64, _ body: (ArraySlice<UInt8>) throws -> Void) throws {
        var index = start
        while index < size {
            let bundle = try bundle(holding: index, size: size)
            let first = Int(index % UInt64(Tile.fullWidth))
            let last = min(bundle.count, first + Int(min(size - index, UInt64(Tile.fullWidth))))
            for position in first..<last { try body(bundle[position]) }
            index += UInt64(last - first)
        }
    }

    private func bytes(of tile: Tile) throws -> [UInt8] {
        let path = try LedgerPaths.tile(tile)
        guard let bytes = try storage.read(path) else {
            throw LedgerError(
                .damaged, "\(path) is missing from the log; run consent verify, and restore the log from a copy")
        }
        return bytes
    }
}
