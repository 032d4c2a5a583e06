internal import ArgumentParser
internal import ConsentLedger
internal import ConsentModel
internal import TransparencyLog

/// `consent checkpoint quorum`: whether checkpoints wait for witnesses before they are published.
struct CheckpointQuorumCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quorum",
        abstract: "Publish checkpoints only once a quorum of witnesses has cosigned them.",
        discussion: """
            With --policy, checkpoints wait from now on until the quorum of that C2SP policy is reached: until then \
            log/checkpoint stays as it is, and nobody who reads the log is shown what no witness has seen. What is recorded \
            counts at once all the same. Have them cosigned with consent checkpoint witness, as often as records are to be \
            published.

            With --off they are published as they are signed, as is one that waits. Without either it says how it is.

            EXAMPLE
              consent checkpoint quorum --policy witnesses.policy
              consent checkpoint quorum
              consent checkpoint quorum --off
            """)

    @OptionGroup var ledger: LedgerOptions
    @OptionGroup var writing: WritingOptions

    @Option(
        help: ArgumentHelp("The policy whose quorum is waited for.", valueName: "file"), completion: .file())
    var policy: String?

    @Flag(help: "Wait for nobody.")
    var off = false

    func validate() throws {
        if off, policy != nil { throw ValidationError("either --policy or --off is meant; name one of them") }
    }

    func run() throws {
        let bytes = try policy.map { try FileInput.bytes(of: $0, most: WitnessPolicy.maximumByteCount) }
        if let policy, let bytes {
            do { _ = try WitnessPolicy(parsing: bytes) } catch {
                throw CommandError(.badInput, "--policy \(policy): \(error)")
            }
        }
        let (quorum, published, newest) = try writing.write(ledger) { writer in
            if off || bytes != nil { try writer.setQuorumPolicy(bytes) }
            return (try writer.quorumPolicy(), try writer.publishedCheckpoint(), try writer.publish())
        }
        let (size, signed) = (published.checkpoint.size, newest.checkpoint.size)
        let waiting = signed > size ? signed - size : 0
        guard !ledger.json else {
            let names = quorum?.witnesses.map { JSON.string("\($0.name)") }
            let object: JSON = [
                "waits": .bool(quorum.map { !$0.isQuorum([]) } ?? false), "witnesses": names.map(JSON.array) ?? .null,
                "published-size": .number(size), "size": .number(signed),
            ]
            return print(object.text)
        }
        if let quorum {
            let names = quorum.witnesses.map { Terminal.plain("\($0.name)") }.joined(separator: ", ")
            print(
                quorum.isQuorum([])
                    ? "Checkpoints are published as they are signed: the policy asks for no cosignature."
                    : "Checkpoints wait for the quorum of the policy before they are published (witnesses: \(names)).")
        } else {
            print("Checkpoints are published as they are signed.")
        }
        print(
            waiting == 0
                ? "All \(size) records are published."
                : "\(size) of \(signed) records are published; the others wait: consent checkpoint witness")
    }
}
