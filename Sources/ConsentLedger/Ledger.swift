internal import ConsentModel
internal import ConsentRules
public import LedgerCrypto
internal import LedgerStorage
internal import Synchronization
internal import TransparencyLog

/// A ledger open for asking: needs no lock, sees every acknowledged record.
public final class Ledger: Sendable {
    /// What tells this ledger from others.
    public let identity: LedgerIdentity

    let location: LedgerLocation
    /// The keys as they were seen last. An erasure replaces those that seal; `keys(for:)` has the ones that count.
    private let lastKeys: Mutex<LedgerKeys>
    let registry: Registry
    let clock: any LedgerClock
    let random: any RandomSource
    private let index: CurrentIndex
    /// The governance that was read last, and the governance record it ends with.
    private let known = Mutex<(last: CurrentIndex.GovernanceHead, catalog: Catalog)?>(nil)
    /// How many notices the ledger had when it was seen last that their texts are there.
    private let noticesSeen = Atomic(0)

    /// Once is enough but where the writer begins a new segment of its journal meanwhile.
    private static let attempts = 16

    /// Opens the ledger at `location`. An index that is missing is rebuilt first, and after a change of the spelling rules
    /// the addresses' tags are, for which no one may be writing. Clock and randomness are for reserving. Throws `incomplete`
    /// where files are missing or were cut short; with `toleratesLostParts`, not for those of sealed parts, so that somebody
    /// can say whose they are.
    public init(
        _ location: LedgerLocation, clock: any LedgerClock = SystemClock(),
        random: any RandomSource = SystemRandomSource(), toleratesLostParts: Bool = false
    ) throws {
        identity = try LedgerIdentity(of: location)
        try LedgerParts.refuseMissing(location.storage)
        self.location = location
        self.clock = clock
        self.random = random
        registry = try Registry(of: location, ledgerID: identity.ledgerID, isForWriting: false)
        lastKeys = try Mutex(registry.keys(location.keyFiles, ledgerID: identity.ledgerID))
        if !toleratesLostParts {
            // Within one view: what it counts on is not removed meanwhile.
            try registry.read { try $0.sealedStore(location.storage).refuseMissing(upTo: $0.progress().sealedEnd) }
        }
        if try !CurrentIndex.isMade(at: location) || !registry.read({ try $0.hasCurrentTags() }) {
            try LedgerWriter(location).close()
        } else if let state = try registry.erasingState(),
            try state == .keysRemain || location.keyFiles.areHalfReplaced()
        {
            // Whoever is at it finishes it, and otherwise we do, as far as that goes without asking for a passphrase. What
            // comes of it is nothing to whoever asks: what there is to read is looked at all the same. What remains after
            // the keys goes with the next that is written.
            var unattended = location
            unattended.passphrase = nil
            try? LedgerWriter(unattended).close()
        }
        index = try CurrentIndex(of: location, ledgerID: identity.ledgerID, mayCreate: false)
    }

    /// Calls `body` with the ledger as it is now: with everything that was acknowledged before. Not to be called again
    /// within `body`.
    ///
    /// Index, registry and journal are looked at in this order. What the writer takes out of the journal it has put into
    /// the registry and then into the index, so each has at least what the one before lacks.
    public func read<Result>(_ body: (LedgerSnapshot) throws -> Result) throws -> Result {
        try attempting { try readOnce(body) }
    }

    /// Calls `body` with the ledger as it is now and the uses, which no one else changes meanwhile. What it does to them is
    /// durable at return, or undone if it throws.
    func reserving<Result>(_ body: (LedgerSnapshot, UseTable) throws -> Result) throws -> Result {
        try attempting { try readOnce(isReserving: true) { try body($0, $0.registry.uses) } }
    }

    private func attempting<Result>(_ once: () throws -> Result?) throws -> Result {
        do {
            for _ in 0..<Self.attempts {
                if let result = try once() { return result }
            }
        } catch let error as LedgerError where error.code == .badKey || error.code == .missingKey {
            // A key that was first needed within the view may have been destroyed since the view was taken. What was done
            // with the view cannot be done again.
            let keys = lastKeys.withLock { $0 }
            if try keys.go(by: registry.read { try $0.keyChecks() }) { throw error }
            throw Registry.keysAreChanging
        }
        // An old copy of the index, a crash, other spelling rules: whoever may write mends it.
        try LedgerWriter(location).close()
        if let result = try once() { return result }
        throw StorageError(.locked, "the ledger is changing; try again in a moment")
    }

    /// `nil` where the parts do not join up: the writer took segments out of the journal meanwhile, or something is old.
    private func readOnce<Result>(
        isReserving: Bool = false, _ body: (LedgerSnapshot) throws -> Result
    ) throws -> Result? {
        // Read first: by now all that was signed is in the index or the journal, unless those are older copies.
        var signed = try SignedHead(in: location.storage)
        let published = try publishedCheckpoint()
        if let head = signed, head.size < published.size {
            // It was signed meanwhile: what is published was signed before, so that by now the file must say so.
            signed = try SignedHead(in: location.storage)
        }
        guard signed?.size != published.size || signed?.root == published.root else {
            throw LedgerError(
                .damaged,
                "log/checkpoint has another root than was signed last for size \(published.size); run consent verify, and "
                    + "restore the log from a copy")
        }
        // Before the registry, which has what the file counts.
        let usesOutside = try UseCountFile(reading: location.storage)
        return try index.read { view in
            try registry.view(isWriting: isReserving) { registered in
                // The first use of all makes the file: who looked for it before that has to look again.
                let isBeforeFirstUse = try usesOutside == .absent && registered.uses.count() != nil
                if isBeforeFirstUse, try UseCountFile(reading: location.storage) != .absent { return nil }
                let progress = try view.progress()
                guard try registered.hasCurrentTags(), let keys = try keys(for: registered),
                    let tail = try tail(after: progress), tail.opens(with: keys),
                    try Self.isSealed(tail, as: registered, progress),
                    let snapshot = try LedgerSnapshot(
                        location: location, identity: identity, keys: keys, view: view, registry: registered,
                        tail: tail, usesOutside: usesOutside, catalog: catalog(view, tail))
                else { return nil }
                guard snapshot.size >= published.size else {
                    throw LedgerError(
                        .damaged,
                        "private/ knows \(snapshot.size) records, and log/ has \(published.size): it is an older copy; restore the "
                            + "newer one")
                }
                if let head = signed, head.size < published.size { throw SignedHead.contradicted(size: head.size) }
                // The index has nothing that the log had not first, or the log was rolled back.
                guard try progress.size <= published.size || progress.size <= publishedCheckpoint().size,
                    signed.map({ $0.size <= snapshot.size }) ?? false
                else { return nil }
                try refuseMissingTexts(snapshot.catalog)
                return try body(snapshot)
            }
        }
    }

    /// Whether the data keys in this view open the tail's parts: not where the tail is left from before they were replaced,
    /// of which the index has all by then.
    private static func isSealed(
        _ tail: RecordTail, as registered: Registry.View, _ progress: CurrentIndex.Progress
    ) throws -> Bool {
        guard !tail.isEmpty, try registered.isReplacingDataKeys() else { return true }
        return try progress.size >= registered.progress().size
    }

    /// The keys by which the registry goes in this view; `nil` where an erasure has destroyed them since.
    private func keys(for registered: Registry.View) throws -> LedgerKeys? {
        let keys = lastKeys.withLock { $0 }
        let checks = try registered.keyChecks()
        if keys.go(by: checks) { return keys }
        guard let replaced = try keys.following(checks) else { return nil }
        lastKeys.withLock { $0 = replaced }
        return replaced
    }

    /// The published checkpoint; throws `incomplete` if there is none.
    private func publishedCheckpoint() throws -> Checkpoint {
        guard let checkpoint = try LogFiles(storage: location.storage).checkpoint() else {
            throw LedgerParts.missing(LedgerPaths.checkpoint)
        }
        return checkpoint.checkpoint
    }

    private func refuseMissingTexts(_ catalog: Catalog) throws {
        let count = catalog.businesses.values.reduce(0) { $0 + $1.notices.count }
        guard noticesSeen.load(ordering: .relaxed) != count else { return }
        try LedgerParts.refuseMissingTexts(catalog, location.storage)
        noticesSeen.store(count, ordering: .relaxed)
    }

    /// The governance as of the end of `tail`. What the index has of it is replayed again only when there is more.
    private func catalog(_ view: CurrentIndex.View, _ tail: RecordTail) throws -> Catalog {
        let last = try view.governanceHead()
        var catalog: Catalog
        if let known = known.withLock({ $0 }), known.last == last {
            catalog = known.catalog
        } else {
            catalog = try LedgerSnapshot.catalog(identity, view)
            known.withLock { [catalog] in $0 = (last, catalog) }
        }
        for record in tail.records { try catalog.replay(record) }
        try LedgerSnapshot.confirm(catalog, identity)
        return catalog
    }

    /// The journal's records beyond the index; `nil` where they do not join up with it.
    private func tail(after progress: CurrentIndex.Progress) throws -> RecordTail? {
        var tail = RecordTail()
        var next = progress.size
        let scan = try JournalReader.scan(
            location.storage, directory: LedgerPaths.journal, key: lastKeys.withLock { $0 }.journal,
            from: progress.journalEnd)
        for frame in scan.frames {
            for (index, entry) in zip(frame.firstIndex..., frame.entries) where index >= next {
                guard index == next else { return nil }
                tail.append(try JournalRecord(decoding: entry))
                next += 1
            }
        }
        return scan.end.nextIndex == next ? tail : nil
    }
}
