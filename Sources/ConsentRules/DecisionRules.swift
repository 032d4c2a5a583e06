internal import ConsentModel

/// Answers questions from a contact's timeline, the catalog and the rule packs adopted, by the rules of DESIGN §7. Pure: the
/// same input gives the same answer, today and in years.
public struct DecisionRules: Sendable {
    /// How long a request waits for its confirmation unless it says so, in milliseconds: seven days.
    public static let defaultRequestValidity: UInt64 = 7 * OccurredAt.day
    /// How long a message of class service may follow the person's last one unless a rule says so, in milliseconds: a day.
    public static let defaultServiceWindow: UInt64 = OccurredAt.day
    /// How long the confirmation of an opt-out may follow its recording unless a rule says so, in milliseconds: five
    /// minutes.
    public static let defaultOptOutConfirmationWindow: UInt64 = 5 * 60 * 1000

    let catalog: Catalog
    let rules: AdoptedRules
    private let words: NoticeWords
    private let lastMessage = LastMessage()

    /// `packs` are those of all adoptions in the catalog, whenever they count; `notices` has the words that people were
    /// shown.
    public init(catalog: Catalog, packs: [AdoptedPack] = [], notices: NoticeTexts = .none) {
        self.catalog = catalog
        rules = AdoptedRules(packs)
        words = NoticeWords(notices)
    }

    /// The answer for the contact of `timeline`; `nil` is a contact without any record. `linked` are the contacts linked to
    /// it: their restrictions count here, as far as they bind it, and their grants never do. Throws when there is no answer:
    /// an unknown business, category, channel, sender or template, a question that contradicts itself, a text that is
    /// missing, or a record that this software does not understand. What may not be known by `question.knownAt`, records of
    /// the catalog included, is as if it were not there.
    public func decide(
        _ question: Question, timeline: ContactTimeline?, linked: [LinkedContact] = []
    ) throws(RulesError) -> Decision {
        let (decision, conditions) = try answer(question, timeline, linked)
        guard decision.outcome == .allow else { return decision }
        // Between the moments at which rules begin or end, what carries the yes ends by itself.
        var lapses = decision.lapsesAt
        for time in conditions.changes {
            if let lapses, lapses < time { break }
            var later = question
            later.at = time
            let then = try answer(later, timeline, linked).decision
            guard then.outcome == .allow else { return decision.lapsing(at: time) }
            lapses = then.lapsesAt
        }
        return decision.lapsing(at: lapses)
    }

    private func answer(
        _ question: Question, _ timeline: ContactTimeline?, _ linked: [LinkedContact]
    ) throws(RulesError) -> (decision: Decision, conditions: PackConditions) {
        let message = try lastMessage.message(of: question) { () throws(RulesError) in
            try AskedMessage(question, catalog, rules)
        }
        let (subject, conditions) = (message.subject, message.conditions)
        let history = try KnownHistory(question, timeline, linked, catalog, size: subject.size)
        let answers = try self.answers(question, message, history)
        func decision(
            _ outcome: Decision.Outcome, _ reasons: [Reason], nextAllowedAt: Timestamp? = nil,
            lapsesAt: Timestamp? = nil
        ) -> (Decision, PackConditions) {
            let decision = Decision(
                outcome: outcome, reasons: reasons, about: message.about,
                categoryClass: subject.categoryClass, nextAllowedAt: nextAllowedAt, lapsesAt: lapsesAt)
            return (decision, conditions)
        }
        let denials = answers.filter { $0.outcome == .deny }
        guard denials.isEmpty else { return decision(.deny, denials.flatMap(\.reasons)) }
        let prohibitions = conditions.prohibitions
        guard prohibitions.isEmpty else { return decision(.deny, prohibitions) }
        let waiting = WaitingConditions(conditions, question, subject)
        // A confirmation of an opt-out answers what the person just did: later would be too late.
        let waits = question.purpose == .optOutConfirmation ? [] : waiting.reasons
        guard waits.isEmpty else { return decision(.defer, waits, nextAllowedAt: waiting.nextAllowedAt) }
        let end = question.purpose == .optOutConfirmation ? nil : waiting.hoursEnd
        let lapses = answers.reduce(end) { first, answer in
            answer.lapsesAt.map { min($0, first ?? $0) } ?? first
        }
        return decision(.allow, answers.flatMap { $0.reasons }, lapsesAt: lapses)
    }

    func contactHistory(_ scope: QuestionScope, _ history: KnownHistory, _ question: Question) -> ContactHistory {
        ContactHistory(
            scope: scope, closing: history.closing, acts: history.own, linkedActs: history.linked.flatMap(\.self),
            restrictions: history.restrictions(scope), isEmpty: history.isEmpty, question: question, words: words)
    }

    /// An answer for each category, the reasons saying which where there are several.
    private func answers(
        _ question: Question, _ message: AskedMessage, _ history: KnownHistory
    ) throws(RulesError) -> [Decision] {
        guard question.purpose != .optOutConfirmation else {
            return [try optOutConfirmation(question, message.subject, message.conditions, history).decide()]
        }
        var answers: [Decision] = []
        for scope in message.scopes {
            let answer = try contactHistory(scope, history, question).decide()
            answers.append(message.scopes.count == 1 ? answer : answer.about(scope.category.id))
        }
        return answers
    }

    func optOutConfirmation(
        _ question: Question, _ subject: MessageSubject, _ conditions: PackConditions, _ history: KnownHistory
    ) throws(RulesError) -> OptOutConfirmation {
        let service = try scope(question, subject, ofClassService: conditions)
        return OptOutConfirmation(
            question: question, closing: history.closing, acts: history.own,
            restrictions: history.restrictions(service),
            scopes: subject.categories.map { scope(question, subject, $0, conditions) },
            window: conditions.aboutAll.optOutConfirmationWindow)
    }

    func scope(
        _ question: Question, _ subject: MessageSubject, _ category: Catalog.Category, _ conditions: PackConditions
    ) -> QuestionScope {
        QuestionScope(question, subject, category, catalog: catalog, conditions: conditions.about(category))
    }

    /// The scope of a message that is of class service whatever it is about.
    func scope(
        _ question: Question, _ subject: MessageSubject, ofClassService conditions: PackConditions
    ) throws(RulesError) -> QuestionScope {
        guard let service = subject.business.categories["service"] else {
            throw catalog.unknownCategory("service", subject.business, at: subject.size)
        }
        return scope(question, subject, service, conditions)
    }
}

/// What may be known of a contact and those linked to it.
struct KnownHistory {
    /// The contact's own acts, voided ones too.
    let all: [Act]
    /// The contact's own acts, without those voided.
    let own: [Act]
    /// Those of each linked contact that bind this one, without those voided.
    let linked: [[Act]]
    let isEmpty: Bool
    /// Why the address no longer reaches the contact, if it does not.
    let closing: Reason?

    init(
        _ question: Question, _ timeline: ContactTimeline?, _ linked: [LinkedContact], _ catalog: Catalog, size: UInt64
    ) throws(RulesError) {
        all = try Self.acts(of: timeline, question, catalog, size: size)
        own = all.withoutVoided()
        var isEmpty = all.isEmpty
        var others: [[Act]] = []
        for contact in linked {
            let acts = try Self.acts(of: contact.timeline, question, catalog, size: size)
            isEmpty = isEmpty && acts.isEmpty
            others.append(acts.withoutVoided().recorded(before: contact.until))
        }
        self.linked = others
        self.isEmpty = isEmpty
        closing = timeline.flatMap { [all] in Self.closing(of: $0.handle, all, at: question.at) }
    }

    /// What stands against sending.
    func restrictions(_ scope: QuestionScope) -> [Restriction] {
        linked.flatMap { Restriction.standing(in: $0, scope) } + Restriction.standing(in: own, scope)
    }

    /// What may be known of the contact. A record of unknown type could change the answer, so there is none (DESIGN §5).
    private static func acts(
        of timeline: ContactTimeline?, _ question: Question, _ catalog: Catalog, size: UInt64
    ) throws(RulesError) -> [Act] {
        var acts: [Act] = []
        for entry in timeline?.entries ?? []
        where question.knownAt.includes(index: entry.index, recordedAt: entry.recordedAt) {
            switch entry.payload {
            case .event(let event):
                let isSuspect = catalog.isSuspect(entry.keyIdentifier, recordedAt: entry.recordedAt, size: size)
                acts.append(
                    Act(event: event, index: entry.index, recordedAt: entry.recordedAt, isSuspect: isSuspect))
            case .unknown(let type, _, _):
                throw RulesError(
                    .notCovered,
                    "record \(entry.index) has the event type \(type), which this version does not know; "
                        + "no answer is given that it could change. Update this software")
            }
        }
        return acts
    }

    /// What closed the address for its contact. Voiding does not open it again: the address has started anew. An erased
    /// contact is closed for every time asked about.
    private static func closing(of handle: ContactHandle, _ acts: [Act], at time: Timestamp) -> Reason? {
        let closing = acts.first { act in
            act.event.closes(handle) && (act.event.type == .contactErased || act.earliest <= time)
        }
        return closing.map { Reason(.contactClosed, [$0.index], time: $0.recordedAt) }
    }
}

extension Decision {
    /// The same, which ends then.
    fileprivate func lapsing(at time: Timestamp?) -> Decision {
        Decision(
            outcome: outcome, reasons: reasons, about: about, categoryClass: categoryClass,
            nextAllowedAt: nextAllowedAt, lapsesAt: time)
    }

    /// The same, its reasons saying which category they are about.
    fileprivate func about(_ category: String) -> Decision {
        let reasons = reasons.map { reason in
            var reason = reason
            reason.category = category
            return reason
        }
        return Decision(outcome: outcome, reasons: reasons, lapsesAt: lapsesAt)
    }
}
