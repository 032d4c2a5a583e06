internal import Glibc

/// Reads a log from a directory: a ledger's `log/`, or a copy of it. Only regular files below the directory are read, and
/// no symbolic link is followed, so that a log cannot point out of itself.
public final class DirectoryLogReader: LogReader {
    /// The longest file that is read whole. A longer one is cut after one byte more, and then fits no format and no
    /// digest: the largest entry bundle has less than 17 MB.
    public static let maximumByteCount = 64 << 20

    private let root: Int32

    /// Opens the directory at `path`; throws `cannotOpen`.
    public init(root path: String) throws(AuditError) {
        root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard root >= 0 else {
            throw AuditError(.cannotOpen, "the directory “\(path)” cannot be opened: \(Self.reason())")
        }
    }

    deinit { close(root) }

    public func read(_ path: String) throws -> [UInt8]? {
        guard let file = try openBelowRoot(path, O_NONBLOCK) else { return nil }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw Self.cannotRead(path) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw AuditError(notAFile: path, butA: Self.kind(status.st_mode))
        }
        let most = min(Int(status.st_size), Self.maximumByteCount) + 1
        var isFailed = false
        let bytes = [UInt8](unsafeUninitializedCapacity: most) { buffer, count in
            while count < most {
                let read = Glibc.read(file, buffer.baseAddress! + count, most - count)
                if read < 0 && errno == EINTR { continue }
                isFailed = read < 0
                guard read > 0 else { return }
                count += read
            }
        }
        guard !isFailed else { throw Self.cannotRead(path) }
        return bytes
    }

    public func list(_ directory: String) throws -> [String] {
        guard let descriptor = try openBelowRoot(directory, O_DIRECTORY) else { return [] }
        guard let stream = fdopendir(descriptor) else {
            close(descriptor)
            throw Self.cannotRead(directory)
        }
        defer { closedir(stream) }
        var names: [String] = []
        errno = 0
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
            errno = 0
        }
        guard errno == 0 else { throw Self.cannotRead(directory) }
        return names
    }

    /// Opens each part of the path in turn; `nil` if one is absent. Throws `notAFile` for a link, and for what is no
    /// directory where the path needs one.
    private func openBelowRoot(_ path: String, _ flags: Int32) throws(AuditError) -> Int32? {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        var directory = dup(root)
        guard directory >= 0 else { throw Self.cannotRead(path) }
        if path.isEmpty { return reopened(directory) }
        for (position, part) in parts.enumerated() {
            guard !part.isEmpty, part != ".", part != "..", !part.utf8.contains(0) else {
                close(directory)
                return nil
            }
            let isLast = position == parts.count - 1
            let next = openat(
                directory, String(part), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | (isLast ? flags : O_DIRECTORY))
            let failure = errno
            let parent = directory
            directory = next
            defer { close(parent) }
            guard next >= 0 else {
                if failure == ENOENT || failure == ENAMETOOLONG { return nil }
                var status = stat()
                if [ENOTDIR, ELOOP, ENXIO].contains(failure),
                    fstatat(parent, String(part), &status, AT_SYMLINK_NOFOLLOW) == 0
                {
                    throw AuditError(
                        notAFile: parts[...position].joined(separator: "/"), butA: Self.kind(status.st_mode))
                }
                errno = failure
                throw Self.cannotRead(path)
            }
        }
        return directory
    }

    /// What stands where a regular file, or on the way to one a directory, should be.
    private static func kind(_ mode: mode_t) -> String {
        switch mode & S_IFMT {
        case S_IFLNK: "a symbolic link"
        case S_IFDIR: "a directory"
        case S_IFREG: "a file in the place of a directory"
        case S_IFIFO: "a named pipe"
        case S_IFSOCK: "a socket"
        default: "a device"
        }
    }

    /// A descriptor of the root with a position of its own: one made by `dup` shares it, and would list only once.
    private func reopened(_ directory: Int32) -> Int32? {
        defer { close(directory) }
        let fresh = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        return fresh >= 0 ? fresh : nil
    }

    private static func cannotRead(_ path: String) -> AuditError {
        AuditError(.cannotRead, "“\(path)” of the log cannot be read: \(reason())")
    }

    private static func reason() -> String { String(cString: strerror(errno)) }
}
