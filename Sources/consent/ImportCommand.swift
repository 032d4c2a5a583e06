public import ArgumentParser
public import ConsentLedger
internal import ConsentModel
internal import ConsentRules
internal import Glibc

/// `consent import`: takes over what other systems know.
struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Record what a file of another system says: Twilio, WhatsApp or CSV.",
        discussion: """
            Every row gets a result; a bad one never stops the rest. The same file again records nothing twice, so an \
            interrupted import is repeated as it was. Opt-ins that nobody kept the words of need --notice-unknown: they are \
            recorded as what they are, and permit nothing. Opt-outs are never lost for a detail: what cannot be read of \
            one is left out, and its result says so.

            With 65, some rows were rejected and all others are recorded.

            EXAMPLE
              consent import crm.csv --format csv --notice web --channel whatsapp --category marketing --results results.csv
              consent import webhooks.jsonl --format whatsapp
              consent import crm.csv --format csv --as opt-out --map Movil=contact --country ES
            """)

    @OptionGroup var ledger: LedgerOptions
    @OptionGroup var writing: WritingOptions
    @OptionGroup var owner: BusinessOptions

    @Argument(help: ArgumentHelp("The file, or - for standard input.", valueName: "file"), completion: .file())
    var file: String

    @Option(help: "What the file is.")
    var format: ImportOptions.Format

    @Option(help: ArgumentHelp("What every row is, where no column says so: opt-in or opt-out.", valueName: "status"))
    var `as`: CSVImport.Status?

    @Option(help: ArgumentHelp("The notice that the people of the file were shown.", valueName: "name"))
    var notice: String?

    @Flag(help: "Nobody kept the words shown: record the opt-ins as that.")
    var noticeUnknown = false

    @Option(help: ArgumentHelp("A category of rows that name none. Can be repeated.", valueName: "category"))
    var category: [String] = []

    @Option(
        help: ArgumentHelp("A channel of rows that name none. Can be repeated.", valueName: "channel"),
        completion: .list(Vocabulary.channel.words))
    var channel: [String] = []

    @Option(
        help: ArgumentHelp(
            "What a column means, such as Movil=contact or opt_in_sms=status:sms.", valueName: "column=field"))
    var map: [String] = []

    @Option(help: ArgumentHelp("What a status means, such as yes=opt-in.", valueName: "value=status"))
    var value: [String] = []

    @Option(help: ArgumentHelp("How dates are written, such as DD/MM/YYYY.", valueName: "pattern"))
    var dateFormat: String?

    @Option(help: ArgumentHelp("utf-8, latin-1 or windows-1252.", valueName: "encoding"))
    var encoding: TextEncoding = .utf8

    @Option(help: ArgumentHelp("The country of numbers without +, two letters.", valueName: "cc"))
    var country: String?

    @Option(help: ArgumentHelp("The source that states the events. Default: cli.", valueName: "source"))
    var source: String?

    @Option(
        help: ArgumentHelp("Where to write what became of each row, as CSV.", valueName: "file"), completion: .file())
    var results: String?

    @Option(
        help: ArgumentHelp(
            "The folder of the files that rows name as their proof; else that of the file.", valueName: "dir"),
        completion: .directory)
    var attachments: String?

    @Flag(help: "Say what would become of each row, and record nothing.")
    var dryRun = false

    private static let mostShown = 5

    func validate() throws {
        let isCSV = format == .csv
        guard isCSV || (map.isEmpty && value.isEmpty && `as` == nil && dateFormat == nil && encoding == .utf8) else {
            throw ValidationError("--map, --value, --as, --date-format and --encoding are for --format csv")
        }
        guard isCSV || attachments == nil else {
            throw ValidationError("--attachments is for --format csv: no other format names files")
        }
        guard notice == nil || !noticeUnknown else {
            throw ValidationError("--notice and --notice-unknown contradict each other; give one of them")
        }
    }

    func run() throws {
        let input = try InputFile(file)
        let output = try results.map { try OutputFile($0, notReplacing: file) }
        var report = ImportReport(file: output.map(resultFile))
        try report.file?.begin()
        let bar = ProgressBar(total: (input.size ?? 0) / 1024, unit: "KiB")
        let parser = try self.parser()
        let summary = try writing.write(ledger) { writer in
            let business = try owner.business(in: writer.currentCatalog())
            return try Importer(writer, options: options(business: business.id), proofs: proofs).run(
                parser,
                nextChunk: {
                    bar.update(input.position / 1024)
                    return try input.next()
                },
                isCancelled: { Interruption.isRequested },
                results: { try report.add($0) })
        }
        bar.end()
        try report.file?.end()
        try output?.finish()
        try report.end(summary, json: ledger.json, isDryRun: dryRun, results: results)
        if summary.rejected > 0 { throw ExitStatus.badInput }
    }

    /// Finds files in the folder of proofs; there is none for standard input, unless it is named.
    private var proofs: Importer.Proofs? {
        guard let folder = attachments ?? (file == "-" ? nil : Self.folder(of: file)) else { return nil }
        return { name in try Self.proof(name, in: folder) }
    }

    private static func folder(of file: String) -> String {
        file.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(file[..<$0]) + "/" } ?? "."
    }

    /// The file of that name in the folder or below it, never outside: who wrote the rows must not choose among all files.
    private static func proof(_ name: String, in folder: String) throws(ImportError) -> any AttachableFile {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        guard !parts.contains(where: { ["", ".", ".."].contains($0) }), !name.utf8.contains(0) else {
            throw ImportError(
                .malformed, field: "proof",
                "the proof “\(name.prefix(80))” is not the path of a file in the folder of proofs; write it relative to that"
            )
        }
        let path = "\(folder)/\(name)"
        guard isBelow(folder, path) else {
            throw ImportError(
                .malformed, field: "proof",
                "the proof “\(name.prefix(80))” is a link that leads out of the folder of proofs")
        }
        do throws(CommandError) { return try AttachedFile(path) } catch {
            throw ImportError(.missing, field: "proof", "the proof cannot be had: \(error)")
        }
    }

    /// Whether what is at `path`, links followed, is below `folder`; of what is not there nothing is known.
    private static func isBelow(_ folder: String, _ path: String) -> Bool {
        guard let whole = realpath(path, nil), let root = realpath(folder, nil) else { return true }
        defer {
            free(whole)
            free(root)
        }
        return String(cString: whole).hasPrefix(String(cString: root) + "/")
    }

    private func resultFile(_ output: OutputFile) -> any ImportResultFile {
        guard format == .twilio else { return ImportResultRows(output, isTwilio: false) }
        return results?.lowercased().hasSuffix(".json") == true
            ? TwilioAnswers(output) : ImportResultRows(output, isTwilio: true)
    }

    private func options(business: String) -> ImportOptions {
        var options = ImportOptions(format: format, business: business)
        if let source { options.source = source }
        options.notice = notice
        options.isNoticeUnknown = noticeUnknown
        options.channels = channel.isEmpty ? nil : channel
        options.categories = category.isEmpty ? nil : category
        options.defaultRegion = country
        options.isDryRun = dryRun
        return options
    }

    private func parser() throws -> any ImportParser {
        switch format {
        case .twilio: return TwilioImport()
        case .whatsapp: return WhatsAppImport()
        case .csv:
            var options = CSVImport.Options()
            options.encoding = encoding
            options.status = `as`
            options.mapping = try map.map { try CSVImport.ColumnMapping(parsing: $0) }
            options.values = try value.map { try CSVImport.ValueMeaning(parsing: $0) }
            options.dateOrder = try dateFormat.map { try ImportTime.DateOrder(parsing: $0) }
            return try CSVImport(options: options)
        }
    }
}

/// Tells what became of the rows.
private struct ImportReport {
    /// Where each result goes.
    let file: (any ImportResultFile)?
    private var rejected: [ImportResult] = []
    private static let mostKept = 5

    init(file: (any ImportResultFile)?) { self.file = file }

    mutating func add(_ results: [ImportResult]) throws {
        for result in results {
            if case .rejected = result.outcome, rejected.count < Self.mostKept { rejected.append(result) }
            try file?.add(result)
        }
    }

    func end(_ summary: ImportSummary, json: Bool, isDryRun: Bool, results: String?) throws {
        if json {
            let object: JSON = [
                "items": .number(UInt64(summary.total)), "recorded": .number(UInt64(summary.recorded)),
                "already-recorded": .number(UInt64(summary.alreadyRecorded)),
                "held-for-review": .number(UInt64(summary.heldForReview)), "nothing": .number(UInt64(summary.nothing)),
                "rejected": .number(UInt64(summary.rejected)), "complete": .bool(summary.isComplete),
                "dry-run": .bool(isDryRun), "results": .optional(results),
            ]
            return print(object.text)
        }
        for result in rejected {
            guard case .rejected(_, let reason) = result.outcome else { continue }
            Terminal.warn("\(result.position): \(Terminal.plain(reason))")
        }
        if summary.rejected > rejected.count {
            Terminal.warn("… and \(summary.rejected - rejected.count) more; --results FILE lists them all")
        }
        print(
            "\(summary.total) \(summary.total == 1 ? "item" : "items"): \(summary.recorded) \(isDryRun ? "would be recorded" : "recorded"), "
                + "\(summary.alreadyRecorded) recorded before, \(summary.heldForReview) held for review, "
                + "\(summary.nothing) with nothing to record, \(summary.rejected) rejected.")
        if !summary.isComplete { print("Interrupted: run the same command again, and it goes on.") }
    }
}

extension ImportOptions.Format: ExpressibleByArgument {}
extension CSVImport.Status: ExpressibleByArgument {}
extension TextEncoding: ExpressibleByArgument {}
