internal import ArgumentParser
internal import ConsentAudit
internal import ConsentModel
internal import LedgerCrypto
internal import TransparencyLog

/// `consent sample`: records chosen by a seed, each with its proof.
struct SampleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sample",
        abstract: "Choose records by a seed and write the proof of each, so that anybody can choose the same again.",
        discussion: """
            The seed decides, by a rule that SPEC.md states under “Samples”: choose it after the checkpoint is kept, and not \
            with who writes the log. With --stratify each combination of type, source or business gets its share of the \
            sample, at least one record, so that there can be more than --n.

            DIR is new; it gets a .tlog-proof file (C2SP tlog-proof) for each record, which consent verify-proof checks \
            offline, index.csv, and sample.json, which says how it was chosen. PATH is a ledger or a bare copy of its log; \
            without it, the ledger of --ledger.

            EXAMPLE
              consent sample --n 25 --seed "audit 2026, 17 4 42" --stratify type,source -o sample-2026
              consent sample /media/usb/log --n 60 --seed 8a3f --checkpoint 2400 --vkey "$VKEY" -o sample
            """)

    @OptionGroup var ledger: LedgerOptions

    @Argument(help: ArgumentHelp("A ledger, or a bare copy of its log.", valueName: "path"), completion: .directory)
    var path: String?

    @Option(help: ArgumentHelp("How many records; all if there are fewer.", valueName: "count"))
    var n: UInt64

    @Option(help: ArgumentHelp("Any text; the same seed chooses the same records.", valueName: "text"))
    var seed: String

    @Option(
        help: ArgumentHelp(
            "Choose from each type, source or business: one or more of them.", valueName: "type,source,business"))
    var stratify: String?

    @Option(
        help: ArgumentHelp("Choose from the tree of this kept checkpoint, not the published one.", valueName: "size"))
    var checkpoint: UInt64?

    @Option(help: ArgumentHelp("The log's key that you pin, as a C2SP vkey.", valueName: "vkey"))
    var vkey: String?

    @Option(
        name: .shortAndLong, help: ArgumentHelp("The directory to write.", valueName: "dir"), completion: .directory)
    var output: String

    private static let mostSeedBytes = 1024

    func validate() throws {
        guard n > 0 else { throw ValidationError("--n is the number of records, 1 or more") }
        guard 1...Self.mostSeedBytes ~= seed.utf8.count else {
            throw ValidationError("--seed is a text of 1 to \(Self.mostSeedBytes) bytes")
        }
        _ = try stratifications()
    }

    private func stratifications() throws -> [AuditSample.Stratification] {
        guard let stratify else { return [] }
        var found: [AuditSample.Stratification] = []
        for word in stratify.split(separator: ",", omittingEmptySubsequences: false) {
            guard let stratification = AuditSample.Stratification(rawValue: String(word)),
                !found.contains(stratification)
            else { throw ValidationError("--stratify takes type, source and business, each once, between commas") }
            found.append(stratification)
        }
        // Their order changes nothing: strata are the same, and so is the sample.
        return AuditSample.Stratification.allCases.filter(found.contains)
    }

    func run() throws {
        let pins = Pins(verifierKey: try PinOptions.key(vkey))
        let log = try PublishedLog(reader: LogSource(path, ledger).reader())
        let trust = try CheckpointTrust(of: log, pins: pins)
        try trust.require(log.checkpoint)
        let signed = try log.checkpoint(ofSize: checkpoint)
        try trust.require(signed)
        let directory = try OutputDirectory(output)
        let stratifications = try stratifications()
        let bar = ProgressBar(
            total: signed.checkpoint.size * (stratifications.isEmpty ? 1 : 2), unit: "records")
        let sample = try AuditSample(
            of: n, seed: seed, stratifiedBy: stratifications, from: log, size: signed.checkpoint.size
        ) { bar.update($0) }
        bar.end()
        var rows = [CSVRow.text(["index", "type", "business", "source", "recorded-at", "file"])]
        var files: [JSON] = []
        try sample.forEachProof(in: log, checkpoint: signed) { proof in
            let name = "\(proof.index).tlog-proof"
            try directory.write(proof.bytes, to: name)
            let logged = try? LoggedEvent(decoding: proof.extra, at: proof.index)
            let cells = [
                logged?.payload.typeName ?? "unreadable", logged?.record.business ?? "",
                logged?.source ?? "", logged?.record.recordedAt.description ?? "",
            ]
            rows.append(CSVRow.text([String(proof.index)] + cells + [name]))
            files.append([
                "index": .number(proof.index), "type": .string(cells[0]),
                "business": .optional(logged?.record.business),
                "source": .optional(logged?.source),
                "recorded-at": .optional(logged?.record.recordedAt.description), "file": .string(name),
            ])
        }
        let description = json(sample, stratifications, signed.checkpoint, files)
        try directory.write(Array((rows.joined(separator: "\n") + "\n").utf8), to: "index.csv")
        try directory.write(Array((description.text + "\n").utf8), to: "sample.json")
        try directory.finish()
        if ledger.json { print(description.text) } else { tell(sample, signed.checkpoint, isPinned: trust.isPinned) }
    }

    private func tell(_ sample: AuditSample, _ checkpoint: Checkpoint, isPinned: Bool) {
        let count = sample.indices.count
        print(
            "Chose \(count) of \(sample.size) records by the seed “\(Terminal.plain(seed))”, from the checkpoint with the "
                + "root \(checkpoint.root).")
        if count > n {
            print("That is more than \(n): there are \(sample.strata.count) strata, and each has at least one.")
        }
        if !isPinned { print("The log's key was not pinned, so that a whole false log would look the same.") }
        print("Wrote \(Terminal.plain(output)): index.csv, sample.json, and a proof for each record.")
    }

    private func json(
        _ sample: AuditSample, _ stratifications: [AuditSample.Stratification], _ checkpoint: Checkpoint,
        _ files: [JSON]
    ) -> JSON {
        let strata = sample.strata.map { stratum -> JSON in
            [
                "values": .strings(stratum.values), "size": .number(stratum.size),
                "chosen": .number(stratum.chosenCount),
            ]
        }
        return [
            "rule": .string("consent-ledger/sample/v1"), "origin": .string(checkpoint.origin),
            "size": .number(checkpoint.size), "root": .string(checkpoint.root.description), "n": .number(n),
            "seed": .string(seed), "stratify": .strings(stratifications.map(\.rawValue)), "strata": .array(strata),
            "records": .array(files),
        ]
    }
}
