internal import ArgumentParser
internal import ConsentAudit
internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules

/// `consent latency`: how long opt-outs took.
struct LatencyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "latency",
        abstract: "Show how long opt-outs took to be recorded, and how long messages went on after them.",
        discussion: """
            From the time a person opted out to the time the ledger recorded it: the spread, by source, and the worst. Late \
            is what was recorded after ten business days (47 CFR 64.1200(a)(10)), counted in UTC from the day after, without \
            the legal holidays of the United States or those that --holidays lists. Opt-outs whose own time nobody told, \
            whose time is the webhook's, or that were taken over from elsewhere are counted apart.

            --sends takes a log of what was sent, with --category and --channel, and says which messages came after an \
            opt-out that covers them: before the ledger knew of it, after, and after it had to be honoured.

            Exits 0, with late ones too unless --strict makes them 2; 65 if a row of --sends cannot be read.

            EXAMPLE
              consent latency --since 2026-01-01
              consent latency --sends sent.csv --at-column sent_at --category marketing --channel whatsapp
            """)

    @OptionGroup var ledger: LedgerOptions
    @OptionGroup var owner: BusinessOptions

    @Option(help: ArgumentHelp("Only what was recorded then or later.", valueName: "time"))
    var since: String?

    @Option(help: ArgumentHelp("Only what was recorded then or earlier; a date is all of that day.", valueName: "time"))
    var until: String?

    @Option(
        help: ArgumentHelp("The days that are no business days, a date a line.", valueName: "file"), completion: .file()
    )
    var holidays: String?

    @Option(help: ArgumentHelp("A log of what was sent, as CSV.", valueName: "file"), completion: .file())
    var sends: String?

    @Option(help: ArgumentHelp("Its column with the time of each.", valueName: "column"))
    var atColumn: String?

    @Option(
        help: ArgumentHelp("Its column with the contact, where its header does not say so.", valueName: "column"))
    var contactColumn: String?

    @OptionGroup var asked: QuestionOptions

    @Option(help: ArgumentHelp("The country of numbers without +, two letters.", valueName: "cc"))
    var country: String?

    @Option(help: ArgumentHelp("How dates are written, such as DD/MM/YYYY.", valueName: "pattern"))
    var dateFormat: String?

    @Flag(help: "Exit 2 where something was late.")
    var strict = false

    private static let mostHolidayBytes = 1 << 20

    func validate() throws {
        guard sends == nil || (atColumn != nil && asked.isAboutOneMessage && asked.channel != nil) else {
            throw ValidationError("--sends needs --at-column, --category and --channel: when, about what, and how")
        }
        guard
            sends != nil
                || (atColumn == nil && contactColumn == nil && !asked.isAboutOneMessage && asked.channel == nil)
        else { throw ValidationError("--at-column, --contact-column, --category and --channel are about --sends") }
        guard asked.at == nil, asked.knownAt == nil, asked.size == nil else {
            throw ValidationError("each message has its own time, and is judged by all that is known now")
        }
    }

    func run() throws {
        let days = try holidays.map {
            try BusinessDays(holidays: FileInput.bytes(of: $0, most: Self.mostHolidayBytes))
        }
        let (latency, isTest) = try ledger.read { snapshot in
            var latency = OptOutLatency(days: days ?? BusinessDays())
            let business = try owner.business(in: snapshot.catalog)
            let filter = RecordFilter(
                types: [], business: business.id, source: nil,
                since: try since.map { try OccurredAt(parsing: $0).start },
                until: try until.map { try OccurredAt(parsing: $0).end })
            let bar = ProgressBar(total: snapshot.size, unit: "records")
            for index in 0..<snapshot.size {
                bar.update(index)
                let logged = try LoggedEvent(snapshot.record(at: index))
                if filter.contains(logged) { latency.add(logged) }
            }
            bar.end()
            if let sends { try addSends(sends, to: &latency, business, snapshot) }
            return (latency, snapshot.catalog.isTest)
        }
        let report = LatencyReport(latency: latency, isTest: isTest, hasSends: sends != nil)
        if ledger.json { print(report.json.text) } else { report.print() }
        for error in latency.sends.errors where !ledger.json {
            Terminal.warn("line \(error.line): \(error.description)")
        }
        if latency.sends.unreadable > 0 { throw ExitStatus.badInput }
        if strict, report.isLate { throw ExitStatus.doesNotVerify }
    }

    private func addSends(
        _ path: String, to latency: inout OptOutLatency, _ business: Catalog.Business, _ snapshot: LedgerSnapshot
    ) throws {
        var options = ScreeningOptions()
        options.atColumn = atColumn
        options.contactColumn = contactColumn
        options.defaultRegion = country
        options.dateOrder = try dateFormat.map { try ImportTime.DateOrder(parsing: $0) }
        let input = try InputFile(path)
        var reader = ScreeningReader(options: options) { try input.next() }
        let layout = try reader.layout()
        let question = try asked.question(about: business.id, snapshot)
        let screening = try Screening(question, layout: layout, options: options, in: snapshot)
        try snapshot.work(
            next: { try reader.next() }, output: { latency.add($0) },
            doing: { snapshot, batch in try screening.sends(batch, in: snapshot) })
    }
}

/// Tells what was found.
private struct LatencyReport {
    let latency: OptOutLatency
    let isTest: Bool
    let hasSends: Bool

    private static let mostWorst = 10

    private typealias OptOut = OptOutLatency.OptOut

    private let all: [OptOut]
    /// Those of which it is known how long they took.
    private let optOuts: [OptOut]

    init(latency: OptOutLatency, isTest: Bool, hasSends: Bool) {
        self.latency = latency
        self.isTest = isTest
        self.hasSends = hasSends
        all = latency.optOuts.values.sorted { $0.record < $1.record }
        optOuts = all.filter { $0.apart == nil }
    }

    private func count(_ reason: OptOutLatency.Apart) -> Int { all.count { $0.apart == reason } }

    /// Whether something was recorded, or sent, after it had to be.
    var isLate: Bool { optOuts.contains(where: \.isLate) || latency.sends.afterDue > 0 }

    private func worst(
        of optOuts: [OptOut], _ duration: (OptOut) -> UInt64?
    ) -> [(optOut: OptOut, duration: UInt64)] {
        let known = optOuts.compactMap { optOut in duration(optOut).map { (optOut, $0) } }
        return Array(known.sorted { ($1.1, $0.0.record) < ($0.1, $1.0.record) }.prefix(Self.mostWorst))
    }

    private var sources: [(source: String, optOuts: [OptOut])] {
        Dictionary(grouping: optOuts, by: \.source).sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    func print() {
        let apart = OptOutLatency.Apart.allCases.compactMap { reason -> String? in
            count(reason) > 0 ? "\(count(reason)) \(reason.words)" : nil
        }
        let late = optOuts.count(where: \.isLate)
        consent.print(
            counted(optOuts.count, "opt-out with a time of its own", plural: "opt-outs with a time of their own")
                + ", \(late) recorded late"
                + (apart.isEmpty ? "." : "; apart: \(apart.joined(separator: ", ")).")
        )
        var table = TextTable(["source", "opt-outs", "half within", "90 % within", "99 % within", "longest", "late"])
        for (source, optOuts) in sources + (sources.count > 1 ? [("all", optOuts)] : []) {
            guard let spread = OptOutLatency.Spread(optOuts.map(\.took)) else { continue }
            table.add(
                [source, String(optOuts.count)]
                    + [spread.median, spread.ninetieth, spread.ninetyNinth, spread.longest].map(readableDuration)
                    + [String(optOuts.count(where: \.isLate))])
        }
        table.print(orIfEmpty: "There is nothing to measure.")
        printWorst("The longest until they were recorded:", worst(of: optOuts) { $0.took >= 1000 ? $0.took : nil }) {
            $0.isLate ? ", late" : ""
        }
        if hasSends { printSends() }
        if isTest { consent.print("This is a TEST ledger.") }
    }

    private func printWorst(_ title: String, _ worst: [(optOut: OptOut, duration: UInt64)], note: (OptOut) -> String) {
        guard !worst.isEmpty else { return }
        consent.print(title)
        for (optOut, duration) in worst {
            consent.print(
                "  record \(optOut.record), \(optOut.type.name) of \(optOut.occurredAt.sentence): "
                    + "\(readableDuration(duration))\(note(optOut))")
        }
    }

    private func printSends() {
        let sends = latency.sends
        consent.print(
            "\(counted(sends.rows, "message")) sent: \(sends.afterOptOut) after an opt-out, of which \(sends.beforeRecorded) before the ledger knew, "
                + "\(sends.afterRecorded) after it did; \(sends.afterDue) later than ten business days."
                + (sends.unreadable > 0 ? " \(sends.unreadable) could not be read." : ""))
        guard let spread = OptOutLatency.Spread(all.compactMap(\.wentOn)) else { return }
        consent.print(
            "Messages went on for \(readableDuration(spread.median)) in half the cases, \(readableDuration(spread.ninetieth)) in 90 %, "
                + "\(readableDuration(spread.longest)) at most.")
        printWorst("The longest until the last message:", worst(of: all, \.wentOn)) { optOut in
            optOut.lastSend.map { $0 >= optOut.due ? ", late" : $0 >= optOut.recordedAt ? ", though recorded" : "" }
                ?? ""
        }
    }

    var json: JSON {
        var object: JSON = [
            "test": .bool(isTest), "opt-outs": .number(UInt64(optOuts.count)),
            "late": .number(UInt64(optOuts.count(where: \.isLate))),
            "apart": .object(
                OptOutLatency.Apart.allCases.map { ($0.rawValue, .number(UInt64(count($0)))) }),
            "until-recorded": Self.json(OptOutLatency.Spread(optOuts.map(\.took))),
            "sources": .array(
                sources.map { source, optOuts in
                    [
                        "source": .string(source), "opt-outs": .number(UInt64(optOuts.count)),
                        "late": .number(UInt64(optOuts.count(where: \.isLate))),
                        "until-recorded": Self.json(OptOutLatency.Spread(optOuts.map(\.took))),
                    ]
                }),
            "worst": .array(worst(of: optOuts, \.took).map { Self.json($0.optOut) }),
        ]
        guard hasSends else { return object }
        let sends = latency.sends
        object =
            object + [
                "sends": [
                    "rows": .number(UInt64(sends.rows)), "after-opt-out": .number(UInt64(sends.afterOptOut)),
                    "before-recorded": .number(UInt64(sends.beforeRecorded)),
                    "after-recorded": .number(UInt64(sends.afterRecorded)),
                    "after-due": .number(UInt64(sends.afterDue)), "unreadable": .number(UInt64(sends.unreadable)),
                    "until-last-message": Self.json(OptOutLatency.Spread(all.compactMap(\.wentOn))),
                    "worst": .array(worst(of: all, \.wentOn).map { Self.json($0.optOut) }),
                ]
            ]
        return object
    }

    private static func json(_ spread: OptOutLatency.Spread?) -> JSON {
        guard let spread else { return .null }
        return [
            "median-ms": .number(spread.median), "p90-ms": .number(spread.ninetieth),
            "p99-ms": .number(spread.ninetyNinth), "longest-ms": .number(spread.longest),
        ]
    }

    private static func json(_ optOut: OptOut) -> JSON {
        [
            "record": .number(optOut.record), "type": .string(optOut.type.name), "source": .string(optOut.source),
            "occurred-at": .string(optOut.occurredAt.description),
            "recorded-at": .string(optOut.recordedAt.description), "took-ms": .number(optOut.took),
            "due": .string(optOut.due.description), "late": .bool(optOut.isLate),
            "last-message-at": .optional(optOut.lastSend?.description),
        ]
    }
}

extension OptOutLatency.Apart {
    fileprivate var words: String {
        switch self {
        case .unknownTime: "of unknown time"
        case .timeOfWebhook: "with the webhook's time"
        case .takenOver: "taken over from elsewhere"
        }
    }
}
