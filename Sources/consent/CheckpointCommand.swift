internal import ArgumentParser
internal import ConsentLedger
internal import ConsentModel
internal import LedgerCrypto
internal import TransparencyLog

/// `consent checkpoint`: what others keep of a log, and what witnesses add to it.
struct CheckpointCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "checkpoint",
        abstract: "Publish and print the signed checkpoint; have one cosigned or time-stamped; list those kept.",
        discussion: """
            Without a subcommand it publishes what is recorded.

            EXAMPLE
              consent checkpoint > checkpoint-2026-11.txt
              consent checkpoint cosign /media/usb/log --key auditor.key --state auditor.state
            """,
        subcommands: [
            CheckpointPublishCommand.self, CheckpointWitnessKeyCommand.self, CheckpointCosignCommand.self,
            CheckpointAttachCommand.self, CheckpointStampCommand.self, CheckpointListCommand.self,
        ],
        defaultSubcommand: CheckpointPublishCommand.self)
}

/// `consent checkpoint publish`: publishes and prints what others should keep.
struct CheckpointPublishCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "publish",
        abstract: "Publish what is recorded and print the signed checkpoint.",
        discussion: """
            Give it to others: whoever keeps a checkpoint can later show that the log before it was not changed.

            EXAMPLE
              consent checkpoint publish > checkpoint-2026-11.txt
            """)

    @OptionGroup var ledger: LedgerOptions
    @OptionGroup var writing: WritingOptions

    func run() throws {
        let signed = try writing.write(ledger) { try $0.publish() }
        let note = String(decoding: signed.bytes, as: UTF8.self)
        print(ledger.json ? signed.json([("note", .string(note))]).text : note, terminator: ledger.json ? "\n" : "")
    }
}

extension SignedCheckpoint {
    /// What it states, and `further` members.
    func json(_ further: [(String, JSON)]) -> JSON {
        let statement: JSON = [
            "origin": .string(checkpoint.origin), "size": .number(checkpoint.size),
            "root": .string(checkpoint.root.description),
        ]
        return statement + .object(further)
    }
}
