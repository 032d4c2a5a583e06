internal import LedgerCrypto
internal import TransparencyLog

/// Where the files of a log come from: a directory, an archive, a mirror. Paths are relative to the ledger's `log/`,
/// with slashes and without a leading one. Nothing that it returns is believed before it is verified.
public protocol LogReader: Sendable {
    /// The file at `path`; `nil` if there is none. Throws only where reading fails, never because of what is read, and
    /// `AuditError.notAFile` where something else than a file stands there, or than a directory on the way to it.
    func read(_ path: String) throws -> [UInt8]?
    /// The names of the files and directories in `directory`, in any order; empty if there is no such directory. What
    /// a reader cannot list is checked as far as the checkpoint asks for it, and no further. Throws as `read` does.
    func list(_ directory: String) throws -> [String]
}

/// The paths of DESIGN §4 that are not tiles.
enum LogPath {
    /// The published checkpoint.
    static let checkpoint = "checkpoint"
    /// The log's vkeys, a line each.
    static let keys = "log.vkey"
    /// The directory of every published checkpoint.
    static let keptCheckpoints = "checkpoints"
    /// The directory of notice texts and rule packs.
    static let objects = "object"
    /// What the top directory holds.
    static let topNames: Set<String> = [checkpoint, keys, keptCheckpoints, objects, "tile"]

    private static let sizeDigitCount = 20

    /// The kept checkpoint of a tree of `size` leaves.
    static func keptCheckpoint(size: UInt64) -> String {
        let digits = String(size)
        return "\(keptCheckpoints)/\(String(repeating: "0", count: sizeDigitCount - digits.count))\(digits)"
    }

    /// The size that the name of a kept checkpoint says; `nil` unless the name is the one for that size.
    static func keptSize(name: String) -> UInt64? {
        guard let size = UInt64(name), size <= TreeSize.maximum,
            keptCheckpoint(size: size) == "\(keptCheckpoints)/\(name)"
        else { return nil }
        return size
    }

    /// What follows the size in the name of a kept time stamp: a dot, the SHA-256 of the file in hexadecimal, and this.
    static let stampSuffix = ".tsr"

    /// The size and the digest that the name of a kept time stamp says; `nil` unless it is the name of one.
    static func stamp(name: String) -> (size: UInt64, digest: SHA256Digest)? {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, name.hasSuffix(stampSuffix), let size = keptSize(name: String(parts[0])),
            let bytes = Hexadecimal.decode(String(parts[1])), let digest = SHA256Digest(bytes),
            digest.description == parts[1]
        else { return nil }
        return (size, digest)
    }

    /// The object with that SHA-256.
    static func object(_ digest: SHA256Digest) -> String { "\(objects)/\(digest)" }
}
