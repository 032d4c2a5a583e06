import Foundation
import Synchronization
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// The `consentd` that was built with these tests, serving a ledger in a directory of its own.
final class ServerProcess: Sendable {
    /// What a run left.
    struct Outcome: Sendable {
        let status: Int32
        let output: String
        let errors: String
    }

    static let binary = path(of: "consentd")

    /// Where a program is that was built with these tests.
    static func path(of program: String) -> String {
        URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
            .appendingPathComponent(program).path
    }

    let port: UInt16
    private let process: ProcessBox

    private final class ProcessBox: @unchecked Sendable {
        let process = Process()
    }

    /// Runs `consentd`, or another program, to its end.
    static func run(
        _ arguments: [String], environment: [String: String] = [:], program: String = "consentd"
    ) throws -> Outcome {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program.hasPrefix("/") ? program : path(of: program))
        process.arguments = arguments
        process.environment = environment
        let base = NSTemporaryDirectory() + "consentd-run-" + UUID().uuidString
        defer { for end in [".out", ".err"] { try? FileManager.default.removeItem(atPath: base + end) } }
        for end in [".out", ".err"] { _ = FileManager.default.createFile(atPath: base + end, contents: nil) }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle(forWritingAtPath: base + ".out")
        process.standardError = FileHandle(forWritingAtPath: base + ".err")
        try process.run()
        process.waitUntilExit()
        return Outcome(
            status: process.terminationStatus, output: try String(contentsOfFile: base + ".out", encoding: .utf8),
            errors: try String(contentsOfFile: base + ".err", encoding: .utf8))
    }

    /// Starts it and waits until it listens.
    init(configuration: String) throws {
        process = ProcessBox()
        process.process.executableURL = URL(fileURLWithPath: Self.binary)
        process.process.arguments = ["--config", configuration]
        process.process.environment = [:]
        process.process.standardInput = FileHandle.nullDevice
        let pipe = Pipe()
        process.process.standardError = pipe
        try process.process.run()
        var text = ""
        var found: UInt16?
        while found == nil {
            let data = pipe.fileHandleForReading.availableData
            guard !data.isEmpty else { break }
            text += String(decoding: data, as: UTF8.self)
            if let match = text.firstMatch(of: /"message": "listening", .*?"port": "(\d+)"/) { found = UInt16(match.1) }
        }
        port = try #require(found, "\(text)")
        // What it says from now on must not stop it.
        pipe.fileHandleForReading.readabilityHandler = { _ = $0.availableData }
    }

    /// Asks it to end, and returns its status.
    func end() -> Int32 {
        askToEnd()
        return ended()
    }

    /// Asks it to end.
    func askToEnd() { Glibc.kill(process.process.processIdentifier, SIGTERM) }

    /// Its status, once it has ended.
    func ended() -> Int32 {
        process.process.waitUntilExit()
        return process.process.terminationStatus
    }

    /// Ends it as a power cut would: nothing more is done.
    func kill() {
        Glibc.kill(process.process.processIdentifier, SIGKILL)
        process.process.waitUntilExit()
    }

    deinit {
        if process.process.isRunning { kill() }
    }

    /// Sends `head` over a connection of its own and then `piece` again and again, until the other side ends it.
    func drip(_ head: String, _ piece: String) throws {
        let connection = try LoopbackConnection(port: port)
        var rest = head
        while connection.send(rest) == rest.utf8.count {
            rest = piece
            // What is answered is not looked at; the wait between pieces is.
            var none = pollfd(fd: -1, events: 0, revents: 0)
            poll(&none, 1, 20)
        }
    }

    /// Sends bytes over a connection of its own, says that nothing more comes if `closes`, and returns what comes back
    /// until the other side closes.
    func exchange(_ text: String, closes: Bool = false) throws -> String {
        let connection = try LoopbackConnection(port: port)
        // It may say no before it has read all.
        connection.send(text)
        if closes { connection.endSending() }
        return try connection.receivedToEnd()
    }
}
