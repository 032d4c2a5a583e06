public import ConsentAudit
public import ConsentLedger
public import ConsentModel
public import ConsentRules
public import LedgerCrypto
public import LedgerStorage
public import TransparencyLog

/// What kind of failure an error is, whichever library throws it: one table, from which the command line has its exit
/// status, and the server its exit status and the status of its answers.
public enum FailureKind: Hashable, Sendable, CaseIterable {
    /// What is stored contradicts itself or its signatures.
    case doesNotVerify
    /// Options that are missing, unknown, or do not go together.
    case usage
    /// Input that is not what it should be.
    case badInput
    /// Something that is not there or cannot be read.
    case cannotBeRead
    /// What no table knows, or must not happen.
    case `internal`
    /// The disk, or what stands for it, failed.
    case inputOutput
    /// Another program writes, or the clock stops appends; later it may go.
    case tryAgain
    /// A key, a role or a hold forbids it.
    case notPermitted

    /// The exit status of a program that fails so, which is API (DESIGN §10).
    public var exitStatus: Int32 {
        switch self {
        case .doesNotVerify: 2
        case .usage: 64
        case .badInput: 65
        case .cannotBeRead: 66
        case .internal: 70
        case .inputOutput: 74
        case .tryAgain: 75
        case .notPermitted: 77
        }
    }

    /// The kind of an error of the libraries; `nil` for one that is not theirs, or whose code no table knows.
    public init?(of error: any Error) {
        let kind: FailureKind? =
            switch error {
            case let error as LedgerError: Self.ofLedger[error.code]
            case let error as StorageError: Self.ofStorage[error.code]
            case let error as ModelError: Self.ofModel[error.code]
            case let error as RulesError: Self.ofRules[error.code]
            case let error as ContactAddressError: Self.ofContactAddress[error.code]
            case let error as TransparencyLogError: Self.ofTransparencyLog[error.code]
            case let error as CryptoError: Self.ofCrypto[error.code]
            case let error as ImportError: Self.ofImport[error.code]
            case let error as AuditError: Self.ofAudit[error.code]
            default: nil
            }
        guard let kind else { return nil }
        self = kind
    }

    /// The stable word for machines that an error of the libraries has; `nil` for one that is not theirs.
    public static func code(of error: any Error) -> String? {
        switch error {
        case let error as LedgerError: error.code.name
        case let error as StorageError: error.code.name
        case let error as ModelError: error.code.name
        case let error as RulesError: error.code.name
        case let error as ContactAddressError: error.code.name
        case let error as TransparencyLogError: error.code.name
        case let error as CryptoError: error.code.name
        case let error as ImportError: error.code.name
        case let error as AuditError: error.code.name
        default: nil
        }
    }
}

/// The tables.
extension FailureKind {
    /// By the codes of `LedgerError`.
    public static let ofLedger: [LedgerError.Code: FailureKind] = [
        .noLedger: .cannotBeRead,
        .ledgerExists: .badInput,
        .incomplete: .cannotBeRead,
        .laterVersion: .cannotBeRead,
        .badKey: .notPermitted,
        .missingKey: .notPermitted,
        .exposedKey: .notPermitted,
        .unwritableKey: .notPermitted,
        .noPassphrase: .notPermitted,
        .badPassphrase: .notPermitted,
        .foreign: .cannotBeRead,
        .unreadableDatabase: .cannotBeRead,
        .damaged: .doesNotVerify,
        .conflictingDuplicate: .badInput,
        .ambiguous: .badInput,
        .badEvent: .badInput,
        .contentChanged: .tryAgain,
        .clockJumped: .tryAgain,
        .outcomeUnknown: .inputOutput,
        .suppressed: .badInput,
        .held: .notPermitted,
        .shut: .notPermitted,
        .notServed: .cannotBeRead,
        .servedWrong: .doesNotVerify,
        .badInput: .badInput,
    ]

    /// By the codes of `StorageError`.
    public static let ofStorage: [StorageError.Code: FailureKind] = [
        .exists: .inputOutput,
        .locked: .tryAgain,
        .failed: .inputOutput,
        .full: .inputOutput,
        .damaged: .doesNotVerify,
        .macMismatch: .doesNotVerify,
        .notALedgerPath: .internal,
        .misplaced: .internal,
        .unknownOutcome: .inputOutput,
    ]

    /// By the codes of `ModelError`. Programs make events of what they are given, so that a value out of bounds is wrong
    /// input; encodings come from the ledger alone.
    public static let ofModel: [ModelError.Code: FailureKind] = [
        .encoding: .doesNotVerify,
        .unknownRecordVersion: .cannotBeRead,
        .form: .doesNotVerify,
        .unknownField: .badInput,
        .missingField: .badInput,
        .badValue: .badInput,
        .tooLarge: .badInput,
        .badTime: .badInput,
        .malformedJSON: .badInput,
    ]

    /// By the codes of `RulesError`.
    public static let ofRules: [RulesError.Code: FailureKind] = [
        .unknownBusiness: .badInput,
        .unknownCategory: .badInput,
        .unknownChannel: .badInput,
        .unknownSender: .badInput,
        .unknownBrand: .badInput,
        .unknownBasis: .badInput,
        .unknownTemplate: .badInput,
        .contradictoryQuestion: .badInput,
        .missingText: .cannotBeRead,
        .unknownNotice: .badInput,
        .unknownSource: .badInput,
        .unknownKey: .notPermitted,
        .notAuthorized: .notPermitted,
        .badSignature: .doesNotVerify,
        .alreadyDefined: .badInput,
        .repeatedEvent: .badInput,
        .misplaced: .badInput,
        .missingField: .badInput,
        .fromTheFuture: .badInput,
        .olderThanNotice: .badInput,
        .widerThanNotice: .badInput,
        .notCovered: .cannotBeRead,
        .badPack: .badInput,
        .packUnreadable: .cannotBeRead,
        .defectiveNotice: .badInput,
    ]

    /// By the codes of `ContactAddressError`.
    public static let ofContactAddress: [ContactAddressError.Code: FailureKind] = [
        .empty: .badInput,
        .malformed: .badInput,
        .spreadsheetDamage: .badInput,
        .countryUnknown: .badInput,
        .regionUnknown: .badInput,
        .callingCodeUnknown: .badInput,
        .wrongLength: .badInput,
        .extensionNumber: .badInput,
        .malformedEmail: .badInput,
        .malformedUserID: .badInput,
    ]

    /// By the codes of `TransparencyLogError`.
    public static let ofTransparencyLog: [TransparencyLogError.Code: FailureKind] = [
        .malformed: .doesNotVerify,
        .tooLarge: .badInput,
        .outOfRange: .badInput,
        .doesNotVerify: .doesNotVerify,
        .badSignature: .doesNotVerify,
        .notSigned: .doesNotVerify,
        .unsupportedKey: .cannotBeRead,
        .quorumNotReached: .doesNotVerify,
        .witnessAhead: .doesNotVerify,
        .witnessContradicts: .doesNotVerify,
        .witnessRefused: .tryAgain,
        .implausibleTime: .doesNotVerify,
    ]

    /// By the codes of `CryptoError`.
    public static let ofCrypto: [CryptoError.Code: FailureKind] = [
        .malformed: .badInput,
        .doesNotOpen: .doesNotVerify,
        .noMemory: .inputOutput,
        .notGranted: .tryAgain,
        .otherDigest: .doesNotVerify,
        .otherRequest: .doesNotVerify,
        .untrustedAuthority: .doesNotVerify,
        .badStamp: .doesNotVerify,
    ]

    /// By the codes of `ImportError`.
    public static let ofImport: [ImportError.Code: FailureKind] = [
        .usage: .usage,
        .encoding: .badInput,
        .malformed: .badInput,
        .tooLarge: .badInput,
        .missing: .badInput,
        .unknownValue: .badInput,
        .time: .badInput,
        .spreadsheetDamage: .badInput,
    ]

    /// By the codes of `AuditError`.
    public static let ofAudit: [AuditError.Code: FailureKind] = [
        .cannotOpen: .cannotBeRead,
        .cannotRead: .cannotBeRead,
        .missingFile: .cannotBeRead,
        .notAFile: .cannotBeRead,
        .damaged: .doesNotVerify,
        .outOfRange: .badInput,
        .noSuchChain: .badInput,
        .notAProof: .badInput,
        .notAClearance: .badInput,
        .notEvidence: .badInput,
        .foreignClearance: .doesNotVerify,
        .tooLarge: .badInput,
        .malformedState: .badInput,
        .unknownLog: .badInput,
        .foreignCheckpoint: .badInput,
        .malformedNotebook: .badInput,
        .otherNotebook: .badInput,
    ]
}
