/// Where a ledger is kept: everything durable but SQLite's own pages goes through here, so that the same code runs on a
/// directory, in memory with faults, and on a database.
///
/// *Durable* means: still there after the machine loses power. What throws may or may not have happened, unless said
/// otherwise; what a driver throws is a `StorageError`. Any thread may call; one program at a time writes (it holds the
/// lock), any number read.
public protocol LedgerStorage: Sendable {
    /// All bytes at `path`; `nil` when there is nothing.
    func read(_ path: StoragePath) throws -> [UInt8]?

    /// `count` bytes from `offset` on, fewer at the end; `nil` when there is nothing at `path`.
    func read(_ path: StoragePath, from offset: Int, count: Int) throws -> [UInt8]?

    /// How many bytes are at `path`; `nil` when there is nothing. A segment may be longer than what was written to it;
    /// the rest reads as zeros.
    func size(of path: StoragePath) throws -> Int?

    /// The names in a folder, of files and folders, sorted by their bytes; none when the folder is absent. Unfinished
    /// objects are not named; a folder that has become empty may still be.
    func list(_ directory: StoragePath) throws -> [String]

    /// The names of objects in a folder that are being written, or whose writing a crash cut short; none where a driver has
    /// no such thing.
    func unfinished(in directory: StoragePath) throws -> [String]

    /// Removes them, but for those that this storage itself is writing. For who holds the lock.
    func removeUnfinished(in directory: StoragePath) throws

    /// Writes objects that never change again. At return all are durable. One that is there already with the same bytes
    /// is fine (and durable at return); one with other bytes throws `exists`, and then nothing was written.
    ///
    /// Each object appears whole or not at all. After a crash of the program, the objects there are the first so many;
    /// after a crash of the machine, no object is there without all before it that lie in *another* folder than it
    /// does. A run of objects in the same folder shares one flush of the folder, so group them by folder; of the run
    /// under way any part may be there. What must never precede them (a checkpoint) is a later call's.
    func create(_ objects: [(path: StoragePath, bytes: [UInt8])]) throws

    /// Writes one object that never changes again, from pieces that `next` gives until it gives `nil`, so that a large one
    /// need not be in memory. Durable at return; whole or not at all. Throws `exists` if something is at `path`, and what
    /// `next` throws; then nothing was written.
    func create(_ path: StoragePath, from next: () throws -> [UInt8]?) throws

    /// Swaps the bytes at `path`, or puts them there. Durable at return; readers, and whoever comes after a crash, see
    /// the old bytes or the new, never half.
    func replace(_ path: StoragePath, with bytes: [UInt8]) throws

    /// As `replace`, of a secret: once the new bytes are durable, what was there is overwritten in its place, as far as the
    /// file system writes there.
    func replaceSecret(_ path: StoragePath, with bytes: [UInt8]) throws

    /// Throws `failed` where `replaceSecret` would be refused, or something like it, as far as can be seen before: what is at
    /// `path` is no plain file, or this program may not write it or its folder. Nothing there is fine. Changes nothing.
    func refuseUnreplaceable(_ path: StoragePath) throws

    /// Who may use what is at `path`; `nil` when there is nothing, or where a storage knows no users.
    func access(to path: StoragePath) throws -> FileAccess?

    /// Removes what is at `path`; durable at return. Nothing there is fine.
    func remove(_ path: StoragePath) throws

    /// Opens a segment for writing; when absent it is made, empty, and that is durable at return.
    func segment(_ path: StoragePath) throws -> any Segment

    /// Takes the exclusive lock that `path` names, without waiting; throws `locked` when someone has it.
    func lock(_ path: StoragePath) throws -> any StorageLock
}

/// Who may use a file.
public struct FileAccess: Hashable, Sendable {
    /// The permissions, as `chmod` has them.
    public let mode: UInt32
    /// Whether it belongs to the user whose program this is.
    public let isOwn: Bool

    public init(mode: UInt32, isOwn: Bool) {
        self.mode = mode
        self.isOwn = isOwn
    }

    /// Whether it is this user's alone.
    public var isPrivate: Bool { isOwn && mode & 0o077 == 0 }
}

extension LedgerStorage {
    public func unfinished(in directory: StoragePath) throws -> [String] { [] }
    public func removeUnfinished(in directory: StoragePath) throws {}
    public func refuseUnreplaceable(_ path: StoragePath) throws {}
}

/// A file that grows at its end. One program writes it; others may read meanwhile.
public protocol Segment: Sendable {
    /// Writes `bytes` at `offset`; a gap before them reads as zeros. Durable at return. A crash before that may leave
    /// any part of them. After a failure every further write throws, since nobody knows what the disk has.
    func write(_ bytes: [UInt8], at offset: Int) throws

    /// Gives the file back; further writes throw.
    func close()
}

/// A lock that is held until `release`, the last reference to it going, or the end of the process.
public protocol StorageLock: AnyObject, Sendable {
    /// Lets others have it; again is fine.
    func release()
}
