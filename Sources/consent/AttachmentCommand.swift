internal import ArgumentParser
internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules
internal import LedgerCrypto

/// `consent attachment`: what was attached to a person's records.
struct AttachmentCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "attachment",
        abstract: "List what was attached to a person's records, and open it.",
        discussion: """
            EXAMPLE
              consent attachment list +34600111222
              consent attachment open 813 -o signed-form.pdf
            """,
        subcommands: [List.self, Open.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List what was attached to a person's records.",
            discussion: """
                CONTENT says whether the file is kept in its size; that it is the right one, opening it shows. Of a person who \
                asked to be erased, it is for legal alone.

                EXAMPLE
                  consent attachment list +34600111222
                """)

        @OptionGroup var ledger: LedgerOptions
        @OptionGroup var person: ContactOptions
        @OptionGroup var owner: BusinessOptions
        @OptionGroup var access: LegalAccessOptions

        private struct Row {
            let attachment: Attachment
            let concernedIndex: UInt64?
            let isThere: Bool
        }

        func run() throws {
            let address = try person.address()
            try access.admit(address, owner, ledger)
            let rows = try ledger.read { snapshot in
                let business = try owner.business(in: snapshot.catalog).id
                guard let handle = try snapshot.handle(of: address, business: business) else { return [Row]() }
                let entries = try snapshot.timeline(of: handle).entries
                return try snapshot.attachments(of: handle).map { attachment in
                    Row(
                        attachment: attachment,
                        concernedIndex: entries.first { $0.payload.id == attachment.concerns }?.index,
                        isThere: try snapshot.holdsContent(of: attachment))
                }
            }
            Listing(
                rows,
                [
                    ("RECORD", { String($0.attachment.index) }),
                    ("OF RECORD", { $0.concernedIndex.map(String.init) ?? "?" }),
                    ("FILE", { $0.attachment.fileName }), ("TYPE", { $0.attachment.mediaType }),
                    ("SIZE", { readableSize($0.attachment.byteCount) }),
                    ("CONTENT", { $0.isThere ? "kept" : "missing" }),
                ], json: Self.json
            ).print(json: ledger.json, orIfEmpty: "Nothing was attached to the records of \(address).")
        }

        private static func json(_ row: Row) -> JSON {
            [
                "index": .number(row.attachment.index),
                "concerns-record": row.concernedIndex.map { .number($0) } ?? .null,
                "file-name": .string(row.attachment.fileName), "media-type": .string(row.attachment.mediaType),
                "byte-count": .number(row.attachment.byteCount), "sha-256": .string(row.attachment.digest.description),
                "kept": .bool(row.isThere),
            ]
        }
    }

    struct Open: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write an attached file out, as it was.",
            discussion: """
                The file is there only if it is the one that the record commits to, byte for byte. It is for you alone (0600). Of a \
                person who asked to be erased, it is for legal alone.

                EXAMPLE
                  consent attachment open 813 -o signed-form.pdf
                """)

        @OptionGroup var ledger: LedgerOptions

        @Argument(help: "The record that attached it.")
        var record: UInt64

        @Option(
            name: [.customShort("o"), .long],
            help: ArgumentHelp("The file to write, which must not be there.", valueName: "file"), completion: .file())
        var output: String

        @OptionGroup var access: LegalAccessOptions

        func run() throws {
            try access.admit(ledger.read { try $0.attachment(at: record).handle }, ledger)
            let attachment = try ledger.read { snapshot in
                let attachment = try snapshot.attachment(at: record)
                let file = try OutputFile(output, overwriting: false)
                try snapshot.read(attachment) { try file.write($0) }
                try file.finish()
                return attachment
            }
            guard !ledger.json else {
                let object: JSON = [
                    "index": .number(attachment.index), "file-name": .string(attachment.fileName),
                    "media-type": .string(attachment.mediaType), "byte-count": .number(attachment.byteCount),
                    "sha-256": .string(attachment.digest.description), "file": .string(output),
                ]
                return print(object.text)
            }
            print(
                "\(Terminal.plain(output)): \(Terminal.plain(attachment.fileName)) (\(attachment.mediaType), \(readableSize(attachment.byteCount))), as record \(record) commits to it."
            )
        }
    }
}
