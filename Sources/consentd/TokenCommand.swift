internal import ArgumentParser
internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules
internal import ConsentServer
internal import LedgerCrypto

/// `consentd token`: who may call.
struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token",
        abstract: "Make, list, rotate and revoke the tokens that callers show.",
        discussion: """
            A token is shown once; of its secret the ledger keeps a digest, in private/tokens. A server that runs obeys \
            within a second.

            EXAMPLE
              consentd token create --config consentd.yaml --label shop --role capture --role query --business acme-viajes
            """,
        subcommands: [Create.self, List.self, Rotate.self, Revoke.self])

    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a token and show it, once.",
            discussion: """
                EXAMPLE
                  consentd token create --config consentd.yaml --label shop --role query --business acme-viajes
                """)

        @OptionGroup var options: ConfigurationOptions
        @OptionGroup var time: TokenTimeOptions

        @Option(help: "Whose it is: a name of yours, which lists and logs show.")
        var label: String

        @Option(help: ArgumentHelp("What it is for. Can be repeated.", valueName: "role"))
        var role: [Role]

        @Option(help: ArgumentHelp("A business that it opens. Can be repeated.", valueName: "id"))
        var business: [String] = []

        @Flag(help: "It opens all businesses, those to come too, and the ledger's own matters.")
        var allBusinesses = false

        func validate() throws {
            guard business.isEmpty == allBusinesses else {
                throw ValidationError("say which businesses it opens with --business, or --all-businesses")
            }
            guard allBusinesses || !role.contains(.audit) else {
                throw ValidationError(
                    "the role audit reads the log of all businesses: it goes with --all-businesses alone")
            }
        }

        func run() throws {
            let ledger = try options.read().ledger
            try Ledger(LedgerLocation(directory: ledger)).read { snapshot in
                for id in business { _ = try snapshot.catalog.business(id, at: .max) }
            }
            let now = SystemClock().now()
            let made = try TokenFile(ledger: ledger).create(
                label: label, roles: Set(role), businesses: allBusinesses ? nil : Set(business), at: now,
                expiresAt: now.adding(milliseconds: time.expires.milliseconds))
            time.tell(made)
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the tokens, those whose time is over too.",
            discussion: """
                EXAMPLE
                  consentd token list --config consentd.yaml
                """)

        @OptionGroup var options: ConfigurationOptions

        @Flag(help: "Answer in JSON.")
        var json = false

        func run() throws {
            let tokens = try TokenFile(ledger: options.read().ledger).tokens()
            if json { return print(JSON.array(tokens.map(\.json)).text) }
            let now = SystemClock().now()
            for token in tokens {
                let roles = token.roles.sorted().map(\.rawValue).joined(separator: ", ")
                let businesses = token.businesses?.sorted().joined(separator: ", ") ?? "all businesses"
                let state =
                    token.revokedAt.map { "revoked at \($0)" }
                    ?? "\(token.counts(at: now) ? "until" : "over since") \(token.expiresAt)"
                print("\(token.id)  \(JSON.string(token.label).text)  \(roles); \(businesses); \(state)")
            }
            if tokens.isEmpty { print("There is no token; make one with: consentd token create") }
        }
    }

    struct Rotate: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a token like another one, which ends soon.",
            discussion: """
                EXAMPLE
                  consentd token rotate 1f2e3d4c --config consentd.yaml --overlap 1h
                """)

        @OptionGroup var options: ConfigurationOptions
        @OptionGroup var time: TokenTimeOptions

        @Argument(help: "The token's id; list shows it.")
        var id: String

        @Option(help: ArgumentHelp("How long the old one still counts.", valueName: "duration"))
        var overlap: TimeLength = TimeLength("1d")!

        func run() throws {
            let now = SystemClock().now()
            let made = try TokenFile(ledger: options.read().ledger).rotate(
                id, at: now, overlapEnd: now.adding(milliseconds: overlap.milliseconds),
                expiresAt: now.adding(milliseconds: time.expires.milliseconds))
            time.tell(made)
        }
    }

    struct Revoke: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End a token now.",
            discussion: """
                EXAMPLE
                  consentd token revoke 1f2e3d4c --config consentd.yaml
                """)

        @OptionGroup var options: ConfigurationOptions

        @Argument(help: "The token's id; list shows it.")
        var id: String

        func run() throws {
            let token = try TokenFile(ledger: options.read().ledger).revoke(id, at: SystemClock().now())
            print("The token \(token.id) does not count any more.")
        }
    }
}

/// How long a new token counts, and how it is told.
struct TokenTimeOptions: ParsableArguments {
    @Option(help: ArgumentHelp("How long it counts.", valueName: "duration"))
    var expires: TimeLength = TimeLength("90d")!

    @Flag(help: "Answer in JSON.")
    var json = false

    /// Tells a token that was made.
    func tell(_ made: (token: AccessToken, text: String)) {
        if json { return print((made.token.json + ["token": .string(made.text)]).text) }
        print("Token \(made.token.id), until \(made.token.expiresAt). It is shown this once:")
        print(made.text)
    }
}
