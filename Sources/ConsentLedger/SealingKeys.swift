internal import ConsentModel
internal import LedgerCrypto
internal import LedgerStorage
internal import Synchronization

/// The two keys that every erasure replaces. Copies of the registry made before then open under the old ones alone.
struct SealingKeys: Sendable {
    /// A key, and how it is told from others.
    struct Key: Sendable {
        let sealing: SealingKey
        /// Makes its check value.
        let hash: KeyedHash

        init(_ secret: SecretBytes) throws {
            sealing = try SealingKey(secret)
            hash = try KeyedHash(key: secret)
        }
    }

    /// Wraps the contacts' data keys.
    let epoch: Key
    /// Seals addresses and uses.
    let registry: Key

    func key(_ purpose: KeyPurpose) -> Key { purpose == .epoch ? epoch : registry }

    /// Whether the registry of which these are the check values goes by the keys.
    func match(_ checks: [KeyPurpose: [UInt8]], ledgerID: [UInt8]) -> Bool {
        KeyPurpose.replaced.allSatisfy { purpose in
            checks[purpose].map {
                KeyedHash.areEqual($0, LedgerKeys.checkValue(of: key(purpose).hash, purpose, ledgerID: ledgerID))
            } ?? false
        }
    }
}

/// The keys that change while a ledger is open, for all who share them.
final class ReplaceableKeys: Sendable {
    private let keys: Mutex<(sealing: SealingKeys, suppression: KeyedHash?)>

    init(_ sealing: SealingKeys, suppression: KeyedHash?) { keys = Mutex((sealing, suppression)) }

    var sealing: SealingKeys { keys.withLock { $0.sealing } }
    var suppression: KeyedHash? { keys.withLock { $0.suppression } }

    func replace(with sealing: SealingKeys) { keys.withLock { $0.sealing = sealing } }

    func setSuppression(_ key: KeyedHash) { keys.withLock { $0.suppression = key } }
}

/// Replacing key files: the new key is durable before the registry goes by it, and the old one is destroyed after.
extension KeyFiles {
    /// The keys of which one is in force: the file's, then the one that was on its way into the file when something
    /// interrupted that. Throws `badKey` if there is none.
    func candidates(for purpose: KeyPurpose) throws -> [SealingKeys.Key] {
        let own = Result { try read(purpose.rawValue) }
        let next = try exists(purpose.nextName) ? try? read(purpose.nextName) : nil
        let found = try [try? own.get(), next].compactMap(\.self).map { try SealingKeys.Key($0) }
        if found.isEmpty { _ = try own.get() }
        return found
    }

    /// Of the keys there are, those by which the registry with these check values goes; `nil` if they are not there.
    func sealingKeys(matching checks: [KeyPurpose: [UInt8]], ledgerID: [UInt8]) throws -> SealingKeys? {
        for epoch in try candidates(for: .epoch) {
            for registry in try candidates(for: .registry) {
                let keys = SealingKeys(epoch: epoch, registry: registry)
                if keys.match(checks, ledgerID: ledgerID) { return keys }
            }
        }
        return nil
    }

    /// Makes the keys that will take the place of those in force. Durable at return.
    func makeNextSealingKeys(random: any RandomSource) throws -> SealingKeys {
        let secrets = KeyPurpose.replaced.map { (purpose: $0, secret: random.secret(SealingKey.byteCount)) }
        for (purpose, secret) in secrets { try create(purpose.nextName, secret) }
        return try SealingKeys(
            epoch: SealingKeys.Key(secrets[0].secret), registry: SealingKeys.Key(secrets[1].secret))
    }

    /// Leaves of the keys that are replaced only those in force: a next one that came into force takes the place of the
    /// old one, which is overwritten first; one that did not goes. Durable at return; again is fine.
    func keepOnly(_ keys: SealingKeys, ledgerID: [UInt8]) throws {
        for purpose in KeyPurpose.replaced {
            guard try exists(purpose.nextName) else { continue }
            let inForce = LedgerKeys.checkValue(of: keys.key(purpose).hash, purpose, ledgerID: ledgerID)
            // One that cannot be read was being overwritten.
            if let next = try? read(purpose.nextName),
                try KeyedHash.areEqual(
                    LedgerKeys.checkValue(of: KeyedHash(key: next), purpose, ledgerID: ledgerID), inForce)
            {
                try overwrite(purpose.rawValue)
                var bytes = SecretKeyFile(name: purpose.rawValue, secret: next).bytes
                defer { SecretBytes.wipe(&bytes) }
                try storage.replace(path(purpose.rawValue), with: bytes)
            } else {
                try overwrite(purpose.nextName)
            }
            try storage.remove(path(purpose.nextName))
        }
    }

    /// Overwrites a key in its place, as far as the file system writes there.
    private func overwrite(_ name: String) throws {
        let path = try path(name)
        guard let count = try storage.size(of: path) else { return }
        let segment = try storage.segment(path)
        defer { segment.close() }
        try segment.write([UInt8](repeating: 0, count: count), at: 0)
    }
}
