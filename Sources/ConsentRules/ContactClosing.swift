public import ConsentModel

/// What took a contact's address from it: the number changed or is another person's, or the contact was erased.
public struct ContactClosing: Hashable, Sendable {
    /// The index of the record that says so.
    public let index: UInt64
    /// The last moment at which it can have happened: from then on the address is not the contact's.
    public let latest: Timestamp
}

extension ContactTimeline {
    /// What closed the contact, as far as may be known; voiding does not open it again. `nil` while it has its address.
    public func closing(knownAt: KnownAt) -> ContactClosing? {
        for entry in entries where knownAt.includes(index: entry.index, recordedAt: entry.recordedAt) {
            guard case .event(let event) = entry.payload, event.closes(handle) else { continue }
            let act = Act(event: event, index: entry.index, recordedAt: entry.recordedAt, isSuspect: false)
            return ContactClosing(index: entry.index, latest: act.latest)
        }
        return nil
    }

    /// Whether anything of the contact may be known.
    public func isKnown(at knownAt: KnownAt) -> Bool {
        entries.first.map { knownAt.includes(index: $0.index, recordedAt: $0.recordedAt) } ?? false
    }
}

extension Event {
    /// Whether it takes its address from the contact of a timeline in which it is.
    func closes(_ handle: ContactHandle) -> Bool {
        switch type {
        case .contactErased, .contactReassigned: true
        case .contactChanged: bytes(.fromHandle) == handle.bytes
        default: false
        }
    }
}
