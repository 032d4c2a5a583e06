public import ConsentModel

/// What was recorded between two sizes of a log.
public struct LedgerDifference: Sendable {
    /// An event that changed what the ledger or a business is.
    public struct Change: Sendable {
        /// The record's index.
        public let index: UInt64
        /// When it was recorded.
        public let recordedAt: Timestamp
        /// The business that it is about; `nil` if the ledger itself.
        public let business: String?
        /// What it says.
        public let event: Event
    }

    /// The indexes of the records.
    public let range: Range<UInt64>
    /// How many there are of each kind.
    public private(set) var tally = RecordTally()
    /// When the first of them was recorded; `nil` if there is none.
    public private(set) var firstRecordedAt: Timestamp?
    /// When the last of them was recorded.
    public private(set) var lastRecordedAt: Timestamp?
    /// What was governed, in the order of the log. Decisions and seals, of which there are many, are counted alone.
    public private(set) var changes: [Change] = []
    /// How many contacts have their first record here.
    public private(set) var newContactCount: UInt64 = 0
    /// How many contacts were erased here.
    public private(set) var erasedContactCount: UInt64 = 0

    /// Reads the records of `range`. Throws `damaged` where one is not what the checkpoint of `log` says or is no record,
    /// and what reading throws. `progress` is told how many records have been read.
    public init(
        in range: Range<UInt64>, of log: PublishedLog, progress: (UInt64) -> Void = { _ in }
    ) throws {
        self.range = range
        try log.forEachEntry(in: range) { index, entry in
            take(try LoggedEvent(decoding: entry, at: index))
            progress(index + 1 - range.lowerBound)
        }
    }

    private mutating func take(_ logged: LoggedEvent) {
        let record = logged.record
        tally.take(logged)
        firstRecordedAt = firstRecordedAt ?? record.recordedAt
        lastRecordedAt = record.recordedAt
        for case .contact in record.links.lazy.filter({ $0.sequence == 0 }).map(\.chain) { newContactCount += 1 }
        guard let event = logged.event else { return }
        switch event.type {
        case .contactErased: erasedContactCount += 1
        case .decisionsRecorded, .headsSealed: break
        case let type where type.isGovernance:
            changes.append(
                Change(
                    index: record.index, recordedAt: record.recordedAt, business: record.business, event: event))
        default: break
        }
    }
}
