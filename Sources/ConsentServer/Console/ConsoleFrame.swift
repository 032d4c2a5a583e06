internal import ConsentAudit
internal import ConsentLedger
internal import ConsentModel
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// What is around every page: who looks at it, in which language, and what they may go to.
struct ConsoleFrame: Sendable {
    let server: ServerParts
    let texts: EvidenceTexts
    let session: ConsoleSessions.Session?
    /// What the page's forms have.
    let formKey: String
    private let path: String
    /// Where to come back to after another language was chosen or a session has ended: this page, or the one that its form is
    /// of.
    let returnTo: String
    /// What a browser without a session is given.
    private let cookie: String?

    /// The frame of what is answered to a request.
    init(_ request: Request, server: ServerParts) {
        let console = server.console
        self.server = server
        path = request.uri.path
        returnTo = Self.page(of: request)
        texts = Self.texts(request.headers, console.cookies)
        session = ConsoleCookies.value(console.cookies.session, in: request.headers).flatMap {
            console.sessions.session($0, now: server.clock.elapsedMilliseconds())
        }
        if let session {
            formKey = session.formKey
            cookie = nil
        } else {
            let known = ConsoleCookies.value(console.cookies.stranger, in: request.headers)
            let visit = known ?? console.sessions.randomText()
            formKey = console.sessions.formKey(ofStranger: visit)
            cookie = known == nil ? console.cookies.setting(console.cookies.stranger, visit) : nil
        }
    }

    /// The texts in the language that was chosen, else in that of the browser's most wanted which there is, else in English.
    private static func texts(_ headers: HTTPFields, _ cookies: ConsoleCookies) -> EvidenceTexts {
        let chosen = ConsoleCookies.value(cookies.language, in: headers)
        for language in [chosen].compactMap(\.self) + languages(accepted: headers[.acceptLanguage] ?? "") {
            if let texts = EvidenceTexts(language, adding: ConsoleTexts.tables) { return texts }
        }
        return EvidenceTexts("en", adding: ConsoleTexts.tables)!
    }

    /// The languages of an `Accept-Language` (RFC 9110, 12.5.4), the most wanted first, without those that are not wanted.
    static func languages(accepted header: String) -> [String] {
        var ranges: [(language: String, weight: Double, place: Int)] = []
        for (place, range) in header.split(separator: ",").enumerated() {
            let parts = range.split(separator: ";").map { $0.filter { $0 != " " }.lowercased() }
            let weight = parts.dropFirst().first { $0.hasPrefix("q=") }.map { Double($0.dropFirst(2)) ?? 0 } ?? 1
            let language = (parts.first ?? "").prefix { $0.isLetter }
            if weight > 0 { ranges.append((String(language), weight, place)) }
        }
        return ranges.sorted { ($1.weight, $0.place) < ($0.weight, $1.place) }.map(\.language)
    }

    // MARK: Texts

    func text(_ name: String) -> String { texts.text("console." + name) }

    /// Words with values in their places.
    func pieces(_ name: String, _ values: [EvidencePage.Piece]...) -> [EvidencePage.Piece] {
        switch values.count {
        case 0: [.words(text(name))]
        case 1: texts.pieces("console." + name, values[0])
        case 2: texts.pieces("console." + name, values[0], values[1])
        default: texts.pieces("console." + name, values[0], values[1], values[2])
        }
    }

    /// Pieces as templates take them.
    static func view(_ pieces: [EvidencePage.Piece]) -> [ConsoleTemplates.Values] {
        pieces.map { piece in
            switch piece {
            case .words(let text): ["text": text, "isValue": false]
            case .value(let text, _): ["text": text, "isValue": true]
            }
        }
    }

    /// A line of a list of facts.
    func fact(_ name: String, _ value: [EvidencePage.Piece]) -> ConsoleTemplates.Values {
        ["term": text(name), "pieces": Self.view(value)]
    }

    func fact(_ name: String, _ value: String) -> ConsoleTemplates.Values { fact(name, [.value(value)]) }

    /// A line that leads to the page of a contact.
    func fact(
        _ name: String, _ value: [EvidencePage.Piece], leadingTo handle: ContactHandle
    ) -> ConsoleTemplates.Values {
        fact(name, value).merging(["link": [["handle": "\(handle)"]]]) { $1 }
    }

    /// The sentence that tells a reader what a problem is, in the page's language.
    func sentence(of problem: Problem) -> String {
        let name = "code." + problem.code
        guard ConsoleTextsEnglish.table[name] == nil else { return text(name) }
        return text(problem.status.code >= 500 ? "error-server" : "error-request")
    }

    /// What went wrong with a form, to be shown above it, and with which of its fields; `detail` is in English.
    func fault(_ name: String, field: String? = nil, detail: String? = nil) -> ConsoleTemplates.Values {
        fault(saying: text(name), field: field, detail: detail)
    }

    func fault(_ fault: ConsoleTemplates.Fault) -> ConsoleTemplates.Values {
        self.fault(fault.name, field: fault.field, detail: fault.detail)
    }

    func fault(saying: String, field: String? = nil, detail: String? = nil) -> ConsoleTemplates.Values {
        [
            "saying": saying, "detail": detail ?? "", "hasDetail": detail != nil, "field": field ?? "",
            "isOfForm": field == nil,
        ]
    }

    // MARK: Pages

    /// A page of its own; with `refresh`, browsers ask for it again after so many seconds.
    func page(
        _ template: String, _ heading: String, _ values: ConsoleTemplates.Values = [:],
        status: HTTPResponse.Status = .ok, refresh: Int? = nil
    ) -> Response {
        respond(html(template, heading, values, refresh: refresh), status: status)
    }

    /// The HTML of a page, which may be made where the ledger is read.
    func html(
        _ template: String, _ heading: String, _ values: ConsoleTemplates.Values = [:], refresh: Int? = nil
    ) -> String {
        let title = text(heading)
        var shared: ConsoleTemplates.Values = [
            "t": ConsoleWords(texts: texts), "heading": title, "formKey": formKey, "isForeign": texts.language != "en",
        ]
        let fault = values["fault"] as? ConsoleTemplates.Values
        if let field = fault?["field"] as? String, !field.isEmpty { shared["wrong-" + field] = true }
        var frame = shared
        frame["isWrong"] = values["isWrong"] as? Bool ?? (fault != nil || template == "error")
        frame["body"] = ConsoleTemplates.page(template, shared.merging(values) { $1 })
        frame["language"] = texts.language
        frame["isTest"] = server.ledger.isTest
        frame["origin"] = server.ledger.origin
        frame["isSignedIn"] = session != nil
        frame["links"] = links
        frame["returnTo"] = returnTo
        frame["languages"] = ConsoleTexts.languageNames.map { language -> ConsoleTemplates.Values in
            ["code": language.code, "own": language.name, "isChosen": language.code == texts.language]
        }
        frame["tokenLabel"] = session?.token.label ?? ""
        frame["tokenID"] = session?.token.id ?? ""
        frame["refresh"] = refresh.map { [["seconds": String($0)]] } ?? []
        return ConsoleTemplates.page("frame", frame)
    }

    /// Sends HTML.
    func respond(_ html: String, status: HTTPResponse.Status = .ok) -> Response {
        var response = Response(text: html, mediaType: "text/html; charset=utf-8", status: status)
        if let cookie { response.headers.append(HTTPField(name: .setCookie, value: cookie)) }
        return response
    }

    /// Sends the browser elsewhere, with GET.
    static func redirect(to path: String) -> Response { Response(status: .seeOther, headers: [.location: path]) }

    /// The pages that whoever is signed in may go to.
    private var links: [ConsoleTemplates.Values] {
        reachable.map { place in
            let here = path == place.path || (place.path != "/console/" && path.hasPrefix(place.path + "/"))
            return [
                "href": place.path, "label": text(place.name),
                "isHere": here || (place.name == "find" && path.hasPrefix("/console/people/")),
            ]
        }
    }

    /// The places of the console that whoever is signed in may go to.
    var reachable: [ConsolePlace] {
        guard let roles = session?.token.roles else { return [] }
        return ConsolePlace.all.filter { !roles.isDisjoint(with: $0.roles) }
    }

    private static func page(of request: Request) -> String {
        let path = request.uri.path
        let address = request.method == .post ? path : path + (request.uri.query.map { "?" + $0 } ?? "")
        let parent = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        return [address, path, parent].first(where: ConsoleRoutes.isPage) ?? "/console/"
    }
}

/// A page that others link to.
struct ConsolePlace: Sendable {
    /// The name of its text.
    let name: String
    let path: String
    let roles: Set<Role>

    static let all = [
        ConsolePlace(name: "start", path: "/console/", roles: Set(Role.allCases)),
        ConsolePlace(name: "find", path: "/console/find", roles: ConsolePersonRoutes.roles),
        ConsolePlace(name: "log", path: "/console/log", roles: ConsoleLogRoutes.roles),
        ConsolePlace(name: "activity", path: "/console/activity", roles: ConsoleActivityRoutes.roles),
        ConsolePlace(name: "sources", path: "/console/sources", roles: Set(Role.allCases)),
        ConsolePlace(name: "notices", path: "/console/notices", roles: Set(Role.allCases)),
    ]
}
