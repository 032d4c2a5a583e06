internal import ArgumentParser
internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules
internal import LedgerCrypto
internal import TransparencyLog

/// `consent screen`: the answer for every contact of a file.
struct ScreenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "screen",
        abstract:
            "Answer for every contact of a file whether it may be messaged: a campaign, or a log of what was sent.",
        discussion: """
            The file is CSV with a header, or one contact a line. Every row comes back in its place with the columns \
            decision (allow, deny, defer, error), reason and next_allowed_at added; a row that cannot be read is an error, \
            and never a yes. --changed-since takes a file that this command wrote, with the ledger's size that it told \
            then, and gives the rows whose answer is another one now: for the minute before sending.

            With --at-column, each row is judged by its own time and by what was known then; decision_now says what is \
            known of it today: an opt-out that was told late shows there.

            Exits 0 if every row has an answer, whatever it is, and 65 if some row is an error; all others are answered.

            EXAMPLE
              consent screen list.csv --category marketing --channel whatsapp -o screened.csv --summary screened.json
              consent screen screened.csv --changed-since 1200 --category marketing --channel whatsapp -o changed.csv
              consent screen sent.csv --at-column sent_at --category marketing --channel whatsapp -o judged.csv
            """)

    @OptionGroup var ledger: LedgerOptions
    @OptionGroup var owner: BusinessOptions

    @Argument(help: ArgumentHelp("The file, or - for standard input.", valueName: "file"), completion: .file())
    var file: String

    @OptionGroup var asked: QuestionOptions

    @Option(help: ArgumentHelp("The column with each row's own time.", valueName: "column"))
    var atColumn: String?

    @Option(
        help: ArgumentHelp(
            "The column with the time by which each row is answered. Default: its own time.", valueName: "column"))
    var knownAtColumn: String?

    @Option(
        help: ArgumentHelp("The column with the contact, where its header does not say so.", valueName: "column"))
    var contactColumn: String?

    @Flag(help: "The file has no header: it is one contact a line.")
    var list = false

    @Option(help: ArgumentHelp("The country of numbers without +, two letters.", valueName: "cc"))
    var country: String?

    @Option(help: ArgumentHelp("How dates are written, such as DD/MM/YYYY.", valueName: "pattern"))
    var dateFormat: String?

    @Option(help: ArgumentHelp("utf-8, latin-1 or windows-1252.", valueName: "encoding"))
    var encoding: TextEncoding = .utf8

    @Option(
        name: [.short, .long],
        help: ArgumentHelp("Where the rows go. Default: standard output.", valueName: "file"), completion: .file())
    var output: String?

    @Option(help: "Only the rows that are allowed.")
    var only: Only?

    @Option(
        help: ArgumentHelp(
            "The file is what this command wrote when the ledger had so many records; only the rows whose answer changed.",
            valueName: "records"))
    var changedSince: UInt64?

    @Flag(help: "Count every message that is allowed as sent: caps then count it for whoever asks next.")
    var reserve = false

    @Option(help: ArgumentHelp("Where to write the summary, as JSON.", valueName: "file"), completion: .file())
    var summary: String?

    @Option(
        help: ArgumentHelp(
            "Write every answer, signed, to this directory, which must not be there: proves that you asked.",
            valueName: "directory"), completion: .directory)
    var clearances: String?

    @OptionGroup var terms: ClearanceTermsOptions
    @OptionGroup var writing: WritingOptions

    @Flag(help: "Do not put the clearance's root into the log.")
    var noAnchor = false

    enum Only: String, ExpressibleByArgument, CaseIterable {
        case allowed
    }

    func validate() throws {
        guard asked.isAboutOneMessage, asked.channel != nil else {
            throw ValidationError("say what the message is about with --category or --template, and how with --channel")
        }
        let hasColumns = atColumn != nil || knownAtColumn != nil
        guard !hasColumns || (asked.at == nil && asked.knownAt == nil && asked.size == nil) else {
            throw ValidationError(
                "--at, --known-at and --size are for all rows, and a column says it of each; leave one out")
        }
        guard !list || (contactColumn == nil && !hasColumns && changedSince == nil) else {
            throw ValidationError("--list is for files without a header, which have no columns to name")
        }
        guard changedSince == nil || only == nil else {
            throw ValidationError(
                "--only would leave out those who were allowed and are not any more, whom --changed-since is there to find; "
                    + "leave one out")
        }
        guard changedSince == nil || !hasColumns else {
            throw ValidationError("--changed-since is about a campaign to be sent, --at-column about what was sent")
        }
        guard clearances != nil || (!terms.areSaid && !noAnchor) else {
            throw ValidationError("--ref, --valid-for and --no-anchor are of a clearance; name it with --clearances")
        }
        guard clearances == nil || (!hasColumns && asked.knownAt == nil && asked.size == nil) else {
            throw ValidationError("a clearance is for what is to be sent, and rests on all that is recorded")
        }
        guard
            !reserve
                || (!hasColumns && asked.at == nil && asked.knownAt == nil && asked.size == nil && changedSince == nil)
        else {
            throw ValidationError("--reserve is for what is sent now, by all that is known, and for whole files")
        }
        guard !reserve || clearances == nil else {
            throw ValidationError(
                "--reserve answers each part of the file by what is known then, and a clearance rests on one state of the "
                    + "ledger; say either")
        }
        guard clearances == nil || asked.purpose == .message else {
            throw ValidationError(
                "a message of this purpose may be sent once, and --clearances counts none; ask for each with “consent check "
                    + "--reserve --clearance”")
        }
        guard clearances == nil || noAnchor || output != nil else {
            throw ValidationError("name with -o where the rows go: they are put there once the clearance is in the log")
        }
    }

    func run() throws {
        Interruption.hold()
        let input = try InputFile(file)
        let bar = ProgressBar(total: (input.size ?? 0) / 1024, unit: "KiB")
        let rows = try rowOutput()
        let summaryFile = try summary.map { try OutputFile($0, notReplacing: file) }
        let directory = try clearances.map { try OutputDirectory($0) }
        let opened = try Ledger(ledger.location())
        func prepared(_ snapshot: LedgerSnapshot) throws -> PreparedScreening {
            let reader = ScreeningReader(options: try options()) {
                bar.update(input.position / 1024)
                return try input.next()
            }
            let prepared = try prepare(reader, clears: directory != nil, snapshot)
            try rows?.write(prepared.layout.header)
            return prepared
        }
        var report: ScreeningReport
        if reserve {
            var prepared = try opened.read { try prepared($0) }
            while let batch = try prepared.reader.next() {
                let screened = try prepared.screening.screen(batch, reservingIn: opened)
                try rows?.write(screened.bytes)
                prepared.report.summary.add(screened.summary)
                try refuseInterruption(rows)
            }
            report = prepared.report
        } else {
            report = try opened.read { snapshot in
                try screen(prepared(snapshot), of: input, to: rows, directory, snapshot)
            }
        }
        try refuseInterruption(rows)
        bar.end()
        // What is anchored was decided before it is sent: the rows are there only then.
        if let clearance = report.clearance { report.anchor = try put(clearance, in: directory) }
        try rows?.finish()
        try tell(report, summaryFile)
        if report.summary.count(.error) > 0 { throw ExitStatus.badInput }
    }

    /// What is asked of every row, once its first one is read.
    private func prepare(
        _ reader: ScreeningReader, clears: Bool, _ snapshot: LedgerSnapshot
    ) throws -> PreparedScreening {
        var reader = reader
        let layout = try reader.layout()
        let question = try asked.question(about: owner.business(in: snapshot.catalog).id, snapshot)
        let terms = try clears ? self.terms.terms(of: question, isAboutNow: asked.at == nil, snapshot) : nil
        return PreparedScreening(
            reader: reader, layout: layout, terms: terms,
            screening: try Screening(
                question, layout: layout, options: options(), in: snapshot, clearing: terms, reference: self.terms.ref),
            report: try ScreeningReport(question: question, snapshot: snapshot, root: try snapshot.root()))
    }

    private func screen(
        _ prepared: PreparedScreening, of input: InputFile, to rows: OutputFile?, _ directory: OutputDirectory?,
        _ snapshot: LedgerSnapshot
    ) throws -> ScreeningReport {
        var (reader, report) = (prepared.reader, prepared.report)
        let screening = prepared.screening
        var builder = directory.flatMap { directory in
            prepared.terms.map { ClearanceBuilder($0) { try directory.append($0, to: ClearanceInput.leavesName) } }
        }
        let interrupted = interruption(rows)
        try snapshot.work(
            inquiries: input.size.flatMap { reader.rowCount(inBytes: $0) },
            proceed: { if Interruption.isRequested { throw interrupted } },
            next: {
                try refuseInterruption(rows)
                return try reader.next()
            },
            output: { screened in
                try rows?.write(screened.bytes)
                for decision in screened.cleared { try builder?.add(decision) }
                report.summary.add(screened.summary)
            },
            doing: { snapshot, batch in try screening.screen(batch, in: snapshot) })
        if let builder, builder.count > 0 {
            report.clearance = try builder.finish(ledger.location().logSigner(in: snapshot.catalog))
        }
        return report
    }

    /// Anchors the clearance unless that is not wanted, puts its directory in its place, and returns the record.
    private func put(_ clearance: SignedClearance, in directory: OutputDirectory?) throws -> UInt64? {
        try directory?.write(clearance.bytes, to: ClearanceInput.noteName)
        let record =
            try noAnchor
            ? nil
            : writing.write(ledger) { writer in
                try writer.append(EventDraft(anchoring: clearance.clearance)).index
            }
        try directory?.finish()
        return record
    }

    /// Where the rows go; nowhere where the summary alone is asked for.
    private func rowOutput() throws -> OutputFile? {
        if let output { return try OutputFile(output, notReplacing: file) }
        return ledger.json ? nil : OutputFile()
    }

    private func tell(_ report: ScreeningReport, _ summary: OutputFile?) throws {
        try summary?.line(report.json.text)
        try summary?.finish()
        if ledger.json { return print(report.json.text) }
        let text = report.text(isAudit: atColumn != nil || knownAtColumn != nil)
        for error in report.summary.errors { Terminal.warn("line \(error.line): \(error.description)") }
        if output == nil { Terminal.error.write(Terminal.error.shown(text)) } else { print(text, terminator: "") }
    }

    /// What was begun is not finished after an interruption: the output that there is then must not look whole.
    private func refuseInterruption(_ rows: OutputFile?) throws {
        if Interruption.isRequested { throw interruption(rows) }
    }

    private func interruption(_ rows: OutputFile?) -> CommandError {
        let written =
            rows == nil || output != nil
            ? "nothing was written" : "not all rows were written, and what was must not be used"
        return CommandError(
            .output,
            "interrupted; " + written + (reserve ? ", and what was reserved counts as sent" : "")
                + ". Run the same command again")
    }

    private func options() throws -> ScreeningOptions {
        var options = ScreeningOptions()
        options.encoding = encoding
        options.contactColumn = contactColumn
        options.isList = list
        options.defaultRegion = country
        options.atColumn = atColumn
        options.knownAtColumn = knownAtColumn
        options.dateOrder = try dateFormat.map { try ImportTime.DateOrder(parsing: $0) }
        options.isOnlyAllowed = only == .allowed
        options.changedSince = changedSince
        return options
    }
}

/// What is needed to answer the rows of a file whose first row is read.
private struct PreparedScreening {
    var reader: ScreeningReader
    let layout: ScreeningLayout
    let terms: ClearanceTerms?
    let screening: Screening
    var report: ScreeningReport
}

/// What came of a file, and what it rests on.
private struct ScreeningReport {
    let question: Question
    let size: UInt64
    let root: SHA256Digest
    let lastRecordedAt: Timestamp
    /// How long ago that was, in milliseconds.
    let headAge: UInt64
    let isTest: Bool
    /// Whether a rule caps how many messages are sent.
    let hasCaps: Bool
    var summary = ScreeningSummary()
    /// Every answer signed, where that was asked for and there is one.
    var clearance: SignedClearance?
    /// The record that has the clearance's root.
    var anchor: UInt64?

    init(question: Question, snapshot: LedgerSnapshot, root: SHA256Digest) throws {
        self.question = question
        size = snapshot.size
        self.root = root
        lastRecordedAt = snapshot.lastRecordedAt
        headAge = snapshot.age(at: SystemClock().now())
        hasCaps = try snapshot.rules(for: question.business).hasCaps(for: question)
        isTest = snapshot.catalog.isTest
    }

    private var sorted: [(ground: ScreeningSummary.Ground, count: Int)] {
        let order = ScreeningSummary.Verdict.allCases
        return summary.grounds.map { ($0.key, $0.value) }.sorted { left, right in
            let ranks = (order.firstIndex(of: left.ground.verdict)!, order.firstIndex(of: right.ground.verdict)!)
            return ranks.0 != ranks.1
                ? ranks.0 < ranks.1 : (right.count, left.ground.reason) < (left.count, right.ground.reason)
        }
    }

    func text(isAudit: Bool) -> String {
        let counts = ScreeningSummary.Verdict.allCases.map { "\(summary.count($0)) \($0.rawValue)" }
        var text = "\(counted(summary.rows, "row")): \(counts.joined(separator: ", "))"
        text += summary.written == summary.rows ? ".\n" : "; \(summary.written) written.\n"
        let width = sorted.map { String($0.count).count }.max() ?? 0
        for (ground, count) in sorted {
            let number = String(count)
            text +=
                "  \(String(repeating: " ", count: width - number.count))\(number) \(ground.verdict.rawValue) \(ground.reason)\n"
        }
        if isAudit {
            text += "\(summary.allowedThenOnly) allowed by what was known then, and not by what is known now.\n"
        }
        text +=
            "The ledger has \(size) records, root \(root); the last is of \(lastRecordedAt.sentence), "
            + "\(readableDuration(headAge)) ago.\n"
        if clearance != nil, hasCaps { text += "\(ClearanceText.nothingCounted)\n" }
        if let anchor { text += "The clearance of every answer is in record \(anchor).\n" }
        if isTest { text += "This is a TEST ledger: nothing may be sent on its word.\n" }
        return text
    }

    var json: JSON {
        let counts = ScreeningSummary.Verdict.allCases.map { ($0.rawValue, JSON.number(UInt64(summary.count($0)))) }
        let grounds = sorted.map { ground, count -> JSON in
            [
                "decision": .string(ground.verdict.rawValue), "reason": .string(ground.reason),
                "rows": .number(UInt64(count)),
            ]
        }
        let errors = summary.errors.map { error -> JSON in
            ["line": .number(UInt64(error.line)), "message": .string(error.description)]
        }
        var known: JSON = [:]
        switch question.knownAt {
        case .everything: break
        case .time(let time): known = ["known-at": .string(time.description)]
        case .size(let size): known = ["known-size": .number(size)]
        }
        let object: JSON = [
            "test": .bool(isTest), "business": .string(question.business), "channel": .string(question.channel),
            "categories": .strings([question.category] + question.alsoAbout), "sender": .optional(question.sender),
            "asserted-basis": .optional(question.assertedBasis), "at": .string(question.at.description),
        ]
        return object + known + [
            "rows": .number(UInt64(summary.rows)), "written": .number(UInt64(summary.written)),
        ] + .object(counts) + [
            "reasons": .array(grounds), "allowed-then-only": .number(UInt64(summary.allowedThenOnly)),
            "first-errors": .array(errors), "size": .number(size), "root": .string(root.description),
            "head-recorded-at": .string(lastRecordedAt.description), "head-age-ms": .number(headAge),
            "anchor": anchor.map { .number($0) } ?? .null,
        ]
    }
}
