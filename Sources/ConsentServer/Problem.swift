internal import ConsentAudit
public import ConsentFailures
internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules
internal import HTTPTypes
internal import LedgerCrypto
internal import LedgerStorage

/// An error as the API tells it: RFC 9457, with the error's code as the last part of its type.
struct Problem: Sendable {
    /// The code, which is API.
    let code: String
    /// The status of an answer that is nothing but this problem.
    let status: HTTPResponse.Status
    /// A sentence: what was wrong and what to do.
    let detail: String

    static let mediaType = "application/problem+json"
    /// What every problem's type begins with.
    static let typePrefix = "urn:consent-ledger:problem:"

    /// The problem that an error is. What no table knows is told without its text, which may say anything.
    init(_ error: any Error) {
        let error = (error as? any ServerErrorCarrying)?.serverError ?? error
        status = Self.status(of: error)
        if let error = error as? ServerError {
            (code, detail) = (error.code.name, error.description)
        } else if let code = FailureKind.code(of: error) {
            (self.code, detail) = (code, Self.detail(of: error) ?? ErrorSentence.told("\(error)", code: code))
        } else {
            code = Self.unknownCode
            detail = "the server failed in a way that it does not know; its log has the request's id"
        }
    }

    /// Of the disk, and of writing that it ended, what is told instead of its text, which names the server's files: its log
    /// has that.
    private static func detail(of error: any Error) -> String? {
        if let error = error as? StorageError {
            return error.code == .full
                ? "the ledger's disk is full, or nearly; nothing is written until there is room again"
                : "the server's storage failed; its log has the request's id"
        }
        guard let error = error as? LedgerError, error.code == .outcomeUnknown else { return nil }
        return
            "writing failed, and what is stored is not known until the server is started again; ask again then, with the "
            + "same ids"
    }

    /// The code of an error that no table knows.
    static let unknownCode = "internal"

    /// The problem as a JSON object; `members` come after those of the standard.
    func json(requestID: String? = nil, members: JSON = [:]) -> JSON {
        var object: JSON = [
            "type": .string(Self.typePrefix + code), "title": .string(status.reasonPhrase),
            "status": .number(UInt64(status.code)), "code": .string(code), "detail": .string(detail),
        ]
        if let requestID { object = object + ["request-id": .string(requestID)] }
        return object + members
    }

    /// The status of an error; 500 for one that no table knows.
    static func status(of error: any Error) -> HTTPResponse.Status {
        if let error = error as? ServerError { return ofServer[error.code] ?? .internalServerError }
        if let error = error as? LedgerError, let status = ofLedger[error.code] { return status }
        if let error = error as? ModelError, let status = ofModel[error.code] { return status }
        if let error = error as? RulesError, let status = ofRules[error.code] { return status }
        return FailureKind(of: error).flatMap { ofKind[$0] } ?? .internalServerError
    }

    /// What a kind of failure is, unless its code says more.
    static let ofKind: [FailureKind: HTTPResponse.Status] = [
        .doesNotVerify: .internalServerError,
        .usage: .unprocessableContent,
        .badInput: .unprocessableContent,
        .cannotBeRead: .internalServerError,
        .internal: .internalServerError,
        .inputOutput: .serviceUnavailable,
        .tryAgain: .serviceUnavailable,
        .notPermitted: .forbidden,
    ]

    /// The server's own errors.
    static let ofServer: [ServerError.Code: HTTPResponse.Status] = [
        .badConfiguration: .internalServerError,
        .badTokens: .internalServerError,
        .unknownToken: .notFound,
        .cannotListen: .internalServerError,
        .malformedRequest: .badRequest,
        .unauthenticated: .unauthorized,
        .tokenExpired: .unauthorized,
        .forbidden: .forbidden,
        .notFound: .notFound,
        .methodNotAllowed: .methodNotAllowed,
        .requestTimeout: .requestTimeout,
        .bodyTooLarge: .contentTooLarge,
        .unsupportedMediaType: .unsupportedMediaType,
        .rangeNotSatisfiable: .rangeNotSatisfiable,
        .eventsRefused: .unprocessableContent,
        .rateLimited: .tooManyRequests,
        .overloaded: .serviceUnavailable,
        .indexBehind: .serviceUnavailable,
        .stale: .preconditionFailed,
        .badWebhookSignature: .unauthorized,
        .unreachable: .badGateway,
    ]

    /// Where a code of the ledger is told otherwise than its kind.
    static let ofLedger: [LedgerError.Code: HTTPResponse.Status] = [
        // A key that the server lacks is no fault of who asks.
        .badKey: .internalServerError,
        .missingKey: .internalServerError,
        .exposedKey: .internalServerError,
        .unwritableKey: .internalServerError,
        .noPassphrase: .internalServerError,
        .badPassphrase: .internalServerError,
        .conflictingDuplicate: .conflict,
        .contentChanged: .conflict,
        .suppressed: .conflict,
        .held: .conflict,
    ]

    /// Where a code of the model is told otherwise than its kind.
    static let ofModel: [ModelError.Code: HTTPResponse.Status] = [.malformedJSON: .badRequest]

    /// Where a code of the rules is told otherwise than its kind.
    static let ofRules: [RulesError.Code: HTTPResponse.Status] = [
        .alreadyDefined: .conflict,
        .repeatedEvent: .conflict,
        // Of a statement that the server signs itself.
        .unknownKey: .internalServerError,
    ]
}

extension ServerError {
    /// The kind of what the server throws, from which the daemon has its exit status.
    public var kind: FailureKind {
        switch code {
        case .badConfiguration, .badTokens, .unknownToken: .badInput
        case .cannotListen: .inputOutput
        default: .internal
        }
    }
}
