import ConsentModel
import Foundation
import HTTPTypes
import HummingbirdTesting
import Synchronization
import Testing

@testable import ConsentServer

/// Streams of changes that go on.
@Suite(.timeLimit(.minutes(20))) struct ChangesStreamTests {
    /// A reader of a stream.
    private final class Follower: Sendable {
        /// What is told at once.
        struct Piece: Equatable {
            var changes: [UInt64]
            /// The last record that the reader knows of now.
            var head: UInt64
        }

        private let connection: LoopbackConnection
        let status: String
        private let head = Mutex<UInt64?>(nil)

        init(_ port: UInt16, _ token: String, query: String = "", lastEventID: UInt64? = nil) async throws {
            let lastEvent = lastEventID.map { "Last-Event-ID: \($0)\r\n" } ?? ""
            (connection, status) = try await onThread {
                let connection = try LoopbackConnection(port: port)
                connection.send(
                    "GET /v1/changes?\(query) HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(token)\r\n\(lastEvent)\r\n"
                )
                let head = try connection.received(to: "\r\n\r\n")
                return (connection, String(head.prefix { $0 != "\r\n" }))
            }
        }

        /// What is told next. That nothing happened, which is told now and then, is passed over.
        func next() async throws -> Piece {
            while true {
                // Pieces are chunks, and blank lines stand within them too.
                let text = try await onThread { [connection] in try connection.received(to: "\n\n\r\n") }
                let id = try #require(text.firstMatch(of: /event: head\nid: (\d+)\n/), "\(text)")
                let piece = Piece(
                    changes: text.matches(of: /event: change\nid: (\d+)\n/).compactMap { UInt64($0.1) },
                    head: try #require(UInt64(id.1)))
                let before = head.withLock { head in
                    defer { head = piece.head }
                    return head
                }
                if !piece.changes.isEmpty || before != piece.head { return piece }
            }
        }

        /// What is told until the server ends the stream.
        func rest() async throws -> String { try await onThread { [connection] in try connection.receivedToEnd() } }

        /// Says that nobody is there any more.
        func leave() { connection.endSending() }
    }

    /// Records somebody's opt-out, and returns its index.
    private static func record(
        _ client: any TestClientProtocol, _ token: String, _ id: String, business: String = ServerWorld.acme
    ) async throws -> UInt64 {
        let answer = try await client.post(
            "/v1/events", token: token, Requests.events(Requests.optOut("+34600111222", id: id, business: business)))
        return try #require(
            answer.json["results"]?.array?.first?["index"]?.stringOrNumber.flatMap { UInt64($0) }, "\(answer.text)")
    }

    @Test func changesComeAsTheyAreRecordedAndWhoComesBackGoesOn() async throws {
        let world = try ServerWorld(label: "follow")
        let capture = try world.token(.capture)
        let query = try world.token(.query, businesses: [ServerWorld.acme])
        try await world.serve { client, port in
            let follower = try await Follower(port, query)
            #expect(follower.status == "HTTP/1.1 200 OK")
            let known = try await follower.next()
            #expect(known.changes.isEmpty)
            var recorded: [UInt64] = []
            for number in 0..<3 {
                let index = try await Self.record(client, capture, "id-\(number)")
                #expect(try await follower.next() == Follower.Piece(changes: [index], head: index))
                recorded.append(index)
            }
            #expect(recorded.first == known.head + 1)
            // What is another business's is not told, but how far the ledger is.
            let other = try await Self.record(client, capture, "b", business: ServerWorld.beta)
            #expect(try await follower.next() == Follower.Piece(changes: [], head: other))
            let cases: [(query: String, lastEventID: UInt64?, start: UInt64)] = [
                ("from=\(recorded[1])", nil, recorded[1]), ("", recorded[0], recorded[0] + 1),
                // A reader that comes back goes by what it heard last, wherever it began.
                ("from=0", recorded[2], recorded[2] + 1), ("from=\(other + 1)", nil, other + 1),
            ]
            for (position, asked) in cases.enumerated() {
                let again = try await Follower(port, query, query: asked.query, lastEventID: asked.lastEventID)
                #expect(try await again.next().changes == recorded.filter { $0 >= asked.start }, "\(asked)")
                let next = try await Self.record(client, capture, "next-\(position)")
                recorded.append(next)
                #expect(try await again.next() == Follower.Piece(changes: [next], head: next), "\(asked)")
            }
        }
    }

    @Test(arguments: ["revoked", "expired"]) func aTokenThatEndsHearsNoMore(_ how: String) async throws {
        let world = try ServerWorld(label: "follow-\(how)")
        let query = try world.token(.query)
        let id = try #require(AccessToken.parse(query)?.id)
        try await world.serve { client, port in
            let follower = try await Follower(port, query)
            _ = try await follower.next()
            if how == "revoked" {
                try world.tokens.revoke(id, at: world.clock.now())
            } else {
                world.clock.pass(3_600_000)
            }
            let capture = try world.token(.capture)
            _ = try await Self.record(client, capture, "a")
            #expect(try await !follower.rest().contains("event: change"))
            let refused = try await client.send(.get, "/v1/changes", token: query)
            #expect(refused.status == 401, "\(refused.text)")
        }
    }

    @Test func aPlaceIsFreeAgainWhenItsReaderIsGone() async throws {
        let world = try ServerWorld(label: "places")
        let token = try world.token(.query)
        let other = try world.token(.query)
        try await world.serve { client, port in
            var followers: [Follower] = []
            for _ in 0..<FollowerPlaces.mostOfOne { followers.append(try await Follower(port, token)) }
            #expect(Set(followers.map(\.status)) == ["HTTP/1.1 200 OK"])
            for follower in followers { _ = try await follower.next() }
            let refused = try await client.send(.get, "/v1/changes", token: token)
            #expect(refused.status == 503 && refused.code == "overloaded", "\(refused.text)")
            #expect(try await Follower(port, other).status == "HTTP/1.1 200 OK")
            // Nothing is recorded meanwhile: there is nothing to tell by which it would be noticed.
            followers[0].leave()
            _ = try await followers[0].rest()
            var again = try await Follower(port, token)
            // The connection may be gone a moment before what it held is.
            for _ in 0..<100 where again.status != "HTTP/1.1 200 OK" { again = try await Follower(port, token) }
            #expect(again.status == "HTTP/1.1 200 OK")
            #expect(try await again.next().changes.isEmpty)
            // It was one place.
            #expect(try await client.send(.get, "/v1/changes", token: token).status == 503)
            withExtendedLifetime((followers, again)) {}
        }
    }
}
