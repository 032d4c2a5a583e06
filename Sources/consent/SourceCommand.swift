internal import ArgumentParser
internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules
internal import LedgerCrypto

/// `consent source`: the systems that capture events.
struct SourceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "source",
        abstract: "Authorise, revoke and list the systems that capture events.",
        discussion: """
            EXAMPLE
              consent source add web-shop --business acme-viajes
            """,
        subcommands: [Add.self, Revoke.self, List.self])

    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Authorise a source.",
            discussion: """
                The ledger makes and keeps the source's key, unless the source holds it itself: then give its public key.

                EXAMPLE
                  consent source add web-shop --business acme-viajes
                  consent source add call-centre --public-key call-centre.pem --custody external
                """)

        @OptionGroup var ledger: LedgerOptions
        @OptionGroup var writing: WritingOptions

        @Argument(help: "Its id: a–z, 0–9 and “-”.")
        var id: String

        @Option(
            help: ArgumentHelp("A business it may speak for; without, all of them. Can be repeated.", valueName: "id"))
        var business: [String] = []

        @Option(
            help: ArgumentHelp(
                "Its Ed25519 public key: 32 bytes, hexadecimal, base64 or PEM. Only with --custody external.",
                valueName: "file"),
            completion: .file())
        var publicKey: String?

        @Option(
            help: ArgumentHelp("Who holds its private key: ledger or external.", valueName: "custody"),
            completion: .list(Vocabulary.custody.words))
        var custody = "ledger"

        func validate() throws {
            guard Vocabulary.custody.contains(custody) else {
                throw ValidationError("--custody is ledger or external, not “\(custody)”")
            }
            guard (custody == "external") == (publicKey != nil) else {
                throw ValidationError("--public-key FILE and --custody external go together")
            }
        }

        func run() throws {
            try Identifier.check(id)
            let external = try publicKey.map { try PublicKeyFile.key(at: $0) }
            let recorded = try writing.write(ledger) { writer in
                let catalog = writer.currentCatalog()
                for id in business { _ = try catalog.business(id, at: .max) }
                var draft = EventDraft(.sourceAuthorized)
                draft.fields = [.authorizedSource: .text(id), .custody: .text(custody)]
                if !business.isEmpty { draft.fields[.businesses] = .list(business) }
                if let external {
                    draft.fields[.publicKey] = .bytes(external.bytes)
                } else {
                    try refuseSecondKey(catalog)
                    let key = try writer.makeSourceKey(id)
                    draft.fields[.publicKey] = .bytes(key.publicKey)
                    draft.fields[.proofOfPossession] = .bytes(key.proof)
                }
                return try RecordedEvent(draft, with: writer)
            }
            let scope = business.isEmpty ? "all businesses" : ScopePhrase.joined(business)
            recorded.report("Authorised the source \(id) for \(scope)", json: ledger.json)
        }

        /// The ledger keeps one key of a source at a time.
        private func refuseSecondKey(_ catalog: Catalog) throws(RulesError) {
            let inForce = catalog.sources[id]?.keys.first { $0.custody == custody && $0.window.until == nil }
            guard let inForce else { return }
            throw RulesError(
                .alreadyDefined,
                "the source “\(id)” is authorised by record \(inForce.window.from), and the ledger holds its key; choose another "
                    + "id or, for a new key, revoke it first: consent source revoke \(id)")
        }
    }

    struct Revoke: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Revoke a source's keys.",
            discussion: """
                Nothing that it stated is removed. With --compromised-since, what was recorded after that time no longer \
                permits anything; its opt-outs still bind.

                EXAMPLE
                  consent source revoke web-shop --compromised-since 2026-11-20T08:00:00Z
                """)

        @OptionGroup var ledger: LedgerOptions
        @OptionGroup var writing: WritingOptions

        @Argument(help: "The source's id.")
        var id: String

        @Option(help: ArgumentHelp("From when its key may have been in other hands.", valueName: "time"))
        var compromisedSince: String?

        func run() throws {
            let since = try compromisedSince.map { try OccurredAt(parsing: $0).start }
            let recorded = try writing.write(ledger) { writer in
                var draft = EventDraft(.sourceRevoked)
                draft.fields[.authorizedSource] = .text(id)
                if let since { draft.fields[.compromisedSince] = .number(since.milliseconds) }
                return try RecordedEvent(draft, with: writer)
            }
            recorded.report(
                "Revoked the source \(id)" + (since.map { ", compromised since \($0)" } ?? ""), json: ledger.json)
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the sources and their keys.",
            discussion: """
                EXAMPLE
                  consent source list
                """)

        @OptionGroup var ledger: LedgerOptions

        func run() throws {
            let sources = try ledger.read { $0.catalog.sources.values.sorted { $0.id < $1.id } }
            Listing(
                sources.flatMap { source in source.keys.map { (id: source.id, key: $0) } },
                [
                    ("id", { $0.id }), ("custody", { $0.key.custody }),
                    ("businesses", { $0.key.businesses?.joined(separator: " ") ?? "all" }),
                    ("key", { Hexadecimal.encode($0.key.publicKey.keyIdentifier) }),
                    ("record", { String($0.key.window.from) }), ("state", { Self.state($0.key) }),
                ]
            ) { $0.key.json(source: $0.id) }
            .print(json: ledger.json, orIfEmpty: "There is no source; add one with: consent source add ID")
        }

        private static func state(_ key: Catalog.SourceKey) -> String {
            guard let until = key.window.until else { return "in force" }
            return "revoked by record \(until)" + (key.compromise.map { ", compromised since \($0.since)" } ?? "")
        }
    }
}
