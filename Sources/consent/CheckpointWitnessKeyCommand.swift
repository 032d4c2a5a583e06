internal import ArgumentParser
internal import ConsentModel
internal import LedgerCrypto
internal import TransparencyLog

/// `consent checkpoint witness-key`: makes the key of a witness.
struct CheckpointWitnessKeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "witness-key",
        abstract: "Make a witness's key, and print its vkey for those who will trust it.",
        discussion: """
            NAME is the witness's for ever, best a name of a domain that is its own, without spaces and “+”. The file is the \
            user's alone; the vkey is for everybody.

            EXAMPLE
              consent checkpoint witness-key auditor.example/witness -o auditor.key
            """)

    @OptionGroup var ledger: LedgerOptions

    @Argument(help: "The witness's name.")
    var name: String

    @Option(
        name: [.customShort("o"), .long],
        help: ArgumentHelp("The file to write, which must not be there.", valueName: "file"), completion: .file())
    var output: String

    func run() throws {
        guard !name.unicodeScalars.contains(where: VisibleText.isUnseen) else {
            throw CommandError(.badInput, "“\(name)” has a character that nobody sees; others must be able to type it")
        }
        let secret = SystemRandomSource().secret(SecretKeyFile.keyByteCount)
        let key = try WitnessKeyFile.verifierKey(name: name, secret: secret)
        let file = try OutputFile(output, overwriting: false)
        try file.write(SecretKeyFile(name: name, secret: secret).bytes)
        try file.finish()
        let object: JSON = ["vkey": .string(key.text), "file": .string(output)]
        print(ledger.json ? object.text : key.text)
    }
}

/// A witness's key in a file of its own, in the format of `private/keys`.
enum WitnessKeyFile {
    private static let mostBytes = 4096

    /// The key in the file at `path`, under the name that it says; throws `cannotBeRead` or `badInput`.
    static func key(at path: String) throws(CommandError) -> (signer: Ed25519PrivateKey, verifierKey: VerifierKey) {
        var bytes = try FileInput.bytes(of: path, most: mostBytes)
        defer { SecretBytes.wipe(&bytes) }
        guard let file = SecretKeyFile(parsing: bytes), let signer = try? Ed25519PrivateKey(seed: file.secret) else {
            throw CommandError(
                .badInput, "\(path) is not a witness's key; make one with: consent checkpoint witness-key NAME -o FILE")
        }
        return (signer, try verifierKey(name: file.name, secret: file.secret))
    }

    /// The vkey that belongs to a key; throws `badInput` for a name that is none.
    static func verifierKey(name: String, secret: SecretBytes) throws(CommandError) -> VerifierKey {
        do {
            return try VerifierKey(name: name, publicKey: Ed25519PrivateKey(seed: secret).publicKey, use: .cosignature)
        } catch {
            throw CommandError(.badInput, "no witness's key has the name “\(name.prefix(80))”: \(error)")
        }
    }
}
