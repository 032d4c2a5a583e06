internal import ArgumentParser
internal import ConsentAudit
internal import ConsentLedger
internal import ConsentModel
internal import LedgerCrypto
internal import TransparencyLog

/// `consent clearance confirm`: whether a log has the root of a clearance.
struct ClearanceConfirmCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "confirm",
        abstract: "Say which record of the log anchors a clearance, and when it was recorded.",
        discussion: """
            The log is that of the ledger, a copy of it (--log), or a proof of the one record (--proof, as “consent prove \
            inclusion” writes it; then the log's key is pinned with --vkey). The exit status is 2 where nothing anchors it, or only a record from after \
            its end.

            A server anchors many clearances by one record. Beside its ledger that record is found; elsewhere --anchor is what \
            leads to it, as the server gives it with the proof.

            EXAMPLE
              consent clearance confirm campaign
              consent clearance confirm ana.clearance --proof 812.tlog-proof --vkey "$VKEY" --ledger-id "$LEDGER_ID"
              consent clearance confirm ana.clearance --anchor ana.anchor --proof 812.tlog-proof --vkey "$VKEY"
            """)

    @OptionGroup var ledger: LedgerOptions
    @OptionGroup var pins: PinOptions

    @Argument(help: ArgumentHelp("A file with one decision, -, or the directory of a campaign.", valueName: "path"))
    var path: String

    @Option(help: ArgumentHelp("A bare copy of a log, or another ledger.", valueName: "dir"), completion: .directory)
    var log: String?

    @Option(help: ArgumentHelp("A proof that a record is in the log.", valueName: "file"), completion: .file())
    var proof: String?

    @Option(
        help: ArgumentHelp("What leads to the record that anchors it together with others.", valueName: "file"),
        completion: .file())
    var anchor: String?

    func validate() throws {
        guard proof == nil || log == nil else { throw ValidationError("say either --log or --proof") }
        guard proof == nil || pins.vkey != nil else {
            throw ValidationError(
                "nothing is proven by a key that comes with the proof: name the log's key with --vkey")
        }
    }

    func run() throws {
        let known = try pins.pins()
        let input = try ClearanceInput(path)
        let clearance = input.signed.clearance
        let anchorPath = try anchor.map(Self.path(in:))
        let (found, keys) =
            try proof.map { try anchorProven(in: $0, clearance, by: anchorPath, known) }
            ?? anchorInLog(clearance, by: anchorPath, known)
        let report = try input.verify(ClearanceVerifier(keys: keys, ledgerID: known.ledgerID, at: nil))
        guard report.holds else {
            print(
                ledger.json
                    ? ClearanceText.json(report).text
                    : ClearanceText.findings(report, "Does not hold.").joined(separator: "\n"))
            throw ExitStatus.doesNotVerify
        }
        if ledger.json {
            let object: JSON = [
                "anchored": .bool(found != nil), "index": found.map { .number($0.index) } ?? .null,
                "anchored-together": found?.count.map { .number($0) } ?? .null,
                "recorded-at": .optional(found?.recordedAt.description),
                "decided-at": .string(clearance.decidedTime.description),
                "not-after": .string(clearance.lastTime.description),
                "in-time": found.map { .bool($0.recordedAt <= clearance.lastTime) } ?? .null,
                "root": .string(clearance.root.description),
            ]
            print(object.text)
        } else if let found {
            print(sentence(found, clearance))
        } else {
            print(notAnchored(clearance, anchorPath))
        }
        guard let found, found.recordedAt <= clearance.lastTime else { throw ExitStatus.doesNotVerify }
    }

    private func sentence(_ anchor: ClearanceAnchor, _ clearance: Clearance) -> String {
        let count = counted(clearance.count, "decision")
        let isInTime = anchor.recordedAt <= clearance.lastTime
        let verdict =
            isInTime
            ? Terminal.output.styled("Anchored.", .green) : Terminal.output.styled("Anchored too late.", .red)
        var sentence =
            "\(verdict) Record \(anchor.index), of \(anchor.recordedAt), "
            + (anchor.count.map { "anchors \(counted($0, "clearance")), and this is one: " } ?? "has the root of ")
            + "\(count), made at \(clearance.decidedTime)."
        if !isInTime {
            sentence +=
                " That is after \(clearance.lastTime), when the clearance had ended: it shows nothing for its time."
        }
        return sentence
            + "\nThe time is the ledger's word, until a checkpoint that covers the record was kept by somebody else."
    }

    private func notAnchored(_ clearance: Clearance, _ path: AnchorPath?) -> String {
        let verdict = Terminal.output.styled("Not anchored.", .red)
        if let path {
            return
                "\(verdict) The anchor file names record \(path.record), and \(proof == nil ? "in this log" : "in the proof") "
                + "that record does not anchor this clearance by it."
        }
        return
            "\(verdict) No record \(proof == nil ? "of this log" : "that is proven") has the root \(clearance.root) of this "
            + "clearance. Where a server gave it, it has an anchor file for it: name that with --anchor. Else “consent clearance "
            + "anchor” records it."
    }

    private static func path(in file: String) throws -> AnchorPath {
        let bytes = try FileInput.bytes(of: file, most: AnchorPath.maximumByteCount)
        do { return try AnchorPath(parsing: bytes) } catch {
            throw AuditError(error.code == .tooLarge ? .tooLarge : .notAProof, "\(file): \(error)")
        }
    }

    private func anchorInLog(
        _ clearance: Clearance, by path: AnchorPath?, _ known: Pins
    ) throws -> (ClearanceAnchor?, [VerifierKey]) {
        let source = try LogSource(log, ledger)
        let published = try PublishedLog(reader: source.reader())
        let keys = try known.verifierKey.map { [$0] } ?? published.namedKeys()
        _ = try published.checkpoint.verify(under: WitnessPolicy(logs: keys))
        guard clearance.logSize <= published.size, try published.root(at: clearance.logSize) == clearance.logRoot else {
            throw AuditError(
                .foreignClearance,
                "the clearance does not rest on this log: it has no \(clearance.logSize) records with the root "
                    + "\(clearance.logRoot)")
        }
        if let path { return (try published.anchor(of: clearance, by: path), keys) }
        if let anchor = try published.anchor(of: clearance) { return (anchor, keys) }
        // Beside the ledger it is known what leads to the record.
        guard log == nil, !source.isBare, let given = try GivenClearances(reading: ledger.location()),
            let path = try given.find(clearance.leafHash)?.path
        else { return (nil, keys) }
        return (try published.anchor(of: clearance, by: path), keys)
    }

    private func anchorProven(
        in file: String, _ clearance: Clearance, by path: AnchorPath?, _ known: Pins
    ) throws -> (ClearanceAnchor?, [VerifierKey]) {
        let keys = [known.verifierKey].compactMap(\.self)
        let proof = try ProofFile(parsing: FileInput.bytes(of: file, most: ProofFile.maximumByteCount))
        guard case .inclusion = proof else {
            throw CommandError(.badInput, "\(file) proves something else than that a record is in the log")
        }
        let report = ProofVerifier(policy: WitnessPolicy(logs: keys), ledgerID: known.ledgerID).verify(proof)
        guard report.holds, let shown = report.records.first else {
            throw AuditError(
                .damaged, "\(file) does not hold: \(report.findings.first?.sentence ?? "it shows no record")")
        }
        return (ClearanceAnchor(try LoggedEvent(shown.record), of: clearance, by: path), keys)
    }
}
