/// One thing in a log that is not as it must be.
public struct Finding: Hashable, Sendable {
    /// The kind of damage; an open set. Where a rule of the catalog is broken, the name is that of the rule
    /// (`unknown-source`, `not-authorized` and so on, see ConsentRules).
    public struct Code: Hashable, Sendable {
        /// A stable word for machines.
        public let name: String

        public init(name: String) { self.name = name }

        // structure
        /// A file that the checkpoint needs is not there.
        public static let missingFile = Code(name: "missing-file")
        /// Something else than a regular file stands in the place of one, or than a directory on the way to it.
        public static let notAFile = Code(name: "not-a-file")
        /// `log.vkey` is not a list of vkeys.
        public static let malformedKeys = Code(name: "malformed-keys")
        /// A checkpoint is not a signed note with a checkpoint, or not of the size its name says.
        public static let malformedCheckpoint = Code(name: "malformed-checkpoint")
        /// A checkpoint is of another origin than the pinned one, or than the published checkpoint.
        public static let wrongOrigin = Code(name: "wrong-origin")
        /// A hash tile is not as long as it must be.
        public static let malformedTile = Code(name: "malformed-tile")
        /// The framing of an entry bundle does not hold.
        public static let malformedBundle = Code(name: "malformed-bundle")
        /// An entry is not a record in its one encoding.
        public static let malformedRecord = Code(name: "malformed-record")
        /// A record is of a version that this software does not know.
        public static let unknownRecordVersion = Code(name: "unknown-record-version")
        /// A record's statement is not one.
        public static let malformedStatement = Code(name: "malformed-statement")
        /// A statement's payload is not an event.
        public static let malformedEvent = Code(name: "malformed-event")
        /// A record says another index than its place in the log.
        public static let wrongIndex = Code(name: "wrong-index")
        /// A record was recorded before the one that precedes it.
        public static let timeGoesBack = Code(name: "time-goes-back")

        // tree
        /// An entry does not have the leaf hash that the tree holds.
        public static let alteredRecord = Code(name: "altered-record")
        /// A hash tile differs from what is computed from the entries.
        public static let alteredTile = Code(name: "altered-tile")
        /// A partial tile or bundle of an earlier checkpoint differs from the beginning of the one now in its place.
        public static let stalePartial = Code(name: "stale-partial")
        /// The root differs from the published checkpoint's.
        public static let wrongRoot = Code(name: "wrong-root")
        /// The root at a kept checkpoint's size differs from that checkpoint's: the history was rewritten.
        public static let inconsistentCheckpoint = Code(name: "inconsistent-checkpoint")
        /// A kept checkpoint, or the one signed last, is larger than the published one: the log was rolled back.
        public static let rolledBack = Code(name: "rolled-back")
        /// A checkpoint's signature line of a known key, the log's or a witness's, does not verify or is there twice.
        public static let badCheckpointSignature = Code(name: "bad-checkpoint-signature")
        /// No known log key signed a checkpoint.
        public static let checkpointNotSigned = Code(name: "checkpoint-not-signed")
        /// Too few of the policy's witnesses cosigned the published checkpoint.
        public static let quorumNotReached = Code(name: "quorum-not-reached")
        /// A link's leaf hash is not that of the record it names.
        public static let brokenLink = Code(name: "broken-link")
        /// A link names a record that is not in its chain.
        public static let linkToOtherChain = Code(name: "link-to-other-chain")
        /// A link's sequence is not one more than its predecessor's.
        public static let wrongSequence = Code(name: "wrong-sequence")
        /// Two records of a chain name the same predecessor.
        public static let forkedChain = Code(name: "forked-chain")
        /// A chain begins a second time.
        public static let chainBegunAgain = Code(name: "chain-begun-again")

        // signatures
        /// Entry 0 is not there, or does not open a ledger.
        public static let notOpened = Code(name: "not-opened")
        /// The leaf hash of entry 0 is not the pinned ledger-id.
        public static let wrongLedgerID = Code(name: "wrong-ledger-id")
        /// A statement's signature does not verify in its place.
        public static let badSignature = Code(name: "bad-signature")
        /// A log key that signed a checkpoint, or that `log.vkey` names, is not one of the ledger's then.
        public static let logKeyNotInForce = Code(name: "log-key-not-in-force")

        // replay
        /// A record is not in the chains that events of its type are in.
        public static let wrongLinks = Code(name: "wrong-links")
        /// A record has the event id of an earlier one: it states again what was stated once.
        public static let repeatedEvent = Code(name: "repeated-event")
        /// An object that a record names is not there.
        public static let missingObject = Code(name: "missing-object")
        /// An object has more than `ObjectCheck.mostBytes` bytes.
        public static let objectTooLarge = Code(name: "object-too-large")
        /// An object does not have the SHA-256 that it is named by.
        public static let alteredObject = Code(name: "altered-object")
        /// A notice's object is not UTF-8 text, or is empty.
        public static let malformedNotice = Code(name: "malformed-notice")

        // the index
        /// The index was made from another ledger.
        public static let indexOfOtherLedger = Code(name: "index-of-other-ledger")
        /// The index ends before the checkpoint.
        public static let indexBehind = Code(name: "index-behind")
        /// The index says of a contact what a replay does not say, or the reverse.
        public static let indexDiffers = Code(name: "index-differs")
    }

    /// The kind of damage.
    public let code: Code
    /// The level that finds it; what the index check finds counts as `replay`.
    public let level: VerificationLevel
    /// The file, relative to the log.
    public let file: String?
    /// The index of the record, or of the first one concerned.
    public let index: UInt64?
    /// The place in the file, in bytes: of the damage where it is known, else of the entry or hash that it is in.
    public let offset: Int?
    /// What should be there.
    public let expected: String?
    /// What is there.
    public let found: String?
    /// What it means, in a sentence.
    public let sentence: String
    /// The size up to which the log is none the worse for it; `nil` if it says nothing of the records.
    let soundBelow: UInt64?

    init(
        _ code: Code, _ level: VerificationLevel, file: String? = nil, index: UInt64? = nil, offset: Int? = nil,
        expected: String? = nil, found: String? = nil, soundBelow: UInt64? = nil, spoilsLog: Bool = true,
        _ sentence: String
    ) {
        self.code = code
        self.level = level
        self.file = file
        self.index = index
        self.offset = offset
        self.expected = expected
        self.found = found
        self.soundBelow = spoilsLog ? soundBelow ?? index : nil
        self.sentence = sentence
    }

    /// The same, in its place: a check that knows a record by its index alone leaves the file to who has it.
    func placed(in file: String, at offset: Int?) -> Finding {
        Finding(
            code, level, file: file, index: index, offset: offset, expected: expected, found: found,
            soundBelow: soundBelow, spoilsLog: soundBelow != nil, sentence)
    }

    /// The same of a file that is absent, where something else stands in its place or on the way to it.
    func explained(by obstacle: AuditError) -> Finding {
        guard let (path, kind) = obstacle.obstacle else { return self }
        return Finding(
            .notAFile, level, file: file, index: index, expected: "a regular file in its directories",
            found: path == file ? kind : "\(path): \(kind)", soundBelow: soundBelow, spoilsLog: soundBelow != nil,
            obstacle.description)
    }
}
