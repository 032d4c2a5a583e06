public import ConsentModel
internal import ConsentRules
internal import LedgerCrypto

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
            guard event.isErasureRequest, !voided.contains(event.id.bytes) else { continue }
            return (entry.index, entry.recordedAt, event)
        }
        return nil
    }
}

extension LedgerSnapshot {
    /// The request to be erased that counts for a contact: its own, or one that was made at the address, of which the contact
    /// is an earlier one; `nil` if there is none.
    public func erasureRequest(of handle: ContactHandle) throws -> ErasureRequest? {
        let timeline = try timeline(of: handle)
        guard let registration = try registration(of: handle) else { return try erasureRequest(in: timeline) }
        let contacts = try everyContact(of: registration.address(keys), business: registration.business)
        return try erasureRequest(for: timeline, others: contacts.map(\.registration.handle))
    }

    /// The same where the other contacts of the address were looked up: whoever asks does so for all that the address was
    /// until then, and not for whoever has it later. Of several requests the last counts.
    func erasureRequest(for timeline: ContactTimeline, others: [ContactHandle]) throws -> ErasureRequest? {
        var last = try erasureRequest(in: timeline)
        guard let first = timeline.entries.first?.index else { return last }
        for other in others where other != timeline.handle {
            guard let request = try erasureRequest(in: self.timeline(of: other)), request.record > first else {
                continue
            }
            if last.map({ $0.record < request.record }) ?? true { last = request }
        }
        return last
    }

    /// The request to be erased that a record is, whether or not it counts, and its business; `nil` for any other record.
    /// Throws `badInput` if there is none.
    public func erasureRequest(atRecord index: UInt64) throws -> (event: EventID, business: String)? {
        let record = try record(at: index)
        guard case .event(let event) = try Payload(decoding: Statement(decoding: record.statement[...]).payload[...]),
            event.isErasureRequest, let business = record.business
        else { return nil }
        return (event.id, business)
    }

    /// The request that a contact's own timeline has.
    private func erasureRequest(in timeline: ContactTimeline) throws -> ErasureRequest? {
        guard let (index, recordedAt, event) = timeline.erasureRequest else { return nil }
        return ErasureRequest(
            record: index, event: event.id, recordedAt: recordedAt, erasesAt: try erasureDate(of: index))
    }

    /// The date that a request says. One that cannot be read is none: what is kept stays shut, and nothing goes.
    private func erasureDate(of record: UInt64) throws -> Timestamp? {
        let fields: [(handle: ContactHandle, field: PrivateField)]
        do { fields = try privateFields(of: record) } catch let error as CryptoError where error.code == .doesNotOpen {
            return nil
        } catch let error as LedgerError where error.code == .damaged {
            return nil
        } catch is ModelError {
            return nil
        }
        let date = fields.first { $0.field.name == ErasureRequest.dateFact }
        return date.flatMap { ErasureRequest.date($0.field.value) }
    }
}

extension Event {
    /// Whether by it a person asks to be erased.
    fileprivate var isErasureRequest: Bool {
        type == .consentWithdrawn && text(.reason) == ErasureRequest.reason && self[.doNotContact] != nil
    }
}

extension ErasureRequest {
    /// The time that the private fact says; `nil` where it is none.
    static func date(_ value: [UInt8]) -> Timestamp? {
        String(validating: value, as: UTF8.self).flatMap { try? OccurredAt(parsing: $0).start }
    }
}
