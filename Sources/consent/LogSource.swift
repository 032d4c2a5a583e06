internal import ConsentAudit
internal import Glibc

/// Where the log is that a command reads: in a ledger, or a bare copy of it, as an auditor gets it.
struct LogSource {
    /// The directory that holds `checkpoint`, `tile` and the rest.
    let directory: String
    /// Whether nothing is known but the log: there is no private part beside it.
    let isBare: Bool

    /// Finds the log at `path`, a ledger or the log itself, or without it at the ledger of `options`. Throws
    /// `cannotBeRead` if there is none, and `usage` where both are named.
    init(_ path: String?, _ options: LedgerOptions) throws(CommandError) {
        if let path, let ledger = options.ledger {
            throw CommandError(.usage, "either \(path) or --ledger \(ledger) is meant; name one of them")
        }
        let place = path ?? options.directory
        let isLog = Self.isLog(place)
        directory = isLog ? place : place + "/log"
        isBare = isLog || access(place + "/private", F_OK) != 0
        guard isLog || Self.isLog(directory) || access(place + "/private", F_OK) == 0 else {
            throw CommandError(.cannotBeRead, "there is no log at \(place); name a ledger or a copy of its log")
        }
    }

    /// Whether any file is in `directory` that a log has at its top: of a damaged one, one may be missing.
    private static func isLog(_ directory: String) -> Bool {
        ["checkpoint", "tile", "checkpoints", "log.vkey"].contains { access("\(directory)/\($0)", F_OK) == 0 }
    }

    /// Reads the log's files.
    func reader() throws -> DirectoryLogReader { try DirectoryLogReader(root: directory) }
}
