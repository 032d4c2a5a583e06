import ConsentAudit
import ConsentModel
import Dispatch
import Foundation
import GRDB
import LedgerCrypto
import LedgerStorage
import Synchronization
import Testing
import TransparencyLog

@testable import ConsentLedger

/// Clearances that are given one by one: none is lost, and each is anchored once.
@Suite struct GivenClearancesTests {
    /// A ledger that is open, with what keeps its clearances.
    private struct Opened {
        let world: LedgerWorld
        let writer: LedgerWriter
        let ledger: Ledger
        let given: GivenClearances

        init(
            _ world: LedgerWorld, mostTogether: Int = GivenClearances.mostTogether,
            pacing: LedgerWriter.Pacing = LedgerWriter.Pacing()
        ) throws {
            self.world = world
            writer = try world.open(pacing: pacing)
            ledger = try Ledger(world.location, clock: world.clock)
            given = try GivenClearances(writing: world.location, mostTogether: mostTogether)
        }

        /// Clearances that rest on all there is, kept.
        func give(_ numbers: Range<Int>) throws -> [Clearance] {
            let given = try numbers.map { try clearance($0) }
            try self.given.keep(given.map { GivenClearances.Given($0, business: "acme") })
            return given
        }

        func clearance(_ number: Int) throws -> Clearance {
            try ledger.read { snapshot in
                let time = world.clock.moment.milliseconds
                let digest = SHA256Digest(hashing: Array("decision \(number)".utf8))
                return try Clearance(
                    origin: snapshot.catalog.origin, ledgerID: try #require(snapshot.catalog.ledgerID), count: 1,
                    root: digest,
                    logSize: snapshot.size, logRoot: snapshot.root(), decidedAt: time, notAfter: time + 900_000,
                    inputs: digest)
            }
        }

        func anchor() throws -> [UInt64] { try given.anchor(with: writer, reading: ledger) }
    }

    /// Expects each of these to be anchored, by what a stranger is given, and returns the records.
    @discardableResult
    private static func confirm(
        _ clearances: [Clearance], in opened: Opened, _ comment: Comment = ""
    ) throws -> Set<UInt64> {
        try opened.writer.publish()
        let log = try PublishedLog(reader: StoredLog(storage: opened.world.storage))
        var records: Set<UInt64> = []
        for (place, clearance) in clearances.enumerated() {
            let found = try #require(try opened.given.find(clearance.leafHash), comment)
            #expect(found.business == "acme")
            let path = try #require(found.path, comment)
            let anchor = try log.anchor(of: clearance, by: AnchorPath(parsing: path.bytes))
            #expect(anchor?.index == path.record, comment)
            #expect(path.record >= clearance.logSize)
            // It leads from no other, and by itself the record anchors none.
            let other = clearances[(place + 1) % clearances.count]
            if other != clearance { #expect(try log.anchor(of: other, by: path) == nil, comment) }
            #expect(try log.anchor(of: clearance) == nil, comment)
            records.insert(path.record)
        }
        return records
    }

    /// The records of the log that anchor something.
    private static func anchoringRecords(_ world: LedgerWorld) throws -> [UInt64] {
        try CheckedLog(world.storage).entries.filter { $0.event?.type == .decisionsRecorded }.map(\.record.index)
    }

    // MARK: -

    @Test func everyNumberOfThemIsAnchoredByOneRecord() throws {
        let (world, writer) = try LedgerWorld.make(label: "given")
        try writer.close()
        let opened = try Opened(world)
        var all: [Clearance] = []
        #expect(try opened.anchor() == [], "none waits, so that nothing is recorded")
        for count in 1...70 {
            let clearances = try opened.give(all.count..<all.count + count)
            #expect(try opened.given.waitingCount() == UInt64(count))
            #expect(try opened.given.find(clearances[0].leafHash)?.path == nil)
            let records = try opened.anchor()
            #expect(records.count == 1)
            #expect(try opened.given.waitingCount() == 0)
            all += clearances
            #expect(try Self.confirm(clearances, in: opened, "\(count)") == Set(records))
        }
        // Years later, by another program.
        #expect(try Self.confirm(all, in: opened).count == 70)
        let reading = try #require(try GivenClearances(reading: world.location))
        #expect(try reading.find(all[1000].leafHash) == opened.given.find(all[1000].leafHash))
        #expect(try reading.find(SHA256Digest(hashing: [])) == nil)
        try opened.writer.close()
        #expect(try Self.anchoringRecords(world).count == 70)
    }

    /// The event says what the greatest log-size is; a clearance that rests on less is anchored all the same, and one that
    /// says more, or has another root at that size, is not.
    @Test func theyMayRestOnOtherSizesOfTheLog() throws {
        let (world, writer) = try LedgerWorld.make(label: "sizes")
        try writer.close()
        let opened = try Opened(world)
        var clearances = try opened.give(0..<2)
        try opened.writer.append(world.optIn(LedgerWorld.phone(1)))
        clearances += try opened.give(2..<4)
        // One that was decided before, and kept only now.
        let late = try #require(clearances.first)
        let slow = try Clearance(
            origin: late.origin, ledgerID: late.ledgerID, count: 1, root: late.logRoot, logSize: late.logSize,
            logRoot: late.logRoot, decidedAt: late.decidedAt, notAfter: late.notAfter, inputs: late.inputs)
        try opened.given.keep([GivenClearances.Given(slow, business: "acme")])
        clearances.append(slow)
        let record = try #require(try opened.anchor().first)
        try Self.confirm(clearances, in: opened)
        let event = try #require(
            try LoggedEvent(PublishedLog(reader: StoredLog(storage: world.storage)).record(at: record)).event)
        #expect(event.number(.coveredSize) == clearances[2].logSize)
        #expect(event.bytes(.coveredRoot) == clearances[2].logRoot.bytes)
        #expect(event.number(.count) == 5)
        #expect(event.bytes(.inputsDigest) == nil)
        try opened.writer.close()

        // What a lying server could record.
        for (size, root, isAnchored) in [
            (late.logSize, late.logRoot, true), (late.logSize, SHA256Digest.zero, false),
            (late.logSize + 1, SHA256Digest.zero, true), (late.logSize - 1, late.logRoot, false),
            (TreeSize.maximum, late.logRoot, false),
        ] {
            let again = try world.open()
            var draft = EventDraft(anchoring: 1, root: late.leafHash, size: size, logRoot: root, source: "cli")
            draft.outsideID = "\(size) \(root)"
            let index = try again.append(draft)
            try again.close()
            let log = try PublishedLog(reader: StoredLog(storage: world.storage))
            let path = try AnchorPath(record: index.index, index: 0, hashes: [])
            #expect(try (log.anchor(of: late, by: path) != nil) == isAnchored, "\(size) \(root)")
            #expect(try log.anchor(of: late, by: AnchorPath(record: 3, index: 0, hashes: [])) == nil)
            #expect(try log.anchor(of: late, by: AnchorPath(record: log.size, index: 0, hashes: [])) == nil)
        }
        // A record that anchors one by itself anchors none together, whatever leads to its root.
        let alone = try world.open()
        let index = try alone.append(EventDraft(anchoring: late)).index
        try alone.close()
        let log = try PublishedLog(reader: StoredLog(storage: world.storage))
        #expect(try log.anchor(of: late)?.index == index)
        #expect(try log.anchor(of: late, by: AnchorPath(record: index, index: 0, hashes: [])) == nil)
    }

    @Test func moreThanOneRecordTakesAreSeveralRecords() throws {
        let (world, writer) = try LedgerWorld.make(label: "groups")
        try writer.close()
        let opened = try Opened(world, mostTogether: 7)
        let clearances = try opened.give(0..<30)
        let records = try opened.anchor()
        #expect(records.count == 5)
        #expect(try Self.confirm(clearances, in: opened) == Set(records))
        try opened.writer.close()
        #expect(try Self.anchoringRecords(world) == records)
    }

    @Test func threadsThatGiveAtOnceLoseNone() throws {
        let directory = try TemporaryDirectory()
        let (world, writer) = try LedgerWorld.make(label: "threads", directory: directory.path + "/ledger")
        try writer.close()
        let opened = try Opened(world)
        let clearances = try (0..<320).map { try opened.clearance($0) }
        let failures = Mutex(0)
        DispatchQueue.concurrentPerform(iterations: 16) { thread in
            for number in stride(from: thread, to: clearances.count, by: 16) {
                do { try opened.given.keep([GivenClearances.Given(clearances[number], business: "acme")]) } catch {
                    failures.withLock { $0 += 1 }
                }
            }
        }
        #expect(failures.withLock { $0 } == 0)
        #expect(try opened.given.waitingCount() == 320)
        #expect(try opened.anchor().count == 1)
        try Self.confirm(clearances, in: opened)
        try opened.writer.close()
        let mode = try FileManager.default.attributesOfItem(
            atPath: directory.path + "/ledger/private/clearances.sqlite")[.posixPermissions]
        #expect(mode as? Int == 0o600)
    }

    /// Nothing that a crash leaves between two steps makes another record of the same clearances.
    @Test func whatACrashLeavesBetweenTwoStepsIsFinished() throws {
        let (world, writer) = try LedgerWorld.make(label: "between")
        try writer.close()
        // Kept, and in no group; in a group without a record; and recorded, which nobody noted.
        for step in 0..<3 {
            var opened = try Opened(world)
            var clearances = try opened.give(step * 10..<step * 10 + 5)
            if step > 0 { try opened.given.bound() }
            if step > 1 {
                #expect(try opened.anchor().count == 1)
                try world.databases.queue(GivenClearances.fileName).write { db in
                    try db.execute(
                        sql: "UPDATE together SET record = NULL WHERE first = (SELECT MAX(first) FROM together)")
                }
                #expect(try opened.given.waitingCount() == 5)
            }
            try opened.writer.close()
            let before = try Self.anchoringRecords(world).count
            opened = try Opened(world)
            clearances += try opened.give(step * 10 + 5..<step * 10 + 7)
            // What is in a group stays as it is.
            let records = try opened.anchor()
            #expect(records.count == [1, 2, 2][step], "\(step)")
            #expect(try Self.confirm(clearances, in: opened, "\(step)") == Set(records))
            try opened.writer.close()
            #expect(try Self.anchoringRecords(world).count - before == [1, 2, 1][step], "\(step)")
        }
    }

    /// Every step of the disk while they are anchored goes wrong, in every way; then the ledger is opened again.
    @Test(arguments: 0..<2) func aFaultAtAnyStepLosesNone(part: Int) throws {
        let operations = Mutex<[StorageOperation]>([])
        var start = 0
        do {
            let (world, _, _) = try LedgerFaultTests.world { operation in
                operations.withLock { $0.append(operation) }
                return nil
            }
            let opened = try Opened(world, pacing: LedgerFaultTests.pacing)
            _ = try opened.give(0..<5)
            start = operations.withLock { $0.last?.number ?? 0 }
            _ = try opened.anchor()
            try opened.writer.publish()
            try opened.writer.close()
        }
        let steps = operations.withLock { $0 }.filter { $0.number > start }
        #expect(steps.contains { $0.kind == .writeSegment })
        var count = 0
        for step in steps {
            for fault in LedgerFaultTests.faults(for: step.kind) {
                count += 1
                guard count % 2 == part else { continue }
                try tryFault(fault, at: step)
            }
        }
        #expect(count > 40, "there are \(count) faults")
    }

    private func tryFault(_ fault: StorageFault, at step: StorageOperation) throws {
        let comment: Comment = "\(fault) in \(step)"
        let (broken, memory, _) = try LedgerFaultTests.world { $0.number == step.number ? fault : nil }
        var clearances: [Clearance] = []
        do {
            let opened = try Opened(broken, pacing: LedgerFaultTests.pacing)
            clearances = try opened.give(0..<5)
            do {
                _ = try opened.anchor()
                try opened.writer.publish()
            } catch {}
            try? opened.writer.close()
        }
        let world = LedgerWorld(storage: memory.restarted(), databases: broken.databases, clock: broken.clock)
        let opened = try Opened(world, pacing: LedgerFaultTests.pacing)
        clearances += try opened.give(5..<7)
        _ = try opened.anchor()
        let records = try Self.confirm(clearances, in: opened, comment)
        #expect(records.count == 2, comment)
        try opened.writer.close()
        #expect(try Set(Self.anchoringRecords(world)) == records, comment)
    }

    /// The file says whose it is, and what is missing in it.
    @Test func aFileThatIsNotItsOwnIsRefused() throws {
        let (world, writer) = try LedgerWorld.make(label: "own")
        try writer.close()
        #expect(try GivenClearances(reading: world.location) == nil)
        let opened = try Opened(world)
        let clearances = try opened.give(0..<3)
        _ = try opened.anchor()
        let queue = try world.databases.queue(GivenClearances.fileName)
        try queue.write { try $0.execute(sql: "DELETE FROM clearance WHERE id = 2") }
        #expect(throws: LedgerError(.damaged, "")) { try opened.given.find(clearances[0].leafHash) }
        try opened.writer.close()
        try queue.write { try $0.execute(sql: "UPDATE meta SET value = x'00' WHERE name = 'ledger-id'") }
        #expect(throws: LedgerError(.foreign, "")) { try GivenClearances(writing: world.location) }
        #expect(throws: LedgerError(.foreign, "")) { try GivenClearances(reading: world.location) }
        try queue.write { try $0.execute(sql: "PRAGMA user_version = 2") }
        #expect(throws: LedgerError(.laterVersion, "")) { try GivenClearances(writing: world.location) }
    }
}
