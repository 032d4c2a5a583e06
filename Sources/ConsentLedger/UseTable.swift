internal import ConsentModel
internal import ConsentRules
internal import GRDB
internal import LedgerCrypto

/// The uses in the registry. A row has its contact's tag, a keyed hash; its time; and all else sealed. Made with the first
/// use.
struct UseTable {
    private let db: Database

    /// How long a use is kept at least, in milliseconds: 400 days, so that rules adopted later find what they count. The
    /// rules in force may ask for more.
    static let shortestKeeping = 400 * OccurredAt.day
    /// How many uses one transaction prunes at most: more than it adds, so that pruning keeps up.
    static let mostPruned = 256

    private static let made = "uses-made"
    private static let latest = "uses-latest"
    private static let incompleteUntil = "uses-incomplete-until"
    /// How many rows there should be.
    private static let kept = "uses-kept"

    init(_ db: Database) { self.db = db }

    /// What the registry says of how many there are; `nil` before the first.
    func count() throws -> UseCount? {
        guard let made = try number(Self.made) else { return nil }
        let incomplete = try number(Self.incompleteUntil) ?? 0
        return UseCount(
            made: made, latest: try number(Self.latest).flatMap { Timestamp(milliseconds: $0) } ?? .epoch,
            incompleteUntil: incomplete == 0 ? nil : Timestamp(milliseconds: incomplete) ?? .last)
    }

    /// The same; where rows are gone that nobody removed, those up to the latest may be missing. Looks at every row.
    func checkedCount() throws -> UseCount? {
        guard var count = try count() else { return nil }
        if try isShort() { count.markIncomplete(until: count.latest) }
        return count
    }

    /// Whether there are fewer rows than there should be.
    func isShort() throws -> Bool { try number(Self.kept).map { try rowCount() < $0 } ?? false }

    /// Takes the rows that there are for all that there should be.
    func acceptRows() throws { try DatabaseMeta.set(db, Self.kept, rowCount()) }

    private func rowCount() throws -> UInt64 {
        try DatabaseStatement(db, "SELECT COUNT(*) FROM use").first { $0.unsigned(0) } ?? 0
    }

    /// Notes that there are `change` rows more. A registry of before they were counted begins with those it has.
    private func noteRows(_ change: Int) throws {
        guard let kept = try number(Self.kept) else { return try acceptRows() }
        try DatabaseMeta.set(db, Self.kept, UInt64(max(0, Int(kept) + change)))
    }

    private func number(_ name: String) throws -> UInt64? {
        try DatabaseStatement(db, "SELECT value FROM meta WHERE name = ?").first(name) { $0.unsigned(0) }
    }

    func setCount(_ count: UseCount) throws {
        try DatabaseMeta.set(db, Self.made, count.made)
        try DatabaseMeta.set(db, Self.latest, count.latest.milliseconds)
        try DatabaseMeta.set(db, Self.incompleteUntil, count.incompleteUntil?.milliseconds ?? 0)
    }

    /// Makes the table if it is not there.
    func make() throws {
        // What is kept for ever (the one confirmation of an opt-out) is not pruned, and not in the index for that.
        try db.execute(
            sql: """
                CREATE TABLE IF NOT EXISTS use (
                    id INTEGER PRIMARY KEY, tag64 INTEGER NOT NULL, tag BLOB NOT NULL, at INTEGER NOT NULL,
                    is_kept INTEGER NOT NULL, sealed BLOB NOT NULL);
                CREATE INDEX IF NOT EXISTS use_tag ON use (tag64);
                CREATE INDEX IF NOT EXISTS use_at ON use (at) WHERE is_kept = 0;
                """)
    }

    func insert(_ use: ReservedUse, tag: ContactTag, keys: LedgerKeys, random: any RandomSource) throws {
        try DatabaseStatement(db, "INSERT INTO use (id, tag64, tag, at, is_kept, sealed) VALUES (?, ?, ?, ?, ?, ?)")
            .run(
                use.id, tag.high, tag, use.use.at.milliseconds, use.use.purpose == .message ? 0 : 1,
                use.sealed(with: keys, random: random))
        try noteRows(1)
    }

    /// The uses under a tag, the oldest reservation first.
    func uses(tag: ContactTag, keys: LedgerKeys) throws -> [ReservedUse] {
        var uses: [ReservedUse] = []
        try DatabaseStatement(db, "SELECT id, at, sealed FROM use WHERE tag64 = ? AND tag = ? ORDER BY id")
            .forEachRow(tag.high, tag) { uses.append(try Self.use($0, keys)) }
        return uses
    }

    /// Calls `body` with every use: its number, the tag it is under, and what it says; `nil` where that cannot be read.
    func forEach(keys: LedgerKeys, _ body: (UInt64, ContactTag?, ReservedUse?) throws -> Void) throws {
        guard try count() != nil else { return }
        try DatabaseStatement(db, "SELECT id, at, sealed, tag FROM use ORDER BY id").forEachRow { row in
            try body(row.unsigned(0), row.identifier(3), Self.openedUse(row, keys))
        }
    }

    /// The use of a row; `nil` where it does not open: nobody learns from it any more than that there was one.
    private static func openedUse(_ row: DatabaseRow, _ keys: LedgerKeys) throws -> ReservedUse? {
        try ifItOpens { try use(row, keys) }
    }

    private static func use(_ row: DatabaseRow, _ keys: LedgerKeys) throws -> ReservedUse {
        guard let time = Timestamp(milliseconds: row.unsigned(1)) else {
            throw LedgerError(.damaged, "a use in registry.sqlite has no time; restore it from its backup")
        }
        return try ReservedUse(id: row.unsigned(0), at: time, opening: row.bytes(2), with: keys)
    }

    func remove(id: UInt64) throws {
        try DatabaseStatement(db, "DELETE FROM use WHERE id = ?").run(id)
        try noteRows(-db.changesCount)
    }

    /// Returns how many there were.
    @discardableResult
    func removeAll(tag: ContactTag) throws -> Int {
        try DatabaseStatement(db, "DELETE FROM use WHERE tag64 = ? AND tag = ?").run(tag.high, tag)
        let count = db.changesCount
        try noteRows(-count)
        return count
    }

    /// Gives the uses under one tag to another contact, and that one's address to them: they go with the person, and nothing
    /// of the address that was given up stays.
    func move(from old: ContactTag, to new: ContactRegistration, keys: LedgerKeys, random: any RandomSource) throws {
        var uses: [ReservedUse] = []
        try DatabaseStatement(db, "SELECT id, at, sealed FROM use WHERE tag64 = ? AND tag = ?")
            .forEachRow(old.high, old) { row in
                if let use = try Self.openedUse(row, keys) { uses.append(use) }
            }
        let address = try new.address(keys)
        let update = try DatabaseStatement(db, "UPDATE use SET sealed = ? WHERE id = ?")
        for use in uses {
            let moved = ReservedUse(id: use.id, business: use.business, address: address, use: use.use)
            try update.run(moved.sealed(with: keys, random: random), use.id)
        }
        try DatabaseStatement(db, "UPDATE use SET tag64 = ?, tag = ? WHERE tag64 = ? AND tag = ?")
            .run(new.tag.high, new.tag, old.high, old)
    }

    /// Puts every use under the tag that `tag` makes of it and of the one it is under.
    func retag(keys: LedgerKeys, _ tag: (ReservedUse, ContactTag) throws -> ContactTag) throws {
        guard try count() != nil else { return }
        var moves: [(id: UInt64, tag: ContactTag)] = []
        try DatabaseStatement(db, "SELECT id, at, sealed, tag FROM use ORDER BY id").forEachRow { row in
            guard let old: ContactTag = row.identifier(3) else {
                throw LedgerError(.damaged, "a use in registry.sqlite has no tag; restore it from its backup")
            }
            let use = try Self.use(row, keys)
            let new = try tag(use, old)
            if new != old { moves.append((use.id, new)) }
        }
        for (id, tag) in moves {
            try DatabaseStatement(db, "UPDATE use SET tag64 = ?, tag = ? WHERE id = ?").run(tag.high, tag, id)
        }
    }

    /// Seals every use that `old` opens by `new`; one that does not open stays as it is.
    func reseal(from old: LedgerKeys, to new: LedgerKeys, random: any RandomSource) throws {
        guard try count() != nil else { return }
        let update = try DatabaseStatement(db, "UPDATE use SET sealed = ? WHERE id = ?")
        var last: UInt64 = 0
        while true {
            var run: [ReservedUse] = []
            var end: UInt64?
            try DatabaseStatement(db, "SELECT id, at, sealed FROM use WHERE id > ? ORDER BY id LIMIT 4096")
                .forEachRow(last) { row in
                    end = row.unsigned(0)
                    if let use = try Self.openedUse(row, old) { run.append(use) }
                }
            guard let end else { return }
            for use in run { try update.run(use.sealed(with: new, random: random), use.id) }
            last = end
        }
    }

    /// Removes the oldest uses of before `moment`, some of them; returns the time of the latest removed.
    func prune(before moment: Timestamp) throws -> Timestamp? {
        var pruned: [(id: Int64, at: UInt64)] = []
        try DatabaseStatement(db, "SELECT id, at FROM use WHERE is_kept = 0 AND at < ? ORDER BY at LIMIT ?")
            .forEachRow(moment.milliseconds, Self.mostPruned) { pruned.append(($0.number(0), $0.unsigned(1))) }
        for use in pruned { try remove(id: UInt64(use.id)) }
        return pruned.last.flatMap { Timestamp(milliseconds: $0.at) }
    }
}
