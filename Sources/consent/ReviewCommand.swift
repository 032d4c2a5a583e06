internal import ArgumentParser
internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules

/// `consent review`: messages that may be opt-outs and wait for a person to decide.
struct ReviewCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "review",
        abstract: "List and decide the possible opt-outs that wait for a person.",
        discussion: """
            While one waits, nothing it could be about is sent to the contact.

            EXAMPLE
              consent review list
              consent review decide 812 --opt-out
            """,
        subcommands: [List.self, Decide.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the possible opt-outs that wait, oldest first.",
            discussion: """
                EXAMPLE
                  consent review list
                """)

        @OptionGroup var ledger: LedgerOptions

        func run() throws {
            let waiting = try ledger.read { try $0.waitingReviews() }
            if ledger.json { return print(JSON.array(waiting.map(\.json)).text) }
            guard !waiting.isEmpty else { return print("No possible opt-out waits to be decided.") }
            for review in waiting {
                print(
                    "record \(review.record)  \(review.recordedAt)  \(review.business)  \(review.contact ?? "erased")")
                print("  holds \(ScopePhrase(of: review.event))")
                if review.isShut {
                    print(
                        "  The person asked to be erased: what is kept as proof is for “consent history --legal-access”."
                    )
                }
                for (name, value) in review.facts { print("  \(name): \(Terminal.plain(value))") }
            }
            print("Decide one with: consent review decide RECORD --opt-out, or --dismiss")
        }
    }

    struct Decide: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Decide a possible opt-out.",
            discussion: """
                --opt-out makes it an opt-out of what it holds, or of what --channel and --category say. --dismiss ends \
                the hold; the decision stays in the log.

                EXAMPLE
                  consent review decide 812 --opt-out
                  consent review decide 812 --dismiss
                """)

        @OptionGroup var ledger: LedgerOptions
        @OptionGroup var writing: WritingOptions

        @Argument(help: "The record that opened the review; review list shows it.")
        var record: UInt64

        @Flag(help: "It is an opt-out.")
        var optOut = false

        @Flag(help: "It is none.")
        var dismiss = false

        @OptionGroup var scope: ScopeOptions
        @OptionGroup var act: ActOptions

        func validate() throws {
            guard optOut != dismiss else { throw ValidationError("say either --opt-out or --dismiss") }
        }

        func run() throws {
            try scope.checkChannels()
            let review = try ledger.read { try $0.waitingReview(record) }
            guard let address = review.address else {
                throw CommandError(
                    .badInput, "the contact of record \(record) was erased; nothing is sent to it any more")
            }
            let (recorded, fields) = try writing.write(ledger) { writer in
                var draft = act.draft(.reviewDecided, business: review.business, contact: address)
                try act.setTime(of: &draft)
                draft.fields.merge(review.decision(isOptOut: optOut)) { $1 }
                draft.fields.merge(scope.fields) { $1 }
                return (try RecordedEvent(draft, with: writer), draft.fields)
            }
            recorded.report(
                optOut
                    ? "Decided: record \(record) is an opt-out of \(ScopePhrase(of: fields))"
                    : "Decided: record \(record) is no opt-out",
                json: ledger.json, more: ["review": .number(record)])
        }
    }
}
