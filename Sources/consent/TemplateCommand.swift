internal import ArgumentParser
internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules

/// `consent template`: what messages made from a platform's templates are about.
struct TemplateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "template",
        abstract: "Say what messages made from a platform's templates are about.",
        discussion: """
            A template has the category that the business gives it. Where the platform counts it as marketing, a message \
            made from it is marketing, whatever the business says; webhooks tell of that, see consent import. A question names \
            a template with “consent check --template”.

            EXAMPLE
              consent template map order_update_1 --category order-updates
            """,
        subcommands: [Map.self, List.self])

    struct Map: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say the category of a template, or the class that the platform gives it.",
            discussion: """
                What is said last counts from its time on. Without --language it is said of all languages.

                EXAMPLE
                  consent template map order_update_1 --category order-updates
                  consent template map order_update_1 --class marketing --language es --at 2026-03-01T08:00:00Z
                """)

        @OptionGroup var ledger: LedgerOptions
        @OptionGroup var writing: WritingOptions
        @OptionGroup var owner: BusinessOptions

        @Argument(help: "What the platform calls it.")
        var template: String

        @Option(help: ArgumentHelp("What messages made from it are about.", valueName: "category"))
        var category: String?

        @Option(
            name: .customLong("class"),
            help: ArgumentHelp("What the platform counts it as.", valueName: "class"),
            completion: .list(Vocabulary.categoryClass.words))
        var categoryClass: String?

        @Option(help: ArgumentHelp("The language it is said of, such as es or pt-BR.", valueName: "tag"))
        var language: String?

        @Option(help: ArgumentHelp("Since when it is so. Default: now.", valueName: "time"))
        var at: String?

        func validate() throws {
            guard category != nil || categoryClass != nil else {
                throw ValidationError("say its category with --category, or its class with --class, or both")
            }
        }

        func run() throws {
            let recorded = try writing.write(ledger) { writer in
                var draft = EventDraft(
                    .templateCategorized, business: try owner.business(in: writer.currentCatalog()).id)
                draft.fields[.template] = .text(template)
                draft.fields[.category] = category.map { .text($0) }
                draft.fields[.categoryClass] = categoryClass.map { .text($0) }
                draft.fields[.language] = language.map { .text($0) }
                draft.fields[.occurredAt] = try at.map { .occurredAt(try OccurredAt(parsing: $0)) }
                return try RecordedEvent(draft, with: writer)
            }
            let said = [category.map { "about \($0)" }, categoryClass.map { "of the class \($0)" }].compactMap(\.self)
            let tag = language.map { " in \($0)" } ?? ""
            recorded.report(
                "Messages made from \(Terminal.plain(template))\(tag) are \(said.joined(separator: " and "))",
                json: ledger.json)
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List what was said of the templates of a business.",
            discussion: """
                EXAMPLE
                  consent template list --business acme-viajes
                """)

        @OptionGroup var ledger: LedgerOptions
        @OptionGroup var owner: BusinessOptions

        func run() throws {
            let business = try ledger.read { try owner.business(in: $0.catalog) }
            let statements = business.templates.values.sorted { $0.name < $1.name }.flatMap { template in
                template.statements.map { (template.name, $0) }
            }
            Listing(
                statements,
                [
                    ("template", { $0.0 }), ("language", { $0.1.language ?? "all" }),
                    ("category", { $0.1.category ?? "" }), ("class", { $0.1.categoryClass ?? "" }),
                    ("since", { $0.1.since.description }), ("record", { String($0.1.index) }),
                ]
            ) { name, statement in
                [
                    "template": .string(name), "business": .string(business.id),
                    "language": .optional(statement.language), "category": .optional(statement.category),
                    "class": .optional(statement.categoryClass), "since": .string(statement.since.description),
                    "record": .number(statement.index),
                ]
            }
            .print(
                json: ledger.json,
                orIfEmpty:
                    "Nothing is said of any template of \(business.name); say it with: consent template map NAME --category ID"
            )
        }
    }
}
