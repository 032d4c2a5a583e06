internal import ArgumentParser

/// `consent evidence`: what is recorded about one person, as a file that stands alone.
struct EvidenceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evidence",
        abstract: "Put what is recorded about a person into one file that stands alone, and verify such files.",
        discussion: """
            Without a subcommand it makes a bundle: consent evidence CONTACT -o FILE.zip.

            EXAMPLE
              consent evidence +34600111222 -o ana.zip
              consent evidence verify ana.zip --vkey "$VKEY" --ledger-id "$LEDGER_ID"
            """,
        subcommands: [EvidenceBundleCommand.self, EvidenceVerifyCommand.self],
        defaultSubcommand: EvidenceBundleCommand.self)
}
