internal import LedgerCrypto
internal import TransparencyLog

/// The tree of a remote log's checkpoint: what its tiles say, none of which is given unless they lead to the root that was
/// signed.
final class RemoteTree {
    let size: UInt64
    private let checkpoint: Checkpoint
    private let remote: any RemoteLog
    /// The tiles that were fetched last; those on the edge are asked for again and again.
    private var fetched: [Tile: [UInt8]] = [:]
    private static let mostFetched = 256

    init(_ remote: any RemoteLog, of checkpoint: Checkpoint) throws {
        self.remote = remote
        self.checkpoint = checkpoint
        size = checkpoint.size
    }

    /// What `body` reads of the tiles. Throws `servedWrong` if they do not lead to the root, and `notServed`.
    func confirmed<Result>(_ body: (TileHashReader) throws -> Result) throws -> Result {
        let reader = try TileHashReader(
            size: size, root: checkpoint.root, fallsBackToFullTiles: true, read: { try self.bytes(of: $0) })
        do { return try body(reader) } catch let error as TransparencyLogError {
            throw LedgerError(.servedWrong, "the log serves tiles that are not those of its checkpoint: \(error)")
        }
    }

    /// The entry bundle at a number, as wide as the tree has it.
    func bundle(_ number: UInt64) -> Tile {
        let width = min(UInt64(Tile.fullWidth), size - number * UInt64(Tile.fullWidth))
        return Tile(.entries, index: number, width: Int(width))
    }

    /// The root over the entries of each of those bundles, which have one tile of level 1 above them.
    func bundleRoots(_ numbers: Range<UInt64>) throws -> [SHA256Digest] {
        let width = UInt64(Tile.fullWidth)
        let full = numbers.prefix { ($0 + 1) * width <= size }
        return try confirmed { reader in
            var roots = try reader.hashes(at: full.map { TreeCoordinate(level: 8, index: $0) })
            if full.count < numbers.count {
                var edge = RightEdge()
                edge.append(
                    contentsOf: try reader.hashes(
                        at: (size / width * width..<size).map { TreeCoordinate(level: 0, index: $0) }))
                roots.append(edge.root)
            }
            return roots
        }
    }

    /// The bundle in `bytes`, which are those of `tile` or of the full one in its place. Throws `servedWrong` unless its
    /// entries have the root `root`.
    static func bundle(_ bytes: [UInt8], _ tile: Tile, root: SHA256Digest) throws -> EntryBundle {
        do {
            let bundle = try Self.prefix(of: bytes, count: tile.width)
            var edge = RightEdge()
            edge.append(contentsOf: bundle.leafHashes)
            guard edge.root == root else {
                throw TransparencyLogError(.doesNotVerify, "it holds other entries than the tree of the checkpoint")
            }
            return bundle
        } catch let error as TransparencyLogError {
            throw LedgerError(.servedWrong, "\(tile.path) of the log is not what its checkpoint says: \(error)")
        }
    }

    /// The first `count` entries; what follows them has to be entries too.
    private static func prefix(of bytes: [UInt8], count: Int) throws -> EntryBundle {
        do { return try EntryBundle(parsing: bytes, count: count) } catch {
            guard count < Tile.fullWidth, let full = try? EntryBundle(parsing: bytes, count: Tile.fullWidth) else {
                throw error
            }
            return try EntryBundle(parsing: Array(bytes[..<full.ranges[count - 1].upperBound]), count: count)
        }
    }

    private func bytes(of tile: Tile) throws -> [UInt8] {
        if let bytes = fetched[tile] { return bytes }
        guard let bytes = try remote.file(tile.path, most: Tile.fullWidth * SHA256Digest.byteCount) else {
            throw LedgerError(.notServed, "the log does not serve \(tile.path), which its checkpoint needs")
        }
        if fetched.count >= Self.mostFetched { fetched = [:] }
        fetched[tile] = bytes
        return bytes
    }
}
