import ConsentModel
import DamagedLedgers
import LedgerCrypto
import Testing
import TransparencyLog

@testable import ConsentAudit

/// The rule of SPEC.md, “Samples”, against a plain reading of it.
@Suite struct AuditSampleTests {
    private static let (files, entries, logKey, verifierKey) = {
        let builder = LogBuilder.ledger(size: 600, kept: [100, 257])
        return (builder.log, builder.entries, builder.logKey, builder.verifierKey)
    }()
    private static let log = try! PublishedLog(reader: files)

    private static func sample(
        _ count: UInt64, seed: String = "a seed", by stratifications: [AuditSample.Stratification] = [],
        size: UInt64 = 600
    ) throws -> AuditSample {
        try AuditSample(of: count, seed: seed, stratifiedBy: stratifications, from: log, size: size)
    }

    /// The indexes in the order in which they are chosen, by sorting all of them.
    private static func ranked(_ indices: some Sequence<UInt64>, seed: String) -> [UInt64] {
        func rank(_ index: UInt64) -> [UInt8] {
            let digits = (0..<8).map { UInt8(truncatingIfNeeded: index >> UInt64(56 - 8 * $0)) }
            return SHA256Digest(hashing: Array("consent-ledger/sample/v1".utf8) + Array(seed.utf8) + digits).bytes
        }
        return indices.sorted { rank($0).lexicographicallyPrecedes(rank($1)) }
    }

    @Test(arguments: [1, 2, 25, 256, 599] as [UInt64], ["x", "audit 2026", "ñ"])
    func theSmallestHashesAreChosen(_ count: UInt64, _ seed: String) throws {
        let sample = try Self.sample(count, seed: seed)
        #expect(sample.indices == Self.ranked(0..<600, seed: seed).prefix(Int(count)).sorted())
        #expect(sample.strata.map(\.values) == [[]] && sample.strata.map(\.chosenCount) == [count])
    }

    /// What a stranger computes; with python3: the 3 least of sha256(b"consent-ledger/sample/v1" + b"seed" + 8 bytes).
    @Test func aKnownSeedChoosesKnownRecords() throws {
        #expect(try Self.sample(3, seed: "seed").indices == [47, 245, 373])
    }

    @Test func allAreChosenWhereThereAreNoMore() throws {
        for count in [600, 601, .max] as [UInt64] {
            #expect(try Self.sample(count).indices == Array(0..<600))
            #expect(try Self.sample(count, by: [.type, .source]).indices == Array(0..<600))
        }
    }

    @Test func everyRecordIsChosenForSomeSeed() throws {
        var missing = Set(0..<UInt64(100))
        for seed in 0..<400 where !missing.isEmpty {
            missing.subtract(try Self.sample(10, seed: "\(seed)", size: 100).indices)
        }
        #expect(missing.isEmpty)
    }

    @Test(
        arguments: [
            [.type], [.source], [.business], [.type, .source], [.type, .source, .business],
        ] as [[AuditSample.Stratification]], [1, 7, 60, 400] as [UInt64])
    func strataGetTheirShares(_ by: [AuditSample.Stratification], _ count: UInt64) throws {
        var members: [[String]: [UInt64]] = [:]
        for (position, entry) in Self.entries.enumerated() {
            let logged = try LoggedEvent(decoding: entry, at: UInt64(position))
            let values = by.map { part in
                switch part {
                case .type: logged.payload.typeName
                case .source: logged.source ?? ""
                case .business: logged.record.business ?? ""
                }
            }
            members[values, default: []].append(UInt64(position))
        }
        let sample = try Self.sample(count, by: by)
        #expect(Set(sample.strata.map(\.values)) == Set(members.keys))
        #expect(sample.indices.count == max(Int(count), members.count) || sample.indices.count > Int(count))
        var expected: [UInt64] = []
        for stratum in sample.strata {
            let own = try #require(members[stratum.values])
            #expect(stratum.size == UInt64(own.count))
            // The share rounded down or up, and one at least.
            let share = Double(count) * Double(own.count) / 600
            #expect(stratum.chosenCount >= 1 && abs(Double(stratum.chosenCount) - share) < 1 || share < 1)
            expected += Self.ranked(own, seed: "a seed").prefix(Int(stratum.chosenCount))
        }
        #expect(sample.indices == expected.sorted())
    }

    @Test(
        arguments: [
            (10, [5, 5], [5, 5]), (1, [5, 5], [1, 1]), (4, [5, 5], [2, 2]), (3, [5, 5], [2, 1]), (3, [1, 9], [1, 2]),
            (5, [100, 1, 1], [4, 1, 1]), (5, [1, 1, 100], [1, 1, 4]), (2, [100, 1, 1], [1, 1, 1]),
            (10, [7, 7, 7], [4, 3, 3]), (0, [3], [1]), (7, [], []), (9, [2, 2], [2, 2]),
            (1 << 62, [1 << 62, 1 << 62], [1 << 61, 1 << 61]),
        ] as [(UInt64, [UInt64], [UInt64])])
    func quotas(_ count: UInt64, _ sizes: [UInt64], _ expected: [UInt64]) {
        #expect(SampleQuotas(of: count, sizes: sizes).counts == expected)
    }

    @Test func quotasAddUp() {
        var generator = SplitMix(seed: 7)
        for _ in 0..<500 {
            let sizes = (0..<Int.random(in: 1...9, using: &generator)).map { _ in
                UInt64.random(in: 1...40, using: &generator)
            }
            let count = UInt64.random(in: 1...sizes.reduce(0, +), using: &generator)
            let counts = SampleQuotas(of: count, sizes: sizes).counts
            #expect(zip(counts, sizes).allSatisfy { $0 >= 1 && $0 <= $1 }, "\(count) of \(sizes)")
            let total = counts.reduce(0, +)
            #expect(total == count || (total > count && counts.contains(1)), "\(count) of \(sizes): \(counts)")
        }
    }

    @Test(arguments: [100, 257, 600] as [UInt64]) func proofsVerifyOffline(_ size: UInt64) throws {
        let checkpoint = size == 600 ? Self.log.checkpoint : try Self.log.keptCheckpoint(size: size)
        let sample = try Self.sample(30, by: [.type, .business], size: size)
        let policy = WitnessPolicy(logs: [Self.verifierKey])
        var proven: [UInt64] = []
        try sample.forEachProof(in: Self.log, checkpoint: checkpoint) { proof in
            let read = try TransparencyProof(parsing: proof.bytes)
            #expect(read.extra == Self.entries[Int(read.index)])
            #expect(read.checkpoint.checkpoint.size == size)
            _ = try read.verify(leafHash: MerkleHash.leaf(read.extra), under: policy)
            proven.append(read.index)
        }
        #expect(proven == sample.indices)
    }

    @Test func aProofOfAnotherTreeIsNotGiven() throws {
        let sample = try Self.sample(5)
        let other = try SignedCheckpoint(
            signing: Checkpoint(origin: LogBuilder.origin, size: 600, root: SHA256Digest(hashing: [1])),
            with: Self.logKey.key)
        #expect(throws: AuditError(.damaged, "")) {
            try sample.forEachProof(in: Self.log, checkpoint: other) { _ in }
        }
    }

    @Test func damageAndWrongSizesAreRefused() throws {
        #expect(throws: AuditError(.outOfRange, "")) { try Self.sample(5, size: 601) }
        var damaged = Self.files
        damaged.files["tile/entries/001"]![40] ^= 1
        let log = try PublishedLog(reader: damaged)
        #expect(throws: AuditError(.damaged, "")) {
            try AuditSample(of: 5, seed: "x", stratifiedBy: [.type], from: log, size: 600)
        }
    }

    @Test func anEntryThatIsNoRecordCanBeChosen() throws {
        let builder = LogBuilder.ledger(size: 10)
        builder.append([1, 2, 3])
        builder.publish()
        let log = try PublishedLog(reader: builder.log)
        let sample = try AuditSample(of: 1, seed: "x", stratifiedBy: [.type], from: log, size: 11)
        #expect(sample.strata.first?.values == [""] && sample.indices.contains(10))
    }

    @Test func anEmptyLogHasAnEmptySample() throws {
        let builder = LogBuilder()
        builder.publish()
        let log = try PublishedLog(reader: builder.log)
        #expect(try AuditSample(of: 5, seed: "x", from: log, size: 0).indices.isEmpty)
        #expect(try AuditSample(of: 5, seed: "x", stratifiedBy: [.type], from: log, size: 0).indices.isEmpty)
    }
}
