import Testing
import TransparencyLog

@Suite struct TileTests {
    @Test(arguments: [
        (Tile(.hashes(level: 0), index: 0), "tile/0/000"),
        (Tile(.hashes(level: 0), index: 5), "tile/0/005"),
        (Tile(.hashes(level: 1), index: 999), "tile/1/999"),
        (Tile(.hashes(level: 0), index: 1000), "tile/0/x001/000"),
        (Tile(.hashes(level: 0), index: 1_234_067), "tile/0/x001/x234/067"),
        (Tile(.hashes(level: 63), index: 1_234_067, width: 1), "tile/63/x001/x234/067.p/1"),
        (Tile(.hashes(level: 0), index: 1, width: 112), "tile/0/001.p/112"),
        (Tile(.hashes(level: 2), index: 0, width: 255), "tile/2/000.p/255"),
        (Tile(.entries, index: 1_234_067), "tile/entries/x001/x234/067"),
        (Tile(.entries, index: 273, width: 112), "tile/entries/273.p/112"),
        (Tile(.hashes(level: 0), index: (1 << 55) - 1), "tile/0/x036/x028/x797/x018/x963/967"),
    ])
    func paths(_ tile: Tile, _ path: String) throws {
        #expect(tile.path == path)
        #expect(try Tile(path: path) == tile)
    }

    @Test(arguments: 0..<20) func randomPaths(_ seed: Int) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let level = Int.random(in: -1...63, using: &random)
            let index = UInt64.random(in: 0..<1 << 55, using: &random) >> UInt64.random(in: 0...55, using: &random)
            let tile = Tile(
                level < 0 ? .entries : .hashes(level: level), index: index,
                width: Bool.random(using: &random) ? 256 : Int.random(in: 1...256, using: &random))
            #expect(try Tile(path: tile.path) == tile, "seed \(seed)")
        }
    }

    @Test(arguments: [
        "", "/", "tile", "tile/", "tile/0", "tile/0/", "tile//000", "/tile/0/000", "tile/0/000/", "tile/0//000",
        "Tile/0/000", "tile/64/000", "tile/00/000", "tile/01/000", "tile/-1/000", "tile/+1/000", "tile/x/000",
        "tile/data/000", "tile/Entries/000", "tile/0/0", "tile/0/00", "tile/0/0000", "tile/0/x000", "tile/0/x000/000",
        "tile/0/x000/001", "tile/0/001/000", "tile/0/x001", "tile/0/x001/x000", "tile/0/x01/000", "tile/0/X001/000",
        "tile/0/xx01/000", "tile/0/0x1", "tile/0/1x0", "tile/0/00a", "tile/0/ 00", "tile/0/000 ", "tile/0/000\n",
        "tile/0/000.p", "tile/0/000.p/", "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/257", "tile/0/000.p/01",
        "tile/0/000.p/+1", "tile/0/000.p/-1", "tile/0/000.p/1/1", "tile/0/000.P/1", "tile/0/000p/1", "tile/0/.p/1",
        "tile/0/x001.p/1", "tile/0/000.p/1.p/1", "tile/0/000/.p/1", "tile/.p/1", "tile/entries", "tile/entries/000.p/0",
        "tile/0/x036/x028/x797/x018/x963/968", "tile/0/x018/x446/x744/x073/x709/x551/615",
        "tile/0/x018/x446/x744/x073/x709/x551/616", "tile/0/٠٠٠", "tile/0/00０", "checkpoint",
        "tile/18446744073709551616/000",
        "tile/0/000.p/18446744073709551617",
    ])
    func wrongPaths(_ path: String) {
        #expect(throws: TransparencyLogError(.malformed, "")) { try Tile(path: path) }
    }

    @Test func veryLongPath() {
        #expect(throws: TransparencyLogError(.malformed, "")) {
            try Tile(path: "tile/0/" + String(repeating: "x000/", count: 100_000) + "000")
        }
    }

    /// The example of C2SP tlog-tiles: 70,000 entries, and 256.
    @Test func tilesOfTheSpecification() {
        let tiles = Array(Tile.hashTiles(from: 0, to: 70_000))
        let full = (0..<273).map { Tile(.hashes(level: 0), index: $0) }
        #expect(
            tiles == full + [
                Tile(.hashes(level: 0), index: 273, width: 112), Tile(.hashes(level: 1), index: 0),
                Tile(.hashes(level: 1), index: 1, width: 17), Tile(.hashes(level: 2), index: 0, width: 1),
            ])
        #expect(
            Array(Tile.hashTiles(from: 0, to: 256)) == [
                Tile(.hashes(level: 0), index: 0), Tile(.hashes(level: 1), index: 0, width: 1),
            ])
        #expect(
            Array(Tile.inRow(.entries, from: 255, to: 513)) == [
                Tile(.entries, index: 0), Tile(.entries, index: 1), Tile(.entries, index: 2, width: 1),
            ])
        #expect(Array(Tile.hashTiles(from: 0, to: 0)).isEmpty)
        #expect(Array(Tile.hashTiles(from: 7, to: 7)).isEmpty)
        #expect(Array(Tile.hashTiles(from: 8, to: 7)).isEmpty)
        #expect(Array(Tile.hashTiles(from: .max, to: 7)).isEmpty)
    }

    /// Nothing is made before it is asked for, so a large size costs nothing.
    @Test func largestTree() {
        var tiles = Tile.hashTiles(from: 0, to: TreeSize.maximum).makeIterator()
        #expect(tiles.next() == Tile(.hashes(level: 0), index: 0))
        #expect(
            Array(Tile.hashTiles(from: TreeSize.maximum - 1, to: TreeSize.maximum)) == [
                Tile(.hashes(level: 0), index: (1 << 55) - 1, width: 255)
            ])
        #expect(
            Array(Tile.inRow(.hashes(level: 7), from: 0, to: TreeSize.maximum)) == [
                Tile(.hashes(level: 7), index: 0, width: 127)
            ])
    }
}
