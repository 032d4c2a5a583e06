import ConsentAudit
import ConsentModel
import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing
import TransparencyLog

@testable import ConsentServer

/// The log as static files.
@Suite struct LogRouteTests {
    /// A log with full tiles and partial ones.
    private static func world(_ label: String, isPublic: Bool = false) async throws -> (ServerWorld, token: String) {
        let world = try ServerWorld(label: label) { $0.isLogPublic = isPublic }
        let capture = try world.token(.capture)
        let audit = try world.token(.audit)
        try await world.server.application().test(.router) { client async throws in
            let events = (0..<300).map { Requests.optOut("+3460011\(1000 + $0)", id: "id-\($0)") }
            let answer = try await client.post(
                "/v1/events", token: capture, #"{"events":[\#(events.joined(separator: ","))]}"#)
            #expect(answer.status == 200)
        }
        try await world.server.parts.ledger.publish()
        return (world, audit)
    }

    /// What the server gives of the log is the log: an auditor verifies it.
    private struct ServedLog: LogReader {
        let files: [String: [UInt8]]
        func read(_ path: String) throws -> [UInt8]? { files[path] }
        func list(_ directory: String) throws -> [String] { [] }
    }

    @Test func everyFileOfTheLogIsServedAsItIsAndNothingElse() async throws {
        let (world, token) = try await Self.world("log-files")
        let root = world.directory + "/log"
        try await world.run { client async throws in
            var files: [String: [UInt8]] = [:]
            let names = FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String } ?? []
            for name in names {
                var isDirectory: ObjCBool = false
                _ = FileManager.default.fileExists(atPath: root + "/" + name, isDirectory: &isDirectory)
                if isDirectory.boolValue {
                    let answer = try await client.send(.get, "/log/" + name, token: token)
                    #expect(answer.status == 404, "\(name)")
                    continue
                }
                let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: root + "/" + name)))
                try await client.execute(
                    uri: "/log/" + name, method: .get, headers: [.authorization: "Bearer \(token)"]
                ) { response in
                    #expect(response.status == .ok, "\(name)")
                    #expect(Array(response.body.readableBytesView) == bytes, "\(name)")
                    let isText = name.hasPrefix("checkpoint") || name == "log.vkey"
                    #expect(
                        response.headers[.contentType]
                            == (isText ? "text/plain; charset=utf-8" : "application/octet-stream"), "\(name)")
                    #expect(response.headers[.cacheControl]?.contains("immutable") == !isText, "\(name)")
                    files[name] = Array(response.body.readableBytesView)
                }
            }
            #expect(files["tile/entries/000"] != nil)
            #expect(files.keys.contains { $0.contains(".p/") })
            let report = try await Verifier(reader: ServedLog(files: files)).verify(level: .replay)
            #expect(report.findings.isEmpty, "\(report.findings)")
        }
    }

    @Test func nothingElseOfTheDirectoryIsReachable() async throws {
        let (world, token) = try await Self.world("traversal")
        let secrets = ["private/tokens", "private/keys/admin.key", "private/ledger", "private/last-signed"]
        var paths: [String] = []
        for secret in secrets {
            for up in [
                "../", "..%2f", "%2e%2e/", "%2e%2e%2f", "..\\", "tile/../../", "tile/0/../../../", "./../", "//../",
                "object/../../", "checkpoints/../../", "....//", "..;/", "%252e%252e/",
            ] {
                paths.append("/log/" + up + secret)
            }
            paths += ["/log//" + world.directory + "/" + secret, "/" + secret, "/log/" + secret, "/../" + secret]
        }
        paths += [
            "/log", "/log/", "/log/tile", "/log/tile/", "/log/tile/0/000/", "/log/tile/0/0", "/log/tile/00/000",
            "/log/tile/0/001.p/0", "/log/tile/0/001.p/256", "/log/tile/64/000", "/log/tile/0/x000/000", "/log/object/",
            "/log/checkpoint/", "/log/checkpoints/1", "/log/lock", "/log/tile/0/000?x=1%00",
            "/log/" + String(repeating: "a/", count: 4000),
        ]
        try await world.run { [paths] client async throws in
            for path in paths {
                let answer = try await client.send(.get, path, token: token)
                #expect(answer.status == 404 || path.contains("?"), "\(path): \(answer.status)")
                #expect(!answer.text.contains("consent-ledger-key"), "\(path)")
                #expect(!answer.text.contains("secret-digest"), "\(path)")
            }
        }
    }

    @Test func withoutATokenOnlyAPublishedLogIsRead() async throws {
        let (closed, _) = try await Self.world("closed")
        let query = try closed.token(.query)
        try await closed.run { client async throws in
            #expect(try await client.send(.get, "/log/checkpoint").status == 401)
            #expect(try await client.send(.get, "/log/checkpoint", token: query).status == 403)
        }
        let (open, _) = try await Self.world("open", isPublic: true)
        try await open.run { client async throws in
            let checkpoint = try await client.send(.get, "/log/checkpoint")
            #expect(checkpoint.status == 200)
            #expect(checkpoint.headers[.cacheControl] == "no-cache")
            let tile = try await client.send(.get, "/log/tile/entries/000")
            #expect(tile.headers[.cacheControl] == "public, max-age=31536000, immutable")
            #expect(try await client.send(.get, "/v1/businesses").status == 401)
        }
    }

    @Test func rangesTagsAndCompressionAreThoseOfRFC9110() async throws {
        let (world, token) = try await Self.world("ranges")
        let whole = Array(
            try Data(contentsOf: URL(fileURLWithPath: world.directory + "/log/tile/entries/000")))
        try await world.run { client async throws in
            func get(_ headers: HTTPFields) async throws -> (status: Int, headers: HTTPFields, bytes: [UInt8]) {
                var headers = headers
                headers[.authorization] = "Bearer \(token)"
                return try await client.execute(uri: "/log/tile/entries/000", method: .get, headers: headers) {
                    ($0.status.code, $0.headers, Array($0.body.readableBytesView))
                }
            }
            let plain = try await get([:])
            let tag = try #require(plain.headers[.eTag])
            #expect(try await get([.ifNoneMatch: tag]).status == 304)
            #expect(try await get([.ifNoneMatch: "\"x\", W/\(tag)"]).status == 304)
            #expect(try await get([.ifNoneMatch: "\"x\""]).status == 200)
            for (range, wanted) in [
                ("bytes=0-0", 0..<1), ("bytes=10-19", 10..<20), ("bytes=5-", 5..<whole.count),
                ("bytes=-3", (whole.count - 3)..<whole.count), ("bytes=0-99999999999999999999", 0..<whole.count),
                ("bytes=-99999999", 0..<whole.count),
            ] {
                let part = try await get([.range: range])
                #expect(part.status == 206, "\(range)")
                #expect(part.bytes == Array(whole[wanted]), "\(range)")
                #expect(
                    part.headers[.contentRange] == "bytes \(wanted.lowerBound)-\(wanted.upperBound - 1)/\(whole.count)")
            }
            for range in ["bytes=\(whole.count)-", "bytes=-0"] {
                let answer = try await get([.range: range])
                #expect(answer.status == 416, "\(range)")
                #expect(answer.headers[.contentRange] == "bytes */\(whole.count)")
            }
            for range in ["bytes=0-1,3-4", "lines=0-1", "bytes=2-1", "bytes=-", "bytes=a-b", "bytes="] {
                let answer = try await get([.range: range])
                #expect(answer.status == 200 && answer.bytes == whole, "\(range)")
            }
            #expect(try await get([.range: "bytes=0-0", .ifRange: "\"x\""]).status == 200)
            #expect(try await get([.range: "bytes=0-0", .ifRange: tag]).status == 206)
            let zipped = try await get([.acceptEncoding: "br, gzip;q=0.5"])
            #expect(zipped.headers[.contentEncoding] == "gzip")
            #expect(zipped.headers[.eTag] != tag)
            #expect(zipped.headers[.vary] == "Accept-Encoding")
            #expect(try gunzip(zipped.bytes) == whole)
            #expect(try await get([.acceptEncoding: "gzip;q=0"]).headers[.contentEncoding] == nil)
        }
    }

    /// What gzip makes of it.
    private func gunzip(_ bytes: [UInt8]) throws -> [UInt8] {
        let directory = NSTemporaryDirectory() + "consentd-gzip-" + UUID().uuidString
        try Data(bytes).write(to: URL(fileURLWithPath: directory))
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["gzip", "-dc"]
        let output = Pipe()
        process.standardInput = try FileHandle(forReadingFrom: URL(fileURLWithPath: directory))
        process.standardOutput = output
        try process.run()
        let read = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return Array(read)
    }
}
