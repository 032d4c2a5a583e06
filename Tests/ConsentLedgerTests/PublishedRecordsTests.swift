import ConsentModel
import LedgerStorage
import Synchronization
import Testing

@testable import ConsentLedger

/// Whoever walks through records, in their order or between a few places of the log, has each bundle read once.
@Suite struct PublishedRecordsTests {
    @Test func eachBundleIsReadOnce() throws {
        let reads = Mutex<[String: Int]>([:])
        let storage = MemoryStorage { operation in
            if operation.kind == .read, operation.path.description.hasPrefix("log/tile/entries/") {
                reads.withLock { $0[operation.path.description, default: 0] += 1 }
            }
            return nil
        }
        let (world, writer) = try LedgerWorld.make(storage: storage)
        try writer.appendAll((0..<1000).map { world.optOut(LedgerWorld.phone($0)) })
        try writer.close()
        let orders: [[UInt64]] = [
            Array(0..<1008), (0..<1008).reversed(), (0..<500).flatMap { [$0, 1007 - $0] },
            (0..<1008).map { $0 * 257 % 1008 },
        ]
        for order in orders {
            reads.withLock { $0 = [:] }
            let records = PublishedRecords(storage)
            for index in order { #expect(try records.record(at: index)?.index == index) }
            #expect(try records.record(at: 1008) == nil)
            let counts = reads.withLock { $0 }
            // The partial bundle is the last of four.
            #expect(counts.count == 4 && counts.values.allSatisfy { $0 == 1 }, "\(counts)")
        }
    }
}
