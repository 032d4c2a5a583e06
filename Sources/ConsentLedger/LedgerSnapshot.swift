public import ConsentModel
public import ConsentRules
public import LedgerCrypto
internal import LedgerStorage
internal import TransparencyLog

/// A ledger as it is at one moment, the journal's tail included: every answer of one snapshot rests on the same records.
/// Valid only while the `Ledger.read` that made it runs.
public struct LedgerSnapshot {
    /// The governance.
    public let catalog: Catalog
    /// How many records there are.
    public let size: UInt64
    /// When the last record was recorded.
    public let lastRecordedAt: Timestamp

    let keys: LedgerKeys
    let registry: Registry.View
    let tail: RecordTail
    /// What is known of how many uses there are; `nil` where there never was one.
    private(set) var useCount: UseCount?
    /// Whether messages are being reserved: then every use counts, whatever its time.
    private(set) var isReserving = false
    private let location: LedgerLocation
    private let view: CurrentIndex.View
    private let published: PublishedRecords
    private let packObjects = PackObjects()
    private let decided = DecidingRules()
    /// Who had an address before others.
    let closedHandles = ClosedContacts()
    /// What the threads of one run look contacts up in, once there is one.
    private var table: SharedContactTable?

    init(
        catalog: Catalog, size: UInt64, lastRecordedAt: Timestamp, location: LedgerLocation, keys: LedgerKeys,
        view: CurrentIndex.View, registry: Registry.View, tail: RecordTail, useCount: UseCount?,
        published: PublishedRecords, table: SharedContactTable? = nil
    ) {
        self.catalog = catalog
        self.size = size
        self.lastRecordedAt = lastRecordedAt
        self.location = location
        self.keys = keys
        self.view = view
        self.registry = registry
        self.tail = tail
        self.useCount = useCount
        self.published = published
        self.table = table
    }

    /// Joins what the index has with the records after it; `nil` where the registry is not of a moment in between.
    init?(
        location: LedgerLocation, identity: LedgerIdentity, keys: LedgerKeys, view: CurrentIndex.View,
        registry: Registry.View, tail: RecordTail, usesOutside: UseCountFile, catalog: Catalog
    ) throws {
        let progress = try view.progress()
        let size = progress.size + UInt64(tail.count)
        guard try progress.size...size ~= registry.progress().size else { return nil }
        self.init(
            catalog: catalog, size: size,
            lastRecordedAt: tail.records.last?.record.recordedAt ?? progress.lastRecordedAt, location: location,
            keys: keys, view: view, registry: registry, tail: tail,
            useCount: UseCount.joining(registry: try registry.uses.checkedCount(), file: usesOutside),
            published: PublishedRecords(location.storage))
    }

    /// The governance that the index has.
    static func catalog(_ identity: LedgerIdentity, _ view: CurrentIndex.View) throws -> Catalog {
        var catalog = Catalog(origin: identity.origin)
        for bytes in try view.governance() { try catalog.replay(JournalRecord(record: bytes[...])) }
        return catalog
    }

    /// Throws `foreign` unless the governance is that of this ledger.
    static func confirm(_ catalog: Catalog, _ identity: LedgerIdentity) throws {
        guard catalog.ledgerID == identity.ledgerDigest else {
            throw LedgerError(.foreign, "private/index.sqlite is of another ledger; delete it, and it is rebuilt")
        }
    }

    /// The contact of an address at a business; `nil` if the business has no record of it.
    public func handle(of address: ContactAddress, business: String) throws -> ContactHandle? {
        try handles(of: address, business: business).first
    }

    /// The contacts of an address: one, or those that a change of the spelling rules has made one.
    public func handles(of address: ContactAddress, business: String) throws -> [ContactHandle] {
        let tag = try keys.tag(of: address, business: business)
        return try tail.live(tag, registry.registrations(tags: [tag])[tag] ?? []).map(\.handle)
    }

    /// The other contacts of an address at a business: those that it was before it changed hands or they moved on, and those of
    /// its other spellings; the oldest first, without those erased.
    public func otherHandles(of address: ContactAddress, business: String) throws -> [ContactHandle] {
        let own = try handles(of: address, business: business)
        return try everyContact(of: address, business: business).map(\.registration.handle).filter { !own.contains($0) }
    }

    /// Everything recorded about a contact.
    public func timeline(of handle: ContactHandle) throws -> ContactTimeline {
        ContactTimeline(handle: handle, entries: try view.timeline(of: handle) + tail.timeline(of: handle))
    }

    /// The address that a handle stands for; `nil` if it was erased.
    public func address(of handle: ContactHandle) throws -> ContactAddress? {
        try registration(of: handle)?.address(keys)
    }

    /// The business of a contact; `nil` if it was erased.
    public func business(of handle: ContactHandle) throws -> String? { try registration(of: handle)?.business }

    /// The answer to `question` about the person at `address`, with what it rests on. What is known of where the person is
    /// and of what was sent before is looked up and put into the answer's question.
    public func decide(_ question: Question, contact address: ContactAddress) throws -> Answer {
        try decide(question, contact: address, by: rules(for: question.business))
    }

    /// The answer about the person at `address`, whose contacts and the first one's timeline were looked up. `unknown` is the
    /// last answer about somebody of whom nothing is recorded: the same question has the same answer.
    func answer(
        _ inquiry: Inquiry, others: ArraySlice<ContactHandle>,
        timeline: ContactTimeline?, by rules: DecisionRules, unknown: inout Answer?
    ) throws -> Answer {
        let linked = try linked(to: inquiry.contact, timeline, others: others, inquiry.question)
        let question = try stated(inquiry, linked: linked)
        let isUnknown = timeline == nil && linked.isEmpty
        if isUnknown, let unknown, unknown.question == question { return unknown }
        let decision = try rules.decide(question, timeline: timeline, linked: linked)
        let answer = Answer(question: question, decision: decision, size: size, lastRecordedAt: lastRecordedAt)
        if isUnknown { unknown = answer }
        return answer
    }

    /// The answer as `decide` gives it, and why each record and rule did or did not count.
    public func explain(_ question: Question, contact address: ContactAddress) throws -> Explanation {
        let handles = try handles(of: address, answering: question)
        let timeline = try handles.first.map { try self.timeline(of: $0) }
        let linked = try linked(to: address, timeline, others: handles.dropFirst(), question)
        return try rules(for: question.business).explain(
            stated(Inquiry(question, contact: address), linked: linked), timeline: timeline, linked: linked)
    }

    /// The same snapshot while messages are reserved: there are uses to look for, the first of a ledger too.
    func counting(_ count: UseCount) -> LedgerSnapshot {
        var snapshot = self
        snapshot.isReserving = true
        snapshot.useCount = useCount ?? count
        return snapshot
    }

    /// The question with what is not in the log and looked up here: where the person is, and what was sent before. Where
    /// the person is bears on rules alone, and is not looked up without any, nor where the question says it.
    func stated(_ inquiry: Inquiry, linked: [LinkedContact]) throws -> Question {
        var question = inquiry.question
        let address = inquiry.contact
        if !catalog.adoptions.isEmpty, question.recipient == Recipient() {
            question.recipient = Recipient(of: address, at: question.at)
        }
        // Of who asked to be forgotten only a record shows a basis; what the law obliges to and codes they ask for go on.
        let category = catalog.businesses[question.business]?.categories[question.category]
        if let basis = question.assertedBasis, basis != "legal-obligation",
            category?.categoryClass != "authentication" || !question.alsoAbout.isEmpty,
            try isForgotten(address, business: question.business)
        {
            question.assertedBasis = nil
        }
        question.uses = counted(try uses(of: address, answering: question, linked: linked), for: inquiry)
        question.usesSince = useCount.map(\.completeSince) ?? .epoch
        return question
    }

    /// Throws what is wrong with the question itself, whoever it is about.
    public func check(_ question: Question) throws {
        _ = try rules(for: question.business).decide(question, timeline: nil)
    }

    /// What decides about a business: the catalog, its packs and its notices' words. Made once. Throws `pack-unreadable`.
    public func rules(for business: String) throws -> DecisionRules {
        try decided.rules(for: business) { rules(with: try packs(business: business)) }
    }

    /// What would decide if these packs were adopted, and no others.
    public func rules(with packs: [AdoptedPack]) -> DecisionRules {
        let storage = location.storage
        let notices = NoticeTexts { digest throws(RulesError) in
            guard let digest = SHA256Digest(digest) else { return nil }
            do {
                // Words that were changed are not those that were shown.
                return try storage.read(LedgerPaths.object(digest)).flatMap { bytes in
                    SHA256Digest(hashing: bytes) == digest ? bytes : nil
                }
            } catch { throw RulesError(.missingText, "the text of a notice cannot be read: \(error)") }
        }
        return DecisionRules(catalog: catalog, packs: packs, notices: notices)
    }

    /// The answer by other rules than those in force.
    public func decide(
        _ question: Question, contact address: ContactAddress, by rules: DecisionRules
    ) throws -> Answer {
        let handles = try handles(of: address, answering: question)
        let timeline = try handles.first.map { try self.timeline(of: $0) }
        var unknown: Answer?
        return try answer(
            Inquiry(question, contact: address), others: handles.dropFirst(), timeline: timeline, by: rules,
            unknown: &unknown)
    }

    /// The contacts of the address of each inquiry, as `handles(of:answering:)` gives them; one pass over the registry.
    private func contacts(of inquiries: [Inquiry], _ table: ContactTable?) throws -> [AddressContacts] {
        let tags = try inquiries.map { try keys.tag(of: $0.contact, business: $0.question.business) }
        let order = tags.indices.sorted { tags[$0].storedBefore(tags[$1]) }
        var found = [AddressContacts](repeating: AddressContacts(), count: tags.count)
        if let table {
            try table.forEachHandle(of: tags, in: order) { found[$0].append($1) }
        } else {
            try registry.forEachHandle(of: tags, in: order) { found[$0].append($1) }
        }
        for position in tail.isEmpty ? 0..<0 : tags.indices {
            if let registration = tail.registration(tag: tags[position]) {
                found[position] = AddressContacts(first: registration.handle)
            } else if found[position].contains(where: { tail.isClosed($0) }) {
                found[position] = AddressContacts()
            }
        }
        for (position, inquiry) in inquiries.enumerated() {
            let closed = try closed(tags[position], before: inquiry.question)
            guard !closed.isEmpty else { continue }
            found[position] = AddressContacts(
                try answering(inquiry.question, closed: closed, live: found[position].all))
        }
        return found
    }

    /// Calls `body` with the place of each inquiry, the contacts of its address, and what is recorded of the first one; those
    /// of whom something is stored come in the order in which it is. One pass over registry and index.
    func forEachTimeline(
        of inquiries: [Inquiry], do body: (Int, AddressContacts, ContactTimeline?) throws -> Void
    ) throws {
        let table = try table?.table(for: inquiries.count, of: registry, view)
        let found = try contacts(of: inquiries, table)
        var handles: [ContactHandle] = []
        var places: [Int] = []
        for (place, contacts) in found.enumerated() {
            if let handle = contacts.first {
                handles.append(handle)
                places.append(place)
            } else {
                try body(place, contacts, nil)
            }
        }
        let order = handles.indices.sorted { handles[$0].storedBefore(handles[$1]) }
        var isStored = [Bool](repeating: false, count: handles.count)
        func give(_ position: Int, _ stored: [ContactTimeline.Entry]) throws {
            let entries = tail.isEmpty ? stored : stored + tail.timeline(of: handles[position])
            try body(
                places[position], found[places[position]],
                ContactTimeline(handle: handles[position], entries: entries))
        }
        func giveStored(_ position: Int, _ stored: [ContactTimeline.Entry]) throws {
            isStored[position] = true
            try give(position, stored)
        }
        if let table {
            try table.forEachTimeline(of: handles, in: order, do: giveStored)
        } else {
            try view.forEachTimeline(of: handles, in: order, do: giveStored)
        }
        // Contacts that the journal's tail registers are in no table yet.
        for position in order where !isStored[position] { try give(position, []) }
    }

    /// The contacts whose stops bind this one too: others of the same address, other spellings of the same line, and
    /// contacts linked by a record. Throws `notCovered` where they are too many to look at: a stop is never left out.
    func linked(
        to address: ContactAddress, _ timeline: ContactTimeline?, others: ArraySlice<ContactHandle>,
        _ question: Question
    ) throws -> [LinkedContact] {
        // Most contacts have one address and no link.
        let otherSpellings = address.otherSpellings
        guard !others.isEmpty || !otherSpellings.isEmpty || timeline?.hasLinks ?? false else { return [] }
        let spellings = try otherSpellings.flatMap { try handles(of: $0, answering: question) }
        return try LinkRules(catalog: catalog, knownAt: question.knownAt).linked(
            to: timeline, others: others + spellings, timelines: { try self.timeline(of: $0) },
            other: { index, handle in try record(at: index).handles.first { $0 != handle } })
    }

    /// Calls `body` with every contact that has an address, and its timeline.
    public func forEachContact(_ body: (ContactAddress, String, ContactTimeline) throws -> Void) throws {
        let closed = try tagsClosedInTail()
        try registry.forEachRegistration { registration in
            guard keepsAddress(registration, closed) else { return }
            try body(registration.address(keys), registration.business, timeline(of: registration.handle))
        }
        for registration in tail.registrations where !tail.isClosed(registration.handle) {
            // What the registry has already was given above.
            guard try registry.registration(of: registration.handle) == nil else { continue }
            try body(registration.address(keys), registration.business, timeline(of: registration.handle))
        }
    }

    /// Calls `body` with every contact that was not erased, and whether it still has its address: first those that have it,
    /// in the order of their registration.
    func forEveryContact(_ body: (ContactRegistration, Bool) throws -> Void) throws {
        let closed = try tagsClosedInTail()
        try registry.forEachRegistration { registration in
            guard !tail.isErased(registration.handle) else { return }
            try body(registration, keepsAddress(registration, closed))
        }
        try registry.forEveryRegistration { registration, hasAddress in
            guard !hasAddress, !tail.isErased(registration.handle) else { return }
            try body(registration, false)
        }
        for registration in tail.registrations where !tail.isErased(registration.handle) {
            guard try registry.registration(of: registration.handle) == nil else { continue }
            try body(registration, !tail.isClosed(registration.handle))
        }
    }

    /// The contacts that an address ever was at a business, under whatever spelling, without those erased; and whether each
    /// still has it.
    func everyContact(
        of address: ContactAddress, business: String
    ) throws -> [(registration: ContactRegistration, keepsAddress: Bool)] {
        let spellings = address.everySpelling
        let live = Set(try spellings.flatMap { try handles(of: $0, business: business) })
        var found = try registry.everyRegistration(of: address, business: business, keys: keys)
        let registered = Set(found.map(\.handle))
        for registration in tail.registrations
        where registration.business == business && !registered.contains(registration.handle) {
            if try spellings.contains(registration.address(keys)) { found.append(registration) }
        }
        return found.filter { !tail.isErased($0.handle) }.map { ($0, live.contains($0.handle)) }
    }

    /// The tags from which records of the journal's tail take their contacts.
    private func tagsClosedInTail() throws -> Set<ContactTag> {
        Set(try tail.closedHandles.compactMap { try registrationBeforeTail(of: $0)?.tag })
    }

    /// Whether a contact that the registry has under its tag keeps its address through the journal's tail.
    private func keepsAddress(_ registration: ContactRegistration, _ closed: Set<ContactTag>) -> Bool {
        (tail.registration(of: registration.handle) != nil || !closed.contains(registration.tag))
            && !tail.isClosed(registration.handle)
    }

    /// The open reviews: the record that opened each, the id of its event, and the contact.
    public func openReviews() throws -> [(record: UInt64, event: EventID, handle: ContactHandle)] {
        var reviews = try view.reviews()
        for record in tail.records {
            guard let event = record.event else { continue }
            if event.type == .reviewOpened, let handle = record.record.handles.first {
                reviews.append((record.record.index, event.id, handle))
            } else if event.type == .reviewDecided || event.type == .eventVoided {
                reviews.removeAll { $0.event.bytes == event.bytes(.concerns) }
            }
        }
        return reviews
    }

    /// The ends of all contacts' chains, in ascending order of the handles: what `heads-sealed` commits to.
    public func contactHeads() throws -> [SealedHead] {
        try view.contactHeads().merging(tail.contactHeads) { $1 }
            .map { handle, head in
                SealedHead(handle: handle, sequence: head.sequence, index: head.index, leafHash: head.leafHash)
            }
            .sorted { $0.handle < $1.handle }
    }

    /// The record at `index`; throws `badInput` if there is none.
    public func record(at index: UInt64) throws -> Record {
        guard index < size else {
            throw LedgerError(.badInput, "there is no record \(index); the ledger has \(size)")
        }
        if let record = tail.record(at: index) { return record.record }
        guard let record = try published.record(at: index) else {
            throw LedgerError(.damaged, "record \(index) is neither in the log nor in the journal; run consent verify")
        }
        return record
    }

    /// The private facts of a record, opened; none where the event has none, or where they were erased.
    public func privateFields(of index: UInt64) throws -> [(handle: ContactHandle, field: PrivateField)] {
        let bytes = try sealedPart(of: index)
        guard !bytes.isEmpty else { return [] }
        let part = try SealedPart(decoding: bytes)
        return try part.fields.compactMap { field in
            guard let registration = try registration(of: field.handle) else { return nil }
            let opened = try part.open(
                field, ledgerID: catalog.ledgerID?.bytes ?? [], key: registration.dataKey(keys))
            return (field.handle, opened)
        }
    }

    /// Where the index has the sealed part of a record; `nil` where it has none.
    func sealedLocation(of index: UInt64) throws -> SealedStore.Location? { try view.sealedLocation(of: index) }

    /// Calls `body` with the record and the place of every sealed part that has left the journal.
    /// Returns what is wrong with segments; those after them are gone through all the same.
    func forEachSealedPart(_ body: (UInt64, SealedStore.Location) throws -> Void) throws -> [LedgerError] {
        var damage: [LedgerError] = []
        try registry.sealedStore(location.storage).forEachLocation(
            from: SealedStore.Position(), upTo: view.progress().sealedEnd, atDamage: { damage.append($0) }, body)
        return damage
    }

    /// What is among the files of sealed parts and is none that counts; nothing while those that do are being replaced.
    func sealedStrays() throws -> [String] {
        guard try !registry.isReplacingDataKeys() else { return [] }
        return try registry.sealedStore(location.storage).strays()
    }

    /// The sealed part of a record; empty where it has none.
    func sealedPart(of index: UInt64) throws -> [UInt8] {
        if let record = tail.record(at: index) { return record.sealed }
        return try sealedLocation(of: index).map { try registry.sealedStore(location.storage).read($0) } ?? []
    }

    /// The text of a notice, or `nil` if the log does not hold it.
    public func object(_ digest: [UInt8]) throws -> [UInt8]? {
        guard let digest = SHA256Digest(digest) else { return nil }
        return try location.storage.read(LedgerPaths.object(digest))
    }

    /// The rule packs of all adoptions that concern a business, whenever they count, in the order they were recorded.
    /// Throws `pack-unreadable` if one is missing, was altered or is not understood: what it forbids is not known. Each is
    /// read once.
    public func packs(business: String) throws -> [AdoptedPack] {
        try packObjects.adopted(by: catalog.adoptions, business: business) {
            try location.storage.read(LedgerPaths.object($0))
        }
    }

    /// The root of the tree over all records, the journal's tail included.
    public func root() throws -> SHA256Digest { try root(at: size) }

    /// The root of the tree over the first `size` records; throws `badInput` if there are fewer.
    public func root(at size: UInt64) throws -> SHA256Digest {
        guard size <= self.size else {
            throw LedgerError(.badInput, "there is no root at size \(size); the ledger has \(self.size) records")
        }
        let log = LogFiles(storage: location.storage)
        guard let checkpoint = try log.checkpoint()?.checkpoint else {
            throw LedgerError(.damaged, "the log has no checkpoint; run consent verify, and restore it")
        }
        // The log may have grown beyond this snapshot since.
        var edge = try log.edge(at: min(size, checkpoint.size), under: checkpoint)
        for record in tail.records where edge.size..<size ~= record.record.index { edge.append(record.leafHash) }
        return edge.root
    }

    /// Calls `body` with every contact's timeline as the index alone has it, without the journal's tail: what
    /// `consent verify --index` compares with a fresh replay.
    public func forEachIndexedTimeline(_ body: (ContactTimeline) throws -> Void) throws {
        try view.forEachTimeline(body)
    }

    /// How long before `now` its last record was recorded, in milliseconds.
    public func age(at now: Timestamp) -> UInt64 {
        now.milliseconds - min(now.milliseconds, lastRecordedAt.milliseconds)
    }

    /// How far the index alone goes.
    public func indexedSize() throws -> UInt64 { try view.progress().size }

    /// The same snapshot, which looks up contacts in a table once there is one.
    func sharing(_ table: SharedContactTable?) -> LedgerSnapshot {
        var snapshot = self
        snapshot.table = table
        return snapshot
    }

    /// A table for the threads of one run; none where there is no directory, and so one thread.
    func sharedTable(
        _ policy: SharedContactTable.Policy, proceed: @escaping @Sendable () throws -> Void = {}
    ) -> SharedContactTable? {
        location.directory.map { SharedContactTable(policy, in: $0 + "/private", proceed: proceed) }
    }

    /// What other threads need to look at the same records.
    func twins() throws -> SnapshotTwins {
        SnapshotTwins(
            catalog: catalog, size: size, lastRecordedAt: lastRecordedAt, location: location, keys: keys, tail: tail,
            useCount: useCount, registrySize: try registry.progress().size, table: table)
    }

    /// The contents of attachments.
    var attachmentStore: AttachmentStore {
        AttachmentStore(location.storage, ledgerID: catalog.ledgerID?.bytes ?? [])
    }

    /// What is kept of a contact; `nil` once it is erased.
    func registration(of handle: ContactHandle) throws -> ContactRegistration? {
        tail.isErased(handle) ? nil : try registrationBeforeTail(of: handle)
    }

    /// The same, whether or not a record of the tail erases it.
    private func registrationBeforeTail(of handle: ContactHandle) throws -> ContactRegistration? {
        try tail.registration(of: handle) ?? registry.registration(of: handle)
    }
}

/// The contacts of one address: none or one, but for a change of the spelling rules.
struct AddressContacts {
    private(set) var first: ContactHandle?
    /// Those that the rules have made one with it.
    private(set) var others: [ContactHandle] = []

    init(first: ContactHandle? = nil) { self.first = first }

    init(_ handles: [ContactHandle]) {
        first = handles.first
        others = Array(handles.dropFirst())
    }

    /// All of them, the oldest first.
    var all: [ContactHandle] { (first.map { [$0] } ?? []) + others }

    mutating func append(_ handle: ContactHandle) {
        if first == nil { first = handle } else { others.append(handle) }
    }

    func contains(where isMeant: (ContactHandle) -> Bool) -> Bool {
        first.map(isMeant) ?? false || others.contains(where: isMeant)
    }
}

/// An answer and what it rests on.
public struct Answer: Sendable {
    public let question: Question
    public let decision: Decision
    /// How many records the ledger had.
    public let size: UInt64
    /// When the last of them was recorded: how old the answer's knowledge is.
    public let lastRecordedAt: Timestamp
    /// The number of the use that counts the message, where it was reserved.
    public var reservation: UInt64?
}

extension Catalog {
    /// Applies a record that was accepted before.
    mutating func replay(_ record: JournalRecord) throws {
        switch record.payload {
        case .event(let event): try apply(record.record, event, leafHash: record.leafHash)
        case .unknown: applyUnknown(record.record)
        }
    }
}
