internal import ConsentModel
internal import ConsentRules
internal import LedgerCrypto
internal import LedgerStorage

/// The data keys that succeed those of some contacts, or of all. Each is made of one secret and the contact's handle, so that
/// memory does not grow with the contacts; the secret is kept nowhere.
struct DataKeySuccession {
    private let secret: KeyedHash
    /// `nil`: all.
    private let handles: Set<ContactHandle>?

    init(of handles: Set<ContactHandle>?, random: any RandomSource) throws {
        secret = try KeyedHash(key: random.secret(SealingKey.byteCount))
        self.handles = handles
    }

    /// Whether the contact gets another data key.
    func concern(_ handle: ContactHandle) -> Bool { handles?.contains(handle) ?? true }

    /// The bytes of the contact's next data key; wipe them.
    func secret(of handle: ContactHandle) -> [UInt8] { secret.hash(handle.bytes, byteCount: SealingKey.byteCount) }

    /// The contact's next data key.
    func key(of handle: ContactHandle) throws -> SealingKey {
        var bytes = secret(of: handle)
        defer { SecretBytes.wipe(&bytes) }
        return try SealingKey(SecretBytes(bytes))
    }
}

/// Replacing the data keys of contacts: what they seal is sealed again beside what there is, one transaction of the registry
/// makes the new keys and copies count, and what is left of the old ones goes as with an erasure.
extension LedgerWriter {
    /// Gives every contact another data key, or those alone that one address ever was at a business, and replaces the sealing
    /// keys as `rotateSealingKeys` does: nothing that is left opens under the old data keys. Returns for how many contacts,
    /// the addresses that records tie to the one that was named, whose data keys stay, and whether all traces are cleared by
    /// now, as `erase` does. Interrupted, it has happened wholly or not at all once the ledger was opened again. Nobody else
    /// appends meanwhile.
    ///
    /// Throws `badInput` if the ledger has no contact of that address, `locked` while a file is being attached, `unwritableKey`
    /// where a key file cannot be replaced, and `damaged` where something of these contacts does not open, or where private
    /// facts of anybody or attachments of these are missing; then every key is as it was.
    public func rotateDataKeys(
        of contact: (address: ContactAddress, business: String)? = nil
    ) throws -> (contacts: Int, linkedContacts: [ContactAddress], isCleared: Bool) {
        try leading {
            try settleLeading()
            guard attaching.isEmpty else {
                throw StorageError(
                    .locked, "a file is being attached, under a data key as it is now; try again when that is done")
            }
            // Before anything is begun that needs them.
            _ = try keys.sealing
            try files.refuseUnreplaceable(KeyPurpose.replaced)
            let handles = try handles(of: contact)
            let succession = try DataKeySuccession(of: handles, random: preparation.random)
            let linked = try handles.map { handles in try withSnapshot { try $0.linkedContacts(of: Array(handles)) } }
            // Else what a crash left there would be taken for a part of a copy.
            try sealedStore.removeAbandonedCopies(after: sealedEnd)
            let before = try registry.write { view in
                let before = (state: try view.erasingState(), isReplacing: try view.isReplacingDataKeys())
                try view.setErasingState(.keysRemain)
                try view.setReplacingDataKeys(true)
                return before
            }
            monitor.unlock()
            let replaced = Result { try replaceDataKeys(by: succession) }
            monitor.lock()
            let isCleared = Result {
                let counting = try registry.read { try $0.sealedStore(location.storage) }
                if case .failure = replaced, counting.base == sealedStore.base {
                    try abandonDataKeys(before)
                    return before.state == nil
                }
                sealedStore = counting
                return try finishErasuresLeading()
            }
            if case .failure(let error) = isCleared { failure = failure ?? error }
            return try (replaced.get(), linked ?? [], isCleared.get())
        }
    }

    /// Removes the copies under data keys that did not come to count, and notes again what there was to finish before. Called
    /// with the monitor locked, by whoever leads; unlocks it meanwhile.
    private func abandonDataKeys(_ before: (state: ErasingState?, isReplacing: Bool)) throws {
        monitor.unlock()
        defer { monitor.lock() }
        try sealedStore.removeAbandonedCopies(after: sealedEnd)
        // Else somebody has a view by which others count that have been replaced: they go together.
        if !before.isReplacing { try removeReplacedAttachments() }
        try registry.write {
            try $0.setErasingState(before.state)
            try $0.setReplacingDataKeys(before.isReplacing)
        }
    }

    /// The contacts that an address ever was; `nil` without one.
    private func handles(
        of contact: (address: ContactAddress, business: String)?
    ) throws -> Set<ContactHandle>? {
        guard let (address, business) = contact else { return nil }
        _ = try catalog.business(business, at: size)
        let registrations = try registry.read {
            try $0.everyRegistration(of: address, business: business, keys: keys)
        }
        guard !registrations.isEmpty else {
            throw LedgerError(
                .badInput, "the ledger has no record of \(address) at \(business), so there is no data key to replace")
        }
        return Set(registrations.map(\.handle))
    }

    /// Seals all again that the keys seal, and makes the new ones count. Runs without the monitor; nobody else writes.
    private func replaceDataKeys(by succession: DataKeySuccession) throws -> Int {
        let ledgerID = identity.ledgerID
        let random = preparation.random
        func both(_ handle: ContactHandle) throws -> (old: SealingKey, new: SealingKey)? {
            guard succession.concern(handle),
                let registration = try registry.lookUp({ try $0.registration(of: handle) })
            else { return nil }
            return (try registration.dataKey(keys), try succession.key(of: handle))
        }
        let attachments = AttachmentStore(location.storage, ledgerID: ledgerID)
        var committed = CommittedFacts(PublishedRecords(location.storage), size: size) { [registry] handle in
            try registry.lookUp { try $0.registration(of: handle) } != nil
        }
        let copies = try sealedStore.copy(upTo: sealedEnd) { record, place, bytes in
            let event = try committed.event(ofPart: record)
            guard try index.lookUp({ try $0.sealedLocation(of: record) }) == place else {
                throw LedgerError(
                    .damaged,
                    "private/index.sqlite does not have the sealed part of record \(record) where it is; run consent replay, "
                        + "and consent registry check")
            }
            do {
                let part = try SealedPart(decoding: bytes)
                let resealed = try part.resealed(ledgerID: ledgerID, random: random, keys: both)
                if let event {
                    try CommittedFacts.refuseOthers(
                        resealed.opened.map(\.field), of: part, event, record: record, ledgerID: ledgerID)
                    // A backup of a content is of no use either once its data key is gone.
                    if event.type == .evidenceAttached, let handle = resealed.opened.first?.handle,
                        let file = Attachment(event, at: record, of: handle, resealed.opened.map(\.field)),
                        let (old, _) = try both(handle)
                    {
                        try attachments.refuseMissing(file, key: old)
                    }
                }
                return resealed.part.encoded()
            } catch let error where error is CryptoError || error is ModelError {
                throw LedgerError(
                    .damaged,
                    "the private facts of record \(record) do not open, so that they cannot be sealed again; run consent "
                        + "registry check, and restore private/sealed or private/registry.sqlite")
            }
        }
        try committed.refuseMissingAtEnd()
        for handle in try attachments.handles() {
            guard let (old, new) = try both(handle) else { continue }
            for event in try attachments.events(of: handle) {
                try attachments.reseal(handle, event, from: old, to: new, random: random)
            }
        }
        return try registry.replaceDataKeys(by: succession, sealedBase: copies.base, keys: keys, random: random)
    }
}
