internal import Glibc
internal import LedgerStorage

/// A file without a name, for what is needed while the program runs: nothing of it is left, however that ends. It is
/// for the user alone (0600), written at its end, and read anywhere by any thread.
final class TemporaryFile: Sendable {
    private let descriptor: Int32

    /// Makes one on the file system of `folder`.
    init(in folder: String) throws(StorageError) {
        // A name that the storage takes for an unfinished file's, and tidies, for the moment that there is one.
        var path = Array("\(folder)/~XXXXXX".utf8CString)
        descriptor = mkstemp(&path)
        guard descriptor >= 0 else { throw Self.failure("make a temporary file in \(folder)") }
        unlink(path)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    }

    deinit { close(descriptor) }

    /// Writes `bytes` at `offset`.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(StorageError) {
        var written = 0
        while written < bytes.count {
            let count = pwrite(
                descriptor, bytes.baseAddress! + written, bytes.count - written, off_t(offset + written))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Self.failure("write a temporary file") }
            written += count
        }
    }

    /// Fills `bytes` with what stands at `offset`; throws `failed` where the file ends before.
    func read(_ bytes: UnsafeMutableRawBufferPointer, at offset: Int) throws(StorageError) {
        var read = 0
        while read < bytes.count {
            let count = pread(descriptor, bytes.baseAddress! + read, bytes.count - read, off_t(offset + read))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                if count == 0 { throw StorageError(.failed, "a temporary file ends too early") }
                throw Self.failure("read a temporary file")
            }
            read += count
        }
    }

    private static func failure(_ what: String) -> StorageError {
        StorageError(errno == ENOSPC ? .full : .failed, "cannot \(what): \(String(cString: strerror(errno)))")
    }
}

/// Writes a temporary file in large pieces, one after the other.
struct TemporaryFileWriter {
    let file: TemporaryFile
    /// How many bytes there are, those that wait included.
    private(set) var count = 0
    private var pending: [UInt8] = []

    private static let pieceByteCount = 1 << 18

    init(_ file: TemporaryFile) {
        self.file = file
        pending.reserveCapacity(Self.pieceByteCount + 4096)
    }

    mutating func append(_ bytes: UnsafeRawBufferPointer) throws {
        pending.append(contentsOf: bytes)
        count += bytes.count
        if pending.count >= Self.pieceByteCount { try flush() }
    }

    /// Appends a number or several, as they are in memory.
    mutating func append<Value: BitwiseCopyable>(value: Value) throws {
        withUnsafeBytes(of: value) { pending.append(contentsOf: $0) }
        count += MemoryLayout<Value>.size
        if pending.count >= Self.pieceByteCount { try flush() }
    }

    /// Writes what waits.
    mutating func flush() throws {
        let offset = count - pending.count
        let file = file
        try pending.withUnsafeBytes { try file.write($0, at: offset) }
        pending.removeAll(keepingCapacity: true)
    }
}
