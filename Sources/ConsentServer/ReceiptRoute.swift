internal import ConsentAudit
internal import ConsentLedger
internal import ConsentModel
internal import ConsentPersons
internal import ConsentRules
internal import HTTPTypes
internal import Hummingbird

/// `POST /v1/contacts/receipt`: what a person agreed to, refused and withdrew, for that person.
enum ReceiptRoute {
    static let route = Route(
        method: .post, path: "/v1/contacts/receipt", operation: "receipt", roles: [.legal]
    ) { exchange in
        var members = try await exchange.members()
        let business = try members.text("business")
        let address = try ContactAddress(parsing: try members.needed("contact"))
        let why = try members.text("legal-access")
        let language = try members.pageLanguage()
        let formatName = try members.text("format") ?? Format.jsonld.rawValue
        let controller = try members.value("controller").map { try ControllerFile($0, path: "“controller”") }
        try members.finish()
        guard let format = Format(rawValue: formatName) else {
            throw ServerError(.malformedRequest, "“format” of the body is jsonld or html")
        }
        try await LegalAdmission.admit(.address(address), business, why: why, exchange)
        return try await answer(
            address, business, language: language, format: format, controller ?? ControllerFile(), exchange)
    }

    /// How it is written.
    enum Format: String, Sendable {
        case jsonld, html
    }

    /// The receipt, for whoever is admitted.
    static func answer(
        _ address: ContactAddress, _ name: String?, language: String, format: Format, _ controller: ControllerFile,
        _ exchange: Exchange
    ) async throws -> Response {
        let access = try exchange.access
        let now = exchange.server.clock.now()
        let text = try await exchange.server.ledger.read { [log = exchange.server.ledger.log] snapshot -> String in
            let business = try access.business(name, in: snapshot.catalog)
            let reading = try PersonReading(address, business, in: snapshot, at: now)
            guard !reading.records.isEmpty else {
                throw LedgerError(
                    .badInput, "\(business.name) has no record of it, so there is nothing to give a receipt of")
            }
            let receipt = ConsentReceipt(
                reading, controller, language: language, checkpoint: try PublishedLog(reader: log).checkpoint)
            switch format {
            case .jsonld: return ReceiptJSONLD(receipt).json.text + "\n"
            case .html:
                return String(decoding: EvidencePageHTML.bytes(of: try ReceiptPage(receipt).page), as: UTF8.self)
            }
        }
        guard format == .html else { return Response(text: text, mediaType: "application/ld+json") }
        var response = Response(text: text, mediaType: "text/html; charset=utf-8")
        response.headers[.contentSecurityPolicy] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
        return response
    }
}

extension RequestMembers {
    /// The language of a page, English unless it is said. Throws `malformedRequest` for one that there are no texts for.
    mutating func pageLanguage() throws(ServerError) -> String {
        let language = try text("language") ?? "en"
        guard EvidenceTexts.languages.contains(language) else {
            throw ServerError(
                .malformedRequest, "“language” of the body is \(EvidenceTexts.languages.joined(separator: " or "))")
        }
        return language
    }
}
