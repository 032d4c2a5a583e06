internal import ConsentAudit
internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules
internal import LedgerCrypto
internal import LedgerStorage
internal import TransparencyLog

/// The exit codes, which are API (DESIGN §10). Thrown by a command whose verdict is not a plain yes.
enum ExitStatus: Int32, Error, CaseIterable {
    /// It holds, or yes.
    case success = 0
    /// The verdict *deny*, and nothing else.
    case deny = 1
    /// What is stored contradicts itself or its signatures.
    case doesNotVerify = 2
    /// The verdict *defer*.
    case notNow = 3
    case usage = 64
    case badInput = 65
    case cannotBeRead = 66
    case `internal` = 70
    case inputOutput = 74
    /// Another program writes, or the clock stops appends; later it may go.
    case tryAgain = 75
    case notPermitted = 77

    /// The status of an error; `internal` for one that no table knows.
    init(of error: any Error) {
        self =
            switch error {
            case let error as CommandError: Self.ofCommand[error.code] ?? .internal
            case let error as LedgerError: Self.ofLedger[error.code] ?? .internal
            case let error as StorageError: Self.ofStorage[error.code] ?? .internal
            case let error as ModelError: Self.ofModel[error.code] ?? .internal
            case let error as RulesError: Self.ofRules[error.code] ?? .internal
            case let error as ContactAddressError: Self.ofContactAddress[error.code] ?? .internal
            case let error as TransparencyLogError: Self.ofTransparencyLog[error.code] ?? .internal
            case let error as CryptoError: Self.ofCrypto[error.code] ?? .internal
            case let error as ImportError: Self.ofImport[error.code] ?? .internal
            case let error as AuditError: Self.ofAudit[error.code] ?? .internal
            default: .internal
            }
    }

    static let ofCommand: [CommandError.Code: ExitStatus] = [
        .usage: .usage,
        .badInput: .badInput,
        .cannotBeRead: .cannotBeRead,
        .notPermitted: .notPermitted,
        .locked: .tryAgain,
        .changedMeanwhile: .tryAgain,
        .stale: .tryAgain,
        .unreachable: .tryAgain,
        .output: .inputOutput,
    ]

    static let ofLedger: [LedgerError.Code: ExitStatus] = [
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

    static let ofStorage: [StorageError.Code: ExitStatus] = [
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

    /// Commands make events of what they are given, so that a value out of bounds is wrong input; encodings come from
    /// the ledger alone.
    static let ofModel: [ModelError.Code: ExitStatus] = [
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

    static let ofRules: [RulesError.Code: ExitStatus] = [
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

    static let ofContactAddress: [ContactAddressError.Code: ExitStatus] = [
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

    static let ofTransparencyLog: [TransparencyLogError.Code: ExitStatus] = [
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

    static let ofCrypto: [CryptoError.Code: ExitStatus] = [
        .malformed: .badInput,
        .doesNotOpen: .doesNotVerify,
        .noMemory: .inputOutput,
        .notGranted: .tryAgain,
        .otherDigest: .doesNotVerify,
        .otherRequest: .doesNotVerify,
        .untrustedAuthority: .doesNotVerify,
        .badStamp: .doesNotVerify,
    ]

    static let ofImport: [ImportError.Code: ExitStatus] = [
        .usage: .usage,
        .encoding: .badInput,
        .malformed: .badInput,
        .tooLarge: .badInput,
        .missing: .badInput,
        .unknownValue: .badInput,
        .time: .badInput,
        .spreadsheetDamage: .badInput,
    ]

    static let ofAudit: [AuditError.Code: ExitStatus] = [
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
