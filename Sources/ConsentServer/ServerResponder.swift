internal import ConsentLedger
internal import ConsentModel
internal import HTTPTypes
internal import Hummingbird
internal import LedgerCrypto
internal import LedgerStorage
internal import Logging
internal import NIOCore

/// What every request has at hand.
struct ServerParts: Sendable {
    let configuration: Configuration
    let ledger: ServedLedger
    let admission: Admission
    let accessRecords: AccessRecords
    let rateLimit: RateLimit
    let metrics: ServerMetrics
    /// Those that cosign the checkpoints; `nil` where nobody does.
    let witnesses: CheckpointWitnesses?
    let heldBodies: HeldBodies
    let webhooks: [String: Webhook]
    let pendingStatements: PendingStatements
    let bundlePlaces = BundlePlaces()
    let followerPlaces = FollowerPlaces()
    let random: any RandomSource
    let console: Console
    let clock: any LedgerClock
    let logger: Logger

    /// Lets go of the witnesses and gives the ledger back.
    func close() async throws {
        await witnesses?.stop()
        try await ledger.close()
    }
}

extension ServerParts {
    /// Logs what broke off an answer that had begun: its status said nothing of it.
    func logBrokenOff(_ error: any Error, operation: String, requestID: String) {
        let problem = Problem(error)
        var metadata: Logger.Metadata = [
            "operation": "\(operation)", "code": "\(problem.code)", "request-id": "\(requestID)",
        ]
        if let failure = ServerResponder.shown(error, problem) { metadata["error"] = "\(failure)" }
        // What no table knows is mostly that whoever asked has gone.
        logger.log(
            level: problem.code == Problem.unknownCode ? .info : .warning, "an answer broke off", metadata: metadata)
    }
}

/// The channel of a request, beside what Hummingbird wants.
struct ServerContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }
}

/// Answers requests: finds the route, lets in who may, and tells every error as a problem. Logs and counts them by route,
/// never by what they say.
struct ServerResponder: HTTPResponder {
    let table: RouteTable
    let parts: ServerParts

    /// How long a connection whose request was not read to its end lives on, so that its client can read the answer.
    static let lingering = TimeAmount.seconds(2)
    /// The longest body that is read to its end, in bytes, although an error is answered.
    private static let mostUnread = 65_536

    func respond(to request: Request, context: ServerContext) async throws -> Response {
        let start = parts.clock.elapsedMilliseconds()
        let isOfConsole = Console.answers(request.uri.path)
        var operation = "none"
        var tokenID: String?
        var response: Response
        var code: String?
        var failure: String?
        do {
            response = try await answer(request, context, &operation, &tokenID)
        } catch {
            let problem = Problem(error)
            code = problem.code
            failure = Self.shown(error, problem)
            if isOfConsole {
                response = parts.console.answer(to: request, error, problem, id: context.id, server: parts)
            } else {
                response = Response(
                    problem.json(requestID: context.id, members: [:]), status: problem.status,
                    mediaType: Problem.mediaType)
            }
            addHeaders(of: error, to: &response)
            if isUnread(error, request) { closeSoon(&response, context.channel) }
        }
        if response.body.contentLength == nil {
            let (body, id) = (response.body, context.id)
            response.body = ResponseBody { [parts, operation] writer in
                do { try await body.write(writer) } catch {
                    parts.logBrokenOff(error, operation: operation, requestID: id)
                    throw error
                }
            }
        }
        response.headers[Self.requestID] = context.id
        response.headers[.xContentTypeOptions] = "nosniff"
        if parts.ledger.isTest { response.headers[Self.isOfTest] = "true" }
        if isOfConsole { parts.console.secure(&response) }
        if request.method == .head { response = response.createHeadResponse() }
        let milliseconds = parts.clock.elapsedMilliseconds() - start
        parts.metrics.count(operation, status: response.status.code, milliseconds: milliseconds)
        var metadata: Logger.Metadata = [
            "operation": "\(operation)", "method": "\(Self.shown(request.method))",
            "status": "\(response.status.code)", "milliseconds": "\(milliseconds)", "request-id": "\(context.id)",
        ]
        if let tokenID { metadata["token"] = "\(tokenID)" }
        if let code { metadata["code"] = "\(code)" }
        if let failure { metadata["error"] = "\(failure)" }
        parts.logger.log(
            level: response.status.code >= 500 ? .error : .info, "request", metadata: metadata)
        return response
    }

    private static let requestID = HTTPField.Name("X-Request-Id")!
    /// That nothing may be sent on the word of this ledger.
    private static let isOfTest = HTTPField.Name("Consent-Ledger-Test")!

    /// A method that nobody knows may say anything.
    private static func shown(_ method: HTTPRequest.Method) -> String {
        [.get, .head, .post, .put, .delete, .patch, .options].contains(method) ? method.rawValue : "other"
    }

    /// What the log has of an error beside its code: of the disk what it says, which names files; of one that no table knows
    /// its type, since its text may say anything.
    static func shown(_ error: any Error, _ problem: Problem) -> String? {
        if error is StorageError || (error as? LedgerError)?.code == .outcomeUnknown { return "\(error)" }
        return problem.code == Problem.unknownCode ? "\(type(of: error))" : nil
    }

    private func answer(
        _ request: Request, _ context: ServerContext, _ operation: inout String, _ tokenID: inout String?
    ) async throws -> Response {
        let route: Route
        let parameters: [String: String]
        let isOfConsole = Console.answers(request.uri.path)
        switch (isOfConsole ? ConsoleRoutes.table : table).find(request.method, request.uri.path) {
        case .route(let found, let values): (route, parameters) = (found, values)
        case .otherMethods(let methods): throw OtherMethods(allowed: methods)
        case .nothing:
            throw ServerError(
                .notFound, isOfConsole ? "there is no such page" : "there is nothing here; see openapi.yaml")
        }
        operation = route.operation
        var access: Access?
        if let roles = route.roles, !(route.isOfLog && parts.configuration.isLogPublic) {
            let token =
                isOfConsole
                ? try await parts.console.token(
                    of: request, parts.admission, now: parts.clock.elapsedMilliseconds())
                : try await parts.admission.token(authorization: request.headers[.authorization])
            tokenID = token.id
            if let seconds = parts.rateLimit.wait(token.id, now: parts.clock.elapsedMilliseconds()) {
                throw TooOften(seconds: seconds)
            }
            guard let granted = Access(token, to: roles) else {
                let names = roles.sorted().map(\.rawValue).joined(separator: ", ")
                throw ServerError(.forbidden, "this is for tokens with one of the roles \(names)")
            }
            if granted.role.isRecorded {
                try await parts.ledger.blocking { [parts] in
                    try parts.accessRecords.record(
                        granted.token, as: granted.role, operation: route.operation, requestID: context.id)
                }
            }
            access = granted
        }
        return try await route.handle(
            Exchange(
                request: request, id: context.id, operation: route.operation, parameters: parameters, caller: access,
                server: parts,
                heldBody: parts.heldBodies.share(
                    of: access != nil ? .token : route.isOfPlatform ? .platform : .stranger),
                remoteAddress: context.channel.remoteAddress?.ipAddress))
    }

    /// What some problems say in headers besides.
    private func addHeaders(of error: any Error, to response: inout Response) {
        if let error = error as? TooOften {
            response.headers[.retryAfter] = String(error.seconds)
        } else if response.status == .serviceUnavailable {
            response.headers[.retryAfter] = "1"
        } else if response.status == .unauthorized {
            response.headers[.wwwAuthenticate] = #"Bearer realm="consent-ledger""#
        }
        if let error = error as? UnsatisfiableRange { response.headers[.contentRange] = "bytes */\(error.count)" }
        if let error = error as? OtherMethods {
            response.headers[.allow] = error.allowed.map(\.rawValue).joined(separator: ", ")
        }
    }

    /// Whether more of the request's body may come than is worth reading for what was answered.
    private func isUnread(_ error: any Error, _ request: Request) -> Bool {
        if let code = (error as? ServerError)?.code, [.bodyTooLarge, .requestTimeout].contains(code) { return true }
        if let length = request.headers[.contentLength] { return Int(length).map { $0 > Self.mostUnread } ?? true }
        return request.headers[.transferEncoding] != nil
    }

    private func closeSoon(_ response: inout Response, _ channel: any Channel) {
        response.headers[.connection] = "close"
        channel.eventLoop.scheduleTask(in: Self.lingering) { channel.close(promise: nil) }
    }
}

/// The path is there, and takes other methods.
private struct OtherMethods: Error, ServerErrorCarrying {
    let allowed: [HTTPRequest.Method]

    var serverError: ServerError {
        ServerError(.methodNotAllowed, "this takes \(allowed.map(\.rawValue).joined(separator: ", "))")
    }
}

/// A token asked more often than it may.
private struct TooOften: Error, ServerErrorCarrying {
    let seconds: Int

    var serverError: ServerError {
        ServerError(.rateLimited, "this token asks too often; ask again in \(seconds) s")
    }
}

/// An error of the server with something for the answer's headers.
protocol ServerErrorCarrying: Error {
    var serverError: ServerError { get }
}
