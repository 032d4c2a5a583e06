import ConsentModel
import Foundation
import Testing

@testable import ConsentServer

/// The console in Chromium, without a window. Where there is no Chromium, it says that it is skipped.
@Suite struct ConsoleBrowserTests {
    private static let chromium = [
        ProcessInfo.processInfo.environment["CHROMIUM"] ?? "", "/usr/bin/chromium", "/usr/bin/chromium-browser",
    ].first { FileManager.default.isExecutableFile(atPath: $0) }

    private static let contact = "+34600111001"

    @Test(
        .enabled(if: chromium != nil, "there is no Chromium; tools/bootstrap --tests brings it"),
        .timeLimit(.minutes(20)))
    func aBrowserShowsItWithoutScriptsInEveryLook() throws {
        let directory = NSTemporaryDirectory() + "consentd-browser-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        // Where to look at the pictures; they go otherwise.
        let pictures = ProcessInfo.processInfo.environment["CONSOLE_PICTURES"] ?? directory
        let ledger = directory + "/ledger"
        try FileManager.default.copyItem(
            atPath: ProblemTests.root.appendingPathComponent("ledger/sample").path, toPath: ledger)
        // What git keeps of modes is too little for keys.
        for name in try FileManager.default.subpathsOfDirectory(atPath: ledger + "/private") + [""] {
            let path = ledger + "/private/" + name
            var isDirectory: ObjCBool = false
            _ = FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory)
            try FileManager.default.setAttributes(
                [.posixPermissions: isDirectory.boolValue ? 0o700 : 0o600], ofItemAtPath: path)
        }
        let configuration = directory + "/consentd.yaml"
        try "ledger: \(ledger)\nlisten: {port: 0}\n".write(toFile: configuration, atomically: false, encoding: .utf8)
        var arguments = ["token", "create", "--config", configuration, "--label", "browser", "--all-businesses"]
        for role in Role.allCases { arguments += ["--role", role.rawValue] }
        let made = try ServerProcess.run(arguments)
        try #require(made.status == 0, "\(made.errors)")
        let token = String(try #require(made.output.split(separator: "\n").last))
        let server = try ServerProcess(configuration: configuration)
        // A long name that would turn what follows it around must fit in, too.
        let name = "Viajes <b>\u{202e}כפר שركة\u{202c} " + String(repeating: "muy", count: 40) + "larga, S.L."
        let body = JSON.object([
            (
                "events",
                .array([
                    [
                        "type": .string("business-registered"), "id": .string("long"), "business": .string("long-name"),
                        "name": .string(name), "country": .string("ES"),
                    ]
                ])
            )
        ]).text
        let registered = try server.exchange(
            "POST /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(token)\r\nContent-Type: application/json\r\n"
                + "Content-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n\(body)")
        #expect(registered.hasPrefix("HTTP/1.1 200"), "\(registered)")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "python3", ProblemTests.root.appendingPathComponent("Tests/ConsentServerTests/console_browser.py").path,
            try #require(Self.chromium), "http://127.0.0.1:\(server.port)", token, Self.contact, pictures,
        ]
        let path = directory + "/out"
        _ = FileManager.default.createFile(atPath: path, contents: nil)
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle(forWritingAtPath: path)
        process.standardError = FileHandle(forWritingAtPath: path)
        try process.run()
        process.waitUntilExit()
        let told = try String(contentsOfFile: path, encoding: .utf8)
        #expect(process.terminationStatus == 0, "\(told)")
        #expect(server.end() == 0)
    }
}
