internal import ArgumentParser
internal import ConsentLedger
internal import Glibc
internal import LedgerCrypto
internal import Synchronization

/// Where the passphrase of protected keys comes from. Never from an argument or a variable, which other users can see.
struct PassphraseOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Read the passphrase of protected keys from this descriptor, a line; else it is asked for on the terminal.",
            valueName: "fd"))
    var passphraseFd: Int32?

    @Option(
        help: ArgumentHelp(
            "Take it from what this shell command writes, the first line; else $CONSENT_PASSPHRASE_COMMAND.",
            valueName: "command"))
    var passphraseCommand: String?

    static let variable = "CONSENT_PASSPHRASE_COMMAND"
    /// The longest passphrase, and one byte more by which a longer one is known.
    private static let mostBytes = PassphraseParameters.passphraseByteCounts.upperBound + 1
    /// However often a ledger is opened, nobody is asked twice.
    private static let known = Mutex<Passphrase?>(nil)

    func validate() throws {
        guard passphraseFd == nil || passphraseCommand == nil else {
            throw ValidationError("say either --passphrase-fd or --passphrase-command")
        }
        // One that was not given may by now be this program's own; of what it was given, none closes at exec.
        if let passphraseFd, fcntl(passphraseFd, F_GETFD) != 0 {
            throw ValidationError(
                "--passphrase-fd \(passphraseFd): no such descriptor is open; give it with \(passphraseFd)<FILE")
        }
    }

    /// The passphrase, which is not asked for before it is needed.
    var passphrase: Passphrase {
        Self.known.withLock { known in
            if let known { return known }
            let passphrase = passphrase(isNew: false)
            known = passphrase
            return passphrase
        }
    }

    /// A passphrase to be: asked for twice, where it is typed.
    var newPassphrase: Passphrase { passphrase(isNew: true) }

    private func passphrase(isNew: Bool) -> Passphrase {
        let (descriptor, command) = (passphraseFd, passphraseCommand ?? Environment.value(Self.variable))
        return Passphrase { file in try Self.read(descriptor, command, for: file, isNew: isNew) }
    }

    private static func read(
        _ descriptor: Int32?, _ command: String?, for file: String, isNew: Bool
    ) throws -> SecretBytes {
        if let descriptor { return try firstLine(of: descriptor) }
        if let command {
            var output = try output(of: command)
            defer { SecretBytes.wipe(&output) }
            return SecretBytes(output.prefix { $0 != UInt8(ascii: "\n") })
        }
        guard let terminal = PassphraseTerminal() else {
            throw LedgerError(
                .noPassphrase,
                "\(isNew ? "a passphrase is needed" : "\(file) is under a passphrase"), and there is no terminal to ask for it; "
                    + "give it with --passphrase-fd, --passphrase-command or $\(variable)")
        }
        guard isNew else { return try terminal.line("Passphrase for \(Terminal.plain(file)): ", most: mostBytes) }
        let first = try terminal.line("New passphrase: ", most: mostBytes)
        let second = try terminal.line("The same again: ", most: mostBytes)
        guard first.isSame(as: second) else {
            throw LedgerError(.badPassphrase, "the two passphrases differ, and nothing was changed; try again")
        }
        return first
    }

    /// What the command writes. One that fails gives no passphrase, whatever its reason.
    private static func output(of command: String) throws -> [UInt8] {
        do { return try OtherProgram.output(of: command, input: [], most: 4096) } catch {
            throw LedgerError(.noPassphrase, "no passphrase: \(error)")
        }
    }

    /// The bytes before the first newline, or the end.
    private static func firstLine(of descriptor: Int32) throws -> SecretBytes {
        var bytes = [UInt8](repeating: 0, count: mostBytes)
        defer { SecretBytes.wipe(&bytes) }
        var count = 0
        while count < bytes.count {
            // Byte by byte: what follows the line is not for us.
            let got = bytes.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress! + count, 1) }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else {
                throw LedgerError(
                    .noPassphrase,
                    "cannot read the passphrase from the descriptor \(descriptor): \(String(cString: strerror(errno)))")
            }
            guard got == 1, bytes[count] != UInt8(ascii: "\n") else { break }
            count += 1
        }
        return SecretBytes(bytes[..<count])
    }
}

/// The terminal of the process, whatever its input and output are, for what must not be shown.
private final class PassphraseTerminal {
    private let descriptor: Int32
    private static let interruption = Atomic<Int32>(0)

    /// `nil` where there is none.
    init?() {
        descriptor = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
    }

    deinit { close(descriptor) }

    /// Asks for a line, and does not show what is typed. An interruption ends the program, once the terminal shows again
    /// what is typed.
    func line(_ prompt: String, most: Int) throws -> SecretBytes {
        var usual = termios()
        guard tcgetattr(descriptor, &usual) == 0 else {
            throw LedgerError(.noPassphrase, "cannot ask for a passphrase: the terminal is gone")
        }
        var silent = usual
        silent.c_lflag &= ~tcflag_t(ECHO)
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { PassphraseTerminal.interruption.store($0, ordering: .relaxed) }
        Self.interruption.store(0, ordering: .relaxed)
        let signals = [SIGINT, SIGTERM, SIGHUP]
        let earlier = signals.map { number in
            var earlier = sigaction()
            sigaction(number, &action, &earlier)
            return earlier
        }
        tcsetattr(descriptor, TCSAFLUSH, &silent)
        write(prompt)
        var bytes = [UInt8](repeating: 0, count: most)
        defer { SecretBytes.wipe(&bytes) }
        var count = 0
        while count < most, Self.interruption.load(ordering: .relaxed) == 0 {
            // A signal may go to another thread, and end no waiting here.
            var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&waiting, 1, 100) > 0 else { continue }
            let got = bytes.withUnsafeMutableBytes { read(descriptor, $0.baseAddress! + count, 1) }
            if got < 0, errno == EINTR { continue }
            guard got == 1, bytes[count] != UInt8(ascii: "\n") else { break }
            count += 1
        }
        tcsetattr(descriptor, TCSAFLUSH, &usual)
        write("\n")
        for (number, earlier) in zip(signals, earlier) {
            var earlier = earlier
            sigaction(number, &earlier, nil)
        }
        let interruption = Self.interruption.load(ordering: .relaxed)
        if interruption != 0 { Interruption.end(by: interruption) }
        return SecretBytes(bytes[..<count])
    }

    private func write(_ text: String) {
        let bytes = Array(text.utf8)
        _ = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
    }
}
