import LedgerCrypto
import Testing
import TransparencyLog

@Suite struct RightEdgeTests {
    private let tree = NaiveTree(size: 300)

    @Test func hashesAreThoseOfTheRFC() {
        let left = SHA256Digest(hashing: [1])
        let right = SHA256Digest(hashing: [2])
        #expect(MerkleHash.empty.description == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(MerkleHash.leaf([]) == SHA256Digest(hashing: [0x00]))
        #expect(MerkleHash.leaf([7, 8]) == SHA256Digest(hashing: [0x00, 7, 8]))
        #expect(MerkleHash.node(left, right) == SHA256Digest(hashing: [0x01] + left.bytes + right.bytes))
    }

    @Test func everySizeHasTheRootOfTheRFC() {
        var edge = RightEdge()
        #expect(edge.root == MerkleHash.empty)
        for (index, leafHash) in tree.leafHashes.enumerated() {
            edge.append(leafHash)
            #expect(edge.size == UInt64(index + 1))
            #expect(edge.root == tree.root(size: index + 1))
        }
        var other = RightEdge()
        other.append(contentsOf: tree.leafHashes)
        #expect(other == edge)
    }

    /// What it reports as settled is every complete node, once, with the hash of the RFC.
    @Test func reportsEveryCompleteNodeOnce() throws {
        var settled: [TreeCoordinate: SHA256Digest] = [:]
        var edge = RightEdge()
        for leafHash in tree.leafHashes {
            edge.append(leafHash) { coordinate, hash in
                #expect(settled.updateValue(hash, forKey: coordinate) == nil)
            }
        }
        #expect(settled.count == (0..<9).map { 300 >> $0 }.reduce(0, +))
        for (coordinate, hash) in settled {
            #expect(coordinate.isComplete(inTreeOf: 300))
            #expect(try tree.hashes(at: [coordinate]) == [hash])
        }
    }

    @Test func restoredAtEverySizeItGoesOn() throws {
        for size in 0..<tree.leafHashes.count {
            var edge = try RightEdge(size: UInt64(size), reader: tree)
            #expect(try RightEdge(size: edge.size, nodes: edge.nodes) == edge)
            #expect(edge.root == tree.root(size: size))
            edge.append(tree.leafHashes[size])
            #expect(edge.root == tree.root(size: size + 1))
        }
    }

    @Test func wrongNodes() {
        let hash = SHA256Digest.zero
        for (size, count) in [(0, 1), (1, 0), (1, 2), (2, 2), (3, 1), (255, 7)] as [(UInt64, Int)] {
            #expect(throws: TransparencyLogError(.malformed, "")) {
                try RightEdge(size: size, nodes: Array(repeating: hash, count: count))
            }
        }
        for size in [TreeSize.maximum + 1, .max] {
            #expect(throws: TransparencyLogError(.tooLarge, "")) {
                try RightEdge(size: size, nodes: Array(repeating: hash, count: size.nonzeroBitCount))
            }
            #expect(throws: TransparencyLogError(.tooLarge, "")) { try RightEdge(size: size, reader: tree) }
        }
    }

    private struct ShortReader: HashReader {
        func hashes(at coordinates: [TreeCoordinate]) -> [SHA256Digest] { [] }
    }

    @Test func readerThatGivesTooFew() {
        #expect(throws: TransparencyLogError(.malformed, "")) { try RightEdge(size: 3, reader: ShortReader()) }
        #expect(throws: TransparencyLogError(.malformed, "")) {
            try InclusionProof.prove(index: 1, size: 3, reader: ShortReader())
        }
    }
}
