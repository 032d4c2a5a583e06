import ConsentLedger
import ConsentModel
import Foundation
import HTTPTypes
import HummingbirdTesting
import LedgerCrypto
import NIOCore
import Testing

@testable import ConsentServer

/// What platforms tell, signed as they sign it.
@Suite struct WebhookTests {
    private static let url = "https://hooks.example.com/webhooks/sms?x=1"
    private static let contact = "+34600111222"

    /// A server with a webhook of each platform.
    private static func world(_ label: String) throws -> ServerWorld {
        let secrets = NSTemporaryDirectory() + "consentd-secret-" + UUID().uuidString
        try "a platform's secret\n".write(toFile: secrets, atomically: false, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: secrets) }
        return try ServerWorld(label: label) { configuration in
            configuration.webhooks = [
                Configuration.WebhookConfiguration(
                    name: "wa", kind: .whatsapp, business: ServerWorld.acme, source: "cli", secretFile: secrets,
                    handshakeFile: secrets),
                Configuration.WebhookConfiguration(
                    name: "sms", kind: .twilio, business: ServerWorld.acme, source: "cli", secretFile: secrets, url: url
                ),
            ]
        }
    }

    private static let secret = Array("a platform's secret".utf8)

    private static func text(_ text: String, id: String = "wamid.1") -> String {
        """
        {"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{
        "metadata":{"display_phone_number":"34910000001","phone_number_id":"106"},"messages":[{"from":"34600111222",
        "id":"\(id)","timestamp":"1780000030","type":"text","text":{"body":"\(text)"}}]}}]}]}
        """
    }

    private static func hub(_ body: String) -> HTTPFields {
        let code = Hexadecimal.encode(HMAC.code(of: Array(body.utf8), key: secret, .sha256))
        return [HTTPField.Name("X-Hub-Signature-256")!: "sha256=\(code)", .contentType: "application/json"]
    }

    private static func form(_ fields: [(String, String)]) -> (body: String, headers: HTTPFields) {
        func escaped(_ text: String) -> String {
            text.utf8.map { byte in
                Character(Unicode.Scalar(byte)).isLetter || Character(Unicode.Scalar(byte)).isNumber
                    ? String(Character(Unicode.Scalar(byte)))
                    : byte == 0x20 ? "+" : "%" + Hexadecimal.encode([byte]).uppercased()
            }.joined()
        }
        let body = fields.map { "\(escaped($0.0))=\(escaped($0.1))" }.joined(separator: "&")
        let signed = url + fields.sorted { $0.0 < $1.0 }.map { $0.0 + $0.1 }.joined()
        let code = Base64.encode(HMAC.code(of: Array(signed.utf8), key: secret, .sha1))
        return (
            body,
            [
                HTTPField.Name("X-Twilio-Signature")!: code,
                .contentType: "application/x-www-form-urlencoded",
            ]
        )
    }

    private static func outcome(_ client: any TestClientProtocol, _ token: String) async throws -> String? {
        try await client.post("/v1/decisions", token: token, Requests.question(contact)).json["decisions"]?.array?
            .first?[
                "outcome"]?.string
    }

    @Test func theHandshakeAnswersWhoKnowsTheToken() async throws {
        let world = try Self.world("handshake")
        try await world.run { client async throws in
            let right = try await client.send(
                .get, "/webhooks/wa?hub.mode=subscribe&hub.verify_token=a%20platform%27s%20secret&hub.challenge=1158")
            #expect(right.status == 200, "\(right.text)")
            #expect(right.text == "1158")
            for query in [
                "hub.mode=subscribe&hub.verify_token=x&hub.challenge=1158", "hub.mode=subscribe&hub.challenge=1158",
                "hub.mode=x&hub.verify_token=a%20platform%27s%20secret&hub.challenge=1158",
            ] {
                let answer = try await client.send(.get, "/webhooks/wa?" + query)
                #expect(answer.status == 401, "\(query)")
            }
            let other = try await client.send(
                .get, "/webhooks/sms?hub.mode=subscribe&hub.verify_token=a%20platform%27s%20secret&hub.challenge=1")
            #expect(other.status == 401)
            #expect(try await client.send(.get, "/webhooks/nobody").status == 404)
        }
    }

    @Test func anOptOutByWhatsAppBindsAndIsRecordedOnce() async throws {
        let world = try Self.world("wa-stop")
        let token = try world.token(.capture, .query, .support, businesses: [ServerWorld.acme])
        try await world.run { client async throws in
            _ = try await client.post(
                "/v1/events", token: token, Requests.events(Requests.optIn(Self.contact, id: "a")))
            #expect(try await Self.outcome(client, token) == "allow")
            let body = Self.text("BAJA")
            for wanted in ["recorded", "already-recorded", "already-recorded"] {
                let answer = try await client.send(.post, "/webhooks/wa", json: body, headers: Self.hub(body))
                #expect(answer.status == 200, "\(answer.text)")
                #expect(answer.json["results"]?.array?.first?["outcome"]?.string == wanted)
            }
            #expect(try await Self.outcome(client, token) == "deny")
            let history = try await client.post(
                "/v1/contacts/history", token: token, #"{"contact":"\#(Self.contact)"}"#)
            #expect(history.json["records"]?.array?.last?["private"]?["message-id"] == .string("wamid.1"))
            // What nobody signed, or signed something else, is not looked at.
            let other = Self.text("BAJA", id: "wamid.2")
            for headers in [HTTPFields(), Self.hub(body), [HTTPField.Name("X-Hub-Signature-256")!: "sha256="]] {
                let answer = try await client.send(.post, "/webhooks/wa", json: other, headers: headers)
                #expect(answer.status == 401)
                #expect(answer.code == "bad-webhook-signature")
            }
            let noise = Self.text("¿A qué hora abrís?", id: "wamid.3")
            let ignored = try await client.send(.post, "/webhooks/wa", json: noise, headers: Self.hub(noise))
            #expect(ignored.json["results"]?.array?.first?["outcome"]?.string == "nothing")
            let metrics = world.server.parts.metrics.text(size: 1, ageMilliseconds: 1)
            #expect(metrics.contains(#"consentd_webhook_items_total{webhook="wa",outcome="recorded"} 1"#))
        }
    }

    @Test func twilioSaysStopAndStartAndAReplayChangesNothing() async throws {
        let world = try Self.world("twilio")
        let token = try world.token(.capture, .query, businesses: [ServerWorld.acme])
        try await world.run { client async throws in
            let optIn = Requests.optIn(Self.contact, id: "a").replacing(#"["whatsapp"]"#, with: #"["sms"]"#)
            let given = try await client.post("/v1/events", token: token, Requests.events(optIn))
            #expect(given.status == 200, "\(given.text)")
            // A yes to a number that is nobody's is none.
            let admin = try world.token(.admin)
            let sender = try await client.post(
                "/v1/events", token: admin,
                Requests.events(
                    #"{"type":"sender-defined","business":"acme-viajes","id":"s","sender":"texts","addresses":["+34910000001"],"channels":["sms"]}"#
                ))
            #expect(sender.status == 200, "\(sender.text)")
            func outcome() async throws -> String? {
                let question = Requests.question(Self.contact).replacing("whatsapp", with: "sms")
                return try await client.post("/v1/decisions", token: token, question).json["decisions"]?.array?.first?[
                    "outcome"]?.string
            }
            func tell(_ fields: [(String, String)]) async throws -> Int {
                let (body, headers) = Self.form(fields)
                return try await client.execute(
                    uri: "/webhooks/sms", method: .post, headers: headers, body: ByteBuffer(string: body)
                ) { $0.status.code }
            }
            let stop = [
                ("From", Self.contact), ("To", "+34910000001"), ("Body", "STOP"), ("MessageSid", "SM1"),
                ("OptOutType", "STOP"),
            ]
            #expect(try await outcome() == "allow")
            #expect(try await tell(stop) == 200)
            #expect(try await outcome() == "deny")
            let size = try await world.server.parts.ledger.read { $0.size }
            world.clock.pass(60_000)
            #expect(try await tell(stop) == 200)
            #expect(try await world.server.parts.ledger.read { $0.size } == size)
            let start = [
                ("From", Self.contact), ("To", "+34910000001"), ("Body", "START"), ("MessageSid", "SM2"),
                ("OptOutType", "START"),
            ]
            #expect(try await tell(start) == 200)
            #expect(try await outcome() == "allow")
            // Told again, neither binds anew.
            #expect(try await tell(stop) == 200)
            #expect(try await outcome() == "allow")
            world.clock.pass(60_000)
            #expect(try await tell(stop.map { $0.0 == "MessageSid" ? ($0.0, "SM3") : $0 }) == 200)
            #expect(try await outcome() == "deny")
            #expect(try await tell(start) == 200)
            #expect(try await outcome() == "deny")
            // What cannot be recorded is acknowledged, and the operator is told, without whom it is about.
            let unknown = [
                ("From", Self.contact), ("To", "+34910000009"), ("Body", "START"), ("MessageSid", "SM4"),
                ("OptOutType", "START"),
            ]
            #expect(try await tell(unknown) == 200)
            let told = world.log.all.filter { $0.contains("what cannot be recorded") }
            #expect(told.filter { $0.contains("unknown-value") }.count == 1, "\(told)")
            #expect(told.allSatisfy { !$0.contains("600111222") && !$0.contains("910000009") }, "\(told)")
            // A field changed on the way is not what was signed.
            let (body, headers) = Self.form(stop)
            let changed = try await client.execute(
                uri: "/webhooks/sms", method: .post, headers: headers,
                body: ByteBuffer(string: body.replacing("600111222", with: "600111333"))
            ) { $0.status.code }
            #expect(changed == 401)
        }
    }

    /// The example of Twilio's documentation (Security: validating requests), with its token and its signature.
    @Test func theSignatureIsTwilios() throws {
        let path = NSTemporaryDirectory() + "consentd-secret-" + UUID().uuidString
        try "12345".write(toFile: path, atomically: false, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let webhook = try Webhook(
            Configuration.WebhookConfiguration(
                name: "x", kind: .twilio, business: "b", source: "s", secretFile: path,
                url: "https://mycompany.com/myapp.php?foo=1&bar=2"))
        let body = Array(
            "CallSid=CA1234567890ABCDE&Caller=%2B12349013030&Digits=1234&From=%2B12349013030&To=%2B18005551212".utf8)
        let name = HTTPField.Name("X-Twilio-Signature")!
        #expect(webhook.isSigned(body, [name: "0/KCTR6DLpKmkAf8muzZqo1nDgQ="]))
        #expect(!webhook.isSigned(body, [name: "1/KCTR6DLpKmkAf8muzZqo1nDgQ="]))
        #expect(!webhook.isSigned(body + [0x26], [:]))
    }

    @Test func formsAreReadStrictly() throws {
        let form = try FormFields(parsing: "a=1&b=x+y%2B&c&a=2&=z&&d=%C3%B1".utf8)
        #expect(form.fields.map(\.name) == ["a", "b", "c", "a", "", "d"])
        #expect(form.fields.map(\.value) == ["1", "x y+", "", "2", "z", "ñ"])
        #expect(form["c"] == nil)
        for text in ["a=%", "a=%1", "a=%zz", "a=%ff", "%C3=1"] {
            #expect(throws: ImportError.self, "\(text)") { try FormFields(parsing: text.utf8) }
        }
    }
}
