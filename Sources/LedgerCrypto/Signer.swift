/// Something that signs with an Ed25519 key without showing it: a key in memory, a command, a device. What a signer
/// returns is checked against its public key before it is used, but for our own code.
public protocol Signer: Sendable {
    /// The public key that its signatures verify under.
    var publicKey: Ed25519PublicKey { get }
    /// The 64-byte Ed25519 signature over `message`; throws what its transport throws.
    func sign(_ message: [UInt8]) throws -> [UInt8]
    /// Whether what it returns can be something else than its key's signature: true of all that lies outside this
    /// library. To check a signature takes more than twice as long as to make it.
    var needsChecking: Bool { get }
}

extension Signer {
    public var needsChecking: Bool { true }
}

extension Ed25519PrivateKey: Signer {
    public func sign(_ message: [UInt8]) throws -> [UInt8] { signature(for: message) }
    public var needsChecking: Bool { false }
}
