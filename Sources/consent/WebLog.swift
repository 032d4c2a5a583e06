internal import ConsentLedger

/// A log that is served on the web, fetched by curl.
struct WebLog: RemoteLog {
    let address: WebAddress
    let curl: Curl
    /// What it is fetched with, where not everybody may.
    let token: BearerToken?

    func fetch(_ paths: [String], most: Int) throws -> [[UInt8]?] {
        let answers: [Curl.Answer]
        do { answers = try curl.get(paths, below: address, token: token, most: most) } catch {
            // More than it may be is what it would not stop writing.
            guard error.code == .badInput else { throw error }
            throw RemoteLogError.tooLong
        }
        return try zip(paths, answers).map { path, answer in
            let url = address.appending(path)
            if let failure = answer.failure {
                throw CommandError(.unreachable, "\(url) cannot be fetched: \(failure)")
            }
            switch answer.status {
            case 200: return answer.body
            case 404, 410: return nil
            case 401, 403:
                throw CommandError(
                    .notPermitted,
                    token == nil
                        ? "\(url) is not for everybody; name the file of a token that may read the log with --token-file (HTTP "
                            + "\(answer.status))"
                        : "\(url) is not for this token: it must count, and may read the log (HTTP \(answer.status))")
            case 300..<400:
                throw CommandError(
                    .unreachable,
                    "\(url) is somewhere else, and is not followed there; name that URL (HTTP \(answer.status))")
            default: throw CommandError(.unreachable, "\(url) is answered with HTTP \(answer.status)")
            }
        }
    }
}
