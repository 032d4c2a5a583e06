internal import ArgumentParser
internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules

/// `consent business`: the legal entities that message.
struct BusinessCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "business",
        abstract: "Register and list the businesses that message.",
        discussion: """
            EXAMPLE
              consent business add acme-viajes --name "Acme Viajes" --country ES
            """,
        subcommands: [Add.self, List.self])

    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Register a business.",
            discussion: """
                EXAMPLE
                  consent business add acme-viajes --name "Acme Viajes" --country ES
                """)

        @OptionGroup var ledger: LedgerOptions
        @OptionGroup var writing: WritingOptions

        @Argument(help: "Its id: a–z, 0–9 and “-”.")
        var id: String

        @Option(help: ArgumentHelp("Its name, as people and registers know it.", valueName: "name"))
        var name: String

        @Option(help: ArgumentHelp("Its country, two letters (ISO 3166-1).", valueName: "cc"))
        var country: String?

        func run() throws {
            try Identifier.check(id)
            let recorded = try writing.write(ledger) { writer in
                try RecordedEvent(LedgerCreation.registering((id, name, country)), with: writer)
            }
            recorded.report("Registered the business \(name) as \(id)", json: ledger.json)
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the businesses.",
            discussion: """
                EXAMPLE
                  consent business list
                """)

        @OptionGroup var ledger: LedgerOptions

        func run() throws {
            let businesses = try ledger.read { $0.catalog.businesses.values.sorted { $0.window.from < $1.window.from } }
            Listing(
                businesses,
                [
                    ("id", { $0.id }), ("name", { $0.name }), ("country", { $0.country ?? "" }),
                    ("record", { String($0.window.from) }),
                ]
            ) { $0.json }
            .print(
                json: ledger.json,
                orIfEmpty: "There is no business yet; add one with: consent business add ID --name NAME")
        }
    }
}
