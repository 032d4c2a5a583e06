internal import ConsentModel
public import ConsentRules
internal import Foundation
public import LedgerCrypto
internal import LedgerStorage
public import TransparencyLog

/// A ledger open for writing. One program at a time has it; its calls may come from many threads, and those that come
/// together share one flush.
///
/// What `append` acknowledges is durable and binds at once. After a failed flush nobody knows what is stored: every later
/// call throws `outcomeUnknown`, and the next open finds out.
public final class LedgerWriter: @unchecked Sendable {
    /// What tells this ledger from others.
    public let identity: LedgerIdentity

    private let location: LedgerLocation
    private let clock: any LedgerClock
    private let preparation: EventPreparation
    private let keys: LedgerKeys
    private let files: KeyFiles
    private let lock: any StorageLock
    private let registry: Registry
    private let index: CurrentIndex
    private let sealedStore: SealedStore
    private let journal: JournalWriter

    // All that follows is guarded by `monitor`, whose condition says that a group was flushed.
    private let monitor = NSCondition()
    private var catalog: Catalog
    private var publisher: LogPublisher
    private var tail = RecordTail()
    private var sealedEnd: SealedStore.Position
    private var size: UInt64
    private var lastRecordedAt: Timestamp
    private var lastElapsed: UInt64
    private var lastNow: Timestamp
    private var isClockConfirmed = false
    private var reservations: [ContactTag: ContactRegistration] = [:]
    private var signers: [String: any Signer] = [:]
    private var queue: [Submission] = []
    private var isFlushing = false
    private var hasFailed = false
    private var isClosed = false
    /// Goes up whenever the tail is applied: look-ups made before may miss what it held.
    private var generation = 0

    private static let mostApplied = 8192
    private static let mostGrouped = 8192
    /// A clock set back by more stops appends until someone confirms it, in milliseconds (DESIGN §6).
    private static let clockSetBack: UInt64 = 5 * 60 * 1000
    /// A clock set forward by more while the program runs, likewise.
    private static let clockSetForward: UInt64 = 60 * 60 * 1000

    /// Some drafts that a caller waits for.
    private final class Submission {
        let prepared: [Prepared]
        let generation: Int
        var outcomes: [Result<AppendOutcome, any Error>] = []
        var isDone = false
        var failure: (any Error)?

        init(_ prepared: [Prepared], generation: Int) {
            self.prepared = prepared
            self.generation = generation
        }
    }

    /// A draft after preparing: a statement, an event that was there before, or what is wrong with it.
    private enum Prepared {
        case event(PreparedEvent)
        case known(index: UInt64)
        case refused(any Error)
    }

    /// Opens the ledger at `location`; throws `locked` if another program writes. Finishes what a crash left half done.
    public convenience init(
        _ location: LedgerLocation, clock: any LedgerClock = SystemClock(),
        random: any RandomSource = SystemRandomSource()
    ) throws {
        try self.init(location, identity: LedgerIdentity(of: location), clock: clock, random: random)
    }

    init(
        _ location: LedgerLocation, identity: LedgerIdentity, clock: any LedgerClock, random: any RandomSource
    ) throws {
        self.location = location
        self.identity = identity
        self.clock = clock
        lock = try location.storage.lock(LedgerPaths.lock)
        files = KeyFiles(storage: location.storage)
        keys = try LedgerKeys(reading: files)
        preparation = EventPreparation(identity: identity, keys: keys, random: random)
        sealedStore = SealedStore(location.storage)
        registry = try Registry(
            location.databases.open(Registry.fileName), ledgerID: identity.ledgerID, creating: false)
        publisher = try LogPublisher(
            location.storage, origin: identity.origin, signer: files.signingKey(KeyPurpose.log.rawValue))
        let recovered = try LedgerRecovery(
            location: location, identity: identity, keys: keys, registry: registry, sealedStore: sealedStore
        ).recover(into: &publisher)
        index = recovered.index
        journal = recovered.journal
        size = recovered.size
        sealedEnd = recovered.sealedEnd
        lastRecordedAt = recovered.lastRecordedAt
        lastNow = clock.now()
        lastElapsed = clock.elapsedMilliseconds()
        catalog = try index.read { try LedgerSnapshot.catalog(identity, $0, RecordTail()) }
        try registry.refreshTags(keys, random: random)
    }

    /// Accepts the clock as it is now, after a jump stopped appends.
    public func confirmClock() {
        monitor.lock()
        defer { monitor.unlock() }
        isClockConfirmed = true
        lastNow = clock.now()
        lastElapsed = clock.elapsedMilliseconds()
    }

    /// The governance as of the last sequenced record.
    public func currentCatalog() -> Catalog {
        monitor.lock()
        defer { monitor.unlock() }
        return catalog
    }

    /// Records one draft; throws what is wrong with it.
    @discardableResult
    public func append(_ draft: EventDraft) throws -> AppendOutcome { try append([draft])[0].get() }

    /// Records drafts, each for itself, in this order: one that is refused does not stop the others. Durable at return.
    /// Throws only when the ledger cannot go on.
    public func append(_ drafts: [EventDraft]) throws -> [Result<AppendOutcome, any Error>] {
        guard !drafts.isEmpty else { return [] }
        let (prepared, generation) = try prepare(drafts)
        return try submit(Submission(prepared, generation: generation))
    }

    /// Publishes all records in the log and returns the checkpoint.
    @discardableResult
    public func publish() throws -> SignedCheckpoint {
        monitor.lock()
        defer { monitor.unlock() }
        while isFlushing { monitor.wait() }
        try refuseIfFailed()
        return try failing { try publishLocked() }
    }

    /// Applies and publishes what is left and gives the ledger back. Further calls throw.
    public func close() throws {
        monitor.lock()
        defer { monitor.unlock() }
        while isFlushing { monitor.wait() }
        guard !isClosed else { return }
        defer {
            isClosed = true
            lock.release()
        }
        try refuseIfFailed()
        try failing { _ = try publishLocked() }
    }

    /// The address, for callers that decide on a draft by what is there: the timeline of a contact as of now.
    public func timelines(
        of addresses: [(address: ContactAddress, business: String)]
    ) throws -> [ContactTimeline?] {
        monitor.lock()
        defer { monitor.unlock() }
        while isFlushing { monitor.wait() }
        try refuseIfFailed()
        let tags = addresses.map { keys.tag(of: $0.address, business: $0.business) }
        let found = try registrations(tags)
        return try index.read { view in
            try tags.map { tag in
                guard let handle = found[tag]?.handle else { return nil }
                return ContactTimeline(
                    handle: handle, entries: try view.timeline(of: handle) + tail.timeline(of: handle))
            }
        }
    }

    /// Makes a key pair for a source and keeps its private half; returns the public one and the proof that we hold it.
    public func makeSourceKey(_ source: String) throws -> (publicKey: [UInt8], proof: [UInt8]) {
        let name = KeyFiles.sourceName(source)
        if try !files.exists(name) { try files.create(name, preparation.random.secret(32)) }
        let key = try files.signingKey(name)
        let message = PossessionProof.message(
            origin: identity.origin, ledgerID: identity.ledgerID, source: source, publicKey: key.publicKey.bytes)
        return (key.publicKey.bytes, key.signature(for: message))
    }
}

/// Preparing, in the caller's thread.
extension LedgerWriter {
    private func prepare(_ drafts: [EventDraft]) throws -> (prepared: [Prepared], generation: Int) {
        let drafts = drafts.map(completed)
        for draft in drafts { try storeObjects(draft) }
        let ids = drafts.map { draft in
            draft.outsideID.map { keys.eventID(source: draft.source, outsideID: $0) }
                ?? EventID(random: preparation.random)
        }
        let tags = drafts.map { draft in
            draft.addresses.map { keys.tag(of: $0.address, business: draft.business ?? "") }
        }
        monitor.lock()
        var known: [EventID: UInt64]
        var contacts: [ContactTag: ContactRegistration]
        let generation = self.generation
        let signers: [String: Result<any Signer, any Error>]
        do {
            defer { monitor.unlock() }
            try refuseIfFailed()
            known = try indexes(of: zip(drafts, ids).compactMap { $0.outsideID == nil ? nil : $1 })
            contacts = try registrations(tags.flatMap { $0 })
            for (draft, tags) in zip(drafts, tags) where (try? draft.checkContacts()) != nil {
                for ((_, address), tag) in zip(draft.addresses, tags) where contacts[tag] == nil {
                    contacts[tag] = reserve(address, business: draft.business ?? "", tag)
                }
            }
            var found: [String: Result<any Signer, any Error>] = [:]
            for draft in drafts where found[draft.keyName] == nil {
                found[draft.keyName] = Result { try signer(draft.keyName, source: draft.source) }
            }
            signers = found
        }
        let prepared = concurrently(drafts.count) { [preparation, known, contacts] position -> Prepared in
            let draft = drafts[position]
            try draft.checkContacts()
            if let index = known[ids[position]] { return .known(index: index) }
            return .event(
                try preparation.prepare(
                    draft, id: ids[position], contacts: tags[position].compactMap { contacts[$0] },
                    signer: signers[draft.keyName]!.get()))
        }
        let results = try zip(drafts, prepared).map { draft, result -> Prepared in
            switch result {
            case .success(.known(let index)): return try confirmDuplicate(of: draft, at: index)
            case .success(let other): return other
            case .failure(let error): return .refused(error)
            }
        }
        return (results, generation)
    }

    /// A draft with what the ledger adds: its source and, for an act whose time was not said, the time now.
    private func completed(_ draft: EventDraft) -> EventDraft {
        var draft = draft
        if draft.type.signer == .source, draft.fields[.source] == nil { draft.fields[.source] = .text("cli") }
        return draft
    }

    private func storeObjects(_ draft: EventDraft) throws {
        guard !draft.objects.isEmpty else { return }
        try location.storage.create(
            draft.objects.map { (try LedgerPaths.object(SHA256Digest(hashing: $0)), $0) })
    }

    private func reserve(_ address: ContactAddress, business: String, _ tag: ContactTag) -> ContactRegistration {
        let registration = ContactRegistration(
            of: address, business: business, keys: keys, random: preparation.random)
        reservations[tag] = registration
        return registration
    }

    private func signer(_ name: String, source: String) throws -> any Signer {
        if let signer = signers[name] { return signer }
        guard try files.exists(name) else {
            throw LedgerError(
                .badKey,
                name == KeyPurpose.admin.rawValue
                    ? "the admin key is not here (private/keys/admin.key); put it there for this change"
                    : "the ledger does not hold the key of the source “\(source)”; add one with: consent source add")
        }
        let signer = try files.signingKey(name)
        signers[name] = signer
        return signer
    }

    /// The same (source, id) again: the first record if it says the same, else an error; but an opt-out is taken anyway,
    /// under a new id and flagged.
    private func confirmDuplicate(of draft: EventDraft, at index: UInt64) throws -> Prepared {
        if try isSame(draft, asRecord: index) { return .known(index: index) }
        guard draft.type.isRestriction else {
            return .refused(
                LedgerError(
                    .conflictingDuplicate,
                    "the id “\(draft.outsideID ?? "")” was used by record \(index) for something else; "
                        + "give this event an id of its own"))
        }
        var flagged = draft
        flagged.outsideID = nil
        flagged.fields[.flags] = .list((draft.fields[.flags].flatMap(\.texts) ?? []) + ["duplicate-id"])
        flagged.privateFields.append(EventDraft.PrivateFact("duplicate-of", draft.outsideID ?? ""))
        return try prepare([flagged]).prepared[0]
    }

    private func isSame(_ draft: EventDraft, asRecord index: UInt64) throws -> Bool {
        try snapshot { snapshot in
            let record = try snapshot.record(at: index)
            let statement = try Statement(decoding: record.statement[...])
            guard case .event(let event) = try Payload(decoding: statement.payload[...]), event.type == draft.type,
                record.business == draft.business
            else { return false }
            let ignored: Set<EventField> =
                draft.isTimeAssumed ? [.commitment, .fromHandle, .occurredAt] : [.commitment, .fromHandle]
            let recorded = event.fields.filter { !ignored.contains($0.field) }
            guard recorded.count == draft.fields.keys.count(where: { !ignored.contains($0) }),
                recorded.allSatisfy({ draft.fields[$0.field] == $0.value })
            else { return false }
            let facts = Set(
                try snapshot.privateFields(of: index).map {
                    EventDraft.PrivateFact($0.field.name, bytes: $0.field.value)
                })
            let stated = draft.privateFields + draft.addresses.map { EventDraft.PrivateFact($0.name, $0.address.text) }
            return facts == Set(stated)
        }
    }

    private func snapshot<Result>(_ body: (LedgerSnapshot) throws -> Result) throws -> Result {
        monitor.lock()
        defer { monitor.unlock() }
        while isFlushing { monitor.wait() }
        // Records that are applied and not yet published are neither in the tail nor in the log.
        if publisher.publishedSize < size { try failing { _ = try publishLocked() } }
        return try index.read { view in
            try body(
                LedgerSnapshot(
                    location: location, identity: identity, keys: keys, registry: registry, view: view, tail: tail))
        }
    }

    private func registrations(_ tags: [ContactTag]) throws -> [ContactTag: ContactRegistration] {
        var found: [ContactTag: ContactRegistration] = [:]
        var missing: Set<ContactTag> = []
        for tag in tags where found[tag] == nil {
            if let registration = reservations[tag] ?? tail.registration(tag: tag) {
                found[tag] = registration
            } else {
                missing.insert(tag)
            }
        }
        for (tag, registration) in try registry.registrations(tags: missing.sorted())
        where !tail.closedHandles.contains(registration.handle) {
            found[tag] = registration
        }
        return found
    }

    private func indexes(of events: [EventID]) throws -> [EventID: UInt64] {
        var found: [EventID: UInt64] = [:]
        var missing: Set<EventID> = []
        for event in events {
            if let index = tail.index(of: event) { found[event] = index } else { missing.insert(event) }
        }
        guard !missing.isEmpty else { return found }
        return try index.read { try $0.indexes(of: missing.sorted()) }.merging(found) { $1 }
    }
}

/// Sequencing and flushing: whoever finds nobody flushing takes all that waits, and flushes for everyone.
extension LedgerWriter {
    private func submit(_ submission: Submission) throws -> [Result<AppendOutcome, any Error>] {
        monitor.lock()
        defer { monitor.unlock() }
        queue.append(submission)
        while !submission.isDone {
            if isFlushing { monitor.wait() } else { lead() }
        }
        if let failure = submission.failure { throw failure }
        return submission.outcomes
    }

    /// Sequences and flushes one group. Called with the monitor locked; unlocks it during the flush.
    private func lead() {
        isFlushing = true
        var group: [Submission] = []
        var count = 0
        while let next = queue.first, group.isEmpty || count + next.prepared.count <= Self.mostGrouped {
            group.append(queue.removeFirst())
            count += next.prepared.count
        }
        do {
            try refuseIfFailed()
            let first = size
            let entries = try sequence(group)
            if !entries.isEmpty {
                monitor.unlock()
                let flushed = Result { try journal.append(firstIndex: first, entries: entries) }
                monitor.lock()
                _ = try flushed.get()
            }
            if tail.records.count >= Self.mostApplied { try applyTail() }
        } catch {
            // What was sequenced may or may not be stored: only the next open can tell.
            hasFailed = true
            for submission in group { submission.failure = error }
        }
        for submission in group { submission.isDone = true }
        isFlushing = false
        monitor.broadcast()
    }

    /// Gives the group's events their places, and returns the journal's entries.
    private func sequence(_ group: [Submission]) throws -> [[UInt8]] {
        let recordedAt = try recordingTime()
        var entries: [[UInt8]] = []
        try index.read { view in
            for submission in group {
                let isStale = submission.generation != generation
                for prepared in submission.prepared {
                    switch prepared {
                    case .known(let index): submission.outcomes.append(.success(.alreadyRecorded(index: index)))
                    case .refused(let error): submission.outcomes.append(.failure(error))
                    case .event(let event):
                        let outcome = Result {
                            try sequence(event, at: recordedAt, view, isStale: isStale, into: &entries)
                        }
                        submission.outcomes.append(outcome)
                    }
                }
            }
        }
        return entries
    }

    private func sequence(
        _ prepared: PreparedEvent, at recordedAt: Timestamp, _ view: CurrentIndex.View, isStale: Bool,
        into entries: inout [[UInt8]]
    ) throws -> AppendOutcome {
        let event = prepared.event
        if let earlier = try tail.index(of: event.id) ?? (isStale ? view.indexes(of: [event.id])[event.id] : nil) {
            return .alreadyRecorded(index: earlier)
        }
        let business = prepared.draft.business
        let key = try catalog.signingKey(
            for: .event(event), keyIdentifier: prepared.statement.keyIdentifier, business: business, index: size)
        guard key.keyIdentifier == prepared.statement.keyIdentifier else {
            throw RulesError(.badSignature, "the statement is not signed by the key it names")
        }
        try catalog.admit(event, business: business ?? "", index: size, recordedAt: recordedAt)
        let record = try Record(
            index: size, recordedAt: recordedAt, links: links(of: prepared, view),
            statement: prepared.statement.encoded())
        guard record.isLinked(as: event.type) else {
            throw RulesError(
                .misplaced,
                "a \(event.type.name) event \(event.type.chains.business == .never ? "concerns no business" : "names its business")"
            )
        }
        // A contact is reserved until the first record that names it has registered it.
        let registrations = prepared.contacts.filter { reservations[$0.tag]?.handle == $0.handle }
        let journaled = JournalRecord(
            record, prepared.statement, .event(event), registrations: registrations, sealed: prepared.sealed)
        guard journaled.bytes.count <= Record.mostBytes else {
            throw ModelError(
                .tooLarge, "the record has \(journaled.bytes.count) bytes; at most \(Record.mostBytes) are allowed")
        }
        try catalog.apply(record, event, leafHash: journaled.leafHash)
        accept(journaled)
        entries.append(journaled.encoded())
        return .recorded(index: record.index)
    }

    /// Takes a sequenced record into what every later one is checked against.
    private func accept(_ record: JournalRecord) {
        tail.append(record)
        publisher.append(record.bytes, leafHash: record.leafHash)
        size += 1
        lastRecordedAt = record.record.recordedAt
        for registration in record.registrations { reservations[registration.tag] = nil }
    }

    private func links(of prepared: PreparedEvent, _ view: CurrentIndex.View) throws -> [ChainLink] {
        var chains: [Chain] = prepared.event.type.chains.ledger ? [.ledger] : []
        if let business = prepared.draft.business { chains.append(.business(business)) }
        chains += prepared.context.handles.map { .contact($0) }
        let reserved = Set(
            prepared.contacts.filter { reservations[$0.tag]?.handle == $0.handle }.map(\.handle))
        return try chains.map { chain in
            if case .contact(let handle) = chain, reserved.contains(handle) { return ChainLink(beginning: chain) }
            let head = try tail.head(of: chain) ?? view.head(of: chain)
            return head?.next(in: chain) ?? ChainLink(beginning: chain)
        }
    }

    /// The time to record at: the clock's, never before the last record's. A clock that jumped stops appends.
    private func recordingTime() throws -> Timestamp {
        let now = clock.now()
        let elapsed = clock.elapsedMilliseconds()
        defer {
            lastNow = now
            lastElapsed = elapsed
        }
        if !isClockConfirmed {
            let expected = lastNow.adding(milliseconds: elapsed - min(elapsed, lastElapsed))
            let isBack = now.adding(milliseconds: Self.clockSetBack) < lastRecordedAt
            guard !isBack, now <= expected.adding(milliseconds: Self.clockSetForward) else {
                throw LedgerError(
                    .clockJumped,
                    "the clock says \(now), and the last record is of \(lastRecordedAt); set it right, or confirm it with --confirm-clock"
                )
            }
        }
        return max(now, lastRecordedAt)
    }

    /// Puts the tail into sealed parts, registry and index. Called with the monitor locked and nobody flushing but us.
    private func applyTail() throws {
        let records = tail.records[...]
        guard !records.isEmpty else { return }
        let (end, locations) = try sealedStore.append(records, at: sealedEnd)
        sealedEnd = end
        try registry.apply(records, progress: Registry.Progress(size: size, sealedEnd: end))
        try index.apply(
            records, locations: locations,
            progress: CurrentIndex.Progress(
                size: size, journalEnd: journal.position, lastRecordedAt: lastRecordedAt))
        tail = RecordTail()
        generation += 1
        if size - publisher.publishedSize >= Self.mostUnpublished { _ = try publisher.publish() }
        try journal.release(below: publisher.publishedSize)
    }

    private static let mostUnpublished: UInt64 = 65_536

    private func publishLocked() throws -> SignedCheckpoint {
        try applyTail()
        let checkpoint = try publisher.publish()
        try journal.release(below: publisher.publishedSize)
        return checkpoint
    }

    private func refuseIfFailed() throws {
        guard !isClosed else { throw LedgerError(.outcomeUnknown, "the ledger was closed; open it again") }
        guard !hasFailed else {
            throw LedgerError(
                .outcomeUnknown, "an earlier write failed, and what is stored is not known; open the ledger again")
        }
    }

    /// Runs `body`; after an error the writer accepts nothing more.
    private func failing<Result>(_ body: () throws -> Result) throws -> Result {
        do { return try body() } catch {
            hasFailed = true
            throw error
        }
    }
}

extension EventDraft {
    /// The source that states it; empty for governance.
    var source: String { fields[.source].flatMap(\.text) ?? "" }

    /// The name of the key that signs it.
    var keyName: String { source.isEmpty ? KeyPurpose.admin.rawValue : KeyFiles.sourceName(source) }
}

extension FieldValue {
    var text: String? {
        guard case .text(let text) = self else { return nil }
        return text
    }

    var texts: [String]? {
        guard case .texts(let texts) = self else { return nil }
        return texts
    }
}
