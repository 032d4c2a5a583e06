/// Somebody else's log, as it is served: files below a prefix (C2SP tlog-tiles). Nothing that it gives is believed before it
/// is verified.
public protocol RemoteLog {
    /// The files at `paths`, in that order, which have at most `most` bytes together; `nil` for one that is not there. Throws
    /// `RemoteLogError.tooLong` where there is more, and what its transport throws where the log cannot be reached.
    func fetch(_ paths: [String], most: Int) throws -> [[UInt8]?]
}

/// What a transport tells of its own, so that less is asked for at once.
public enum RemoteLogError: Error {
    /// The files asked for have more bytes than was allowed.
    case tooLong
}

extension RemoteLog {
    /// The file at `path`; `nil` if it is not there. Throws `servedWrong` where it has more than `most` bytes.
    func file(_ path: String, most: Int) throws -> [UInt8]? {
        do { return try fetch([path], most: most)[0] } catch RemoteLogError.tooLong {
            throw LedgerError(.servedWrong, "\(path) of the log has more than \(most) bytes, as none has there")
        }
    }
}
