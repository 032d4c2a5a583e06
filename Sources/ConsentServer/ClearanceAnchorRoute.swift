internal import ConsentAudit
internal import ConsentLedger
internal import ConsentModel
internal import Hummingbird
internal import LedgerCrypto
internal import TransparencyLog

/// `GET /v1/clearances/{leaf-hash}/anchor`: which record anchors a clearance that was given here, and what leads to it.
enum ClearanceAnchorRoute {
    static let route = Route(
        method: .get, path: "/v1/clearances/{leaf-hash}/anchor", operation: "clearance-anchor",
        roles: [.query, .support, .legal]
    ) { exchange in
        _ = try exchange.query()
        let ledger = exchange.server.ledger
        let access = try exchange.access
        // One of another business is not told from one that was never given.
        guard let leaf = Hexadecimal.decode(exchange.parameters["leaf-hash"] ?? "").flatMap({ SHA256Digest($0) }),
            let found = try await ledger.findClearance(leaf), access.opens(found.business)
        else {
            throw ServerError(
                .notFound,
                "no clearance with that leaf hash was given here; it is “leaf-hash” beside the clearance's file")
        }
        guard let path = found.path else {
            return Response(["anchored": .bool(false), "record": .null, "anchor": .null, "proof": .null])
        }
        let proof = try await ledger.blocking { [log = ledger.log] in
            let published = try PublishedLog(reader: log)
            // Until the next checkpoint there is nothing that proves it.
            return path.record < published.size
                ? try published.proveInclusion(of: path.record, at: published.checkpoint).bytes : nil
        }
        return Response([
            "anchored": .bool(true), "record": .number(path.record),
            "anchor": .string(String(decoding: path.bytes, as: UTF8.self)),
            "proof": .optional(proof.map { String(decoding: $0, as: UTF8.self) }),
        ])
    }
}
