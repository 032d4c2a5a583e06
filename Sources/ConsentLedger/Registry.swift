internal import ConsentModel
internal import GRDB
internal import LedgerCrypto
internal import LedgerStorage

/// Contact tags, handles, wrapped data keys: durable, small, erasable. Everything in it that tells of a person is sealed
/// or a keyed hash.
final class Registry: Sendable {
    static let fileName = "registry.sqlite"
    private static let schema = 1
    /// For who asks about earlier times; a registry of before there was one has it from its next closing on.
    private static let closedIndex =
        "CREATE INDEX IF NOT EXISTS contact_closed ON contact (id, tag, handle) WHERE tag64 IS NULL"

    let database: LedgerDatabase
    /// For look-ups while a batch is written.
    private let reading: LedgerDatabase

    /// How far the registry and the sealed parts have been applied.
    struct Progress: Sendable {
        /// The log's size up to which records have been applied.
        var size: UInt64
        /// Where the next sealed part goes.
        var sealedEnd: SealedStore.Position
    }

    /// Opens the registry; with `newChecks`, makes it first, for a ledger with these keys.
    private init(
        of location: LedgerLocation, ledgerID: [UInt8], newChecks: [KeyPurpose: [UInt8]]?, isForWriting: Bool
    ) throws {
        database = try location.databases.open(Self.fileName, for: isForWriting ? .writing : .reading)
        reading = isForWriting ? try location.databases.open(Self.fileName, for: .reading) : database
        if let newChecks {
            try database.write { db in
                try db.execute(
                    sql: """
                        CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
                        CREATE TABLE contact (
                            id INTEGER PRIMARY KEY, handle64 INTEGER NOT NULL, handle BLOB NOT NULL,
                            business TEXT NOT NULL, tag64 INTEGER, tag BLOB NOT NULL,
                            wrapped_key BLOB NOT NULL, sealed_address BLOB NOT NULL);
                        CREATE INDEX contact_handle ON contact (handle64);
                        -- Has all that looking up many handles needs of a contact.
                        CREATE INDEX contact_tag ON contact (tag64, id, tag, handle) WHERE tag64 IS NOT NULL;
                        \(Self.closedIndex);
                        PRAGMA user_version = \(Self.schema);
                        """)
                try DatabaseMeta.set(db, "ledger-id", ledgerID)
                try DatabaseMeta.set(db, "normalization", Array(ContactAddress.normalization.utf8))
                try Self.setChecks(db, newChecks)
                try Self.setProgress(db, Progress(size: 0, sealedEnd: SealedStore.Position()))
            }
        }
        try database.read { db in
            try DatabaseMeta.check(db, name: Self.fileName, schema: Self.schema, ledgerID: ledgerID)
        }
    }

    /// The registry of the ledger at `location`; throws `incomplete` if it is missing, since nothing can rebuild it.
    convenience init(of location: LedgerLocation, ledgerID: [UInt8], isForWriting: Bool) throws {
        guard location.databases.exists(Self.fileName) else {
            throw LedgerError(
                .incomplete, "private/\(Self.fileName) is missing, without which nobody is found; restore its backup")
        }
        try self.init(of: location, ledgerID: ledgerID, newChecks: nil, isForWriting: isForWriting)
    }

    /// Makes the registry of a new ledger, of whose keys it keeps `checks`.
    convenience init(
        creatingFor location: LedgerLocation, ledgerID: [UInt8], checks: [KeyPurpose: [UInt8]]
    ) throws {
        try self.init(of: location, ledgerID: ledgerID, newChecks: checks, isForWriting: false)
    }

    /// The keys by which the registry goes, which are read as they are needed. Throws `badKey` where those that seal are here
    /// and are another ledger's, or were destroyed by an erasure since: under others nobody is found, nor a stop. Throws
    /// `incomplete` if the registry does not say which they are, and `locked` while keys are replaced again and again.
    func keys(_ files: KeyFiles, ledgerID: [UInt8]) throws -> LedgerKeys {
        for _ in 0..<3 {
            let checks = try read { try $0.keyChecks() }
            let keys = try LedgerKeys(files, ledgerID: ledgerID, checks: checks)
            do {
                try keys.readSealing()
                return keys
            } catch let error as LedgerError where error.code == .badKey || error.code == .missingKey {
                // They may have been replaced between the two looks; then the registry goes by others now.
                if try keys.go(by: read { try $0.keyChecks() }) { throw error }
            }
        }
        throw Self.keysAreChanging
    }

    /// Says that keys were replaced while they were read.
    static var keysAreChanging: StorageError {
        StorageError(.locked, "the ledger's keys are being replaced; try again in a moment")
    }

    static func setChecks(_ db: Database, _ checks: [KeyPurpose: [UInt8]]) throws {
        for purpose in KeyPurpose.allCases {
            if let value = checks[purpose] { try DatabaseMeta.set(db, checkName(purpose), value) }
        }
    }

    static func checkName(_ purpose: KeyPurpose) -> String { "key-check-" + purpose.rawValue }

    /// Calls `body` with a view of the registry that does not change meanwhile.
    func read<Result>(_ body: (View) throws -> Result) throws -> Result {
        try reading.read { db in try body(View(db: db)) }
    }

    /// Calls `body` with a view of the registry that nobody else changes meanwhile. What it does is durable at return, or
    /// undone if it throws; throws `locked` where another program has the registry for more than ten seconds.
    func write<Result>(_ body: (View) throws -> Result) throws -> Result {
        try database.write { db in try body(View(db: db)) }
    }

    /// The one or the other.
    func view<Result>(isWriting: Bool, _ body: (View) throws -> Result) throws -> Result {
        isWriting ? try write(body) : try read(body)
    }

    /// Calls `body` with a view of the registry for one look-up, or for some that need not be of the same moment.
    func lookUp<Result>(_ body: (View) throws -> Result) throws -> Result {
        try reading.lookUp { db in try body(View(db: db)) }
    }

    /// The contacts under `tags`, which are sorted, as `View.registrations` gives them.
    func lookUp(of tags: [ContactTag]) throws -> [ContactTag: [ContactRegistration]] {
        switch tags.count {
        case 0: [:]
        case 1: try lookUp { try $0.registrations(tags: tags) }
        default: try read { try $0.registrations(tags: tags) }
        }
    }

    func progress() throws -> Progress { try read { try $0.progress() } }

    /// An unchanging view of the registry; valid only while `read` runs.
    struct View {
        let db: Database

        var uses: UseTable { UseTable(db) }

        func progress() throws -> Progress {
            Progress(
                size: try DatabaseMeta.number(db, "size"),
                sealedEnd: try DatabaseMeta.sealedEnd(db))
        }

        /// Whether the tags are those that addresses have by the spelling rules of this program.
        func hasCurrentTags() throws -> Bool { try Registry.hasCurrentTags(db) }

        /// The contacts under `tags`, those not closed, the oldest first: more than one under a tag only where a change
        /// of the spelling rules made two addresses one. Sort the tags, and a batch is one pass.
        func registrations(tags: [ContactTag]) throws -> [ContactTag: [ContactRegistration]] {
            let select = try DatabaseStatement(db, Registry.columns + " WHERE tag64 = ? ORDER BY id")
            var found: [ContactTag: [ContactRegistration]] = [:]
            for tag in tags {
                try select.forEachRow(tag.high) { row in
                    let registration = try Registry.registration(row)
                    if registration.tag == tag { found[tag, default: []].append(registration) }
                }
            }
            return found
        }

        /// Calls `body` with the contacts under the tags, as `registrations(tags:)` finds them, and the place of the tag
        /// in `tags`; `order` is that of the places in which they are stored.
        func forEachHandle(
            of tags: [ContactTag], in order: [Int], do body: (Int, ContactHandle) throws -> Void
        ) throws {
            let select = try DatabaseStatement(db, "SELECT tag, handle FROM contact WHERE tag64 = ? ORDER BY id")
            for position in order {
                let tag = tags[position]
                try select.forEachRow(tag.high) { row in
                    let (stored, handle) = try Registry.tagAndHandle(row)
                    if stored == tag { try body(position, handle) }
                }
            }
        }

        /// Calls `body` with every tag and its contact, in the order in which tags are stored, then in that of their
        /// registration.
        func forEachTag(_ body: (ContactTag, ContactHandle) throws -> Void) throws {
            try forEachTag("WHERE tag64 IS NOT NULL ORDER BY tag64, id", body)
        }

        /// Calls `body` with every closed contact and the tag it had, in the order of their registration.
        func forEachClosed(_ body: (ContactTag, ContactHandle) throws -> Void) throws {
            try forEachTag("WHERE tag64 IS NULL ORDER BY id", body)
        }

        private func forEachTag(_ which: String, _ body: (ContactTag, ContactHandle) throws -> Void) throws {
            try DatabaseStatement(db, "SELECT tag, handle FROM contact " + which).forEachRow { row in
                let (tag, handle) = try Registry.tagAndHandle(row)
                try body(tag, handle)
            }
        }

        /// The contact of that handle, closed or not.
        func registration(of handle: ContactHandle) throws -> ContactRegistration? {
            try DatabaseStatement(db, Registry.columns + " WHERE handle64 = ?").first(handle.high) { row in
                let registration = try Registry.registration(row)
                return registration.handle == handle ? registration : nil
            }
        }

        /// Calls `body` with every contact that is not closed, in the order of their registration.
        func forEachRegistration(_ body: (ContactRegistration) throws -> Void) throws {
            try DatabaseStatement(db, Registry.columns + " WHERE tag64 IS NOT NULL ORDER BY id").forEachRow { row in
                try body(Registry.registration(row))
            }
        }
    }

    /// Applies what `records` register, close and erase, and notes the progress, in one transaction.
    func apply(
        _ records: ArraySlice<JournalRecord>, progress: Progress, keys: LedgerKeys, random: any RandomSource
    ) throws {
        try database.write { db in
            let insert = try DatabaseStatement(
                db,
                """
                INSERT INTO contact (handle64, handle, business, tag64, tag, wrapped_key, sealed_address)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """)
            let view = View(db: db)
            for record in records {
                for contact in record.registrations {
                    try insert.run(
                        contact.handle.high, contact.handle, contact.business, contact.tag.high, contact.tag,
                        contact.wrappedKey, contact.sealedAddress)
                }
                for handle in record.closedHandles {
                    if let event = record.event, event.type == .contactErased {
                        try view.erase(
                            handle, at: record.record.recordedAt, isSuppressed: event[.keepSuppression] != nil,
                            keys: keys)
                    } else if let tag = try Self.close(db, handle), try view.uses.count() != nil {
                        // The uses go to the contact that the person has become, or are forgotten.
                        if let successor = try record.successor(of: handle).flatMap({ try view.registration(of: $0) }) {
                            try view.uses.move(from: tag, to: successor, keys: keys, random: random)
                        } else {
                            try view.uses.removeAll(tag: tag)
                        }
                    }
                }
            }
            try Self.setProgress(db, progress)
        }
    }

    /// Takes the contact's address from it, and from every other contact under the same tag: the address starts anew.
    /// Returns that tag; `nil` where the contact has no address any more.
    static func close(_ db: Database, _ handle: ContactHandle) throws -> ContactTag? {
        let select = try DatabaseStatement(
            db, "SELECT tag FROM contact WHERE handle64 = ? AND handle = ? AND tag64 IS NOT NULL")
        let found = try select.first(handle.high, handle) { row -> ContactTag in
            guard let tag: ContactTag = row.identifier(0) else { throw rowWithoutKeys }
            return tag
        }
        guard let tag = found else { return nil }
        try DatabaseStatement(db, Self.closedIndex).run()
        try DatabaseStatement(db, "UPDATE contact SET tag64 = NULL WHERE tag64 = ? AND tag = ?").run(tag.high, tag)
        return tag
    }

    /// Recomputes the tags of all contacts when the spelling rules or libphonenumber have changed, so that every address
    /// is found by the spelling it has now. Does nothing when they have not.
    func refreshTags(_ keys: LedgerKeys, random: any RandomSource) throws {
        try database.write { db in
            guard try !Self.hasCurrentTags(db) else { return }
            var registrations: [(id: Int64, registration: ContactRegistration)] = []
            try DatabaseStatement(db, Self.columns).forEachRow { row in
                registrations.append((row.number(0), try Self.registration(row)))
            }
            let update = try DatabaseStatement(
                db,
                "UPDATE contact SET tag64 = iif(tag64 IS NULL, NULL, ?), tag = ?, sealed_address = ? WHERE id = ?")
            var moved: [ContactTag: ContactTag] = [:]
            for (id, old) in registrations {
                let address = try old.address(keys).respelled
                let tag = try keys.tag(of: address, business: old.business)
                moved[old.tag] = tag
                guard tag != old.tag else { continue }
                let fresh = try old.moved(to: address, tag: tag, keys: keys, random: random)
                try update.run(tag.high, tag, fresh.sealedAddress, id)
            }
            // The uses of a contact go with it; those of an address without one by how the address is spelled now.
            try UseTable(db).retag(keys: keys) { use, tag in
                try moved[tag] ?? keys.tag(of: use.address.respelled, business: use.business)
            }
            try DatabaseMeta.set(db, "normalization", Array(ContactAddress.normalization.utf8))
        }
    }

    private static func hasCurrentTags(_ db: Database) throws -> Bool {
        try DatabaseMeta.bytes(db, "normalization") == Array(ContactAddress.normalization.utf8)
    }

    static let columns =
        "SELECT id, handle, business, tag, wrapped_key, sealed_address FROM contact"

    static func registration(_ row: DatabaseRow) throws -> ContactRegistration {
        guard let handle: ContactHandle = row.identifier(1), let tag: ContactTag = row.identifier(3) else {
            throw rowWithoutKeys
        }
        return ContactRegistration(
            handle: handle, business: row.text(2), tag: tag, wrappedKey: row.bytes(4), sealedAddress: row.bytes(5))
    }

    /// Of a row that begins with them.
    private static func tagAndHandle(_ row: DatabaseRow) throws -> (ContactTag, ContactHandle) {
        guard let tag: ContactTag = row.identifier(0), let handle: ContactHandle = row.identifier(1) else {
            throw rowWithoutKeys
        }
        return (tag, handle)
    }

    private static let rowWithoutKeys = LedgerError(
        .damaged, "a row of registry.sqlite has no handle or tag; restore it from its backup")

    private static func setProgress(_ db: Database, _ progress: Progress) throws {
        try DatabaseMeta.set(db, "size", progress.size)
        try DatabaseMeta.setSealedEnd(db, progress.sealedEnd)
    }
}
