/// What the server throws of its own; errors of the libraries pass through as they are. Equal when the codes are equal.
public struct ServerError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The kind of failure; an open set, so compare with the members it knows.
    public struct Code: Hashable, Sendable {
        /// A stable word for machines.
        public let name: String

        /// The configuration file, or a variable that overrides it, is not what it should be.
        public static let badConfiguration = Code(name: "bad-configuration")
        /// The file of the tokens is not what it should be.
        public static let badTokens = Code(name: "bad-tokens")
        /// There is no token of that id.
        public static let unknownToken = Code(name: "unknown-token")
        /// The address to listen on is taken, or may not be used.
        public static let cannotListen = Code(name: "cannot-listen")
        /// The request is not what the API asks for: not JSON, a member of another type, unknown or missing.
        public static let malformedRequest = Code(name: "malformed-request")
        /// The request has no token, or one that does not count.
        public static let unauthenticated = Code(name: "unauthenticated")
        /// The token's time is over.
        public static let tokenExpired = Code(name: "token-expired")
        /// The token has not the role or the business.
        public static let forbidden = Code(name: "forbidden")
        /// There is nothing at the path.
        public static let notFound = Code(name: "not-found")
        /// What is at the path does not take the method.
        public static let methodNotAllowed = Code(name: "method-not-allowed")
        /// The body did not come in time.
        public static let requestTimeout = Code(name: "request-timeout")
        /// The body is longer than is allowed.
        public static let bodyTooLarge = Code(name: "body-too-large")
        /// The body has another media type.
        public static let unsupportedMediaType = Code(name: "unsupported-media-type")
        /// The range lies outside what is there.
        public static let rangeNotSatisfiable = Code(name: "range-not-satisfiable")
        /// Some of the events are not recorded; the answer says which.
        public static let eventsRefused = Code(name: "events-refused")
        /// The token asked more often than is allowed.
        public static let rateLimited = Code(name: "rate-limited")
        /// More is waiting than the server can work through in time.
        public static let overloaded = Code(name: "overloaded")
        /// The index lags too far behind what is recorded for more to be recorded.
        public static let indexBehind = Code(name: "index-behind")
        /// The ledger's last record is older than the question allows.
        public static let stale = Code(name: "stale")
        /// The webhook's signature is not its sender's.
        public static let badWebhookSignature = Code(name: "bad-webhook-signature")
        /// A witness gives no whole answer in time.
        public static let unreachable = Code(name: "unreachable")
    }

    public let code: Code
    /// A sentence: what was wrong and what to do.
    public let description: String

    public init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }

    public static func == (left: Self, right: Self) -> Bool { left.code == right.code }
}
