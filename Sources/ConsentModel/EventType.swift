/// What an event says happened. The raw value is its number in the log, never used again for something else; the case's
/// name in kebab case is its name everywhere else.
public enum EventType: UInt64, CaseIterable, Sendable {
    // Governance: what the ledger, its keys and its businesses are.
    case ledgerOpened = 1
    case adminKeyAdded = 2
    case adminKeyRetired = 3
    case logKeyAdded = 4
    case logKeyRetired = 5
    case sourceAuthorized = 6
    case sourceRevoked = 7
    case businessRegistered = 8
    case brandDefined = 9
    case senderDefined = 10
    case categoryDefined = 11
    case categoryRetired = 12
    case noticePublished = 13
    case noticeReconstructed = 14
    case noticeRetired = 15
    case rulepackAdopted = 16
    case decisionsRecorded = 17
    case holdAdded = 18
    case holdLifted = 19
    case headsSealed = 20
    case templateCategorized = 21

    // Consent: what persons were asked, did, and what is known about their addresses.
    case consentRequested = 32
    case consentGiven = 33
    case consentConfirmed = 34
    case consentRenewed = 35
    case consentRefused = 36
    case consentWithdrawn = 37
    case consentRevoked = 38
    case consentResumed = 39
    case consentInvalidated = 40
    case basisBegan = 41
    case basisEnded = 42
    case objected = 43
    case complained = 44
    case blocked = 45
    case reported = 46
    case reviewOpened = 47
    case reviewDecided = 48
    case eventVoided = 49
    case contactChanged = 50
    case contactLinked = 51
    case contactUnlinked = 52
    case contactReassigned = 53
    case contactErased = 54
    case evidenceAttached = 55
    case migrated = 56

    /// The type's name: the case's name in kebab case.
    public var name: String {
        "\(self)".reduce(into: "") { name, letter in
            name += letter.isUppercase ? "-" + letter.lowercased() : String(letter)
        }
    }

    private static let byName = Dictionary(uniqueKeysWithValues: allCases.map { ($0.name, $0) })

    /// The type of that name, if there is one.
    public init?(name: String) {
        guard let type = Self.byName[name] else { return nil }
        self = type
    }

    /// Whether the event says something of the ledger or a business rather than of a person.
    public var isGovernance: Bool { rawValue < 32 }

    /// Whether the event can only make answers stricter. Such an event binds whatever the state of its source: a stop is
    /// never lost (DESIGN, the two laws).
    public var isRestriction: Bool {
        switch self {
        case .consentRefused, .consentWithdrawn, .consentRevoked, .consentInvalidated, .basisEnded, .objected,
            .complained, .blocked, .reported, .reviewOpened, .contactReassigned, .contactErased:
            true
        default: false
        }
    }

    /// Who signs such a statement.
    public var signer: StatementSigner {
        switch self {
        case .decisionsRecorded, .headsSealed, .templateCategorized: .adminOrSource
        default: isGovernance ? .admin : .source
        }
    }

    /// Which chains a record of this type is linked into.
    public var chains: ChainPattern {
        switch self {
        case .ledgerOpened, .adminKeyAdded, .adminKeyRetired, .logKeyAdded, .logKeyRetired, .sourceAuthorized,
            .sourceRevoked, .headsSealed:
            ChainPattern(ledger: true, business: .never, contacts: 0...0)
        case .businessRegistered, .brandDefined, .senderDefined, .categoryDefined, .categoryRetired, .noticePublished,
            .noticeReconstructed, .noticeRetired, .templateCategorized:
            ChainPattern(ledger: true, business: .always, contacts: 0...0)
        case .rulepackAdopted, .decisionsRecorded:
            ChainPattern(ledger: true, business: .optional, contacts: 0...0)
        case .holdAdded, .holdLifted:
            // Not the ledger's: whoever is shown that chain, all of it, is to learn nothing about anybody's contacts.
            ChainPattern(ledger: false, business: .always, contacts: 0...1)
        case .contactChanged, .contactLinked, .contactUnlinked:
            ChainPattern(ledger: false, business: .always, contacts: 2...2)
        default:
            ChainPattern(ledger: false, business: .always, contacts: 1...1)
        }
    }

    /// The fields such an event must have.
    public var requiredFields: Set<EventField> { Self.schemas[rawValue]!.required }

    /// The fields such an event may have.
    public var optionalFields: Set<EventField> { Self.schemas[rawValue]!.optional }

    struct Schema: Sendable {
        let required: Set<EventField>
        let optional: Set<EventField>
    }

    private static let schemas: [UInt64: Schema] = Dictionary(
        uniqueKeysWithValues: allCases.map { ($0.rawValue, $0.schema) })

    /// Both kinds of fields as masks.
    var fieldMasks: FieldMasks { Self.fieldMasksByNumber[Int(rawValue)] }

    struct FieldMasks: Sendable {
        /// The fields such an event must have.
        var required: EventFieldMask = 0
        /// The fields it may have, those included.
        var allowed: EventFieldMask = 0
    }

    /// At each type's number; the numbers in between have none.
    private static let fieldMasksByNumber: [FieldMasks] = allCases.reduce(into: []) { table, type in
        table += repeatElement(FieldMasks(), count: Int(type.rawValue) - table.count)
        let required = type.requiredFields.reduce(0) { $0 | $1.mask }
        table.append(FieldMasks(required: required, allowed: type.optionalFields.reduce(required) { $0 | $1.mask }))
    }

    private var schema: Schema {
        let own = ownFields
        switch signer {
        case .admin: return Schema(required: own.required, optional: own.optional.union([.occurredAt]))
        case .adminOrSource:
            return Schema(required: own.required, optional: own.optional.union([.occurredAt, .source]))
        case .source:
            return Schema(
                required: own.required.union([.source, .commitment]),
                optional: own.optional.union([.occurredAt, .flags, .method, .reason, .via]))
        }
    }

    private var ownFields: Schema {
        let scope: Set<EventField> = [.channels, .categories, .senders, .brands]
        let grantDetails: Set<EventField> = [
            .notice, .verification, .presentation, .imported, .expiresAt, .senders, .brands, .request,
        ]
        func fields(_ required: Set<EventField> = [], optional: Set<EventField> = []) -> Schema {
            Schema(required: required, optional: optional)
        }
        switch self {
        case .ledgerOpened:
            return fields(
                [.nonce, .origin, .adminKeys, .logKeys, .longestUnpublished, .environment], optional: [.recoveryDigest])
        case .adminKeyAdded, .adminKeyRetired: return fields([.publicKey], optional: [.reason])
        case .logKeyAdded, .logKeyRetired: return fields([.logKey], optional: [.reason])
        case .sourceAuthorized:
            return fields(
                [.authorizedSource, .publicKey, .custody], optional: [.businesses, .proofOfPossession])
        case .sourceRevoked: return fields([.authorizedSource], optional: [.publicKey, .compromisedSince, .reason])
        case .businessRegistered: return fields([.name], optional: [.country])
        case .brandDefined: return fields([.brand, .name])
        case .senderDefined: return fields([.sender, .addresses, .channels], optional: [.brand])
        case .categoryDefined: return fields([.category, .categoryClass, .basis], optional: [.name])
        case .categoryRetired: return fields([.category], optional: [.reason])
        case .noticePublished:
            return fields([.noticeName, .language, .textDigest, .channels, .categories], optional: [.brand])
        case .noticeReconstructed:
            return fields(
                [.noticeName, .language, .textDigest, .channels, .categories, .shownFrom],
                optional: [.brand, .shownUntil])
        case .noticeRetired: return fields([.noticeName], optional: [.textDigest, .reason])
        case .rulepackAdopted: return fields([.pack, .packVersion, .packDigest], optional: [.effectiveFrom])
        case .decisionsRecorded:
            return fields([.root, .count, .coveredSize, .coveredRoot], optional: [.inputsDigest, .reason])
        case .holdAdded: return fields([.hold, .reason], optional: [.holdUntil])
        case .holdLifted: return fields([.hold], optional: [.reason])
        case .headsSealed: return fields([.root, .count, .coveredSize])
        case .templateCategorized: return fields([.template], optional: [.language, .category, .categoryClass])
        case .consentRequested:
            return fields([.channels, .categories], optional: grantDetails.subtracting([.request]).union([.validFor]))
        case .consentGiven, .consentRenewed: return fields([.channels, .categories], optional: grantDetails)
        case .consentConfirmed:
            return fields([.request], optional: [.verification, .presentation, .imported, .channels, .categories])
        case .consentRefused: return fields(optional: scope.union([.notice, .presentation, .imported, .request]))
        case .consentWithdrawn, .objected: return fields(optional: scope.union([.doNotContact, .imported, .concerns]))
        case .consentRevoked: return fields(optional: scope.union([.imported, .concerns]))
        case .consentResumed: return fields(optional: scope.union([.doNotContact]))
        case .consentInvalidated: return fields(optional: scope.union([.concerns]))
        case .basisBegan:
            return fields(
                [.basis, .categories, .channels], optional: [.senders, .brands, .expiresAt, .imported])
        case .basisEnded: return fields([.basis], optional: scope)
        case .complained, .blocked, .reported: return fields(optional: scope.union([.imported]))
        case .reviewOpened: return fields(optional: scope)
        case .reviewDecided: return fields([.concerns, .outcome], optional: scope)
        case .eventVoided: return fields([.concerns])
        case .contactChanged: return fields([.fromHandle])
        case .contactLinked, .contactUnlinked, .contactReassigned: return fields()
        case .contactErased: return fields(optional: [.keepSuppression])
        case .evidenceAttached: return fields([.concerns])
        case .migrated:
            return fields(
                [.previousOrigin, .previousLedger, .previousIndex, .previousLeafHash], optional: [.concerns])
        }
    }
}

/// Who may sign a statement of a type.
public enum StatementSigner: Sendable {
    /// An admin key of the ledger; the event names no source.
    case admin
    /// A source's key; the event names the source.
    case source
    /// Either: with a source named it is the source's key, else an admin key.
    case adminOrSource
}

/// The chains that records of a type are linked into.
public struct ChainPattern: Sendable, Equatable {
    /// How a chain of a kind occurs.
    public enum Occurrence: Sendable {
        case never
        case optional
        case always
    }

    /// Whether the record is in the ledger chain.
    public let ledger: Bool
    /// Whether the record is in a business's chain.
    public let business: Occurrence
    /// In how many contacts' chains it is.
    public let contacts: ClosedRange<Int>
}
