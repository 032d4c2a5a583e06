internal import ConsentLedger

/// A log that is served on the web, fetched by curl.
struct WebLog: RemoteLog {
    let address: WebAddress
    let curl: Curl

    func fetch(_ paths: [String], most: Int) throws -> [[UInt8]?] {
        let answers: [Curl.Answer]
        do { answers = try curl.get(paths, below: address, most: most) } catch {
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
            case 300..<400:
                throw CommandError(
                    .unreachable,
                    "\(url) is somewhere else, and is not followed there; name that URL (HTTP \(answer.status))")
            default: throw CommandError(.unreachable, "\(url) is answered with HTTP \(answer.status)")
            }
        }
    }
}
