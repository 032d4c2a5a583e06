internal import ConsentModel
internal import ConsentRules
internal import LedgerCrypto

/// Records that are durable in the journal and not yet applied to registry and index: what every answer overlays, so that
/// an acknowledged record binds at once.
struct RecordTail: Sendable {
    /// The records, by ascending index, without gaps.
    private(set) var records: [JournalRecord] = []
    private var timelines: [ContactHandle: [ContactTimeline.Entry]] = [:]
    private var heads: [Chain: ChainHead] = [:]
    private var indexOfEvent: [EventID: UInt64] = [:]
    private var registrationOfTag: [ContactTag: ContactRegistration] = [:]
    private var registrationOfHandle: [ContactHandle: ContactRegistration] = [:]
    /// The contacts registered in the tail, in order.
    private(set) var registrations: [ContactRegistration] = []
    private(set) var closedHandles: Set<ContactHandle> = []

    mutating func append(_ record: JournalRecord) {
        records.append(record)
        for link in record.record.links {
            heads[link.chain] = ChainHead(
                sequence: link.sequence, index: record.record.index, leafHash: record.leafHash)
        }
        for handle in record.record.handles {
            timelines[handle, default: []].append(record.timelineEntry)
        }
        indexOfEvent[record.payload.id] = record.record.index
        for registration in record.registrations {
            registrationOfTag[registration.tag] = registration
            registrationOfHandle[registration.handle] = registration
            registrations.append(registration)
        }
        closedHandles.formUnion(record.closedHandles)
    }

    func timeline(of handle: ContactHandle) -> [ContactTimeline.Entry] { timelines[handle] ?? [] }

    func head(of chain: Chain) -> ChainHead? { heads[chain] }

    /// The last record in the tail of every contact's chain.
    var contactHeads: [ContactHandle: ChainHead] {
        var found: [ContactHandle: ChainHead] = [:]
        for case (.contact(let handle), let head) in heads { found[handle] = head }
        return found
    }

    func index(of event: EventID) -> UInt64? { indexOfEvent[event] }

    func registration(of handle: ContactHandle) -> ContactRegistration? { registrationOfHandle[handle] }

    /// The contact registered in the tail under `tag` and not closed since.
    func registration(tag: ContactTag) -> ContactRegistration? {
        registrationOfTag[tag].flatMap { closedHandles.contains($0.handle) ? nil : $0 }
    }

    /// The contacts of an address, of which the registry has `registered`: those that the tail does not close. Contacts
    /// under one tag close together.
    func live(_ tag: ContactTag, _ registered: [ContactRegistration]) -> [ContactRegistration] {
        if let registration = registration(tag: tag) { return [registration] }
        return registered.contains { closedHandles.contains($0.handle) } ? [] : registered
    }

    func record(at index: UInt64) -> JournalRecord? {
        guard let first = records.first?.record.index, index >= first, index - first < UInt64(records.count) else {
            return nil
        }
        return records[Int(index - first)]
    }
}
