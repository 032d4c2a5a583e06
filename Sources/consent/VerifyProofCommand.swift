internal import ArgumentParser
internal import ConsentAudit
internal import ConsentModel
internal import TransparencyLog

/// `consent verify-proof`: checks a proof file.
struct VerifyProofCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify-proof",
        abstract: "Check a proof file offline, and say what it proves and what it does not.",
        discussion: """
            FILE is what “consent prove” wrote, of any kind; - is standard input. The log's key that you trust comes from \
            --vkey or from the policy, a C2SP tlog-policy with the witnesses whose cosignatures you ask for. No ledger is \
            read.

            EXAMPLE
              consent verify-proof contact.chain-proof --vkey "$VKEY" --ledger-id "$LEDGER_ID"
              consent verify-proof 812.tlog-proof --policy witnesses.policy
            """)

    @OptionGroup var ledger: LedgerOptions
    @OptionGroup var pins: PinOptions

    @Argument(help: ArgumentHelp("The proof.", valueName: "file"), completion: .file())
    var file: String

    @Option(
        help: ArgumentHelp("Which logs and witnesses you trust, and how many of them.", valueName: "file"),
        completion: .file())
    var policy: String?

    func validate() throws {
        guard pins.vkey != nil || policy != nil else {
            throw ValidationError(
                "nothing is proven by a key that comes with the proof: name the log's key with --vkey, or a --policy")
        }
    }

    func run() throws {
        let trusted = try trusted()
        let proof = try ProofFile(parsing: bytes())
        let report = ProofVerifier(policy: trusted, ledgerID: try pins.pins().ledgerID).verify(proof)
        let text = ProofReportText(proof, report)
        print(ledger.json ? text.json.text : text.sentences)
        if !report.holds { throw ExitStatus.doesNotVerify }
    }

    private func trusted() throws -> WitnessPolicy {
        let key = try pins.pins().verifierKey
        guard let policy else { return WitnessPolicy(logs: [key].compactMap { $0 }) }
        let bytes = try FileInput.bytes(of: policy, most: WitnessPolicy.maximumByteCount)
        let parsed: WitnessPolicy
        do { parsed = try WitnessPolicy(parsing: bytes) } catch {
            throw CommandError(.badInput, "\(policy): \(error)")
        }
        if let key { return parsed.trusting(logs: [key]) }
        guard !parsed.logs.isEmpty else {
            throw CommandError(.badInput, "\(policy) names no log; name the log's key with --vkey")
        }
        return parsed
    }

    private func bytes() throws(CommandError) -> [UInt8] {
        let input = try InputFile(file)
        var bytes: [UInt8] = []
        while let piece = try input.next() {
            bytes += piece
            guard bytes.count <= ProofFile.maximumByteCount else {
                throw CommandError(
                    .badInput, "\(file) has more than \(ProofFile.maximumByteCount >> 20) MiB, which no proof has")
            }
        }
        return bytes
    }
}
