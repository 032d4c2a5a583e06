internal import ConsentModel

/// Answers questions from a contact's timeline and the catalog, by the rules of DESIGN §7. Pure: the same input gives
/// the same answer, today and in years.
public struct DecisionRules: Sendable {
    /// How long a request waits for its confirmation unless it says so, in milliseconds: seven days.
    public static let defaultRequestValidity: UInt64 = 7 * OccurredAt.day

    let catalog: Catalog

    public init(catalog: Catalog) {
        self.catalog = catalog
    }

    /// The answer for the contact of `timeline`; `nil` is a contact without any record. `linked` are the
    /// contacts linked to it: their restrictions count here, as far as they bind it, and their grants never do. Throws when there is no answer:
    /// an unknown business, category, channel or sender, or a record that this software does not understand. What may
    /// not be known by `question.knownAt`, records of the catalog included, is as if it were not there.
    public func decide(
        _ question: Question, timeline: ContactTimeline?, linked: [LinkedContact] = []
    ) throws(RulesError) -> Decision {
        let scope = try QuestionScope(question, catalog: catalog)
        let size = catalog.size(knownAt: question.knownAt)
        let all = try acts(of: timeline, question, size: size)
        let own = all.withoutVoided()
        var isEmpty = all.isEmpty
        var restrictions: [Restriction] = []
        for contact in linked {
            let acts = try acts(of: contact.timeline, question, size: size)
            isEmpty = isEmpty && acts.isEmpty
            restrictions += Restriction.standing(
                in: acts.withoutVoided().recorded(before: contact.until), scope)
        }
        restrictions += Restriction.standing(in: own, scope)
        return ContactHistory(
            scope: scope, closing: timeline.flatMap { closing(of: $0.handle, all, at: question.at) }, acts: own,
            restrictions: restrictions, isEmpty: isEmpty, assertedBasis: question.assertedBasis
        ).decide()
    }

    /// What may be known of the contact. A record of unknown type could change the answer, so there is none (DESIGN §5).
    private func acts(
        of timeline: ContactTimeline?, _ question: Question, size: UInt64
    ) throws(RulesError) -> [Act] {
        var acts: [Act] = []
        for entry in timeline?.entries ?? []
        where question.knownAt.includes(index: entry.index, recordedAt: entry.recordedAt) {
            switch entry.payload {
            case .event(let event):
                let isSuspect = catalog.isSuspect(entry.keyIdentifier, recordedAt: entry.recordedAt, size: size)
                acts.append(
                    Act(event: event, index: entry.index, recordedAt: entry.recordedAt, isSuspect: isSuspect))
            case .unknown(let type, _, _):
                throw RulesError(
                    .notCovered,
                    "record \(entry.index) has the event type \(type), which this version does not know; "
                        + "no answer is given that it could change. Update this software")
            }
        }
        return acts
    }

    /// What closed the address for its contact. Voiding does not open it again: the address has started anew. An erased
    /// contact is closed for every time asked about.
    private func closing(of handle: ContactHandle, _ acts: [Act], at time: Timestamp) -> Reason? {
        let closing = acts.first { act in
            switch act.event.type {
            case .contactErased: true
            case .contactReassigned: act.earliest <= time
            case .contactChanged: act.event.bytes(.fromHandle) == handle.bytes && act.earliest <= time
            default: false
            }
        }
        return closing.map { Reason(.contactClosed, [$0.index], time: $0.recordedAt) }
    }
}
