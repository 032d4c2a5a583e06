internal import Synchronization

/// What a verification reads of a log: regular files. What stands in the place of one is noted, once, and counts as
/// absent.
final class RegularFiles: LogReader {
    /// Reads the same without noting anything.
    let reader: any LogReader
    /// What was met, by its path below the log.
    private let met = Mutex<[String: AuditError]>([:])

    init(_ reader: any LogReader) {
        self.reader = reader
    }

    func read(_ path: String) throws -> [UInt8]? { try noting { try reader.read(path) } ?? nil }

    func list(_ directory: String) throws -> [String] { try noting { try reader.list(directory) } ?? [] }

    /// What was met in the place of files and directories so far, by its path.
    var obstacles: [String: AuditError] { met.withLock { $0 } }

    /// What was met at `path`, or in the place of a directory on the way to it.
    func obstacle(to path: String) -> AuditError? {
        met.withLock { met in
            met.isEmpty ? nil : met.first { path == $0.key || path.hasPrefix($0.key + "/") }?.value
        }
    }

    private func noting<Result>(_ body: () throws -> Result) throws -> Result? {
        do { return try body() } catch let error as AuditError {
            guard let obstacle = error.obstacle else { throw error }
            met.withLock { $0[obstacle.path] = error }
            return nil
        }
    }
}
