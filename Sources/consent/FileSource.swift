internal import ConsentAudit
internal import Glibc

/// A file that is read by range.
final class FileSource: ByteSource {
    let byteCount: UInt64
    private let descriptor: Int32
    private let path: String

    /// Throws `cannotBeRead` or `notPermitted`.
    init(_ path: String) throws(CommandError) {
        self.path = path
        // Without waiting for whoever would write to a pipe.
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw CommandError.reading(path) }
        var information = stat()
        guard fstat(descriptor, &information) == 0, information.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw CommandError(.cannotBeRead, "\(path) is not a file; name a bundle of evidence")
        }
        byteCount = UInt64(information.st_size)
    }

    deinit { close(descriptor) }

    func read(at offset: UInt64, count: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let got = bytes.withUnsafeMutableBytes {
                pread(descriptor, $0.baseAddress! + done, count - done, off_t(offset) + off_t(done))
            }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw CommandError.reading(path) }
            guard got > 0 else {
                throw CommandError(.changedMeanwhile, "\(path) became shorter while it was read; try again")
            }
            done += got
        }
        return bytes
    }
}
