internal import ArgumentParser
internal import ConsentAudit
internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules
internal import LedgerCrypto
internal import TransparencyLog

/// `consent clearance anchor`: puts the root of a clearance into the log.
struct ClearanceAnchorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "anchor",
        abstract:
            "Record the root of a clearance in the log, before its messages are sent: one record for all decisions.",
        discussion: """
            Whoever keeps a checkpoint that has the record can be shown that the decisions were made before it. Anchored \
            again, nothing is changed. The clearance is checked first.

            EXAMPLE
              consent clearance anchor campaign
            """)

    @OptionGroup var ledger: LedgerOptions
    @OptionGroup var writing: WritingOptions

    @Argument(help: ArgumentHelp("A file with one decision, or the directory of a campaign.", valueName: "path"))
    var path: String

    @Option(help: ArgumentHelp("The source that states it; its key must be in the ledger.", valueName: "source"))
    var source = "cli"

    func run() throws {
        let input = try ClearanceInput(path)
        let clearance = input.signed.clearance
        let keys = try ledger.read { snapshot in
            try snapshot.confirm(input.signed)
            return snapshot.catalog.logKeys.compactMap { try? VerifierKey($0.verifierKey) }
        }
        let report = try input.verify(ClearanceVerifier(keys: keys, ledgerID: clearance.ledgerID, at: nil))
        guard report.holds else {
            print(
                ledger.json
                    ? ClearanceText.json(report).text
                    : ClearanceText.findings(report, "Not anchored.").joined(separator: "\n"))
            throw ExitStatus.doesNotVerify
        }
        let now = SystemClock().now()
        let recorded = try writing.write(ledger) { writer in
            try RecordedEvent(
                EventDraft(anchoring: clearance, source: source), with: writer, warnings: warnings(at: now))
        }
        recorded.report(
            "Anchored \(counted(clearance.count, "decision")), root \(clearance.root)",
            json: ledger.json,
            more: ["count": .number(clearance.count), "root": .string(clearance.root.description)])

        func warnings(at now: Timestamp) -> [String] {
            guard clearance.lastTime < now else { return [] }
            return [
                "the clearance was good until \(clearance.lastTime): anchored now, it does not show that it was there before "
                    + "its messages were sent"
            ]
        }
    }
}
