internal import ConsentModel
internal import LedgerStorage

/// How many uses were ever reserved, and what may be missing of them. It is kept in two places, the registry and a file of
/// its own, so that a registry from a backup is noticed: an answer that reserves is given only once both have it.
struct UseCount: Equatable, Sendable {
    /// How many were made; the id of the last one.
    var made: UInt64 = 0
    /// The latest moment for which one was made.
    var latest = Timestamp.epoch
    /// Uses of moments up to then may be missing, being lost or pruned; `nil` where all are there, the last moment where
    /// nobody knows.
    var incompleteUntil: Timestamp?

    /// From when on all uses are there; `nil` where nobody knows.
    var completeSince: Timestamp? {
        guard let incompleteUntil else { return .epoch }
        return incompleteUntil == .last ? nil : incompleteUntil.adding(milliseconds: 1)
    }

    /// Of two, what both say together.
    private func joined(_ other: UseCount) -> UseCount {
        UseCount(
            made: max(made, other.made), latest: max(latest, other.latest),
            incompleteUntil: [incompleteUntil, other.incompleteUntil].compactMap { $0 }.max())
    }

    /// Marks what lies up to `moment` as perhaps missing.
    mutating func markIncomplete(until moment: Timestamp) {
        incompleteUntil = max(moment, incompleteUntil ?? moment)
    }

    /// What the registry and the file say together; `nil` where there never was a use. The registry has each use before
    /// the file counts it, so a registry that has fewer has lost the others. Where the file is gone nobody knows how many
    /// there should be.
    static func joining(registry: UseCount?, file: UseCountFile) -> UseCount? {
        switch (registry, file) {
        case (nil, .absent): nil
        case (nil, .count(let count)) where count.made == 0: nil
        case (nil, .unreadable): UseCount(incompleteUntil: .last)
        case (nil, .count(let count)): lost(UseCount().joined(count), until: count.latest)
        case (let registered?, .count(let count)):
            count.made > registered.made
                ? lost(registered.joined(count), until: max(registered.latest, count.latest))
                : registered.joined(count)
        case (let registered?, .absent), (let registered?, .unreadable): lost(registered, until: .last)
        }
    }

    private static func lost(_ count: UseCount, until moment: Timestamp) -> UseCount {
        var count = count
        count.markIncomplete(until: moment)
        return count
    }
}

/// The file beside the registry: `consent-uses/1`, then the three numbers of a `UseCount`, a line each; 0 where nothing
/// is missing.
enum UseCountFile: Equatable, Sendable {
    case absent
    case unreadable
    case count(UseCount)

    // A folder of its own: whoever opens the ledger for writing tidies the folders it writes to, and needs no other's
    // unfinished files; reserving takes no lock.
    private static let path: StoragePath = "private/uses/count"
    private static let format = "consent-uses/1"
    private static let mostByteCount = 256

    init(reading storage: any LedgerStorage) throws {
        guard let bytes = try storage.read(Self.path, from: 0, count: Self.mostByteCount) else {
            self = .absent
            return
        }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count == 5, lines[0] == Self.format, lines[4].isEmpty, let made = UInt64(lines[1]),
            let latest = UInt64(lines[2]).flatMap({ Timestamp(milliseconds: $0) }),
            let incomplete = UInt64(lines[3]).flatMap({ Timestamp(milliseconds: $0) })
        else {
            self = .unreadable
            return
        }
        self = .count(
            UseCount(made: made, latest: latest, incompleteUntil: incomplete == .epoch ? nil : incomplete))
    }

    /// Puts `count` in its place; durable at return.
    static func write(_ count: UseCount, to storage: any LedgerStorage) throws {
        let lines = [
            format, String(count.made), String(count.latest.milliseconds),
            String(count.incompleteUntil?.milliseconds ?? 0), "",
        ]
        try storage.replace(path, with: Array(lines.joined(separator: "\n").utf8))
    }
}
