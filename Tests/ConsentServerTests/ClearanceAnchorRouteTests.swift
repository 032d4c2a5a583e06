import ConsentAudit
import ConsentModel
import Foundation
import HTTPTypes
import HummingbirdTesting
import LedgerCrypto
import Logging
import Testing
import TransparencyLog

@testable import ConsentLedger
@testable import ConsentServer

/// The clearances that the server gives are anchored, and whoever has one is given what shows it.
@Suite struct ClearanceAnchorRouteTests {
    private static let contact = "+34600111222"

    /// A clearance as it came.
    private struct Given {
        let clearance: Clearance
        let leafHash: String

        init(_ decision: JSONValue) throws {
            let object = try #require(decision["clearance"])
            clearance = try ClearanceFile(parsing: Array(try #require(object["file"]?.string).utf8)).signed.clearance
            leafHash = try #require(object["leaf-hash"]?.string)
            #expect(leafHash == clearance.leafHash.description)
        }

        var uri: String { "/v1/clearances/\(leafHash)/anchor" }
    }

    private static func ask(
        _ client: any TestClientProtocol, _ token: String, _ count: Int = 1, business: String = ServerWorld.acme,
        more: String = ""
    ) async throws -> [Given] {
        let questions = (0..<count).map {
            #"{"contact":"+3460011\#(1000 + $0)","category":"marketing","channel":"whatsapp"}"#
        }
        let answer = try await client.post(
            "/v1/decisions", token: token,
            #"{"business":"\#(business)","clearance":{},\#(more)"questions":[\#(questions.joined(separator: ","))]}"#)
        #expect(answer.status == 200, "\(answer.text)")
        return try #require(answer.json["decisions"]?.array).map(Given.init)
    }

    /// Expects what the server says of a clearance to show to a stranger, who has the log's key, that it is anchored.
    @discardableResult
    private static func confirm(
        _ given: Given, _ client: any TestClientProtocol, _ token: String, _ world: ServerWorld
    ) async throws -> UInt64 {
        let answer = try await client.send(.get, given.uri, token: token)
        #expect(answer.status == 200, "\(answer.text)")
        #expect(answer.json["anchored"] == .bool(true), "\(answer.text)")
        let path = try AnchorPath(parsing: Array(try #require(answer.json["anchor"]?.string).utf8))
        #expect(answer.json["record"] == .number("\(path.record)"))
        let proof = try ProofFile(parsing: Array(try #require(answer.json["proof"]?.string).utf8))
        let keys = try PublishedLog(reader: world.server.parts.ledger.log).namedKeys()
        let report = ProofVerifier(policy: WitnessPolicy(logs: keys), ledgerID: given.clearance.ledgerID).verify(proof)
        #expect(report.holds, "\(report.findings)")
        let event = try LoggedEvent(try #require(report.records.first).record)
        #expect(ClearanceAnchor(event, of: given.clearance, by: path)?.index == path.record)
        return path.record
    }

    @Test func aMinutesClearancesAreAnchoredByOneRecord() async throws {
        let world = try ServerWorld(label: "anchors")
        let token = try world.token(.query, businesses: [ServerWorld.acme])
        let audit = try world.token(.audit)
        try await world.run { client async throws in
            var given = try await Self.ask(client, token, 3)
            given += try await Self.ask(client, token, more: #""reserve":true,"#)
            for one in given {
                let answer = try await client.send(.get, one.uri, token: token)
                #expect(answer.status == 200)
                #expect(answer.json["anchored"] == .bool(false))
                for name in ["record", "anchor", "proof"] { #expect(answer.json[name] == .null, "\(answer.text)") }
            }
            var metrics = try await client.send(.get, "/metrics", token: audit).text
            #expect(metrics.contains("\nconsentd_clearances_total 4\n"))
            #expect(metrics.contains("\nconsentd_clearances_waiting 4\n"))
            let before = try await world.server.parts.ledger.read { $0.size }
            await world.server.parts.anchorClearances()
            // Nothing proves it before a checkpoint has it.
            let unproven = try await client.send(.get, given[0].uri, token: token)
            #expect(unproven.json["record"] == .number("\(before)"), "\(unproven.text)")
            #expect(unproven.json["proof"] == .null)
            try await world.server.parts.publish()
            for one in given { #expect(try await Self.confirm(one, client, token, world) == before) }
            // None waits, so that nothing is recorded.
            await world.server.parts.anchorClearances()
            #expect(try await world.server.parts.ledger.read { $0.size } == before + 1)
            metrics = try await client.send(.get, "/metrics", token: audit).text
            #expect(metrics.contains("\nconsentd_clearances_waiting 0\n"))
            #expect(metrics.contains("\nconsentd_anchorings_total{outcome=\"recorded\"} 1\n"))
            // The next minute's have a record of their own.
            let next = try await Self.ask(client, token)
            await world.server.parts.anchorClearances()
            try await world.server.parts.publish()
            #expect(try await Self.confirm(next[0], client, token, world) == before + 1)
            try await Self.confirm(given[0], client, token, world)
        }
    }

    @Test func whatWasNotGivenHereIsNotThere() async throws {
        let world = try ServerWorld(label: "others-clearances")
        let token = try world.token(.query, businesses: [ServerWorld.acme])
        let other = try world.token(.query, .support, .legal, businesses: [ServerWorld.beta])
        try await world.run { client async throws in
            let given = try await Self.ask(client, token)[0]
            for isAnchored in [false, true] {
                if isAnchored { await world.server.parts.anchorClearances() }
                let strange = try await client.send(.get, given.uri, token: other)
                #expect(strange.status == 404)
                for leaf in [
                    String(repeating: "0", count: 64), given.leafHash.uppercased(), String(given.leafHash.dropLast()),
                    given.leafHash + "00", "x", "%00", given.clearance.root.description,
                ] {
                    let answer = try await client.send(.get, "/v1/clearances/\(leaf)/anchor", token: token)
                    #expect(answer.status == 404, "\(leaf): \(answer.text)")
                    // Neither is told from the other.
                    #expect(answer.json["detail"] == strange.json["detail"])
                }
            }
            #expect(try await client.send(.get, given.uri + "?x=1", token: token).status == 400)
            #expect(try await client.send(.get, given.uri).status == 401)
            #expect(try await client.send(.post, given.uri, token: token, json: "{}").status == 405)
        }
    }

    @Test func anErrorGivesNoClearanceAndNothingToAnchor() async throws {
        let world = try ServerWorld(label: "no-clearances")
        let token = try world.token(.query, businesses: [ServerWorld.acme])
        try await world.run { client async throws in
            for body in [
                Requests.question("12", more: #""clearance":{},"#), Requests.question(Self.contact),
                Requests.question(Self.contact, more: #""clearance":{"valid-for-ms":86400001},"#),
            ] { _ = try await client.post("/v1/decisions", token: token, body) }
            #expect(try await world.server.parts.ledger.waitingClearances() == 0)
            // Of several questions, those that are answered are cleared.
            let answer = try await client.post(
                "/v1/decisions", token: token,
                """
                {"clearance":{},"questions":[{"contact":"12","category":"marketing","channel":"whatsapp"},
                {"contact":"\(Self.contact)","category":"marketing","channel":"whatsapp"}]}
                """)
            #expect(answer.json["decisions"]?.array?.map { $0["clearance"] != nil } == [false, true], "\(answer.text)")
            #expect(try await world.server.parts.ledger.waitingClearances() == 1)
        }
    }

    /// What cannot be anchored now waits, and is told; a clock that jumped stops all appends.
    @Test func whatCannotBeAnchoredWaitsOn() async throws {
        let world = try ServerWorld(label: "waiting")
        let token = try world.token(.query, .audit, businesses: [ServerWorld.acme])
        try await world.run { client async throws in
            let given = try await Self.ask(client, token, 2)
            world.clock.set(by: 2 * 3_600_000)
            await world.server.parts.anchorClearances()
            #expect(world.log.all.contains { $0.contains("anchoring clearances failed") })
            #expect(try await world.server.parts.ledger.waitingClearances() == 2)
            world.server.confirmClock()
            await world.server.parts.anchorClearances()
            #expect(try await world.server.parts.ledger.waitingClearances() == 0)
            try await world.server.parts.publish()
            let again = try world.token(.query, .audit, businesses: [ServerWorld.acme])
            for one in given { try await Self.confirm(one, client, again, world) }
            let metrics = try await client.send(.get, "/metrics", token: try world.token(.audit)).text
            #expect(metrics.contains("\nconsentd_anchorings_total{outcome=\"failed\"} 1\n"), "\(metrics)")
        }
    }

    /// With too little room nothing is written, and no clearance is given that could be lost.
    @Test func withoutRoomNoClearanceIsGiven() async throws {
        let world = try ServerWorld(label: "room") { $0.limits.roomBytes = 1_099_511_627_776 * 1024 }
        let token = try world.token(.query, businesses: [ServerWorld.acme])
        try await world.run { client async throws in
            let refused = try await client.post(
                "/v1/decisions", token: token, Requests.question(Self.contact, more: #""clearance":{},"#))
            #expect(refused.status == 503, "\(refused.text)")
            #expect(refused.code == "full")
            #expect(try await client.post("/v1/decisions", token: token, Requests.question(Self.contact)).status == 200)
        }
    }

    /// A server that ended without anchoring leaves that to the next one.
    @Test func theNextServerAnchorsWhatWasLeft() async throws {
        let world = try ServerWorld(label: "next")
        let token = try world.token(.query, businesses: [ServerWorld.acme])
        var given: [Given] = []
        for round in 0..<3 {
            let server =
                round == 0
                ? world.server
                : try ConsentServer(
                    world.server.parts.configuration, logger: Logger(label: "test"), clock: world.clock,
                    random: SystemRandomSource())
            if round > 0 { #expect(try await server.parts.ledger.waitingClearances() == UInt64(given.count)) }
            given += try await server.application().test(.router) { client async throws in
                try await Self.ask(client, token, round + 1)
            }
            try await server.parts.ledger.close()
        }
        let server = try ConsentServer(
            world.server.parts.configuration, logger: Logger(label: "test"), clock: world.clock,
            random: SystemRandomSource())
        await server.parts.anchorClearances()
        try await server.parts.publish()
        try await server.application().test(.router) { [given] client async throws in
            let records = try await given.asyncMap { try await Self.confirm($0, client, token, world) }
            #expect(records.count == 6 && Set(records).count == 1)
        }
        try await server.parts.ledger.close()
        let report = try await Verifier(reader: DirectoryLogReader(root: world.directory + "/log")).verify(
            level: .replay)
        #expect(report.findings.isEmpty, "\(report.findings)")
    }
}

extension Array {
    /// What `transform` makes of each, one after the other.
    fileprivate func asyncMap<Value>(_ transform: (Element) async throws -> Value) async rethrows -> [Value] {
        var values: [Value] = []
        for element in self { values.append(try await transform(element)) }
        return values
    }
}
