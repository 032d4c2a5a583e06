internal import ArgumentParser
internal import ConsentLedger
internal import ConsentModel
internal import Glibc

/// Which ledger, and how the answer is written: what every command takes.
struct LedgerOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("The ledger's directory; else $CONSENT_LEDGER, else ./consent.ledger.", valueName: "dir"),
        completion: .directory)
    var ledger: String?

    @Flag(help: "Answer in JSON, errors too.")
    var json = false

    @OptionGroup var unlocking: PassphraseOptions

    static let defaultDirectory = "./consent.ledger"

    /// The ledger's directory as it was named.
    var directory: String { ledger ?? Environment.value("CONSENT_LEDGER") ?? Self.defaultDirectory }

    /// Calls `body` with the ledger as it is now.
    func read<Result>(_ body: (LedgerSnapshot) throws -> Result) throws -> Result {
        try Ledger(location()).read(body)
    }

    /// Throws unless what is named could be a directory.
    func checkDirectory() throws(CommandError) {
        guard !directory.isEmpty else {
            throw CommandError(.usage, "--ledger is empty; name the ledger's directory, or leave it out")
        }
        var information = stat()
        guard stat(directory, &information) == 0, information.st_mode & S_IFMT != S_IFDIR else { return }
        throw CommandError(.cannotBeRead, "\(directory) is a file; --ledger takes a ledger's directory")
    }

    /// Where the ledger is; throws `notPermitted` or, if there is none, `noLedger`.
    func location() throws -> LedgerLocation {
        try checkDirectory()
        for path in [directory, directory + "/private"]
        where access(path, R_OK | X_OK) != 0 && errno == EACCES {
            throw CommandError(
                .notPermitted, "this user may not read \(path); run as the ledger's owner, or have its mode changed")
        }
        var location = try LedgerLocation(directory: directory)
        location.passphrase = unlocking.passphrase
        return location
    }
}

/// What every command that writes takes.
struct WritingOptions: ParsableArguments {
    @Flag(help: "Go on after the clock has jumped: you have looked at it, and it is right.")
    var confirmClock = false

    /// Opens the ledger for writing, calls `body`, publishes and gives the ledger back; an interruption waits until then.
    func write<Result>(_ ledger: LedgerOptions, _ body: (LedgerWriter) throws -> Result) throws -> Result {
        Interruption.hold()
        let writer = try LedgerWriter(ledger.location())
        if writer.wasIndexUnreadable, !ledger.json {
            Terminal.warn(
                "private/index.sqlite could not be read; it was set aside as index.sqlite.unreadable, and made anew from "
                    + "the log")
        }
        if confirmClock { writer.confirmClock() }
        let result: Result
        do { result = try body(writer) } catch {
            // The first error is the one to tell. What was acknowledged before it stays, published or not.
            try? writer.close()
            throw error
        }
        try writer.close()
        return result
    }
}
