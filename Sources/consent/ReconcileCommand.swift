internal import ArgumentParser
internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules

/// `consent reconcile`: a provider's suppression list against the ledger.
struct ReconcileCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reconcile",
        abstract: "Compare a provider's suppression list with the ledger.",
        discussion: """
            Two things are looked for: people whom the provider holds as opted out and whom the ledger would message, which \
            is the dangerous side; and people whom the ledger holds as opted out and the provider does not. Compared are \
            the categories that rest on consent or legitimate interest, since those are what an opt-out stops; and the \
            sender that a row names, or all that use the channel where it is not known.

            --proposals writes the first side as rows for consent import: opt-outs, and nothing else. A provider's opt-in \
            never makes one. They carry no time: the provider holds them now, whatever the ledger recorded since.

            The provider's list is held in memory, about a hundred bytes a row.

            Exits 0, with findings too unless --strict makes them 2; 65 if some row could not be read.

            EXAMPLE
              consent reconcile optouts.csv --format csv --as opt-out --channel sms --proposals missing.csv
              consent reconcile consents.json --format twilio --channel sms --strict --json
            """)

    @OptionGroup var ledger: LedgerOptions
    @OptionGroup var owner: BusinessOptions

    @Argument(
        help: ArgumentHelp("The provider's list, or - for standard input.", valueName: "file"), completion: .file())
    var file: String

    @Option(help: "What the file is: twilio (the items of its Consent Management API) or csv.")
    var format: Format

    @Option(
        help: ArgumentHelp("What the provider sends by.", valueName: "channel"),
        completion: .list(Vocabulary.channel.words))
    var channel: String

    @Option(help: ArgumentHelp("Only what comes from this sender.", valueName: "sender"))
    var sender: String?

    @Option(
        help: ArgumentHelp(
            "What to compare. Default: all that rest on consent or legitimate interest. Can be repeated.",
            valueName: "category"))
    var category: [String] = []

    @Option(help: ArgumentHelp("What every row is, where no column says so: opt-in or opt-out.", valueName: "status"))
    var `as`: CSVImport.Status?

    @Option(help: ArgumentHelp("What a column means, such as Movil=contact.", valueName: "column=field"))
    var map: [String] = []

    @Option(help: ArgumentHelp("What a status means, such as yes=opt-in.", valueName: "value=status"))
    var value: [String] = []

    @Option(help: ArgumentHelp("utf-8, latin-1 or windows-1252.", valueName: "encoding"))
    var encoding: TextEncoding = .utf8

    @Option(help: ArgumentHelp("The country of numbers without +, two letters.", valueName: "cc"))
    var country: String?

    @Option(
        name: [.short, .long],
        help: ArgumentHelp("Where to write every finding, as CSV.", valueName: "file"), completion: .file())
    var output: String?

    @Option(
        help: ArgumentHelp("Where to write opt-outs for consent import, as CSV.", valueName: "file"),
        completion: .file())
    var proposals: String?

    @Flag(help: "Exit 2 where they do not agree.")
    var strict = false

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case twilio
        case csv
    }

    func validate() throws {
        guard format == .csv || (map.isEmpty && value.isEmpty && `as` == nil && encoding == .utf8) else {
            throw ValidationError("--map, --value, --as and --encoding are for --format csv")
        }
    }

    func run() throws {
        Interruption.hold()
        let input = try InputFile(file)
        let findings = try output.map { try OutputFile($0, notReplacing: file) }
        let proposed = try proposals.map { try OutputFile($0, notReplacing: file) }
        try findings?.line("finding,contact,channel,sender,line,decision,reason")
        try proposed?.line("contact,status,channel,sender,note")
        var report = ReconciliationReport()
        try ledger.read { snapshot in
            let business = try owner.business(in: snapshot.catalog)
            let reconciliation = try Reconciliation(
                snapshot, business: business, channel: channel, sender: sender, categories: category,
                defaultRegion: country, now: max(SystemClock().now(), snapshot.lastRecordedAt))
            report.head = (snapshot.size, snapshot.lastRecordedAt, snapshot.age(at: SystemClock().now()))
            try reconciliation.run(
                parser(), next: { Interruption.isRequested ? nil : try input.next() },
                isStopped: { Interruption.isRequested },
                unread: { report.add(unread: $0) },
                counted: { report.count($0) },
                found: { finding in
                    report.add(finding)
                    try findings?.line(finding.row)
                    if let row = finding.proposal { try proposed?.line(row) }
                })
        }
        guard !Interruption.isRequested else {
            throw CommandError(.output, "interrupted; nothing was written. Run the same command again")
        }
        try findings?.finish()
        try proposed?.finish()
        print(ledger.json ? report.json.text : report.text, terminator: ledger.json ? "\n" : "")
        if !ledger.json {
            for line in report.unread { Terminal.warn(line) }
        }
        if report.unreadCount > 0 { throw ExitStatus.badInput }
        if strict, report.hasFindings { throw ExitStatus.doesNotVerify }
    }

    private func parser() throws -> any ImportParser {
        guard format == .csv else { return TwilioImport() }
        var options = CSVImport.Options()
        options.encoding = encoding
        options.status = `as`
        options.mapping = try map.map { try CSVImport.ColumnMapping(parsing: $0) }
        options.values = try value.map { try CSVImport.ValueMeaning(parsing: $0) }
        return try CSVImport(options: options)
    }
}

/// What a reconciliation found.
private struct ReconciliationReport {
    private(set) var counts: [Reconciliation.Standing: Int] = [:]
    private(set) var findingCounts: [Finding.Side: Int] = [:]
    private(set) var shown: [Finding] = []
    private(set) var unread: [String] = []
    private(set) var unreadCount = 0
    /// The newest record: how many there are, when it was recorded, and how long ago, in milliseconds.
    var head: (size: UInt64, recordedAt: Timestamp, age: UInt64) = (0, .epoch, 0)

    typealias Finding = Reconciliation.Finding

    private static let mostShown = 5

    var hasFindings: Bool { !findingCounts.isEmpty }

    /// Nobody can say so of rows that could not be read.
    private var agree: Bool { !hasFindings && unreadCount == 0 }

    mutating func add(unread sentence: String) {
        unreadCount += 1
        if unread.count < Self.mostShown { unread.append(sentence) }
    }

    mutating func count(_ standing: Reconciliation.Standing) { counts[standing, default: 0] += 1 }

    mutating func add(_ finding: Finding) {
        findingCounts[finding.side, default: 0] += 1
        if shown.count(where: { $0.side == finding.side }) < Self.mostShown { shown.append(finding) }
    }

    var text: String {
        var text =
            "\(counted(counts[.out] ?? 0, "opt-out")) and \(counted(counts[.in] ?? 0, "opt-in")) of the provider"
            + (unreadCount > 0 ? ", \(counted(unreadCount, "row")) that cannot be read" : "") + ".\n"
        if let count = counts[.elsewhere] {
            text +=
                "\(counted(count, "row")) about another channel or sender, and not compared; --channel and --sender say what is.\n"
        }
        if agree {
            text += "They agree.\n"
        } else if !hasFindings {
            text += "No difference among the rows that could be read.\n"
        }
        for side in Finding.Side.allCases {
            guard let count = findingCounts[side] else { continue }
            text += "\(count) \(count == 1 ? side.singular : side.plural):\n"
            for finding in shown where finding.side == side {
                let line = finding.line.map { "line \($0), " } ?? ""
                text += "  \(finding.contact) (\(line)\(finding.decision): \(finding.reason))\n"
            }
            if count > Self.mostShown { text += "  … and \(count - Self.mostShown) more; -o FILE lists them all\n" }
        }
        return text + "The ledger has \(head.size) records; the last is of \(head.recordedAt.sentence), "
            + "\(readableDuration(head.age)) ago.\n"
    }

    var json: JSON {
        [
            "opt-outs": .number(UInt64(counts[.out] ?? 0)), "opt-ins": .number(UInt64(counts[.in] ?? 0)),
            "elsewhere": .number(UInt64(counts[.elsewhere] ?? 0)), "unreadable": .number(UInt64(unreadCount)),
            "theirs-only": .number(UInt64(findingCounts[.theirsOnly] ?? 0)),
            "ours-only": .number(UInt64(findingCounts[.oursOnly] ?? 0)), "agree": .bool(agree),
            "first-unreadable": .strings(unread),
            "first-findings": .array(
                shown.map {
                    [
                        "finding": .string($0.side.rawValue), "contact": .string($0.contact.text),
                        "channel": .string($0.channel), "sender": .optional($0.sender),
                        "decision": .string($0.decision), "reason": .string($0.reason),
                    ]
                }),
            "size": .number(head.size), "head-recorded-at": .string(head.recordedAt.description),
            "head-age-ms": .number(head.age),
        ]
    }
}

extension Reconciliation.Finding.Side {
    fileprivate var singular: String {
        switch self {
        case .theirsOnly: "person opted out at the provider, whom the ledger would message"
        case .oursOnly: "person opted out in the ledger, whom the provider does not hold as that"
        }
    }

    fileprivate var plural: String {
        switch self {
        case .theirsOnly: "people opted out at the provider, whom the ledger would message"
        case .oursOnly: "people opted out in the ledger, whom the provider does not hold as that"
        }
    }
}
