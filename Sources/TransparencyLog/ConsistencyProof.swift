public import LedgerCrypto

/// A Merkle consistency proof (RFC 6962 §2.1.2): shows that the first `oldSize` leaves of the tree of `newSize` leaves
/// are those of the older tree. About the empty tree nothing can be proven, so an old size of 0 is never accepted.
public struct ConsistencyProof: Hashable, Sendable {
    /// How many leaves the older tree has.
    public let oldSize: UInt64
    /// How many leaves the newer tree has.
    public let newSize: UInt64
    /// The hashes in the RFC's order; none if the sizes are equal.
    public let hashes: [SHA256Digest]

    /// Takes a proof as it came; `verify` says whether it is one.
    public init(oldSize: UInt64, newSize: UInt64, hashes: [SHA256Digest]) {
        self.oldSize = oldSize
        self.newSize = newSize
        self.hashes = hashes
    }

    /// Makes the proof from the newer tree's hashes, in one read. Throws `outOfRange` unless
    /// `1 ≤ oldSize ≤ newSize`, and what the reader throws.
    public static func prove(oldSize: UInt64, newSize: UInt64, reader: some HashReader) throws -> ConsistencyProof {
        guard 1 <= oldSize, oldSize <= newSize else { throw Self.outOfRange(oldSize, newSize) }
        var subtrees: [Range<UInt64>] = []
        var start: UInt64 = 0
        var end = newSize
        while oldSize != end {
            let middle = start + TreeSize.split(end - start)
            if oldSize <= middle {
                subtrees.append(middle..<end)
                end = middle
            } else {
                subtrees.append(start..<middle)
                start = middle
            }
        }
        // What is left is a subtree of both trees; if it is the whole older tree, the verifier has its hash.
        if start != 0 { subtrees.append(start..<end) }
        return ConsistencyProof(
            oldSize: oldSize, newSize: newSize, hashes: try reader.subtreeHashes(subtrees.reversed()))
    }

    /// Throws `doesNotVerify` unless the tree of `oldSize` leaves with `oldRoot` is a prefix of that of `newSize`
    /// leaves with `newRoot` (RFC 9162 §2.1.4.2); `outOfRange` unless `1 ≤ oldSize ≤ newSize`.
    public func verify(oldRoot: SHA256Digest, newRoot: SHA256Digest) throws(TransparencyLogError) {
        guard 1 <= oldSize, oldSize <= newSize else { throw Self.outOfRange(oldSize, newSize) }
        if oldSize == newSize {
            guard hashes.isEmpty else { throw wrongLength }
            guard oldRoot == newRoot else {
                throw TransparencyLogError(
                    .doesNotVerify, "two trees of \(oldSize) leaves have different roots, \(oldRoot) and \(newRoot)")
            }
            return
        }
        var path = hashes[...]
        var seed = oldRoot
        if oldSize & (oldSize - 1) != 0 {
            guard let first = path.popFirst() else { throw wrongLength }
            seed = first
        }
        var node = oldSize - 1
        var lastNode = newSize - 1
        while node & 1 == 1 {
            node >>= 1
            lastNode >>= 1
        }
        var oldHash = seed
        var newHash = seed
        for sibling in path {
            guard lastNode != 0 else { throw wrongLength }
            if node & 1 == 1 || node == lastNode {
                oldHash = MerkleHash.node(sibling, oldHash)
                newHash = MerkleHash.node(sibling, newHash)
                while node & 1 == 0 && node != 0 {
                    node >>= 1
                    lastNode >>= 1
                }
            } else {
                newHash = MerkleHash.node(newHash, sibling)
            }
            node >>= 1
            lastNode >>= 1
        }
        guard lastNode == 0 else { throw wrongLength }
        guard oldHash == oldRoot, newHash == newRoot else {
            throw TransparencyLogError(
                .doesNotVerify,
                "the consistency proof leads to the roots \(oldHash) at size \(oldSize) and \(newHash) at size "
                    + "\(newSize), not to \(oldRoot) and \(newRoot)")
        }
    }

    private var wrongLength: TransparencyLogError {
        TransparencyLogError(
            .doesNotVerify,
            "a consistency proof from size \(oldSize) to size \(newSize) does not have \(hashes.count) hashes")
    }

    private static func outOfRange(_ oldSize: UInt64, _ newSize: UInt64) -> TransparencyLogError {
        TransparencyLogError(
            .outOfRange, "no consistency can be proven from size \(oldSize) to size \(newSize): 1 ≤ old ≤ new is needed"
        )
    }
}
