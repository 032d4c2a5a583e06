internal import ConsentModel

extension Act {
    /// Whether this `consent-resumed` undoes `withdrawal`: that came before it by the same known channel, and its scope is
    /// the same or narrower.
    func undoes(_ withdrawal: Act) -> Bool {
        guard event.type == .consentResumed, withdrawal.event.type == .consentWithdrawn,
            let via = withdrawal.event.via
        else { return false }
        return event.via == via && !isSuspect && earliest > withdrawal.latest
            && (withdrawal.event[.doNotContact] == nil || event[.doNotContact] != nil)
            && Restriction.isWithin(withdrawal.event, event)
    }
}

extension DecisionRules {
    /// The records of the opt-outs that the `consent-resumed` in record `index` undoes and no other one does, ascending;
    /// none where there was nothing to undo.
    public func withdrawals(undoneBy index: UInt64, in timeline: ContactTimeline) -> [UInt64] {
        let acts = timeline.entries.compactMap { entry -> Act? in
            guard case .event(let event) = entry.payload else { return nil }
            let isSuspect = catalog.isSuspect(entry.keyIdentifier, recordedAt: entry.recordedAt, size: .max)
            return Act(event: event, index: entry.index, recordedAt: entry.recordedAt, isSuspect: isSuspect)
        }.withoutVoided()
        guard let resumption = acts.first(where: { $0.index == index }) else { return [] }
        let others = acts.filter { $0.index != index }
        return others.filter { act in resumption.undoes(act) && !others.contains { $0.undoes(act) } }.map(\.index)
    }
}
