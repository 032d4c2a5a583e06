import Foundation
import LedgerCrypto
import Testing

/// A key file under a passphrase is what SPEC.md says: the kept vector, and software that is not ours.
@Suite struct ProtectedKeyTests {
    private static let passphrase = Array("correct horse Ωβ 🔑 e\u{301}".utf8)
    private static let file = VectorTests.directory.appending(path: "protected-key.json")

    /// The smallest parameters there are.
    private static func made() throws -> (file: ProtectedKeyFile, parameters: PassphraseParameters, secret: SecretBytes)
    {
        let random = SeededRandomSource(label: "protected key")
        let parameters = try PassphraseParameters(passCount: 1, memoryKiB: 8, salt: random.bytes(16))
        let secret = random.secret(32)
        let file = try ProtectedKeyFile(
            sealing: SecretKeyFile(name: "epoch", secret: secret), by: parameters.key(of: SecretBytes(passphrase)),
            parameters, random: random)
        return (file, parameters, secret)
    }

    private static func hexadecimal(_ secret: SecretBytes) -> String {
        secret.withUnsafeBytes { Hexadecimal.encode(Array($0)) }
    }

    private static func vector() throws -> String {
        let (file, parameters, secret) = try made()
        let line = String(decoding: file.bytes.dropLast(), as: UTF8.self)
        return """
            {
              "comment": "a key file under a passphrase; the line ends with a newline",
              "file": "\(line)\\n",
              "name": "epoch",
              "passphrase-hex": "\(Hexadecimal.encode(passphrase))",
              "passes": \(parameters.passCount),
              "kib": \(parameters.memoryKiB),
              "salt-hex": "\(Hexadecimal.encode(parameters.salt))",
              "derived-key-hex": "\(hexadecimal(try parameters.key(of: SecretBytes(passphrase))))",
              "secret-hex": "\(hexadecimal(secret))"
            }

            """
    }

    /// `tools/build-vectors` writes it.
    @Test func theKeptVectorIsWhatIsMade() throws {
        let vector = try Self.vector()
        if ProcessInfo.processInfo.environment["UPDATE_VECTORS"] == "1" {
            try vector.write(to: Self.file, atomically: true, encoding: .utf8)
        }
        #expect(try String(contentsOf: Self.file, encoding: .utf8) == vector, "run tools/build-vectors")
    }

    @Test func theKeptVectorOpens() throws {
        let vector = try JSONDecoder().decode(VectorFile.self, from: Data(contentsOf: Self.file))
        let file = try #require(ProtectedKeyFile(parsing: vector.bytes("file")))
        let key = try file.parameters.key(of: SecretBytes(vector.bytes("passphrase")))
        #expect(Self.hexadecimal(key) == Hexadecimal.encode(try vector.bytes("derived-key")))
        let opened = try file.open(by: key)
        #expect(try opened.name == vector.text("name"))
        #expect(Self.hexadecimal(opened.secret) == Hexadecimal.encode(try vector.bytes("secret")))
    }

    @Test(.enabled(if: PythonScript.isThere, PythonScript.absence)) func softwareThatIsNotOursOpensIt() throws {
        let (file, _, secret) = try Self.made()
        let path = NSTemporaryDirectory() + "key-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data(file.bytes).write(to: URL(filePath: path))
        let opened = try PythonScript.run("key_file.py", ["open", path, Hexadecimal.encode(Self.passphrase)])
        #expect(String(decoding: opened, as: UTF8.self) == Self.hexadecimal(secret))
    }

    @Test(.enabled(if: PythonScript.isThere, PythonScript.absence)) func whatSoftwareThatIsNotOursSealsOpens() throws {
        let random = SeededRandomSource(label: "sealed elsewhere")
        let secret = random.bytes(32)
        let made = try PythonScript.run(
            "key_file.py",
            ["seal", "source-shop.0011", "2", "16", Hexadecimal.encode(random.bytes(16))]
                + [random.bytes(24), secret, Self.passphrase].map { Hexadecimal.encode($0) })
        let file = try #require(ProtectedKeyFile(parsing: Array(made)))
        #expect(file.parameters.passCount == 2 && file.parameters.memoryKiB == 16)
        let opened = try file.open(by: file.parameters.key(of: SecretBytes(Self.passphrase)))
        #expect(opened.name == "source-shop.0011" && opened.secret.isSame(as: SecretBytes(secret)))
    }
}
