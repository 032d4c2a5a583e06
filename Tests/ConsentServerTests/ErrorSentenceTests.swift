import ConsentLedger
import ConsentModel
import ConsentRules
import Foundation
import HummingbirdTesting
import Testing

@testable import ConsentServer

/// Errors as they are told to who has neither the commands nor their options.
@Suite struct ErrorSentenceTests {
    @Test(arguments: [
        ("there is no such thing", "bad-input", "there is no such thing"),
        ("it is missing; run consent verify, and restore it", "damaged", "it is missing"),
        ("a; b with --x; c. D", "bad-input", "a; c. D"), ("a, b (--x), c; d", "bad-input", "a, b, c; d"),
        ("with --x", "bad-input", "this cannot be done as it is asked; see openapi.yaml"),
        ("no sender; add it with: consent sender add", "bad-input", "no sender"),
        (
            "no sender; add it with: consent sender add", "unknown-sender",
            "no sender; GET /v1/businesses/{business}/senders lists those there are"
        ),
        // What somebody wrote is told as it is, and so is the word by itself.
        ("there is no “a; b --x. See: consent y”; c", "bad-input", "there is no “a; b --x. See: consent y”; c"),
        (
            "the basis is one of: consent, contract; or run", "bad-input",
            "the basis is one of: consent, contract; or run"
        ),
        ("the consent of “x” -- ended", "bad-input", "the consent of “x” -- ended"),
        ("“", "bad-input", "“"), ("; ", "bad-input", "; "), ("", "bad-input", ""),
    ])
    func whatSpeaksOfCommandsIsLeftOut(_ sentence: String, _ code: String, _ told: String) {
        #expect(ErrorSentence.told(sentence, code: code) == told)
    }

    /// Every literal of the libraries that names an option, as the sentence of an error.
    @Test func noOptionOfTheCommandsIsTold() throws {
        var literals: [String] = []
        for library in ["ConsentLedger", "ConsentPersons", "ConsentRules", "ConsentModel", "LedgerStorage"] {
            let root = ProblemTests.root.appendingPathComponent("Sources/\(library)")
            let files = try #require(FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil))
            for case let file as URL in files where file.pathExtension == "swift" {
                let text = try String(contentsOf: file, encoding: .utf8)
                literals += text.matches(of: /"([^"\n]*--[a-z][^"\n]*)"/).map { String($0.1) }
            }
        }
        #expect(literals.count > 20)
        for literal in literals {
            let told = Problem(LedgerError(.badInput, literal)).detail
            #expect(!told.contains(#/ \(?--[a-z]/#), "\(literal): \(told)")
        }
    }

    @Test func whatIsToldOverHTTPNamesWhatTheAPIHas() async throws {
        let world = try ServerWorld(label: "sentences")
        let token = try world.token(.capture, .legal, .protectionOfficer, .support, businesses: [ServerWorld.acme])
        try await world.run { client async throws in
            func told(_ path: String, _ body: String) async throws -> String {
                let answer = try await client.post(path, token: token, body)
                #expect(answer.status >= 400, "\(answer.text)")
                return answer.json["detail"]?.string ?? ""
            }
            let optIn = Requests.optIn("+34600111222", id: "a")
            for (path, body, wanted) in [
                ("/v1/contacts/evidence", #"{"contact":"+34600111999"}"#, "name it by its handle"),
                (
                    "/v1/events", Requests.events(optIn.replacing(#""2026-05-28T"#, with: #""2020-05-28T"#)),
                    "notice-reconstructed"
                ),
                (
                    "/v1/events",
                    Requests.events(optIn.replacing(#""method""#, with: #""senders":["nobody"],"method""#)), "/senders"
                ),
            ] {
                let detail = try await told(path, body)
                #expect(detail.contains(wanted), "\(detail)")
                #expect(!detail.contains("--") && !detail.contains("consent "), "\(detail)")
            }
            world.clock.set(by: 2 * 3_600_000)
            let late = try world.token(.capture, businesses: [ServerWorld.acme])
            let stopped = try await client.post("/v1/events", token: late, Requests.events(optIn))
            let detail = stopped.json["detail"]?.string ?? ""
            #expect(stopped.code == "clock-jumped" && detail.contains("whoever runs the server"), "\(detail)")
            #expect(!detail.contains("--"), "\(detail)")
        }
    }
}
