internal import ConsentModel
internal import ConsentRules
public import LedgerCrypto
internal import LedgerStorage

/// Replacing the key that signs governance: the log says which key follows which, so that whoever verifies knows.
extension LedgerWriter {
    /// Records a new admin key and the end of the one whose file is here, and then puts the new one in its place, under the
    /// passphrase if the old one was; what was in the file is overwritten. Returns both public keys. Others that are in force
    /// stay so.
    ///
    /// Interrupted, it is finished by doing it again: the new key is durable, as `admin-next`, before a record names it, and
    /// until it is in its place. Throws `missingKey` where the admin key is not here, `badKey` where the one that is here is not
    /// in force, and `unwritableKey` where its file cannot be replaced; then nothing is begun.
    public func rotateAdminKey() throws -> (old: Ed25519PublicKey, new: Ed25519PublicKey) {
        let name = KeyPurpose.admin.rawValue
        let nextName = KeyPurpose.admin.nextName
        guard try files.exists(name) else { throw KeyFiles.missing(name) }
        let old = try files.signingKey(name).publicKey
        try refuseRetired(old)
        try files.refuseUnreplaceable([.admin])
        let random = preparation.random
        // One that is there and is no key file was being destroyed when something interrupted that.
        if try files.content(nextName) == nil {
            try files.destroy(nextName)
            try files.create(
                nextName, random.secret(SecretKeyFile.keyByteCount), like: files.content(name), random: random)
        }
        let secret = try files.read(nextName)
        let new = try Ed25519PrivateKey(seed: secret).publicKey
        if old != new {
            let inForce = currentCatalog().adminKeys.filter { $0.window.until == nil }.map(\.publicKey)
            var drafts: [EventDraft] = []
            // Together, and both signed by the old key: it counts up to its own end.
            for (type, key) in [(EventType.adminKeyAdded, new), (.adminKeyRetired, old)]
            where inForce.contains(key) == (type == .adminKeyRetired) {
                var draft = EventDraft(type)
                draft.fields[.publicKey] = .bytes(key.bytes)
                drafts.append(draft)
            }
            for outcome in try append(drafts) { _ = try outcome.get() }
            var bytes = try files.bytes(
                of: SecretKeyFile(name: name, secret: secret), like: files.content(nextName), random: random)
            defer { SecretBytes.wipe(&bytes) }
            try location.storage.replaceSecret(files.path(name), with: bytes)
        }
        try files.destroy(nextName)
        monitor.withLock { signers[name] = nil }
        return (old, new)
    }

    /// Throws `badKey` where the admin key that is here is not in force, unless one that is follows it into its place. A
    /// following key that no record names goes then: it leads nowhere, and while it is there no key is copied or protected.
    private func refuseRetired(_ old: Ed25519PublicKey) throws {
        let name = KeyPurpose.admin.rawValue
        let nextName = KeyPurpose.admin.nextName
        let known = currentCatalog().adminKeys
        let inForce = known.filter { $0.window.until == nil }.map(\.publicKey)
        guard !inForce.contains(old) else { return }
        if let next = try files.readIfWhole(nextName) {
            let key = try Ed25519PrivateKey(seed: next).publicKey
            if inForce.contains(key) { return }
            if !known.contains(where: { $0.publicKey == key }) { try files.destroy(nextName) }
        }
        let names = inForce.map { Hexadecimal.encode($0.keyIdentifier) }
        throw LedgerError(
            .badKey,
            "\(files.shownPath(name)) is the admin key \(Hexadecimal.encode(old.keyIdentifier)), which is not in force: it was "
                + "retired, or is another ledger's. In force: \(names.joined(separator: ", ")); put that one back")
    }
}
