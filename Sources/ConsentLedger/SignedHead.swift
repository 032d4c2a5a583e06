public import LedgerCrypto
internal import LedgerStorage

/// The size and root of the checkpoint signed last: `private/last-signed`, durable before the signature leaves the process.
public struct SignedHead: Hashable, Sendable {
    /// How many records it covers.
    public let size: UInt64
    /// The root of the tree over them.
    public let root: SHA256Digest

    init(size: UInt64, root: SHA256Digest) {
        self.size = size
        self.root = root
    }

    /// Reads the head of the ledger at `location`; `nil` if nothing was signed. Throws `damaged`.
    public init?(of location: LedgerLocation) throws { try self.init(in: location.storage) }

    init?(in storage: any LedgerStorage) throws {
        guard let bytes = try storage.read(LedgerPaths.lastSigned) else { return nil }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count == 3, let size = UInt64(lines[0]), let hash = Hexadecimal.decode(lines[1]),
            let root = SHA256Digest(hash)
        else { throw LedgerError(.damaged, "private/last-signed is not a size and a root; restore it from its backup") }
        self.init(size: size, root: root)
    }

    /// What to throw where the log is not what was signed last.
    static func contradicted(size: UInt64) -> LedgerError {
        LedgerError(
            .damaged,
            "what is stored contradicts the checkpoint of size \(size) that was signed last; nothing more is signed. "
                + "Restore the log and the journal")
    }

    /// The file.
    var bytes: [UInt8] { Array("\(size)\n\(root)\n".utf8) }
}

extension LedgerLocation {
    /// How many records were acknowledged, as far as the journal says; `nil` if nothing is in it. It is read without a lock
    /// and nothing is changed. Throws `missingKey` without the journal's key, and what reading the journal throws.
    public func acknowledgedSize() throws -> UInt64? {
        let key = try KeyedHash(key: keyFiles.read(KeyPurpose.journal.rawValue))
        return try JournalReader.forEachFrame(storage, directory: LedgerPaths.journal, key: key) { _ in }.end.nextIndex
    }
}
