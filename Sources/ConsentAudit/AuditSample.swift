internal import ConsentModel
internal import LedgerCrypto
public import TransparencyLog

/// Records chosen from a log by a seed, so that whoever has the log and the seed chooses the same. The rule is in
/// SPEC.md, “Samples”.
public struct AuditSample: Sendable {
    /// What records are divided by before some of each part are chosen.
    public enum Stratification: String, Sendable, CaseIterable {
        /// By the name of their type.
        case type
        /// By the source that states them.
        case source
        /// By the business whose chain they are in.
        case business
    }

    /// A part of the log from which some records are chosen.
    public struct Stratum: Hashable, Sendable {
        /// What its records have in common, in the order of the stratifications.
        public let values: [String]
        /// How many records it has.
        public let size: UInt64
        /// How many of them are chosen.
        public let chosenCount: UInt64
    }

    /// The domain of the hashes that decide.
    private static let tag = Array("consent-ledger/sample/v1".utf8)

    /// How many records the log had that they were chosen from.
    public let size: UInt64
    /// The parts, in ascending order of their values; one without values where nothing is stratified.
    public let strata: [Stratum]
    /// The indexes of the chosen records, in ascending order.
    public let indices: [UInt64]

    /// Chooses `count` records of the first `size` of `log`; all if there are no more; and more than `count` if there are
    /// more strata, since each gets one. Memory grows with what is chosen and the number of strata. Throws `outOfRange`
    /// if the log is smaller, and what reading throws; an entry that is no record is in the strata as one without values.
    /// `progress` is told how many records have been looked at, of twice the size where there are strata.
    public init(
        of count: UInt64, seed: String, stratifiedBy stratifications: [Stratification] = [], from log: PublishedLog,
        size: UInt64, progress: (UInt64) -> Void = { _ in }
    ) throws {
        guard size <= log.size else {
            throw AuditError(
                .outOfRange, "the published checkpoint has the size \(log.size), which is less than \(size)")
        }
        self.size = size
        let ranking = SampleRanking(prefix: Self.tag + Array(seed.utf8))
        var sizes: [[String]: UInt64] = [:]
        if stratifications.isEmpty {
            sizes[[]] = size
        } else {
            try log.forEachEntry(in: 0..<size) { index, entry in
                sizes[Self.values(of: entry, at: index, by: stratifications), default: 0] += 1
                progress(index + 1)
            }
        }
        let keys = sizes.keys.sorted { Self.precedes($0, $1) }
        let quotas = SampleQuotas(of: count, sizes: keys.map { sizes[$0] ?? 0 }).counts
        var drawn: [[String]: SmallestRanks] = [:]
        for (values, quota) in zip(keys, quotas) { drawn[values] = SmallestRanks(most: quota) }
        if stratifications.isEmpty {
            for index in 0..<size {
                drawn[[]]?.take(ranking.rank(of: index))
                if index & 0xfff == 0 { progress(index) }
            }
        } else {
            try log.forEachEntry(in: 0..<size) { index, entry in
                drawn[Self.values(of: entry, at: index, by: stratifications)]?.take(ranking.rank(of: index))
                progress(size + index + 1)
            }
        }
        strata = zip(keys, quotas).map { values, quota in
            Stratum(values: values, size: sizes[values] ?? 0, chosenCount: quota)
        }
        indices = drawn.values.flatMap(\.indices).sorted()
    }

    /// Calls `body` with the proof of each chosen record, in ascending order, the entry as its extra data: that it is in
    /// the tree of `checkpoint`, which is the published or a kept one of `log`, of the size that was chosen from. Bundles
    /// are read once. Throws `damaged` where a proof does not hold, and what reading and `body` throw.
    public func forEachProof(
        in log: PublishedLog, checkpoint: SignedCheckpoint, _ body: (TransparencyProof) throws -> Void
    ) throws {
        let tree = checkpoint.checkpoint
        let width = UInt64(Tile.fullWidth)
        var rest = indices[...]
        while let first = rest.first {
            let here = rest.prefix { $0 / width == first / width }
            rest = rest.dropFirst(here.count)
            var wanted = here
            try log.forEachEntry(in: first..<(here.last ?? first) + 1) { index, entry in
                guard index == wanted.first else { return }
                wanted.removeFirst()
                let path = try log.inclusionProof(index: index, size: tree.size)
                do { try path.verify(leafHash: MerkleHash.leaf(entry), root: tree.root) } catch {
                    throw AuditError(.damaged, "record \(index) of the log: \(error)")
                }
                try body(TransparencyProof(extra: entry, index: index, hashes: path.hashes, checkpoint: checkpoint))
            }
        }
    }

    private static func values(
        of entry: [UInt8], at index: UInt64, by stratifications: [Stratification]
    ) -> [String] {
        let logged = try? LoggedEvent(decoding: entry, at: index)
        return stratifications.map { stratification in
            switch stratification {
            case .type: logged?.payload.typeName ?? ""
            case .source: logged?.source ?? ""
            case .business: logged?.record.business ?? ""
            }
        }
    }

    /// Value by value, as bytes.
    private static func precedes(_ left: [String], _ right: [String]) -> Bool {
        for (a, b) in zip(left, right) where a != b { return a.utf8.lexicographicallyPrecedes(b.utf8) }
        return false
    }
}

/// How many records of each stratum are chosen.
struct SampleQuotas {
    let counts: [UInt64]

    /// Divides `count` among strata of those sizes, in their order, all of them above 0: each gets the whole part of its
    /// share, at least 1; what is left goes, one each, to the strata that lost the most to rounding down, the earlier of
    /// two that lost the same.
    init(of count: UInt64, sizes: [UInt64]) {
        let total = sizes.reduce(0, +)
        guard count < total else {
            counts = sizes
            return
        }
        let shares = sizes.map { total.dividingFullWidth(count.multipliedFullWidth(by: $0)) }
        var counts = shares.map { max(1, $0.quotient) }
        let given = counts.reduce(0, +)
        if given < count {
            let wanting = shares.indices.filter { shares[$0].quotient > 0 && shares[$0].remainder > 0 }
                .sorted { (shares[$1].remainder, $0) < (shares[$0].remainder, $1) }
            for position in wanting.prefix(Int(count - given)) { counts[position] += 1 }
        }
        self.counts = counts
    }
}

/// In which order records are chosen: by SHA-256 over the prefix and the index, eight bytes, big-endian.
private struct SampleRanking {
    let prefix: [UInt8]

    func rank(of index: UInt64) -> SampleRank {
        var hasher = SHA256Hasher()
        hasher.update(prefix)
        withUnsafeBytes(of: index.bigEndian) { hasher.update($0) }
        return SampleRank(digest: hasher.finalize(), index: index)
    }
}

private struct SampleRank: Comparable {
    let digest: SHA256Digest
    let index: UInt64

    static func < (left: Self, right: Self) -> Bool {
        left.digest == right.digest ? left.index < right.index : left.digest < right.digest
    }
}

/// The smallest of the ranks it is given, at most so many: a heap with the largest on top.
private struct SmallestRanks {
    private let most: UInt64
    private var heap: [SampleRank] = []

    init(most: UInt64) { self.most = most }

    var indices: [UInt64] { heap.map(\.index) }

    mutating func take(_ rank: SampleRank) {
        if heap.count < most {
            heap.append(rank)
            var place = heap.count - 1
            while place > 0, heap[(place - 1) / 2] < heap[place] {
                heap.swapAt(place, (place - 1) / 2)
                place = (place - 1) / 2
            }
        } else if let largest = heap.first, rank < largest {
            heap[0] = rank
            sink()
        }
    }

    /// Moves the rank on top down to its place.
    private mutating func sink() {
        var place = 0
        while true {
            let children = [2 * place + 1, 2 * place + 2].filter { $0 < heap.count }
            guard let child = children.max(by: { heap[$0] < heap[$1] }), heap[place] < heap[child] else { return }
            heap.swapAt(place, child)
            place = child
        }
    }
}
