internal import ArgumentParser
internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules

/// `consent sender`: what messages come from.
struct SenderCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sender",
        abstract: "Define and list what a business's messages come from.",
        discussion: """
            EXAMPLE
              consent sender add offers --address 106540352242922 --channel whatsapp
            """,
        subcommands: [Add.self, List.self])

    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Define a sender: a phone-number id, short code, service id or From address.",
            discussion: """
                EXAMPLE
                  consent sender add offers --business acme-viajes --address 106540352242922 --channel whatsapp
                """)

        @OptionGroup var ledger: LedgerOptions
        @OptionGroup var writing: WritingOptions
        @OptionGroup var owner: BusinessOptions

        @Argument(help: "Its id: a–z, 0–9 and “-”.")
        var id: String

        @Option(
            help: ArgumentHelp(
                "What a platform calls it, such as a WhatsApp phone-number id or a Twilio MG… id. Can be repeated.",
                valueName: "address"))
        var address: [String]

        @Option(
            help: ArgumentHelp("A channel it sends by. Can be repeated.", valueName: "channel"),
            completion: .list(Vocabulary.channel.words))
        var channel: [String]

        @Option(help: ArgumentHelp("The brand it speaks for, by its id.", valueName: "brand"))
        var brand: String?

        func run() throws {
            try channel.forEach(ScopeOptions.checkChannel)
            let recorded = try writing.write(ledger) { writer in
                var draft = EventDraft(.senderDefined, business: try owner.business(in: writer.currentCatalog()).id)
                draft.fields = [.sender: .text(id), .addresses: .list(address), .channels: .list(channel)]
                if let brand { draft.fields[.brand] = .text(brand) }
                return try RecordedEvent(draft, with: writer)
            }
            recorded.report("Defined the sender \(id)", json: ledger.json)
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the senders of a business.",
            discussion: """
                EXAMPLE
                  consent sender list --business acme-viajes
                """)

        @OptionGroup var ledger: LedgerOptions
        @OptionGroup var owner: BusinessOptions

        func run() throws {
            let business = try ledger.read { try owner.business(in: $0.catalog) }
            Listing(
                business.senders.values.sorted { $0.window.from < $1.window.from },
                [
                    ("id", { $0.id }), ("addresses", { $0.addresses.joined(separator: " ") }),
                    ("channels", { $0.channels.joined(separator: " ") }), ("brand", { $0.brand ?? "" }),
                    ("record", { String($0.window.from) }),
                ]
            ) { $0.json(business.id) }
            .print(
                json: ledger.json,
                orIfEmpty: "\(business.name) has no sender; add one with: consent sender add ID --address A --channel C"
            )
        }
    }
}
