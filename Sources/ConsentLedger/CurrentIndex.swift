internal import ConsentModel
internal import ConsentRules
internal import Foundation
internal import GRDB
internal import LedgerCrypto
internal import LedgerStorage

/// What replay derives from the log: the contacts' timelines, the chain heads, the event ids, the governance. It can be
/// deleted at any time; the next open rebuilds it.
///
/// Tables are keyed by dense integers and by the first 64 bits of random identifiers, whose rest is compared: collisions
/// are handled, and the pages stay small.
final class CurrentIndex: Sendable {
    static let fileName = "index.sqlite"
    private static let schema = 1

    private let database: LedgerDatabase

    /// How far the index has been applied.
    struct Progress: Sendable {
        /// The log's size up to which records have been applied; never more than is published.
        var size: UInt64
        /// Where in the journal the records after them are, or a place before.
        var journalEnd: JournalPosition
        /// Up to where the places of sealed parts are noted.
        var sealedEnd: SealedStore.Position
        /// When the last applied record was recorded.
        var lastRecordedAt: Timestamp

        static let nothing = Progress(
            size: 0, journalEnd: .zero, sealedEnd: SealedStore.Position(), lastRecordedAt: .epoch)
    }

    /// Opens the index of the ledger at `location`; with `mayCreate`, a file without tables, new or left by a crash, gets
    /// them.
    init(of location: LedgerLocation, ledgerID: [UInt8], mayCreate: Bool) throws {
        database = try location.databases.open(Self.fileName)
        if mayCreate {
            try database.write { db in
                guard try Int.fetchOne(db, sql: "PRAGMA user_version") == 0 else { return }
                try db.execute(
                    sql: """
                        CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
                        CREATE TABLE contact (
                            id INTEGER PRIMARY KEY, handle64 INTEGER NOT NULL, handle BLOB NOT NULL,
                            sequence INTEGER NOT NULL, last_index INTEGER NOT NULL, last_hash BLOB NOT NULL);
                        CREATE INDEX contact_handle ON contact (handle64);
                        CREATE TABLE entry (
                            contact INTEGER NOT NULL, record INTEGER NOT NULL, recorded_at INTEGER NOT NULL,
                            key BLOB NOT NULL, payload BLOB NOT NULL, PRIMARY KEY (contact, record)) WITHOUT ROWID;
                        CREATE TABLE head (
                            kind INTEGER NOT NULL, identity BLOB NOT NULL, sequence INTEGER NOT NULL,
                            last_index INTEGER NOT NULL, last_hash BLOB NOT NULL,
                            PRIMARY KEY (kind, identity)) WITHOUT ROWID;
                        CREATE TABLE event (
                            id64 INTEGER NOT NULL, record INTEGER NOT NULL, rest INTEGER NOT NULL,
                            PRIMARY KEY (id64, record)) WITHOUT ROWID;
                        CREATE TABLE governance (record INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
                        CREATE TABLE review (record INTEGER PRIMARY KEY, event BLOB NOT NULL, handle BLOB NOT NULL);
                        CREATE TABLE sealed (
                            record INTEGER PRIMARY KEY, segment INTEGER NOT NULL, "offset" INTEGER NOT NULL,
                            byte_count INTEGER NOT NULL);
                        PRAGMA user_version = \(Self.schema);
                        """)
                try DatabaseMeta.set(db, "ledger-id", ledgerID)
                try Self.setProgress(db, .nothing)
            }
        }
        try database.read { db in
            try DatabaseMeta.check(db, name: Self.fileName, schema: Self.schema, ledgerID: ledgerID)
        }
    }

    /// Whether there is an index that can be read, with its tables.
    static func isMade(at location: LedgerLocation) throws -> Bool {
        guard location.databases.exists(fileName) else { return false }
        do {
            return try location.databases.open(fileName).read { db in
                try Int.fetchOne(db, sql: "PRAGMA user_version") != 0
            }
        } catch let error as LedgerError where error.code == .unreadableDatabase {
            return false
        }
    }

    func progress() throws -> Progress { try database.read(Self.progress) }

    /// Calls `body` with a view of the index that does not change meanwhile.
    func read<Result>(_ body: (View) throws -> Result) throws -> Result {
        try database.read { db in try body(View(db: db)) }
    }

    /// Applies `records` and notes the progress, in one transaction.
    func apply(
        _ records: ArraySlice<JournalRecord>, locations: [UInt64: SealedStore.Location], progress: Progress
    ) throws {
        try database.write { db in
            let writer = try IndexWriter(db)
            for record in records { try writer.apply(record) }
            try writer.finish()
            for (record, location) in locations { try writer.locate(record, location) }
            try Self.setProgress(db, progress)
        }
    }

    /// Notes where sealed parts are, ahead of their records.
    func locate(_ locations: [UInt64: SealedStore.Location]) throws {
        try database.write { db in
            let writer = try IndexWriter(db)
            for (record, location) in locations { try writer.locate(record, location) }
        }
    }

    private static func progress(_ db: Database) throws -> Progress {
        guard let journalEnd = try DatabaseMeta.bytes(db, "journal-end").flatMap({ JournalPosition(encoded: $0) }),
            let lastRecordedAt = Timestamp(
                milliseconds: UInt64(bitPattern: try DatabaseMeta.number(db, "last-recorded-at")))
        else { throw LedgerError(.damaged, "private/index.sqlite does not say how far it goes; delete it") }
        return Progress(
            size: UInt64(bitPattern: try DatabaseMeta.number(db, "size")), journalEnd: journalEnd,
            sealedEnd: try DatabaseMeta.sealedEnd(db), lastRecordedAt: lastRecordedAt)
    }

    private static func setProgress(_ db: Database, _ progress: Progress) throws {
        try DatabaseMeta.set(db, "size", Int64(bitPattern: progress.size))
        try DatabaseMeta.set(db, "journal-end", progress.journalEnd.encoded)
        try DatabaseMeta.setSealedEnd(db, progress.sealedEnd)
        try DatabaseMeta.set(db, "last-recorded-at", Int64(bitPattern: progress.lastRecordedAt.milliseconds))
    }

    /// An unchanging view of the index; valid only while `read` runs.
    struct View {
        fileprivate let db: Database

        func progress() throws -> Progress { try CurrentIndex.progress(db) }

        func contact(_ handle: ContactHandle) throws -> (id: Int64, head: ChainHead)? {
            try IndexWriter.contact(db, handle)
        }

        func timeline(of handle: ContactHandle) throws -> [ContactTimeline.Entry] {
            guard let contact = try contact(handle) else { return [] }
            let statement = try db.cachedStatement(
                sql: "SELECT record, recorded_at, key, payload FROM entry WHERE contact = ? ORDER BY record")
            var entries: [ContactTimeline.Entry] = []
            let rows = try Row.fetchCursor(statement, arguments: [contact.id])
            while let row = try rows.next() { entries.append(try Self.entry(row)) }
            return entries
        }

        /// Calls `body` with every contact in the order of the log, and its timeline.
        func forEachTimeline(_ body: (ContactTimeline) throws -> Void) throws {
            let rows = try Row.fetchCursor(
                db,
                sql: """
                    SELECT handle, record, recorded_at, key, payload FROM contact JOIN entry ON entry.contact = contact.id
                    ORDER BY contact.id, record
                    """)
            var handle: ContactHandle?
            var entries: [ContactTimeline.Entry] = []
            while let row = try rows.next() {
                guard let next = ContactHandle(row["handle"] as Data) else {
                    throw LedgerError(.damaged, "private/index.sqlite names a contact that has no handle; delete it")
                }
                if next != handle {
                    if let handle { try body(ContactTimeline(handle: handle, entries: entries)) }
                    handle = next
                    entries = []
                }
                entries.append(try Self.entry(row))
            }
            if let handle { try body(ContactTimeline(handle: handle, entries: entries)) }
        }

        /// The last record of every contact's chain.
        func contactHeads() throws -> [ContactHandle: ChainHead] {
            var heads: [ContactHandle: ChainHead] = [:]
            let rows = try Row.fetchCursor(db, sql: "SELECT handle, sequence, last_index, last_hash FROM contact")
            while let row = try rows.next() {
                guard let handle = ContactHandle(row["handle"] as Data) else {
                    throw LedgerError(.damaged, "private/index.sqlite names a contact that has no handle; delete it")
                }
                heads[handle] = try IndexWriter.head(row)
            }
            return heads
        }

        func head(of chain: Chain) throws -> ChainHead? {
            if case .contact(let handle) = chain { return try contact(handle)?.head }
            let statement = try db.cachedStatement(
                sql: "SELECT sequence, last_index, last_hash FROM head WHERE kind = ? AND identity = ?")
            return try Row.fetchOne(statement, arguments: [Int64(chain.kind), Data(chain.identity)])
                .map(IndexWriter.head)
        }

        /// The records that hold an event, by ids in any order; sort them first, and a batch is one pass.
        func indexes(of events: [EventID]) throws -> [EventID: UInt64] {
            let statement = try db.cachedStatement(sql: "SELECT record, rest FROM event WHERE id64 = ?")
            var found: [EventID: UInt64] = [:]
            for event in events {
                let rows = try Row.fetchCursor(statement, arguments: [Int64(bitPattern: event.high)])
                while let row = try rows.next() {
                    guard row["rest"] as Int64 == Int64(bitPattern: event.low) else { continue }
                    found[event] = UInt64(bitPattern: row["record"] as Int64)
                }
            }
            return found
        }

        func governance() throws -> [[UInt8]] {
            try Data.fetchAll(db, sql: "SELECT bytes FROM governance ORDER BY record").map { Array($0) }
        }

        /// The open reviews: the record, the event's id and the contact.
        func reviews() throws -> [(record: UInt64, event: EventID, handle: ContactHandle)] {
            try Row.fetchAll(db, sql: "SELECT record, event, handle FROM review ORDER BY record").compactMap { row in
                guard let event = EventID(row["event"] as Data), let handle = ContactHandle(row["handle"] as Data)
                else { return nil }
                return (UInt64(bitPattern: row["record"] as Int64), event, handle)
            }
        }

        func sealedLocation(of record: UInt64) throws -> SealedStore.Location? {
            let statement = try db.cachedStatement(
                sql: "SELECT segment, \"offset\", byte_count FROM sealed WHERE record = ?")
            return try Row.fetchOne(statement, arguments: [Int64(bitPattern: record)]).map { row in
                SealedStore.Location(
                    segment: UInt64(bitPattern: row["segment"] as Int64), offset: row["offset"],
                    byteCount: row["byte_count"])
            }
        }

        private static func entry(_ row: Row) throws -> ContactTimeline.Entry {
            guard let recordedAt = Timestamp(milliseconds: UInt64(bitPattern: row["recorded_at"] as Int64)) else {
                throw LedgerError(.damaged, "private/index.sqlite has a time after the year 9999; delete it")
            }
            return ContactTimeline.Entry(
                index: UInt64(bitPattern: row["record"] as Int64), recordedAt: recordedAt,
                keyIdentifier: Array(row["key"] as Data),
                payload: try Payload(decoding: Array(row["payload"] as Data)[...]))
        }
    }
}

/// Writes a batch of records into the index.
private final class IndexWriter {
    private let db: Database
    private let insertContact: GRDB.Statement
    private let updateContact: GRDB.Statement
    private let insertEntry: GRDB.Statement
    private let insertEvent: GRDB.Statement
    private let insertSealed: GRDB.Statement
    // A contact often has several records in a batch; each is looked up once and written once, at the end.
    private var contacts: [ContactHandle: (id: Int64, head: ChainHead, isNew: Bool)] = [:]
    private var order: [ContactHandle] = []
    private var nextContact: Int64

    init(_ db: Database) throws {
        self.db = db
        insertContact = try db.cachedStatement(
            sql: "INSERT INTO contact (id, handle64, handle, sequence, last_index, last_hash) VALUES (?, ?, ?, ?, ?, ?)"
        )
        updateContact = try db.cachedStatement(
            sql: "UPDATE contact SET sequence = ?, last_index = ?, last_hash = ? WHERE id = ?")
        insertEntry = try db.cachedStatement(
            sql: "INSERT INTO entry (contact, record, recorded_at, key, payload) VALUES (?, ?, ?, ?, ?)")
        insertEvent = try db.cachedStatement(sql: "INSERT INTO event (id64, record, rest) VALUES (?, ?, ?)")
        insertSealed = try db.cachedStatement(
            sql: "INSERT OR REPLACE INTO sealed (record, segment, \"offset\", byte_count) VALUES (?, ?, ?, ?)")
        nextContact = (try Int64.fetchOne(db, sql: "SELECT max(id) FROM contact") ?? 0) + 1
    }

    func apply(_ record: JournalRecord) throws {
        let index = Int64(bitPattern: record.record.index)
        for link in record.record.links {
            let head = ChainHead(
                sequence: link.sequence, index: record.record.index, leafHash: record.leafHash)
            if case .contact(let handle) = link.chain {
                let contact = try contactID(handle, head)
                try insertEntry.execute(arguments: [
                    contact, index, Int64(bitPattern: record.record.recordedAt.milliseconds),
                    Data(record.keyIdentifier), Data(payloadBytes(record)),
                ])
            } else {
                try db.cachedStatement(
                    sql:
                        "INSERT OR REPLACE INTO head (kind, identity, sequence, last_index, last_hash) VALUES (?, ?, ?, ?, ?)"
                ).execute(arguments: [
                    Int64(link.chain.kind), Data(link.chain.identity), Int64(bitPattern: head.sequence), index,
                    Data(head.leafHash.bytes),
                ])
            }
        }
        try insertEvent.execute(arguments: [
            Int64(bitPattern: record.payload.id.high), index, Int64(bitPattern: record.payload.id.low),
        ])
        if record.record.handles.isEmpty || record.record.links.contains(where: { $0.chain == .ledger }) {
            try db.execute(
                sql: "INSERT INTO governance (record, bytes) VALUES (?, ?)", arguments: [index, Data(record.bytes)])
        }
        try noteReview(record)
    }

    /// Writes the contacts that the batch touched.
    func finish() throws {
        for handle in order {
            guard let contact = contacts[handle] else { continue }
            let sequence = Int64(bitPattern: contact.head.sequence)
            let index = Int64(bitPattern: contact.head.index)
            let hash = Data(contact.head.leafHash.bytes)
            if contact.isNew {
                try insertContact.execute(arguments: [
                    contact.id, Int64(bitPattern: handle.high), handle.blob, sequence, index, hash,
                ])
            } else {
                try updateContact.execute(arguments: [sequence, index, hash, contact.id])
            }
        }
    }

    func locate(_ record: UInt64, _ location: SealedStore.Location) throws {
        try insertSealed.execute(arguments: [
            Int64(bitPattern: record), Int64(bitPattern: location.segment), location.offset, location.byteCount,
        ])
    }

    private func contactID(_ handle: ContactHandle, _ head: ChainHead) throws -> Int64 {
        if let contact = contacts[handle] {
            contacts[handle] = (contact.id, head, contact.isNew)
            return contact.id
        }
        order.append(handle)
        if let contact = try Self.contact(db, handle) {
            contacts[handle] = (contact.id, head, false)
            return contact.id
        }
        defer { nextContact += 1 }
        contacts[handle] = (nextContact, head, true)
        return nextContact
    }

    private func payloadBytes(_ record: JournalRecord) throws -> [UInt8] {
        if let event = record.event { return event.encoded() }
        return try Statement(decoding: record.record.statement[...]).payload
    }

    private func noteReview(_ record: JournalRecord) throws {
        guard let event = record.event else { return }
        if event.type == .reviewOpened, let handle = record.record.handles.first {
            try db.execute(
                sql: "INSERT INTO review (record, event, handle) VALUES (?, ?, ?)",
                arguments: [Int64(bitPattern: record.record.index), event.id.blob, handle.blob])
        } else if event.type == .reviewDecided || event.type == .eventVoided, let concerned = event.bytes(.concerns) {
            try db.execute(sql: "DELETE FROM review WHERE event = ?", arguments: [Data(concerned)])
        }
    }

    static func contact(_ db: Database, _ handle: ContactHandle) throws -> (id: Int64, head: ChainHead)? {
        let statement = try db.cachedStatement(
            sql: "SELECT id, handle, sequence, last_index, last_hash FROM contact WHERE handle64 = ?")
        let rows = try Row.fetchCursor(statement, arguments: [Int64(bitPattern: handle.high)])
        while let row = try rows.next() {
            if ContactHandle(row["handle"] as Data) == handle { return (row["id"], try head(row)) }
        }
        return nil
    }

    static func head(_ row: Row) throws -> ChainHead {
        guard let hash = SHA256Digest(row["last_hash"] as Data) else {
            throw LedgerError(.damaged, "private/index.sqlite has a chain head without hash; delete it")
        }
        return ChainHead(
            sequence: UInt64(bitPattern: row["sequence"] as Int64),
            index: UInt64(bitPattern: row["last_index"] as Int64),
            leafHash: hash)
    }
}
