internal import ConsentAudit
internal import ConsentLedger
internal import Glibc
internal import HTTPTypes
internal import Hummingbird
internal import LedgerCrypto

/// The console: pages for people, over the same routes' rights. It has no rule of its own.
final class Console: Sendable {
    let sessions: ConsoleSessions
    let cookies: ConsoleCookies
    let verification = LogVerification()
    let activity = ActivityCount()
    /// Of whoever tries to sign in, by where they are.
    private let signInLimit = RateLimit(requestsPerSecond: 1, burst: 10)
    /// Picks the bucket of whoever tries: nobody can tell who else has theirs.
    private let bucketKey: KeyedHash
    private let isBehindProxy: Bool
    private let isTLS: Bool

    init(_ configuration: Configuration, random: any RandomSource) throws {
        sessions = try ConsoleSessions(random: random)
        bucketKey = try KeyedHash(key: random.secret(KeyedHash.keyByteCount))
        isBehindProxy = configuration.isBehindProxy
        isTLS = configuration.tls != nil
        cookies = ConsoleCookies(isSecure: isTLS || isBehindProxy)
    }

    /// Whether a path is the console's.
    static func answers(_ path: String) -> Bool { path == "/console" || path.hasPrefix("/console/") }

    /// The token of the session that a request is of. Throws `NotSignedIn`; a session ends with its token.
    func token(of request: Request, _ admission: Admission, now: UInt64) async throws -> AccessToken {
        guard let name = ConsoleCookies.value(cookies.session, in: request.headers),
            let session = sessions.session(name, now: now)
        else { throw NotSignedIn() }
        guard let token = try await admission.current(session.token) else {
            sessions.end(name)
            throw NotSignedIn()
        }
        return token
    }

    /// After how many seconds whoever sent a request may try to sign in; `nil` is now.
    func waitToSignIn(_ request: Request, address: String?, now: UInt64) -> Int? {
        var origin = address ?? ""
        if isBehindProxy, let last = request.headers[.forwardedFor]?.split(separator: ",").last {
            origin = String(last.filter { $0 != " " })
        }
        return waitToSignIn(from: origin, now: now)
    }

    /// The same for an address. Who shares one of 65,536 buckets shares its rate, so that what is remembered is bounded.
    func waitToSignIn(from origin: String, now: UInt64) -> Int? {
        let bucket = bucketKey.hash(Self.network(of: origin), byteCount: 16).prefix(2)
        return signInLimit.wait(Hexadecimal.encode(Array(bucket)), now: now)
    }

    /// What of an address nobody has many of: of IPv6 the first half, the rest of which is its owner's to choose.
    private static func network(of origin: String) -> [UInt8] {
        var address = in6_addr()
        guard inet_pton(AF_INET6, origin, &address) == 1 else { return Array(origin.utf8) }
        let bytes = withUnsafeBytes(of: address) { Array($0) }
        let isMapped = bytes.starts(with: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff])
        return isMapped ? Array(bytes.suffix(4)) : Array(bytes.prefix(8))
    }

    /// What a request without a session is told: to sign in.
    struct NotSignedIn: Error, ServerErrorCarrying {
        var serverError: ServerError { ServerError(.unauthenticated, "sign in first") }
    }

    /// The answer to a request that failed.
    func answer(to request: Request, _ error: any Error, _ problem: Problem, id: String, server: ServerParts)
        -> Response
    {
        let frame = ConsoleFrame(request, server: server)
        if error is NotSignedIn { return signingIn(request, frame) }
        if let error = error as? ConsolePersonRoutes.ErasedPerson { return error.page(frame) }
        let isForeignForm = error is ConsoleRoutes.ForeignForm
        // What names the API's parts is for programs.
        let isOfAPI = ["openapi.yaml", "/v1/"].contains { problem.detail.contains($0) }
        return frame.page(
            "error", "error",
            [
                "saying": isForeignForm ? frame.text("error-form") : frame.sentence(of: problem),
                "detail": problem.detail, "hasDetail": !isForeignForm && !isOfAPI,
                "facts": [frame.fact("code", problem.code), frame.fact("request", id)],
            ], status: problem.status)
    }

    /// Leads whoever has no session to signing in, and from there back to the page that was asked for or that the form is of.
    /// What a form would have done is not done, and that is said.
    private func signingIn(_ request: Request, _ frame: ConsoleFrame) -> Response {
        let hadSession = ConsoleCookies.value(cookies.session, in: request.headers) != nil
        let isForm = request.method == .post
        let path = isForm ? "/console/sign-in/undone" : hadSession ? "/console/sign-in/ended" : "/console/sign-in"
        let query = QueryText.text([("page", frame.returnTo == "/console/" ? "" : frame.returnTo)])
        return ConsoleFrame.redirect(to: query.isEmpty ? path : "\(path)?\(query)")
    }

    /// What every answer of the console has in its headers (OWASP's list for pages without scripts).
    func secure(_ response: inout Response) {
        response.headers[.cacheControl] = "no-store"
        response.headers[.contentSecurityPolicy] =
            "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; "
            + "base-uri 'none'"
        response.headers[.referrerPolicy] = "no-referrer"
        response.headers[.permissionsPolicy] =
            "camera=(), clipboard-read=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"
        response.headers[.openerPolicy] = "same-origin"
        response.headers[.resourcePolicy] = "same-origin"
        response.headers[.frameOptions] = "DENY"
        if isTLS { response.headers[.strictTransportSecurity] = "max-age=31536000" }
    }
}

extension HTTPField.Name {
    fileprivate static let forwardedFor = HTTPField.Name("X-Forwarded-For")!
    fileprivate static let referrerPolicy = HTTPField.Name("Referrer-Policy")!
    fileprivate static let permissionsPolicy = HTTPField.Name("Permissions-Policy")!
    fileprivate static let openerPolicy = HTTPField.Name("Cross-Origin-Opener-Policy")!
    fileprivate static let resourcePolicy = HTTPField.Name("Cross-Origin-Resource-Policy")!
    fileprivate static let frameOptions = HTTPField.Name("X-Frame-Options")!
}
