internal import ConsentAudit
package import ConsentLedger
package import ConsentModel
package import ConsentRules
package import LedgerCrypto
internal import TransparencyLog

/// What a ledger holds on the person at an address, at one business, and nothing of anybody else: of a record that is about
/// two contacts, only what is this one's.
package struct PersonReading {
    package let business: Catalog.Business
    package let address: ContactAddress
    /// When it was read: the moment that its answers are about.
    package let readAt: Timestamp
    /// Their handles in the log: those of the address now, which is one, but for a change of the spelling rules; then those
    /// under which the person was until they moved to another address.
    package let handles: [ContactHandle]
    /// Of these, the ones that lost the address: nothing that they agreed to stands at it any more.
    package let movedHandles: [ContactHandle]
    /// Their records, in the order of the log.
    package let records: [PersonRecord]
    /// What they were asked to agree to, each channel and category by itself, and how it stands.
    package let consents: [PersonConsent]
    /// What rests on another basis than consent.
    package let bases: [PersonBasis]
    package let origin: String
    package let ledgerID: SHA256Digest?
    package let size: UInt64
    package let root: SHA256Digest
    package let isTest: Bool

    /// Reads it; with `withMoved`, what was recorded at the address before the person moved to another one, too.
    package init(
        _ address: ContactAddress, _ business: Catalog.Business, in snapshot: LedgerSnapshot, at now: Timestamp,
        withMoved: Bool = false
    ) throws {
        self.business = business
        self.address = address
        readAt = max(now, snapshot.lastRecordedAt)
        movedHandles = withMoved ? try snapshot.formerContacts(of: address, business: business.id).moved : []
        handles = try snapshot.handles(of: address, business: business.id) + movedHandles
        origin = snapshot.catalog.origin
        ledgerID = snapshot.catalog.ledgerID
        size = snapshot.size
        root = try snapshot.root()
        isTest = snapshot.catalog.isTest
        var found: [UInt64: PersonRecord] = [:]
        for handle in handles {
            for entry in try snapshot.timeline(of: handle).entries where found[entry.index] == nil {
                found[entry.index] = try PersonRecord(entry, of: handle, among: handles, business, in: snapshot)
            }
        }
        records = found.values.sorted { $0.index < $1.index }
        let cells = PersonCells(
            records.filter { [movedHandles] in !movedHandles.contains($0.handle) }, business)
        let question = { [readAt] (cell: PersonCells.Cell) in
            Question(
                business: business.id, channel: cell.channel, category: cell.category.id, sender: cell.sender,
                at: readAt)
        }
        consents = try cells.consents.map { cell in
            PersonConsent(cell, try snapshot.explain(question(cell), contact: address), found, business)
        }
        bases = try cells.bases.map { cell in
            PersonBasis(cell, try snapshot.explain(question(cell), contact: address), found)
        }
    }

    /// The records by which the person moved to another address.
    package var moves: [PersonRecord] {
        records.filter { record in
            record.event?.type == .contactChanged && movedHandles.contains(record.handle)
                && record.event?.bytes(.fromHandle) == record.handle.bytes
        }
    }

    /// The record of an event of theirs.
    package func record(of event: [UInt8]?) -> PersonRecord? {
        event.flatMap { id in records.first { $0.payload.id.bytes == id } }
    }
}

/// A record of one person.
package struct PersonRecord {
    package let record: Record
    package let payload: Payload
    package let keyIdentifier: [UInt8]
    /// The person's handle under which it is.
    package let handle: ContactHandle
    /// Its place in the person's chain, from 0.
    package let sequence: UInt64
    package let leafHash: SHA256Digest
    /// Who holds the key that signed it: `ledger` or `external`.
    package let custody: String?
    /// The private facts that are this person's, opened.
    package let facts: [PrivateField]
    /// The notice that it names.
    package let notice: Catalog.Notice?
    /// The notice's words.
    package let words: String?
    package let attachment: Attachment?
    /// Whether it is about another contact too.
    package let isShared: Bool

    package var index: UInt64 { record.index }
    package var recordedAt: Timestamp { record.recordedAt }

    package var event: Event? {
        guard case .event(let event) = payload else { return nil }
        return event
    }

    package init(
        _ entry: ContactTimeline.Entry, of handle: ContactHandle, among own: [ContactHandle],
        _ business: Catalog.Business, in snapshot: LedgerSnapshot
    ) throws {
        record = try snapshot.record(at: entry.index)
        payload = entry.payload
        keyIdentifier = entry.keyIdentifier
        self.handle = handle
        sequence = record.links.first { $0.chain == .contact(handle) }?.sequence ?? 0
        leafHash = MerkleHash.leaf(record.encoded())
        facts = try snapshot.privateFields(of: entry.index).filter { own.contains($0.handle) }.map(\.field)
        isShared = record.handles.contains { !own.contains($0) }
        guard case .event(let event) = entry.payload else {
            (custody, notice, words, attachment) = (nil, nil, nil, nil)
            return
        }
        custody = event.source.flatMap {
            snapshot.catalog.sourceKey($0, keyIdentifier: entry.keyIdentifier)?.custody
        }
        notice = event.notice.flatMap {
            business.notice($0, shownAt: event.earliest(recordedAt: entry.recordedAt), before: entry.index)
        }
        words = try notice.flatMap { try snapshot.object($0.textDigest) }.flatMap {
            String(validating: $0, as: UTF8.self)
        }
        attachment =
            event.type == .evidenceAttached && facts.contains { $0.name == "file-name" }
            ? try snapshot.attachment(at: entry.index) : nil
    }

    /// What the event says, without what names another contact.
    package var fields: [(field: EventField, value: FieldValue)] {
        event?.fields.filter { field, value in
            field != .fromHandle || value == .bytes(handle.bytes)
        } ?? []
    }
}
