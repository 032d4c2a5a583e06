public import LedgerCrypto

/// A tree that grows: its size and the roots of the perfect subtrees that cover it, which are all one needs to append
/// and to know the root. At most 63 hashes.
public struct RightEdge: Hashable, Sendable {
    /// How many leaves the tree has.
    public private(set) var size: UInt64
    /// The roots of the perfect subtrees, from left to right, the largest first: one for each bit set in `size`.
    public private(set) var nodes: [SHA256Digest]

    /// The tree without leaves.
    public init() {
        size = 0
        nodes = []
    }

    /// Restores an edge. Throws `tooLarge` over `TreeSize.maximum`, and `malformed` unless there is a node for each
    /// bit set in `size`; the hashes themselves are the caller's to check, against a root.
    public init(size: UInt64, nodes: [SHA256Digest]) throws(TransparencyLogError) {
        guard size <= TreeSize.maximum else {
            throw TransparencyLogError(.tooLarge, "a tree of \(size) leaves is over the limit, \(TreeSize.maximum)")
        }
        guard nodes.count == size.nonzeroBitCount else {
            throw TransparencyLogError(
                .malformed,
                "the edge of a tree of \(size) leaves has \(size.nonzeroBitCount) nodes; \(nodes.count) were given")
        }
        self.size = size
        self.nodes = nodes
    }

    /// Reads the edge of a tree of `size` leaves; throws `tooLarge` over `TreeSize.maximum`, and what the reader throws.
    public init(size: UInt64, reader: some HashReader) throws {
        guard size <= TreeSize.maximum else {
            throw TransparencyLogError(.tooLarge, "a tree of \(size) leaves is over the limit, \(TreeSize.maximum)")
        }
        self.size = size
        nodes = try reader.settledHashes(at: TreeCoordinate.covering(0..<size))
    }

    /// The root of the tree (RFC 6962 §2.1).
    public var root: SHA256Digest { MerkleHash.covering(nodes) }

    /// Appends a leaf by its hash. `completed` is told of every node that becomes settled: the leaf, then its ancestors
    /// upwards.
    public mutating func append(
        _ leafHash: SHA256Digest, completed: (TreeCoordinate, SHA256Digest) -> Void = { _, _ in }
    ) {
        var hash = leafHash
        var level = 0
        completed(TreeCoordinate(level: level, index: size), hash)
        while size >> level & 1 == 1 {
            hash = MerkleHash.node(nodes.removeLast(), hash)
            level += 1
            completed(TreeCoordinate(level: level, index: size >> level), hash)
        }
        nodes.append(hash)
        // Every way in bounds the size by 2^63 − 1, and nobody appends as many again: this does not overflow.
        size += 1
    }

    /// Appends leaves by their hashes.
    public mutating func append(contentsOf leafHashes: some Sequence<SHA256Digest>) {
        for leafHash in leafHashes { append(leafHash) }
    }
}
