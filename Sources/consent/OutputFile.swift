internal import Glibc

/// A file that a command writes, in pieces, and puts in its place when it is whole. It is for the user alone (0600): what
/// is written may tell of people.
final class OutputFile {
    private let descriptor: Int32
    private let path: String
    private let unfinishedPath: String
    private var isFinished = false
    private var pending: [UInt8] = []
    private static let pieceByteCount = 1 << 16

    /// Begins a file that will be at `path`; what is there stays until then. Throws `usage` if that is the file at `input`,
    /// `output` or `notPermitted`.
    init(_ path: String, notReplacing input: String) throws(CommandError) {
        var there = stat()
        var read = stat()
        if stat(path, &there) == 0, stat(input, &read) == 0, there.st_dev == read.st_dev, there.st_ino == read.st_ino {
            throw CommandError(.usage, "\(path) is the file that is read; name another one to write")
        }
        self.path = path
        unfinishedPath = "\(path).\(getpid()).unfinished"
        descriptor = open(unfinishedPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.failure(path) }
    }

    deinit {
        close(descriptor)
        if !isFinished { unlink(unfinishedPath) }
    }

    /// Writes what waits and puts the file in its place, durably: after a crash it is there as a whole, or what was before.
    func finish() throws(CommandError) {
        try flush()
        guard fsync(descriptor) == 0, rename(unfinishedPath, path) == 0 else { throw Self.failure(path) }
        isFinished = true
        let folder = path.lastIndex(of: "/").map { path[...$0] } ?? "."
        let directory = open(String(folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw Self.failure(path) }
        defer { close(directory) }
        // A file system that cannot flush a directory says so; the file is in its place all the same.
        guard fsync(directory) == 0 || errno == EINVAL else { throw Self.failure(path) }
    }

    /// Writes a line.
    func line(_ text: String) throws(CommandError) {
        pending += text.utf8
        pending.append(UInt8(ascii: "\n"))
        if pending.count >= Self.pieceByteCount { try flush() }
    }

    private func flush() throws(CommandError) {
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
