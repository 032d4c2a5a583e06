internal import ArgumentParser
internal import ConsentAudit
internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules
internal import LedgerCrypto
internal import LedgerStorage
internal import TransparencyLog

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
        switch error {
        case let error as CommandError: error.code.name
        case let error as LedgerError: error.code.name
        case let error as StorageError: error.code.name
        case let error as ModelError: error.code.name
        case let error as RulesError: error.code.name
        case let error as ContactAddressError: error.code.name
        case let error as TransparencyLogError: error.code.name
        case let error as CryptoError: error.code.name
        case let error as ImportError: error.code.name
        case let error as AuditError: error.code.name
        default: "internal"
        }
    }
}
