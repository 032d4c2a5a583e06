import DamagedLedgers
import Foundation
import Testing

/// The checkout that the tests are in.
enum Repository {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Every regular file below `directory`, by its path there; none if it is not there.
    static func files(under directory: URL) throws -> [String: [UInt8]] {
        guard FileManager.default.fileExists(atPath: directory.path) else { return [:] }
        return try MemoryLog(readingDirectory: directory.path).files
    }

    /// Expects that `files`, and only those, are kept in `directory`, besides what `except` names. Where the environment
    /// variable `updatedBy` is 1, they are written there first.
    static func expectKept(
        _ files: [String: [UInt8]], under directory: URL, except: Set<String>, updatedBy variable: String,
        command: String, location: SourceLocation = #_sourceLocation
    ) throws {
        if ProcessInfo.processInfo.environment[variable] == "1" {
            for path in try Self.files(under: directory).keys where files[path] == nil && !except.contains(path) {
                try FileManager.default.removeItem(at: directory.appending(path: path))
            }
            for (path, bytes) in files {
                let url = directory.appending(path: path)
                try FileManager.default.createDirectory(
                    at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data(bytes).write(to: url)
            }
        }
        let kept = try Self.files(under: directory).filter { !except.contains($0.key) }
        #expect(kept.keys.sorted() == files.keys.sorted(), "run \(command)", sourceLocation: location)
        for (path, bytes) in files where kept[path] != bytes {
            Issue.record("\(path) differs; run \(command)", sourceLocation: location)
        }
    }
}
