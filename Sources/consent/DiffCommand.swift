internal import ArgumentParser
internal import ConsentAudit
internal import ConsentModel
internal import Glibc
internal import TransparencyLog

/// `consent diff`: what happened between two checkpoints.
struct DiffCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Show what was recorded between two checkpoints, once the log is shown to go from one to the other.",
        discussion: """
            OLD and NEW are sizes at which the log published checkpoints, or files with checkpoints that you kept; OLD may \
            be 0, the beginning. PATH is a ledger or a bare copy of its log; without it, the ledger of --ledger.

            The published checkpoint must be signed by the pinned key, and the log must begin with the records of both. If it \
            does not, both are printed, and the exit status is 2: where the log's key signed both, they are evidence.

            EXAMPLE
              consent diff 1200 2400
              consent diff kept-2025.checkpoint kept-2026.checkpoint /media/usb/log --vkey "$VKEY"
            """)

    @OptionGroup var ledger: LedgerOptions

    @Argument(help: "The earlier checkpoint: its size, or a file.")
    var old: String

    @Argument(help: "The later checkpoint: its size, or a file.")
    var new: String

    @Argument(help: ArgumentHelp("A ledger, or a bare copy of its log.", valueName: "path"), completion: .directory)
    var path: String?

    @Option(help: ArgumentHelp("The log's key that you pin, as a C2SP vkey.", valueName: "vkey"))
    var vkey: String?

    func validate() throws {
        if let old = UInt64(old), let new = UInt64(new), new < old {
            throw ValidationError("OLD is the smaller size: \(new) is below \(old)")
        }
    }

    func run() throws {
        let pins = Pins(verifierKey: try PinOptions.key(vkey))
        let (first, second) = (try Self.reference(old), try Self.reference(new))
        let reader = try LogSource(path, ledger).reader()
        let log = try PublishedLog(reader: reader)
        let trust = try CheckpointTrust(of: log, pins: pins)
        let comparison = try CheckpointComparison(first, second, in: log, reader: reader, trust: trust)
        guard comparison.contradictions.isEmpty else {
            let text = ContradictionText(comparison, published: log.checkpoint)
            print(ledger.json ? text.json.text : text.sentences)
            throw ExitStatus.doesNotVerify
        }
        let range = comparison.oldSize..<comparison.new.checkpoint.size
        let bar = ProgressBar(total: UInt64(range.count), unit: "records")
        let difference = try LedgerDifference(in: range, of: log) { bar.update($0) }
        bar.end()
        let text = DifferenceText(difference, comparison, isPinned: trust.isPinned)
        if ledger.json { print(text.json.text) } else { text.print() }
    }

    private static func reference(_ text: String) throws -> CheckpointComparison.Reference {
        if let size = UInt64(text) { return .size(size) }
        let bytes = try FileInput.bytes(of: text, most: SignedNote.maximumByteCount)
        do { return .given(try SignedCheckpoint(parsing: bytes)) } catch {
            throw CommandError(.badInput, "\(text) is not a checkpoint: \(error)")
        }
    }
}

/// Checkpoints of one log that cannot all be true, in words and in JSON.
private struct ContradictionText {
    private let comparison: CheckpointComparison
    /// The checkpoints, each once.
    private let checkpoints: [SignedCheckpoint]

    init(_ comparison: CheckpointComparison, published: SignedCheckpoint) {
        self.comparison = comparison
        checkpoints = [comparison.old, comparison.new, published].compactMap { $0 }.reduce(into: []) {
            unique, checkpoint in
            if !unique.contains(checkpoint) { unique.append(checkpoint) }
        }
    }

    var sentences: String {
        let reasons = comparison.contradictions.map { "  " + $0 }.joined(separator: "\n")
        let notes = checkpoints.map {
            String(decoding: $0.bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
                .map { Terminal.plain(String($0)) }.joined(separator: "\n")
        }
        return """
            \(Terminal.output.styled("Does not verify.", .red)) These checkpoints of one log contradict each other:
            \(reasons)
            Keep them: what the log's key signed twice over shows that its history was changed.

            \(notes.joined(separator: "\n"))
            """
    }

    var json: JSON {
        [
            "consistent": .bool(false), "contradictions": .strings(comparison.contradictions),
            "checkpoints": .strings(checkpoints.map { String(decoding: $0.bytes, as: UTF8.self) }),
        ]
    }
}
