internal import LedgerCrypto
internal import TransparencyLog

/// Roots, proofs, tiles and bundles.
extension Vector {
    static let merkleVectors: [Vector] = roots + inclusions + consistencies + bundles

    /// Entry n is n bytes of the value n.
    private static let entries = (0..<11).map { [UInt8](repeating: UInt8($0), count: $0) }
    private static let leaves = entries.map { SHA256Digest(hashing: [0] + $0) }

    // MARK: Roots

    private static let roots: [Vector] =
        [0, 1, 2, 3, 4, 5, 7, 8, 11].map { size in
            root("root-of-\(size)", "The root over \(size) entries.", nil, size, MerkleDefinition.root(leaves[..<size]))
        } + [
            root(
                "root-of-another-size", "The root of seven entries for eight.", "does-not-verify", 8,
                MerkleDefinition.root(leaves[..<7])),
            root("root-of-nothing-as-zeros", "32 zero bytes for the empty tree.", "does-not-verify", 0, .zero),
            root(
                "root-without-leaf-prefix", "The leaf's hash without the byte 0 before it.", "does-not-verify", 1,
                SHA256Digest(hashing: entries[0])),
            root(
                "root-with-last-leaf-doubled", "Three entries, the last one twice, as Bitcoin has it.",
                "does-not-verify", 3,
                MerkleDefinition.node(
                    MerkleDefinition.node(leaves[0], leaves[1]), MerkleDefinition.node(leaves[2], leaves[2]))),
            root(
                "root-unbalanced-to-the-left", "Three entries split after the first one.", "does-not-verify", 3,
                MerkleDefinition.node(leaves[0], MerkleDefinition.node(leaves[1], leaves[2]))),
        ]

    private static func root(
        _ name: String, _ comment: String, _ code: String?, _ size: Int, _ root: SHA256Digest
    ) -> Vector {
        merkle(
            name, comment, code,
            ["kind": "root", "entries-hex": .hexes(entries[..<size]), "root-hex": .hex(root.bytes)])
    }

    // MARK: Inclusion

    private struct Inclusion {
        var leaf: SHA256Digest
        var index: UInt64
        var size: UInt64
        var proof: [SHA256Digest]
        var root: SHA256Digest

        init(_ index: Int, of size: Int) {
            leaf = leaves[index]
            self.index = UInt64(index)
            self.size = UInt64(size)
            proof = MerkleDefinition.path(index, leaves[..<size])
            root = MerkleDefinition.root(leaves[..<size])
        }
    }

    private static let inclusions: [Vector] =
        [(0, 1), (0, 2), (1, 2), (2, 3), (0, 7), (6, 7), (5, 8), (7, 8), (8, 11), (10, 11)].map { index, size in
            inclusion("inclusion-\(index)-of-\(size)", "Entry \(index) of \(size).", nil, Inclusion(index, of: size))
        } + [
            changedInclusion("another-leaf", "The leaf is another entry's.", "does-not-verify") { $0.leaf = leaves[4] },
            changedInclusion("another-index", "The index is the next one.", "does-not-verify") { $0.index += 1 },
            changedInclusion("another-root", "The root is another size's.", "does-not-verify") {
                $0.root = MerkleDefinition.root(leaves[..<10])
            },
            changedInclusion("another-size", "The size is one more; the path is too short for it.", "does-not-verify") {
                $0 = Inclusion(6, of: 8)
                $0.size = 9
            },
            changedInclusion("hash-left-out", "A hash of the path is left out.", "does-not-verify") {
                $0.proof.removeLast()
            },
            changedInclusion("hash-added", "A hash more is in the path.", "does-not-verify") {
                $0.proof.append(leaves[0])
            },
            changedInclusion("hash-flipped", "A bit of a hash is another.", "does-not-verify") {
                var bytes = $0.proof[1].bytes
                bytes[31] ^= 1
                $0.proof[1] = SHA256Digest(bytes)!
            },
            changedInclusion("hashes-swapped", "Two hashes have changed places.", "does-not-verify") {
                $0.proof.swapAt(0, 1)
            },
            changedInclusion("index-at-size", "The index is the size.", "out-of-range") { $0.index = 11 },
            changedInclusion("no-tree", "The size is 0.", "out-of-range") {
                $0.index = 0
                $0.size = 0
                $0.proof = []
            },
            changedInclusion("size-over-the-limit", "The size is 2^63.", "does-not-verify") { $0.size = 1 << 63 },
            changedInclusion("index-of-the-largest", "The index is 2^64 - 1.", "out-of-range") { $0.index = .max },
        ]

    private static func changedInclusion(
        _ name: String, _ comment: String, _ code: String, _ change: (inout Inclusion) -> Void
    ) -> Vector {
        var proof = Inclusion(5, of: 11)
        change(&proof)
        return inclusion("inclusion-\(name)", comment, code, proof)
    }

    private static func inclusion(_ name: String, _ comment: String, _ code: String?, _ proof: Inclusion) -> Vector {
        merkle(
            name, comment, code,
            [
                "kind": "inclusion", "leaf-hash-hex": .hex(proof.leaf.bytes), "index": .number(proof.index),
                "size": .number(proof.size), "proof-hex": .hexes(proof.proof.map(\.bytes)),
                "root-hex": .hex(proof.root.bytes),
            ])
    }

    // MARK: Consistency

    private struct Consistency {
        var oldSize: UInt64
        var oldRoot: SHA256Digest
        var size: UInt64
        var root: SHA256Digest
        var proof: [SHA256Digest]

        init(_ old: Int, _ new: Int) {
            oldSize = UInt64(old)
            oldRoot = MerkleDefinition.root(leaves[..<old])
            size = UInt64(new)
            root = MerkleDefinition.root(leaves[..<new])
            proof = MerkleDefinition.proof(old, leaves[..<new])
        }
    }

    private static let consistencies: [Vector] =
        [(1, 1), (1, 2), (2, 3), (3, 7), (4, 7), (4, 8), (6, 8), (7, 8), (8, 11), (11, 11)].map {
            old, new in
            consistency(
                "consistency-\(old)-to-\(new)", "A tree of \(old), then of \(new).", nil, Consistency(old, new))
        } + [
            changedConsistency("another-old-root", "The older root is another.", "does-not-verify") {
                $0.oldRoot = leaves[0]
            },
            changedConsistency("another-root", "The newer root is another.", "does-not-verify") { $0.root = leaves[0] },
            changedConsistency("roots-swapped", "The roots have changed places.", "does-not-verify") {
                swap(&$0.oldRoot, &$0.root)
            },
            changedConsistency("another-old-size", "The older size is one less.", "does-not-verify") {
                $0.oldSize -= 1
            },
            changedConsistency("hash-left-out", "A hash is left out.", "does-not-verify") { $0.proof.removeLast() },
            changedConsistency("hash-added", "A hash more is there.", "does-not-verify") { $0.proof.append(leaves[0]) },
            changedConsistency("hashes-swapped", "Two hashes have changed places.", "does-not-verify") {
                $0.proof.swapAt(0, 1)
            },
            changedConsistency("no-hashes", "There are no hashes at all.", "does-not-verify") { $0.proof = [] },
            changedConsistency("sizes-swapped", "The older tree is the larger one.", "out-of-range") {
                swap(&$0.oldSize, &$0.size)
            },
            changedConsistency("same-size-another-root", "Equal sizes with different roots.", "does-not-verify") {
                $0 = Consistency(7, 7)
                $0.root = leaves[0]
            },
            changedConsistency(
                "same-size-with-a-hash", "Equal sizes, and a hash that is not needed.", "does-not-verify"
            ) {
                $0 = Consistency(7, 7)
                $0.proof = [leaves[0]]
            },
            changedConsistency("forked", "The older tree had another entry.", "does-not-verify") {
                var others = leaves
                others[2] = SHA256Digest(hashing: [9])
                $0.oldRoot = MerkleDefinition.root(others[..<6])
            },
        ]

    private static func changedConsistency(
        _ name: String, _ comment: String, _ code: String, _ change: (inout Consistency) -> Void
    ) -> Vector {
        var proof = Consistency(6, 11)
        change(&proof)
        return consistency("consistency-\(name)", comment, code, proof)
    }

    private static func consistency(
        _ name: String, _ comment: String, _ code: String?, _ proof: Consistency
    ) -> Vector {
        merkle(
            name, comment, code,
            [
                "kind": "consistency", "old-size": .number(proof.oldSize), "old-root-hex": .hex(proof.oldRoot.bytes),
                "size": .number(proof.size), "root-hex": .hex(proof.root.bytes),
                "proof-hex": .hexes(proof.proof.map(\.bytes)),
            ])
    }

    // MARK: Bundles

    private static let bundles: [Vector] = [
        bundle(
            "bundle-of-two", "Two entries, the second of 256 bytes.", nil, 2,
            [0, 1, 7, 1, 0] + [UInt8](repeating: 9, count: 256)),
        bundle("bundle-with-an-empty-entry", "An entry of no bytes.", nil, 1, [0, 0]),
        bundle(
            "bundle-with-the-largest-entry", "An entry of 65,535 bytes.", nil, 1,
            [0xff, 0xff] + [UInt8](repeating: 1, count: 65_535)),
        bundle("bundle-of-one-too-few", "One entry where two are due.", "malformed", 2, [0, 1, 7]),
        bundle("bundle-of-one-too-many", "Two entries where one is due.", "malformed", 1, [0, 1, 7, 0, 0]),
        bundle("bundle-cut-in-an-entry", "The last byte is missing.", "malformed", 1, [0, 2, 7]),
        bundle("bundle-cut-in-a-length", "Half a length is missing.", "malformed", 2, [0, 1, 7, 0]),
        bundle("bundle-with-a-trailing-byte", "A byte follows.", "malformed", 1, [0, 1, 7, 0]),
        bundle(
            "bundle-with-lengths-little-endian", "The length's bytes are the wrong way round.", "malformed", 1,
            [1, 0, 7]),
    ]

    private static func bundle(
        _ name: String, _ comment: String, _ code: String?, _ count: UInt64, _ bytes: [UInt8]
    ) -> Vector {
        Vector(
            .merkle, name, comment, code.map { .structure($0) } ?? .accept,
            ["kind": "bundle", "bundle-hex": .hex(bytes), "count": .number(count)])
    }

    private static func merkle(
        _ name: String, _ comment: String, _ code: String?, _ inputs: [String: Value]
    ) -> Vector {
        Vector(.merkle, name, comment, code.map { .tree($0) } ?? .accept, inputs)
    }
}
