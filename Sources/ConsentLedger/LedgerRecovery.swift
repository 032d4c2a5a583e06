internal import ConsentModel
internal import LedgerCrypto
internal import LedgerStorage
internal import TransparencyLog

/// Brings a ledger that may have been left half-way by a crash to where nothing is missing: everything in the journal is
/// in sealed parts, registry and index, and the tree contradicts nothing that was signed.
struct LedgerRecovery {
    let location: LedgerLocation
    let identity: LedgerIdentity
    let keys: LedgerKeys
    let registry: Registry
    let sealedStore: SealedStore

    /// What the writer goes on from.
    struct Recovered {
        let index: CurrentIndex
        let journal: JournalWriter
        let size: UInt64
        let sealedEnd: SealedStore.Position
        let lastRecordedAt: Timestamp
    }

    private static let batch = 8192

    func recover(into publisher: inout LogPublisher) throws -> Recovered {
        let published = publisher.publishedSize
        let atRegistry = try registry.progress()
        var (index, progress) = try openIndex()
        let start = min(published, atRegistry.size, progress.size)
        let needsAll = start < progress.size || progress.journalEnd == .zero
        let scan = try JournalReader.scan(
            location.storage, directory: LedgerPaths.journal, key: keys.journal,
            from: needsAll ? nil : progress.journalEnd)
        let journaled = try scan.frames.flatMap { frame in
            try frame.entries.map { try JournalRecord(decoding: $0) }
        }
        let first = journaled.first?.record.index ?? max(published, progress.size)
        let size = max(published, progress.size, journaled.last.map { $0.record.index + 1 } ?? 0)
        if first > progress.size, progress.size < size {
            // The journal no longer has what the index lacks; the log does.
            (index, progress) = try rebuildIndex(upTo: min(published, first))
        }
        guard journaled.isEmpty || first <= min(published, atRegistry.size), size >= progress.size else {
            throw LedgerError(
                .damaged,
                "the journal begins at record \(first), and the log ends at \(published): records are missing; restore the journal"
            )
        }
        guard published >= size || !journaled.isEmpty, atRegistry.size <= size else {
            throw LedgerError(
                .damaged,
                "registry or index go up to \(max(atRegistry.size, progress.size)), and the log to \(published): it was rolled back; restore it"
            )
        }
        let sealedEnd = try applyToRegistry(journaled, from: atRegistry)
        try applyToIndex(journaled, index, progress, end: scan.end, size: size)
        try confirm(journaled, &publisher)
        let journal = try JournalWriter(
            location.storage, directory: LedgerPaths.journal, key: keys.journal, resuming: scan.end)
        return Recovered(
            index: index, journal: journal, size: size, sealedEnd: sealedEnd,
            lastRecordedAt: try index.progress().lastRecordedAt)
    }

    private func openIndex() throws -> (CurrentIndex, CurrentIndex.Progress) {
        let isNew = !location.databases.exists(CurrentIndex.fileName)
        let index = try CurrentIndex(
            location.databases.open(CurrentIndex.fileName), ledgerID: identity.ledgerID, creating: isNew)
        return (index, try index.progress())
    }

    /// Makes the index anew from the log's first `size` records.
    private func rebuildIndex(upTo size: UInt64) throws -> (CurrentIndex, CurrentIndex.Progress) {
        try location.databases.remove(CurrentIndex.fileName)
        let (index, _) = try openIndex()
        var locations: [UInt64: SealedStore.Location] = [:]
        try sealedStore.forEachLocation(upTo: registry.progress().sealedEnd) { record, location in
            locations[record] = location
            if locations.count >= Self.batch {
                try index.locate(locations)
                locations = [:]
            }
        }
        try index.locate(locations)
        var batch: [JournalRecord] = []
        func apply() throws {
            guard let last = batch.last else { return }
            try index.apply(
                batch[...], locations: [:],
                progress: CurrentIndex.Progress(
                    size: last.record.index + 1, journalEnd: .zero, lastRecordedAt: last.record.recordedAt))
            batch = []
        }
        try LogFiles(storage: location.storage).forEachRecord(from: 0, to: size) { bytes in
            batch.append(try JournalRecord(record: bytes))
            if batch.count >= Self.batch { try apply() }
        }
        try apply()
        return (index, try index.progress())
    }

    private func applyToRegistry(
        _ journaled: [JournalRecord], from progress: Registry.Progress
    ) throws -> SealedStore.Position {
        let records = journaled.drop { $0.record.index < progress.size }
        guard let last = records.last else { return progress.sealedEnd }
        let (end, _) = try sealedStore.append(records, at: progress.sealedEnd)
        try registry.apply(records, progress: Registry.Progress(size: last.record.index + 1, sealedEnd: end))
        return end
    }

    private func applyToIndex(
        _ journaled: [JournalRecord], _ index: CurrentIndex, _ progress: CurrentIndex.Progress, end: JournalPosition,
        size: UInt64
    ) throws {
        let records = journaled.drop { $0.record.index < progress.size }
        let isBehind = progress.journalEnd != end
        guard !records.isEmpty || isBehind else { return }
        let wanted = Set(records.map(\.record.index))
        var locations: [UInt64: SealedStore.Location] = [:]
        if !wanted.isEmpty {
            try sealedStore.forEachLocation(upTo: registry.progress().sealedEnd) { record, location in
                if wanted.contains(record) { locations[record] = location }
            }
        }
        try index.apply(
            records, locations: locations,
            progress: CurrentIndex.Progress(
                size: size, journalEnd: end,
                lastRecordedAt: records.last?.record.recordedAt ?? progress.lastRecordedAt))
    }

    /// Gives the publisher what waits, and checks that it leads to what was signed last.
    private func confirm(_ journaled: [JournalRecord], _ publisher: inout LogPublisher) throws {
        let signed = try publisher.lastSigned()
        if let signed { try publisher.confirm(signed) }
        for record in journaled where record.record.index >= publisher.size {
            guard record.record.index == publisher.size else {
                throw LedgerError(.damaged, "record \(publisher.size) is neither in the log nor in the journal")
            }
            publisher.append(record.bytes, leafHash: record.leafHash)
            if let signed { try publisher.confirm(signed) }
        }
        if let signed, signed.size > publisher.size {
            throw LedgerError(
                .damaged,
                "a checkpoint of size \(signed.size) was signed, and only \(publisher.size) records are left; restore the journal or the log"
            )
        }
    }
}
