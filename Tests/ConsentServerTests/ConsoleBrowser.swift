import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import PlainHTML
import Synchronization
import Testing

@testable import ConsentServer

/// What a browser does with the console: keeps cookies, and sends the forms that it was given.
final class ConsoleBrowser: Sendable {
    private struct State {
        var cookies: [String: String] = [:]
        /// The key of the forms of the page that was seen last.
        var formKey = ""
    }

    private let client: any TestClientProtocol
    private let language: String
    private let state = Mutex(State())

    init(_ client: any TestClientProtocol, language: String = "en") {
        self.client = client
        self.language = language
    }

    var cookies: [String: String] { state.withLock { $0.cookies } }

    var formKey: String { state.withLock { $0.formKey } }

    /// Makes it forget a cookie, or have another one.
    func setCookie(_ name: String, _ value: String?) { state.withLock { $0.cookies[name] = value } }

    /// Asks for a page; redirections are not followed.
    func get(_ path: String) async throws -> Answered { try await send(.get, path, nil) }

    /// Sends a form of the page that was seen last.
    func post(_ path: String, _ fields: [(String, String)] = [], key: String? = nil) async throws -> Answered {
        try await send(.post, path, [("form-key", key ?? formKey)] + fields)
    }

    func send(
        _ method: HTTPRequest.Method, _ path: String, _ fields: [(String, String)]?, more: HTTPFields = [:]
    ) async throws -> Answered {
        var headers = more
        headers[.acceptLanguage] = language
        let cookies = cookies.map { "\($0.key)=\($0.value)" }.sorted().joined(separator: "; ")
        if !cookies.isEmpty { headers[.cookie] = cookies }
        var body: ByteBuffer?
        if let fields {
            if headers[.contentType] == nil { headers[.contentType] = "application/x-www-form-urlencoded" }
            body = ByteBuffer(
                string: fields.map { "\(Self.encoded($0))=\(Self.encoded($1))" }.joined(separator: "&"))
        }
        let answer = try await client.execute(uri: path, method: method, headers: headers, body: body) { response in
            Answered(status: response.status.code, headers: response.headers, text: String(buffer: response.body))
        }
        state.withLock { state in
            for line in answer.headers[values: .setCookie] {
                let parts = line.prefix { $0 != ";" }.split(
                    separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                state.cookies[String(parts[0])] = line.contains("Max-Age=0") ? nil : String(parts[1])
            }
            if let match = answer.text.firstMatch(of: /name="form-key" value="([0-9a-f]+)"/) {
                state.formKey = String(match.1)
            }
        }
        return answer
    }

    private static func encoded(_ text: String) -> String {
        text.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                String(UnicodeScalar(byte))
            default: "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }.joined()
    }

    /// Signs in, and expects to be let in.
    func signIn(_ token: String) async throws {
        _ = try await get("/console/sign-in")
        let answer = try await post("/console/sign-in", [("token", token)])
        #expect(answer.status == 303, "\(answer.text)")
        _ = try await get("/console/sources")
    }

    /// Finds a person, and returns the path of their page.
    func find(_ contact: String, business: String = ServerWorld.acme) async throws -> String {
        _ = try await get("/console/find")
        let answer = try await post("/console/find", [("business", business), ("contact", contact)])
        #expect(answer.status == 303, "\(answer.text)")
        return answer.headers[.location] ?? ""
    }
}

/// What a page must be for those who do not see it, or have no mouse.
enum PageCheck {
    /// Reads a page strictly, and checks it.
    static func read(_ answer: Answered, _ what: String) throws -> PlainHTML {
        let page: PlainHTML
        do { page = try PlainHTML(answer.text) } catch {
            Issue.record("\(what): \(error)")
            throw error
        }
        func problem(_ text: String) { Issue.record("\(what): \(text)") }
        let html = page.tags.first { $0.name == "html" }
        if !["en", "es"].contains(html?.attributes["lang"] ?? "") { problem("no language") }
        for name in ["h1", "main", "header", "footer", "title"] where page.elements[name] != 1 {
            problem("\(page.elements[name] ?? 0) times \(name)")
        }
        if page.tags.first(where: { $0.name == "a" })?.attributes["href"] != "#main" { problem("nothing skips") }
        var level = 0
        for tag in page.tags where tag.name.wholeMatch(of: /h[1-6]/) != nil {
            let next = Int(tag.name.dropFirst()) ?? 0
            if next > level + 1 { problem("a heading \(tag.name) after h\(level): \(tag.text)") }
            if tag.text.allSatisfy(\.isWhitespace) { problem("an empty heading") }
            level = next
        }
        let ids = page.attributes["id"] ?? []
        if Set(ids).count != ids.count { problem("an id twice: \(ids.sorted())") }
        for name in ["for", "aria-labelledby", "aria-describedby"] {
            for id in (page.attributes[name] ?? []).flatMap({ $0.split(separator: " ").map(String.init) })
            where !ids.contains(id) { problem("\(name) names no element: \(id)") }
        }
        if page.attributes["autofocus"]?.count ?? 0 > 1 { problem("the focus goes to several places") }
        for tag in page.tags where tag.attributes["class"] == "wide" {
            let own = tag.attributes
            if own["role"] != "region" || own["tabindex"] != "0" || (own["aria-label"] ?? own["aria-labelledby"]) == nil
            {
                problem("what can be scrolled cannot be by keyboard, or has no name: \(own)")
            }
        }
        for link in page.attributes["href"] ?? [] where link.hasPrefix("#") && !ids.contains(String(link.dropFirst())) {
            problem("a link leads nowhere: \(link)")
        }
        let labelled = Set(page.attributes["for"] ?? [])
        for tag in page.tags {
            let own = tag.attributes
            switch tag.name {
            case "input", "select", "textarea":
                if own["type"] != "hidden", !labelled.contains(own["id"] ?? "-") { problem("\(tag.name) has no label") }
            case "button", "a", "label", "legend", "summary", "option", "title":
                if tag.text.allSatisfy(\.isWhitespace) { problem("an empty \(tag.name)") }
            case "th": if own["scope"] == nil { problem("a th without scope: \(tag.text)") }
            case "svg":
                if own["role"] != "img" || own["aria-label"]?.isEmpty != false { problem("a picture without text") }
            case "nav": if own["aria-label"]?.isEmpty != false { problem("a nav without a name") }
            case "form":
                if !["post", "get"].contains(own["method"]) || own["action"]?.hasPrefix("/console/") != true {
                    problem("a form: \(own)")
                }
            case "script", "style", "img", "iframe", "object": problem("there is a \(tag.name)")
            default: break
            }
            // Nothing that the policy would stop.
            if own.keys.contains(where: { $0 == "style" || $0.hasPrefix("on") }) { problem("\(tag.name): \(own)") }
            if own["tabindex"].flatMap({ Int($0) }) ?? 0 > 0 { problem("an order of its own: \(own)") }
        }
        // The forms' key is never part of an address.
        for form in answer.text.split(separator: "<form method=\"get\"").dropFirst()
        where form.prefix(upTo: form.range(of: "</form>")?.lowerBound ?? form.endIndex).contains("form-key") {
            problem("a form puts its key into the address")
        }
        // A text that is missing shows its name, and a place that nothing fills shows a brace.
        if page.text.contains("console.") || page.text.contains("{{") || page.text.contains("%1") {
            problem("a text is missing: \(page.text)")
        }
        return page
    }
}
