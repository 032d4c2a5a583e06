internal import Glibc

/// What the command line throws of its own. Equal when the codes are equal.
struct CommandError: Error, Equatable, CustomStringConvertible {
    /// The kind of failure; an open set, so compare with the members it knows.
    struct Code: Hashable, Sendable {
        /// A stable word for machines.
        let name: String

        /// Options that are missing, unknown, or do not go together.
        static let usage = Code(name: "usage")
        /// Input that is not what it should be.
        static let badInput = Code(name: "bad-input")
        /// A file that is not there or cannot be read.
        static let cannotBeRead = Code(name: "cannot-be-read")
        /// A directory or file that this user may not use.
        static let notPermitted = Code(name: "not-permitted")
        /// A file that another program is using.
        static let locked = Code(name: "locked")
        /// A file that another program changed while this one worked.
        static let changedMeanwhile = Code(name: "changed-meanwhile")
        /// A ledger whose last record is older than was allowed.
        static let stale = Code(name: "stale")
        /// Somebody on the network who does not answer.
        static let unreachable = Code(name: "unreachable")
        /// Standard output that takes no more.
        static let output = Code(name: "output")
    }

    let code: Code
    /// A sentence: what was wrong and what to do.
    let description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }

    /// Why the system did not let us read a file, by `errno`: `notPermitted` or `cannotBeRead`.
    static func reading(_ name: String) -> CommandError {
        CommandError(
            errno == EACCES ? .notPermitted : .cannotBeRead, "cannot read \(name): \(String(cString: strerror(errno)))")
    }

    static func == (left: Self, right: Self) -> Bool { left.code == right.code }
}
