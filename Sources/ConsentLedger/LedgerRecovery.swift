internal import ConsentModel
internal import LedgerCrypto
internal import LedgerStorage
internal import TransparencyLog

/// Brings a ledger that may have been left half-way by a crash to where nothing waits: every record of the journal is in
/// sealed parts, registry, log and index.
///
/// The writer applies in that order, so the index never goes beyond the log, and what it lacks the log has. What the
/// registry lacks only the journal has; what the log lacks too. All is looked at before anything is changed.
struct LedgerRecovery {
    let location: LedgerLocation
    let identity: LedgerIdentity
    let keys: LedgerKeys
    let registry: Registry
    let sealedStore: SealedStore
    let journalSegmentCapacity: Int
    let random: any RandomSource

    /// What the writer goes on from.
    struct Recovered {
        let index: CurrentIndex
        /// Whether there was an index that could not be read.
        let wasIndexUnreadable: Bool
        let journal: JournalWriter
        let size: UInt64
        let sealedEnd: SealedStore.Position
        let lastRecordedAt: Timestamp
        let checkpoint: SignedCheckpoint
    }

    private static let batch = 8192

    func recover(into publisher: inout LogPublisher) throws -> Recovered {
        let (index, wasIndexUnreadable) = try openIndex()
        let indexed = try index.progress()
        let published = publisher.publishedSize
        let registered = try repeatFromLog(registry.progress(), published: published)
        let (waiting, end) = try journaled(from: min(published, registered.size), indexed)
        let size = end.nextIndex ?? 0
        try refuseLosses(size: size, published: published, registered: registered.size, indexed: indexed.size)
        try publisher.append(unpublished: waiting.drop { $0.record.index < published })

        let sealedEnd = try register(waiting.drop { $0.record.index < registered.size }, from: registered)
        guard indexed.sealedEnd <= sealedEnd else {
            throw LedgerError(
                .damaged,
                "private/sealed is an older copy, and lacks parts that the index knows of; restore the newest. If there is none, "
                    + "make the index anew with: consent replay; then consent registry check says whose private facts are lost"
            )
        }
        let checkpoint = try publisher.publish()
        try catchUp(index, from: indexed, to: checkpoint.checkpoint, sealedEnd: sealedEnd, journalEnd: end)
        let journal = try JournalWriter(
            location.storage, directory: LedgerPaths.journal, key: keys.journal, resuming: end,
            segmentCapacity: journalSegmentCapacity)
        return Recovered(
            index: index, wasIndexUnreadable: wasIndexUnreadable, journal: journal, size: size, sealedEnd: sealedEnd,
            lastRecordedAt: try index.progress().lastRecordedAt, checkpoint: checkpoint)
    }

    /// The index. One that cannot be read is set aside and made anew: all that it says is derived.
    private func openIndex() throws -> (index: CurrentIndex, wasUnreadable: Bool) {
        func open() throws -> CurrentIndex {
            let index = try CurrentIndex(of: location, ledgerID: identity.ledgerID, mayCreate: true)
            _ = try index.progress()
            return index
        }
        do { return (try open(), false) } catch let error as LedgerError where error.code == .unreadableDatabase {
            try location.databases.setAside(CurrentIndex.fileName)
            return (try open(), true)
        }
    }

    /// The records of the journal from `start` on, and its end.
    private func journaled(
        from start: UInt64, _ indexed: CurrentIndex.Progress
    ) throws -> (records: ArraySlice<JournalRecord>, end: JournalPosition) {
        var records: [JournalRecord] = []
        let (end, _) = try JournalReader.forEachFrame(
            location.storage, directory: LedgerPaths.journal, key: keys.journal,
            from: indexed.size <= start ? indexed.journalEnd : nil
        ) { frame in
            for (index, entry) in zip(frame.firstIndex..., frame.entries) where index >= start {
                let record = try JournalRecord(decoding: entry)
                guard record.record.index == index else {
                    throw LedgerError(.damaged, "entry \(index) of the journal is record \(record.record.index)")
                }
                records.append(record)
            }
        }
        if let size = end.nextIndex, start < size, records.first?.record.index != start {
            throw LedgerError(
                .damaged,
                "the journal no longer has record \(start), which the log or the registry needs; "
                    + "one of them is an old copy: restore the newest ones")
        }
        return (records[...], end)
    }

    /// Brings a registry from before an erasure, put back from a backup, to where the journal begins: an erasure drops the
    /// journal, so that the log alone has what came in between. It says who was erased and whose address was taken from
    /// them, and that is repeated; it does not say who was met for the first time, and where there were such, whom nobody
    /// erased since, this throws `damaged`.
    private func repeatFromLog(
        _ progress: Registry.Progress, published: UInt64
    ) throws -> Registry.Progress {
        let journalStart = try JournalReader.firstIndex(
            location.storage, directory: LedgerPaths.journal, key: keys.journal)
        guard let journalStart, progress.size < journalStart, journalStart <= published else { return progress }
        let log = LogFiles(storage: location.storage)
        var met: Set<ContactHandle> = []
        try log.forEachRecord(from: progress.size, to: published) { bytes in
            let record = try JournalRecord(record: bytes)
            for link in record.record.links where link.sequence == 0 && record.record.index < journalStart {
                if case .contact(let handle) = link.chain { met.insert(handle) }
            }
            met.subtract(record.erasedHandles)
        }
        guard met.isEmpty else {
            throw LedgerError(
                .damaged,
                "private/\(Registry.fileName) is an older copy, and lacks \(met.count) contact\(met.count == 1 ? "" : "s") that "
                    + "only a newer one has; restore the newest")
        }
        var reached = progress
        var batch: [JournalRecord] = []
        func apply() throws {
            reached.size += UInt64(batch.count)
            reached.sealedEnd = try sealedStore.end(ofPartsBelow: reached.size, from: reached.sealedEnd)
            try registry.apply(batch[...], progress: reached, keys: keys, random: random)
            batch = []
        }
        try log.forEachRecord(from: progress.size, to: journalStart) { bytes in
            batch.append(try JournalRecord(record: bytes))
            if batch.count >= Self.batch { try apply() }
        }
        try apply()
        return reached
    }

    /// The journal ends where the ledger does: what goes further shows that its end was lost.
    private func refuseLosses(size: UInt64, published: UInt64, registered: UInt64, indexed: UInt64) throws {
        guard max(published, registered, indexed) <= size else {
            throw LedgerError(
                .damaged,
                "the journal ends at \(size), but the log at \(published), the registry at \(registered) and the index "
                    + "at \(indexed): records are missing; restore the journal")
        }
    }

    private func register(
        _ records: ArraySlice<JournalRecord>, from progress: Registry.Progress
    ) throws -> SealedStore.Position {
        guard let last = records.last else { return progress.sealedEnd }
        try refuseOtherKeys(records)
        let (end, _) = try sealedStore.append(records, at: progress.sealedEnd)
        try registry.apply(
            records, progress: Registry.Progress(size: last.record.index + 1, sealedEnd: end), keys: keys,
            random: random)
        return end
    }

    /// Throws `damaged` where the registry's keys do not open what the journal brings to it: then the registry was put back
    /// from a copy of before its keys, or those of contacts, were replaced, and whom the journal registers would be found by
    /// nobody.
    private func refuseOtherKeys(_ records: ArraySlice<JournalRecord>) throws {
        // Who governs alone has no key to look with.
        do { _ = try keys.epoch } catch let error as LedgerError where error.code == .missingKey { return }
        var met: [ContactHandle: ContactRegistration] = [:]
        var closed: [UInt64] = []
        for record in records {
            for contact in record.registrations { met[contact.handle] = contact }
            let isOpen = try record.registrations.allSatisfy { try opensKey($0) }
            if try !isOpen || !opens(record, met) { closed.append(record.record.index) }
        }
        guard let first = closed.first else { return }
        throw LedgerError(
            .damaged,
            "private/\(Registry.fileName) is an older copy, of before keys were replaced: what \(closed.count) "
                + "record\(closed.count == 1 ? "" : "s") of the journal, from \(first) on, brought to it is sealed under keys that it "
                + "has not; restore the newest, with private/keys and private/sealed of the same time")
    }

    private func opensKey(_ contact: ContactRegistration) throws -> Bool {
        try ifItOpens { try contact.dataKey(keys) } != nil
    }

    /// Whether the private facts of a record open, of the contacts whose keys do.
    private func opens(_ record: JournalRecord, _ met: [ContactHandle: ContactRegistration]) throws -> Bool {
        guard !record.sealed.isEmpty else { return true }
        let part = try SealedPart(decoding: record.sealed)
        return try part.fields.allSatisfy { field in
            guard let contact = try met[field.handle] ?? registry.lookUp({ try $0.registration(of: field.handle) }),
                let key = try ifItOpens({ try contact.dataKey(keys) })
            else { return true }
            return try ifItOpens { try part.open(field, ledgerID: identity.ledgerID, key: key) } != nil
        }
    }

    /// Applies what the log has and the index has not: all of it, where the index is new.
    private func catchUp(
        _ index: CurrentIndex, from progress: CurrentIndex.Progress, to checkpoint: Checkpoint,
        sealedEnd: SealedStore.Position, journalEnd: JournalPosition
    ) throws {
        guard progress.size < checkpoint.size || progress.journalEnd != journalEnd else { return }
        let log = LogFiles(storage: location.storage)
        try confirm(log, from: progress.size, checkpoint)
        try locateSealedParts(index, from: progress.sealedEnd, to: sealedEnd)
        var reached = progress
        reached.sealedEnd = sealedEnd
        var batch: [JournalRecord] = []
        func apply() throws {
            reached.size += UInt64(batch.count)
            reached.lastRecordedAt = batch.last?.record.recordedAt ?? reached.lastRecordedAt
            try index.apply(batch[...], locations: [], progress: reached)
            batch = []
        }
        try log.forEachRecord(from: progress.size, to: checkpoint.size) { bytes in
            batch.append(try JournalRecord(record: bytes))
            if batch.count >= Self.batch { try apply() }
        }
        reached.journalEnd = journalEnd
        try apply()
    }

    /// Throws `damaged` unless the log's entries from `start` on lead to its checkpoint: nothing else may be answered from.
    private func confirm(_ log: LogFiles, from start: UInt64, _ checkpoint: Checkpoint) throws {
        var edge = try log.edge(at: start, under: checkpoint)
        try log.forEachRecord(from: start, to: checkpoint.size) { edge.append(MerkleHash.leaf(Array($0))) }
        guard edge.root == checkpoint.root else {
            throw LedgerError(
                .damaged,
                "the entries of the log do not lead to its checkpoint; run consent verify, and restore the log")
        }
    }

    private func locateSealedParts(
        _ index: CurrentIndex, from start: SealedStore.Position, to end: SealedStore.Position
    ) throws {
        var locations: [(record: UInt64, location: SealedStore.Location)] = []
        try sealedStore.forEachLocation(from: start, upTo: end) { record, location in
            locations.append((record, location))
            if locations.count >= Self.batch {
                try index.locate(locations)
                locations = []
            }
        }
        if !locations.isEmpty { try index.locate(locations) }
    }
}
