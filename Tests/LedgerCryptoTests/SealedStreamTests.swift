import Testing

@testable import LedgerCrypto

@Suite struct SealedStreamTests {
    private let random = SeededRandomSource(label: "sealed stream")
    private let place = Array("place".utf8)
    private let key: SealingKey

    init() throws { key = try SealingKey(SecretBytes([UInt8](repeating: 3, count: 32))) }

    private func seal(_ content: [UInt8], piece: Int = SealedStream.pieceByteCount) -> [UInt8] {
        var sealer = StreamSealer(key: key, place: place, random: random)
        var sealed = sealer.header
        var start = 0
        while start < content.count {
            let end = min(start + piece, content.count)
            sealed += sealer.seal(Array(content[start..<end]), isLast: end == content.count)
            start = end
        }
        return sealed
    }

    private func open(
        _ sealed: [UInt8], key: SealingKey? = nil, place: [UInt8]? = nil, piece: Int = SealedStream.pieceByteCount
    ) throws(CryptoError) -> [UInt8] {
        var opener = try StreamOpener(
            key: key ?? self.key, place: place ?? self.place, header: Array(sealed.prefix(SealedStream.headerByteCount))
        )
        var content: [UInt8] = []
        var start = SealedStream.headerByteCount
        repeat {
            let end = min(start + piece + SealedStream.overhead, sealed.count)
            content += try opener.open(Array(sealed[min(start, end)..<end]), isLast: end == sealed.count)
            start = end
        } while start < sealed.count
        return content
    }

    @Test(arguments: [1, 2, 65_535, 65_536, 65_537, 131_072, 200_000]) func roundTrip(_ count: Int) throws {
        let content = random.bytes(count)
        let sealed = seal(content)
        #expect(UInt64(sealed.count) == SealedStream.sealedByteCount(of: UInt64(count)))
        #expect(try open(sealed) == content)
    }

    @Test func everyBitCounts() {
        let sealed = seal(random.bytes(20), piece: 8)
        for bit in 0..<sealed.count * 8 {
            #expect(throws: CryptoError(.doesNotOpen, "")) { try open(sealed.flipping(bit), piece: 8) }
        }
    }

    /// Cut anywhere, at the ends of pieces too, it does not open; nor with something after it.
    @Test func everyLengthCounts() {
        let sealed = seal(random.bytes(24), piece: 8)
        for count in 0..<sealed.count {
            #expect(throws: CryptoError(.doesNotOpen, ""), "\(count)") { try open(Array(sealed[..<count]), piece: 8) }
        }
        #expect(throws: CryptoError(.doesNotOpen, "")) { try open(sealed + [0], piece: 8) }
        #expect(throws: CryptoError(.doesNotOpen, "")) { try open(sealed + sealed.suffix(25), piece: 8) }
    }

    /// Pieces exchanged, doubled, left out or of another content do not open.
    @Test func everyPlaceCounts() {
        let (one, other) = (seal(random.bytes(24), piece: 8), seal(random.bytes(24), piece: 8))
        func pieces(_ sealed: [UInt8]) -> [[UInt8]] {
            [Array(sealed[..<24])] + stride(from: 24, to: sealed.count, by: 25).map { Array(sealed[$0..<$0 + 25]) }
        }
        let (a, b) = (pieces(one), pieces(other))
        for wrong in [
            [a[0], a[2], a[1], a[3]], [a[0], a[1], a[1], a[3]], [a[0], a[2], a[3]], [a[0], a[1], a[3]],
            [b[0], a[1], a[2], a[3]], [a[0], a[1], b[2], a[3]], [a[0], a[1], a[2], b[3]], [a[0], a[3]],
        ] {
            #expect(throws: CryptoError(.doesNotOpen, "")) { try open(wrong.flatMap(\.self), piece: 8) }
        }
        #expect(throws: Never.self) { try open(a.flatMap(\.self), piece: 8) }
    }

    @Test func opensOnlyInItsPlaceAndUnderItsKey() throws {
        let sealed = seal(random.bytes(100))
        let other = try SealingKey(SecretBytes([UInt8](repeating: 4, count: 32)))
        #expect(throws: CryptoError(.doesNotOpen, "")) { try open(sealed, key: other) }
        for wrong in [[], place + [0], Array(place.dropLast()), place.flipping(0)] {
            #expect(throws: CryptoError(.doesNotOpen, "")) { try open(sealed, place: wrong) }
        }
    }

    @Test func sealingTwiceDiffers() {
        let content = random.bytes(100)
        #expect(seal(content) != seal(content))
    }

    /// The key of a place is BLAKE2b keyed with the sealing key: what `KeyedHash` gives, which has outside vectors.
    @Test func theKeyOfAPlaceIsAKeyedHash() throws {
        let hash = try KeyedHash(key: SecretBytes([UInt8](repeating: 3, count: 32)))
        key.derivedKey(of: place).withUnsafeBytes { derived in
            #expect(Array(derived) == hash.hash(place, byteCount: 32))
        }
    }
}
