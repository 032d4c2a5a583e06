import Foundation
import Testing

/// A script beside these tests, run by the Python that `tools/bootstrap --tests` sets up.
enum PythonScript {
    static let python = Repository.root.appending(path: ".build-oracles/bin/python")
    /// Absent software skips a test on a developer's machine; where changes are accepted it must be there.
    static let isThere =
        FileManager.default.isExecutableFile(atPath: python.path) || ProcessInfo.processInfo.environment["CI"] == "true"
    static let absence: Comment = "skipped: the tests' Python is absent; run tools/bootstrap --tests"

    /// The independent verifier.
    static let verifier = Repository.root.appending(path: "tools/verify.py")
    static let isVerifierThere = isThere && FileManager.default.fileExists(atPath: verifier.path)
    static let verifierAbsence: Comment = "skipped: tools/verify.py or the tests' Python is absent"

    /// Runs the script and gives what it printed; a status other than 0 is an issue.
    static func run(_ script: String, _ arguments: [String], location: SourceLocation = #_sourceLocation) throws -> Data
    {
        let process = Process()
        process.executableURL = python
        process.arguments =
            [Repository.root.appending(path: "Tests/ConformanceTests/\(script)").path] + arguments
        process.environment = ProcessInfo.processInfo.environment.merging(["PYTHONDONTWRITEBYTECODE": "1"]) { $1 }
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(script) \(arguments)", sourceLocation: location)
        return data
    }
}
