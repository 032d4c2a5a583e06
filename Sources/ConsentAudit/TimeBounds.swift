public import ConsentModel

/// What others than the ledger have seen of a log, and so when a record can have been written.
///
/// **On the one side it is shown:** a record whose index is below the size of a tree that somebody saw existed when they saw
/// it (SPEC.md, “Bounds in time”). **On the other side less is shown:** a record that is not in a tree that somebody saw was
/// not shown to them then. It may have been written all the same, since nothing shows that the tree was the newest one; that
/// it was not is only the ledger's own word, recorded-at.
public struct TimeBounds: Sendable {
    /// When one record can have been written.
    public struct OfRecord: Hashable, Sendable {
        /// The record's index.
        public let index: UInt64
        /// The tree with the record that was seen first: the record is shown to have existed at its `time`. `nil` if nobody
        /// is shown to have seen the record.
        public let existed: SeenTree?
        /// The tree without the record that was seen last: the record was not shown to who saw it, at its `earliest`. `nil`
        /// if nobody is shown to have seen a tree that ends before the record.
        public let notYetShown: SeenTree?
        /// What the ledger itself says; `nil` where that is not known.
        public let recordedAt: Timestamp?

        /// Whether the ledger says that the record was written in a later second than it is shown to have existed: its clock
        /// or that of those who saw it was wrong. (Witnesses tell seconds.)
        public var isRecordedLaterThanSeen: Bool {
            guard let recordedAt, let existed else { return false }
            return existed.isEarlier(than: recordedAt)
        }

        /// Whether the ledger says that the record was there when somebody was shown a tree without it: they were shown an
        /// older tree than the newest, or the record was dated back, or a clock was wrong. What lies between the two times
        /// is said; of a log that publishes at intervals, a time no longer than these means nothing.
        public var shownWithout: (tree: SeenTree, milliseconds: UInt64)? {
            guard let recordedAt, let tree = notYetShown, tree.earliest > recordedAt else { return nil }
            return (tree, tree.earliest.milliseconds - recordedAt.milliseconds)
        }
    }

    /// What was seen, by ascending size; of trees of one size the one that was seen first comes first.
    public let trees: [SeenTree]
    /// At each place of `trees`, the place of the one there or later that was seen first.
    private let firstSeenFrom: [Int]
    /// At each place of `trees`, the place of the one there or before that was seen last.
    private let lastSeenUpTo: [Int]

    /// Takes what was seen, in any order. Whether it was, and that all trees are of one log, each the beginning of the next,
    /// is for the caller to have verified.
    public init(_ seen: some Sequence<SeenTree>) {
        let trees = seen.sorted { ($0.size, $0.time, $0.earliest) < ($1.size, $1.time, $1.earliest) }
        var first = Array(trees.indices)
        for place in trees.indices.dropLast().reversed() where trees[first[place + 1]].time < trees[place].time {
            first[place] = first[place + 1]
        }
        var last = Array(trees.indices)
        for place in trees.indices.dropFirst() where trees[last[place - 1]].earliest > trees[place].earliest {
            last[place] = last[place - 1]
        }
        self.trees = trees
        firstSeenFrom = first
        lastSeenUpTo = last
    }

    /// The tree that was seen first: its records are shown to have existed longest.
    public var firstSeen: SeenTree? { firstSeenFrom.first.map { trees[$0] } }

    /// The largest tree that was seen; of several of its size the one that was seen first.
    public var lastSeen: SeenTree? { trees.last.flatMap { last in trees.first { $0.size == last.size } } }

    /// How many records from the first on are shown to have existed at all: the size of the largest tree that was seen.
    public var seenSize: UInt64 { trees.last?.size ?? 0 }

    /// When the record at `index` can have been written; `recordedAt` is what it says itself.
    public func bounds(of index: UInt64, recordedAt: Timestamp? = nil) -> OfRecord {
        // The first tree that has the record.
        var low = 0
        var high = trees.count
        while low < high {
            let middle = (low + high) / 2
            if trees[middle].size > index { high = middle } else { low = middle + 1 }
        }
        return OfRecord(
            index: index, existed: low < trees.count ? trees[firstSeenFrom[low]] : nil,
            notYetShown: low > 0 ? trees[lastSeenUpTo[low - 1]] : nil, recordedAt: recordedAt)
    }
}
