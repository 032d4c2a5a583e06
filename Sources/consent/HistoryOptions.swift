internal import ArgumentParser
internal import TransparencyLog

/// What others hold of a log's past: who must have cosigned it, and what was kept of it.
struct HistoryOptions: ParsableArguments {
    @OptionGroup var sightings: SightingOptions

    @Option(
        help: ArgumentHelp("A checkpoint that you kept: the log must contain it. Can be repeated.", valueName: "file"),
        completion: .file())
    var checkpoint: [String] = []

    /// Whether nothing is named.
    var isEmpty: Bool { checkpoint.isEmpty && sightings.isEmpty }

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
