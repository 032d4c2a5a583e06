public import LedgerCrypto

/// A party that signs: its key is derived from its name, so that every run has the same bytes. Such keys are public.
public struct Party: Sendable {
    /// The source's identifier, or what a reader calls the key.
    public let name: String
    /// The key.
    public let key: Ed25519PrivateKey

    /// The party of that name.
    public init(_ name: String) {
        self.name = name
        key = try! Ed25519PrivateKey(seed: SecretBytes(SHA256Digest(hashing: Array("party \(name)".utf8)).bytes))
    }
}
