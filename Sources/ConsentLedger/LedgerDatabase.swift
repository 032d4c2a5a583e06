internal import GRDB
internal import Glibc
internal import LedgerStorage
internal import Synchronization

/// Where a ledger's two SQLite databases are.
public enum DatabaseLocation: Sendable {
    /// In the ledger's directory, under `private/`.
    case directory(String)
    /// In memory, for tests; they live as long as the value.
    case memory(MemoryDatabases)

    /// What a connection is for.
    enum Use {
        case reading
        /// Large batches: much of what they touch is touched again by the next, and is kept until then.
        case writing
        /// The same for what can be derived again: a power cut may take the last batches back, never half of one.
        case writingDerived

        fileprivate var settings: String {
            let batches = "PRAGMA cache_size = -32768; PRAGMA wal_autocheckpoint = 8192; "
            switch self {
            // Pages are read where the system has them: a copy of each costs more than what is looked up in it.
            case .reading: return "PRAGMA synchronous = FULL; PRAGMA mmap_size = 268435456"
            case .writing: return batches + "PRAGMA secure_delete = ON; PRAGMA synchronous = FULL"
            case .writingDerived: return batches + "PRAGMA synchronous = NORMAL"
            }
        }
    }

    /// How long is waited for others.
    fileprivate static let mostSeconds = 10

    /// Opens the database of that name; in memory, there is one connection for every use.
    func open(_ name: String, for use: Use) throws -> LedgerDatabase {
        try LedgerDatabase(name) { try queue(name, for: use) }
    }

    private func queue(_ name: String, for use: Use) throws -> DatabaseQueue {
        switch self {
        case .directory(let root):
            var configuration = Configuration()
            configuration.busyMode = .timeout(Double(Self.mostSeconds))
            configuration.prepareDatabase { db in
                try db.execute(sql: "PRAGMA journal_mode = WAL; " + use.settings)
            }
            let path = Self.path(name, root)
            let database = try DatabaseQueue(path: path, configuration: configuration)
            // SQLite gives its side files the mode of the database.
            guard chmod(path, 0o600) == 0 else {
                throw LedgerError(
                    .damaged, "the mode of private/\(name) cannot be set: \(String(cString: strerror(errno)))")
            }
            return database
        case .memory(let databases): return try databases.queue(name)
        }
    }

    func exists(_ name: String) -> Bool {
        switch self {
        case .directory(let root): access(Self.path(name, root), F_OK) == 0
        case .memory(let databases): databases.exists(name)
        }
    }

    /// Puts a database that cannot be read out of the way, under the name `NAME.unreadable`, in place of an earlier one:
    /// it may show what happened to it.
    func setAside(_ name: String) throws {
        if case .directory(let root) = self {
            let path = Self.path(name, root)
            guard rename(path, path + ".unreadable") == 0 || errno == ENOENT else {
                throw StorageError(.failed, "cannot set private/\(name) aside: \(String(cString: strerror(errno)))")
            }
        }
        // What else belongs to it says nothing without it.
        try remove(name)
    }

    func remove(_ name: String) throws {
        switch self {
        case .directory(let root):
            for suffix in ["", "-wal", "-shm"] {
                guard unlink(Self.path(name, root) + suffix) == 0 || errno == ENOENT else {
                    throw LedgerError(
                        .damaged,
                        "private/\(name)\(suffix) cannot be removed: \(String(cString: strerror(errno)))")
                }
            }
        case .memory(let databases): databases.remove(name)
        }
    }

    private static func path(_ name: String, _ root: String) -> String { "\(root)/private/\(name)" }
}

/// A database of the ledger. What SQLite refuses becomes an error that names the file and says what to do.
struct LedgerDatabase: Sendable {
    private let queue: DatabaseQueue
    private let name: String

    init(_ name: String, opening queue: () throws -> DatabaseQueue) throws {
        self.name = name
        self.queue = try Self.explaining(name, queue)
    }

    /// Calls `body` with a view of the database that does not change meanwhile.
    func read<Result>(_ body: (Database) throws -> Result) throws -> Result {
        try Self.explaining(name) { try queue.read(body) }
    }

    /// Calls `body` outside of any transaction: for one look-up, or for some that need not be of the same moment.
    func lookUp<Result>(_ body: (Database) throws -> Result) throws -> Result {
        try Self.explaining(name) { try queue.unsafeRead(body) }
    }

    /// Calls `body` in a transaction, which is durable at return, or was rolled back if this throws.
    func write<Result>(_ body: (Database) throws -> Result) throws -> Result {
        try Self.explaining(name) { try queue.write(body) }
    }

    /// Writes the whole database anew and empties its write-ahead log, so that neither has anything of what was deleted.
    /// Returns false where somebody else is at it for too long; at all, unless `waits`.
    func clearTraces(waits: Bool) throws -> Bool {
        try Self.explaining(name) {
            do {
                return try queue.writeWithoutTransaction { db in
                    // The first column tells whether somebody reads an older state, which is then in the log still.
                    func emptyLog() throws -> Bool { try Int.fetchOne(db, sql: "PRAGMA wal_checkpoint(TRUNCATE)") == 0 }
                    if !waits { try db.execute(sql: "PRAGMA busy_timeout = 0") }
                    defer {
                        if !waits {
                            try? db.execute(sql: "PRAGMA busy_timeout = \(DatabaseLocation.mostSeconds * 1000)")
                        }
                    }
                    // First, where nobody waits: else the whole file might be written in vain.
                    guard try waits || emptyLog() else { return false }
                    try db.execute(sql: "VACUUM")
                    return try emptyLog()
                }
            } catch let error as DatabaseError where [.SQLITE_BUSY, .SQLITE_LOCKED].contains(error.resultCode) {
                return false
            }
        }
    }

    private static func explaining<Result>(_ name: String, _ body: () throws -> Result) throws -> Result {
        do { return try body() } catch let error as DatabaseError { throw explained(error, name) }
    }

    /// `error` as an error of the ledger (https://sqlite.org/rescode.html).
    private static func explained(_ error: DatabaseError, _ name: String) -> any Error {
        let file = "private/\(name)"
        let reason = error.message ?? "\(error.resultCode)"
        switch error.resultCode {
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            return StorageError(.locked, "\(file) is in use by another program; try again in a moment")
        case .SQLITE_FULL:
            return StorageError(.full, "\(file) cannot grow: \(reason); make room, then open the ledger again")
        case .SQLITE_CANTOPEN, .SQLITE_IOERR, .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH, .SQLITE_NOMEM,
            .SQLITE_INTERRUPT:
            return StorageError(
                .failed, "\(file) cannot be used: \(reason); see to the file system and the rights of the file")
        default:
            let remedy =
                name == CurrentIndex.fileName
                ? "it is derived from the log: make it anew with: consent replay"
                : "nothing can make it anew: restore it from its backup"
            return LedgerError(.unreadableDatabase, "\(file) is damaged (\(reason)); \(remedy)")
        }
    }
}

/// Databases in memory that outlive the ledger that is open on them, as files do.
public final class MemoryDatabases: Sendable {
    private let queues = Mutex<[String: DatabaseQueue]>([:])

    public init() {}

    /// The databases as they are now, apart from these: what a backup holds.
    func copy() throws -> MemoryDatabases {
        let copy = MemoryDatabases()
        for (name, queue) in queues.withLock({ $0 }) {
            let target = try DatabaseQueue()
            try queue.backup(to: target)
            copy.queues.withLock { $0[name] = target }
        }
        return copy
    }

    func queue(_ name: String) throws -> DatabaseQueue {
        try queues.withLock { queues in
            if let queue = queues[name] { return queue }
            let queue = try DatabaseQueue()
            queues[name] = queue
            return queue
        }
    }

    func exists(_ name: String) -> Bool { queues.withLock { $0[name] != nil } }

    func remove(_ name: String) { queues.withLock { $0[name] = nil } }
}

/// The table of single values that both databases have.
enum DatabaseMeta {
    static func set(_ db: Database, _ name: String, _ value: some DatabaseBindable) throws {
        try DatabaseStatement(db, "INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)").run(name, value)
    }

    static func bytes(_ db: Database, _ name: String) throws -> [UInt8]? {
        try DatabaseStatement(db, select).first(name) { $0.bytes(0) }
    }

    static func number(_ db: Database, _ name: String) throws -> UInt64 {
        guard let number = try DatabaseStatement(db, select).first(name, make: { $0.unsigned(0) }) else {
            throw LedgerError(.damaged, "a database of the ledger lacks “\(name)”")
        }
        return number
    }

    private static let select = "SELECT value FROM meta WHERE name = ?"

    static func sealedEnd(_ db: Database) throws -> SealedStore.Position {
        SealedStore.Position(
            segment: try number(db, "sealed-segment"), offset: Int(clamping: try number(db, "sealed-offset")))
    }

    static func setSealedEnd(_ db: Database, _ end: SealedStore.Position) throws {
        try set(db, "sealed-segment", end.segment)
        try set(db, "sealed-offset", end.offset)
    }

    /// Throws unless the database has this schema and belongs to this ledger.
    static func check(_ db: Database, name: String, schema: Int, ledgerID: [UInt8]) throws {
        let version = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        guard version == schema else {
            throw LedgerError(
                version > schema ? .laterVersion : .incomplete,
                "private/\(name) has the format \(version), and this version knows \(schema); "
                    + (version > schema
                        ? "update this software"
                        : "it was not made completely: restore it from its backup, or make the ledger again"))
        }
        guard try bytes(db, "ledger-id") == ledgerID else {
            throw LedgerError(.foreign, "private/\(name) belongs to another ledger; put back this ledger's own")
        }
    }
}
