internal import ConsentModel
internal import LedgerStorage

/// Finishing an erasure: what is left to do once the rows are deleted. Each step is durable before the next; whoever is
/// interrupted begins again at the next open, which the registry's `ErasingState` asks for.
extension LedgerWriter {
    /// Destroys the keys under which copies of the registry open, the journal's frames and what SQLite left free. Returns
    /// whether all of it is gone: not so where somebody else is reading the registry, for longer than some seconds unless
    /// `waits` is false. Nothing may wait in the journal, and nobody else use the keys. Runs without the monitor.
    func completeErasure(waits: Bool = true) throws -> Bool {
        guard let state = try registry.erasingState() else { return true }
        let ledgerID = identity.ledgerID
        if try state == .keysRemain || files.areHalfReplaced() { try files.refuseUnreplaceable(KeyPurpose.replaced) }
        try files.keepOnly(keys.sealing, ledgerID: ledgerID, random: preparation.random)
        try removeAttachmentsOfNobody()
        let isReplacingDataKeys = try registry.read { try $0.isReplacingDataKeys() }
        if isReplacingDataKeys { try sealedStore.removeAbandonedCopies(after: registry.progress().sealedEnd) }
        if state == .keysRemain {
            let next = try files.makeNextSealingKeys(random: preparation.random)
            try registry.replaceSealingKeys(keys, with: next, ledgerID: ledgerID, random: preparation.random)
            keys.replaceSealing(with: next)
            try files.keepOnly(next, ledgerID: ledgerID, random: preparation.random)
        }
        try dropJournal()
        // Last: a reader may keep it from being done, and what it clears does not open any more.
        guard try registry.clearTraces(waits: waits) else { return false }
        if isReplacingDataKeys {
            // Nobody has a view of the registry any more by which these counted.
            try sealedStore.removeCopied()
            try removeReplacedAttachments()
        }
        try registry.write {
            try $0.setErasingState(nil)
            try $0.setReplacingDataKeys(false)
        }
        return true
    }

    /// Removes the contents of attachments that are not under their contact's data key, and those that were not written to
    /// their end.
    func removeReplacedAttachments() throws {
        let store = AttachmentStore(location.storage, ledgerID: identity.ledgerID)
        for handle in try store.handles() {
            try store.removeUnfinished(of: handle)
            // Of a row that somebody damaged, nobody knows which count.
            guard let registration = try registry.lookUp({ try $0.registration(of: handle) }),
                let key = try ifItOpens({ try registration.dataKey(keys) })
            else { continue }
            try store.removeReplaced(of: handle, key: key)
        }
    }

    /// Removes the contents of attachments whose contact the registry does not have any more.
    private func removeAttachmentsOfNobody() throws {
        for handle in try AttachmentStore(location.storage, ledgerID: identity.ledgerID).handles()
        where try registry.lookUp({ try $0.registration(of: handle) }) == nil {
            try removeAttachments(of: handle)
        }
    }

    /// Removes every frame from the journal, the private parts with them: all records are in the log, those of the bundle
    /// that is not full in a partial one, which stays until there is the full one.
    private func dropJournal() throws {
        try journal.startNewSegment()
        var progress = try index.progress()
        guard progress.size == journal.position.nextIndex else {
            throw LedgerError(.damaged, "the journal has records that the index has not; run consent verify")
        }
        try journal.release(below: progress.size)
        progress.journalEnd = journal.position
        try index.apply([], locations: [], progress: progress)
    }
}
