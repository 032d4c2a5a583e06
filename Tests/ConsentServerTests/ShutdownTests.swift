import ConsentAudit
import ConsentModel
import Foundation
import Testing

@testable import ConsentLedger
@testable import ConsentServer

/// How the real program ends: asked to, or killed.
@Suite(.timeLimit(.minutes(20))) struct ShutdownTests {
    private static func log(_ place: ServedPlace) throws -> PublishedLog {
        try PublishedLog(reader: DirectoryLogReader(root: place.directory + "/ledger/log"))
    }

    private static func verify(_ place: ServedPlace) async throws {
        let report = try await Verifier(reader: DirectoryLogReader(root: place.directory + "/ledger/log")).verify(
            level: .replay)
        #expect(report.findings.isEmpty, "\(report.findings)")
    }

    @Test func aRequestOnItsWayIsAnsweredAndPublished() async throws {
        let place = try ServedPlace()
        defer { place.end() }
        let server = try ServerProcess(configuration: place.configuration)
        let request = place.request(Requests.events(Requests.optOut("+34600111222", id: "a")))
        let connection = try LoopbackConnection(port: server.port)
        // They come in one piece: whoever has answered the first one has read the head of the other.
        connection.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" + String(request.dropLast(20)))
        _ = try connection.received(to: "\"ok\"}\n")
        server.askToEnd()
        // It takes no more connections from when on it ends.
        while !LoopbackConnection.isRefused(server.port) {}
        connection.send(String(request.suffix(20)))
        let answer = try connection.receivedToEnd()
        #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n") && answer.contains(#""outcome": "recorded""#), "\(answer)")
        #expect(server.ended() == 0)
        #expect(try Self.log(place).size == 4)
        try await Self.verify(place)
    }

    /// Whoever asks for much and does not read it is not waited for longer than a request may take.
    @Test func aStrangerWhoReadsNothingKeepsItNot() async throws {
        let place = try ServedPlace("limits: {request-seconds: 1}")
        defer { place.end() }
        let server = try ServerProcess(configuration: place.configuration)
        let answer = try server.exchange(place.request(Requests.events(Requests.optOut("+34600111222", id: "a"))))
        #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"), "\(answer)")
        let connection = try LoopbackConnection(port: server.port, receiveBuffer: 4096)
        // Far more is answered than the system keeps for who does not read; the first answer shows that it was asked for.
        connection.send(String(repeating: "GET /console/style.css HTTP/1.1\r\nHost: x\r\n\r\n", count: 1000))
        #expect(try connection.received(to: "\r\n\r\n").hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(withExtendedLifetime(connection) { server.end() } == 0)
        #expect(try Self.log(place).size == 4)
        try await Self.verify(place)
    }

    /// Killed between events, and with one on its way: what was acknowledged is there, once, and where it was told.
    @Test func whatWasAcknowledgedOutlivesAKill() async throws {
        let place = try ServedPlace()
        defer { place.end() }
        var told: [String: String] = [:]
        var unanswered: [String] = []
        func request(_ id: String) -> String {
            place.request(Requests.events(Requests.optOut("+34600111222", id: id)))
        }
        func send(_ id: String, to server: ServerProcess, wanted: String) throws -> String {
            let answer = try server.exchange(request(id))
            #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n") && answer.contains("\"outcome\": \"\(wanted)"), "\(answer)")
            return String(try #require(answer.firstMatch(of: /"index": (\d+)/), "\(answer)").1)
        }
        for round in 0..<3 {
            let server = try ServerProcess(configuration: place.configuration)
            for (id, index) in told { #expect(try send(id, to: server, wanted: "already-recorded") == index) }
            for number in 0..<4 {
                let id = "id-\(round)-\(number)"
                told[id] = try send(id, to: server, wanted: "recorded")
            }
            let connection = try LoopbackConnection(port: server.port)
            unanswered.append("late-\(round)")
            connection.send(request("late-\(round)"))
            server.kill()
        }
        let server = try ServerProcess(configuration: place.configuration)
        // Of these nobody knows; sent again, they are there.
        for id in unanswered { told[id] = try send(id, to: server, wanted: "") }
        for (id, index) in told { #expect(try send(id, to: server, wanted: "already-recorded") == index) }
        #expect(server.end() == 0)
        #expect(Set(told.values).count == told.count && told.count == 15)
        let log = try Self.log(place)
        #expect(log.size == 3 + UInt64(told.count))
        for index in told.values {
            let record = try log.record(at: try #require(UInt64(index)))
            #expect(try LoggedEvent(record).event?.type == .consentWithdrawn)
        }
        try await Self.verify(place)
    }
}
