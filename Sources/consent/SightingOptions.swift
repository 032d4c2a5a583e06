internal import ArgumentParser
internal import LedgerCrypto
internal import TransparencyLog

/// Who is believed to have seen a log's checkpoints: witnesses, and time-stamping authorities.
struct SightingOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("A C2SP policy: its witnesses must have cosigned the checkpoint.", valueName: "file"),
        completion: .file())
    var policy: String?

    @Option(
        help: ArgumentHelp(
            "Certificates (PEM) of time-stamping authorities that you trust: their stamps count.", valueName: "file"),
        completion: .file())
    var roots: String?

    /// Whether nothing is named.
    var isEmpty: Bool { policy == nil && roots == nil }

    /// The policy, if one is named; throws `badInput` if it is none.
    func witnessPolicy() throws -> WitnessPolicy? { try Self.policy(at: policy) }

    /// The policy in a file that `--policy` names, if it does; throws `badInput` if it is none.
    static func policy(at path: String?) throws -> WitnessPolicy? {
        guard let path else { return nil }
        let bytes = try FileInput.bytes(of: path, most: WitnessPolicy.maximumByteCount)
        do { return try WitnessPolicy(parsing: bytes) } catch {
            throw CommandError(.badInput, "--policy \(path): \(error)")
        }
    }

    /// The certificates of authorities, if any are named; throws `badInput` if they are none.
    func stampRoots() throws -> TimeStampRoots? { try roots.map(TimeStampRoots.init(file:)) }
}

extension TimeStampRoots {
    /// The certificates in the file at `path`; throws `cannotBeRead` or `badInput`.
    convenience init(file path: String) throws(CommandError) {
        let bytes = try FileInput.bytes(of: path, most: Self.maximumByteCount)
        do { try self.init(pem: bytes) } catch { throw CommandError(.badInput, "--roots \(path): \(error)") }
    }
}
