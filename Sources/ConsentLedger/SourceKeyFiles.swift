internal import ConsentRules
internal import LedgerCrypto
internal import LedgerStorage

/// The private keys of sources. The first of a source is in `source-<id>.key`; one that is made after a revocation has its
/// key identifier in the name, `source-<id>.<key identifier>.key`. None is ever replaced: which of them signs is what the
/// ledger's records say, so that a crash between making a key and authorising it leaves the one before in use.
extension KeyFiles {
    /// The key that signs what the ledger states for a source: of those it holds the one in force or, where none is, the
    /// one authorised last, since a stop counts from a revoked source, too. `nil` if it holds none.
    func signingKey(ofSource source: String, authorized: [Catalog.SourceKey]) throws -> Ed25519PrivateKey? {
        let held = try keys(ofSource: source)
        let inForce = authorized.filter { $0.window.until == nil }
        for key in inForce.reversed() + authorized.reversed() {
            if let found = held.first(where: { $0.publicKey == key.publicKey }) { return found }
        }
        return held.first
    }

    /// The key to authorise next: one that no record names yet, left where something failed after it was made; else the
    /// one in force, which the ledger refuses to authorise again; else a new one, whose file is durable at return.
    func keyToAuthorize(
        of source: String, authorized: [Catalog.SourceKey], random: any RandomSource
    ) throws -> Ed25519PrivateKey {
        let held = try keys(ofSource: source)
        let isNew = { (key: Ed25519PrivateKey) in !authorized.contains { $0.publicKey == key.publicKey } }
        let isInForce = { (key: Ed25519PrivateKey) in
            authorized.contains { $0.publicKey == key.publicKey && $0.window.until == nil }
        }
        if let key = held.first(where: isNew) ?? held.first(where: isInForce) { return key }
        let secret = random.secret(32)
        let key = try Ed25519PrivateKey(seed: secret)
        let first = Self.sourceName(source)
        let name = held.isEmpty ? first : "\(first).\(Hexadecimal.encode(key.publicKey.keyIdentifier))"
        try create(name, secret, like: content(KeyPurpose.log.rawValue), random: random)
        return key
    }

    private func keys(ofSource source: String) throws -> [Ed25519PrivateKey] {
        let first = Self.sourceName(source)
        return try names().filter { $0 == first || $0.hasPrefix(first + ".") }.map(signingKey)
    }
}
