internal import LedgerCrypto
internal import TransparencyLog

/// Recomputes the tree from the entries, from left to right, and compares every tile with it.
struct TreeCheck {
    private let source: TileSource
    private let head: Checkpoint
    private var builder = TileBuilder()
    /// The last partial tile of each level above 0.
    private var partial: [Int: HashTile] = [:]
    /// Whether leaves are missing, so that nothing above them can be recomputed.
    private(set) var hasGap = false

    init(source: TileSource, head: Checkpoint) {
        self.source = source
        self.head = head
    }

    /// How many leaves there are so far.
    var size: UInt64 { builder.size }
    /// The root over them; meaningless above a gap.
    var root: SHA256Digest { builder.root }

    /// Appends the next leaf; `nil` where it cannot be known.
    mutating func append(_ leafHash: SHA256Digest?) {
        if leafHash == nil { hasGap = true }
        builder.append(leafHash ?? .zero)
    }

    /// The leaf hashes that the tree has for a bundle: the entries' own, unless they differ from the tile's and the tree
    /// above speaks for the tile, so that one altered record is named and does not spoil everything above it. Call it
    /// when exactly the bundles before have been appended.
    func settle(_ bundle: ExaminedBundle, findings: inout [Finding]) throws -> [SHA256Digest]? {
        guard let computed = bundle.leafHashes, let stored = bundle.storedHashes else {
            return bundle.leafHashes ?? bundle.storedHashes
        }
        guard computed != stored else { return computed }
        let isTileConfirmed = try isInTree(stored, at: bundle.tile)
        let isBundleConfirmed = try !isTileConfirmed && isInTree(computed, at: bundle.tile)
        let differing = computed.indices.filter { computed[$0] != stored[$0] }
        if isBundleConfirmed {
            let first = differing.first ?? 0
            findings.append(
                Self.altered(
                    source.tile(.hashes(level: 0), index: bundle.tile.index), at: first, expected: computed[first],
                    found: stored[first]))
            return computed
        }
        for position in differing {
            let index = bundle.tile.start + UInt64(position)
            findings.append(
                Finding(
                    .alteredRecord, .tree, file: bundle.path, index: index, offset: bundle.offsets[position],
                    expected: stored[position].description, found: computed[position].description,
                    isTileConfirmed
                        ? "Record \(index) is not the one that the tree holds: it was changed after the checkpoint"
                        : "Record \(index) does not have the leaf hash in its tile; one of the two was changed"))
        }
        return isTileConfirmed ? stored : computed
    }

    /// Compares the tiles above level 0 that became full since the last call.
    mutating func compareFullTiles(findings: inout [Finding], unexpected: inout [String]) throws {
        for built in builder.takeTiles() {
            guard case .hashes(let level) = built.tile.row, level > 0 else { continue }
            partial[level] = built.tile.isPartial ? built : nil
            if !built.tile.isPartial { try compare(built, findings: &findings, unexpected: &unexpected) }
        }
    }

    /// Compares what is left above level 0 when all leaves have been appended.
    mutating func compareLastTiles(findings: inout [Finding], unexpected: inout [String]) throws {
        try compareFullTiles(findings: &findings, unexpected: &unexpected)
        for level in partial.keys.sorted() {
            if let built = partial[level] { try compare(built, findings: &findings, unexpected: &unexpected) }
        }
    }

    private func compare(_ built: HashTile, findings: inout [Finding], unexpected: inout [String]) throws {
        guard let stored = try source.readHashes(built.tile, findings: &findings), !hasGap else { return }
        if let position = built.hashes.indices.first(where: { built.hashes[$0] != stored.hashes[$0] }) {
            findings.append(
                Self.altered(
                    built.tile, at: position, expected: built.hashes[position], found: stored.hashes[position]))
        }
        let bytes = built.bytes
        try source.checkPartials(beside: built.tile, compares: true, findings: &findings, unexpected: &unexpected) {
            bytes[..<($0 * SHA256Digest.byteCount)]
        }
    }

    private static func altered(
        _ tile: Tile, at position: Int, expected: SHA256Digest, found: SHA256Digest
    ) -> Finding {
        let index = TileSource.firstLeaf(of: tile, at: position)
        return Finding(
            .alteredTile, .tree, file: tile.path, index: index, offset: position * SHA256Digest.byteCount,
            expected: expected.description, found: found.description,
            "The tile does not hold the hash of what is below it, from record \(index) on: the tile or those records "
                + "were changed")
    }

    /// Whether the tree above has `hashes` at the place of `bundle`.
    private func isInTree(_ hashes: [SHA256Digest], at bundle: Tile) throws -> Bool {
        guard !hasGap else { return false }
        guard bundle.isPartial else {
            var unused: [Finding] = []
            let parent = source.tile(.hashes(level: 1), index: bundle.index >> 8)
            guard let stored = try source.readHashes(parent, findings: &unused) else { return false }
            var subtree = RightEdge()
            subtree.append(contentsOf: hashes)
            return subtree.root == stored.hashes[Int(bundle.index & 255)]
        }
        var edge = builder.edge
        edge.append(contentsOf: hashes)
        return edge.root == head.root
    }
}
