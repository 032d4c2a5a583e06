public import ConsentModel

/// An answer, and why each record did or did not count for it.
public struct Explanation: Hashable, Sendable {
    /// The answer.
    public let decision: Decision
    /// One a category that the message is about; one alone for the confirmation of an opt-out.
    public let cells: [Cell]
    /// The rules of the adopted packs that are in force and about the message.
    public let rules: [ConsideredRule]

    /// The records of the contact and those linked to it, as they bear on one category or on the confirmation.
    public struct Cell: Hashable, Sendable {
        /// `nil` for the confirmation of an opt-out, which answers what the person did, whatever that was about.
        public let category: String?
        /// In the order of the log, the newest last.
        public let records: [ExplainedRecord]
    }

    /// A record, and what it does to the answer.
    public struct ExplainedRecord: Hashable, Sendable {
        public let index: UInt64
        public let recordedAt: Timestamp
        public let event: Event
        /// Whether it is of a contact linked to the one asked about.
        public let isOfLinked: Bool
        public let bearing: Bearing
        /// Why an opt-in does not count, where that is its bearing.
        public let code: Reason.Code?
        /// What the words that the person was shown lack, where that is why.
        public let missing: [MissingWords]
        /// The record that voids, undoes or overtakes it, or that it does so to, where there is one.
        public let by: UInt64?
    }

    /// What a record does to an answer.
    public enum Bearing: String, CaseIterable, Hashable, Sendable {
        case decides
        case restricts
        case permits
        case changesAnother = "changes-another"
        case doesNotCount = "does-not-count"
        case overtaken
        case undone
        case voided
        case otherScope = "other-scope"
        case later
        case notKnown = "not-known"
        case lapsed
        case notShared = "not-shared"
        case noBearing = "no-bearing"

        /// What it says, as a clause.
        public var meaning: String {
            switch self {
            case .decides: "counts: the answer rests on it"
            case .restricts: "counts: it speaks against the message, beside what decides"
            case .permits: "counts: it speaks for the message, and something else decides"
            case .changesAnother: "counts: it strikes, takes back or decides another record"
            case .doesNotCount: "does not count"
            case .overtaken: "no longer counts: something later takes its place"
            case .undone: "no longer counts: the person took it back"
            case .voided: "does not count: it is recorded that it never happened"
            case .otherScope: "does not count: it is about something else"
            case .later: "does not count: it had not happened at the time asked about"
            case .notKnown: "does not count: it may not be known for this answer"
            case .lapsed: "no longer counts: it could be confirmed no more"
            case .notShared: "does not count: it came after the two contacts were unlinked"
            case .noBearing: "says nothing about whether a message may be sent"
            }
        }
    }

    /// A rule that was looked at.
    public struct ConsideredRule: Hashable, Sendable {
        public let rule: RuleReference
        public let state: RuleState
    }

    /// What came of looking at a rule.
    public enum RuleState: String, CaseIterable, Hashable, Sendable {
        case satisfied
        case standsAgainst = "stands-against"
        case notReached = "not-reached"

        /// What it says, as a clause.
        public var meaning: String {
            switch self {
            case .satisfied: "satisfied"
            case .standsAgainst: "stands against the message"
            case .notReached: "not looked at any further, since the answer is no without it"
            }
        }
    }
}

extension DecisionRules {
    /// The answer as `decide` gives it, and what it makes of each record and rule. Throws what `decide` throws.
    public func explain(
        _ question: Question, timeline: ContactTimeline?, linked: [LinkedContact] = []
    ) throws(RulesError) -> Explanation {
        let decision = try decide(question, timeline: timeline, linked: linked)
        let subject = try MessageSubject(question, catalog: catalog)
        let conditions = rules.conditions(question, subject)
        let history = try KnownHistory(question, timeline, linked, catalog, size: subject.size)
        let entries = Self.entries(timeline, linked)
        let recorded = Dictionary(
            uniqueKeysWithValues: entries.compactMap { entry, _, _ -> (UInt64, Event)? in
                guard case .event(let event) = entry.payload else { return nil }
                return (entry.index, event)
            })
        var cells: [Explanation.Cell] = []
        let isConfirmation = question.purpose == .optOutConfirmation
        for category in isConfirmation ? [nil] : subject.categories.map(Optional.some) {
            let scope =
                if let category {
                    self.scope(question, subject, category, conditions)
                } else {
                    try self.scope(question, subject, ofClassService: conditions)
                }
            let deciding = decision.reasons.filter { $0.category == nil || $0.category == category?.id }
            let reading = try RecordReading(
                contactHistory(scope, history, question), deciding: Set(deciding.flatMap(\.records)),
                recorded: recorded,
                confirmation: isConfirmation ? optOutConfirmation(question, subject, conditions, history) : nil)
            var records: [Explanation.ExplainedRecord] = []
            for (entry, isOfLinked, until) in entries {
                guard case .event(let event) = entry.payload else { continue }
                let isKnown = question.knownAt.includes(index: entry.index, recordedAt: entry.recordedAt)
                let isShared = until.map { entry.index < $0 || event.type == .reviewDecided } ?? true
                let found: RecordReading.Found =
                    !isKnown
                    ? (.notKnown, nil, nil)
                    : !isShared ? (.notShared, nil, nil) : reading.bearing(of: entry.index, event, isOfLinked)
                records.append(
                    Explanation.ExplainedRecord(
                        index: entry.index, recordedAt: entry.recordedAt, event: event, isOfLinked: isOfLinked,
                        bearing: found.bearing, code: found.why?.code, missing: found.why?.missing ?? [],
                        by: found.by))
            }
            cells.append(Explanation.Cell(category: category?.id, records: records))
        }
        let waits = WaitingConditions(conditions, question, subject).reasons.compactMap(\.rule)
        // What a notice must say was judged by the rules of its day, and is advice or among the reasons.
        let considered = conditions.conditions.filter { !$0.isOnNotices }.map { condition in
            Explanation.ConsideredRule(
                rule: condition.reference, state: Self.state(of: condition, decision, waits: waits))
        }
        return Explanation(decision: decision, cells: cells, rules: considered)
    }

    /// The records of all the contacts, each once, in the order of the log.
    private static func entries(
        _ timeline: ContactTimeline?, _ linked: [LinkedContact]
    ) -> [(entry: ContactTimeline.Entry, isOfLinked: Bool, until: UInt64?)] {
        var entries = (timeline?.entries ?? []).map { ($0, false, nil as UInt64?) }
        var seen = Set(entries.map(\.0.index))
        for contact in linked {
            for entry in contact.timeline.entries where seen.insert(entry.index).inserted {
                entries.append((entry, true, contact.until))
            }
        }
        return entries.sorted { $0.0.index < $1.0.index }
    }

    private static func state(
        of condition: PackConditions.Condition, _ decision: Decision, waits: [RuleReference]
    ) -> Explanation.RuleState {
        if decision.outcome != .allow, decision.reasons.contains(where: { $0.rule == condition.reference }) {
            return .standsAgainst
        }
        switch condition.rule.effect {
        case .prohibit, .notDecidable: return .standsAgainst
        case .hours, .cap: return waits.contains(condition.reference) ? .standsAgainst : .satisfied
        default: return decision.outcome == .deny ? .notReached : .satisfied
        }
    }
}

/// What the records of one category's history do to the answer.
private struct RecordReading {
    typealias Found = (bearing: Explanation.Bearing, why: Reason?, by: UInt64?)

    private let history: ContactHistory
    /// What the records are read for, where it is the confirmation of an opt-out.
    private let confirmation: OptOutConfirmation?
    private let deciding: Set<UInt64>
    private let grants: [Grant]
    private let standing: Set<UInt64>
    private let own: [UInt64: Act]
    private let linked: [UInt64: Act]
    /// Every record, those struck included.
    private let recorded: [UInt64: Event]

    init(
        _ history: ContactHistory, deciding: Set<UInt64>, recorded: [UInt64: Event], confirmation: OptOutConfirmation?
    ) throws(RulesError) {
        self.history = history
        self.confirmation = confirmation
        self.recorded = recorded
        self.deciding = deciding
        grants =
            try confirmation != nil
            ? [] : Grant.all(in: history.acts, against: history.restrictions, history.scope, words: history.words)
        standing = Set(history.restrictions.map(\.index))
        own = Dictionary(uniqueKeysWithValues: history.acts.map { ($0.index, $0) })
        linked = Dictionary(history.linkedActs.map { ($0.index, $0) }) { first, _ in first }
    }

    func bearing(of index: UInt64, _ event: Event, _ isOfLinked: Bool) -> Found {
        if deciding.contains(index) { return (.decides, nil, nil) }
        if let other = changed(by: event, index, isOfLinked) { return (.changesAnother, nil, other) }
        guard let act = isOfLinked ? linked[index] : own[index] else {
            let void = (history.acts + history.linkedActs).last { $0.event.bytes(.concerns) == event.id.bytes }
            return (.voided, nil, void?.index)
        }
        if let confirmation {
            let found = confirmation.bearing(of: act, isOfLinked: isOfLinked)
            return (found.bearing, nil, found.by)
        }
        if standing.contains(index) { return (.restricts, nil, nil) }
        if isOfLinked { return ofLinked(act) }
        switch act.event.type {
        case .consentGiven, .consentRenewed, .consentConfirmed: return ofGrant(act)
        case .consentRequested: return ofRequest(act)
        case .basisBegan, .basisEnded: return ofBasis(act)
        default: return ofRestriction(act)
        }
    }

    private var scope: QuestionScope { history.scope }

    /// The record of the same contact that an act which counts strikes, takes back or decides.
    private func changed(by event: Event, _ index: UInt64, _ isOfLinked: Bool) -> UInt64? {
        let acts = isOfLinked ? linked : own
        guard let act = acts[index] else { return nil }
        switch event.type {
        case .eventVoided:
            return recorded.first { $0.value.id.bytes == event.bytes(.concerns) && acts[$0.key] == nil }?.key
        case .consentResumed:
            guard act.permitsFrom <= scope.at else { return nil }
            return acts.values.filter { act.undoes($0) }.map(\.index).max()
        case .reviewDecided:
            guard act.permitsFrom <= scope.at else { return nil }
            return acts.values.first {
                $0.event.type == .reviewOpened && $0.event.id.bytes == event.bytes(.concerns)
            }?.index
        default: return nil
        }
    }

    private func ofGrant(_ act: Act) -> Found {
        if act.permitsFrom > scope.at { return (.later, nil, nil) }
        guard let grant = grants.first(where: { $0.index == act.index }) else {
            let ending = history.restrictions.first { $0.event.bytes(.concerns) == act.event.id.bytes }
            return ending.map { (.overtaken, nil, $0.index) } ?? (.otherScope, nil, nil)
        }
        if let problem = grant.problem { return (.doesNotCount, problem, nil) }
        if grant.isTakenOver, let earlier = history.restrictions.last(where: { $0.index < grant.index }) {
            return (.doesNotCount, Reason(.importDoesNotRevive), earlier.index)
        }
        if let later = history.restrictions.filter({ grant.time <= $0.through }).max(by: Restriction.isEarlier) {
            return (.overtaken, nil, later.index)
        }
        if let end = grant.end, end.time <= scope.at { return (.doesNotCount, Reason(.expired), nil) }
        let later = grants.filter { $0.problem == nil && Grant.isEarlier(grant, $0) }.max(by: Grant.isEarlier)
        return later.map { (.overtaken, nil, $0.index) } ?? (.permits, nil, nil)
    }

    private func ofRequest(_ act: Act) -> Found {
        if !scope.isCovered(byGrant: act.event) { return (.otherScope, nil, nil) }
        if act.permitsFrom > scope.at { return (.later, nil, nil) }
        if let answer = grants.first(where: { $0.carrier.index == act.index && $0.index != act.index }) {
            return (.overtaken, nil, answer.index)
        }
        if act.lapses(after: scope.conditions.requestLasts) < scope.at { return (.lapsed, nil, nil) }
        return (.doesNotCount, Reason(.pending), nil)
    }

    private func ofBasis(_ act: Act) -> Found {
        let isBeginning = act.event.type == .basisBegan
        let isCovered =
            isBeginning ? scope.isCovered(byGrant: act.event) : scope.isCovered(byRestriction: act.event)
        guard isCovered, act.event.text(.basis) == scope.category.basis else { return (.otherScope, nil, nil) }
        if (isBeginning ? act.permitsFrom : act.earliest) > scope.at { return (.later, nil, nil) }
        guard isBeginning else { return (.restricts, nil, nil) }
        if act.isSuspect { return (.doesNotCount, Reason(.sourceCompromised), nil) }
        if let end = act.event.time(.expiresAt), end <= scope.at { return (.doesNotCount, Reason(.expired), nil) }
        return (.permits, nil, nil)
    }

    private func ofRestriction(_ act: Act) -> Found {
        guard act.event.type.isRestriction || act.event.type == .reviewDecided else { return (.noBearing, nil, nil) }
        if act.earliest > scope.at { return (.later, nil, nil) }
        if let resumption = history.acts.first(where: { $0.undoes(act) && $0.permitsFrom <= scope.at }) {
            return (.undone, nil, resumption.index)
        }
        let isCovered = act.event[.doNotContact] != nil || scope.isCovered(byRestriction: act.event)
        if !isCovered { return (.otherScope, nil, nil) }
        let decision = history.acts.first {
            $0.event.type == .reviewDecided && $0.event.bytes(.concerns) == act.event.id.bytes
        }
        return decision.map { (.overtaken, nil, $0.index) } ?? (.noBearing, nil, nil)
    }

    /// Of a linked contact only what restricts counts.
    private func ofLinked(_ act: Act) -> Found {
        guard act.event.type.isRestriction else { return (.noBearing, nil, nil) }
        if act.earliest > scope.at { return (.later, nil, nil) }
        let resumption = history.linkedActs.first { $0.undoes(act) && $0.permitsFrom <= scope.at }
        return resumption.map { (.undone, nil, $0.index) } ?? (.otherScope, nil, nil)
    }
}
