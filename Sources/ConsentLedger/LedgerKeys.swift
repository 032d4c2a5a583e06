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
    /// Seals addresses in the registry.
    case registry

    var isSigning: Bool { self == .admin || self == .log }
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

    private func path(_ name: String) throws -> StoragePath { try LedgerPaths.keys.appending(name + Self.ending) }
}

/// The symmetric keys, which every program that writes or asks by address needs.
struct LedgerKeys: Sendable {
    let tags: KeyedHash
    let eventIDs: KeyedHash
    let journal: KeyedHash
    let epoch: SealingKey
    let registry: SealingKey
    /// Each key as one that makes check values.
    private let checking: [(purpose: KeyPurpose, hash: KeyedHash)]

    private static let checkByteCount = 16

    init(reading files: KeyFiles) throws {
        tags = try KeyedHash(key: files.read(KeyPurpose.tags.rawValue))
        eventIDs = try KeyedHash(key: files.read(KeyPurpose.eventIDs.rawValue))
        journal = try KeyedHash(key: files.read(KeyPurpose.journal.rawValue))
        let epochSecret = try files.read(KeyPurpose.epoch.rawValue)
        let registrySecret = try files.read(KeyPurpose.registry.rawValue)
        epoch = try SealingKey(epochSecret)
        registry = try SealingKey(registrySecret)
        checking = [
            (.tags, tags), (.eventIDs, eventIDs), (.journal, journal),
            (.epoch, try KeyedHash(key: epochSecret)), (.registry, try KeyedHash(key: registrySecret)),
        ]
    }

    /// What tells each key from another ledger's, and nothing else of it: a keyed hash over the ledger-id and its name.
    func checkValues(ledgerID: [UInt8]) -> [(purpose: KeyPurpose, value: [UInt8])] {
        checking.map { purpose, hash in
            var encoder = CBOREncoder()
            encoder.array(count: 3)
            encoder.text("consent-ledger/key-check/v1")
            encoder.byteString(ledgerID)
            encoder.text(purpose.rawValue)
            return (purpose, hash.hash(encoder.bytes, byteCount: Self.checkByteCount))
        }
    }

    /// The look-up tag of an address at a business.
    func tag(of address: ContactAddress, business: String) -> ContactTag {
        var encoder = CBOREncoder(reservingCapacity: 96)
        encoder.array(count: 2)
        encoder.text(business)
        encoder.byteString(address.tagInput)
        return ContactTag(tags.hash(encoder.bytes, byteCount: ContactTag.byteCount))!
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
