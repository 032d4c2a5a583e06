internal import ConsentModel
internal import GRDB
internal import LedgerCrypto
internal import LedgerStorage

/// How far an erasure is whose rows are deleted.
enum ErasingState: UInt64, Sendable {
    /// Copies of the registry may still be opened: the sealing keys are to be replaced.
    case keysRemain = 1
    /// The registry goes by new keys. The files of the old ones, the journal and what SQLite left free are to be cleared.
    case tracesRemain = 2
}

/// Erasing in the registry: what goes with a contact, and what is kept so that it stays away.
extension Registry.View {
    private static var erasing: String { "erasing" }

    /// What tells the ledger's keys from others, as the registry has it.
    func keyChecks() throws -> [KeyPurpose: [UInt8]] {
        var checks: [KeyPurpose: [UInt8]] = [:]
        for purpose in KeyPurpose.allCases where !purpose.isSigning {
            checks[purpose] = try DatabaseMeta.bytes(db, Registry.checkName(purpose))
        }
        return checks
    }

    /// Whether the registry goes by these keys.
    func goes(by keys: LedgerKeys) throws -> Bool { try keys.go(by: keyChecks()) }

    /// Whether an erasure is not finished, and how far it is.
    func erasingState() throws -> ErasingState? {
        try DatabaseStatement(db, "SELECT value FROM meta WHERE name = ?").first(Self.erasing) {
            ErasingState(rawValue: $0.unsigned(0)) ?? .keysRemain
        }
    }

    func setErasingState(_ state: ErasingState?) throws {
        if let state {
            try DatabaseMeta.set(db, Self.erasing, state.rawValue)
        } else {
            try DatabaseStatement(db, "DELETE FROM meta WHERE name = ?").run(Self.erasing)
        }
    }

    private static var sealedBase: String { "sealed-base" }
    private static var replacingDataKeys: String { "replacing-data-keys" }

    /// How many numbers of files come before those of the sealed parts that the data keys open.
    func sealedBase() throws -> UInt64 {
        try DatabaseStatement(db, "SELECT value FROM meta WHERE name = ?").first(Self.sealedBase) { $0.unsigned(0) }
            ?? 0
    }

    func setSealedBase(_ base: UInt64) throws { try DatabaseMeta.set(db, Self.sealedBase, base) }

    /// Whether there may be copies of what is sealed that are not to stay: those that were being made under new data keys,
    /// or those under the old ones.
    func isReplacingDataKeys() throws -> Bool {
        try DatabaseStatement(db, "SELECT 1 FROM meta WHERE name = ?").first(Self.replacingDataKeys) { _ in true }
            ?? false
    }

    func setReplacingDataKeys(_ isReplacing: Bool) throws {
        if isReplacing {
            try DatabaseMeta.set(db, Self.replacingDataKeys, UInt64(1))
        } else {
            try DatabaseStatement(db, "DELETE FROM meta WHERE name = ?").run(Self.replacingDataKeys)
        }
    }

    /// The sealed parts that this view's data keys open.
    func sealedStore(_ storage: any LedgerStorage) throws -> SealedStore {
        SealedStore(storage, base: try sealedBase())
    }

    /// Deletes what is kept of a contact that was erased at `time`, and the uses of its address under every spelling; the
    /// address is suppressed, or any suppression of it lifted. Uses and suppressions of an address that is another contact's
    /// by now stay. That the erasure is to be finished is noted with it. A contact
    /// that is not there is fine.
    func erase(_ handle: ContactHandle, at time: Timestamp, isSuppressed: Bool, keys: LedgerKeys) throws {
        try setErasingState(.keysRemain)
        guard let registration = try registration(of: handle) else { return }
        let business = registration.business
        try DatabaseMeta.set(db, Self.latestErasure + business, time.milliseconds)
        _ = try Registry.close(db, handle)
        try DatabaseStatement(db, "DELETE FROM contact WHERE handle64 = ? AND handle = ?").run(handle.high, handle)
        // What is kept of an address is of who has it, if somebody else does now.
        let isAnothers = try !registrations(tags: [registration.tag]).isEmpty
        if !isAnothers, try uses.count() != nil { try uses.removeAll(tag: registration.tag) }
        // Of a row that somebody damaged nothing more can be known.
        guard let address = try registration.addressIfItOpens(keys) else { return }
        if !isAnothers { try forget(address, business: business, keys: keys) }
        if isSuppressed {
            try suppress(address.everySpelling, business: business, keys: keys)
        } else if !isAnothers {
            try liftSuppression(of: address, business: business, keys: keys)
        }
    }

    /// Deletes the uses of an address, under every spelling. Returns how many there were.
    @discardableResult
    func forget(_ address: ContactAddress, business: String, keys: LedgerKeys) throws -> Int {
        guard try uses.count() != nil else { return 0 }
        return try address.everySpelling.reduce(0) { count, spelling in
            try count + uses.removeAll(tag: keys.tag(of: spelling, business: business))
        }
    }

    /// When somebody was erased last at a business; `nil` if nobody was, or by a program of before this was noted.
    func latestErasure(business: String) throws -> Timestamp? {
        try DatabaseStatement(db, "SELECT value FROM meta WHERE name = ?").first(Self.latestErasure + business) {
            Timestamp(milliseconds: $0.unsigned(0))
        } ?? nil
    }

    private static var latestErasure: String { "erased-latest-" }

    /// The contacts of an address at a business, those closed too, under whatever spelling they were known: the oldest
    /// first.
    func everyRegistration(
        of address: ContactAddress, business: String, keys: LedgerKeys
    ) throws -> [ContactRegistration] {
        var found: [(id: Int64, registration: ContactRegistration)] = []
        for tag in try address.everySpelling.map({ try keys.tag(of: $0, business: business) }) {
            func find(_ row: DatabaseRow) throws { found.append((row.number(0), try Registry.registration(row))) }
            try DatabaseStatement(db, Registry.columns + " WHERE tag64 = ? AND tag = ?")
                .forEachRow(tag.high, tag, do: find)
            try DatabaseStatement(db, Registry.columns + " WHERE tag64 IS NULL AND tag = ?").forEachRow(tag, do: find)
        }
        return found.sorted { $0.id < $1.id }.map(\.registration)
    }

    /// Calls `body` with every contact, and whether it still has its address; those under one tag one after the other.
    func forEveryRegistration(_ body: (ContactRegistration, Bool) throws -> Void) throws {
        for (condition, isLive) in [("NOT NULL ORDER BY tag64, tag, id", true), ("NULL ORDER BY id", false)] {
            try DatabaseStatement(db, Registry.columns + " WHERE tag64 IS " + condition).forEachRow { row in
                try body(Registry.registration(row), isLive)
            }
        }
    }

    // MARK: Suppressions

    /// Whether an address is suppressed at a business.
    func isSuppressed(_ address: ContactAddress, business: String, keys: LedgerKeys) throws -> Bool {
        guard try hasSuppressions(), let tag = try keys.suppressionTag(of: address, business: business) else {
            return false
        }
        return try DatabaseStatement(db, "SELECT 1 FROM suppression WHERE tag = ?").first(tag) { _ in true } ?? false
    }

    /// Whether there ever was a suppression: the table is made with the first.
    func hasSuppressions() throws -> Bool {
        try DatabaseStatement(db, "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'suppression'")
            .first { _ in true } ?? false
    }

    func suppress(_ addresses: [ContactAddress], business: String, keys: LedgerKeys) throws {
        // Ordered by the keyed hash, and without a time: nothing here leads to a contact that was erased.
        try db.execute(sql: "CREATE TABLE IF NOT EXISTS suppression (tag BLOB PRIMARY KEY) WITHOUT ROWID")
        for address in addresses {
            guard let tag = try keys.suppressionTag(of: address, business: business) else {
                throw KeyFiles.missing(KeyPurpose.suppression.rawValue)
            }
            try DatabaseStatement(db, "INSERT OR IGNORE INTO suppression (tag) VALUES (?)").run(tag)
        }
    }

    /// Lifts the suppression of an address, under every spelling. Returns whether there was one.
    @discardableResult
    func liftSuppression(of address: ContactAddress, business: String, keys: LedgerKeys) throws -> Bool {
        guard try hasSuppressions() else { return false }
        let before = db.totalChangesCount
        for address in address.everySpelling {
            guard let tag = try keys.suppressionTag(of: address, business: business) else { continue }
            try DatabaseStatement(db, "DELETE FROM suppression WHERE tag = ?").run(tag)
        }
        return db.totalChangesCount > before
    }
}

extension Registry {
    /// Whether an erasure is not finished, and how far it is.
    func erasingState() throws -> ErasingState? { try read { try $0.erasingState() } }

    /// Notes which key the suppressions go by, in a ledger of before there were any.
    func adoptSuppressionKey(check: [UInt8]) throws {
        try database.write { try Self.setChecks($0, [.suppression: check]) }
    }

    /// Seals everything that `old` opens under `new`, and goes by those from now on, in one transaction.
    func replaceSealingKeys(
        _ keys: LedgerKeys, with new: SealingKeys, ledgerID: [UInt8], random: any RandomSource
    ) throws {
        let replaced = keys.with(new)
        try database.write { db in
            let update = try DatabaseStatement(
                db, "UPDATE contact SET wrapped_key = ?, sealed_address = ? WHERE id = ?")
            try Self.forEachRow(db) { id, registration in
                let sealed = try registration.resealed(from: keys, to: replaced, random: random)
                try update.run(sealed.wrappedKey, sealed.sealedAddress, id)
            }
            try UseTable(db).reseal(from: keys, to: replaced, random: random)
            try Self.setChecks(db, new.checkValues(ledgerID: ledgerID))
            try View(db: db).setErasingState(.tracesRemain)
        }
    }

    /// Gives contacts the data keys that succeed theirs, under which the parts are sealed that come after `sealedBase` files,
    /// in one transaction, which notes that the sealing keys are to be replaced. Returns how many contacts.
    func replaceDataKeys(
        by successors: DataKeySuccession, sealedBase: UInt64, keys: LedgerKeys, random: any RandomSource
    ) throws -> Int {
        try database.write { db in
            let update = try DatabaseStatement(db, "UPDATE contact SET wrapped_key = ? WHERE id = ?")
            var count = 0
            try Self.forEachRow(db) { id, registration in
                guard successors.concern(registration.handle) else { return }
                var secret = successors.secret(of: registration.handle)
                defer { SecretBytes.wipe(&secret) }
                try update.run(
                    ContactRegistration.wrapped(secret, of: registration.handle, keys, random: random), id)
                count += 1
            }
            let view = View(db: db)
            try view.setSealedBase(sealedBase)
            try view.setErasingState(.keysRemain)
            return count
        }
    }

    /// Calls `body` with every contact, closed or not, and its row, which it may change.
    private static func forEachRow(_ db: Database, _ body: (Int64, ContactRegistration) throws -> Void) throws {
        // In runs, by ids: a row that is changed while it is read might be read again.
        var last: Int64 = 0
        while true {
            var run: [(id: Int64, registration: ContactRegistration)] = []
            try DatabaseStatement(db, columns + " WHERE id > ? ORDER BY id LIMIT 4096").forEachRow(last) {
                run.append(($0.number(0), try registration($0)))
            }
            guard let end = run.last?.id else { return }
            for (id, registration) in run { try body(id, registration) }
            last = end
        }
    }

    /// Writes the whole file anew, so that no free page and no frame of the write-ahead log has what was deleted. Returns
    /// false where somebody else who is reading keeps that from being done, for longer than some seconds unless `waits` is
    /// false.
    func clearTraces(waits: Bool) throws -> Bool { try database.clearTraces(waits: waits) }
}
