internal import Glibc

/// How many files this process may have open at once: a connection is one.
enum OpenFileLimit {
    /// What the ledger and the server have open beside connections, and what answering opens for a while.
    private static let ownFiles: UInt64 = 256

    /// Raises the limit as far as this user may. Throws `badConfiguration` where it stays below what so many connections
    /// need: whoever connects could keep the ledger from writing.
    static func raise(forConnections connections: Int) throws(ServerError) {
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0 else { return }
        if limit.rlim_cur < limit.rlim_max {
            var raised = limit
            raised.rlim_cur = limit.rlim_max
            if setrlimit(resource, &raised) == 0 { limit = raised }
        }
        let needed = UInt64(connections) + ownFiles
        guard UInt64(limit.rlim_cur) >= needed else {
            throw ServerError(
                .badConfiguration,
                "this process may have \(limit.rlim_cur) files open, and limits.connections of \(connections) needs \(needed): "
                    + "raise the limit (ulimit -Hn, LimitNOFILE of systemd), or allow fewer connections")
        }
    }
}
