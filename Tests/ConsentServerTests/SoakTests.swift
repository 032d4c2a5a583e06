import Foundation
import LoopbackWitness
import Testing

/// A short run of tools/soak, which takes 10 minutes by itself: everything at once, and the daemon killed twice.
@Suite(.enabled(if: PythonServer.isThere, "\(PythonServer.absence)"), .timeLimit(.minutes(20))) struct SoakTests {
    @Test func whatIsPromisedHoldsWhileTheDaemonIsKilled() throws {
        let path = NSTemporaryDirectory() + "consentd-soak-" + UUID().uuidString
        _ = FileManager.default.createFile(atPath: path, contents: nil)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: PythonServer.python)
        process.arguments = [
            ProblemTests.root.appendingPathComponent("tools/soak").path, "15", "--binaries",
            URL(fileURLWithPath: ServerProcess.binary).deletingLastPathComponent().path,
        ]
        process.environment = ["PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle(forWritingAtPath: path)
        process.standardError = process.standardOutput
        try process.run()
        process.waitUntilExit()
        let text = try String(contentsOfFile: path, encoding: .utf8)
        #expect(process.terminationStatus == 0, "\(text)")
        #expect(text.hasSuffix("Holds.\n"), "\(text)")
    }
}
