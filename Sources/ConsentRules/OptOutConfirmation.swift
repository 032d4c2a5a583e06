internal import ConsentModel

/// Whether an opt-out may be confirmed: once, by the channel it came by, and soon.
struct OptOutConfirmation {
    let question: Question
    /// Why the address no longer reaches the contact, if it does not.
    let closing: Reason?
    /// The contact's own acts, without those voided.
    let acts: [Act]
    /// What stands against messages of class service, that of linked contacts included.
    let restrictions: [Restriction]
    /// The question about each category that the opt-out should be of; empty where it may be of any.
    let scopes: [QuestionScope]
    /// How soon after its recording, and the rule that says so where one does.
    let window: (milliseconds: UInt64, rule: RuleReference?)

    func decide() -> Decision {
        if let closing { return deny(closing) }
        // That the person opted out is what is confirmed; who complained or blocked wants silence.
        let stops = restrictions.filter { $0.isStop && $0.reason.code != .doNotContact }
        if let stop = stops.max(by: Restriction.isEarlier) { return deny(stop.reason) }
        if let silence = acts.last(where: asksForSilence) {
            let code: Reason.Code =
                switch silence.event.type {
                case .blocked: .blocked
                case .reported: .reported
                default: .complained
                }
            return deny(Reason(code, [silence.index], time: silence.event.occurredAt.map { _ in silence.earliest }))
        }
        guard let optOut = last else { return deny(Reason(.noOptOutToConfirm)) }
        let confirmation = question.uses.first { $0.purpose == .optOutConfirmation && $0.concerns == optOut.index }
        if let confirmation { return deny(Reason(.optOutConfirmed, [optOut.index], time: confirmation.at)) }
        guard question.hasAllUses(since: optOut.recordedAt) else { return deny(Reason(.sentUnknown, [optOut.index])) }
        let end = optOut.recordedAt.adding(milliseconds: window.milliseconds)
        guard question.at <= end else {
            return deny(Reason(.optOutConfirmationTooLate, [optOut.index], time: end, rule: window.rule))
        }
        let reason = Reason(.optOutConfirmation, [optOut.index], time: optOut.recordedAt, rule: window.rule)
        return Decision(outcome: .allow, reasons: [reason], lapsesAt: end.adding(milliseconds: 1))
    }

    /// The opt-out that is to be confirmed.
    var last: Act? { acts.last(where: isStanding) }

    /// What a record of the contact, or of one linked to it, does to an answer that does not rest on it.
    func bearing(of act: Act, isOfLinked: Bool) -> (bearing: Explanation.Bearing, by: UInt64?) {
        if restrictions.contains(where: { $0.index == act.index && $0.isStop && $0.reason.code != .doNotContact }) {
            return (.restricts, nil)
        }
        guard !isOfLinked else { return (.noBearing, nil) }
        if asksForSilence(act) { return (.restricts, nil) }
        guard act.event.type == .consentWithdrawn || act.event.type == .objected else { return (.noBearing, nil) }
        if act.recordedAt > question.at { return (.later, nil) }
        if let resumption = acts.first(where: { $0.undoes(act) && $0.permitsFrom <= question.at }) {
            return (.undone, resumption.index)
        }
        guard isStanding(act) else { return (.otherScope, nil) }
        return last.flatMap { $0.index == act.index ? nil : (.overtaken, $0.index) } ?? (.permits, nil)
    }

    private func isStanding(_ act: Act) -> Bool {
        guard act.event.type == .consentWithdrawn || act.event.type == .objected, act.event.via == question.channel,
            act.recordedAt <= question.at, !acts.contains(where: { $0.undoes(act) && $0.permitsFrom <= question.at })
        else { return false }
        return scopes.allSatisfy { act.event[.doNotContact] != nil || $0.isCovered(byRestriction: act.event) }
    }

    /// A complaint, a block or a report of whatever scope, by now.
    private func asksForSilence(_ act: Act) -> Bool {
        [.complained, .blocked, .reported].contains(act.event.type) && act.earliest <= question.at
    }

    private func deny(_ reason: Reason) -> Decision { Decision(outcome: .deny, reasons: [reason]) }
}
