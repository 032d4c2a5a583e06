internal import ArgumentParser
internal import ConsentAudit
internal import ConsentModel
internal import LedgerCrypto
internal import TransparencyLog

/// From which log something is proven, and where the proof goes.
struct ProofOptions: ParsableArguments {
    @OptionGroup var ledger: LedgerOptions
    @OptionGroup var pins: PinOptions

    @Option(
        help: ArgumentHelp("A bare copy of a log, or another ledger, to prove from.", valueName: "dir"),
        completion: .directory)
    var log: String?

    @Option(
        name: [.customShort("o"), .long],
        help: ArgumentHelp("The file to write, which must not be there; else standard output.", valueName: "file"),
        completion: .file())
    var output: String?

    /// The log that is named.
    func published() throws -> PublishedLog { try PublishedLog(reader: LogSource(log, ledger).reader()) }

    /// Writes the proof that `make` makes, after it was verified: no file goes out that does not hold.
    func write(_ claim: String, from log: PublishedLog, _ make: () throws -> ProofFile) throws {
        let file = try output.map { try OutputFile($0, overwriting: false) }
        let proof = try make()
        let pins = try pins.pins()
        let keys = try pins.verifierKey.map { [$0] } ?? log.namedKeys()
        let report = ProofVerifier(policy: WitnessPolicy(logs: keys), ledgerID: pins.ledgerID).verify(proof)
        if let finding = report.findings.first {
            throw AuditError(
                .damaged,
                "what the log gives does not prove it, so nothing was written: \(finding.sentence); “consent verify” says "
                    + "what is wrong with the log")
        }
        let bytes = proof.bytes
        try file?.write(bytes)
        try file?.finish()
        if ledger.json {
            let object: JSON = [
                "kind": .string(proof.kind), "origin": .string(proof.checkpoint.checkpoint.origin),
                "size": .number(proof.checkpoint.checkpoint.size),
                "root": .string(proof.checkpoint.checkpoint.root.description),
                "records": .array(report.records.map { .number($0.record.index) }), "file": .optional(output),
                "proof": output == nil ? .string(String(decoding: bytes, as: UTF8.self)) : .null,
            ]
            print(object.text)
        } else if let output {
            print(
                "\(Terminal.plain(output)): \(claim), at size \(proof.checkpoint.checkpoint.size) of \(Terminal.plain(proof.checkpoint.checkpoint.origin))."
            )
            print("Check it with: consent verify-proof \(Terminal.plain(output)) --vkey VKEY")
        } else {
            printDocument(String(decoding: bytes, as: UTF8.self))
        }
    }
}

/// At which of the log's checkpoints something is proven.
struct ProofCheckpointOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Prove it at the kept checkpoint of this size; else at the published one.", valueName: "size"))
    var checkpoint: UInt64?

    func checkpoint(of log: PublishedLog) throws -> SignedCheckpoint { try log.checkpoint(ofSize: checkpoint) }
}

extension PublishedLog {
    /// The kept checkpoint of `size`, or the published one if it has that size or none is named.
    func checkpoint(ofSize size: UInt64?) throws -> SignedCheckpoint {
        guard let size, size != self.size else { return checkpoint }
        return try keptCheckpoint(size: size)
    }
}

extension ProofFile {
    /// The kind of proof, as machines read it.
    var kind: String {
        switch self {
        case .inclusion: "inclusion"
        case .consistency: "consistency"
        case .chain: "chain"
        }
    }
}
