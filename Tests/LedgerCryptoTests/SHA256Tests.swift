import LedgerCrypto
import Testing

@Suite struct SHA256Tests {
    /// FIPS 180-4's examples, and the empty string.
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ])
    func standardExamples(_ text: String, _ digest: String) {
        #expect(SHA256Digest(hashing: Array(text.utf8)).description == digest)
    }

    /// However a message is cut, across the 64-byte blocks too, its digest is the same.
    @Test func piecesMakeTheWhole() {
        let message = (0..<200).map { UInt8($0) }
        let whole = SHA256Digest(hashing: message)
        for cut in 0...message.count {
            var hasher = SHA256Hasher()
            hasher.update(Array(message[..<cut]))
            hasher.update(Array(message[cut...]))
            #expect(hasher.finalize() == whole)
        }
        var hasher = SHA256Hasher()
        for byte in message { hasher.update(byte: byte) }
        #expect(hasher.finalize() == whole)
    }

    @Test func digestsAddTheirBytes() {
        let digest = SHA256Digest(hashing: [1])
        var hasher = SHA256Hasher()
        hasher.update(digest)
        #expect(hasher.finalize() == SHA256Digest(hashing: digest.bytes))
    }

    @Test func takesExactly32Bytes() {
        let digest = SHA256Digest(hashing: [1])
        #expect(SHA256Digest(digest.bytes) == digest)
        #expect(SHA256Digest(digest.bytes.dropLast()) == nil)
        #expect(SHA256Digest(digest.bytes + [0]) == nil)
        #expect(SHA256Digest([]) == nil)
        #expect(SHA256Digest.zero.bytes == [UInt8](repeating: 0, count: 32))
    }

    @Test func ordersAsBytes() {
        let digests = (0..<100).map { SHA256Digest(hashing: [$0]) }
        #expect(digests.sorted().map(\.description) == digests.map(\.description).sorted())
        for bit in 0..<256 { #expect(SHA256Digest(digests[0].bytes.flipping(bit)) != digests[0]) }
    }
}
