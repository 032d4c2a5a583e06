internal import ConsentModel

/// A contact's acts as they bear on one category of a question.
struct ContactHistory {
    let scope: QuestionScope
    /// Why the address no longer reaches the contact, if it does not.
    let closing: Reason?
    /// The contact's own acts, without those voided.
    let acts: [Act]
    /// Those of linked contacts that bind this one, without those voided.
    let linkedActs: [Act]
    /// What stands against sending, that of linked contacts included.
    let restrictions: [Restriction]
    /// Whether nothing at all is recorded about the contact and those linked to it.
    let isEmpty: Bool
    let question: Question
    let words: NoticeWords

    func decide() throws(RulesError) -> Decision {
        if let against = standingAgainst { return deny(against) }
        if question.purpose == .confirmationRequest { return try requestAnswer() }
        if scope.category.categoryClass == "service" { return try serviceAnswer() }
        let consent = try consentAnswer()
        guard consent.outcome == .deny, let basis = basisAnswer() else { return consent }
        guard basis.outcome == .deny else { return required(consent, insteadOf: basis) }
        return Decision(outcome: .deny, reasons: basis.reasons + others(consent, besides: basis.reasons))
    }

    /// What denies whatever was granted.
    private var standingAgainst: Reason? {
        if let retirement = scope.retirement { return Reason(.categoryRetired, [retirement]) }
        return closing ?? restrictions.filter(\.isStop).max(by: Restriction.isEarlier)?.reason
    }

    /// A yes that rests on something else than consent, unless a rule asks for consent: then `consent`, with the rule.
    private func required(_ consent: Decision, insteadOf answer: Decision) -> Decision {
        let recorded = answer.reasons.contains { $0.code == .basisRecorded } ? scope.category.basis : nil
        guard let rule = scope.conditions.consentRequired(besides: recorded) else { return answer }
        let required = Reason(.consentRequired, rule: rule)
        return Decision(outcome: .deny, reasons: [required] + others(consent, besides: []))
    }

    /// Why consent does not carry the message, beside other reasons.
    private func others(_ consent: Decision, besides reasons: [Reason]) -> [Reason] {
        consent.reasons.filter { reason in
            reason.code != .noConsent && reason.code != .noRecord
                && !reasons.contains { $0.code == reason.code && $0.records == reason.records }
        }
    }

    private func deny(_ reason: Reason) -> Decision { Decision(outcome: .deny, reasons: [reason]) }
}

/// The layer of grants.
extension ContactHistory {
    private func consentAnswer() throws(RulesError) -> Decision {
        let grants = try Grant.all(in: acts, against: restrictions, scope, words: words)
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
        if let request = pendingRequest() { return deny(Reason(.pending, [request.index], time: request.earliest)) }
        return deny(Reason(isEmpty ? .noRecord : .noConsent))
    }

    /// Of grants at the same moment the least permissive one counts.
    private func answer(_ grant: Grant, amongSimultaneous grants: [Grant]) -> Decision {
        for grant in grants {
            guard let end = grant.end, end.time <= scope.at else { continue }
            return deny(Reason(.expired, [grant.index], time: end.time, rule: end.rule))
        }
        var reasons = [Reason(grant.code, grant.records, time: grant.time)]
        if grant.isReconstructed { reasons.append(Reason(.noticeReconstructed, [grant.carrier.index])) }
        if let acceptance = grant.acceptance {
            reasons.append(
                Reason(.noticeUnknownAccepted, [grant.carrier.index], time: acceptance.until, rule: acceptance.rule))
        }
        let ends = grants.compactMap(\.end?.time) + [grant.acceptance?.until].compactMap(\.self)
        return Decision(outcome: .allow, reasons: reasons, lapsesAt: ends.min())
    }

    /// The last request that covers the question and may still be confirmed.
    private func pendingRequest() -> Act? {
        acts.last {
            $0.event.type == .consentRequested && scope.isCovered(byGrant: $0.event) && $0.permitsFrom <= scope.at
                && $0.lapses(after: scope.conditions.requestLasts) >= scope.at
        }
    }

    /// Whether a pending contact may be asked for its confirmation: once, unless it opted out since it was to be asked.
    private func requestAnswer() throws(RulesError) -> Decision {
        guard let request = pendingRequest() else { return deny(Reason(.noPendingRequest)) }
        if request.isSuspect { return deny(Reason(.sourceCompromised, [request.index])) }
        let against = restrictions.filter { restriction in
            // As with a confirmation, an imported request revives nothing.
            restriction.through >= request.earliest || (request.event.isTakenOver && restriction.index < request.index)
        }
        if let against = against.max(by: Restriction.isEarlier) { return deny(against.reason) }
        let isConfirmed = try Grant.all(in: acts, against: restrictions, scope, words: words).contains {
            $0.problem == nil && $0.code == .consentConfirmed && $0.carrier.index == request.index
        }
        guard !isConfirmed else { return deny(Reason(.noPendingRequest, [request.index])) }
        let sent = question.uses.first { $0.purpose == .confirmationRequest && $0.concerns == request.index }
        if let sent { return deny(Reason(.alreadyRequested, [request.index], time: sent.at)) }
        guard question.hasAllUses(since: request.recordedAt) else {
            return deny(Reason(.sentUnknown, [request.index]))
        }
        // The last moment at which it may be confirmed is still one.
        let lapses = request.lapses(after: scope.conditions.requestLasts).adding(milliseconds: 1)
        return Decision(
            outcome: .allow, reasons: [Reason(.confirmationRequest, [request.index], time: request.earliest)],
            lapsesAt: lapses)
    }
}

/// Bases other than consent.
extension ContactHistory {
    /// The answer where the category rests on another basis; `nil` where it rests on consent alone.
    private func basisAnswer() -> Decision? {
        let basis = scope.category.basis
        guard basis != "consent" else { return nil }
        if let against = restrictions.filter({ stops($0, basis) }).max(by: Restriction.isEarlier) {
            return deny(against.stoppingReason)
        }
        let ends = (acts + linkedActs).filter {
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
                outcome: .allow, reasons: [Reason(.basisRecorded, [beginning.index], time: beginning.permitsFrom)],
                lapsesAt: beginning.event.time(.expiresAt))
        }
        // What the ledger holds as ended is not asserted back; its new beginning is recorded.
        if let end = ends.max(by: { ($0.latest, $0.index) < ($1.latest, $1.index) }) {
            return deny(Reason(.noBasis, [end.index], time: end.latest))
        }
        if question.assertedBasis == basis { return Decision(outcome: .allow, reasons: [Reason(.basisAsserted)]) }
        return deny(Reason(isEmpty ? .noRecord : .noBasis))
    }

    /// An opt-out stops legitimate interest as it stops consent. A contract goes on unless the person named the very
    /// category or its class, or a rule makes every opt-out as wide; a legal obligation goes on.
    private func stops(_ restriction: Restriction, _ basis: String) -> Bool {
        switch basis {
        case "legitimate-interest": true
        case "contract": restriction.widening != nil || scope.isNamed(by: restriction.event)
        default: false
        }
    }
}

/// The class service: answers to what the person wrote, and nothing else.
extension ContactHistory {
    private func serviceAnswer() throws(RulesError) -> Decision {
        guard let message = question.replyingTo, message <= scope.at else {
            return deny(Reason(.noMessageToAnswer, time: question.replyingTo))
        }
        let window = scope.conditions.serviceWindow
        let end = message.adding(milliseconds: window.milliseconds)
        guard scope.at < end else { return deny(Reason(.outsideServiceWindow, time: end, rule: window.rule)) }
        let consent = try consentAnswer()
        let reply = Reason(.replying, time: message, rule: window.rule)
        if consent.outcome == .allow {
            return Decision(
                outcome: .allow, reasons: [reply] + consent.reasons,
                lapsesAt: [end, consent.lapsesAt].compactMap(\.self).min())
        }
        // Who wrote after an opt-out of everything wants an answer; not so who named this very kind of message.
        let against = restrictions.filter { restriction in
            restriction.through >= message || restriction.widening != nil || scope.isNamed(by: restriction.event)
        }
        if let against = against.max(by: Restriction.isEarlier) { return deny(against.stoppingReason) }
        return required(consent, insteadOf: Decision(outcome: .allow, reasons: [reply], lapsesAt: end))
    }
}
