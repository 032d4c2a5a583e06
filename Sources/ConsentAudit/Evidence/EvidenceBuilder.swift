public import ConsentModel
public import ConsentRules
public import LedgerCrypto
internal import TransparencyLog

/// What a bundle needs and a log does not hold: the private side of a ledger.
public protocol EvidenceSource {
    /// Everything recorded about a contact.
    func timeline(of contact: ContactHandle) throws -> ContactTimeline
    /// The private fields of a record, opened, each with the contact that it is about; those that no longer open are left out.
    func privateFields(of index: UInt64) throws -> [(contact: ContactHandle, field: PrivateField)]
    /// The contents of what was attached to the contact's records, of those that are kept.
    func attachments(of contact: ContactHandle) throws -> [AttachedContent]
    /// Where the person is and what the clocks there show around a moment, as far as the address tells.
    func recipient(at time: Timestamp) throws -> Recipient
}

/// The content of an attachment, as whoever keeps it gives it.
public struct AttachedContent {
    /// The record that attached it.
    public let record: UInt64
    /// SHA-256 of it, and how many bytes it has.
    public let digest: SHA256Digest
    public let byteCount: UInt64
    /// Gives it piece by piece, as often as it is called.
    let read: (_ body: ([UInt8]) throws -> Void) throws -> Void

    /// `read` gives the content piece by piece, each time from its beginning, and throws where it is not what it should be.
    public init(
        record: UInt64, digest: SHA256Digest, byteCount: UInt64,
        read: @escaping (_ body: ([UInt8]) throws -> Void) throws -> Void
    ) {
        self.record = record
        self.digest = digest
        self.byteCount = byteCount
        self.read = read
    }
}

/// Makes evidence bundles (SPEC.md, “Evidence bundles”).
public struct EvidenceBuilder {
    private let log: PublishedLog
    private let source: any EvidenceSource

    /// Reads records and proofs from `log`, and what is private from `source`.
    public init(_ log: PublishedLog, private source: any EvidenceSource) {
        self.log = log
        self.source = source
    }

    /// The bundle that answers `request`, with clearances if there are any, and with what was attached unless that is to be
    /// left out. Throws `noSuchChain` where the published log has no record of the contact, `foreignClearance` for one about somebody else,
    /// `notAClearance`, `tooLarge`, and as the log, `LinkRules` and
    /// the rules do.
    public func bundle(
        for request: EvidenceRequest, clearances: [[UInt8]] = [], attachments: Bool = true, keys: [UInt8]
    ) throws -> EvidenceBundle {
        let events = try own(request)
        guard !events.isEmpty else {
            throw AuditError(
                .noSuchChain,
                "the published log of \(log.size) records has no record of the contact \(request.handle); what was recorded "
                    + "last is in it after the next command that writes")
        }
        if let other = events.lazy.compactMap(\.record.business).first(where: { $0 != request.business }) {
            throw AuditError(
                .noSuchChain,
                "the contact \(request.handle) is one of the business “\(other)”, not of “\(request.business)”")
        }
        for (number, clearance) in clearances.enumerated() {
            guard try ShownDecision(parsing: clearance).leaf.handle != request.handle else { continue }
            throw AuditError(
                .foreignClearance,
                "clearance \(number + 1) is about another contact than the one the bundle is about; leave it out")
        }
        let governance = try ledgerChain()
        var replay = GovernanceReplay(origin: log.checkpoint.checkpoint.origin)
        for event in governance { replay.take(event) }
        let linked = try linked(to: request, replay.catalog)
        var contents = EvidenceContents(
            request: try state(request, naming: events), checkpoint: log.checkpoint, keys: keys)
        contents.clearances = clearances
        for event in governance + events + linked.flatMap(\.events) {
            contents.records[event.record.index] = event.record.encoded()
        }
        for index in contents.records.keys {
            contents.paths[index] = try log.inclusionProof(index: index, size: log.size).hashes
        }
        for event in events { try open(event, of: request, replay.catalog, into: &contents) }
        for digest in objects(named: events, adopted: replay.catalog, for: request.business) {
            contents.objects[digest] = try log.object(digest)
        }
        let bounded = events + linked.flatMap(\.events)
        try addSeen(bounding: bounded.map(\.record.index), to: &contents)
        var attached: [SHA256Digest: AttachedContent] = [:]
        let opened = AttachmentRecord.all(in: contents)
        for content in attachments ? try source.attachments(of: request.handle) : [] {
            guard let first = opened.first(where: { $0.digest == content.digest }),
                opened.contains(where: { $0.index == content.record && $0.digest == content.digest })
            else { continue }
            attached[content.digest] = content
            contents.attachments[content.digest] = EvidenceContents.Content(
                name: first.fileName, byteCount: content.byteCount)
        }
        return try EvidenceBundle(contents, attached: attached)
    }

    /// Adds the older checkpoints that others signed or stamped and that bound when the records at `indexes` can have been
    /// written, and the time stamps of all. Whom a reader trusts is not known, so that those that signed and those that
    /// stamped are taken apart.
    private func addSeen(bounding indexes: [UInt64], to contents: inout EvidenceContents) throws {
        var checkpoints = [log.size: log.checkpoint]
        for size in try log.keptSizes() where size > 0 && size < log.size {
            checkpoints[size] = log.unverifiedCheckpoint(size: size)
        }
        let cosigned = checkpoints.filter(\.value.hasOtherSignatures).keys.sorted()
        // What is of something else, or is no stamp, shows nothing to anybody.
        var stamps: [UInt64: [SHA256Digest: [UInt8]]] = [:]
        for stamp in try log.stamps() {
            guard let bytes = checkpoints[stamp.size]?.stampedBytes, let response = try? log.response(of: stamp),
                TimeStampResponse.claim(of: SHA256Digest(hashing: bytes), in: response.bytes) != nil
            else { continue }
            stamps[stamp.size, default: [:]][stamp.digest] = response.bytes
        }
        var sizes: Set<UInt64> = [log.size]
        for index in indexes {
            for seen in [cosigned, stamps.keys.sorted()] where sizes.count + 2 <= EvidenceContents.mostOlder {
                sizes.formUnion([seen.first { $0 > index }, seen.last { $0 <= index }].compactMap(\.self))
            }
        }
        for size in sizes {
            contents.stamps[size] = stamps[size]
            guard size < log.size else { continue }
            contents.older[size] = try SignedConsistencyProof(
                hashes: log.consistencyProof(from: size, to: log.size).hashes,
                older: log.keptCheckpoint(size: size), newer: log.checkpoint)
        }
    }

    /// The contact's records in the published log.
    private func own(_ request: EvidenceRequest) throws -> [LoggedEvent] {
        try events(of: source.timeline(of: request.handle).entries.map(\.index))
    }

    private func events(of indexes: [UInt64]) throws -> [LoggedEvent] {
        try indexes.filter { $0 < log.size }.sorted().map { try LoggedEvent(log.record(at: $0)) }
    }

    private func ledgerChain() throws -> [LoggedEvent] {
        guard let last = try log.lastIndices(of: [.ledger], below: log.size)[.ledger] else { return [] }
        return try log.chain(.ledger, through: last).map { try LoggedEvent($0) }
    }

    /// The contacts whose stops bind the one asked about, each with its records as far as they count.
    private func linked(
        to request: EvidenceRequest, _ catalog: Catalog
    ) throws -> [(handle: ContactHandle, events: [LoggedEvent])] {
        // A record that is not shown cannot void what ended a link, for who has the bundle alone: what is shown follows from
        // what is shown. Each time it is less, or as much.
        var shown: Set<UInt64>?
        while true {
            func timeline(_ handle: ContactHandle) throws -> ContactTimeline {
                ContactTimeline(
                    handle: handle,
                    entries: try source.timeline(of: handle).entries.filter {
                        $0.index < log.size && shown?.contains($0.index) ?? true
                    })
            }
            let linked = try EvidenceReplay.linked(
                to: timeline(request.handle), others: request.otherHandles, catalog: catalog, knownAt: .size(log.size),
                timelines: timeline,
                other: { index, handle in try log.record(at: index).handles.first { $0 != handle } })
            let own = try timeline(request.handle).entries.map(\.index)
            let counted = Set(own + linked.flatMap(\.countedIndexes))
            guard counted != shown else {
                return try linked.map { ($0.timeline.handle, try events(of: $0.countedIndexes)) }
            }
            shown = counted
        }
    }

    /// The request with where the person was, and what the clocks there showed, at every moment that the page names.
    private func state(_ request: EvidenceRequest, naming events: [LoggedEvent]) throws -> StatedRequest {
        let recipient = try source.recipient(at: request.at)
        let sends = try request.sends.map { try source.recipient(at: $0.at) }
        let moments = Set(
            [request.at] + request.sends.map(\.at)
                + events.flatMap { [$0.record.recordedAt] + [$0.event?.occurredAt?.start].compactMap(\.self) })
        var local = recipient.clocks.map { StatedRequest.LocalTime(zone: $0.name, offsets: [:]) }
        for moment in moments {
            let clocks = try source.recipient(at: moment).clocks
            for position in local.indices {
                let clock = clocks.first { $0.name == local[position].zone }
                local[position].offsets[moment] = clock?.offset(at: moment)
            }
        }
        return StatedRequest(request, recipient: recipient, sendRecipients: sends, local: local)
    }

    /// Opens the private fields of a record that are the contact's own and asked for.
    private func open(
        _ event: LoggedEvent, of request: EvidenceRequest, _ catalog: Catalog, into contents: inout EvidenceContents
    ) throws {
        guard let ledgerID = catalog.ledgerID, let commitment = event.event?.commitment else { return }
        let opened = try source.privateFields(of: event.record.index)
        guard !opened.isEmpty else { return }
        func isShown(_ contact: ContactHandle, _ field: PrivateField) -> Bool {
            contact == request.handle && request.fields?.contains(field.name) ?? true
        }
        let part = EvidencePrivatePart(
            fields: opened.filter { isShown($0.contact, $0.field) }.map(\.field),
            hidden: opened.filter { !isShown($0.contact, $0.field) }.map {
                $0.field.commitment(ledgerID: ledgerID.bytes, event: event.payload.id)
            })
        // Where one of several can no longer be opened, nothing shows that the others are what was committed to.
        guard part.commitment(ledgerID: ledgerID, event: event.payload.id).bytes == commitment else { return }
        contents.privateParts[event.record.index] = part
    }

    /// The words that the contact was shown, and the packs that were adopted.
    private func objects(
        named events: [LoggedEvent], adopted catalog: Catalog, for business: String
    ) -> Set<SHA256Digest> {
        Set(
            events.compactMap { $0.event?.notice.flatMap { SHA256Digest($0.textDigest) } }
                + EvidenceReplay.adoptions(in: catalog, for: business).map(\.digest))
    }
}

extension LinkedContact {
    /// The records of the chain that can count for the contact it is linked to, and those before them, so that the chain has
    /// no gap: below the bound, and what is said of these later, that they are voided or how a review ended.
    var countedIndexes: [UInt64] {
        guard let until else { return timeline.entries.map(\.index) }
        var counted: Set<[UInt8]> = []
        var reviews: Set<[UInt8]> = []
        var last: UInt64?
        for entry in timeline.entries {
            guard case .event(let event) = entry.payload else {
                if entry.index < until { last = entry.index }
                continue
            }
            let concerned = event.bytes(.concerns) ?? []
            guard
                entry.index < until || event.type == .reviewDecided && reviews.contains(concerned)
                    || event.type == .eventVoided && counted.contains(concerned)
            else { continue }
            last = entry.index
            counted.insert(event.id.bytes)
            if event.type == .reviewOpened && entry.index < until { reviews.insert(event.id.bytes) }
        }
        return timeline.entries.map(\.index).filter { index in last.map { index <= $0 } ?? false }
    }
}

extension SignedCheckpoint {
    /// Whether it has a signature line of somebody else than the log, whoever that is.
    fileprivate var hasOtherSignatures: Bool {
        note.signatures.contains { !$0.name.utf8.elementsEqual(checkpoint.origin.utf8) }
    }
}
