internal import ArgumentParser
internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules

/// `consent retention`: how long what is kept of people stays.
struct RetentionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retention",
        abstract: "What is kept of whom, until when and why; and deleting what may go.",
        discussion: """
            EXAMPLE
              consent retention report --keep 1826d
              consent retention apply --keep 1826d --dry-run
            """,
        subcommands: [RetentionReportCommand.self, RetentionApplyCommand.self])
}

/// By which rules.
struct RetentionOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "How long the business keeps proof after the last opt-in, use or opt-out; a pack may ask for longer.",
            valueName: TimeLength.valueName))
    var keep: TimeLength?
}

/// `consent retention report`.
struct RetentionReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "List what may go, and what must stay and why.",
        discussion: """
            May go: who asked to be erased, once the date has come; and whoever may not be messaged any more, once the time for \
            which the proof is kept is over: that of the packs' keep-evidence rules, and of --keep. A legal hold keeps all. \
            People who may be messaged are counted; --all lists them.

            EXAMPLE
              consent retention report
              consent retention report --keep 1826d --all
            """)

    @OptionGroup var ledger: LedgerOptions
    @OptionGroup var owner: BusinessOptions
    @OptionGroup var rules: RetentionOptions

    @Flag(help: "List everybody.")
    var all = false

    func run() throws {
        let now = SystemClock().now()
        var tally = RetentionTally()
        var listed: [RetainedContact] = []
        let business = try ledger.read { snapshot in
            let business = try owner.business(in: snapshot.catalog)
            try snapshot.forEachRetained(business: business.id, now: now, ownKeeping: rules.keep?.milliseconds) {
                tally.count($0)
                if all || !$0.isInUse { listed.append($0) }
            }
            return business
        }
        if ledger.json {
            let object: JSON = [
                "business": .string(business.id), "at": .string(now.description), "counts": tally.json,
                "contacts": .array(listed.map(\.json)),
            ]
            return print(object.text)
        }
        var table = TextTable(["contact", "records", "may go", "why"])
        for item in listed {
            table.add([item.contact.text, "\(item.recordCount)", item.mayGo ? "yes" : "no", item.reason])
        }
        if !listed.isEmpty { table.print(orIfEmpty: "") }
        print("\(business.name): \(tally.sentence).")
    }
}

/// `consent retention apply`.
struct RetentionApplyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply",
        abstract: "Delete what may go.",
        discussion: """
            Everybody whom consent retention report says may go is erased, as consent erase --now does, and a suppression stays \
            of each. With --dry-run nothing is.

            EXAMPLE
              consent retention apply --dry-run
              consent retention apply --keep 1826d
            """)

    @OptionGroup var ledger: LedgerOptions
    @OptionGroup var writing: WritingOptions
    @OptionGroup var owner: BusinessOptions
    @OptionGroup var rules: RetentionOptions

    @Flag(help: "Say what would be deleted, and delete nothing.")
    var dryRun = false

    func run() throws {
        if dryRun {
            let (business, due) = try ledger.read { try self.due(in: $0, now: SystemClock().now()) }
            return report(business, due.map { ($0, nil) }, isCleared: true)
        }
        let (business, erased, isCleared) = try writing.write(ledger) { writer in
            // By now nobody else writes, so that what may go still may when it goes.
            let (business, due) = try ledger.read { try self.due(in: $0, now: writer.currentTime()) }
            let orders = due.map { item in
                var order = ErasureOrder(item.contact, business: business.id)
                order.reason = item.isRequested ? ErasureRequest.reason : "retention-over"
                return order
            }
            guard !orders.isEmpty else { return (business, [(RetainedContact, UInt64?)](), true) }
            let (outcomes, isCleared) = try writer.erase(orders)
            return (business, try zip(due, outcomes).map { ($0, try $1.get().records.first) }, isCleared)
        }
        report(business, erased, isCleared: isCleared)
    }

    private func due(
        in snapshot: LedgerSnapshot, now: Timestamp
    ) throws -> (business: Catalog.Business, due: [RetainedContact]) {
        let business = try owner.business(in: snapshot.catalog)
        var due: [RetainedContact] = []
        try snapshot.forEachRetained(business: business.id, now: now, ownKeeping: rules.keep?.milliseconds) {
            if $0.mayGo { due.append($0) }
        }
        return (business, due)
    }

    private func report(_ business: Catalog.Business, _ items: [(RetainedContact, UInt64?)], isCleared: Bool) {
        if ledger.json {
            let object: JSON = [
                "business": .string(business.id), "dry-run": .bool(dryRun), "count": .number(UInt64(items.count)),
                "traces-cleared": .bool(isCleared),
                "contacts": .array(
                    items.map { item, record in item.json + ["record": record.map { .number($0) } ?? .null] }),
            ]
            return print(object.text)
        }
        for (item, record) in items {
            print("\(item.contact.text): \(item.reason)\(record.map { " (record \($0))" } ?? "")")
        }
        let people = items.count == 1 ? "1 person" : "\(items.count) people"
        print(
            dryRun
                ? "\(business.name): \(people) would be erased; nothing was done."
                : "\(business.name): \(people) erased.")
        if !isCleared {
            Terminal.warn(
                "another program is reading the registry, so that traces of what was deleted may be left in its files; the "
                    + "next command that writes clears them")
        }
    }
}

/// How many people retention says what of.
private struct RetentionTally {
    private var counts: [String: Int] = [:]

    mutating func count(_ item: RetainedContact) { counts[item.word, default: 0] += 1 }

    private static let words = ["may-go", "in-use", "kept", "held", "undated"]

    var json: JSON { .object(Self.words.map { ($0, .number(UInt64(counts[$0] ?? 0))) }) }

    var sentence: String {
        func number(_ word: String) -> Int { counts[word] ?? 0 }
        return "\(number("may-go")) may go, \(number("in-use")) may be messaged, \(number("kept")) kept as proof, "
            + "\(number("held")) held, \(number("undated")) without a date"
    }
}

extension RetainedContact {
    fileprivate var isInUse: Bool { if case .inUse = verdict { true } else { false } }

    /// A stable word.
    var word: String {
        switch verdict {
        case .mayGoAsRequested, .mayGo: "may-go"
        case .held: "held"
        case .inUse: "in-use"
        case .kept: "kept"
        case .undated: "undated"
        }
    }

    /// Why, as a clause.
    fileprivate var reason: String {
        switch verdict {
        case .mayGoAsRequested(let date): "asked to be erased, and the date has come (\(date))"
        case .mayGo(let date): "may not be messaged, and the proof was to be kept until \(date)"
        case .held(let hold): "held: \(hold.id) (\(hold.reason)), \(hold.until.map { "until \($0)" } ?? "until lifted")"
        case .inUse: "may be messaged"
        case .kept(let until, let rule):
            (isRequested ? "asked to be erased; " : "") + "proof is kept until \(until)"
                + (rule.map { ": \($0.meaning) (\($0.pack) \($0.version), \($0.rule))" } ?? "")
        case .undated:
            (isRequested ? "asked to be erased; " : "may not be messaged; ")
                + "nothing says how long the proof is kept, see --keep"
        }
    }

    /// When what keeps it ends or ended; `nil` where that is not known.
    var until: Timestamp? {
        switch verdict {
        case .mayGoAsRequested(let date), .mayGo(let date), .kept(let date, _): date
        case .held(let hold): hold.until
        case .inUse, .undated: nil
        }
    }

    /// The rule that keeps it, where one does.
    var rule: RuleReference? { if case .kept(_, let rule) = verdict { rule } else { nil } }

    fileprivate var json: JSON {
        var hold: String?
        if case .held(let held) = verdict { hold = held.id }
        return [
            "contact": .string(contact.text), "handle": .string("\(handle)"),
            "records": .number(UInt64(recordCount)), "verdict": .string(word), "requested": .bool(isRequested),
            "until": .optional(until?.description), "hold": .optional(hold),
            "rule": .optional(rule.map { "\($0.pack)/\($0.rule)" }),
            "reason": .string(reason),
        ]
    }
}
