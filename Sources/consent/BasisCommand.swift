internal import ArgumentParser
internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules

/// `consent basis`: bases other than consent.
struct BasisCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "basis",
        abstract: "Record that a basis other than consent began or ended.",
        discussion: """
            EXAMPLE
              consent basis begin +34600111222 --basis contract --category order-updates --channel whatsapp
            """,
        subcommands: [Begin.self, End.self])

    struct Begin: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Record that a basis began: a contract, a legal obligation, a legitimate interest.",
            discussion: """
                EXAMPLE
                  consent basis begin +34600111222 --basis contract --category order-updates --channel whatsapp
                """)

        @OptionGroup var ledger: LedgerOptions
        @OptionGroup var writing: WritingOptions
        @OptionGroup var person: ContactOptions
        @OptionGroup var owner: BusinessOptions

        @Option(
            help: ArgumentHelp("contract, legal-obligation or legitimate-interest.", valueName: "basis"),
            completion: .list(Vocabulary.basis.words))
        var basis: String

        @OptionGroup var scope: ScopeOptions

        @Option(help: ArgumentHelp("When the basis ends.", valueName: "time"))
        var expiresAt: String?

        @OptionGroup var act: ActOptions

        func validate() throws {
            guard !scope.channel.isEmpty, !scope.category.isEmpty else {
                throw ValidationError("a basis is for a --channel and a --category; name at least one of each")
            }
            guard basis != "consent" else {
                throw ValidationError("--basis is one other than consent; a consent is recorded with: consent opt-in")
            }
        }

        func run() throws {
            try scope.checkChannels()
            let address = try person.address()
            let expiry = try expiresAt.map { try OccurredAt(parsing: $0).start }
            let recorded = try writing.write(ledger) { writer in
                let business = try owner.business(in: writer.currentCatalog()).id
                var draft = act.draft(.basisBegan, business: business, contact: address)
                let time = try act.setTime(of: &draft)
                try ActOptions.checkExpiry(expiry, after: time)
                draft.fields.merge(scope.fields) { $1 }
                draft.fields[.basis] = .text(basis)
                if let expiry { draft.fields[.expiresAt] = .number(expiry.milliseconds) }
                return try RecordedEvent(draft, with: writer)
            }
            recorded.report(
                "Began: the basis \(basis) with \(address) for \(ScopePhrase(of: scope.fields))", json: ledger.json)
        }
    }

    struct End: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Record that a basis ended.",
            discussion: """
                What is not named is everything; as with an opt-out, neither is what cannot be read or is not known.

                EXAMPLE
                  consent basis end +34600111222 --basis contract
                """)

        @OptionGroup var ledger: LedgerOptions
        @OptionGroup var writing: WritingOptions
        @OptionGroup var person: ContactOptions
        @OptionGroup var owner: BusinessOptions

        @Option(
            help: ArgumentHelp("contract, legal-obligation or legitimate-interest.", valueName: "basis"),
            completion: .list(Vocabulary.basis.words))
        var basis: String

        @OptionGroup var scope: ScopeOptions
        @OptionGroup var act: ActOptions

        func run() throws {
            let address = try person.address()
            let (recorded, draft) = try writing.write(ledger) { writer in
                let business = try owner.business(in: writer.currentCatalog()).id
                var draft = act.draft(.basisEnded, business: business, contact: address)
                draft.fields.merge(scope.fields) { $1 }
                draft.fields[.basis] = .text(basis)
                let widened = try act.widened(draft, with: writer)
                return (try RecordedEvent(widened.draft, with: writer, warnings: widened.remarks), widened.draft)
            }
            recorded.report(
                "Ended: the basis \(basis) with \(address) for \(ScopePhrase(of: draft.fields))", json: ledger.json)
        }
    }
}
