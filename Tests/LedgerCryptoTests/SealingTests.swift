import LedgerCrypto
import Testing

@Suite struct SealingTests {
    private let key: SealingKey
    private let random = SeededRandomSource(label: "sealing")
    private let plaintext = Array("+34600111222".utf8)
    private let place = Array("place".utf8)

    init() throws { key = try SealingKey(SecretBytes([UInt8](repeating: 3, count: 32))) }

    @Test(arguments: [0, 1, 63, 64, 65, 60_000]) func roundTrip(_ count: Int) throws {
        let plaintext = random.bytes(count)
        let sealed = key.seal(plaintext, associated: place, random: random)
        #expect(sealed.count == count + SealingKey.overhead)
        #expect(try key.open(sealed, associated: place) == plaintext)
    }

    /// The example of draft-irtf-cfrg-xchacha-03, appendix A.3.1.
    @Test func draftExample() throws {
        let key = try SealingKey(SecretBytes((0x80...0x9f).map { UInt8($0) }))
        let nonce = (0x40...0x57).map { UInt8($0) }
        let associated = try #require(Hexadecimal.decode("50515253c0c1c2c3c4c5c6c7"))
        let ciphertext = try #require(
            Hexadecimal.decode(
                "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb"
                    + "731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b452"
                    + "2f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9"
                    + "21f9664c97637da9768812f615c68b13b52ec0875924c1c7987947deafd8780a"
                    + "cf49"))
        let text =
            "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it."
        #expect(try key.open(nonce + ciphertext, associated: associated) == Array(text.utf8))
    }

    @Test func everyBitCounts() {
        let sealed = key.seal(plaintext, associated: place, random: random)
        for bit in 0..<sealed.count * 8 {
            #expect(throws: CryptoError(.doesNotOpen, "")) { try key.open(sealed.flipping(bit), associated: place) }
        }
    }

    @Test func everyLengthCounts() {
        let sealed = key.seal(plaintext, associated: place, random: random)
        for count in 0..<sealed.count {
            #expect(throws: CryptoError(.doesNotOpen, "")) { try key.open(sealed.prefix(count), associated: place) }
        }
        #expect(throws: CryptoError(.doesNotOpen, "")) { try key.open(sealed + [0], associated: place) }
    }

    @Test func opensOnlyInItsPlaceAndUnderItsKey() throws {
        let sealed = key.seal(plaintext, associated: place, random: random)
        let other = try SealingKey(SecretBytes([UInt8](repeating: 4, count: 32)))
        #expect(throws: CryptoError(.doesNotOpen, "")) { try other.open(sealed, associated: place) }
        for wrong in [[], place + [0], Array(place.dropLast()), place.flipping(0)] {
            #expect(throws: CryptoError(.doesNotOpen, "")) { try key.open(sealed, associated: wrong) }
        }
    }

    @Test func sealingTwiceDiffers() {
        #expect(
            key.seal(plaintext, associated: place, random: random)
                != key.seal(plaintext, associated: place, random: random))
    }

    @Test func keyLength() {
        for count in [0, 31, 33] {
            #expect(throws: CryptoError(.malformed, "")) {
                try SealingKey(SecretBytes([UInt8](repeating: 1, count: count)))
            }
        }
    }
}
