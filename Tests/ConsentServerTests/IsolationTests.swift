import ConsentModel
import Foundation
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import ConsentLedger
@testable import ConsentServer

/// What businesses that share a ledger learn of each other, and can do to each other: nothing.
@Suite struct IsolationTests {
    private static let contact = "+34600111222"

    @Test func whatAnotherBusinessCallsItsEventsStandsAgainstNoneOfOnes() async throws {
        let world = try ServerWorld(label: "ids")
        let acme = try world.token(.capture, .query, businesses: [ServerWorld.acme])
        let beta = try world.token(.capture, businesses: [ServerWorld.beta])
        try await world.run { client async throws in
            let optOut = Requests.events(Requests.optOut(Self.contact, id: "order-1", business: ServerWorld.beta))
            #expect(try await client.post("/v1/events", token: beta, optOut).status == 200)
            let optIn = Requests.events(Requests.optIn(Self.contact, id: "order-1"))
            let given = try await client.post("/v1/events", token: acme, optIn)
            #expect(given.status == 200, "\(given.text)")
            let again = try await client.post("/v1/events", token: acme, optIn)
            #expect(
                again.json["results"]?.array?.first?["outcome"]?.string == "already-recorded", "\(again.text)")
            // Within one business an id stands for one event.
            let other = try await client.post(
                "/v1/events", token: acme, Requests.events(Requests.optIn("+34600111333", id: "order-1")))
            #expect(other.status == 409 && other.text.contains("“order-1”"), "\(other.text)")
            // However long it is, an opt-out is not refused for it.
            for _ in 1...2 {
                let long = String(repeating: "i", count: 100_000)
                let stopped = try await client.post(
                    "/v1/events", token: acme, Requests.events(Requests.optOut(Self.contact, id: long)))
                #expect(stopped.status == 200, "\(stopped.text.prefix(300))")
            }
        }
    }

    @Test func whoNamesNoBusinessIsNotToldWhichThereAre() async throws {
        let world = try ServerWorld(label: "names")
        let admin = try world.token(.admin)
        let token = try world.token(.capture, businesses: [ServerWorld.acme, "gamma"])
        try await world.run { client async throws in
            let third = #"{"type":"business-registered","id":"g","business":"gamma","name":"Gamma","country":"ES"}"#
            let made = try await client.post("/v1/events", token: admin, Requests.events(third))
            #expect(made.status == 200, "\(made.text)")
            for value in ["", #""business":null,"#, #""business":5,"#] {
                let event = Requests.optOut(Self.contact, id: "a").replacing(
                    #""business":"acme-viajes","#, with: value)
                for (path, body) in [
                    ("/v1/events", Requests.events(event)), ("/v1/prepare", #"{"event":\#(event)}"#),
                ] {
                    let answer = try await client.post(path, token: token, body)
                    #expect(answer.code == "malformed-request", "\(path) \(value): \(answer.text)")
                    #expect(answer.text.contains("acme-viajes, gamma"), "\(answer.text)")
                    #expect(!answer.text.contains(ServerWorld.beta), "\(answer.text)")
                }
            }
        }
    }

    /// What a source of another business is, and whether there is one, is told to nobody else; and none speaks for it.
    @Test func aSourceOfAnotherBusinessIsAsOneThatIsNotThere() async throws {
        let world = try ServerWorld(label: "sources")
        let token = try world.token(.capture, .query, .support, businesses: [ServerWorld.acme])
        try await world.server.parts.ledger.write { writer in
            let key = try writer.makeSourceKey("shop")
            var draft = EventDraft(.sourceAuthorized)
            draft.fields = [
                .authorizedSource: .text("shop"), .custody: .text("ledger"), .publicKey: .bytes(key.publicKey),
                .proofOfPossession: .bytes(key.proof), .businesses: .list([ServerWorld.beta]),
            ]
            try writer.append(draft)
        }
        try await world.run { client async throws in
            func told(_ event: String, _ source: String) async throws -> String {
                let named = event.replacing(#""source":"cli""#, with: #""source":"\#(source)""#)
                let answer = try await client.post("/v1/events", token: token, Requests.events(named))
                return answer.text.replacing(source, with: "SOURCE").replacing(
                    try Regex(#""(index|request-id)": ("[^"]*"|[0-9]+)"#), with: "")
            }
            for (number, make) in [Requests.optIn, Requests.optOut].enumerated() {
                let texts = try await [
                    told(make(Self.contact, "shop-\(number)", ServerWorld.acme), "shop"),
                    told(make(Self.contact, "none-\(number)", ServerWorld.acme), "none"),
                ]
                #expect(texts[0] == texts[1])
            }
            let history = try await client.post(
                "/v1/contacts/history", token: token, #"{"contact":"\#(Self.contact)"}"#)
            let sources = history.json["records"]?.array?.map { $0["fields"]?["source"]?.string }
            #expect(sources == ["cli", "cli"], "\(history.text)")
        }
    }

    @Test func theLogOfAllIsForTokensOfAll() async throws {
        let world = try ServerWorld(label: "audit")
        let one = try world.token(.audit, businesses: [ServerWorld.acme, ServerWorld.beta])
        let all = try world.token(.audit)
        try await world.run { client async throws in
            for path in ["/log/checkpoint", "/log/tile/entries/000.p/1", "/metrics"] {
                let refused = try await client.send(.get, path, token: one)
                #expect(refused.status == 403 && refused.code == "forbidden", "\(path): \(refused.text)")
                #expect(try await client.send(.get, path, token: all).status != 403, "\(path)")
            }
        }
    }
}
