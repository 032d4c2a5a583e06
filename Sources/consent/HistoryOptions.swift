internal import ArgumentParser
internal import TransparencyLog

/// What others hold of a log's past: who must have cosigned it, and what was kept of it.
struct HistoryOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("A C2SP policy: its witnesses must have cosigned the checkpoint.", valueName: "file"),
        completion: .file())
    var policy: String?

    @Option(
        help: ArgumentHelp("A checkpoint that you kept: the log must contain it. Can be repeated.", valueName: "file"),
        completion: .file())
    var checkpoint: [String] = []

    /// Whether nothing is named.
    var isEmpty: Bool { policy == nil && checkpoint.isEmpty }

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

    /// The kept checkpoints; throws `badInput` if one is none.
    func keptCheckpoints() throws -> [SignedCheckpoint] {
        try checkpoint.map { file in
            let bytes = try FileInput.bytes(of: file, most: SignedNote.maximumByteCount)
            do { return try SignedCheckpoint(parsing: bytes) } catch {
                throw CommandError(
                    .badInput, "--checkpoint \(file) is not a checkpoint (\(error)); give one as it was published")
            }
        }
    }
}
