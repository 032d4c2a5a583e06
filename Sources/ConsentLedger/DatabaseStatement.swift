internal import ConsentModel
internal import GRDB
internal import GRDBSQLite
internal import LedgerCrypto

/// A statement of a GRDB connection, driven by SQLite's own calls: GRDB makes objects of rows and values, which costs
/// more than the look-up itself where there is one for every record.
struct DatabaseStatement {
    // Owns the prepared statement, and is kept by the connection, so that each text is compiled once.
    private let statement: GRDB.Statement
    private let pointer: OpaquePointer

    init(_ db: Database, _ sql: String) throws {
        statement = try db.cachedStatement(sql: sql)
        pointer = statement.sqliteStatement
    }

    /// Runs a statement that gives no rows.
    func run<each Value: DatabaseBindable>(_ value: repeat each Value) throws {
        bind(repeat each value)
        defer { sqlite3_reset(pointer) }
        while try step() {}
    }

    /// Calls `body` with every row.
    func forEachRow<each Value: DatabaseBindable>(
        _ value: repeat each Value, do body: (DatabaseRow) throws -> Void
    ) throws {
        bind(repeat each value)
        defer { sqlite3_reset(pointer) }
        while try step() { try body(DatabaseRow(pointer)) }
    }

    /// What `body` makes of the first row of which it makes something.
    func first<Result, each Value: DatabaseBindable>(
        _ value: repeat each Value, make body: (DatabaseRow) throws -> Result?
    ) throws -> Result? {
        bind(repeat each value)
        defer { sqlite3_reset(pointer) }
        while try step() {
            if let result = try body(DatabaseRow(pointer)) { return result }
        }
        return nil
    }

    private func bind<each Value: DatabaseBindable>(_ value: repeat each Value) {
        var position: Int32 = 0
        for value in repeat each value {
            position += 1
            value.put(into: pointer, at: position)
        }
    }

    private func step() throws -> Bool {
        switch sqlite3_step(pointer) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code:
            throw DatabaseError(
                resultCode: ResultCode(rawValue: code),
                message: String(cString: sqlite3_errmsg(sqlite3_db_handle(pointer))), sql: statement.sql)
        }
    }
}

/// The row that a statement stands at; valid until it goes on.
struct DatabaseRow {
    private let pointer: OpaquePointer

    init(_ pointer: OpaquePointer) { self.pointer = pointer }

    func number(_ column: Int32) -> Int64 { sqlite3_column_int64(pointer, column) }

    /// A number that was stored by its bits.
    func unsigned(_ column: Int32) -> UInt64 { UInt64(bitPattern: number(column)) }

    func text(_ column: Int32) -> String {
        String(
            decoding: UnsafeRawBufferPointer(start: sqlite3_column_text(pointer, column), count: count(column)),
            as: UTF8.self)
    }

    func bytes(_ column: Int32) -> [UInt8] { Array(blob(column)) }

    /// An identifier; `nil` where the column does not hold 16 bytes.
    func identifier<Kind>(_ column: Int32) -> OpaqueIdentifier<Kind>? { OpaqueIdentifier(blob(column)) }

    /// A digest; `nil` where the column does not hold 32 bytes.
    func digest(_ column: Int32) -> SHA256Digest? { SHA256Digest(blob(column)) }

    /// The bytes where they are, until the statement goes on.
    func blob(_ column: Int32) -> UnsafeRawBufferPointer {
        // In this order: asking for the bytes may convert the value, and with it its length.
        let start = sqlite3_column_blob(pointer, column)
        return UnsafeRawBufferPointer(start: start, count: count(column))
    }

    private func count(_ column: Int32) -> Int { Int(sqlite3_column_bytes(pointer, column)) }
}

/// A value that a statement takes.
protocol DatabaseBindable {
    func put(into statement: OpaquePointer, at position: Int32)
}

extension Int64: DatabaseBindable {
    func put(into statement: OpaquePointer, at position: Int32) { sqlite3_bind_int64(statement, position, self) }
}

extension Int: DatabaseBindable {
    func put(into statement: OpaquePointer, at position: Int32) { Int64(self).put(into: statement, at: position) }
}

/// By its bits.
extension UInt64: DatabaseBindable {
    func put(into statement: OpaquePointer, at position: Int32) {
        Int64(bitPattern: self).put(into: statement, at: position)
    }
}

extension [UInt8]: DatabaseBindable {
    func put(into statement: OpaquePointer, at position: Int32) {
        withUnsafeBytes { $0.put(into: statement, at: position) }
    }
}

extension String: DatabaseBindable {
    func put(into statement: OpaquePointer, at position: Int32) {
        var text = self
        text.withUTF8 { bytes in
            _ = bytes.withMemoryRebound(to: CChar.self) {
                sqlite3_bind_text(statement, position, $0.baseAddress, Int32($0.count), copied)
            }
        }
    }
}

extension OpaqueIdentifier: DatabaseBindable {
    func put(into statement: OpaquePointer, at position: Int32) {
        withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { $0.put(into: statement, at: position) }
    }
}

extension OpaqueIdentifier {
    /// Whether its first half comes before the other's in a table: SQLite compares the halves as signed numbers.
    func storedBefore(_ other: Self) -> Bool { Int64(bitPattern: high) < Int64(bitPattern: other.high) }
}

extension SHA256Digest: DatabaseBindable {
    func put(into statement: OpaquePointer, at position: Int32) {
        withUnsafeBytes { $0.put(into: statement, at: position) }
    }
}

extension UnsafeRawBufferPointer {
    fileprivate func put(into statement: OpaquePointer, at position: Int32) {
        if isEmpty {
            sqlite3_bind_zeroblob(statement, position, 0)
        } else {
            sqlite3_bind_blob(statement, position, baseAddress, Int32(count), copied)
        }
    }
}

/// SQLITE_TRANSIENT, which Swift does not import: SQLite copies the bytes at once.
private let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
