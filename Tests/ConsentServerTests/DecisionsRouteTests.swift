import ConsentModel
import HTTPTypes
import HummingbirdTesting
import Testing
import TransparencyLog

@testable import ConsentServer

/// Asking over HTTP.
@Suite struct DecisionsRouteTests {
    private static let contact = "+34600111222"

    private static func world(_ label: String, isTest: Bool = false) async throws -> (ServerWorld, token: String) {
        let world = try ServerWorld(label: label, isTest: isTest)
        return (world, try world.token(.capture, .query, businesses: [ServerWorld.acme]))
    }

    @Test func anErrorIsNeverAYes() async throws {
        let (world, token) = try await Self.world("errors")
        try await world.run { client async throws in
            _ = try await client.post(
                "/v1/events", token: token, Requests.events(Requests.optIn(Self.contact, id: "a")))
            let cases: [(body: String, status: Int)] = [
                (Requests.question("12"), 422),
                (Requests.question(Self.contact, business: "nobody"), 403),
                (Requests.question(Self.contact, business: ServerWorld.beta), 403),
                (Requests.question(Self.contact).replacing("marketing", with: "nothing"), 422),
                (Requests.question(Self.contact).replacing("whatsapp", with: "pigeon"), 422),
                (Requests.question(Self.contact, more: #""known-size":999999,"#), 422),
                (Requests.question(Self.contact, more: #""max-age-ms":"1","#), 400),
                (Requests.question(Self.contact, more: #""at":"soon","#), 422),
                (Requests.question(Self.contact, more: #""explian":true,"#), 400),
                (Requests.question(Self.contact, more: #""explain":1,"#), 400),
                (Requests.question(Self.contact, more: #""explain":true,"reserve":true,"#), 400),
                (#"{"questions":[]}"#, 400), (#"{"questions":{}}"#, 400), ("[]", 400), ("{", 400), ("", 400),
                (#"{"questions":[],"questions":[]}"#, 400),
                (String(repeating: "[", count: 100), 400),
            ]
            for (body, status) in cases {
                let answer = try await client.post("/v1/decisions", token: token, body)
                #expect(answer.status == status, "\(body): \(answer.text)")
                #expect(answer.code != nil, "\(body)")
                #expect(!answer.text.contains("allow\""), "\(body)")
            }
        }
    }

    @Test func amongSeveralEachHasItsAnswerOrItsError() async throws {
        let (world, token) = try await Self.world("batch")
        try await world.run { client async throws in
            _ = try await client.post(
                "/v1/events", token: token, Requests.events(Requests.optIn(Self.contact, id: "a")))
            let answer = try await client.post(
                "/v1/decisions", token: token,
                """
                {"questions":[{"contact":"+34600111999","category":"marketing","channel":"whatsapp"},
                {"contact":"12","category":"marketing","channel":"whatsapp"},{"contact":"\(Self.contact)"},
                {"contact":"\(Self.contact)","categories":["marketing"],"channel":"whatsapp"}]}
                """)
            #expect(answer.status == 200, "\(answer.text)")
            #expect(
                answer.json["decisions"]?.array?.map { $0["outcome"]?.string } == ["deny", "error", "error", "allow"])
        }
    }

    @Test func whatIsReservedIsCountedAndExplainedIsExplained() async throws {
        let (world, token) = try await Self.world("reserve")
        try await world.run { client async throws in
            _ = try await client.post(
                "/v1/events", token: token, Requests.events(Requests.optIn(Self.contact, id: "a")))
            for number in 1...2 {
                let answer = try await client.post(
                    "/v1/decisions", token: token, Requests.question(Self.contact, more: #""reserve":true,"#))
                #expect(
                    answer.json["decisions"]?.array?.first?["reservation"] == .number("\(number)"), "\(answer.text)")
            }
            let explained = try await client.post(
                "/v1/decisions", token: token, Requests.question(Self.contact, more: #""explain":true,"#))
            #expect(
                explained.json["decisions"]?.array?.first?["explanation"]?["cells"]?.array?.isEmpty == false,
                "\(explained.text)")
        }
    }

    @Test func aClearanceIsAFileThatReadsBack() async throws {
        let (world, token) = try await Self.world("clearance")
        try await world.run { client async throws in
            _ = try await client.post(
                "/v1/events", token: token, Requests.events(Requests.optIn(Self.contact, id: "a")))
            let answer = try await client.post(
                "/v1/decisions", token: token, Requests.question(Self.contact, more: #""clearance":{},"#))
            let text = try #require(
                answer.json["decisions"]?.array?.first?["clearance"]?["file"]?.string, "\(answer.text)")
            let file = try ClearanceFile(parsing: Array(text.utf8))
            try file.verifyPath()
        }
        // What is cleared is sent from now on: who opted out since is not asked about as of before, nor anybody as of later.
        let (dated, datedToken) = try await Self.world("clearance-dated")
        try await dated.run { client async throws in
            _ = try await client.post(
                "/v1/events", token: datedToken, Requests.events(Requests.optIn(Self.contact, id: "a")))
            let before = dated.clock.now()
            dated.clock.pass(10_000)
            _ = try await client.post(
                "/v1/events", token: datedToken, Requests.events(Requests.optOut(Self.contact, id: "b")))
            for at in [before, dated.clock.now().adding(milliseconds: 31 * 86_400_000)] {
                let refused = try await client.post(
                    "/v1/decisions", token: datedToken,
                    Requests.question(Self.contact, more: #""clearance":{},"at":"\#(at)","#))
                #expect(refused.status == 422, "\(refused.text)")
                #expect(!refused.text.contains("file"), "\(refused.text)")
            }
        }
        let (test, testToken) = try await Self.world("clearance-test", isTest: true)
        try await test.run { client async throws in
            let refused = try await client.post(
                "/v1/decisions", token: testToken, Requests.question(Self.contact, more: #""clearance":{},"#))
            #expect(refused.status == 422)
            #expect(!refused.text.contains("outcome"))
        }
    }

    @Test func anAnswerThatIsTooOldIsNone() async throws {
        let (world, token) = try await Self.world("stale")
        try await world.run { client async throws in
            world.clock.pass(10_000)
            let answer = try await client.post(
                "/v1/decisions", token: token, Requests.question(Self.contact, more: #""max-age-ms":5000,"#))
            #expect(answer.status == 412)
            #expect(answer.code == "stale")
        }
    }

    @Test func whatWasKnownThenIsAskedByTimeOrSize() async throws {
        let (world, token) = try await Self.world("known")
        try await world.run { client async throws in
            let given = try await client.post(
                "/v1/events", token: token, Requests.events(Requests.optIn(Self.contact, id: "a")))
            let index = try #require(
                given.json["results"]?.array?.first?["index"]?.stringOrNumber.flatMap { UInt64($0) })
            for (size, outcome) in [(index, "deny"), (index + 1, "allow")] {
                let answer = try await client.post(
                    "/v1/decisions", token: token, Requests.question(Self.contact, more: "\"known-size\":\(size),"))
                #expect(answer.json["decisions"]?.array?.first?["outcome"]?.string == outcome, "\(answer.text)")
            }
        }
    }
}
