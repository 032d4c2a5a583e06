import ConsentFailures
import ConsentLedger
import ConsentModel
import ConsentRules
import Foundation
import HTTPTypes
import HummingbirdTesting
import LedgerStorage
import Testing

@testable import ConsentServer

/// Errors as problems: one table.
@Suite struct ProblemTests {
    static var root: URL {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
    }

    /// The codes that a source file defines, read from the text: an open set cannot be enumerated otherwise.
    static func codes(in file: String) throws -> Set<String> {
        let text = try String(contentsOf: root.appendingPathComponent(file), encoding: .utf8)
        return Set(text.matches(of: /static let \w+ = Code\(name: "([a-z-]+)"\)/).map { String($0.1) })
    }

    @Test func everyCodeOfTheServerHasAStatus() throws {
        #expect(
            try Self.codes(in: "Sources/ConsentServer/ServerError.swift")
                == Set(Problem.ofServer.keys.map(\.name)))
    }

    @Test func everyKindHasAStatusThatIsNoSuccess() {
        #expect(Set(Problem.ofKind.keys) == Set(FailureKind.allCases))
        let all =
            Array(Problem.ofKind.values) + Problem.ofServer.values + Problem.ofLedger.values + Problem.ofModel.values
            + Problem.ofRules.values
        for status in all { #expect(status.code >= 400) }
    }

    @Test func aFullDiskAndAStoppedWriterAreForLater() {
        #expect(Problem(StorageError(.full, "")).status == .serviceUnavailable)
        #expect(Problem(LedgerError(.outcomeUnknown, "")).status == .serviceUnavailable)
        #expect(Problem(LedgerError(.clockJumped, "")).status == .serviceUnavailable)
        #expect(Problem(StorageError(.locked, "")).status == .serviceUnavailable)
    }

    @Test func whatNoTableKnowsIsToldWithoutItsText() {
        struct Stranger: Error, CustomStringConvertible { var description: String { "+34600111222" } }
        let problem = Problem(Stranger())
        #expect(problem.status == .internalServerError)
        #expect(problem.code == "internal")
        #expect(!problem.json().text.contains("600111222"))
    }

    @Test func aProblemHasTheFormOfRFC9457() async throws {
        let world = try ServerWorld(label: "problem")
        try await world.run { client async throws in
            let answer = try await client.send(.get, "/nowhere")
            #expect(answer.status == 404)
            #expect(answer.headers[.contentType] == "application/problem+json")
            #expect(answer.json["type"] == .string("urn:consent-ledger:problem:not-found"))
            #expect(answer.json["status"] == .number("404"))
            #expect(answer.json["title"] == .string("Not Found"))
            #expect(answer.json["detail"]?.string?.isEmpty == false)
            let id = answer.headers[HTTPField.Name("X-Request-Id")!]
            #expect(answer.json["request-id"]?.string == id)
            let method = try await client.send(.delete, "/v1/events")
            #expect(method.status == 405)
            #expect(method.headers[.allow] == "POST")
            let head = try await client.send(.head, "/healthz")
            #expect(head.status == 200)
            #expect(head.text.isEmpty)
            #expect(head.headers[.contentLength] != "0")
        }
    }

    @Test func bodiesAreBoundedAndOfTheirKind() async throws {
        let world = try ServerWorld(label: "bodies") { $0.limits.bodyBytes = 2048 }
        let token = try world.token(.query, businesses: [ServerWorld.acme])
        let question = Requests.question("+34600111222")
        try await world.run { client async throws in
            func status(_ body: String, _ headers: HTTPFields = [:]) async throws -> Int {
                try await client.send(.post, "/v1/decisions", token: token, json: body, headers: headers).status
            }
            let blanks = String(repeating: " ", count: 2048 - question.utf8.count)
            #expect(try await status(question + blanks) == 200)
            #expect(try await status(question + blanks + " ") == 413)
            #expect(try await status(question, [.contentType: "application/json; charset=utf-8"]) == 200)
            #expect(try await status(question, [.contentType: "text/plain"]) == 415)
            #expect(try await status(question, [.contentType: "application/jsonx"]) == 415)
        }
    }

    @Test func nothingThatIsLoggedNamesAPerson() async throws {
        let world = try ServerWorld(label: "logged")
        let token = try world.token(.query, .capture, businesses: [ServerWorld.acme])
        try await world.run { client async throws in
            _ = try await client.post(
                "/v1/events", token: token, Requests.events(Requests.optIn("+34600111222", id: "+34600111222")))
            _ = try await client.post("/v1/decisions", token: token, Requests.question("+34600111222"))
            _ = try await client.post("/v1/decisions", token: token, Requests.question("+34600111222x"))
            _ = try await client.send(.get, "/v1/+34600111222?contact=+34600111222", token: token)
            _ = try await client.send(HTTPRequest.Method("X34600111222")!, "/healthz", token: token)
            let metrics = world.server.parts.metrics.text(ServerMetrics.State())
            #expect(!metrics.contains("600111222"))
            #expect(metrics.contains(#"consentd_decisions_total{outcome="allow""#), "\(metrics)")
            #expect(metrics.contains(#"consentd_request_seconds_bucket{operation="decide",le="+Inf"} 2"#), "\(metrics)")
        }
        let lines = world.log.all
        #expect(lines.count >= 5)
        for line in lines {
            #expect(!line.contains("600111222"), "\(line)")
            #expect(!line.contains(token), "\(line)")
            #expect(throws: Never.self, "\(line)") { try JSONValue(parsing: Array(line.utf8)) }
        }
    }
}
