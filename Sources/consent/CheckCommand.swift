internal import ArgumentParser
internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules
internal import LedgerCrypto

/// `consent check`: may we message this person about X?
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Answer whether a person may be messaged, and why.",
        discussion: """
            Exits 0 for yes, 1 for no, 3 for not now; anything else is an error and never a yes. Without --category or \
            --channel it answers for all of them, over the channels that the business uses; it then exits 0 only if every \
            answer is yes, and 1 if any is no.

            --at asks what was true at a time, --known-at (or --size) by what was recorded then: a send is judged fairly \
            with both.

            EXAMPLE
              consent check +34600111222 --category marketing --channel whatsapp
              consent check - --category marketing --channel whatsapp --at 2024-03-03T10:15:00Z --known-at 2024-03-03
            """)

    @OptionGroup var ledger: LedgerOptions
    @OptionGroup var person: ContactOptions
    @OptionGroup var owner: BusinessOptions

    @Option(help: ArgumentHelp("What the message is about. Default: all categories.", valueName: "category"))
    var category: String?

    @Option(
        help: ArgumentHelp("How it would be sent. Default: the channels in use.", valueName: "channel"),
        completion: .list(Vocabulary.channel.words))
    var channel: String?

    @Option(
        help: ArgumentHelp("What it would come from, by its id; without, the widest stop counts.", valueName: "sender"))
    var sender: String?

    @Option(
        help: ArgumentHelp("A basis other than consent that you assert and answer for.", valueName: "basis"),
        completion: .list(Vocabulary.basis.words))
    var basis: String?

    @Option(help: ArgumentHelp("The moment asked about. Default: now.", valueName: "time"))
    var at: String?

    @Option(help: ArgumentHelp("Answer by what was recorded until then.", valueName: "time"))
    var knownAt: String?

    @Option(help: ArgumentHelp("Answer by the first so many records.", valueName: "records"))
    var size: UInt64?

    func validate() throws {
        guard knownAt == nil || size == nil else { throw ValidationError("say either --known-at or --size") }
    }

    func run() throws {
        let address = try person.address()
        let check = try ledger.read { snapshot in try answers(address, snapshot) }
        if ledger.json {
            print(check.json.text)
        } else if check.isGrid {
            check.printGrid()
        } else {
            check.printAnswer()
        }
        if let status = check.status { throw status }
    }

    private func answers(_ address: ContactAddress, _ snapshot: LedgerSnapshot) throws -> CheckedContact {
        let business = try owner.business(in: snapshot.catalog)
        let timeline = try snapshot.handle(of: address, business: business.id).map { try snapshot.timeline(of: $0) }
        var question = Question(
            business: business.id, channel: "", category: "", sender: sender,
            at: try moment(snapshot), knownAt: try knowledge(snapshot), assertedBasis: basis)
        var answers: [Answer] = []
        let categories =
            category.map { [$0] }
            ?? business.categories.values
            .filter { $0.window.until == nil }.map(\.id).sorted()
        let channels = channel.map { [$0] } ?? channels(of: business, timeline)
        for category in categories {
            for channel in channels {
                question.category = category
                question.channel = channel
                answers.append(try snapshot.decide(question, contact: address))
            }
        }
        // What else may be sent on the channel is told with a no, so that a stop is not taken for wider than it is.
        var others: [String] = []
        if answers.count == 1, answers[0].decision.outcome == .deny {
            for other in business.categories.keys.sorted() where other != category {
                question.category = other
                if try snapshot.decide(question, contact: address).decision.outcome == .allow { others.append(other) }
            }
        }
        return CheckedContact(
            address: address, business: business, text: AnswerText(timeline), answers: answers,
            isGrid: category == nil || channel == nil, isAboutNow: at == nil, alsoAllowed: others,
            isTest: snapshot.catalog.isTest, root: try snapshot.root(), now: SystemClock().now())
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

    /// The channels that the business uses, or that the contact's records name; all if there are none.
    private func channels(of business: Catalog.Business, _ timeline: ContactTimeline?) -> [String] {
        var channels = Set(business.channels)
        for entry in timeline?.entries ?? [] {
            if case .event(let event) = entry.payload { channels.formUnion(event.channels ?? []) }
        }
        if let sender, let known = business.senders[sender] { channels.formIntersection(known.channels) }
        return channels.isEmpty ? Vocabulary.channel.words : channels.sorted()
    }
}

/// The answers for one contact, and what they rest on.
private struct CheckedContact {
    let address: ContactAddress
    let business: Catalog.Business
    let text: AnswerText
    let answers: [Answer]
    let isGrid: Bool
    let isAboutNow: Bool
    let alsoAllowed: [String]
    let isTest: Bool
    let root: SHA256Digest
    let now: Timestamp

    /// What to exit with; `nil` if every answer is yes.
    var status: ExitStatus? {
        let outcomes = answers.map(\.decision.outcome)
        if outcomes.contains(.deny) { return .deny }
        return outcomes.contains(.defer) ? .notNow : nil
    }

    private var first: Answer { answers[0] }

    private var headAge: UInt64 {
        now.milliseconds - min(now.milliseconds, first.lastRecordedAt.milliseconds)
    }

    func printAnswer() {
        let answer = first
        let outcome = answer.decision.outcome
        let word = Terminal.output.styled(AnswerText.word(outcome) + ".", AnswerText.style(outcome))
        print("\(word) \(text.sentences(answer.decision.reasons))")
        if !alsoAllowed.isEmpty {
            print("Yes \(ScopePhrase.by(answer.question.channel)): \(alsoAllowed.joined(separator: ", ")).")
        }
        printFooter()
    }

    func printGrid() {
        print("\(business.name), \(address)")
        let channels = Set(answers.map(\.question.channel)).sorted()
        let categories = Set(answers.map(\.question.category)).sorted()
        var table = TextTable([""] + channels)
        for category in categories {
            let outcomes = channels.compactMap { channel in
                answers.first { $0.question.category == category && $0.question.channel == channel }?.decision.outcome
            }
            table.add(
                [category] + outcomes.map { AnswerText.word($0).lowercased() },
                styles: [nil] + outcomes.map { AnswerText.style($0) })
        }
        table.print(orIfEmpty: "\(business.name) has no category in force.")
        // Each reason once, with the cells that rest on it.
        var told: [(sentences: String, cells: [String])] = []
        for answer in answers {
            let sentences = text.sentences(answer.decision.reasons)
            let cell = "\(answer.question.category) \(ScopePhrase.by(answer.question.channel))"
            if let position = told.firstIndex(where: { $0.sentences == sentences }) {
                told[position].cells.append(cell)
            } else {
                told.append((sentences, [cell]))
            }
        }
        for (sentences, cells) in told { print("\(cells.joined(separator: ", ")): \(sentences)") }
        printFooter()
    }

    /// What the answer rests on, and what kind of ledger gives it.
    private func printFooter() {
        let question = first.question
        if !isAboutNow { print("Asked about \(question.at).") }
        switch question.knownAt {
        case .everything: break
        case .time(let time): print("By what was recorded until \(time).")
        case .size(let size): print("By the first \(size) records.")
        }
        print("The ledger has \(first.size) records, root \(root); the last is of \(first.lastRecordedAt.sentence).")
        if isTest { print(Terminal.output.styled("This is a TEST ledger: nothing may be sent on its word.", .bold)) }
    }

    var json: JSON {
        let question = first.question
        var object: JSON = [
            "test": .bool(isTest), "business": .string(business.id), "contact": .string(address.text),
            "sender": .optional(question.sender), "asserted-basis": .optional(question.assertedBasis),
            "at": .string(question.at.description),
        ]
        switch question.knownAt {
        case .everything: break
        case .time(let time): object = object + ["known-at": .string(time.description)]
        case .size(let size): object = object + ["known-size": .number(size)]
        }
        object = object + (isGrid ? ["answers": .array(answers.map(Self.json))] : Self.json(first))
        return object + [
            "size": .number(first.size), "root": .string(root.description),
            "head-recorded-at": .string(first.lastRecordedAt.description), "head-age-ms": .number(headAge),
        ]
    }

    private static func json(_ answer: Answer) -> JSON {
        [
            "category": .string(answer.question.category), "channel": .string(answer.question.channel),
            "outcome": .string(answer.decision.outcome.rawValue),
            "reasons": .array(answer.decision.reasons.map(\.json)),
        ]
    }
}
