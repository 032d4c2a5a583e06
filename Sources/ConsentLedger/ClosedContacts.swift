public import ConsentModel
public import ConsentRules
internal import Synchronization

/// The contacts of one snapshot whose address was taken from them and that were not erased, by that address: who answers a
/// question about an earlier time. They are few, and looked up once such a question is asked.
final class ClosedContacts: Sendable {
    private let found = Mutex<[ContactTag: [ContactHandle]]?>(nil)

    /// Those under each tag, the oldest first; found with `find` the first time.
    func byTag(_ find: () throws -> [ContactTag: [ContactHandle]]) rethrows -> [ContactTag: [ContactHandle]] {
        if let contacts = found.withLock({ $0 }) { return contacts }
        let contacts = try find()
        found.withLock { $0 = contacts }
        return contacts
    }
}

extension LedgerSnapshot {
    /// The contact whom an address reached when `question` asks about it, as far as may be known then; `nil` if the
    /// business has no record of it. An address may have been another contact's before its number changed or was reassigned.
    public func handle(of address: ContactAddress, answering question: Question) throws -> ContactHandle? {
        try handles(of: address, answering: question).first
    }

    /// The same: one, or those that a change of the spelling rules has made one.
    func handles(of address: ContactAddress, answering question: Question) throws -> [ContactHandle] {
        let live = try handles(of: address, business: question.business)
        let tag = try keys.tag(of: address, business: question.business)
        return try answering(question, closed: closed(tag, before: question), live: live)
    }

    /// The closed contacts that a question may be about: none unless it asks about an earlier time, or by what was known then.
    func closed(_ tag: ContactTag, before question: Question) throws -> [ContactHandle] {
        let isAboutNow = question.at >= lastRecordedAt && knowsEverything(question.knownAt)
        return isAboutNow ? [] : try closedContacts()[tag] ?? []
    }

    private func knowsEverything(_ knownAt: KnownAt) -> Bool {
        switch knownAt {
        case .everything: true
        case .size(let size): size >= self.size
        case .time(let time): time >= lastRecordedAt
        }
    }

    /// Of all the contacts that an address ever was, those it is when `question` asks: the oldest that may be known and that
    /// has not surely lost it by then, and those that have it together with that one.
    func answering(
        _ question: Question, closed: [ContactHandle], live: [ContactHandle]
    ) throws -> [ContactHandle] {
        guard !closed.isEmpty else { return live }
        struct Candidate {
            let handle: ContactHandle
            let since: UInt64
            var closing: ContactClosing?
        }
        var candidates: [Candidate] = []
        for handle in closed + live {
            let timeline = try timeline(of: handle)
            guard timeline.isKnown(at: question.knownAt), let since = timeline.entries.first?.index else { continue }
            candidates.append(
                Candidate(handle: handle, since: since, closing: timeline.closing(knownAt: question.knownAt)))
        }
        candidates.sort { $0.since < $1.since }
        // Contacts under one tag close together, and the record is of one of them.
        let closings = candidates.compactMap(\.closing).sorted { $0.index < $1.index }
        for position in candidates.indices
        where candidates[position].closing == nil && !live.contains(candidates[position].handle) {
            candidates[position].closing = closings.first { $0.index > candidates[position].since }
        }
        let open = candidates.filter { $0.closing.map { question.at < $0.latest } ?? true }
        guard let first = open.first else { return [] }
        return open.filter { contact in first.closing.map { contact.since < $0.index } ?? true }.map(\.handle)
    }

    private func closedContacts() throws -> [ContactTag: [ContactHandle]] {
        try closedHandles.byTag {
            var found: [ContactTag: [ContactHandle]] = [:]
            func add(_ tag: ContactTag, _ handle: ContactHandle) {
                if !tail.isErased(handle) { found[tag, default: []].append(handle) }
            }
            try registry.forEachClosed(add)
            for tag in Set(try tail.closedHandles.compactMap { try registry.registration(of: $0)?.tag }) {
                let registered = try registry.registrations(tags: [tag])[tag] ?? []
                guard registered.contains(where: { tail.isClosed($0.handle) }) else { continue }
                for contact in registered { add(tag, contact.handle) }
            }
            for contact in tail.registrations where tail.isClosed(contact.handle) {
                // What the registry has already was added above.
                if try registry.registration(of: contact.handle) == nil { add(contact.tag, contact.handle) }
            }
            return found
        }
    }

    /// The tags under which a contact's uses are: its own while it has its address, then that of whom its number changed to.
    func tagsOfUses(of handle: ContactHandle) throws -> Set<ContactTag> {
        var tags: Set<ContactTag> = []
        var seen: Set<ContactHandle> = []
        var waiting = [handle]
        while let handle = waiting.popLast() {
            guard seen.insert(handle).inserted else { continue }
            if let registration = try registration(of: handle) {
                // Of a contact closed in the journal's tail they have not gone yet. Under the tag of an address that was
                // taken from the contact are another person's uses, or none.
                let isLive =
                    try tail.registration(of: handle) != nil
                    || registry.registrations(tags: [registration.tag])[registration.tag]?.contains {
                        $0.handle == handle
                    } ?? false
                if isLive { tags.insert(registration.tag) }
            }
            if let closing = try timeline(of: handle).closing(knownAt: .everything) {
                waiting += try record(at: closing.index).handles.filter { $0 != handle }
            }
        }
        return tags
    }
}
