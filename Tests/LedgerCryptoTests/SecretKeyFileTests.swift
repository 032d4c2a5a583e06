import LedgerCrypto
import Testing

/// A key file is one line, and nothing else is taken for one.
@Suite struct SecretKeyFileTests {
    static let bytes = SecretKeyFile(name: "log.example/w", secret: SecretBytes([UInt8](0..<32))).bytes

    @Test func isTheLineOfTheSpecification() throws {
        #expect(
            String(decoding: Self.bytes, as: UTF8.self)
                == "consent-ledger-key/v1 log.example/w AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n")
        let read = try #require(SecretKeyFile(parsing: Self.bytes))
        #expect(read.name == "log.example/w")
        #expect(read.secret.withUnsafeBytes { Array($0) } == Array(0..<32))
    }

    @Test func takesNothingElse() {
        for position in Self.bytes.indices {
            #expect(SecretKeyFile(parsing: Array(Self.bytes[..<position])) == nil, "cut at \(position)")
            var changed = Self.bytes
            changed[position] = UInt8(ascii: "\n")
            #expect((SecretKeyFile(parsing: changed) == nil) == (position != Self.bytes.count - 1), "\(position)")
            changed[position] = 0xff
            #expect(SecretKeyFile(parsing: changed) == nil, "\(position)")
        }
        let wrong = [
            "", "\n", "consent-ledger-key/v2 w AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",
            "consent-ledger-key/v1  AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",
            "consent-ledger-key/v1 w w AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",
            "consent-ledger-key/v1 w AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg==\n",
            "consent-ledger-key/v1 w AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\r\n",
        ]
        for text in wrong { #expect(SecretKeyFile(parsing: Array(text.utf8)) == nil, "\(text)") }
    }
}
