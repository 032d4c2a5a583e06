internal import ConsentModel
internal import LedgerCrypto
internal import Synchronization

/// The symmetric keys of a ledger. Each is read when it is first needed, and is held against what the registry keeps of it,
/// which tells it from another ledger's. So whoever asks needs but the keys for what is asked.
///
/// What needs a key throws `missingKey` where it is not here, `badKey` where it is another ledger's, and what opening a
/// protected file throws.
final class LedgerKeys: Sendable {
    /// What an erasure changes.
    fileprivate struct Replaceable {
        /// What the registry keeps of every key.
        var checks: [KeyPurpose: [UInt8]]
        var epoch: SealingKeys.Key?
        var registry: SealingKeys.Key?
        var suppression: KeyedHash?
    }

    private static let checkByteCount = 16

    private let files: KeyFiles
    private let ledgerID: [UInt8]
    private let tagsKey: LastingKey
    private let eventIDsKey: LastingKey
    private let journalKey: LastingKey
    private let replaceable: Mutex<Replaceable>

    /// The keys of the ledger whose registry keeps `checks` of them; none is read yet. Throws `incomplete` unless it keeps
    /// one of each, but for the suppressions' key, which a ledger gets with the first.
    init(_ files: KeyFiles, ledgerID: [UInt8], checks: [KeyPurpose: [UInt8]]) throws {
        func check(_ purpose: KeyPurpose) throws -> [UInt8] {
            if let check = checks[purpose] { return check }
            throw LedgerError(
                .incomplete,
                "private/\(Registry.fileName) does not say which keys are this ledger's; restore it from its backup")
        }
        for purpose in KeyPurpose.replaced { _ = try check(purpose) }
        self.files = files
        self.ledgerID = ledgerID
        tagsKey = LastingKey(.tags, check: try check(.tags))
        eventIDsKey = LastingKey(.eventIDs, check: try check(.eventIDs))
        journalKey = LastingKey(.journal, check: try check(.journal))
        replaceable = Mutex(Replaceable(checks: checks))
    }

    private init(_ keys: LedgerKeys, _ replaceable: Replaceable) {
        files = keys.files
        ledgerID = keys.ledgerID
        tagsKey = keys.tagsKey
        eventIDsKey = keys.eventIDsKey
        journalKey = keys.journalKey
        self.replaceable = Mutex(replaceable)
    }

    var tags: KeyedHash { get throws { try tagsKey.hash(files, ledgerID) } }
    var eventIDs: KeyedHash { get throws { try eventIDsKey.hash(files, ledgerID) } }
    var journal: KeyedHash { get throws { try journalKey.hash(files, ledgerID) } }
    var epoch: SealingKey { get throws { try sealingKey(.epoch).sealing } }
    var registry: SealingKey { get throws { try sealingKey(.registry).sealing } }

    /// The keys to seal by.
    var sealing: SealingKeys {
        get throws { SealingKeys(epoch: try sealingKey(.epoch), registry: try sealingKey(.registry)) }
    }

    /// The key that wraps data keys, if it was read.
    var epochIfRead: SealingKey? { replaceable.withLock { $0.epoch?.sealing } }

    /// `nil` in a ledger of before there were suppressions; made when the first is needed.
    var suppression: KeyedHash? {
        get throws {
            try replaceable.withLock { state in
                guard let check = state.checks[.suppression] else { return nil }
                if let key = state.suppression { return key }
                let key = try KeyedHash(key: files.read(KeyPurpose.suppression.rawValue))
                guard KeyedHash.areEqual(Self.checkValue(of: key, .suppression, ledgerID: ledgerID), check) else {
                    throw files.isForeign(.suppression)
                }
                state.suppression = key
                return key
            }
        }
    }

    /// From now on the suppressions go by `key`, of which the registry keeps `check`.
    func setSuppression(_ key: KeyedHash, check: [UInt8]) {
        replaceable.withLock {
            $0.suppression = key
            $0.checks[.suppression] = check
        }
    }

    /// The same keys with others to seal by. Those that were copied from these go by the old ones.
    func with(_ sealing: SealingKeys) -> LedgerKeys {
        var state = replaceable.withLock { $0 }
        state.replace(with: sealing, ledgerID)
        return LedgerKeys(self, state)
    }

    /// Puts others in their place, for all who were given these keys.
    func replaceSealing(with sealing: SealingKeys) {
        replaceable.withLock { $0.replace(with: sealing, ledgerID) }
    }

    /// Whether the registry that keeps `checks` goes by these keys to seal, and to suppress.
    func go(by checks: [KeyPurpose: [UInt8]]) -> Bool {
        let own = replaceable.withLock { $0.checks }
        return (KeyPurpose.replaced + [.suppression]).allSatisfy { own[$0] == checks[$0] }
    }

    /// The keys by which the registry goes that keeps `checks`; those that were read are read anew. `nil` where they were
    /// destroyed since.
    func following(_ checks: [KeyPurpose: [UInt8]]) throws -> LedgerKeys? {
        let old = replaceable.withLock { $0 }
        let suppression = old.checks[.suppression] == checks[.suppression] ? old.suppression : nil
        let keys = LedgerKeys(self, Replaceable(checks: checks, suppression: suppression))
        let read = KeyPurpose.replaced.filter { old.key($0) != nil }
        do { try keys.readSealing(read) } catch let error as LedgerError
            where error.code == .badKey || error.code == .missingKey
        { return nil }
        return keys
    }

    /// Reads those of the keys to seal by that lie open, since an erasure may destroy them while a view of the registry needs
    /// them, and `others`; where they are not here, that is fine.
    func readSealing(_ others: [KeyPurpose] = []) throws {
        for purpose in KeyPurpose.replaced where try files.isHere(purpose) {
            guard try others.contains(purpose) || !files.isProtected(purpose) else { continue }
            _ = try sealingKey(purpose)
        }
    }

    private func sealingKey(_ purpose: KeyPurpose) throws -> SealingKeys.Key {
        try replaceable.withLock { state in
            if let key = state.key(purpose) { return key }
            let key = try files.candidate(for: purpose) { key in
                state.checks[purpose].map {
                    KeyedHash.areEqual($0, Self.checkValue(of: key.hash, purpose, ledgerID: ledgerID))
                } ?? false
            }
            if purpose == .epoch { state.epoch = key } else { state.registry = key }
            return key
        }
    }

    /// A keyed hash over the ledger-id and the key's name.
    static func checkValue(of hash: KeyedHash, _ purpose: KeyPurpose, ledgerID: [UInt8]) -> [UInt8] {
        var encoder = CBOREncoder()
        encoder.array(count: 3)
        encoder.text("consent-ledger/key-check/v1")
        encoder.byteString(ledgerID)
        encoder.text(purpose.rawValue)
        return hash.hash(encoder.bytes, byteCount: checkByteCount)
    }

    /// The look-up tag of an address at a business.
    func tag(of address: ContactAddress, business: String) throws -> ContactTag {
        var encoder = CBOREncoder(reservingCapacity: 96)
        encoder.array(count: 2)
        encoder.text(business)
        encoder.byteString(address.tagInput)
        return try ContactTag(tags.hash(encoder.bytes, byteCount: ContactTag.byteCount))!
    }

    /// What is kept of an address at a business that is suppressed: unlike its tag, it leads to no contact. `nil` where
    /// there is no key in this ledger, and so no suppression.
    func suppressionTag(of address: ContactAddress, business: String) throws -> ContactTag? {
        guard let suppression = try suppression else { return nil }
        var encoder = CBOREncoder()
        encoder.array(count: 3)
        encoder.text("consent-ledger/suppression/v1")
        encoder.text(business)
        encoder.byteString(address.tagInput)
        return ContactTag(suppression.hash(encoder.bytes, byteCount: ContactTag.byteCount))!
    }

    /// The event id of what a source calls `outsideID`; with `content`, of something else that it calls so too.
    func eventID(source: String, outsideID: String, restating content: SHA256Digest? = nil) throws -> EventID {
        var encoder = CBOREncoder()
        encoder.array(count: content == nil ? 2 : 3)
        encoder.text(source)
        encoder.text(outsideID)
        if let content { encoder.byteString(content) }
        return try EventID(eventIDs.hash(encoder.bytes, byteCount: EventID.byteCount))!
    }
}

/// A key that stays while a ledger is open: read once, by whoever needs it first.
private final class LastingKey: Sendable {
    private final class Read: Sendable {
        let hash: KeyedHash

        init(_ hash: KeyedHash) { self.hash = hash }
    }

    private let purpose: KeyPurpose
    private let check: [UInt8]
    private let read = AtomicLazyReference<Read>()

    init(_ purpose: KeyPurpose, check: [UInt8]) {
        self.purpose = purpose
        self.check = check
    }

    func hash(_ files: KeyFiles, _ ledgerID: [UInt8]) throws -> KeyedHash {
        if let read = read.load() { return read.hash }
        let hash = try KeyedHash(key: files.read(purpose.rawValue))
        guard KeyedHash.areEqual(LedgerKeys.checkValue(of: hash, purpose, ledgerID: ledgerID), check) else {
            throw files.isForeign(purpose)
        }
        return read.storeIfNil(Read(hash)).hash
    }
}

extension LedgerKeys.Replaceable {
    fileprivate func key(_ purpose: KeyPurpose) -> SealingKeys.Key? { purpose == .epoch ? epoch : registry }

    fileprivate mutating func replace(with sealing: SealingKeys, _ ledgerID: [UInt8]) {
        epoch = sealing.epoch
        registry = sealing.registry
        checks.merge(sealing.checkValues(ledgerID: ledgerID)) { $1 }
    }
}

/// Marks look-up tags.
enum TagKind: Sendable {}
/// A keyed hash of (business, address), by which an address is found and without the key nobody can.
typealias ContactTag = OpaqueIdentifier<TagKind>
