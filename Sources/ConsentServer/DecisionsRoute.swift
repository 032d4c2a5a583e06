internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules
internal import Hummingbird
internal import LedgerCrypto
internal import TransparencyLog

/// `POST /v1/decisions`: may these persons be messaged?
enum DecisionsRoute {
    /// The most questions of one request.
    static let mostQuestions = 10_000
    /// The most of them that are explained.
    static let mostExplained = 100

    static let route = Route(
        method: .post, path: "/v1/decisions", operation: "decide", roles: [.query, .support, .legal]
    ) { exchange in
        let asked = try Asked(try await exchange.members())
        let access = try exchange.access
        let now = exchange.server.clock.now()
        let json =
            asked.reserves
            ? try await reserve(asked, access, exchange.server.ledger, now: now)
            : try await exchange.server.ledger.read { [location = exchange.server.ledger.location] snapshot in
                let questions = try asked.inquiries(access, snapshot, now: now)
                let answers = try snapshot.decide(questions.compactMap { try? $0.get() })
                return try Self.answer(
                    asked, asked.merge(questions, answers), access, snapshot, location, now: now)
            }
        exchange.server.metrics.count(decisions: json.outcomes)
        let object = try json.object.get()
        // Nobody has a clearance that may be lost before it is anchored.
        try await exchange.server.ledger.keep(json.cleared)
        exchange.server.metrics.count(clearances: json.cleared.count)
        return Response(object)
    }

    private static func reserve(
        _ asked: Asked, _ access: Access, _ ledger: ServedLedger, now: Timestamp
    ) async throws -> Answered {
        try await ledger.reserve { [location = ledger.location] ledger in
            try ledger.reserve { snapshot in
                try asked.inquiries(access, snapshot, now: now).compactMap { try? $0.get() }.map {
                    ($0.question, $0.contact)
                }
            } reading: { snapshot, answers in
                let questions = try asked.inquiries(access, snapshot, now: now)
                return try Self.answer(
                    asked, asked.merge(questions, answers), access, snapshot, location, now: now)
            }
        }
    }

    /// What is asked in one request.
    private struct Asked: Sendable {
        let terms: AskedTerms
        /// Each question, or what is wrong with it.
        let questions: [Result<AskedQuestion, any Error>]
        let explains: Bool
        let reserves: Bool
        /// How long clearances are good, in milliseconds; `nil` where none are wanted.
        let validity: UInt64?

        init(_ body: RequestMembers) throws {
            var members = body
            terms = try AskedTerms(&members)
            explains = try members.flag("explain")
            reserves = try members.flag("reserve")
            if let value = members.value("clearance") {
                var clearance = try RequestMembers(value, place: "“clearance”")
                validity = try clearance.number("valid-for-ms") ?? ClearanceTerms.usualValidity
                try clearance.finish()
            } else {
                validity = nil
            }
            let items = try members.array("questions", most: DecisionsRoute.mostQuestions)
            try members.finish()
            guard !explains || items.count <= DecisionsRoute.mostExplained else {
                throw ServerError(
                    .malformedRequest, "at most \(DecisionsRoute.mostExplained) questions are explained at once")
            }
            guard !explains || !reserves else {
                throw ServerError(.malformedRequest, "say either “explain” or “reserve”")
            }
            guard terms.knownAt == .everything || (!reserves && validity == nil) else {
                throw ServerError(.malformedRequest, "“reserve” and “clearance” rest on all that is recorded")
            }
            questions = items.enumerated().map { position, item in
                Result { try AskedQuestion(item, place: "question \(position)") }
            }
            guard
                reserves || validity == nil
                    || !questions.contains(where: { (try? $0.get().purpose) ?? .message != .message })
            else {
                throw ServerError(
                    .malformedRequest,
                    "a message of this purpose may be sent once: clear it with “reserve”, which counts it")
            }
        }

        /// The questions as the ledger takes them.
        func inquiries(
            _ access: Access, _ snapshot: LedgerSnapshot, now: Timestamp
        ) throws -> [Result<Inquiry, any Error>] {
            try terms.check(snapshot, now: now)
            let business = try access.business(terms.business, in: snapshot.catalog).id
            let moment = terms.moment(snapshot, now: now)
            return questions.map { question in
                question.map {
                    Inquiry($0.question(of: business, at: moment, knownAt: terms.knownAt), contact: $0.contact)
                }
            }
        }

        /// The answers in the places of their questions.
        func merge(
            _ inquiries: [Result<Inquiry, any Error>], _ answers: [Result<Answer, any Error>]
        ) -> [Result<Answer, any Error>] {
            var rest = answers[...]
            return inquiries.map { inquiry in
                switch inquiry {
                case .failure(let error): .failure(error)
                case .success: rest.popFirst() ?? .failure(LedgerError(.damaged, "a question was not answered"))
                }
            }
        }
    }

    /// An answer to a request, or the one question's error; what was decided, to be counted, and the clearances in it.
    private struct Answered: Sendable {
        let object: Result<JSON, any Error>
        let outcomes: [ServerMetrics.Decided]
        var cleared: [GivenClearances.Given] = []
    }

    private static func answer(
        _ asked: Asked, _ answers: [Result<Answer, any Error>], _ access: Access, _ snapshot: LedgerSnapshot,
        _ location: LedgerLocation, now: Timestamp
    ) throws -> Answered {
        let outcomes = answers.map(ServerMetrics.Decided.init)
        if answers.count == 1, case .failure(let error) = answers[0] {
            return Answered(object: .failure(error), outcomes: outcomes)
        }
        let clearing = try asked.validity.map { validity in
            try Clearing(snapshot, location, decidedAt: max(now, snapshot.lastRecordedAt), validity)
        }
        var cleared: [GivenClearances.Given] = []
        let decisions = try answers.enumerated().map { position, answer -> JSON in
            switch answer {
            case .failure(let error):
                return ["outcome": .string("error"), "problem": Problem(error).json()]
            case .success(let answer):
                let question = try asked.questions[position].get()
                var json = answer.json
                if asked.explains {
                    json =
                        json + [
                            "explanation": try snapshot.explain(answer.question, contact: question.contact).json
                        ]
                }
                if let clearing {
                    let (clearance, given) = try clearing.clear(answer, question, snapshot)
                    json = json + ["clearance": clearance]
                    cleared.append(given)
                }
                return json
            }
        }
        let object: JSON = [
            "test": .bool(snapshot.catalog.isTest),
            "business": .string(try access.business(asked.terms.business, in: snapshot.catalog).id),
            "at": .string(asked.terms.moment(snapshot, now: now).description), "size": .number(snapshot.size),
            "root": .string(try snapshot.root().description),
            "head-recorded-at": .string(snapshot.lastRecordedAt.description),
            "head-age-ms": .number(snapshot.age(at: now)), "decisions": .array(decisions),
        ]
        return Answered(object: .success(object), outcomes: outcomes, cleared: cleared)
    }

    /// Signs answers one by one.
    private struct Clearing {
        let terms: ClearanceTerms
        let signer: any Signer

        init(
            _ snapshot: LedgerSnapshot, _ location: LedgerLocation, decidedAt: Timestamp, _ validity: UInt64
        ) throws {
            guard !snapshot.catalog.isTest else {
                throw LedgerError(
                    .badInput,
                    "a TEST ledger signs no clearances: nothing may be sent on its word, and whoever verifies one does not "
                        + "see that it is a test; ask without")
            }
            terms = try ClearanceTerms(snapshot, decidedAt: decidedAt, validFor: validity)
            signer = try location.logSigner(in: snapshot.catalog)
        }

        /// The clearance of an answer, and what is kept of it.
        func clear(
            _ answer: Answer, _ asked: AskedQuestion, _ snapshot: LedgerSnapshot
        ) throws -> (json: JSON, given: GivenClearances.Given) {
            let decision = try terms.decision(
                answer, contact: asked.contact, reach: snapshot.reach(of: asked.contact, answering: answer.question),
                rules: snapshot.rules(for: answer.question.business), reference: asked.reference)
            let file = try terms.file(decision, signer: signer)
            let clearance = file.signed.clearance
            let json: JSON = [
                "file": .string(String(decoding: file.bytes, as: UTF8.self)),
                "good-until": .string(decision.leaf.goodUntil(terms.notAfter).description),
                "uncounted": .bool(
                    try answer.reservation == nil && answer.decision.outcome == .allow
                        && snapshot.rules(for: answer.question.business).hasCaps(for: answer.question)),
                "leaf-hash": .string(clearance.leafHash.description),
            ]
            return (json, GivenClearances.Given(clearance, business: answer.question.business))
        }
    }
}
