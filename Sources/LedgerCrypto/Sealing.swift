internal import CSodium

/// Authenticated encryption with associated data: XChaCha20-Poly1305-IETF (draft-irtf-cfrg-xchacha-03), a random
/// 24-byte nonce before the ciphertext and a 16-byte tag after it.
public struct SealingKey: Sendable {
    /// A key's size in bytes.
    public static let byteCount = 32
    /// How much longer the sealed form is than the open one, in bytes: nonce and tag.
    public static let overhead = 40
    private static let nonceByteCount = 24

    private let key: SecretBytes

    /// Throws `malformed` unless the key is 32 bytes.
    public init(_ key: SecretBytes) throws(CryptoError) {
        guard key.count == Self.byteCount else {
            throw CryptoError(.malformed, "a sealing key is 32 bytes; this one has \(key.count)")
        }
        Sodium.start()
        self.key = key
    }

    /// Seals `plaintext` in the place that `associated` names; it opens only there.
    public func seal(_ plaintext: [UInt8], associated: [UInt8], random: any RandomSource) -> [UInt8] {
        let count = plaintext.count + Self.overhead
        return [UInt8](unsafeUninitializedCapacity: count) { sealed, filled in
            let nonce = sealed.baseAddress!
            random.fill(UnsafeMutableRawBufferPointer(start: nonce, count: Self.nonceByteCount))
            key.withOctets { key in
                _ = crypto_aead_xchacha20poly1305_ietf_encrypt(
                    nonce + Self.nonceByteCount, nil, plaintext, UInt64(plaintext.count), associated,
                    UInt64(associated.count), nil, nonce, key)
            }
            filled = count
        }
    }

    /// Opens what `seal` made; throws `doesNotOpen` if the key, the place or any byte differs.
    public func open(_ sealed: some Collection<UInt8>, associated: [UInt8]) throws(CryptoError) -> [UInt8] {
        guard sealed.count >= Self.overhead else {
            throw CryptoError(.doesNotOpen, "a sealed part of \(sealed.count) bytes is shorter than its own overhead")
        }
        let nonce = Array(sealed.prefix(Self.nonceByteCount))
        let ciphertext = Array(sealed.dropFirst(Self.nonceByteCount))
        var plaintext = [UInt8](repeating: 0, count: sealed.count - Self.overhead)
        let status = key.withOctets { key in
            crypto_aead_xchacha20poly1305_ietf_decrypt(
                &plaintext, nil, nil, ciphertext, UInt64(ciphertext.count), associated, UInt64(associated.count),
                nonce, key)
        }
        guard status == 0 else {
            throw CryptoError(.doesNotOpen, "a sealed part does not open: wrong key, wrong place, or changed bytes")
        }
        return plaintext
    }

    /// A key for one purpose and place: BLAKE2b (RFC 7693), 32 bytes long, keyed with this one, over `place`.
    public func derivedKey(of place: [UInt8]) -> SecretBytes {
        SecretBytes(count: Self.byteCount) { derived in
            key.withOctets { key in
                _ = crypto_generichash(
                    derived.bindMemory(to: UInt8.self).baseAddress!, derived.count, place, UInt64(place.count), key,
                    Self.byteCount)
            }
        }
    }
}
