internal import ConsentModel
internal import GRDB
internal import LedgerCrypto

/// Writes a batch of records into the tables of `CurrentIndex`, those with random keys in their order: a batch then
/// touches every page once.
final class IndexWriter {
    private let db: Database
    private let insertContact: DatabaseStatement
    private let updateContact: DatabaseStatement
    private let insertEntry: DatabaseStatement
    private let insertEvent: DatabaseStatement
    private let insertSealed: DatabaseStatement
    private let replaceHead: DatabaseStatement
    // A contact often has several records in a batch; each is looked up once and written once, at the end.
    private var contacts: [ContactHandle: (id: Int64, head: ChainHead, isNew: Bool)] = [:]
    private var order: [ContactHandle] = []
    private var heads: [Chain: ChainHead] = [:]
    private var events: [(id: EventID, record: UInt64)] = []
    private var nextContact: Int64

    init(_ db: Database) throws {
        self.db = db
        insertContact = try DatabaseStatement(
            db, "INSERT INTO contact (id, handle64, handle, sequence, last_index, last_hash) VALUES (?, ?, ?, ?, ?, ?)"
        )
        updateContact = try DatabaseStatement(
            db, "UPDATE contact SET sequence = ?, last_index = ?, last_hash = ? WHERE id = ?")
        insertEntry = try DatabaseStatement(
            db, "INSERT INTO entry (contact, record, recorded_at, key, payload) VALUES (?, ?, ?, ?, ?)")
        insertEvent = try DatabaseStatement(db, "INSERT INTO event (id64, record, rest) VALUES (?, ?, ?)")
        insertSealed = try DatabaseStatement(
            db, "INSERT OR REPLACE INTO sealed (record, segment, \"offset\", byte_count) VALUES (?, ?, ?, ?)")
        replaceHead = try DatabaseStatement(
            db, "INSERT OR REPLACE INTO head (kind, identity, sequence, last_index, last_hash) VALUES (?, ?, ?, ?, ?)")
        nextContact = (try Int64.fetchOne(db, sql: "SELECT max(id) FROM contact") ?? 0) + 1
    }

    func apply(_ record: JournalRecord) throws {
        let index = record.record.index
        for link in record.record.links {
            let head = ChainHead(sequence: link.sequence, index: index, leafHash: record.leafHash)
            if case .contact(let handle) = link.chain {
                try insertEntry.run(
                    contactID(handle, head), index, record.record.recordedAt.milliseconds, record.keyIdentifier,
                    record.payloadBytes)
            } else {
                heads[link.chain] = head
            }
        }
        events.append((record.payload.id, index))
        if record.event?.type.isGovernance ?? record.record.handles.isEmpty {
            try DatabaseStatement(db, "INSERT INTO governance (record, bytes) VALUES (?, ?)").run(index, record.bytes)
        }
        try noteReview(record)
    }

    /// Writes what the batch leads to: the contacts that it touched, the ends of the other chains, the ids.
    func finish() throws {
        for handle in order {
            guard let contact = contacts[handle] else { continue }
            let head = contact.head
            if contact.isNew {
                try insertContact.run(
                    contact.id, handle.high, handle, head.sequence, head.index, head.leafHash)
            } else {
                try updateContact.run(head.sequence, head.index, head.leafHash, contact.id)
            }
        }
        for (chain, head) in heads {
            try replaceHead.run(chain.kind, chain.identity, head.sequence, head.index, head.leafHash)
        }
        events.sort { $0.id.storedBefore($1.id) }
        for event in events { try insertEvent.run(event.id.high, event.record, event.id.low) }
    }

    func locate(_ record: UInt64, _ location: SealedStore.Location) throws {
        try insertSealed.run(record, location.segment, location.offset, location.byteCount)
    }

    private func contactID(_ handle: ContactHandle, _ head: ChainHead) throws -> Int64 {
        if let contact = contacts[handle] {
            contacts[handle] = (contact.id, head, contact.isNew)
            return contact.id
        }
        order.append(handle)
        // The first record of a chain is the first that the index hears of its contact.
        if head.sequence > 0, let contact = try Self.contact(db, handle) {
            contacts[handle] = (contact.id, head, false)
            return contact.id
        }
        defer { nextContact += 1 }
        contacts[handle] = (nextContact, head, true)
        return nextContact
    }

    private func noteReview(_ record: JournalRecord) throws {
        guard let event = record.event else { return }
        if event.type == .reviewOpened, let handle = record.record.handles.first {
            try DatabaseStatement(db, "INSERT INTO review (record, event, handle) VALUES (?, ?, ?)")
                .run(record.record.index, event.id, handle)
        } else if event.type == .reviewDecided || event.type == .eventVoided, let concerned = event.bytes(.concerns) {
            try DatabaseStatement(db, "DELETE FROM review WHERE event = ?").run(concerned)
        }
    }

    static func contact(_ db: Database, _ handle: ContactHandle) throws -> (id: Int64, head: ChainHead)? {
        let select = try DatabaseStatement(
            db, "SELECT id, handle, sequence, last_index, last_hash FROM contact WHERE handle64 = ?")
        return try select.first(handle.high) { row in
            row.identifier(1) == handle ? (row.number(0), try head(row, from: 2)) : nil
        }
    }

    /// The head in the three columns from `column` on.
    static func head(_ row: DatabaseRow, from column: Int32) throws -> ChainHead {
        guard let hash = row.digest(column + 2) else {
            throw LedgerError(.damaged, "private/index.sqlite has a chain head without hash; delete it")
        }
        return ChainHead(sequence: row.unsigned(column), index: row.unsigned(column + 1), leafHash: hash)
    }
}
