import LedgerCrypto
import Testing

@Suite struct KeyedHashTests {
    /// The keyed BLAKE2b-512 test vector of the reference implementation: key and message 00 01 02 ….
    @Test func referenceVectors() throws {
        let key = try KeyedHash(key: SecretBytes((0..<64).map { UInt8($0) }))
        #expect(
            Hexadecimal.encode(key.hash([], byteCount: 64))
                == "10ebb67700b1868efb4417987acf4690ae9d972fb7a590c2f02871799aaa4786"
                + "b5e996e8f0f4eb981fc214b005f42d2ff4233499391653df7aefcbc13fc51568")
        #expect(
            Hexadecimal.encode(key.hash([0], byteCount: 64))
                == "961f6dd1e4dd30f63901690c512e78e4b45e4742ed197c3c5e45c549fd25f2e4"
                + "187b0bc9fe30492b16b0d0bc4ef9b0f34c7003fac09a5ef1532e69430234cebd")
    }

    @Test func dependsOnKeyMessageAndLength() throws {
        let hash = try KeyedHash(key: SecretBytes([UInt8](repeating: 1, count: 32)))
        let other = try KeyedHash(key: SecretBytes([UInt8](repeating: 2, count: 32)))
        #expect(hash.hash([1], byteCount: 32) == hash.hash([1], byteCount: 32))
        #expect(hash.hash([1], byteCount: 32) != hash.hash([2], byteCount: 32))
        #expect(hash.hash([1], byteCount: 32) != other.hash([1], byteCount: 32))
        #expect(hash.hash([1], byteCount: 16) != Array(hash.hash([1], byteCount: 32)[..<16]))
    }

    @Test func derivedKeysDifferByLabel() throws {
        let hash = try KeyedHash(key: SecretBytes([UInt8](repeating: 1, count: 32)))
        func bytes(_ label: String) -> [UInt8] { hash.derivedKey(label: label).withUnsafeBytes { Array($0) } }
        #expect(bytes("a").count == KeyedHash.keyByteCount)
        #expect(bytes("a") == bytes("a"))
        #expect(bytes("a") != bytes("b"))
    }

    @Test func keyLengths() throws {
        for count in [0, 1, 15, 65] {
            #expect(throws: CryptoError(.malformed, "")) {
                try KeyedHash(key: SecretBytes([UInt8](repeating: 1, count: count)))
            }
        }
        for count in [16, 32, 64] {
            _ = try KeyedHash(key: SecretBytes([UInt8](repeating: 1, count: count)))
        }
    }

    @Test func equality() {
        let bytes: [UInt8] = [1, 2, 3, 4]
        #expect(KeyedHash.areEqual(bytes, bytes))
        #expect(KeyedHash.areEqual([], []))
        #expect(!KeyedHash.areEqual(bytes, [1, 2, 3]))
        for bit in 0..<32 { #expect(!KeyedHash.areEqual(bytes, bytes.flipping(bit))) }
    }
}
