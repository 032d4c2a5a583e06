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
    /// What the query says, of the names that the page takes.
    let query: FormFields
    let frame: ConsoleFrame

    init(_ exchange: Exchange, query: FormFields) {
        self.exchange = exchange
        self.query = query
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

    /// A page: GET, with a query of these names at most, each once.
    static func page(
        _ path: String, _ operation: String, _ roles: Set<Role>?, query names: Set<String> = [],
        _ handle: @escaping @Sendable (ConsoleVisit) async throws -> Response
    ) -> Route {
        Route(method: .get, path: "/console" + path, operation: "console-" + operation, roles: roles) { exchange in
            try await handle(ConsoleVisit(exchange, query: query(exchange, names)))
        }
    }

    /// The query of a request. Throws `malformedRequest`.
    private static func query(_ exchange: Exchange, _ names: Set<String>) throws -> FormFields {
        guard let fields = try? FormFields(parsing: (exchange.request.uri.query ?? "").utf8),
            Set(fields.fields.map(\.name)).isSubset(of: names),
            Set(fields.fields.map(\.name)).count == fields.fields.count
        else { throw ServerError(.malformedRequest, "this page has no such query") }
        return fields
    }

    /// What a form of a page does: POST, with the key that only that browser's forms have.
    static func form(
        _ path: String, _ operation: String, _ roles: Set<Role>?,
        _ handle: @escaping @Sendable (ConsoleVisit, FormFields) async throws -> Response
    ) -> Route {
        Route(method: .post, path: "/console" + path, operation: "console-" + operation, roles: roles) { exchange in
            let noQuery = try query(exchange, [])
            try exchange.refuseOtherMediaType("application/x-www-form-urlencoded")
            let bytes = try await exchange.body(most: mostFormBytes)
            guard let form = try? FormFields(parsing: bytes) else {
                throw ServerError(.malformedRequest, "the body is no form in UTF-8")
            }
            let visit = ConsoleVisit(exchange, query: noQuery)
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

    /// The longest address of a page that is gone back to, in bytes.
    private static let mostAddressBytes = 1024

    /// What pages take in their queries.
    private static let queryNames = PersonInquiry.names.union(["page"])

    /// Whether a text is the address of one of the console's own pages, with or without a query: nothing in it leads
    /// elsewhere, or ends a header.
    static func isPage(_ address: String) -> Bool {
        let path = address.prefix { $0 != "?" }
        guard address.utf8.count <= mostAddressBytes,
            address.utf8.allSatisfy({ 0x21...0x7e ~= $0 && $0 != UInt8(ascii: "\\") }),
            path.utf8.allSatisfy(isOfPath), path.hasPrefix("/console/"), case .route = table.find(.get, String(path)),
            let query = try? FormFields(parsing: address.utf8.dropFirst(path.utf8.count + 1))
        else { return false }
        return queryNames.isSuperset(of: query.fields.map(\.name))
    }

    /// What the paths of pages consist of: neither a dot, which would lead upwards, nor an escape.
    private static func isOfPath(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
            UInt8(ascii: "/"):
            true
        default: false
        }
    }
}

/// Signing in and out, and what is around the pages.
enum ConsoleAccountRoutes {
    static let routes = [
        ConsoleRoutes.page("", "root", nil) { _ in ConsoleFrame.redirect(to: "/console/") },
        ConsoleRoutes.page("/", "start", Set(Role.allCases), start),
        ConsoleRoutes.page("/sign-in", "sign-in-page", nil, query: ["page"]) { signInPage($0) },
        ConsoleRoutes.page("/sign-in/ended", "sign-in-ended", nil, query: ["page"]) { visit in
            signInPage(visit, saying: "sign-in-ended")
        },
        ConsoleRoutes.page("/sign-in/undone", "sign-in-undone", nil, query: ["page"]) { visit in
            signInPage(visit, saying: "sign-in-undone")
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

    /// Where to go on after signing in: the page that was asked for, else the start.
    private static func goal(_ fields: FormFields) -> String {
        fields["page"].flatMap { ConsoleRoutes.isPage($0) ? $0 : nil } ?? "/console/"
    }

    /// The page to sign in on. Whoever is signed in already is led on.
    private static func signInPage(_ visit: ConsoleVisit, saying name: String? = nil) -> Response {
        guard visit.frame.session == nil else { return ConsoleFrame.redirect(to: goal(visit.query)) }
        return signInPage(
            visit.frame, goal: goal(visit.query), name.map { visit.frame.fault($0, field: "token") },
            isWrong: name == "sign-in-undone")
    }

    private static func signInPage(
        _ frame: ConsoleFrame, goal: String, _ fault: ConsoleTemplates.Values?, isWrong: Bool = true,
        status: HTTPResponse.Status = .ok
    ) -> Response {
        var values: ConsoleTemplates.Values = [
            "goal": goal, "life": [["pieces": sessionLife(frame)]], "isWrong": isWrong,
            "isRefused": status == .forbidden,
        ]
        if let fault { values["fault"] = fault }
        return frame.page("sign-in", "sign-in", values, status: status)
    }

    /// How long a session lives, in words.
    private static func sessionLife(_ frame: ConsoleFrame) -> [ConsoleTemplates.Values] {
        ConsoleFrame.view(
            frame.pieces(
                "session-life", [.value("\(ConsoleSessions.longestIdle / 60_000)")],
                [.value("\(ConsoleSessions.longestLife / 3_600_000)")]))
    }

    private static func signIn(_ visit: ConsoleVisit, _ form: FormFields) async throws -> Response {
        let (server, frame) = (visit.server, visit.frame)
        let now = server.clock.elapsedMilliseconds()
        if let seconds = server.console.waitToSignIn(
            visit.exchange.request, address: visit.exchange.remoteAddress, now: now)
        {
            var response = signInPage(
                frame, goal: goal(form), frame.fault("sign-in-too-often", field: "token"), status: .tooManyRequests)
            response.headers[.retryAfter] = String(seconds)
            return response
        }
        let token: AccessToken
        do {
            token = try await server.admission.token(text: (form["token"] ?? "").filter { !$0.isWhitespace })
        } catch let error as ServerError where error.code == .unauthenticated || error.code == .tokenExpired {
            let name = error.code == .tokenExpired ? "sign-in-expired" : "sign-in-wrong"
            return signInPage(
                frame, goal: goal(form), frame.fault(name, field: "token"), status: .forbidden)
        }
        let cookies = server.console.cookies
        // A browser that signs in again is not left with an older session that lives on.
        if let name = ConsoleCookies.value(cookies.session, in: visit.exchange.request.headers) {
            server.console.sessions.end(name)
        }
        var response = ConsoleFrame.redirect(to: goal(form))
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
                        "hasBusinesses": !businesses.isEmpty, "life": [["pieces": sessionLife(frame)]],
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
