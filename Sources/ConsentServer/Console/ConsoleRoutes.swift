internal import ConsentAudit
internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules
internal import HTTPTypes
internal import Hummingbird
internal import LedgerCrypto

/// A request for a page.
struct ConsoleVisit: Sendable {
    let exchange: Exchange
    let frame: ConsoleFrame

    init(_ exchange: Exchange) {
        self.exchange = exchange
        frame = ConsoleFrame(exchange.request, server: exchange.server)
    }

    var server: ServerParts { exchange.server }
    var ledger: ServedLedger { exchange.server.ledger }
}

/// The console's pages, and the forms on them.
enum ConsoleRoutes {
    static let table = RouteTable(
        routes: ConsoleAccountRoutes.routes + ConsolePersonRoutes.routes + ConsolePaperRoutes.routes
            + ConsoleEraseRoutes.routes
            + ConsoleLogRoutes.routes + ConsoleActivityRoutes.routes + ConsoleCatalogRoutes.routes)

    /// The longest form, in bytes.
    private static let mostFormBytes = 262_144

    /// A page: GET, without a query.
    static func page(
        _ path: String, _ operation: String, _ roles: Set<Role>?,
        _ handle: @escaping @Sendable (ConsoleVisit) async throws -> Response
    ) -> Route {
        Route(method: .get, path: "/console" + path, operation: "console-" + operation, roles: roles) { exchange in
            _ = try exchange.query()
            return try await handle(ConsoleVisit(exchange))
        }
    }

    /// What a form of a page does: POST, with the key that only that browser's forms have.
    static func form(
        _ path: String, _ operation: String, _ roles: Set<Role>?,
        _ handle: @escaping @Sendable (ConsoleVisit, FormFields) async throws -> Response
    ) -> Route {
        Route(method: .post, path: "/console" + path, operation: "console-" + operation, roles: roles) { exchange in
            _ = try exchange.query()
            try exchange.refuseOtherMediaType("application/x-www-form-urlencoded")
            let bytes = try await exchange.body()
            guard bytes.count <= mostFormBytes else {
                throw ServerError(.bodyTooLarge, "a form has at most \(mostFormBytes) bytes")
            }
            guard let form = try? FormFields(parsing: bytes) else {
                throw ServerError(.malformedRequest, "the body is no form in UTF-8")
            }
            let visit = ConsoleVisit(exchange)
            guard
                KeyedHash.areEqual(Array((form["form-key"] ?? "").utf8), Array(visit.frame.formKey.utf8))
            else { throw ForeignForm() }
            return try await handle(visit, form)
        }
    }

    /// A form that this browser did not get from its own session.
    struct ForeignForm: Error, ServerErrorCarrying {
        var serverError: ServerError {
            ServerError(.forbidden, "the form is not one of this session; open its page again")
        }
    }

    /// Whether a path is that of a page.
    static func isPage(_ path: String) -> Bool {
        guard Console.answers(path), case .route = table.find(.get, path) else { return false }
        return true
    }
}

/// Signing in and out, and what is around the pages.
enum ConsoleAccountRoutes {
    static let routes = [
        ConsoleRoutes.page("", "root", nil) { _ in ConsoleFrame.redirect(to: "/console/") },
        ConsoleRoutes.page("/", "start", Set(Role.allCases), start),
        ConsoleRoutes.page("/sign-in", "sign-in-page", nil) { visit in
            visit.frame.session == nil
                ? visit.frame.page("sign-in", "sign-in") : ConsoleFrame.redirect(to: "/console/")
        },
        ConsoleRoutes.page("/sign-in/ended", "sign-in-ended", nil) { visit in
            visit.frame.session == nil
                ? visit.frame.page("sign-in", "sign-in", ["fault": visit.frame.fault("sign-in-ended")])
                : ConsoleFrame.redirect(to: "/console/")
        },
        ConsoleRoutes.form("/sign-in", "sign-in", nil, signIn),
        ConsoleRoutes.form("/sign-out", "sign-out", nil) { visit, _ in
            let console = visit.server.console
            if let name = ConsoleCookies.value(console.cookies.session, in: visit.exchange.request.headers) {
                console.sessions.end(name)
            }
            var response = ConsoleFrame.redirect(to: "/console/sign-in")
            response.headers[.setCookie] = console.cookies.setting(console.cookies.session, "", seconds: 0)
            return response
        },
        ConsoleRoutes.form("/language", "language", nil) { visit, form in
            let page = form["page"] ?? ""
            var response = ConsoleFrame.redirect(to: ConsoleRoutes.isPage(page) ? page : "/console/")
            if let language = form["language"], EvidenceTexts.languages.contains(language) {
                let cookies = visit.server.console.cookies
                response.headers[.setCookie] = cookies.setting(cookies.language, language, seconds: year)
            }
            return response
        },
        ConsoleRoutes.page("/style.css", "style", nil) { _ in
            Response(text: ConsoleStyle.sheet, mediaType: "text/css; charset=utf-8")
        },
        ConsoleRoutes.page("/icon.svg", "icon", nil) { _ in
            Response(text: ConsoleStyle.icon, mediaType: "image/svg+xml")
        },
    ]

    private static let year: UInt64 = 365 * 86_400

    private static func signIn(_ visit: ConsoleVisit, _ form: FormFields) async throws -> Response {
        let (server, frame) = (visit.server, visit.frame)
        let now = server.clock.elapsedMilliseconds()
        if let seconds = server.console.waitToSignIn(
            visit.exchange.request, address: visit.exchange.remoteAddress, now: now)
        {
            var response = frame.page(
                "sign-in", "sign-in", ["fault": frame.fault("sign-in-too-often")], status: .tooManyRequests)
            response.headers[.retryAfter] = String(seconds)
            return response
        }
        let token: AccessToken
        do {
            token = try await server.admission.token(text: (form["token"] ?? "").filter { !$0.isWhitespace })
        } catch let error as ServerError where error.code == .unauthenticated || error.code == .tokenExpired {
            let name = error.code == .tokenExpired ? "sign-in-expired" : "sign-in-wrong"
            return frame.page("sign-in", "sign-in", ["fault": frame.fault(name)], status: .forbidden)
        }
        let cookies = server.console.cookies
        // A browser that signs in again is not left with an older session that lives on.
        if let name = ConsoleCookies.value(cookies.session, in: visit.exchange.request.headers) {
            server.console.sessions.end(name)
        }
        var response = ConsoleFrame.redirect(to: "/console/")
        response.headers[.setCookie] = cookies.setting(
            cookies.session, server.console.sessions.begin(token, now: now))
        return response
    }

    private static func start(_ visit: ConsoleVisit) async throws -> Response {
        let access = try visit.exchange.access
        let frame = visit.frame
        return frame.respond(
            try await visit.ledger.read { snapshot in
                let businesses = snapshot.catalog.businesses.values.filter { access.opens($0.id) }.sorted {
                    $0.window.from < $1.window.from
                }
                let token = access.token
                return frame.html(
                    "start", "start",
                    [
                        "choices": frame.reachable.dropFirst().map { place in
                            [
                                "href": place.path, "label": frame.text(place.name),
                                "about": frame.text(place.name + "-is"),
                            ]
                        },
                        "businesses": businesses.map { ["id": $0.id, "name": $0.name] },
                        "hasBusinesses": !businesses.isEmpty,
                        "facts": [
                            frame.fact("token-label", token.label), frame.fact("token-id", token.id),
                            frame.fact(
                                "token-roles",
                                [
                                    .words(
                                        token.roles.sorted().map { frame.text("role-" + $0.rawValue) }.joined(
                                            separator: ", "))
                                ]),
                            frame.fact("token-until", FieldText.pageText(of: token.expiresAt)),
                        ],
                    ])
            })
    }
}
