internal import ArgumentParser
internal import ConsentAudit
internal import LedgerCrypto
internal import TransparencyLog

/// What an auditor knows of a ledger from elsewhere.
struct PinOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The log's key that you pin, as a C2SP vkey.", valueName: "vkey"))
    var vkey: String?

    @Option(help: ArgumentHelp("The ledger-id that you pin, 64 hexadecimal digits.", valueName: "hex"))
    var ledgerID: String?

    /// The pins; throws `badInput` if one is malformed.
    func pins() throws(CommandError) -> Pins {
        Pins(verifierKey: try Self.key(vkey), ledgerID: try digest())
    }

    /// The vkey of a log; throws `badInput` if it is malformed, or a witness's.
    static func key(_ vkey: String?) throws(CommandError) -> VerifierKey? {
        guard let vkey else { return nil }
        let key: VerifierKey
        do { key = try VerifierKey(vkey) } catch { throw CommandError(.badInput, "--vkey: \(error)") }
        guard key.use == .note else {
            throw CommandError(.badInput, "--vkey is the key of a witness; the log's own is of type 1")
        }
        return key
    }

    private func digest() throws(CommandError) -> SHA256Digest? {
        guard let ledgerID else { return nil }
        guard let bytes = Hexadecimal.decode(ledgerID), let digest = SHA256Digest(bytes) else {
            throw CommandError(.badInput, "--ledger-id is not 64 hexadecimal digits")
        }
        return digest
    }
}
