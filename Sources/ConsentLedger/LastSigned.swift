internal import LedgerCrypto
internal import LedgerStorage

/// The size and root of the checkpoint signed last: durable before the signature leaves the process, whether or not the
/// checkpoint got out.
struct LastSigned: Hashable, Sendable {
    let size: UInt64
    let root: SHA256Digest

    init(size: UInt64, root: SHA256Digest) {
        self.size = size
        self.root = root
    }

    /// Reads `private/last-signed`; `nil` where nothing was signed. Throws `damaged` if it is something else.
    init?(in storage: any LedgerStorage) throws {
        guard let bytes = try storage.read(LedgerPaths.lastSigned) else { return nil }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count == 3, let size = UInt64(lines[0]), let hash = Hexadecimal.decode(lines[1]),
            let root = SHA256Digest(hash)
        else { throw LedgerError(.damaged, "private/last-signed is not a size and a root; restore it from its backup") }
        self.init(size: size, root: root)
    }

    /// The bytes of the file: size and root, a line each.
    var bytes: [UInt8] { Array("\(size)\n\(root)\n".utf8) }
}
