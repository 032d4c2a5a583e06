import Foundation
import Testing

/// The sample, read by software that is not ours. `tools/bootstrap --tests` installs it.
@Suite struct OracleTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    private static let python = root.appending(path: ".build-oracles/bin/python")
    /// Absent oracles skip the test on a developer's machine; where changes are accepted they must be there.
    private static let isWanted =
        FileManager.default.isExecutableFile(atPath: python.path) || ProcessInfo.processInfo.environment["CI"] == "true"

    @Test(.enabled(if: isWanted, "skipped: cbor2, pycose and tlog-scales are absent; run tools/bootstrap --tests"))
    func softwareThatIsNotOursReadsTheSample() throws {
        let process = Process()
        process.executableURL = Self.python
        process.arguments = [
            Self.root.appending(path: "Tests/SampleLedgerTests/oracles.py").path,
            Self.root.appending(path: "ledger/sample/log").path,
        ]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        let counts = try JSONDecoder().decode([String: Int].self, from: data)
        #expect(counts["event-types"] == 46)
        #expect(counts["checkpoints"] == 11)
        #expect((counts["entries"] ?? 0) >= 280)
    }
}
