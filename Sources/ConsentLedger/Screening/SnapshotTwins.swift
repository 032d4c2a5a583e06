internal import ConsentModel
internal import ConsentRules
internal import LedgerCrypto

/// What a snapshot is of: with it, another thread opens connections of its own and sees the same records.
struct SnapshotTwins: Sendable {
    let catalog: Catalog
    let size: UInt64
    let lastRecordedAt: Timestamp
    let location: LedgerLocation
    let keys: LedgerKeys
    let tail: RecordTail
    /// What is known of how many uses there are.
    let useCount: UseCount?
    /// How far the registry is.
    let registrySize: UInt64
    /// What they look contacts up in, once there is one.
    let table: SharedContactTable?

    /// Whether others can look at the databases beside the one who does.
    var isShareable: Bool { location.directory != nil }

    /// Calls `body` with a snapshot of the same records. Does nothing if a writer has gone on meanwhile: every transaction
    /// of his notes how far he is, so that at the same progress the databases say the same.
    func withSnapshot(_ body: (LedgerSnapshot) throws -> Void) throws {
        let ledgerID = catalog.ledgerID?.bytes ?? []
        let index = try CurrentIndex(of: location, ledgerID: ledgerID, mayCreate: false)
        let registry = try Registry(of: location, ledgerID: ledgerID, isForWriting: false)
        try index.read { view in
            try registry.read { registered in
                guard try view.progress().size + UInt64(tail.count) == size, try registered.hasCurrentTags(),
                    try registered.progress().size == registrySize, try registered.goes(by: keys)
                else { return }
                try body(
                    LedgerSnapshot(
                        catalog: catalog, size: size, lastRecordedAt: lastRecordedAt, location: location, keys: keys,
                        view: view, registry: registered, tail: tail, useCount: useCount,
                        published: PublishedRecords(location.storage), table: table))
            }
        }
    }
}
