internal import ArgumentParser
internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules

/// `consent category`: what messages are about.
struct CategoryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "category",
        abstract: "Define, retire and list what a business's messages are about.",
        discussion: """
            The categories marketing, utility, authentication and service are there from the start.

            EXAMPLE
              consent category add order-updates --class utility --title "Order updates"
            """,
        subcommands: [Add.self, Retire.self, List.self])

    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Define a category.",
            discussion: """
                EXAMPLE
                  consent category add order-updates --business acme-viajes --class utility --title "Order updates"
                """)

        @OptionGroup var ledger: LedgerOptions
        @OptionGroup var writing: WritingOptions
        @OptionGroup var owner: BusinessOptions

        @Argument(help: "Its id: a–z, 0–9 and “-”.")
        var id: String

        @Option(
            name: .customLong("class"),
            help: ArgumentHelp("marketing, utility, authentication or service.", valueName: "class"),
            completion: .list(Vocabulary.categoryClass.words))
        var categoryClass: String

        @Option(
            help: ArgumentHelp(
                "Why it may be sent: consent, contract, legal-obligation or legitimate-interest. Default: consent for "
                    + "marketing, else contract.", valueName: "basis"),
            completion: .list(Vocabulary.basis.words))
        var basis: String?

        @Option(help: ArgumentHelp("Its name for people.", valueName: "title"))
        var title: String?

        func run() throws {
            let basis = basis ?? (categoryClass == "marketing" ? "consent" : "contract")
            let recorded = try writing.write(ledger) { writer in
                var draft = EventDraft(.categoryDefined, business: try owner.business(in: writer.currentCatalog()).id)
                draft.fields = [.category: .text(id), .categoryClass: .text(categoryClass), .basis: .text(basis)]
                if let title { draft.fields[.name] = .text(title) }
                return try RecordedEvent(draft, with: writer)
            }
            recorded.report("Defined the category \(id), \(categoryClass) on the basis \(basis)", json: ledger.json)
        }
    }

    struct Retire: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Retire a category: every answer about it is no from then on.",
            discussion: """
                EXAMPLE
                  consent category retire order-updates --business acme-viajes
                """)

        @OptionGroup var ledger: LedgerOptions
        @OptionGroup var writing: WritingOptions
        @OptionGroup var owner: BusinessOptions

        @Argument(help: "The category's id.")
        var id: String

        func run() throws {
            let recorded = try writing.write(ledger) { writer in
                var draft = EventDraft(.categoryRetired, business: try owner.business(in: writer.currentCatalog()).id)
                draft.fields[.category] = .text(id)
                return try RecordedEvent(draft, with: writer)
            }
            recorded.report("Retired the category \(id)", json: ledger.json)
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the categories of a business.",
            discussion: """
                EXAMPLE
                  consent category list --business acme-viajes
                """)

        @OptionGroup var ledger: LedgerOptions
        @OptionGroup var owner: BusinessOptions

        func run() throws {
            let business = try ledger.read { try owner.business(in: $0.catalog) }
            Listing(
                business.categories.values.sorted { ($0.window.from, $0.id) < ($1.window.from, $1.id) },
                [
                    ("id", { $0.id }), ("class", { $0.categoryClass }), ("basis", { $0.basis }),
                    ("title", { $0.name ?? "" }), ("record", { String($0.window.from) }),
                    ("state", { $0.window.until.map { "retired by record \($0)" } ?? "in force" }),
                ]
            ) { $0.json(business.id) }
            .print(
                json: ledger.json,
                orIfEmpty: "\(business.name) has no category; add one with: consent category add ID --class CLASS")
        }
    }
}
