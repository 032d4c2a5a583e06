internal import HTTPTypes
internal import Hummingbird

/// One operation of the server: the one place that says who may use it.
struct Route: Sendable {
    let method: HTTPRequest.Method
    /// Parts between slashes; `{name}` stands for any one part, `{name...}` at the end for all that follow.
    let path: String
    /// Its name in the API's description, in logs and in metrics.
    let operation: String
    /// The roles of which one opens it; `nil` where it asks for no token.
    let roles: Set<Role>?
    /// Whether `/log/` opens it to everyone, where the operator publishes the log.
    var isOfLog = false
    /// Whether platforms call it, which show by a signature or a link that they may.
    var isOfPlatform = false
    let handle: @Sendable (Exchange) async throws -> Response

    /// What stands in the places of the path; `nil` unless `path` is one of this route.
    func match(_ parts: [Substring]) -> [String: String]? {
        let pattern = self.path.split(separator: "/", omittingEmptySubsequences: false)
        var parameters: [String: String] = [:]
        for (position, part) in pattern.enumerated() {
            if part.hasPrefix("{"), part.hasSuffix("...}") {
                guard position < parts.count else { return nil }
                parameters[String(part.dropFirst().dropLast(4))] = parts[position...].joined(separator: "/")
                return parameters
            }
            guard position < parts.count else { return nil }
            if part.hasPrefix("{"), part.hasSuffix("}") {
                guard !parts[position].isEmpty else { return nil }
                parameters[String(part.dropFirst().dropLast())] = String(parts[position])
            } else if part != parts[position] {
                return nil
            }
        }
        return parts.count == pattern.count ? parameters : nil
    }
}

/// All routes.
struct RouteTable: Sendable {
    let routes: [Route]

    /// What a request asks for.
    enum Found: Sendable {
        case route(Route, [String: String])
        /// The path is there, and takes these methods.
        case otherMethods([HTTPRequest.Method])
        case nothing
    }

    /// The route of a request. HEAD is answered where GET is.
    func find(_ method: HTTPRequest.Method, _ path: String) -> Found {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        let asked = method == .head ? .get : method
        var others: [HTTPRequest.Method] = []
        for route in routes {
            guard let parameters = route.match(parts) else { continue }
            if route.method == asked { return .route(route, parameters) }
            others.append(route.method)
            if route.method == .get { others.append(.head) }
        }
        return others.isEmpty ? .nothing : .otherMethods(others)
    }
}
