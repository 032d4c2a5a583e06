public import ConsentAudit
internal import Foundation

/// A log in memory: paths and bytes, to be read and to be tampered with.
public struct MemoryLog: LogReader {
    /// The files by their paths below `log/`.
    public var files: [String: [UInt8]]

    /// A log of these files.
    public init(files: [String: [UInt8]] = [:]) { self.files = files }

    /// All of a directory, read at once.
    public init(readingDirectory directory: String) throws {
        files = [:]
        for path in try FileManager.default.subpathsOfDirectory(atPath: directory) {
            let url = URL(filePath: directory).appending(path: path)
            guard try url.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == true else { continue }
            files[path] = Array(try Data(contentsOf: url))
        }
    }

    public func read(_ path: String) throws -> [UInt8]? { files[path] }

    public func list(_ directory: String) throws -> [String] {
        let prefix = directory.isEmpty ? "" : directory + "/"
        let names = files.keys.filter { $0.hasPrefix(prefix) }.compactMap { path in
            path.dropFirst(prefix.count).split(separator: "/").first.map(String.init)
        }
        return Array(Set(names))
    }
}
