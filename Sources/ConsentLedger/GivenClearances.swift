internal import GRDB
public import LedgerCrypto
public import TransparencyLog

/// The clearances that a program gave one by one, in `private/clearances.sqlite`: kept before anybody has them, anchored
/// many at a time by one record of the log, and found again when somebody asks for the path to it (SPEC.md, “Private state”
/// and “Anchoring”). What is kept of each says nothing of whom it is about.
///
/// Whoever gives has the ledger's lock. Clearances are numbered from 1 as they are kept. A *group* is a run of them that is
/// kept before its record is made, and never changes: so, after a crash anywhere, the same event is made of it, which the
/// ledger records once.
public final class GivenClearances: Sendable {
    static let fileName = "clearances.sqlite"
    private static let schema = 1
    /// The most clearances that one record anchors: so many leaves are read to make the path of one.
    public static let mostTogether = 65_536

    /// A clearance that is about to be given.
    public struct Given: Hashable, Sendable {
        /// What was signed.
        public let clearance: Clearance
        /// The business whose question it answers.
        public let business: String

        public init(_ clearance: Clearance, business: String) {
            self.clearance = clearance
            self.business = business
        }
    }

    /// What is known of a clearance that was given.
    public struct Found: Hashable, Sendable {
        /// The business whose question it answers.
        public let business: String
        /// What leads from it to its record; `nil` while it has none.
        public let path: AnchorPath?
    }

    /// A run of clearances that one record anchors.
    private struct Group {
        /// The number of the first.
        let first: UInt64
        let count: UInt64
        /// The greatest size of the log that one of them rests on.
        let size: UInt64
    }

    private let database: LedgerDatabase
    private let reading: LedgerDatabase
    private let commits = GroupCommit<Given>()
    private let mostTogether: Int

    /// Opens the file of the ledger at `location` for the program that has its lock, and makes it where it is not there.
    /// Throws `foreign` for another ledger's, and `unreadableDatabase`.
    public convenience init(writing location: LedgerLocation) throws {
        try self.init(writing: location, mostTogether: Self.mostTogether)
    }

    /// The same, with fewer to a record for tests.
    init(writing location: LedgerLocation, mostTogether: Int) throws {
        self.mostTogether = mostTogether
        database = try location.databases.open(Self.fileName, for: .writing)
        reading = try location.databases.open(Self.fileName, for: .reading)
        let ledgerID = try LedgerIdentity(of: location).ledgerID
        try database.write { db in
            if try Int.fetchOne(db, sql: "PRAGMA user_version") == 0 { try Self.make(db, ledgerID) }
            try DatabaseMeta.check(db, name: Self.fileName, schema: Self.schema, ledgerID: ledgerID)
        }
    }

    /// Opens the file for looking up, beside a program that gives; `nil` where there is none.
    public init?(reading location: LedgerLocation) throws {
        guard location.databases.exists(Self.fileName) else { return nil }
        mostTogether = Self.mostTogether
        database = try location.databases.open(Self.fileName, for: .reading)
        reading = database
        let ledgerID = try LedgerIdentity(of: location).ledgerID
        try reading.read { db in
            try DatabaseMeta.check(db, name: Self.fileName, schema: Self.schema, ledgerID: ledgerID)
        }
    }

    private static func make(_ db: Database, _ ledgerID: [UInt8]) throws {
        try db.execute(
            sql: """
                CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
                CREATE TABLE clearance (
                    id INTEGER PRIMARY KEY, leaf64 INTEGER NOT NULL, leaf BLOB NOT NULL, business TEXT NOT NULL,
                    log_size INTEGER NOT NULL);
                CREATE INDEX clearance_leaf ON clearance (leaf64);
                CREATE TABLE together (
                    first INTEGER PRIMARY KEY, count INTEGER NOT NULL, log_size INTEGER NOT NULL, record INTEGER);
                CREATE INDEX together_waiting ON together (first) WHERE record IS NULL;
                PRAGMA user_version = \(schema);
                """)
        try DatabaseMeta.set(db, "ledger-id", ledgerID)
    }

    // MARK: Giving

    /// Keeps clearances that are about to be given; durable at return. Calls that come at once share a flush. Throws where
    /// nobody may have them.
    public func keep(_ given: [Given]) throws {
        guard !given.isEmpty else { return }
        try commits.submit(given) { all in
            try database.write { db in
                let insert = try DatabaseStatement(
                    db, "INSERT INTO clearance (leaf64, leaf, business, log_size) VALUES (?, ?, ?, ?)")
                for given in all {
                    let leaf = given.clearance.leafHash
                    try insert.run(Self.key(leaf), leaf, given.business, given.clearance.logSize)
                }
            }
        }
    }

    /// How many wait for their record.
    public func waitingCount() throws -> UInt64 {
        try reading.read { db in
            let anchored = try DatabaseStatement(
                db, "SELECT first + count - 1 FROM together WHERE record IS NOT NULL ORDER BY first DESC LIMIT 1"
            ).first { $0.unsigned(0) }
            return try Self.last(db) - (anchored ?? 0)
        }
    }

    private static func last(_ db: Database) throws -> UInt64 {
        try DatabaseStatement(db, "SELECT MAX(id) FROM clearance").first { $0.unsigned(0) } ?? 0
    }

    /// The first bits of a leaf hash, by which it is looked up.
    private static func key(_ leaf: SHA256Digest) -> UInt64 {
        leaf.withUnsafeBytes { UInt64(bigEndian: $0.loadUnaligned(as: UInt64.self)) }
    }

    // MARK: Anchoring

    /// Records with `writer` what anchors the clearances that wait, as `source` states it: one record for all, or one for
    /// each `mostTogether`, and none where none waits. Returns the indexes of the records. Where it throws, what has no record
    /// waits on. Not to be called twice at once.
    @discardableResult
    public func anchor(
        with writer: LedgerWriter, reading ledger: Ledger, source: String = EventDraft.usualSource
    ) throws -> [UInt64] {
        try bound()
        return try waiting().map { group in
            var tree = RightEdge()
            try reading.read { db in try Self.forEachLeaf(of: group, db) { tree.append($0) } }
            let logRoot = try ledger.read { try $0.root(at: group.size) }
            let record = try writer.append(
                EventDraft(
                    anchoring: group.count, root: tree.root, size: group.size, logRoot: logRoot, source: source)
            ).index
            try note(record, of: group)
            return record
        }
    }

    /// Makes groups of the clearances that are in none.
    func bound() throws {
        // Whoever has nothing to anchor writes nothing.
        guard try reading.read({ try Self.next($0) <= Self.last($0) }) else { return }
        try database.write { db in
            let last = try Self.last(db)
            var first = try Self.next(db)
            while first <= last {
                let count = min(UInt64(mostTogether), last - first + 1)
                try DatabaseStatement(
                    db,
                    """
                    INSERT INTO together (first, count, log_size)
                    SELECT ?, ?, MAX(log_size) FROM clearance WHERE id >= ? AND id < ?
                    """
                ).run(first, count, first, first + count)
                first += count
            }
        }
    }

    /// The number of the first clearance that is in no group.
    private static func next(_ db: Database) throws -> UInt64 {
        try DatabaseStatement(db, "SELECT first + count FROM together ORDER BY first DESC LIMIT 1")
            .first { $0.unsigned(0) } ?? 1
    }

    /// The groups without a record, the oldest first.
    private func waiting() throws -> [Group] {
        try reading.read { db in
            var groups: [Group] = []
            try DatabaseStatement(
                db, "SELECT first, count, log_size FROM together WHERE record IS NULL ORDER BY first"
            ).forEachRow {
                groups.append(Group(first: $0.unsigned(0), count: $0.unsigned(1), size: $0.unsigned(2)))
            }
            return groups
        }
    }

    private func note(_ record: UInt64, of group: Group) throws {
        try database.write { db in
            try DatabaseStatement(db, "UPDATE together SET record = ? WHERE first = ?").run(record, group.first)
        }
    }

    /// Calls `body` with the leaf hashes of a group, in their order.
    private static func forEachLeaf(of group: Group, _ db: Database, _ body: (SHA256Digest) -> Void) throws {
        var count: UInt64 = 0
        try DatabaseStatement(db, "SELECT leaf FROM clearance WHERE id >= ? AND id < ? ORDER BY id")
            .forEachRow(group.first, group.first + group.count) { row in
                guard let leaf = row.digest(0) else { throw damage }
                body(leaf)
                count += 1
            }
        guard count == group.count else { throw damage }
    }

    private static let damage = LedgerError(
        .damaged, "private/\(fileName) lacks clearances that were given; restore it from its backup")

    // MARK: Looking up

    /// What is known of the clearance with that leaf hash; `nil` if it was not given here.
    public func find(_ leaf: SHA256Digest) throws -> Found? {
        try reading.read { db in
            let row = try DatabaseStatement(db, "SELECT id, business FROM clearance WHERE leaf64 = ? AND leaf = ?")
                .first(Self.key(leaf), leaf) { (id: $0.unsigned(0), business: $0.text(1)) }
            guard let row else { return nil }
            let together = try DatabaseStatement(
                db,
                """
                SELECT first, count, log_size, record FROM together
                WHERE first <= ? AND record IS NOT NULL ORDER BY first DESC LIMIT 1
                """
            ).first(row.id) { row in
                (
                    group: Group(first: row.unsigned(0), count: row.unsigned(1), size: row.unsigned(2)),
                    record: row.unsigned(3)
                )
            }
            guard let (group, record) = together, row.id < group.first + group.count else {
                return Found(business: row.business, path: nil)
            }
            var gathering = try AuditPathGathering(index: row.id - group.first, size: group.count)
            var tree = RightEdge()
            try Self.forEachLeaf(of: group, db) { leaf in tree.append(leaf) { gathering.take($0, $1) } }
            let hashes = try gathering.path().hashes
            return Found(
                business: row.business,
                path: try AnchorPath(record: record, index: row.id - group.first, hashes: hashes))
        }
    }
}
