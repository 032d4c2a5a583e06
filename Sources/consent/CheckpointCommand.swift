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
            CheckpointAttachCommand.self, CheckpointWitnessCommand.self, CheckpointQuorumCommand.self,
            CheckpointStampCommand.self, CheckpointListCommand.self,
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
        let (signed, newest) = try writing.write(ledger) { (try $0.publishedCheckpoint(), try $0.publish()) }
        if newest.checkpoint.size > signed.checkpoint.size, !ledger.json {
            Terminal.warn(
                "the checkpoint of size \(newest.checkpoint.size) waits for a quorum of witnesses, and this is the published "
                    + "one: consent checkpoint witness")
        }
        let note = String(decoding: signed.bytes, as: UTF8.self)
        if ledger.json { print(signed.json([("note", .string(note))]).text) } else { printDocument(note) }
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
