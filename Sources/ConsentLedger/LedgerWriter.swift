public import ConsentModel
public import ConsentRules
internal import Dispatch
public import LedgerCrypto
internal import LedgerStorage
public import TransparencyLog

/// A ledger open for writing. One program at a time has it; its calls may come from many threads, and those that come
/// together share one flush.
///
/// What `append` acknowledges is durable and binds at once. After a failed flush nobody knows what is stored: that call
/// and every later one throw `outcomeUnknown`, and the next open finds out.
public final class LedgerWriter: @unchecked Sendable {
    /// What tells this ledger from others.
    public let identity: LedgerIdentity
    /// Whether the index could not be read at the open, and was made anew.
    public let wasIndexUnreadable: Bool

    let location: LedgerLocation
    let preparation: EventPreparation
    let keys: LedgerKeys
    let files: KeyFiles
    let registry: Registry
    let index: CurrentIndex
    let journal: JournalWriter
    let pacing: Pacing
    private let lock: any StorageLock
    /// Where batches are settled, one at a time.
    let settlingQueue = DispatchQueue(label: "settling")

    // All that follows is guarded by `monitor`.
    let monitor = Monitor()
    /// A group was flushed, a batch settled, or the writer stopped.
    let progressed = Monitor.Condition()
    var catalog: Catalog
    var noticeJudgement: NoticeJudgement
    var tail = RecordTail()
    var size: UInt64
    var lastRecordedAt: Timestamp
    var clock: ClockWatch
    var reservations: [ContactTag: ContactRegistration] = [:]
    /// How often reservations were dropped: whoever holds one from before may hold one that is no more.
    var reservationDrops = 0
    var signers: [String: any Signer] = [:]
    /// The events whose contents are being written, and which are not recorded yet.
    var attaching: Set<EventID> = []
    /// Whether it is noted that contents are being written.
    var isAttachingNoted = false
    var queue: [Submission] = []
    var isFlushing = false
    /// What made the writer stop.
    var failure: (any Error)?
    /// The last checkpoint. Up to its size, records are where everyone looks.
    var settled: SignedCheckpoint
    /// The published records, with the bundle that was read last.
    var published: PublishedRecords
    var isSettling = false
    /// Somebody waits for what there is to be settled.
    var isSettlingWanted = false
    /// Measures flushes.
    let ticks: any LedgerClock
    /// Told of each flush, with the monitor locked.
    var whenFlushed: (@Sendable (FlushedGroup) -> Void)?
    /// How many threads prepare drafts.
    var preparingCount = 0
    /// Somebody erases, or waits to: nobody begins to prepare, since the keys are about to be replaced.
    var isErasing = false
    private var isClosed = false

    // These are for whoever made `isSettling` true.
    var publisher: LogPublisher
    var sealedEnd: SealedStore.Position
    var sealedStore: SealedStore

    /// How much comes together; tests make it small.
    struct Pacing: Sendable {
        /// The tail is settled when it has so many records. While that is under way, as many more are taken, and then the
        /// appenders wait.
        var mostInTail = 16_384
        /// Whether appends go on while a batch is settled, and the next drafts of a call are prepared while those before
        /// them are sequenced; tests that count steps do one after the other.
        var overlaps = true
        /// The most drafts of one call that are prepared together.
        var mostPrepared = 1024
        /// The most drafts that share a flush, unless one call brings more.
        var mostGrouped = 8192
        /// Contacts that were prepared for drafts then refused are forgotten when there are more.
        var mostReserved = 65_536
        /// A group of more bytes is flushed in several frames.
        var mostFrameBytes = JournalFrame.maximumBodyByteCount
        var journalSegmentCapacity = JournalWriter.usualSegmentCapacity
    }

    /// Opens the ledger at `location`; throws `locked` if another program writes. Finishes what a crash left half done.
    public convenience init(
        _ location: LedgerLocation, clock: any LedgerClock = SystemClock(),
        random: any RandomSource = SystemRandomSource()
    ) throws {
        try self.init(location, identity: LedgerIdentity(of: location), clock: clock, random: random)
    }

    /// As above, for a ledger that need not be complete: one that is being made has no marker yet.
    init(
        _ location: LedgerLocation, identity: LedgerIdentity, clock: any LedgerClock, random: any RandomSource,
        pacing: Pacing = Pacing()
    ) throws {
        self.location = location
        self.identity = identity
        self.pacing = pacing
        lock = try location.storage.lock(LedgerPaths.lock)
        let isComplete = try location.storage.size(of: LedgerPaths.marker) != nil
        if isComplete { try LedgerParts.refuseMissing(location.storage) }
        files = location.keyFiles
        noticeJudgement = NoticeJudgement(location.storage)
        registry = try Registry(of: location, ledgerID: identity.ledgerID, isForWriting: true)
        keys = try registry.keys(files, ledgerID: identity.ledgerID)
        preparation = EventPreparation(identity: identity, keys: keys, random: random)
        let sealedStore = try registry.read { try $0.sealedStore(location.storage) }
        self.sealedStore = sealedStore
        try sealedStore.refuseMissing(upTo: registry.progress().sealedEnd)
        var publisher = try LogPublisher(
            location.storage, origin: identity.origin, signer: files.signingKey(KeyPurpose.log.rawValue))
        let recovered = try LedgerRecovery(
            location: location, identity: identity, keys: keys, registry: registry, sealedStore: sealedStore,
            journalSegmentCapacity: pacing.journalSegmentCapacity, random: random
        ).recover(into: &publisher)
        self.publisher = publisher
        settled = recovered.checkpoint
        published = PublishedRecords(location.storage)
        index = recovered.index
        wasIndexUnreadable = recovered.wasIndexUnreadable
        journal = recovered.journal
        size = recovered.size
        sealedEnd = recovered.sealedEnd
        lastRecordedAt = recovered.lastRecordedAt
        self.clock = ClockWatch(clock)
        ticks = clock
        catalog = try index.read { try LedgerSnapshot.catalog(identity, $0) }
        try LedgerSnapshot.confirm(catalog, identity)
        if isComplete { try LedgerParts.refuseMissingTexts(catalog, location.storage) }
        // Recovery has emptied the journal's tail, so that the registry has every contact.
        try registry.refreshTags(keys, random: random)
        _ = try completeErasure(waits: false)
        try removeUnfinishedAttachments()
    }

    /// Has `body` told of every group that is flushed from now on; it must be short, and not use the writer.
    public func reportFlushes(to body: @escaping @Sendable (FlushedGroup) -> Void) {
        monitor.withLock { whenFlushed = body }
    }

    /// Accepts the clock as it is now, after a jump stopped appends.
    public func confirmClock() {
        monitor.withLock { clock.confirm() }
    }

    /// The governance as of the last sequenced record.
    public func currentCatalog() -> Catalog {
        monitor.withLock { catalog }
    }

    /// The rule packs of all adoptions that concern a business, as `LedgerSnapshot.packs` has them.
    public func packs(business: String) throws -> [AdoptedPack] {
        try monitor.withLock { try noticeJudgement.adopted(catalog, business) }
    }

    /// The time now, as records have it: the clock's, never before the last record's. For an act that happens as it is
    /// recorded: a stop dated by a clock that was set back could come before what it stops.
    public func currentTime() -> Timestamp {
        monitor.withLock { clock.time(after: lastRecordedAt) }
    }

    /// Records one draft; throws what is wrong with it.
    @discardableResult
    public func append(_ draft: EventDraft) throws -> AppendOutcome { try append([draft])[0].get() }

    /// Records drafts, each for itself, in this order: one that is refused does not stop the others. Durable at return.
    /// Throws only when the ledger cannot go on.
    public func append(_ drafts: [EventDraft]) throws -> [Result<AppendOutcome, any Error>] {
        var outcomes: [Result<AppendOutcome, any Error>] = []
        var rest = drafts[...]
        while !rest.isEmpty {
            // Nothing after an erasure is prepared before it is done.
            if rest[rest.startIndex].type == .contactErased {
                outcomes.append(try erase(by: rest.removeFirst()))
            } else {
                let run = rest.prefix { $0.type != .contactErased }
                outcomes += try appendOnly(Array(run))
                rest = rest.dropFirst(run.count)
            }
        }
        return outcomes
    }

    /// The same, of drafts that erase nobody.
    private func appendOnly(_ drafts: [EventDraft]) throws -> [Result<AppendOutcome, any Error>] {
        let most = min(pacing.mostPrepared, pacing.mostGrouped)
        let runs = stride(from: 0, to: drafts.count, by: most).map { drafts[$0..<min(drafts.count, $0 + most)] }
        guard runs.count > 1, pacing.overlaps else { return try runs.flatMap { try submit(prepare($0)) } }
        var outcomes: [Result<AppendOutcome, any Error>] = []
        var ahead: AppendAhead?
        // Whatever is thrown, nothing of this call goes on after it.
        defer { ahead?.wait() }
        for run in runs {
            let submission = try prepare(run)
            if let ahead { outcomes += try ahead.outcomes() }
            ahead = AppendAhead { [self] in try submit(submission) }
        }
        if let ahead { outcomes += try ahead.outcomes() }
        return outcomes
    }

    /// Publishes all records in the log and returns the checkpoint, the newest one: where a quorum of witnesses is asked for
    /// (`setQuorumPolicy`), that one waits, and `publishedCheckpoint` gives what is published.
    @discardableResult
    public func publish() throws -> SignedCheckpoint {
        try monitor.withLock { try settleAll() }
    }

    /// Attaches a witness's line to the checkpoint that it cosigns: one that waits for a quorum, which is published where
    /// that reaches it, or one of those kept, the newest first; with `size`, that one alone. Durable at return. Returns that checkpoint, and whether the line was added: a
    /// witness's first line on a checkpoint stays. Throws `badSignature` if it is the line of no such checkpoint under
    /// `key`, and as `SignedCheckpoint.attach` does.
    public func attach(
        _ line: NoteSignature, by key: VerifierKey, size: UInt64? = nil
    ) throws -> (checkpoint: SignedCheckpoint, isNew: Bool) {
        try withPublisher { try $0.attach(line, by: key, size: size) }
    }

    /// Settles what there is, and calls `body` with the publisher while nobody else uses it.
    func withPublisher<Result>(_ body: (inout LogPublisher) throws -> Result) throws -> Result {
        try monitor.withLock {
            try settleAll()
            while isSettling { progressed.wait(in: monitor) }
            try refuseIfStopped()
            let result = try body(&publisher)
            if let checkpoint = publisher.checkpoint { settled = checkpoint }
            return result
        }
    }

    /// Publishes what is left, and gives the kept checkpoint of `size`, or without it the one that is published then.
    /// Throws `badInput` if none of that size was kept.
    public func keptCheckpoint(size: UInt64? = nil) throws -> SignedCheckpoint {
        let published = try publishedCheckpoint()
        guard let size else { return published }
        return try monitor.withLock { try publisher.keptCheckpoint(size: size) }
    }

    /// Keeps a time stamp beside the kept checkpoint that it is of: that of `size` or, without it, the one that the stamp
    /// says; durable at return. It is verified first, by `roots`, and so that it has `nonce` and `policy` where those are
    /// given. Returns the checkpoint, what the stamp shows, and whether it was not there. Throws `badInput` if no checkpoint
    /// of `size` was kept, and as `TimeStampResponse.verify` does.
    public func keep(
        _ stamp: TimeStampResponse, ofCheckpoint size: UInt64? = nil, nonce: [UInt8]? = nil, policy: String? = nil,
        roots: TimeStampRoots
    ) throws -> (checkpoint: SignedCheckpoint, shown: TimeStamp, isNew: Bool) {
        try monitor.withLock {
            while isSettling { progressed.wait(in: monitor) }
            try refuseIfStopped()
            let named =
                try size.map(publisher.keptCheckpoint) ?? stamp.digest.flatMap(publisher.keptCheckpoint(stampedAs:))
            // Of a refusal the reason is told, whatever it is of.
            let kept = named ?? publisher.published
            guard let kept, let bytes = kept.stampedBytes else {
                throw LedgerError(
                    .damaged, "the kept checkpoint has no signature line of the log's; run consent verify")
            }
            let shown = try stamp.verify(
                digest: SHA256Digest(hashing: bytes), nonce: nonce, policy: policy, roots: roots)
            return (kept, shown, try publisher.keep(stamp, ofCheckpoint: kept.checkpoint.size))
        }
    }

    /// Applies and publishes what is left and gives the ledger back. Further calls throw.
    public func close() throws {
        try monitor.withLock {
            guard !isClosed else { return }
            defer {
                // Nobody else may have the ledger while something is still written.
                while isFlushing || isSettling { progressed.wait(in: monitor) }
                isClosed = true
                lock.release()
            }
            try settleAll()
            try noteAttachingDone()
        }
    }

    /// The timelines of contacts as of now, for callers that decide on a draft by what is there; `nil` for a contact of
    /// whom the business has no record.
    public func timelines(
        of addresses: [(address: ContactAddress, business: String)]
    ) throws -> [ContactTimeline?] {
        let tags = try addresses.map { try keys.tag(of: $0.address, business: $0.business) }
        return try monitor.withLock {
            while isFlushing { progressed.wait(in: monitor) }
            try refuseIfStopped()
            let found = try registrations(tags)
            return try index.read { view in
                // A batch that was just applied is still in the tail.
                let indexed = try view.progress().size
                return try tags.map { tag in
                    guard let handle = found[tag]?.handle else { return nil }
                    let recent = tail.timeline(of: handle).filter { $0.index >= indexed }
                    return ContactTimeline(handle: handle, entries: try view.timeline(of: handle) + recent)
                }
            }
        }
    }

    /// Whether the clock is one to record by; where not, appending throws `clockJumped`.
    public func isClockRight() -> Bool { monitor.withLock { clock.isRight(after: lastRecordedAt) } }

    /// The public half of the key with which the ledger signs for a source; `nil` where it holds none that can be read.
    public func heldKey(of source: String) -> Ed25519PublicKey? {
        monitor.withLock {
            let name = KeyFiles.sourceName(source)
            if signers[name] == nil {
                signers[name] = try? files.signingKey(
                    ofSource: source, authorized: catalog.sources[source]?.keys ?? [])
            }
            return signers[name]?.publicKey
        }
    }

    /// Makes a key pair for a source and keeps its private half; returns the public one and the proof that we hold it. A
    /// source whose key is in force gets no other.
    public func makeSourceKey(_ source: String) throws -> (publicKey: [UInt8], proof: [UInt8]) {
        guard FieldKind.isIdentifier(source) else {
            throw LedgerError(.badEvent, "a source's id is 1 to 64 of a–z, 0–9 and “-”, not “\(source.prefix(80))”")
        }
        let key = try files.keyToAuthorize(
            of: source, authorized: currentCatalog().sources[source]?.keys ?? [], random: preparation.random)
        let message = PossessionProof.message(
            origin: identity.origin, ledgerID: identity.ledgerID, source: source, publicKey: key.publicKey.bytes)
        return (key.publicKey.bytes, key.signature(for: message))
    }

    /// Throws once the writer was closed, or does not know what is stored.
    func refuseIfStopped() throws {
        guard !isClosed else { throw LedgerError(.outcomeUnknown, "the ledger was closed; open it again") }
        if let failure {
            throw LedgerError(
                .outcomeUnknown,
                "writing failed, and what is stored is not known; open the ledger again. It was: \(failure)")
        }
    }
}
