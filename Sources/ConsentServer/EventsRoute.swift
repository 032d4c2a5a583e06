internal import ConsentAudit
internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules
internal import Hummingbird
internal import TransparencyLog

/// `POST /v1/events`: what persons did, and what the ledger's businesses are.
enum EventsRoute {
    /// The most events of one request.
    static let mostEvents = 1000

    static let route = Route(
        method: .post, path: "/v1/events", operation: "record", roles: EventRights.roles
    ) { exchange in
        let wait = try exchange.query("wait")["wait"]
        guard wait == nil || wait == "proof" else {
            throw ServerError(.malformedRequest, "“wait” is proof, or left out: what is answered is durable")
        }
        var members = try await exchange.members()
        let events = try members.array("events", most: mostEvents)
        try members.finish()
        return try await record(events, exchange, wantsProof: wait != nil)
    }

    /// Records events and answers for each.
    static func record(_ events: [JSONValue], _ exchange: Exchange, wantsProof: Bool) async throws -> Response {
        let access = try exchange.access
        let ledger = exchange.server.ledger
        try await EventRights.recordUses(for: events, exchange)
        var outcomes = try await ledger.write { writer in
            try writer.append(native: events) { event, widening, business in
                let read = try EventRights.draft(of: event, by: widening, business: business, access)
                if case .text(let source)? = read.draft.fields[.source] {
                    try writer.refuseUnheld(source, for: read.draft.business)
                }
                return read
            }
        }
        if events.contains(where: UncountedOptIns.isOptIn) {
            outcomes = await UncountedOptIns.told(of: outcomes, exchange)
        }
        guard wantsProof else { return try response(outcomes, [:], exchange) }
        let proofs = try await prove(outcomes, exchange.server)
        let told = outcomes.map { outcome in
            guard let index = try? outcome.result.get().index, proofs[index] == nil else { return outcome }
            return NativeOutcome(result: outcome.result, remarks: outcome.remarks + [unproven])
        }
        return try response(told, proofs, exchange)
    }

    /// What is told of a record that no published checkpoint covers yet.
    private static let unproven =
        "it is recorded, and there is no proof yet: too few witnesses have cosigned a checkpoint that covers it; send it again "
        + "with the same id to get one"

    /// What is answered of events, each with its proof if there is one: a success only where none was refused.
    static func response(
        _ outcomes: [NativeOutcome], _ proofs: [UInt64: String], _ exchange: Exchange
    ) throws -> Response {
        let results = outcomes.map { json($0, proofs) }
        exchange.server.metrics.count(events: outcomes)
        let refused = outcomes.filter { if case .failure = $0.result { true } else { false } }.count
        guard refused > 0 else { return Response(["results": .array(results)]) }
        if outcomes.count == 1, case .failure(let error) = outcomes[0].result { throw error }
        let problem = Problem(
            ServerError(
                .eventsRefused,
                "\(refused) of \(outcomes.count) events are not recorded; “results” says which, and the others are recorded"
            ))
        return Response(
            problem.json(requestID: exchange.id, members: ["results": .array(results)]), status: problem.status,
            mediaType: Problem.mediaType)
    }

    /// What became of an event, with its proof if there is one.
    static func json(_ outcome: NativeOutcome, _ proofs: [UInt64: String] = [:]) -> JSON {
        switch outcome.result {
        case .success(let recorded):
            let isNew = if case .recorded = recorded { true } else { false }
            let object: JSON = [
                "outcome": .string(isNew ? "recorded" : "already-recorded"), "index": .number(recorded.index),
                "warnings": .strings(outcome.remarks),
            ]
            return proofs[recorded.index].map { object + ["proof": .string($0)] } ?? object
        case .failure(let error):
            return ["outcome": .string("refused"), "problem": Problem(error).json()]
        }
    }

    /// Publishes, waiting for witnesses where that needs a quorum of them, and proves each record that the checkpoint covers
    /// which is published then.
    private static func prove(_ outcomes: [NativeOutcome], _ server: ServerParts) async throws -> [UInt64: String] {
        let ledger = server.ledger
        let indexes = Set(outcomes.compactMap { try? $0.result.get().index })
        guard let last = indexes.max() else { return [:] }
        try await ledger.publish()
        if try await ledger.publishedSize() <= last { await server.witnesses?.ask() }
        return try await ledger.blocking { [reader = ledger.log] in
            let log = try PublishedLog(reader: reader)
            var proofs: [UInt64: String] = [:]
            for index in indexes where index < log.size {
                let proof = try log.proveInclusion(of: index, at: log.checkpoint)
                proofs[index] = String(decoding: proof.bytes, as: UTF8.self)
            }
            return proofs
        }
    }
}

/// Who may record which events.
enum EventRights {
    /// The roles that record some.
    static let roles = Set(EventType.allCases.flatMap(roles(of:)))
    /// Those that record some which a source states.
    static let sourceRoles = Set(EventType.allCases.filter { $0.signer != .admin }.flatMap(roles(of:)))
        .subtracting([.legal, .admin])

    /// Reads an event that `access` may record; `business` is the only one where there is one. Throws what is wrong with it.
    static func draft(
        of event: JSONValue, by widening: OptOutWidening, business: String?, _ access: Access
    ) throws -> OptOutWidening.Widened {
        // Before it is read: what is wrong with it may tell of the business.
        if let named = event["business"]?.string { try access.check(named) }
        let only = access.token.businesses.flatMap { $0.count == 1 ? $0.first : nil }
        guard access.opensAll || (only ?? business ?? event["business"]?.string) != nil else {
            let names = (access.token.businesses ?? []).sorted().joined(separator: ", ")
            throw ServerError(.malformedRequest, "the event has no “business”; this token opens \(names)")
        }
        var read = try NativeEvent.draft(of: event, by: widening, business: only ?? business)
        try check(read.draft, access)
        read.draft.keepIDWithinBusiness()
        return read
    }

    /// The roles that may record an event of that type; none for what the ledger or its commands make alone.
    static func roles(of type: EventType) -> Set<Role> {
        switch type {
        // What these take beside the event is not the API's: keys, a barrier that destroys them, an attachment, a seal.
        case .ledgerOpened, .adminKeyAdded, .adminKeyRetired, .logKeyAdded, .logKeyRetired, .contactErased,
            .evidenceAttached, .headsSealed, .decisionsRecorded, .migrated:
            []
        case .holdAdded, .holdLifted: [.legal]
        case .sourceAuthorized, .sourceRevoked, .businessRegistered, .brandDefined, .senderDefined, .categoryDefined,
            .categoryRetired, .noticePublished, .noticeReconstructed, .noticeRetired, .rulepackAdopted,
            .templateCategorized:
            [.admin]
        case .reviewDecided, .eventVoided: [.support, .protectionOfficer]
        default: [.capture, .support, .protectionOfficer]
        }
    }

    /// Records the use of each of those roles.
    static func recordUses(for events: [JSONValue], _ exchange: Exchange) async throws {
        let access = try exchange.access
        for role in recordedRoles(of: events, access) {
            try await exchange.server.ledger.blocking { [records = exchange.server.accessRecords] in
                try records.record(access.token, as: role, operation: exchange.operation, requestID: exchange.id)
            }
        }
    }

    /// The roles whose use is recorded, without which `access` could not record some of the events, beside the role by which
    /// the request came in.
    static func recordedRoles(of events: [JSONValue], _ access: Access) -> Set<Role> {
        var needed: Set<Role> = []
        for event in events {
            guard let type = event["type"]?.string.flatMap({ EventType(name: $0) }),
                let role = Access(access.token, to: roles(of: type))?.role, role.isRecorded, role != access.role
            else { continue }
            needed.insert(role)
        }
        return needed
    }

    /// Throws `forbidden` unless `access` may record the draft, and `malformedRequest` where it lacks an id. A stop is never
    /// refused for lacking one: without it, sending it again records it again.
    static func check(_ draft: EventDraft, _ access: Access) throws {
        let roles = roles(of: draft.type)
        guard !roles.isEmpty else {
            throw ServerError(
                .forbidden, "a \(draft.type.name) event is not recorded by the API; see the commands of consent")
        }
        guard !access.token.roles.isDisjoint(with: roles) else {
            let names = roles.sorted().map(\.rawValue).joined(separator: ", ")
            throw ServerError(.forbidden, "a \(draft.type.name) event is for tokens with one of the roles \(names)")
        }
        if let business = draft.business {
            try access.check(business)
        } else {
            guard access.opensAll else {
                throw ServerError(.forbidden, "an event of the whole ledger is for tokens of all businesses")
            }
        }
        guard draft.outsideID != nil || draft.type.isRestriction else {
            throw ServerError(
                .malformedRequest, "the event has no “id”: give it one of your own, so that it can be sent again safely"
            )
        }
    }
}

extension EventDraft {
    /// Makes the id one of the event's business: sources may be shared, and what another business calls its own must
    /// neither stand against this one's, nor be told to it.
    mutating func keepIDWithinBusiness() { idScope = business.map { "api:\($0)" } }
}
