internal import ConsentLedger
internal import ConsentModel
internal import ConsentPersons
internal import ConsentRules
internal import Hummingbird

/// `POST /v1/contacts/history`: everything recorded about a person. The contact is in the body: addresses and paths end up
/// in logs.
enum HistoryRoute {
    static let route = Route(
        method: .post, path: "/v1/contacts/history", operation: "history",
        roles: [.support, .legal, .protectionOfficer]
    ) { exchange in
        var members = try await exchange.members()
        let name = try members.text("business")
        let address = try ContactAddress(parsing: try members.needed("contact"))
        let why = try members.text("legal-access")
        try members.finish()
        let access = try exchange.access
        try await LegalAdmission.admit(.address(address), name, why: why, exchange)
        let json = try await exchange.server.ledger.read { snapshot -> JSON in
            let business = try access.business(name, in: snapshot.catalog)
            let timeline = try snapshot.handle(of: address, business: business.id).map { try snapshot.timeline(of: $0) }
            let records = try (timeline?.entries ?? []).map { entry in
                let facts = try snapshot.privateFields(of: entry.index).filter { $0.handle == timeline?.handle }
                return entry.json(
                    privateFields: facts.map {
                        ($0.field.name, String(decoding: $0.field.value, as: UTF8.self))
                    })
            }
            return [
                "test": .bool(snapshot.catalog.isTest), "business": .string(business.id),
                "contact": .string(address.text), "records": .array(records),
            ]
        }
        return Response(json)
    }
}
