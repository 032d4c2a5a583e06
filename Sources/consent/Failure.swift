internal import ArgumentParser
internal import ConsentFailures
internal import ConsentModel

/// An error as the command line tells it: one sentence on standard error, or one JSON object with `--json`.
struct Failure {
    private let status: ExitStatus
    let code: String
    let message: String

    init(_ error: any Error) {
        status = ExitStatus(of: error)
        code = Self.code(of: error)
        message = Terminal.plain("\(error)".shortened())
    }

    /// What the argument parser refused; its message has the usage on the lines after the first.
    init(usage error: any Error) {
        status = .usage
        code = CommandError.Code.usage.name
        let full = Consent.fullMessage(for: error)
        message = Terminal.plainLines(
            (full.hasPrefix("Error: ") ? String(full.dropFirst("Error: ".count)) : full).shortened())
    }

    /// Tells it, and returns the status to exit with.
    func report() -> ExitStatus {
        if Self.isJSONAsked {
            let sentence = message.prefix { $0 != "\n" }
            let object: JSON = [
                "code": .string(code), "message": .string(String(sentence)), "exit": .number(UInt64(status.rawValue)),
            ]
            Terminal.error.write(object.text + "\n")
        } else {
            Terminal.error.write("\(Terminal.error.styled("consent:", .red)) \(message)\n")
        }
        return status
    }

    /// Asked of the raw arguments, since what they mean is not known when they are wrong.
    private static var isJSONAsked: Bool {
        CommandLine.arguments.prefix { $0 != "--" }.contains("--json")
    }

    private static func code(of error: any Error) -> String {
        (error as? CommandError)?.code.name ?? FailureKind.code(of: error) ?? "internal"
    }
}
