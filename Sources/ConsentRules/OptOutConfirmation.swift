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

    /// How soon after its recording, in milliseconds: five minutes, within which 47 CFR 64.1200(a)(12) presumes that the
    /// person agrees to one confirmation.
    static let latest: UInt64 = 5 * 60 * 1000

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
        guard let optOut = acts.last(where: isStanding) else { return deny(Reason(.noOptOutToConfirm)) }
        let confirmation = question.uses.first { $0.purpose == .optOutConfirmation && $0.concerns == optOut.index }
        if let confirmation { return deny(Reason(.optOutConfirmed, [optOut.index], time: confirmation.at)) }
        guard question.hasAllUses(since: optOut.recordedAt) else { return deny(Reason(.sentUnknown, [optOut.index])) }
        let end = optOut.recordedAt.adding(milliseconds: Self.latest)
        guard question.at <= end else { return deny(Reason(.optOutConfirmationTooLate, [optOut.index], time: end)) }
        return Decision(
            outcome: .allow, reasons: [Reason(.optOutConfirmation, [optOut.index], time: optOut.recordedAt)],
            lapsesAt: end.adding(milliseconds: 1))
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
