internal import ArgumentParser

/// `consent key`: the ledger's keys.
struct KeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key",
        abstract: "List, protect, hand out and replace the ledger's keys.",
        discussion: """
            Documentation/keys.md says which key does what, and which role needs which.

            EXAMPLE
              consent key list
              consent key protect --all
              consent key export --role query -o query-keys
            """,
        subcommands: [
            KeyListCommand.self, KeyProtectCommand.self, KeyUnprotectCommand.self, KeyExportCommand.self,
            KeyRotateCommand.self,
        ])
}
