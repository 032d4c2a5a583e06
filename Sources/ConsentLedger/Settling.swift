internal import ConsentModel
internal import Dispatch
internal import LedgerCrypto
internal import LedgerStorage
internal import TransparencyLog

/// Settling: out of the journal, into where records stay. One batch at a time, and appends go on meanwhile.
extension LedgerWriter {
    /// What one batch is, and where the journal ended when it was taken.
    private struct Batch: Sendable {
        let records: [JournalRecord]
        let size: UInt64
        let lastRecordedAt: Timestamp
        let journalEnd: JournalPosition
    }

    /// Settles what there is, where that is enough for a batch or somebody waits for it. Called with the monitor locked,
    /// and no flush under way but the caller's, which is done. Failing stops the writer.
    func settleIfDue() {
        guard tail.waitingCount >= pacing.mostInTail || isSettlingWanted && tail.waitingCount > 0, !isSettling,
            failure == nil
        else { return }
        let batch = takeBatch()
        if pacing.overlaps {
            settlingQueue.async { [self] in
                let result = Result { try settle(batch) }
                monitor.withLock { finish(batch, result) }
            }
        } else {
            finish(batch, Result { try settle(batch) })
        }
    }

    /// Settles all that was sequenced before the call, and returns the checkpoint. Called with the monitor locked; unlocks
    /// it meanwhile.
    @discardableResult
    func settleAll() throws -> SignedCheckpoint {
        let wanted = size
        while true {
            try refuseIfStopped()
            if settled.checkpoint.size >= wanted { return settled }
            guard !isFlushing, !isSettling else {
                isSettlingWanted = true
                progressed.wait(in: monitor)
                continue
            }
            let batch = takeBatch()
            monitor.unlock()
            let result = Result { try settle(batch) }
            monitor.lock()
            finish(batch, result)
            if case .failure(let error) = result { throw error }
        }
    }

    /// Settles all there is, for whoever leads, so that nobody sequences meanwhile. Called with the monitor locked; unlocks
    /// it meanwhile. Failing stops the writer.
    func settleLeading() throws {
        while isSettling { progressed.wait(in: monitor) }
        try refuseIfStopped()
        guard tail.waitingCount > 0 || settled.checkpoint.size < size else { return }
        let batch = takeBatch()
        monitor.unlock()
        let result = Result { try settle(batch) }
        monitor.lock()
        finish(batch, result)
        try refuseIfStopped()
    }

    private func takeBatch() -> Batch {
        isSettling = true
        isSettlingWanted = false
        return Batch(
            records: tail.beginApplying(), size: size, lastRecordedAt: lastRecordedAt, journalEnd: journal.position)
    }

    /// Puts the batch into sealed parts, registry, log and index, in this order (see `LedgerRecovery`). Runs without the
    /// monitor, by whoever took the batch.
    private func settle(_ batch: Batch) throws {
        let records = batch.records[...]
        let (end, locations) = try sealedStore.append(records, at: sealedEnd)
        try registry.apply(
            records, progress: Registry.Progress(size: batch.size, sealedEnd: end), keys: keys,
            random: preparation.random)
        for record in records { publisher.append(record.bytes, leafHash: record.leafHash) }
        _ = try publisher.publish()
        try index.apply(
            records, locations: locations,
            progress: CurrentIndex.Progress(
                size: batch.size, journalEnd: batch.journalEnd, sealedEnd: end, lastRecordedAt: batch.lastRecordedAt))
        sealedEnd = end
        try journal.release(below: publisher.sizeInFullBundles)
    }

    /// Called with the monitor locked.
    private func finish(_ batch: Batch, _ result: Result<Void, any Error>) {
        isSettling = false
        switch result {
        case .success:
            if let checkpoint = publisher.checkpoint { settled = checkpoint }
            published = PublishedRecords(location.storage)
            tail.endApplying()
        case .failure(let error): failure = failure ?? error
        }
        progressed.broadcast()
    }
}
