public import ConsentModel
public import ConsentRules
internal import LedgerCrypto
internal import LedgerStorage

/// Reserving: asking and counting in one, so that two campaigns at once cannot both be the last that a cap allows.
extension Ledger {
    /// As `reserve(batch:)`, for one question; throws what is wrong with it.
    public func reserve(_ question: Question, contact: ContactAddress) throws -> Answer {
        try reserve(batch: [(question, contact)])[0].get()
    }

    /// Answers questions, each for itself and in this order, and counts what is allowed as sent, in one transaction: an
    /// allow has the number of its use, which is durable at return. A question sees the uses of those before it.
    ///
    /// It needs no lock and goes on beside a writer. Throws when nothing can be answered, `locked` where others reserve
    /// for too long; what is wrong with one question is its own result. Where it throws after the uses were written they
    /// count: a message that was not sent is counted rather than one that was sent not.
    public func reserve(
        batch questions: [(question: Question, contact: ContactAddress)]
    ) throws -> [Result<Answer, any Error>] {
        try reserve { _ in
            questions
        } reading: { _, answers in
            answers
        }
    }

    /// The same for questions that `asking` makes of the ledger as it is, and returns what `body` makes of the answers and of
    /// the ledger that they rest on. Where one of the two throws, nothing is counted.
    public func reserve<Value>(
        asking questions: (LedgerSnapshot) throws -> [(question: Question, contact: ContactAddress)],
        reading body: (LedgerSnapshot, [Result<Answer, any Error>]) throws -> Value
    ) throws -> Value {
        let now = clock.now()
        let (value, isChanged) = try reserving { snapshot, table in
            var batch = try ReservationBatch(snapshot: snapshot, table: table, now: now, ledger: self)
            let answers = try questions(snapshot).map { try batch.answer($0.question, contact: $0.contact) }
            try batch.finish()
            return (try body(snapshot, answers), batch.isChanged)
        }
        if isChanged { try countOutside() }
        return value
    }

    /// Gives back a use that was reserved for a contact, or for one linked to it, and not sent: it no longer counts. Returns
    /// it; throws `badInput` if there is none.
    @discardableResult
    public func release(_ id: UInt64, contact: ContactAddress, business: String) throws -> ReservedUse {
        try reserving { snapshot, table in
            guard let use = try snapshot.uses(of: contact, business: business).first(where: { $0.id == id }) else {
                throw LedgerError(
                    .badInput, "\(contact) has no use \(id); see: consent uses CONTACT")
            }
            try table.remove(id: id)
            return use
        }
    }

    /// Accepts that uses are missing, after a registry was restored: caps are answered by what is there. Returns until
    /// when they may have been missing, or `nil` if none are.
    public func acceptMissingUses() throws -> Timestamp? {
        let missing = try reserving { snapshot, table -> Timestamp? in
            guard var count = snapshot.useCount, let until = count.incompleteUntil else { return nil }
            count.incompleteUntil = nil
            if try table.count() == nil { try table.make() }
            try table.acceptRows()
            try table.setCount(count)
            return until
        }
        if missing != nil { try countOutside() }
        return missing
    }

    /// Brings the file up to the registry. In a transaction of its own, after the one that counted: so the file never
    /// counts what the registry may lose in a crash, and never goes back when two programs reserve at once.
    private func countOutside() throws {
        try registry.write { view in
            guard let count = try view.uses.count() else { return }
            try UseCountFile.write(count, to: location.storage)
        }
    }
}

/// The questions of one transaction.
private struct ReservationBatch {
    private let snapshot: LedgerSnapshot
    private let table: UseTable
    private let now: Timestamp
    private let ledger: Ledger
    private var count: UseCount
    /// Whether the registry counts something else than before.
    private(set) var isChanged = false

    init(snapshot: LedgerSnapshot, table: UseTable, now: Timestamp, ledger: Ledger) throws {
        // Before anything is written for it.
        _ = try snapshot.keys.tags
        _ = try snapshot.keys.registry
        self.table = table
        self.now = now
        self.ledger = ledger
        count = snapshot.useCount ?? UseCount()
        self.snapshot = snapshot.counting(count)
        if count.incompleteUntil == .last {
            // Nobody knows what was counted; by now all of it was.
            count.incompleteUntil = max(now, count.latest)
        }
        if try table.isShort() {
            // Noted in the count: what is counted from now on is not lost.
            try table.acceptRows()
            isChanged = true
        }
        guard try table.count() != count else { return }
        isChanged = true
        if try table.count() == nil {
            // First, so that where there are uses there is a file, and one that is gone is missed.
            try UseCountFile.write(count, to: ledger.location.storage)
            try table.make()
        }
        try table.setCount(count)
    }

    /// The answer, with the use where it is an allow. Throws only what ends the transaction.
    mutating func answer(_ question: Question, contact: ContactAddress) throws -> Result<Answer, any Error> {
        var answer: Answer
        do {
            // A cap counts back from the moment asked about, so that nothing may be counted ahead of the others.
            guard question.at <= now.adding(milliseconds: Catalog.clockTolerance) else {
                throw LedgerError(
                    .badInput,
                    "a message is reserved when it is about to be sent, and \(question.at) is later than now; reserve it then"
                )
            }
            // Nor behind them: what was counted since would not be counted.
            guard question.at >= now.subtracting(milliseconds: Catalog.clockTolerance) else {
                throw LedgerError(
                    .badInput,
                    "a message is reserved when it is about to be sent, and \(question.at) is past; reserve it for now")
            }
            guard question.knownAt == .everything else {
                throw LedgerError(
                    .badInput,
                    "a message is reserved by all that is known; leave out what was known at another time")
            }
            answer = try snapshot.decide(question, contact: contact)
        } catch { return .failure(error) }
        guard answer.decision.outcome == .allow else { return .success(answer) }
        count.made += 1
        count.latest = max(count.latest, question.at)
        isChanged = true
        let use = ReservedUse(
            id: count.made, business: question.business, address: contact,
            use: Use(answer.question, answer.decision))
        try table.insert(
            use, tag: snapshot.keys.tag(of: contact, business: question.business), keys: snapshot.keys,
            random: ledger.random)
        answer.reservation = use.id
        return .success(answer)
    }

    /// Notes what was counted, and forgets what nobody counts any more.
    mutating func finish() throws {
        guard isChanged else { return }
        if let keeping, let pruned = try table.prune(before: now.subtracting(milliseconds: keeping)) {
            count.markIncomplete(until: pruned)
        }
        try table.setCount(count)
    }

    /// How long uses are kept, in milliseconds: as long as some adopted rule counts them; `nil` where one cannot be read.
    private var keeping: UInt64? {
        var longest = UseTable.shortestKeeping
        for business in snapshot.catalog.businesses.keys {
            guard let packs = try? snapshot.packs(business: business) else { return nil }
            for case .cap(let cap) in packs.flatMap(\.pack.rules).map(\.effect) {
                longest = max(longest, cap.window + OccurredAt.day)
            }
        }
        return longest
    }
}

extension LedgerSnapshot {
    /// What was reserved for the person at an address, as far as it is kept: for the address, other spellings of it, and
    /// the contacts that are linked to it now. The oldest reservation comes first.
    public func uses(of address: ContactAddress, business: String) throws -> [ReservedUse] {
        let question = Question(business: business, channel: "", category: "", at: lastRecordedAt)
        let handles = try handles(of: address, business: business)
        let timeline = try handles.first.map { try self.timeline(of: $0) }
        return try uses(
            of: address, answering: question,
            linked: linked(to: address, timeline, others: handles.dropFirst(), question))
    }

    /// The same, where the linked contacts are known.
    func uses(
        of address: ContactAddress, answering question: Question, linked: [LinkedContact]
    ) throws -> [ReservedUse] {
        guard useCount != nil, try registry.uses.count() != nil else { return [] }
        var tags: Set<ContactTag> = []
        for spelling in address.everySpelling {
            let tag = try keys.tag(of: spelling, business: question.business)
            let closed = try closed(tag, before: question)
            let handles = closed.isEmpty ? [] : try self.handles(of: spelling, answering: question)
            if let former = handles.first(where: closed.contains) {
                try tags.formUnion(tagsOfUses(of: former))
            } else {
                tags.insert(tag)
            }
        }
        for contact in linked where contact.until == nil {
            try tags.formUnion(tagsOfUses(of: contact.timeline.handle))
        }
        return try tags.flatMap { try registry.uses.uses(tag: $0, keys: keys) }.sorted { $0.id < $1.id }
    }
}

extension LedgerSnapshot {
    /// Of the uses of a person those that count for a message. Before one is reserved all do, those of a later time too, so
    /// that nobody goes behind them. Else it is what was sent before; clocks differ, so that what another sender reserved
    /// a moment ahead of this one's clock counts as well. Of a message that was sent, its own use does not count.
    func counted(_ uses: [ReservedUse], for inquiry: Inquiry) -> [Use] {
        guard !isReserving, !uses.isEmpty else { return uses.map(\.use) }
        let question = inquiry.question
        let last =
            inquiry.reservedSince == nil ? question.at.adding(milliseconds: Catalog.clockTolerance) : question.at
        let own = inquiry.reservedSince.flatMap { since in
            uses.filter { use in
                since...max(since, question.at) ~= use.use.at && use.address == inquiry.contact
                    && use.use.channel == question.channel && use.use.purpose == question.purpose
                    && (question.category.isEmpty || use.use.categories.contains(question.category))
            }.max { ($0.use.at, $0.id) < ($1.use.at, $1.id) }
        }
        // What may be sent once counts whenever it was sent.
        return uses.filter { $0.id != own?.id && ($0.use.at <= last || $0.use.purpose != .message) }.map(\.use)
    }
}

extension Use {
    /// What a message that was allowed counts as.
    fileprivate init(_ question: Question, _ decision: Decision) {
        self.init(
            at: question.at, channel: question.channel, categories: decision.about,
            categoryClass: decision.categoryClass, sender: question.sender, purpose: question.purpose,
            concerns: question.purpose == .message ? nil : decision.reasons.first?.records.first)
    }
}
