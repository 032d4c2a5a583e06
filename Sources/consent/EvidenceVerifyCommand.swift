internal import ArgumentParser
internal import ConsentAudit
internal import ConsentModel
internal import ConsentPersons

/// `consent evidence verify`: whether a bundle is what it claims to be.
struct EvidenceVerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Verify a bundle of evidence offline: records, proofs, signatures, the page and the answers.",
        discussion: """
            No ledger is read. Every record is proven against the bundle's checkpoint, the contact's chain is without a gap, \
            every statement is signed by a key that counted in its place, opened evidence is what was committed to, and the \
            document, the page and the answers are computed again from the records. Without --vkey (or a policy that names \
            the log) and --ledger-id it proves no identity, and says so. With --policy or --roots it also says when each record \
            can have been written, as those have seen whom you trust.

            EXAMPLE
              consent evidence verify ana.zip --vkey "$VKEY" --ledger-id "$LEDGER_ID"
              consent evidence verify ana.zip --vkey "$VKEY" --ledger-id "$LEDGER_ID" --roots authorities.pem
            """)

    @OptionGroup var ledger: LedgerOptions
    @OptionGroup var pins: PinOptions

    @Argument(help: ArgumentHelp("The bundle.", valueName: "file"), completion: .file())
    var file: String

    @OptionGroup var sightings: SightingOptions

    func run() throws {
        let known = try pins.pins()
        let verifier = EvidenceVerifier(
            pins: known, policy: try sightings.witnessPolicy(), stampRoots: try sightings.stampRoots())
        let report = try verifier.verify(OpenFile(reading: file))
        let text = EvidenceReportText(report)
        print(ledger.json ? text.json.text : text.sentences)
        if !report.holds { throw ExitStatus.doesNotVerify }
    }
}
