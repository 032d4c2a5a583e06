import LedgerCrypto
import Testing

@Suite struct ProtectedKeyFileTests {
    static let parameters = try! PassphraseParameters(
        passCount: 1, memoryKiB: 8, salt: SeededRandomSource(label: "salt").bytes(16))
    static let secret = SeededRandomSource(label: "secret").secret(32)

    static func key(_ passphrase: [UInt8]) throws -> SecretBytes { try parameters.key(of: SecretBytes(passphrase)) }

    static func file(_ passphrase: [UInt8], name: String = "epoch") throws -> ProtectedKeyFile {
        try ProtectedKeyFile(
            sealing: SecretKeyFile(name: name, secret: secret), by: key(passphrase), parameters,
            random: SeededRandomSource(label: name))
    }

    /// Bytes as they were typed: two spellings of one text are two passphrases.
    @Test(arguments: [
        Array("a".utf8), Array("é".utf8), Array("e\u{301}".utf8), Array("كلمة السر\u{200f}".utf8), [0xFF, 0x00, 0x80],
        [UInt8](repeating: 0x7A, count: 1024),
    ]) func anyBytesAreAPassphrase(_ passphrase: [UInt8]) throws {
        let file = try Self.file(passphrase)
        let read = try #require(ProtectedKeyFile(parsing: file.bytes))
        #expect(read.name == "epoch" && read.parameters == Self.parameters)
        #expect(try read.open(by: Self.key(passphrase)).secret.isSame(as: Self.secret))
        for other in [passphrase + [0x20], Array("b".utf8)] where other.count <= 1024 {
            #expect(throws: CryptoError(.doesNotOpen, "")) { _ = try read.open(by: Self.key(other)) }
        }
    }

    @Test func twoSpellingsOfATextAreTwoPassphrases() throws {
        let file = try Self.file(Array("é".utf8))
        #expect(throws: CryptoError(.doesNotOpen, "")) { _ = try file.open(by: Self.key(Array("e\u{301}".utf8))) }
    }

    @Test(arguments: [0, 1025]) func aPassphraseHasOneTo1024Bytes(_ count: Int) {
        #expect(throws: CryptoError(.malformed, "")) { _ = try Self.key([UInt8](repeating: 1, count: count)) }
    }

    /// No byte of the file can be another one: it is no file then, or does not open.
    @Test func everyByteCounts() throws {
        let bytes = try Self.file([1, 2, 3]).bytes
        let key = try Self.key([1, 2, 3])
        for position in bytes.indices {
            #expect(ProtectedKeyFile(parsing: Array(bytes[..<position])) == nil, "cut at \(position)")
            for change: UInt8 in [0x01, 0x20, 0x80] {
                var changed = bytes
                changed[position] ^= change
                guard let file = ProtectedKeyFile(parsing: changed) else { continue }
                // Other parameters make another key; they must not open it with the one that they made here, either.
                #expect(throws: CryptoError(.doesNotOpen, ""), "\(position)") { _ = try file.open(by: key) }
            }
        }
        #expect(ProtectedKeyFile(parsing: bytes + bytes) == nil)
    }

    @Test func parametersAreBoundedBeforeAnyMemoryIsTaken() throws {
        let text = String(decoding: try Self.file([1]).bytes, as: UTF8.self)
        for (wrong, isRead) in [
            (" 1 8 ", true), (" 0 8 ", false), (" 9 8 ", false), (" 8 8 ", true), (" 1 7 ", false),
            (" 1 1048576 ", true), (" 1 1048577 ", false), (" 1 18446744073709551615 ", false),
            (" 1 18446744073709551616 ", false), (" -1 8 ", false), (" 01 8 ", false), (" +1 8 ", false),
            (" 1  8 ", false),
        ] {
            let changed = text.replacing(" 1 8 ", with: wrong, maxReplacements: 1)
            #expect((ProtectedKeyFile(parsing: Array(changed.utf8)) != nil) == isRead, "\(wrong)")
        }
        for (from, to) in [
            ("argon2id", "argon2i"), ("/v1", "/v2"), (" epoch ", "  "), ("\n", ""), ("\n", "\r\n"), ("\n", " \n"),
        ] {
            let changed = text.replacing(from, with: to, maxReplacements: 1)
            #expect(ProtectedKeyFile(parsing: Array(changed.utf8)) == nil, "\(from) \(to)")
        }
    }

    @Test func theUsualParametersAreModerate() {
        let usual = PassphraseParameters.moderate(random: SeededRandomSource(label: "x"))
        #expect(usual.passCount == 3 && usual.memoryKiB == 262_144 && usual.salt.count == 16)
    }
}
