import Foundation
import Testing

/// A server on the loopback that a script beside these tests is, on a port of its own; it ends when the value goes, and also
/// with these tests.
final class PythonServer {
    static let python = packageRoot.appendingPathComponent(".build-oracles/bin/python").path
    /// Absent software skips a test on a developer's machine; where changes are accepted it must be there.
    static let isThere =
        FileManager.default.isExecutableFile(atPath: python) || ProcessInfo.processInfo.environment["CI"] == "true"
    static let absence: Comment = "skipped: the tests' Python is absent; run tools/bootstrap --tests"

    let port: Int
    private let process = Process()
    private let input = Pipe()

    init(_ script: String, _ arguments: [String]) throws {
        process.executableURL = URL(fileURLWithPath: Self.python)
        process.arguments = [packageRoot.appendingPathComponent("Tests/consentTests/\(script)").path] + arguments
        process.environment = ["PYTHONDONTWRITEBYTECODE": "1", "PATH": "/usr/bin:/bin"]
        let output = Pipe()
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        var line = Data()
        while line.last != UInt8(ascii: "\n") {
            let byte = try #require(try output.fileHandleForReading.read(upToCount: 1), "\(script) said no port")
            line += byte
        }
        port = try #require(Int(String(decoding: line.dropLast(), as: UTF8.self)))
    }

    /// What it is reached at.
    var url: String { "http://127.0.0.1:\(port)" }

    /// Ends it, and waits for that.
    func stop() {
        guard process.isRunning else { return }
        // A thread of a test's may have the others blocked, and so may what it starts.
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    deinit { stop() }
}
