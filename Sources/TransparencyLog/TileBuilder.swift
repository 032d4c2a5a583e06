public import LedgerCrypto

/// Grows a tree and makes the hash tiles that are to be written. It hashes each node once: what the right edge settles
/// at every eighth level is what the tiles hold.
public struct TileBuilder: Sendable {
    /// The tree as it has grown.
    public private(set) var edge: RightEdge
    /// For each tile level, the hashes that do not fill a tile yet.
    private var rows: [[SHA256Digest]]
    private var fullTiles: [HashTile] = []
    private var takenSize: UInt64

    /// Starts with the empty tree.
    public init() {
        edge = RightEdge()
        rows = Array(repeating: [], count: Tile.levelCount)
        takenSize = 0
    }

    /// Goes on from the tree that `reader` reads, of which the partial tiles are read and confirmed; throws what the
    /// reader throws.
    public init(continuing reader: TileHashReader) throws {
        let tiles: [Tile: HashTile]
        (edge, tiles) = try reader.confirmedEdge()
        takenSize = edge.size
        rows = Array(repeating: [], count: Tile.levelCount)
        for content in tiles.values {
            if case .hashes(let level) = content.tile.row { rows[level] = content.hashes }
        }
    }

    /// How many leaves the tree has.
    public var size: UInt64 { edge.size }

    /// The root of the tree.
    public var root: SHA256Digest { edge.root }

    /// Appends a leaf by its hash.
    public mutating func append(_ leafHash: SHA256Digest) {
        edge.append(leafHash) { coordinate, hash in
            let level = coordinate.level / 8
            guard coordinate.level % 8 == 0, level < rows.count else { return }
            rows[level].append(hash)
            if rows[level].count == Tile.fullWidth {
                fullTiles.append(
                    HashTile(level: level, index: coordinate.index / UInt64(Tile.fullWidth), hashes: rows[level]))
                rows[level].removeAll(keepingCapacity: true)
            }
        }
    }

    /// Appends leaves by their hashes.
    public mutating func append(contentsOf leafHashes: some Sequence<SHA256Digest>) {
        for leafHash in leafHashes { append(leafHash) }
    }

    /// The tiles that became full since tiles were last taken: what can be written before the tree has its last leaf.
    public mutating func takeFullTiles() -> [HashTile] {
        defer { fullTiles = [] }
        return fullTiles
    }

    /// The tiles to write so that the tree of this size can be read: each tile that became full since the last call,
    /// once, then the partial tile of each level that changed. A checkpoint may be signed after they are durable.
    public mutating func takeTiles() -> [HashTile] {
        var tiles = fullTiles
        fullTiles = []
        for (level, row) in rows.enumerated() where !row.isEmpty && takenSize >> (8 * level) != size >> (8 * level) {
            tiles.append(HashTile(level: level, index: size >> (8 * level + 8), hashes: row))
        }
        takenSize = size
        return tiles
    }
}
