internal import CSodium

/// BLAKE2b with a secret key (RFC 7693), for what must not be guessable by hashing guesses: contact tags, event ids,
/// and the MAC of a journal frame.
public struct KeyedHash: Sendable {
    /// The size of the keys this project makes, in bytes.
    public static let keyByteCount = 32

    private let key: SecretBytes

    /// The key is 16 to 64 bytes; throws `malformed` otherwise.
    public init(key: SecretBytes) throws(CryptoError) {
        guard 16...64 ~= key.count else {
            throw CryptoError(.malformed, "a keyed hash takes a key of 16 to 64 bytes; this one has \(key.count)")
        }
        Sodium.start()
        self.key = key
    }

    /// The keyed hash of `message`, `byteCount` (16 to 64) bytes long.
    public func hash(_ message: [UInt8], byteCount: Int) -> [UInt8] {
        precondition(16...64 ~= byteCount)
        var output = [UInt8](repeating: 0, count: byteCount)
        key.withOctets { key in
            _ = crypto_generichash(
                &output, byteCount, message, UInt64(message.count), key, self.key.count)
        }
        return output
    }

    /// A key derived from this one for the purpose that `label` names, 32 bytes.
    public func derivedKey(label: String) -> SecretBytes {
        var bytes = hash(Array(label.utf8), byteCount: 32)
        defer { SecretBytes.wipe(&bytes) }
        return SecretBytes(bytes)
    }

    /// Whether two byte strings are equal, in time that does not depend on where they differ.
    public static func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.count == right.count && sodium_memcmp(left, right, left.count) == 0
    }
}
