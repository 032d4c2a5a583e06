import LedgerCrypto
import Testing
import TransparencyLog

@Suite struct TileBuilderTests {
    /// Enough entries for three levels of tiles.
    private static let tree = NaiveTree(size: 66_100)
    private static let naive = NaiveTiles(tree)

    private struct Missing: Error {}

    private static func reader(_ size: Int, _ store: [String: [UInt8]]) throws -> TileHashReader {
        try TileHashReader(size: UInt64(size), root: tree.root(size: size)) { tile in
            guard let bytes = store[tile.path] else { throw Missing() }
            return bytes
        }
    }

    /// Takes the tiles as a store by path; no path comes twice.
    private static func take(_ builder: inout TileBuilder) -> [String: [UInt8]] {
        let tiles = builder.takeTiles().map { ($0.tile.path, $0.bytes) }
        return Dictionary(tiles) { first, _ in
            Issue.record("a tile was given twice")
            return first
        }
    }

    private static func expectGrowth(
        _ written: [String: [UInt8]], from old: Int, to new: Int, _ comment: Comment? = nil
    ) {
        let before = naive.tiles(old)
        #expect(written == naive.tiles(new).filter { before[$0.key] == nil }, comment)
        #expect(Set(written.keys) == Set(Tile.hashTiles(from: UInt64(old), to: UInt64(new)).map(\.path)), comment)
    }

    @Test func everySizeTo600() {
        var builder = TileBuilder()
        #expect(builder.takeTiles().isEmpty)
        for size in 1...600 {
            builder.append(Self.tree.leafHashes[size - 1])
            Self.expectGrowth(Self.take(&builder), from: size - 1, to: size)
            #expect(builder.root == Self.tree.root(size: size))
            #expect(builder.takeTiles().isEmpty)
        }
    }

    /// From nothing to each size at once, and from a stored tree of each size on.
    @Test func resumedAtEverySizeTo600() throws {
        for size in 0...600 {
            var builder = TileBuilder()
            builder.append(contentsOf: Self.tree.leafHashes[..<size])
            let store = Self.take(&builder)
            #expect(store == Self.naive.tiles(size))

            var resumed = try TileBuilder(continuing: Self.reader(size, store))
            #expect(resumed.size == UInt64(size))
            #expect(resumed.edge == builder.edge)
            #expect(resumed.takeTiles().isEmpty)
            let grown = size + 1 + size * 7 % 300
            resumed.append(contentsOf: Self.tree.leafHashes[size..<grown])
            Self.expectGrowth(Self.take(&resumed), from: size, to: grown)
        }
    }

    /// Where the second level of tiles fills and the third begins.
    @Test func around65536() throws {
        var builder = TileBuilder()
        builder.append(contentsOf: Self.tree.leafHashes[..<65_530])
        #expect(Self.take(&builder) == Self.naive.tiles(65_530))
        for size in 65_531...65_545 {
            builder.append(Self.tree.leafHashes[size - 1])
            Self.expectGrowth(Self.take(&builder), from: size - 1, to: size)
            let resumed = try TileBuilder(continuing: Self.reader(size, Self.naive.tiles(size)))
            #expect(resumed.edge == builder.edge)
        }
        #expect(builder.root == Self.tree.root(size: 65_545))
    }

    /// Random batches, the builder now and then made anew from what was written.
    @Test(arguments: 0..<5) func randomGrowth(_ seed: Int) throws {
        var random = SeededGenerator(seed: seed)
        var builder = TileBuilder()
        var store: [String: [UInt8]] = [:]
        var size = 0
        while true {
            let grown = size + Int.random(in: 0...[3, 300, 20_000].randomElement(using: &random)!, using: &random)
            guard grown <= Self.tree.leafHashes.count else { break }
            builder.append(contentsOf: Self.tree.leafHashes[size..<grown])
            let written = Self.take(&builder)
            Self.expectGrowth(written, from: size, to: grown, "seed \(seed), \(size) to \(grown)")
            store.merge(written) { _, new in new }
            size = grown
            if Bool.random(using: &random) { builder = try TileBuilder(continuing: Self.reader(size, store)) }
        }
    }

    @Test func damagedTilesAreNotBuiltOn() throws {
        var store = Self.naive.tiles(600)
        store["tile/0/002.p/88"]?[5] ^= 1
        #expect(throws: TransparencyLogError(.doesNotVerify, "")) {
            try TileBuilder(continuing: Self.reader(600, store))
        }
    }
}

@Suite struct TileHashReaderTests {
    private static let tree = NaiveTree(size: 66_100)
    private static let naive = NaiveTiles(tree)
    private static let refused = TransparencyLogError(.doesNotVerify, "")

    private struct Missing: Error {}

    private static func reader(
        _ size: Int, _ store: [String: [UInt8]], root: SHA256Digest? = nil, fallsBack: Bool = false
    ) throws -> TileHashReader {
        try TileHashReader(
            size: UInt64(size), root: root ?? tree.root(size: size), fallsBackToFullTiles: fallsBack
        ) { tile in
            guard let bytes = store[tile.path] else { throw Missing() }
            return bytes
        }
    }

    @Test(arguments: [0, 1, 2, 255, 256, 257, 511, 512, 513, 600, 65_535, 65_536, 65_537, 66_100])
    func readsWhatTheRFCHas(_ size: Int) throws {
        var random = SeededGenerator(seed: size)
        let reader = try Self.reader(size, Self.naive.tiles(size))
        #expect(try reader.hashes(at: []).isEmpty)
        #expect(try RightEdge(size: UInt64(size), reader: reader).root == Self.tree.root(size: size))
        for _ in 0..<30 where size > 0 {
            let coordinates = (0..<5).map { _ in
                let level = Int.random(in: 0..<(Int.bitWidth - size.leadingZeroBitCount), using: &random)
                return TreeCoordinate(level: level, index: UInt64(Int.random(in: 0..<(size >> level), using: &random)))
            }
            #expect(try reader.hashes(at: coordinates) == Self.tree.hashes(at: coordinates), "\(coordinates)")
        }
        for index in (0..<10).map({ _ in UInt64(Int.random(in: 0..<max(size, 1), using: &random)) }) where size > 0 {
            let proof = try InclusionProof.prove(index: index, size: UInt64(size), reader: reader)
            try proof.verify(leafHash: Self.tree.leafHashes[Int(index)], root: reader.root)
            let prefix = try ConsistencyProof.prove(oldSize: index + 1, newSize: UInt64(size), reader: reader)
            try prefix.verify(oldRoot: Self.tree.root(size: Int(index) + 1), newRoot: reader.root)
        }
    }

    /// A tile with one bit changed is found whenever it is needed, and never gives a hash.
    @Test func everyDamagedTileIsFound() throws {
        let size = 1000
        let store = Self.naive.tiles(size)
        for (path, bytes) in store {
            let tile = try Tile(path: path)
            var damaged = store
            damaged[path] = bytes.flipping(bytes.count * 8 / 3)
            let reader = try Self.reader(size, damaged)
            guard case .hashes(let level) = tile.row else { continue }
            #expect(throws: Self.refused, "\(path)") {
                try reader.hashes(at: [TreeCoordinate(level: level * 8, index: tile.start)])
            }
        }
    }

    @Test func wrongRootSizeAndLength() throws {
        let store = Self.naive.tiles(600)
        let leaf = [TreeCoordinate(level: 0, index: 0)]
        #expect(throws: Self.refused) { try Self.reader(600, store, root: .zero).hashes(at: leaf) }
        #expect(throws: Self.refused) { try Self.reader(0, [:], root: .zero).hashes(at: []) }
        for path in ["tile/0/000", "tile/0/002.p/88", "tile/1/000.p/2"] {
            let bytes = try #require(store[path])
            for change in [[], bytes + [0], Array(bytes.dropLast()), Array(bytes.dropLast(32))] {
                var damaged = store
                damaged[path] = change
                #expect(throws: TransparencyLogError(.malformed, "")) {
                    try Self.reader(600, damaged).hashes(at: leaf)
                }
            }
        }
        #expect(throws: TransparencyLogError(.tooLarge, "")) {
            try TileHashReader(size: .max, root: .zero) { _ in [] }
        }
    }

    @Test func nodesOutsideTheTree() throws {
        let reader = try Self.reader(600, Self.naive.tiles(600))
        for (level, index) in [(0, 600), (3, 75), (9, 1), (10, 0), (-1, 0), (64, 0), (0, .max)] as [(Int, UInt64)] {
            #expect(throws: TransparencyLogError(.outOfRange, "")) {
                try reader.hashes(at: [TreeCoordinate(level: level, index: index)])
            }
        }
    }

    @Test func fallsBackOnlyWhenAsked() throws {
        // A log of 1,000 entries that deleted its partial tiles, looked at as of 600.
        let store = Self.naive.tiles(1000).filter { !$0.key.contains(".p/") }
            .merging(["tile/1/000.p/2": Self.naive.tiles(600)["tile/1/000.p/2"]!]) { first, _ in first }
        let leaf = [TreeCoordinate(level: 0, index: 599)]
        #expect(throws: Missing.self) { try Self.reader(600, store).hashes(at: leaf) }
        let hashes = try Self.reader(600, store, fallsBack: true).hashes(at: leaf)
        #expect(hashes == [Self.tree.leafHashes[599]])

        var damaged = store
        damaged["tile/0/002"]?[0] ^= 1
        #expect(throws: Self.refused) { try Self.reader(600, damaged, fallsBack: true).hashes(at: leaf) }
        damaged["tile/0/002"] = nil
        #expect(throws: Missing.self) { try Self.reader(600, damaged, fallsBack: true).hashes(at: leaf) }
    }
}
