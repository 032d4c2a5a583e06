internal import CSodium

/// How a key is made of a passphrase: Argon2id (RFC 9106, version 1.3, one lane) by libsodium's `crypto_pwhash`.
public struct PassphraseParameters: Hashable, Sendable {
    /// A salt's size in bytes.
    public static let saltByteCount = 16
    /// The sizes that a passphrase may have, in bytes.
    public static let passphraseByteCounts = 1...1024
    /// The passes that are run when a file asks for them: a hostile one cannot take all time.
    public static let passCounts: ClosedRange<UInt64> = 1...8
    /// The memory that is taken when a file asks for it, in KiB: a hostile one cannot take it all.
    public static let memoryKiBs: ClosedRange<UInt64> = 8...1_048_576

    /// How often the memory is passed over.
    public let passCount: UInt64
    /// How much memory it takes, in KiB.
    public let memoryKiB: UInt64
    /// 16 bytes that make the key another one than that of the same passphrase elsewhere.
    public let salt: [UInt8]

    /// Throws `malformed` for what is out of bounds.
    public init(passCount: UInt64, memoryKiB: UInt64, salt: [UInt8]) throws(CryptoError) {
        guard Self.passCounts ~= passCount, Self.memoryKiBs ~= memoryKiB, salt.count == Self.saltByteCount else {
            throw CryptoError(
                .malformed,
                "Argon2id takes 1 to \(Self.passCounts.upperBound) passes here, 8 to \(Self.memoryKiBs.upperBound) KiB and a "
                    + "salt of 16 bytes, not \(passCount), \(memoryKiB) and \(salt.count)")
        }
        self.passCount = passCount
        self.memoryKiB = memoryKiB
        self.salt = salt
    }

    /// libsodium's MODERATE: 3 passes over 256 MiB, about a second, with a salt of its own.
    public static func moderate(random: any RandomSource) -> PassphraseParameters {
        try! PassphraseParameters(passCount: 3, memoryKiB: 256 * 1024, salt: random.bytes(saltByteCount))
    }

    /// The key of 32 bytes that `passphrase`, of 1 to 1,024 bytes as they were typed, makes. Throws `malformed` for another
    /// size, and `noMemory` where the machine has not as much.
    public func key(of passphrase: SecretBytes) throws(CryptoError) -> SecretBytes {
        guard Self.passphraseByteCounts ~= passphrase.count else {
            throw CryptoError(.malformed, "a passphrase has 1 to 1,024 bytes; this one has \(passphrase.count)")
        }
        Sodium.start()
        return try SecretBytes(count: SecretKeyFile.keyByteCount) { key throws(CryptoError) in
            let status = passphrase.withUnsafeBytes { passphrase in
                crypto_pwhash(
                    key.bindMemory(to: UInt8.self).baseAddress!, UInt64(key.count),
                    passphrase.bindMemory(to: CChar.self).baseAddress!, UInt64(passphrase.count), salt, passCount,
                    Int(memoryKiB) * 1024, crypto_pwhash_ALG_ARGON2ID13)
            }
            guard status == 0 else {
                throw CryptoError(
                    .noMemory,
                    "the machine has not the \(memoryKiB / 1024) MiB of memory that opening with a passphrase takes")
            }
        }
    }
}
