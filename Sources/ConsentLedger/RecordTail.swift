internal import ConsentModel
internal import ConsentRules
internal import LedgerCrypto

/// Records that are durable in the journal and not yet applied to registry and index: what every answer overlays, so that
/// an acknowledged record binds at once.
///
/// A writer applies them in batches, and goes on meanwhile: the records of the batch are kept until it is applied, apart
/// from those that came after them.
struct RecordTail: Sendable {
    /// Some records by ascending index, without gaps, and what they come to.
    private struct Part: Sendable {
        var records: [JournalRecord] = []
        var timelines: [ContactHandle: [ContactTimeline.Entry]] = [:]
        var heads: [Chain: ChainHead] = [:]
        var indexOfEvent: [EventID: UInt64] = [:]
        var registrationOfTag: [ContactTag: ContactRegistration] = [:]
        var registrationOfHandle: [ContactHandle: ContactRegistration] = [:]
        var closedHandles: Set<ContactHandle> = []
    }

    /// What is being applied.
    private var applying = Part()
    /// What came after it.
    private var latest = Part()

    mutating func append(_ record: JournalRecord) {
        latest.records.append(record)
        for link in record.record.links {
            latest.heads[link.chain] = ChainHead(
                sequence: link.sequence, index: record.record.index, leafHash: record.leafHash)
            if case .contact(let handle) = link.chain {
                latest.timelines[handle, default: []].append(record.timelineEntry)
            }
        }
        latest.indexOfEvent[record.payload.id] = record.record.index
        for registration in record.registrations {
            latest.registrationOfTag[registration.tag] = registration
            latest.registrationOfHandle[registration.handle] = registration
        }
        latest.closedHandles.formUnion(record.closedHandles)
    }

    /// Begins a batch of all there is, and gives its records; none may be under way.
    mutating func beginApplying() -> [JournalRecord] {
        precondition(applying.records.isEmpty, "one batch is applied at a time")
        swap(&applying, &latest)
        return applying.records
    }

    /// The batch is applied: its records are where everyone looks.
    mutating func endApplying() { applying = Part() }

    /// The records, by ascending index, without gaps.
    var records: [JournalRecord] { applying.records.isEmpty ? latest.records : applying.records + latest.records }

    /// How many records there are.
    var count: Int { applying.records.count + latest.records.count }

    /// How many records are in no batch yet.
    var waitingCount: Int { latest.records.count }

    func timeline(of handle: ContactHandle) -> [ContactTimeline.Entry] {
        (applying.timelines[handle] ?? []) + (latest.timelines[handle] ?? [])
    }

    func head(of chain: Chain) -> ChainHead? { latest.heads[chain] ?? applying.heads[chain] }

    /// The last record in the tail of every contact's chain.
    var contactHeads: [ContactHandle: ChainHead] {
        var found: [ContactHandle: ChainHead] = [:]
        for part in [applying, latest] {
            for case (.contact(let handle), let head) in part.heads { found[handle] = head }
        }
        return found
    }

    func index(of event: EventID) -> UInt64? { latest.indexOfEvent[event] ?? applying.indexOfEvent[event] }

    /// The contacts registered in the tail, in order.
    var registrations: [ContactRegistration] { records.flatMap(\.registrations) }

    func registration(of handle: ContactHandle) -> ContactRegistration? {
        latest.registrationOfHandle[handle] ?? applying.registrationOfHandle[handle]
    }

    /// The contact registered in the tail under `tag` and not closed since.
    func registration(tag: ContactTag) -> ContactRegistration? {
        (latest.registrationOfTag[tag] ?? applying.registrationOfTag[tag]).flatMap { isClosed($0.handle) ? nil : $0 }
    }

    /// The contacts whose address records of the tail take from them.
    var closedHandles: Set<ContactHandle> { applying.closedHandles.union(latest.closedHandles) }

    /// Whether a record of the tail takes the contact's address from it.
    func isClosed(_ handle: ContactHandle) -> Bool {
        latest.closedHandles.contains(handle) || applying.closedHandles.contains(handle)
    }

    /// The contacts of an address, of which the registry has `registered`: those that the tail does not close. Contacts
    /// under one tag close together.
    func live(_ tag: ContactTag, _ registered: [ContactRegistration]) -> [ContactRegistration] {
        if let registration = registration(tag: tag) { return [registration] }
        return registered.contains { isClosed($0.handle) } ? [] : registered
    }

    func record(at index: UInt64) -> JournalRecord? {
        for part in [applying, latest] {
            if let first = part.records.first?.record.index, index >= first, index - first < UInt64(part.records.count)
            {
                return part.records[Int(index - first)]
            }
        }
        return nil
    }
}
