internal import ConsentLedger
internal import ConsentModel
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// A request on its way through its route.
struct Exchange: Sendable {
    let request: Request
    /// Tells it from others, in logs and problems.
    let id: String
    /// The route's operation.
    let operation: String
    /// What stands in the places of the route's path.
    let parameters: [String: String]
    /// What it may do; `nil` where the route asks for no token.
    let caller: Access?
    let server: ServerParts
    /// What it holds of all bodies.
    let heldBody: HeldBodies.Share
    /// Where it came from: an IP address, of a proxy if there is one.
    var remoteAddress: String?

    /// What it may do. Throws `unauthenticated` in a route that asks for no token.
    var access: Access {
        get throws(ServerError) {
            guard let caller else { throw ServerError(.unauthenticated, "this needs a token") }
            return caller
        }
    }

    /// The parameters of the query, each at most once and none but `known`. Throws `malformedRequest`.
    func query(_ known: String...) throws(ServerError) -> [String: String] {
        var parameters: [String: String] = [:]
        for (name, value) in request.uri.queryParameters {
            guard known.contains(String(name)) else {
                throw ServerError(.malformedRequest, "there is no query parameter “\(name.prefix(60))” here")
            }
            guard parameters.updateValue(String(value), forKey: String(name)) == nil else {
                throw ServerError(.malformedRequest, "the query parameter “\(name.prefix(60))” is there twice")
            }
        }
        return parameters
    }

    /// The body, whole, of at most so many bytes if there is a limit of its own. Throws `bodyTooLarge`, `requestTimeout`,
    /// `overloaded`, or `malformedRequest` where it ends before its time.
    func body(most limit: Int = .max) async throws -> [UInt8] {
        let most = min(limit, server.configuration.limits.bodyBytes)
        let tooLarge = ServerError(.bodyTooLarge, "the body may have at most \(most) bytes; send less at once")
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > most { throw tooLarge }
        let body = request.body
        let held = heldBody
        return try await withinTime { () async throws -> [UInt8] in
            var bytes: [UInt8] = []
            do {
                for try await buffer in body {
                    guard bytes.count + buffer.readableBytes <= most else { throw tooLarge }
                    try held.add(buffer.readableBytes)
                    bytes.append(contentsOf: buffer.readableBytesView)
                }
            } catch let error as ServerError { throw error } catch {
                throw Self.endedEarly
            }
            return bytes
        }
    }

    /// The error for a body of which the rest does not come.
    static var endedEarly: ServerError {
        ServerError(.malformedRequest, "the body ended before its time, or is not HTTP")
    }

    /// Logs what broke off an answer that had begun: its status said nothing of it.
    func logBrokenOff(_ error: any Error) {
        server.logBrokenOff(error, operation: operation, requestID: id)
    }

    /// What `work` returns, if it does so within the time that a request's body may take.
    func withinTime<Value: Sendable>(_ work: @escaping @Sendable () async throws -> Value) async throws -> Value {
        let seconds = server.configuration.limits.requestSeconds
        return try await withThrowingTaskGroup(of: Value.self) { group in
            group.addTask { try await work() }
            group.addTask {
                try await Task.sleep(for: .seconds(seconds))
                throw ServerError(.requestTimeout, "the body did not come within \(seconds) seconds")
            }
            defer { group.cancelAll() }
            guard let value = try await group.next() else { throw CancellationError() }
            return value
        }
    }

    /// The members of the body, a JSON object. Throws `unsupportedMediaType`, and what is wrong with it.
    func members() async throws -> RequestMembers {
        try refuseOtherMediaType("application/json")
        return try RequestMembers(JSONValue(parsing: try await body()), place: "the body")
    }

    /// Throws `unsupportedMediaType` unless the body has one.
    func refuseOtherMediaType(_ wanted: String) throws(ServerError) {
        let named = request.headers[.contentType] ?? ""
        let type = named.prefix { $0 != ";" }.trimmed.lowercased()
        guard type == wanted else {
            throw ServerError(.unsupportedMediaType, "the body is \(wanted); say so in Content-Type")
        }
    }
}

extension Substring {
    /// Without blanks and ends of lines around it.
    var trimmed: Substring {
        let isBlank = { (character: Character) in character == " " || character == "\t" || character.isNewline }
        var text = drop(while: isBlank)
        while let last = text.last, isBlank(last) { text.removeLast() }
        return text
    }
}

extension Response {
    /// A JSON value as an answer, which nobody keeps.
    init(_ json: JSON, status: HTTPResponse.Status = .ok, mediaType: String = "application/json") {
        self.init(
            status: status, headers: [.contentType: mediaType, .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: json.text + "\n")))
    }

    /// A text as an answer, which nobody keeps.
    init(text: String, mediaType: String = "text/plain; charset=utf-8", status: HTTPResponse.Status = .ok) {
        self.init(
            status: status, headers: [.contentType: mediaType, .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}
