internal import ArgumentParser
internal import ConsentAudit
internal import ConsentLedger
internal import ConsentModel
internal import Glibc
internal import TransparencyLog

/// `consent follow`: mirrors somebody else's log, and sees to it that it only grows.
struct FollowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "follow",
        abstract: "Mirror a log that is served on the web, verifying everything before it is kept.",
        discussion: """
            URL is where the log's files are: https, or http of this machine. DIR is made, and gets the log in DIR/log: a \
            directory for consent verify, log, prove and diff, and for any web server. Whatever URL serves by the paths of C2SP \
            tlog-tiles is mirrored, and with it notices, rule packs, and the kept checkpoints and time stamps that it lists at \
            checkpoints/.

            A checkpoint counts if a key that you name signed it (--vkey, or the logs of --policy) and, with --policy, the \
            quorum of its witnesses cosigned it. That the log grew from all that was seen of it, and every entry, is verified \
            before a byte is kept; the checkpoint goes in last. What was killed is finished by the \
            next run, which fetches nothing again that is here.

            If the log goes back, or shows another history than before, both checkpoints are printed, kept in DIR/evidence, \
            and the exit status is 2: they are signed, and prove what the log did. The mirror takes nothing of it.

            It looks once, or with --every until it is interrupted: then a log that cannot be reached is told of, and looked at \
            again. What the records say is not verified: run consent verify on the mirror.

            EXAMPLE
              consent follow https://log.example.com/acme mirror --vkey "$VKEY" --ledger-id "$LEDGER_ID"
              consent follow https://log.example.com/acme mirror --policy witnesses.policy --every 30s
              consent follow https://consent.example.com/log mirror --vkey "$VKEY" --token-file audit.token
            """)

    @OptionGroup var ledger: LedgerOptions

    @Argument(help: ArgumentHelp("Where the log is served.", valueName: "url"))
    var url: String

    @Argument(help: ArgumentHelp("The directory of the mirror.", valueName: "dir"), completion: .directory)
    var directory: String

    @OptionGroup var pins: PinOptions

    @Option(
        help: ArgumentHelp(
            "A C2SP policy: its logs are trusted, if no --vkey is named, and its quorum must have cosigned.",
            valueName: "file"),
        completion: .file())
    var policy: String?

    @Option(
        help: ArgumentHelp("The file of a token that the server asks for, in one line.", valueName: "file"),
        completion: .file())
    var tokenFile: String?

    @Flag(help: "Look once; the default.")
    var once = false

    @Option(
        help: ArgumentHelp("Look again and again, with so much time between.", valueName: TimeLength.valueName),
        transform: TimeLength.init(parsing:))
    var every: TimeLength?

    @Option(
        help: ArgumentHelp("How long one file may take. Default: 30s.", valueName: TimeLength.valueName),
        transform: TimeLength.init(parsing:))
    var timeout: TimeLength?

    func validate() throws {
        if once, every != nil { throw ValidationError("either --once or --every is meant; name one of them") }
        if pins.vkey == nil, policy == nil {
            throw ValidationError(
                "name the log's key that you trust, --vkey, or a policy that does: what the log says of itself proves nothing"
            )
        }
    }

    func run() throws {
        let log = WebLog(
            address: try WebAddress(parsing: url), curl: Curl(limit: try timeout ?? TimeLength(parsing: "30s")),
            token: try tokenFile.map(BearerToken.init(file:)))
        let pins = try pins.pins()
        let named = try SightingOptions.policy(at: policy)
        let trusted = pins.verifierKey.map { key in
            named.map { $0.trusting(logs: [key]) } ?? WitnessPolicy(logs: [key])
        }
        guard let trusted = trusted ?? named, !trusted.logs.isEmpty else {
            throw CommandError(
                .badInput, "--policy names no log, so that nobody's signature counts; name one with --vkey")
        }
        let follower = try LogFollower(log, into: directory, trusting: trusted, ledgerID: pins.ledgerID)
        defer { follower.close() }
        guard let every else { return try look(follower, isFirst: true) }
        var isFirst = true
        while true {
            do { try look(follower, isFirst: isFirst) } catch {
                guard [.tryAgain, .cannotBeRead].contains(ExitStatus(of: error)), !(error is ExitStatus) else {
                    throw error
                }
                Terminal.warn("\(error)")
            }
            isFirst = false
            Self.sleep(every)
        }
    }

    /// Looks once, and tells what is new.
    private func look(_ follower: LogFollower, isFirst: Bool) throws {
        switch try follower.follow() {
        case .mirrored(let checkpoint, let from):
            let size = checkpoint.checkpoint.size
            guard isFirst || from != size else { return }
            let origin = Terminal.plain(checkpoint.checkpoint.origin)
            let added = size - from
            print(
                ledger.json
                    ? checkpoint.json([("followed", .bool(true)), ("added", .number(added))]).text
                    : added == 0
                        ? "\(directory) has all \(size) records of \(origin)."
                        : "\(directory) has \(size) records of \(origin), \(added) of them new.")
            fflush(nil)
        case .contradicted(let found):
            let notes = [found.earlier, found.now].map { String(decoding: $0.bytes, as: UTF8.self) }
            let folder = "\(directory)/\(found.folder)"
            print(
                ledger.json
                    ? found.now.json([
                        ("followed", .bool(false)), ("reason", .string(found.reason)), ("earlier", .string(notes[0])),
                        ("now", .string(notes[1])), ("evidence", .string(folder)),
                    ]).text
                    : "\(Terminal.output.styled("Not followed:", .red)) \(Terminal.plain(found.reason)).\n\n"
                        + "What was seen before:\n\n\(notes[0])\nWhat the log shows now:\n\n\(notes[1])\n"
                        + "Both are signed by its key, and kept in \(folder).")
            throw ExitStatus.doesNotVerify
        }
    }

    /// Waits so long.
    private static func sleep(_ length: TimeLength) {
        var rest = timespec(
            tv_sec: Int(length.milliseconds / 1000), tv_nsec: Int(length.milliseconds % 1000) * 1_000_000)
        var left = timespec()
        while nanosleep(&rest, &left) != 0, errno == EINTR { rest = left }
    }
}
