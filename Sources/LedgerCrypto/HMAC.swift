internal import CCrypto

/// Keyed digests as RFC 2104 has them: what platforms sign their webhooks with. For ourselves there is `KeyedHash`.
public enum HMAC {
    /// The digest within.
    public enum Digest: Sendable {
        /// Twilio's; with a key it is still sound.
        case sha1
        /// Meta's.
        case sha256
        /// Google's.
        case sha512
    }

    /// The code of `message` under `key`: 20 bytes with SHA-1, 32 with SHA-256, 64 with SHA-512.
    public static func code(of message: [UInt8], key: [UInt8], _ digest: Digest) -> [UInt8] {
        var output = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        let function =
            switch digest {
            case .sha1: EVP_sha1()
            case .sha256: EVP_sha256()
            case .sha512: EVP_sha512()
            }
        let result = CCrypto.HMAC(function, key, Int32(key.count), message, message.count, &output, &count)
        precondition(result != nil, "libcrypto has no HMAC")
        return Array(output.prefix(Int(count)))
    }
}
