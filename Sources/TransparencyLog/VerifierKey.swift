public import LedgerCrypto

/// A public key under a name, as C2SP signed-note writes it: `<name>+<8 hexadecimal digits>+<base64>`, a *vkey*.
public struct VerifierKey: Sendable {
    /// What a key signs; its signature type in C2SP signed-note.
    public enum Use: UInt8, Hashable, Sendable {
        /// A note's text, by Ed25519 (0x01): what a log signs its checkpoints with.
        case note = 0x01
        /// A checkpoint and a time, by Ed25519 (0x04, C2SP tlog-cosignature): what a witness signs with.
        case cosignature = 0x04
    }

    /// Without Unicode spaces and pluses, at most 1,024 bytes; a log's is its origin.
    public let name: String
    public let use: Use
    public let publicKey: Ed25519PublicKey
    /// The first four bytes of SHA-256(name ‖ 0x0A ‖ type ‖ public key), big-endian; tells keys apart, proves nothing.
    public let keyID: UInt32

    /// Names a key; throws `malformed` if the name breaks the rules.
    public init(name: String, publicKey: Ed25519PublicKey, use: Use) throws(TransparencyLogError) {
        guard KeyName.isValid(name), name.utf8.count <= KeyName.maximumByteCount else {
            throw TransparencyLogError(
                .malformed,
                "“\(name.prefix(80))” is not a key name: 1 to \(KeyName.maximumByteCount) bytes without spaces and “+”")
        }
        self.name = name
        self.publicKey = publicKey
        self.use = use
        var hasher = SHA256Hasher()
        hasher.update(Array(name.utf8))
        hasher.update(byte: UInt8(ascii: "\n"))
        hasher.update(byte: use.rawValue)
        hasher.update(publicKey.bytes)
        keyID = hasher.finalize().withUnsafeBytes { UInt32(bigEndian: $0.loadUnaligned(as: UInt32.self)) }
    }

    /// Reads a vkey. Throws `malformed` unless it is exactly what `text` gives for the key, its ID included, and
    /// `unsupportedKey` for a signature type other than 0x01 and 0x04.
    public init(_ text: String) throws(TransparencyLogError) {
        // The base64 part may hold pluses, the name may not.
        let parts = Array(text.utf8).split(
            separator: UInt8(ascii: "+"), maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let name = String(plainText: parts[0]),
            let encoded = String(plainText: parts[2]), let material = Base64.decode(encoded), let type = material.first
        else { throw Self.malformed(text) }
        guard let use = Use(rawValue: type) else {
            throw TransparencyLogError(
                .unsupportedKey,
                "the key “\(name.prefix(80))” is of signature type \(type); only 1 (Ed25519) and 4 (Ed25519 "
                    + "cosignature) are verified here")
        }
        guard let publicKey = Ed25519PublicKey(material.dropFirst()) else { throw Self.malformed(text) }
        try self.init(name: name, publicKey: publicKey, use: use)
        guard self.text.hasSameBytes(as: text) else { throw Self.malformed(text) }
    }

    /// The vkey.
    public var text: String {
        "\(name)+\(keyIDText)+\(Base64.encode([use.rawValue] + publicKey.bytes))"
    }

    /// The key ID as the vkey writes it: eight lower-case hexadecimal digits.
    var keyIDText: String {
        Hexadecimal.encode(withUnsafeBytes(of: keyID.bigEndian) { Array($0) })
    }

    /// Whether a signature line names this key: by its name and ID, which proves nothing.
    public func isNamed(by line: NoteSignature) -> Bool {
        line.keyID == keyID && line.name.hasSameBytes(as: name)
    }

    /// Whether a line of this key counts on `checkpoint`: a witness's on any, a log's on those of its own origin.
    public func canSign(_ checkpoint: Checkpoint) -> Bool {
        use == .cosignature || name.hasSameBytes(as: checkpoint.origin)
    }

    private static func malformed(_ text: String) -> TransparencyLogError {
        TransparencyLogError(
            .malformed,
            "“\(text.prefix(120))” is not a verifier key: <name>+<key ID>+<base64>, where the ID is that of name and key"
        )
    }
}

/// Keys are equal when their names, byte by byte, their uses and their public keys are.
extension VerifierKey: Hashable {
    public static func == (left: Self, right: Self) -> Bool {
        left.use == right.use && left.publicKey == right.publicKey && left.name.hasSameBytes(as: right.name)
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(keyID)
        hasher.combine(publicKey)
    }
}
