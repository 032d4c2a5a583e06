/// A file that holds one secret key under a passphrase: a line `consent-ledger-protected-key/v1 NAME argon2id PASSES KIB SALT
/// SEALED` (SPEC.md, “Protected key files”).
public struct ProtectedKeyFile: Sendable {
    private static let formatName = "consent-ledger-protected-key/v1"
    private static let derivation = "argon2id"
    /// Longer files are not looked at.
    private static let mostBytes = 1024

    /// Whose key it is, without spaces.
    public let name: String
    /// How the key that opens it is made of the passphrase.
    public let parameters: PassphraseParameters
    private let sealed: [UInt8]

    /// Seals the key of `file` by one that `parameters` made of a passphrase.
    public init(
        sealing file: SecretKeyFile, by key: SecretBytes, _ parameters: PassphraseParameters, random: any RandomSource
    ) throws(CryptoError) {
        name = file.name
        self.parameters = parameters
        var secret = file.secret.withUnsafeBytes { Array($0) }
        defer { SecretBytes.wipe(&secret) }
        sealed = try SealingKey(key).seal(
            secret, associated: Array(Self.head(file.name, parameters).utf8), random: random)
    }

    /// Reads a file; `nil` unless it is exactly what `bytes` gives, its parameters within their bounds.
    public init?(parsing bytes: [UInt8]) {
        guard bytes.count <= Self.mostBytes, bytes.last == UInt8(ascii: "\n"),
            let text = String(validating: bytes.dropLast(), as: UTF8.self)
        else { return nil }
        let parts = text.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 7, !parts[1].isEmpty, let passes = UInt64(parts[3]), let memory = UInt64(parts[4]),
            let salt = Base64.decode(parts[5]),
            let parameters = try? PassphraseParameters(passCount: passes, memoryKiB: memory, salt: salt),
            let sealed = Base64.decode(parts[6]), sealed.count == SecretKeyFile.keyByteCount + SealingKey.overhead
        else { return nil }
        name = String(parts[1])
        self.parameters = parameters
        self.sealed = sealed
        guard self.bytes == bytes else { return nil }
    }

    /// The file.
    public var bytes: [UInt8] { Array("\(Self.head(name, parameters)) \(Base64.encode(sealed))\n".utf8) }

    /// Opens it by the key that `parameters` make of the passphrase; throws `doesNotOpen` for another, and for changed bytes.
    public func open(by key: SecretBytes) throws(CryptoError) -> SecretKeyFile {
        var secret = try SealingKey(key).open(sealed, associated: Array(Self.head(name, parameters).utf8))
        defer { SecretBytes.wipe(&secret) }
        return SecretKeyFile(name: name, secret: SecretBytes(secret))
    }

    /// All that comes before what is sealed, which is bound to it.
    private static func head(_ name: String, _ parameters: PassphraseParameters) -> String {
        "\(formatName) \(name) \(derivation) \(parameters.passCount) \(parameters.memoryKiB) \(Base64.encode(parameters.salt))"
    }
}
