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
            valueName: TimeLength.valueName), transform: TimeLength.init(parsing:))
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
            Contacts that may be messaged are counted; --all lists them. An address that changed hands has been several contacts, \
            and each is listed.

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
            Every contact that consent retention report says may go is erased, as consent erase --now does, and a suppression \
            stays of each, but for those whose address is somebody else's now. With --letters a letter to each is written, with \
            the proof of the erasure; nobody else knows the addresses afterwards. With --dry-run nothing is done.

            EXAMPLE
              consent retention apply --dry-run
              consent retention apply --keep 1826d --letters letters-2026-11
            """)

    @OptionGroup var ledger: LedgerOptions
    @OptionGroup var writing: WritingOptions
    @OptionGroup var owner: BusinessOptions
    @OptionGroup var rules: RetentionOptions

    @Flag(help: "Say what would be deleted, and delete nothing.")
    var dryRun = false

    @Option(
        help: ArgumentHelp(
            "The directory to write letters to, which must not be there; contacts.csv in it says whose they are.",
            valueName: "dir"), completion: .directory)
    var letters: String?

    @Option(help: ArgumentHelp("The letters' language.", valueName: "en|es"))
    var language = ErasureLetter.Language.en

    func validate() throws {
        guard !dryRun || letters == nil else {
            throw ValidationError("--dry-run deletes nothing, so there are no --letters")
        }
    }

    /// What became of a contact: the record that erased it, or why it was not.
    private typealias Outcome = Result<UInt64?, any Error>

    func run() throws {
        if dryRun {
            let (business, due) = try ledger.read { try self.due(in: $0, now: SystemClock().now()) }
            return report(business, due.map { ($0, .success(nil)) }, isCleared: true)
        }
        let directory = try letters.map { try OutputDirectory($0) }
        let (business, outcomes, isCleared) = try writing.write(ledger) { writer in
            // By now nobody else writes, so that what may go still may when it goes.
            let (business, due) = try ledger.read { try self.due(in: $0, now: writer.currentTime()) }
            // Before anything is done: an interruption would leave nobody who knows whom to write to.
            try directory?.write(Array(Self.list(due).utf8), to: "contacts.csv")
            guard !due.isEmpty else { return (business, [(RetainedContact, Outcome)](), true) }
            let (outcomes, isCleared) = try writer.erase(due.map { order($0, business) })
            return (business, zip(due, outcomes).map { ($0, $1.map(\.records.first)) }, isCleared)
        }
        report(business, outcomes, isCleared: isCleared)
        if let directory { try write(outcomes, business, to: directory) }
        for case (_, .failure(let error)) in outcomes { throw ExitStatus(of: error) }
    }

    private func order(_ item: RetainedContact, _ business: Catalog.Business) -> ErasureOrder {
        var order = ErasureOrder(item.contact, business: business.id)
        order.handle = item.handle
        order.reason = item.isRequested ? ErasureRequest.reason : ErasureOrder.retentionOver
        // It would be of whoever has the address now.
        if case .another = item.holder { order.keepsSuppression = false }
        return order
    }

    private static func list(_ due: [RetainedContact]) -> String {
        CSVRow.text(["contact", "handle"]) + "\n"
            + due.map { CSVRow.text([$0.contact.text, "\($0.handle)"]) + "\n" }.joined()
    }

    /// Writes a letter to everybody who was erased, one an address. Who has an address now is not told of who had it before.
    private func write(
        _ outcomes: [(RetainedContact, Outcome)], _ business: Catalog.Business, to directory: OutputDirectory
    ) throws {
        var records: [ContactAddress: [UInt64]] = [:]
        for (item, outcome) in outcomes {
            if case .another = item.holder { continue }
            if case .success(let record?) = outcome { records[item.contact, default: []].append(record) }
        }
        for (address, records) in records.sorted(by: { $0.value[0] < $1.value[0] }) {
            let name = "record-\(records[0]).txt"
            let proofs = try LetterProofs(of: records, namedAs: name, ledger).proofs
            let erasure = try ledger.read { try $0.erasure(inRecords: records) }
            let letter = ErasureLetter(
                address: address.text, business: business.name, language: language, what: .erased(erasure, holds: []),
                proofs: proofs.map(\.name))
            try directory.write(Array((letter.text + "\n").utf8), to: name)
            for proof in proofs { try directory.write(Array(proof.text.utf8), to: proof.name) }
        }
        try directory.finish()
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

    private func report(
        _ business: Catalog.Business, _ items: [(RetainedContact, Outcome)], isCleared: Bool
    ) {
        let done = items.count { _, outcome in if case .success = outcome { true } else { false } }
        if ledger.json {
            let object: JSON = [
                "business": .string(business.id), "dry-run": .bool(dryRun), "count": .number(UInt64(done)),
                "traces-cleared": .bool(isCleared),
                "contacts": .array(
                    items.map { item, outcome in
                        var record: UInt64?
                        var error: String?
                        switch outcome {
                        case .success(let index): record = index
                        case .failure(let failure): error = "\(failure)"
                        }
                        return item.json + [
                            "record": record.map { .number($0) } ?? .null, "error": .optional(error),
                        ]
                    }),
            ]
            return print(object.text)
        }
        for (item, outcome) in items {
            switch outcome {
            case .success(let record):
                print("\(item.contact.text): \(item.reason)\(record.map { " (record \($0))" } ?? "")")
            case .failure(let error): print("\(item.contact.text): not erased: \(error)")
            }
        }
        let contacts = counted(done, "contact")
        print(
            dryRun
                ? "\(business.name): \(contacts) would be erased; nothing was done."
                : "\(business.name): \(contacts) erased.")
        if !isCleared { Terminal.warn(EraseCommand.tracesRemain) }
    }
}

/// How many contacts retention says what of.
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
        switch holder {
        case .itself: ownReason
        case .nobody: "no longer has this address; " + ownReason
        case .another: "had this address before somebody else; " + ownReason
        }
    }

    /// A stable word.
    private var holderWord: String {
        switch holder {
        case .itself: "itself"
        case .nobody: "nobody"
        case .another: "another"
        }
    }

    private var ownReason: String {
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
            "contact": .string(contact.text), "handle": .string("\(handle)"), "holder": .string(holderWord),
            "records": .number(UInt64(recordCount)), "verdict": .string(word), "requested": .bool(isRequested),
            "until": .optional(until?.description), "hold": .optional(hold),
            "rule": .optional(rule.map { "\($0.pack)/\($0.rule)" }),
            "reason": .string(reason),
        ]
    }
}
