import Foundation
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// A server on the loopback that stands before the real one and fails in the ways that a path names (faulty_server.py). It
/// ends when the value goes, and also with these tests.
final class FaultyServer {
    /// The tests' Python, of the standard library alone.
    static let python = ProblemTests.root.appendingPathComponent(".build-oracles/bin/python").path
    /// Absent software skips a test on a developer's machine; where changes are accepted it must be there.
    static let isThere =
        FileManager.default.isExecutableFile(atPath: python) || ProcessInfo.processInfo.environment["CI"] == "true"
    static let absence: Comment = "skipped: the tests' Python is absent; run tools/bootstrap --tests"

    /// What it is reached at.
    let url: String
    private let process = Process()
    private let input = Pipe()

    init(before server: ServerProcess) throws {
        process.executableURL = URL(fileURLWithPath: Self.python)
        process.arguments = [
            ProblemTests.root.appendingPathComponent("Tests/ConsentServerTests/faulty_server.py").path,
            "\(server.port)",
        ]
        process.environment = ["PATH": "/usr/bin:/bin"]
        let output = Pipe()
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        let port = try #require(Int(line.trimmingCharacters(in: .newlines)), "faulty_server.py said no port: \(line)")
        url = "http://127.0.0.1:\(port)"
    }

    deinit {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }
}
