import ConsentModel
import GRDB
import LedgerCrypto
import Testing

@testable import ConsentLedger

/// Values go into SQLite and come back as they were, and what SQLite refuses is thrown.
@Suite struct DatabaseStatementTests {
    private func database() throws -> DatabaseQueue {
        let database = try DatabaseQueue()
        try database.write { try $0.execute(sql: "CREATE TABLE cell (name TEXT PRIMARY KEY, value NOT NULL)") }
        return database
    }

    @Test(arguments: [[], [0], [UInt8](0...255), [UInt8](repeating: 7, count: 70_000)]) func bytes(_ value: [UInt8])
        throws
    {
        try database().write { db in
            try DatabaseStatement(db, "INSERT INTO cell (name, value) VALUES (?, ?)").run("it", value)
            let kept = try DatabaseStatement(db, "SELECT value, typeof(value) FROM cell").first { row in
                (row.bytes(0), row.text(1))
            }
            #expect(kept?.0 == value)
            #expect(kept?.1 == "blob")
        }
    }

    @Test(arguments: [0, 1, UInt64(Int64.max), UInt64(Int64.max) + 1, .max]) func numbers(_ value: UInt64) throws {
        try database().write { db in
            try DatabaseStatement(db, "INSERT INTO cell (name, value) VALUES (?, ?)").run("ñ", value)
            let select = try DatabaseStatement(db, "SELECT value, name FROM cell WHERE value = ?")
            #expect(try select.first(value) { $0.unsigned(0) } == value)
            #expect(try select.first(Int64(bitPattern: value)) { $0.text(1) } == "ñ")
            #expect(try select.first(value &+ 1) { $0.number(0) } == nil)
        }
    }

    @Test func identifiersAndDigests() throws {
        let handle = ContactHandle(Array(1...16))!
        let digest = SHA256Digest(hashing: [1])
        try database().write { db in
            let insert = try DatabaseStatement(db, "INSERT INTO cell (name, value) VALUES (?, ?)")
            try insert.run("handle", handle)
            try insert.run("digest", digest)
            var found: [(ContactHandle?, SHA256Digest?)] = []
            try DatabaseStatement(db, "SELECT value FROM cell ORDER BY name DESC").forEachRow { row in
                found.append((row.identifier(0), row.digest(0)))
            }
            // Of another size, it is none.
            #expect(found.map(\.0) == [handle, nil])
            #expect(found.map(\.1) == [nil, digest])
        }
    }

    @Test func aRefusalIsThrownAndTheStatementStaysUsable() throws {
        try database().write { db in
            let insert = try DatabaseStatement(db, "INSERT INTO cell (name, value) VALUES (?, ?)")
            try insert.run("a", 1)
            #expect(throws: DatabaseError.self) { try insert.run("a", 2) }
            try insert.run("b", 3)
            let select = try DatabaseStatement(db, "SELECT value FROM cell WHERE name = ?")
            #expect(throws: LedgerError.self) { try select.forEachRow("a") { _ in throw LedgerError(.damaged, "") } }
            #expect(try select.first("b") { $0.number(0) } == 3)
        }
    }
}
