internal import ConsentModel
internal import ConsentRules
internal import LedgerCrypto

/// Records that are durable in the journal and not yet applied to registry and index: what every answer overlays, so that
/// an acknowledged record binds at once.
///
/// A writer applies them in batches, and goes on meanwhile: the records of the batch are kept until it is applied, apart
/// from those that came after them.
struct RecordTail: Sendable {
    /// Some records by ascending index, without gaps, and where among them things are: no copy of what is in a record.
    private struct Part: Sendable {
        var records: [JournalRecord] = []
        var indexOfEvent: [EventID: UInt64] = [:]
        /// The last record of each contact; the others follow by its links.
        var lastOfContact: [ContactHandle: UInt64] = [:]
        var registeringTag: [ContactTag: UInt64] = [:]
        var registeringHandle: [ContactHandle: UInt64] = [:]
        /// The ends of the chains that are not a contact's.
        var heads: [Chain: ChainHead] = [:]
        var closedHandles: Set<ContactHandle> = []
        var erasedHandles: Set<ContactHandle> = []

        /// `count`: about how many records will come.
        init(count: Int = 0) {
            records.reserveCapacity(count)
            indexOfEvent.reserveCapacity(count)
            lastOfContact.reserveCapacity(count)
        }
    }

    /// What is being applied.
    private var applying = Part()
    /// What came after it.
    private var latest = Part()

    mutating func append(_ record: JournalRecord) {
        let index = record.record.index
        for link in record.record.links {
            if case .contact(let handle) = link.chain {
                latest.lastOfContact[handle] = index
            } else {
                latest.heads[link.chain] = ChainHead(sequence: link.sequence, index: index, leafHash: record.leafHash)
            }
        }
        latest.indexOfEvent[record.payload.id] = index
        for registration in record.registrations {
            latest.registeringTag[registration.tag] = index
            latest.registeringHandle[registration.handle] = index
        }
        for handle in record.closedHandles { latest.closedHandles.insert(handle) }
        latest.erasedHandles.formUnion(record.erasedHandles)
        latest.records.append(record)
    }

    /// Begins a batch of all there is, and gives its records; none may be under way.
    mutating func beginApplying() -> [JournalRecord] {
        precondition(applying.records.isEmpty, "one batch is applied at a time")
        applying = latest
        latest = Part(count: applying.records.count)
        return applying.records
    }

    /// The batch is applied: its records are where everyone looks.
    mutating func endApplying() { applying = Part() }

    /// The records, by ascending index, without gaps.
    var records: [JournalRecord] { applying.records.isEmpty ? latest.records : applying.records + latest.records }

    /// How many records there are.
    var count: Int { applying.records.count + latest.records.count }

    var isEmpty: Bool { count == 0 }

    /// How many records are in no batch yet.
    var waitingCount: Int { latest.records.count }

    func timeline(of handle: ContactHandle) -> [ContactTimeline.Entry] {
        var entries: [ContactTimeline.Entry] = []
        var next = lastRecord(of: handle)
        while let record = next {
            entries.append(record.timelineEntry)
            let link = record.record.links.first { $0.chain == .contact(handle) }
            next = link.flatMap { $0.sequence > 0 ? self.record(at: $0.previousIndex) : nil }
        }
        return entries.reversed()
    }

    func head(of chain: Chain) -> ChainHead? {
        guard case .contact(let handle) = chain else { return latest.heads[chain] ?? applying.heads[chain] }
        guard let record = lastRecord(of: handle), let link = record.record.links.first(where: { $0.chain == chain })
        else { return nil }
        return ChainHead(sequence: link.sequence, index: record.record.index, leafHash: record.leafHash)
    }

    /// The last record in the tail of every contact's chain.
    var contactHeads: [ContactHandle: ChainHead] {
        var found: [ContactHandle: ChainHead] = [:]
        for handle in applying.lastOfContact.keys { found[handle] = head(of: .contact(handle)) }
        for handle in latest.lastOfContact.keys { found[handle] = head(of: .contact(handle)) }
        return found
    }

    func index(of event: EventID) -> UInt64? { latest.indexOfEvent[event] ?? applying.indexOfEvent[event] }

    /// The contacts registered in the tail, in order.
    var registrations: [ContactRegistration] { records.flatMap(\.registrations) }

    func registration(of handle: ContactHandle) -> ContactRegistration? {
        (latest.registeringHandle[handle] ?? applying.registeringHandle[handle]).flatMap { index in
            record(at: index)?.registrations.first { $0.handle == handle }
        }
    }

    /// The contact registered in the tail under `tag` and not closed since.
    func registration(tag: ContactTag) -> ContactRegistration? {
        guard let index = latest.registeringTag[tag] ?? applying.registeringTag[tag],
            let registration = record(at: index)?.registrations.last(where: { $0.tag == tag })
        else { return nil }
        return isClosed(registration.handle) ? nil : registration
    }

    /// The contacts whose address records of the tail take from them.
    var closedHandles: Set<ContactHandle> { applying.closedHandles.union(latest.closedHandles) }

    /// Whether a record of the tail takes the contact's address from it.
    func isClosed(_ handle: ContactHandle) -> Bool {
        latest.closedHandles.contains(handle) || applying.closedHandles.contains(handle)
    }

    /// Whether a record of the tail erases the contact.
    func isErased(_ handle: ContactHandle) -> Bool {
        latest.erasedHandles.contains(handle) || applying.erasedHandles.contains(handle)
    }

    /// Whether what it registers is sealed by `keys`: an erasure replaces them between two tails. Whoever has not read the
    /// key opens nothing of it.
    func opens(with keys: LedgerKeys) -> Bool {
        guard keys.epochIfRead != nil else { return true }
        for part in [latest, applying] {
            if let record = part.records.last(where: { !$0.registrations.isEmpty }) {
                return (try? record.registrations[0].dataKey(keys)) != nil
            }
        }
        return true
    }

    /// The contacts of an address, of which the registry has `registered`: those that the tail does not close. Contacts
    /// under one tag close together.
    func live(_ tag: ContactTag, _ registered: [ContactRegistration]) -> [ContactRegistration] {
        if let registration = registration(tag: tag) { return [registration] }
        return registered.contains { isClosed($0.handle) } ? [] : registered
    }

    func record(at index: UInt64) -> JournalRecord? {
        Self.record(at: index, in: latest) ?? Self.record(at: index, in: applying)
    }

    private static func record(at index: UInt64, in part: Part) -> JournalRecord? {
        guard let first = part.records.first?.record.index, index >= first, index - first < UInt64(part.records.count)
        else { return nil }
        return part.records[Int(index - first)]
    }

    private func lastRecord(of handle: ContactHandle) -> JournalRecord? {
        (latest.lastOfContact[handle] ?? applying.lastOfContact[handle]).flatMap { record(at: $0) }
    }
}
