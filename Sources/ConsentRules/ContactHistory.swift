internal import ConsentModel

/// A contact's acts as they bear on one question.
struct ContactHistory {
    let scope: QuestionScope
    /// Why the address no longer reaches the contact, if it does not.
    let closing: Reason?
    /// The contact's own acts, without those voided.
    let acts: [Act]
    /// What stands against sending, that of linked contacts included.
    let restrictions: [Restriction]
    /// Whether nothing at all is recorded about the contact and those linked to it.
    let isEmpty: Bool
    let assertedBasis: String?

    func decide() -> Decision {
        if let retirement = scope.retirement { return deny(Reason(.categoryRetired, [retirement])) }
        if let closing { return deny(closing) }
        if let stop = restrictions.filter(\.isStop).max(by: Restriction.isEarlier) { return deny(stop.reason) }
        let consent = consentAnswer()
        guard consent.outcome == .deny, let basis = basisAnswer() else { return consent }
        guard basis.outcome == .deny else { return basis }
        // Beside why the basis does not carry it, why consent does not either.
        let others = consent.reasons.filter {
            $0.code != .noConsent && $0.code != .noRecord && !basis.reasons.contains($0)
        }
        return Decision(outcome: .deny, reasons: basis.reasons + others)
    }

    private func deny(_ reason: Reason) -> Decision { Decision(outcome: .deny, reasons: [reason]) }
}

/// The layer of grants.
extension ContactHistory {
    private func consentAnswer() -> Decision {
        let grants = Grant.all(in: acts, against: restrictions, scope)
        let sound = grants.filter { $0.problem == nil }
        // What is taken over from elsewhere does not revive what the ledger held as ended when it came.
        let counting = sound.filter { grant in
            !grant.isTakenOver || !restrictions.contains { $0.index < grant.index }
        }
        let last = restrictions.max(by: Restriction.isEarlier)
        if let grant = counting.max(by: Grant.isEarlier), last.map({ grant.time > $0.through }) ?? true {
            return answer(grant, amongSimultaneous: counting.filter { $0.time == grant.time })
        }
        if let last {
            // Beside what denies, why the latest opt-in after it does not count.
            let later = grants.filter { $0.time > last.through }.max(by: Grant.isEarlier)
            let why = later.map { $0.problem ?? Reason(.importDoesNotRevive, [$0.index], time: $0.time) }
            return Decision(outcome: .deny, reasons: [last.reason] + (why.map { [$0] } ?? []))
        }
        if let problem = grants.max(by: Grant.isEarlier)?.problem { return deny(problem) }
        if let request = pendingRequest() { return deny(request) }
        return deny(Reason(isEmpty ? .noRecord : .noConsent))
    }

    /// Of grants at the same moment the least permissive one counts.
    private func answer(_ grant: Grant, amongSimultaneous grants: [Grant]) -> Decision {
        if let expired = grants.first(where: { $0.isExpired(at: scope.at) }) {
            return deny(Reason(.expired, [expired.index], time: expired.carrier.event.time(.expiresAt)))
        }
        var reasons = [Reason(grant.code, grant.records, time: grant.time)]
        if grant.isReconstructed { reasons.append(Reason(.noticeReconstructed, [grant.carrier.index])) }
        return Decision(outcome: .allow, reasons: reasons)
    }

    private func pendingRequest() -> Reason? {
        let request = acts.last {
            $0.event.type == .consentRequested && scope.isCovered(byGrant: $0.event) && $0.permitsFrom <= scope.at
                && $0.lapses >= scope.at
        }
        return request.map { Reason(.pending, [$0.index], time: $0.earliest) }
    }
}

/// Bases other than consent.
extension ContactHistory {
    /// The answer where the category rests on another basis; `nil` where it rests on consent alone.
    private func basisAnswer() -> Decision? {
        let basis = scope.category.basis
        guard basis != "consent" else { return nil }
        if let against = restrictions.filter({ stops($0, basis) }).max(by: Restriction.isEarlier) {
            return deny(against.reason)
        }
        let ends = acts.filter {
            $0.event.type == .basisEnded && $0.event.text(.basis) == basis && $0.earliest <= scope.at
                && scope.isCovered(byRestriction: $0.event)
        }
        let beginning = acts.last { act in
            act.event.type == .basisBegan && act.event.text(.basis) == basis && !act.isSuspect
                && scope.isCovered(byGrant: act.event) && act.permitsFrom <= scope.at
                && act.event.time(.expiresAt).map { $0 > scope.at } ?? true
                && !ends.contains { $0.latest >= act.earliest }
        }
        if let beginning {
            return Decision(
                outcome: .allow, reasons: [Reason(.basisRecorded, [beginning.index], time: beginning.permitsFrom)])
        }
        // What the ledger holds as ended is not asserted back; its new beginning is recorded.
        if let end = ends.last { return deny(Reason(.noBasis, [end.index], time: end.latest)) }
        if assertedBasis == basis { return Decision(outcome: .allow, reasons: [Reason(.basisAsserted)]) }
        return deny(Reason(isEmpty ? .noRecord : .noBasis))
    }

    /// An opt-out stops legitimate interest as it stops consent. A contract goes on unless the person named the very
    /// category or its class; a legal obligation goes on.
    private func stops(_ restriction: Restriction, _ basis: String) -> Bool {
        switch basis {
        case "legitimate-interest": true
        case "contract": scope.isNamed(by: restriction.event)
        default: false
        }
    }
}
