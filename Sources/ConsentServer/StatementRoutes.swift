internal import ConsentLedger
internal import ConsentModel
internal import Hummingbird
internal import LedgerCrypto

/// Events whose sources hold their own keys, in two steps: the server makes all but the signature; the source checks it,
/// signs, and sends that.
enum StatementRoutes {
    static let routes = [
        Route(method: .post, path: "/v1/prepare", operation: "prepare", roles: EventRights.sourceRoles) { exchange in
            var members = try await exchange.members()
            guard let event = members.value("event") else {
                throw ServerError(.malformedRequest, "“event” of the body is not there")
            }
            let key = try members.text("key")
            try members.finish()
            let keyIdentifier = key.flatMap { Hexadecimal.decode($0) }
            guard key == nil || keyIdentifier?.count == 16 else {
                throw ServerError(
                    .malformedRequest, "“key” of the body is not the 32 hexadecimal digits of a key identifier")
            }
            let access = try exchange.access
            try await EventRights.recordUses(for: [event], exchange)
            let (outcome, remarks) = try await exchange.server.ledger.write { writer in
                let widening = OptOutWidening(for: writer, isSignedElsewhere: true)
                let read = try EventRights.draft(
                    of: event, by: widening, business: widening.onlyBusiness, access)
                return (try writer.prepareUnsigned(read.draft, keyIdentifier: keyIdentifier), read.remarks)
            }
            switch outcome {
            case .alreadyRecorded(let index):
                return Response([
                    "outcome": .string("already-recorded"), "index": .number(index), "warnings": .strings(remarks),
                ])
            case .unsigned(let statement):
                let name = try exchange.server.pendingStatements.add(
                    statement, remarks: remarks, by: access.token,
                    now: exchange.server.clock.elapsedMilliseconds())
                return Response(json(statement, name: name, remarks: remarks))
            }
        },
        Route(
            method: .post, path: "/v1/statements", operation: "record-signed", roles: EventRights.sourceRoles
        ) { exchange in
            var members = try await exchange.members()
            let items = try members.array("statements", most: EventsRoute.mostEvents)
            try members.finish()
            let access = try exchange.access
            let now = exchange.server.clock.elapsedMilliseconds()
            let waiting = items.enumerated().map { position, item in
                Result {
                    try Signed(
                        item, place: "statement \(position)", exchange.server.pendingStatements, access, now: now)
                }
            }
            let results = try await exchange.server.ledger.write { writer in
                try writer.append(
                    signed: waiting.compactMap { try? $0.get() }.map { ($0.statement, $0.signature) })
            }
            var rest = results[...]
            let outcomes = waiting.map { signed in
                switch signed {
                case .failure(let error): NativeOutcome(result: .failure(error), remarks: [])
                case .success(let signed):
                    NativeOutcome(
                        result: rest.popFirst() ?? .failure(LedgerError(.damaged, "a statement got no outcome")),
                        remarks: signed.remarks)
                }
            }
            return try EventsRoute.response(await UncountedOptIns.told(of: outcomes, exchange), [:], exchange)
        },
    ]

    /// A statement that waited, with its signature.
    private struct Signed: Sendable {
        let statement: UnsignedStatement
        let remarks: [String]
        let signature: [UInt8]

        init(
            _ item: JSONValue, place: String, _ pending: PendingStatements, _ access: Access, now: UInt64
        ) throws {
            var members = try RequestMembers(item, place: place)
            let name = try members.needed("prepared")
            let text = try members.needed("signature")
            try members.finish()
            guard let signature = Base64.decode(text) else {
                throw ServerError(.malformedRequest, "“signature” of \(place) is not base64")
            }
            (statement, remarks) = try pending.statement(name, of: access.token, now: now)
            self.signature = signature
        }
    }

    private static func json(_ statement: UnsignedStatement, name: String, remarks: [String]) -> JSON {
        [
            "outcome": .string("prepared"), "prepared": .string(name),
            "valid-for-ms": .number(PendingStatements.longest),
            "key": .string(Hexadecimal.encode(statement.key.keyIdentifier)),
            "to-be-signed": .string(Base64.encode(statement.toBeSigned)),
            "payload": .string(Base64.encode(statement.payload)),
            "event-id": .string(Hexadecimal.encode(statement.id.bytes)), "origin": .string(statement.context.origin),
            "ledger-id": .string(Hexadecimal.encode(statement.context.ledgerID)),
            "business": .string(statement.context.business),
            "handles": .strings(statement.context.handles.map { Hexadecimal.encode($0.bytes) }),
            "private": .array(
                statement.privateFields.map { field in
                    let commitment = field.commitment(ledgerID: statement.context.ledgerID, event: statement.id)
                    return [
                        "name": .string(field.name), "value": .string(Base64.encode(field.value)),
                        "salt": .string(Hexadecimal.encode(field.salt)),
                        "commitment": .string(Hexadecimal.encode(commitment.bytes)),
                    ]
                }),
            "warnings": .strings(remarks),
        ]
    }
}
