public import LedgerCrypto

/// A time stamp that lies beside the kept checkpoint that it is of. Nothing in it counts before
/// `SeenTree.init(of:stampedBy:…)`.
public struct KeptStamp: Hashable, Sendable {
    /// The size of the checkpoint, as the file's name says.
    public let size: UInt64
    /// SHA-256 of the file, as its name says.
    public let digest: SHA256Digest

    /// The file's path below the log.
    public var path: String { "\(LogPath.keptCheckpoint(size: size)).\(digest)\(LogPath.stampSuffix)" }

    /// Takes a file's name in `checkpoints`; `nil` if it is not that of a time stamp.
    init?(name: String) {
        guard let (size, digest) = LogPath.stamp(name: name) else { return nil }
        self.size = size
        self.digest = digest
    }

    /// The authority's response. Throws `missingFile` if it is not there, and `damaged` if it is none or not the one that
    /// the name says.
    func response(in reader: any LogReader) throws -> TimeStampResponse {
        guard let bytes = try reader.read(path) else {
            throw AuditError(.missingFile, "\(path) is not there")
        }
        guard SHA256Digest(hashing: bytes) == digest else {
            throw AuditError(.damaged, "\(path) has another SHA-256 than its name says")
        }
        do { return try TimeStampResponse(parsing: bytes) } catch {
            throw AuditError(.damaged, "\(path): \(error)")
        }
    }

    /// By size, and of one size by digest.
    static func inOrder(_ stamps: [KeptStamp]) -> [KeptStamp] {
        stamps.sorted { ($0.size, $0.digest) < ($1.size, $1.digest) }
    }
}
