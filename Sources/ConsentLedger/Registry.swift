internal import ConsentModel
internal import Foundation
internal import GRDB
internal import LedgerCrypto

/// Contact tags, handles, wrapped data keys: durable, small, erasable. Everything in it that tells of a person is sealed
/// or a keyed hash.
final class Registry: Sendable {
    static let fileName = "registry.sqlite"
    private static let schema = 1

    private let database: DatabaseQueue

    /// How far the registry and the sealed parts have been applied.
    struct Progress: Sendable {
        /// The log's size up to which records have been applied.
        var size: UInt64
        /// Where the next sealed part goes.
        var sealedEnd: SealedStore.Position
    }

    init(_ database: DatabaseQueue, ledgerID: [UInt8], creating: Bool) throws {
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

    func progress() throws -> Progress {
        try database.read { db in
            Progress(
                size: UInt64(bitPattern: try DatabaseMeta.number(db, "size")),
                sealedEnd: SealedStore.Position(
                    segment: UInt64(bitPattern: try DatabaseMeta.number(db, "sealed-segment")),
                    offset: Int(try DatabaseMeta.number(db, "sealed-offset"))))
        }
    }

    /// The contacts under `tags`, those not closed. The tags are looked up in order, so that a sorted batch is one pass.
    func registrations(tags: [ContactTag]) throws -> [ContactTag: ContactRegistration] {
        try database.read { db in
            let statement = try db.cachedStatement(sql: Self.columns + " WHERE tag64 = ?")
            var found: [ContactTag: ContactRegistration] = [:]
            for tag in tags {
                let rows = try Row.fetchCursor(statement, arguments: [Int64(bitPattern: tag.high)])
                while let row = try rows.next() {
                    let registration = try Self.registration(row)
                    if registration.tag == tag { found[tag] = registration }
                }
            }
            return found
        }
    }

    /// The contact of that handle, closed or not.
    func registration(of handle: ContactHandle) throws -> ContactRegistration? {
        try database.read { db in
            let statement = try db.cachedStatement(sql: Self.columns + " WHERE handle64 = ?")
            let rows = try Row.fetchCursor(statement, arguments: [Int64(bitPattern: handle.high)])
            while let row = try rows.next() {
                let registration = try Self.registration(row)
                if registration.handle == handle { return registration }
            }
            return nil
        }
    }

    /// Calls `body` with every contact that is not closed, in the order of their registration.
    func forEachRegistration(_ body: (ContactRegistration) throws -> Void) throws {
        try database.read { db in
            let rows = try Row.fetchCursor(db, sql: Self.columns + " WHERE tag64 IS NOT NULL ORDER BY id")
            while let row = try rows.next() { try body(Self.registration(row)) }
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
                for handle in record.closedHandles {
                    try db.execute(
                        sql: "UPDATE contact SET tag64 = NULL WHERE handle64 = ? AND handle = ?",
                        arguments: [Int64(bitPattern: handle.high), handle.blob])
                }
            }
            try Self.setProgress(db, progress)
        }
    }

    /// Recomputes the tags of all contacts when the spelling rules or libphonenumber have changed, so that every address
    /// is found by the spelling it has now. Does nothing when they have not.
    func refreshTags(_ keys: LedgerKeys, random: any RandomSource) throws {
        let current = Array(ContactAddress.normalization.utf8)
        try database.write { db in
            guard try DatabaseMeta.bytes(db, "normalization") != current else { return }
            let rows = try Row.fetchAll(db, sql: Self.columns + " WHERE tag64 IS NOT NULL")
            for row in rows {
                let old = try Self.registration(row)
                let address = try old.address(keys)
                let reread = try ContactAddress(parsing: address.text)
                let tag = keys.tag(of: reread, business: old.business)
                guard tag != old.tag else { continue }
                let fresh = old.moved(to: reread, tag: tag, keys: keys, random: random)
                try db.execute(
                    sql: "UPDATE contact SET tag64 = ?, tag = ?, sealed_address = ? WHERE id = ?",
                    arguments: [
                        Int64(bitPattern: tag.high), tag.blob, Data(fresh.sealedAddress), row["id"] as Int64,
                    ])
            }
            try DatabaseMeta.set(db, "normalization", current)
        }
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
        try DatabaseMeta.set(db, "sealed-segment", Int64(bitPattern: progress.sealedEnd.segment))
        try DatabaseMeta.set(db, "sealed-offset", Int64(progress.sealedEnd.offset))
    }
}
