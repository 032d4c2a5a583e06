import ConsentModel
import LedgerStorage
import Testing
import TransparencyLog

@testable import ConsentLedger

@Suite struct LedgerSizeTests {
    /// Published at every size from 250 to 260: around a full bundle, one record at a time.
    @Test func aroundAFullBundle() throws {
        let (world, writer) = try LedgerWorld.make()
        try writer.appendAll((8..<249).map({ world.optOut(LedgerWorld.phone($0)) }))
        for size in 250...260 {
            try writer.append(world.optOut(LedgerWorld.phone(size)))
            #expect(try writer.publish().checkpoint.size == UInt64(size))
            let bundles = try world.storage.list("log/tile/entries")
            let partials = try world.storage.list("log/tile/entries/000.p")
            switch size {
            case ..<256: #expect(bundles == ["000.p"] && partials.contains("\(size)"))
            case 256: #expect(bundles == ["000"] && partials == [])
            default:
                #expect(bundles == ["000", "001.p"])
                #expect(try world.storage.list("log/tile/0") == ["000", "001.p"])
            }
            if size >= 254, size <= 258 { _ = try CheckedLog(world.storage, signatures: false) }
        }
        try writer.close()
        let log = try world.check()
        #expect(try world.storage.list("log/checkpoints").suffix(11).compactMap { Int($0) } == Array(250...260))
        #expect(log.checkpoint.size == 260)
        // Nothing new, no new checkpoint.
        try world.open().close()
        #expect(try world.check().checkpoint == log.checkpoint)
    }

    /// More than fits in one group, one journal frame or one bundle.
    @Test func oneCallWithManyDrafts() throws {
        let pacing = LedgerWriter.Pacing(
            mostInTail: 64, mostGrouped: 100, mostReserved: 10, journalSegmentCapacity: 40_000)
        let (world, writer) = try LedgerWorld.make(pacing: pacing)
        let drafts = (0..<700).map { world.optIn(LedgerWorld.phone($0 % 300), id: "\($0)") }
        let outcomes = try writer.append(drafts).map { try $0.get() }
        #expect(outcomes == (8..<708).map { .recorded(index: $0) })
        #expect(try writer.append(drafts).map { try $0.get() } == (8..<708).map { .alreadyRecorded(index: $0) })
        try writer.close()
        let log = try world.check(signatures: false)
        #expect(log.timelines.count == 300)
        #expect(try world.storage.list("private/journal").count < 8, "what is published is let go")
    }

    /// A group of more bytes than a journal frame can hold.
    @Test func oneCallWithManyBytes() throws {
        let (world, writer) = try LedgerWorld.make(pacing: LedgerWriter.Pacing(mostFrameBytes: 20_000))
        let large = (0..<20).map { EventDraft.PrivateFact("f\($0)", bytes: [UInt8](repeating: 1, count: 1_000 * $0)) }
        let drafts = (0..<10).map { number in
            var draft = world.optOut(LedgerWorld.phone(number))
            draft.privateFields = large
            return draft
        }
        #expect(try writer.append(drafts).allSatisfy { (try? $0.get()) != nil })
        try writer.close()
        #expect(try Ledger(world.location).read { try $0.privateFields(of: 17).count } == 21)
        try world.check(signatures: false)
    }

    /// Reservations of refused drafts are forgotten, also while others hold them.
    @Test func contactsOfRefusedDrafts() throws {
        let pacing = LedgerWriter.Pacing(mostReserved: 2)
        let (world, writer) = try LedgerWorld.make(pacing: pacing)
        for round in 0..<6 {
            let bad = (0..<5).map { world.optIn(LedgerWorld.phone(round * 10 + $0), business: "gamma") }
            let good = (0..<5).map { world.optOut(LedgerWorld.phone(round * 10 + $0)) }
            let outcomes = try writer.append(bad + good)
            #expect(outcomes.count { (try? $0.get()) != nil } == 5)
        }
        try writer.close()
        #expect(try world.check().timelines.count == 30)
    }
}
