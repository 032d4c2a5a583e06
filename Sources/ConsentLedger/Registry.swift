internal import ConsentModel
internal import Foundation
internal import GRDB
internal import LedgerCrypto

/// Contact tags, handles, wrapped data keys: durable, small, erasable. Everything in it that tells of a person is sealed
/// or a keyed hash.
final class Registry: Sendable {
    static let fileName = "registry.sqlite"
    private static let schema = 1

    private let database: LedgerDatabase

    /// How far the registry and the sealed parts have been applied.
    struct Progress: Sendable {
        /// The log's size up to which records have been applied.
        var size: UInt64
        /// Where the next sealed part goes.
        var sealedEnd: SealedStore.Position
    }

    init(_ database: LedgerDatabase, ledgerID: [UInt8], creating: Bool) throws {
        self.database = database
        if creating {
            try database.write { db in
                try db.execute(
                    sql: """
                        CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
                        CREATE TABLE contact (
                            id INTEGER PRIMARY KEY, handle64 INTEGER NOT NULL, handle BLOB NOT NULL,
                            business TEXT NOT NULL, tag64 INTEGER, tag BLOB NOT NULL,
                            wrapped_key BLOB NOT NULL, sealed_address BLOB NOT NULL);
                        CREATE INDEX contact_handle ON contact (handle64);
                        CREATE INDEX contact_tag ON contact (tag64) WHERE tag64 IS NOT NULL;
                        PRAGMA user_version = \(Self.schema);
                        """)
                try DatabaseMeta.set(db, "ledger-id", ledgerID)
                try DatabaseMeta.set(db, "normalization", Array(ContactAddress.normalization.utf8))
                try Self.setProgress(db, Progress(size: 0, sealedEnd: SealedStore.Position()))
            }
        }
        try database.read { db in
            try DatabaseMeta.check(db, name: Self.fileName, schema: Self.schema, ledgerID: ledgerID)
        }
    }

    /// The registry of the ledger at `location`; throws `incomplete` if it is missing, since nothing can rebuild it.
    convenience init(of location: LedgerLocation, ledgerID: [UInt8]) throws {
        guard location.databases.exists(Self.fileName) else {
            throw LedgerError(
                .incomplete, "private/\(Self.fileName) is missing, without which nobody is found; restore its backup")
        }
        try self.init(location.databases.open(Self.fileName), ledgerID: ledgerID, creating: false)
    }

    /// Calls `body` with a view of the registry that does not change meanwhile.
    func read<Result>(_ body: (View) throws -> Result) throws -> Result {
        try database.read { db in try body(View(db: db)) }
    }

    func progress() throws -> Progress { try read { try $0.progress() } }

    /// An unchanging view of the registry; valid only while `read` runs.
    struct View {
        fileprivate let db: Database

        func progress() throws -> Progress {
            Progress(
                size: UInt64(bitPattern: try DatabaseMeta.number(db, "size")),
                sealedEnd: try DatabaseMeta.sealedEnd(db))
        }

        /// Whether the tags are those that addresses have by the spelling rules of this program.
        func hasCurrentTags() throws -> Bool { try Registry.hasCurrentTags(db) }

        /// The contacts under `tags`, those not closed, the oldest first: more than one under a tag only where a change
        /// of the spelling rules made two addresses one. Sort the tags, and a batch is one pass.
        func registrations(tags: [ContactTag]) throws -> [ContactTag: [ContactRegistration]] {
            let statement = try db.cachedStatement(sql: Registry.columns + " WHERE tag64 = ? ORDER BY id")
            var found: [ContactTag: [ContactRegistration]] = [:]
            for tag in tags {
                let rows = try Row.fetchCursor(statement, arguments: [Int64(bitPattern: tag.high)])
                while let row = try rows.next() {
                    let registration = try Registry.registration(row)
                    if registration.tag == tag { found[tag, default: []].append(registration) }
                }
            }
            return found
        }

        /// The contact of that handle, closed or not.
        func registration(of handle: ContactHandle) throws -> ContactRegistration? {
            let statement = try db.cachedStatement(sql: Registry.columns + " WHERE handle64 = ?")
            let rows = try Row.fetchCursor(statement, arguments: [Int64(bitPattern: handle.high)])
            while let row = try rows.next() {
                let registration = try Registry.registration(row)
                if registration.handle == handle { return registration }
            }
            return nil
        }

        /// Calls `body` with every contact that is not closed, in the order of their registration.
        func forEachRegistration(_ body: (ContactRegistration) throws -> Void) throws {
            let rows = try Row.fetchCursor(db, sql: Registry.columns + " WHERE tag64 IS NOT NULL ORDER BY id")
            while let row = try rows.next() { try body(Registry.registration(row)) }
        }
    }

    /// Applies what `records` register and close, and notes the progress, in one transaction.
    func apply(_ records: ArraySlice<JournalRecord>, progress: Progress) throws {
        try database.write { db in
            let insert = try db.cachedStatement(
                sql: """
                    INSERT INTO contact (handle64, handle, business, tag64, tag, wrapped_key, sealed_address)
                    VALUES (?, ?, ?, ?, ?, ?, ?)
                    """)
            for record in records {
                for contact in record.registrations {
                    try insert.execute(arguments: [
                        Int64(bitPattern: contact.handle.high), contact.handle.blob, contact.business,
                        Int64(bitPattern: contact.tag.high), contact.tag.blob, Data(contact.wrappedKey),
                        Data(contact.sealedAddress),
                    ])
                }
                for handle in record.closedHandles { try Self.close(db, handle) }
            }
            try Self.setProgress(db, progress)
        }
    }

    /// Takes the contact's address from it, and from every other contact under the same tag: the address starts anew.
    private static func close(_ db: Database, _ handle: ContactHandle) throws {
        let row = try Row.fetchOne(
            db, sql: "SELECT tag64, tag FROM contact WHERE handle64 = ? AND handle = ? AND tag64 IS NOT NULL",
            arguments: [Int64(bitPattern: handle.high), handle.blob])
        guard let row else { return }
        try db.execute(
            sql: "UPDATE contact SET tag64 = NULL WHERE tag64 = ? AND tag = ?",
            arguments: [row["tag64"] as Int64, row["tag"] as Data])
    }

    /// Recomputes the tags of all contacts when the spelling rules or libphonenumber have changed, so that every address
    /// is found by the spelling it has now. Does nothing when they have not.
    func refreshTags(_ keys: LedgerKeys, random: any RandomSource) throws {
        try database.write { db in
            guard try !Self.hasCurrentTags(db) else { return }
            let rows = try Row.fetchAll(db, sql: Self.columns + " WHERE tag64 IS NOT NULL")
            for row in rows {
                let old = try Self.registration(row)
                let address = try old.address(keys).respelled
                let tag = keys.tag(of: address, business: old.business)
                guard tag != old.tag else { continue }
                let fresh = old.moved(to: address, tag: tag, keys: keys, random: random)
                try db.execute(
                    sql: "UPDATE contact SET tag64 = ?, tag = ?, sealed_address = ? WHERE id = ?",
                    arguments: [
                        Int64(bitPattern: tag.high), tag.blob, Data(fresh.sealedAddress), row["id"] as Int64,
                    ])
            }
            try DatabaseMeta.set(db, "normalization", Array(ContactAddress.normalization.utf8))
        }
    }

    private static func hasCurrentTags(_ db: Database) throws -> Bool {
        try DatabaseMeta.bytes(db, "normalization") == Array(ContactAddress.normalization.utf8)
    }

    private static let columns =
        "SELECT id, handle, business, tag, wrapped_key, sealed_address FROM contact"

    private static func registration(_ row: Row) throws -> ContactRegistration {
        guard let handle = ContactHandle(row["handle"] as Data), let tag = ContactTag(row["tag"] as Data) else {
            throw LedgerError(.damaged, "a row of registry.sqlite has no handle or tag; restore it from its backup")
        }
        return ContactRegistration(
            handle: handle, business: row["business"], tag: tag, wrappedKey: Array(row["wrapped_key"] as Data),
            sealedAddress: Array(row["sealed_address"] as Data))
    }

    private static func setProgress(_ db: Database, _ progress: Progress) throws {
        try DatabaseMeta.set(db, "size", Int64(bitPattern: progress.size))
        try DatabaseMeta.setSealedEnd(db, progress.sealedEnd)
    }
}
