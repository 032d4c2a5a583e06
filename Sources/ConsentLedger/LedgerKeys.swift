internal import ConsentModel
internal import LedgerCrypto
internal import LedgerStorage

/// What a key of the ledger is for. The raw value is its file's name without the ending.
enum KeyPurpose: String, CaseIterable {
    /// Ed25519: signs governance.
    case admin
    /// Ed25519: signs checkpoints.
    case log
    /// Keys the look-up tags of addresses.
    case tags
    /// Keys event ids made from outside ids.
    case eventIDs = "event-ids"
    /// Chains the MACs of journal frames.
    case journal
    /// Wraps the contacts' data keys; replaced at every erasure.
    case epoch
    /// Seals addresses in the registry; replaced at every erasure.
    case registry
    /// Keys the suppressions of erased addresses. It is never replaced: nothing is left to make them anew from.
    case suppression

    var isSigning: Bool { self == .admin || self == .log }

    /// Those that every erasure replaces.
    static let replaced: [KeyPurpose] = [.epoch, .registry]

    /// The name of the key that takes the place of this one, until it has.
    var nextName: String { rawValue + "-next" }
}

/// Reads and writes the key files under `private/keys`: one line, `consent-ledger-key/v1 NAME BASE64`, mode 0600.
struct KeyFiles {
    static let ending = ".key"

    let storage: any LedgerStorage

    static func sourceName(_ source: String) -> String { "source-" + source }

    func create(_ name: String, _ secret: SecretBytes) throws {
        var bytes = SecretKeyFile(name: name, secret: secret).bytes
        defer { SecretBytes.wipe(&bytes) }
        try storage.create([(path(name), bytes)])
    }

    func read(_ name: String) throws -> SecretBytes {
        guard var bytes = try storage.read(path(name)) else {
            throw LedgerError(.badKey, "the key file private/keys/\(name).key is missing; restore it from its backup")
        }
        defer { SecretBytes.wipe(&bytes) }
        guard let file = SecretKeyFile(parsing: bytes), file.name == name else {
            throw LedgerError(
                .badKey, "private/keys/\(name).key is not a key file of this ledger; restore it from its backup")
        }
        return file.secret
    }

    func exists(_ name: String) throws -> Bool { try storage.size(of: path(name)) != nil }

    func signingKey(_ name: String) throws -> Ed25519PrivateKey { try Ed25519PrivateKey(seed: read(name)) }

    func path(_ name: String) throws -> StoragePath { try LedgerPaths.keys.appending(name + Self.ending) }
}

/// The symmetric keys, which every program that writes or asks by address needs.
struct LedgerKeys: Sendable {
    let tags: KeyedHash
    let eventIDs: KeyedHash
    let journal: KeyedHash
    private let replaceable: ReplaceableKeys

    private static let checkByteCount = 16

    /// Reads the keys. Of those that are replaced, the file's own key is taken, or the one on its way into the file where
    /// that has none; the registry knows which of the two counts (`Registry.View.confirmed`).
    init(reading files: KeyFiles) throws {
        tags = try KeyedHash(key: files.read(KeyPurpose.tags.rawValue))
        eventIDs = try KeyedHash(key: files.read(KeyPurpose.eventIDs.rawValue))
        journal = try KeyedHash(key: files.read(KeyPurpose.journal.rawValue))
        let name = KeyPurpose.suppression.rawValue
        replaceable = try ReplaceableKeys(
            SealingKeys(epoch: files.candidates(for: .epoch)[0], registry: files.candidates(for: .registry)[0]),
            suppression: files.exists(name) ? KeyedHash(key: files.read(name)) : nil)
    }

    private init(_ keys: LedgerKeys, sealing: SealingKeys) {
        tags = keys.tags
        eventIDs = keys.eventIDs
        journal = keys.journal
        replaceable = ReplaceableKeys(sealing, suppression: keys.suppression)
    }

    /// The same keys with others to seal by. Those that were copied from these go by the old ones.
    func with(_ sealing: SealingKeys) -> LedgerKeys { LedgerKeys(self, sealing: sealing) }

    /// The keys to seal by.
    var sealing: SealingKeys { replaceable.sealing }

    /// Puts others in their place, for all who were given a copy of these keys.
    func replaceSealing(with sealing: SealingKeys) { replaceable.replace(with: sealing) }

    /// `nil` in a ledger of before there were suppressions; made when the first is needed.
    var suppression: KeyedHash? { replaceable.suppression }

    func setSuppression(_ key: KeyedHash) { replaceable.setSuppression(key) }

    var epoch: SealingKey { replaceable.sealing.epoch.sealing }
    var registry: SealingKey { replaceable.sealing.registry.sealing }

    /// What tells each key from another ledger's, and nothing else of it.
    func checkValues(ledgerID: [UInt8]) -> [(purpose: KeyPurpose, value: [UInt8])] {
        let sealing = replaceable.sealing
        let keys: [(KeyPurpose, KeyedHash?)] = [
            (.tags, tags), (.eventIDs, eventIDs), (.journal, journal), (.epoch, sealing.epoch.hash),
            (.registry, sealing.registry.hash), (.suppression, suppression),
        ]
        return keys.compactMap { purpose, hash in
            hash.map { (purpose, Self.checkValue(of: $0, purpose, ledgerID: ledgerID)) }
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
    func tag(of address: ContactAddress, business: String) -> ContactTag {
        var encoder = CBOREncoder(reservingCapacity: 96)
        encoder.array(count: 2)
        encoder.text(business)
        encoder.byteString(address.tagInput)
        return ContactTag(tags.hash(encoder.bytes, byteCount: ContactTag.byteCount))!
    }

    /// What is kept of an address at a business that is suppressed: unlike its tag, it leads to no contact. `nil` where
    /// there is no key, and so no suppression.
    func suppressionTag(of address: ContactAddress, business: String) -> ContactTag? {
        guard let suppression else { return nil }
        var encoder = CBOREncoder()
        encoder.array(count: 3)
        encoder.text("consent-ledger/suppression/v1")
        encoder.text(business)
        encoder.byteString(address.tagInput)
        return ContactTag(suppression.hash(encoder.bytes, byteCount: ContactTag.byteCount))!
    }

    /// The event id of what a source calls `outsideID`; with `content`, of something else that it calls so too.
    func eventID(source: String, outsideID: String, restating content: SHA256Digest? = nil) -> EventID {
        var encoder = CBOREncoder()
        encoder.array(count: content == nil ? 2 : 3)
        encoder.text(source)
        encoder.text(outsideID)
        if let content { encoder.byteString(content) }
        return EventID(eventIDs.hash(encoder.bytes, byteCount: EventID.byteCount))!
    }
}

/// Marks look-up tags.
enum TagKind: Sendable {}
/// A keyed hash of (business, address), by which an address is found and without the key nobody can.
typealias ContactTag = OpaqueIdentifier<TagKind>
