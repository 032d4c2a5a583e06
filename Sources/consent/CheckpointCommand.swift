internal import ArgumentParser
internal import ConsentLedger
internal import LedgerCrypto
internal import TransparencyLog

/// `consent checkpoint`: publishes and prints what others should keep.
struct CheckpointCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "checkpoint",
        abstract: "Publish what is recorded and print the signed checkpoint.",
        discussion: """
            Give it to others: whoever keeps a checkpoint can later show that the log before it was not changed.

            EXAMPLE
              consent checkpoint > checkpoint-2026-11.txt
            """)

    @OptionGroup var ledger: LedgerOptions
    @OptionGroup var writing: WritingOptions

    func run() throws {
        let signed = try writing.write(ledger) { try $0.publish() }
        let note = String(decoding: signed.bytes, as: UTF8.self)
        guard ledger.json else { return print(note, terminator: "") }
        let checkpoint = signed.checkpoint
        let object: JSON = [
            "origin": .string(checkpoint.origin), "size": .number(checkpoint.size),
            "root": .string(checkpoint.root.description), "note": .string(note),
        ]
        print(object.text)
    }
}
