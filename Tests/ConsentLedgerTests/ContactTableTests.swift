import ConsentModel
import ConsentRules
import Foundation
import LedgerStorage
import Testing

@testable import ConsentLedger

/// The table in which whole files are looked up: it has what the databases have, and leaves nothing.
@Suite struct ContactTableTests {
    private typealias Rows = [(identifier: ContactHandle, values: (UInt64, UInt64))]

    private static func table(_ rows: Rows, expecting count: Int, in folder: String) throws -> SortedRows<ContactKind> {
        try SortedRows(TemporaryFile(in: folder), expecting: count) { add in
            for row in rows { try add(row.identifier, row.values) }
        }
    }

    /// Against a list that is looked through from its beginning: every identifier that is there, its neighbours, and the
    /// ends; halves that are equal, bunches of the same ones, and sizes that were expected wrongly.
    @Test(arguments: 0..<40) func everyRowIsFound(_ seed: Int) throws {
        var random = SplitMix(seed: UInt64(seed))
        let folder = try TemporaryDirectory()
        let count = [0, 1, 2, 3, 31, 32, 33, 64, 500, 5_000][seed % 10]
        // Some of them lie in one corner, as no random ones would.
        let mask: UInt64 = seed % 3 == 0 ? 0x8000_0000_0000_0003 : .max
        var rows: Rows = (0..<count).map { number in
            (ContactHandle(high: random.next() & mask, low: random.next() & 3), (UInt64(number), random.next()))
        }
        for high in [UInt64(0), 1, .max, 1 << 63, (1 << 63) - 1] where count > 3 {
            rows.append((ContactHandle(high: high, low: 7), (high, 1)))
        }
        rows.sort { $0.identifier.storedBefore($1.identifier) }
        let table = try Self.table(rows, expecting: seed % 4 == 0 ? count * 50 : count / 2, in: folder.path)
        var asked = rows.map(\.identifier)
        for row in rows {
            asked.append(ContactHandle(high: row.identifier.high, low: row.identifier.low &+ 1))
            asked.append(ContactHandle(high: row.identifier.high &+ 1, low: row.identifier.low))
        }
        asked += [UInt64(0), .max, 1 << 63].map { ContactHandle(high: $0, low: 0) }
        let order = asked.indices.sorted { asked[$0].storedBefore(asked[$1]) }
        var found = [[[UInt64]]](repeating: [], count: asked.count)
        try table.forEach(of: asked, in: order) { found[$0].append([$1.0, $1.1]) }
        var expected: [ContactHandle: [[UInt64]]] = [:]
        for row in rows { expected[row.identifier, default: []].append([row.values.0, row.values.1]) }
        for place in asked.indices {
            #expect(found[place] == expected[asked[place]] ?? [], "seed \(seed), \(asked[place])")
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    }

    @Test func rowsInAnotherOrderAreRefused() throws {
        let folder = try TemporaryDirectory()
        let rows: Rows = [2, 1].map { (ContactHandle(high: $0, low: 0), (0, 0)) }
        #expect(throws: StorageError(.failed, "")) { try Self.table(rows, expecting: 2, in: folder.path) }
    }

    /// Bytes written in pieces of any size stand where they should, and what ends too early is an error.
    @Test func aTemporaryFileHasWhatWasWritten() throws {
        let folder = try TemporaryDirectory()
        var writer = TemporaryFileWriter(try TemporaryFile(in: folder.path))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty, "it has a name")
        var random = SplitMix(seed: 5)
        var expected: [UInt8] = []
        for number in 0..<400 {
            let bytes = [UInt8](repeating: UInt8(number & 0xFF), count: random.next(below: 5_000))
            try bytes.withUnsafeBytes { try writer.append($0) }
            expected += bytes
            #expect(writer.count == expected.count)
        }
        try writer.flush()
        var read = [UInt8](repeating: 0, count: expected.count)
        try read.withUnsafeMutableBytes { try writer.file.read($0, at: 0) }
        #expect(read == expected)
        var beyond = [UInt8](repeating: 0, count: 10)
        #expect(throws: StorageError.self) {
            try beyond.withUnsafeMutableBytes { try writer.file.read($0, at: expected.count - 9) }
        }
    }

    /// Where no file can be made, the answers are the same without.
    @Test func withoutRoomThereIsNoTable() throws {
        let (world, writer) = try LedgerWorld.make()
        for number in 0..<20 { try writer.append(world.optIn(LedgerWorld.phone(number))) }
        try writer.close()
        try Ledger(world.location).read { snapshot in
            let shared = SharedContactTable(.atOnce, in: "/nowhere")
            let inquiries = (0..<20).map { Inquiry(world.question(), contact: LedgerWorld.phone($0)) }
            let answers = try snapshot.sharing(shared).decide(inquiries)
            #expect(!shared.isMade)
            #expect(try answers.allSatisfy { try $0.get().decision.outcome == .allow })
        }
    }

    /// Making one ends where somebody wants an end.
    @Test func makingOneCanBeEnded() throws {
        struct Ended: Error {}
        let directory = try TemporaryDirectory()
        let (world, writer) = try LedgerWorld.make(directory: directory.path)
        try writer.appendAll((0..<4_200).map { world.optIn(LedgerWorld.phone($0)) })
        try writer.close()
        try Ledger(world.location).read { snapshot in
            let shared = SharedContactTable(.atOnce, in: directory.path) { throw Ended() }
            #expect(throws: Ended.self) {
                try snapshot.sharing(shared).decide([Inquiry(world.question(), contact: LedgerWorld.phone(1))])
            }
        }
    }

    /// It is made once it pays: at once where many are expected, else after as many as half the contacts.
    @Test func itIsMadeWhenItPays() throws {
        let folder = try TemporaryDirectory()
        let (world, writer) = try LedgerWorld.make()
        for number in 0..<40 { try writer.append(world.optIn(LedgerWorld.phone(number))) }
        try writer.close()
        try Ledger(world.location).read { snapshot in
            let inquiries = (0..<5).map { Inquiry(world.question(), contact: LedgerWorld.phone($0)) }
            let expected = SharedContactTable(.whenItPays(expected: 20), in: folder.path)
            _ = try snapshot.sharing(expected).decide(inquiries)
            #expect(expected.isMade)
            let counted = SharedContactTable(.whenItPays(expected: 0), in: folder.path)
            for round in 1...4 {
                _ = try snapshot.sharing(counted).decide(inquiries)
                #expect(counted.isMade == (round == 4), "round \(round)")
            }
        }
    }
}
