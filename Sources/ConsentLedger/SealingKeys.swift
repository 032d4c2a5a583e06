internal import ConsentModel
internal import LedgerCrypto
internal import LedgerStorage

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

    /// What tells each from other keys, as the registry keeps it.
    func checkValues(ledgerID: [UInt8]) -> [KeyPurpose: [UInt8]] {
        Dictionary(
            uniqueKeysWithValues: KeyPurpose.replaced.map {
                ($0, LedgerKeys.checkValue(of: key($0).hash, $0, ledgerID: ledgerID))
            })
    }
}

/// Replacing key files: the new key is durable before the registry goes by it, and the old one is destroyed after.
extension KeyFiles {
    /// The key in force, by `isInForce`. Throws `badKey` if there is none.
    func candidate(for purpose: KeyPurpose, _ isInForce: (SealingKeys.Key) -> Bool) throws -> SealingKeys.Key {
        // The next key may have moved into the file between the two looks: then it is there at the second.
        for _ in 0..<2 {
            if let key = try candidates(for: purpose).first(where: isInForce) { return key }
        }
        throw isForeign(purpose)
    }

    /// The keys of which one is in force: the file's, then the one that is on its way into the file, or was when something
    /// interrupted that.
    private func candidates(for purpose: KeyPurpose) throws -> [SealingKeys.Key] {
        let secrets = try [purpose.rawValue, purpose.nextName].compactMap { try readIfWhole($0) }
        return try (secrets.isEmpty ? [read(purpose.rawValue)] : secrets).map { try SealingKeys.Key($0) }
    }

    /// Says that a key file, or the one on its way into it, is not of this ledger.
    func isForeign(_ purpose: KeyPurpose) -> LedgerError {
        let erased =
            KeyPurpose.replaced.contains(purpose)
            ? "; of a registry from before an erasure, the keys were destroyed" : ""
        return LedgerError(
            .badKey, "private/keys/\(purpose.rawValue).key is not this ledger's: restore it from its backup\(erased)")
    }

    /// Whether there is a file of the key, or of the one that takes its place.
    func isHere(_ purpose: KeyPurpose) throws -> Bool {
        try exists(purpose.rawValue) || exists(purpose.nextName)
    }

    /// Whether reading the key takes a passphrase.
    func isProtected(_ purpose: KeyPurpose) throws -> Bool {
        for name in [purpose.rawValue, purpose.nextName] {
            if case .protected? = try content(name) { return true }
        }
        return false
    }

    /// Whether there are keys on their way into the place of others: the old ones are not destroyed yet.
    func areHalfReplaced() throws -> Bool { try KeyPurpose.replaced.contains { try exists($0.nextName) } }

    /// Throws `unwritableKey` where the file of one of the keys cannot be replaced, so that nothing is begun which cannot be
    /// finished.
    func refuseUnreplaceable(_ purposes: [KeyPurpose]) throws { try refuseUnreplaceable(purposes.map(\.rawValue)) }

    /// The same, by the names of the keys.
    func refuseUnreplaceable(_ names: [String]) throws {
        for name in names {
            do { try storage.refuseUnreplaceable(path(name)) } catch let error as StorageError
                where error.code == .failed
            {
                throw LedgerError(
                    .unwritableKey,
                    "\(shownPath(name)) cannot be replaced, and nothing is begun before it can (\(error)); make it a file, no link, "
                        + "in a folder of its owner's, and type: chmod 600 \(shownPath(name))")
            }
        }
    }

    /// Makes the keys that will take the place of those in force. Durable at return.
    func makeNextSealingKeys(random: any RandomSource) throws -> SealingKeys {
        let secrets = KeyPurpose.replaced.map { (purpose: $0, secret: random.secret(SealingKey.byteCount)) }
        for (purpose, secret) in secrets {
            try create(purpose.nextName, secret, like: content(purpose.rawValue), random: random)
        }
        return try SealingKeys(
            epoch: SealingKeys.Key(secrets[0].secret), registry: SealingKeys.Key(secrets[1].secret))
    }

    /// Leaves of the keys that are replaced only those in force: a next one that came into force takes the place of the
    /// old one, which is overwritten first; one that did not goes. Durable at return; again is fine.
    func keepOnly(_ keys: SealingKeys, ledgerID: [UInt8], random: any RandomSource) throws {
        for purpose in KeyPurpose.replaced {
            guard try exists(purpose.nextName) else { continue }
            let inForce = LedgerKeys.checkValue(of: keys.key(purpose).hash, purpose, ledgerID: ledgerID)
            func isInForce(_ secret: SecretBytes?) throws -> Bool {
                guard let secret else { return false }
                let value = try LedgerKeys.checkValue(of: KeyedHash(key: secret), purpose, ledgerID: ledgerID)
                return KeyedHash.areEqual(value, inForce)
            }
            if let next = try readIfWhole(purpose.nextName), try isInForce(next) {
                var bytes = try bytes(
                    of: SecretKeyFile(name: purpose.rawValue, secret: next), like: content(purpose.nextName),
                    random: random)
                try overwrite(purpose.rawValue)
                defer { SecretBytes.wipe(&bytes) }
                try storage.replace(path(purpose.rawValue), with: bytes)
            } else {
                // Nothing is destroyed unless the key that counts was seen in its place.
                guard try isInForce(readIfWhole(purpose.rawValue)) else {
                    throw LedgerError(
                        .badKey,
                        "private/keys/\(purpose.rawValue).key is not the key in force; restore it from its backup")
                }
                try overwrite(purpose.nextName)
            }
            try storage.remove(path(purpose.nextName))
        }
    }

    /// Overwrites a key in its place, as far as the file system writes there, and removes it. Durable at return.
    func destroy(_ name: String) throws {
        try overwrite(name)
        try storage.remove(path(name))
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
