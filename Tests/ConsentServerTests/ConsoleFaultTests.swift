import ConsentModel
import ConsentRules
import Foundation
import HTTPTypes
import HummingbirdTesting
import PlainHTML
import Testing

@testable import ConsentLedger
@testable import ConsentServer

/// What somebody is told, and where, when something does not go as they meant it: at the field, in their language, and with
/// the way back.
@Suite struct ConsoleFaultTests {
    private static let contact = ConsoleTests.contact

    private static func tag(_ id: String, _ page: PlainHTML) -> PlainHTML.Tag? {
        page.tags.first { $0.attributes["id"] == id }
    }

    private static func title(_ page: PlainHTML) -> String { page.tags.first { $0.name == "title" }?.text ?? "" }

    /// What of a page is not marked as English.
    private static func foreignText(_ page: PlainHTML) -> String {
        page.tags.filter { $0.attributes["lang"] == "en" && $0.name != "html" }.reduce(page.text) { text, tag in
            tag.text.isEmpty ? text : text.replacing(tag.text, with: "")
        }
    }

    /// Words that every English sentence has one of, and no Spanish one.
    private static func hasEnglish(_ text: String) -> Bool {
        text.firstMatch(
            of: /(?:^|\s)(?:the|this|that|is|are|not|of|with|which|write|there|was|has)(?:\s|$)/.ignoresCase()) != nil
    }

    @Test(arguments: ["en", "es"]) func afterAFaultTheFocusIsOnItsFieldAndWhatWasTypedIsKept(
        _ language: String
    ) async throws {
        let world = try ServerWorld(label: "console-faults")
        try await world.run { client async throws in
            try await ConsoleTests.fill(world, client)
            let token = try world.token(roles: Set(Role.allCases), businesses: nil)
            let stranger = ConsoleBrowser(client, language: language)
            _ = try await stranger.get("/console/sign-in")
            let refused = try PageCheck.read(
                try await stranger.post("/console/sign-in", [("token", token + "0")]), "refused")
            let field = try #require(Self.tag("token", refused)?.attributes)
            #expect(field["aria-invalid"] == "true" && field["autofocus"] != nil)
            #expect(field["aria-describedby"] == "fault" && field["value"] == nil)
            #expect(Self.title(refused).hasPrefix("Error: "))
            let browser = ConsoleBrowser(client, language: language)
            try await browser.signIn(token)
            let path = try await browser.find(Self.contact)
            _ = try await browser.get(path)
            let acme = ("business", ServerWorld.acme)
            for (target, fields, name) in [
                ("/console/find", [acme, ("contact", "600 11")], "contact"),
                ("/console/find", [acme, ("contact", "ana@@example.com")], "contact"),
                (path + "/erase", [("contact", "+34600999999"), ("forget-completely", "yes")], "contact"),
                (
                    "/console/notices/try", [acme, ("language", "12"), ("channel", "sms"), ("text", "Hola")],
                    "language"
                ),
                (
                    "/console/notices/try", [acme, ("language", "es"), ("text", "Hola & más")], "channel"
                ),
                (
                    "/console/notices/try", [acme, ("language", "es"), ("channel", "sms"), ("text", " ")], "text"
                ),
            ] as [(String, [(String, String)], String)] {
                let answer = try await browser.post(target, fields)
                #expect(answer.status == 422, "\(target) \(fields): \(answer.text)")
                let page = try PageCheck.read(answer, "\(target) \(fields)")
                #expect(Self.title(page).hasPrefix("Error: "), "\(target)")
                let focused = page.tags.filter { $0.attributes["autofocus"] != nil }
                #expect(focused.map { $0.attributes["name"] } == [name], "\(target) \(fields)")
                #expect(focused.first?.attributes["aria-invalid"] == "true", "\(target) \(fields)")
                let told = page.tags.filter { $0.attributes["aria-describedby"]?.hasPrefix("fault") == true }
                #expect(told.map(\.name) == [name == "channel" ? "fieldset" : focused.first?.name ?? ""], "\(target)")
                #expect(Self.tag("fault", page)?.attributes["role"] == "alert", "\(target)")
                for (name, value) in fields {
                    let kept = page.tags.filter { $0.attributes["name"] == name }
                    switch name {
                    case "business": break
                    case "channel", "forget-completely":
                        #expect(
                            kept.filter { $0.attributes["checked"] != nil }.map { $0.attributes["value"] } == [value])
                    case "text": #expect(kept.first?.text == value, "\(target)")
                    default: #expect(kept.first?.attributes["value"] == value, "\(target) \(name)")
                    }
                }
            }
            // What is of no field gets the focus itself.
            let foreign = try await browser.post("/console/find", [acme, ("contact", Self.contact)], key: "x")
            let other = try PageCheck.read(foreign, "foreign")
            #expect(Self.title(other).hasPrefix("Error: "))
            let focused = other.tags.filter { $0.attributes["autofocus"] != nil }
            #expect(focused.map { $0.attributes["role"] } == ["alert"])
            #expect(focused.first?.attributes["tabindex"] == "-1")
            // And a page without a fault says nothing of one.
            for path in ["/console/find", "/console/notices/try", path, path + "/erase"] {
                let page = try PageCheck.read(try await browser.get(path), path)
                #expect(!Self.title(page).hasPrefix("Error"), "\(path)")
                #expect(page.attributes["aria-invalid"] == nil && page.attributes["autofocus"] == nil, "\(path)")
            }
        }
    }

    @Test(arguments: ["en", "es"]) func legalIsTakenToTheReasonThatIsMissing(_ language: String) async throws {
        let world = try ServerWorld(label: "console-fault-reason")
        try await world.run { client async throws in
            try await ConsoleTests.fill(world, client)
            let wish = """
                {"type":"consent-withdrawn","business":"acme-viajes","contact":"\(Self.contact)","id":"e",\
                "do-not-contact":true,"reason":"\(ErasureRequest.reason)"}
                """
            let teller = try world.token(.support, businesses: nil)
            #expect(try await client.post("/v1/events", token: teller, Requests.events(wish)).status == 200)
            let browser = ConsoleBrowser(client, language: language)
            try await browser.signIn(try world.token(.legal, businesses: nil))
            let path = try await browser.find(Self.contact)
            _ = try await browser.get(path)
            let page = try PageCheck.read(try await browser.post(path + "/legal", [("why", " ")]), "no reason")
            let field = try #require(Self.tag("why", page)?.attributes)
            #expect(field["aria-invalid"] == "true" && field["autofocus"] != nil)
            #expect(field["aria-describedby"] == "fault why-about")
            #expect(Self.title(page).hasPrefix("Error: "))
        }
    }

    @Test func aSpanishPageSaysWhatIsWrongInSpanish() async throws {
        let world = try ServerWorld(label: "console-spanish")
        try await world.run { client async throws in
            try await ConsoleTests.fill(world, client)
            let browser = ConsoleBrowser(client, language: "es")
            try await browser.signIn(try world.token(roles: Set(Role.allCases), businesses: [ServerWorld.acme]))
            let auditor = ConsoleBrowser(client, language: "es")
            try await auditor.signIn(try world.token(.audit, businesses: [ServerWorld.acme]))
            let held = try await client.post(
                "/v1/events", token: try world.token(.legal, businesses: nil),
                Requests.events(
                    #"{"type":"hold-added","id":"h","business":"acme-viajes","hold":"caso-7","reason":"litigation"}"#))
            #expect(held.status == 200)
            let path = try await browser.find(Self.contact)
            _ = try await browser.get(path)
            var answers: [(String, Answered)] = [
                ("nothing", try await browser.get("/console/nothing")),
                ("nobody", try await browser.get("/console/people/" + String(repeating: "0", count: 32))),
                ("query", try await browser.get("/console/find?x=1")),
                ("role", try await auditor.get("/console/find")),
                ("method", try await browser.send(.put, "/console/find", nil)),
                ("held", try await browser.post(path + "/erase", [("contact", Self.contact)])),
                ("foreign", try await browser.post("/console/find", key: "x")),
                (
                    "business",
                    try await browser.post("/console/find", [("business", "beta-seguros"), ("contact", Self.contact)])
                ),
                ("large", try await browser.post("/console/find", [("x", String(repeating: "x", count: 300_000))])),
                (
                    "type",
                    try await browser.send(.post, "/console/find", [("x", "y")], more: [.contentType: "text/plain"])
                ),
                ("moment", try await browser.get(path + "?at=ayer")),
            ]
            for contact in [
                "", "nonsense", "600111222", "+34600", "+999600111222", "6.00111E+08", "+34600111222 ext 5",
                "ana@@example.com",
                "US.", "whatsapp:x.y", String(repeating: "9", count: 600),
            ] {
                let answer = try await browser.post(
                    "/console/find", [("business", ServerWorld.acme), ("contact", contact)])
                answers.append((contact, answer))
            }
            for (name, answer) in answers {
                #expect(400..<500 ~= answer.status, "\(name): \(answer.status)")
                let page = try PageCheck.read(answer, name)
                let text = Self.foreignText(page).replacing("Sesión iniciada con el token a test's", with: "")
                #expect(!Self.hasEnglish(text), "\(name): \(text)")
                #expect(!page.text.contains("openapi"), "\(name)")
                // What was particular about it is folded away, and is marked as English.
                for tag in page.tags where tag.name == "p" && tag.attributes["lang"] == "en" {
                    #expect(tag.parents.contains("details"), "\(name)")
                }
            }
            // In English it is not folded away.
            let english = ConsoleBrowser(client)
            try await english.signIn(try world.token(.support, businesses: [ServerWorld.acme]))
            let wrong = try PageCheck.read(
                try await english.post("/console/find", [("business", ServerWorld.acme), ("contact", "+34600")]),
                "wrong")
            #expect(wrong.text.contains("Numbers of this country have another number of digits."), "\(wrong.text)")
            #expect(wrong.elements["details"] == nil)
        }
    }

    @Test(arguments: ["en", "es"]) func whatANoticeLacksIsToldInThePagesLanguage(_ language: String) async throws {
        let world = try ServerWorld(label: "console-lack")
        let token = try world.token(.audit, businesses: [ServerWorld.acme])
        try await world.run { client async throws in
            try await world.server.parts.ledger.write { writer in
                let bytes = try #require(ShippedPacks.text(of: "whatsapp"))
                try writer.append(EventDraft(adopting: bytes, try RulePack(parsing: bytes)))
            }
            let browser = ConsoleBrowser(client, language: language)
            try await browser.signIn(token)
            _ = try await browser.get("/console/notices/try")
            func judged(_ text: String, in noticeLanguage: String) async throws -> [String] {
                let answer = try await browser.post(
                    "/console/notices/try",
                    [
                        ("business", ServerWorld.acme), ("language", noticeLanguage), ("channel", "whatsapp"),
                        ("text", text),
                    ])
                #expect(answer.status == 200, "\(answer.text)")
                let page = try PageCheck.read(answer, text)
                return page.tags.filter { $0.name == "li" && $0.parents.contains("section") }.map(\.text)
            }
            let lacks = try await judged("Lorem ipsum", in: "es")
            let unknown = try await judged("Acme Viajes", in: "zz")
            #expect(lacks.count >= 3 && unknown.count >= 2, "\(lacks) \(unknown)")
            for line in lacks + unknown {
                #expect(Self.hasEnglish(line) == (language == "en"), "\(line)")
            }
            let expected =
                language == "en"
                ? [
                    "the text does not name “Acme Viajes”; write whose messages they are",
                    "the text does not say that the person agrees, by words such as “",
                    "the text does not say that the messages come on WhatsApp; name the channel",
                ]
                : [
                    "el texto no nombra a “Acme Viajes”; escriba de quién son los mensajes",
                    "el texto no dice que la persona está de acuerdo, con palabras como “",
                    "el texto no dice que los mensajes lleguen por WhatsApp; nombre el medio",
                ]
            for part in expected { #expect(lacks.contains { $0.contains(part) }, "\(part): \(lacks)") }
            let noWords =
                language == "en"
                ? "the rule has no words for the language “zz”" : "la regla no tiene palabras para el idioma “zz”"
            #expect(unknown.contains { $0.contains(noWords) }, "\(unknown)")
            #expect(
                try await judged(
                    "Acepto recibir ofertas de Acme Viajes por WhatsApp. Responde BAJA para dejarlo.", in: "es"
                ).isEmpty)
        }
    }

    // MARK: The way back

    @Test func whoSignsInIsBackWhereTheyWereAndNowhereElse() async throws {
        let world = try ServerWorld(label: "console-back")
        let token = try world.token(roles: Set(Role.allCases), businesses: nil)
        try await world.run { client async throws in
            try await ConsoleTests.fill(world, client)
            let handle = try await ConsoleTests.handle(Self.contact, ServerWorld.acme, world)
            let person = "/console/people/\(handle)"
            for (page, goal) in [
                ("/console/log", "/console/log"), (person, person), (person + "/erase", person + "/erase"),
                (person + "?at=2026-05-28%2021%3A00", person + "?at=2026-05-28%2021%3A00"),
                ("/console/notices/acme-viajes/1", "/console/notices/acme-viajes/1"),
                ("/console/", "/console/"), ("/console/find?contact=%2B34600111222", "/console/find"),
            ] {
                let browser = ConsoleBrowser(client)
                let sent = try await browser.get(page)
                #expect(sent.status == 303)
                let location = try #require(sent.headers[.location])
                #expect(!location.contains("600111222"), "\(location)")
                let signIn = try PageCheck.read(try await browser.get(location), location)
                let kept = signIn.tags.first { $0.attributes["name"] == "page" && $0.parents.contains("main") }
                #expect(kept?.attributes["value"] == goal, "\(page)")
                // A token that does not count loses nothing.
                let wrong = try PageCheck.read(
                    try await browser.post("/console/sign-in", [("page", goal), ("token", "x")]), "wrong")
                let still = wrong.tags.first { $0.attributes["name"] == "page" && $0.parents.contains("main") }
                #expect(still?.attributes["value"] == goal, "\(page)")
                let done = try await browser.post("/console/sign-in", [("page", goal), ("token", token)])
                #expect(done.headers[.location] == goal, "\(page)")
                #expect(try await browser.get(goal).status == 200, "\(goal)")
                // And whoever is signed in is led on.
                #expect(try await browser.get(location).headers[.location] == goal, "\(page)")
                world.clock.pass(60_000)
            }
            for goal in [
                "https://example.com/", "//example.com/console/", "/console//example.com", "/\\example.com",
                "/console/../v1",
                "/console/people/..", "/console/people/%2e%2e", "/console/log\r\nX-Other: 1", "/console/log#x",
                "/consolex",
                "/v1/businesses", "/log/checkpoint", "/console/sign-out", "/console/nothing", "/console/log?x=1", "",
                "/console/find?contact=+34600111222", "javascript:alert(1)", "/console/log ", "/console/l\u{f6}g",
                person + "?at=" + String(repeating: "x", count: 2000),
            ] {
                let browser = ConsoleBrowser(client)
                _ = try await browser.get("/console/sign-in")
                let done = try await browser.post("/console/sign-in", [("page", goal), ("token", token)])
                #expect(done.status == 303)
                #expect(done.headers[.location] == "/console/", "\(goal)")
                #expect(!done.headers.contains { $0.name.rawName == "X-Other" }, "\(goal)")
                world.clock.pass(60_000)
            }
        }
    }

    @Test(arguments: ["en", "es"]) func howLongASessionLivesIsSaid(_ language: String) async throws {
        let world = try ServerWorld(label: "console-life")
        let token = try world.token(.support, businesses: nil)
        try await world.run { client async throws in
            let browser = ConsoleBrowser(client, language: language)
            let before = try PageCheck.read(try await browser.get("/console/sign-in"), "sign-in")
            try await browser.signIn(token)
            let after = try PageCheck.read(try await browser.get("/console/"), "start")
            let (minutes, hours) = language == "en" ? ("30 minutes", "8 hours") : ("30 minutos", "8 horas")
            for page in [before, after] {
                #expect(page.text.contains(minutes) && page.text.contains(hours), "\(page.text)")
            }
        }
    }

    @Test func aFormThatComesAfterItsSessionDoesNothingAndLeadsBack() async throws {
        let world = try ServerWorld(label: "console-undone")
        let token = try world.token(.protectionOfficer, businesses: nil)
        try await world.run { client async throws in
            try await ConsoleTests.fill(world, client)
            let browser = ConsoleBrowser(client)
            try await browser.signIn(token)
            let path = try await browser.find(Self.contact)
            _ = try await browser.get(path + "/erase")
            world.clock.pass(ConsoleSessions.longestIdle)
            let late = try await browser.post(path + "/erase", [("contact", Self.contact)])
            #expect(late.headers[.location] == "/console/sign-in/undone?page=\(path)/erase")
            #expect(late.text.isEmpty)
            #expect(try await ConsoleTests.handle(Self.contact, ServerWorld.acme, world) == path.suffix(32))
        }
    }

    // MARK: A log that cannot be counted

    @Test(arguments: ["en", "es"]) func whereNothingCanBeCountedThatIsSaid(_ language: String) async throws {
        let world = try ServerWorld(label: "console-uncounted")
        try await world.run { client async throws in
            try await ConsoleTests.fill(world, client)
            let checkpoint = world.directory + "/log/checkpoint"
            let kept = try #require(FileManager.default.contents(atPath: checkpoint))
            let size = try await world.server.parts.ledger.read { $0.size }
            let tile = world.directory + "/log/tile/entries/000.p/\(size)"
            let bundle = try #require(FileManager.default.contents(atPath: tile))
            for role in [Role.support, .audit] {
                let browser = ConsoleBrowser(client, language: language)
                try await browser.signIn(try world.token(role, businesses: nil))
                func look() async throws -> PlainHTML {
                    let answer = try await browser.get("/console/activity")
                    #expect(answer.status == 200, "\(answer.text)")
                    let page = try PageCheck.read(answer, "\(role)")
                    // Who may verify the log is led there.
                    let links = page.tags.filter { $0.name == "a" && $0.parents.contains("main") }
                    #expect(links.map { $0.attributes["href"] } == (role == .audit ? ["/console/log"] : []))
                    if language == "es" {
                        let text = Self.foreignText(page).replacing("a test's", with: "")
                        #expect(!Self.hasEnglish(text), "\(text)")
                    }
                    return page
                }
                try FileManager.default.removeItem(atPath: checkpoint)
                let none = try await look()
                #expect(none.text.contains(language == "en" ? "none was published yet" : "todavía no se publicó"))
                #expect(!Self.title(none).hasPrefix("Error"))
                try Data("nonsense".utf8).write(to: URL(fileURLWithPath: checkpoint))
                #expect(Self.title(try await look()).hasPrefix("Error: "))
                try kept.write(to: URL(fileURLWithPath: checkpoint))
                var damaged = bundle
                damaged[bundle.count - 1] ^= 1
                chmod(tile, 0o644)
                try damaged.write(to: URL(fileURLWithPath: tile))
                #expect(Self.title(try await look()).hasPrefix("Error: "))
                try bundle.write(to: URL(fileURLWithPath: tile))
            }
            let browser = ConsoleBrowser(client, language: language)
            try await browser.signIn(try world.token(.support, businesses: nil))
            #expect(try await browser.get("/console/activity").text.contains("<svg"))
        }
    }
}
