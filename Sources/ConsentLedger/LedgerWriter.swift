public import ConsentModel
public import ConsentRules
internal import Foundation
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

    private let location: LedgerLocation
    private let preparation: EventPreparation
    private let keys: LedgerKeys
    private let files: KeyFiles
    private let lock: any StorageLock
    private let registry: Registry
    private let index: CurrentIndex
    private let sealedStore: SealedStore
    private let journal: JournalWriter
    private let pacing: Pacing

    // All that follows is guarded by `monitor`, whose condition says that a group was flushed.
    private let monitor = NSCondition()
    private var catalog: Catalog
    private var publisher: LogPublisher
    private var tail = RecordTail()
    private var sealedEnd: SealedStore.Position
    private var size: UInt64
    private var lastRecordedAt: Timestamp
    private var clock: ClockWatch
    private var reservations: [ContactTag: ContactRegistration] = [:]
    private var signers: [String: any Signer] = [:]
    private var queue: [Submission] = []
    private var isFlushing = false
    /// What made the writer stop.
    private var failure: (any Error)?
    private var isClosed = false
    /// Goes up whenever what was looked up before may no longer be so: the tail was applied, or reservations dropped.
    private var generation = 0

    /// How much comes together; tests make it small.
    struct Pacing: Sendable {
        /// The tail is applied when it has so many records.
        var mostInTail = 8192
        /// The most drafts that share a flush, unless one call brings more.
        var mostGrouped = 8192
        /// Contacts that were prepared for drafts then refused are forgotten when there are more.
        var mostReserved = 65_536
        /// A group of more bytes is flushed in several frames.
        var mostFrameBytes = JournalFrame.maximumBodyByteCount
        var journalSegmentCapacity = JournalWriter.usualSegmentCapacity
    }

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

    /// A draft with its id, and the tags of its contacts in the order of its addresses.
    private struct Request: Sendable {
        let draft: EventDraft
        let id: EventID
        let tags: [ContactTag]
    }

    /// A draft after preparing: a statement, one whose id was recorded before, or what is wrong with it.
    private enum Prepared: Sendable {
        case event(PreparedEvent)
        case known(Request, index: UInt64)
        case refused(any Error)
    }

    /// What sequencing looks things up in.
    private struct LookUp {
        let view: CurrentIndex.View
        let registered: Registry.View
        let published: PublishedRecords
        /// Whether index or registry may have changed since the draft was prepared.
        var isStale = false
    }

    /// What a group adds to the ledger, to be made durable.
    private struct Sequenced {
        let first: UInt64
        var entries: [[UInt8]] = []
        var objects: [[UInt8]] = []
    }

    /// Opens the ledger at `location`; throws `locked` if another program writes. Finishes what a crash left half done.
    public convenience init(
        _ location: LedgerLocation, clock: any LedgerClock = SystemClock(),
        random: any RandomSource = SystemRandomSource()
    ) throws {
        try self.init(location, identity: LedgerIdentity(of: location), clock: clock, random: random)
    }

    init(
        _ location: LedgerLocation, identity: LedgerIdentity, clock: any LedgerClock, random: any RandomSource,
        pacing: Pacing = Pacing()
    ) throws {
        self.location = location
        self.identity = identity
        self.pacing = pacing
        lock = try location.storage.lock(LedgerPaths.lock)
        files = KeyFiles(storage: location.storage)
        keys = try LedgerKeys(reading: files)
        preparation = EventPreparation(identity: identity, keys: keys, random: random)
        sealedStore = SealedStore(location.storage)
        registry = try Registry(of: location, ledgerID: identity.ledgerID)
        publisher = try LogPublisher(
            location.storage, origin: identity.origin, signer: files.signingKey(KeyPurpose.log.rawValue))
        let recovered = try LedgerRecovery(
            location: location, identity: identity, keys: keys, registry: registry, sealedStore: sealedStore,
            journalSegmentCapacity: pacing.journalSegmentCapacity
        ).recover(into: &publisher)
        index = recovered.index
        journal = recovered.journal
        size = recovered.size
        sealedEnd = recovered.sealedEnd
        lastRecordedAt = recovered.lastRecordedAt
        self.clock = ClockWatch(clock)
        catalog = try index.read { try LedgerSnapshot.catalog(identity, $0, RecordTail()) }
        // Recovery has emptied the journal's tail, so that the registry has every contact.
        try registry.refreshTags(keys, random: random)
    }

    /// Accepts the clock as it is now, after a jump stopped appends.
    public func confirmClock() {
        monitor.lock()
        defer { monitor.unlock() }
        clock.confirm()
    }

    /// The governance as of the last sequenced record.
    public func currentCatalog() -> Catalog {
        monitor.lock()
        defer { monitor.unlock() }
        return catalog
    }

    /// The time now, as records have it: the clock's, never before the last record's. For an act that happens as it is
    /// recorded: a stop dated by a clock that was set back could come before what it stops.
    public func currentTime() -> Timestamp {
        monitor.lock()
        defer { monitor.unlock() }
        return clock.time(after: lastRecordedAt)
    }

    /// Records one draft; throws what is wrong with it.
    @discardableResult
    public func append(_ draft: EventDraft) throws -> AppendOutcome { try append([draft])[0].get() }

    /// Records drafts, each for itself, in this order: one that is refused does not stop the others. Durable at return.
    /// Throws only when the ledger cannot go on.
    public func append(_ drafts: [EventDraft]) throws -> [Result<AppendOutcome, any Error>] {
        var outcomes: [Result<AppendOutcome, any Error>] = []
        for start in stride(from: 0, to: drafts.count, by: pacing.mostGrouped) {
            let (prepared, generation) = try prepare(drafts[start..<min(drafts.count, start + pacing.mostGrouped)])
            outcomes += try submit(Submission(prepared, generation: generation))
        }
        return outcomes
    }

    /// Publishes all records in the log and returns the checkpoint.
    @discardableResult
    public func publish() throws -> SignedCheckpoint {
        monitor.lock()
        defer { monitor.unlock() }
        while isFlushing { monitor.wait() }
        try refuseIfStopped()
        return try settle()
    }

    /// Attaches a witness's line to the checkpoint that it cosigns: the published one, or one of those kept, the newest
    /// first; with `size`, that one alone. Durable at return. Returns that checkpoint, and whether the line was added: a
    /// witness's first line on a checkpoint stays. Throws `badSignature` if it is the line of no such checkpoint under
    /// `key`, and as `SignedCheckpoint.attach` does.
    public func attach(
        _ line: NoteSignature, by key: VerifierKey, size: UInt64? = nil
    ) throws -> (checkpoint: SignedCheckpoint, isNew: Bool) {
        monitor.lock()
        defer { monitor.unlock() }
        while isFlushing { monitor.wait() }
        try refuseIfStopped()
        try settle()
        return try publisher.attach(line, by: key, size: size)
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
        try refuseIfStopped()
        try settle()
    }

    /// The timelines of contacts as of now, for callers that decide on a draft by what is there; `nil` for a contact of
    /// whom the business has no record.
    public func timelines(
        of addresses: [(address: ContactAddress, business: String)]
    ) throws -> [ContactTimeline?] {
        monitor.lock()
        defer { monitor.unlock() }
        while isFlushing { monitor.wait() }
        try refuseIfStopped()
        let tags = addresses.map { keys.tag(of: $0.address, business: $0.business) }
        let found = try registry.read { try registrations(tags, $0) }
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
        guard FieldKind.isIdentifier(source) else {
            throw LedgerError(.badEvent, "a source's id is 1 to 64 of a–z, 0–9 and “-”, not “\(source.prefix(80))”")
        }
        let name = KeyFiles.sourceName(source)
        if try !files.exists(name) { try files.create(name, preparation.random.secret(32)) }
        let key = try files.signingKey(name)
        let message = PossessionProof.message(
            origin: identity.origin, ledgerID: identity.ledgerID, source: source, publicKey: key.publicKey.bytes)
        return (key.publicKey.bytes, key.signature(for: message))
    }

    private func refuseIfStopped() throws {
        guard !isClosed else { throw LedgerError(.outcomeUnknown, "the ledger was closed; open it again") }
        if let failure {
            throw LedgerError(
                .outcomeUnknown,
                "writing failed, and what is stored is not known; open the ledger again. It was: \(failure)")
        }
    }
}

/// Preparing, in the caller's thread.
extension LedgerWriter {
    private func prepare(_ drafts: ArraySlice<EventDraft>) throws -> (prepared: [Prepared], generation: Int) {
        let requests = drafts.map { draft in Result { try request(draft) } }
        let asked = requests.compactMap { try? $0.get() }
        monitor.lock()
        let known: [EventID: UInt64]
        var contacts: [ContactTag: ContactRegistration]
        var signers: [String: Result<any Signer, any Error>] = [:]
        let generation: Int
        do {
            defer { monitor.unlock() }
            try refuseIfStopped()
            known = try indexes(of: asked.compactMap { $0.draft.outsideID == nil ? nil : $0.id })
            dropReservationsIfTooMany()
            contacts = try registry.read { try registrations(asked.flatMap(\.tags), $0) }
            for request in asked {
                for (contact, tag) in zip(request.draft.addresses, request.tags) where contacts[tag] == nil {
                    contacts[tag] = reserve(contact.address, business: request.draft.business ?? "", tag)
                }
                let name = request.draft.keyName
                if signers[name] == nil { signers[name] = Result { try signer(of: request.draft) } }
            }
            generation = self.generation
        }
        let prepared = concurrently(requests.count) { [preparation, contacts, signers] position -> Prepared in
            let request = try requests[position].get()
            if let index = known[request.id] { return .known(request, index: index) }
            return .event(
                try preparation.prepare(
                    request.draft, id: request.id, contacts: request.tags.map { contacts[$0]! },
                    signer: signers[request.draft.keyName]!.get()))
        }
        return (
            prepared.map { result in
                do { return try result.get() } catch { return .refused(error) }
            }, generation
        )
    }

    /// The draft as it is to be signed; throws `badEvent` for what no event can be.
    private func request(_ draft: EventDraft) throws -> Request {
        var draft = draft
        if draft.type.signer == .source, draft.fields[.source] == nil { draft.fields[.source] = .text("cli") }
        try draft.check()
        try checkObjects(of: draft)
        return Request(
            draft: draft,
            id: draft.outsideID.map { keys.eventID(source: draft.source, outsideID: $0) }
                ?? EventID(random: preparation.random),
            tags: tags(of: draft))
    }

    private func tags(of draft: EventDraft) -> [ContactTag] {
        draft.addresses.map { keys.tag(of: $0.address, business: draft.business ?? "") }
    }

    /// Whoever verifies the log needs every text that a record names, so that none is recorded without it.
    private func checkObjects(of draft: EventDraft) throws {
        for object in draft.objects {
            guard draft.fields.values.contains(.bytes(SHA256Digest(hashing: object).bytes)) else {
                throw LedgerError(
                    .badEvent, "an object is given that the \(draft.type.name) event does not name by hash")
            }
        }
        guard let named = draft.namedObject else { return }
        if let text = draft.objects.first(where: { SHA256Digest(hashing: $0) == named }) {
            guard draft.type == .rulepackAdopted || String(validating: text, as: UTF8.self) != nil else {
                throw LedgerError(.badEvent, "the notice's text is not UTF-8; convert it first")
            }
        } else if try location.storage.size(of: LedgerPaths.object(named)) == nil {
            throw LedgerError(.badEvent, "the text that the \(draft.type.name) event names by hash is not given")
        }
    }

    private func reserve(_ address: ContactAddress, business: String, _ tag: ContactTag) -> ContactRegistration {
        let registration = ContactRegistration(
            of: address, business: business, keys: keys, random: preparation.random)
        reservations[tag] = registration
        return registration
    }

    /// Reservations stay where their drafts are refused. Whoever holds one that is dropped is given another when sequenced.
    private func dropReservationsIfTooMany() {
        guard reservations.count > pacing.mostReserved else { return }
        reservations = [:]
        generation += 1
    }

    private func signer(of draft: EventDraft) throws -> any Signer {
        let name = draft.keyName
        if let signer = signers[name] { return signer }
        guard try files.exists(name) else {
            throw LedgerError(
                .badKey,
                name == KeyPurpose.admin.rawValue
                    ? "the admin key is not here (private/keys/admin.key); put it there for this change"
                    : "the ledger does not hold the key of the source “\(draft.source)”; "
                        + "add one with: consent source add")
        }
        let signer = try files.signingKey(name)
        signers[name] = signer
        return signer
    }

    private func registrations(
        _ tags: [ContactTag], _ registered: Registry.View
    ) throws -> [ContactTag: ContactRegistration] {
        var found: [ContactTag: ContactRegistration] = [:]
        var missing: Set<ContactTag> = []
        for tag in tags where found[tag] == nil {
            if let registration = reservations[tag] ?? tail.registration(tag: tag) {
                found[tag] = registration
            } else {
                missing.insert(tag)
            }
        }
        for (tag, registrations) in try registered.registrations(tags: missing.sorted()) {
            found[tag] = tail.live(tag, registrations).first
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
        let group = takeGroup()
        do {
            try refuseIfStopped()
            let sequenced = try sequence(group)
            if !sequenced.entries.isEmpty {
                monitor.unlock()
                let flushed = Result { try flush(sequenced) }
                monitor.lock()
                if case .failure(let error) = flushed {
                    failure = error
                    try refuseIfStopped()
                }
            }
            // The group is durable whatever becomes of this; who comes next is told.
            if tail.records.count >= pacing.mostInTail { _ = try? settle() }
        } catch {
            for submission in group { submission.failure = error }
        }
        for submission in group { submission.isDone = true }
        isFlushing = false
        monitor.broadcast()
    }

    private func takeGroup() -> [Submission] {
        var group: [Submission] = []
        var count = 0
        while let next = queue.first, group.isEmpty || count + next.prepared.count <= pacing.mostGrouped {
            group.append(queue.removeFirst())
            count += next.prepared.count
        }
        return group
    }

    /// Makes the group durable: what its records name before them. Runs without the monitor.
    private func flush(_ sequenced: Sequenced) throws {
        let objects = try sequenced.objects.map { (try LedgerPaths.object(SHA256Digest(hashing: $0)), $0) }
        if !objects.isEmpty { try location.storage.create(objects) }
        var rest = sequenced.entries[...]
        while !rest.isEmpty {
            var byteCount = 0
            let fitting = rest.prefix { entry in
                byteCount += entry.count + 4
                return byteCount <= pacing.mostFrameBytes
            }
            let run = rest.prefix(max(1, fitting.count))
            try journal.append(firstIndex: sequenced.first + UInt64(rest.startIndex), entries: Array(run))
            rest = rest.dropFirst(run.count)
        }
    }

    /// Gives the group's events their places. Throws only where nothing was sequenced, or stops the writer.
    private func sequence(_ group: [Submission]) throws -> Sequenced {
        let recordedAt = try clock.recordingTime(after: lastRecordedAt)
        var sequenced = Sequenced(first: size)
        do {
            try index.read { view in
                try registry.read { registered in
                    var lookUp = LookUp(
                        view: view, registered: registered, published: PublishedRecords(location.storage))
                    for submission in group {
                        lookUp.isStale = submission.generation != generation
                        submission.outcomes = submission.prepared.map { prepared in
                            Result { try sequence(prepared, at: recordedAt, lookUp, into: &sequenced) }
                        }
                    }
                }
            }
        } catch {
            if size > sequenced.first { failure = error }
            throw error
        }
        return sequenced
    }

    private func sequence(
        _ prepared: Prepared, at recordedAt: Timestamp, _ lookUp: LookUp, into sequenced: inout Sequenced
    ) throws -> AppendOutcome {
        switch prepared {
        case .refused(let error): throw error
        case .known(let request, let index):
            return try repeated(request.draft, of: index, at: recordedAt, lookUp, into: &sequenced)
        case .event(let event):
            let id = event.event.id
            if let index = try tail.index(of: id) ?? (lookUp.isStale ? lookUp.view.indexes(of: [id])[id] : nil) {
                return try repeated(event.draft, of: index, at: recordedAt, lookUp, into: &sequenced)
            }
            let isCurrent = try event.contacts.allSatisfy { try self.isCurrent($0, lookUp) }
            return try record(
                isCurrent ? event : prepareAgain(event.draft, id: id, lookUp), at: recordedAt, lookUp,
                into: &sequenced)
        }
    }

    /// The same (source, id) again: the first record if it says the same, else an error; but an opt-out is taken anyway,
    /// flagged, under an id that what it says determines, so that repeating it too gives the first record.
    private func repeated(
        _ draft: EventDraft, of index: UInt64, at recordedAt: Timestamp, _ lookUp: LookUp,
        into sequenced: inout Sequenced
    ) throws -> AppendOutcome {
        if try isSame(draft, asRecord: index, lookUp) { return .alreadyRecorded(index: index) }
        guard draft.type.isRestriction, let outsideID = draft.outsideID else {
            throw LedgerError(
                .conflictingDuplicate,
                "the id “\(draft.outsideID ?? "")” was used by record \(index) for something else; "
                    + "give this event an id of its own")
        }
        let id = try keys.eventID(source: draft.source, outsideID: outsideID, restating: draft.contentDigest())
        if let index = try tail.index(of: id) ?? lookUp.view.indexes(of: [id])[id] {
            return .alreadyRecorded(index: index)
        }
        let flagged = draft.flagged(asDuplicateOf: outsideID)
        return try record(prepareAgain(flagged, id: id, lookUp), at: recordedAt, lookUp, into: &sequenced)
    }

    private func isSame(_ draft: EventDraft, asRecord index: UInt64, _ lookUp: LookUp) throws -> Bool {
        let snapshot = LedgerSnapshot(
            catalog: catalog, size: size, lastRecordedAt: lastRecordedAt, location: location, keys: keys,
            view: lookUp.view, registry: lookUp.registered, tail: tail, published: lookUp.published)
        let record = try snapshot.record(at: index)
        let statement = try Statement(decoding: record.statement[...])
        guard case .event(let event) = try Payload(decoding: statement.payload[...]), event.type == draft.type,
            record.business == draft.business
        else { return false }
        // Flags say what the recorder assumed, which changes with the ledger; the act is the same.
        var ignored: Set<EventField> = [.commitment, .fromHandle, .flags]
        if draft.isTimeAssumed { ignored.insert(.occurredAt) }
        let recorded = event.fields.filter { !ignored.contains($0.field) }
        guard recorded.count == draft.fields.keys.count(where: { !ignored.contains($0) }),
            recorded.allSatisfy({ draft.fields[$0.field] == $0.value })
        else { return false }
        guard !draft.type.isGovernance else {
            return Set(record.handles)
                == Set(try registrations(tags(of: draft), lookUp.registered).values.map(\.handle))
        }
        let facts = try snapshot.privateFields(of: index).map {
            EventDraft.PrivateFact($0.field.name, bytes: $0.field.value)
        }
        return Set(facts)
            == Set(draft.privateFields + draft.addresses.map { EventDraft.PrivateFact($0.name, $0.address.text) })
    }

    /// Whether the contact is still the one of its address: it may have been closed since the statement was prepared.
    private func isCurrent(_ contact: ContactRegistration, _ lookUp: LookUp) throws -> Bool {
        if let live = reservations[contact.tag] ?? tail.registration(tag: contact.tag) {
            return live.handle == contact.handle
        }
        if tail.closedHandles.contains(contact.handle) { return false }
        guard lookUp.isStale else { return true }
        return try registrations([contact.tag], lookUp.registered)[contact.tag]?.handle == contact.handle
    }

    /// Prepares a draft in its turn, where preparing before cannot know what it is about.
    private func prepareAgain(_ draft: EventDraft, id: EventID, _ lookUp: LookUp) throws -> PreparedEvent {
        let tags = tags(of: draft)
        let found = try registrations(tags, lookUp.registered)
        let contacts = zip(draft.addresses, tags).map { contact, tag in
            found[tag] ?? reserve(contact.address, business: draft.business ?? "", tag)
        }
        return try preparation.prepare(draft, id: id, contacts: contacts, signer: signer(of: draft))
    }

    private func record(
        _ prepared: PreparedEvent, at recordedAt: Timestamp, _ lookUp: LookUp, into sequenced: inout Sequenced
    ) throws -> AppendOutcome {
        let event = prepared.event
        let business = prepared.draft.business
        let key = try catalog.signingKey(
            for: .event(event), keyIdentifier: prepared.statement.keyIdentifier, business: business, index: size)
        guard key.keyIdentifier == prepared.statement.keyIdentifier else {
            throw RulesError(.badSignature, "the statement is not signed by the key it names")
        }
        try catalog.admit(event, business: business ?? "", index: size, recordedAt: recordedAt)
        let record = try Record(
            index: size, recordedAt: recordedAt, links: links(of: prepared, lookUp.view),
            statement: prepared.statement.encoded())
        guard record.isLinked(as: event.type) else {
            let due = event.type.chains.business == .never ? "concerns no business" : "names its business"
            throw RulesError(.misplaced, "a \(event.type.name) event \(due)")
        }
        // A contact is reserved until the first record that names it has registered it.
        let registrations = prepared.contacts.filter { reservations[$0.tag]?.handle == $0.handle }
        let journaled = JournalRecord(
            record, prepared.statement, .event(event), registrations: registrations, sealed: prepared.sealed)
        guard journaled.bytes.count <= Record.mostBytes else {
            throw ModelError(
                .tooLarge, "the record has \(journaled.bytes.count) bytes; at most \(Record.mostBytes) are allowed")
        }
        // Nothing after this throws, so that a draft is taken wholly or not at all.
        try catalog.apply(record, event, leafHash: journaled.leafHash)
        accept(journaled)
        sequenced.entries.append(journaled.encoded())
        sequenced.objects += prepared.draft.objects
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
}

/// Settling: out of the journal, into where records stay.
extension LedgerWriter {
    /// Puts the tail into sealed parts, registry, log and index, in this order (see `LedgerRecovery`), and lets go of what
    /// the journal no longer needs. Called with the monitor locked and nobody flushing but us; a failure stops the writer.
    @discardableResult
    private func settle() throws -> SignedCheckpoint {
        try stoppingOnFailure {
            let records = tail.records[...]
            guard !records.isEmpty else { return try publisher.publish() }
            let (end, locations) = try sealedStore.append(records, at: sealedEnd)
            try registry.apply(records, progress: Registry.Progress(size: size, sealedEnd: end))
            let checkpoint = try publisher.publish()
            try index.apply(
                records, locations: locations,
                progress: CurrentIndex.Progress(
                    size: size, journalEnd: journal.position, sealedEnd: end, lastRecordedAt: lastRecordedAt))
            sealedEnd = end
            tail = RecordTail()
            generation += 1
            try journal.release(below: publisher.sizeInFullBundles)
            return checkpoint
        }
    }

    private func stoppingOnFailure<Result>(_ body: () throws -> Result) throws -> Result {
        do { return try body() } catch {
            failure = error
            throw error
        }
    }
}
