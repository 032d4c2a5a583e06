internal import Glibc

/// A directory of files that a command writes, in its place only once it is whole, and never over another one. It is for
/// the user alone (0700): what is written may tell of people.
final class OutputDirectory {
    private let path: String
    private let unfinished: UnfinishedPath
    /// Its files, under the names that they have in the end.
    private var contents: [UnfinishedPath] = []
    /// The files that are written in pieces, by name.
    private var files: [String: OutputFile] = [:]
    private var isFinished = false

    /// Begins a directory that will be at `path`, where there is nothing yet, or an empty directory. Throws `badInput` if
    /// there is something, `output` or `notPermitted`.
    init(_ path: String) throws(CommandError) {
        var path = path
        while path.count > 1, path.last == "/" { path.removeLast() }
        self.path = path
        guard try Self.isFree(path) else { throw Self.taken(path) }
        unfinished = UnfinishedPath("\(path).\(getpid()).unfinished", isDirectory: true)
        guard mkdir(unfinished.path, 0o700) == 0 else {
            let error = errno == EEXIST ? OutputFile.isNamedTwice(path, unfinished.path) : Self.failure(path)
            // Another output's is not this one's to remove.
            unfinished.forget()
            throw error
        }
    }

    deinit {
        guard !isFinished else { return }
        files = [:]
        for content in contents { content.remove() }
        unfinished.remove()
    }

    /// Writes a file of that name, which the directory does not have yet.
    func write(_ bytes: [UInt8], to name: String) throws(CommandError) {
        let content = UnfinishedPath("\(unfinished.path)/\(name)")
        contents.append(content)
        let file = open(content.path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw Self.failure("\(path)/\(name)") }
        defer { close(file) }
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress! + written, $0.count - written) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Self.failure("\(path)/\(name)") }
            written += count
        }
    }

    /// Writes the next bytes of a file of that name.
    func append(_ bytes: [UInt8], to name: String) throws(CommandError) {
        if let file = files[name] { return try file.write(bytes) }
        let content = UnfinishedPath("\(unfinished.path)/\(name)")
        contents.append(content)
        let file = try OutputFile(content.path, overwriting: false)
        files[name] = file
        try file.write(bytes)
    }

    /// Puts the directory in its place.
    func finish() throws(CommandError) {
        for file in files.values { try file.finish() }
        guard rename(unfinished.path, path) == 0 else {
            throw [EEXIST, ENOTEMPTY, ENOTDIR].contains(errno) ? Self.taken(path) : Self.failure(path)
        }
        isFinished = true
        for content in contents { content.forget() }
        unfinished.forget()
    }

    /// Whether there is nothing at `path`, or an empty directory.
    private static func isFree(_ path: String) throws(CommandError) -> Bool {
        guard let stream = opendir(path) else {
            if errno == ENOENT { return true }
            guard errno == ENOTDIR else { throw failure(path) }
            return false
        }
        defer { closedir(stream) }
        // An empty directory has “.” and “..”.
        var count = 0
        while readdir(stream) != nil { count += 1 }
        return count <= 2
    }

    private static func taken(_ path: String) -> CommandError {
        CommandError(.badInput, "\(path) is there already, and is not overwritten; name another directory")
    }

    private static func failure(_ path: String) -> CommandError {
        CommandError(
            errno == EACCES ? .notPermitted : .output, "cannot write \(path): \(String(cString: strerror(errno)))")
    }
}
