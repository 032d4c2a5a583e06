internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules
internal import HTTPTypes
internal import Hummingbird
internal import LedgerCrypto

/// Opting out of mails by one click (RFC 8058), and the links for it. Looking at a link changes nothing: programs do that.
enum UnsubscribeRoutes {
    /// The most links of one request.
    static let mostLinks = 1000

    static let routes = [
        Route(method: .get, path: "/unsubscribe/{name}/{link}", operation: "unsubscribe-page", roles: nil) { exchange in
            let (webhook, _) = try link(exchange)
            return try await page(webhook, exchange, isDone: false)
        },
        Route(method: .post, path: "/unsubscribe/{name}/{link}", operation: "unsubscribe", roles: nil) { exchange in
            let (webhook, link) = try link(exchange)
            guard isOneClick(try await exchange.body(), exchange.request.headers[.contentType] ?? "") else {
                throw ServerError(
                    .malformedRequest, "the body says List-Unsubscribe=One-Click (RFC 8058), as a form of either kind")
            }
            let outcomes = try await record(link, webhook, exchange)
            WebhookRoutes.tell(outcomes, webhook, exchange)
            if let failure = outcomes.first(where: { if case .rejected = $0 { true } else { false } }) {
                // Whoever clicked must not be told that it is done.
                throw LedgerError(.badEvent, "the opt-out could not be recorded: \(failure.name)")
            }
            return try await page(webhook, exchange, isDone: true)
        },
        Route(
            method: .post, path: "/v1/unsubscribe-links", operation: "unsubscribe-links", roles: [.query, .capture]
        ) { exchange in
            var members = try await exchange.members()
            let name = try members.needed("webhook")
            let items = try members.array("links", most: mostLinks)
            try members.finish()
            guard let webhook = exchange.server.webhooks[name], let links = webhook.links,
                try exchange.access.opens(webhook.configuration.business)
            else { throw ServerError(.notFound, "there is no webhook of e-mail of that name") }
            let made = try items.enumerated().map { position, item in
                links.url(of: try link(item, position), random: exchange.server.random)
            }
            return Response([
                "items": .array(
                    made.map { url in
                        [
                            "url": .string(url),
                            "headers": [
                                "List-Unsubscribe": .string("<\(url)>"),
                                "List-Unsubscribe-Post": .string("List-Unsubscribe=One-Click"),
                            ],
                        ]
                    })
            ])
        },
    ]

    private static func link(_ value: JSONValue, _ position: Int) throws -> UnsubscribeLinks.Link {
        var members = try RequestMembers(value, place: "link \(position)")
        let contact = try ContactAddress(parsing: try members.needed("contact"))
        let categories = try members.texts("categories")
        let messageID = try members.text("message-id")
        try members.finish()
        guard contact.kind == .email else {
            throw ServerError(.malformedRequest, "“contact” of link \(position) is not an e-mail address")
        }
        guard categories.map({ 1...16 ~= $0.count && $0.allSatisfy(FieldKind.isIdentifier) }) ?? true else {
            throw ServerError(.malformedRequest, "“categories” of link \(position) is not 1 to 16 categories")
        }
        guard messageID.map({ $0.utf8.count <= 512 }) ?? true else {
            throw ServerError(.malformedRequest, "“message-id” of link \(position) has more than 512 bytes")
        }
        return UnsubscribeLinks.Link(contact: contact.text, categories: categories, messageID: messageID)
    }

    /// The webhook and the link that a request names. Throws `notFound`, for each reason alike.
    private static func link(_ exchange: Exchange) throws(ServerError) -> (Webhook, UnsubscribeLinks.Link) {
        guard let webhook = exchange.server.webhooks[exchange.parameters["name"] ?? ""],
            let link = webhook.links?.link(exchange.parameters["link"] ?? "")
        else { throw ServerError(.notFound, "this link is not one of ours, or was cut off") }
        return (webhook, link)
    }

    /// Whether a body says what RFC 8058 wants, as a form of either kind. The link is what counts, so that no stop is lost for
    /// the case of a letter or the ends of lines.
    static func isOneClick(_ body: [UInt8], _ mediaType: String) -> Bool {
        let (name, value) = ("list-unsubscribe", "one-click")
        func isValue(_ text: Substring) -> Bool { text.trimmed.lowercased() == value }
        guard mediaType.lowercased().hasPrefix("multipart/form-data") else {
            return (try? FormFields(parsing: body))?.fields.contains {
                $0.name[...].trimmed.lowercased() == name && isValue($0.value[...])
            } ?? false
        }
        guard
            let parameter = mediaType.split(separator: ";").map({ $0.drop { $0 == " " } }).first(where: {
                $0.lowercased().hasPrefix("boundary=")
            }), let text = String(validating: body, as: UTF8.self)
        else { return false }
        let boundary = parameter.dropFirst("boundary=".count).filter { $0 != "\"" }
        guard !boundary.isEmpty else { return false }
        return text.replacing("\r\n", with: "\n").split(separator: "--\(boundary)").contains { part in
            let pieces = part.split(separator: "\n\n", maxSplits: 1, omittingEmptySubsequences: false)
            guard pieces.count == 2 else { return false }
            let words = pieces[0].lowercased().split { " ;\n\t".contains($0) }
            return words.contains { $0 == "name=\"\(name)\"" || $0 == "name=\(name)" } && isValue(pieces[1])
        }
    }

    private static func record(
        _ link: UnsubscribeLinks.Link, _ webhook: Webhook, _ exchange: Exchange
    ) async throws -> [ImportResult.Outcome] {
        let configuration = webhook.configuration
        let digest = SHA256Digest(hashing: Array((exchange.parameters["link"] ?? "").utf8))
        return try await exchange.server.ledger.write { writer in
            let address = try ContactAddress(parsing: link.contact)
            let entries = try writer.timelines(of: [(address, configuration.business)])[0]?.entries ?? []
            let since = entries.lastIndex { !isRestriction($0) }.map { $0 + 1 } ?? 0
            if let done = entries[since...].first(where: { hasDone($0, link) }) {
                return [.alreadyRecorded(index: done.index)]
            }
            // Who came back and clicks on an old mail means it anew.
            let click = OneClickImport(
                address: link.contact, categories: link.categories?.sorted(), messageID: link.messageID,
                id: "\(digest):after:\(since == 0 ? "" : "\(entries[since - 1].index)")",
                receivedAt: writer.currentTime())
            return try WebhookRoutes.run(click, [], configuration, writer)
        }
    }

    private static func isRestriction(_ entry: ContactTimeline.Entry) -> Bool {
        if case .event(let event) = entry.payload { event.type.isRestriction } else { false }
    }

    /// Whether a record is a click that said at least as much.
    private static func hasDone(_ entry: ContactTimeline.Entry, _ link: UnsubscribeLinks.Link) -> Bool {
        guard case .event(let event) = entry.payload, event.type == .consentWithdrawn,
            event.text(.method) == OneClickImport.method,
            event.channels.map({ $0.contains(OneClickImport.channel) }) ?? true
        else { return false }
        guard let recorded = event.categories else { return true }
        return link.categories.map { Set($0).isSubset(of: recorded) } ?? false
    }

    private static func page(_ webhook: Webhook, _ exchange: Exchange, isDone: Bool) async throws -> Response {
        let business = webhook.configuration.business
        let name = try await exchange.server.ledger.read { try $0.catalog.business(business, at: .max).name }
        let page = UnsubscribePage(name, language: webhook.configuration.language ?? "en", isDone: isDone)
        var response = Response(text: page.html, mediaType: "text/html; charset=utf-8")
        response.headers[.contentSecurityPolicy] =
            "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
        response.headers[HTTPField.Name("Referrer-Policy")!] = "no-referrer"
        return response
    }
}
