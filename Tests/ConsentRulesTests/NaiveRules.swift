import ConsentModel
import ConsentRules

/// DESIGN §7.2–7.6 read aloud, without any of the library's code but the events: the standing restrictions by brute
/// force, then the events of the cell in the order of their times, the last of which answers. It knows the catalog of
/// `TestLedger.furnished` by heart. Answers as `deny withdrawn`: the outcome and the first reason.
struct NaiveRules {
    typealias Entry = ContactTimeline.Entry

    /// Whose key was in other hands since when, and by which record.
    struct Compromise {
        let key: [UInt8]
        let since: Timestamp
        let index: UInt64
        let recordedAt: Timestamp
    }

    /// What speaks against a message.
    struct Against {
        let entry: Entry
        let code: String
        /// Whether a rule makes it cover the message, or end a contract too.
        let isWidened: Bool
        /// What is given later than this overcomes it.
        let end: Timestamp
    }

    var compromises: [Compromise] = []
    var packs = NaivePacks()
    /// The record that retired “newsletter”.
    var retirement: (index: UInt64, recordedAt: Timestamp)?

    private static let categories: [String: (categoryClass: String, basis: String)] = [
        "offers": ("marketing", "consent"), "newsletter": ("marketing", "consent"),
        "tips": ("marketing", "legitimate-interest"), "orders": ("utility", "contract"),
        "recalls": ("utility", "legal-obligation"), "codes": ("authentication", "contract"),
        "pin": ("authentication", "consent"), "service": ("service", "contract"),
    ]
    private static let brands = ["wa-viajes": "viajes", "wa-hoteles": "hoteles"]

    /// The answer about a message: every category, then what rules forbid, then what makes it wait.
    func answer(_ question: Question, _ contact: ContactTimeline, linked: [LinkedContact]) -> String {
        let about = ([question.category] + question.alsoAbout).reduce(into: [String]()) { about, id in
            if !about.contains(id) { about.append(id) }
        }
        let classes = Set(about.map { Self.categories[$0]!.categoryClass })
        let counts = ["marketing", "utility", "service", "authentication"].first(where: classes.contains)!
        let rules = packs.rules(question, counts, about)
        var first: String?
        for category in about {
            var cell = question
            cell.category = category
            let about = rules.filter { $0.scope.categories?.contains(category) ?? true }
            let answer = answer(cell, about, contact, linked: linked)
            if answer.hasPrefix("deny") { return answer }
            first = first ?? answer
        }
        for rule in rules {
            if rule.effect == .prohibit { return "deny prohibited" }
            if rule.effect == .notDecidable { return "deny not-decidable" }
        }
        return packs.wait(question, rules, about).map { "defer \($0)" } ?? first!
    }

    private func answer(
        _ question: Question, _ rules: [Rule], _ contact: ContactTimeline, linked: [LinkedContact]
    ) -> String {
        let all = contact.entries.filter { isKnown($0.index, $0.recordedAt, question) }
        let own = all.filter { entry in !isVoided(entry, all, question) }
        let others = linked.map { $0.timeline.entries.filter { isKnown($0.index, $0.recordedAt, question) } }
        let (categoryClass, basis) = Self.categories[question.category]!

        if question.category == "newsletter", let retirement,
            isKnown(retirement.index, retirement.recordedAt, question),
            retirement.recordedAt <= question.at
        {
            return "deny category-retired"
        }
        for entry in all {
            let event = event(entry)
            let isOver = start(entry) <= question.at
            if event.type == .contactErased || (event.type == .contactReassigned && isOver)
                || (event.type == .contactChanged && isOver && event.bytes(.fromHandle) == contact.handle.bytes)
            {
                return "deny contact-closed"
            }
        }

        var against: [Against] = []
        var endings: [Entry] = []
        for (entries, until) in zip(others, linked.map(\.until)) + [(all, nil)] {
            let standing = entries.filter { entry in
                !isVoided(entry, entries, question) && binds(entry, entries, before: until)
            }
            against += standing.compactMap { entry in self.against(entry, standing, question, rules) }
            endings += standing.filter { event($0).type == .basisEnded }
        }
        against.sort { ($0.end, $0.entry.index) < ($1.end, $1.entry.index) }
        let stops = ["do-not-contact", "complained", "blocked", "reported", "held-for-review"]
        if let stop = against.last(where: { stops.contains($0.code) }) { return "deny \(stop.code)" }

        if categoryClass == "service" {
            guard let message = question.replyingTo, message <= question.at else { return "deny no-message-to-answer" }
            let window = shortest(rules, question, usual: 86_400_000) { effect in
                guard case .serviceWindow(let time) = effect else { return nil }
                return time
            }
            if message.adding(milliseconds: window) <= question.at { return "deny outside-service-window" }
        }
        let isEmpty = all.isEmpty && others.allSatisfy(\.isEmpty)
        let consent = consentAnswer(question, own, against, rules, isEmpty: isEmpty)
        if consent.hasPrefix("allow") { return categoryClass == "service" ? "allow replying" : consent }
        if basis == "consent" { return consent }
        let binding = against.filter { item in
            let named = event(item.entry).categories ?? []
            let isNamed = named.contains(question.category) || named.contains(categoryClass) || item.isWidened
            if categoryClass == "service" { return isNamed || item.end >= question.replyingTo! }
            return basis == "legitimate-interest" || (basis == "contract" && isNamed)
        }
        if let last = binding.last { return "deny \(last.code)" }
        let answer =
            categoryClass == "service"
            ? "allow replying" : basisAnswer(question, own, endings, basis, isEmpty: isEmpty)
        guard answer.hasPrefix("allow") else { return answer }
        for rule in rules {
            guard case .requireConsent(let bases) = rule.effect else { continue }
            if answer != "allow basis-recorded" || !bases.contains(basis) { return "deny consent-required" }
        }
        return answer
    }

    // MARK: The layer of grants

    private func consentAnswer(
        _ question: Question, _ own: [Entry], _ against: [Against], _ rules: [Rule], isEmpty: Bool
    ) -> String {
        // Everything of the cell in order: by time, what permits before what restricts, by index.
        var moments: [(time: Timestamp, restricts: Int, index: UInt64, answer: String)] = []
        var failure: (time: Timestamp, index: UInt64, code: String)?
        for item in against { moments.append((item.end, 1, item.entry.index, "deny \(item.code)")) }
        for entry in own where claimed(entry) <= question.at {
            guard let (carrier, flaw) = carrier(of: entry, own, against, rules, question) else { continue }
            let concerned = [entry.payload.id.bytes, carrier.payload.id.bytes]
            if against.contains(where: { concerned.contains(event($0.entry).bytes(.concerns) ?? []) }) { continue }
            if let code = flaw ?? self.flaw(of: entry, carrier, rules, question) {
                if failure.map({ ($0.time, $0.index) < (start(entry), entry.index) }) ?? true {
                    failure = (start(entry), entry.index, code)
                }
                continue
            }
            let isImport = [entry, carrier].contains {
                event($0)[.imported] != nil || event($0).text(.method) == "import"
            }
            if isImport, against.contains(where: { $0.entry.index < entry.index }) { continue }
            var isExpired = event(carrier).time(.expiresAt).map { $0 <= question.at } ?? false
            for rule in rules {
                guard case .consentLasts(let time) = rule.effect else { continue }
                if start(entry).adding(milliseconds: time) <= question.at { isExpired = true }
            }
            moments.append(
                (
                    start(entry), isExpired ? 0 : -1, entry.index,
                    isExpired ? "deny expired" : "allow \(event(entry).type.name)"
                )
            )
        }
        if let last = moments.max(by: { ($0.time, $0.restricts, $0.index) < ($1.time, $1.restricts, $1.index) }) {
            return last.answer
        }
        if let failure { return "deny \(failure.code)" }
        let isPending = own.contains { entry in
            event(entry).type == .consentRequested && isGranted(event(entry), question) && claimed(entry) <= question.at
                && question.at <= lapse(entry, rules, question)
        }
        return isPending ? "deny pending" : isEmpty ? "deny no-record" : "deny no-consent"
    }

    private func carrier(
        of entry: Entry, _ own: [Entry], _ against: [Against], _ rules: [Rule], _ question: Question
    ) -> (Entry, flaw: String?)? {
        let event = event(entry)
        if event.type == .consentGiven || event.type == .consentRenewed {
            return isGranted(event, question) ? (entry, nil) : nil
        }
        guard event.type == .consentConfirmed,
            let request = own.first(where: {
                self.event($0).type == .consentRequested && $0.payload.id.bytes == event.bytes(.request)
            }), isGranted(self.event(request), question)
        else { return nil }
        if let channels = event.channels, !channels.contains(question.channel) { return nil }
        if let categories = event.categories, !categories.contains(question.category) { return nil }
        for item in against {
            let begins = item.code == "invalidated" ? Timestamp.epoch : start(item.entry)
            if item.end >= start(request), begins <= end(entry) {
                return (request, "confirmation-after-withdrawal")
            }
        }
        let isTimely =
            event.occurredAt != nil && self.event(request).occurredAt != nil && start(entry) >= start(request)
            && end(entry) <= lapse(request, rules, question)
        return (request, isTimely ? nil : "confirmation-too-late")
    }

    private func flaw(of entry: Entry, _ carrier: Entry, _ rules: [Rule], _ question: Question) -> String? {
        if [entry, carrier].contains(where: { isSuspect($0, question) }) { return "source-compromised" }
        return noticeFlaw(carrier, rules, question) ?? mannerFlaw(entry, carrier, rules)
    }

    private func noticeFlaw(_ carrier: Entry, _ rules: [Rule], _ question: Question) -> String? {
        guard let notice = event(carrier).notice?.name else {
            let isAccepted = rules.contains { rule in
                guard case .acceptUnknownNotice(let until) = rule.effect else { return false }
                return question.at < until && packs.isOwn(rule, question) && NaivePacks.isCertain(rule, question)
            }
            return isAccepted ? nil : "notice-unknown"
        }
        if event(carrier).occurredAt == nil { return "opt-in-undated" }
        let given = start(carrier)
        if notice == "web" { return given < minute(0) ? "notice-too-young" : nil }
        let isAttested =
            given >= minute(0).subtracting(milliseconds: 1000 * OccurredAt.day) && given <= minute(30)
        return isAttested ? nil : "notice-too-young"
    }

    private func mannerFlaw(_ entry: Entry, _ carrier: Entry, _ rules: [Rule]) -> String? {
        let events = [event(carrier), event(entry)]
        var verifications = events.compactMap { $0.text(.verification) }
        if event(entry).type == .consentConfirmed { verifications.append("double-opt-in") }
        let isPreTicked = events.map { event in
            guard case .presentation(let presentation) = event[.presentation] else { return false }
            return presentation.preTicked
        }
        // The carrier's is looked at first, with all rules in their order, then the event's own.
        for preTicked in isPreTicked {
            for rule in rules {
                switch rule.effect {
                case .requireVerification(let due) where Set(due).isDisjoint(with: verifications): return "not-verified"
                case .refusePresentation where preTicked: return "presentation-refused"
                default: continue
                }
            }
        }
        return nil
    }

    private func shortest(
        _ rules: [Rule], _ question: Question, usual: UInt64, _ read: (RuleEffect) -> UInt64?
    ) -> UInt64 {
        var certain: [UInt64] = []
        var all: [UInt64] = []
        for rule in rules {
            guard let time = read(rule.effect) else { continue }
            all.append(time)
            if NaivePacks.isCertain(rule, question) { certain.append(time) }
        }
        return (all + [certain.min() ?? usual]).min()!
    }

    private func lapse(_ request: Entry, _ rules: [Rule], _ question: Question) -> Timestamp {
        let usual = shortest(rules, question, usual: 7 * 24 * 3600 * 1000) { effect in
            guard case .requestLasts(let time) = effect else { return nil }
            return time
        }
        return start(request).adding(milliseconds: event(request).number(.validFor) ?? usual)
    }

    // MARK: Other bases

    private func basisAnswer(
        _ question: Question, _ own: [Entry], _ endings: [Entry], _ basis: String, isEmpty: Bool
    ) -> String {
        let ofBasis = own.filter { event($0).text(.basis) == basis }
        let ends = endings.filter {
            event($0).text(.basis) == basis && start($0) <= question.at && isRestricted(event($0), question)
        }
        for entry in ofBasis where event(entry).type == .basisBegan && isGranted(event(entry), question) {
            let expires = event(entry).time(.expiresAt) ?? .last
            if claimed(entry) <= question.at, question.at < expires, !isSuspect(entry, question),
                ends.allSatisfy({ end($0) < start(entry) })
            {
                return "allow basis-recorded"
            }
        }
        if ends.isEmpty, question.assertedBasis == basis { return "allow basis-asserted" }
        return isEmpty ? "deny no-record" : "deny no-basis"
    }

    // MARK: The layer of restrictions

    /// What an entry says against sending, if it does; `entries` are the standing ones of its contact.
    private func against(_ entry: Entry, _ entries: [Entry], _ question: Question, _ rules: [Rule]) -> Against? {
        let event = event(entry)
        guard event.type == .consentInvalidated || start(entry) <= question.at else { return nil }
        let covers = event[.doNotContact] != nil || isRestricted(event, question)
        let named = event.categories ?? []
        let isNamed =
            named.contains(question.category) || named.contains(Self.categories[question.category]!.categoryClass)
        let isOptOut =
            [.consentWithdrawn, .objected, .reviewOpened].contains(event.type)
            || (event.type == .reviewDecided && event.text(.outcome) == "opt-out")
        let isWidened = isOptOut && !(covers && isNamed) && rules.contains { $0.effect == .widenOptOut }
        guard covers || isWidened else { return nil }
        var last = end(entry)
        let given: [EventType] = [.consentRequested, .consentGiven, .consentConfirmed, .consentRenewed]
        for other in entries where event.type != .consentInvalidated && given.contains(self.event(other).type) {
            if other.payload.id.bytes == event.bytes(.concerns) { last = max(last, start(other)) }
        }
        return code(entry, entries, question).map {
            Against(entry: entry, code: $0, isWidened: isWidened, end: last)
        }
    }

    /// The code with which an entry that covers the question speaks against sending.
    private func code(_ entry: Entry, _ entries: [Entry], _ question: Question) -> String? {
        let event = event(entry)
        let (categoryClass, basis) = Self.categories[question.category]!
        switch event.type {
        case .consentRefused: return "refused"
        case .consentRevoked: return "revoked"
        case .consentInvalidated: return "invalidated"
        case .complained: return "complained"
        case .blocked: return "blocked"
        case .reported: return "reported"
        case .basisEnded: return event.text(.basis) == "consent" ? "revoked" : nil
        case .reviewDecided: return event.text(.outcome) == "opt-out" ? "withdrawn" : nil
        case .reviewOpened:
            let decisions = entries.filter {
                self.event($0).type == .reviewDecided && self.event($0).bytes(.concerns) == event.id.bytes
                    && claimed($0) <= question.at
            }
            if decisions.contains(where: { self.event($0).text(.outcome) == "opt-out" }) { return "withdrawn" }
            return decisions.contains { !isSuspect($0, question) && isWithin(event, self.event($0)) }
                ? nil : "held-for-review"
        case .consentWithdrawn, .objected:
            let wasResumed = entries.contains { resumption in
                let resumed = self.event(resumption)
                guard event.type == .consentWithdrawn, resumed.type == .consentResumed, let via = event.via else {
                    return false
                }
                return resumed.via == via && start(resumption) > end(entry) && claimed(resumption) <= question.at
                    && !isSuspect(resumption, question) && isWithin(event, resumed)
                    && (event[.doNotContact] == nil || resumed[.doNotContact] != nil)
            }
            if wasResumed { return nil }
            if event[.doNotContact] != nil, basis != "legal-obligation", categoryClass != "authentication" {
                return "do-not-contact"
            }
            return event.type == .objected ? "objected" : "withdrawn"
        default: return nil
        }
    }

    /// Whether what a linked contact's entry says is said of this one too: before they were unlinked, and of a review
    /// that was opened before that also how it ended.
    private func binds(_ entry: Entry, _ entries: [Entry], before until: UInt64?) -> Bool {
        guard let until, entry.index >= until else { return true }
        return event(entry).type == .reviewDecided
            && entries.contains { review in
                event(review).type == .reviewOpened && review.index < until
                    && review.payload.id.bytes == event(entry).bytes(.concerns)
            }
    }

    /// Whether a later void strikes the entry; a void that is itself struck does not, and one by a suspect key strikes
    /// only what permits.
    private func isVoided(_ entry: Entry, _ entries: [Entry], _ question: Question) -> Bool {
        let event = event(entry)
        let permits =
            [.consentRequested, .consentGiven, .consentConfirmed, .consentRenewed, .consentResumed, .basisBegan]
            .contains(event.type) || (event.type == .reviewDecided && event.text(.outcome) == "dismissed")
        return entries.contains { void in
            self.event(void).type == .eventVoided && void.index > entry.index
                && self.event(void).bytes(.concerns) == event.id.bytes && (permits || !isSuspect(void, question))
                && !isVoided(void, entries, question)
        }
    }

    // MARK: Scopes, times, keys

    private func isGranted(_ event: Event, _ question: Question) -> Bool {
        event.channels!.contains(question.channel) && event.categories!.contains(question.category)
            && (event.senders == nil || event.senders!.contains(question.sender ?? "none"))
            && (event.brands == nil || event.brands!.contains(Self.brands[question.sender ?? "none"] ?? "none"))
    }

    private func isRestricted(_ event: Event, _ question: Question) -> Bool {
        let words = [question.category, Self.categories[question.category]!.categoryClass]
        return event.channels?.contains(question.channel) != false
            && event.categories?.contains(where: words.contains) != false
            && !isRuledOut(event, question.sender)
    }

    /// Neither of the senders that are named nor of the brands, where both are known.
    private func isRuledOut(_ event: Event, _ sender: String?) -> Bool {
        guard let sender, event.senders != nil || event.brands != nil else { return false }
        if event.senders?.contains(sender) == true { return false }
        guard let brands = event.brands else { return true }
        guard let brand = Self.brands[sender] else { return false }
        return !brands.contains(brand)
    }

    private func isWithin(_ narrow: Event, _ wide: Event) -> Bool {
        for field in [EventField.channels, .categories, .senders, .brands] {
            guard let most = wide.texts(field) else { continue }
            guard let words = narrow.texts(field), Set(words).isSubset(of: most) else { return false }
        }
        let limits = [EventField.senders, .brands]
        let wideLimits = limits.filter { wide.texts($0) != nil }
        return wideLimits.isEmpty || wideLimits == limits.filter { narrow.texts($0) != nil }
    }

    private func event(_ entry: Entry) -> Event {
        guard case .event(let event) = entry.payload else { preconditionFailure("only known events here") }
        return event
    }

    private func start(_ entry: Entry) -> Timestamp {
        min(event(entry).occurredAt?.start ?? .epoch, entry.recordedAt)
    }

    private func end(_ entry: Entry) -> Timestamp {
        min(event(entry).occurredAt?.end ?? .last, entry.recordedAt)
    }

    private func claimed(_ entry: Entry) -> Timestamp { event(entry).occurredAt?.start ?? entry.recordedAt }

    private func isKnown(_ index: UInt64, _ recordedAt: Timestamp, _ question: Question) -> Bool {
        switch question.knownAt {
        case .everything: true
        case .size(let size): index < size
        case .time(let time): recordedAt <= time
        }
    }

    private func isSuspect(_ entry: Entry, _ question: Question) -> Bool {
        compromises.contains {
            $0.key == entry.keyIdentifier && $0.since <= entry.recordedAt && isKnown($0.index, $0.recordedAt, question)
        }
    }
}
