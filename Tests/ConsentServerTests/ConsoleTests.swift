import ConsentAudit
import ConsentModel
import Foundation
import HTTPTypes
import HummingbirdTesting
import LedgerCrypto
import PlainHTML
import Synchronization
import Testing

@testable import ConsentLedger
@testable import ConsentServer

/// The pages for people: who sees what, and what they are given.
@Suite struct ConsoleTests {
    static let contact = "+34600111222"
    private static let other = "+34600111777"

    private static var pages: [Route] { ConsoleRoutes.table.routes.filter { $0.method == .get && $0.roles != nil } }
    private static var forms: [Route] { ConsoleRoutes.table.routes.filter { $0.method == .post } }

    /// The path of a route, of a person and of a business.
    private static func path(_ route: Route, _ handle: String) -> String {
        [("{handle}", handle), ("{business}", ServerWorld.acme), ("{page}", "1")].reduce(route.path) { path, place in
            path.replacing(place.0, with: place.1)
        }
    }

    /// Somebody opted in and out, at each business.
    static func fill(_ world: ServerWorld, _ client: any TestClientProtocol) async throws {
        let token = try world.token(.capture, businesses: nil)
        let optIn = Requests.optIn(contact, id: "a").dropLast() + #","private":{"ip":"192.0.2.7"}}"#
        for events in [
            Requests.events(String(optIn), Requests.optOut(contact, id: "b")),
            Requests.events(Requests.optIn(other, id: "c", business: ServerWorld.beta)),
        ] {
            let sent = try await client.post("/v1/events", token: token, events)
            #expect(sent.status == 200, "\(sent.text)")
        }
        try await world.server.parts.ledger.publish()
    }

    static func handle(_ contact: String, _ business: String, _ world: ServerWorld) async throws -> String {
        try await world.server.parts.ledger.read { snapshot in
            let address = try ContactAddress(parsing: contact)
            return try #require(try snapshot.handle(of: address, business: business)).description
        }
    }

    // MARK: Who sees what

    @Test(arguments: ["en", "es"]) func aRoleSeesItsPagesAndNoOthers(_ language: String) async throws {
        let world = try ServerWorld(label: "console-matrix", isTest: true)
        try await world.run { client async throws in
            try await Self.fill(world, client)
            let own = try await Self.handle(Self.contact, ServerWorld.acme, world)
            for role in Role.allCases {
                let browser = ConsoleBrowser(client, language: language)
                try await browser.signIn(try world.token(role, businesses: [ServerWorld.acme]))
                for route in Self.pages {
                    let path = Self.path(route, own)
                    let answer = try await browser.get(path)
                    let isOpen = route.roles?.contains(role) ?? false
                    #expect(answer.status == (isOpen ? 200 : 403), "\(role) \(path): \(answer.text)")
                    let page = try PageCheck.read(answer, "\(role) \(path)")
                    #expect(page.tags.first?.attributes["lang"] == language)
                    #expect(page.text.contains("TEST"), "\(role) \(path)")
                    // Nor is it in anything that is not printed.
                    let mark = page.tags.first { $0.attributes["class"] == "test" }
                    #expect(mark?.parents == ["html", "body", "header"], "\(role) \(path)")
                    #expect(isOpen || !page.text.contains("600111222"), "\(role) \(path)")
                    // What is linked or can be sent is what the role may.
                    for tag in page.tags {
                        let target = tag.attributes[tag.name == "form" ? "action" : "href"] ?? ""
                        guard target.hasPrefix("/console/"), tag.name == "form" || tag.name == "a" else { continue }
                        guard
                            case .route(let found, _) = ConsoleRoutes.table.find(
                                tag.attributes["method"] == "post" ? .post : .get, target)
                        else {
                            Issue.record("\(role) \(path): nothing at \(target)")
                            continue
                        }
                        #expect(found.roles?.contains(role) ?? true, "\(role) \(path): \(target)")
                    }
                }
                for route in Self.forms {
                    guard let roles = route.roles, !roles.contains(role) else { continue }
                    let path = route.path.replacing("{handle}", with: own)
                    let answer = try await browser.post(path, [("why", "x"), ("contact", Self.contact)])
                    #expect(answer.status == 403, "\(role) \(path)")
                }
            }
            #expect(try await Self.handle(Self.contact, ServerWorld.acme, world) == own)
        }
    }

    @Test func anotherBusinessIsNeverSeen() async throws {
        let world = try ServerWorld(label: "console-others")
        try await world.run { client async throws in
            try await Self.fill(world, client)
            let theirs = try await Self.handle(Self.other, ServerWorld.beta, world)
            let own = try await Self.handle(Self.contact, ServerWorld.acme, world)
            let browser = ConsoleBrowser(client)
            try await browser.signIn(try world.token(roles: Set(Role.allCases), businesses: [ServerWorld.acme]))
            let before = try await world.server.parts.ledger.read { $0.size }
            for route in Self.pages {
                let isOfPerson = route.path.contains("{handle}")
                let answer = try await browser.get(Self.path(route, theirs))
                #expect(answer.status == (isOfPerson ? 404 : 200), "\(route.path)")
                #expect(!answer.text.contains("600111777"), "\(route.path)")
                // The words of the notice that both show name both.
                #expect(route.path.contains("notices") || !answer.text.contains("Beta Seguros"), "\(route.path)")
                guard isOfPerson else { continue }
                // Nor is it told whether there is somebody.
                let nobody = try await browser.get(
                    route.path.replacing("{handle}", with: String(repeating: "0", count: 32)))
                let nonsense = try await browser.get(route.path.replacing("{handle}", with: "x"))
                #expect(nobody.status == 404)
                #expect(nonsense.status == 404)
            }
            for route in Self.forms where route.path.contains("{handle}") {
                let answer = try await browser.post(
                    route.path.replacing("{handle}", with: theirs), [("contact", Self.other), ("why", "x")])
                #expect(answer.status == 404, "\(route.path)")
            }
            for business in [ServerWorld.beta, "nobody-knows"] {
                for (path, fields) in [
                    ("/console/find", [("contact", Self.other)]),
                    ("/console/notices/try", [("language", "es"), ("text", "Hola"), ("channel", "sms")]),
                ] {
                    let answer = try await browser.post(path, fields + [("business", business)])
                    #expect(answer.status == 403, "\(path): \(answer.text)")
                }
                let notices = try await browser.get("/console/notices/\(business)/1")
                #expect(notices.status == 403, "\(notices.text)")
            }
            // What is counted is of the businesses that the token opens: one in, one out.
            let counted = try PlainHTML(try await browser.get("/console/activity").text)
            #expect(counted.tags.filter { $0.name == "td" }.map(\.text) == ["1", "1"])
            #expect(try await browser.get("/console/people/\(own)").status == 200)
            #expect(try await world.server.parts.ledger.read { $0.size } == before)
        }
    }

    @Test func everyUseOfLegalAndAdminIsRecorded() async throws {
        let world = try ServerWorld(label: "console-recorded")
        let token = try world.token(.legal, businesses: [ServerWorld.acme])
        try await world.run { client async throws in
            try await Self.fill(world, client)
            func uses() -> [String] {
                let directory = world.directory + "/private/access"
                return ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []).sorted().map {
                    (try? String(contentsOfFile: directory + "/" + $0, encoding: .utf8)) ?? ""
                }
            }
            let browser = ConsoleBrowser(client)
            try await browser.signIn(token)
            let before = uses().count
            let path = try await browser.find(Self.contact)
            _ = try await browser.get(path)
            #expect(uses().count == before + 3)
            #expect(uses().last?.contains(#""operation": "console-person""#) == true, "\(uses())")
            #expect(!uses().joined().contains("600111222"))
        }
    }

    // MARK: Sessions

    @Test func whoIsNotSignedInIsSentToSignIn() async throws {
        let world = try ServerWorld(label: "console-strangers")
        let token = try world.token(roles: Set(Role.allCases), businesses: nil)
        try await world.run { client async throws in
            let browser = ConsoleBrowser(client)
            for route in ConsoleRoutes.table.routes where route.roles != nil {
                let path = Self.path(route, String(repeating: "0", count: 32))
                // A token is for the API, and not for pages.
                let answer = try await browser.send(
                    route.method, path, route.method == .post ? [] : nil, more: [.authorization: "Bearer \(token)"])
                #expect(answer.status == 303, "\(path)")
                // From there they come back to what they asked for; of what they sent nothing was done.
                let back = path == "/console/" ? "" : "?page=\(path)"
                let location = answer.headers[.location] ?? ""
                if route.method == .get {
                    #expect(location == "/console/sign-in" + back, "\(path)")
                } else {
                    #expect(location.hasPrefix("/console/sign-in/undone?page=/console/"), "\(path)")
                }
                let page = try PageCheck.read(try await browser.get(location), location)
                #expect(page.text.contains("nothing was done with it") == (route.method == .post), "\(path)")
            }
            try await browser.signIn(token)
            // And a session is for pages, and not for the API.
            let answer = try await browser.send(.get, "/v1/businesses", nil)
            #expect(answer.status == 401)
            #expect(try await browser.get("/console").headers[.location] == "/console/")
            #expect(try await browser.get("/console/sign-in").status == 303)
        }
    }

    @Test func aSessionEndsInEveryWay() async throws {
        let world = try ServerWorld(label: "console-ends")
        try await world.run { client async throws in
            func signedIn(_ token: String) async throws -> ConsoleBrowser {
                let browser = ConsoleBrowser(client)
                try await browser.signIn(token)
                #expect(try await browser.get("/console/").status == 200)
                return browser
            }
            let long = { @Sendable () throws -> (AccessToken, String) in
                let now = world.clock.now()
                let made = try world.tokens.create(
                    label: "long", roles: [.support], businesses: nil, at: now,
                    expiresAt: now.adding(milliseconds: 100 * 3_600_000))
                world.clock.pass(Admission.longestKnown)
                return (made.token, made.text)
            }
            // Signed out; the cookie's text is worth nothing then.
            let (token, text) = try long()
            let first = try await signedIn(text)
            let cookie = first.cookies["consent-session"]
            let out = try await first.post("/console/sign-out")
            #expect(out.status == 303)
            #expect(first.cookies["consent-session"] == nil)
            first.setCookie("consent-session", cookie)
            #expect(try await first.get("/console/").status == 303)
            // Not used.
            let second = try await signedIn(text)
            world.clock.pass(ConsoleSessions.longestIdle - 1)
            #expect(try await second.get("/console/").status == 200)
            world.clock.pass(ConsoleSessions.longestIdle)
            // What was typed is lost: that is said.
            let late = try await second.post("/console/find", [("contact", "+34600111222")])
            #expect(late.status == 303)
            #expect(late.headers[.location] == "/console/sign-in/undone?page=/console/find")
            let undone = try PageCheck.read(try await second.get(late.headers[.location] ?? ""), "undone")
            #expect(undone.text.contains("nothing was done with it"), "\(undone.text)")
            #expect(undone.tags.first { $0.name == "title" }?.text.hasPrefix("Error: ") == true)
            let asked = try await second.get("/console/sources")
            #expect(asked.headers[.location] == "/console/sign-in/ended?page=/console/sources")
            let ended = try PageCheck.read(try await second.get(asked.headers[.location] ?? ""), "ended")
            #expect(ended.text.contains("Your session has ended."), "\(ended.text)")
            #expect(!ended.text.contains("nothing was done"), "\(ended.text)")
            #expect(ended.attributes["action"]?.contains("/console/sign-in") == true)
            #expect(try await second.get("/console/").status == 303)
            // Old, however much it is used.
            let third = try await signedIn(text)
            for _ in 0..<(ConsoleSessions.longestLife / (ConsoleSessions.longestIdle / 2) - 1) {
                world.clock.pass(ConsoleSessions.longestIdle / 2)
                #expect(try await third.get("/console/").status == 200)
            }
            world.clock.pass(ConsoleSessions.longestIdle / 2)
            #expect(try await third.get("/console/").status == 303)
            // Revoked.
            let fourth = try await signedIn(text)
            try world.tokens.revoke(token.id, at: world.clock.now())
            world.clock.pass(Admission.longestKnown)
            #expect(try await fourth.get("/console/").status == 303)
            // Its token's time is over.
            let fifth = try await signedIn(try world.token(.support, businesses: nil))
            world.clock.pass(ConsoleSessions.longestIdle - 1)
            #expect(try await fifth.get("/console/").status == 200)
            world.clock.pass(ConsoleSessions.longestIdle - 5000)
            #expect(try await fifth.get("/console/").status == 200)
            world.clock.pass(10_000)
            #expect(try await fifth.get("/console/").status == 303)
        }
    }

    @Test func whatIsNoTokenDoesNotSignInAndTooManyAttemptsWait() async throws {
        let world = try ServerWorld(label: "console-sign-in")
        let token = try world.token(.support, businesses: nil)
        let late = try world.token(.support, businesses: nil)
        try await world.run { client async throws in
            let browser = ConsoleBrowser(client)
            _ = try await browser.get("/console/sign-in")
            for wrong in ["", "x", String(token.dropLast()) + "x", token.uppercased(), "Bearer " + token + "0"] {
                world.clock.pass(60_000)
                let answer = try await browser.post("/console/sign-in", [("token", wrong)])
                #expect(answer.status == 403, "\(wrong)")
                let page = try PageCheck.read(answer, wrong)
                #expect(page.attributes["role"]?.contains("alert") == true)
                #expect(!answer.text.contains(token.dropLast()))
                #expect(browser.cookies["consent-session"] == nil)
            }
            world.clock.pass(3_600_000)
            let expired = try await browser.post("/console/sign-in", [("token", late)])
            #expect(expired.status == 403)
            let good = try world.token(.support, businesses: nil)
            for _ in 0..<10 { _ = try await browser.post("/console/sign-in", [("token", "x")]) }
            let refused = try await browser.post("/console/sign-in", [("token", good)])
            #expect(refused.status == 429)
            #expect(refused.headers[.retryAfter] == "1")
            _ = try PageCheck.read(refused, "too often")
            world.clock.pass(1000)
            #expect(try await browser.post("/console/sign-in", [("token", " \(good)\n")]).status == 303)
        }
    }

    @Test func whoeverTriesTooOftenLocksNobodyElseOut() async throws {
        let world = try ServerWorld(label: "console-limit")
        let console = world.server.parts.console
        // All of one network, which has more addresses than there are buckets.
        for host in 0..<5000 { _ = console.waitToSignIn(from: "2001:db8::\(String(host, radix: 16))", now: 0) }
        #expect(console.waitToSignIn(from: "2001:db8::ffff", now: 0) != nil)
        for host in 0..<256 {
            for address in [
                "192.0.2.\(host)", "::ffff:198.51.100.\(host)", "2001:db8:0:\(String(host + 1, radix: 16))::1",
            ] {
                #expect(console.waitToSignIn(from: address, now: 0) == nil, "\(address)")
            }
        }
        for _ in 0..<10 { _ = console.waitToSignIn(from: "203.0.113.7", now: 0) }
        #expect(console.waitToSignIn(from: "203.0.113.7", now: 0) != nil)
        #expect(console.waitToSignIn(from: "203.0.113.7", now: 1000) == nil)
        try await world.run { _ in }
    }

    @Test func thereAreSoManySessionsAndNoMore() throws {
        let sessions = try ConsoleSessions(random: SeededRandomSource(label: "sessions"))
        func token(_ number: Int) -> AccessToken {
            AccessToken.make(
                label: "\(number)", roles: [.audit], businesses: nil, at: .epoch, expiresAt: .last,
                random: SeededRandomSource(label: "\(number)")
            ).token
        }
        let one = token(0)
        var names = (0..<ConsoleSessions.mostOfToken).map { sessions.begin(one, now: UInt64($0)) }
        // The first is used; so the second goes.
        #expect(sessions.session(names[0], now: 100) != nil)
        names.append(sessions.begin(one, now: 101))
        let living = names.filter { sessions.session($0, now: 102) != nil }
        #expect(living == [names[0]] + names[2...])
        for number in 1...ConsoleSessions.most { names.append(sessions.begin(token(number), now: 200)) }
        #expect(names.filter { sessions.session($0, now: 201) != nil }.count == ConsoleSessions.most)
    }

    @Test(arguments: [false, true]) func cookiesAreForTheServerAlone(_ isBehindProxy: Bool) async throws {
        let world = try ServerWorld(label: "console-cookies") { $0.isBehindProxy = isBehindProxy }
        let token = try world.token(.support, businesses: nil)
        try await world.run { client async throws in
            let browser = ConsoleBrowser(client)
            let visit = try await browser.get("/console/sign-in")
            let signedIn = try await browser.post("/console/sign-in", [("token", token)])
            _ = try await browser.get("/console/")
            let spanish = try await browser.post("/console/language", [("language", "es"), ("page", "/console/log")])
            #expect(spanish.headers[.location] == "/console/log")
            let prefix = isBehindProxy ? "__Host-" : ""
            for (answer, name) in [
                (visit, "consent-visit"), (signedIn, "consent-session"), (spanish, "consent-language"),
            ] {
                let cookie = try #require(answer.headers[.setCookie], "\(name)")
                let parts = cookie.split(separator: "; ").map(String.init)
                #expect(parts[0].hasPrefix("\(prefix)\(name)="), "\(cookie)")
                #expect(Set(parts.dropFirst()).isSuperset(of: ["Path=/", "HttpOnly", "SameSite=Strict"]), "\(cookie)")
                #expect(parts.contains("Secure") == isBehindProxy, "\(cookie)")
                #expect(!cookie.contains("Domain"))
            }
            #expect(try await browser.get("/console/").text.contains("<html lang=\"es\">"))
            // Of two sessions' cookies neither counts: one may have been planted.
            let name = prefix + "consent-session"
            let value = browser.cookies[name] ?? ""
            browser.setCookie(name, "x; \(name)=\(value)")
            #expect(try await browser.get("/console/").status == 303)
            // Where else a language is chosen from, it leads to the start.
            for page in ["https://example.com/", "//example.com/", "/log/checkpoint", "/console/../v1", ""] {
                let answer = try await browser.post("/console/language", [("language", "en"), ("page", page)])
                #expect(answer.status == 403 || answer.headers[.location] == "/console/", "\(page)")
            }
        }
    }

    @Test func aFormOfAnotherSessionIsRefusedAndDoesNothing() async throws {
        let world = try ServerWorld(label: "console-forms")
        let token = try world.token(roles: Set(Role.allCases), businesses: nil)
        try await world.run { client async throws in
            try await Self.fill(world, client)
            let handle = try await Self.handle(Self.contact, ServerWorld.acme, world)
            let other = ConsoleBrowser(client)
            try await other.signIn(token)
            let stranger = ConsoleBrowser(client)
            _ = try await stranger.get("/console/sign-in")
            let browser = ConsoleBrowser(client)
            try await browser.signIn(token)
            let own = browser.formKey
            let before = try await world.server.parts.ledger.read { $0.size }
            for route in Self.forms {
                let path = route.path.replacing("{handle}", with: handle)
                let fields = [
                    ("contact", Self.contact), ("business", ServerWorld.acme), ("why", "x"), ("token", token),
                    ("language", "es"), ("text", "x"), ("channel", "sms"),
                ]
                for key in ["", "x", other.formKey, stranger.formKey, own.uppercased() + "0", String(own.dropLast())] {
                    let answer = try await browser.post(path, fields, key: key)
                    #expect(answer.status == 403, "\(path) \(key)")
                    #expect(answer.headers[.setCookie] == nil, "\(path)")
                    let page = try PageCheck.read(answer, path)
                    #expect(page.text.contains("not one of this session"), "\(path): \(page.text)")
                }
                let missing = try await browser.send(.post, path, fields)
                #expect(missing.status == 403, "\(path)")
                let asJSON = try await browser.send(
                    .post, path, [("form-key", own)] + fields, more: [.contentType: "text/plain"])
                #expect(asJSON.status == 415, "\(path)")
            }
            #expect(try await world.server.parts.ledger.read { $0.size } == before)
            #expect(try await Self.handle(Self.contact, ServerWorld.acme, world) == handle)
            if case .running = world.server.parts.console.verification.look(at: 0).state {
                Issue.record("a verification runs")
            }
            // The session itself still is.
            #expect(try await browser.get("/console/").status == 200)
        }
    }

    // MARK: Headers

    @Test func everyAnswerHasItsHeaders() async throws {
        let world = try ServerWorld(label: "console-headers")
        let token = try world.token(roles: Set(Role.allCases), businesses: nil)
        try await world.run { client async throws in
            let browser = ConsoleBrowser(client)
            var answers: [(String, Answered)] = [("sign-in", try await browser.get("/console/sign-in"))]
            try await browser.signIn(token)
            for route in ConsoleRoutes.table.routes where route.method == .get {
                answers.append((route.path, try await browser.get(Self.path(route, "{handle}"))))
            }
            answers.append(("nothing", try await browser.get("/console/nothing")))
            answers.append(("query", try await browser.get("/console/find?contact=x")))
            answers.append(("form", try await browser.post("/console/find", key: "x")))
            answers.append(("method", try await browser.send(.put, "/console/find", nil)))
            answers.append(
                ("large", try await browser.post("/console/find", [("x", String(repeating: "x", count: 300_000))])))
            answers.append(("signed out", try await browser.post("/console/sign-out")))
            answers.append(("redirected", try await browser.get("/console/")))
            #expect(Set(answers.map(\.1.status)) == [200, 303, 400, 403, 404, 405, 413])
            for (name, answer) in answers {
                let headers = answer.headers
                #expect(headers[.cacheControl] == "no-store", "\(name)")
                #expect(headers[.xContentTypeOptions] == "nosniff", "\(name)")
                let policy = headers[.contentSecurityPolicy] ?? ""
                for part in [
                    "default-src 'none'", "style-src 'self'", "img-src 'self'", "form-action 'self'",
                    "frame-ancestors 'none'", "base-uri 'none'",
                ] { #expect(policy.contains(part), "\(name): \(policy)") }
                #expect(!policy.contains("unsafe"), "\(name)")
                #expect(headers[HTTPField.Name("Referrer-Policy")!] == "no-referrer", "\(name)")
                #expect(headers[HTTPField.Name("Permissions-Policy")!]?.contains("camera=()") == true, "\(name)")
                #expect(headers[HTTPField.Name("X-Frame-Options")!] == "DENY", "\(name)")
                #expect(headers[HTTPField.Name("Cross-Origin-Opener-Policy")!] == "same-origin", "\(name)")
                #expect(headers[.wwwAuthenticate] == nil, "\(name)")
                if answer.text.isEmpty { continue }
                let type = headers[.contentType] ?? ""
                #expect(
                    ["text/html; charset=utf-8", "text/css; charset=utf-8", "image/svg+xml"].contains(type), "\(name)")
                if type.hasPrefix("text/html") { _ = try PageCheck.read(answer, name) }
            }
        }
    }

    // MARK: Persons

    @Test func aPersonIsFoundAndToldWithReasonsAndTimeline() async throws {
        let world = try ServerWorld(label: "console-person")
        let token = try world.token(.support, businesses: [ServerWorld.acme])
        try await world.run { client async throws in
            try await Self.fill(world, client)
            let browser = ConsoleBrowser(client)
            try await browser.signIn(token)
            let path = try await browser.find("+34 600 111 222")
            let isOfHandle = path.wholeMatch(of: /\/console\/people\/[0-9a-f]{32}/) != nil
            #expect(isOfHandle, "\(path)")
            let page = try PageCheck.read(try await browser.get(path), path)
            #expect(page.text.contains("+34600111222"))
            #expect(page.text.contains("192.0.2.7"))
            #expect(page.text.contains("The person withdrew consent.") || page.text.contains("withdr"), "\(page.text)")
            let outcomes = page.tags.filter { $0.attributes["class"] == "outcome no" }
            // Four categories, by the two channels of the notice.
            #expect(
                outcomes.count + page.tags.filter { $0.attributes["class"] == "outcome yes" }.count
                    + page.tags.filter { $0.attributes["class"] == "outcome wait" }.count == 8)
            #expect(page.attributes["class"]?.filter { $0 == "danger" }.isEmpty == true)
            // Addresses are in no path; nobody and nonsense are told as such.
            for (contact, status) in [("+34600111999", 200), ("nonsense", 422), ("", 422)] {
                let answer = try await browser.post(
                    "/console/find", [("business", ServerWorld.acme), ("contact", contact)])
                #expect(answer.status == status, "\(contact): \(answer.text)")
                // What was typed is there to be corrected.
                let field = try PageCheck.read(answer, contact).tags.first { $0.attributes["id"] == "contact" }
                #expect(field?.attributes["value"] == contact)
            }
            #expect(!world.log.all.joined().contains("600111"))
        }
    }

    @Test func aTimelineSaysWhatARecordIsLimitedToAndWhomElseItIsOf() async throws {
        let world = try ServerWorld(label: "console-limited")
        let token = try world.token(roles: Set(Role.allCases), businesses: nil)
        let linked = "+34600111888"
        try await world.run { client async throws in
            try await Self.fill(world, client)
            let limited = Requests.optIn(Self.contact, id: "l1").dropLast() + #","brands":["escapadas"]}"#
            for event in [
                #"{"type":"brand-defined","business":"acme-viajes","id":"l0","brand":"escapadas","name":"Escapadas Acme"}"#,
                String(limited), Requests.optIn(linked, id: "l2"),
                """
                {"type":"contact-linked","business":"acme-viajes","contact":"\(Self.contact)","id":"l3","source":"cli",\
                "other-contact":"\(linked)"}
                """,
                """
                {"type":"hold-added","business":"acme-viajes","contact":"\(Self.contact)","id":"l4","hold":"case-7",\
                "reason":"litigation"}
                """,
            ] {
                let sent = try await client.post("/v1/events", token: token, Requests.events(event))
                #expect(sent.status == 200, "\(sent.text)")
            }
            let browser = ConsoleBrowser(client)
            try await browser.signIn(token)
            let path = try await browser.find(Self.contact)
            let page = try PageCheck.read(try await browser.get(path), "person")
            func fact(_ term: String, _ value: String) -> Bool {
                zip(page.tags, page.tags.dropFirst()).contains {
                    $0.name == "dt" && $0.text == term && $1.name == "dd" && $1.text == value
                }
            }
            #expect(fact("Only for the brands", "Escapadas Acme"), "\(page.text)")
            #expect(fact("The other address", linked), "\(page.text)")
            let other = try PageCheck.read(try await browser.get(try await browser.find(linked)), "other")
            #expect(other.text.contains(Self.contact) && !other.text.contains("other-contact"), "\(other.text)")
            // What forbids erasing is said above all, and erasing is not offered.
            #expect(page.text.contains("The legal hold case-7 (litigation, record "), "\(page.text)")
            #expect(page.attributes["href"]?.contains(path + "/erase") == false)
            let hold = try #require(page.tags.first { $0.name == "li" && $0.text.contains("case-7") })
            #expect(!hold.text.contains("not known"), "\(hold.text)")
            // Whoever of two asked to be erased is shut on the other one's page, too; why nothing may be sent is not.
            let wish = """
                {"type":"consent-withdrawn","business":"acme-viajes","contact":"\(linked)","id":"l5","source":"cli",\
                "do-not-contact":true,"reason":"\(ErasureRequest.reason)"}
                """
            #expect(try await client.post("/v1/events", token: token, Requests.events(wish)).status == 200)
            let after = try PageCheck.read(try await browser.get(path), "after")
            #expect(!after.text.contains("600111888"), "\(after.text)")
            #expect(after.text.contains("who asked to be erased"), "\(after.text)")
            #expect(after.text.contains("which is not of this address"), "\(after.text)")
        }
    }

    @Test func whoAskedToBeErasedIsShownToLegalAloneWhichSaysWhy() async throws {
        let world = try ServerWorld(label: "console-shut")
        try await world.run { client async throws in
            try await Self.fill(world, client)
            let capture = try world.token(.support, businesses: nil)
            let request = """
                {"type":"consent-withdrawn","business":"acme-viajes","contact":"\(Self.contact)","id":"e",\
                "do-not-contact":true,"reason":"\(ErasureRequest.reason)"}
                """
            #expect(try await client.post("/v1/events", token: capture, Requests.events(request)).status == 200)
            let support = ConsoleBrowser(client)
            try await support.signIn(capture)
            let path = try await support.find(Self.contact)
            let shut = try await support.get(path)
            #expect(shut.status == 403)
            #expect(!shut.text.contains("600111222"))
            #expect(try await support.post(path + "/legal", [("why", "curious")]).status == 403)
            let legal = ConsoleBrowser(client)
            try await legal.signIn(try world.token(.legal, businesses: [ServerWorld.acme]))
            let asked = try await legal.get(path)
            #expect(asked.status == 403)
            #expect(!asked.text.contains("600111222"))
            _ = try PageCheck.read(asked, "shut")
            let before = try await world.server.parts.ledger.read { $0.size }
            for why in ["", "  \n"] {
                #expect(try await legal.post(path + "/legal", [("why", why)]).status == 422)
            }
            #expect(try await world.server.parts.ledger.read { $0.size } == before)
            let shown = try await legal.post(path + "/legal", [("why", "case 7")])
            #expect(shown.status == 200)
            let page = try PageCheck.read(shown, "legal")
            #expect(page.text.contains("600111222"))
            #expect(page.text.contains("case 7"))
            #expect(try await world.server.parts.ledger.read { $0.size } == before + 1)
        }
    }

    @Test func whoAskedToBeErasedIsErasedWithoutBeingShown() async throws {
        let world = try ServerWorld(label: "console-asked")
        try await world.run { client async throws in
            try await Self.fill(world, client)
            let teller = try world.token(.support, businesses: nil)
            let wish = """
                {"type":"consent-withdrawn","business":"acme-viajes","contact":"\(Self.contact)","id":"e",\
                "do-not-contact":true,"reason":"\(ErasureRequest.reason)"}
                """
            #expect(try await client.post("/v1/events", token: teller, Requests.events(wish)).status == 200)
            for role in [Role.support, .legal] {
                let browser = ConsoleBrowser(client)
                try await browser.signIn(try world.token(role, businesses: [ServerWorld.acme]))
                let shut = try await browser.get(try await browser.find(Self.contact))
                #expect(shut.status == 403)
                #expect(!shut.text.contains("/erase"), "\(role)")
            }
            let browser = ConsoleBrowser(client)
            try await browser.signIn(try world.token(.protectionOfficer, businesses: [ServerWorld.acme]))
            let path = try await browser.find(Self.contact)
            let shut = try await browser.get(path)
            #expect(shut.status == 403)
            let links = try PageCheck.read(shut, "shut").tags.compactMap { $0.attributes["href"] }
            #expect(links.contains(path + "/erase"), "\(links)")
            let page = try await browser.get(path + "/erase")
            #expect(page.status == 200)
            let text = try PageCheck.read(page, "erase").text
            #expect(text.contains(path.suffix(32)))
            let handle = try #require(ContactHandle(Hexadecimal.decode(String(path.suffix(32))) ?? []))
            let request = try await world.server.parts.ledger.read { try $0.erasureRequest(of: handle) }
            let record = try #require(request?.record)
            #expect(text.contains("Asked to be erased") && text.contains("as record \(record)"), "\(text)")
            let other = try await browser.post(path + "/erase", [("contact", Self.other)])
            #expect(other.status == 422)
            for answer in [shut, page] { #expect(!answer.text.contains("600111222"), "\(answer.text)") }
            #expect(!other.text.contains("600111222"), "\(other.text)")
            let erased = try await browser.post(path + "/erase", [("contact", Self.contact)])
            #expect(erased.status == 200, "\(erased.text)")
            #expect(!erased.text.contains("600111222"))
            #expect(try await browser.get(path).status == 410)
        }
    }

    @Test(arguments: ["en", "es"]) func whatAnErasureKeepsIsSaidAsItIs(_ language: String) async throws {
        let world = try ServerWorld(label: "console-kept")
        let token = try world.token(.protectionOfficer, businesses: nil)
        let words = try #require(EvidenceTexts(language, adding: ConsoleTexts.tables))
        try await world.run { client async throws in
            try await Self.fill(world, client)
            let browser = ConsoleBrowser(client, language: language)
            try await browser.signIn(token)
            for (contact, business, choice, answer) in [
                (Self.contact, ServerWorld.acme, [("forget-completely", "yes")], "no"),
                (Self.other, ServerWorld.beta, [], language == "es" ? "sí" : "yes"),
            ] as [(String, String, [(String, String)], String)] {
                let path = try await browser.find(contact, business: business)
                _ = try await browser.get(path + "/erase")
                let erased = try await browser.post(path + "/erase", [("contact", contact)] + choice)
                #expect(erased.status == 200, "\(erased.text)")
                let tags = try PageCheck.read(erased, "erased").tags
                let kept = try #require(
                    tags.firstIndex { $0.name == "dt" && $0.text == words.text("console.erased-suppressed") })
                // Who is forgotten completely is so for good, and not “not yet” otherwise.
                #expect(tags[kept...].first { $0.name == "dd" }?.text == answer, "\(contact)")
            }
        }
    }

    @Test func aPersonIsErasedOnlyByTypingTheAddress() async throws {
        let world = try ServerWorld(label: "console-erase")
        try await world.run { client async throws in
            try await Self.fill(world, client)
            let browser = ConsoleBrowser(client)
            try await browser.signIn(try world.token(.protectionOfficer, businesses: [ServerWorld.acme]))
            let path = try await browser.find(Self.contact)
            let person = try PageCheck.read(try await browser.get(path), "person")
            #expect(person.attributes["href"]?.contains(path + "/erase") == true)
            let page = try PageCheck.read(try await browser.get(path + "/erase"), "erase")
            // What is to be typed is not there to be copied.
            #expect(!page.text.contains("600111222"))
            #expect(page.text.contains(path.suffix(32)))
            for typed in ["", "yes", Self.other, "+3460011122"] {
                let answer = try await browser.post(path + "/erase", [("contact", typed)])
                #expect(answer.status == 422, "\(typed)")
                _ = try PageCheck.read(answer, typed)
            }
            #expect(try await browser.get(path).status == 200)
            let erased = try await browser.post(path + "/erase", [("contact", "+34 600 11 12 22")])
            #expect(erased.status == 200, "\(erased.text)")
            _ = try PageCheck.read(erased, "erased")
            #expect(!erased.text.contains("600111222"))
            // Loaded again, by whatever way, the page says what became of the person.
            let record = try await world.server.parts.ledger.read { $0.size - 1 }
            for answer in [
                try await browser.get(path), try await browser.get(path + "/erase"),
                try await browser.post(path + "/erase", [("contact", Self.contact)]),
            ] {
                #expect(answer.status == 410)
                let page = try PageCheck.read(answer, "gone")
                #expect(page.text.contains("This person was erased on 2026-05-28"), "\(page.text)")
                #expect(page.text.contains("as record \(record) says"), "\(page.text)")
            }
            let stranger = ConsoleBrowser(client)
            try await stranger.signIn(try world.token(.protectionOfficer, businesses: [ServerWorld.beta]))
            #expect(try await stranger.get(path).status == 404)
            let again = try await browser.post(
                "/console/find", [("business", ServerWorld.acme), ("contact", Self.contact)])
            #expect(again.status == 200)
        }
    }

    @Test func whoMovedIsFoundAndErasedByTheAddressOfBefore() async throws {
        let world = try ServerWorld(label: "console-moved")
        let token = try world.token(.capture, businesses: nil)
        let moved = "+34600111888"
        try await world.run { client async throws in
            try await Self.fill(world, client)
            let old = try await Self.handle(Self.contact, ServerWorld.acme, world)
            let event = """
                {"type":"contact-changed","business":"acme-viajes","contact":"\(moved)","id":"m","source":"cli",\
                "other-contact":"\(Self.contact)"}
                """
            let sent = try await client.post("/v1/events", token: token, Requests.events(event))
            #expect(sent.status == 200, "\(sent.text)")
            let browser = ConsoleBrowser(client)
            try await browser.signIn(try world.token(.protectionOfficer, businesses: [ServerWorld.acme]))
            // By the address of before, and from the page of who they are now.
            let asked = try await browser.post(
                "/console/find", [("business", ServerWorld.acme), ("contact", Self.contact)])
            let found = try PageCheck.read(asked, "found")
            #expect(found.attributes["href"]?.contains("/console/people/\(old)") == true, "\(found.text)")
            #expect(!found.text.contains("Nothing is recorded"), "\(found.text)")
            let current = try await browser.find(moved)
            let links = try PageCheck.read(try await browser.get(current), "current").attributes["href"] ?? []
            #expect(links.contains("/console/people/\(old)"), "\(links)")
            let page = try PageCheck.read(try await browser.get("/console/people/\(old)"), "old")
            #expect(page.text.contains("192.0.2.7"))
            #expect(page.attributes["href"]?.contains("/console/people/\(old)/erase") == true)
            // Of whoever has the address now, nobody else is given a receipt.
            let legal = ConsoleBrowser(client)
            try await legal.signIn(try world.token(.legal, businesses: [ServerWorld.acme]))
            let before = try PageCheck.read(try await legal.get("/console/people/\(old)"), "before")
            #expect(before.attributes["action"]?.contains("/console/people/\(old)/evidence") == true)
            #expect(before.attributes["action"]?.contains("/console/people/\(old)/receipt") == false)
            #expect(try await legal.post("/console/people/\(old)/receipt").status == 404)
            #expect(try await legal.post("/console/people/\(old)/evidence").status == 200)
            // What is kept of them under it goes, and they stay under the new one.
            _ = try await browser.get("/console/people/\(old)/erase")
            let erased = try await browser.post("/console/people/\(old)/erase", [("contact", Self.contact)])
            #expect(erased.status == 200, "\(erased.text)")
            #expect(try await browser.get("/console/people/\(old)").status == 410)
            let after = try await browser.get(current)
            #expect(after.status == 200)
            #expect(!after.text.contains("600111222"), "\(after.text)")
        }
    }

    @Test func aHoldForbidsErasing() async throws {
        let world = try ServerWorld(label: "console-held")
        let legal = try world.token(.legal, businesses: nil)
        try await world.run { client async throws in
            try await Self.fill(world, client)
            let held = try await client.post(
                "/v1/events", token: legal,
                Requests.events(
                    #"{"type":"hold-added","id":"h","business":"acme-viajes","hold":"case-7","reason":"litigation"}"#))
            #expect(held.status == 200, "\(held.text)")
            let browser = ConsoleBrowser(client)
            try await browser.signIn(try world.token(.protectionOfficer, businesses: nil))
            let path = try await browser.find(Self.contact)
            _ = try await browser.get(path + "/erase")
            let answer = try await browser.post(path + "/erase", [("contact", Self.contact)])
            #expect(answer.status == 409, "\(answer.text)")
            _ = try PageCheck.read(answer, "held")
            #expect(try await browser.get(path).status == 200)
        }
    }

    @Test func evidenceAndReceiptAreFilesForLegal() async throws {
        let world = try ServerWorld(label: "console-papers")
        try await world.run { client async throws in
            try await Self.fill(world, client)
            let browser = ConsoleBrowser(client)
            try await browser.signIn(try world.token(.legal, businesses: [ServerWorld.acme]))
            let path = try await browser.find(Self.contact)
            _ = try await browser.get(path)
            let evidence = try await browser.post(path + "/evidence")
            #expect(evidence.status == 200, "\(evidence.text)")
            #expect(evidence.headers[.contentType] == "application/zip")
            #expect(evidence.text.hasPrefix("PK"))
            let receipt = try await browser.post(path + "/receipt")
            #expect(receipt.status == 200, "\(receipt.text)")
            #expect(receipt.text.contains("600111222"))
            // Who may not look at it, does not get it.
            let other = ConsoleBrowser(client)
            try await other.signIn(try world.token(.support, businesses: [ServerWorld.acme]))
            let page = try PageCheck.read(try await other.get(path), "support")
            #expect(page.attributes["action"]?.contains(path + "/evidence") == false)
            for paper in ["/evidence", "/receipt"] { #expect(try await other.post(path + paper).status == 403) }
            let strange = ConsoleBrowser(client)
            try await strange.signIn(try world.token(.legal, businesses: [ServerWorld.beta]))
            _ = try await strange.get("/console/find")
            for paper in ["/evidence", "/receipt"] { #expect(try await strange.post(path + paper).status == 404) }
            for answer in [evidence, receipt] {
                #expect(answer.headers[.contentDisposition]?.hasPrefix("attachment") == true)
                #expect(answer.headers[.cacheControl] == "no-store")
            }
        }
    }

    // MARK: The log

    @Test func theLogIsToldAndVerifiedOnDemand() async throws {
        let world = try ServerWorld(label: "console-log")
        try await world.run { client async throws in
            try await Self.fill(world, client)
            let browser = ConsoleBrowser(client)
            try await browser.signIn(try world.token(.audit, businesses: [ServerWorld.acme]))
            let size = try await world.server.parts.ledger.read { $0.size }
            let page = try PageCheck.read(try await browser.get("/console/log"), "log")
            #expect(page.text.contains("\(size)"))
            #expect(page.text.contains("log.example.com/console-log"))
            #expect(
                try await browser.post("/console/log/verification").headers[.location] == "/console/log/verification")
            var answer = try await browser.get("/console/log/verification/live")
            while answer.text.contains("http-equiv=\"refresh\"") {
                await Task.yield()
                answer = try await browser.get("/console/log/verification/live")
            }
            let done = try PageCheck.read(answer, "verification")
            #expect(done.text.contains("all \(size) published records were verified"), "\(done.text)")
            // And what it rests on, as consent verify says it.
            let limits = [
                "were not pinned but taken from the log itself", "only the ledger's own clock says so",
                "checked no witness's signature",
                "statements of sources were signed with keys that the ledger itself held",
            ]
            for limit in limits { #expect(done.text.contains(limit), "\(done.text)") }
            let held = try #require(done.text.firstMatch(of: /([1-9][0-9]*) of ([0-9]+) statements of sources/))
            #expect(held.1 == held.2)
            let log = try PageCheck.read(try await browser.get("/console/log"), "log")
            for limit in limits { #expect(log.text.contains(limit), "\(log.text)") }
            let spanish = ConsoleBrowser(client, language: "es")
            try await spanish.signIn(try world.token(.audit, businesses: [ServerWorld.acme]))
            let told = try PageCheck.read(try await spanish.get("/console/log/verification"), "es")
            for limit in [
                "se tomaron del propio registro", "solo lo dice el reloj del propio registro",
                "no comprobó la firma de ningún testigo", "declaraciones de fuentes se firmaron con claves que tenía",
            ] { #expect(told.text.contains(limit), "\(told.text)") }
            #expect(!told.text.contains("taken from"), "\(told.text)")
            // What is damaged is told.
            let tile = world.directory + "/log/tile/entries/000.p/\(size)"
            let bytes = try #require(FileManager.default.contents(atPath: tile))
            var damaged = bytes
            damaged[bytes.count - 1] ^= 1
            chmod(tile, 0o644)
            try damaged.write(to: URL(fileURLWithPath: tile))
            _ = try await browser.post("/console/log/verification")
            repeat {
                await Task.yield()
                answer = try await browser.get("/console/log/verification/live")
            } while answer.text.contains("http-equiv=\"refresh\"")
            let damage = try PageCheck.read(answer, "damaged")
            #expect(damage.text.contains("a record was altered altered-record"), "\(damage.text)")
            let spanishDamage = try PageCheck.read(try await spanish.get("/console/log/verification"), "es")
            #expect(spanishDamage.text.contains("un asiento fue alterado"), "\(spanishDamage.text)")
            let english = spanishDamage.tags.filter { $0.attributes["lang"] == "en" && $0.parents.contains("td") }
            #expect(!english.isEmpty && english.allSatisfy { $0.parents.contains("details") })
            #expect(damage.text.contains("taken from the log itself"), "\(damage.text)")
            try bytes.write(to: URL(fileURLWithPath: tile))
            // Where the log cannot even be told, it can be verified from the page that says so.
            let checkpoint = world.directory + "/log/checkpoint"
            try FileManager.default.moveItem(atPath: checkpoint, toPath: checkpoint + ".away")
            let unreadable = try await browser.get("/console/log")
            #expect(unreadable.status == 500)
            let offered = try PageCheck.read(unreadable, "unreadable")
            #expect(offered.text.contains("The published log cannot be read."), "\(offered.text)")
            #expect(offered.attributes["action"]?.contains("/console/log/verification") == true)
            _ = try await browser.post("/console/log/verification")
            repeat {
                await Task.yield()
                answer = try await browser.get("/console/log/verification/live")
            } while answer.text.contains("http-equiv=\"refresh\"")
            #expect(answer.text.contains("missing-file"), "\(answer.text)")
            try FileManager.default.moveItem(atPath: checkpoint + ".away", toPath: checkpoint)
        }
    }

    /// A log whose files come only when the test lets them.
    private final class SlowLog: LogReader {
        let log: DirectoryLogReader
        let read: @Sendable () -> Void

        init(_ log: DirectoryLogReader, read: @escaping @Sendable () -> Void) {
            self.log = log
            self.read = read
        }

        func read(_ path: String) throws -> [UInt8]? {
            if path.hasPrefix("tile/entries") { read() }
            return try log.read(path)
        }

        func list(_ directory: String) throws -> [String] { try log.list(directory) }
    }

    /// Holds up who reads until it is opened; after ten seconds nobody is held up any more, so that a test fails and ends.
    private final class Gate: Sendable {
        private let opened = DispatchSemaphore(value: 0)
        private let reached = Atomic<Bool>(false)

        var isReached: Bool { reached.load(ordering: .sequentiallyConsistent) }

        func pass() {
            reached.store(true, ordering: .sequentiallyConsistent)
            _ = opened.wait(timeout: .now() + 10)
            opened.signal()
        }

        func open() { opened.signal() }
    }

    @Test func aPageDoesNotAskAgainUnlessThatIsChosen() async throws {
        let world = try ServerWorld(label: "console-still")
        try await world.run { client async throws in
            try await Self.fill(world, client)
            let browser = ConsoleBrowser(client)
            try await browser.signIn(try world.token(.audit, businesses: [ServerWorld.acme]))
            let gate = Gate()
            let verification = world.server.parts.console.verification
            verification.begin(SlowLog(world.server.parts.ledger.log) { gate.pass() }, clock: world.clock)
            let still = try PageCheck.read(try await browser.get("/console/log/verification"), "still")
            let live = try PageCheck.read(try await browser.get("/console/log/verification/live"), "live")
            gate.open()
            #expect(still.attributes["http-equiv"] == nil)
            #expect(still.attributes["action"]?.contains("/console/log/verification/stop") == true)
            #expect(still.attributes["href"]?.contains("/console/log/verification/live") == true)
            #expect(live.attributes["http-equiv"] == ["refresh"])
            #expect(live.attributes["href"]?.contains("/console/log/verification") == true)
            while case .running = verification.look(at: 0).state { await Task.yield() }
        }
    }

    @Test func whoLooksWhileActsAreCountedHoldsUpNobody() async throws {
        let world = try ServerWorld(label: "console-count")
        try await world.run { client async throws in
            try await Self.fill(world, client)
            let ledger = world.server.parts.ledger
            let size = try await ledger.read { $0.size }
            let gate = Gate()
            let log = SlowLog(ledger.log) { gate.pass() }
            let activity = ActivityCount()
            let first = Task { try await activity.counted(log, in: ledger) { _ in true } }
            while !gate.isReached { await Task.yield() }
            // More of them than there are threads that read.
            try await withThrowingTaskGroup(of: ActivityCount.Counted.self) { group in
                for _ in 0..<(2 * world.server.parts.configuration.readingThreads) {
                    group.addTask { try await activity.counted(log, in: ledger) { _ in true } }
                }
                for try await counted in group {
                    #expect(counted.size == 0)
                    #expect(counted.published == size)
                }
            }
            #expect(try await ledger.read { $0.size } == size)
            gate.open()
            let whole = try await first.value
            #expect(whole.size == size)
            let acts = whole.series.points.map(\.acts)
            #expect(acts.reduce(0) { $0 + $1.given } == 2)
            #expect(acts.reduce(0) { $0 + $1.withdrawn } == 1)
        }
    }

    @Test func aVerificationEndsWhenItIsStoppedOrNobodyLooks() async throws {
        let world = try ServerWorld(label: "console-left")
        try await world.run { client async throws in
            try await Self.fill(world, client)
            let clock = world.clock
            let left = LogVerification()
            // While its bundle is read, more time passes than anybody may look away.
            left.begin(
                SlowLog(world.server.parts.ledger.log) { clock.pass(LogVerification.longestUnseen + 1) }, clock: clock)
            var isStopped = false
            for _ in 0..<1_000_000 {
                // Looking at a time long ago keeps nothing going.
                if case .stopped = left.look(at: 0).state {
                    isStopped = true
                    break
                }
                await Task.yield()
            }
            #expect(isStopped)
            #expect(left.look(at: 0).last == nil)
            let stopped = LogVerification()
            stopped.begin(SlowLog(world.server.parts.ledger.log) { stopped.stop() }, clock: clock)
            isStopped = false
            for _ in 0..<1_000_000 {
                if case .stopped = stopped.look(at: clock.elapsedMilliseconds()).state {
                    isStopped = true
                    break
                }
                await Task.yield()
            }
            #expect(isStopped)
            #expect(stopped.look(at: 0).last == nil)
        }
    }

    // MARK: What the ledger says of itself

    @Test func aSourceOfSeveralBusinessesIsToldToEachWithoutTheOthers() async throws {
        let world = try ServerWorld(label: "console-sources")
        let admin = try world.token(.admin)
        let own = try world.token(.audit, businesses: [ServerWorld.acme])
        let both = try world.token(.audit, businesses: [ServerWorld.acme, ServerWorld.beta])
        try await world.run { client async throws in
            for (source, seed, businesses) in [
                ("both", 1, #""acme-viajes","beta-seguros""#), ("theirs", 2, #""beta-seguros""#),
            ] as [(String, UInt8, String)] {
                let key = try Ed25519PrivateKey(seed: SecretBytes([UInt8](repeating: seed, count: 32)))
                let event = """
                    {"type":"source-authorized","id":"\(source)","authorized-source":"\(source)","custody":"external",\
                    "public-key":"\(Hexadecimal.encode(key.publicKey.bytes))","businesses":[\(businesses)]}
                    """
                let answer = try await client.post("/v1/events", token: admin, Requests.events(event))
                #expect(answer.status == 200, "\(answer.text)")
            }
            for (token, sources, businesses) in [
                (own, ["both", "cli"], ["acme-viajes"]),
                (both, ["both", "cli", "theirs"], ["acme-viajes", "beta-seguros"]),
            ] {
                let answer = try await client.send(.get, "/v1/sources", token: token)
                #expect(answer.status == 200, "\(answer.text)")
                let items = answer.json["items"]?.array ?? []
                #expect(items.map { $0["id"]?.string ?? "" } == sources, "\(answer.text)")
                let told = (items.first?["businesses"]?.array ?? []).map { $0.string ?? "" }
                #expect(told == businesses, "\(answer.text)")
                let browser = ConsoleBrowser(client)
                try await browser.signIn(token)
                let page = try PageCheck.read(try await browser.get("/console/sources"), "sources")
                let rows = page.tags.filter { $0.name == "th" && $0.attributes["scope"] == "row" }.map(\.text)
                #expect(rows == sources, "\(page.text)")
                #expect(page.text.contains(businesses.joined(separator: ", ")), "\(page.text)")
                #expect(page.text.contains("beta-seguros") == businesses.contains("beta-seguros"), "\(page.text)")
            }
        }
    }

    @Test(arguments: ["en", "es"]) func aRetiredNoticeIsNotCalledUsable(_ language: String) async throws {
        let world = try ServerWorld(label: "console-retired")
        let token = try world.token(.audit, businesses: [ServerWorld.acme])
        let retired = language == "es" ? "retirado" : "retired"
        try await world.run { client async throws in
            let browser = ConsoleBrowser(client, language: language)
            try await browser.signIn(token)
            func states() async throws -> [String] {
                try PageCheck.read(try await browser.get("/console/notices"), "notices").tags.compactMap { tag in
                    tag.attributes["class"].flatMap { $0.hasPrefix("outcome") ? "\($0) \(tag.text)" : nil }
                }
            }
            let before = try await states()
            #expect(before.count == 1)
            #expect(before.first?.contains(retired) == false, "\(before)")
            try await world.server.parts.ledger.write { writer in
                var draft = EventDraft(.noticeRetired, business: ServerWorld.acme)
                draft.fields = [.noticeName: .text("web")]
                try writer.append(draft)
            }
            let after = try await states()
            #expect(after == ["outcome no \(retired)"])
        }
    }

    @Test func everyNoticeIsOnAPageThatOthersLeadTo() async throws {
        let world = try ServerWorld(label: "console-notices")
        let token = try world.token(.audit, businesses: [ServerWorld.acme])
        let added = 2 * ConsoleCatalogRoutes.mostNotices
        try await world.run { client async throws in
            try await world.server.parts.ledger.write { writer in
                let text = Array(ServerWorld.noticeText.utf8)
                let drafts = (1...added).map { number -> EventDraft in
                    var notice = EventDraft(.noticePublished, business: ServerWorld.acme)
                    notice.fields = [
                        .noticeName: .text("notice-\(number)"), .language: .text("es"),
                        .textDigest: .bytes(SHA256Digest(hashing: text).bytes), .channels: .list(["sms"]),
                        .categories: .list(["marketing"]),
                    ]
                    notice.objects = [text]
                    return notice
                }
                for outcome in try writer.append(drafts) { _ = try outcome.get() }
            }
            let browser = ConsoleBrowser(client)
            try await browser.signIn(token)
            var next: String? = "/console/notices"
            var paths: [String] = []
            var names: [String] = []
            while let path = next, paths.count < 5 {
                let page = try PageCheck.read(try await browser.get(path), path)
                paths.append(path)
                let own = page.tags.filter { $0.name == "h3" }.map { String($0.text.prefix { $0 != " " }) }
                #expect(
                    page.text.contains("Notices \(names.count + 1) to \(names.count + own.count) of \(added + 1),"),
                    "\(page.text)")
                names += own
                func link(_ words: String) -> String? {
                    let text = words + " notices of Acme Viajes"
                    return page.tags.first { $0.name == "a" && $0.text == text }?.attributes["href"]
                }
                let isFirst = paths.count == 1
                #expect(link("Later") == (isFirst ? nil : "/console/notices/acme-viajes/\(paths.count - 1)"))
                next = link("Earlier")
            }
            #expect(paths == ["/console/notices"] + [2, 3].map { "/console/notices/acme-viajes/\($0)" })
            #expect(names == (1...added).reversed().map { "notice-\($0)" } + ["web"])
            for page in ["0", "4", "-1", "x", "99999999999999999999"] {
                let answer = try await browser.get("/console/notices/acme-viajes/\(page)")
                #expect(answer.status == 404, "\(page): \(answer.text)")
            }
        }
    }

    // MARK: Hostile texts

    @Test func whatIsRecordedCannotBecomePartOfAPage() async throws {
        let hostile = "\"><script>alert(1)</script><b a='x\u{202e}\u{61c}\u{200b}&amp;\"\u{301}<\u{338}é✉️"
        let world = try ServerWorld(label: "console-hostile")
        let token = try world.token(roles: Set(Role.allCases), businesses: nil)
        try await world.run { client async throws in
            func json(_ text: String) -> String { JSON.string(text).text }
            try await world.server.parts.ledger.write { writer in
                try writer.append(LedgerCreation.registering((id: "evil", name: hostile, country: "ES")))
                let text = Array((hostile + "\nsecond line").utf8)
                var notice = EventDraft(.noticePublished, business: "evil")
                notice.fields = [
                    .noticeName: .text("web"), .language: .text("es"),
                    .textDigest: .bytes(SHA256Digest(hashing: text).bytes), .channels: .list(["sms"]),
                    .categories: .list(["marketing"]),
                ]
                notice.objects = [text]
                try writer.append(notice)
            }
            let event = """
                {"type":"consent-withdrawn","business":"evil","contact":"\(Self.contact)","id":"x","source":"cli",\
                "private":{"note":\(json(hostile))}}
                """
            let sent = try await client.post("/v1/events", token: token, Requests.events(event))
            #expect(sent.status == 200, "\(sent.text)")
            let defined = try await client.post(
                "/v1/events", token: token,
                Requests.events(
                    #"{"type":"category-defined","business":"evil","id":"c","category":"odd","class":"marketing","#
                        + #""basis":"consent","name":\#(json(hostile))}"#))
            #expect(defined.status == 200, "\(defined.text)")
            let browser = ConsoleBrowser(client)
            try await browser.signIn(token)
            let path = try await browser.find(Self.contact, business: "evil")
            var answers = [
                ("start", try await browser.get("/console/")), ("find", try await browser.get("/console/find")),
                ("person", try await browser.get(path)), ("notices", try await browser.get("/console/notices")),
                ("try", try await browser.get("/console/notices/try")),
                ("erase", try await browser.get(path + "/erase")),
            ]
            answers.append(
                (
                    "judged",
                    try await browser.post(
                        "/console/notices/try",
                        [("business", "evil"), ("language", "es\""), ("channel", "sms"), ("text", hostile)])
                ))
            for (name, answer) in answers {
                #expect(answer.status == 200, "\(name): \(answer.text)")
                let page = try PageCheck.read(answer, name)
                #expect(page.elements["script"] == nil && page.elements["b"] == nil, "\(name)")
                for scalar in ["\u{202e}", "\u{61c}", "\u{200b}"] {
                    #expect(!answer.text.unicodeScalars.contains(Unicode.Scalar(scalar)!), "\(name)")
                }
                let visible = #"x\u{202e}\u{61c}\u{200b}&amp;"#
                #expect(page.text.contains(visible), "\(name)")
                // A combining character does not keep what stands before it from being escaped.
                let bytes = Array(answer.text.utf8)
                for combined in [[0x22, 0xcc, 0x81], [0x3c, 0xcc, 0xb8]] as [[UInt8]] {
                    #expect(!bytes.contains(combined), "\(name)")
                }
            }
            let spoken = try await browser.post(
                "/console/find", [("business", "evil"), ("contact", "<script>" + hostile)])
            _ = try PageCheck.read(spoken, "wrong address")
            let lost = try await browser.get("/console/%3Cscript%3E\"'")
            _ = try PageCheck.read(lost, "lost")
            // Words of several lines keep their lines.
            #expect(answers[3].1.text.contains("\nsecond line</blockquote>"))
        }
    }
}
