internal import ConsentAudit

/// One change to one file of a log, or two files exchanged.
public struct TamperCase: Hashable, Sendable, CustomStringConvertible {
    /// What is done to the file.
    public enum Change: Hashable, Sendable {
        /// The byte at `position` is changed in the bits of `mask`.
        case byte(position: Int, mask: UInt8)
        case removed
        /// Only the first `length` bytes are left.
        case truncated(length: Int)
        /// The file's bytes follow the file's bytes.
        case doubled
        /// The file and another one have changed places.
        case exchanged(with: String)
        /// There is one more file, which nothing asks for.
        case added([UInt8])
    }

    /// The file, below `log/`.
    public let path: String
    /// What is done to it.
    public let change: Change

    /// A change to the file at `path`.
    public init(path: String, change: Change) {
        self.path = path
        self.change = change
    }

    /// The kind of change, in a word.
    public var kind: String {
        switch change {
        case .byte: "byte changed"
        case .removed: "file removed"
        case .truncated: "file truncated"
        case .doubled: "file doubled"
        case .exchanged: "files exchanged"
        case .added: "file added"
        }
    }

    public var description: String {
        switch change {
        case .byte(let position, let mask): "\(path): byte \(position) changed by 0x\(String(mask, radix: 16))"
        case .removed: "\(path) removed"
        case .truncated(let length): "\(path) cut to \(length) bytes"
        case .doubled: "\(path) doubled"
        case .exchanged(let other): "\(path) exchanged with \(other)"
        case .added(let bytes): "\(path) added, of \(bytes.count) bytes"
        }
    }

    /// The files that differ from those of `log`, and what they are then; `nil` is gone.
    func changedFiles(of log: MemoryLog) -> [String: [UInt8]?] {
        var bytes = log.files[path] ?? []
        switch change {
        case .byte(let position, let mask): bytes[position] ^= mask
        case .removed: return [path: .none]
        case .truncated(let length): bytes.removeLast(bytes.count - length)
        case .doubled: bytes += bytes
        case .exchanged(let other): return [path: log.files[other], other: bytes]
        case .added(let added): bytes = added
        }
        return [path: bytes]
    }
}

/// A log in which some files are others.
struct TamperedLog: LogReader {
    let honest: MemoryLog
    let changed: [String: [UInt8]?]

    func read(_ path: String) throws -> [UInt8]? {
        if let bytes = changed[path] { return bytes }
        return try honest.read(path)
    }

    func list(_ directory: String) throws -> [String] {
        guard changed.contains(where: { ($0.value == nil) != (honest.files[$0.key] == nil) }) else {
            return try honest.list(directory)
        }
        var log = honest
        for (path, bytes) in changed { log.files[path] = bytes }
        return try log.list(directory)
    }
}
