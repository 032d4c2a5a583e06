internal import ArgumentParser
internal import ConsentAudit
internal import ConsentLedger
internal import ConsentModel
internal import LedgerCrypto
internal import TransparencyLog

/// `consent checkpoint witness`: has the witnesses of a policy cosign the newest checkpoint.
struct CheckpointWitnessCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "witness",
        abstract: "Send the newest checkpoint to the witnesses of a policy, and attach what they cosign.",
        discussion: """
            The witnesses are those of --policy, else of the policy that checkpoints wait for (consent checkpoint quorum). Each \
            is sent the checkpoint with a proof that the log has only grown since the last one that it cosigned, as C2SP \
            tlog-witness has it, at the URL that the policy has for it or --url names: https, or http of this machine. The \
            program curl sends it. Only a line that verifies under the witness's key in the policy, with a time within an hour \
            of ours, is attached; what is attached stays.

            The exit status is 0 where the policy's quorum is reached; else 2 if a witness contradicts the log or its answer \
            does not verify, and 75 if it did not answer or refused: try again. A witness that has cosigned a larger tree of \
            this log, or another one, is told of in any case: find out why.

            EXAMPLE
              consent checkpoint witness --policy witnesses.policy
              consent checkpoint witness --policy witnesses.policy --url w1=https://witness.example/api --timeout 5s
            """)

    @OptionGroup var ledger: LedgerOptions
    @OptionGroup var writing: WritingOptions

    @Option(
        help: ArgumentHelp("A C2SP policy that names the witnesses and their quorum.", valueName: "file"),
        completion: .file())
    var policy: String?

    @Option(
        help: ArgumentHelp("Where a witness of the policy takes requests. Can be repeated.", valueName: "name=url"))
    var url: [String] = []

    @Option(
        help: ArgumentHelp("How long a witness may take to answer. Default: 10s.", valueName: TimeLength.valueName),
        transform: TimeLength.init(parsing:))
    var timeout: TimeLength?

    /// What came of asking one witness.
    private struct Asked {
        let witness: WitnessPolicy.Witness
        var line: NoteSignature?
        var problem: (any Error)?
        /// Its cosignature, made now or before.
        var cosignature: VerifiedSignature?
    }

    func run() throws {
        let named = try SightingOptions.policy(at: policy)
        let (newest, kept) = try writing.write(ledger) { writer in
            guard let policy = try named ?? writer.quorumPolicy() else {
                throw CommandError(
                    .usage, "name the witnesses: --policy FILE, or set one with consent checkpoint quorum")
            }
            return (try writer.offerCheckpoint(), policy)
        }
        guard !kept.witnesses.isEmpty else { throw CommandError(.badInput, "the policy names no witness") }
        let addresses = try addresses(of: kept)
        // The ledger is free for others while witnesses are asked.
        let log = PublishedLog(reader: try LogSource(nil, ledger).reader(), checkpoint: newest)
        let curl = Curl(limit: try timeout ?? TimeLength(parsing: "10s"))
        var all = kept.witnesses.map { witness in
            var asked = Asked(witness: witness)
            do { asked.line = try ask(witness, for: log, addresses, curl) } catch { asked.problem = error }
            return asked
        }
        let (attached, isPublished) = try attach(all, to: newest)
        let signatures = (try? attached.verify(with: kept.witnesses.map(\.key))) ?? []
        for place in all.indices {
            all[place].cosignature = signatures.first { $0.key == all[place].witness.key }
        }
        let isQuorum = kept.isQuorum(Set(all.filter { $0.cosignature != nil }.map(\.witness.name)))
        tell(all, of: attached, isQuorum: isQuorum, isPublished: isPublished)
        guard !isQuorum else { return }
        throw all.contains { $0.problem.map(Self.isContradiction) ?? false } ? ExitStatus.doesNotVerify : .tryAgain
    }

    /// Where each witness is, by its name in the policy.
    private func addresses(of policy: WitnessPolicy) throws -> [WitnessPolicy.Name: WebAddress] {
        var texts: [WitnessPolicy.Name: String] = [:]
        for witness in policy.witnesses { texts[witness.name] = witness.url }
        for option in url {
            guard let sign = option.firstIndex(of: "=") else {
                throw CommandError(.usage, "--url is NAME=URL; “\(option.prefix(80))” has no “=”")
            }
            let name = WitnessPolicy.Name(String(option[..<sign]))
            guard policy.witnesses.contains(where: { $0.name == name }) else {
                throw CommandError(
                    .badInput,
                    "--url: the policy has no witness “\(name)”; it has \(policy.witnesses.map { "\($0.name)" }.joined(separator: ", "))"
                )
            }
            texts[name] = String(option[option.index(after: sign)...])
        }
        var addresses: [WitnessPolicy.Name: WebAddress] = [:]
        for (name, text) in texts { addresses[name] = try WebAddress(parsing: text) }
        return addresses
    }

    /// The line that the witness gives; `nil` if its line is on the checkpoint already.
    private func ask(
        _ witness: WitnessPolicy.Witness, for log: PublishedLog, _ addresses: [WitnessPolicy.Name: WebAddress],
        _ curl: Curl
    ) throws -> NoteSignature? {
        if (try? log.checkpoint.note.verify(with: [witness.key])) != nil { return nil }
        guard let address = addresses[witness.name] else {
            throw CommandError(.usage, "the policy has no URL for it; name it with --url \(witness.name)=URL")
        }
        var exchange = try log.exchange(with: witness.key)
        while true {
            let answer = try curl.post(
                log.request(of: exchange), to: WitnessExchange.path, below: address,
                most: WitnessExchange.maximumAnswerByteCount)
            if let failure = answer.failure {
                throw CommandError(.unreachable, "\(address.text) cannot be reached: \(failure)")
            }
            let line = try exchange.take(
                WitnessAnswer(status: answer.status, contentType: answer.contentType, body: answer.body),
                at: SystemClock().now().milliseconds / 1000)
            if let line { return line }
        }
    }

    /// Attaches the lines that came; gives the checkpoint with all that it has, and whether it is published.
    private func attach(
        _ asked: [Asked], to newest: SignedCheckpoint
    ) throws -> (checkpoint: SignedCheckpoint, isPublished: Bool) {
        let size = newest.checkpoint.size
        return try writing.write(ledger) { writer in
            var attached = newest
            for (line, key) in asked.compactMap({ asked in asked.line.map { ($0, asked.witness.key) } }) {
                attached = try writer.attach(line, by: key, size: size).checkpoint
            }
            return (attached, try writer.publishedCheckpoint().checkpoint.size >= size)
        }
    }

    /// Whether an error says that log and witness cannot both be right.
    private static func isContradiction(_ error: any Error) -> Bool {
        ExitStatus(of: error) == .doesNotVerify
    }

    private func tell(_ all: [Asked], of checkpoint: SignedCheckpoint, isQuorum: Bool, isPublished: Bool) {
        let size = checkpoint.checkpoint.size
        if ledger.json {
            let witnesses = all.map { asked -> JSON in
                let problem = asked.problem.map { Failure($0) }
                return [
                    "name": .string("\(asked.witness.name)"), "vkey": .string(asked.witness.key.text),
                    "cosigned": .bool(asked.cosignature != nil), "added": .bool(asked.line != nil),
                    "cosigned-at": .optional(asked.cosignature.flatMap(Self.time)),
                    "code": .optional(problem?.code), "message": .optional(problem?.message),
                ]
            }
            print(
                checkpoint.json([
                    ("quorum", .bool(isQuorum)), ("published", .bool(isPublished)), ("witnesses", .array(witnesses)),
                ]).text)
        } else {
            print("The checkpoint of size \(size):")
            for asked in all {
                let name = Terminal.plain("\(asked.witness.name)")
                if let problem = asked.problem {
                    print(
                        "  \(name): \(Terminal.output.styled("not cosigned", .red)): \(Terminal.plain("\(problem)".shortened()))"
                    )
                } else if let time = asked.cosignature.flatMap(Self.time) {
                    print("  \(name): cosigned \(asked.line == nil ? "before, " : "")on \(time)")
                }
            }
            let state = isPublished ? "it is published" : "it waits, and is not published"
            print(isQuorum ? "The quorum is reached; \(state)." : "The quorum is not reached; \(state).")
        }
        for asked in all where isQuorum {
            guard let problem = asked.problem, Self.isContradiction(problem) else { continue }
            Terminal.warn("the witness \(asked.witness.name) contradicts the others: \(problem)")
        }
    }

    private static func time(_ signature: VerifiedSignature) -> String? {
        signature.timestamp.flatMap {
            $0.multipliedReportingOverflow(by: 1000).overflow ? nil : Timestamp(milliseconds: $0 * 1000)
        }
        .map(\.description)
    }
}
