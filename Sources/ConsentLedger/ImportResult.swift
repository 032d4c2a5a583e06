/// What became of one item of an imported file.
public struct ImportResult: Sendable {
    /// Where the item stands in the file.
    public let position: ImportItem.Position
    /// What became of it.
    public let outcome: Outcome
    /// What had to be assumed or left out so that an opt-out is not lost.
    public let remarks: [String]
    /// Twilio's name for the item, where it came with one.
    public let correlationID: String?
    /// The faults, for the answer in Twilio's shape; empty unless the outcome is `rejected`.
    public let faults: [ImportError]
    /// What was thrown where the outcome is `rejected`: it may be no fault of the item.
    public let error: (any Error)?

    /// What can become of an item.
    public enum Outcome: Hashable, Sendable {
        /// Recorded at that index; `nil` in a dry run, which records nothing.
        case recorded(index: UInt64?)
        /// The ledger had it already, at that index.
        case alreadyRecorded(index: UInt64)
        /// Recorded at that index; it holds marketing until someone decides it (`consent review`).
        case heldForReview(index: UInt64?)
        /// It says nothing that is to be recorded.
        case nothing(reason: String)
        /// Not recorded: the code and a sentence.
        case rejected(code: String, reason: String)

        /// A stable word.
        public var name: String {
            switch self {
            case .recorded: "recorded"
            case .alreadyRecorded: "already-recorded"
            case .heldForReview: "held-for-review"
            case .nothing: "nothing"
            case .rejected: "rejected"
            }
        }
    }
}

/// How many items came to what.
public struct ImportSummary: Hashable, Sendable {
    public var recorded = 0
    public var alreadyRecorded = 0
    public var heldForReview = 0
    public var nothing = 0
    public var rejected = 0
    /// Whether the file was read to its end; if not, the same file again goes on where this left off.
    public var isComplete = false

    /// All items seen.
    public var total: Int { recorded + alreadyRecorded + heldForReview + nothing + rejected }

    mutating func count(_ outcome: ImportResult.Outcome) {
        switch outcome {
        case .recorded: recorded += 1
        case .alreadyRecorded: alreadyRecorded += 1
        case .heldForReview: heldForReview += 1
        case .nothing: nothing += 1
        case .rejected: rejected += 1
        }
    }
}
