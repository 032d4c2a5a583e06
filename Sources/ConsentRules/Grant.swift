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
    /// The rule by which it counts without its words, if it does so.
    let acceptance: (until: Timestamp, rule: RuleReference)?
    /// From when on it no longer counts, and the rule that says so unless it does itself.
    let end: (time: Timestamp, rule: RuleReference?)?

    /// Whether it comes from records kept elsewhere.
    var isTakenOver: Bool { events.contains(where: \.isTakenOver) }

    /// The records it rests on.
    var records: [UInt64] { carrier.index == index ? [index] : [carrier.index, index] }

    static func isEarlier(_ left: Self, _ right: Self) -> Bool {
        (left.time, left.index) < (right.time, right.index)
    }
}

extension Grant {
    /// The grants among the contact's own acts. `restrictions` are those that stand against the question.
    static func all(
        in acts: [Act], against restrictions: [Restriction], _ scope: QuestionScope, words: NoticeWords
    ) throws(RulesError) -> [Grant] {
        var grants: [Grant] = []
        for act in acts where act.permitsFrom <= scope.at {
            var grant: Grant?
            switch act.event.type {
            case .consentGiven, .consentRenewed:
                guard scope.isCovered(byGrant: act.event) else { continue }
                let code: Reason.Code = act.event.type == .consentGiven ? .consentGiven : .consentRenewed
                grant = try Grant(act, carrier: act, code, problem: nil, restrictions, scope, words)
            case .consentConfirmed: grant = try confirmation(act, acts, restrictions, scope, words)
            default: continue
            }
            if let grant { grants.append(grant) }
        }
        return grants
    }

    private init?(
        _ act: Act, carrier: Act, _ code: Reason.Code, problem: Reason?, _ restrictions: [Restriction],
        _ scope: QuestionScope, _ words: NoticeWords
    ) throws(RulesError) {
        events = act.index == carrier.index ? [act.event] : [carrier.event, act.event]
        // An opt-out that names a grant ends that grant, whatever the clocks said.
        let isEnded = restrictions.contains { [events] restriction in
            guard let concerned = restriction.event.bytes(.concerns) else { return false }
            return events.contains { $0.id.bytes == concerned }
        }
        guard !isEnded else { return nil }
        let notice = scope.notice(of: carrier)
        guard scope.isCovered(byBrandOf: notice) else { return nil }
        index = act.index
        self.code = code
        time = act.earliest
        self.carrier = carrier
        isReconstructed = notice?.shown != nil
        acceptance = carrier.event.notice == nil ? scope.conditions.unknownNoticeAccepted(at: scope.at) : nil
        end = Self.end(of: carrier, givenAt: act.earliest, scope)
        let plain =
            problem ?? Self.suspicion(of: act) ?? Self.suspicion(of: carrier)
            ?? (acceptance == nil ? Self.problem(with: notice, of: carrier) : nil)
            ?? Self.problem(withManner: act, carrier, code, scope)
        // Whether the words say what they must is looked at last: it is the most work, and may be an error.
        self.problem = if let plain { plain } else { try Self.problem(withWords: notice, of: carrier, scope, words) }
    }

    private static func end(
        of carrier: Act, givenAt time: Timestamp, _ scope: QuestionScope
    ) -> (time: Timestamp, rule: RuleReference?)? {
        let own = carrier.event.time(.expiresAt)
        guard let limit = scope.conditions.consentLasts else { return own.map { ($0, nil) } }
        let byRule = time.adding(milliseconds: limit.milliseconds)
        if let own, own <= byRule { return (own, nil) }
        return (byRule, limit.rule)
    }

    /// How it was verified and presented, where rules ask about that.
    private static func problem(
        withManner act: Act, _ carrier: Act, _ code: Reason.Code, _ scope: QuestionScope
    ) -> Reason? {
        guard !scope.conditions.conditions.isEmpty else { return nil }
        var verifications = [act, carrier].compactMap { $0.event.text(.verification) }
        if code == .consentConfirmed { verifications.append("double-opt-in") }
        for event in [carrier.event, act.event] {
            var presentation: Presentation?
            if case .presentation(let said) = event[.presentation] { presentation = said }
            if let problem = scope.conditions.problem(verifications: verifications, presentation: presentation) {
                return Reason(
                    problem.code, carrier.index == act.index ? [act.index] : [carrier.index, act.index],
                    rule: problem.rule)
            }
        }
        return nil
    }

    private static func problem(
        withWords notice: Catalog.Notice?, of carrier: Act, _ scope: QuestionScope, _ words: NoticeWords
    ) throws(RulesError) -> Reason? {
        guard let notice else { return nil }
        let missing = try words.missing(in: notice, shownAt: carrier.earliest, scope)
        guard let first = missing.first else { return nil }
        return Reason(
            .noticeDefective, [carrier.index, notice.window.from], time: carrier.earliest, rule: first.rule,
            missing: missing)
    }

    /// A confirmation carries what its request asked for, no more; within the request's validity, both times known, and
    /// with no opt-out between the two.
    private static func confirmation(
        _ act: Act, _ acts: [Act], _ restrictions: [Restriction], _ scope: QuestionScope, _ words: NoticeWords
    ) throws(RulesError) -> Grant? {
        guard
            let request = acts.first(where: {
                $0.event.type == .consentRequested && $0.event.id.bytes == act.event.bytes(.request)
            }),
            scope.isCovered(byGrant: request.event), act.event.channels?.contains(scope.channel) ?? true,
            act.event.categories?.contains(scope.category.id) ?? true
        else { return nil }
        let lapses = request.lapses(after: scope.conditions.requestLasts)
        var problem: Reason?
        if request.event.occurredAt == nil || act.event.occurredAt == nil || act.earliest < request.earliest
            || act.latest > lapses
        {
            problem = Reason(.confirmationTooLate, [request.index, act.index], time: lapses)
        }
        if let between = restrictions.first(where: { $0.through >= request.earliest && $0.from <= act.latest }) {
            problem = Reason(.confirmationAfterWithdrawal, [between.index, act.index], time: between.reason.time)
        }
        return try Grant(act, carrier: request, .consentConfirmed, problem: problem, restrictions, scope, words)
    }

    private static func suspicion(of act: Act) -> Reason? {
        act.isSuspect ? Reason(.sourceCompromised, [act.index]) : nil
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
    /// When a request can no longer be confirmed; `usual` is how long one that does not say may be.
    func lapses(after usual: UInt64) -> Timestamp { earliest.adding(milliseconds: event.number(.validFor) ?? usual) }
}
