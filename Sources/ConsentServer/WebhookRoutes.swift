internal import ConsentLedger
internal import ConsentModel
internal import Hummingbird
internal import Logging

/// `/webhooks/{name}`: what platforms tell of what people did. Whoever calls shows that it is the platform by its signature;
/// what is told twice is recorded once. Their words mean what they mean to an import.
enum WebhookRoutes {
    /// The longest challenge that is answered, in bytes.
    private static let mostChallengeBytes = 200

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
            let body = try await exchange.body()
            guard webhook.isSigned(body, exchange.request.headers) else {
                throw ServerError(.badWebhookSignature, "the body is not signed by whom this webhook is for")
            }
            let results = try await record(body, webhook, exchange.server)
            for result in results {
                exchange.server.metrics.count(webhook: webhook.configuration.name, outcome: result.outcome.name)
                guard case .rejected(let code, _) = result.outcome else { continue }
                exchange.server.logger.warning(
                    "a webhook told what cannot be recorded",
                    metadata: [
                        "webhook": "\(webhook.configuration.name)", "code": "\(code)", "request-id": "\(exchange.id)",
                    ])
            }
            switch webhook.configuration.kind {
            // Twilio takes what is answered for instructions.
            case .twilio: return Response(text: "<Response/>\n", mediaType: "text/xml")
            case .whatsapp:
                return Response(["results": .array(results.map { ["outcome": .string($0.outcome.name)] })])
            }
        },
    ]

    private static func webhook(_ exchange: Exchange) throws(ServerError) -> Webhook {
        guard let webhook = exchange.server.webhooks[exchange.parameters["name"] ?? ""] else {
            throw ServerError(.notFound, "there is no webhook of that name")
        }
        return webhook
    }

    private static func record(
        _ body: [UInt8], _ webhook: Webhook, _ server: ServerParts
    ) async throws -> [ImportResult] {
        let configuration = webhook.configuration
        return try await server.ledger.write { writer in
            var options = ImportOptions(
                format: configuration.kind == .whatsapp ? .whatsapp : .twilio, business: configuration.business)
            options.source = configuration.source
            options.isOfWebhook = true
            let importer = Importer(writer, options: options)
            var results: [ImportResult] = []
            func run(_ parser: some ImportParser, _ bytes: [UInt8]) throws {
                var rest: [UInt8]? = bytes
                _ = try importer.run(
                    parser,
                    nextChunk: {
                        defer { rest = nil }
                        return rest
                    }, results: { results += $0 })
            }
            switch configuration.kind {
            case .whatsapp:
                // Between the parts of a JSON text a new line is a blank, and within a string it is not JSON.
                let blank = UInt8(ascii: " ")
                try run(
                    WhatsAppImport(), body.map { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") ? blank : $0 })
            case .twilio: try run(TwilioMessageImport(receivedAt: writer.currentTime()), body)
            }
            return results
        }
    }
}
