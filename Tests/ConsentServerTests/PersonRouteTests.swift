import ConsentModel
import Foundation
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import ConsentLedger
@testable import ConsentServer

/// What is told of a person, and decided about what they may have meant.
@Suite struct PersonRouteTests {
    private static let contact = "+34600111222"

    private static func history(_ contact: String, why: String? = nil) -> String {
        #"{"business":"acme-viajes","contact":"\#(contact)"\#(why.map { #","legal-access":"\#($0)""# } ?? "")}"#
    }

    @Test func aHistoryHasEveryRecordWithItsPrivateFacts() async throws {
        let world = try ServerWorld(label: "history")
        let token = try world.token(.capture, .support, businesses: [ServerWorld.acme])
        try await world.run { client async throws in
            let optIn = Requests.optIn(Self.contact, id: "a").dropLast() + #","private":{"ip":"192.0.2.7"}}"#
            let sent = try await client.post(
                "/v1/events", token: token,
                Requests.events(String(optIn), Requests.optOut(Self.contact, id: "b")))
            #expect(sent.status == 200, "\(sent.text)")
            let answer = try await client.post("/v1/contacts/history", token: token, Self.history(Self.contact))
            #expect(answer.status == 200, "\(answer.text)")
            let records = answer.json["records"]?.array ?? []
            #expect(records.map { $0["type"]?.string } == ["consent-given", "consent-withdrawn"])
            #expect(records.first?["private"]?["ip"] == .string("192.0.2.7"))
            let nobody = try await client.post("/v1/contacts/history", token: token, Self.history("+34600111999"))
            #expect(nobody.json["records"] == .array([]))
        }
    }

    @Test func whoAskedToBeErasedIsShutToAllButLegalWhoSaysWhy() async throws {
        let world = try ServerWorld(label: "shut")
        let support = try world.token(.support, .capture, businesses: [ServerWorld.acme])
        let legal = try world.token(.legal, businesses: [ServerWorld.acme])
        try await world.run { client async throws in
            _ = try await client.post(
                "/v1/events", token: support, Requests.events(Requests.optIn(Self.contact, id: "a")))
            // What consent erase records first, where the proof is kept until a day.
            let request = """
                {"type":"consent-withdrawn","business":"acme-viajes","contact":"\(Self.contact)","id":"e",\
                "do-not-contact":true,"reason":"\(ErasureRequest.reason)"}
                """
            let asked = try await client.post("/v1/events", token: support, Requests.events(request))
            #expect(asked.status == 200, "\(asked.text)")
            let shut = try await world.server.parts.ledger.read { snapshot in
                let address = try ContactAddress(parsing: Self.contact)
                return try snapshot.handle(of: address, business: ServerWorld.acme)
                    .flatMap { try snapshot.erasureRequest(of: $0) } != nil
            }
            try #require(shut)
            for (token, why) in [(support, nil), (support, "curious"), (legal, nil), (legal, "")] {
                let answer = try await client.post(
                    "/v1/contacts/history", token: token, Self.history(Self.contact, why: why))
                #expect(answer.status == 403)
                #expect(answer.code == "shut")
            }
            let before = try await world.server.parts.ledger.read { $0.size }
            let answer = try await client.post(
                "/v1/contacts/history", token: legal, Self.history(Self.contact, why: "case 7"))
            #expect(answer.status == 200, "\(answer.text)")
            #expect(answer.json["records"]?.array?.last?["private"]?["why"] == .string("case 7"))
            #expect(try await world.server.parts.ledger.read { $0.size } == before + 1)
        }
    }

    @Test func whoIsErasedIsGoneAndMessagesStop() async throws {
        let world = try ServerWorld(label: "erase")
        let token = try world.token(.capture, .query, .support, businesses: [ServerWorld.acme])
        let officer = try world.token(.protectionOfficer, businesses: [ServerWorld.acme])
        try await world.run { client async throws in
            func erase(_ more: String, token: String) async throws -> Answered {
                try await client.post(
                    "/v1/contacts/erase", token: token, #"{"contact":"\#(Self.contact)"\#(more)}"#)
            }
            _ = try await client.post(
                "/v1/events", token: token, Requests.events(Requests.optIn(Self.contact, id: "a")))
            // Neither without saying so, nor by others.
            for more in ["", #","now":false"#, #","now":"true""#, #","now":true,"x":1"#] {
                #expect(try await erase(more, token: officer).status == 400, "\(more)")
            }
            #expect(try await erase(#","now":true"#, token: token).status == 403)
            let nobody = try await erase(#","now":true,"source":"nobody""#, token: officer)
            #expect(nobody.status == 422 && nobody.code == "unknown-source", "\(nobody.text)")
            let erased = try await erase(#","now":true"#, token: officer)
            #expect(erased.json["outcome"] == .string("erased"), "\(erased.text)")
            #expect(erased.json["suppressed"] == .bool(true))
            let history = try await client.post("/v1/contacts/history", token: token, Self.history(Self.contact))
            #expect(history.json["records"] == .array([]), "\(history.text)")
            let answer = try await client.post("/v1/decisions", token: token, Requests.question(Self.contact))
            #expect(answer.json["decisions"]?.array?.first?["outcome"] == .string("deny"), "\(answer.text)")
            let changes = try await client.send(.get, "/v1/changes?follow=false", token: token)
            #expect(!changes.text.contains(Self.contact))
            let again = try await erase(#","now":true,"forget-completely":true"#, token: officer)
            #expect(again.json["suppressed"] == .bool(false), "\(again.text)")
            #expect(try await erase(#","now":true"#, token: officer).json["outcome"] == .string("nothing-kept"))
        }
    }

    @Test func aReviewIsListedDecidedOnceAndHoldsUntilThen() async throws {
        let world = try ServerWorld(label: "review")
        let token = try world.token(.capture, .support, .query, businesses: [ServerWorld.acme])
        let other = try world.token(.support, businesses: [ServerWorld.beta])
        try await world.run { client async throws in
            func outcome() async throws -> String? {
                let answer = try await client.post("/v1/decisions", token: token, Requests.question(Self.contact))
                return answer.json["decisions"]?.array?.first?["outcome"]?.string
            }
            _ = try await client.post(
                "/v1/events", token: token, Requests.events(Requests.optIn(Self.contact, id: "a")))
            let opened = try await client.post(
                "/v1/events", token: token,
                Requests.events(
                    #"{"type":"review-opened","contact":"\#(Self.contact)","id":"r","private":{"text":"dejadme"}}"#))
            let record = try #require(
                opened.json["results"]?.array?.first?["index"]?.stringOrNumber, "\(opened.text)")
            #expect(try await outcome() == "deny")
            let list = try await client.send(.get, "/v1/reviews", token: token)
            #expect(list.json["items"]?.array?.first?["record"]?.stringOrNumber == record, "\(list.text)")
            #expect(list.json["items"]?.array?.first?["private"]?["text"] == .string("dejadme"))
            #expect(try await client.send(.get, "/v1/reviews", token: other).json["items"] == .array([]))
            let uri = "/v1/reviews/\(record)"
            #expect(try await client.post(uri, token: other, #"{"outcome":"dismissed"}"#).status == 404)
            #expect(try await client.post(uri, token: token, #"{"outcome":"perhaps"}"#).status == 400)
            #expect(try await client.post("/v1/reviews/+1", token: token, #"{"outcome":"dismissed"}"#).status == 404)
            #expect(try await client.post("/v1/reviews/1", token: token, #"{"outcome":"dismissed"}"#).status == 404)
            // What would dismiss a part would leave the rest held, with nobody to decide it.
            for scope in [#""channels":["sms"]"#, #""categories":["marketing"]"#] {
                let body = #"{"outcome":"dismissed",\#(scope)}"#
                #expect(try await client.post(uri, token: token, body).status == 400, "\(scope)")
            }
            let decided = try await client.post(uri, token: token, #"{"outcome":"dismissed"}"#)
            #expect(decided.status == 200, "\(decided.text)")
            #expect(try await outcome() == "allow")
            #expect(try await client.post(uri, token: token, #"{"outcome":"opt-out"}"#).status == 404)
        }
    }

    /// What a person who asked to be erased wrote is for the legal department alone.
    @Test func aReviewOfWhoAskedToBeErasedIsShut() async throws {
        let world = try ServerWorld(label: "review-shut")
        let token = try world.token(.capture, .support, .query, businesses: [ServerWorld.acme])
        try await world.run { client async throws in
            for (id, contact) in [("r", Self.contact), ("q", "+34600111999")] {
                let opened = try await client.post(
                    "/v1/events", token: token,
                    Requests.events(
                        #"{"type":"review-opened","contact":"\#(contact)","id":"\#(id)","private":{"text":"dejadme"}}"#)
                )
                #expect(opened.status == 200, "\(opened.text)")
            }
            func items() async throws -> [JSONValue] {
                let list = try await client.send(.get, "/v1/reviews", token: token)
                #expect(list.status == 200)
                return list.json["items"]?.array ?? []
            }
            #expect(try await items().map { $0["shut"] } == [.bool(false), .bool(false)])
            let asked = Requests.optOut(Self.contact, id: "e").replacing(
                #""method":"keyword""#, with: #""do-not-contact":true,"reason":"erasure-requested""#)
            let recorded = try await client.post("/v1/events", token: token, Requests.events(asked))
            #expect(recorded.status == 200, "\(recorded.text)")
            let after = try await items()
            #expect(after.map { $0["shut"] } == [.bool(true), .bool(false)])
            #expect(after.map { $0["private"]?["text"] } == [nil, .string("dejadme")])
        }
    }

    @Test func theCatalogIsListedAndNoticesAreJudged() async throws {
        let world = try ServerWorld(label: "catalog")
        let token = try world.token(.query, businesses: [ServerWorld.acme])
        let admin = try world.token(.admin)
        try await world.run { client async throws in
            let adopted = try await client.post(
                "/v1/events", token: admin,
                Requests.events(
                    #"{"type":"brand-defined","business":"acme-viajes","id":"1","brand":"go","name":"Go"}"#,
                    #"{"type":"sender-defined","business":"acme-viajes","id":"2","sender":"wa","addresses":["1"],"channels":["whatsapp"]}"#,
                    #"{"type":"category-defined","business":"acme-viajes","id":"3","category":"offers","class":"marketing","basis":"consent"}"#
                ))
            #expect(adopted.status == 200, "\(adopted.text)")
            for (path, count) in [
                ("businesses", 1), ("businesses/acme-viajes/brands", 1), ("businesses/acme-viajes/senders", 1),
                ("businesses/acme-viajes/categories", 5), ("businesses/acme-viajes/notices", 1), ("sources", 1),
                ("rule-packs", 0),
            ] {
                let answer = try await client.send(.get, "/v1/" + path, token: token)
                #expect(answer.json["items"]?.array?.count == count, "\(path): \(answer.text)")
            }
            for (text, outcome) in [("Acme Viajes te avisa", "usable"), ("Te avisamos", "defective")] {
                let answer = try await client.post(
                    "/v1/notices/lint", token: token, #"{"text":"\#(text)","language":"es","channels":["whatsapp"]}"#)
                #expect(answer.json["outcome"] == .string(outcome), "\(answer.text)")
            }
        }
    }
}
