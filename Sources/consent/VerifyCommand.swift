public import ArgumentParser
public import ConsentAudit
internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules
internal import Glibc
internal import LedgerCrypto
internal import TransparencyLog

/// `consent verify`: checks a log from its files alone.
struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check the whole log: its files, its tree, its signatures, and every event in its place.",
        discussion: """
            PATH is a ledger or a bare copy of its log directory; without it, the ledger of --ledger. Nothing private is \
            needed, but for --index. What you pin, you got from someone you trust: a key beside the log proves nothing.

            The levels, each with all before it: structure (files, framing, encodings), tree (hashes, links, checkpoints), \
            signatures (every statement, by a source authorised at its place), replay (every event valid in its place).

            A notebook remembers the checkpoint that you verified last. The next time the log must go on from it, and only \
            what is new is checked in depth. It is written if nothing was found, and made if it is not there.

            Of somebody else's C2SP tlog-tiles log, --opaque checks tiles, root and checkpoint, up to the level tree.

            EXAMPLE
              consent verify
              consent verify /media/usb/log --vkey "$VKEY" --ledger-id "$LEDGER_ID" --notebook acme.notebook
              consent verify /media/usb/log --vkey "$VKEY" --policy witnesses.policy --checkpoint kept.checkpoint
              consent verify /media/usb/log --vkey "$VKEY" --roots authority.pem
            """)

    @OptionGroup var ledger: LedgerOptions

    @Argument(help: ArgumentHelp("A ledger, or a bare copy of its log.", valueName: "path"), completion: .directory)
    var path: String?

    @Option(
        help: ArgumentHelp(
            "How deep: structure, tree, signatures or replay (the default; tree with --opaque).", valueName: "level"),
        completion: .list(VerificationLevel.allCases.map(\.description)))
    var level: VerificationLevel?

    @Flag(help: "Also compare the index with a fresh replay.")
    var index = false

    @OptionGroup var pinned: PinOptions

    @OptionGroup var history: HistoryOptions

    @Option(
        help: ArgumentHelp("What you verified last, to go on from; made if it is not there.", valueName: "file"),
        completion: .file())
    var notebook: String?

    @Flag(help: "Check all again, in spite of the notebook.")
    var full = false

    @Flag(help: "Take entries as any bytes: for logs that are no consent ledgers.")
    var opaque = false

    func validate() throws {
        if index, path != nil { throw ValidationError("--index is of a ledger: name it with --ledger, not as a path") }
        if full, notebook == nil { throw ValidationError("--full goes with --notebook: without one, all is checked") }
        if opaque, let level, level > .tree {
            throw ValidationError("opaque entries have no \(level) to verify: --opaque goes up to --level tree")
        }
        if opaque, index || pinned.ledgerID != nil {
            throw ValidationError(
                "--opaque is for logs that are no ledgers: it goes with neither --index nor --ledger-id")
        }
        if level == .structure, notebook != nil || !history.isEmpty {
            throw ValidationError(
                "--level structure compares no roots; --notebook, --policy, --roots and --checkpoint need tree")
        }
    }

    func run() async throws {
        let log = try LogSource(path, ledger)
        let reader = try log.reader()
        let pins = try pinned.pins()
        let notes = try notebook.map { try NotebookFile($0, notReplacing: log.directory + "/checkpoint") }
        var options = VerificationOptions(
            level: level ?? .replay, isOpaque: opaque, policy: try history.sightings.witnessPolicy(),
            stampRoots: try history.sightings.stampRoots(), keptCheckpoints: try history.keptCheckpoints(),
            notebook: notes?.notebook, repeatsAll: full)
        // Read before the log is: what is in it then is not ahead of what the log says.
        if !log.isBare { options.operatorState = Self.operatorState(of: path ?? ledger.directory, ledger.unlocking) }
        // Opened first, which publishes, so that what the index has and the checkpoint does not is not compared.
        let stored = index ? try StoredIndex(Ledger(ledger.location())) : nil
        let bar = ProgressBar(unit: "records")
        let report = try await Verifier(reader: reader, pins: pins).verify(options, index: stored) {
            bar.update($0.recordCount, of: $0.size)
        }
        bar.end()
        var outcome: VerificationText.NotebookOutcome?
        if let notes {
            let next = Notebook(after: report, pins: pins, following: notes.notebook, at: SystemClock().now())
            if let next { try notes.replace(with: next) }
            outcome = VerificationText.NotebookOutcome(earlier: notes.notebook, next: next)
        }
        let text = VerificationText(report, comparedIndex: index, notebook: outcome)
        print(ledger.json ? text.json.text : text.sentences)
        if !report.holds { throw ExitStatus.doesNotVerify }
    }

    /// What the private part says, as far as this user may read it.
    static func operatorState(of directory: String, _ unlocking: PassphraseOptions) -> OperatorState? {
        do {
            var location = try LedgerLocation(directory: directory)
            location.passphrase = unlocking.passphrase
            let signed = try SignedHead(of: location).map { (size: $0.size, root: $0.root) }
            let held = try location.heldCheckpoint()?.checkpoint.size
            do {
                return OperatorState(
                    signed: signed, acknowledgedSize: try location.acknowledgedSize() ?? 0, heldSize: held)
            } catch {
                return OperatorState(signed: signed, heldSize: held, journalProblem: "it was not read: \(error)")
            }
        } catch {
            return OperatorState(signed: nil, journalProblem: "the private part was not read: \(error)")
        }
    }
}

extension VerificationLevel: ExpressibleByArgument {
    public init?(argument: String) { self.init(name: argument) }

    public static var allValueStrings: [String] { allCases.map(\.description) }

    public var defaultValueDescription: String { description }
}

/// The ledger's index, as a verification reads it.
private struct StoredIndex: IndexReader {
    let ledgerID: [UInt8]
    let size: UInt64
    private let ledger: Ledger

    init(_ ledger: Ledger) throws {
        self.ledger = ledger
        ledgerID = ledger.identity.ledgerID
        size = try ledger.read { try $0.indexedSize() }
    }

    func forEachEntry(_ body: (ContactHandle, ContactTimeline.Entry) throws -> Void) throws {
        try ledger.read { snapshot in
            try snapshot.forEachIndexedTimeline { timeline in
                for entry in timeline.entries { try body(timeline.handle, entry) }
            }
        }
    }
}
