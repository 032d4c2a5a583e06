/// The fields an event can have. The raw value is the integer key in the event's map; numbers are never used again for
/// something else. The case's name, in kebab case, is the field's name in SPEC.md, in JSON and in messages.
public enum EventField: UInt64, CaseIterable, Sendable, Comparable {
    // What every event can have; 1 and 2 hold the type and the event id, and are not fields.
    case source = 3
    case occurredAt = 4
    case commitment = 5
    case flags = 6

    // What a person agreed to or refused, and how. Keys below 24 take one byte.
    case channels = 7
    case categories = 8
    case notice = 9
    case method = 10
    case verification = 11
    case presentation = 12
    case imported = 13
    case expiresAt = 14
    case senders = 15
    case brands = 16
    case request = 17
    case validFor = 18
    case doNotContact = 19
    case basis = 20
    case reason = 21
    case concerns = 22
    case outcome = 23
    case via = 24

    // The ledger itself.
    case nonce = 32
    case origin = 33
    case adminKeys = 34
    case logKeys = 35
    case recoveryDigest = 36
    case longestUnpublished = 37
    case environment = 38
    case publicKey = 39
    case logKey = 40
    case authorizedSource = 41
    case custody = 42
    case businesses = 43
    case proofOfPossession = 44
    case compromisedSince = 45

    // A business and what it says and sends.
    case name = 48
    case country = 49
    case brand = 50
    case sender = 51
    case addresses = 52
    case category = 53
    case categoryClass = 54
    case noticeName = 55
    case language = 56
    case textDigest = 57
    case shownFrom = 58
    case shownUntil = 59

    // Rules, decisions, holds, seals.
    case pack = 64
    case packVersion = 65
    case packDigest = 66
    case effectiveFrom = 67
    case root = 68
    case count = 69
    case coveredSize = 70
    case coveredRoot = 71
    case inputsDigest = 72
    case hold = 73
    case holdUntil = 74
    case template = 75

    // Contacts.
    case fromHandle = 80
    case keepSuppression = 81
    case previousOrigin = 82
    case previousLedger = 83
    case previousIndex = 84
    case previousLeafHash = 85

    /// The field as a member of a mask.
    var mask: EventFieldMask { 1 << EventFieldMask(rawValue) }

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    /// The field's name: the case's name in kebab case, `class` for `categoryClass`.
    public var name: String {
        if self == .categoryClass { return "class" }
        return "\(self)".reduce(into: "") { name, letter in
            name += letter.isUppercase ? "-" + letter.lowercased() : String(letter)
        }
    }

    private static let byName = Dictionary(uniqueKeysWithValues: allCases.map { ($0.name, $0) })

    /// The field of that name, if there is one.
    public init?(name: String) {
        guard let field = Self.byName[name] else { return nil }
        self = field
    }

    /// What values the field takes.
    public var kind: FieldKind {
        switch self {
        case .source, .reason, .authorizedSource, .brand, .sender, .category, .noticeName, .pack, .hold: .identifier
        case .occurredAt: .occurredAt
        case .commitment, .recoveryDigest, .textDigest, .packDigest, .root, .coveredRoot, .inputsDigest, .nonce,
            .publicKey, .previousLedger, .previousLeafHash:
            .bytes(32)
        case .flags: .words(.flag)
        case .channels: .words(.channel)
        case .categories, .senders, .brands, .businesses: .identifiers(most: 64)
        case .notice: .notice
        case .method: .word(.method)
        case .verification: .word(.verification)
        case .presentation: .presentation
        case .imported, .doNotContact, .keepSuppression: .mark
        case .expiresAt, .compromisedSince, .shownFrom, .shownUntil, .effectiveFrom, .holdUntil: .time
        case .request, .concerns, .fromHandle: .bytes(16)
        case .validFor, .longestUnpublished: .duration
        case .basis: .word(.basis)
        case .outcome: .word(.outcome)
        case .via: .word(.channel)
        case .origin, .previousOrigin: .text(most: 255)
        case .adminKeys: .byteStrings(size: 32, most: 16)
        case .logKeys: .texts(most: 16, size: 512)
        case .environment: .word(.environment)
        case .logKey, .template: .text(most: 512)
        case .custody: .word(.custody)
        case .proofOfPossession: .bytes(64)
        case .name: .text(most: 200)
        case .country: .country
        case .addresses: .texts(most: 16, size: 254)
        case .categoryClass: .word(.categoryClass)
        case .language: .language
        case .packVersion: .text(most: 64)
        case .count, .coveredSize, .previousIndex: .number
        }
    }
}

/// A set of fields, the bit of each at its number: what decoding checks without looking anything up.
typealias EventFieldMask = UInt128
