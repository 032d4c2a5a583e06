public import ConsentModel
internal import ConsentRules
internal import LedgerCrypto
internal import TransparencyLog

/// What a log holds, counted, for those who look for what is unusual. It counts the records that the tree of the
/// published checkpoint confirms, and judges none: that is for `Verifier`.
public struct LogStatistics: Sendable {
    /// How many acts there are by which people let themselves be messaged, and how many that end it.
    public struct ActCounts: Hashable, Sendable {
        /// Consent given, confirmed, renewed or resumed.
        public internal(set) var given: UInt64 = 0
        /// Consent refused, withdrawn, revoked or invalidated; objections, complaints, blocks and reports.
        public internal(set) var withdrawn: UInt64 = 0
    }

    /// Records that have something unusual in common.
    public struct Anomaly: Hashable, Sendable {
        /// How many there are.
        public private(set) var count: UInt64 = 0
        /// The first ones, at most 20.
        public private(set) var indices: [UInt64] = []
        /// The greatest extent, in milliseconds, where there is one.
        public private(set) var greatest: UInt64 = 0

        private static let mostIndices = 20

        mutating func add(_ index: UInt64, extent: UInt64 = 0) {
            count += 1
            greatest = max(greatest, extent)
            if indices.count < Self.mostIndices { indices.append(index) }
        }
    }

    /// A key that signed statements, and for which source; the empty text is an admin key.
    public struct KeyUse: Hashable, Sendable {
        /// The source that the statements name.
        public let source: String
        /// The key's identifier, 16 bytes.
        public let keyIdentifier: [UInt8]

        /// The use of that key for that source.
        public init(source: String, keyIdentifier: [UInt8]) {
            self.source = source
            self.keyIdentifier = keyIdentifier
        }
    }

    /// A notice as the events of a business name it.
    public struct NoticeUse: Hashable, Sendable {
        /// The business.
        public let business: String
        /// The notice.
        public let notice: NoticeReference

        /// The use of that notice in that business.
        public init(business: String, notice: NoticeReference) {
            self.business = business
            self.notice = notice
        }
    }

    /// How late a record may be after what it tells of: a day, in milliseconds.
    public static let notableDelay: UInt64 = 86_400_000

    /// How many records were to be read.
    public let size: UInt64
    /// Those that were read, counted.
    public private(set) var tally = RecordTally()
    /// Entries of the tree that are no records, or that are missing or damaged.
    public private(set) var unreadable = Anomaly()
    /// The acts of each day, counted from 1970-01-01 in UTC, by recorded-at.
    public private(set) var acts: [UInt64: ActCounts] = [:]
    /// The acts of each channel that they name; under the empty text those that name none, which are about all.
    public private(set) var actsByChannel: [String: ActCounts] = [:]
    /// What the governance says, with the times of its records.
    public private(set) var governance: GovernanceReplay
    /// How many statements name each key of the ledger.
    public private(set) var keyUses: [KeyUse: UInt64] = [:]
    /// How many events name each notice that their business has.
    public private(set) var noticeUses: [NoticeUse: UInt64] = [:]
    /// How many records have each flag.
    public private(set) var flags: [String: UInt64] = [:]
    /// How many contacts have a first record.
    public private(set) var contactCount: UInt64 = 0
    /// How many contacts were erased.
    public private(set) var erasedContactCount: UInt64 = 0
    /// How many restrictions there are.
    public private(set) var restrictionCount: UInt64 = 0

    /// Records more than a day after the end of their occurred-at.
    public private(set) var late = Anomaly()
    /// Statements of sources that do not say when it happened.
    public private(set) var undated = Anomaly()
    /// Events that name a notice which their business does not have.
    public private(set) var unknownNotices = Anomaly()
    /// Restrictions from a source that was revoked, or is not authorised for the business.
    public private(set) var unauthorizedRestrictions = Anomaly()

    /// Reads the first `size` records of `log`. Damage does not stop it; throws `outOfRange` if there are fewer, and where
    /// the reader fails. `progress` is told how many records have been looked at.
    public init(of log: PublishedLog, size: UInt64, progress: (UInt64) -> Void = { _ in }) throws {
        guard size <= log.size else {
            throw AuditError(.outOfRange, "the published checkpoint has the size \(log.size), less than \(size)")
        }
        self.size = size
        governance = GovernanceReplay(origin: log.checkpoint.checkpoint.origin)
        var next: UInt64 = 0
        while next < size {
            do {
                try log.forEachEntry(in: next..<size) { index, entry in
                    next = index + 1
                    take(entry, at: index)
                    progress(next)
                }
            } catch let error as AuditError where [.damaged, .missingFile, .notAFile].contains(error.code) {
                // Bundles are checked before an entry of theirs is given, so that the next entry begins the bad one.
                let end = min((next / Self.bundleWidth + 1) * Self.bundleWidth, size)
                for index in next..<end { unreadable.add(index) }
                next = end
            }
        }
    }

    private static let bundleWidth: UInt64 = 256

    private mutating func take(_ entry: [UInt8], at index: UInt64) {
        guard let logged = try? LoggedEvent(decoding: entry, at: index) else { return unreadable.add(index) }
        tally.take(logged)
        for case .contact in logged.record.links.lazy.filter({ $0.sequence == 0 }).map(\.chain) { contactCount += 1 }
        governance.take(logged)
        countKey(of: logged)
        if let event = logged.event { take(event, in: logged) }
    }

    private mutating func take(_ event: Event, in logged: LoggedEvent) {
        let record = logged.record
        for flag in event.flags { flags[flag, default: 0] += 1 }
        if event.type == .contactErased { erasedContactCount += 1 }
        if let notice = event.notice { count(notice, in: record) }
        noteDelay(of: event, in: record)
        if event.type.isRestriction {
            restrictionCount += 1
            if !isAuthorized(logged) { unauthorizedRestrictions.add(record.index) }
        }
        guard let act = Self.act(of: event.type) else { return }
        acts[Self.day(of: record), default: ActCounts()][keyPath: act] += 1
        for channel in event.channels ?? [""] { actsByChannel[channel, default: ActCounts()][keyPath: act] += 1 }
    }

    /// Only keys that the ledger has are counted, so that what is counted does not grow with what is stated.
    private mutating func countKey(of logged: LoggedEvent) {
        let (catalog, identifier) = (governance.catalog, logged.keyIdentifier)
        let isKnown =
            logged.source.map { catalog.sourceKey($0, keyIdentifier: identifier) != nil }
            ?? catalog.adminKeys.contains { $0.publicKey.keyIdentifier == identifier }
        guard isKnown else { return }
        keyUses[KeyUse(source: logged.source ?? "", keyIdentifier: identifier), default: 0] += 1
    }

    /// Likewise of notices; those that the ledger does not have are noted.
    private mutating func count(_ notice: NoticeReference, in record: Record) {
        let business = record.business ?? ""
        let isKnown = governance.catalog.businesses[business]?.notices.contains {
            $0.name == notice.name && $0.textDigest == notice.textDigest
        }
        guard isKnown == true else { return unknownNotices.add(record.index) }
        noticeUses[NoticeUse(business: business, notice: notice), default: 0] += 1
    }

    private mutating func noteDelay(of event: Event, in record: Record) {
        guard let occurredAt = event.occurredAt else {
            if event.type.signer == .source { undated.add(record.index) }
            return
        }
        let recorded = record.recordedAt.milliseconds
        if recorded > occurredAt.end.adding(milliseconds: Self.notableDelay).milliseconds {
            late.add(record.index, extent: recorded - occurredAt.end.milliseconds)
        }
    }

    /// Whether the key that the statement names could have signed any event of that source and business, by the
    /// governance before it.
    private func isAuthorized(_ logged: LoggedEvent) -> Bool {
        guard let source = logged.source,
            let key = governance.catalog.sourceKey(source, keyIdentifier: logged.keyIdentifier)
        else { return false }
        let isForBusiness = key.businesses.map { $0.contains(logged.record.business ?? "") } ?? true
        return isForBusiness && key.window.contains(logged.record.index)
    }

    /// The day of a record, counted from 1970-01-01 in UTC.
    static func day(of record: Record) -> UInt64 { record.recordedAt.milliseconds / OccurredAt.day }

    /// What events of a type count as; `nil` for those that are no acts.
    static func act(of type: EventType) -> WritableKeyPath<ActCounts, UInt64>? {
        switch type {
        case .consentGiven, .consentConfirmed, .consentRenewed, .consentResumed: \.given
        case .consentRefused, .consentWithdrawn, .consentRevoked, .consentInvalidated, .objected, .complained, .blocked,
            .reported:
            \.withdrawn
        default: nil
        }
    }
}
