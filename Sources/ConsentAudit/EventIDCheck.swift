internal import ConsentModel

/// Finds event ids that more than one record has, in eight bytes a record: a fingerprint of each id is kept, and where two
/// are alike, the log is gone over once more and the ids themselves are compared.
struct EventIDCheck {
    private var fingerprints: [UInt64] = []

    /// Takes the id of the next record.
    mutating func take(_ id: EventID) { fingerprints.append(Self.fingerprint(of: id)) }

    /// What is there more than once; nothing is left then.
    mutating func takeRepeated() -> RepeatedEventIDs {
        var sorted = fingerprints
        fingerprints = []
        sorted.sort()
        // In place: an attack that repeats every id needs no more memory than an honest log.
        var count = 0
        for position in sorted.indices.dropFirst() where sorted[position] == sorted[position - 1] {
            guard count == 0 || sorted[count - 1] != sorted[position] else { continue }
            sorted[count] = sorted[position]
            count += 1
        }
        sorted.removeSubrange(count...)
        return RepeatedEventIDs(fingerprints: sorted)
    }

    /// Salted by chance when the process starts (as Swift's hashes are), so that nobody can prepare ids that look alike.
    /// Two that do so by chance cost time and are no finding.
    static func fingerprint(of id: EventID) -> UInt64 { UInt64(truncatingIfNeeded: id.hashValue) }
}

/// What becomes of fingerprints that more than one record has, in two walks over the log: the first gives the records that
/// may repeat an id, the second the first record of each of their ids.
struct RepeatedEventIDs {
    /// How many records are looked at more closely: the first ones in the log.
    private static let mostClaimants = 10_000

    /// In ascending order, each once.
    private let fingerprints: [UInt64]
    private var seen = BitSet()
    /// The records whose fingerprint an earlier one has, in the order of the log.
    private var claimants: [(index: UInt64, id: EventID)] = []
    private var first: [EventID: UInt64] = [:]

    init(fingerprints: [UInt64]) { self.fingerprints = fingerprints }

    var isEmpty: Bool { fingerprints.isEmpty }

    /// The first walk: takes every record in the order of the log.
    mutating func claim(_ id: EventID, at index: UInt64) {
        guard claimants.count < Self.mostClaimants, let position = position(of: EventIDCheck.fingerprint(of: id)) else {
            return
        }
        if !seen.insert(UInt64(position)) { claimants.append((index, id)) }
    }

    /// Between the walks.
    mutating func closeClaims() {
        for claimant in claimants { first[claimant.id] = claimant.index }
    }

    /// The second walk, in the order of the log again.
    mutating func settle(_ id: EventID, at index: UInt64) {
        if let known = first[id], index < known { first[id] = index }
    }

    /// The findings, when both walks are over.
    var findings: [Finding] {
        claimants.compactMap { claimant in
            guard let first = first[claimant.id], first < claimant.index else { return nil }
            return Finding(
                .repeatedEvent, .replay, index: claimant.index, expected: "an id that no earlier record has",
                found: "\(claimant.id)",
                "Record \(claimant.index) has the event id of record \(first): what was stated once is stated again, or "
                    + "two events share an id")
        }
    }

    private func position(of fingerprint: UInt64) -> Int? {
        var range = fingerprints.indices
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            if fingerprints[middle] == fingerprint { return middle }
            range = fingerprints[middle] < fingerprint ? middle + 1..<range.upperBound : range.lowerBound..<middle
        }
        return nil
    }
}
