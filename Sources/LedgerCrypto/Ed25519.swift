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
        guard signature.count == Ed25519PrivateKey.signatureByteCount,
            EncodedPoint.isAcceptable(bytes[...]), EncodedPoint.isAcceptable(signature[..<32]),
            EncodedPoint.isScalarReduced(signature[32...])
        else { return false }
        Sodium.start()
        return crypto_sign_verify_detached(signature, message, UInt64(message.count), bytes) == 0
    }
}

/// The part of the signature rule that concerns encodings. libsodium checks the same, but which of it depends on its
/// version, so the rule is checked here in full.
enum EncodedPoint {
    /// p = 2^255 − 19, little-endian.
    private static let fieldPrime: [UInt8] = [0xed] + [UInt8](repeating: 0xff, count: 30) + [0x7f]
    /// L = 2^252 + 27742317777372353535851937790883648493, little-endian.
    private static let groupOrder: [UInt8] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ]
    /// The y coordinates of the eight points of small order: 0, 1, p − 1 and the two of order eight.
    private static let smallOrder: [[UInt8]] = [
        [UInt8](repeating: 0, count: 32),
        [1] + [UInt8](repeating: 0, count: 31),
        [0xec] + [UInt8](repeating: 0xff, count: 30) + [0x7f],
        [
            0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
            0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
        ],
        [
            0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
            0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
        ],
    ]

    static func isAcceptable(_ encoding: ArraySlice<UInt8>) -> Bool {
        var y = Array(encoding)
        y[31] &= 0x7f
        return isLess(y, than: fieldPrime) && !smallOrder.contains(y)
    }

    static func isScalarReduced(_ scalar: ArraySlice<UInt8>) -> Bool {
        isLess(Array(scalar), than: groupOrder)
    }

    private static func isLess(_ value: [UInt8], than bound: [UInt8]) -> Bool {
        for index in stride(from: 31, through: 0, by: -1) where value[index] != bound[index] {
            return value[index] < bound[index]
        }
        return false
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
