public import LedgerCrypto

/// The hashes of an RFC 6962 tree (§2.1), over SHA-256.
public enum MerkleHash {
    /// The root of the tree without entries: SHA-256 of nothing.
    public static let empty = SHA256Digest(hashing: [])

    /// The hash of a leaf: SHA-256(0x00 ‖ entry).
    public static func leaf(_ entry: UnsafeRawBufferPointer) -> SHA256Digest {
        var hasher = SHA256Hasher()
        hasher.update(byte: 0x00)
        hasher.update(entry)
        return hasher.finalize()
    }

    /// The hash of a leaf: SHA-256(0x00 ‖ entry).
    public static func leaf(_ entry: [UInt8]) -> SHA256Digest {
        entry.withUnsafeBytes { leaf($0) }
    }

    /// The hash of a node: SHA-256(0x01 ‖ left ‖ right).
    public static func node(_ left: SHA256Digest, _ right: SHA256Digest) -> SHA256Digest {
        var hasher = SHA256Hasher()
        hasher.update(byte: 0x01)
        hasher.update(left)
        hasher.update(right)
        return hasher.finalize()
    }

    /// The hash of a subtree from those of the perfect subtrees that cover it, from left to right, each smaller than
    /// the one before.
    static func covering(_ subtrees: some BidirectionalCollection<SHA256Digest>) -> SHA256Digest {
        guard var hash = subtrees.last else { return empty }
        for subtree in subtrees.dropLast().reversed() { hash = node(subtree, hash) }
        return hash
    }
}
