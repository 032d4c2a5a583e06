internal import ConsentModel
internal import ConsentRules
internal import LedgerStorage

/// The same (source, id) again: whether it is the same event.
extension LedgerWriter {
    /// Whether the record at `place` says what `draft` does. Called with the monitor locked.
    func isSame(_ draft: EventDraft, asRecord place: UInt64) throws -> Bool {
        let handles = try draft.type.isGovernance || draft.type == .contactErased ? recordedContacts(of: draft) : []
        return try withSnapshot { try Self.isSame(draft, asRecord: place, in: $0, handles: handles) }
    }

    /// The contacts that a draft's addresses have in the ledger: none that was only reserved for a draft.
    private func recordedContacts(of draft: EventDraft) throws -> Set<ContactHandle> {
        let tags = try tags(of: draft).sorted()
        let registered = try registry.lookUp(of: tags)
        return Set(
            tags.flatMap { tail.live($0, registered[$0] ?? []) }.map(\.handle) + [draft.handle].compactMap(\.self))
    }

    /// Whether every contact of the record at `place` was erased. Called with the monitor locked.
    func isOfNobody(_ place: UInt64) throws -> Bool {
        try withSnapshot { snapshot in
            let handles = try snapshot.record(at: place).handles
            return try !handles.isEmpty && handles.allSatisfy { try snapshot.registration(of: $0) == nil }
        }
    }

    /// Calls `body` with the ledger as it is for the next draft. Called with the monitor locked.
    func withSnapshot<Result>(_ body: (LedgerSnapshot) throws -> Result) throws -> Result {
        try index.lookUp { view in
            try registry.lookUp { registered in
                try body(
                    LedgerSnapshot(
                        catalog: catalog, size: size, lastRecordedAt: lastRecordedAt, location: location, keys: keys,
                        view: view, registry: registered, tail: tail, useCount: nil, published: published))
            }
        }
    }

    /// `handles`: whom the draft is about, for governance and erasures, which have no private part that says it.
    private static func isSame(
        _ draft: EventDraft, asRecord index: UInt64, in snapshot: LedgerSnapshot, handles: Set<ContactHandle>
    ) throws -> Bool {
        let record = try snapshot.record(at: index)
        let statement = try Statement(decoding: record.statement[...])
        guard case .event(let event) = try Payload(decoding: statement.payload[...]), event.type == draft.type,
            record.business == draft.business
        else { return false }
        // Who was erased is told by no private part; who is still there was not.
        if draft.type == .contactErased { return handles.isEmpty }
        // Flags say what the recorder assumed, which changes with the ledger; the act is the same.
        var ignored: Set<EventField> = [.commitment, .fromHandle, .flags]
        if draft.isTimeAssumed { ignored.insert(.occurredAt) }
        let recorded = event.fields.filter { !ignored.contains($0.field) }
        guard recorded.count == draft.fields.keys.count(where: { !ignored.contains($0) }),
            recorded.allSatisfy({ draft.fields[$0.field] == $0.value })
        else { return false }
        guard !draft.type.isGovernance else {
            return Set(record.handles) == handles
        }
        let facts = try snapshot.privateFields(of: index).map {
            EventDraft.PrivateFact($0.field.name, bytes: $0.field.value)
        }
        return Set(facts)
            == Set(draft.privateFields + draft.addresses.map { EventDraft.PrivateFact($0.name, $0.address.text) })
    }
}
