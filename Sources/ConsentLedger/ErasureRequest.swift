public import ConsentModel
public import ConsentRules

/// A person's wish to be erased that waits for its date: messages have stopped, and what is kept as proof is shut to all but
/// the legal role. It is a withdrawal in the log like any other, of everything, that says why; its date is in the private
/// part.
public struct ErasureRequest: Sendable {
    /// The code by which the log says why.
    public static let reason = "erasure-requested"
    /// The private fact with the date.
    static let dateFact = "erase-at"

    /// The record of the request that counts, the last of several.
    public let record: UInt64
    /// Its event.
    public let event: EventID
    /// When it was recorded.
    public let recordedAt: Timestamp
    /// From when on all is to be deleted; `nil` where nobody has said so yet.
    public let erasesAt: Timestamp?
}

extension EventDraft {
    /// The draft that records the wish of the person at `contact`, made at `moment`, to be erased at `erasesAt`.
    public static func erasureRequest(
        _ contact: ContactAddress, business: String, at moment: Timestamp, erasesAt: Timestamp?
    ) -> EventDraft {
        var draft = EventDraft(.consentWithdrawn, business: business, contact: contact)
        draft.fields = [
            .occurredAt: .occurredAt(OccurredAt(moment)), .doNotContact: .mark,
            .reason: .text(ErasureRequest.reason), .method: .text("command-line"),
        ]
        draft.isTimeAssumed = true
        if let erasesAt { draft.privateFields.append(PrivateFact(ErasureRequest.dateFact, erasesAt.description)) }
        return draft
    }
}

extension ContactTimeline {
    /// The last request to be erased that nobody voided.
    fileprivate var erasureRequest: (index: UInt64, recordedAt: Timestamp, event: Event)? {
        var voided: Set<[UInt8]> = []
        for entry in entries.reversed() {
            guard case .event(let event) = entry.payload else { continue }
            if event.type == .eventVoided, let concerned = event.bytes(.concerns) { voided.insert(concerned) }
            guard event.type == .consentWithdrawn, event.text(.reason) == ErasureRequest.reason,
                event[.doNotContact] != nil, !voided.contains(event.id.bytes)
            else { continue }
            return (entry.index, entry.recordedAt, event)
        }
        return nil
    }
}

extension LedgerSnapshot {
    /// The request of a contact to be erased that waits; `nil` if there is none. Throws `damaged` for a date that is none.
    public func erasureRequest(of handle: ContactHandle) throws -> ErasureRequest? {
        try erasureRequest(in: timeline(of: handle))
    }

    /// The same of a contact whose timeline was looked up.
    public func erasureRequest(in timeline: ContactTimeline) throws -> ErasureRequest? {
        guard let (index, recordedAt, event) = timeline.erasureRequest else { return nil }
        let date = try privateFields(of: index).first { $0.field.name == ErasureRequest.dateFact }
        let erasesAt = try date.map { date in
            guard let time = try? OccurredAt(parsing: String(decoding: date.field.value, as: UTF8.self)).start else {
                throw LedgerError(.damaged, "the date of the erasure that record \(index) asks for is none")
            }
            return time
        }
        return ErasureRequest(record: index, event: event.id, recordedAt: recordedAt, erasesAt: erasesAt)
    }
}

extension EventDraft {
    /// That legal looks, now, at what is kept of a person who asked to be erased, and why.
    public init(
        legalAccessTo request: ErasureRequest, business: String, contact: ContactAddress, why: String, at now: Timestamp
    ) {
        self.init(.evidenceAttached, business: business, contact: contact)
        fields = [
            .concerns: .bytes(request.event.bytes), .reason: .text("legal-access"),
            .occurredAt: .occurredAt(OccurredAt(now)),
        ]
        privateFields = [PrivateFact("why", why)]
    }
}
