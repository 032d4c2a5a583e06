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
