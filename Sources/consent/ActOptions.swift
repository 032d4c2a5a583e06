internal import ArgumentParser
internal import ConsentLedger
internal import ConsentModel

/// How an act came to us: what all verbs about a person take.
struct ActOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("When it happened; a bare date is a day in UTC. Default: now.", valueName: "time"))
    var occurredAt: String?

    @Option(help: ArgumentHelp("How it was captured.", valueName: "method"), completion: .list(Vocabulary.method.words))
    var method = "command-line"

    @Option(
        help: ArgumentHelp("The channel by which the act came.", valueName: "channel"),
        completion: .list(Vocabulary.channel.words))
    var via: String?

    @Option(help: ArgumentHelp("What you call the event: the same id is recorded once.", valueName: "id"))
    var id: String?

    @Option(help: ArgumentHelp("A private fact to keep as proof. Can be repeated.", valueName: "key=value"))
    var evidence: [Evidence] = []

    @Option(
        help: ArgumentHelp(
            "The source that states it; its key must be in the ledger. Default: cli.", valueName: "source"))
    var source: String?

    /// A private fact as it is typed.
    struct Evidence: ExpressibleByArgument {
        let fact: EventDraft.PrivateFact

        init?(argument: String) {
            guard let equals = argument.firstIndex(of: "=") else { return nil }
            let key = String(argument[..<equals])
            guard FieldKind.isIdentifier(key) else { return nil }
            fact = EventDraft.PrivateFact(key, String(argument[argument.index(after: equals)...]))
        }
    }

    /// A draft with what was said of the act, but for its time.
    func draft(_ type: EventType, business: String, contact: ContactAddress) -> EventDraft {
        var draft = EventDraft(type, business: business, contact: contact, privateFields: evidence.map(\.fact))
        draft.fields[.method] = .text(method)
        if let via { draft.fields[.via] = .text(via) }
        if let source { draft.fields[.source] = .text(source) }
        draft.outsideID = id
        return draft
    }

    /// Throws `badInput` for something that would be over before it began.
    static func checkExpiry(_ expiry: Timestamp?, after time: OccurredAt) throws(CommandError) {
        guard let expiry, expiry <= time.start else { return }
        throw CommandError(
            .badInput, "--expires-at \(expiry) is not after \(time.start), when it begins; give a later time, or none")
    }

    /// Sets the time that was given, or now, and returns it. Throws `badTime`.
    @discardableResult
    func setTime(of draft: inout EventDraft) throws -> OccurredAt {
        let time = try occurredAt.map { try OccurredAt(parsing: $0) } ?? OccurredAt(SystemClock().now())
        draft.fields[.occurredAt] = .occurredAt(time)
        draft.isTimeAssumed = occurredAt == nil
        return time
    }

    /// The draft as a restriction that can be recorded, at the time that was given or now; what is doubtful is left out.
    func widened(_ draft: EventDraft, with writer: LedgerWriter) throws -> OptOutWidening.Widened {
        let widening = OptOutWidening(for: writer)
        var draft = draft
        var unread: [EventField: String] = [:]
        do throws(ModelError) {
            draft.fields[.occurredAt] = .occurredAt(
                try occurredAt.map { text throws(ModelError) in try OccurredAt(parsing: text) }
                    ?? OccurredAt(widening.now))
        } catch {
            unread[.occurredAt] = error.description
        }
        draft.isTimeAssumed = occurredAt == nil
        return try widening.widened(draft, unread: unread)
    }
}
