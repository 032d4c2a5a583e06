/// Something that a verification does not show, although a reader could think so.
public struct NotCovered: Hashable, Sendable {
    /// The kind; an open set.
    public struct Code: Hashable, Sendable {
        /// A stable word for machines.
        public let name: String

        public init(name: String) { self.name = name }

        /// The log's key or the ledger-id was taken from the log itself.
        public static let identity = Code(name: "identity")
        /// No checkpoint older than the published one was kept.
        public static let history = Code(name: "history")
        /// Nothing but the ledger's own clock says since when the records exist.
        public static let existence = Code(name: "existence")
        /// Kept checkpoints that only a deeper level can check, since keys that were not given signed them.
        public static let otherLogKeys = Code(name: "other-log-keys")
        /// Witnesses' cosignatures that were not checked.
        public static let witnesses = Code(name: "witnesses")
        /// Time stamps of checkpoints that were not checked, or do not count.
        public static let timeStamps = Code(name: "time-stamps")
        /// Statements signed with keys that the ledger itself held.
        public static let ledgerHeldKeys = Code(name: "ledger-held-keys")
        /// Events of types that this software does not know: checked up to their signatures.
        public static let unknownEvents = Code(name: "unknown-events")
        /// Acknowledged records that wait in the journal, which no checkpoint covers.
        public static let journalTail = Code(name: "journal-tail")
        /// Entries that could not be read, so that what they did to others is not known.
        public static let unreadableRecords = Code(name: "unreadable-records")
        /// Times that the ledger's clock jumped forward by more than an hour, or nothing happened.
        public static let clockGaps = Code(name: "clock-gaps")
        /// Events that say they occurred after they were recorded.
        public static let occurredLater = Code(name: "occurred-later")
        /// Records that others saw before the ledger says that they were recorded.
        public static let recordedAfterSeen = Code(name: "recorded-after-seen")
        /// What was verified in an earlier run, by the notebook, and not again.
        public static let verifiedBefore = Code(name: "verified-before")
        /// What entries say, where they are taken as any bytes.
        public static let opaqueEntries = Code(name: "opaque-entries")
        /// Roots over the heads of contacts' chains, which no level compares.
        public static let sealedHeads = Code(name: "sealed-heads")
        /// Records above the published checkpoint.
        public static let aboveCheckpoint = Code(name: "above-checkpoint")
        /// Roots and tiles above a gap cannot be recomputed.
        public static let aboveGap = Code(name: "above-gap")
        /// Files that no record or checkpoint asks for.
        public static let unexpectedFiles = Code(name: "unexpected-files")
        /// Contacts whose index entries differ and were not looked at one by one.
        public static let moreIndexDifferences = Code(name: "more-index-differences")
    }

    /// The kind.
    public let code: Code
    /// How many of them there are, where they can be counted.
    public let count: UInt64?
    /// What it means, in a sentence.
    public let sentence: String

    init(_ code: Code, count: UInt64? = nil, _ sentence: String) {
        self.code = code
        self.count = count
        self.sentence = sentence
    }
}
