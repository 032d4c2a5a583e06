internal import ArgumentParser
internal import ConsentAudit
internal import ConsentLedger
internal import ConsentModel
internal import LedgerCrypto
internal import TransparencyLog

/// `consent prove anchor`: what leads from a clearance to the record that anchors it together with others.
struct ProveAnchorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "anchor",
        abstract: "Write the anchor file of a clearance that a server gave: what leads to the record that anchors it.",
        discussion: """
            The server anchors all clearances of a minute by one record. The file leads from this one to that record and says \
            nothing of the others; with a proof that the record is in the log, anybody confirms it offline. It is known \
            beside the ledger whose server gave the clearance, and there alone.

            EXAMPLE
              consent prove anchor ana.clearance -o ana.anchor
            """)

    @OptionGroup var ledger: LedgerOptions

    @Option(
        name: [.customShort("o"), .long],
        help: ArgumentHelp("The file to write, which must not be there; else standard output.", valueName: "file"),
        completion: .file())
    var output: String?

    @Argument(help: ArgumentHelp("A file with one decision, or -.", valueName: "path"))
    var path: String

    func run() throws {
        let clearance = try ClearanceInput(path).signed.clearance
        guard let found = try GivenClearances(reading: ledger.location())?.find(clearance.leafHash) else {
            throw CommandError(
                .badInput,
                "no server gave this clearance beside this ledger, so that no anchor file leads from it; “consent clearance "
                    + "confirm” says whether a record anchors it by itself")
        }
        guard let anchor = found.path else {
            throw CommandError(
                .badInput,
                "this clearance has no record yet; consentd makes one each minute while it runs: ask again then")
        }
        // No file goes out that does not hold.
        let log = try PublishedLog(reader: LogSource(nil, ledger).reader())
        guard try anchor.record >= log.size || log.anchor(of: clearance, by: anchor) != nil else {
            throw AuditError(
                .damaged,
                "record \(anchor.record) of the log does not anchor this clearance, so nothing was written; “consent verify” "
                    + "says what is wrong with the log; else restore private/clearances.sqlite from its backup")
        }
        let file = try output.map { try OutputFile($0, overwriting: false) }
        try file?.write(anchor.bytes)
        try file?.finish()
        let text = String(decoding: anchor.bytes, as: UTF8.self)
        if ledger.json {
            let object: JSON = [
                "record": .number(anchor.record), "index": .number(anchor.index), "file": .optional(output),
                "anchor": output == nil ? .string(text) : .null,
            ]
            print(object.text)
        } else if let output {
            print("\(Terminal.plain(output)): leads to record \(anchor.record).")
            print("Prove that record with: consent prove inclusion \(anchor.record) -o \(anchor.record).tlog-proof")
        } else {
            printDocument(text)
        }
    }
}
