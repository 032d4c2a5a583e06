import ConsentModel
import DamagedLedgers
import Testing

@testable import ConsentAudit

/// Bounds against their definition, by looking at every tree.
@Suite struct TimeBoundsTests {
    private static func tree(_ size: UInt64, _ earliest: UInt64, _ time: UInt64) -> SeenTree {
        SeenTree(
            size: size, earliest: Timestamp(milliseconds: earliest)!, time: Timestamp(milliseconds: time)!,
            names: ["\(size)/\(earliest)/\(time)"], means: .stamped)
    }

    @Test func nobodySawAnything() {
        let bounds = TimeBounds([])
        #expect(bounds.firstSeen == nil)
        #expect(bounds.seenSize == 0)
        #expect(bounds.bounds(of: 0).existed == nil)
        #expect(bounds.bounds(of: 7).notYetShown == nil)
    }

    /// Every few trees of sizes 0 to 3 at times 1 to 3, in every order, and every record.
    @Test func areThoseOfTheDefinition() {
        let few = (0...3).flatMap { size in
            (1...3).map { Self.tree(UInt64(size), UInt64($0) * 10 - 2, UInt64($0) * 10) }
        }
        for first in few {
            for second in few {
                for third in few { Self.check([first, second, third]) }
                Self.check([first, second])
            }
            Self.check([first])
        }
    }

    @Test func randomOnesAreThoseOfTheDefinition() {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SplitMix(seed: seed)
        for _ in 0..<200 {
            let trees = (0..<Int.random(in: 0...20, using: &random)).map { _ in
                let time = UInt64.random(in: 100...200, using: &random)
                return Self.tree(
                    UInt64.random(in: 0...30, using: &random), time - UInt64.random(in: 0...40, using: &random), time)
            }
            Self.check(trees, "seed \(seed)")
        }
    }

    private static func check(_ trees: [SeenTree], _ comment: Comment? = nil) {
        let bounds = TimeBounds(trees)
        #expect(bounds.trees.count == trees.count, comment)
        #expect(bounds.firstSeen?.time == trees.map(\.time).min(), comment)
        #expect(bounds.seenSize == trees.map(\.size).max() ?? 0, comment)
        for index in 0...(bounds.seenSize + 1) {
            let found = bounds.bounds(of: index)
            #expect(found.index == index)
            #expect(found.existed?.time == trees.filter { $0.size > index }.map(\.time).min(), comment)
            #expect(found.existed.map { $0.size > index } ?? true, comment)
            #expect(found.notYetShown?.earliest == trees.filter { $0.size <= index }.map(\.earliest).max(), comment)
            #expect(found.notYetShown.map { $0.size <= index } ?? true, comment)
        }
    }

    /// What the ledger says of a record's time is held against what was seen: to the second where it is later, since
    /// witnesses tell seconds; to the millisecond where it is earlier.
    @Test func contradictionsAreTold() {
        let bounds = TimeBounds([Self.tree(5, 9000, 10_000), Self.tree(10, 19_000, 20_000)])
        func at(_ index: UInt64, _ recorded: UInt64) -> TimeBounds.OfRecord {
            bounds.bounds(of: index, recordedAt: Timestamp(milliseconds: recorded)!)
        }
        #expect(!at(4, 10_000).isRecordedLaterThanSeen)
        #expect(!at(4, 10_999).isRecordedLaterThanSeen)
        #expect(at(4, 11_000).isRecordedLaterThanSeen)
        #expect(at(4, 5000).shownWithout == nil)
        #expect(at(5, 9000).shownWithout == nil)
        #expect(at(5, 8999).shownWithout?.milliseconds == 1)
        #expect(at(5, 8999).shownWithout?.tree.size == 5)
        #expect(at(10, 0).existed == nil)
        #expect(!at(10, 1_000_000).isRecordedLaterThanSeen)
        #expect(!bounds.bounds(of: 4).isRecordedLaterThanSeen)
        #expect(bounds.firstSeen?.size == 5 && bounds.lastSeen?.size == 10)
    }
}
