/// What ConsentAudit throws: that something could not be read or given. What `Verifier` and `ProofVerifier` find wrong is
/// never thrown; it is a `Finding`. Equal when the codes are equal.
public struct AuditError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The kind of failure; an open set, so compare with the members it knows.
    public struct Code: Hashable, Sendable {
        /// A stable word for machines.
        public let name: String

        public init(name: String) { self.name = name }

        /// There is no such directory, or this process may not read it.
        public static let cannotOpen = Code(name: "cannot-open")
        /// The operating system failed to read a file or a directory that is there.
        public static let cannotRead = Code(name: "cannot-read")
        /// A file that a log needs is not there.
        public static let missingFile = Code(name: "missing-file")
        /// Something else than a regular file stands in the place of one, or than a directory on the way to it.
        public static let notAFile = Code(name: "not-a-file")
        /// A file of a log is not what the log's checkpoint says, so nothing is taken from it.
        public static let damaged = Code(name: "damaged")
        /// What is asked for lies beyond the log's checkpoint.
        public static let outOfRange = Code(name: "out-of-range")
        /// A log has no record of the chain that is asked for.
        public static let noSuchChain = Code(name: "no-such-chain")
        /// A file is not a proof of any kind that this software knows.
        public static let notAProof = Code(name: "not-a-proof")
        /// A file is not a clearance, or no decision of one.
        public static let notAClearance = Code(name: "not-a-clearance")
        /// A file is not an evidence bundle, or one of a later format.
        public static let notEvidence = Code(name: "not-evidence")
        /// A clearance was not given on the log that it is to be computed again from.
        public static let foreignClearance = Code(name: "foreign-clearance")
        /// A proof is larger than a proof may be.
        public static let tooLarge = Code(name: "too-large")
        /// A file is not a witness's state, or that of another witness.
        public static let malformedState = Code(name: "malformed-state")
        /// A witness is asked to go on with a log of which it remembers nothing, or to begin with one that it knows.
        public static let unknownLog = Code(name: "unknown-log")
        /// A checkpoint is of another log than the one it is compared with.
        public static let foreignCheckpoint = Code(name: "foreign-checkpoint")
        /// A file is not a notebook, or only a part of one.
        public static let malformedNotebook = Code(name: "malformed-notebook")
        /// The notebook is of another log than the one that is pinned.
        public static let otherNotebook = Code(name: "other-notebook")
    }

    public let code: Code
    /// A sentence: what was wrong, where, and what to do.
    public let description: String
    /// What stands where a file or directory of a log should be: its path below the log, and what it is; `nil` but for
    /// `notAFile`.
    let obstacle: (path: String, kind: String)?

    public init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
        obstacle = nil
    }

    /// At `path` below a log stands what a log does not consist of: “a symbolic link”, for instance.
    public init(notAFile path: String, butA kind: String) {
        code = .notAFile
        description =
            "“\(path)” of the log is \(kind): a log is made of regular files in directories, and links are not followed; "
            + "restore it from a copy"
        obstacle = (path, kind)
    }

    public static func == (left: Self, right: Self) -> Bool { left.code == right.code }
}
