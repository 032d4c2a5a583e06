internal import ConsentModel

/// A contact's events as they bear on one question.
struct ContactHistory {
    private let question: Question
    private let scope: QuestionScope
    private let catalog: Catalog
    private let handle: ContactHandle?
    private let own: [ContactTimeline.Entry]
    private let restrictions: [Restriction]
    private let isEmpty: Bool

    /// Something that speaks against sending. It binds from `from` on; a grant must be later than `through`.
    private struct Restriction {
        let event: Event
        let index: UInt64
        let code: Reason.Code
        let from: Timestamp
        let through: Timestamp
        /// Whether it holds whatever was granted later.
        let isStop: Bool
    }

    /// Something that speaks for sending.
    private struct Grant {
        let event: Event
        let index: UInt64
        let code: Reason.Code
        /// When it was given; 1970 if unknown, which is older than everything.
        let time: Timestamp
        /// What carries it: for a confirmation, the request.
        let carrier: Event
        let carrierEntry: ContactTimeline.Entry
        let problem: Reason?
        let isReconstructed: Bool
    }

    init(
        of handle: ContactHandle?, own: [ContactTimeline.Entry], linked: [ContactTimeline.Entry], question: Question,
        scope: QuestionScope, catalog: Catalog
    ) {
        self.handle = handle
        self.question = question
        self.scope = scope
        self.catalog = catalog
        isEmpty = own.isEmpty && linked.isEmpty
        self.own = Self.withoutVoided(own)
        restrictions = Self.restrictions(Self.withoutVoided(linked) + self.own, question, scope)
    }

    func decide() -> Decision {
        if scope.isRetired { return deny(Reason(.categoryRetired, [scope.category.window.until ?? 0])) }
        if let closing = own.lazy.compactMap({ self.closing($0) }).first { return deny(closing) }
        if let stop = restrictions.filter(\.isStop).max(by: { $0.through < $1.through }) { return deny(reason(stop)) }
        let consent = consentAnswer()
        if consent.outcome == .allow { return consent }
        if let basis = basisAnswer() {
            // A basis of its own is asked first; without it, why consent does not carry either is said beside it.
            return basis.outcome == .allow
                ? basis
                : Decision(
                    outcome: .deny,
                    reasons: basis.reasons + consent.reasons.filter { $0.code != .noConsent && $0.code != .noRecord })
        }
        return consent
    }

    private func deny(_ reason: Reason) -> Decision { Decision(outcome: .deny, reasons: [reason]) }

    private func reason(_ restriction: Restriction) -> Reason {
        Reason(restriction.code, [restriction.index], time: restriction.from)
    }
}

/// The layer of grants.
extension ContactHistory {
    private func consentAnswer() -> Decision {
        let grants = grants()
        let last = restrictions.max { ($0.through, $0.index) < ($1.through, $1.index) }
        let carrying = grants.filter { $0.problem == nil }
        let revivable = carrying.filter { grant in
            !(grant.event.isImported || grant.carrier.isImported)
                || !restrictions.contains { $0.index < grant.index }
        }
        if let grant = revivable.max(by: { ($0.time, $0.index) < ($1.time, $1.index) }),
            last.map({ grant.time > $0.through }) ?? true
        {
            // Of grants at the same moment the least permissive one counts.
            let latest = revivable.filter { $0.time == grant.time }
            if let expired = latest.first(where: { isExpired($0) }) {
                return deny(Reason(.expired, [expired.index], time: expired.carrier.time(.expiresAt)))
            }
            var reasons = [
                Reason(
                    grant.code,
                    grant.carrierEntry.index == grant.index ? [grant.index] : [grant.carrierEntry.index, grant.index],
                    time: grant.time)
            ]
            if grant.isReconstructed { reasons.append(Reason(.noticeReconstructed, [grant.carrierEntry.index])) }
            return Decision(outcome: .allow, reasons: reasons)
        }
        if let last {
            var reasons = [reason(last)]
            if let imported = carrying.first(where: { grant in
                grant.time > last.through && !revivable.contains { $0.index == grant.index }
            }) {
                reasons.append(Reason(.importDoesNotRevive, [imported.index], time: imported.time))
            }
            return Decision(outcome: .deny, reasons: reasons)
        }
        if let failed = grants.last(where: { $0.problem != nil }) { return deny(failed.problem!) }
        if let request = pendingRequest() { return deny(request) }
        return deny(Reason(isEmpty ? .noRecord : .noConsent))
    }

    private func isExpired(_ grant: Grant) -> Bool {
        [grant.carrier, grant.event].contains { $0.time(.expiresAt).map { $0 <= question.at } ?? false }
    }

    private func grants() -> [Grant] {
        own.compactMap { entry in
            guard case .event(let event) = entry.payload else { return nil }
            let time = event.occurredAt?.start ?? Timestamp.epoch
            guard time <= question.at else { return nil }
            switch event.type {
            case .consentGiven, .consentRenewed:
                guard scope.isCovered(byGrant: event) else { return nil }
                return grant(
                    event, entry, carrier: event, carrierEntry: entry, time: time,
                    code: event.type == .consentGiven ? .consentGiven : .consentRenewed, problem: nil)
            case .consentConfirmed:
                return confirmation(event, entry, time: time)
            default: return nil
            }
        }
    }

    /// A confirmation carries what its request asked for, no more; in time, and with no opt-out between the two.
    private func confirmation(_ event: Event, _ entry: ContactTimeline.Entry, time: Timestamp) -> Grant? {
        guard let request = request(named: event.bytes(.request) ?? []), scope.isCovered(byGrant: request.event) else {
            return nil
        }
        if let channels = event.channels, !channels.contains(scope.channel) { return nil }
        if let categories = event.categories, !categories.contains(scope.category.id) { return nil }
        let asked = request.event.occurredAt?.start ?? Timestamp.epoch
        let lapses = asked.adding(
            milliseconds: request.event.number(.validFor) ?? DecisionRules.defaultRequestValidity)
        var problem: Reason?
        if time > lapses || time < asked {
            problem = Reason(.confirmationTooLate, [request.entry.index, entry.index], time: lapses)
        }
        if let between = restrictions.first(where: { $0.through >= asked && $0.from <= time }) {
            problem = Reason(.confirmationAfterWithdrawal, [between.index, entry.index], time: between.from)
        }
        return grant(
            event, entry, carrier: request.event, carrierEntry: request.entry, time: time, code: .consentConfirmed,
            problem: problem)
    }

    private func grant(
        _ event: Event, _ entry: ContactTimeline.Entry, carrier: Event, carrierEntry: ContactTimeline.Entry,
        time: Timestamp, code: Reason.Code, problem: Reason?
    ) -> Grant {
        let notice = notice(of: carrier, index: carrierEntry.index)
        let noticeProblem: Reason? =
            switch notice {
            case nil: Reason(.noticeUnknown, [carrierEntry.index])
            case let notice? where !notice.couldBeShown(at: carrier.occurredAt?.start ?? Timestamp.epoch):
                Reason(.noticeTooYoung, [carrierEntry.index, notice.window.from], time: notice.recordedAt)
            default: nil
            }
        let compromised = [entry, carrierEntry].first { isCompromised($0) }
        return Grant(
            event: event, index: entry.index, code: code, time: time, carrier: carrier, carrierEntry: carrierEntry,
            problem: problem ?? compromised.map { Reason(.sourceCompromised, [$0.index]) } ?? noticeProblem,
            isReconstructed: notice?.shown != nil)
    }

    private func notice(of event: Event, index: UInt64) -> Catalog.Notice? {
        guard let reference = event.notice else { return nil }
        return catalog.businesses[question.business]?.notices.last {
            $0.name == reference.name && $0.textDigest == reference.textDigest && $0.window.from < index
        }
    }

    /// Whether the key that signed the entry may have been in other hands when it was recorded, as far as may be known.
    private func isCompromised(_ entry: ContactTimeline.Entry) -> Bool {
        guard case .event(let event) = entry.payload, let source = event.source,
            let compromise = catalog.sourceKey(source, keyIdentifier: entry.keyIdentifier)?.compromise
        else { return false }
        if case .size(let size) = question.knownAt, compromise.index >= size { return false }
        return entry.recordedAt >= compromise.since
    }

    private func request(named id: [UInt8]) -> (event: Event, entry: ContactTimeline.Entry)? {
        for entry in own {
            if case .event(let event) = entry.payload, event.type == .consentRequested, event.id.bytes == id {
                return (event, entry)
            }
        }
        return nil
    }

    private func pendingRequest() -> Reason? {
        for entry in own.reversed() {
            guard case .event(let event) = entry.payload, event.type == .consentRequested,
                scope.isCovered(byGrant: event)
            else { continue }
            return Reason(.pending, [entry.index], time: event.occurredAt?.start ?? entry.recordedAt)
        }
        return nil
    }
}

/// Bases other than consent.
extension ContactHistory {
    /// The answer where the category rests on another basis; `nil` where it rests on consent alone.
    private func basisAnswer() -> Decision? {
        let basis = scope.category.basis
        guard basis != "consent" else { return nil }
        if let against = restrictions.filter({ stops($0, basis) }).max(by: { $0.through < $1.through }) {
            return deny(reason(against))
        }
        let began = own.last { entry in
            guard case .event(let event) = entry.payload, event.type == .basisBegan, event.text(.basis) == basis,
                scope.isCovered(byGrant: event), (event.occurredAt?.start ?? entry.recordedAt) <= question.at,
                event.time(.expiresAt).map({ $0 > question.at }) ?? true
            else { return false }
            return !hasEnded(basis, after: entry) && !isCompromised(entry)
        }
        if let began {
            return Decision(outcome: .allow, reasons: [Reason(.basisRecorded, [began.index], time: began.recordedAt)])
        }
        if question.assertedBasis == basis {
            return Decision(outcome: .allow, reasons: [Reason(.basisAsserted)])
        }
        return deny(Reason(isEmpty ? .noRecord : .noBasis))
    }

    /// An opt-out stops legitimate interest as it stops consent. A contract goes on unless the person named the very
    /// category; a legal obligation goes on.
    private func stops(_ restriction: Restriction, _ basis: String) -> Bool {
        switch basis {
        case "legitimate-interest": true
        case "contract": scope.namesCategory(restriction.event)
        default: false
        }
    }

    private func hasEnded(_ basis: String, after began: ContactTimeline.Entry) -> Bool {
        own.contains { entry in
            guard case .event(let event) = entry.payload, event.type == .basisEnded, event.text(.basis) == basis,
                scope.isCovered(byRestriction: event)
            else { return false }
            let time = min(event.occurredAt?.end ?? entry.recordedAt, entry.recordedAt)
            guard case .event(let beginning) = began.payload else { return true }
            return time <= question.at && time >= beginning.occurredAt?.start ?? began.recordedAt
        }
    }
}

/// The layer of restrictions and stops.
extension ContactHistory {
    private static func withoutVoided(_ entries: [ContactTimeline.Entry]) -> [ContactTimeline.Entry] {
        let voided = Set(
            entries.compactMap { entry -> [UInt8]? in
                guard case .event(let event) = entry.payload, event.type == .eventVoided else { return nil }
                return event.bytes(.concerns)
            })
        return voided.isEmpty ? entries : entries.filter { !voided.contains($0.payload.id.bytes) }
    }

    private func closing(_ entry: ContactTimeline.Entry) -> Reason? {
        guard case .event(let event) = entry.payload else { return nil }
        switch event.type {
        case .contactErased, .contactReassigned: break
        case .contactChanged where event.bytes(.fromHandle) == handle?.bytes: break
        default: return nil
        }
        return Reason(.contactClosed, [entry.index], time: entry.recordedAt)
    }

    private static func restrictions(
        _ entries: [ContactTimeline.Entry], _ question: Question, _ scope: QuestionScope
    ) -> [Restriction] {
        let decided = decidedReviews(entries)
        return entries.compactMap { entry in
            guard case .event(let event) = entry.payload,
                let (code, isStop) = restrictionCode(event, decided: decided[event.id.bytes], scope)
            else { return nil }
            // A time after the recording is capped at it; an unknown one is the recording's.
            let from = min(event.occurredAt?.start ?? entry.recordedAt, entry.recordedAt)
            let through = min(event.occurredAt?.end ?? entry.recordedAt, entry.recordedAt)
            guard from <= question.at, covers(event, scope), !isResumed(event, through, entries, question) else {
                return nil
            }
            return Restriction(
                event: event, index: entry.index, code: code, from: from, through: through, isStop: isStop)
        }
    }

    /// A do-not-contact covers everything, whatever scope came with it.
    private static func covers(_ event: Event, _ scope: QuestionScope) -> Bool {
        event[.doNotContact] != nil || scope.isCovered(byRestriction: event)
    }

    private static func restrictionCode(
        _ event: Event, decided: String?, _ scope: QuestionScope
    ) -> (code: Reason.Code, isStop: Bool)? {
        if event[.doNotContact] != nil, event.type != .consentResumed {
            // A legal obligation goes on, and so does the code that the person just asked for.
            let exempt = scope.category.basis == "legal-obligation" || scope.category.categoryClass == "authentication"
            return exempt ? nil : (.doNotContact, true)
        }
        switch event.type {
        case .consentRefused: return (.refused, false)
        case .consentWithdrawn: return (.withdrawn, false)
        case .consentRevoked: return (.revoked, false)
        case .consentInvalidated: return (.invalidated, false)
        case .objected: return (.objected, false)
        case .complained: return (.complained, true)
        case .blocked: return (.blocked, true)
        case .reported: return (.reported, true)
        case .reviewDecided where event.text(.outcome) == "opt-out": return (.withdrawn, false)
        case .reviewOpened:
            switch decided {
            case "dismissed": return nil
            case "opt-out": return (.withdrawn, false)
            default: return (.heldForReview, true)
            }
        default: return nil
        }
    }

    /// How each opened review ended, by the id of the event that opened it. An opt-out once decided stays one.
    private static func decidedReviews(_ entries: [ContactTimeline.Entry]) -> [[UInt8]: String] {
        var outcomes: [[UInt8]: String] = [:]
        for entry in entries {
            guard case .event(let event) = entry.payload, event.type == .reviewDecided,
                let review = event.bytes(.concerns), let outcome = event.text(.outcome)
            else { continue }
            if outcomes[review] != "opt-out" { outcomes[review] = outcome }
        }
        return outcomes
    }

    /// Whether a later `consent-resumed` undoes the opt-out: by the same channel, of the same or a wider scope.
    private static func isResumed(
        _ event: Event, _ through: Timestamp, _ entries: [ContactTimeline.Entry], _ question: Question
    ) -> Bool {
        guard event.type == .consentWithdrawn || event.type == .blocked else { return false }
        return entries.contains { entry in
            guard case .event(let resumed) = entry.payload, resumed.type == .consentResumed,
                let time = resumed.occurredAt?.start, time > through, time <= question.at
            else { return false }
            return resumed.via == event.via && (event[.doNotContact] == nil || resumed[.doNotContact] != nil)
                && isWithin(event.channels, resumed.channels) && isWithin(event.categories, resumed.categories)
                && isWithin(event.senders, resumed.senders) && isWithin(event.brands, resumed.brands)
        }
    }

    /// Whether `narrow` is the same as `wide` or narrower; `nil` is everything.
    private static func isWithin(_ narrow: [String]?, _ wide: [String]?) -> Bool {
        guard let wide else { return true }
        guard let narrow else { return false }
        return narrow.allSatisfy(wide.contains)
    }
}
