internal import ConsentModel
internal import ConsentRules
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
    /// For look-ups while a batch is written.
    private let reading: LedgerDatabase

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

    /// The last governance record, which stands for all before it: they are never changed, and it is linked to them.
    struct GovernanceHead: Hashable, Sendable {
        let record: UInt64
        let bytes: [UInt8]
    }

    /// Opens the index of the ledger at `location`; with `mayCreate`, a file without tables, new or left by a crash, gets
    /// them.
    init(of location: LedgerLocation, ledgerID: [UInt8], mayCreate: Bool) throws {
        database = try location.databases.open(Self.fileName, for: mayCreate ? .writingDerived : .reading)
        reading = mayCreate ? try location.databases.open(Self.fileName, for: .reading) : database
        if mayCreate {
            try database.write { db in
                guard try Int.fetchOne(db, sql: "PRAGMA user_version") == 0 else { return }
                try db.execute(
                    sql: """
                        CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
                        CREATE TABLE contact (
                            id INTEGER PRIMARY KEY, handle64 INTEGER NOT NULL, handle BLOB NOT NULL,
                            sequence INTEGER NOT NULL, last_index INTEGER NOT NULL, last_hash BLOB NOT NULL);
                        -- Has all that looking up many timelines needs of a contact.
                        CREATE INDEX contact_handle ON contact (handle64, id, handle);
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
            return try location.databases.open(fileName, for: .reading).read { db in
                try Int.fetchOne(db, sql: "PRAGMA user_version") != 0
            }
        } catch let error as LedgerError where error.code == .unreadableDatabase {
            return false
        }
    }

    func progress() throws -> Progress { try reading.read(Self.progress) }

    /// Calls `body` with a view of the index that does not change meanwhile.
    func read<Result>(_ body: (View) throws -> Result) throws -> Result {
        try reading.read { db in try body(View(db: db)) }
    }

    /// Calls `body` with a view of the index for one look-up, or for some that need not be of the same moment.
    func lookUp<Result>(_ body: (View) throws -> Result) throws -> Result {
        try reading.lookUp { db in try body(View(db: db)) }
    }

    /// Applies `records` and notes the progress, in one transaction.
    func apply(
        _ records: ArraySlice<JournalRecord>, locations: [(record: UInt64, location: SealedStore.Location)],
        progress: Progress
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
    func locate(_ locations: [(record: UInt64, location: SealedStore.Location)]) throws {
        try database.write { db in
            let writer = try IndexWriter(db)
            for (record, location) in locations { try writer.locate(record, location) }
        }
    }

    private static func progress(_ db: Database) throws -> Progress {
        guard let journalEnd = try DatabaseMeta.bytes(db, "journal-end").flatMap({ JournalPosition(encoded: $0) }),
            let lastRecordedAt = Timestamp(
                milliseconds: try DatabaseMeta.number(db, "last-recorded-at"))
        else { throw LedgerError(.damaged, "private/index.sqlite does not say how far it goes; delete it") }
        return Progress(
            size: try DatabaseMeta.number(db, "size"), journalEnd: journalEnd,
            sealedEnd: try DatabaseMeta.sealedEnd(db), lastRecordedAt: lastRecordedAt)
    }

    private static func setProgress(_ db: Database, _ progress: Progress) throws {
        try DatabaseMeta.set(db, "size", progress.size)
        try DatabaseMeta.set(db, "journal-end", progress.journalEnd.encoded)
        try DatabaseMeta.setSealedEnd(db, progress.sealedEnd)
        try DatabaseMeta.set(db, "last-recorded-at", progress.lastRecordedAt.milliseconds)
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
            let select = try DatabaseStatement(
                db, "SELECT record, recorded_at, key, payload FROM entry WHERE contact = ? ORDER BY record")
            var entries: [ContactTimeline.Entry] = []
            var keys = KnownKeys()
            try select.forEachRow(contact.id) { entries.append(try Self.entry($0, from: 0, &keys)) }
            return entries
        }

        /// Calls `body` with the place in `handles` and the records of each of the contacts that there are; `order` has the
        /// places in the order in which handles are stored.
        func forEachTimeline(
            of handles: [ContactHandle], in order: [Int], do body: (Int, [ContactTimeline.Entry]) throws -> Void
        ) throws {
            let select = try DatabaseStatement(
                db,
                """
                SELECT handle, record, recorded_at, key, payload FROM contact JOIN entry ON entry.contact = contact.id
                WHERE handle64 = ? ORDER BY contact.id, record
                """)
            var keys = KnownKeys()
            for place in order {
                let handle = handles[place]
                var entries: [ContactTimeline.Entry] = []
                try select.forEachRow(handle.high) { row in
                    if row.identifier(0) == handle { entries.append(try Self.entry(row, from: 1, &keys)) }
                }
                if !entries.isEmpty { try body(place, entries) }
            }
        }

        /// The largest id of a contact: about how many there are.
        func contactCount() throws -> Int {
            try DatabaseStatement(db, "SELECT max(id) FROM contact").first { Int($0.number(0)) } ?? 0
        }

        /// Calls `body` with every contact and its id, in the order in which handles are stored.
        func forEachContact(_ body: (ContactHandle, Int) throws -> Void) throws {
            try DatabaseStatement(db, "SELECT handle, id FROM contact ORDER BY handle64, id").forEachRow { row in
                try body(try Self.handle(row, 0), Int(row.number(1)))
            }
        }

        /// Calls `body` with every entry, in the order of the contacts' ids and of the records: the contact's id, the record
        /// and when it was recorded, the key and the payload, which are valid only then.
        func forEachEntry(
            _ body: (Int, UInt64, UInt64, UnsafeRawBufferPointer, UnsafeRawBufferPointer) throws -> Void
        ) throws {
            let select = try DatabaseStatement(
                db, "SELECT contact, record, recorded_at, key, payload FROM entry ORDER BY contact, record")
            try select.forEachRow { row in
                try body(Int(row.number(0)), row.unsigned(1), row.unsigned(2), row.blob(3), row.blob(4))
            }
        }

        /// Calls `body` with every contact in the order of the log, and its timeline.
        func forEachTimeline(_ body: (ContactTimeline) throws -> Void) throws {
            let select = try DatabaseStatement(
                db,
                """
                SELECT handle, record, recorded_at, key, payload FROM contact JOIN entry ON entry.contact = contact.id
                ORDER BY contact.id, record
                """)
            var handle: ContactHandle?
            var entries: [ContactTimeline.Entry] = []
            var keys = KnownKeys()
            try select.forEachRow { row in
                let next = try Self.handle(row, 0)
                if next != handle {
                    if let handle { try body(ContactTimeline(handle: handle, entries: entries)) }
                    handle = next
                    entries = []
                }
                entries.append(try Self.entry(row, from: 1, &keys))
            }
            if let handle { try body(ContactTimeline(handle: handle, entries: entries)) }
        }

        /// The last record of every contact's chain.
        func contactHeads() throws -> [ContactHandle: ChainHead] {
            var heads: [ContactHandle: ChainHead] = [:]
            let select = try DatabaseStatement(db, "SELECT handle, sequence, last_index, last_hash FROM contact")
            try select.forEachRow { row in
                heads[try Self.handle(row, 0)] = try IndexWriter.head(row, from: 1)
            }
            return heads
        }

        func head(of chain: Chain) throws -> ChainHead? {
            if case .contact(let handle) = chain { return try contact(handle)?.head }
            let select = try DatabaseStatement(
                db, "SELECT sequence, last_index, last_hash FROM head WHERE kind = ? AND identity = ?")
            return try select.first(chain.kind, chain.identity) { try IndexWriter.head($0, from: 0) }
        }

        /// The records that hold an event, by ids in any order; sort them first, and a batch is one pass.
        func indexes(of events: [EventID]) throws -> [EventID: UInt64] {
            let select = try DatabaseStatement(db, "SELECT record, rest FROM event WHERE id64 = ?")
            var found: [EventID: UInt64] = [:]
            for event in events {
                try select.forEachRow(event.high) { row in
                    if row.unsigned(1) == event.low { found[event] = row.unsigned(0) }
                }
            }
            return found
        }

        func governance() throws -> [[UInt8]] {
            var records: [[UInt8]] = []
            try DatabaseStatement(db, "SELECT bytes FROM governance ORDER BY record").forEachRow {
                records.append($0.bytes(0))
            }
            return records
        }

        /// The end of the governance records.
        func governanceHead() throws -> GovernanceHead {
            let select = try DatabaseStatement(db, "SELECT record, bytes FROM governance ORDER BY record DESC LIMIT 1")
            return try select.first { GovernanceHead(record: $0.unsigned(0), bytes: $0.bytes(1)) }
                ?? GovernanceHead(record: 0, bytes: [])
        }

        /// The open reviews: the record, the event's id and the contact.
        func reviews() throws -> [(record: UInt64, event: EventID, handle: ContactHandle)] {
            var reviews: [(record: UInt64, event: EventID, handle: ContactHandle)] = []
            let select = try DatabaseStatement(db, "SELECT record, event, handle FROM review ORDER BY record")
            try select.forEachRow { row in
                guard let event: EventID = row.identifier(1), let handle: ContactHandle = row.identifier(2) else {
                    throw LedgerError(.damaged, "private/index.sqlite has a review of nothing; delete it")
                }
                reviews.append((row.unsigned(0), event, handle))
            }
            return reviews
        }

        func sealedLocation(of record: UInt64) throws -> SealedStore.Location? {
            let select = try DatabaseStatement(
                db, "SELECT segment, \"offset\", byte_count FROM sealed WHERE record = ?")
            return try select.first(record) { row in
                SealedStore.Location(
                    segment: row.unsigned(0), offset: Int(row.number(1)), byteCount: Int(row.number(2)))
            }
        }

        /// The entry in the four columns from `column` on.
        private static func entry(
            _ row: DatabaseRow, from column: Int32, _ keys: inout KnownKeys
        ) throws -> ContactTimeline.Entry {
            try CurrentIndex.entry(
                record: row.unsigned(column), recordedAt: row.unsigned(column + 1),
                key: keys.key(row.blob(column + 2)), payload: row.bytes(column + 3)[...])
        }

        private static func handle(_ row: DatabaseRow, _ column: Int32) throws -> ContactHandle {
            guard let handle: ContactHandle = row.identifier(column) else {
                throw LedgerError(.damaged, "private/index.sqlite names a contact that has no handle; delete it")
            }
            return handle
        }
    }

    /// An entry of what is stored of it.
    static func entry(
        record: UInt64, recordedAt: UInt64, key: [UInt8], payload: ArraySlice<UInt8>
    ) throws -> ContactTimeline.Entry {
        guard let recordedAt = Timestamp(milliseconds: recordedAt) else {
            throw LedgerError(.damaged, "private/index.sqlite has a time after the year 9999; delete it")
        }
        return ContactTimeline.Entry(
            index: record, recordedAt: recordedAt, keyIdentifier: key, payload: try Payload(decoding: payload))
    }
}
