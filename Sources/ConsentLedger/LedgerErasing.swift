public import ConsentModel
public import ConsentRules
internal import LedgerCrypto
internal import TransparencyLog

/// Whom to erase, and what is to stay.
public struct ErasureOrder: Sendable {
    /// The address; what is kept under its other spellings goes too.
    public var contact: ContactAddress
    /// Of the contacts that the address ever was, this one alone; `nil`: all of them.
    public var handle: ContactHandle?
    public var business: String
    /// Whether a keyed suppression stays, so that no import brings the person back.
    public var keepsSuppression = true
    /// Why, as the log has it: a code.
    public var reason: String?
    /// The source that states it; its key must be in the ledger.
    public var source = "cli"

    public init(_ contact: ContactAddress, business: String) {
        self.contact = contact
        self.business = business
    }
}

/// What was erased.
public struct Erasure: Sendable {
    /// The contact-erased records, one for every contact that the address ever was.
    public let records: [UInt64]
    /// The contacts' handles, in the same order: they stay in the log, and lead to nobody any more.
    public let handles: [ContactHandle]
    /// How many records of theirs the log has, those that erase them included.
    public let recordCount: Int
    /// Addresses that records tie to the erased one, and that are kept: they may be the same person's.
    public let linkedContacts: [ContactAddress]
    /// The holds that keep others of the contacts that the address ever was.
    public let holds: [Hold]
    /// How many messages that were counted for an address without a contact were deleted.
    public let uncountedUses: Int
    /// Whether the address was suppressed before, by an earlier erasure.
    public let wasSuppressed: Bool
    /// Whether a suppression is there now.
    public internal(set) var isSuppressed: Bool

    /// Whether nothing was kept of the address before: neither records nor counts nor a suppression.
    public var foundNothing: Bool { records.isEmpty && uncountedUses == 0 && !wasSuppressed }
}

/// Erasing (DESIGN §8): a barrier that nothing passes.
extension LedgerWriter {
    /// Deletes what is kept of people, each for itself. An order for somebody of whom nothing is kept gives an `Erasure`
    /// without records, and records nothing; of who has no records, counts and, unless it is to stay, a suppression go all
    /// the same. One that holds forbid for every contact fails with `held`. Returns whether all traces are
    /// cleared by now: not so where somebody else is reading the registry, and then the next open for writing clears them.
    ///
    /// At return the records are in the log, and neither the registry nor the journal has anything of the person; the keys
    /// under which older copies of the registry open are destroyed. Nobody else appends meanwhile. Throws only when the
    /// ledger cannot go on; the next open then finishes what was recorded.
    public func erase(
        _ orders: [ErasureOrder]
    ) throws -> (outcomes: [Result<Erasure, any Error>], isCleared: Bool) {
        try leading {
            try settleLeading()
            try files.refuseUnreplaceable(KeyPurpose.replaced)
            if orders.contains(where: \.keepsSuppression) { try makeSuppressionKeyIfMissing() }
            let recordedAt = try clock.recordingTime(after: lastRecordedAt)
            var sequenced = SequencedGroup(first: size)
            noticeJudgement.beginGroup()
            var outcomes = orders.map { order in
                Result { try sequence(order, at: recordedAt, into: &sequenced) }
            }
            try flushLeading(sequenced)
            let isCleared = try finishErasuresLeading()
            // What is told of it is what is there.
            try registry.read { view in
                for (place, order) in orders.enumerated() {
                    guard var erasure = try? outcomes[place].get() else { continue }
                    erasure.isSuppressed = try view.isSuppressed(order.contact, business: order.business, keys: keys)
                    outcomes[place] = .success(erasure)
                }
            }
            return (outcomes, isCleared)
        }
    }

    /// Replaces the keys under which data keys, addresses and uses are sealed, as an erasure does: what they seal is sealed
    /// again, and the old ones are destroyed, so that older copies of the registry do not open any more. Returns as `erase`
    /// does; interrupted, the next open finishes it.
    public func rotateSealingKeys() throws -> Bool {
        try leading {
            try settleLeading()
            // Before anything is begun that needs them.
            _ = try keys.sealing
            try files.refuseUnreplaceable(KeyPurpose.replaced)
            try registry.write { try $0.setErasingState(.keysRemain) }
            return try finishErasuresLeading()
        }
    }

    /// Records the erasure that a draft tells, as `append` does, and finishes it before anybody else records anything.
    func erase(by draft: EventDraft) throws -> Result<AppendOutcome, any Error> {
        let submission = try prepare([draft])
        return try leading {
            try settleLeading()
            try files.refuseUnreplaceable(KeyPurpose.replaced)
            if draft.fields[.keepSuppression] != nil {
                try makeSuppressionKeyIfMissing()
                if let contact = draft.contact, let business = draft.business {
                    let kept = try registry.read {
                        try $0.everyRegistration(of: contact, business: business, keys: keys)
                    }
                    try suppress(contact, business: business, unlessSaidBy: kept)
                }
            }
            try flushLeading(sequence([submission]))
            _ = try finishErasuresLeading()
            return submission.outcomes[0]
        }
    }

    /// Finishes what `ErasingState` asks for. Called with the monitor locked, by whoever leads; unlocks it meanwhile.
    func finishErasuresLeading() throws -> Bool {
        try settleLeading()
        // What was prepared by the keys that go is prepared again.
        reservations = [:]
        reservationDrops += 1
        monitor.unlock()
        let completed = Result { try completeErasure() }
        monitor.lock()
        if case .failure(let error) = completed { failure = failure ?? error }
        try refuseIfStopped()
        return try completed.get()
    }

    /// Calls `body` while nobody else prepares, sequences or flushes. Called without the monitor; `body` has it locked.
    func leading<Result>(_ body: () throws -> Result) throws -> Result {
        monitor.lock()
        defer { monitor.unlock() }
        while isErasing { progressed.wait(in: monitor) }
        isErasing = true
        while preparingCount > 0 || isFlushing { progressed.wait(in: monitor) }
        isFlushing = true
        defer {
            isFlushing = false
            isErasing = false
            queue.first?.turned.signal()
            progressed.broadcast()
        }
        try refuseIfStopped()
        return try body()
    }

    /// Waits for whoever erases. Called without the monitor.
    func beginPreparing() {
        monitor.withLock {
            while isErasing { progressed.wait(in: monitor) }
            preparingCount += 1
        }
    }

    func endPreparing() {
        monitor.withLock {
            preparingCount -= 1
            if isErasing { progressed.broadcast() }
        }
    }

    /// Records that every contact of an address is erased. All records are settled. Throws before anything is recorded.
    private func sequence(
        _ order: ErasureOrder, at recordedAt: Timestamp, into sequenced: inout SequencedGroup
    ) throws -> Erasure {
        _ = try catalog.business(order.business, at: size)
        let kept = try registry.read { view in
            guard let handle = order.handle else {
                return try view.everyRegistration(of: order.contact, business: order.business, keys: keys)
            }
            return try view.registration(of: handle).map { [$0] } ?? []
        }.filter { !tail.isErased($0.handle) }
        // A hold on whoever had the address once keeps nobody who has it now.
        func holds(on contact: ContactRegistration) -> [Hold] {
            catalog.holds(on: [contact.handle], business: order.business, at: recordedAt)
        }
        let contacts = kept.filter { holds(on: $0).isEmpty }
        if contacts.isEmpty {
            try catalog.refuseHeld(kept.map(\.handle), business: order.business, at: recordedAt)
        }
        let (uses, wasSuppressed) = try forgetAddress(of: order, hasContacts: order.handle != nil || !contacts.isEmpty)
        let recordCount = try withSnapshot { snapshot in
            try contacts.reduce(0) { try $0 + snapshot.timeline(of: $1.handle).entries.count }
        }
        let linked = try withSnapshot { try $0.linkedContacts(of: contacts.map(\.handle)) }
        var draft = EventDraft(.contactErased, business: order.business, contact: order.contact)
        draft.fields[.source] = .text(order.source)
        draft.fields[.occurredAt] = .occurredAt(OccurredAt(recordedAt))
        draft.fields[.reason] = order.reason.map { .text($0) }
        if order.keepsSuppression { draft.fields[.keepSuppression] = .mark }
        try draft.check()
        let signer = try signer(of: draft)
        if order.keepsSuppression { try suppress(order.contact, business: order.business, unlessSaidBy: contacts) }
        let records = try contacts.map { contact in
            let prepared = try preparation.prepare(
                draft, id: EventID(random: preparation.random), contacts: [contact], signer: signer)
            return try record(prepared, at: recordedAt, into: &sequenced).index
        }
        return Erasure(
            records: records, handles: contacts.map(\.handle), recordCount: recordCount + records.count,
            linkedContacts: linked, holds: kept.flatMap(holds), uncountedUses: uses, wasSuppressed: wasSuppressed,
            isSuppressed: order.keepsSuppression && (wasSuppressed || !contacts.isEmpty))
    }

    /// Suppresses an address that is about to be erased, where the row of one of its contacts does not say it: with the row,
    /// nobody would know whom to suppress.
    private func suppress(
        _ address: ContactAddress, business: String, unlessSaidBy contacts: [ContactRegistration]
    ) throws {
        let spellings = address.everySpelling
        func says(_ contact: ContactRegistration) throws -> Bool {
            try contact.addressIfItOpens(keys).map(spellings.contains) ?? false
        }
        guard try !contacts.allSatisfy(says) else { return }
        try registry.write { try $0.suppress(spellings, business: business, keys: keys) }
    }

    /// What is kept of an address itself: whether it was suppressed; and of one without contacts, whose erasure no record tells,
    /// the counts go, and the suppression unless it is to stay.
    private func forgetAddress(
        of order: ErasureOrder, hasContacts: Bool
    ) throws -> (uses: Int, wasSuppressed: Bool) {
        let wasSuppressed = try registry.read {
            try $0.isSuppressed(order.contact, business: order.business, keys: keys)
        }
        guard !hasContacts else { return (0, wasSuppressed) }
        return try registry.write { view in
            let uses = try view.forget(order.contact, business: order.business, keys: keys)
            let isLifted =
                try !order.keepsSuppression
                && view.liftSuppression(of: order.contact, business: order.business, keys: keys)
            if uses > 0 || isLifted { try view.setErasingState(.keysRemain) }
            return (uses, wasSuppressed)
        }
    }

    /// A ledger of before there were suppressions gets its key: durable before the registry goes by it.
    private func makeSuppressionKeyIfMissing() throws {
        guard try keys.suppression == nil else { return }
        let name = KeyPurpose.suppression.rawValue
        if try !files.exists(name) {
            let random = preparation.random
            try files.create(
                name, random.secret(SealingKey.byteCount), like: files.content(KeyPurpose.epoch.rawValue),
                random: random)
        }
        let key = try KeyedHash(key: files.read(name))
        let check = LedgerKeys.checkValue(of: key, .suppression, ledgerID: identity.ledgerID)
        try registry.adoptSuppressionKey(check: check)
        keys.setSuppression(key, check: check)
    }
}
