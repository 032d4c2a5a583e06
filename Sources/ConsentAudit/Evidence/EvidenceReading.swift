internal import ConsentModel
internal import ConsentRules
internal import LedgerCrypto
internal import TransparencyLog

/// What the contents of a bundle say, read once: for who makes it and for who verifies it alike, so that both come to the
/// same document and page.
struct EvidenceReading {
    let contents: EvidenceContents
    let business: Catalog.Business
    let replay: EvidenceReplay
    /// The records in the contact's own chain, in the order of the log.
    let own: [LoggedEvent]
    /// Those of linked contacts that are not in it.
    let others: [LoggedEvent]
    /// How many records of the ledger's chain are shown.
    let governanceCount: Int
    /// The answers, by category and then by channel.
    let cells: [Cell]
    let sends: [(send: EvidenceRequest.Send, then: EvidenceReplay.Answer, today: EvidenceReplay.Answer)]
    let clearances: [ShownDecision]
    /// What the checkpoints claim of having been seen, by ascending size.
    let checkpoints: [ClaimedCheckpoint]
    private let sightings: [ClaimedSighting]
    private let attachmentRecords: [UInt64: AttachmentRecord]
    private let events: [UInt64: LoggedEvent]

    /// What was asked about one category by one channel.
    struct Cell {
        let channel: String
        let category: String
        let answer: EvidenceReplay.Answer
        let spans: [(from: Timestamp, until: Timestamp?, isWaiting: Bool)]
        /// Whether a record of the contact speaks of it.
        let isNamed: Bool

        /// Whether there is something to tell but that it was never allowed.
        var isTold: Bool { isNamed || !spans.isEmpty || answer.isCarried }
    }

    /// The most answers that are computed, categories times channels; and the most of these times records of contacts, since
    /// the answer to each is followed through them all.
    static let mostCells = 1024
    static let mostCellRecords = 65_536

    /// Reads `contents`, whose records need not be verified for it. Throws `notEvidence` for a record that is none, and as
    /// `EvidenceReplay` and the rules do.
    init(_ contents: EvidenceContents) throws {
        self.contents = contents
        let asked = contents.request.asked
        var replayed = GovernanceReplay(origin: contents.checkpoint.checkpoint.origin)
        var events: [LoggedEvent] = []
        for (index, bytes) in contents.records.sorted(by: { $0.key < $1.key }) {
            let event: LoggedEvent
            do { event = try LoggedEvent(decoding: bytes, at: index) } catch {
                throw AuditError(.notEvidence, "\(EvidenceName.record(index)): \(error)")
            }
            events.append(event)
            if event.record.links.contains(where: { $0.chain == .ledger }) { replayed.take(event) }
        }
        guard asked.channels.count * asked.categories.count <= Self.mostCells else {
            throw AuditError(.tooLarge, "more than \(Self.mostCells) answers are asked for")
        }
        let objects = contents.objects
        replay = try EvidenceReplay(
            events, catalog: replayed.catalog, size: contents.checkpoint.checkpoint.size, request: contents.request
        ) { objects[$0] }
        business = try replayed.catalog.business(asked.business, at: .max)
        let isOwn = { (event: LoggedEvent) in event.record.handles.contains(asked.handle) }
        own = events.filter(isOwn)
        others = events.filter { event in
            !isOwn(event) && !event.record.links.contains { $0.chain == .ledger }
        }
        guard asked.channels.count * asked.categories.count * (own.count + others.count) <= Self.mostCellRecords else {
            throw AuditError(
                .tooLarge,
                "\(asked.channels.count * asked.categories.count) answers over \(own.count + others.count) records are more "
                    + "than a bundle gives; prove the contact's records with: consent prove")
        }
        governanceCount = events.count { event in event.record.links.contains { $0.chain == .ledger } }
        self.events = Dictionary(uniqueKeysWithValues: events.map { ($0.record.index, $0) })
        let replay = replay
        let own = own
        cells = asked.categories.flatMap { category in
            asked.channels.map { channel in
                Cell(
                    channel: channel, category: category,
                    answer: replay.answer(channel: channel, category: category),
                    spans: replay.spans(channel: channel, category: category),
                    isNamed: own.contains { Self.speaks($0.event, of: channel, category) })
            }
        }
        sends = try zip(asked.sends, contents.request.sendRecipients).map { send, recipient in
            let answers = try replay.answers(for: send, recipient: recipient)
            return (send, answers.then, answers.today)
        }
        clearances = try contents.clearances.map { try ShownDecision(parsing: $0) }
        checkpoints = ClaimedCheckpoint.all(in: contents)
        sightings = checkpoints.flatMap(\.sightings)
        attachmentRecords = Dictionary(
            uniqueKeysWithValues: AttachmentRecord.all(in: contents).map { ($0.index, $0) })
    }

    private static func speaks(_ event: Event?, of channel: String, _ category: String) -> Bool {
        guard let event, let categories = event.categories else { return false }
        return categories.contains(category) && event.channels?.contains(channel) ?? true
    }

    /// The shown record of that index.
    func event(_ index: UInt64) -> LoggedEvent? { events[index] }

    /// All records that are shown, in the order of the log.
    var all: [LoggedEvent] { events.values.sorted { $0.record.index < $1.record.index } }

    /// The notice that an event names, as the business defined it.
    func notice(of event: LoggedEvent) -> Catalog.Notice? {
        guard let stated = event.event, let reference = stated.notice else { return nil }
        return business.notice(
            reference, shownAt: stated.earliest(recordedAt: event.record.recordedAt), before: event.record.index)
    }

    /// The words that an event names, if they are in the bundle.
    func words(of event: LoggedEvent) -> String? {
        guard let digest = event.event?.notice.flatMap({ SHA256Digest($0.textDigest) }) else { return nil }
        return contents.objects[digest].flatMap { String(validating: $0, as: UTF8.self) }
    }

    /// The key that signed a source's statement, as the ledger authorised it.
    func sourceKey(of event: LoggedEvent) -> Catalog.SourceKey? {
        event.source.flatMap { replay.catalog.sourceKey($0, keyIdentifier: event.keyIdentifier) }
    }

    /// The statements that sources signed, and how many of them with keys that the ledger held.
    var sourceStatements: (count: Int, ledgerHeld: Int) {
        let statements = all.filter { $0.source != nil }
        return (statements.count, statements.count { sourceKey(of: $0)?.custody == "ledger" })
    }

    /// The record that says that the contact was erased, if there is one.
    var erasure: LoggedEvent? { own.first { $0.event?.type == .contactErased } }

    /// The record whose opened private field shows the address, if there is one.
    var recordOfAddress: UInt64? {
        guard let contact = contents.request.asked.contact else { return nil }
        return own.map(\.record.index).first { index in
            contents.privateParts[index]?.fields.contains { field in
                field.name == "contact" && field.value.elementsEqual(contact.utf8)
            } ?? false
        }
    }

    /// What the contact's own records open as an address of theirs.
    var openedAddresses: [[UInt8]] {
        own.flatMap { event in
            contents.privateParts[event.record.index]?.fields.filter { ["contact", "other-contact"].contains($0.name) }
                .map { Array($0.value) } ?? []
        }
    }

    /// The record of an event as one that attached a file, if its private fields open which.
    func attachmentRecord(of event: LoggedEvent) -> AttachmentRecord? { attachmentRecords[event.record.index] }

    /// Whether an event commits to private evidence of which nothing is opened, not even how much there is.
    func isUnopened(_ event: LoggedEvent) -> Bool {
        guard contents.privateParts[event.record.index] == nil, let commitment = event.event?.commitment else {
            return false
        }
        return commitment != PrivateField.commitmentDigest([]).bytes
    }

    /// The contact's own records that attached, or may have attached, a file whose content is not in the bundle.
    var unattached: [LoggedEvent] {
        own.filter { event in
            guard event.event?.type == .evidenceAttached, attachment(of: event) == nil else { return false }
            // Where all is opened and no file is named, there is none.
            guard let part = contents.privateParts[event.record.index] else { return isUnopened(event) }
            return !part.hidden.isEmpty || part.fields.contains { $0.name == "sha-256" }
        }
    }

    /// The objects that a bundle of these records has: the words that the contact was shown, and the packs that were adopted.
    var namedObjects: Set<SHA256Digest> {
        let words = own.compactMap { $0.event?.notice.flatMap { SHA256Digest($0.textDigest) } }
        let packs = EvidenceReplay.adoptions(in: replay.catalog, for: contents.request.asked.business)
        return Set(words + packs.map(\.digest))
    }

    /// The content that an event attached, if the bundle has it.
    func attachment(of event: LoggedEvent) -> EvidenceContents.Content? {
        attachmentRecord(of: event).flatMap { contents.attachments[$0.digest] }
    }

    /// By what the record is claimed to have existed, and the last tree without it that is claimed to have been seen.
    func sightings(of event: LoggedEvent) -> (existed: ClaimedSighting?, notShown: ClaimedSighting?) {
        (sightings.existence(of: event.record.index), sightings.absence(of: event.record.index))
    }

    /// The record that an event is about, if it is one of the contact's that are shown.
    func concerned(by event: LoggedEvent) -> UInt64? {
        guard let id = event.event?.bytes(.concerns) else { return nil }
        return own.first { $0.payload.id.bytes == id }?.record.index
    }

    /// The record of the ledger's chain that anchors a clearance by itself.
    func anchor(of clearance: Clearance) -> UInt64? {
        all.first { ClearanceAnchor($0, of: clearance) != nil }?.record.index
    }
}
