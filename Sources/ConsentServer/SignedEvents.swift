internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules
internal import Hummingbird

/// What comes by a webhook of kind `signed`: events in their native form, of what persons do.
enum SignedEvents {
    /// Records them, and answers for each. The sender has done its part: what cannot be recorded is told, and not asked for
    /// again.
    static func record(_ body: [UInt8], _ webhook: Webhook, _ exchange: Exchange) async throws -> Response {
        var members = try RequestMembers(JSONValue(parsing: body), place: "the body")
        let events = try members.array("events", most: EventsRoute.mostEvents)
        try members.finish()
        guard let message = Webhook.messageID(exchange.request.headers) else {
            throw ServerError(.badWebhookSignature, "the message has no webhook-id")
        }
        let configuration = webhook.configuration
        let outcomes = try await exchange.server.ledger.write { writer in
            try writer.append(native: events.enumerated().map { (number: $0, event: $1) }) { item, widening, _ in
                var widened = try draft(
                    of: item.event, id: "\(message):\(item.number)", by: widening, configuration)
                if !widened.draft.privateFields.contains(where: { $0.name == "message-id" }) {
                    widened.draft.privateFields.append(EventDraft.PrivateFact("message-id", message))
                }
                return widened
            }
        }
        // What is not the sender's fault is to come again: what was recorded is known by its id then.
        for outcome in outcomes {
            if case .failure(let error) = outcome.result, Problem(error).status.kind == .serverError { throw error }
        }
        for outcome in outcomes {
            let word: String
            switch outcome.result {
            case .success(.recorded): word = "recorded"
            case .success(.alreadyRecorded): word = "already-recorded"
            case .failure(let error):
                word = "rejected"
                WebhookRoutes.logRefusal(Problem(error).code, webhook, exchange)
            }
            exchange.server.metrics.count(webhook: configuration.name, outcome: word)
        }
        return Response(["results": .array(outcomes.map { EventsRoute.json($0) })])
    }

    private static func draft(
        of event: JSONValue, id: String, by widening: OptOutWidening,
        _ configuration: Configuration.WebhookConfiguration
    ) throws -> OptOutWidening.Widened {
        guard
            event["business"] == nil || event["business"] == .null
                || event["business"]?.string == configuration.business
        else { throw ServerError(.forbidden, "this webhook is of the business “\(configuration.business)”") }
        let type = event["type"]?.string.flatMap { EventType(name: $0) }
        guard
            event["source"] == nil || event["source"] == .null || event["source"]?.string == configuration.source
                || type?.isRestriction ?? true
        else { throw ServerError(.forbidden, "this webhook is of the source “\(configuration.source)”") }
        var read = try NativeEvent.draft(
            of: known(event, source: configuration.source), by: widening, business: configuration.business)
        guard EventRights.roles(of: read.draft.type).contains(.capture) else {
            throw ServerError(.forbidden, "a \(read.draft.type.name) event does not come by a webhook")
        }
        if read.draft.outsideID == nil { read.draft.outsideID = id }
        read.draft.keepIDWithinBusiness()
        return read
    }

    /// The event as the webhook's source states it: a stop is not lost for naming another. Of a type that nobody knows, or of
    /// none, it may be a stop: it is kept for somebody to look at, whole.
    private static func known(_ event: JSONValue, source: String) -> JSONValue {
        guard event["type"]?.string.flatMap({ EventType(name: $0) }) == nil, let contact = event["contact"]?.string
        else {
            guard case .object(var members) = event else { return event }
            members["source"] = .string(source)
            return .object(members)
        }
        var review: [String: JSONValue] = [
            "type": .string(EventType.reviewOpened.name), "contact": .string(contact), "source": .string(source),
            "private": .object(["text": .string(String(event.text.prefix(4096)))]),
        ]
        review["id"] = event["id"]
        return .object(review)
    }
}
