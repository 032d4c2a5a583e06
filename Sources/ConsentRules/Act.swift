public import ConsentModel

/// A record of a contact as the rules read it. What it restricts counts as long as it can have been in force; what it
/// permits, only when it is sure to have been.
struct Act {
    let event: Event
    let index: UInt64
    let recordedAt: Timestamp
    /// Whether its source's key may have been in other hands when it was recorded: such an act can restrict, not permit.
    let isSuspect: Bool

    /// The first moment it can have happened. Nothing happened after it was recorded, whatever a fast clock says; of an
    /// unknown time it can have been any earlier moment.
    var earliest: Timestamp { event.earliest(recordedAt: recordedAt) }

    /// The last moment it can have happened.
    var latest: Timestamp { min(event.occurredAt?.end ?? recordedAt, recordedAt) }

    /// The moment from which it permits: the one it claims or, where it claims none, the one it was recorded at.
    var permitsFrom: Timestamp { event.occurredAt?.start ?? recordedAt }
}

extension Event {
    /// The first moment an event recorded then can have happened.
    public func earliest(recordedAt: Timestamp) -> Timestamp { min(occurredAt?.start ?? .epoch, recordedAt) }

    /// Whether it was taken over from elsewhere: it is marked so, or an import is how it was captured.
    var isTakenOver: Bool { isImported || text(.method) == "import" }

    /// Whether it can turn a no into a yes, voiding aside.
    fileprivate var canPermit: Bool {
        switch type {
        case .consentRequested, .consentGiven, .consentConfirmed, .consentRenewed, .consentResumed, .basisBegan,
            .contactUnlinked:
            true
        case .reviewDecided: text(.outcome) == "dismissed"
        default: false
        }
    }
}

extension [Act] {
    /// The acts that no later `event-voided` of the same contact names. A void that is voided itself does nothing, and one
    /// by a suspect source takes away permissions only.
    func withoutVoided() -> [Act] {
        guard contains(where: { $0.event.type == .eventVoided }) else { return self }
        var voided: Set<[UInt8]> = []
        var doubtful: Set<[UInt8]> = []
        var standing: [Act] = []
        for act in reversed() {
            let id = act.event.id.bytes
            guard !voided.contains(id), !(act.event.canPermit && doubtful.contains(id)) else { continue }
            standing.append(act)
            guard act.event.type == .eventVoided, let concerned = act.event.bytes(.concerns) else { continue }
            if act.isSuspect { doubtful.insert(concerned) } else { voided.insert(concerned) }
        }
        return standing.reversed()
    }

    /// Those recorded before the record `until`, and what decides a review among them later.
    func recorded(before until: UInt64?) -> [Act] {
        guard let until else { return self }
        let reviews = Set(
            filter { $0.index < until && $0.event.type == .reviewOpened }.map(\.event.id.bytes))
        return filter { act in
            act.index < until
                || act.event.type == .reviewDecided && act.event.bytes(.concerns).map(reviews.contains) ?? false
        }
    }
}
