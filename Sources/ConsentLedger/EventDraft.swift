public import ConsentModel
public import ConsentRules
internal import LedgerCrypto

/// What a caller wants recorded, before it has a handle, an id, a signature or a place.
public struct EventDraft: Sendable {
    /// What happened.
    public var type: EventType
    /// The business it concerns; `nil` for governance of the whole ledger.
    public var business: String?
    /// The person it concerns; for `contact-changed` the new address. `nil` for governance.
    public var contact: ContactAddress?
    /// The second address of `contact-linked` and `contact-unlinked`; for `contact-changed` the old one.
    public var otherContact: ContactAddress?
    /// The public fields, but for commitment and from-handle, which the ledger makes. Without a source, the ledger's own
    /// is used.
    public var fields: [EventField: FieldValue]
    /// What only the private part says.
    public var privateFields: [PrivateFact]
    /// What the source calls the event; the same (source, id) is recorded once.
    public var outsideID: String?
    /// Whose id that is, where several share a source: it then tells nothing of theirs, and stands against nothing of
    /// theirs. `nil`: the source's own.
    public var idScope: String?
    /// Whether the time was not given but assumed, so that saying the same again with another clock is the same.
    public var isTimeAssumed = false
    /// Whether it was read from a file: that may tell of a time before the person left.
    public var isFromFile = false
    /// The texts and packs that the event names by hash; stored before it is recorded.
    public var objects: [[UInt8]] = []
    /// The only contact that it may be recorded of: what it tells of is kept under this one, which may be erased or closed
    /// before the event has its place.
    var requiredContact: ContactHandle?
    /// The contact that it is about, where no address is to be looked up: it may have got another one since.
    private(set) var handle: ContactHandle?

    /// The key that signs it, where that is not here: its source holds it.
    var absentKey: Ed25519PublicKey?

    /// A fact that only the private part says.
    public struct PrivateFact: Hashable, Sendable {
        /// An identifier such as `ip` or `note`.
        public let name: String
        public let value: [UInt8]

        public init(_ name: String, _ value: String) {
            self.init(name, bytes: Array(value.utf8))
        }

        public init(_ name: String, bytes: [UInt8]) {
            self.name = name
            value = bytes
        }
    }

    public init(
        _ type: EventType, business: String? = nil, contact: ContactAddress? = nil,
        fields: [EventField: FieldValue] = [:], privateFields: [PrivateFact] = []
    ) {
        self.type = type
        self.business = business
        self.contact = contact
        self.fields = fields
        self.privateFields = privateFields
    }

    /// What ends `hold`, on whomever it is: a contact by its handle, whatever became of its address.
    public init(lifting hold: Hold, reason: String? = nil) {
        self.init(.holdLifted, business: hold.business, fields: [.hold: .text(hold.id)])
        fields[.reason] = reason.map { .text($0) }
        handle = hold.contact
    }

    /// The source that states what nobody else is said to state.
    public static let usualSource = "cli"

    /// The names the ledger itself gives to private facts.
    static let contactFact = "contact"
    static let otherContactFact = "other-contact"

    /// The source that states it; empty for governance.
    var source: String {
        guard case .text(let source) = fields[.source] else { return "" }
        return source
    }

    /// The name of the key that signs it.
    var keyName: String { source.isEmpty ? KeyPurpose.admin.rawValue : KeyFiles.sourceName(source) }

    /// The addresses with the names under which the event commits to them.
    var addresses: [(name: String, address: ContactAddress)] {
        [(Self.contactFact, contact), (Self.otherContactFact, otherContact)].compactMap { name, address in
            address.map { (name, $0) }
        }
    }

    /// Throws `badEvent` unless it names a business and contacts as its type does, and says nothing that would be lost.
    func check() throws(LedgerError) {
        if let business, !FieldKind.isIdentifier(business) {
            throw LedgerError(
                .badEvent, "a business's id is 1 to 64 of a–z, 0–9 and “-”, not “\(business.prefix(80))”")
        }
        guard !type.isGovernance || privateFields.isEmpty else {
            throw LedgerError(.badEvent, "a \(type.name) event is about no person, and has no private fields")
        }
        let count = addresses.count + (handle == nil ? 0 : 1)
        guard type.chains.contacts ~= count else {
            let due = type.chains.contacts
            throw LedgerError(
                .badEvent,
                "a \(type.name) event concerns \(due.upperBound == 0 ? "no contact" : "\(due.upperBound) contact(s)"), not \(count)"
            )
        }
        if count == 2, contact == otherContact {
            throw LedgerError(.badEvent, "the two contacts of a \(type.name) event are the same address")
        }
        for fact in privateFields where fact.name == Self.contactFact || fact.name == Self.otherContactFact {
            throw LedgerError(
                .badEvent, "the private field “\(fact.name)” is the ledger's own; give the contact instead")
        }
        for fact in privateFields { try check(fact) }
        var names: Set<String> = []
        for fact in privateFields where !names.insert(fact.name).inserted {
            throw LedgerError(.badEvent, "the private field “\(fact.name)” is given twice; give it once")
        }
    }

    /// Throws `badEvent` for a fact that says something that nobody could keep to.
    private func check(_ fact: PrivateFact) throws(LedgerError) {
        if asksForErasure, fact.name == ErasureRequest.dateFact, ErasureRequest.date(fact.value) == nil {
            throw LedgerError(
                .badEvent,
                "the private field “\(fact.name)” is not a time; write RFC 3339, such as 2031-11-22T09:30:00Z or 2031-11-22"
            )
        }
        // Who attaches a file says whose it is; nobody else has its content.
        if type == .evidenceAttached, requiredContact == nil, Attachment.Fact.all.contains(fact.name) {
            throw LedgerError(
                .badEvent,
                "the private field “\(fact.name)” tells of a file, whose content this does not bring; attach it with: consent "
                    + "attach")
        }
    }

    /// Whether it is a request to be erased.
    var asksForErasure: Bool { type == .consentWithdrawn && fields[.reason] == .text(ErasureRequest.reason) }

    /// The text or pack that the event names by hash, and which must be there with it.
    var namedObject: SHA256Digest? {
        let field: EventField? =
            switch type {
            case .noticePublished, .noticeReconstructed: .textDigest
            case .rulepackAdopted: .packDigest
            default: nil
            }
        guard let field, case .bytes(let digest) = fields[field] else { return nil }
        return SHA256Digest(digest)
    }

    /// The id within its scope, from which the event's id is made.
    var scopedID: String? {
        outsideID.map { id in idScope.map { "\($0):\(id)" } ?? id }
    }

    /// The same, saying that the source had used its id for something else.
    func flagged(asDuplicateOf outsideID: String) -> EventDraft {
        var flags = ["duplicate-id"]
        if case .texts(let others) = fields[.flags] { flags += others }
        var flagged = self
        flagged.fields[.flags] = .list(flags)
        flagged.privateFields.append(PrivateFact("duplicate-of", outsideID))
        return flagged
    }

    /// SHA-256 over all that the draft says, but a time that was assumed: the same for drafts that say the same. Throws
    /// what is wrong with the fields.
    func contentDigest() throws -> SHA256Digest {
        var fields = fields
        if isTimeAssumed { fields[.occurredAt] = nil }
        if !type.isGovernance {
            fields[.commitment] = .bytes([UInt8](repeating: 0, count: SHA256Digest.byteCount))
        }
        let event = try Event(type, id: EventID([UInt8](repeating: 0, count: EventID.byteCount))!, fields)
        let facts =
            privateFields + addresses.map { PrivateFact($0.name, bytes: $0.address.tagInput) }
            + (handle.map { [PrivateFact(Self.contactFact, bytes: $0.bytes)] } ?? [])
        var encoder = CBOREncoder()
        encoder.array(count: 2 + 2 * facts.count)
        encoder.text(business ?? "")
        encoder.byteString(event.encoded())
        for fact in facts.sorted(by: { $0.name < $1.name }) {
            encoder.text(fact.name)
            encoder.byteString(fact.value)
        }
        return SHA256Digest(hashing: encoder.bytes)
    }
}

/// What became of a draft.
public enum AppendOutcome: Hashable, Sendable {
    /// Recorded, durably, at that index.
    case recorded(index: UInt64)
    /// The same event was recorded before, at that index.
    case alreadyRecorded(index: UInt64)

    /// The index it is at.
    public var index: UInt64 {
        switch self {
        case .recorded(let index), .alreadyRecorded(let index): index
        }
    }
}
