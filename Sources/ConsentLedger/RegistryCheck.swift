internal import ConsentModel
internal import ConsentRules
internal import LedgerCrypto
internal import LedgerStorage

extension LedgerSnapshot {
    /// Compares the log with what is kept outside of it: that every commitment opens, that nothing is missing, orphaned or
    /// twice. Reads everything; memory grows with what is erased and with what is wrong, not with the ledger.
    public func checkRegistry() throws -> RegistryReport {
        var check = RegistryCheck(snapshot: self)
        try check.run()
        return check.report
    }
}

/// One check of a registry.
private struct RegistryCheck {
    private let snapshot: LedgerSnapshot
    private(set) var report = RegistryReport()
    /// The contacts that records erase.
    private var erased: Set<ContactHandle> = []
    /// The contacts from whom records take their address, those that erase them included, and where; as far as the registry
    /// has them.
    private var closings: [ContactHandle: UInt64] = [:]
    /// The records of each contact that the registry should have and has not.
    private var missing: [ContactHandle: (business: String, records: [UInt64])] = [:]
    /// The contents that are kept; without those whose records were met in the log.
    private var unmetAttachments: Set<AttachmentPlace> = []

    /// Where a content is.
    private struct AttachmentPlace: Hashable {
        let handle: ContactHandle
        let event: EventID
    }

    private typealias Code = RegistryFinding.Code

    init(snapshot: LedgerSnapshot) { self.snapshot = snapshot }

    mutating func run() throws {
        // Without a key nothing would open, and nobody's would be found damaged for that.
        _ = try snapshot.keys.sealing
        _ = try snapshot.keys.tags
        let registered = try snapshot.registry.progress().size
        for index in 0..<snapshot.size {
            let record = try snapshot.record(at: index)
            guard let event = try Self.event(of: record) else { continue }
            if event.type == .contactErased { erased.formUnion(record.handles) }
            guard index < registered else { continue }
            for handle in event.closedHandles(among: record.handles) { closings[handle] = index }
        }
        report.erasedContacts = erased.count
        for (handle, event) in try snapshot.keptAttachments() {
            unmetAttachments.insert(AttachmentPlace(handle: handle, event: event))
        }
        for index in 0..<snapshot.size { try checkRecord(snapshot.record(at: index)) }
        for (handle, place) in missing.sorted(by: { $0.value.records[0] < $1.value.records[0] }) {
            add(
                .contactMissing, handle: handle, business: place.business, records: place.records,
                "the registry has no contact \(handle), which \(Self.records(place.records)) \(place.records.count == 1 ? "is" : "are") "
                    + "about: nobody knows whose address it is, and a stop that it had binds nobody")
        }
        try checkContacts()
        try checkUses()
        try checkParts()
        try checkFiles()
    }

    private static func event(of record: Record) throws -> Event? {
        let statement = try Statement(decoding: record.statement[...])
        guard case .event(let event) = try Payload(decoding: statement.payload[...]) else { return nil }
        return event
    }

    // MARK: Records

    private mutating func checkRecord(_ record: Record) throws {
        for handle in record.handles
        where try !erased.contains(handle) && snapshot.registration(of: handle) == nil {
            missing[handle, default: (record.business ?? "", [])].records.append(record.index)
        }
        guard let event = try Self.event(of: record) else { return }
        if event.type == .evidenceAttached, let handle = record.handles.first, !erased.contains(handle) {
            unmetAttachments.remove(AttachmentPlace(handle: handle, event: event.id))
        }
        guard let commitment = event.commitment else { return }
        // Who is affected, where somebody still is.
        let handle = record.handles.first { !erased.contains($0) }
        let bytes: [UInt8]
        do { bytes = try snapshot.sealedPart(of: record.index) } catch let error as LedgerError
            where error.code == .damaged
        {
            guard let handle else {
                report.erasedRecords += 1
                return
            }
            return add(
                .factsMissing, handle: handle, business: record.business, records: [record.index],
                "the private facts of record \(record.index) cannot be read: \(error)")
        }
        guard !bytes.isEmpty else {
            if commitment == PrivateField.commitmentDigest([]).bytes {
                report.comparedRecords += 1
            } else if let handle {
                add(
                    .factsMissing, handle: handle, business: record.business, records: [record.index],
                    "record \(record.index) commits to private facts, and none are kept")
            }
            return
        }
        guard let part = try? SealedPart(decoding: bytes), part.event == event.id else {
            add(
                .factsMissing, handle: handle, business: record.business, records: [record.index],
                "where the private facts of record \(record.index) should be is something else")
            return
        }
        var commitments: [SHA256Digest] = []
        let ledgerID = snapshot.catalog.ledgerID?.bytes ?? []
        var isWhole = true
        for field in part.fields {
            // Of who is missing nothing opens; that they are is told above.
            guard let contact = try snapshot.registration(of: field.handle) else {
                isWhole = false
                continue
            }
            guard let key = try? contact.dataKey(snapshot.keys),
                let opened = try? part.open(field, ledgerID: ledgerID, key: key)
            else {
                isWhole = false
                add(
                    .factsUnreadable, handle: field.handle, business: record.business, records: [record.index],
                    "the private fact “\(field.name)” of record \(record.index) does not open")
                continue
            }
            report.openedFacts += 1
            commitments.append(opened.commitment(ledgerID: ledgerID, event: event.id))
        }
        guard isWhole else {
            if !erased.isDisjoint(with: record.handles) { report.erasedRecords += 1 }
            return
        }
        report.comparedRecords += 1
        guard PrivateField.commitmentDigest(commitments).bytes != commitment else {
            return try checkAttachment(record, event)
        }
        add(
            .factsDiffer, handle: handle, business: record.business, records: [record.index],
            "the private facts of record \(record.index) are not those that it commits to")
    }

    /// Reads the content of an attachment, where the record is one and tells of a file.
    private mutating func checkAttachment(_ record: Record, _ event: Event) throws {
        guard event.type == .evidenceAttached else { return }
        do {
            try snapshot.read(snapshot.attachment(at: record.index)) { _ in }
            report.comparedAttachments += 1
        } catch let error as LedgerError where error.code == .damaged {
            add(
                .attachmentDamaged, handle: record.handles.first, business: record.business, records: [record.index],
                "\(error)")
        } catch let error as LedgerError where error.code == .badInput {
            // The event tells of no file.
        }
    }

    // MARK: Contacts

    private mutating func checkContacts() throws {
        var found: [RegistryFinding] = []
        var count = 0
        // Contacts under one tag stand together in this order, and no other is kept.
        var last: (tag: ContactTag, handle: ContactHandle, spelling: [UInt8]?)?
        // Contacts under one tag close together, and the record is of one of them.
        var closingsOfTag: [ContactTag: UInt64] = [:]
        var closedAlone: [(finding: RegistryFinding, tag: ContactTag)] = []
        func check(_ contact: ContactRegistration, isLive: Bool) throws {
            count += 1
            let records = try snapshot.timeline(of: contact.handle).entries.map(\.index)
            let address = try? contact.address(snapshot.keys)
            func finding(_ code: Code, _ sentence: String) -> RegistryFinding {
                RegistryFinding(
                    code: code, business: contact.business, handle: contact.handle, contact: address,
                    records: records, sentence: sentence)
            }
            if records.isEmpty {
                found.append(finding(.contactWithoutRecord, "no record names the contact \(contact.handle)"))
            }
            let isClosing = snapshot.tail.isClosed(contact.handle)
            if erased.contains(contact.handle) {
                if !snapshot.tail.isErased(contact.handle) {
                    found.append(
                        finding(.erasedAndKept, "the contact \(contact.handle) was erased, and is still there"))
                }
            } else if let closing = closings[contact.handle] {
                closingsOfTag[contact.tag] = max(closing, closingsOfTag[contact.tag] ?? 0)
                if isLive, !isClosing {
                    found.append(
                        finding(
                            .closedAndLive,
                            "the contact \(contact.handle) has its address, which record \(closing) took from it: what is recorded "
                                + "of it binds whoever has the address now"))
                }
            } else if !isLive, !records.isEmpty {
                closedAlone.append(
                    (
                        finding(
                            .closedWithoutRecord,
                            "the contact \(contact.handle) is not found by its address any more, and no record takes it: a stop that "
                                + "it had binds nobody"),
                        contact.tag
                    ))
            }
            if let address {
                if isLive, try snapshot.keys.tag(of: address, business: contact.business) != contact.tag {
                    found.append(
                        finding(.contactUnreadable, "the contact \(contact.handle) is under the tag of another address")
                    )
                }
            } else {
                found.append(
                    finding(.contactUnreadable, "the address of the contact \(contact.handle) does not open"))
            }
            if (try? contact.dataKey(snapshot.keys)) == nil {
                found.append(
                    finding(
                        .contactUnreadable,
                        "the key of the contact \(contact.handle) does not open: nothing of it does"))
            }
            guard isLive else { return }
            let spelling = try records.first.flatMap { try self.spelling(of: contact.handle, in: $0) }
            // A change of the spelling rules may have made two addresses one; the stops of both bind.
            if let last, last.tag == contact.tag, last.spelling == spelling, !isClosing,
                !snapshot.tail.isClosed(last.handle)
            {
                found.append(
                    finding(
                        .sharedAddress,
                        "the contacts \(last.handle) and \(contact.handle) have the same address, and only one can"))
            }
            last = (contact.tag, contact.handle, spelling)
        }
        try snapshot.registry.forEveryRegistration(check)
        for contact in snapshot.tail.registrations
        where try snapshot.registry.registration(of: contact.handle) == nil {
            if !snapshot.tail.isErased(contact.handle) { count += 1 }
        }
        report.contacts = count
        report.findings += found
        for (finding, tag) in closedAlone {
            let first = finding.records.first ?? 0
            if closingsOfTag[tag].map({ $0 < first }) ?? true { report.findings.append(finding) }
        }
    }

    // MARK: Uses

    /// A message is counted under the address it was sent to, or under that of whom its person has become.
    private mutating func checkUses() throws {
        var found: [RegistryFinding] = []
        let (registry, keys) = (snapshot.registry, snapshot.keys)
        try registry.uses.forEach(keys: keys) { number, tag, use in
            let holder = try tag.flatMap { try registry.registrations(tags: [$0])[$0]?.first }
            guard let use else {
                found.append(
                    RegistryFinding(
                        code: .useUnreadable, business: holder?.business, handle: holder?.handle,
                        contact: try? holder?.address(keys), records: [],
                        sentence:
                            "the message that was counted as use \(number) cannot be read: of who it was sent to, questions that "
                            + "count messages are errors"))
                return
            }
            guard try holder == nil && tag != keys.tag(of: use.address, business: use.business) else { return }
            found.append(
                RegistryFinding(
                    code: .useOrphaned, business: use.business, handle: nil, contact: use.address, records: [],
                    sentence:
                        "the message that was counted as use \(number) is counted for nobody: neither for the address it was "
                        + "sent to nor for a contact that is there"))
        }
        report.findings += found
    }

    /// The address of a contact as a record has it; `nil` where that does not open.
    private func spelling(of handle: ContactHandle, in record: UInt64) throws -> [UInt8]? {
        let fields = (try? snapshot.privateFields(of: record)) ?? []
        let names = [EventDraft.contactFact, EventDraft.otherContactFact]
        return fields.first { $0.handle == handle && names.contains($0.field.name) }?.field.value
    }

    // MARK: Sealed parts

    private mutating func checkParts() throws {
        var found: [(record: UInt64, sentence: String)] = []
        let damage = try snapshot.forEachSealedPart { record, location in
            guard record < snapshot.size else {
                found.append((record, "there is a sealed part of record \(record), which the log has not"))
                return
            }
            guard try snapshot.sealedLocation(of: record) != location else { return }
            found.append((record, "there is a sealed part of record \(record) beside the one that counts"))
        }
        for (record, sentence) in found {
            add(.partOrphaned, handle: nil, business: nil, records: [record], sentence)
        }
        for error in damage {
            add(
                .partsDamaged, handle: nil, business: nil, records: [],
                "\(error); whose facts it takes with it is said of each record")
        }
    }

    // MARK: Contents of attachments

    /// What is kept of attachments, and of which no record says that it is.
    private mutating func checkFiles() throws {
        for place in unmetAttachments.sorted(by: { ($0.handle, $0.event) < ($1.handle, $1.event) }) {
            add(
                .attachmentOrphaned, handle: place.handle, business: nil, records: [],
                erased.contains(place.handle)
                    ? "the content of an attachment, \(place.event), is kept of the contact \(place.handle), who was erased"
                    : "the content of an attachment is kept whose event, \(place.event), no record of the contact \(place.handle) has"
            )
        }
        for path in try snapshot.sealedStrays() {
            add(
                .fileUnknown, handle: nil, business: nil, records: [],
                "\(path) is no file of sealed parts that counts; find out who put it there, and remove it")
        }
        for stray in try snapshot.attachmentStore.strays() {
            add(
                stray.isUnfinished ? .attachmentUnfinished : .fileUnknown, handle: stray.handle, business: nil,
                records: [],
                stray.isUnfinished
                    ? "\(stray.path) is a content that is not written to its end: it is being written now, or a crash left it; the "
                        + "next command that writes removes it"
                    : "\(stray.path) is no content of an attachment; find out who put it there, and remove it")
        }
    }

    private mutating func add(
        _ code: Code, handle: ContactHandle?, business: String?, records: [UInt64], _ sentence: String
    ) {
        let contact = handle.flatMap { try? snapshot.address(of: $0) }
        report.findings.append(
            RegistryFinding(
                code: code, business: business, handle: handle, contact: contact, records: records, sentence: sentence))
    }

    private static func records(_ records: [UInt64]) -> String {
        let shown = records.prefix(8).map { "\($0)" }.joined(separator: ", ")
        let more = records.count > 8 ? " and \(records.count - 8) more" : ""
        return "record\(records.count == 1 ? "" : "s") \(shown)\(more)"
    }
}
