public import LedgerCrypto

/// A Merkle audit path (RFC 6962 §2.1.1): shows that the leaf at `index` is in the tree of `size` leaves.
public struct InclusionProof: Hashable, Sendable {
    /// The leaf's place, from 0.
    public let index: UInt64
    /// How many leaves the tree has.
    public let size: UInt64
    /// From the leaf's sibling up to the root's child.
    public let hashes: [SHA256Digest]

    /// Takes a path as it came; `verify` says whether it is one.
    public init(index: UInt64, size: UInt64, hashes: [SHA256Digest]) {
        self.index = index
        self.size = size
        self.hashes = hashes
    }

    /// Makes the proof from the tree's hashes, in one read. Throws `outOfRange` unless `index < size`, and what the
    /// reader throws.
    public static func prove(index: UInt64, size: UInt64, reader: some HashReader) throws -> InclusionProof {
        guard index < size else { throw Self.outOfRange(index, size) }
        var siblings: [Range<UInt64>] = []
        var start: UInt64 = 0
        var end = size
        while end - start > 1 {
            let middle = start + TreeSize.split(end - start)
            if index < middle {
                siblings.append(middle..<end)
                end = middle
            } else {
                siblings.append(start..<middle)
                start = middle
            }
        }
        return InclusionProof(index: index, size: size, hashes: try reader.subtreeHashes(siblings.reversed()))
    }

    /// The root that the path leads to from `leafHash` (RFC 9162 §2.1.3.2). Throws `outOfRange` unless `index < size`,
    /// and `doesNotVerify` if the path is longer or shorter than that of any such leaf.
    public func root(leafHash: SHA256Digest) throws(TransparencyLogError) -> SHA256Digest {
        guard index < size else { throw Self.outOfRange(index, size) }
        var node = index
        var lastNode = size - 1
        var hash = leafHash
        for sibling in hashes {
            guard lastNode != 0 else { throw wrongLength }
            if node & 1 == 1 || node == lastNode {
                hash = MerkleHash.node(sibling, hash)
                // A last node that is a left child has no sibling at its level; it is carried up to where it has one.
                while node & 1 == 0 && node != 0 {
                    node >>= 1
                    lastNode >>= 1
                }
            } else {
                hash = MerkleHash.node(hash, sibling)
            }
            node >>= 1
            lastNode >>= 1
        }
        guard lastNode == 0 else { throw wrongLength }
        return hash
    }

    /// Throws `doesNotVerify` unless the leaf with `leafHash` is at `index` in the tree of `size` leaves with `root`;
    /// `outOfRange` unless `index < size`.
    public func verify(leafHash: SHA256Digest, root expected: SHA256Digest) throws(TransparencyLogError) {
        let root = try root(leafHash: leafHash)
        guard root == expected else {
            throw TransparencyLogError(
                .doesNotVerify,
                "the inclusion proof for leaf \(index) in a tree of \(size) leads to the root \(root), not \(expected)")
        }
    }

    private var wrongLength: TransparencyLogError {
        TransparencyLogError(
            .doesNotVerify,
            "an inclusion proof for leaf \(index) in a tree of \(size) does not have \(hashes.count) hashes")
    }

    private static func outOfRange(_ index: UInt64, _ size: UInt64) -> TransparencyLogError {
        TransparencyLogError(.outOfRange, "a tree of \(size) leaves has none at index \(index)")
    }
}
