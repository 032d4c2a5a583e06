internal import Glibc

/// An open file or folder; closed with the last reference. Every error names the file.
final class FileDescriptor: Sendable {
    private let number: Int32
    /// What messages call it.
    let name: String

    private init(number: Int32, name: String) {
        self.number = number
        self.name = name
    }

    deinit { close(number) }

    /// Opens `path` from the current directory; `nil` when it, or a folder on the way, does not exist.
    static func open(_ path: String, flags: Int32) throws(StorageError) -> FileDescriptor? {
        try opened(openat(AT_FDCWD, path, flags | O_CLOEXEC), path)
    }

    /// Opens `path` within this folder; `nil` when it, or a folder on the way, does not exist.
    func open(_ path: String, flags: Int32, mode: mode_t = 0) throws(StorageError) -> FileDescriptor? {
        try Self.opened(openat(number, path, flags | O_CLOEXEC, mode), nameWithin(path))
    }

    /// Opens the folder `path` within this one; `nil` when it does not exist.
    func openFolder(_ path: String) throws(StorageError) -> FileDescriptor? {
        try open(path, flags: O_RDONLY | O_DIRECTORY)
    }

    private static func opened(_ number: Int32, _ name: String) throws(StorageError) -> FileDescriptor? {
        guard number < 0 else { return FileDescriptor(number: number, name: name) }
        let reason = errno
        if reason == ENOENT || reason == ENOTDIR { return nil }
        throw StorageError.systemCall(reason, "open", name)
    }

    private func nameWithin(_ path: String) -> String { "\(name)/\(path)" }

    // MARK: A file

    /// The size in bytes; throws `failed` for anything but a plain file.
    func size() throws(StorageError) -> Int {
        var status = stat()
        guard fstat(number, &status) == 0 else { throw StorageError.systemCall(errno, "look at", name) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw StorageError(.failed, "cannot read \(name): it is not a plain file")
        }
        return Int(status.st_size)
    }

    /// `count` bytes from `offset` on, fewer where the file ends.
    func read(from offset: Int, count: Int) throws -> [UInt8] {
        let available = max(0, min(count, try size() - offset))
        return try [UInt8](unsafeUninitializedCapacity: available) { buffer, filled in
            while filled < available {
                let got = pread(number, buffer.baseAddress! + filled, available - filled, off_t(offset + filled))
                if got > 0 {
                    filled += got
                } else if got == 0 {
                    break
                } else if errno != EINTR {
                    throw StorageError.systemCall(errno, "read", name)
                }
            }
        }
    }

    /// Writes all of `bytes` at `offset`.
    func write(_ bytes: ArraySlice<UInt8>, at offset: Int) throws {
        try bytes.withUnsafeBytes { buffer in
            var written = 0
            while written < buffer.count {
                let got = pwrite(
                    number, buffer.baseAddress! + written, buffer.count - written, off_t(offset + written))
                if got > 0 {
                    written += got
                } else if got == 0 || errno != EINTR {
                    throw StorageError.systemCall(got == 0 ? EIO : errno, "write", name)
                }
            }
        }
    }

    /// Makes the file, or the folder's names, durable.
    func synchronize() throws(StorageError) {
        while fsync(number) != 0 {
            guard errno == EINTR else { throw StorageError.systemCall(errno, "flush", name) }
        }
    }

    /// Makes the file's bytes durable, and of the rest what reading them back needs.
    func synchronizeData() throws(StorageError) {
        while fdatasync(number) != 0 {
            guard errno == EINTR else { throw StorageError.systemCall(errno, "flush", name) }
        }
    }

    /// Takes the exclusive lock on the file, without waiting; false when another holder has it.
    func lockExclusively() throws(StorageError) -> Bool {
        if flock(number, LOCK_EX | LOCK_NB) == 0 { return true }
        guard errno == EWOULDBLOCK else { throw StorageError.systemCall(errno, "lock", name) }
        return false
    }

    /// Gives the lock back, also where a process that is just being started has the descriptor still.
    func unlock() { flock(number, LOCK_UN) }

    // MARK: A folder

    /// Who may use the file `path` within this folder, which need not be readable; `nil` when it does not exist.
    func access(to path: String) throws(StorageError) -> FileAccess? {
        var status = stat()
        guard fstatat(number, path, &status, 0) == 0 else {
            let reason = errno
            if reason == ENOENT || reason == ENOTDIR { return nil }
            throw StorageError.systemCall(reason, "look at", nameWithin(path))
        }
        return FileAccess(mode: status.st_mode & 0o7777, isOwn: status.st_uid == geteuid())
    }

    /// Throws `failed` unless this program may put files in the folder.
    func refuseUnwritable() throws(StorageError) {
        guard faccessat(number, ".", W_OK | X_OK, AT_EACCESS) == 0 else {
            throw StorageError.systemCall(errno, "write in", name)
        }
    }

    /// Makes the folder `child`; one that is there is fine.
    func makeFolder(_ child: String, mode: mode_t) throws(StorageError) {
        guard mkdirat(number, child, mode) == 0 || errno == EEXIST else {
            throw StorageError.systemCall(errno, "make the folder", nameWithin(child))
        }
    }

    /// Gives the file `child` the second name `newName`; false when that name is taken.
    func link(_ child: String, as newName: String) throws(StorageError) -> Bool {
        if linkat(number, child, number, newName, 0) == 0 { return true }
        guard errno == EEXIST else { throw StorageError.systemCall(errno, "put in place", nameWithin(newName)) }
        return false
    }

    /// Renames `child`, in place of what has the name `newName`.
    func rename(_ child: String, to newName: String) throws(StorageError) {
        guard renameat(number, child, number, newName) == 0 else {
            throw StorageError.systemCall(errno, "put in place", nameWithin(newName))
        }
    }

    /// Removes the file `child`; one that is not there is fine.
    func unlink(_ child: String) throws(StorageError) {
        guard unlinkat(number, child, 0) == 0 || errno == ENOENT else {
            throw StorageError.systemCall(errno, "remove", nameWithin(child))
        }
    }

    /// The names in the folder, in no order, without `.` and `..`.
    func names() throws(StorageError) -> [String] {
        // A stream of its own, since readdir moves the descriptor's place and closedir closes it.
        let copy = openat(number, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard copy >= 0 else { throw StorageError.systemCall(errno, "list", name) }
        guard let stream = fdopendir(copy) else {
            let reason = errno
            close(copy)
            throw StorageError.systemCall(reason, "list", name)
        }
        defer { closedir(stream) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                guard errno == 0 else { throw StorageError.systemCall(errno, "list", name) }
                return names
            }
            let entryName = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if entryName != ".", entryName != ".." { names.append(entryName) }
        }
    }
}
