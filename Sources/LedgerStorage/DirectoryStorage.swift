internal import Glibc
internal import LedgerCrypto
internal import Synchronization

/// A ledger in a directory of a local file system.
///
/// An object is written like this, so that it is there whole or not at all, and a lost flush is never taken for done:
/// ```
/// openat(root, "log/tile/0", O_DIRECTORY) = folder        held until the end, or an error of its flush is lost
/// openat(folder, "~…", O_CREAT | O_EXCL, 0444) = file, pwrite(file), fsync(file), close(file)
/// linkat(folder, "~…", folder, "007")                     fails when taken; `replace` has renameat here
/// unlinkat(folder, "~…"), fsync(folder)
/// ```
/// A folder made on the way is flushed into its parent before anything is put in it. Below `private/`, files have the
/// mode 0600 and folders 0700; created objects elsewhere 0444, other files 0644, folders 0755, less the process's umask.
///
/// The names of unfinished files begin with `~`, which no path has. Those that a crash left are removed, while this
/// storage holds a lock, before its first change to the folder they are in.
public final class DirectoryStorage: LedgerStorage {
    private struct State {
        /// Folders that are durable, as far as it depends on us.
        var prepared: Set<StoragePath> = []
        var heldLocks = 0
        var unfinishedCount = 0
    }

    private let root: FileDescriptor
    /// Begins the names of this instance's unfinished files.
    private let ownPrefix: String
    private let state = Mutex(State())

    /// Opens the directory `root`, or with `creating` makes it when it is absent (not its parents); throws `failed`
    /// when it cannot.
    public init(root: String, creating: Bool = false) throws(StorageError) {
        if creating { try Self.makeRoot(root) }
        guard let descriptor = try FileDescriptor.open(root, flags: O_RDONLY | O_DIRECTORY) else {
            throw StorageError.systemCall(ENOENT, "open the directory", root)
        }
        self.root = descriptor
        ownPrefix = "~\(Hexadecimal.encode(SystemRandomSource().bytes(8)))-"
    }

    private static func makeRoot(_ path: String) throws(StorageError) {
        guard mkdir(path, 0o755) == 0 || errno == EEXIST else {
            if errno == ENOENT {
                throw StorageError(
                    .failed, "cannot make the directory \(path): the one it would be in is missing; make that first")
            }
            throw StorageError.systemCall(errno, "make the directory", path)
        }
        // The parent by name, not "..", which a symbolic link would lead elsewhere.
        let trimmed = path.utf8.reversed().drop { $0 == UInt8(ascii: "/") }
        let upward = trimmed.drop { $0 != UInt8(ascii: "/") }
        let parent = String(decoding: upward.reversed(), as: UTF8.self)
        try FileDescriptor.open(parent.isEmpty ? "." : parent, flags: O_RDONLY | O_DIRECTORY)?.synchronize()
    }

    // MARK: Reading

    public func read(_ path: StoragePath) throws -> [UInt8]? {
        try read(path, from: 0, count: .max)
    }

    public func read(_ path: StoragePath, from offset: Int, count: Int) throws -> [UInt8]? {
        precondition(offset >= 0 && count >= 0)
        return try openForReading(path)?.read(from: offset, count: count)
    }

    public func size(of path: StoragePath) throws -> Int? {
        try openForReading(path)?.size()
    }

    public func list(_ directory: StoragePath) throws -> [String] {
        guard let folder = try root.openFolder(directory.description) else { return [] }
        return try folder.names().filter { !$0.hasPrefix("~") }.sorted()
    }

    public func unfinished(in directory: StoragePath) throws -> [String] {
        guard let folder = try root.openFolder(directory.description) else { return [] }
        return try folder.names().filter { $0.hasPrefix("~") }.sorted()
    }

    public func removeUnfinished(in directory: StoragePath) throws {
        guard let folder = try root.openFolder(directory.description) else { return }
        try removeUnfinished(in: folder)
        try folder.synchronize()
    }

    private func openForReading(_ path: StoragePath) throws(StorageError) -> FileDescriptor? {
        // Not blocking, so that a named pipe put in a file's place cannot hold us up.
        try root.open(path.description, flags: O_RDONLY | O_NONBLOCK)
    }

    // MARK: Objects

    public func create(_ objects: [(path: StoragePath, bytes: [UInt8])]) throws {
        try refuseConflicts(in: objects)
        var remaining = objects[...]
        while let first = remaining.first {
            let run = remaining.prefix { $0.path.parent == first.path.parent }
            let folder = try folder(first.path.parent)
            for object in run { try create(object.path, object.bytes, in: folder) }
            try folder.synchronize()
            remaining = remaining.dropFirst(run.count)
        }
    }

    private func refuseConflicts(in objects: [(path: StoragePath, bytes: [UInt8])]) throws {
        var known: [StoragePath: Int] = [:]
        for (index, object) in objects.enumerated() {
            if let earlier = known.updateValue(index, forKey: object.path) {
                guard objects[earlier].bytes == object.bytes else { throw Self.conflict(object.path) }
            } else if let present = try read(object.path) {
                guard present == object.bytes else { throw Self.conflict(object.path) }
            }
        }
    }

    private func create(_ path: StoragePath, _ bytes: [UInt8], in folder: FileDescriptor) throws {
        // Looked up again, so that a batch that is mostly there costs no writes.
        if let present = try read(path) {
            guard present == bytes else { throw Self.conflict(path) }
            return
        }
        let isLinked = try link(path, in: folder) { try $0.write(bytes[...], at: 0) }
        guard try isLinked || read(path) == bytes else { throw Self.conflict(path) }
    }

    /// Puts what `write` writes at `path`, unless something is there; returns whether nothing was.
    private func link(
        _ path: StoragePath, in folder: FileDescriptor, write: (FileDescriptor) throws -> Void
    ) throws -> Bool {
        try withUnfinishedFile(
            in: folder, mode: Self.isPrivate(path) ? 0o600 : 0o444, write: write
        ) { unfinished in
            let isLinked = try folder.link(unfinished, as: path.name)
            try folder.unlink(unfinished)
            return isLinked
        }
    }

    public func create(_ path: StoragePath, from next: () throws -> [UInt8]?) throws {
        guard try size(of: path) == nil else { throw Self.conflict(path) }
        let folder = try folder(path.parent)
        let isLinked = try link(path, in: folder) { file in
            var end = 0
            while let piece = try next() {
                try file.write(piece[...], at: end)
                end += piece.count
            }
        }
        guard isLinked else { throw Self.conflict(path) }
        try folder.synchronize()
    }

    static func conflict(_ path: StoragePath) -> StorageError {
        StorageError(.exists, "\(path) is there already, with other bytes; it is written once and never changed")
    }

    public func replace(_ path: StoragePath, with bytes: [UInt8]) throws {
        let folder = try folder(path.parent)
        try withUnfinishedFile(in: folder, mode: Self.fileMode(path)) { file in
            try file.write(bytes[...], at: 0)
        } place: { unfinished in
            try folder.rename(unfinished, to: path.name)
        }
        try folder.synchronize()
    }

    public func replaceSecret(_ path: StoragePath, with bytes: [UInt8]) throws {
        let old = try folder(path.parent).open(path.name, flags: O_RDWR | O_NOFOLLOW)
        try replace(path, with: bytes)
        // Its name is gone by now; the descriptor still leads to it.
        guard let old else { return }
        try old.write([UInt8](repeating: 0, count: old.size())[...], at: 0)
        try old.synchronize()
    }

    public func refuseUnreplaceable(_ path: StoragePath) throws {
        let folder: FileDescriptor
        if let parent = path.parent {
            guard let opened = try root.openFolder(parent.description) else { return }
            folder = opened
        } else {
            folder = root
        }
        try folder.refuseUnwritable()
        _ = try folder.open(path.name, flags: O_RDWR | O_NOFOLLOW | O_NONBLOCK)?.size()
    }

    public func access(to path: StoragePath) throws -> FileAccess? { try root.access(to: path.description) }

    public func remove(_ path: StoragePath) throws {
        let folder: FileDescriptor
        if let parent = path.parent {
            guard let opened = try root.openFolder(parent.description) else { return }
            folder = opened
        } else {
            folder = root
        }
        try folder.unlink(path.name)
        try folder.synchronize()
    }

    /// Writes a file under a name of its own, flushed, and lets `place` give it its own; without success it goes.
    private func withUnfinishedFile<Result>(
        in folder: FileDescriptor, mode: mode_t, write: (FileDescriptor) throws -> Void,
        place: (String) throws -> Result
    ) throws -> Result {
        let number = state.withLock { state in
            state.unfinishedCount += 1
            return state.unfinishedCount
        }
        let name = "\(ownPrefix)\(number)"
        do {
            guard let file = try folder.open(name, flags: O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: mode) else {
                throw StorageError.systemCall(ENOENT, "make a file in", folder.name)
            }
            try write(file)
            try file.synchronize()
            return try place(name)
        } catch {
            // The first error is the one to tell; what stays is removed when the next writer opens.
            try? folder.unlink(name)
            throw error
        }
    }

    // MARK: Segments and locks

    public func segment(_ path: StoragePath) throws -> any Segment {
        let folder = try folder(path.parent)
        let file = try openForWriting(path, in: folder)
        let size = try file.size()
        try folder.synchronize()
        return FileSegment(file, size: size)
    }

    public func lock(_ path: StoragePath) throws -> any StorageLock {
        let file = try openForWriting(path, in: folder(path.parent))
        guard try file.lockExclusively() else {
            throw StorageError(
                .locked,
                "\(file.name) is locked: another program has this ledger open for writing; try again when it is done")
        }
        state.withLock { state in
            state.heldLocks += 1
            // What was looked at before may hold what a crashed writer left.
            state.prepared = []
        }
        return FileLock(file) { [self] in state.withLock { $0.heldLocks -= 1 } }
    }

    private func openForWriting(_ path: StoragePath, in folder: FileDescriptor) throws -> FileDescriptor {
        let file = try folder.open(path.name, flags: O_RDWR | O_CREAT | O_NOFOLLOW, mode: Self.fileMode(path))
        guard let file else { throw StorageError.systemCall(ENOENT, "make", "\(folder.name)/\(path.name)") }
        return file
    }

    // MARK: Folders

    /// The folder at `path`, open; made, durable and tidied when this is the first change to it.
    private func folder(_ path: StoragePath?) throws -> FileDescriptor {
        guard let path else { return root }
        if state.withLock({ $0.prepared.contains(path) }), let folder = try root.openFolder(path.description) {
            return folder
        }
        var folder = root
        for prefix in path.ancestors + [path] {
            let isPrepared = state.withLock { $0.prepared.contains(prefix) }
            if !isPrepared {
                try folder.makeFolder(prefix.name, mode: Self.isPrivate(prefix) ? 0o700 : 0o755)
                // Also when it was there: whoever made it may have been stopped before this.
                try folder.synchronize()
            }
            guard let child = try folder.openFolder(prefix.name) else {
                throw StorageError.systemCall(ENOTDIR, "open the folder", "\(folder.name)/\(prefix.name)")
            }
            folder = child
            if !isPrepared {
                if state.withLock({ $0.heldLocks > 0 }) { try removeUnfinished(in: folder) }
                state.withLock { _ = $0.prepared.insert(prefix) }
            }
        }
        return folder
    }

    private func removeUnfinished(in folder: FileDescriptor) throws {
        for name in try folder.names() where name.hasPrefix("~") && !name.hasPrefix(ownPrefix) {
            try folder.unlink(name)
        }
    }

    private static func isPrivate(_ path: StoragePath) -> Bool { path.components[0] == "private" }

    private static func fileMode(_ path: StoragePath) -> mode_t { isPrivate(path) ? 0o600 : 0o644 }
}

/// The advisory lock of flock(2): one holder a file, gone with the process.
private final class FileLock: StorageLock {
    private let file: Mutex<FileDescriptor?>
    private let atRelease: @Sendable () -> Void

    init(_ file: FileDescriptor, atRelease: @escaping @Sendable () -> Void) {
        self.file = Mutex(file)
        self.atRelease = atRelease
    }

    deinit { release() }

    func release() {
        let held = file.withLock { file in
            defer { file = nil }
            return file
        }
        guard let held else { return }
        held.unlock()
        atRelease()
    }
}
