internal import ConsentAudit
internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import ServiceLifecycle

/// `GET /v1/changes`: every change of consent, as server-sent events; each has the record's index as its id, from which a
/// reader goes on.
enum ChangesRoute {
    /// So many records are looked at together.
    private static let batch: UInt64 = 256
    /// After so long without a change, a reader is told how far the ledger is.
    private static let longestSilence = Duration.seconds(15)

    static let route = Route(
        method: .get, path: "/v1/changes", operation: "changes", roles: [.query, .support]
    ) { exchange in
        let query = try exchange.query("from", "business", "follow")
        guard ["true", "false", nil].contains(query["follow"]) else {
            throw ServerError(.malformedRequest, "“follow” is true or false")
        }
        var from: UInt64 = 0
        if let text = query["from"] {
            guard let number = UInt64(text) else {
                throw ServerError(.malformedRequest, "“from” is the index of a record")
            }
            from = number
        }
        if let text = exchange.request.headers[lastEventID] {
            guard let number = UInt64(text), number < .max else {
                throw ServerError(.malformedRequest, "Last-Event-ID is the index of a record")
            }
            from = number + 1
        }
        let access = try exchange.access
        if let business = query["business"] {
            _ = try await exchange.server.ledger.read { try access.business(business, in: $0.catalog).id }
        }
        let stream = ChangeStream(
            exchange: exchange, access: access, place: try exchange.server.followerPlaces.take(access.token.id),
            business: query["business"], follows: query["follow"] != "false")
        return Response(
            status: .ok, headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
            body: ResponseBody { [from] writer in
                try await stream.write(to: &writer, from: from)
                try await writer.finish(nil)
            })
    }

    private static let lastEventID = HTTPField.Name("Last-Event-ID")!

    /// One reader's stream.
    private struct ChangeStream: Sendable {
        let exchange: Exchange
        let access: Access
        /// Held as long as the stream is.
        let place: FollowerPlaces.Place
        let business: String?
        let follows: Bool

        func write(to writer: inout any ResponseBodyWriter, from start: UInt64) async throws {
            let growth = exchange.server.ledger.growth
            var next = start
            try await withGracefulShutdownHandler {
                while !growth.isEnded {
                    let generation = growth.generation
                    // A token that was revoked meanwhile hears no more.
                    _ = try await exchange.server.admission.token(
                        authorization: exchange.request.headers[.authorization])
                    let (text, end, size) = try await changes(from: next)
                    next = end
                    // Who reads knows how far it is, also where nothing concerns it.
                    var piece = text
                    if end > 0 {
                        piece += "event: head\nid: \(end - 1)\ndata: {\"size\": \(size)}\n\n"
                    }
                    try await writer.write(ByteBuffer(string: piece))
                    guard end >= size else { continue }
                    guard follows else { return }
                    await growth.wait(after: generation, atMost: ChangesRoute.longestSilence)
                }
            } onGracefulShutdown: {
                growth.end()
            }
        }

        /// The changes of some records from `start` on, the record after them, and how many there are.
        private func changes(from start: UInt64) async throws -> (text: String, end: UInt64, size: UInt64) {
            try await exchange.server.ledger.read { [access, business] snapshot in
                var text = ""
                // A person may have thousands of records, one after the other.
                var known: [[ContactHandle]: JSON] = [:]
                let end = min(snapshot.size, start.addingReportingOverflow(ChangesRoute.batch).partialValue)
                var index = min(start, snapshot.size)
                while index < end {
                    let logged = try LoggedEvent(snapshot.record(at: index))
                    if let owner = logged.record.business, access.opens(owner), business == nil || owner == business,
                        !logged.record.handles.isEmpty
                    {
                        let handles = logged.record.handles
                        let contacts =
                            try known[handles]
                            ?? .array(
                                snapshot.concernedAddresses(of: handles, business: owner).map { .optional($0?.text) })
                        known[handles] = contacts
                        let change: JSON = [
                            "index": .number(index), "recorded-at": .string(logged.record.recordedAt.description),
                            "type": .string(logged.payload.typeName), "business": .string(owner),
                            "contacts": contacts, "handles": .strings(handles.map(\.description)),
                            "fields": logged.payload.json,
                        ]
                        text += "event: change\nid: \(index)\ndata: \(change.text)\n\n"
                    }
                    index += 1
                }
                return (text, index, snapshot.size)
            }
        }
    }
}
