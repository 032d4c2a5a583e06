public import LedgerCrypto

/// A witness's Ed25519 signature over a checkpoint and a time (C2SP tlog-cosignature, type 0x04): the time as eight
/// bytes, big-endian, and 64 bytes of signature.
struct Cosignature {
    private static let timestampByteCount = 8
    private static let byteCount = timestampByteCount + Ed25519PrivateKey.signatureByteCount
    static let maximumTimestamp = UInt64(Int64.max)

    /// When it was made, in seconds since the epoch; at most 2^63 − 1.
    let timestamp: UInt64
    /// The Ed25519 signature over `message`.
    let signature: [UInt8]

    /// Takes what a signature line carries; `nil` unless it is 72 bytes with a time within bounds.
    init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        timestamp = bytes[..<Self.timestampByteCount].reduce(0) { $0 << 8 | UInt64($1) }
        signature = Array(bytes[Self.timestampByteCount...])
        guard timestamp <= Self.maximumTimestamp else { return nil }
    }

    /// What is signed: two lines, then the checkpoint's text.
    static func message(text: [UInt8], timestamp: UInt64) -> [UInt8] {
        Array("cosignature/v1\ntime \(timestamp)\n".utf8) + text
    }
}

extension SignedNote {
    /// Adds a cosignature by `name` with the time `timestamp`, in seconds since the epoch, in place of an earlier one
    /// by the same key. The caller has checked that the text is a checkpoint consistent with all that it cosigned.
    /// Throws `outOfRange` for a time over 2^63 − 1, and as `sign` does.
    public mutating func cosign(as name: String, at timestamp: UInt64, with signer: any Signer) throws {
        guard timestamp <= Cosignature.maximumTimestamp else {
            throw TransparencyLogError(
                .outOfRange, "a cosignature's time is at most 2^63 − 1; this one is \(timestamp)")
        }
        let key = try VerifierKey(name: name, publicKey: signer.publicKey, use: .cosignature)
        let signature = try signer.sign(Cosignature.message(text: text, timestamp: timestamp))
        let bytes = withUnsafeBytes(of: timestamp.bigEndian) { Array($0) } + signature
        try add(NoteSignature(key: key, signature: bytes), by: key)
    }
}
