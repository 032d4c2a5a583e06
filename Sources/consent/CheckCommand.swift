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

            With --category more than once, one message is about all of them: each must be allowed. --explain says of each \
            record of the person and of each rule whether it counted, and why not.

            --clearance leaves the answer behind as a signed file, which others check with “consent clearance verify”.

            --at asks what was true at a time, --known-at (or --size) by what was recorded then: a send is judged fairly \
            with both.

            EXAMPLE
              consent check +34600111222 --category marketing --channel whatsapp
              consent check +34600111222 --template order_update_1 --channel whatsapp --explain
              consent check - --category marketing --channel whatsapp --at 2024-03-03T10:15:00Z --known-at 2024-03-03
            """)

    @OptionGroup var ledger: LedgerOptions
    @OptionGroup var person: ContactOptions
    @OptionGroup var owner: BusinessOptions

    @OptionGroup var asked: QuestionOptions
    @OptionGroup var clearing: ClearanceOptions

    @Flag(help: "Say of each record and rule whether it counted, and why not.")
    var explain = false

    @Flag(help: "If the answer is yes, count the message as sent: caps then count it for whoever asks next.")
    var reserve = false

    func validate() throws {
        guard !explain || (asked.isAboutOneMessage && asked.channel != nil) else {
            throw ValidationError("--explain is about one message; say which with --category and --channel")
        }
        guard clearing.clearance == nil || (asked.isAboutOneMessage && asked.channel != nil) else {
            throw ValidationError("--clearance is for one message; say which with --category and --channel")
        }
        guard clearing.clearance == nil || (asked.knownAt == nil && asked.size == nil) else {
            throw ValidationError("a clearance rests on all that is recorded; leave out --known-at and --size")
        }
        guard clearing.clearance == nil || asked.purpose == .message || reserve else {
            throw ValidationError(
                "a message of this purpose may be sent once: clear it with --reserve, which counts it, or any number would be "
                    + "cleared")
        }
        guard !reserve || (asked.isAboutOneMessage && asked.channel != nil) else {
            throw ValidationError("--reserve is for one message; say which with --category and --channel")
        }
        guard !reserve || !explain else { throw ValidationError("say either --explain or --reserve") }
        guard !reserve || asked.knownAt == nil && asked.size == nil else {
            throw ValidationError("--reserve answers by all that is known; leave out --known-at and --size")
        }
    }

    func run() throws {
        let address = try person.address()
        let opened = try Ledger(ledger.location())
        let check =
            reserve ? try reserving(address, opened) : try opened.read { snapshot in try answers(address, snapshot) }
        try check.clearance?.finish()
        if ledger.json {
            print(check.json.text)
        } else if check.isGrid {
            check.printGrid()
        } else {
            check.printAnswer()
        }
        if let status = check.status { throw status }
    }

    /// The answer, counted where it is yes.
    private func reserving(_ address: ContactAddress, _ opened: Ledger) throws -> CheckedContact {
        try opened.reserve { snapshot in
            [(try asked.question(about: owner.business(in: snapshot.catalog).id, snapshot), address)]
        } reading: { snapshot, answers in
            try self.answers(address, snapshot, reserved: answers[0].get())
        }
    }

    private func answers(
        _ address: ContactAddress, _ snapshot: LedgerSnapshot, reserved: Answer? = nil
    ) throws -> CheckedContact {
        let business = try owner.business(in: snapshot.catalog)
        let question = try asked.question(about: business.id, snapshot)
        let timeline = try snapshot.handle(of: address, answering: question).map { try snapshot.timeline(of: $0) }
        var cells: [Question] = [question]
        if !asked.isAboutOneMessage {
            let categories = business.categories.values.filter { $0.window.until == nil }.map(\.id).sorted()
            cells = categories.map { category in
                var cell = question
                cell.category = category
                return cell
            }
        }
        if asked.channel == nil {
            let channels = channels(of: business, timeline)
            cells = cells.flatMap { question in
                channels.map { channel in
                    var cell = question
                    cell.channel = channel
                    return cell
                }
            }
        }
        let answers = try reserved.map { [$0] } ?? cells.map { try snapshot.decide($0, contact: address) }
        let clearance = try answers.first.flatMap {
            try clearing.prepare($0, contact: address, isAboutNow: asked.at == nil, snapshot, ledger)
        }
        return CheckedContact(
            address: address, business: business, text: AnswerText(timeline), answers: answers,
            isGrid: !asked.isAboutOneMessage || asked.channel == nil, isAboutNow: asked.at == nil,
            alsoAllowed: try alsoAllowed(besides: answers, business, address, snapshot),
            explanation: explain ? try snapshot.explain(question, contact: address) : nil, clearance: clearance,
            isUncounted: try clearance != nil && !reserve && answers[0].decision.outcome == .allow
                && snapshot.rules(for: business.id).hasCaps(for: question),
            isTest: snapshot.catalog.isTest, root: try snapshot.root(), headAge: snapshot.age(at: SystemClock().now()))
    }

    /// What else may be sent on the channel is told with a no, so that a stop is not taken for wider than it is.
    private func alsoAllowed(
        besides answers: [Answer], _ business: Catalog.Business, _ address: ContactAddress, _ snapshot: LedgerSnapshot
    ) throws -> [String] {
        guard answers.count == 1, answers[0].decision.outcome == .deny, asked.purpose == .message else { return [] }
        var question = answers[0].question
        question.alsoAbout = []
        question.template = nil
        // What the sender asserts of this message says nothing about others.
        question.assertedBasis = nil
        return try business.categories.keys.sorted().filter { other in
            guard !answers[0].decision.about.contains(other) else { return false }
            question.category = other
            return try snapshot.decide(question, contact: address).decision.outcome == .allow
        }
    }

    /// The channels that the business uses, or that the contact's records name; all if there are none.
    private func channels(of business: Catalog.Business, _ timeline: ContactTimeline?) -> [String] {
        var channels = Set(business.channels)
        for entry in timeline?.entries ?? [] {
            if case .event(let event) = entry.payload { channels.formUnion(event.channels ?? []) }
        }
        if let sender = asked.sender, let known = business.senders[sender] { channels.formIntersection(known.channels) }
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
    let explanation: Explanation?
    let clearance: PreparedClearance?
    /// Whether it clears a message that a cap would count, and that was not counted.
    let isUncounted: Bool
    let isTest: Bool
    let root: SHA256Digest
    /// How long ago the last record was recorded, in milliseconds.
    let headAge: UInt64

    /// What to exit with; `nil` if every answer is yes.
    var status: ExitStatus? {
        let outcomes = answers.map(\.decision.outcome)
        if outcomes.contains(.deny) { return .deny }
        return outcomes.contains(.defer) ? .notNow : nil
    }

    private var first: Answer { answers[0] }

    func printAnswer() {
        let answer = first
        let outcome = answer.decision.outcome
        let word = Terminal.output.styled(AnswerText.word(outcome) + ".", AnswerText.style(outcome))
        print("\(word) \(text.sentences(answer.decision.reasons))")
        for citation in AnswerText.citations(answer.decision.reasons) { print(citation) }
        if outcome == .defer {
            let next = answer.decision.nextAllowedAt
            print(next.map { "It may be sent from \($0) on." } ?? "When it may be sent cannot be told.")
        }
        if let lapses = answer.decision.lapsesAt {
            print("The answer holds until \(lapses), unless something is recorded.")
        }
        if answer.decision.reasons.contains(where: { $0.code == .countsIncomplete }) {
            print("That ends by itself, once no window reaches so far back, or with: consent uses --accept-missing")
        }
        if let use = answer.reservation {
            print("Counted as use \(use). If it is not sent, give it back with: consent uses CONTACT --release \(use)")
        }
        if !alsoAllowed.isEmpty {
            print("Yes \(ScopePhrase.by(answer.question.channel)): \(alsoAllowed.joined(separator: ", ")).")
        }
        if let clearance {
            let end = answer.decision.outcome == .allow ? ", good until \(clearance.goodUntil)" : ""
            print("The answer is signed in \(Terminal.plain(clearance.path))\(end).")
            if isUncounted { print(ClearanceText.nothingCounted) }
        }
        if let explanation {
            for line in ExplanationText(explanation).lines { print(line) }
        }
        printFooter()
    }

    func printGrid() {
        print("\(business.name), \(address)")
        let channels = Set(answers.map(\.question.channel)).sorted()
        let categories = Set(answers.map(\.subject)).sorted()
        var table = TextTable([""] + channels)
        for category in categories {
            let outcomes = channels.compactMap { channel in
                answers.first { $0.subject == category && $0.question.channel == channel }?.decision.outcome
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
            let cell = "\(answer.subject) \(ScopePhrase.by(answer.question.channel))"
            if let position = told.firstIndex(where: { $0.sentences == sentences }) {
                told[position].cells.append(cell)
            } else {
                told.append((sentences, [cell]))
            }
        }
        for (sentences, cells) in told { print("\(cells.joined(separator: ", ")): \(sentences)") }
        for citation in AnswerText.citations(answers.flatMap(\.decision.reasons)) { print(citation) }
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
        print(
            "The ledger has \(first.size) records, root \(root); the last is of \(first.lastRecordedAt.sentence), "
                + (isAboutNow
                    ? "\(readableDuration(headAge)) ago."
                    : first.lastRecordedAt.distance(from: question.at, called: "the moment asked about") + "."))
        if isTest { print(Terminal.output.styled("This is a TEST ledger: nothing may be sent on its word.", .bold)) }
    }

    var json: JSON {
        let question = first.question
        var object: JSON = [
            "test": .bool(isTest), "business": .string(business.id), "contact": .string(address.text),
            "sender": .optional(question.sender), "template": .optional(question.template),
            "asserted-basis": .optional(question.assertedBasis),
            "replying-to": .optional(question.replyingTo?.description), "purpose": .string(question.purpose.rawValue),
            "at": .string(question.at.description),
        ]
        switch question.knownAt {
        case .everything: break
        case .time(let time): object = object + ["known-at": .string(time.description)]
        case .size(let size): object = object + ["known-size": .number(size)]
        }
        object = object + (isGrid ? ["answers": .array(answers.map(\.json))] : first.json)
        if let clearance {
            object =
                object + [
                    "clearance": [
                        "file": .string(clearance.path), "good-until": .string(clearance.goodUntil.description),
                        "uncounted": .bool(isUncounted),
                    ]
                ]
        }
        if let explanation { object = object + ["explanation": explanation.json] }
        return object + [
            "size": .number(first.size), "root": .string(root.description),
            "head-recorded-at": .string(first.lastRecordedAt.description), "head-age-ms": .number(headAge),
        ]
    }
}

extension Answer {
    /// What the message is about, in a word or several.
    fileprivate var subject: String { decision.about.joined(separator: ", ") }
}
