internal import ConsentModel
internal import ConsentRules

/// Who asked to be forgotten is not brought back by what happened before, nor by what a file tells: a suppression stays when
/// the person comes back, and what they did before they left does not count any more.
extension LedgerWriter {
    /// Whether a draft could bring back somebody who is suppressed: `refuseSuppressed` then says whether it does.
    func mayBeSuppressed(_ draft: EventDraft) throws -> Bool {
        try draft.bringsBack && isOfWhoIsSuppressed(draft)
    }

    /// Throws as `refuseSuppressed` does. Called without the monitor.
    func refuseIfSuppressed(_ draft: EventDraft) throws {
        if try mayBeSuppressed(draft) { try monitor.withLock { try refuseSuppressed(draft) } }
    }

    /// Whether a draft says a stop, taken over from elsewhere, of somebody who asked to be forgotten and did not come back:
    /// nothing is sent to them, and recording it would keep their address again.
    func isNewsOfWhoIsForgotten(_ draft: EventDraft) throws -> Bool {
        guard draft.isTakenOver, draft.type.isRestriction else { return false }
        do {
            guard try isOfWhoIsSuppressed(draft) else { return false }
        } catch let error as LedgerError where error.code == .missingKey {
            // A stop is not lost for a key that is not here.
            return false
        }
        return try monitor.withLock {
            try draft.addresses.allSatisfy { try firstReturn(of: $0.address, business: draft.business ?? "") == nil }
        }
    }

    private func isOfWhoIsSuppressed(_ draft: EventDraft) throws -> Bool {
        guard let business = draft.business else { return false }
        return try registry.lookUp { view in
            try draft.addresses.contains { try view.isSuppressed($0.address, business: business, keys: keys) }
        }
    }

    /// Throws `suppressed` for what would bring back a person who asked to be forgotten without being their own act since.
    /// Called with the monitor locked.
    func refuseSuppressed(_ draft: EventDraft) throws {
        guard let business = draft.business else { return }
        for (_, address) in draft.addresses {
            let latestErasure = try registry.lookUp { view -> Timestamp? in
                guard try view.isSuppressed(address, business: business, keys: keys) else { return nil }
                // When this person was erased is not kept: it would lead to the record that says so.
                return try view.latestErasure(business: business) ?? lastRecordedAt
            }
            guard let latestErasure else { continue }
            let returned = try firstReturn(of: address, business: business)
            guard returned != nil || !draft.isTakenOver else {
                throw LedgerError(
                    .suppressed,
                    "\(address) asked to be forgotten; only a new opt-in by the person themselves brings them back")
            }
            let since = min(latestErasure, returned ?? latestErasure)
            guard draft.type.permits, draft.occurredAt.map({ $0.start < since }) ?? true else { continue }
            throw LedgerError(
                .suppressed,
                "\(address) asked to be forgotten, and what they agreed to before that does not count any more: this is "
                    + "\(draft.occurredAt.map { "of \($0.start)" } ?? "of an unknown time"), which is not surely after \(since)"
            )
        }
    }

    /// When what first brought the person back was recorded; `nil` where nothing has.
    private func firstReturn(of address: ContactAddress, business: String) throws -> Timestamp? {
        let tag = try keys.tag(of: address, business: business)
        guard let contact = try registrations([tag])[tag] else { return nil }
        return try withSnapshot { try $0.firstReturn(of: contact.handle) }
    }
}

extension LedgerSnapshot {
    /// Whether an address is suppressed, and the person did not come back since.
    func isForgotten(_ address: ContactAddress, business: String) throws -> Bool {
        guard try registry.isSuppressed(address, business: business, keys: keys) else { return false }
        return try handles(of: address, business: business).allSatisfy { try firstReturn(of: $0) == nil }
    }

    /// When the first record of a contact that brings somebody back was recorded; none that was voided.
    fileprivate func firstReturn(of handle: ContactHandle) throws -> Timestamp? {
        let entries = try timeline(of: handle).entries
        return entries.first { entry in
            entry.isReturn && !entries.contains { $0.index > entry.index && $0.voids(entry.payload.id) }
        }?.recordedAt
    }
}

extension EventType {
    /// Whether it gives a permission that counts from when it happened.
    fileprivate var permits: Bool {
        switch self {
        case .consentGiven, .consentRenewed, .consentConfirmed, .consentResumed, .basisBegan: true
        default: false
        }
    }
}

extension EventDraft {
    /// Whether it was taken over from elsewhere, and so is nobody's act that the ledger saw.
    var isTakenOver: Bool { isFromFile || fields[.imported] != nil || fields[.method] == .text("import") }

    /// Whether it could bring back somebody who was erased: by what it permits or, where it was taken over, by anything that
    /// is no stop. That an address has changed hands stops the old one.
    var bringsBack: Bool {
        isTakenOver ? !type.isGovernance && !type.isRestriction && type != .contactChanged : type.permits
    }

    fileprivate var occurredAt: OccurredAt? {
        guard case .occurredAt(let time) = fields[.occurredAt] else { return nil }
        return time
    }
}

extension ContactTimeline.Entry {
    /// Whether by it a person came back of their own accord: it was not taken over from records kept elsewhere.
    var isReturn: Bool {
        guard case .event(let event) = payload, !event.isImported else { return false }
        return [.consentGiven, .consentRenewed, .consentConfirmed, .consentResumed].contains(event.type)
    }

    /// Whether it voids the event of that id.
    func voids(_ id: EventID) -> Bool {
        guard case .event(let event) = payload, event.type == .eventVoided else { return false }
        return event.bytes(.concerns) == id.bytes
    }
}
