public import ConsentModel
internal import ConsentRules

/// A possible opt-out that waits.
public struct OpenReview {
    /// The record that opened it.
    public let record: UInt64
    /// When that was.
    public let recordedAt: Timestamp
    /// What it holds.
    public let event: Event
    /// The business that may not send meanwhile; empty where the contact was erased.
    public let business: String
    /// Whose message it was; `nil` where the contact was erased.
    public let address: ContactAddress?
    /// Whether the person asked to be erased since: what is kept of them in private is for the legal department alone.
    public let isShut: Bool
    /// What the message said, and what else is kept of it in private; empty where it is shut.
    public let facts: [(name: String, value: String)]

    /// The address as text.
    public var contact: String? { address?.text }

    fileprivate init(
        _ record: UInt64, _ id: EventID, _ handle: ContactHandle, isShut: Bool, in snapshot: LedgerSnapshot
    ) throws {
        // The record alone: a contact may have thousands.
        let opening = try snapshot.record(at: record)
        guard case .event(let event) = try Payload(decoding: Statement(decoding: opening.statement[...]).payload[...]),
            event.type == .reviewOpened, event.id == id
        else {
            throw LedgerError(
                .damaged, "the index names record \(record) as a review, and it is none; run consent replay")
        }
        self.record = record
        self.event = event
        recordedAt = opening.recordedAt
        business = try snapshot.business(of: handle) ?? ""
        address = try snapshot.address(of: handle)
        self.isShut = isShut
        facts =
            try isShut
            ? []
            : snapshot.privateFields(of: record).filter { $0.field.name != "contact" }.map {
                ($0.field.name, String(decoding: $0.field.value, as: UTF8.self))
            }
    }

    /// What a `review-decided` event says that ends it: that it is an opt-out of all that it holds, or none.
    public func decision(isOptOut: Bool) -> [EventField: FieldValue] {
        var fields: [EventField: FieldValue] = [
            .concerns: .bytes(event.id.bytes), .outcome: .text(isOptOut ? "opt-out" : "dismissed"),
        ]
        for field in [EventField.channels, .categories, .senders, .brands] { fields[field] = event[field] }
        return fields
    }

    /// The review with what the message said, unless it is shut: personal data.
    public var json: JSON {
        [
            "record": .number(record), "recorded-at": .string(recordedAt.description), "business": .string(business),
            "contact": .optional(contact), "fields": event.json,
            "shut": .bool(isShut),
            "private": .object(facts.map { ($0.name, .string($0.value)) }),
        ]
    }
}

extension LedgerSnapshot {
    /// The possible opt-outs that wait to be decided, the oldest first: those after `record`, of the businesses that
    /// `isWanted` takes, and so many at most. An empty business is that of a contact that was erased.
    public func waitingReviews(
        after record: UInt64? = nil, most: Int = .max, of isWanted: (String) -> Bool = { _ in true }
    ) throws -> [OpenReview] {
        var found: [OpenReview] = []
        // A contact may have thousands.
        var shut: [ContactHandle: Bool] = [:]
        for open in try openReviews() where record.map({ open.record > $0 }) ?? true {
            guard found.count < most else { break }
            guard isWanted(try business(of: open.handle) ?? "") else { continue }
            let isShut = try shut[open.handle] ?? (erasureRequest(of: open.handle) != nil)
            shut[open.handle] = isShut
            found.append(try OpenReview(open.record, open.event, open.handle, isShut: isShut, in: self))
        }
        return found
    }

    /// The one that the record opened; throws `badInput` where none waits.
    public func waitingReview(_ record: UInt64) throws -> OpenReview {
        guard let open = try openReviews().first(where: { $0.record == record }) else {
            throw LedgerError(
                .badInput, "record \(record) is no possible opt-out that waits; see: consent review list")
        }
        return try OpenReview(
            open.record, open.event, open.handle, isShut: erasureRequest(of: open.handle) != nil, in: self)
    }
}
