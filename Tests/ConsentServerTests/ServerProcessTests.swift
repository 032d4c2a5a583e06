import ConsentAudit
import ConsentModel
import Foundation
import LedgerCrypto
import Testing
import TransparencyLog

@testable import ConsentLedger
@testable import ConsentServer

/// The real program, over real sockets.
@Suite struct ServerProcessTests {
    @Test func whatWasAcknowledgedIsPublishedWhenItEnds() async throws {
        let place = try ServedPlace()
        defer { place.end() }
        let server = try ServerProcess(configuration: place.configuration)
        let answer = try server.exchange(
            place.request(Requests.events(Requests.optOut("+34600111222", id: "a"))))
        #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"), "\(answer)")
        // Nobody else may write meanwhile.
        let second = try ServerProcess.run(["--config", place.configuration])
        #expect(second.status == 75, "\(second.errors)")
        let check = try ServerProcess.run(["--config", place.configuration, "--check"])
        #expect(check.status == 0, "\(check.errors)")
        #expect(server.end() == 0)
        let log = try PublishedLog(reader: DirectoryLogReader(root: place.directory + "/ledger/log"))
        #expect(log.size == 4)
        let report = try await Verifier(reader: DirectoryLogReader(root: place.directory + "/ledger/log")).verify(
            level: .replay)
        #expect(report.findings.isEmpty, "\(report.findings)")
    }

    /// Connections are open files, and none of them may keep the ledger from writing.
    @Test func itDoesNotStartWhereConnectionsCouldTakeAllFiles() throws {
        let place = try ServedPlace("limits: {connections: 100}")
        defer { place.end() }
        for (limit, status) in [(355, Int32(65)), (356, 0)] {
            let checked = try ServerProcess.run(
                [
                    "-c", "ulimit -n \(limit) && exec \"$0\" --config \"$1\" --check", ServerProcess.binary,
                    place.configuration,
                ],
                program: "/bin/bash")
            #expect(checked.status == status, "\(limit): \(checked.errors)")
            #expect(checked.errors.contains("files open") == (status == 65))
        }
    }

    /// An auditor mirrors a log that is not for everybody, with the checkpoints that it kept.
    @Test func aLogIsFollowedWithAToken() async throws {
        let place = try ServedPlace()
        defer { place.end() }
        let server = try ServerProcess(configuration: place.configuration)
        defer { _ = server.end() }
        let root = place.directory + "/ledger/log"
        let key = try String(contentsOfFile: root + "/log.vkey", encoding: .utf8).split(separator: "\n")[0]
        func follow(_ token: String?, into directory: String) throws -> ServerProcess.Outcome {
            var arguments = [
                "follow", "http://127.0.0.1:\(server.port)/log", place.directory + "/" + directory, "--vkey",
                String(key),
            ]
            if let token {
                let file = place.directory + "/token"
                try token.write(toFile: file, atomically: false, encoding: .utf8)
                arguments += ["--token-file", file]
            }
            return try ServerProcess.run(arguments, environment: ["PATH": "/usr/bin:/bin"], program: "consent")
        }
        let done = try follow(place.token + "\n", into: "mirror")
        #expect(done.status == 0, "\(done.errors)")
        let mirror = place.directory + "/mirror/log"
        let report = try await Verifier(reader: DirectoryLogReader(root: mirror)).verify(level: .replay)
        #expect(report.findings.isEmpty, "\(report.findings)")
        let kept = try FileManager.default.contentsOfDirectory(atPath: root + "/checkpoints")
        let mirrored = try FileManager.default.contentsOfDirectory(atPath: mirror + "/checkpoints")
        #expect(!kept.isEmpty && Set(kept).isSubset(of: mirrored))
        let unnamed = try follow(nil, into: "unnamed")
        #expect(unnamed.status == 77 && unnamed.errors.contains("--token-file"), "\(unnamed.errors)")
        let wrong = try follow("consent_00000000_00", into: "wrong")
        #expect(wrong.status == 77, "\(wrong.errors)")
        for text in ["", "a b", "a\"b", "a\nb", "a\n\n"] {
            let refused = try follow(text, into: "refused")
            #expect(refused.status == 65 && refused.errors.contains("has no token"), "\(text): \(refused.errors)")
        }
    }

    /// Killed after it gave clearances, and ended after it gave more: each is anchored, and in the last checkpoint.
    @Test func noClearanceThatWasGivenIsLost() async throws {
        let place = try ServedPlace("clearances: {anchor-seconds: 86400}")
        defer { place.end() }
        var leaves: [SHA256Digest] = []
        func ask(_ server: ServerProcess) throws {
            let answer = try server.exchange(
                place.request(
                    #"{"clearance":{},"questions":[{"contact":"+34600111222","category":"marketing","channel":"whatsapp"}]}"#,
                    path: "/v1/decisions"))
            let match = try #require(answer.firstMatch(of: /"leaf-hash": "([0-9a-f]{64})"/), "\(answer)")
            leaves.append(try #require(Hexadecimal.decode(match.1).flatMap { SHA256Digest($0) }))
        }
        let killed = try ServerProcess(configuration: place.configuration)
        for _ in 0..<3 { try ask(killed) }
        killed.kill()
        let location = try LedgerLocation(directory: place.directory + "/ledger")
        #expect(try GivenClearances(reading: location)?.waitingCount() == 3)
        let ended = try ServerProcess(configuration: place.configuration)
        for _ in 0..<2 { try ask(ended) }
        #expect(ended.end() == 0)
        let given = try #require(try GivenClearances(reading: location))
        #expect(try given.waitingCount() == 0)
        let log = try PublishedLog(reader: DirectoryLogReader(root: place.directory + "/ledger/log"))
        var records: Set<UInt64> = []
        for leaf in leaves {
            let record = try #require(try given.find(leaf)?.path).record
            #expect(try LoggedEvent(log.record(at: record)).event?.type == .decisionsRecorded)
            records.insert(record)
        }
        #expect(1...2 ~= records.count && log.size == 3 + UInt64(records.count), "\(records)")
        let report = try await Verifier(reader: DirectoryLogReader(root: place.directory + "/ledger/log")).verify(
            level: .replay)
        #expect(report.findings.isEmpty, "\(report.findings)")
    }

    @Test func whatIsNoRequestIsToldSoAndCostsLittle() throws {
        let place = try ServedPlace("limits: {request-seconds: 1, body-bytes: 4096}")
        defer { place.end() }
        let server = try ServerProcess(configuration: place.configuration)
        let event = Requests.events(Requests.optOut("+34600111222", id: "a"))
        for (name, text, closes, status) in [
            ("no HTTP", "HELLO\r\n\r\n", false, "400"),
            ("a header without end", "GET /healthz HTTP/1.1\r\nX: " + String(repeating: "x", count: 200_000), true, ""),
            ("too large, said so", place.request(event, length: 1 << 40), false, "413"),
            ("too large", place.request(String(repeating: " ", count: 5000)), false, "413"),
            ("slow", place.request(String(event.dropLast(5)), length: event.utf8.count), false, "408"),
            ("half closed", place.request(String(event.dropLast(5)), length: event.utf8.count), true, "400"),
            ("a wrong length", place.request(event, length: -1), true, "400"),
            (
                "both lengths",
                place.request(event).replacing("Content-Length", with: "Transfer-Encoding: chunked\r\nContent-Length"),
                true, "400"
            ),
        ] {
            let answer = try server.exchange(text, closes: closes)
            if status.isEmpty {
                #expect(!answer.hasPrefix("HTTP/1.1 2"), "\(name): \(answer.prefix(200))")
            } else {
                #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(name): \(answer.prefix(300))")
            }
        }
        // It lives, and nothing was half done.
        let answer = try server.exchange(
            place.request(
                #"{"questions":[{"contact":"+34600111222","category":"marketing","channel":"whatsapp"}]}"#,
                path: "/v1/decisions"))
        #expect(answer.contains(#""size": 3"#), "\(answer)")
        #expect(server.end() == 0)
    }

    /// What is no request is told so like every other error, and who waits to be told to go on is.
    @Test func whatIsNoRequestHasAProblemForAnAnswer() throws {
        let place = try ServedPlace()
        defer { place.end() }
        let server = try ServerProcess(configuration: place.configuration)
        for wrong in [
            "nonsense\r\n\r\n", "GET /healthz\r\n\r\n", "GET /healthz HTTP/1.1\r\nHost: x\r\nbad header\r\n\r\n",
            "GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n",
            "POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: \(String(repeating: "x", count: 100_000))\r\n\r\n",
        ] {
            let answer = try server.exchange(wrong)
            #expect(answer.hasPrefix("HTTP/1.1 400 Bad Request\r\n"), "\(wrong.prefix(60)): \(answer)")
            #expect(answer.contains("application/problem+json") && answer.contains("X-Request-Id: "), "\(answer)")
            #expect(
                answer.contains(#""code": "malformed-request""#) && answer.contains(#""request-id": ""#), "\(answer)")
            #expect(answer.components(separatedBy: "HTTP/1.1 400").count == 2, "it is answered once: \(answer)")
        }
        // A request before it keeps its own answer.
        let both = try server.exchange("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nnonsense\r\n\r\n")
        #expect(both.hasPrefix("HTTP/1.1 200 OK\r\n"), "\(both)")
        let event = Requests.events(Requests.optOut("+34600111222", id: "expected"))
        let expecting = place.request(event).replacing("Host: x\r\n", with: "Host: x\r\nExpect: 100-continue\r\n")
        let answer = try server.exchange(expecting)
        #expect(answer.hasPrefix("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"), "\(answer)")
        #expect(server.end() == 0)
    }

    /// Clients of HTTP/1.0 wait for the end of the connection, and know no chunks.
    @Test func aConnectionOfHTTP10EndsAfterOneAnswer() throws {
        let place = try ServedPlace()
        defer { place.end() }
        let server = try ServerProcess(configuration: place.configuration)
        let health = try server.exchange("GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        #expect(health.hasPrefix("HTTP/1.0 200 OK\r\n"), "\(health)")
        #expect(health.contains("Connection: close\r\n"), "\(health)")
        let stream = try server.exchange(
            "GET /v1/changes?follow=false HTTP/1.0\r\nAuthorization: Bearer \(place.token)\r\n\r\n")
        #expect(stream.hasPrefix("HTTP/1.0 200 OK\r\n"), "\(stream)")
        #expect(!stream.lowercased().contains("chunked"), "\(stream)")
        #expect(stream.contains("event: head"), "\(stream)")
        #expect(server.end() == 0)
    }

    @Test func whatIsWrongAtTheStartHasItsExitStatus() throws {
        let place = try ServedPlace()
        defer { place.end() }
        func run(_ configuration: String) throws -> ServerProcess.Outcome {
            let path = place.directory + "/other.yaml"
            try configuration.write(toFile: path, atomically: false, encoding: .utf8)
            return try ServerProcess.run(["--config", path])
        }
        let ledger = "ledger: \(place.directory)/ledger\n"
        for (configuration, status, told) in [
            ("ledger: \(place.directory)/nowhere", Int32(66), "no ledger"), (ledger + "prot: 1", 65, "line 2"),
            (ledger + "tls: {certificate-chain: /nowhere, private-key: /nowhere}", 65, "PEM"),
            (ledger + "listen: {address: 192.0.2.1, behind-proxy: true}", 74, "cannot listen"),
        ] {
            let outcome = try run(configuration)
            #expect(outcome.status == status, "\(configuration): \(outcome.errors)")
            #expect(outcome.errors.contains(told), "\(configuration): \(outcome.errors)")
        }
        let unknownSource = place.directory + "/source.yaml"
        try (ledger + "clearances: {source: nobody}").write(toFile: unknownSource, atomically: false, encoding: .utf8)
        let refused = try ServerProcess.run(["--config", unknownSource, "--check"])
        #expect(refused.status == 65 && refused.errors.contains("nobody"), "\(refused.errors)")
        let short = place.directory + "/short"
        try "12345678".write(toFile: short, atomically: false, encoding: .utf8)
        try
            (ledger
            + "webhooks: [{name: hook, kind: signed, business: acme-viajes, source: cli, secret-file: \(short)}]")
            .write(
                toFile: unknownSource, atomically: false, encoding: .utf8)
        let guessed = try ServerProcess.run(["--config", unknownSource, "--check"])
        #expect(guessed.status == 65 && guessed.errors.contains("could be guessed"), "\(guessed.errors)")
        #expect(try ServerProcess.run([]).status == 64)
        #expect(try ServerProcess.run(["--config", place.directory + "/nowhere.yaml"]).status == 65)
        #expect(try ServerProcess.run(["--help"]).status == 0)
        let wrong = [
            ["token", "create", "--config", place.configuration, "--label", "x", "--role", "query"],
            ["token", "create", "--config", place.configuration, "--label", "x", "--role", "king", "--all-businesses"],
        ]
        for arguments in wrong { #expect(try ServerProcess.run(arguments).status == 64) }
        let unknown = try ServerProcess.run([
            "token", "create", "--config", place.configuration, "--label", "x", "--role", "query", "--business",
            "nobody",
        ])
        #expect(unknown.status == 65)
        #expect(unknown.errors.contains("nobody"))
        #expect(try ServerProcess.run(["token", "revoke", "--config", place.configuration, "00000000"]).status == 65)
        let list = try ServerProcess.run(["token", "list", "--config", place.configuration])
        #expect(list.output.contains("\"test\"  capture, query"))
    }

    /// A stream that goes on for ever, or a client that reads nothing, does not keep it from publishing and ending.
    @Test func whatDoesNotEndIsCutOff() async throws {
        let place = try ServedPlace("limits: {request-seconds: 1}")
        defer { place.end() }
        let server = try ServerProcess(configuration: place.configuration)
        _ = try server.exchange(place.request(Requests.events(Requests.optOut("+34600111222", id: "a"))))
        let head =
            "POST /v1/screen?category=marketing&channel=whatsapp HTTP/1.1\r\nHost: x\r\n"
            + "Authorization: Bearer \(place.token)\r\nContent-Type: application/x-ndjson\r\n"
            + "Transfer-Encoding: chunked\r\n\r\n"
        let (begun, beginning) = AsyncStream.makeStream(of: Void.self)
        let dripping = Thread {
            beginning.yield()
            try? server.drip(head, "1\r\n \r\n")
        }
        dripping.start()
        for await _ in begun { break }
        #expect(server.end() == 0)
        #expect(try PublishedLog(reader: DirectoryLogReader(root: place.directory + "/ledger/log")).size == 4)
    }

    @Test func systemdTakesTheUnit() throws {
        let analyzer = "/usr/bin/systemd-analyze"
        guard FileManager.default.isExecutableFile(atPath: analyzer) else {
            return print("skipped: systemd-analyze is not there")
        }
        let directory = NSTemporaryDirectory() + "consentd-unit-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let unit = try String(
            contentsOf: ProblemTests.root.appendingPathComponent("tools/consentd.service"), encoding: .utf8)
        try unit.replacing("/usr/bin/consentd", with: ServerProcess.binary).write(
            toFile: directory + "/consentd.service", atomically: false, encoding: .utf8)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: analyzer)
        process.arguments = ["verify", directory + "/consentd.service"]
        let errors = Pipe()
        process.standardError = errors
        try process.run()
        let told = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(told)")
        // An unknown key is only warned of.
        #expect(told.isEmpty, "\(told)")
    }

    /// Schemathesis' questions, against the description; bounded in number and in time.
    @Test func schemathesisFindsNothing() throws {
        let root = ProblemTests.root
        let tool = root.appendingPathComponent(".build-oracles/bin/schemathesis")
        guard FileManager.default.isExecutableFile(atPath: tool.path) else {
            return print("skipped: schemathesis is not there; tools/bootstrap --tests installs it")
        }
        let place = try ServedPlace("limits: {requests-per-second: 100000, burst: 100000}")
        defer { place.end() }
        for name in ["schemathesis.toml", "schemathesis_hooks.py"] {
            try FileManager.default.copyItem(
                at: root.appendingPathComponent("Tests/ConsentServerTests/" + name),
                to: URL(fileURLWithPath: place.directory + "/" + name))
        }
        let server = try ServerProcess(configuration: place.configuration)
        let process = Process()
        process.executableURL = tool
        process.currentDirectoryURL = URL(fileURLWithPath: place.directory)
        process.environment = [
            "SCHEMATHESIS_HOOKS": "schemathesis_hooks.py", "PATH": "/usr/bin:/bin", "HOME": place.directory,
        ]
        process.arguments = [
            "run", root.appendingPathComponent("Documentation/openapi.yaml").path, "--url",
            "http://127.0.0.1:\(server.port)", "--header", "Authorization: Bearer \(place.token)",
            "--phases", "examples,coverage,fuzzing", "--max-examples",
            "25", "--max-time", "20", "--request-timeout", "10", "--seed", "1", "--workers", "1", "--no-color",
        ]
        let path = place.directory + "/schemathesis.txt"
        _ = FileManager.default.createFile(atPath: path, contents: nil)
        process.standardOutput = FileHandle(forWritingAtPath: path)
        process.standardError = process.standardOutput
        try process.run()
        process.waitUntilExit()
        let text = try String(contentsOfFile: path, encoding: .utf8)
        #expect(process.terminationStatus == 0, "\(text.suffix(8000))")
        #expect(text.contains("30 selected / 30 total"), "\(text.prefix(2000))")
        #expect(server.end() == 0)
    }
}
