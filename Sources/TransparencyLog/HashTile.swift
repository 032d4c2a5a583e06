public import LedgerCrypto

/// A tile of hashes with its content: `width` consecutive hashes of 32 bytes.
public struct HashTile: Hashable, Sendable {
    /// Where the tile is, and how wide.
    public let tile: Tile
    /// The hashes from left to right.
    public let hashes: [SHA256Digest]

    /// Reads a hash tile's bytes; throws `malformed` unless they are exactly `32 × width` and the tile is not an entry
    /// bundle. Whether they belong to a tree is for `TileHashReader` to say.
    public init(_ tile: Tile, bytes: [UInt8]) throws(TransparencyLogError) {
        let size = SHA256Digest.byteCount
        guard tile.row != .entries, bytes.count == tile.width * size else {
            throw TransparencyLogError(
                .malformed, "\(tile.path) has \(bytes.count) bytes; \(tile.width) hashes take \(tile.width * size)")
        }
        self.tile = tile
        hashes = stride(from: 0, to: bytes.count, by: size).compactMap { SHA256Digest(bytes[$0..<$0 + size]) }
    }

    /// Puts `hashes`, 1 to 256, into the tile at `index` of hash level `level`.
    init(level: Int, index: UInt64, hashes: [SHA256Digest]) {
        tile = Tile(.hashes(level: level), index: index, width: hashes.count)
        self.hashes = hashes
    }

    /// The content as it is stored and served.
    public var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(hashes.count * SHA256Digest.byteCount)
        for hash in hashes { hash.withUnsafeBytes { bytes.append(contentsOf: $0) } }
        return bytes
    }

    /// The hash of the node at `coordinate`, which must be in this tile.
    func hash(at coordinate: TreeCoordinate) -> SHA256Digest {
        let height = coordinate.level % 8
        let start = Int(coordinate.index << height - tile.start)
        return subtreeHash(start..<start + 1 << height)
    }

    /// The root of a full tile.
    var root: SHA256Digest { subtreeHash(0..<Tile.fullWidth) }

    private func subtreeHash(_ range: Range<Int>) -> SHA256Digest {
        guard range.count > 1 else { return hashes[range.lowerBound] }
        let middle = range.lowerBound + range.count / 2
        return MerkleHash.node(subtreeHash(range.lowerBound..<middle), subtreeHash(middle..<range.upperBound))
    }
}
