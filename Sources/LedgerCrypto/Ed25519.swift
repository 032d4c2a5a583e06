internal import CSodium

/// An Ed25519 public key (RFC 8032): 32 bytes, whose point is checked when a signature is.
public struct Ed25519PublicKey: Hashable, Sendable {
    /// The key's size in bytes.
    public static let byteCount = 32
    /// The encoded point.
    public let bytes: [UInt8]
    /// The key identifier a statement's header carries: the first 16 bytes of SHA-256 of the public key (SPEC.md).
    public let keyIdentifier: [UInt8]

    /// Takes exactly 32 bytes; `nil` for any other count.
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = Array(bytes)
        keyIdentifier = Array(SHA256Digest(hashing: self.bytes).bytes[..<16])
    }

    public static func == (left: Self, right: Self) -> Bool { left.bytes == right.bytes }

    public func hash(into hasher: inout Hasher) { hasher.combine(bytes) }

    /// Whether `signature` is this key's over `message`, by the rule that SPEC.md states: the signature is R ‖ S; the
    /// key and R are canonical encodings (y < p) and not of small order; S < L; and, without a cofactor,
    /// encode([S]B − [k]A) equals R. Anything else, a wrong length included, is false.
    public func isValidSignature(_ signature: some Collection<UInt8>, for message: [UInt8]) -> Bool {
        let signature = Array(signature)
        guard signature.count == Ed25519PrivateKey.signatureByteCount, Self.hasAcceptableEncodings(bytes, signature)
        else { return false }
        Sodium.start()
        return crypto_sign_verify_detached(signature, message, UInt64(message.count), bytes) == 0
    }

    /// Of a key of 32 bytes and a signature of 64.
    private static func hasAcceptableEncodings(_ key: [UInt8], _ signature: [UInt8]) -> Bool {
        key.withUnsafeBytes { key in
            signature.withUnsafeBytes { signature in
                EncodedPoint.isAcceptable(key)
                    && EncodedPoint.isAcceptable(UnsafeRawBufferPointer(rebasing: signature[..<32]))
                    && EncodedPoint.isScalarReduced(UnsafeRawBufferPointer(rebasing: signature[32...]))
            }
        }
    }
}

/// The part of the signature rule that concerns encodings. libsodium checks the same, but which of it depends on its
/// version, so the rule is checked here in full. It is checked of every statement, so that nothing is allocated for it.
enum EncodedPoint {
    /// A number of 256 bits.
    private struct Number: Equatable {
        /// From the lowest to the highest.
        var words: (UInt64, UInt64, UInt64, UInt64)

        /// Takes 32 bytes, little-endian.
        init(littleEndian bytes: UnsafeRawBufferPointer) {
            func word(_ place: Int) -> UInt64 {
                UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: place * 8, as: UInt64.self))
            }
            words = (word(0), word(1), word(2), word(3))
        }

        init(_ words: (UInt64, UInt64, UInt64, UInt64)) { self.words = words }

        static func == (left: Self, right: Self) -> Bool { left.words == right.words }

        static func < (left: Self, right: Self) -> Bool {
            let (a, b) = (left.words, right.words)
            if a.3 != b.3 { return a.3 < b.3 }
            if a.2 != b.2 { return a.2 < b.2 }
            if a.1 != b.1 { return a.1 < b.1 }
            return a.0 < b.0
        }
    }

    /// p = 2^255 − 19.
    private static let fieldPrime = Number((0xffff_ffff_ffff_ffed, .max, .max, 0x7fff_ffff_ffff_ffff))
    /// L = 2^252 + 27742317777372353535851937790883648493.
    private static let groupOrder = Number((0x5812_631a_5cf5_d3ed, 0x14de_f9de_a2f7_9cd6, 0, 0x1000_0000_0000_0000))
    /// The y coordinates of the eight points of small order: 0, 1, p − 1 and the two of order eight.
    private static let smallOrder = [
        Number((0, 0, 0, 0)), Number((1, 0, 0, 0)),
        Number((0xffff_ffff_ffff_ffec, .max, .max, 0x7fff_ffff_ffff_ffff)),
        Number((0xb027_b2c2_8f95_e826, 0xf098_eff2_89f4_c345, 0x3933_c6d3_05ac_dfd5, 0x05fc_536d_8802_38b1)),
        Number((0x4fd8_4d3d_706a_17c7, 0x0f67_100d_760b_3cba, 0xc6cc_392c_fa53_202a, 0x7a03_ac92_77fd_c74e)),
    ]

    /// Whether `encoding`, 32 bytes, is canonical and not of small order; the highest bit is the sign of x.
    static func isAcceptable(_ encoding: UnsafeRawBufferPointer) -> Bool {
        var y = Number(littleEndian: encoding)
        y.words.3 &= 0x7fff_ffff_ffff_ffff
        return y < fieldPrime && !smallOrder.contains(y)
    }

    /// Whether `scalar`, 32 bytes, is below the order of the group.
    static func isScalarReduced(_ scalar: UnsafeRawBufferPointer) -> Bool {
        Number(littleEndian: scalar) < groupOrder
    }
}

/// An Ed25519 private key, made from a 32-byte seed (RFC 8032 §5.1.5); wiped when released.
public final class Ed25519PrivateKey: Sendable {
    /// The seed's size in bytes.
    public static let seedByteCount = 32
    /// A signature's size in bytes.
    public static let signatureByteCount = 64

    private let secret: SecretBytes
    /// The public key that belongs to it.
    public let publicKey: Ed25519PublicKey

    /// Derives the key pair; throws `malformed` unless the seed is 32 bytes.
    public init(seed: SecretBytes) throws(CryptoError) {
        guard seed.count == Self.seedByteCount else {
            throw CryptoError(.malformed, "an Ed25519 seed is 32 bytes; this one has \(seed.count)")
        }
        Sodium.start()
        var publicBytes = [UInt8](repeating: 0, count: 32)
        secret = SecretBytes(count: Int(crypto_sign_SECRETKEYBYTES)) { expanded in
            seed.withOctets { seed in
                _ = crypto_sign_seed_keypair(
                    &publicBytes, expanded.bindMemory(to: UInt8.self).baseAddress!, seed)
            }
        }
        publicKey = Ed25519PublicKey(publicBytes)!
    }

    /// The 64-byte signature over `message`; deterministic (RFC 8032 §5.1.6).
    public func signature(for message: [UInt8]) -> [UInt8] {
        var signature = [UInt8](repeating: 0, count: Self.signatureByteCount)
        secret.withOctets { secret in
            _ = crypto_sign_detached(
                &signature, nil, message, UInt64(message.count), secret)
        }
        return signature
    }
}
