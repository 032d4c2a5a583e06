internal import ConsentAudit
internal import ConsentLedger
internal import ConsentPersons
internal import Glibc
internal import LedgerCrypto
internal import LedgerStorage

/// Files for what is made to be sent: for the user alone, and without a name, so that they are gone when they are closed,
/// however that comes about.
enum UnnamedFile {
    /// A file in `directory` with what `content` writes. Throws `tooLarge` for more than `most` bytes, `full` or `failed`.
    static func make(
        in directory: String, most: UInt64, content: (_ write: ([UInt8]) throws -> Void) throws -> Void
    ) throws -> OpenFile {
        let name = "\(directory)/.unnamed-\(Hexadecimal.encode(SystemRandomSource().bytes(8)))"
        let descriptor = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure() }
        unlink(name)
        do {
            var count: UInt64 = 0
            try content { bytes in
                count += UInt64(bytes.count)
                guard count <= most else {
                    throw AuditError(
                        .tooLarge, "the file would have more than \(most) bytes; ask for it without attachments")
                }
                try write(bytes, to: descriptor)
            }
        } catch {
            close(descriptor)
            throw error
        }
        return try OpenFile(descriptor, name: "what was just written")
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) throws(StorageError) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress! + written, $0.count - written)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure() }
            written += count
        }
    }

    private static func failure() -> StorageError {
        let reason = String(cString: strerror(errno))
        return StorageError(errno == ENOSPC || errno == EDQUOT ? .full : .failed, "cannot write a file: \(reason)")
    }
}
