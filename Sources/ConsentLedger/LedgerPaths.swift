internal import LedgerCrypto
internal import LedgerStorage
internal import TransparencyLog

/// Where things are in a ledger (DESIGN §4; SPEC.md, “Ledger directory”).
enum LedgerPaths {
    /// Made last when a ledger is made: without it, the ledger is not complete.
    static let marker: StoragePath = "private/ledger"
    /// What is the operator's alone.
    static let privateState: StoragePath = "private"
    static let lock: StoragePath = "private/lock"
    static let keys: StoragePath = "private/keys"
    static let journal: StoragePath = "private/journal"
    static let sealed: StoragePath = "private/sealed"
    /// Attachments, in a folder for each contact.
    static let attachments: StoragePath = "private/sealed/attachments"
    /// There while attachments are being written: what a crash left of them is then removed at the next open.
    static let attaching: StoragePath = "private/attaching"
    static let lastSigned: StoragePath = "private/last-signed"
    /// The policy without whose quorum no checkpoint is published.
    static let quorumPolicy: StoragePath = "private/quorum.policy"
    /// The newest checkpoint that was signed, while it waits for a quorum.
    static let heldCheckpoint: StoragePath = "private/held-checkpoint"
    /// The checkpoint that witnesses were last asked about, while it waits for a quorum.
    static let offeredCheckpoint: StoragePath = "private/offered-checkpoint"
    static let checkpoint: StoragePath = "log/checkpoint"
    static let keptCheckpoints: StoragePath = "log/checkpoints"
    static let verifierKey: StoragePath = "log/log.vkey"
    static let objects: StoragePath = "log/object"

    static func tile(_ tile: Tile) throws -> StoragePath { try StoragePath("log/" + tile.path) }

    static func object(_ digest: SHA256Digest) throws -> StoragePath { try objects.appending(digest.description) }

    /// A kept checkpoint: the file's name is the size, in 20 digits, so that names sort as sizes do.
    static func checkpoint(size: UInt64) throws -> StoragePath {
        let digits = String(size)
        return try keptCheckpoints.appending(String(repeating: "0", count: 20 - digits.utf8.count) + digits)
    }

    /// A time stamp of the kept checkpoint of `size`, named by the SHA-256 of the file.
    static func stamp(ofCheckpoint size: UInt64, digest: SHA256Digest) throws -> StoragePath {
        try StoragePath("\(checkpoint(size: size)).\(digest).tsr")
    }
}
