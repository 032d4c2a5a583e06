import DamagedLedgers
import Foundation
import Testing

/// The checkout that the tests are in.
enum Repository {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Every regular file below `directory`, by its path there; none if it is not there.
    static func files(under directory: URL) throws -> [String: [UInt8]] { try kept(under: directory).files }

    /// The same, and the symbolic links.
    private static func kept(under directory: URL) throws -> MemoryLog {
        guard FileManager.default.fileExists(atPath: directory.path) else { return MemoryLog() }
        return try MemoryLog(readingDirectory: directory.path)
    }

    /// Expects that `files` and `links`, and only those, are kept in `directory`, besides what `except` names. Where the
    /// environment variable `updatedBy` is 1, they are written there first.
    static func expectKept(
        _ files: [String: [UInt8]], links: [String: String] = [:], under directory: URL, except: Set<String>,
        updatedBy variable: String, command: String, location: SourceLocation = #_sourceLocation
    ) throws {
        if ProcessInfo.processInfo.environment[variable] == "1" {
            let earlier = try kept(under: directory)
            let gone = earlier.files.keys.filter { files[$0] == nil && !except.contains($0) } + earlier.links.keys
            for path in gone { try FileManager.default.removeItem(at: directory.appending(path: path)) }
            for (path, destination) in links {
                let url = directory.appending(path: path)
                try FileManager.default.createDirectory(
                    at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
                try FileManager.default.createSymbolicLink(atPath: url.path, withDestinationPath: destination)
            }
            for (path, bytes) in files {
                let url = directory.appending(path: path)
                try FileManager.default.createDirectory(
                    at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data(bytes).write(to: url)
            }
        }
        #expect(try kept(under: directory).links == links, "run \(command)", sourceLocation: location)
        let kept = try Self.files(under: directory).filter { !except.contains($0.key) }
        #expect(kept.keys.sorted() == files.keys.sorted(), "run \(command)", sourceLocation: location)
        for (path, bytes) in files where kept[path] != bytes {
            Issue.record("\(path) differs; run \(command)", sourceLocation: location)
        }
    }
}
