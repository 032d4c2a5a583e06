internal import ArgumentParser
internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules
internal import LedgerCrypto

/// `consent rules`: the conditions that laws and platforms add.
struct RulesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rules",
        abstract: "List, show, adopt, try and compare rule packs: what laws and platforms ask.",
        discussion: """
            A pack counts once it is adopted, by its hash, in the log. Several come with this program; others are files \
            (Documentation/rule-packs.md). They are rules for software, not legal advice: each says where it is written and \
            how well that was checked.

            EXAMPLE
              consent rules adopt whatsapp
            """,
        subcommands: [List.self, Show.self, Adopt.self, RulesTestCommand.self, RulesDiffCommand.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the packs that come with this program, and those that were adopted.",
            discussion: """
                EXAMPLE
                  consent rules list
                """)

        @OptionGroup var ledger: LedgerOptions

        /// A pack, and where it comes from.
        private struct Row {
            let name: String
            let version: String
            let state: String
            let title: String
            let json: JSON
        }

        func run() throws {
            var rows: [Row] = []
            for name in ShippedPacks.names {
                let pack = try PackInput(name).pack
                rows.append(
                    Row(
                        name: name, version: pack.version, state: "comes with this program", title: pack.title,
                        json: pack.json + ["state": .string("shipped")]))
            }
            // Without a ledger there is nothing adopted, and the shipped packs can be listed all the same.
            if ledger.ledger != nil || (try? ledger.location()) != nil {
                let adopted = try ledger.read { snapshot in
                    (adoptions: snapshot.catalog.adoptions, packs: try Self.packs(in: snapshot))
                }
                for adoption in adopted.adoptions {
                    let whom = adoption.business.map { "for \($0)" } ?? "for all"
                    rows.append(
                        Row(
                            name: adoption.pack, version: adoption.version,
                            state: "adopted \(whom) from \(adoption.effectiveFrom) (record \(adoption.index))",
                            title: adopted.packs[adoption.digest]?.title ?? "", json: adoption.json))
                }
            }
            Listing(
                rows,
                [
                    ("pack", { $0.name }), ("version", { $0.version }), ("state", { $0.state }),
                    ("title", { $0.title }),
                ]
            ) { $0.json }
            .print(json: ledger.json, orIfEmpty: "")
        }

        private static func packs(in snapshot: LedgerSnapshot) throws -> [SHA256Digest: RulePack] {
            var packs: [SHA256Digest: RulePack] = [:]
            for id in snapshot.catalog.businesses.keys {
                for adopted in try snapshot.packs(business: id) { packs[adopted.pack.digest] = adopted.pack }
            }
            return packs
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show the rules of a pack: what they are about, since when, and where they are written.",
            discussion: """
                EXAMPLE
                  consent rules show us-tcpa
                """)

        @OptionGroup var ledger: LedgerOptions

        @Argument(help: "The name of a pack that comes with this program, or a file.")
        var pack: String

        func run() throws {
            let pack = try PackInput(pack).pack
            let unshared = pack.unsharedHours(from: SystemClock().now())
            if ledger.json {
                let vocabulary = JSON.object(
                    pack.vocabulary.sorted { $0.key < $1.key }.map { ($0.key, .strings($0.value)) })
                return print(
                    (pack.json + [
                        "vocabulary": vocabulary, "rules": .array(pack.rules.map(\.json)),
                        "unshared-hours": .array(unshared.map(\.json)),
                    ]).text)
            }
            print("\(Terminal.plain(pack.id)), version \(Terminal.plain(pack.version)): \(Terminal.plain(pack.title))")
            print("SHA-256 \(pack.digest)")
            for rule in pack.rules {
                print("")
                print("\(Terminal.output.styled(rule.id, .bold)), \(rule.period)")
                print("  \(Terminal.plain(rule.meaning))")
                print("  about   \(rule.scope.sentence)")
                print("  effect  \(rule.effect.sentence)")
                print("  source  \(Terminal.plain(rule.citation.place))")
                if let url = rule.citation.url { print("          \(Terminal.plain(url))") }
                if let quote = rule.citation.quote { print("          “\(Terminal.plain(quote))”") }
                print("          \(rule.citation.confidence.sentence), \(rule.citation.verifiedOn)")
            }
            for sentence in unshared.map(\.sentence) {
                print("\n\(sentence.prefix(1).uppercased())\(sentence.dropFirst()).")
            }
            for (name, words) in pack.vocabulary.sorted(by: { $0.key < $1.key }) {
                print("\n\(name): \(words.map(Terminal.plain).joined(separator: ", "))")
            }
        }
    }

    struct Adopt: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Adopt a pack: its rules count from then on.",
            discussion: """
                The pack is kept in the log by its hash. A later version of the same name takes its place; one without rules \
                ends it. Without --business it counts for all businesses of the ledger. A pack is refused whose hours nobody \
                ever has in a country that it names.

                EXAMPLE
                  consent rules adopt whatsapp
                  consent rules adopt ./house-rules.json --business acme-viajes --effective-from 2026-12-01
                """)

        @OptionGroup var ledger: LedgerOptions
        @OptionGroup var writing: WritingOptions

        @Argument(help: "The name of a pack that comes with this program, or a file.")
        var pack: String

        @Option(help: ArgumentHelp("Only for this business.", valueName: "id"))
        var business: String?

        @Option(help: ArgumentHelp("When its rules begin to count. Default: now.", valueName: "time"))
        var effectiveFrom: String?

        func run() throws {
            let input = try PackInput(pack)
            let from = try effectiveFrom.map { try OccurredAt(parsing: $0).start }
            let recorded = try writing.write(ledger) { writer -> RecordedEvent? in
                let catalog = writer.currentCatalog()
                if let business { _ = try catalog.business(business, at: .max) }
                let last = catalog.adoptions.last { $0.pack == input.pack.id && $0.business == business }
                if let last, last.digest == input.pack.digest, from == nil || from == last.effectiveFrom { return nil }
                let unshared = input.pack.unsharedHours(from: max(from ?? .epoch, writer.currentTime()))
                if let contradiction = unshared.first(where: \.areNamed) {
                    throw RulesError(
                        .badPack,
                        "\(pack): \(contradiction.sentence); give it longer hours, or prohibit messages there")
                }
                return try RecordedEvent(
                    EventDraft(adopting: input.bytes, input.pack, business: business, effectiveFrom: from),
                    with: writer,
                    warnings: unshared.map(\.sentence))
            }
            let whom = business.map { "for \($0)" } ?? "for all businesses"
            guard let recorded else {
                if ledger.json { return print((["result": .string("already-adopted")] + input.pack.json).text) }
                return print(
                    "\(input.pack.id), version \(input.pack.version), is adopted \(whom) already; nothing was changed.")
            }
            recorded.report(
                "Adopted \(input.pack.id), version \(input.pack.version), \(whom)"
                    + (from.map { " from \($0)" } ?? ""), json: ledger.json, more: input.pack.json)
        }
    }
}

extension Citation.Confidence {
    fileprivate var sentence: String {
        switch self {
        case .verbatim: "read word for word in the source"
        case .secondary: "read in a secondary source"
        case .unverified: "not verified"
        }
    }
}
