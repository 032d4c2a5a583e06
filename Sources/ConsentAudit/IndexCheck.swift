internal import ConsentModel
internal import ConsentRules
internal import LedgerCrypto

/// Compares an index with what the log says of each contact, below the size that both have.
struct IndexCheck {
    /// How many differing buckets are compared entry by entry.
    private static let mostBuckets = 8

    private struct Place: Hashable {
        let handle: ContactHandle
        let index: UInt64
    }

    private let index: any IndexReader
    /// The size below which index and log are compared.
    let size: UInt64
    private var replayed: EntrySums

    init(_ index: any IndexReader, logSize: UInt64) {
        self.index = index
        size = min(index.size, logSize)
        replayed = EntrySums(salt: SystemRandomSource().bytes(32))
    }

    /// Takes the next record of the log.
    mutating func take(_ entry: ExaminedEntry, at index: UInt64) {
        for (handle, entry) in Self.entries(entry, at: index, below: size) { replayed.add(entry, of: handle) }
    }

    /// Compares, when the whole log has been taken. `walk` goes over the log's records once more.
    func conclude(
        ledgerID: SHA256Digest?, logSize: UInt64, findings: inout [Finding],
        walk: ((UInt64, ExaminedEntry) -> Void) throws -> Void
    ) throws -> NotCovered? {
        guard let ledgerID, index.ledgerID == ledgerID.bytes else {
            findings.append(
                Finding(
                    .indexOfOtherLedger, .replay, expected: ledgerID?.description ?? "a ledger-id",
                    found: Hexadecimal.encode(index.ledgerID),
                    "The index was made from another ledger; delete it, and the next open rebuilds it"))
            return nil
        }
        if size < logSize {
            findings.append(
                Finding(
                    .indexBehind, .replay, expected: "\(logSize)", found: "\(size)",
                    "The index has taken in fewer records than the checkpoint covers; the next open catches up"))
        }
        var indexed = EntrySums(salt: replayed.salt)
        try index.forEachEntry { handle, entry in
            if entry.index < size { indexed.add(entry, of: handle) }
        }
        let differing = replayed.differingBuckets(from: indexed)
        guard !differing.isEmpty else { return nil }
        try compare(Set(differing.prefix(Self.mostBuckets)), findings: &findings, walk: walk)
        guard differing.count > Self.mostBuckets else { return nil }
        return NotCovered(
            .moreIndexDifferences, count: UInt64(differing.count - Self.mostBuckets),
            "The index differs from the log in \(differing.count) of 4096 groups of contacts; the contacts of "
                + "\(Self.mostBuckets) groups were compared one by one")
    }

    private func compare(
        _ buckets: Set<Int>, findings: inout [Finding], walk: ((UInt64, ExaminedEntry) -> Void) throws -> Void
    ) throws {
        var indexed: [Place: SHA256Digest] = [:]
        var differences: [Finding] = []
        try index.forEachEntry { handle, entry in
            guard entry.index < size, buckets.contains(EntrySums.bucket(of: handle)) else { return }
            let place = Place(handle: handle, index: entry.index)
            if indexed.updateValue(entry.digest(of: handle, salt: replayed.salt), forKey: place) != nil {
                differences.append(Self.difference(place, "one entry", "more than one"))
            }
        }
        try walk { index, entry in
            for (handle, entry) in Self.entries(entry, at: index, below: size)
            where buckets.contains(EntrySums.bucket(of: handle)) {
                let place = Place(handle: handle, index: index)
                switch indexed.removeValue(forKey: place) {
                case nil: differences.append(Self.difference(place, "an entry", "none"))
                case entry.digest(of: handle, salt: replayed.salt)?: break
                default: differences.append(Self.difference(place, "what the record says", "something else"))
                }
            }
        }
        differences += indexed.keys.map { Self.difference($0, "no entry", "one") }
        findings += differences.sorted { ($0.index ?? 0) < ($1.index ?? 0) }
    }

    private static func difference(_ place: Place, _ expected: String, _ found: String) -> Finding {
        Finding(
            .indexDiffers, .replay, index: place.index, expected: expected, found: found, spoilsLog: false,
            "The index is wrong about the contact \(place.handle) at record \(place.index); delete it, and the next open "
                + "rebuilds it")
    }

    private static func entries(
        _ entry: ExaminedEntry, at index: UInt64, below size: UInt64
    ) -> [(ContactHandle, ContactTimeline.Entry)] {
        guard index < size, let statement = entry.statement, let payload = entry.payload else { return [] }
        return entry.record.handles.map { handle in
            let timelineEntry = ContactTimeline.Entry(
                index: index, recordedAt: entry.record.recordedAt, keyIdentifier: statement.keyIdentifier,
                payload: payload)
            return (handle, timelineEntry)
        }
    }
}
