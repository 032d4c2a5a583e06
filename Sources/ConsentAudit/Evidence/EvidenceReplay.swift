internal import ConsentModel
internal import ConsentRules
internal import LedgerCrypto
internal import TransparencyLog

/// The answers of a bundle, computed from its own records alone. What is not in them is taken as if it were not: how many
/// messages were sent, and bases that a sender only asserts.
struct EvidenceReplay {
    /// What the governance records say.
    let catalog: Catalog
    /// The contact's own records.
    let timeline: ContactTimeline
    /// The contacts whose stops bind this one, by all that the bundle has, in an order that follows from the records.
    let linked: [LinkedContact]
    /// The same by what may be known.
    private let linkedContacts: @Sendable (KnownAt) throws -> [LinkedContact]
    private let rules: DecisionRules
    private let size: UInt64
    private let request: StatedRequest

    /// `events` are the records, in the order of the log; `size` is how many the log has; `object` gives the bytes of notices
    /// and packs. Throws `packUnreadable` for an adopted pack that is missing or not understood, and as `LinkRules` does.
    init(
        _ events: [LoggedEvent], catalog: Catalog, size: UInt64, request: StatedRequest,
        object: @escaping @Sendable (SHA256Digest) -> [UInt8]?
    ) throws {
        self.catalog = catalog
        self.size = size
        self.request = request
        var found: [ContactHandle: [ContactTimeline.Entry]] = [:]
        var pairs: [UInt64: [ContactHandle]] = [:]
        for event in events {
            let handles = event.record.handles
            pairs[event.record.index] = handles
            for handle in handles { found[handle, default: []].append(ContactTimeline.Entry(event)) }
        }
        let handle = request.asked.handle
        let timeline = ContactTimeline(handle: handle, entries: found[handle] ?? [])
        linkedContacts = { [entries = found, pairs] knownAt in
            try Self.linked(
                to: timeline, others: request.asked.otherHandles, catalog: catalog, knownAt: knownAt,
                timelines: { ContactTimeline(handle: $0, entries: entries[$0] ?? []) },
                other: { index, handle in pairs[index]?.first { $0 != handle } })
        }
        self.timeline = timeline
        linked = try linkedContacts(.size(size))
        let packs = try Self.adoptions(in: catalog, for: request.asked.business).map { adoption in
            guard let bytes = object(adoption.digest), SHA256Digest(hashing: bytes) == adoption.digest else {
                throw RulesError(
                    .packUnreadable,
                    "the rule pack “\(adoption.pack)” that record \(adoption.index) adopted is not in the bundle")
            }
            return AdoptedPack(try RulePack(parsing: bytes), adoption)
        }
        let notices = NoticeTexts { digest throws(RulesError) in
            SHA256Digest(digest).flatMap { name in
                object(name).flatMap { SHA256Digest(hashing: $0) == name ? $0 : nil }
            }
        }
        rules = DecisionRules(catalog: catalog, packs: packs, notices: notices)
    }

    /// The contacts whose stops bind the one of `timeline`, in ascending order of their handles.
    static func linked(
        to timeline: ContactTimeline, others: [ContactHandle], catalog: Catalog, knownAt: KnownAt,
        timelines: (ContactHandle) throws -> ContactTimeline,
        other: (_ index: UInt64, _ handle: ContactHandle) throws -> ContactHandle?
    ) throws -> [LinkedContact] {
        try LinkRules(catalog: catalog, knownAt: knownAt).linked(
            to: timeline, others: others, timelines: timelines, other: other
        ).sorted { $0.timeline.handle < $1.timeline.handle }
    }

    /// The adoptions of packs that concern a business.
    static func adoptions(in catalog: Catalog, for business: String) -> [PackAdoption] {
        catalog.adoptions.filter { ($0.business ?? business) == business }
    }

    /// An answer, or why there is none.
    struct Answer {
        let decision: Decision?
        let problem: RulesError?

        /// Whether the person's consent or another basis carries it, whatever the hour.
        var isCarried: Bool {
            guard let decision else { return false }
            switch decision.outcome {
            case .allow: return true
            case .deny: return false
            case .defer: return decision.reasons.allSatisfy { Self.waits.contains($0.code) }
            }
        }

        private static let waits: Set<Reason.Code> = [
            .outsideHours, .timeZoneUnknown, .capReached, .countsIncomplete,
        ]
    }

    /// The answer for a cell at the moment asked about, by all that the bundle has.
    func answer(channel: String, category: String) -> Answer {
        answer(cell(channel, category, at: request.asked.at, recipient: request.recipient))
    }

    /// The answers for a send: on what was recorded when it was sent, and on all that the bundle has.
    func answers(for send: EvidenceRequest.Send, recipient: Recipient) throws -> (then: Answer, today: Answer) {
        var question = Question(
            business: request.asked.business, channel: send.channel, category: send.category ?? "",
            template: send.template, sender: send.sender, at: send.at, knownAt: .time(send.at), recipient: recipient)
        let then = answer(question, linked: try linkedContacts(question.knownAt))
        question.knownAt = .size(size)
        return (then, answer(question))
    }

    /// From when until when a cell's answer was carried, up to the moment asked about, oldest first; the last goes on where
    /// it has no end.
    func spans(channel: String, category: String) -> [(from: Timestamp, until: Timestamp?, isWaiting: Bool)] {
        var spans: [(from: Timestamp, until: Timestamp?, isWaiting: Bool)] = []
        var open: (from: Timestamp, isWaiting: Bool)?
        var moments = turningPoints
        var position = 0
        while position < moments.count {
            let moment = moments[position]
            position += 1
            let answer = answer(cell(channel, category, at: moment, recipient: request.recipient))
            if let lapse = answer.decision?.lapsesAt, lapse <= request.asked.at {
                let place = moments[position...].firstIndex { $0 >= lapse } ?? moments.endIndex
                if place == moments.endIndex || moments[place] != lapse { moments.insert(lapse, at: place) }
            }
            let state = state(of: answer)
            if let current = open, state != current.isWaiting {
                spans.append((current.from, moment, current.isWaiting))
                open = nil
            }
            if open == nil, let state { open = (moment, state) }
        }
        if let open { spans.append((open.from, nil, open.isWaiting)) }
        return spans
    }

    /// `nil`: not carried; whether it waits for something else than an hour.
    private func state(of answer: Answer) -> Bool? {
        if answer.isCarried { return false }
        return answer.decision?.outcome == .defer ? true : nil
    }

    /// The moments at which an answer can change by what is recorded, in ascending order, up to the moment asked about.
    private var turningPoints: [Timestamp] {
        var moments: Set<Timestamp> = [request.asked.at]
        for entry in ([timeline] + linked.map(\.timeline)).flatMap(\.entries) {
            moments.insert(entry.recordedAt)
            guard case .event(let event) = entry.payload else { continue }
            if let time = event.occurredAt { moments.formUnion([time.start, time.end]) }
            if let end = event.time(.expiresAt) { moments.insert(end) }
        }
        for adoption in catalog.adoptions { moments.insert(adoption.effectiveFrom) }
        return moments.filter { $0 <= request.asked.at }.sorted()
    }

    private func cell(_ channel: String, _ category: String, at time: Timestamp, recipient: Recipient) -> Question {
        Question(
            business: request.asked.business, channel: channel, category: category, at: time, knownAt: .size(size),
            recipient: recipient)
    }

    private func answer(_ question: Question) -> Answer { answer(question, linked: linked) }

    private func answer(_ question: Question, linked: [LinkedContact]) -> Answer {
        do throws(RulesError) {
            return Answer(decision: try rules.decide(question, timeline: timeline, linked: linked), problem: nil)
        } catch {
            return Answer(decision: nil, problem: error)
        }
    }
}

extension ContactTimeline.Entry {
    /// A record of a contact's chain as decisions read it.
    init(_ event: LoggedEvent) {
        self.init(
            index: event.record.index, recordedAt: event.record.recordedAt, keyIdentifier: event.keyIdentifier,
            payload: event.payload)
    }
}
