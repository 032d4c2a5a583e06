internal import ArgumentParser
internal import ConsentAudit
internal import ConsentLedger
internal import ConsentModel

/// `consent report`: one page for the audit file.
struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Verify the log and write one page about it for the audit file.",
        discussion: """
            The page needs nothing else to be read, on a screen or on paper: what the log was held against, the checkpoint, \
            what was found and what was not covered, what is in the log over time, its sources, keys and notices, what is \
            unusual, and what no log can show. It is written even where the log does not verify; the exit status is that of \
            consent verify. With --json the same is printed for machines, and -o may be left out. A notebook (see consent \
            verify) is held against the log, which is verified as a whole all the same; it is not written to.

            PATH is a ledger or a bare copy of its log; without it, the ledger of --ledger. A page that is there is replaced.

            EXAMPLE
              consent report -o report.html
              consent report /media/usb/log -o report.html --vkey "$VKEY" --ledger-id "$LEDGER_ID"
            """)

    @OptionGroup var ledger: LedgerOptions

    @Argument(help: ArgumentHelp("A ledger, or a bare copy of its log.", valueName: "path"), completion: .directory)
    var path: String?

    @Option(name: .shortAndLong, help: ArgumentHelp("The page to write.", valueName: "file"), completion: .file())
    var output: String?

    @OptionGroup var pinned: PinOptions

    @OptionGroup var history: HistoryOptions

    @Option(
        help: ArgumentHelp("What you verified last: the log must contain it.", valueName: "file"), completion: .file())
    var notebook: String?

    @Option(
        help: ArgumentHelp("How deep: structure, tree, signatures or replay.", valueName: "level"),
        completion: .list(VerificationLevel.allCases.map(\.description)))
    var level: VerificationLevel = .replay

    @Option(help: ArgumentHelp("When the report says it was made; else now.", valueName: "time"))
    var at: String?

    func validate() throws {
        if output == nil, !ledger.json { throw ValidationError("name the page to write with -o, or ask for --json") }
        if level == .structure, notebook != nil || !history.isEmpty {
            throw ValidationError(
                "--level structure compares no roots; --notebook, --policy, --roots and --checkpoint need tree")
        }
    }

    func run() async throws {
        let pins = try pinned.pins()
        let madeAt = try at.map { try OccurredAt(parsing: $0).start } ?? SystemClock().now()
        let source = try LogSource(path, ledger)
        let reader = try source.reader()
        let page = try output.map { try OutputFile($0, notReplacing: source.directory + "/checkpoint") }
        var options = VerificationOptions(
            level: level, policy: try history.sightings.witnessPolicy(), stampRoots: try history.sightings.stampRoots(),
            keptCheckpoints: try history.keptCheckpoints(),
            notebook: try notebook.map {
                try Notebook(parsing: FileInput.bytes(of: $0, most: Notebook.maximumByteCount))
            }, repeatsAll: true)
        if !source.isBare {
            options.operatorState = VerifyCommand.operatorState(of: path ?? ledger.directory, ledger.unlocking)
        }
        let bar = ProgressBar(unit: "records")
        // Both passes go over the whole log.
        let verification = try await Verifier(reader: reader, pins: pins).verify(options) {
            bar.update($0.recordCount, of: 2 * $0.size)
        }
        let size = verification.facts.size
        let statistics = try Self.statistics(reader, size: size) { bar.update(size + $0, of: 2 * size) }
        bar.end()
        let report = AuditReport(verification, statistics: statistics, pins: pins, madeAt: madeAt)
        if let page {
            for line in ReportPage(report).lines { try page.line(line) }
            try page.finish()
        }
        if ledger.json {
            print(report.json.text)
        } else {
            print(report.verdict)
            print("Wrote \(Terminal.plain(output ?? "")).")
        }
        if !verification.holds { throw ExitStatus.doesNotVerify }
    }

    /// What the log holds below the size that was verified, which it may have outgrown since; `nil` where there is no
    /// checkpoint to read it by.
    private static func statistics(
        _ reader: DirectoryLogReader, size: UInt64, progress: (UInt64) -> Void
    ) throws -> LogStatistics? {
        do {
            let log = try PublishedLog(reader: reader)
            return size <= log.size ? try LogStatistics(of: log, size: size, progress: progress) : nil
        } catch let error as AuditError where [.damaged, .missingFile, .notAFile].contains(error.code) {
            return nil
        }
    }
}
