import Foundation
import LedgerCrypto
import Testing
import TransparencyLog

@Suite struct ProofTests {
    private let tree = NaiveTree(size: 100)

    @Test func everyInclusionProofTo100() throws {
        for size in 1...100 {
            let root = tree.root(size: size)
            for index in 0..<size {
                let proof = try InclusionProof.prove(index: UInt64(index), size: UInt64(size), reader: tree)
                #expect(proof.hashes == tree.path(index, 0..<size))
                try proof.verify(leafHash: tree.leafHashes[index], root: root)
            }
        }
    }

    @Test func everyConsistencyProofTo100() throws {
        for newSize in 1...100 {
            let newRoot = tree.root(size: newSize)
            for oldSize in 1...newSize {
                let proof = try ConsistencyProof.prove(
                    oldSize: UInt64(oldSize), newSize: UInt64(newSize), reader: tree)
                #expect(proof.hashes == tree.proof(oldSize, newSize))
                try proof.verify(oldRoot: tree.root(size: oldSize), newRoot: newRoot)
            }
        }
    }

    @Test func everyChangeToAnInclusionProofIsSeen() throws {
        let refused = TransparencyLogError(.doesNotVerify, "")
        for size in 1...17 {
            let root = tree.root(size: size)
            for index in 0..<size {
                let leafHash = tree.leafHashes[index]
                let hashes = tree.path(index, 0..<size)
                func proof(_ index: Int, _ hashes: [SHA256Digest]) -> InclusionProof {
                    InclusionProof(index: UInt64(index), size: UInt64(size), hashes: hashes)
                }
                for mutation in hashes.mutations {
                    #expect(throws: refused) { try proof(index, mutation).verify(leafHash: leafHash, root: root) }
                }
                for bit in 0..<256 {
                    #expect(throws: refused) {
                        try proof(index, hashes).verify(leafHash: leafHash.flipping(bit), root: root)
                    }
                    #expect(throws: refused) {
                        try proof(index, hashes).verify(leafHash: leafHash, root: root.flipping(bit))
                    }
                }
                for other in 0..<size where other != index {
                    #expect(throws: refused) { try proof(other, hashes).verify(leafHash: leafHash, root: root) }
                }
            }
        }
    }

    @Test func everyChangeToAConsistencyProofIsSeen() throws {
        let refused = TransparencyLogError(.doesNotVerify, "")
        for newSize in 1...17 {
            let newRoot = tree.root(size: newSize)
            for oldSize in 1...newSize {
                let oldRoot = tree.root(size: oldSize)
                let hashes = tree.proof(oldSize, newSize)
                func proof(_ hashes: [SHA256Digest]) -> ConsistencyProof {
                    ConsistencyProof(oldSize: UInt64(oldSize), newSize: UInt64(newSize), hashes: hashes)
                }
                for mutation in hashes.mutations {
                    #expect(throws: refused) { try proof(mutation).verify(oldRoot: oldRoot, newRoot: newRoot) }
                }
                for bit in 0..<256 {
                    #expect(throws: refused) {
                        try proof(hashes).verify(oldRoot: oldRoot.flipping(bit), newRoot: newRoot)
                    }
                    #expect(throws: refused) {
                        try proof(hashes).verify(oldRoot: oldRoot, newRoot: newRoot.flipping(bit))
                    }
                }
                if oldSize != newSize {
                    #expect(throws: refused) { try proof(hashes).verify(oldRoot: newRoot, newRoot: oldRoot) }
                }
            }
        }
    }

    /// A path that goes on past the root leads nowhere, not to a root above it.
    @Test func pathsEndAtTheRoot() throws {
        let above = SHA256Digest(hashing: [1])
        for size in 1...17 {
            for index in 0..<size {
                let longer = InclusionProof(
                    index: UInt64(index), size: UInt64(size), hashes: tree.path(index, 0..<size) + [above])
                #expect(throws: TransparencyLogError(.doesNotVerify, "")) {
                    try longer.root(leafHash: tree.leafHashes[index])
                }
            }
            for old in 1..<max(size, 2) where old < size {
                let longer = ConsistencyProof(
                    oldSize: UInt64(old), newSize: UInt64(size), hashes: tree.proof(old, size) + [above])
                #expect(throws: TransparencyLogError(.doesNotVerify, "")) {
                    try longer.verify(
                        oldRoot: NaiveTree.node(above, tree.root(size: old)),
                        newRoot: NaiveTree.node(above, tree.root(size: size)))
                }
            }
        }
    }

    /// A tree that changed one entry has no proof from the tree before.
    @Test func changedHistoryHasNoProof() throws {
        for size in 2...20 {
            for old in 1..<size {
                let changed = NaiveTree(size: size, changing: old - 1)
                let proof = try ConsistencyProof.prove(oldSize: UInt64(old), newSize: UInt64(size), reader: changed)
                #expect(throws: TransparencyLogError(.doesNotVerify, "")) {
                    try proof.verify(oldRoot: tree.root(size: old), newRoot: changed.root(size: size))
                }
            }
        }
    }

    @Test func outsideTheTree() {
        let outOfRange = TransparencyLogError(.outOfRange, "")
        for (index, size) in [(0, 0), (1, 1), (5, 4), (.max, .max), (.max, 1)] as [(UInt64, UInt64)] {
            #expect(throws: outOfRange) { try InclusionProof.prove(index: index, size: size, reader: tree) }
            #expect(throws: outOfRange) {
                try InclusionProof(index: index, size: size, hashes: []).verify(leafHash: .zero, root: .zero)
            }
        }
        for (old, new) in [(0, 0), (0, 1), (2, 1), (.max, 1), (0, .max)] as [(UInt64, UInt64)] {
            #expect(throws: outOfRange) { try ConsistencyProof.prove(oldSize: old, newSize: new, reader: tree) }
            #expect(throws: outOfRange) {
                try ConsistencyProof(oldSize: old, newSize: new, hashes: []).verify(oldRoot: .zero, newRoot: .zero)
            }
        }
    }

    private struct SameHashEverywhere: HashReader {
        func hashes(at coordinates: [TreeCoordinate]) -> [SHA256Digest] {
            Array(repeating: .zero, count: coordinates.count)
        }
    }

    /// The largest numbers do not trap, whatever comes with them.
    @Test(arguments: [1, 2, 3, 1 << 32, (1 << 63) - 1, 1 << 63, (1 << 63) + 1, .max - 1, .max] as [UInt64])
    func largeSizes(_ size: UInt64) throws {
        for index in [0, 1, size / 2, size - 1] where index < size {
            let proof = try InclusionProof.prove(index: index, size: size, reader: SameHashEverywhere())
            _ = try proof.root(leafHash: .zero)
            for count in [0, 1, 63, 64, 65, 200] where count != proof.hashes.count {
                let wrong = InclusionProof(index: index, size: size, hashes: Array(repeating: .zero, count: count))
                #expect(throws: TransparencyLogError(.doesNotVerify, "")) {
                    try wrong.verify(leafHash: .zero, root: .zero)
                }
            }
        }
        for oldSize in [1, size / 2, size - 1, size] where oldSize > 0 {
            let proof = try ConsistencyProof.prove(oldSize: oldSize, newSize: size, reader: SameHashEverywhere())
            for count in [0, 1, 63, 64, 65, 200, proof.hashes.count] {
                let wrong = ConsistencyProof(
                    oldSize: oldSize, newSize: size, hashes: Array(repeating: .zero, count: count))
                #expect(throws: TransparencyLogError(.doesNotVerify, "")) {
                    try wrong.verify(oldRoot: .zero, newRoot: MerkleHash.empty)
                }
            }
        }
    }
}

/// transparency-dev/merkle's `testdata`, one case a file, named by its mutation.
@Suite struct OutsideProofTests {
    private struct InclusionCase: Decodable {
        let leafIdx: UInt64
        let treeSize: UInt64
        let root: String
        let leafHash: String
        let proof: [String]?
        let wantErr: Bool
    }

    private struct ConsistencyCase: Decodable {
        let size1: UInt64
        let size2: UInt64
        let root1: String
        let root2: String
        let proof: [String]?
        let wantErr: Bool
    }

    private static func files(_ folder: String) throws -> [URL] {
        let url = try #require(OutsideVectors.url(folder))
        let names = try #require(FileManager.default.enumerator(atPath: url.path)).compactMap { $0 as? String }
        return names.filter { $0.hasSuffix(".json") }.map { url.appendingPathComponent($0) }
    }

    @Test(.enabled(if: OutsideVectors.url("merkle/inclusion") != nil, "\(OutsideVectors.skipped)"))
    func inclusion() throws {
        let files = try Self.files("merkle/inclusion")
        #expect(files.count == 98)
        for file in files {
            let vector = try JSONDecoder().decode(InclusionCase.self, from: Data(contentsOf: file))
            let isAccepted: Bool
            // What is not 32 bytes is no digest, and the types refuse it before any proof is looked at.
            if let root = Base64.decode(vector.root).flatMap({ SHA256Digest($0) }),
                let leafHash = Base64.decode(vector.leafHash).flatMap({ SHA256Digest($0) }),
                let hashes = Self.digests(vector.proof)
            {
                let proof = InclusionProof(index: vector.leafIdx, size: vector.treeSize, hashes: hashes)
                isAccepted = (try? proof.verify(leafHash: leafHash, root: root)) != nil
            } else {
                isAccepted = false
            }
            #expect(isAccepted == !vector.wantErr, "\(file.path)")
        }
    }

    @Test(.enabled(if: OutsideVectors.url("merkle/consistency") != nil, "\(OutsideVectors.skipped)"))
    func consistency() throws {
        let files = try Self.files("merkle/consistency")
        #expect(files.count == 98)
        for file in files {
            let vector = try JSONDecoder().decode(ConsistencyCase.self, from: Data(contentsOf: file))
            let isAccepted: Bool
            if let hashes = Self.digests(vector.proof) {
                let proof = ConsistencyProof(oldSize: vector.size1, newSize: vector.size2, hashes: hashes)
                let roots = try (Self.standIn(vector.root1), Self.standIn(vector.root2))
                isAccepted = (try? proof.verify(oldRoot: roots.0, newRoot: roots.1)) != nil
            } else {
                isAccepted = false
            }
            #expect(isAccepted == !vector.wantErr, "\(file.path)")
        }
    }

    private static func digests(_ encoded: [String]?) -> [SHA256Digest]? {
        let digests = (encoded ?? []).map { Base64.decode($0).flatMap { SHA256Digest($0) } }
        return digests.contains(nil) ? nil : digests.compactMap { $0 }
    }

    /// Some of these cases have words for roots ("don't care 1"), and one of those is to be accepted: such a root is
    /// replaced by its digest, which keeps equal ones equal.
    private static func standIn(_ encoded: String) throws -> SHA256Digest {
        let bytes = try #require(Base64.decode(encoded))
        return SHA256Digest(bytes) ?? SHA256Digest(hashing: bytes)
    }
}
