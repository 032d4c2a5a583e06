internal import ArgumentParser

/// `consent clearance`: what others check of answers that were given.
struct ClearanceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clearance",
        abstract:
            "Check, anchor and compute again the signed answers of “check --clearance” and “screen --clearances”.",
        discussion: """
            A clearance is signed with the log's key over the root of a tree of decisions. A file holds one of them, a \
            directory all of a campaign.

            EXAMPLE
              consent clearance verify offer.clearance --vkey "$VKEY" --ledger-id "$LEDGER_ID"
            """,
        subcommands: [
            ClearanceVerifyCommand.self, ClearanceShowCommand.self, ClearanceExtractCommand.self,
            ClearanceAnchorCommand.self, ClearanceConfirmCommand.self, ClearanceReplayCommand.self,
        ])
}
