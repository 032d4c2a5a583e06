internal import Synchronization

/// A segment in a file that is zero-filled ahead, so that a write flushes its own bytes and no file size.
///
/// The fill grows with the file: to 1 MiB at first, then to twice the size, by 16 MiB at most. A large write goes without
/// it, since for what it is the file's size costs little, and filling would write everything twice. After a failed flush the
/// kernel may call pages clean that never reached the disk (Rebello et al., "Can Applications Recover from fsync
/// Failures?", USENIX ATC 2020), so the segment then refuses all further writes.
final class FileSegment: Segment {
    static let leastGrowth = 1 << 20
    static let mostGrowth = 16 << 20
    /// From so many bytes on, a write is large.
    static let leastUnfilled = 1 << 18

    private struct State {
        /// `nil` once closed.
        var file: FileDescriptor?
        /// How far the file goes, durably.
        var size: Int
        var hasFailed = false
    }

    private let name: String
    private let state: Mutex<State>

    init(_ file: FileDescriptor, size: Int) {
        name = file.name
        state = Mutex(State(file: file, size: size))
    }

    func write(_ bytes: [UInt8], at offset: Int) throws {
        precondition(offset >= 0)
        try state.withLock { state in
            guard let file = state.file else { throw StorageError(.failed, "cannot write \(name): it was closed") }
            guard !state.hasFailed else {
                throw StorageError(.unknownOutcome, "an earlier write to \(name) failed; open the ledger again")
            }
            state.hasFailed = true
            let end = offset + bytes.count
            if end > state.size, bytes.count < Self.leastUnfilled {
                state.size = try Self.grow(file, from: state.size, toHold: end)
            }
            try file.write(bytes[...], at: offset)
            try file.synchronizeData()
            state.size = max(state.size, end)
            state.hasFailed = false
        }
    }

    /// Fills with zeros from `size` on until `end` bytes fit, durably; returns the new size.
    private static func grow(_ file: FileDescriptor, from size: Int, toHold end: Int) throws -> Int {
        var newSize = size
        while newSize < end { newSize += min(max(newSize, leastGrowth), mostGrowth) }
        let zeros = [UInt8](repeating: 0, count: leastGrowth)
        for offset in stride(from: size, to: newSize, by: leastGrowth) {
            try file.write(zeros.prefix(newSize - offset), at: offset)
        }
        try file.synchronize()
        return newSize
    }

    func close() {
        state.withLock { $0.file = nil }
    }
}
