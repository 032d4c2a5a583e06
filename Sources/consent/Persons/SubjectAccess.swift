internal import ConsentAudit
internal import ConsentLedger
internal import ConsentModel
internal import ConsentPersons
internal import ConsentRules
internal import LedgerCrypto

/// Everything that a business holds on the person at an address, for that person: as a page and as a document for machines
/// (SPEC.md, “Subject access”; `ledger/subject-access.schema.json`).
struct SubjectAccess {
    /// What the first member of every such document says.
    static let format = "consent-ledger/subject-access/v1"

    let reading: PersonReading
    let language: String
    /// The messages that were counted as sent to the address.
    let uses: [ReservedUse]
    /// Their records that open a review which waits.
    let openReviews: [UInt64]
    let holds: [Hold]
    /// What retention says of what is kept; `nil` where nothing is.
    let retention: RetainedContact?
    let erasureRequest: ErasureRequest?
    /// Whether the address was erased, and a suppression keeps it away.
    let isSuppressed: Bool
    /// How many contacts had the address before it passed to another person.
    let formerCount: Int
    /// How many contacts there are under other spellings of what may be the same line.
    let otherSpellingCount: Int
    /// The files to which attachments were written, by record.
    var files: [UInt64: String] = [:]

    init(
        _ reading: PersonReading, in snapshot: LedgerSnapshot, language: String, ownKeeping: UInt64?
    ) throws {
        self.reading = reading
        self.language = language
        let (address, business) = (reading.address, reading.business.id)
        // What is counted for other spellings and linked contacts may be another person's.
        uses = try snapshot.uses(of: address, business: business).filter { $0.address == address }
        openReviews = try snapshot.openReviews().filter { reading.handles.contains($0.handle) }.map(\.record)
        holds = snapshot.catalog.holds(on: reading.handles, business: business, at: reading.readAt)
        retention = try snapshot.retained(address, business: business, now: reading.readAt, ownKeeping: ownKeeping)
            .first { $0.handle == reading.handles.first }
        erasureRequest = try reading.handles.first.flatMap { try snapshot.erasureRequest(of: $0) }
        isSuppressed = try snapshot.isSuppressed(address, business: business)
        formerCount = try snapshot.formerContacts(of: address, business: business).passedOn.count
        otherSpellingCount = try address.otherSpellings.reduce(0) {
            try $0 + snapshot.handles(of: $1, business: business).count
        }
    }

    /// What is so of the address, in a word.
    enum State: String, CaseIterable {
        /// Records are held.
        case held
        /// They are held and shut, until the person is erased as they asked.
        case erasureRequested = "erasure-requested"
        /// The address was erased; a suppression is all that leads to it.
        case erased
        /// Nothing leads to the address.
        case nothing
    }

    var state: State {
        if reading.records.isEmpty { return isSuppressed ? .erased : .nothing }
        return erasureRequest == nil ? .held : .erasureRequested
    }

    var attachments: [(record: PersonRecord, attachment: Attachment)] {
        reading.records.compactMap { record in record.attachment.map { (record, $0) } }
    }

    /// The records that tie the address to another one.
    var links: [PersonRecord] {
        reading.records.filter { record in
            record.isShared && [.contactLinked, .contactUnlinked, .contactChanged].contains(record.event?.type)
        }
    }

    /// The sources that stated the records, with who holds their keys, and how many they stated.
    var sources: [(name: String, custody: String?, count: Int)] {
        var counts: [String: (custody: String?, count: Int)] = [:]
        for record in reading.records {
            guard let source = record.event?.source else { continue }
            counts[source, default: (record.custody, 0)].count += 1
        }
        return counts.map { ($0.key, $0.value.custody, $0.value.count) }.sorted { $0.name < $1.name }
    }
}

/// As a document.
extension SubjectAccess {
    /// `readFirst` is what is to be read before all else, in the document's language.
    func json(readFirst: String) -> JSON {
        [
            "format": .string(Self.format), "read-first": .string(readFirst), "language": .string(language),
            "made-at": .string(reading.readAt.description), "test": .bool(reading.isTest),
            "ledger": [
                "origin": .string(reading.origin), "ledger-id": .optional(reading.ledgerID?.description),
                "size": .number(reading.size), "root": .string(reading.root.description),
            ],
            "business": [
                "id": .string(reading.business.id), "name": .string(reading.business.name),
                "country": .optional(reading.business.country),
                "brands": .strings(reading.business.brands.values.map(\.name).sorted()),
            ],
            "contact": .string(reading.address.text), "state": .string(state.rawValue),
            "erasure-request": erasureRequest.map { request in
                [
                    "record": .number(request.record), "recorded-at": .string(request.recordedAt.description),
                    "erases-at": .optional(request.erasesAt?.description),
                ]
            } ?? .null,
            "suppressed": .bool(isSuppressed), "former-contacts": .number(UInt64(formerCount)),
            "other-spellings": .number(UInt64(otherSpellingCount)),
            "handles": .strings(reading.handles.map { "\($0)" }),
            "consents": .array(reading.consents.map(Self.json)), "bases": .array(reading.bases.map(Self.json)),
            "records": .array(reading.records.map(json)),
            "uses": .array(uses.map(Self.json)), "open-reviews": .array(openReviews.map { .number($0) }),
            "holds": .array(
                holds.map { hold in
                    [
                        "hold": .optional(hold.ownName), "reason": .string(hold.reason),
                        "until": .optional(hold.until?.description),
                        "record": hold.ownName == nil ? .null : .number(hold.index),
                        "on-everybody": .bool(hold.contact == nil),
                    ]
                }),
            "retention": retention.map(Self.json) ?? .null,
        ]
    }

    private static func json(_ cell: PersonCells.Cell) -> JSON {
        [
            "category": .string(cell.category.id), "channel": .string(cell.channel), "sender": .optional(cell.sender),
            "basis": .string(cell.category.basis),
        ]
    }

    private static func json(_ consent: PersonConsent) -> JSON {
        json(consent.cell) + [
            "status": .string(consent.status.rawValue), "why": .optional(consent.code?.rawValue),
            "since": .optional(consent.since?.description), "until": .optional(consent.expiresAt?.description),
            "records": .array(consent.acts.map { .number($0.index) }),
        ]
    }

    private static func json(_ basis: PersonBasis) -> JSON {
        json(basis.cell) + [
            "stands": .bool(basis.stands), "records": .array(basis.acts.map { .number($0.index) }),
        ]
    }

    private func json(_ record: PersonRecord) -> JSON {
        [
            "record": .number(record.index), "recorded-at": .string(record.recordedAt.description),
            "type": .string(record.payload.typeName), "event-id": .string("\(record.payload.id)"),
            "handle": .string("\(record.handle)"), "sequence": .number(record.sequence),
            "leaf-hash": .string(record.leafHash.description),
            "key": .string(Hexadecimal.encode(record.keyIdentifier)), "custody": .optional(record.custody),
            "about-another-too": .bool(record.isShared),
            "fields": .object(record.fields.map { ($0.field.name, $0.value.json(of: $0.field.kind)) }),
            "private": .object(
                record.facts.map { ($0.name, .string(FieldText.text(ofPrivate: $0.value))) }),
            "notice": record.notice.map { notice in
                [
                    "name": .string(notice.name), "language": .string(notice.language),
                    "sha-256": .string(Hexadecimal.encode(notice.textDigest)),
                    "record": .number(notice.window.from), "words": .optional(record.words),
                ]
            } ?? .null,
            "attachment": record.attachment.map { attachment in
                [
                    "file-name": .string(attachment.fileName), "media-type": .string(attachment.mediaType),
                    "byte-count": .number(attachment.byteCount), "sha-256": .string(attachment.digest.description),
                    "file": .optional(files[record.index]),
                ]
            } ?? .null,
        ]
    }

    private static func json(_ use: ReservedUse) -> JSON {
        [
            "id": .number(use.id), "at": .string(use.use.at.description), "channel": .string(use.use.channel),
            "categories": .strings(use.use.categories), "class": .string(use.use.categoryClass),
            "sender": .optional(use.use.sender), "purpose": .string(use.use.purpose.rawValue),
        ]
    }

    private static func json(_ retained: RetainedContact) -> JSON {
        [
            "verdict": .string(retained.word), "until": .optional(retained.until?.description),
            "rule": .optional(retained.rule.map { "\($0.pack)/\($0.rule)" }),
        ]
    }
}

extension Hold {
    /// Its name, for whom it is on. One on the whole business may be named for somebody else: `nil`.
    var ownName: String? { contact == nil ? nil : id }
}
