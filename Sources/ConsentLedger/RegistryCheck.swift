public import ConsentModel
internal import ConsentRules
internal import LedgerCrypto
internal import LedgerStorage

/// What is wrong between the log and what is kept of people outside of it.
public struct RegistryFinding: Sendable {
    /// The kind of fault; an open set, so compare with the members it knows.
    public struct Code: Hashable, Sendable {
        /// A stable word for machines.
        public let name: String

        /// The log names a contact, not erased, that the registry does not have: nobody knows who it is, and nothing of it
        /// opens.
        public static let contactMissing = Code(name: "contact-missing")
        /// The registry has a contact that no record names.
        public static let contactWithoutRecord = Code(name: "contact-without-record")
        /// A contact that a record erases is still there.
        public static let erasedAndKept = Code(name: "erased-and-kept")
        /// A contact's address or key does not open, or its tag is that of another address.
        public static let contactUnreadable = Code(name: "contact-unreadable")
        /// Two contacts of one business have the same address.
        public static let sharedAddress = Code(name: "shared-address")
        /// A record commits to private facts that are not there.
        public static let factsMissing = Code(name: "facts-missing")
        /// Private facts do not open, though their contact's key is there.
        public static let factsUnreadable = Code(name: "facts-unreadable")
        /// Private facts are there, and are not those that the record commits to.
        public static let factsDiffer = Code(name: "facts-differ")
        /// A sealed part is of no record, or not where the index has it.
        public static let partOrphaned = Code(name: "part-orphaned")
        /// The content of an attachment is missing, or is not what its record says.
        public static let attachmentDamaged = Code(name: "attachment-damaged")
        /// The content of an attachment is kept whose record the log has not: a crash left it, or its contact was erased.
        public static let attachmentOrphaned = Code(name: "attachment-orphaned")
    }

    public let code: Code
    /// The business; `nil` where that is not known.
    public let business: String?
    /// The contact; `nil` where it is about none.
    public let handle: ContactHandle?
    /// Its address, where that can be read.
    public let contact: ContactAddress?
    /// The records that it concerns, in ascending order.
    public let records: [UInt64]
    /// What is wrong, as a sentence.
    public let sentence: String
}

/// What a check of the registry looked at and found.
public struct RegistryReport: Sendable {
    /// How many contacts the registry has, those that are closed included.
    public internal(set) var contacts = 0
    /// How many contacts the log names that were erased.
    public internal(set) var erasedContacts = 0
    /// How many records with private facts were compared with what they commit to.
    public internal(set) var comparedRecords = 0
    /// How many records can no longer be compared as a whole, since a contact of theirs was erased.
    public internal(set) var erasedRecords = 0
    /// How many private facts opened.
    public internal(set) var openedFacts = 0
    /// How many attachments were read and are what their records say.
    public internal(set) var comparedAttachments = 0
    /// What is wrong; none if all holds.
    public internal(set) var findings: [RegistryFinding] = []
}

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
    /// The records of each contact that the registry should have and has not.
    private var missing: [ContactHandle: (business: String, records: [UInt64])] = [:]
    /// The events whose contents are kept; without those that were met in the log.
    private var unmetAttachments: [EventID: ContactHandle] = [:]

    private typealias Code = RegistryFinding.Code

    init(snapshot: LedgerSnapshot) { self.snapshot = snapshot }

    mutating func run() throws {
        // Without a key nothing would open, and nobody's would be found damaged for that.
        _ = try snapshot.keys.sealing
        _ = try snapshot.keys.tags
        for index in 0..<snapshot.size {
            let record = try snapshot.record(at: index)
            guard let event = try Self.event(of: record), event.type == .contactErased else { continue }
            erased.formUnion(record.handles)
        }
        report.erasedContacts = erased.count
        for (handle, event) in try snapshot.keptAttachments() { unmetAttachments[event] = handle }
        for index in 0..<snapshot.size { try checkRecord(snapshot.record(at: index)) }
        for (handle, place) in missing.sorted(by: { $0.value.records[0] < $1.value.records[0] }) {
            add(
                .contactMissing, handle: handle, business: place.business, records: place.records,
                "the registry has no contact \(handle), which \(Self.records(place.records)) \(place.records.count == 1 ? "is" : "are") "
                    + "about: nobody knows whose address it is, and a stop that it had binds nobody")
        }
        try checkContacts()
        try checkParts()
        for (event, handle) in unmetAttachments.sorted(by: { $0.key < $1.key }) {
            add(
                .attachmentOrphaned, handle: handle, business: nil, records: [],
                "the content of an attachment is kept whose event, \(event), no record has, or of somebody who was erased"
            )
        }
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
        guard let event = try Self.event(of: record), let commitment = event.commitment else { return }
        let bytes = try snapshot.sealedPart(of: record.index)
        let handle = record.handles.first
        guard !bytes.isEmpty else {
            if commitment == PrivateField.commitmentDigest([]).bytes {
                report.comparedRecords += 1
            } else if erased.isDisjoint(with: record.handles) {
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
        unmetAttachments[event.id] = nil
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
        try snapshot.registry.forEveryRegistration { contact, isLive in
            count += 1
            let records = try snapshot.timeline(of: contact.handle).entries.map(\.index)
            let address = try? contact.address(snapshot.keys)
            func note(_ code: Code, _ sentence: String) {
                found.append(
                    RegistryFinding(
                        code: code, business: contact.business, handle: contact.handle, contact: address,
                        records: records, sentence: sentence))
            }
            if records.isEmpty { note(.contactWithoutRecord, "no record names the contact \(contact.handle)") }
            if erased.contains(contact.handle), !snapshot.tail.isErased(contact.handle) {
                note(.erasedAndKept, "the contact \(contact.handle) was erased, and is still there")
            }
            if let address {
                if isLive, try snapshot.keys.tag(of: address, business: contact.business) != contact.tag {
                    note(.contactUnreadable, "the contact \(contact.handle) is under the tag of another address")
                }
            } else {
                note(.contactUnreadable, "the address of the contact \(contact.handle) does not open")
            }
            if (try? contact.dataKey(snapshot.keys)) == nil {
                note(.contactUnreadable, "the key of the contact \(contact.handle) does not open: nothing of it does")
            }
            if isLive {
                let spelling = try records.first.flatMap { try self.spelling(of: contact.handle, in: $0) }
                // A change of the spelling rules may have made two addresses one; the stops of both bind.
                if let last, last.tag == contact.tag, last.spelling == spelling {
                    note(
                        .sharedAddress,
                        "the contacts \(last.handle) and \(contact.handle) have the same address, and only one can")
                }
                last = (contact.tag, contact.handle, spelling)
            }
        }
        report.contacts = count
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
        try snapshot.forEachSealedPart { record, location in
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
