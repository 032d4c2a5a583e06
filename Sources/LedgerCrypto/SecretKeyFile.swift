/// A file that holds one secret key of 32 bytes: a line `consent-ledger-key/v1 NAME BASE64` (SPEC.md, “Private state”).
public struct SecretKeyFile: Sendable {
    /// How many bytes the key has.
    public static let keyByteCount = 32
    private static let formatName = "consent-ledger-key/v1"

    /// Whose key it is, without spaces.
    public let name: String
    /// The key; of Ed25519, its seed.
    public let secret: SecretBytes

    /// Names a key of 32 bytes.
    public init(name: String, secret: SecretBytes) {
        precondition(secret.count == Self.keyByteCount && !name.utf8.contains(UInt8(ascii: " ")))
        self.name = name
        self.secret = secret
    }

    /// Reads a file; `nil` unless it is exactly what `bytes` gives. Wiping `bytes` is the caller's duty.
    public init?(parsing bytes: [UInt8]) {
        // By bytes: a carriage return and a newline are one character.
        let newline = UInt8(ascii: "\n")
        guard bytes.firstIndex(of: newline) == bytes.count - 1,
            let text = String(validating: bytes.dropLast(), as: UTF8.self)
        else { return nil }
        let parts = text.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == Self.formatName, !parts[1].isEmpty, var decoded = Base64.decode(parts[2]),
            decoded.count == Self.keyByteCount
        else { return nil }
        defer { SecretBytes.wipe(&decoded) }
        self.init(name: String(parts[1]), secret: SecretBytes(decoded))
    }

    /// The file; wiping it is the caller's duty.
    public var bytes: [UInt8] {
        Array("\(Self.formatName) \(name) \(secret.withUnsafeBytes { Base64.encode(Array($0)) })\n".utf8)
    }
}
