internal import LedgerCrypto

/// Reads an Ed25519 public key as the tools of the world write it: 32 bytes, 64 hexadecimal digits, base64, or PEM
/// (RFC 8410, what `openssl pkey -pubout` prints).
enum PublicKeyFile {
    private static let mostBytes = 4096
    /// The DER of a SubjectPublicKeyInfo for Ed25519 up to the key (RFC 8410 §4).
    private static let prefix: [UInt8] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00]

    /// The key in the file at `path`; throws `cannotBeRead` or `badInput`.
    static func key(at path: String) throws(CommandError) -> Ed25519PublicKey {
        let bytes = try FileInput.bytes(of: path, most: mostBytes)
        guard let key = key(bytes) else {
            throw CommandError(
                .badInput,
                "\(path) is not an Ed25519 public key: 32 bytes, 64 hexadecimal digits, base64, or PEM as openssl writes it"
            )
        }
        return key
    }

    static func key(_ bytes: [UInt8]) -> Ed25519PublicKey? {
        if let key = Ed25519PublicKey(bytes) { return key }
        let lines = String(decoding: bytes, as: UTF8.self).split { $0.isNewline }
        if lines.first == "-----BEGIN PUBLIC KEY-----", lines.last == "-----END PUBLIC KEY-----" {
            guard let der = Base64.decode(lines.dropFirst().dropLast().joined()), der.starts(with: prefix) else {
                return nil
            }
            return Ed25519PublicKey(der[prefix.count...])
        }
        guard lines.count == 1, let line = lines.first else { return nil }
        return (Hexadecimal.decode(line.lowercased()) ?? Base64.decode(line)).flatMap { Ed25519PublicKey($0) }
    }
}
