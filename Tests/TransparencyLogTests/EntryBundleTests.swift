import LedgerCrypto
import Testing
import TransparencyLog

@Suite struct EntryBundleTests {
    private let malformed = TransparencyLogError(.malformed, "")

    @Test(arguments: [
        [], [0], [1], [65_535], [65_534, 65_535, 0], [0, 0, 0], [255, 256, 257], Array(repeating: 3, count: 256),
    ])
    func roundTrip(_ lengths: [Int]) throws {
        let random = SeededRandomSource(label: "bundle")
        let entries = lengths.map { random.bytes($0) }
        var bundle = EntryBundle()
        for entry in entries { try bundle.append(entry) }
        #expect(bundle.bytes.count == lengths.reduce(0, +) + 2 * lengths.count)

        let parsed = try EntryBundle(parsing: bundle.bytes, count: lengths.count)
        #expect(parsed == bundle)
        #expect(parsed.count == lengths.count)
        #expect((0..<parsed.count).map { Array(parsed[$0]) } == entries)
        #expect(parsed.leafHashes == entries.map { MerkleHash.leaf($0) })
    }

    @Test func layout() throws {
        var bundle = EntryBundle()
        try bundle.append([7])
        try bundle.append([])
        try bundle.append([UInt8](repeating: 9, count: 258))
        #expect(bundle.bytes == [0, 1, 7, 0, 0, 1, 2] + [UInt8](repeating: 9, count: 258))
    }

    @Test func grows() throws {
        var bundle = EntryBundle()
        try bundle.append([1, 2])
        var parsed = try EntryBundle(parsing: bundle.bytes, count: 1)
        try parsed.append([3])
        try bundle.append([3])
        #expect(parsed == bundle)
    }

    @Test func limits() throws {
        let tooLarge = TransparencyLogError(.tooLarge, "")
        var bundle = EntryBundle()
        #expect(throws: tooLarge) { try bundle.append([UInt8](repeating: 0, count: 65_536)) }
        #expect(bundle == EntryBundle())
        for _ in 0..<256 { try bundle.append([]) }
        #expect(throws: tooLarge) { try bundle.append([]) }
        #expect(bundle.count == 256)
    }

    /// Every cut and every other count is refused.
    @Test func wrongBytes() throws {
        var bundle = EntryBundle()
        for entry in [[1, 2, 3], [], [4]] as [[UInt8]] { try bundle.append(entry) }
        for end in 0..<bundle.bytes.count {
            #expect(throws: malformed) { try EntryBundle(parsing: Array(bundle.bytes[..<end]), count: 3) }
        }
        for count in [-1, 0, 1, 2, 4, 256] {
            #expect(throws: malformed) { try EntryBundle(parsing: bundle.bytes, count: count) }
        }
        for extra in [[0], [0, 0], [0, 1, 1], [255, 255]] as [[UInt8]] {
            #expect(throws: malformed) { try EntryBundle(parsing: bundle.bytes + extra, count: 3) }
        }
        #expect(throws: malformed) {
            try EntryBundle(parsing: [255, 255] + [UInt8](repeating: 0, count: 100), count: 1)
        }
    }
}
