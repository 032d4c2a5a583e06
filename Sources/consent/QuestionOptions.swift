internal import ArgumentParser
internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules

/// What is asked about a person: the message, the moment, and what may be known.
struct QuestionOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "What the message is about. Can be repeated: each must be allowed. Default: all categories, one by one.",
            valueName: "category"))
    var category: [String] = []

    @Option(
        help: ArgumentHelp("How it would be sent. Default: the channels in use.", valueName: "channel"),
        completion: .list(Vocabulary.channel.words))
    var channel: String?

    @Option(
        help: ArgumentHelp(
            "The platform's template that it is made from: says what it is about, see consent template.",
            valueName: "template"))
    var template: String?

    @Option(
        help: ArgumentHelp("What it would come from, by its id; without, the widest stop counts.", valueName: "sender"))
    var sender: String?

    @Option(
        help: ArgumentHelp("A basis other than consent that you assert and answer for.", valueName: "basis"),
        completion: .list(Vocabulary.basis.words))
    var basis: String?

    @Option(
        help: ArgumentHelp("When the person last wrote: what a message of class service answers.", valueName: "time"))
    var replyingTo: String?

    @OptionGroup var use: PurposeOptions

    @Option(help: ArgumentHelp("The moment asked about. Default: now.", valueName: "time"))
    var at: String?

    @Option(help: ArgumentHelp("Answer by what was recorded until then.", valueName: "time"))
    var knownAt: String?

    @Option(help: ArgumentHelp("Answer by the first so many records.", valueName: "records"))
    var size: UInt64?

    @Option(
        help: ArgumentHelp(
            "No answer, but an error, if the ledger's last record is older: 90s, 15m, 24h, 7d.",
            valueName: TimeLength.valueName),
        transform: TimeLength.init(parsing:))
    var maxAge: TimeLength?

    /// What the message is for.
    var purpose: Question.Purpose { use.purpose }

    func validate() throws {
        guard knownAt == nil || size == nil else { throw ValidationError("say either --known-at or --size") }
        guard purpose == .message || channel != nil else {
            throw ValidationError("say by which channel with --channel; --for is about one message")
        }
        guard purpose != .confirmationRequest || !category.isEmpty || template != nil else {
            throw ValidationError("say with --category what the person is asked to confirm")
        }
        guard purpose == .message || replyingTo == nil else {
            throw ValidationError("--replying-to is about a message that answers; leave out either that or --for")
        }
    }

    /// Whether one message is asked about, and not every category by itself.
    var isAboutOneMessage: Bool {
        !category.isEmpty || template != nil || purpose == .optOutConfirmation
    }

    /// The question about a business, as far as the options say it: without a channel that is empty. Throws
    /// `unknownChannel`, what is wrong with a time, and `stale` where the ledger's last record is older than is allowed.
    func question(about business: String, _ snapshot: LedgerSnapshot) throws -> Question {
        try refuseStale(snapshot)
        return Question(
            business: business, channel: channel ?? "", category: category.first ?? "",
            alsoAbout: Array(category.dropFirst()), template: template, sender: sender, at: try moment(snapshot),
            knownAt: try knowledge(snapshot), assertedBasis: basis,
            replyingTo: try replyingTo.map { try OccurredAt(parsing: $0).start }, purpose: purpose)
    }

    /// The moment asked about. Now is never before the last record, or a clock set back could hide what it says.
    private func moment(_ snapshot: LedgerSnapshot) throws -> Timestamp {
        if let at { return try OccurredAt(parsing: at).start }
        return max(SystemClock().now(), snapshot.lastRecordedAt)
    }

    private func knowledge(_ snapshot: LedgerSnapshot) throws -> KnownAt {
        if let knownAt { return .time(try OccurredAt(parsing: knownAt).end) }
        guard let size else { return .everything }
        guard size <= snapshot.size else {
            throw CommandError(.badInput, "the ledger has \(snapshot.size) records, not \(size)")
        }
        return .size(size)
    }

    private func refuseStale(_ snapshot: LedgerSnapshot) throws {
        guard let maxAge else { return }
        let age = snapshot.age(at: SystemClock().now())
        guard age > maxAge.milliseconds else { return }
        throw CommandError(
            .stale,
            "the ledger's last record is \(readableDuration(age)) old, and --max-age allows "
                + "\(readableDuration(maxAge.milliseconds)); no answer is given. Where this is a copy, bring it up to date; "
                + "where it is the ledger itself, see that what should write to it does, and try again")
    }
}
