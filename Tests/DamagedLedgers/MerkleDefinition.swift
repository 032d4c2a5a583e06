internal import LedgerCrypto

/// RFC 6962 §2.1, as it is written there and in no other place here: what verifiers are compared with.
enum MerkleDefinition {
    static func root(_ leaves: ArraySlice<SHA256Digest>) -> SHA256Digest {
        guard leaves.count > 1 else { return leaves.first ?? SHA256Digest(hashing: []) }
        let middle = leaves.startIndex + split(leaves.count)
        return node(root(leaves[..<middle]), root(leaves[middle...]))
    }

    static func path(_ index: Int, _ leaves: ArraySlice<SHA256Digest>) -> [SHA256Digest] {
        guard leaves.count > 1 else { return [] }
        let split = split(leaves.count)
        let (left, right) = (leaves.prefix(split), leaves.dropFirst(split))
        return index < split ? path(index, left) + [root(right)] : path(index - split, right) + [root(left)]
    }

    static func proof(_ old: Int, _ leaves: ArraySlice<SHA256Digest>, whole: Bool = true) -> [SHA256Digest] {
        guard old < leaves.count else { return whole ? [] : [root(leaves)] }
        let split = split(leaves.count)
        let (left, right) = (leaves.prefix(split), leaves.dropFirst(split))
        return old <= split
            ? proof(old, left, whole: whole) + [root(right)]
            : proof(old - split, right, whole: false) + [root(left)]
    }

    static func node(_ left: SHA256Digest, _ right: SHA256Digest) -> SHA256Digest {
        SHA256Digest(hashing: [1] + left.bytes + right.bytes)
    }

    private static func split(_ count: Int) -> Int {
        var power = 1
        while power * 2 < count { power *= 2 }
        return power
    }
}
