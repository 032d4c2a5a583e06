public import LedgerCrypto
internal import Synchronization

/// The passphrase of a ledger's protected key files: asked for when the first of them is needed, and once. It is wiped with
/// the last reference to this.
public final class Passphrase: Sendable {
    private struct State {
        var passphrase: SecretBytes?
        /// What was made of it, which takes long. The files that were protected together have one salt.
        var keys: [PassphraseParameters: SecretBytes] = [:]
    }

    private let ask: @Sendable (_ file: String) throws -> SecretBytes
    private let state = Mutex(State())

    /// `ask` gives the passphrase, as it was typed; it is told the file that it is for.
    public init(asking ask: @escaping @Sendable (_ file: String) throws -> SecretBytes) { self.ask = ask }

    /// The key that opens `file`, and the others that were protected with these parameters. Throws `badPassphrase` unless
    /// the passphrase has 1 to 1,024 bytes, and what asking throws.
    func key(_ parameters: PassphraseParameters, for file: String) throws -> SecretBytes {
        // Others wait, so that nobody is asked twice.
        try state.withLock { state in
            if let key = state.keys[parameters] { return key }
            let passphrase = try state.passphrase ?? ask(file)
            guard PassphraseParameters.passphraseByteCounts ~= passphrase.count else {
                throw LedgerError(
                    .badPassphrase,
                    passphrase.count == 0
                        ? "the passphrase for \(file) is empty; it has 1 to 1,024 bytes"
                        : "the passphrase for \(file) is too long; it has 1 to 1,024 bytes")
            }
            let key = try parameters.key(of: passphrase)
            state.passphrase = passphrase
            state.keys[parameters] = key
            return key
        }
    }
}
