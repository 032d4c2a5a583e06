import ConsentModel
import ConsentRules
import Foundation
import LedgerStorage
import Synchronization
import Testing

@testable import ConsentLedger

/// Sixteen threads write for the same few contacts, under the same few ids, while others read.
@Suite struct LedgerConcurrencyTests {
    private static let writers = 16
    private static let contacts = 12

    /// What the threads share.
    private final class Shared: Sendable {
        /// The outside ids acknowledged, and the indexes they were told.
        let told = Mutex<[String: Set<UInt64>]>([:])
        /// The contacts that opted out for good, in the order of the acknowledgements.
        let gone = Mutex<[Int]>([])
        let isOver = Mutex(false)
        let reads = Mutex(0)
        let errors = Mutex<[String]>([])

        func fail(_ what: String) { errors.withLock { $0.append(what) } }
    }

    private static let pacings = [
        LedgerWriter.Pacing(),
        LedgerWriter.Pacing(mostInTail: 10, mostGrouped: 5, mostReserved: 3, journalSegmentCapacity: 6_000),
    ]

    @Test(arguments: 0..<2, [false, true]) func manyThreads(pacing: Int, isInDirectory: Bool) throws {
        let seed = UInt64.random(in: 1...UInt64.max)
        let root = try TemporaryDirectory()
        let (world, writer) = try LedgerWorld.make(
            label: "threads", directory: isInDirectory ? root.path : nil, pacing: Self.pacings[pacing])
        let shared = Shared()
        let readers = (0..<2).map { number in Self.start { Self.read(world, shared, seed: seed &+ UInt64(number)) } }
        let threads = (0..<Self.writers).map { number in
            Self.start { Self.write(world, writer, shared, number: number, seed: seed &+ 100 &+ UInt64(number)) }
        }
        for thread in threads { thread.wait() }
        shared.isOver.withLock { $0 = true }
        for reader in readers { reader.wait() }
        try writer.close()

        #expect(shared.errors.withLock { $0 } == [], "seed \(seed)")
        #expect(shared.reads.withLock { $0 } > 0)
        let log = try world.check()
        withExtendedLifetime(root) {}
        let keys = try world.keys()
        var indexes: [EventID: UInt64] = [:]
        for entry in log.entries { indexes[entry.payload.id] = entry.record.index }
        for (id, told) in shared.told.withLock({ $0 }) {
            #expect(try told == [indexes[keys.eventID(source: "cli", outsideID: id)] ?? .max], "id \(id), seed \(seed)")
        }
        for number in shared.gone.withLock({ $0 }) {
            #expect(try world.answer(LedgerWorld.phone(number)) == .deny, "contact \(number), seed \(seed)")
        }
    }

    /// Opt-ins and opt-outs for shared contacts; some under ids that other threads use for the same thing; now and then an
    /// address that changes hands. In the end an opt-out of a contact that nobody else touches.
    private static func write(
        _ world: LedgerWorld, _ writer: LedgerWriter, _ shared: Shared, number: Int, seed: UInt64
    ) {
        var random = SplitMix(seed: seed)
        let time = world.clock.moment
        do {
            for step in 0..<12 {
                var drafts: [EventDraft] = []
                for _ in 0...random.next(below: 3) {
                    let contact = random.next(below: Self.contacts)
                    switch random.next(below: 8) {
                    case 0: drafts.append(world.reassigned(LedgerWorld.phone(contact)))
                    case 1:
                        drafts.append(
                            world.changed(
                                from: LedgerWorld.phone(contact),
                                to: LedgerWorld.phone(contact + 1 + random.next(below: 5))))
                    case 2...4:
                        // The same for whoever says it: the id tells the contact.
                        let id = random.next(below: 40)
                        var draft = world.optIn(LedgerWorld.phone(id % Self.contacts), id: "shared-\(id)", at: time)
                        draft.isTimeAssumed = true
                        drafts.append(draft)
                    case 5:
                        drafts.append(
                            world.optIn(LedgerWorld.phone(contact), id: "\(number)-\(step)-\(drafts.count)"))
                    default:
                        drafts.append(
                            world.optOut(LedgerWorld.phone(contact), id: "\(number)-\(step)-\(drafts.count)"))
                    }
                }
                for (draft, outcome) in zip(drafts, try writer.append(drafts)) {
                    let index = try outcome.get().index
                    guard let id = draft.outsideID else { continue }
                    shared.told.withLock { _ = $0[id, default: []].insert(index) }
                }
                if random.next(below: 6) == 0 { try writer.publish() }
                let own = 100 + number * 20 + step
                try writer.append(world.optIn(LedgerWorld.phone(own)))
                world.clock.pass(1)
                try writer.append(world.optOut(LedgerWorld.phone(own)))
                shared.gone.withLock { $0.append(own) }
            }
        } catch { shared.fail("writer \(number): \(error)") }
    }

    /// Asks about contacts that had opted out before it asks: the answer is no, and there is an answer.
    private static func read(_ world: LedgerWorld, _ shared: Shared, seed: UInt64) {
        var random = SplitMix(seed: seed)
        do {
            let ledger = try Ledger(world.location)
            while !shared.isOver.withLock({ $0 }) {
                let gone = shared.gone.withLock { $0 }
                try ledger.read { snapshot in
                    for number in gone.suffix(4) {
                        let answer = try snapshot.decide(world.question(), contact: LedgerWorld.phone(number))
                        if answer.decision.outcome != .deny { shared.fail("contact \(number): \(answer.decision)") }
                    }
                    _ = try snapshot.decide(
                        world.question(), contact: LedgerWorld.phone(random.next(below: Self.contacts)))
                    if random.next(below: 4) == 0 { _ = try snapshot.root() }
                    if random.next(below: 4) == 0 {
                        _ = try snapshot.privateFields(of: UInt64(random.next(below: Int(snapshot.size))))
                    }
                }
                shared.reads.withLock { $0 += 1 }
            }
        } catch { shared.fail("reader: \(error)") }
    }

    private static func start(_ body: @escaping @Sendable () -> Void) -> DispatchSemaphore {
        let done = DispatchSemaphore(value: 0)
        let thread = Thread {
            body()
            done.signal()
        }
        thread.stackSize = 8 << 20
        thread.start()
        return done
    }
}
