internal import Glibc

/// A file that a command writes, in pieces, and puts in its place when it is whole. It is for the user alone (0600): what
/// is written may tell of people. Standard output, which has no place to be put in, is one too.
final class OutputFile {
    private let descriptor: Int32
    /// As the user named it.
    private let path: String
    /// Where it is put: what `path` leads to, where that is a link.
    private let place: String
    /// `nil`: standard output.
    private let unfinished: UnfinishedPath?
    private let overwrites: Bool
    private var isFinished = false
    private var pending: [UInt8] = []
    private static let pieceByteCount = 1 << 16

    /// Begins a file that will be at `path`; what is there stays until then. Throws `usage` if that is the file at `input`,
    /// `output` or `notPermitted`.
    convenience init(_ path: String, notReplacing input: String) throws(CommandError) {
        var there = stat()
        var read = stat()
        if stat(path, &there) == 0, stat(input, &read) == 0, there.st_dev == read.st_dev, there.st_ino == read.st_ino {
            throw CommandError(.usage, "\(path) is the file that is read; name another one to write")
        }
        try self.init(path, overwriting: true)
    }

    /// Begins a file that will be at `path`, where nothing is unless it may be overwritten; a link there stays, and what it
    /// leads to is overwritten. Throws `badInput` if something is, or a link that leads nowhere; `usage` if another file that
    /// is being written will be there, `output` or `notPermitted`.
    init(_ path: String, overwriting: Bool) throws(CommandError) {
        overwrites = overwriting
        self.path = path
        guard overwriting || access(path, F_OK) != 0 else { throw Self.isThere(path) }
        // What is written is moved to its place, which would put a file in the place of a device or a pipe.
        var there = stat()
        if stat(path, &there) == 0, there.st_mode & S_IFMT != S_IFREG, there.st_mode & S_IFMT != S_IFDIR {
            throw CommandError(.badInput, "\(path) is there and is no plain file; name another one to write")
        }
        place = overwriting ? try Self.target(of: path) : path
        let unfinished = UnfinishedPath("\(place).\(getpid()).unfinished")
        self.unfinished = unfinished
        descriptor = open(unfinished.path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            let error = errno == EEXIST ? Self.isNamedTwice(path, unfinished.path) : Self.failure(path)
            unfinished.forget()
            throw error
        }
    }

    /// What a link leads to; `path` itself where it is none.
    private static func target(of path: String) throws(CommandError) -> String {
        var there = stat()
        guard lstat(path, &there) == 0, there.st_mode & S_IFMT == S_IFLNK else { return path }
        guard let target = realpath(path, nil) else {
            throw CommandError(
                .badInput, "\(path) is a link that leads to no file; name the file that is to be written itself")
        }
        defer { free(target) }
        return String(cString: target)
    }

    /// The error for two outputs of a command in one place, of which one would replace the other.
    static func isNamedTwice(_ path: String, _ unfinished: String) -> CommandError {
        CommandError(
            .usage,
            "\(path) is named for two outputs, of which one would replace the other; name another file. Where it is not, "
                + "\(unfinished) is left over from a run that was killed: remove it")
    }

    /// Standard output.
    init() {
        descriptor = STDOUT_FILENO
        path = "standard output"
        place = path
        unfinished = nil
        overwrites = true
    }

    deinit {
        guard let unfinished else { return }
        close(descriptor)
        if !isFinished { unfinished.remove() }
    }

    /// Writes what waits and puts the file in its place; durable at return.
    func finish() throws(CommandError) {
        try flush()
        guard let unfinished else { return }
        guard fsync(descriptor) == 0 else { throw Self.failure(path) }
        if overwrites {
            guard rename(unfinished.path, place) == 0 else { throw Self.failure(path) }
            unfinished.forget()
        } else {
            // A link is refused where something has come meanwhile; the name it was written under then goes.
            guard link(unfinished.path, place) == 0 else {
                throw errno == EEXIST ? Self.isThere(path) : Self.failure(path)
            }
            unfinished.remove()
        }
        isFinished = true
        try synchronizeFolder()
    }

    private func synchronizeFolder() throws(CommandError) {
        let folder = place.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(place[...$0]) } ?? "."
        let opened = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard opened >= 0 else { throw Self.failure(path) }
        defer { close(opened) }
        // A file system that cannot flush a directory says so; the file is in its place all the same.
        guard fsync(opened) == 0 || errno == EINVAL else { throw Self.failure(path) }
    }

    /// Writes what waits and gives `body` the path under which the file can be read before it is put in its place; not for
    /// standard output, which cannot.
    func readBack(_ body: (String) throws -> Void) throws {
        try flush()
        guard let unfinished else { return }
        try body(unfinished.path)
    }

    /// Writes what waits and lets `body` have the descriptor, for a program that writes on.
    func write<Result>(through body: (Int32) throws(CommandError) -> Result) throws(CommandError) -> Result {
        try flush()
        return try body(descriptor)
    }

    /// Writes bytes.
    func write(_ bytes: [UInt8]) throws(CommandError) {
        pending += bytes
        if pending.count >= Self.pieceByteCount { try flush() }
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
            let count = pending.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress! + written, $0.count - written)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Self.failure(path) }
            written += count
        }
        pending.removeAll(keepingCapacity: true)
    }

    private static func isThere(_ path: String) -> CommandError {
        CommandError(.badInput, "\(path) is there already, and is not overwritten; name another file")
    }

    private static func failure(_ path: String) -> CommandError {
        CommandError(
            errno == EACCES ? .notPermitted : .output, "cannot write \(path): \(String(cString: strerror(errno)))")
    }
}
