internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules
internal import Hummingbird
internal import Logging

/// `/webhooks/{name}`: what platforms tell of what people did. Whoever calls shows that it is the platform by its signature;
/// what is told twice is recorded once. Their words mean what they mean to an import.
enum WebhookRoutes {
    /// The longest challenge that is answered, in bytes.
    static let mostChallengeBytes = 200

    /// U+FEFF, which may stand before a text in UTF-8.
    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
    /// The longest handshake of RCS, in bytes.
    private static let mostHandshakeBytes = 4096
    /// The longest body of RCS and of Twilio, in bytes: their messages name files, and do not bring them. It is read before it
    /// is known who sent it.
    private static let mostBytesOfMessage = 262_144

    static let routes = [
        Route(method: .get, path: "/webhooks/{name}", operation: "webhook-handshake", roles: nil) { exchange in
            let webhook = try webhook(exchange)
            let query = try exchange.query("hub.mode", "hub.verify_token", "hub.challenge")
            guard webhook.configuration.kind == .whatsapp, query["hub.mode"] == "subscribe",
                let challenge = query["hub.challenge"], challenge.utf8.count <= mostChallengeBytes,
                webhook.isHandshake(query["hub.verify_token"] ?? "")
            else { throw ServerError(.badWebhookSignature, "this is not the handshake that was agreed on") }
            return Response(text: challenge)
        },
        Route(method: .post, path: "/webhooks/{name}", operation: "webhook", roles: nil) { exchange in
            let webhook = try webhook(exchange)
            let isOfRCS = webhook.configuration.kind == .rcs
            // What is signed is the parts of the body, which have to be read for it.
            let body = try await exchange.body(
                most: isOfRCS || webhook.configuration.kind == .twilio ? mostBytesOfMessage : .max)
            if isOfRCS, body.count <= mostHandshakeBytes,
                let answer = (try? JSONValue(parsing: body)).flatMap(webhook.answerOfHandshake)
            {
                return Response(text: answer)
            }
            let bytes = try webhook.signedBytes(of: body, exchange.request.headers, at: exchange.server.clock.now())
            if webhook.configuration.kind == .signed { return try await SignedEvents.record(bytes, webhook, exchange) }
            // What cannot be read at all may be an opt-out: the platform is to send it again, and somebody to look.
            if webhook.configuration.kind != .twilio {
                _ = try JSONValue(parsing: bytes.starts(with: byteOrderMark) ? Array(bytes.dropFirst(3)) : bytes)
            }
            let outcomes = try await record(bytes, webhook, exchange.server)
            tell(outcomes, webhook, exchange)
            switch webhook.configuration.kind {
            // Twilio takes what is answered for instructions.
            case .twilio: return Response(text: "<Response/>\n", mediaType: "text/xml")
            default: return Response(["results": .array(outcomes.map { ["outcome": .string($0.name)] })])
            }
        },
    ]

    /// Counts what was told, and logs what could not be recorded.
    static func tell(_ outcomes: [ImportResult.Outcome], _ webhook: Webhook, _ exchange: Exchange) {
        for outcome in outcomes {
            exchange.server.metrics.count(webhook: webhook.configuration.name, outcome: outcome.name)
            guard case .rejected(let code, _) = outcome else { continue }
            logRefusal(code, webhook, exchange)
        }
    }

    /// Logs what could not be recorded, without whom it was about.
    static func logRefusal(_ code: String, _ webhook: Webhook, _ exchange: Exchange) {
        exchange.server.logger.warning(
            "a webhook told what cannot be recorded",
            metadata: [
                "webhook": "\(webhook.configuration.name)", "code": "\(code)", "request-id": "\(exchange.id)",
            ])
    }

    private static func webhook(_ exchange: Exchange) throws(ServerError) -> Webhook {
        guard let webhook = exchange.server.webhooks[exchange.parameters["name"] ?? ""] else {
            throw ServerError(.notFound, "there is no webhook of that name")
        }
        return webhook
    }

    private static func record(
        _ body: [UInt8], _ webhook: Webhook, _ server: ServerParts
    ) async throws -> [ImportResult.Outcome] {
        let configuration = webhook.configuration
        return try await server.ledger.write { writer in
            switch configuration.kind {
            case .whatsapp:
                // Between the parts of a JSON text a new line is a blank, and within a string it is not JSON.
                let blank = UInt8(ascii: " ")
                return try run(
                    WhatsAppImport(), body.map { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") ? blank : $0 },
                    configuration, writer)
            case .twilio:
                return try run(TwilioMessageImport(receivedAt: writer.currentTime()), body, configuration, writer)
            case .rcs: return try run(RCSMessageImport(receivedAt: writer.currentTime()), body, configuration, writer)
            // These have ways of their own.
            case .email, .signed: return []
            }
        }
    }

    /// Records what `parser` finds in a body: stops also for another business of the ledger, to whose sender they were sent.
    /// Throws what is the server's own fault: whoever tells it is to tell it again, and what was recorded is known then.
    static func run(
        _ parser: some ImportParser, _ body: [UInt8], _ configuration: Configuration.WebhookConfiguration,
        _ writer: LedgerWriter
    ) throws -> [ImportResult.Outcome] {
        let results = try record(parser, body, configuration, business: configuration.business, writer)
        let businesses = writer.currentCatalog().businesses
        if let own = businesses[configuration.business] {
            for (id, other) in businesses.sorted(by: { $0.key < $1.key }) where id != own.id && !other.senders.isEmpty {
                let stops = StopsToOtherBusiness(parser, business: other, insteadOf: own)
                _ = try record(stops, body, configuration, business: id, writer)
            }
        }
        return results.map(\.outcome)
    }

    private static func record(
        _ parser: some ImportParser, _ body: [UInt8], _ configuration: Configuration.WebhookConfiguration,
        business: String, _ writer: LedgerWriter
    ) throws -> [ImportResult] {
        var options = ImportOptions(
            format: configuration.kind == .whatsapp ? .whatsapp : .twilio, business: business)
        if configuration.kind == .rcs || configuration.kind == .email {
            options.platform = configuration.kind.rawValue
        }
        options.source = configuration.source
        options.isOfWebhook = true
        var results: [ImportResult] = []
        var rest: [UInt8]? = body
        _ = try Importer(writer, options: options).run(
            parser,
            nextChunk: {
                defer { rest = nil }
                return rest
            }, results: { results += $0 })
        for case let error? in results.map(\.error) where Problem(error).status.kind == .serverError { throw error }
        return results
    }
}
