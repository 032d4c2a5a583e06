internal import ConsentModel
internal import ConsentRules
internal import LedgerStorage

/// A ledger open for asking: needs no lock, sees every acknowledged record.
public final class Ledger: Sendable {
    /// What tells this ledger from others.
    public let identity: LedgerIdentity

    private let location: LedgerLocation
    private let keys: LedgerKeys
    private let registry: Registry
    private let index: CurrentIndex

    private static let attempts = 3

    /// Opens the ledger at `location`. An index that is missing is rebuilt first, for which no one may be writing.
    public init(_ location: LedgerLocation) throws {
        identity = try LedgerIdentity(of: location)
        self.location = location
        let files = KeyFiles(storage: location.storage)
        keys = try LedgerKeys(reading: files)
        if !location.databases.exists(CurrentIndex.fileName) {
            try LedgerWriter(location).close()
        }
        registry = try Registry(
            location.databases.open(Registry.fileName), ledgerID: identity.ledgerID, creating: false)
        index = try CurrentIndex(
            location.databases.open(CurrentIndex.fileName), ledgerID: identity.ledgerID, creating: false)
    }

    /// Calls `body` with the ledger as it is now.
    ///
    /// The journal is read before the index: what the writer takes out of the journal it has put into the index before, so
    /// that nothing acknowledged is missed.
    public func read<Result>(_ body: (LedgerSnapshot) throws -> Result) throws -> Result {
        for attempt in 1... {
            let start = try index.progress()
            let scan = try JournalReader.scan(
                location.storage, directory: LedgerPaths.journal, key: keys.journal, from: start.journalEnd)
            let result: Result? = try index.read { view in
                guard let tail = try Self.tail(scan, from: try view.progress().size) else { return nil }
                return try body(
                    LedgerSnapshot(
                        location: location, identity: identity, keys: keys, registry: registry, view: view, tail: tail))
            }
            if let result { return result }
            // The index lags behind what the journal still has: an old copy, or a crash. Whoever may write mends it.
            if attempt >= Self.attempts { throw StorageError(.locked, "the index is behind; try again in a moment") }
            try LedgerWriter(location).close()
        }
        preconditionFailure("the loop above only ends by returning or throwing")
    }

    /// The scanned records from `size` on; `nil` where they do not join up with it.
    private static func tail(_ scan: JournalScan, from size: UInt64) throws -> RecordTail? {
        var tail = RecordTail()
        var next = size
        for frame in scan.frames {
            for (offset, entry) in frame.entries.enumerated() {
                let index = frame.firstIndex + UInt64(offset)
                if index < next { continue }
                guard index == next else { return nil }
                tail.append(try JournalRecord(decoding: entry))
                next += 1
            }
        }
        return tail
    }
}
