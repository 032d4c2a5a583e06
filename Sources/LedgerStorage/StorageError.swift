internal import Glibc

/// What LedgerStorage throws. Equal when the codes are equal.
public struct StorageError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The kind of failure; an open set, so compare with the members it knows.
    public struct Code: Hashable, Sendable {
        /// A stable word for machines.
        public let name: String

        /// An object is there already, with other bytes; objects are written once.
        public static let exists = Code(name: "exists")
        /// Another holder has the lock.
        public static let locked = Code(name: "locked")
        /// The storage refused an operation; the description has its reason.
        public static let failed = Code(name: "failed")
        /// There is no room left, on the disk or in the quota.
        public static let full = Code(name: "full")
        /// What is stored is not what was stored: changed, cut short, or with a part missing.
        public static let damaged = Code(name: "damaged")
        /// A journal frame is whole, but its MAC is not this key's: another key, or changed by someone without it.
        public static let macMismatch = Code(name: "mac-mismatch")
        /// A path is not one that a ledger has.
        public static let notALedgerPath = Code(name: "not-a-ledger-path")
        /// A group of entries, or a position, does not fit where the journal is; nothing was changed.
        public static let misplaced = Code(name: "misplaced")
        /// An earlier failure left it open what is stored: close, scan, open again.
        public static let unknownOutcome = Code(name: "unknown-outcome")
    }

    public let code: Code
    /// A sentence: what was wrong, where, and what to do.
    public let description: String

    public init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }

    public static func == (left: Self, right: Self) -> Bool { left.code == right.code }

    /// A system call that failed: `full` where that is the reason, else `failed`.
    static func systemCall(_ errorNumber: Int32, _ action: String, _ place: String) -> StorageError {
        let reason = "cannot \(action) \(place): \(name(of: errorNumber)) (\(String(cString: strerror(errorNumber))))"
        return errorNumber == ENOSPC || errorNumber == EDQUOT
            ? StorageError(.full, "\(reason); make room, then open the ledger again")
            : StorageError(.failed, reason)
    }

    // glibc has strerrorname_np, but not for a program that does not ask for GNU extensions.
    private static func name(of errorNumber: Int32) -> String {
        switch errorNumber {
        case EACCES: "EACCES"
        case EBADF: "EBADF"
        case EBUSY: "EBUSY"
        case EDQUOT: "EDQUOT"
        case EEXIST: "EEXIST"
        case EFBIG: "EFBIG"
        case EINVAL: "EINVAL"
        case EIO: "EIO"
        case EISDIR: "EISDIR"
        case ELOOP: "ELOOP"
        case EMFILE: "EMFILE"
        case EMLINK: "EMLINK"
        case ENAMETOOLONG: "ENAMETOOLONG"
        case ENFILE: "ENFILE"
        case ENOENT: "ENOENT"
        case ENOMEM: "ENOMEM"
        case ENOSPC: "ENOSPC"
        case ENOTDIR: "ENOTDIR"
        case ENOTEMPTY: "ENOTEMPTY"
        case EOPNOTSUPP: "EOPNOTSUPP"
        case EPERM: "EPERM"
        case EROFS: "EROFS"
        case ESTALE: "ESTALE"
        default: "errno \(errorNumber)"
        }
    }
}
