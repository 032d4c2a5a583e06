import ConsentAudit
import ConsentModel
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import ConsentServer

/// Whether the server is ready, and what goes on while it is not.
@Suite struct HealthRouteTests {
    private static let contact = "+34600111222"

    /// The status, and what fails.
    private static func readiness(_ client: any TestClientProtocol) async throws -> String {
        let answer = try await client.send(.get, "/readyz")
        let failed = answer.json["failed"]?.array?.compactMap(\.string) ?? ["nothing"]
        return "\(answer.status) \(failed.joined(separator: ","))"
    }

    @Test func lookingPublishesNothing() async throws {
        let world = try ServerWorld(label: "readiness")
        let token = try world.token(.capture, businesses: [ServerWorld.acme])
        try await world.run { client async throws in
            #expect(
                try await client.post(
                    "/v1/events", token: token, Requests.events(Requests.optOut(Self.contact, id: "a"))
                ).status == 200)
            let log = world.server.parts.ledger.log
            let size = try PublishedLog(reader: log).size
            #expect(try await Self.readiness(client) == "200 ")
            #expect(try PublishedLog(reader: log).size == size)
        }
    }

    @Test func withoutRoomNothingIsWrittenAndReadingGoesOn() async throws {
        let world = try ServerWorld(label: "room") { $0.limits.roomBytes = 1 << 60 }
        let token = try world.token(.capture, .query, businesses: [ServerWorld.acme])
        try await world.run { client async throws in
            #expect(try await Self.readiness(client) == "503 disk")
            let written = try await client.post(
                "/v1/events", token: token, Requests.events(Requests.optOut(Self.contact, id: "a")))
            #expect(written.status == 503 && written.code == "full", "\(written.text)")
            #expect(written.headers[.retryAfter] != nil)
            let counted = try await client.post(
                "/v1/decisions", token: token, Requests.question(Self.contact, more: #""reserve":true,"#))
            #expect(counted.status == 503, "\(counted.text)")
            let asked = try await client.post("/v1/decisions", token: token, Requests.question(Self.contact))
            #expect(asked.status == 200 && asked.json["head-age-ms"] != nil, "\(asked.text)")
            let stale = try await client.post(
                "/v1/decisions", token: token, Requests.question(Self.contact, more: #""max-age-ms":1,"#))
            #expect(stale.status == 412)
        }
    }

    @Test func anIndexThatLagsHoldsWritesBackUntilItHasCaughtUp() async throws {
        let world = try ServerWorld(label: "lag") { $0.limits.unindexedRecords = 1 }
        let token = try world.token(.capture, .query, businesses: [ServerWorld.acme])
        try await world.run { client async throws in
            func write(_ id: String) async throws -> Answered {
                try await client.post(
                    "/v1/events", token: token,
                    Requests.events(
                        Requests.optOut(Self.contact, id: id), Requests.optOut("+34600111333", id: id + "2")))
            }
            #expect(try await write("a").status == 200)
            // What was found counts for a second.
            #expect(try await Self.readiness(client) == "200 ")
            world.clock.pass(Readiness.longestKnown - 1)
            #expect(try await Self.readiness(client) == "200 ")
            world.clock.pass(1)
            #expect(try await Self.readiness(client) == "503 index")
            let refused = try await write("b")
            #expect(refused.status == 503 && refused.code == "index-behind", "\(refused.text)")
            let asked = try await client.post("/v1/decisions", token: token, Requests.question(Self.contact))
            #expect(asked.json["decisions"]?.array?.first?["outcome"] == .string("deny"), "\(asked.text)")
            try await world.server.parts.ledger.publish()
            world.clock.pass(Readiness.longestKnown)
            #expect(try await Self.readiness(client) == "200 ")
            #expect(try await write("b").status == 200)
        }
    }

    /// Whatever holds publishing up: what was recorded is not covered, and no clock that is set makes that younger.
    @Test func aHeadThatIsOldIsToldAndWritingGoesOn() async throws {
        let world = try ServerWorld(label: "old-head") { $0.publishSeconds = 5 }
        let longest = Readiness.longestUncovered(publishSeconds: 5)
        try await world.run { client async throws in
            // Where nothing is recorded nothing waits, for days.
            world.clock.pass(48 * 3_600_000)
            #expect(try await Self.readiness(client) == "200 ")
            let ledger = world.server.parts.ledger
            let token = try world.token(.capture, businesses: [ServerWorld.acme])
            func write(_ id: String) async throws -> Int {
                try await client.post(
                    "/v1/events", token: token, Requests.events(Requests.optOut(Self.contact, id: id))
                ).status
            }
            try await ledger.publish()
            #expect(try await write("a") == 200)
            world.clock.pass(longest)
            #expect(try await Self.readiness(client) == "200 ")
            world.clock.pass(Readiness.longestKnown)
            #expect(try await Self.readiness(client) == "503 head")
            world.clock.setBack(by: 60_000)
            world.clock.pass(Readiness.longestKnown)
            #expect(try await Self.readiness(client) == "503 head")
            // An opt-out is taken all the same.
            #expect(try await write("b") == 200)
            try await ledger.publish()
            world.clock.pass(Readiness.longestKnown)
            #expect(try await Self.readiness(client) == "200 ")
            // The newest checkpoint covers all: it may be as old as it likes.
            world.clock.pass(10 * longest)
            #expect(try await Self.readiness(client) == "200 ")
        }
    }

    @Test func aClockThatWasSetBackIsTold() async throws {
        let world = try ServerWorld(label: "clock-back")
        try await world.run { client async throws in
            #expect(try await Self.readiness(client) == "200 ")
            world.clock.setBack(by: 600_000)
            world.clock.pass(Readiness.longestKnown)
            #expect(try await Self.readiness(client) == "503 clock")
            world.server.confirmClock()
            world.clock.pass(Readiness.longestKnown)
            #expect(try await Self.readiness(client) == "200 ")
        }
    }
}
