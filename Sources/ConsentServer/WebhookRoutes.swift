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
        Route(
            method: .post, path: "/webhooks/{name}", operation: "webhook", roles: nil, isOfPlatform: true
        ) { exchange in
            let webhook = try webhook(exchange)
            let kind = webhook.configuration.kind
            let body = try await exchange.body(most: kind == .rcs || kind == .twilio ? mostBytesOfMessage : .max)
            // Of RCS a part within the body is signed, so that it is read before it is known who sent it.
            let envelope = kind == .rcs ? try? JSONValue(parsing: body) : nil
            if body.count <= mostHandshakeBytes, let answer = envelope.flatMap(webhook.answerOfHandshake) {
                return Response(text: answer)
            }
            let bytes = try webhook.signedBytes(
                of: body, envelope: envelope, exchange.request.headers, at: exchange.server.clock.now())
            if kind == .signed { return try await SignedEvents.record(bytes, webhook, exchange) }
            let outcomes = try await record(bytes, webhook.configuration, exchange.server)
            tell(outcomes, webhook, exchange)
            // Twilio takes what is answered for instructions.
            if kind == .twilio { return Response(text: "<Response/>\n", mediaType: "text/xml") }
            return Response([
                "results": .array(
                    outcomes.map { outcome in
                        let object: JSON = ["outcome": .string(outcome.name)]
                        return outcome.index.map { object + ["index": .number($0)] } ?? object
                    })
            ])
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

    /// Records what a platform told. Throws what is wrong with a body that cannot be read at all: it may be an opt-out, so that
    /// the platform is to send it again, and somebody to look.
    private static func record(
        _ body: [UInt8], _ configuration: Configuration.WebhookConfiguration, _ server: ServerParts
    ) async throws -> [ImportResult.Outcome] {
        guard configuration.kind != .twilio else {
            return try await server.ledger.write { writer in
                try run(TwilioMessageImport(receivedAt: writer.currentTime()), body, configuration, writer)
            }
        }
        let told = try JSONValue(parsing: body.starts(with: byteOrderMark) ? Array(body.dropFirst(3)) : body)
        return try await server.ledger.write { writer in
            configuration.kind == .whatsapp
                ? try run(WhatsAppBodyImport(told), [], configuration, writer)
                : try run(RCSMessageImport(told, receivedAt: writer.currentTime()), [], configuration, writer)
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

extension ImportResult.Outcome {
    /// The record that has it, where there is one.
    fileprivate var index: UInt64? {
        switch self {
        case .recorded(let index), .heldForReview(let index): index
        case .alreadyRecorded(let index): index
        case .nothing, .rejected: nil
        }
    }
}
