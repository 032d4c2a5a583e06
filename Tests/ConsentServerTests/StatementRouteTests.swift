import ConsentModel
import Foundation
import HTTPTypes
import HummingbirdTesting
import LedgerCrypto
import Testing

@testable import ConsentLedger
@testable import ConsentServer

/// Events whose sources hold their own keys.
@Suite struct StatementRouteTests {
    private static let contact = "+34600111222"
    private static let key = try! Ed25519PrivateKey(seed: SecretBytes([UInt8](repeating: 7, count: 32)))

    /// A world in which the source crm holds its own key.
    private static func world(_ label: String) async throws -> (ServerWorld, token: String) {
        let world = try ServerWorld(label: label)
        let admin = try world.token(.admin)
        let token = try world.token(.capture, .query, businesses: [ServerWorld.acme])
        try await world.server.application().test(.router) { client async throws in
            let answer = try await client.post(
                "/v1/events", token: admin,
                Requests.events(
                    #"{"type":"source-authorized","id":"crm","authorized-source":"crm","custody":"external","public-key":"\#(Hexadecimal.encode(key.publicKey.bytes))","businesses":["acme-viajes"]}"#
                ))
            #expect(answer.status == 200, "\(answer.text)")
        }
        return (world, token)
    }

    private static func prepare(_ event: String) -> String {
        #"{"event":\#(event.replacing(#""source":"cli""#, with: #""source":"crm""#))}"#
    }

    private static func statements(_ items: (name: String, signature: [UInt8])...) -> String {
        let list = items.map { #"{"prepared":"\#($0.name)","signature":"\#(Base64.encode($0.signature))"}"# }
        return #"{"statements":[\#(list.joined(separator: ","))]}"#
    }

    /// What the source checks before it signs, from the answer alone.
    private static func sign(_ answer: Answered) throws -> (name: String, signature: [UInt8]) {
        func text(_ name: String) throws -> String {
            try #require(answer.json[name]?.string, "\(name): \(answer.text)")
        }
        let payload = try #require(Base64.decode(try text("payload")))
        let id = try #require(EventID(Hexadecimal.decode(try text("event-id")) ?? []))
        let ledgerID = try #require(Hexadecimal.decode(try text("ledger-id")))
        guard case .event(let event) = try Payload(decoding: payload[...]) else {
            throw ServerError(.malformedRequest, "no event")
        }
        #expect(event.id == id)
        var commitments: [SHA256Digest] = []
        for field in answer.json["private"]?.array ?? [] {
            let name = try #require(field["name"]?.string)
            let opened = try PrivateField(
                name: name, value: #require(Base64.decode(field["value"]?.string ?? "!")),
                salt: #require(Hexadecimal.decode(field["salt"]?.string ?? "")))
            if name == "contact" { #expect(String(decoding: opened.value, as: UTF8.self) == contact) }
            commitments.append(opened.commitment(ledgerID: ledgerID, event: id))
            #expect(field["commitment"]?.string == Hexadecimal.encode(commitments.last?.bytes ?? []))
        }
        #expect(event.bytes(.commitment) == PrivateField.commitmentDigest(commitments).bytes)
        let context = StatementContext(
            origin: try text("origin"), ledgerID: ledgerID, business: try text("business"),
            handles: try (answer.json["handles"]?.array ?? []).map {
                try #require(ContactHandle(Hexadecimal.decode($0.string ?? "") ?? []))
            })
        let message = Statement.toBeSigned(
            payload: payload, keyIdentifier: key.publicKey.keyIdentifier, context: context)
        #expect(Base64.encode(message) == (try text("to-be-signed")))
        return (try text("prepared"), key.signature(for: message))
    }

    @Test func whatIsSignedElsewhereIsRecordedOnceAndVerifies() async throws {
        let (world, token) = try await Self.world("signed")
        try await world.run { client async throws in
            func outcome() async throws -> String? {
                try await client.post("/v1/decisions", token: token, Requests.question(Self.contact)).json["decisions"]?
                    .array?.first?["outcome"]?.string
            }
            let optIn =
                String(Requests.optIn(Self.contact, id: "a").dropLast()) + #","private":{"ip":"192.0.2.7"}}"#
            let before = try await world.server.parts.ledger.read { $0.size }
            let prepared = try await client.post("/v1/prepare", token: token, Self.prepare(optIn))
            #expect(prepared.status == 200, "\(prepared.text)")
            let signed = try Self.sign(prepared)
            // Nothing is recorded until then.
            #expect(try await world.server.parts.ledger.read { $0.size } == before)
            #expect(try await outcome() == "deny")
            for wanted in ["recorded", "already-recorded"] {
                let answer = try await client.post("/v1/statements", token: token, Self.statements(signed))
                #expect(answer.status == 200, "\(answer.text)")
                #expect(answer.json["results"]?.array?.first?["outcome"]?.string == wanted)
                #expect(answer.json["results"]?.array?.first?["index"] == .number("\(before)"))
            }
            #expect(try await outcome() == "allow")
            let again = try await client.post("/v1/prepare", token: token, Self.prepare(optIn))
            #expect(again.json["outcome"] == .string("already-recorded"), "\(again.text)")
            let other = try await client.post(
                "/v1/prepare", token: token, Self.prepare(Requests.optIn("+34600111333", id: "a")))
            #expect(other.status == 409, "\(other.text)")
            // Two for one person who is new, prepared before either is recorded: one handle.
            let first = try await client.post(
                "/v1/prepare", token: token, Self.prepare(Requests.optOut(Self.contact, id: "b")))
            let second = try await client.post(
                "/v1/prepare", token: token, Self.prepare(Requests.optOut(Self.contact, id: "c")))
            #expect(first.json["handles"] == second.json["handles"])
            let both = try await client.post(
                "/v1/statements", token: token, Self.statements(Self.sign(second), Self.sign(first)))
            #expect(both.status == 200, "\(both.text)")
            #expect(try await outcome() == "deny")
            #expect(try await world.server.parts.ledger.read { $0.size } == before + 3)
        }
    }

    @Test func whatIsNotSignedByItsSourceIsNotRecorded() async throws {
        let (world, token) = try await Self.world("unsigned")
        let other = try world.token(.capture, businesses: [ServerWorld.acme])
        let stranger = try Ed25519PrivateKey(seed: SecretBytes([UInt8](repeating: 8, count: 32)))
        try await world.run { client async throws in
            let prepared = try await client.post(
                "/v1/prepare", token: token, Self.prepare(Requests.optIn(Self.contact, id: "a")))
            let (name, signature) = try Self.sign(prepared)
            let next = try await client.post(
                "/v1/prepare", token: token, Self.prepare(Requests.optIn(Self.contact, id: "b")))
            let (_, otherSignature) = try Self.sign(next)
            let message = try #require(Base64.decode(prepared.json["to-be-signed"]?.string ?? ""))
            let before = try await world.server.parts.ledger.read { $0.size }
            var flipped = signature
            flipped[9] ^= 1
            let wrong: [[UInt8]] = [
                [UInt8](repeating: 0, count: 64), [], Array(signature.dropLast()), signature + [0], flipped,
                otherSignature, stranger.signature(for: message),
            ]
            for wrong in wrong {
                let answer = try await client.post("/v1/statements", token: token, Self.statements((name, wrong)))
                #expect(answer.status == 422, "\(answer.text)")
                #expect(answer.code == "bad-input")
            }
            let malformed = try await client.post(
                "/v1/statements", token: token, #"{"statements":[{"prepared":"\#(name)","signature":"?"}]}"#)
            #expect(malformed.status == 400)
            let foreign = try await client.post(
                "/v1/statements", token: other, Self.statements((name, signature)))
            #expect(foreign.status == 404)
            for (event, status) in [
                (Requests.optIn(Self.contact, id: "x"), 422),
                (Requests.optIn(Self.contact, id: "x").replacing(#""source":"cli","#, with: ""), 422),
                (Requests.optIn(Self.contact, id: "x", business: ServerWorld.beta), 403),
            ] {
                let answer = try await client.post("/v1/prepare", token: token, #"{"event":\#(event)}"#)
                #expect(answer.status == status, "\(answer.text)")
            }
            // Of several, each stands for itself.
            let mixed = try await client.post(
                "/v1/statements", token: token, Self.statements((name, flipped), ("00", signature)))
            #expect(mixed.status == 422)
            #expect(mixed.json["results"]?.array?.map { $0["outcome"]?.string } == ["refused", "refused"])
            #expect(try await world.server.parts.ledger.read { $0.size } == before)
            world.clock.pass(PendingStatements.longest)
            let late = try world.token(.capture, businesses: [ServerWorld.acme])
            #expect(
                try await client.post("/v1/statements", token: late, Self.statements((name, signature))).status == 404)
            let waiting = try await client.post("/v1/statements", token: token, Self.statements((name, signature)))
            #expect(waiting.status == 404, "\(waiting.text)")
        }
    }

    /// An opt-out whose id was used for something else is taken all the same, once.
    @Test func anOptOutIsNotRefusedForItsID() async throws {
        let (world, token) = try await Self.world("used-id")
        try await world.run { client async throws in
            var indexes: [JSONValue?] = []
            let optOut = Requests.optOut(Self.contact, id: "a")
            for event in [Requests.optIn(Self.contact, id: "a"), optOut, optOut] {
                let prepared = try await client.post("/v1/prepare", token: token, Self.prepare(event))
                #expect(prepared.status == 200, "\(prepared.text)")
                guard prepared.json["outcome"] == .string("prepared") else {
                    indexes.append(prepared.json["index"])
                    continue
                }
                let recorded = try await client.post(
                    "/v1/statements", token: token, Self.statements(try Self.sign(prepared)))
                #expect(recorded.status == 200, "\(recorded.text)")
                indexes.append(recorded.json["results"]?.array?.first?["index"])
            }
            #expect(indexes[0] != indexes[1] && indexes[1] == indexes[2], "\(indexes)")
            let asked = try await client.post("/v1/decisions", token: token, Requests.question(Self.contact))
            #expect(asked.json["decisions"]?.array?.first?["outcome"]?.string == "deny", "\(asked.text)")
        }
    }

    /// Who prepares and never signs takes no place from others.
    @Test func oneTokenLeavesPlacesToOthers() async throws {
        let (world, token) = try await Self.world("places")
        let other = try world.token(.capture, businesses: [ServerWorld.acme])
        let body = Self.prepare(Requests.optOut(Self.contact, id: "a"))
        try await world.run { client async throws in
            for number in 0...PendingStatements.mostOfOne {
                let answer = try await client.post("/v1/prepare", token: token, body)
                #expect(answer.status == (number < PendingStatements.mostOfOne ? 200 : 503), "\(number)")
            }
            #expect(try await client.post("/v1/prepare", token: other, body).status == 200)
            world.clock.pass(PendingStatements.longest)
            let late = try world.token(.capture, businesses: [ServerWorld.acme])
            #expect(try await client.post("/v1/prepare", token: late, body).status == 200)
        }
    }

    @Test func aKeyThatIsRevokedMeanwhileDoesNotCount() async throws {
        let (world, token) = try await Self.world("revoked-key")
        let admin = try world.token(.admin)
        try await world.run { client async throws in
            let signed = try Self.sign(
                try await client.post(
                    "/v1/prepare", token: token, Self.prepare(Requests.optIn(Self.contact, id: "a"))))
            let revoked = try await client.post(
                "/v1/events", token: admin,
                Requests.events(#"{"type":"source-revoked","id":"r","authorized-source":"crm"}"#))
            #expect(revoked.status == 200, "\(revoked.text)")
            let answer = try await client.post("/v1/statements", token: token, Self.statements(signed))
            #expect(answer.status == 403, "\(answer.text)")
            let late = try await client.post(
                "/v1/prepare", token: token, Self.prepare(Requests.optIn(Self.contact, id: "b")))
            #expect(late.status == 422, "\(late.text)")
        }
    }

    /// Whoever is erased between the steps has another handle after it, and nothing is recorded of the old one.
    @Test func whoIsErasedMeanwhileIsPreparedAgain() async throws {
        let (world, token) = try await Self.world("erased-meanwhile")
        try await world.run { client async throws in
            _ = try await client.post(
                "/v1/events", token: token, Requests.events(Requests.optOut(Self.contact, id: "o")))
            let event = Self.prepare(Requests.optOut(Self.contact, id: "a"))
            let signed = try Self.sign(try await client.post("/v1/prepare", token: token, event))
            _ = try await world.server.parts.ledger.write { writer in
                var order = ErasureOrder(try ContactAddress(parsing: Self.contact), business: ServerWorld.acme)
                order.keepsSuppression = false
                return try writer.erase([order]).outcomes[0].get()
            }
            let answer = try await client.post("/v1/statements", token: token, Self.statements(signed))
            #expect(answer.status == 409, "\(answer.text)")
            let again = try Self.sign(try await client.post("/v1/prepare", token: token, event))
            #expect(try await client.post("/v1/statements", token: token, Self.statements(again)).status == 200)
        }
    }
}
