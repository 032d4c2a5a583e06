import Foundation

/// A server on the loopback that a script in Tests/consentTests is, on a port of its own; it ends when the value goes, and
/// also with these tests.
public final class PythonServer {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    public static let python = root.appendingPathComponent(".build-oracles/bin/python").path
    /// Absent software skips a test on a developer's machine; where changes are accepted it must be there.
    public static let isThere =
        FileManager.default.isExecutableFile(atPath: python) || ProcessInfo.processInfo.environment["CI"] == "true"
    public static let absence = "skipped: the tests' Python is absent; run tools/bootstrap --tests"

    /// It ended before it said its port.
    public struct NoPort: Error {
        public let script: String
    }

    public let port: Int
    private let process = Process()
    private let input = Pipe()

    public init(_ script: String, _ arguments: [String]) throws {
        process.executableURL = URL(fileURLWithPath: Self.python)
        process.arguments = [Self.root.appendingPathComponent("Tests/consentTests/\(script)").path] + arguments
        process.environment = ["PYTHONDONTWRITEBYTECODE": "1", "PATH": "/usr/bin:/bin"]
        let output = Pipe()
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        var line = Data()
        while line.last != UInt8(ascii: "\n") {
            guard let byte = try output.fileHandleForReading.read(upToCount: 1), !byte.isEmpty else {
                throw NoPort(script: script)
            }
            line += byte
        }
        guard let port = Int(String(decoding: line.dropLast(), as: UTF8.self)) else { throw NoPort(script: script) }
        self.port = port
    }

    /// What it is reached at.
    public var url: String { "http://127.0.0.1:\(port)" }

    /// Ends it, and waits for that.
    public func stop() {
        guard process.isRunning else { return }
        // A thread of a test's may have the others blocked, and so may what it starts.
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    deinit { stop() }
}
