internal import ConsentLedger
internal import ConsentModel
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
        try await admit(address, name, why: why, exchange)
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

    /// Throws `shut` for a person who asked to be erased, unless the token is legal's and it is said why; that is recorded
    /// before anything is shown.
    private static func admit(_ address: ContactAddress, _ name: String?, why: String?, _ exchange: Exchange)
        async throws
    {
        let access = try exchange.access
        let ledger = exchange.server.ledger
        let shut = try await ledger.read { snapshot in
            let business = try access.business(name, in: snapshot.catalog).id
            return try snapshot.handle(of: address, business: business).flatMap { handle in
                try snapshot.erasureRequest(of: handle).map { (handle: handle, request: $0) }
            }
        }
        guard let shut else { return }
        guard access.token.roles.contains(.legal), let why, why.contains(where: { !$0.isWhitespace }) else {
            throw LedgerError(
                .shut,
                "this person asked to be erased; what is kept as proof is for tokens of the role legal, which say why with "
                    + "“legal-access”, and that is recorded")
        }
        if access.role != .legal {
            try await ledger.blocking { [records = exchange.server.accessRecords] in
                try records.record(access.token, as: .legal, operation: exchange.operation, requestID: exchange.id)
            }
        }
        _ = try await ledger.write { try $0.recordLegalAccess(to: shut.handle, by: shut.request, why: why) }
    }
}
