internal import ArgumentParser
internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules

/// `consent list`: the current state of everyone, or the suppression list.
struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the current state of every contact, as CSV or JSON.",
        discussion: """
            A row for each contact, channel and category that any of its records is about. A record that names no channel \
            or category is about all that the business uses. With --withdrawn only the rows that a stop denies: a \
            suppression list.

            EXAMPLE
              consent list --withdrawn --channel whatsapp > suppressed.csv
            """)

    @OptionGroup var ledger: LedgerOptions

    @Option(help: ArgumentHelp("Only the contacts of this business.", valueName: "id"))
    var business: String?

    @Option(
        help: ArgumentHelp("Only this channel, whether the business uses it or not.", valueName: "channel"),
        completion: .list(Vocabulary.channel.words))
    var channel: String?

    @Option(help: ArgumentHelp("Only this category.", valueName: "category"))
    var category: String?

    @Flag(help: "Only what a stop denies.")
    var withdrawn = false

    private static let header = [
        "contact", "business", "channel", "category", "outcome", "reason", "since", "notice", "record",
    ]

    func run() throws {
        if let channel { try ScopeOptions.checkChannel(channel) }
        try ledger.read { snapshot in
            try checkWords(snapshot.catalog)
            // Collected first: a decision looks contacts up, which cannot be done while they are being walked through.
            var contacts: [(address: ContactAddress, business: String)] = []
            try snapshot.forEachContact { address, id, _ in
                if business == nil || id == business { contacts.append((address, id)) }
            }
            let bar = ProgressBar(total: UInt64(contacts.count), unit: "contacts")
            var array = JSONArrayOutput()
            if !ledger.json { print(CSVRow.text(Self.header)) }
            let at = max(SystemClock().now(), snapshot.lastRecordedAt)
            for (position, contact) in contacts.enumerated() {
                for row in try rows(contact.address, contact.business, snapshot, at: at) {
                    if ledger.json { array.add(row.json) } else { print(CSVRow.text(row.cells)) }
                }
                bar.update(UInt64(position + 1))
            }
            bar.end()
            if ledger.json { array.end() }
        }
    }

    /// A row of the list.
    private struct Row {
        let contact: String
        let question: Question
        let decision: Decision
        /// What stops messages of a category that is retired besides.
        let stops: [UInt64]
        let notice: String?

        private var reason: Reason? { decision.reasons.first }

        private var records: [UInt64] { (reason?.records ?? []) + stops }

        private var since: Timestamp? { reason?.time.flatMap { $0 > .epoch ? $0 : nil } }

        var cells: [String] {
            [
                contact, question.business, question.channel, question.category, decision.outcome.rawValue,
                reason?.code.rawValue ?? "", since?.description ?? "", notice ?? "",
                records.map(String.init).joined(separator: " "),
            ]
        }

        var json: JSON {
            [
                "contact": .string(contact), "business": .string(question.business),
                "channel": .string(question.channel), "category": .string(question.category),
                "outcome": .string(decision.outcome.rawValue), "reason": .optional(reason?.code.rawValue),
                "since": .optional(since?.description), "notice": .optional(notice),
                "records": .array(records.map { .number($0) }),
            ]
        }
    }

    private func checkWords(_ catalog: Catalog) throws {
        if let business { _ = try catalog.business(business, at: .max) }
        guard let category else { return }
        let candidates = try business.map { [try catalog.business($0, at: .max)] } ?? Array(catalog.businesses.values)
        guard candidates.contains(where: { $0.categories[category] != nil }) else {
            throw RulesError(.unknownCategory, "no business of this ledger has a category “\(category)”")
        }
    }

    private func rows(
        _ address: ContactAddress, _ id: String, _ snapshot: LedgerSnapshot, at: Timestamp
    ) throws -> [Row] {
        guard let business = snapshot.catalog.businesses[id],
            let handle = try snapshot.handle(of: address, business: id)
        else { return [] }
        let events = try snapshot.timeline(of: handle).entries.compactMap { entry -> (index: UInt64, event: Event)? in
            guard case .event(let event) = entry.payload else { return nil }
            return (entry.index, event)
        }
        var rows: [Row] = []
        for cell in cells(of: events.map(\.event), business) {
            let question = Question(business: id, channel: cell.channel, category: cell.category, at: at)
            let decision = try snapshot.decide(question, contact: address).decision
            var stops: [UInt64] = []
            if withdrawn, decision.outcome == .allow || decision.reasons.first?.code.isStop != true {
                guard decision.reasons.first?.code == .categoryRetired else { continue }
                stops = try standingStops(question, address, snapshot)
                if stops.isEmpty { continue }
            }
            let records = Set(decision.reasons.flatMap(\.records) + stops)
            let notice = events.lazy.filter { records.contains($0.index) }.compactMap { $0.event.notice?.name }.first
            rows.append(
                Row(contact: address.text, question: question, decision: decision, stops: stops, notice: notice))
        }
        return rows
    }

    /// The records that would stop messages of a category if it were not retired: who opted out of it stays on the list.
    private func standingStops(
        _ question: Question, _ address: ContactAddress, _ snapshot: LedgerSnapshot
    ) throws -> [UInt64] {
        let records = try snapshot.explain(question, contact: address).cells.flatMap(\.records)
        let comeback = records.last { $0.bearing == .permits }?.index
        return records.filter { record in
            record.bearing == .restricts && record.event.type != .basisEnded
                && comeback.map { record.index > $0 } ?? true
        }.map(\.index)
    }

    /// A channel and a category.
    private struct Cell: Hashable, Comparable {
        let channel: String
        let category: String

        static func < (left: Self, right: Self) -> Bool {
            (left.channel, left.category) < (right.channel, right.category)
        }
    }

    /// What the events are about, in order.
    private func cells(of events: [Event], _ business: Catalog.Business) -> [Cell] {
        var inUse = Set(business.channels + events.flatMap { $0.channels ?? [] })
        if inUse.isEmpty { inUse = Set(Vocabulary.channel.words) }
        if let channel { inUse.insert(channel) }
        let inForce = business.categories.values.filter { $0.window.until == nil }.map(\.id)
        var cells: Set<Cell> = []
        for event in events {
            for name in event.channels ?? Array(inUse) where channel == nil || name == channel {
                for category in event.categories ?? inForce
                where business.categories[category] != nil && (self.category == nil || category == self.category) {
                    cells.insert(Cell(channel: name, category: category))
                }
            }
        }
        return cells.sorted()
    }
}
