internal import ConsentAudit
internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules
internal import Logging

/// What is told of opt-ins that are recorded and do not count. They are not refused, since they happened; and whoever sends one
/// would take its being recorded for a yes.
enum UncountedOptIns {
    /// The most of one request that are looked into.
    static let most = DecisionsRoute.mostExplained

    /// Whether an event in its native form is an opt-in.
    static func isOptIn(_ event: JSONValue) -> Bool {
        event["type"]?.string.flatMap { EventType(name: $0) }.map(optIns.contains) ?? false
    }

    private static let optIns: Set<EventType> = [.consentGiven, .consentRenewed, .consentConfirmed]

    /// The outcomes of events that were recorded, each with what it says of an opt-in that does not count.
    static func told(of outcomes: [NativeOutcome], _ exchange: Exchange) async -> [NativeOutcome] {
        let indexes = outcomes.compactMap { try? $0.result.get().index }
        guard !indexes.isEmpty else { return outcomes }
        do {
            let now = exchange.server.clock.now()
            let remarks = try await exchange.server.ledger.read { snapshot in
                var inquiry = OptInInquiry(snapshot: snapshot, at: max(now, snapshot.lastRecordedAt))
                return try Dictionary(indexes.map { ($0, try inquiry.remarks(on: $0)) }) { first, _ in first }
            }
            return outcomes.map { outcome in
                let more = (try? outcome.result.get().index).flatMap { remarks[$0] } ?? []
                return more.isEmpty ? outcome : NativeOutcome(result: outcome.result, remarks: outcome.remarks + more)
            }
        } catch {
            // They are recorded all the same, and that is what is answered.
            exchange.server.logger.warning(
                "nobody looked whether opt-ins count",
                metadata: ["code": "\(Problem(error).code)", "request-id": "\(exchange.id)"])
            return outcomes
        }
    }

    /// Asks of each opt-in of a request whether it counts: as whoever wants to send would.
    private struct OptInInquiry {
        let snapshot: LedgerSnapshot
        let at: Timestamp
        private var explained = 0

        init(snapshot: LedgerSnapshot, at: Timestamp) {
            self.snapshot = snapshot
            self.at = at
        }

        mutating func remarks(on index: UInt64) throws -> [String] {
            let logged = try LoggedEvent(snapshot.record(at: index))
            guard let event = logged.event, UncountedOptIns.optIns.contains(event.type),
                let business = logged.record.business, let handle = logged.record.handles.first,
                let address = try snapshot.address(of: handle)
            else { return [] }
            var remarks: [String] = []
            if let request = try snapshot.erasureRequest(of: handle) {
                remarks.append(
                    "the person asked to be erased (record \(request.record)), so that nothing is sent to them all the same"
                )
            }
            let scope = try scope(of: event, handle)
            guard let first = scope.categories.first else { return remarks }
            for channel in scope.channels {
                let question = Question(
                    business: business, channel: channel, category: first,
                    alsoAbout: Array(scope.categories.dropFirst()), sender: event.senders?.first, at: at)
                guard try !isCarried(question, by: index, scope.categories, address) else { continue }
                guard explained < UncountedOptIns.most else {
                    return remarks + [
                        "whether it counts was not looked at, after \(explained) others; ask /v1/decisions"
                    ]
                }
                explained += 1
                remarks += try reasons(question, index, address)
            }
            return remarks
        }

        /// What it is about: a confirmation may leave that to what it confirms.
        private func scope(
            of event: Event, _ handle: ContactHandle
        ) throws -> (channels: [String], categories: [String]) {
            var carrier = event
            if let request = event.bytes(.request), event.type == .consentConfirmed {
                for case .event(let asked) in try snapshot.timeline(of: handle).entries.map(\.payload)
                where asked.id.bytes == request { carrier = asked }
            }
            return (
                event.channels ?? carrier.channels ?? [], event.categories ?? carrier.categories ?? []
            )
        }

        /// Whether the answer is yes, and rests on that record for all the categories.
        private func isCarried(
            _ question: Question, by index: UInt64, _ categories: [String], _ address: ContactAddress
        ) throws -> Bool {
            let decision = try snapshot.decide(question, contact: address).decision
            return decision.outcome == .allow
                && categories.allSatisfy { category in
                    decision.reasons.contains {
                        $0.records.contains(index) && ($0.category ?? category) == category
                    }
                }
        }

        /// Why it does not count, a sentence a reason; nothing where it does, beside others.
        private func reasons(_ question: Question, _ index: UInt64, _ address: ContactAddress) throws -> [String] {
            let explanation = try snapshot.explain(question, contact: address)
            var found: [(why: String, categories: [String])] = []
            for cell in explanation.cells {
                guard let category = cell.category, let why = why(cell, category, index, explanation.decision) else {
                    continue
                }
                if let position = found.firstIndex(where: { $0.why == why }) {
                    found[position].categories.append(category)
                } else {
                    found.append((why, [category]))
                }
            }
            return found.map {
                "it does not count for \($0.categories.joined(separator: ", ")) by \(question.channel): \($0.why)"
            }
        }

        private func why(
            _ cell: Explanation.Cell, _ category: String, _ index: UInt64, _ decision: Decision
        ) -> String? {
            guard let record = cell.records.first(where: { $0.index == index }) else { return nil }
            switch record.bearing {
            case .doesNotCount: return record.code.map(Self.sentence)
            // What is wrong with it decides.
            case .decides where decision.outcome == .deny:
                return decision.reasons.first {
                    $0.records.contains(index) && ($0.category ?? category) == category
                }.map { Self.sentence($0.code) }
            case .overtaken:
                guard let later = cell.records.first(where: { $0.index == record.by }), later.event.type.isRestriction
                else { return nil }
                return "record \(later.index), a \(later.event.type.name), ends it"
            default: return nil
            }
        }

        private static func sentence(_ code: Reason.Code) -> String { "\(code.meaning) (\(code.rawValue))" }
    }
}
