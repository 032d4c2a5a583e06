public import LedgerCrypto

/// Reads a tree's hashes from its tiles, and returns none that the tree's root does not confirm: the tiles on the right
/// edge are hashed up to the root, every other one up to the tile above it.
public struct TileHashReader: HashReader {
    /// How many leaves the tree has.
    public let size: UInt64
    /// The tree's root, from a checkpoint that the caller trusts.
    public let root: SHA256Digest
    private let fallsBackToFullTiles: Bool
    private let read: (Tile) throws -> [UInt8]

    /// Reads a tree through `read`, which gives a tile's bytes or throws. With `fallsBackToFullTiles`, a partial tile
    /// that cannot be read is taken from the full one at its place, since a log may delete partial tiles then.
    /// Throws `tooLarge` over `TreeSize.maximum`.
    public init(
        size: UInt64, root: SHA256Digest, fallsBackToFullTiles: Bool = false, read: @escaping (Tile) throws -> [UInt8]
    ) throws(TransparencyLogError) {
        guard size <= TreeSize.maximum else {
            throw TransparencyLogError(.tooLarge, "a tree of \(size) leaves is over the limit, \(TreeSize.maximum)")
        }
        self.size = size
        self.root = root
        self.fallsBackToFullTiles = fallsBackToFullTiles
        self.read = read
    }

    /// The hashes at `coordinates`. Throws `outOfRange` for a node that is not complete in the tree, `doesNotVerify` if
    /// the tiles do not lead to the root, `malformed` for a tile of the wrong length, and what reading throws.
    public func hashes(at coordinates: [TreeCoordinate]) throws -> [SHA256Digest] {
        let places = try coordinates.map { coordinate in
            guard let tile = Tile(holding: coordinate, inTreeOf: size) else {
                throw TransparencyLogError(
                    .outOfRange,
                    "a tree of \(size) leaves has no complete node \(coordinate.index) at level \(coordinate.level)")
            }
            return (coordinate, tile)
        }
        var confirmed = try confirmedEdge().tiles
        return try places.map { coordinate, tile in
            try confirm(tile, in: &confirmed).hash(at: coordinate)
        }
    }

    /// The tree's edge and the partial tiles it lies in, confirmed by the root. Every partial tile of a tree is among
    /// them, and each of its hashes is below a node of the edge.
    func confirmedEdge() throws -> (edge: RightEdge, tiles: [Tile: HashTile]) {
        var tiles: [Tile: HashTile] = [:]
        var nodes: [SHA256Digest] = []
        for coordinate in TreeCoordinate.covering(0..<size) {
            guard let tile = Tile(holding: coordinate, inTreeOf: size) else { continue }
            let content = try tiles[tile] ?? load(tile)
            tiles[tile] = content
            nodes.append(content.hash(at: coordinate))
        }
        let edge = try RightEdge(size: size, nodes: nodes)
        guard edge.root == root else {
            throw TransparencyLogError(
                .doesNotVerify,
                "the tiles on the edge of the tree of \(size) leaves lead to the root \(edge.root), "
                    + "not \(root): at least one is damaged")
        }
        return (edge, tiles)
    }

    private func confirm(_ tile: Tile, in confirmed: inout [Tile: HashTile]) throws -> HashTile {
        if let content = confirmed[tile] { return content }
        // Partial tiles are all confirmed at the start, so this one is full and has a parent.
        let parent = try confirm(tile.parent(inTreeOf: size), in: &confirmed)
        let content = try load(tile)
        guard content.root == parent.hashes[Int(tile.index - parent.tile.start)] else {
            throw TransparencyLogError(
                .doesNotVerify, "\(tile.path) does not have the hash that \(parent.tile.path) gives it: it is damaged")
        }
        confirmed[tile] = content
        return content
    }

    private func load(_ tile: Tile) throws -> HashTile {
        do {
            return try HashTile(tile, bytes: read(tile))
        } catch {
            guard fallsBackToFullTiles, tile.isPartial, let bytes = try? read(tile.full),
                let full = try? HashTile(tile.full, bytes: bytes)
            else { throw error }
            return try HashTile(tile, bytes: Array(full.bytes.prefix(tile.width * SHA256Digest.byteCount)))
        }
    }
}
