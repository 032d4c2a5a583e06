internal import ConsentLedger
internal import ConsentModel
internal import Hummingbird

/// The possible opt-outs that wait for a person to decide.
enum ReviewRoutes {
    private static let roles: Set<Role> = [.support, .protectionOfficer]

    /// The most that are answered at once; the rest comes after the last of them.
    static let most = 500

    static let routes = [
        Route(method: .get, path: "/v1/reviews", operation: "reviews", roles: roles) { exchange in
            let query = try exchange.query("business", "after")
            let business = query["business"]
            let access = try exchange.access
            let after = try query["after"].map { text in
                guard let record = UInt64(text) else {
                    throw ServerError(.malformedRequest, "“after” is the number of a record")
                }
                return record
            }
            let waiting = try await exchange.server.ledger.read { snapshot in
                if let business { _ = try access.business(business, in: snapshot.catalog) }
                return try snapshot.waitingReviews(after: after, most: most + 1) {
                    access.opens($0) && (business == nil || $0 == business)
                }.map { (record: $0.record, json: $0.json) }
            }
            let items = waiting.prefix(most)
            return Response([
                "items": .array(items.map(\.json)),
                "next": waiting.count > most ? .optional(items.last?.record) : .null,
            ])
        },
        Route(method: .post, path: "/v1/reviews/{record}", operation: "decide-review", roles: roles) { exchange in
            guard let text = exchange.parameters["record"], let record = UInt64(text), String(record) == text else {
                throw ServerError(.notFound, "a review is named by the number of the record that opened it")
            }
            var members = try await exchange.members()
            let outcome = try members.needed("outcome")
            let channels = try members.texts("channels")
            let categories = try members.texts("categories")
            let source = try members.text("source")
            try members.finish()
            guard outcome == "opt-out" || outcome == "dismissed" else {
                throw ServerError(.malformedRequest, "“outcome” of the body is opt-out or dismissed")
            }
            guard outcome == "opt-out" || (channels == nil && categories == nil) else {
                throw ServerError(
                    .malformedRequest,
                    "“channels” and “categories” are of an opt-out: dismissed is the whole of what was held, or nothing"
                )
            }
            let access = try exchange.access
            let recorded = try await decide(record, isOptOut: outcome == "opt-out", access, exchange.server.ledger) {
                draft in
                if let channels { draft.fields[.channels] = .list(channels) }
                if let categories { draft.fields[.categories] = .list(categories) }
                if let source { draft.fields[.source] = .text(source) }
            }
            return Response(["review": .number(record), "outcome": .string(outcome), "index": .number(recorded.index)])
        },
    ]

    private static func decide(
        _ record: UInt64, isOptOut: Bool, _ access: Access, _ ledger: ServedLedger,
        _ complete: @escaping @Sendable (inout EventDraft) -> Void
    ) async throws -> AppendOutcome {
        let nothing = ServerError(.notFound, "no possible opt-out of that record waits to be decided")
        let (business, address, fields) = try await ledger.read { snapshot in
            // Whether another business has one is not told.
            guard let review = try? snapshot.waitingReview(record), access.opens(review.business) else { throw nothing }
            guard let address = review.address else {
                throw LedgerError(.badInput, "the contact was erased; nothing is sent to it any more")
            }
            return (review.business, address, review.decision(isOptOut: isOptOut))
        }
        return try await ledger.write { writer in
            var draft = EventDraft(.reviewDecided, business: business, contact: address)
            draft.fields.merge(fields) { $1 }
            draft.fields[.occurredAt] = .occurredAt(OccurredAt(writer.currentTime()))
            complete(&draft)
            if case .text(let source)? = draft.fields[.source] { try writer.refuseUnheld(source, for: business) }
            return try writer.append(draft)
        }
    }
}
