internal import ConsentModel

/// Something that speaks for sending: an opt-in that covers the question and permits at the time asked about.
struct Grant {
    let index: UInt64
    let code: Reason.Code
    /// When it was given; an unknown time is older than everything.
    let time: Timestamp
    /// What says the words and the term: the event itself or, for a confirmation, its request.
    let carrier: Act
    /// The events it rests on: the carrier's and its own.
    let events: [Event]
    /// Why it does not count, if it does not.
    let problem: Reason?
    let isReconstructed: Bool

    /// Whether it comes from records kept elsewhere.
    var isTakenOver: Bool { events.contains(where: \.isTakenOver) }

    /// The records it rests on.
    var records: [UInt64] { carrier.index == index ? [index] : [carrier.index, index] }

    static func isEarlier(_ left: Self, _ right: Self) -> Bool {
        (left.time, left.index) < (right.time, right.index)
    }

    func isExpired(at time: Timestamp) -> Bool { carrier.event.time(.expiresAt).map { $0 <= time } ?? false }
}

extension Grant {
    /// The grants among the contact's own acts. `restrictions` are those that stand against the question.
    static func all(in acts: [Act], against restrictions: [Restriction], _ scope: QuestionScope) -> [Grant] {
        acts.compactMap { act in
            guard act.permitsFrom <= scope.at else { return nil }
            switch act.event.type {
            case .consentGiven, .consentRenewed:
                guard scope.isCovered(byGrant: act.event) else { return nil }
                let code: Reason.Code = act.event.type == .consentGiven ? .consentGiven : .consentRenewed
                return Grant(act, carrier: act, code, problem: nil, restrictions, scope)
            case .consentConfirmed:
                return confirmation(act, acts, restrictions, scope)
            default: return nil
            }
        }
    }

    private init?(
        _ act: Act, carrier: Act, _ code: Reason.Code, problem: Reason?, _ restrictions: [Restriction],
        _ scope: QuestionScope
    ) {
        events = act.index == carrier.index ? [act.event] : [carrier.event, act.event]
        // An opt-out that names a grant ends that grant, whatever the clocks said.
        let ids = events.map(\.id.bytes)
        guard !restrictions.contains(where: { $0.event.bytes(.concerns).map(ids.contains) ?? false }) else {
            return nil
        }
        let notice = scope.notice(of: carrier)
        guard scope.isCovered(byBrandOf: notice) else { return nil }
        index = act.index
        self.code = code
        time = act.earliest
        self.carrier = carrier
        isReconstructed = notice?.shown != nil
        self.problem =
            problem ?? Self.suspicion(of: [act, carrier]) ?? Self.problem(with: notice, of: carrier)
    }

    /// A confirmation carries what its request asked for, no more; within the request's validity, both times known, and
    /// with no opt-out between the two.
    private static func confirmation(
        _ act: Act, _ acts: [Act], _ restrictions: [Restriction], _ scope: QuestionScope
    ) -> Grant? {
        guard
            let request = acts.first(where: {
                $0.event.type == .consentRequested && $0.event.id.bytes == act.event.bytes(.request)
            }),
            scope.isCovered(byGrant: request.event), act.event.channels?.contains(scope.channel) ?? true,
            act.event.categories?.contains(scope.category.id) ?? true
        else { return nil }
        let lapses = request.lapses
        var problem: Reason?
        if request.event.occurredAt == nil || act.event.occurredAt == nil || act.earliest < request.earliest
            || act.latest > lapses
        {
            problem = Reason(.confirmationTooLate, [request.index, act.index], time: lapses)
        }
        if let between = restrictions.first(where: { $0.through >= request.earliest && $0.from <= act.latest }) {
            problem = Reason(.confirmationAfterWithdrawal, [between.index, act.index], time: between.reason.time)
        }
        return Grant(act, carrier: request, .consentConfirmed, problem: problem, restrictions, scope)
    }

    private static func suspicion(of acts: [Act]) -> Reason? {
        acts.first(where: \.isSuspect).map { Reason(.sourceCompromised, [$0.index]) }
    }

    private static func problem(with notice: Catalog.Notice?, of carrier: Act) -> Reason? {
        guard let notice else { return Reason(.noticeUnknown, [carrier.index]) }
        guard notice.couldBeShown(at: carrier.earliest) else {
            guard carrier.event.occurredAt != nil else { return Reason(.optInUndated, [carrier.index]) }
            return Reason(.noticeTooYoung, [carrier.index, notice.window.from], time: carrier.earliest)
        }
        return nil
    }
}

extension Act {
    /// When a request can no longer be confirmed.
    var lapses: Timestamp {
        earliest.adding(milliseconds: event.number(.validFor) ?? DecisionRules.defaultRequestValidity)
    }
}
