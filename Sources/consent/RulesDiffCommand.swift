internal import ArgumentParser
internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules

/// `consent rules diff`: which rules differ, and whose answer changes.
struct RulesDiffCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Compare two packs: which rules differ and, in a ledger, whose answer changes.",
        discussion: """
            Either pack may be “none”. Where there is a ledger, every contact is asked about in all categories in force and \
            all channels in use, once as if the first pack were adopted and once as if the second were, beside what else is \
            adopted. --contacts lists them, as CSV.

            EXAMPLE
              consent rules diff none whatsapp
              consent rules diff ./house-2025.json ./house-2026.json --contacts
            """)

    @OptionGroup var ledger: LedgerOptions

    @Argument(help: "The first pack: a name, a file, or none.")
    var old: String

    @Argument(help: "The second pack: a name, a file, or none.")
    var new: String

    @Option(help: ArgumentHelp("Only the contacts of this business.", valueName: "id"))
    var business: String?

    @Option(help: ArgumentHelp("The moment asked about. Default: now.", valueName: "time"))
    var at: String?

    @Flag(help: "List the contacts whose answer changes.")
    var contacts = false

    func run() throws {
        let first = old == "none" ? nil : try PackInput(old).pack
        let second = new == "none" ? nil : try PackInput(new).pack
        let moment = try at.map { try OccurredAt(parsing: $0).start }
        let changes = RuleChanges(from: first?.rules ?? [], to: second?.rules ?? [])
        let hasLedger = ledger.ledger != nil || (try? ledger.location()) != nil
        guard hasLedger else {
            guard business == nil, !contacts else {
                _ = try ledger.location()
                return
            }
            return ledger.json ? print(changes.json.text) : changes.print()
        }
        if !ledger.json, !contacts { changes.print() }
        var tally = AnswerTally()
        var array = JSONArrayOutput()
        if contacts, !ledger.json {
            print(CSVRow.text(["contact", "business", "channel", "category", "before", "after", "reason"]))
        }
        try ledger.read { snapshot in
            if let business { _ = try snapshot.catalog.business(business, at: .max) }
            let at = moment ?? max(SystemClock().now(), snapshot.lastRecordedAt)
            try forEachChange(snapshot, first, second, at: at) { change in
                tally.add(change)
                guard contacts else { return }
                if ledger.json { array.add(change.json) } else { print(CSVRow.text(change.cells)) }
            } asked: {
                tally.asked += 1
            }
        }
        if contacts {
            if ledger.json { array.end() }
        } else if ledger.json {
            print((changes.json + tally.json).text)
        } else {
            tally.print()
        }
    }

    private func forEachChange(
        _ snapshot: LedgerSnapshot, _ first: RulePack?, _ second: RulePack?, at: Timestamp,
        body: (AnswerChange) -> Void, asked: () -> Void
    ) throws {
        // Collected first: a decision looks contacts up, which cannot be done while they are being walked through.
        var contacts: [(address: ContactAddress, business: String)] = []
        try snapshot.forEachContact { address, id, _ in
            if business == nil || id == business { contacts.append((address, id)) }
        }
        let replaced = Set([first?.id, second?.id].compactMap(\.self))
        var rules: [String: (before: DecisionRules, after: DecisionRules)] = [:]
        let bar = ProgressBar(total: UInt64(contacts.count), unit: "contacts")
        for (position, contact) in contacts.enumerated() {
            guard let business = snapshot.catalog.businesses[contact.business] else { continue }
            if rules[business.id] == nil {
                let others = try snapshot.packs(business: business.id).filter { !replaced.contains($0.pack.id) }
                rules[business.id] = (
                    snapshot.rules(with: others + [first].compactMap { $0.map(Self.adopted) }),
                    snapshot.rules(with: others + [second].compactMap { $0.map(Self.adopted) })
                )
            }
            guard let (before, after) = rules[business.id] else { continue }
            let channels = business.channels.isEmpty ? Vocabulary.channel.words : business.channels
            for category in business.categories.values.filter({ $0.window.until == nil }).map(\.id).sorted() {
                for channel in channels {
                    var question = Question(business: business.id, channel: channel, category: category, at: at)
                    question.recipient = Recipient(of: contact.address, at: at)
                    let old = try snapshot.decide(question, contact: contact.address, by: before).decision
                    let new = try snapshot.decide(question, contact: contact.address, by: after).decision
                    asked()
                    guard old.outcome != new.outcome else { continue }
                    body(AnswerChange(contact: contact.address.text, question, old, new))
                }
            }
            bar.update(UInt64(position + 1))
        }
        bar.end()
    }

    /// The pack as if it were adopted for all since ever.
    private static func adopted(_ pack: RulePack) -> AdoptedPack {
        AdoptedPack(pack: pack, adoption: 0, business: nil, effectiveFrom: .epoch, recordedAt: .epoch)
    }
}

/// Which rules two packs have in different ways.
private struct RuleChanges {
    private var added: [Rule] = []
    private var removed: [Rule] = []
    private var changed: [Rule] = []
    private var isEmpty: Bool { added.isEmpty && removed.isEmpty && changed.isEmpty }

    init(from old: [Rule], to new: [Rule]) {
        // Several rules of different times may share an id.
        func name(_ rule: Rule) -> String { "\(rule.id) \(rule.effectiveFrom?.description ?? "")" }
        let before = Dictionary(uniqueKeysWithValues: old.map { (name($0), $0) })
        let after = Set(new.map(name))
        for rule in new {
            guard let other = before[name(rule)] else {
                added.append(rule)
                continue
            }
            if other != rule { changed.append(rule) }
        }
        removed = old.filter { !after.contains(name($0)) }
    }

    func print() {
        guard !isEmpty else { return consent.print("The rules are the same.") }
        for (word, rules) in [("Added", added), ("Removed", removed), ("Changed", changed)] where !rules.isEmpty {
            consent.print("\(word):")
            for rule in rules {
                consent.print("  \(rule.id), \(rule.period): \(rule.scope.sentence): \(rule.effect.sentence)")
            }
        }
    }

    var json: JSON {
        [
            "added": .array(added.map(\.json)), "removed": .array(removed.map(\.json)),
            "changed": .array(changed.map(\.json)),
        ]
    }
}

/// An answer that one pack changes.
private struct AnswerChange {
    let contact: String
    let question: Question
    let before: Decision
    let after: Decision

    init(contact: String, _ question: Question, _ before: Decision, _ after: Decision) {
        self.contact = contact
        self.question = question
        self.before = before
        self.after = after
    }

    private var reason: String { after.reasons.first?.code.rawValue ?? "" }

    var cells: [String] {
        [
            contact, question.business, question.channel, question.category, before.outcome.rawValue,
            after.outcome.rawValue, reason,
        ]
    }

    var json: JSON {
        [
            "contact": .string(contact), "business": .string(question.business), "channel": .string(question.channel),
            "category": .string(question.category), "before": .string(before.outcome.rawValue),
            "after": .string(after.outcome.rawValue), "reasons": .array(after.reasons.map(\.json)),
        ]
    }
}

/// How many answers change, by channel and category.
private struct AnswerTally {
    private struct Cell: Hashable {
        let category: String
        let channel: String
        let before: String
        let after: String
    }

    private var counts: [Cell: UInt64] = [:]
    private var contacts: Set<String> = []
    /// How many answers there are.
    var asked: UInt64 = 0

    mutating func add(_ change: AnswerChange) {
        let cell = Cell(
            category: change.question.category, channel: change.question.channel,
            before: change.before.outcome.rawValue, after: change.after.outcome.rawValue)
        counts[cell, default: 0] += 1
        contacts.insert("\(change.question.business) \(change.contact)")
    }

    private var sorted: [(cell: Cell, count: UInt64)] {
        counts.map { (cell: $0.key, count: $0.value) }.sorted {
            ($0.cell.category, $0.cell.channel, $0.cell.before, $0.cell.after)
                < ($1.cell.category, $1.cell.channel, $1.cell.before, $1.cell.after)
        }
    }

    func print() {
        consent.print("")
        guard !counts.isEmpty else { return consent.print("None of \(asked) answers changes.") }
        let total = counts.values.reduce(0, +)
        consent.print(
            "\(total) of \(asked) answers change, of \(contacts.count) contact\(contacts.count == 1 ? "" : "s"):")
        var table = TextTable(["category", "channel", "before", "after", "answers"])
        for (cell, count) in sorted {
            table.add([cell.category, cell.channel, cell.before, cell.after, String(count)])
        }
        table.print(orIfEmpty: "")
    }

    var json: JSON {
        [
            "answers": .number(asked), "contacts-changed": .number(UInt64(contacts.count)),
            "answers-changed": .array(
                sorted.map { cell, count in
                    [
                        "category": .string(cell.category), "channel": .string(cell.channel),
                        "before": .string(cell.before), "after": .string(cell.after), "answers": .number(count),
                    ]
                }),
        ]
    }
}
