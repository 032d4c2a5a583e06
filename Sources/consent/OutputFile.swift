internal import Glibc

/// A file that a command writes, in pieces. It is for the user alone (0600): what is written may tell of people.
final class OutputFile {
    private let descriptor: Int32
    private let path: String
    private var pending: [UInt8] = []
    private static let pieceByteCount = 1 << 16

    /// Opens the file at `path`, emptying it; throws `output` or `notPermitted`.
    init(_ path: String) throws(CommandError) {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.failure(path) }
    }

    deinit { close(descriptor) }

    /// Writes a line.
    func line(_ text: String) throws(CommandError) {
        pending += text.utf8
        pending.append(UInt8(ascii: "\n"))
        if pending.count >= Self.pieceByteCount { try flush() }
    }

    /// Writes what waits.
    func flush() throws(CommandError) {
        var written = 0
        while written < pending.count {
            let count = pending.withUnsafeBytes { write(descriptor, $0.baseAddress! + written, $0.count - written) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Self.failure(path) }
            written += count
        }
        pending.removeAll(keepingCapacity: true)
    }

    private static func failure(_ path: String) -> CommandError {
        CommandError(
            errno == EACCES ? .notPermitted : .output, "cannot write \(path): \(String(cString: strerror(errno)))")
    }
}
