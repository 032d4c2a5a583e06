import LedgerCrypto
import TransparencyLog

/// Keys that anyone may know.
enum TestKeys {
    static func key(_ label: String) -> Ed25519PrivateKey {
        guard let key = try? Ed25519PrivateKey(seed: SeededRandomSource(label: label).secret(32)) else {
            preconditionFailure("a seed of 32 bytes makes a key")
        }
        return key
    }

    static let origin = "example.com/ledger"
    static let log = key("log")
    static let secondLog = key("second log")
    static let witnesses = (1...3).map { key("witness \($0)") }

    static func verifier(
        _ name: String = origin, _ key: Ed25519PrivateKey = log, _ use: VerifierKey.Use = .note
    ) throws -> VerifierKey {
        try VerifierKey(name: name, publicKey: key.publicKey, use: use)
    }

    /// The name of the witness at `place`, from 0.
    static func witnessName(_ place: Int) -> String { "witness\(place + 1).example" }

    static func witnessVerifier(_ place: Int) throws -> VerifierKey {
        try verifier(witnessName(place), witnesses[place], .cosignature)
    }
}

/// A signer whose signatures are someone else's, or none.
struct FalseSigner: Signer {
    let publicKey: Ed25519PublicKey
    let signature: [UInt8]

    func sign(_ message: [UInt8]) -> [UInt8] { signature }
}
