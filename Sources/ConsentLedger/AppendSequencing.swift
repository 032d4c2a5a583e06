internal import ConsentModel
internal import ConsentRules
internal import LedgerCrypto
internal import LedgerStorage
internal import TransparencyLog

/// What a group adds to the ledger, to be made durable.
struct SequencedGroup {
    let first: UInt64
    var entries: [[UInt8]] = []
    var objects: [[UInt8]] = []
}

/// Sequencing and flushing: whoever finds nobody flushing takes all that waits, and flushes for everyone.
extension LedgerWriter {
    func submit(_ submission: Submission) throws -> [Result<AppendOutcome, any Error>] {
        monitor.lock()
        defer { monitor.unlock() }
        queue.append(submission)
        while !submission.isDone {
            if isFlushing { submission.turned.wait(in: monitor) } else { lead() }
        }
        if let failure = submission.failure { throw failure }
        return submission.outcomes
    }

    /// Sequences and flushes one group. Called with the monitor locked; unlocks it during the flush.
    private func lead() {
        isFlushing = true
        while isSettling, tail.waitingCount >= pacing.mostInTail { progressed.wait(in: monitor) }
        let group = takeGroup()
        do {
            try refuseIfStopped()
            let sequenced = try sequence(group)
            try flushLeading(sequenced)
            // The group is durable whatever becomes of this; who comes next is told.
            settleIfDue()
        } catch {
            for submission in group { submission.failure = error }
        }
        isFlushing = false
        for submission in group {
            submission.isDone = true
            submission.turned.signal()
        }
        queue.first?.turned.signal()
        progressed.broadcast()
    }

    /// Flushes what was sequenced, if anything was. Called with the monitor locked, by whoever leads; unlocks it meanwhile.
    /// Failing stops the writer.
    func flushLeading(_ sequenced: SequencedGroup) throws {
        guard !sequenced.entries.isEmpty else { return }
        let begun = ticks.elapsedMilliseconds()
        monitor.unlock()
        let flushed = Result { try flush(sequenced) }
        monitor.lock()
        if case .failure(let error) = flushed {
            failure = error
            try refuseIfStopped()
        }
        whenFlushed?(
            FlushedGroup(recordCount: sequenced.entries.count, milliseconds: ticks.elapsedMilliseconds() - begun))
    }

    private func takeGroup() -> [Submission] {
        var count = 0
        let group = queue.prefix { next in
            count += next.prepared.count
            return count <= pacing.mostGrouped
        }
        let taken = max(1, group.count)
        defer { queue.removeFirst(taken) }
        return Array(queue.prefix(taken))
    }

    /// Makes the group durable: what its records name before them. Runs without the monitor.
    func flush(_ sequenced: SequencedGroup) throws {
        let objects = try sequenced.objects.map { (try LedgerPaths.object(SHA256Digest(hashing: $0)), $0) }
        if !objects.isEmpty { try location.storage.create(objects) }
        var rest = sequenced.entries[...]
        while !rest.isEmpty {
            var byteCount = 0
            let fitting = rest.prefix { entry in
                byteCount += entry.count + 4
                return byteCount <= pacing.mostFrameBytes
            }
            let run = rest.prefix(max(1, fitting.count))
            try journal.append(firstIndex: sequenced.first + UInt64(rest.startIndex), entries: Array(run))
            rest = rest.dropFirst(run.count)
        }
    }

    /// Gives the group's events their places. Throws only where nothing was sequenced, or stops the writer.
    func sequence(_ group: [Submission]) throws -> SequencedGroup {
        let recordedAt = try clock.recordingTime(after: lastRecordedAt)
        var sequenced = SequencedGroup(first: size)
        noticeJudgement.beginGroup()
        for submission in group {
            let isStale =
                submission.reservationDrops != reservationDrops || submission.size < settled.checkpoint.size
            submission.outcomes = submission.prepared.map { prepared in
                Result { try sequence(prepared, isStale: isStale, at: recordedAt, into: &sequenced) }
            }
        }
        return sequenced
    }

    /// `isStale`: whether something that the draft was not compared with is no longer in memory.
    private func sequence(
        _ prepared: PreparedDraft, isStale: Bool, at recordedAt: Timestamp, into sequenced: inout SequencedGroup
    ) throws -> AppendOutcome {
        switch prepared {
        case .refused(let error): throw error
        case .known(let request, let index):
            return try repeated(request.draft, request.id, of: index, at: recordedAt, into: &sequenced)
        case .event(let event):
            let id = event.event.id
            if let index = try tail.index(of: id) ?? (isStale ? indexes(of: [id])[id] : nil) {
                return try repeated(event.draft, id, of: index, at: recordedAt, into: &sequenced)
            }
            let isCurrent = try event.contacts.allSatisfy { try self.isCurrent($0, isStale: isStale) }
            return try record(
                isCurrent ? event : prepareAgain(event.draft, id: id), at: recordedAt, into: &sequenced)
        }
    }

    /// The same (source, id) again, which record `index` has as `id`: that record if it says the same, else an error; but an
    /// opt-out is taken anyway, flagged, under an id that what it says determines, so that repeating it too gives the first
    /// record. Of somebody who was erased the id starts anew: that record binds nobody, and to name it would lead to it.
    private func repeated(
        _ draft: EventDraft, _ id: EventID, of index: UInt64, at recordedAt: Timestamp,
        into sequenced: inout SequencedGroup
    ) throws -> AppendOutcome {
        if try isSame(draft, asRecord: index) { return .alreadyRecorded(index: index) }
        let isOfNobody = try isOfNobody(index)
        guard let outsideID = draft.outsideID, let scopedID = draft.scopedID,
            isOfNobody || draft.type.isRestriction
        else {
            throw LedgerError(
                .conflictingDuplicate,
                "the id “\(draft.outsideID ?? "")” was used by record \(index) for something else; "
                    + "give this event an id of its own")
        }
        let next = try keys.eventID(
            source: draft.source, outsideID: scopedID,
            restating: isOfNobody ? SHA256Digest(hashing: id.bytes) : draft.contentDigest())
        if let known = try tail.index(of: next) ?? indexes(of: [next])[next] {
            if try isOfNobody || self.isOfNobody(known) {
                return try repeated(draft, next, of: known, at: recordedAt, into: &sequenced)
            }
            return .alreadyRecorded(index: known)
        }
        let restated = isOfNobody ? draft : draft.flagged(asDuplicateOf: outsideID)
        return try record(prepareAgain(restated, id: next), at: recordedAt, into: &sequenced)
    }

    /// Whether the contact is still the one of its address: it may have been closed since the statement was prepared.
    private func isCurrent(_ contact: ContactRegistration, isStale: Bool) throws -> Bool {
        if let live = registrationInMemory(contact.tag) { return live.handle == contact.handle }
        if tail.isClosed(contact.handle) { return false }
        guard isStale else { return true }
        // What was sealed under a data key that was replaced since is sealed again.
        let registered = try registrations([contact.tag])[contact.tag]
        return registered?.handle == contact.handle && registered?.wrappedKey == contact.wrappedKey
    }

    /// Prepares a draft in its turn, where preparing before cannot know what it is about.
    private func prepareAgain(_ draft: EventDraft, id: EventID) throws -> PreparedEvent {
        guard draft.absentKey == nil else {
            throw LedgerError(
                .contentChanged,
                "the ledger has changed since the statement was prepared; prepare it again, and sign that")
        }
        if try mayBeSuppressed(draft) { try refuseSuppressed(draft) }
        let tags = try tags(of: draft)
        let found = try registrations(tags)
        let contacts = try zip(draft.addresses, tags).map { contact, tag in
            try found[tag] ?? reserve(contact.address, business: draft.business ?? "", tag)
        }
        return try preparation.prepare(draft, id: id, contacts: contacts, signer: signer(of: draft))
    }

    func record(
        _ prepared: PreparedEvent, at recordedAt: Timestamp, into sequenced: inout SequencedGroup
    ) throws -> AppendOutcome {
        let event = prepared.event
        let business = prepared.draft.business
        if let required = prepared.draft.requiredContact, prepared.context.handles != [required] {
            throw LedgerError(
                .badInput,
                "the person was erased, or their address became somebody else's, while this was being recorded; nothing was"
            )
        }
        let key = try catalog.signingKey(
            for: .event(event), keyIdentifier: prepared.statement.keyIdentifier, business: business, index: size)
        guard key.keyIdentifier == prepared.statement.keyIdentifier else {
            throw RulesError(.badSignature, "the statement is not signed by the key it names")
        }
        // What was signed elsewhere is never taken on trust.
        if prepared.draft.absentKey != nil, !prepared.statement.isSigned(by: key, for: prepared.context) {
            throw RulesError(.badSignature, "the statement is not signed by the key it names")
        }
        try catalog.admit(event, business: business ?? "", index: size, recordedAt: recordedAt) {
            [self] notice, business, channels, categories, time throws(RulesError) in
            try noticeJudgement.problems(
                of: notice, business, channels: channels, categories: categories, shownAt: time, now: recordedAt,
                catalog)
        }
        if event.type == .contactErased {
            try catalog.refuseHeld(prepared.context.handles, business: business ?? "", at: recordedAt)
        }
        let record = try Record(
            index: size, recordedAt: recordedAt, links: links(of: prepared),
            statement: prepared.statement.encoded())
        guard record.isLinked(as: event.type) else {
            let due = event.type.chains.business == .never ? "concerns no business" : "names its business"
            throw RulesError(.misplaced, "a \(event.type.name) event \(due)")
        }
        // A contact is reserved until the first record that names it has registered it.
        let registrations = prepared.contacts.filter { reservations[$0.tag]?.handle == $0.handle }
        let journaled = JournalRecord(
            record, prepared.statement, .event(event), registrations: registrations, sealed: prepared.sealed)
        guard journaled.bytes.count <= Record.mostBytes else {
            throw ModelError(
                .tooLarge, "the record has \(journaled.bytes.count) bytes; at most \(Record.mostBytes) are allowed")
        }
        // Nothing after this throws, so that a draft is taken wholly or not at all.
        try catalog.apply(record, event, leafHash: journaled.leafHash)
        if event.type == .sourceAuthorized || event.type == .sourceRevoked { signers = [:] }
        accept(journaled)
        sequenced.entries.append(journaled.encoded())
        sequenced.objects += prepared.draft.objects
        noticeJudgement.add(prepared.draft.objects)
        return .recorded(index: record.index)
    }

    /// Takes a sequenced record into what every later one is checked against.
    private func accept(_ record: JournalRecord) {
        tail.append(record)
        size += 1
        lastRecordedAt = record.record.recordedAt
        for registration in record.registrations { reservations[registration.tag] = nil }
    }

    private func links(of prepared: PreparedEvent) throws -> [ChainLink] {
        var chains: [Chain] = prepared.event.type.chains.ledger ? [.ledger] : []
        if let business = prepared.draft.business { chains.append(.business(business)) }
        chains += prepared.context.handles.map { .contact($0) }
        let reserved = Set(
            prepared.contacts.filter { reservations[$0.tag]?.handle == $0.handle }.map(\.handle))
        return try chains.map { chain in
            if case .contact(let handle) = chain, reserved.contains(handle) { return ChainLink(beginning: chain) }
            let head = try tail.head(of: chain) ?? index.lookUp { try $0.head(of: chain) }
            return head?.next(in: chain) ?? ChainLink(beginning: chain)
        }
    }
}
