import LedgerStorage
import Synchronization
import TransparencyLog

/// A storage that remembers every checkpoint that was handed to it to be written, whether or not it was: once signed, it
/// may be anywhere.
final class CheckpointRecorder: LedgerStorage {
    let inner: MemoryStorage
    private let recorded = Mutex<[Checkpoint]>([])

    init(_ inner: MemoryStorage) { self.inner = inner }

    var checkpoints: [Checkpoint] { recorded.withLock { $0 } }

    private func note(_ path: StoragePath, _ bytes: [UInt8]) {
        guard path == "log/checkpoint" || path.parent == "log/checkpoints",
            let signed = try? SignedCheckpoint(parsing: bytes)
        else { return }
        recorded.withLock { $0.append(signed.checkpoint) }
    }

    func create(_ objects: [(path: StoragePath, bytes: [UInt8])]) throws {
        for object in objects { note(object.path, object.bytes) }
        try inner.create(objects)
    }

    func create(_ path: StoragePath, from next: () throws -> [UInt8]?) throws { try inner.create(path, from: next) }

    func replace(_ path: StoragePath, with bytes: [UInt8]) throws {
        note(path, bytes)
        try inner.replace(path, with: bytes)
    }

    func replaceSecret(_ path: StoragePath, with bytes: [UInt8]) throws {
        try inner.replaceSecret(path, with: bytes)
    }

    func access(to path: StoragePath) throws -> FileAccess? { try inner.access(to: path) }

    func read(_ path: StoragePath) throws -> [UInt8]? { try inner.read(path) }

    func read(_ path: StoragePath, from offset: Int, count: Int) throws -> [UInt8]? {
        try inner.read(path, from: offset, count: count)
    }

    func size(of path: StoragePath) throws -> Int? { try inner.size(of: path) }
    func list(_ directory: StoragePath) throws -> [String] { try inner.list(directory) }
    func remove(_ path: StoragePath) throws { try inner.remove(path) }
    func segment(_ path: StoragePath) throws -> any Segment { try inner.segment(path) }
    func lock(_ path: StoragePath) throws -> any StorageLock { try inner.lock(path) }
}

extension LedgerStorage {
    /// Every file under `folder` with its bytes.
    func files(under folder: StoragePath) throws -> [StoragePath: [UInt8]] {
        var files: [StoragePath: [UInt8]] = [:]
        for name in try list(folder) {
            let path = try folder.appending(name)
            let below = try self.files(under: path)
            if below.isEmpty, let bytes = try read(path) { files[path] = bytes }
            files.merge(below) { $1 }
        }
        return files
    }
}
