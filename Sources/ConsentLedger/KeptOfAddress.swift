public import ConsentModel
internal import ConsentRules

/// What is kept under an address beside its contact.
extension LedgerSnapshot {
    /// Whether the address was erased and a suppression keeps imports from bringing it back.
    public func isSuppressed(_ address: ContactAddress, business: String) throws -> Bool {
        try registry.isSuppressed(address, business: business, keys: keys)
    }

    /// The contacts that had the address before and lost it.
    public func formerContacts(of address: ContactAddress, business: String) throws -> FormerContacts {
        // A question about the earliest moment is one that they may answer.
        let question = Question(business: business, channel: "", category: "", at: .epoch)
        let timelines = try closed(try keys.tag(of: address, business: business), before: question)
            .map { try timeline(of: $0) }
        let closings = timelines.compactMap(\.closingEntry).sorted { $0.index < $1.index }
        // After it the address is another person's than all who had it before.
        let passedOn = closings.last { $0.isOf(.contactReassigned) }?.index
        var former = FormerContacts(moved: [], passedOn: [])
        for timeline in timelines {
            // Contacts under one tag close together, and the record is of one of them.
            let since = timeline.entries.first?.index ?? 0
            let closing = timeline.closingEntry ?? closings.first { $0.index > since }
            if let closing, closing.isOf(.contactChanged), passedOn.map({ $0 < closing.index }) ?? true {
                former.moved.append(timeline.handle)
            } else {
                former.passedOn.append(timeline.handle)
            }
        }
        return former
    }
}

/// The contacts that had an address before and lost it, the oldest first.
public struct FormerContacts: Sendable {
    /// Those whose person moved to another address, where nothing says that this one passed to somebody else since: who has
    /// control of it is taken to be their person.
    public fileprivate(set) var moved: [ContactHandle]
    /// Those from whom it passed to another person, and those before them.
    public fileprivate(set) var passedOn: [ContactHandle]
}

extension ContactTimeline {
    /// The record that took the contact's address from it.
    fileprivate var closingEntry: Entry? {
        closing(knownAt: .everything).flatMap { closing in entries.first { $0.index == closing.index } }
    }
}

extension ContactTimeline.Entry {
    fileprivate func isOf(_ type: EventType) -> Bool {
        guard case .event(let event) = payload else { return false }
        return event.type == type
    }
}
