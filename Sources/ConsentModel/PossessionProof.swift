/// What a source signs to show that it holds its key before the ledger authorises it.
public enum PossessionProof {
    /// The message: the array [tag, origin, ledger-id, source, public key] (SPEC.md). The proof is the key's 64-byte
    /// Ed25519 signature over it.
    public static func message(origin: String, ledgerID: [UInt8], source: String, publicKey: [UInt8]) -> [UInt8] {
        var encoder = CBOREncoder()
        encoder.array(count: 5)
        encoder.text("consent-ledger/source-possession/v1")
        encoder.text(origin)
        encoder.byteString(ledgerID)
        encoder.text(source)
        encoder.byteString(publicKey)
        return encoder.bytes
    }
}
