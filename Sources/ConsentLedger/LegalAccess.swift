public import ConsentModel
internal import ConsentRules
internal import LedgerCrypto

/// Looking, for legal, at what is kept of a person who asked to be erased.
extension LedgerWriter {
    /// Records that somebody looks at what is kept of a contact, and why; durable at return. It is recorded of that very
    /// contact, whoever has its address now. Throws `badInput` where nothing is kept of it, and what is wrong with the source.
    @discardableResult
    public func recordLegalAccess(
        to handle: ContactHandle, by request: ErasureRequest, why: String, source: String = EventDraft.usualSource
    ) throws -> UInt64 {
        try leading {
            try settleLeading()
            guard let contact = try registry.lookUp({ try $0.registration(of: handle) }) else {
                throw LedgerError(.badInput, "nothing is kept of the contact \(handle)")
            }
            var draft = EventDraft(
                .evidenceAttached, business: contact.business, contact: try contact.address(keys),
                privateFields: [EventDraft.PrivateFact("why", why)])
            draft.fields = [
                .source: .text(source), .concerns: .bytes(request.event.bytes), .reason: .text("legal-access"),
                .occurredAt: .occurredAt(OccurredAt(clock.time(after: lastRecordedAt))),
            ]
            try draft.check()
            let prepared = try preparation.prepare(
                draft, id: EventID(random: preparation.random), contacts: [contact], signer: signer(of: draft))
            let recordedAt = try clock.recordingTime(after: lastRecordedAt)
            var sequenced = SequencedGroup(first: size)
            noticeJudgement.beginGroup()
            let index = try record(prepared, at: recordedAt, into: &sequenced).index
            try flushLeading(sequenced)
            return index
        }
    }
}
