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
        let longSecrets = secrets + "-long"
        try longSecret.write(toFile: longSecrets, atomically: false, encoding: .utf8)
        defer { for path in [secrets, longSecrets] { try? FileManager.default.removeItem(atPath: path) } }
        return try ServerWorld(label: label) { configuration in
            configuration.webhooks = [
                Configuration.WebhookConfiguration(
                    name: "wa", kind: .whatsapp, business: ServerWorld.acme, source: "cli", secretFile: secrets,
                    handshakeFile: secrets),
                Configuration.WebhookConfiguration(
                    name: "sms", kind: .twilio, business: ServerWorld.acme, source: "cli", secretFile: secrets, url: url
                ),
                Configuration.WebhookConfiguration(
                    name: "rcs", kind: .rcs, business: ServerWorld.acme, source: "cli", secretFile: secrets),
                Configuration.WebhookConfiguration(
                    name: "crm", kind: .signed, business: ServerWorld.acme, source: "cli", secretFile: secrets),
                Configuration.WebhookConfiguration(
                    name: "ext", kind: .signed, business: ServerWorld.acme, source: "elsewhere", secretFile: secrets),
                Configuration.WebhookConfiguration(
                    name: "news", kind: .email, business: ServerWorld.acme, source: "cli", secretFile: longSecrets,
                    url: "https://mail.example.com/unsubscribe/news", language: "es"),
            ]
        }
    }

    private static let secret = Array("a platform's secret".utf8)
    private static let longSecret = String(repeating: "0123456789abcdef", count: 4)

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
            let metrics = world.server.parts.metrics.text(ServerMetrics.State())
            #expect(metrics.contains(#"consentd_webhook_items_total{webhook="wa",outcome="recorded"} 1"#))
        }
    }

    /// Meta tells of what did not exist when this was written: it may be somebody's stop.
    @Test func aChangeThatNobodyKnowsIsKeptForReviewAndBindsMeanwhile() async throws {
        let world = try Self.world("wa-unknown")
        let token = try world.token(.capture, .query, .support, businesses: [ServerWorld.acme])
        try await world.run { client async throws in
            _ = try await client.post(
                "/v1/events", token: token, Requests.events(Requests.optIn(Self.contact, id: "a")))
            #expect(try await Self.outcome(client, token) == "allow")
            func tell(_ field: String, _ value: String) async throws -> [String?] {
                let body =
                    #"{"object":"whatsapp_business_account","entry":[{"id":"1","time":1780000030,"changes":[{"field":"\#(field)","value":\#(value)}]}]}"#
                let answer = try await client.send(.post, "/webhooks/wa", json: body, headers: Self.hub(body))
                #expect(answer.status == 200, "\(answer.text)")
                return answer.json["results"]?.array?.map { $0["outcome"]?.string } ?? []
            }
            let value =
                #"{"metadata":{"display_phone_number":"34910000001"},"contacts":[{"wa_id":"34600111222"}],"user_blocks":[{"wa_id":"34600111222","action":"block"}]}"#
            // Told of in two places, it is one person.
            #expect(try await tell("user_blocks", value) == ["held-for-review"])
            #expect(try await Self.outcome(client, token) != "allow")
            #expect(try await tell("user_blocks", value) == ["already-recorded"])
            let reviews = try await client.send(.get, "/v1/reviews", token: token)
            #expect(reviews.json["items"]?.array?.count == 1)
            let kept = reviews.json["items"]?.array?.first?["private"]?["text"]?.string
            #expect(kept?.contains("\"action\":\"block\"") == true, "\(reviews.text)")
            // Of nobody, there is nobody to stop for: the operator is told.
            #expect(try await tell("lunar_phases", #"{"phase":"full"}"#) == ["rejected"])
            #expect(world.log.all.contains { $0.contains("what cannot be recorded") && $0.contains("unknown-value") })
            // Of the account, a person's wishes are no part.
            #expect(try await tell("account_update", #"{"phone_number":"34600111333"}"#) == ["nothing"])
        }
    }

    /// A body that is signed and cannot be read may be an opt-out: the platform is to send it again.
    @Test func whatCannotBeReadIsNotAcknowledged() async throws {
        let world = try Self.world("wa-unread")
        try await world.run { client async throws in
            let right = Self.text("BAJA")
            for wrong in [
                "", "{", right + right, right.replacing(#""object""#, with: #""object":1,"object""#),
                String(repeating: "[", count: 100) + String(repeating: "]", count: 100),
            ] {
                let answer = try await client.send(.post, "/webhooks/wa", json: wrong, headers: Self.hub(wrong))
                #expect(answer.status == 400, "\(wrong.prefix(60)): \(answer.text)")
            }
            let size = try await world.server.parts.ledger.read { $0.size }
            #expect(try await client.send(.post, "/webhooks/wa", json: right, headers: Self.hub(right)).status == 200)
            #expect(try await world.server.parts.ledger.read { $0.size } == size + 1)
        }
    }

    /// An application has one address for the numbers of several businesses.
    @Test func aStopToANumberOfAnotherBusinessBindsThatOne() async throws {
        let world = try Self.world("wa-other")
        let (admin, token) = (try world.token(.admin), try world.token(.capture, .query))
        try await world.run { client async throws in
            for (business, number) in [(ServerWorld.acme, "106"), (ServerWorld.beta, "206")] {
                let sender = try await client.post(
                    "/v1/events", token: admin,
                    Requests.events(
                        #"{"type":"sender-defined","business":"\#(business)","id":"s\#(number)","sender":"wa","addresses":["\#(number)"],"channels":["whatsapp"]}"#
                    ))
                #expect(sender.status == 200, "\(sender.text)")
                let given = try await client.post(
                    "/v1/events", token: token,
                    Requests.events(Requests.optIn(Self.contact, id: "in-\(number)", business: business)))
                #expect(given.status == 200, "\(given.text)")
            }
            func outcome(_ business: String) async throws -> String? {
                try await client.post(
                    "/v1/decisions", token: token, Requests.question(Self.contact, business: business)
                )
                .json["decisions"]?.array?.first?["outcome"]?.string
            }
            #expect(try await outcome(ServerWorld.acme) == "allow")
            #expect(try await outcome(ServerWorld.beta) == "allow")
            // To one's own number it is one's own.
            let own = Self.text("Dejad de escribirme, por favor", id: "wamid.1")
            #expect(try await client.send(.post, "/webhooks/wa", json: own, headers: Self.hub(own)).status == 200)
            #expect(try await outcome(ServerWorld.beta) == "allow")
            let stop = Self.text("BAJA", id: "wamid.2").replacing(
                #""phone_number_id":"106""#, with: #""phone_number_id":"206""#
            )
            .replacing("34910000001", with: "34910000002")
            for _ in 0..<2 {
                #expect(try await client.send(.post, "/webhooks/wa", json: stop, headers: Self.hub(stop)).status == 200)
            }
            #expect(try await outcome(ServerWorld.beta) == "deny")
            // What permits is for the webhook's business alone.
            let size = try await world.server.parts.ledger.read { $0.size }
            let start = stop.replacing("BAJA", with: "ALTA").replacing("wamid.2", with: "wamid.3")
            #expect(try await client.send(.post, "/webhooks/wa", json: start, headers: Self.hub(start)).status == 200)
            #expect(try await outcome(ServerWorld.beta) == "deny")
            #expect(try await world.server.parts.ledger.read { $0.size } == size)
        }
    }

    /// What the server is to blame for is told again by the platform, and recorded then.
    @Test func whatTheServerCannotRecordIsNotAcknowledged() async throws {
        let world = try Self.world("keyless")
        let key = world.directory + "/private/keys/source-cli.key"
        try FileManager.default.moveItem(atPath: key, toPath: key + ".away")
        #expect(throws: ServerError(.badConfiguration, "")) {
            try ConsentServer.check(world.server.parts.configuration)
        }
        try await world.run { client async throws in
            let stop = Self.text("BAJA")
            let (form, formHeaders) = Self.form([
                ("From", "+34600111333"), ("Body", "STOP"), ("MessageSid", "SM1"), ("OptOutType", "STOP"),
            ])
            let (event, eventHeaders) = Self.rcs(
                #"{"senderPhoneNumber":"+34600111444","eventType":"UNSUBSCRIBE","eventId":"E1","agentId":"agent-1"}"#)
            let told = [
                ("/webhooks/wa", stop, Self.hub(stop)), ("/webhooks/sms", form, formHeaders),
                ("/webhooks/rcs", event, eventHeaders),
            ]
            let size = try await world.server.parts.ledger.read { $0.size }
            for (uri, body, headers) in told {
                let answer = try await client.send(.post, uri, json: body, headers: headers)
                #expect(answer.status == 500 && answer.code == "missing-key", "\(uri): \(answer.text)")
            }
            #expect(try await world.server.parts.ledger.read { $0.size } == size)
            try FileManager.default.moveItem(atPath: key + ".away", toPath: key)
            for (uri, body, headers) in told {
                #expect(try await client.send(.post, uri, json: body, headers: headers).status == 200, "\(uri)")
            }
            #expect(try await world.server.parts.ledger.read { $0.size } == size + 3)
        }
    }

    /// Twilio signs names in the order of their bytes, and each value of a name once; and sends no body that is large.
    @Test func twilioSignsNamesInOrderAndEachOfTheirValuesOnce() async throws {
        let world = try Self.world("twilio-order")
        try await world.run { client async throws in
            func tell(_ body: String, signed: String) async throws -> Int {
                let code = Base64.encode(HMAC.code(of: Array((Self.url + signed).utf8), key: Self.secret, .sha1))
                return try await client.send(
                    .post, "/webhooks/sms", json: body,
                    headers: [
                        HTTPField.Name("X-Twilio-Signature")!: code, .contentType: "application/x-www-form-urlencoded",
                    ]
                ).status
            }
            let body = "b=2&From=%2B34600111222&%C3%A9=1&b=10&a=&Body=STOP&b=2&MessageSid=SM1&A=x"
            let signed = "AxBodySTOPFrom+34600111222MessageSidSM1ab10b2é1"
            #expect(try await tell(body, signed: signed) == 200)
            #expect(try await tell(body, signed: signed.replacing("b10b2", with: "b2b10")) == 401)
            #expect(try await tell(body, signed: signed.replacing("b10b2", with: "b10b2b2")) == 401)
            // So many names take no longer than their sorting.
            let many = (0..<40_000).map { "\($0)=" }.joined(separator: "&")
            #expect(many.utf8.count < 262_144)
            #expect(try await tell(many, signed: "") == 401)
            #expect(try await tell(String(repeating: "a", count: 262_145), signed: "") == 413)
        }
    }

    /// An opt-out that was held up on its way to us is not undone by what was sent before it.
    @Test func aStartThatAStopOvertookUndoesNothing() async throws {
        let world = try Self.world("overtaken")
        let token = try world.token(.capture, .query, businesses: [ServerWorld.acme])
        try await world.run { client async throws in
            func tell(_ words: String, _ id: String) async throws {
                let (body, headers) = Self.form([
                    ("From", Self.contact), ("Body", words), ("MessageSid", id), ("OptOutType", words),
                ])
                let status = try await client.execute(
                    uri: "/webhooks/sms", method: .post, headers: headers, body: ByteBuffer(string: body)
                ) { $0.status.code }
                #expect(status == 200)
            }
            let optIn = Requests.optIn(Self.contact, id: "a").replacing(#"["whatsapp"]"#, with: #"["sms"]"#)
            _ = try await client.post("/v1/events", token: token, Requests.events(optIn))
            #expect(try await Self.answer(client, token, channel: "sms") == "allow")
            try await tell("STOP", "SM2")
            world.clock.pass(50_000)
            try await tell("START", "SM1")
            #expect(try await Self.answer(client, token, channel: "sms") == "deny")
            world.clock.pass(60_000)
            try await tell("START", "SM3")
            #expect(try await Self.answer(client, token, channel: "sms") == "allow")
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
            let metrics = world.server.parts.metrics.text(ServerMetrics.State())
            #expect(metrics.contains(#"{webhook="sms",outcome="already-recorded"} 3"#), "\(metrics)")
            #expect(!metrics.contains(#"{webhook="sms",outcome="rejected"}"#), "\(metrics)")
            // What cannot be recorded is acknowledged, and the operator is told, without whom it is about.
            let unknown = [
                ("From", Self.contact), ("To", "+34910000009"), ("Body", "START"), ("MessageSid", "SM4"),
                ("OptOutType", "START"),
            ]
            #expect(try await tell(unknown) == 200)
            let told = world.log.all.filter { $0.contains("what cannot be recorded") }
            #expect(told.filter { $0.contains("unknown-value") }.count == 1, "\(told)")
            #expect(told.allSatisfy { !$0.contains("600111222") && !$0.contains("910000009") }, "\(told)")
            // What Twilio took it for in a word that nobody knows is somebody's to look at.
            let odd = [
                ("From", "+34600111444"), ("To", "+34910000001"), ("Body", "Hola"), ("MessageSid", "SM5"),
                ("OptOutType", "PAUSE"),
            ]
            #expect(try await tell(odd) == 200)
            #expect(
                try await world.server.parts.ledger.read { try $0.waitingReviews().map(\.contact) } == ["+34600111444"])
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
        func isSigned(_ body: [UInt8], _ headers: HTTPFields) -> Bool {
            (try? webhook.signedBytes(of: body, headers, at: .epoch)) == body
        }
        let name = HTTPField.Name("X-Twilio-Signature")!
        #expect(isSigned(body, [name: "0/KCTR6DLpKmkAf8muzZqo1nDgQ="]))
        #expect(!isSigned(body, [name: "1/KCTR6DLpKmkAf8muzZqo1nDgQ="]))
        #expect(!isSigned(body + [0x26], [:]))
    }

    /// The vector of Standard Webhooks' libraries, at its time, and five minutes and more away from it.
    @Test func theSignatureIsThatOfStandardWebhooks() throws {
        let path = NSTemporaryDirectory() + "consentd-secret-" + UUID().uuidString
        try "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".write(toFile: path, atomically: false, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let webhook = try Webhook(
            Configuration.WebhookConfiguration(
                name: "x", kind: .signed, business: "b", source: "s", secretFile: path))
        let body = Array(#"{"test": 2432232314}"#.utf8)
        let right = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        func isSigned(_ code: String, at seconds: UInt64, id: String = "msg_p5jXN8AQM9LWM0D4loKWxJek") -> Bool {
            let headers: HTTPFields = [
                HTTPField.Name("webhook-id")!: id, HTTPField.Name("webhook-timestamp")!: "1614265330",
                HTTPField.Name("webhook-signature")!: code,
            ]
            let now = Timestamp(milliseconds: seconds * 1000)!
            return (try? webhook.signedBytes(of: body, headers, at: now)) == body
        }
        let time: UInt64 = 1_614_265_330
        for now in [time, time - 300, time + 300] { #expect(isSigned(right, at: now)) }
        for now in [time - 301, time + 301, 0] { #expect(!isSigned(right, at: now)) }
        #expect(isSigned("v2,xx v1,AAAA \(right)", at: time))
        #expect(!isSigned("v1,AAAA", at: time))
        #expect(!isSigned(String(right.dropFirst(3)), at: time))
        #expect(!isSigned(right, at: time, id: "msg_other"))
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

    // MARK: RCS

    private static func rcs(_ event: String) -> (body: String, headers: HTTPFields) {
        let data = Array(event.utf8)
        let code = Base64.encode(HMAC.code(of: data, key: secret, .sha512))
        return (
            #"{"message":{"data":"\#(Base64.encode(data))"},"subscription":"x"}"#,
            [HTTPField.Name("X-Goog-Signature")!: code, .contentType: "application/json"]
        )
    }

    private static func answer(
        _ client: any TestClientProtocol, _ token: String, contact: String = contact, channel: String
    ) async throws -> String? {
        let question = Requests.question(contact).replacing("whatsapp", with: channel)
        return try await client.post("/v1/decisions", token: token, question).json["decisions"]?.array?.first?[
            "outcome"]?.string
    }

    @Test func rcsSubscribesUnsubscribesAndSaysWhatNobodyKnows() async throws {
        let world = try Self.world("rcs")
        let token = try world.token(.capture, .query, .support, businesses: [ServerWorld.acme])
        let admin = try world.token(.admin)
        try await world.run { client async throws in
            func tell(_ event: String) async throws -> Answered {
                let (body, headers) = Self.rcs(event)
                return try await client.send(.post, "/webhooks/rcs", json: body, headers: headers)
            }
            func outcome(_ answer: Answered) -> String? { answer.json["results"]?.array?.first?["outcome"]?.string }
            let sender = try await client.post(
                "/v1/events", token: admin,
                Requests.events(
                    #"{"type":"sender-defined","business":"acme-viajes","id":"s","sender":"rcs","addresses":["agent-1"],"channels":["rcs"]}"#
                ))
            #expect(sender.status == 200, "\(sender.text)")
            let optIn = Requests.optIn(Self.contact, id: "a").replacing(#"["whatsapp"]"#, with: #"["rcs"]"#)
                .replacing(#""notice":"web","notice-language":"es","#, with: #""notice":"rcs","notice-language":"es","#)
            let notice = try await client.post(
                "/v1/events", token: admin,
                Requests.events(
                    #"{"type":"notice-published","business":"acme-viajes","id":"n","notice-name":"rcs","language":"es","channels":["rcs"],"categories":["marketing"],"text":"Acepto recibir ofertas de Acme Viajes por RCS. Responde BAJA para salir."}"#
                ))
            #expect(notice.status == 200, "\(notice.text)")
            world.clock.pass(60_000)
            let given = try await client.post(
                "/v1/events", token: token,
                Requests.events(
                    optIn.replacing(
                        #""occurred-at":"2026-05-28T20:26:50Z""#, with: #""occurred-at":"2026-05-28T20:27:50Z""#)))
            #expect(given.status == 200, "\(given.text)")
            #expect(try await Self.answer(client, token, channel: "rcs") == "allow")
            world.clock.pass(60_000)
            let stop =
                #"{"senderPhoneNumber":"+34600111222","eventType":"UNSUBSCRIBE","eventId":"E1","agentId":"agent-1"}"#
            #expect(outcome(try await tell(stop)) == "recorded")
            world.clock.pass(60_000)
            #expect(outcome(try await tell(stop)) == "already-recorded")
            #expect(try await Self.answer(client, token, channel: "rcs") == "deny")
            world.clock.pass(60_000)
            let start = stop.replacing("UNSUBSCRIBE", with: "SUBSCRIBE").replacing("E1", with: "E2")
            #expect(outcome(try await tell(start)) == "recorded")
            #expect(try await Self.answer(client, token, channel: "rcs") == "allow")
            world.clock.pass(60_000)
            #expect(outcome(try await tell(start)) == "already-recorded")
            for type in ["DELIVERED", "READ", "IS_TYPING"] {
                #expect(outcome(try await tell(stop.replacing("UNSUBSCRIBE", with: type))) == "nothing")
            }
            // A word of theirs, by any way of saying it.
            world.clock.pass(60_000)
            let word = #"{"senderPhoneNumber":"+34600111222","text":"BAJA","messageId":"M1","agentId":"agent-1"}"#
            #expect(outcome(try await tell(word)) == "recorded")
            #expect(try await Self.answer(client, token, channel: "rcs") == "deny")
            // What nobody knows is kept, with its text, and holds until somebody decides.
            let unknown = stop.replacing("UNSUBSCRIBE", with: "MUTED").replacing("E1", with: "E9")
                .replacing("+34600111222", with: "+34600111333")
            #expect(outcome(try await tell(unknown)) == "held-for-review")
            let reviews = try await client.send(.get, "/v1/reviews", token: token)
            #expect(reviews.text.contains("MUTED"), "\(reviews.text)")
            #expect(reviews.json["items"]?.array?.first?["private"]?["message-id"] == .string("E9"), "\(reviews.text)")
            // Google tries the address with the token; whoever does not know it hears nothing.
            let secret = "a platform's secret"
            let handshake = #"{"clientToken":"\#(secret)","secret":"1234567890"}"#
            #expect(try await client.send(.post, "/webhooks/rcs", json: handshake).text == "1234567890")
            let stranger = try await client.send(
                .post, "/webhooks/rcs", json: handshake.replacing(secret, with: "another"))
            #expect(stranger.status == 401)
            let (body, headers) = Self.rcs(stop)
            let changed = try await client.send(
                .post, "/webhooks/rcs", json: Self.rcs(stop.replacing("222", with: "444")).body, headers: headers)
            #expect(changed.status == 401)
            #expect(try await client.send(.post, "/webhooks/rcs", json: body).status == 401)
        }
    }

    @Test func aPreferenceThatNobodyKnowsIsHeldForReview() async throws {
        let world = try Self.world("preference")
        let token = try world.token(.capture, .query, .support, businesses: [ServerWorld.acme])
        try await world.run { client async throws in
            _ = try await client.post(
                "/v1/events", token: token, Requests.events(Requests.optIn(Self.contact, id: "a")))
            let body = """
                {"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"user_preferences","value":{
                "metadata":{"display_phone_number":"34910000001","phone_number_id":"106"},"user_preferences":[{"wa_id":
                "34600111222","category":"marketing_messages","value":"pause","timestamp":1780000030}]}}]}]}
                """
            let answer = try await client.send(.post, "/webhooks/wa", json: body, headers: Self.hub(body))
            #expect(
                answer.json["results"]?.array?.first?["outcome"]?.string == "held-for-review", "\(answer.text)")
            #expect(try await Self.outcome(client, token) == "deny")
        }
    }

    // MARK: One click

    @Test func oneClickOptsOutAndLookingDoesNot() async throws {
        let world = try Self.world("one-click")
        let token = try world.token(.capture, .query, .support, businesses: [ServerWorld.acme])
        let other = try world.token(.query, businesses: [ServerWorld.beta])
        let admin = try world.token(.admin)
        let contact = "ana@example.com"
        try await world.run { client async throws in
            let notice = try await client.post(
                "/v1/events", token: admin,
                Requests.events(
                    #"{"type":"notice-published","business":"acme-viajes","id":"n","notice-name":"mail","language":"es","channels":["email"],"categories":["marketing"],"text":"Acepto recibir ofertas de Acme Viajes por correo electrónico. Cada correo dice cómo darse de baja."}"#
                ))
            #expect(notice.status == 200, "\(notice.text)")
            world.clock.pass(60_000)
            func optIn(_ id: String) async throws {
                let event = """
                    {"type":"consent-given","business":"acme-viajes","contact":"\(contact)","id":"\(id)","source":"cli",\
                    "channels":["email"],"categories":["marketing"],"notice":"mail","notice-language":"es",\
                    "method":"web-form","occurred-at":"\(world.clock.now())"}
                    """
                let given = try await client.post("/v1/events", token: token, Requests.events(event))
                #expect(given.status == 200, "\(given.text)")
            }
            func outcome() async throws -> String? {
                try await Self.answer(client, token, contact: contact, channel: "email")
            }
            try await optIn("a")
            #expect(try await outcome() == "allow")
            let asked =
                #"{"webhook":"news","links":[{"contact":"\#(contact)","categories":["marketing"],"message-id":"<1@acme.example>"}]}"#
            let made = try await client.post("/v1/unsubscribe-links", token: token, asked)
            let item = try #require(made.json["items"]?.array?.first, "\(made.text)")
            let url = try #require(item["url"]?.string)
            #expect(item["headers"]?["List-Unsubscribe"]?.string == "<\(url)>")
            #expect(item["headers"]?["List-Unsubscribe-Post"]?.string == "List-Unsubscribe=One-Click")
            #expect(!url.contains("ana"))
            // Another business makes none, and is not told whether there is that webhook.
            #expect(try await client.post("/v1/unsubscribe-links", token: other, asked).status == 404)
            for wrong in ["sms", "nobody"] {
                let answer = try await client.post(
                    "/v1/unsubscribe-links", token: token, asked.replacing("news", with: wrong))
                #expect(answer.status == 404)
            }
            let phone = try await client.post(
                "/v1/unsubscribe-links", token: token, asked.replacing(contact, with: "+34600111222"))
            #expect(phone.status == 400)

            let path = try #require(url.firstRange(of: "/unsubscribe/").map { String(url[$0.lowerBound...]) })
            let size = try await world.server.parts.ledger.read { $0.size }
            for method in [HTTPRequest.Method.get, .head] {
                let page = try await client.send(method, path)
                #expect(page.status == 200)
                #expect(page.headers[.contentSecurityPolicy]?.contains("default-src 'none'") == true)
            }
            let page = try await client.send(.get, path)
            #expect(page.text.contains(#"<button name="List-Unsubscribe" value="One-Click">"#), "\(page.text)")
            #expect(page.text.contains(#"lang="es""#) && page.text.contains("Acme Viajes"))
            #expect(!page.text.contains(contact))
            let form: HTTPFields = [.contentType: "application/x-www-form-urlencoded"]
            for wrong in ["", "List-Unsubscribe=", "List-Unsubscribe=one", "x=One-Click"] {
                #expect(try await client.send(.post, path, json: wrong, headers: form).status == 400, "\(wrong)")
            }
            // A link that was changed, or cut off, or is of another webhook, is none.
            for wrong in [
                String(path.dropLast()), String(path.dropLast(2)),
                String(path.dropLast()) + (path.hasSuffix("0") ? "1" : "0"),
                path.replacing("/news/", with: "/sms/"), path.replacing("/news/", with: "/nobody/"),
            ] {
                for method in [HTTPRequest.Method.get, .post] {
                    let body = method == .post ? "List-Unsubscribe=One-Click" : nil
                    #expect(try await client.send(method, wrong, json: body, headers: form).status == 404)
                }
            }
            #expect(try await world.server.parts.ledger.read { $0.size } == size)
            #expect(try await outcome() == "allow")

            world.clock.pass(60_000)
            let one = "List-Unsubscribe=One-Click"
            let done = try await client.send(.post, path, json: one, headers: form)
            #expect(done.status == 200 && !done.text.contains("<form"), "\(done.text)")
            #expect(try await outcome() == "deny")
            // A mail program that is not sure tries again; that records nothing.
            world.clock.pass(60_000)
            #expect(try await client.send(.post, path, json: one, headers: form).status == 200)
            #expect(try await world.server.parts.ledger.read { $0.size } == size + 1)
            let history = try await client.post(
                "/v1/contacts/history", token: token, #"{"contact":"\#(contact)"}"#)
            let record = try #require(history.json["records"]?.array?.last)
            #expect(record["private"]?["message-id"] == .string("<1@acme.example>"), "\(history.text)")
            // Nor does any number of clicks, whatever mails they are on.
            let links = try await client.post(
                "/v1/unsubscribe-links", token: token,
                #"{"webhook":"news","links":[{"contact":"\#(contact)","categories":["unheard-of"]},{"contact":"\#(contact)","categories":["marketing"]},{"contact":"\#(contact)"}]}"#
            )
            let paths = (links.json["items"]?.array ?? []).compactMap { $0["url"]?.string }
                .compactMap { url in url.firstRange(of: "/unsubscribe/").map { String(url[$0.lowerBound...]) } }
            #expect(paths.count == 3, "\(links.text)")
            for other in paths + paths + paths.reversed() {
                world.clock.pass(1000)
                #expect(try await client.send(.post, other, json: one, headers: form).status == 200)
            }
            #expect(try await world.server.parts.ledger.read { $0.size } <= size + 3)
            // Who comes back, and clicks on the old mail again, means it. As the other kind of form.
            world.clock.pass(60_000)
            try await optIn("b")
            #expect(try await outcome() == "allow")
            world.clock.pass(60_000)
            let parts =
                "--b7\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b7--\r\n"
            let again = try await client.send(
                .post, path, json: parts, headers: [.contentType: "multipart/form-data; boundary=b7"])
            #expect(again.status == 200, "\(again.text)")
            #expect(try await outcome() == "deny")
            let told = world.log.all.filter { $0.contains("ana@") || $0.contains(String(path.suffix(40))) }
            #expect(told.isEmpty, "\(told)")
        }
    }

    @Test(arguments: [
        ("List-Unsubscribe=One-Click", true), ("list-unsubscribe=one-click\r\n", true),
        ("x=1&List-Unsubscribe=One-Click", true),
        ("List-Unsubscribe=One-Click-Not", false), ("List-Unsubscribe", false), ("", false), ("%", false),
    ])
    func aClickIsAFormThatSaysSo(_ body: String, _ isOne: Bool) {
        #expect(UnsubscribeRoutes.isOneClick(Array(body.utf8), "application/x-www-form-urlencoded") == isOne)
    }

    @Test(arguments: [
        ("--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b--\r\n", true),
        ("--b\nContent-Disposition: form-data; name=List-Unsubscribe\n\nOne-Click\n--b--\n", true),
        ("--b\ncontent-disposition: form-data;NAME=\"list-unsubscribe\"\n\none-click\n--b--", true),
        ("--b\nContent-Disposition: form-data; name=\"x\"\n\nOne-Click\n--b--\n", false),
        ("--b\nContent-Disposition: form-data; filename=\"List-Unsubscribe\"\n\nOne-Click\n--b--\n", false),
        ("--b\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\n\nTwo\n--b--\n", false),
        ("--c\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\nOne-Click\n--c--\n", false),
    ])
    func aClickMayBeInParts(_ body: String, _ isOne: Bool) {
        #expect(UnsubscribeRoutes.isOneClick(Array(body.utf8), "Multipart/Form-Data; boundary=\"b\"") == isOne)
    }

    // MARK: Signed

    private static func signed(
        _ body: String, id: String = "msg_1", at time: Timestamp
    ) -> HTTPFields {
        let seconds = time.milliseconds / 1000
        let code = HMAC.code(of: Array("\(id).\(seconds).\(body)".utf8), key: secret, .sha256)
        return [
            HTTPField.Name("webhook-id")!: id, HTTPField.Name("webhook-timestamp")!: "\(seconds)",
            HTTPField.Name("webhook-signature")!: "v1,\(Base64.encode(code))", .contentType: "application/json",
        ]
    }

    @Test func signedEventsAreOfOneBusinessAndOfPersons() async throws {
        let world = try Self.world("signed")
        let token = try world.token(.capture, .query, .support, businesses: [ServerWorld.acme])
        try await world.run { client async throws in
            func tell(_ events: String..., id: String = "msg_1") async throws -> [JSONValue] {
                let body = #"{"events":[\#(events.joined(separator: ","))]}"#
                let answer = try await client.send(
                    .post, "/webhooks/crm", json: body, headers: Self.signed(body, id: id, at: world.clock.now()))
                #expect(answer.status == 200, "\(answer.text)")
                return answer.json["results"]?.array ?? []
            }
            _ = try await client.post(
                "/v1/events", token: token, Requests.events(Requests.optIn(Self.contact, id: "a")))
            let stop = #"{"type":"consent-withdrawn","contact":"+34600111222","channels":["whatsapp"]}"#
            #expect(try await tell(stop).first?["outcome"]?.string == "recorded")
            #expect(try await Self.outcome(client, token) == "deny")
            #expect(try await tell(stop).first?["outcome"]?.string == "already-recorded")
            let history = try await client.post(
                "/v1/contacts/history", token: token, #"{"contact":"\#(Self.contact)"}"#)
            #expect(history.json["records"]?.array?.last?["private"]?["message-id"] == .string("msg_1"))
            let refused = try await tell(
                #"{"type":"consent-withdrawn","business":"beta-seguros","contact":"+34600111222"}"#,
                #"{"type":"consent-given","source":"web","contact":"+34600111222"}"#,
                #"{"type":"business-registered","business":"acme-viajes","name":"X"}"#,
                #"{"type":"event-voided","contact":"+34600111222","concerns":"00"}"#, id: "msg_2")
            #expect(refused.map { $0["outcome"]?.string } == ["refused", "refused", "refused", "refused"])
            let unknown = try await tell(
                #"{"type":"consent-paused","contact":"+34600111333","id":"p"}"#, id: "msg_3")
            #expect(unknown.first?["outcome"]?.string == "recorded", "\(unknown)")
            // A stop is not lost for the source that it names, nor for a type that cannot be read.
            let stops = try await tell(
                #"{"type":"consent-withdrawn","source":"web","contact":"+34600111555"}"#,
                #"{"type":"consent-withdrawn","source":7,"contact":"+34600111666"}"#,
                #"{"contact":"+34600111777","action":"unsubscribe"}"#, #"{"type":null,"contact":"+34600111888"}"#,
                id: "msg_7")
            #expect(
                stops.map { $0["outcome"]?.string } == ["recorded", "recorded", "recorded", "recorded"], "\(stops)")
            let reviews = try await client.send(.get, "/v1/reviews", token: token)
            #expect(reviews.text.contains("consent-paused"), "\(reviews.text)")
            #expect(reviews.json["items"]?.array?.count == 3 && reviews.text.contains("unsubscribe"), "\(reviews.text)")
            // A source whose key is not here: the ledger's own says that somebody opted out, and nobody that they opted in.
            let external = stop.replacing("222", with: "444")
            let stated = try await client.send(
                .post, "/webhooks/ext", json: #"{"events":[\#(external)]}"#,
                headers: Self.signed(#"{"events":[\#(external)]}"#, id: "msg_5", at: world.clock.now()))
            #expect(stated.json["results"]?.array?.first?["outcome"]?.string == "recorded", "\(stated.text)")
            let given =
                #"{"events":[\#(external),\#(Requests.optIn("+34600111444", id: "g").replacing(#""source":"cli","#, with: ""))]}"#
            let faulty = try await client.send(
                .post, "/webhooks/ext", json: given, headers: Self.signed(given, id: "msg_6", at: world.clock.now()))
            #expect(faulty.status >= 500, "\(faulty.text)")

            let body = #"{"events":[\#(stop)]}"#
            var headers = Self.signed(body, id: "msg_4", at: world.clock.now())
            world.clock.pass(301_000)
            #expect(try await client.send(.post, "/webhooks/crm", json: body, headers: headers).status == 401)
            headers = Self.signed(body + " ", id: "msg_4", at: world.clock.now())
            #expect(try await client.send(.post, "/webhooks/crm", json: body, headers: headers).status == 401)
        }
    }
}
