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

    var compromises: [Compromise] = []
    /// The record that retired “newsletter”.
    var retirement: (index: UInt64, recordedAt: Timestamp)?

    private static let categories: [String: (categoryClass: String, basis: String)] = [
        "offers": ("marketing", "consent"), "newsletter": ("marketing", "consent"),
        "tips": ("marketing", "legitimate-interest"), "orders": ("utility", "contract"),
        "recalls": ("utility", "legal-obligation"), "codes": ("authentication", "contract"),
        "pin": ("authentication", "consent"),
    ]
    private static let brands = ["wa-viajes": "viajes", "wa-hoteles": "hoteles"]

    func answer(_ question: Question, _ contact: ContactTimeline, linked: [LinkedContact]) -> String {
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

        var against: [(entry: Entry, code: String)] = []
        for (entries, until) in zip(others, linked.map(\.until)) + [(all, nil)] {
            let standing = entries.filter { entry in
                !isVoided(entry, entries, question) && binds(entry, entries, before: until)
            }
            against += standing.compactMap { entry in code(entry, standing, question).map { (entry, $0) } }
        }
        against.sort { (end($0.entry), $0.entry.index) < (end($1.entry), $1.entry.index) }
        let stops = ["do-not-contact", "complained", "blocked", "reported", "held-for-review"]
        if let stop = against.last(where: { stops.contains($0.code) }) { return "deny \(stop.code)" }

        let consent = consentAnswer(question, own, against, isEmpty: all.isEmpty && others.allSatisfy(\.isEmpty))
        if basis == "consent" || consent.hasPrefix("allow") { return consent }
        let binding = against.filter { item in
            let named = event(item.entry).categories ?? []
            return basis == "legitimate-interest"
                || (basis == "contract" && (named.contains(question.category) || named.contains(categoryClass)))
        }
        if let last = binding.last { return "deny \(last.code)" }
        return basisAnswer(question, own, basis, isEmpty: all.isEmpty && others.allSatisfy(\.isEmpty))
    }

    // MARK: The layer of grants

    private func consentAnswer(
        _ question: Question, _ own: [Entry], _ against: [(entry: Entry, code: String)], isEmpty: Bool
    ) -> String {
        // Everything of the cell in order: by time, what permits before what restricts, by index.
        var moments: [(time: Timestamp, restricts: Int, index: UInt64, answer: String)] = []
        var failure: (time: Timestamp, index: UInt64, code: String)?
        for (entry, code) in against { moments.append((end(entry), 1, entry.index, "deny \(code)")) }
        for entry in own where claimed(entry) <= question.at {
            guard let (carrier, flaw) = carrier(of: entry, own, against, question) else { continue }
            let concerned = [entry.payload.id.bytes, carrier.payload.id.bytes]
            if against.contains(where: { concerned.contains(event($0.entry).bytes(.concerns) ?? []) }) { continue }
            if let code = flaw ?? self.flaw(of: [entry, carrier], carrier, question) {
                if failure.map({ ($0.time, $0.index) < (start(entry), entry.index) }) ?? true {
                    failure = (start(entry), entry.index, code)
                }
                continue
            }
            let isImport = [entry, carrier].contains {
                event($0)[.imported] != nil || event($0).text(.method) == "import"
            }
            if isImport, against.contains(where: { $0.entry.index < entry.index }) { continue }
            let isExpired = event(carrier).time(.expiresAt).map { $0 <= question.at } ?? false
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
                && question.at <= lapse(entry)
        }
        return isPending ? "deny pending" : isEmpty ? "deny no-record" : "deny no-consent"
    }

    private func carrier(
        of entry: Entry, _ own: [Entry], _ against: [(entry: Entry, code: String)], _ question: Question
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
        for (stop, code) in against {
            let begins = code == "invalidated" ? Timestamp.epoch : start(stop)
            if end(stop) >= start(request), begins <= end(entry) { return (request, "confirmation-after-withdrawal") }
        }
        let isTimely =
            event.occurredAt != nil && self.event(request).occurredAt != nil && start(entry) >= start(request)
            && end(entry) <= lapse(request)
        return (request, isTimely ? nil : "confirmation-too-late")
    }

    private func flaw(of entries: [Entry], _ carrier: Entry, _ question: Question) -> String? {
        if entries.contains(where: { isSuspect($0, question) }) { return "source-compromised" }
        if event(carrier).occurredAt == nil, event(carrier).notice != nil { return "opt-in-undated" }
        switch event(carrier).notice?.name {
        case "web": return start(carrier) < minute(0) ? "notice-too-young" : nil
        case "flyer":
            let isAttested =
                start(carrier) >= minute(0).subtracting(milliseconds: 1000 * OccurredAt.day)
                && start(carrier) <= minute(30)
            return isAttested ? nil : "notice-too-young"
        default: return "notice-unknown"
        }
    }

    private func lapse(_ request: Entry) -> Timestamp {
        start(request).adding(milliseconds: event(request).number(.validFor) ?? 7 * 24 * 3600 * 1000)
    }

    // MARK: Other bases

    private func basisAnswer(_ question: Question, _ own: [Entry], _ basis: String, isEmpty: Bool) -> String {
        let ofBasis = own.filter { event($0).text(.basis) == basis }
        let ends = ofBasis.filter {
            event($0).type == .basisEnded && start($0) <= question.at && isRestricted(event($0), question)
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

    /// The code with which an entry speaks against sending, if it does; `entries` are the standing ones of its contact.
    private func code(_ entry: Entry, _ entries: [Entry], _ question: Question) -> String? {
        let event = event(entry)
        guard event.type == .consentInvalidated || start(entry) <= question.at else { return nil }
        guard event[.doNotContact] != nil || isRestricted(event, question) else { return nil }
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
            && (question.sender == nil || event.senders?.contains(question.sender!) != false)
            && (Self.brands[question.sender ?? ""] == nil
                || event.brands?.contains(Self.brands[question.sender!]!) != false)
    }

    private func isWithin(_ narrow: Event, _ wide: Event) -> Bool {
        for field in [EventField.channels, .categories, .senders, .brands] {
            guard let most = wide.texts(field) else { continue }
            guard let words = narrow.texts(field), Set(words).isSubset(of: most) else { return false }
        }
        return true
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
