internal import ConsentFailures

/// The exit codes, which are API (DESIGN §10). Thrown by a command whose verdict is not a plain yes.
enum ExitStatus: Int32, Error, CaseIterable {
    /// It holds, or yes.
    case success = 0
    /// The verdict *deny*, and nothing else.
    case deny = 1
    /// What is stored contradicts itself or its signatures.
    case doesNotVerify = 2
    /// The verdict *defer*.
    case notNow = 3
    case usage = 64
    case badInput = 65
    case cannotBeRead = 66
    case `internal` = 70
    case inputOutput = 74
    /// Another program writes, or the clock stops appends; later it may go.
    case tryAgain = 75
    case notPermitted = 77

    /// The status of an error; `internal` for one that no table knows.
    init(of error: any Error) {
        if let error = error as? CommandError {
            self = Self.ofCommand[error.code] ?? .internal
        } else {
            self = FailureKind(of: error).flatMap { ExitStatus(rawValue: $0.exitStatus) } ?? .internal
        }
    }

    static let ofCommand: [CommandError.Code: ExitStatus] = [
        .usage: .usage,
        .badInput: .badInput,
        .cannotBeRead: .cannotBeRead,
        .notPermitted: .notPermitted,
        .locked: .tryAgain,
        .changedMeanwhile: .tryAgain,
        .stale: .tryAgain,
        .unreachable: .tryAgain,
        .output: .inputOutput,
    ]
}
