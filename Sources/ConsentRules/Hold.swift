public import ConsentModel

/// A legal hold: while it stands, nothing of the business, or of the one contact that it names, may be erased.
public struct Hold: Hashable, Sendable {
    /// Its name.
    public let id: String
    public let business: String
    /// The contact that it is on; `nil`: the whole business.
    public let contact: ContactHandle?
    /// Why: a code.
    public let reason: String
    /// From when on it no longer stands; `nil`: until it is lifted.
    public let until: Timestamp?
    /// The record that added it.
    public let index: UInt64
    /// The record that lifted it, if one did.
    public internal(set) var liftedBy: UInt64?

    /// The hold that a record adds; `nil` if it adds none.
    init?(_ record: Record, _ event: Event) {
        guard event.type == .holdAdded, let business = record.business, let id = event.text(.hold),
            let reason = event.text(.reason)
        else { return nil }
        self.id = id
        self.business = business
        contact = record.handles.first
        self.reason = reason
        until = event.time(.holdUntil)
        index = record.index
    }

    /// Whether it was neither lifted nor over at that moment.
    public func stands(at time: Timestamp) -> Bool { liftedBy == nil && until.map { time < $0 } ?? true }

    /// Ends it, if that is what the record does: a lift names the contact that the hold is on, or none as the hold does.
    mutating func end(by record: Record, _ event: Event) {
        guard event.type == .holdLifted, liftedBy == nil, event.text(.hold) == id, record.business == business,
            record.handles.first == contact
        else { return }
        liftedBy = record.index
    }
}

extension Catalog {
    /// The holds of a business that stand at that moment, in the order they were recorded.
    public func holds(of business: String, at time: Timestamp) -> [Hold] {
        holds.filter { $0.business == business && $0.stands(at: time) }
    }

    /// The holds that stand at that moment on the business or on one of these contacts, in the order they were recorded.
    public func holds(on contacts: [ContactHandle], business: String, at time: Timestamp) -> [Hold] {
        holds(of: business, at: time).filter { $0.contact.map(contacts.contains) ?? true }
    }
}
