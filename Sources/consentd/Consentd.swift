internal import ArgumentParser
internal import ConsentFailures
internal import ConsentServer
internal import Glibc
internal import Logging

/// `consentd`: the daemon that senders call.
struct Consentd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "consentd",
        abstract: "Serve a ledger over HTTP.",
        discussion: """
            Documentation/server.md has every key of the configuration, and Documentation/openapi.yaml every request.

            EXAMPLE
              consentd --config consentd.yaml --check
              consentd --config consentd.yaml
            """,
        subcommands: [ServeCommand.self, TokenCommand.self], defaultSubcommand: ServeCommand.self)
}

/// Which ledger and how, as every command takes it.
struct ConfigurationOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The configuration file.", valueName: "file"), completion: .file())
    var config: String

    /// The configuration, with the environment over it.
    func read() throws -> Configuration { try Configuration(file: config, environment: Self.environment()) }

    private static func environment() -> [String: String] {
        var variables: [String: String] = [:]
        var next = environ
        while let entry = next.pointee {
            let parts = String(cString: entry).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { variables[String(parts[0])] = String(parts[1]) }
            next += 1
        }
        return variables
    }
}

/// `consentd --config FILE`: serves.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve the ledger; what is done without a command.",
        discussion: """
            SIGTERM ends it: what has come in is answered, a checkpoint is published, and it exits 0.

            EXAMPLE
              consentd --config consentd.yaml
            """)

    @OptionGroup var options: ConfigurationOptions

    @Flag(help: "Go on after the clock has jumped: you have looked at it, and it is right.")
    var confirmClock = false

    @Flag(help: "Check the configuration, the ledger and the tokens, and serve nothing.")
    var check = false

    func run() async throws {
        let configuration = try options.read()
        if check {
            try ConsentServer.check(configuration)
            return print("\(options.config) is right.")
        }
        LoggingSystem.bootstrap { JSONLogHandler(label: $0, level: configuration.logLevel) }
        let server = try ConsentServer(configuration, logger: Logger(label: "consentd"))
        if confirmClock { server.confirmClock() }
        try await server.run()
    }
}

@main
enum Program {
    static func main() async {
        exit(await status())
    }

    private static func status() async -> Int32 {
        do {
            var command = try Consentd.parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
            guard fflush(nil) == 0 else {
                tell("standard output cannot be written")
                return FailureKind.inputOutput.exitStatus
            }
            return 0
        } catch {
            // What the argument parser says, help and the version too.
            let kind = (error as? ServerError)?.kind ?? FailureKind(of: error)
            guard kind == nil, Consentd.exitCode(for: error) != .failure else {
                tell("\(error)")
                return (kind ?? .internal).exitStatus
            }
            Consentd.exit(withError: error)
        }
    }

    private static func tell(_ sentence: String) {
        let line = Array("consentd: \(sentence)\n".utf8)
        _ = line.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
