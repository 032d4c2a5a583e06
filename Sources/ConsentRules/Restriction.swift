internal import ConsentModel

/// Something that speaks against sending.
struct Restriction {
    let event: Event
    let index: UInt64
    /// From when on it binds.
    let from: Timestamp
    /// A grant must be later than this.
    let through: Timestamp
    /// Whether it holds whatever was granted later.
    let isStop: Bool
    /// The rule by which it is wider than it says, if one makes it so.
    let widening: RuleReference?
    let reason: Reason

    /// Why it stops a message that rests on something else than consent: there the rule that widens it counts.
    var stoppingReason: Reason { Reason(reason.code, reason.records, time: reason.time, rule: widening) }

    static func isEarlier(_ left: Self, _ right: Self) -> Bool {
        (left.through, left.index) < (right.through, right.index)
    }

    /// The restrictions among one contact's acts that cover the question and stand at the time asked about. What lifts
    /// one must be in the same contact's timeline: permissions do not cross links.
    static func standing(in acts: [Act], _ scope: QuestionScope) -> [Restriction] {
        // The few that can lift one, so that many stops are not each held against all others.
        let lifting = acts.filter { $0.event.type == .consentResumed || $0.event.type == .reviewDecided }
        return acts.compactMap { act in
            guard let (code, isStop) = kind(of: act, lifting, scope) else { return nil }
            let covers = covers(act.event, scope)
            let widening = covers && scope.isNamed(by: act.event) ? nil : scope.widening(of: act.event)
            guard covers || widening != nil else { return nil }
            // What is found invalid never was consent, at no time.
            let from = act.event.type == .consentInvalidated ? Timestamp.epoch : act.earliest
            guard from <= scope.at, !isResumed(act, lifting, scope) else { return nil }
            let time = act.event.occurredAt == nil ? nil : act.earliest
            return Restriction(
                event: act.event, index: act.index, from: from, through: through(act, acts), isStop: isStop,
                widening: widening, reason: Reason(code, [act.index], time: time, rule: covers ? nil : widening))
        }
    }

    /// The moment after which an opt-in must be. Who ends an opt-in by naming it knew it, whatever a clock says: so that no
    /// older one answers again.
    private static func through(_ act: Act, _ acts: [Act]) -> Timestamp {
        guard act.event.type != .consentInvalidated, let concerned = act.event.bytes(.concerns),
            let optIn = acts.first(where: { $0.event.id.bytes == concerned && optIns.contains($0.event.type) })
        else { return act.latest }
        return max(act.latest, optIn.earliest)
    }

    private static let optIns: Set<EventType> = [
        .consentRequested, .consentGiven, .consentConfirmed, .consentRenewed,
    ]

    private static func kind(
        of act: Act, _ lifting: [Act], _ scope: QuestionScope
    ) -> (code: Reason.Code, isStop: Bool)? {
        switch act.event.type {
        case .consentWithdrawn, .objected:
            if act.event[.doNotContact] != nil, !scope.isExemptFromDoNotContact { return (.doNotContact, true) }
            return (act.event.type == .objected ? .objected : .withdrawn, false)
        case .consentRefused: return (.refused, false)
        case .consentRevoked: return (.revoked, false)
        case .consentInvalidated: return (.invalidated, false)
        case .basisEnded where act.event.text(.basis) == "consent": return (.revoked, false)
        case .complained: return (.complained, true)
        case .blocked: return (.blocked, true)
        case .reported: return (.reported, true)
        case .reviewDecided where act.event.text(.outcome) == "opt-out": return (.withdrawn, false)
        case .reviewOpened: return reviewKind(act, lifting, scope)
        default: return nil
        }
    }

    /// A review holds until it is decided; an opt-out once decided stays one.
    private static func reviewKind(
        _ review: Act, _ lifting: [Act], _ scope: QuestionScope
    ) -> (code: Reason.Code, isStop: Bool)? {
        let decisions = lifting.filter {
            $0.event.type == .reviewDecided && $0.event.bytes(.concerns) == review.event.id.bytes
                && $0.permitsFrom <= scope.at
        }
        if decisions.contains(where: { $0.event.text(.outcome) == "opt-out" }) { return (.withdrawn, false) }
        let isDismissed = decisions.contains { !$0.isSuspect && isWithin(review.event, $0.event) }
        return isDismissed ? nil : (.heldForReview, true)
    }

    /// A do-not-contact covers everything, whatever scope came with it.
    private static func covers(_ event: Event, _ scope: QuestionScope) -> Bool {
        event[.doNotContact] != nil || scope.isCovered(byRestriction: event)
    }

    private static func isResumed(_ act: Act, _ lifting: [Act], _ scope: QuestionScope) -> Bool {
        lifting.contains { $0.undoes(act) && $0.permitsFrom <= scope.at }
    }

    /// Whether the scope of `narrow` is that of `wide` or narrower; what is not named is everything.
    static func isWithin(_ narrow: Event, _ wide: Event) -> Bool {
        func isWithin(_ narrow: [String]?, _ wide: [String]?) -> Bool {
            guard let wide else { return true }
            return narrow?.allSatisfy(wide.contains) ?? false
        }
        return isWithin(narrow.channels, wide.channels) && isWithin(narrow.categories, wide.categories)
            && isWithin(narrow.senders, wide.senders) && isWithin(narrow.brands, wide.brands)
            // What is stopped for senders and brands is more than for either.
            && (wide.senders == nil || wide.brands != nil || narrow.brands == nil)
            && (wide.brands == nil || wide.senders != nil || narrow.senders == nil)
    }
}
