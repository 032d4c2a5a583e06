internal import ConsentAudit
internal import ConsentLedger
internal import Glibc
internal import LedgerStorage

/// A file that is open, read by range; closed when nobody has it any more.
package final class OpenFile: ByteSource, Sendable {
    package let byteCount: UInt64
    private let descriptor: Int32
    private let name: String

    /// Takes the descriptor of a plain file, which has all its bytes; `name` is what to call it. Throws `failed`.
    package init(_ descriptor: Int32, name: String) throws {
        self.descriptor = descriptor
        self.name = name
        var information = stat()
        guard fstat(descriptor, &information) == 0 else {
            throw StorageError(.failed, "cannot read \(name): \(String(cString: strerror(errno)))")
        }
        byteCount = UInt64(information.st_size)
    }

    deinit { close(descriptor) }

    /// As `ByteSource`; throws `failed`, and `contentChanged` where the file became shorter meanwhile.
    package func read(at offset: UInt64, count: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let got = bytes.withUnsafeMutableBytes {
                pread(descriptor, $0.baseAddress! + done, count - done, off_t(offset) + off_t(done))
            }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else {
                throw StorageError(.failed, "cannot read \(name): \(String(cString: strerror(errno)))")
            }
            guard got > 0 else {
                throw LedgerError(.contentChanged, "\(name) became shorter while it was read; try again")
            }
            done += got
        }
        return bytes
    }
}
