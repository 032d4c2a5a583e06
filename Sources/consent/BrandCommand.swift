internal import ArgumentParser
internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules

/// `consent brand`: the names people know a business by.
struct BrandCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "brand",
        abstract: "Define and list the names people know a business by.",
        discussion: """
            EXAMPLE
              consent brand add viajes-go --name "Viajes Go"
            """,
        subcommands: [Add.self, List.self])

    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Define a brand.",
            discussion: """
                EXAMPLE
                  consent brand add viajes-go --business acme-viajes --name "Viajes Go"
                """)

        @OptionGroup var ledger: LedgerOptions
        @OptionGroup var writing: WritingOptions
        @OptionGroup var owner: BusinessOptions

        @Argument(help: "Its id: a–z, 0–9 and “-”.")
        var id: String

        @Option(help: ArgumentHelp("Its name, as people know it.", valueName: "name"))
        var name: String

        func run() throws {
            let recorded = try writing.write(ledger) { writer in
                var draft = EventDraft(.brandDefined, business: try owner.business(in: writer.currentCatalog()).id)
                draft.fields = [.brand: .text(id), .name: .text(name)]
                return try RecordedEvent(draft, with: writer)
            }
            recorded.report("Defined the brand \(name) as \(id)", json: ledger.json)
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the brands of a business.",
            discussion: """
                EXAMPLE
                  consent brand list --business acme-viajes
                """)

        @OptionGroup var ledger: LedgerOptions
        @OptionGroup var owner: BusinessOptions

        func run() throws {
            let business = try ledger.read { try owner.business(in: $0.catalog) }
            Listing(
                business.brands.values.sorted { $0.window.from < $1.window.from },
                [("id", { $0.id }), ("name", { $0.name }), ("record", { String($0.window.from) })]
            ) { $0.json(business.id) }
            .print(
                json: ledger.json,
                orIfEmpty: "\(business.name) has no brand; add one with: consent brand add ID --name NAME")
        }
    }
}
