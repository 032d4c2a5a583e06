internal import ArgumentParser
internal import ConsentAudit
internal import ConsentLedger
internal import ConsentModel
internal import Glibc
internal import LedgerCrypto
internal import TransparencyLog

/// `consent checkpoint cosign`: confirms, as a witness, that a log has only grown.
struct CheckpointCosignCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cosign",
        abstract: "Cosign a log's checkpoint with your own key, if the log has only grown since the last time.",
        discussion: """
            PATH is a ledger or a copy of its log. What you cosigned last of each log is kept in the state file, and made \
            durable before the cosignature is printed. Keep it as well as the key: a witness without memory can be made to \
            confirm two histories. The first time, name the log's key that you trust and say --first; when the log has \
            changed its key, name the new one.

            What is confirmed is that the log has only grown. Its records are not verified: run verify first, which also \
            follows what the ledger says of its keys.

            If the log contradicts what it showed before, nothing is cosigned, both checkpoints are printed and the exit \
            status is 2. They are signed, and prove what the log did.

            EXAMPLE
              consent checkpoint cosign /media/usb/log --key auditor.key --state auditor.state --vkey "$VKEY" --first
              consent checkpoint cosign /media/usb/log --key auditor.key --state auditor.state
            """)

    @OptionGroup var ledger: LedgerOptions

    @Argument(help: ArgumentHelp("A ledger, or a bare copy of its log.", valueName: "path"), completion: .directory)
    var path: String?

    @Option(help: ArgumentHelp("Your key, as witness-key made it.", valueName: "file"), completion: .file())
    var key: String

    @Option(help: ArgumentHelp("What you cosigned so far.", valueName: "file"), completion: .file())
    var state: String

    @Option(
        help: ArgumentHelp(
            "The log's key that you trust, as a C2SP vkey; else the one of the last time.", valueName: "vkey"))
    var vkey: String?

    @Flag(help: "You have cosigned nothing of this log so far.")
    var first = false

    func validate() throws {
        if first, vkey == nil { throw ValidationError("--first needs the log's key that you trust: --vkey") }
    }

    func run() throws {
        let logKey = try PinOptions.key(vkey)
        let (signer, witnessKey) = try WitnessKeyFile.key(at: key)
        let file = try WitnessStateFile(state)
        let remembered = try file.read() ?? WitnessState(witness: witnessKey)
        guard remembered.witness == witnessKey else {
            throw CommandError(
                .badInput,
                "\(state) is the state of the witness “\(remembered.witness.name)” with another key than \(key)")
        }
        var witness = try Witness(signer: signer, state: remembered)
        let log = try PublishedLog(reader: LogSource(path, ledger).reader())
        let time = SystemClock().now().milliseconds / 1000
        switch try witness.cosign(log, logKey: logKey, isFirst: first, at: time) {
        case .cosigned(let checkpoint, let signature):
            try file.write(witness.state)
            let line = String(decoding: signature.line, as: UTF8.self)
            let object = checkpoint.json([("cosigned", .bool(true)), ("cosignature", .string(line))])
            if ledger.json { print(object.text) } else { printDocument(line) }
        case .refused(let earlier, let now, let reason):
            let notes = [earlier, now].map { String(decoding: $0.bytes, as: UTF8.self) }
            let object = now.json([
                ("cosigned", .bool(false)), ("reason", .string(reason)), ("earlier", .string(notes[0])),
                ("now", .string(notes[1])),
            ])
            print(
                ledger.json
                    ? object.text
                    : "\(Terminal.output.styled("Not cosigned:", .red)) \(Terminal.plain(reason)).\n\n"
                        + "What was cosigned before:\n\n\(notes[0])\nWhat the log shows now:\n\n\(notes[1])")
            throw ExitStatus.doesNotVerify
        }
    }
}

/// A witness's state in its file, which one program at a time uses.
private final class WitnessStateFile {
    private let path: String
    private let lock: Int32
    private static let mostBytes = 64 << 20

    /// Takes the file for this program; throws `locked` while another has it.
    init(_ path: String) throws {
        self.path = path
        lock = open(path + ".lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard lock >= 0 else {
            throw CommandError(
                errno == EACCES ? .notPermitted : .output,
                "cannot make \(path).lock: \(String(cString: strerror(errno)))")
        }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            throw CommandError(.locked, "\(path) is in use by another program that cosigns; try again when it is done")
        }
    }

    deinit { close(lock) }

    /// The state; `nil` if there is no file.
    func read() throws -> WitnessState? {
        guard access(path, F_OK) == 0 || errno != ENOENT else { return nil }
        return try WitnessState(parsing: FileInput.bytes(of: path, most: Self.mostBytes))
    }

    /// Puts the state in place of the one there was; durable at return.
    func write(_ state: WitnessState) throws {
        let file = try OutputFile(path, overwriting: true)
        try file.write(state.bytes)
        try file.finish()
    }
}
