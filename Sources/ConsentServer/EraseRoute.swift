internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules
internal import Hummingbird

/// `POST /v1/contacts/erase`: what is kept of a person goes, at once and for good; what the log has leads to nobody then.
enum EraseRoute {
    static let route = Route(
        method: .post, path: "/v1/contacts/erase", operation: "erase", roles: [.protectionOfficer]
    ) { exchange in
        var members = try await exchange.members()
        let name = try members.text("business")
        let address = try ContactAddress(parsing: try members.needed("contact"))
        let isNow = try members.flag("now")
        let keepsNothing = try members.flag("forget-completely")
        let source = try members.text("source")
        try members.finish()
        guard isNow else {
            throw ServerError(
                .malformedRequest,
                "what is erased cannot be had back: say “now”: true. A request to be erased later is an event, see "
                    + "Documentation/privacy.md")
        }
        let access = try exchange.access
        let (erasure, isCleared, business) = try await exchange.server.ledger.write { writer in
            let business = try access.business(name, in: writer.currentCatalog()).id
            var order = ErasureOrder(address, business: business)
            order.keepsSuppression = !keepsNothing
            order.reason = ErasureRequest.reason
            try writer.refuseUnheld(source, for: business)
            if let source { order.source = source }
            let (outcomes, isCleared) = try writer.erase([order])
            return (try outcomes[0].get(), isCleared, business)
        }
        return Response(
            ["outcome": .string(erasure.outcome)] + erasure.json(of: address, business: business, isCleared: isCleared))
    }
}
