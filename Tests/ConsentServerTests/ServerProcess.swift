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
        Glibc.kill(process.process.processIdentifier, SIGTERM)
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

    /// A new connection, on which nothing is waited for longer than 30 s.
    private func connected() throws -> Int32 {
        let connection = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var limit = timeval(tv_sec: 30, tv_usec: 0)
        setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(connection, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(connected == 0)
        return connection
    }

    /// Sends `head` over a connection of its own and then `piece` again and again, until the other side ends it.
    func drip(_ head: String, _ piece: String) throws {
        let connection = try connected()
        defer { close(connection) }
        var rest = Array(head.utf8)
        while send(connection, rest, rest.count, Int32(MSG_NOSIGNAL)) > 0 {
            rest = Array(piece.utf8)
            // What is answered is not looked at; the wait between pieces is.
            var none = pollfd(fd: -1, events: 0, revents: 0)
            poll(&none, 1, 20)
        }
    }

    /// Sends bytes over a connection of its own, says that nothing more comes if `closes`, and returns what comes back
    /// until the other side closes.
    func exchange(_ text: String, closes: Bool = false) throws -> String {
        let connection = try connected()
        defer { close(connection) }
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes { send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            // It may have said no already.
            guard sent > 0 else { break }
            rest = rest.dropFirst(sent)
        }
        if closes { shutdown(connection, Int32(SHUT_WR)) }
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { break }
            answer += buffer.prefix(count)
        }
        return String(decoding: answer, as: UTF8.self)
    }
}
