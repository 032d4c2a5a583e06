public import ConsentAudit
internal import Foundation

/// A log in memory: paths and bytes, to be read and to be tampered with.
public struct MemoryLog: LogReader {
    /// The files by their paths below `log/`.
    public var files: [String: [UInt8]]
    /// Symbolic links among them by their paths, and where they lead to; who reads the log must not follow them.
    public var links: [String: String] = [:]

    /// A log of these files.
    public init(files: [String: [UInt8]] = [:]) { self.files = files }

    /// All of a directory, read at once.
    public init(readingDirectory directory: String) throws {
        files = [:]
        for path in try FileManager.default.subpathsOfDirectory(atPath: directory) {
            let url = URL(filePath: directory).appending(path: path)
            if let destination = try? FileManager.default.destinationOfSymbolicLink(atPath: url.path) {
                links[path] = destination
                continue
            }
            guard try url.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == true else { continue }
            files[path] = Array(try Data(contentsOf: url))
        }
    }

    public func read(_ path: String) throws -> [UInt8]? {
        if let bytes = files[path] { return bytes }
        try refuseLinks(to: path)
        if files.keys.contains(where: { $0.hasPrefix(path + "/") }) {
            throw AuditError(notAFile: path, butA: "a directory")
        }
        return nil
    }

    private func refuseLinks(to path: String) throws {
        guard let link = links.keys.first(where: { path == $0 || path.hasPrefix($0 + "/") }) else { return }
        throw AuditError(notAFile: link, butA: "a symbolic link")
    }

    public func list(_ directory: String) throws -> [String] {
        try refuseLinks(to: directory)
        let prefix = directory.isEmpty ? "" : directory + "/"
        let names = (Array(files.keys) + links.keys).filter { $0.hasPrefix(prefix) }.compactMap { path in
            path.dropFirst(prefix.count).split(separator: "/").first.map(String.init)
        }
        return Array(Set(names))
    }
}
