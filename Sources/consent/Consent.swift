internal import ArgumentParser
internal import Glibc

/// The command line of Consent Ledger.
struct Consent: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "consent",
        abstract: "Records who agreed to which messages, and answers whether one may be sent.",
        discussion: """
            The ledger is --ledger DIR, else $CONSENT_LEDGER, else ./consent.ledger. Every command takes --json. Times are \
            RFC 3339. A contact is +34600111222, ana@example.com, whatsapp:US.1234567, or - to read one line from standard \
            input, which keeps it out of the process list.

            EXIT STATUS
              0 it holds, or yes    1 no    2 it does not verify    3 not now
              64 wrong usage        65 wrong input     66 cannot be read    70 internal
              74 input or output    75 locked, try again    77 not permitted
              130 interrupted while importing or screening

            EXAMPLE
              consent init --business "Acme Viajes"
              consent notice add web --file optin.txt --language es --channel whatsapp --category marketing
              consent opt-in +34600111222 --notice web
              consent check +34600111222 --category marketing --channel whatsapp
            """,
        version: "0.1.0",
        groupedSubcommands: [
            CommandGroup(
                name: "Set-up",
                subcommands: [
                    InitCommand.self, BusinessCommand.self, BrandCommand.self, SenderCommand.self, SourceCommand.self,
                    CategoryCommand.self, TemplateCommand.self, NoticeCommand.self, RulesCommand.self,
                ]),
            CommandGroup(
                name: "Recording",
                subcommands: [
                    OptInCommand.self, ConfirmCommand.self, ResumeCommand.self, OptOutCommand.self, BasisCommand.self,
                    ReviewCommand.self, AttachCommand.self, ImportCommand.self, AppendCommand.self,
                ]),
            CommandGroup(
                name: "Asking",
                subcommands: [
                    CheckCommand.self, ScreenCommand.self, ClearanceCommand.self, HistoryCommand.self,
                    AttachmentCommand.self, ListCommand.self, UsesCommand.self, EvidenceCommand.self,
                ]),
            CommandGroup(
                name: "Privacy",
                subcommands: [
                    ReceiptForCommand.self, SubjectAccessCommand.self, EraseCommand.self, LetterCommand.self,
                    HoldCommand.self, RetentionCommand.self, RegistryCommand.self, KeyCommand.self,
                ]),
            CommandGroup(
                name: "The log",
                subcommands: [
                    LogCommand.self, CheckpointCommand.self, FollowCommand.self, ReplayCommand.self, VerifyCommand.self,
                    ProveCommand.self, VerifyProofCommand.self,
                ]),
            CommandGroup(
                name: "Auditing",
                subcommands: [
                    DiffCommand.self, SampleCommand.self, ReportCommand.self, ReconcileCommand.self,
                    LatencyCommand.self,
                ]),
        ])
}

@main
enum Program {
    static func main() async {
        exit(await status().rawValue)
    }

    private static func status() async -> ExitStatus {
        var command: any ParsableCommand
        do { command = try Consent.parseAsRoot() } catch {
            // Asked for help, the version or a completion script: that is no error.
            if Consent.exitCode(for: error).isSuccess { Consent.exit(withError: error) }
            return Failure(usage: error).report()
        }
        let result: Result<Void, any Error>
        do {
            try refuseRepeatedOption(of: type(of: command))
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
            result = .success(())
        } catch {
            result = .failure(error)
        }
        Interruption.yieldToEnd()
        if fflush(nil) != 0 {
            return Failure(CommandError(.output, "standard output cannot be written; the answer is not complete"))
                .report()
        }
        let status = status(of: result)
        Interruption.obey()
        return status
    }

    private static func refuseRepeatedOption(of command: any ParsableCommand.Type) throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        guard RepeatedOption.isPossible(in: arguments) else { return }
        if let error = try RepeatedOption(of: command).find(in: arguments) { throw error }
    }

    /// Tells what went wrong, if something did.
    private static func status(of result: Result<Void, any Error>) -> ExitStatus {
        switch result {
        case .success: return .success
        case .failure(let status as ExitStatus): return status
        // Help that was asked for in the middle of a command line comes as an error of this kind.
        case .failure(let error) where Consent.exitCode(for: error).isSuccess: Consent.exit(withError: error)
        case .failure(let error as ValidationError): return Failure(usage: error).report()
        case .failure(let error): return Failure(error).report()
        }
    }
}
