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
            let waiting = try ledger.read { snapshot in
                try snapshot.openReviews().map { try OpenReview($0.record, $0.event, $0.handle, in: snapshot) }
            }
            if ledger.json { return print(JSON.array(waiting.map(\.json)).text) }
            guard !waiting.isEmpty else { return print("No possible opt-out waits to be decided.") }
            for review in waiting {
                print(
                    "record \(review.record)  \(review.recordedAt)  \(review.business)  \(review.contact ?? "erased")")
                print("  holds \(ScopePhrase(of: review.event))")
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
            let review = try ledger.read { snapshot in
                guard let open = try snapshot.openReviews().first(where: { $0.record == record }) else {
                    throw CommandError(
                        .badInput, "record \(record) is no possible opt-out that waits; see: consent review list")
                }
                return try OpenReview(open.record, open.event, open.handle, in: snapshot)
            }
            guard let address = review.address else {
                throw CommandError(
                    .badInput, "the contact of record \(record) was erased; nothing is sent to it any more")
            }
            let (recorded, fields) = try writing.write(ledger) { writer in
                var draft = act.draft(.reviewDecided, business: review.business, contact: address)
                try act.setTime(of: &draft)
                for field in [EventField.channels, .categories, .senders, .brands] {
                    draft.fields[field] = review.event[field]
                }
                draft.fields.merge(scope.fields) { $1 }
                draft.fields[.concerns] = .bytes(review.event.id.bytes)
                draft.fields[.outcome] = .text(optOut ? "opt-out" : "dismissed")
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

/// A possible opt-out that waits.
private struct OpenReview {
    let record: UInt64
    let recordedAt: Timestamp
    let event: Event
    let business: String
    let address: ContactAddress?
    let facts: [(name: String, value: String)]

    var contact: String? { address?.text }

    init(_ record: UInt64, _ id: EventID, _ handle: ContactHandle, in snapshot: LedgerSnapshot) throws {
        guard let entry = try snapshot.timeline(of: handle).entries.first(where: { $0.index == record }),
            case .event(let event) = entry.payload, event.id == id
        else {
            throw LedgerError(
                .damaged, "the index names record \(record) as a review, and it is none; run consent replay")
        }
        self.record = record
        self.event = event
        recordedAt = entry.recordedAt
        business = try snapshot.business(of: handle) ?? ""
        address = try snapshot.address(of: handle)
        facts = try snapshot.privateFields(of: record).filter { $0.field.name != "contact" }.map {
            ($0.field.name, String(decoding: $0.field.value, as: UTF8.self))
        }
    }

    var json: JSON {
        [
            "record": .number(record), "recorded-at": .string(recordedAt.description), "business": .string(business),
            "contact": .optional(contact), "fields": event.json,
            "private": .object(facts.map { ($0.name, .string($0.value)) }),
        ]
    }
}
