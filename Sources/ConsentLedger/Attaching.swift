public import ConsentModel
internal import ConsentRules
internal import LedgerCrypto
internal import LedgerStorage

/// Attaching files to what is recorded of a person.
extension LedgerWriter {
    /// Attaches a file to an event of a contact that the ledger has: seals the content that `next` gives until it gives
    /// `nil`, and then records it. Durable at return. Memory does not grow with the content. The same file for the same
    /// event is recorded once.
    ///
    /// Throws `contentChanged` unless the content is the one that was measured, `badInput` if the ledger has no contact of
    /// that address or erases it meanwhile, and as `append` does; then nothing is kept of it.
    public func attach(_ attachment: AttachmentDraft, from next: () throws -> [UInt8]?) throws -> AppendOutcome {
        var draft = attachment.event
        if draft.fields[.source] == nil { draft.fields[.source] = .text(EventDraft.usualSource) }
        let id = try keys.eventID(source: draft.source, outsideID: draft.outsideID ?? "")
        if let index = try index(of: id) { return .alreadyRecorded(index: index) }
        let tag = try keys.tag(of: attachment.contact, business: attachment.business)
        let store = AttachmentStore(location.storage, ledgerID: identity.ledgerID)
        let (registration, key) = try monitor.withLock {
            // Data keys are not replaced while the content is sealed under one of them.
            while isErasing { progressed.wait(in: monitor) }
            try refuseIfStopped()
            guard let registration = try registrations([tag])[tag] else {
                throw LedgerError(
                    .badInput,
                    "the ledger has no record of \(attachment.contact) at \(attachment.business), so there is nothing to "
                        + "attach a file to")
            }
            let key = try registration.dataKey(keys)
            if !isAttachingNoted {
                try location.storage.replace(LedgerPaths.attaching, with: Array("consent-attaching/1\n".utf8))
                isAttachingNoted = true
            }
            guard attaching.insert(id).inserted else {
                throw LedgerError(.contentChanged, "“\(attachment.fileName)” is being attached already")
            }
            return (registration, key)
        }
        defer { monitor.withLock { _ = attaching.remove(id) } }
        draft.requiredContact = registration.handle
        // An earlier attempt may have been stopped before it was recorded.
        try store.remove(registration.handle, id)
        try store.write(attachment, registration.handle, id, key: key, random: preparation.random, from: next)
        do { return try append(draft) } catch {
            // Whoever does not know what was recorded keeps it: the next open finds out.
            if (error as? LedgerError)?.code != .outcomeUnknown { try? store.remove(registration.handle, id) }
            throw error
        }
    }

    /// Removes what a crash left where one came while contents were being written: those whose event is not in the ledger, and
    /// those that were not written to their end.
    func removeUnfinishedAttachments() throws {
        guard try location.storage.size(of: LedgerPaths.attaching) != nil else { return }
        let store = AttachmentStore(location.storage, ledgerID: identity.ledgerID)
        for handle in try store.handles() {
            try store.removeUnfinished(of: handle)
            for event in try store.events(of: handle) where try index(of: event) == nil {
                try store.remove(handle, event)
            }
        }
        try location.storage.remove(LedgerPaths.attaching)
    }

    /// Notes that every content that was written has its record. Called with the monitor locked, when nothing waits.
    func noteAttachingDone() throws {
        guard isAttachingNoted, failure == nil else { return }
        try location.storage.remove(LedgerPaths.attaching)
        isAttachingNoted = false
    }

    /// Removes the contents of all attachments of a contact; durable at return. Again is fine. Their events stay, and say
    /// nothing without the contact's data key.
    public func removeAttachments(of handle: ContactHandle) throws {
        try AttachmentStore(location.storage, ledgerID: identity.ledgerID).removeAll(of: handle)
    }

    /// Where the ledger has an event; `nil` where it has not.
    private func index(of event: EventID) throws -> UInt64? {
        let found = try monitor.withLock {
            try refuseIfStopped()
            return tail.index(of: event)
        }
        return try found ?? indexes(of: [event])[event]
    }
}

/// Looking at what was attached.
extension LedgerSnapshot {
    /// The attachments of a contact, in the order of the log; none of which the private fields were erased.
    public func attachments(of handle: ContactHandle) throws -> [Attachment] {
        try timeline(of: handle).entries.compactMap { entry in
            guard case .event(let event) = entry.payload, event.type == .evidenceAttached else { return nil }
            return try attachment(event, at: entry.index)
        }
    }

    /// The attachment that a record tells of. Throws `badInput` for a record of another type, for one that tells of no file,
    /// and for one whose contact was erased; `damaged` if its private fields are not those that it commits to.
    public func attachment(at index: UInt64) throws -> Attachment {
        let payload = try Payload(decoding: Statement(decoding: record(at: index).statement[...]).payload[...])
        guard case .event(let event) = payload, event.type == .evidenceAttached else {
            throw LedgerError(
                .badInput,
                "record \(index) is not an attachment but \(payload.typeName); list them with: consent attachment list")
        }
        guard let attachment = try attachment(event, at: index) else {
            throw LedgerError(
                .badInput,
                "record \(index) tells of no file that is kept: it holds none, or its person's data was erased")
        }
        return attachment
    }

    /// Gives the content to `body`, piece by piece. Throws `damaged` if it is missing, or not what its record says: what was
    /// given before that is not to be used.
    public func read(_ attachment: Attachment, _ body: ([UInt8]) throws -> Void) throws {
        guard let registration = try registration(of: attachment.handle) else {
            throw LedgerError(.badInput, "the data of the person of record \(attachment.index) was erased")
        }
        try attachmentStore.read(attachment, key: registration.dataKey(keys), body)
    }

    /// Whether the content is there, in the size that it must have; that it opens and is the right one, `read` shows.
    public func holdsContent(of attachment: Attachment) throws -> Bool {
        guard let registration = try registration(of: attachment.handle) else { return false }
        return try attachmentStore.holds(attachment, key: registration.dataKey(keys))
    }

    /// The contacts and events whose contents are kept, known to the ledger or not.
    public func keptAttachments() throws -> [(handle: ContactHandle, event: EventID)] {
        try attachmentStore.handles().flatMap { handle in
            try attachmentStore.events(of: handle).map { (handle, $0) }
        }
    }

    private func attachment(_ event: Event, at index: UInt64) throws -> Attachment? {
        let fields = try privateFields(of: index)
        guard let handle = fields.first?.handle else { return nil }
        let ledgerID = catalog.ledgerID?.bytes ?? []
        let commitments = fields.map { $0.field.commitment(ledgerID: ledgerID, event: event.id) }
        guard event.bytes(.commitment) == PrivateField.commitmentDigest(commitments).bytes else {
            throw LedgerError(
                .damaged,
                "the private fields of record \(index) are not those that it commits to; restore private/sealed")
        }
        return Attachment(event, at: index, of: handle, fields.map(\.field))
    }
}

extension Attachment {
    /// The file that an event tells of by its private fields; `nil` if it tells of none.
    init?(_ event: Event, at index: UInt64, of handle: ContactHandle, _ fields: [PrivateField]) {
        func fact(_ name: String) -> String? {
            fields.first { $0.name == name }.flatMap { String(validating: $0.value, as: UTF8.self) }
        }
        guard let fileName = fact(Fact.fileName), let mediaType = fact(Fact.mediaType),
            let byteCount = fact(Fact.byteCount).flatMap({ UInt64($0) }), 1...Self.mostBytes ~= byteCount,
            let digest = fact(Fact.digest).flatMap(Hexadecimal.decode).flatMap({ SHA256Digest($0) })
        else { return nil }
        self.init(
            index: index, event: event.id, handle: handle, concerns: event.bytes(.concerns).flatMap { EventID($0) },
            fileName: fileName, mediaType: mediaType, byteCount: byteCount, digest: digest)
    }
}
