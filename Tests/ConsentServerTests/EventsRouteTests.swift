import ConsentAudit
import ConsentLedger
import ConsentModel
import Foundation
import HTTPTypes
import HummingbirdTesting
import LedgerCrypto
import Testing
import TransparencyLog

@testable import ConsentServer

/// Recording and asking over HTTP.
@Suite struct EventsRouteTests {
    private static let contact = "+34600111222"

    /// A source that signs for itself, or is none: whoever asks named a wrong one, and the server is well.
    @Test func aSourceThatTheLedgerDoesNotSignForIsNoFaultOfTheServer() async throws {
        let world = try ServerWorld(label: "unheld")
        let admin = try world.token(.admin)
        let token = try world.token(.capture, businesses: [ServerWorld.acme])
        try await world.run { client async throws in
            let key = try Ed25519PrivateKey(seed: SecretBytes([UInt8](repeating: 7, count: 32))).publicKey
            let crm = try await client.post(
                "/v1/events", token: admin,
                Requests.events(
                    #"{"type":"source-authorized","id":"crm","authorized-source":"crm","custody":"external","public-key":"\#(Hexadecimal.encode(key.bytes))"}"#
                ))
            #expect(crm.status == 200, "\(crm.text)")
            for source in ["nobody", "crm", "\\u0000"] {
                let event = Requests.optIn(Self.contact, id: "a").replacing(#""cli""#, with: "\"\(source)\"")
                let answer = try await client.post("/v1/events", token: token, Requests.events(event))
                #expect(answer.status == 422 && answer.code == "unknown-source", "\(source): \(answer.text)")
                let many = try await client.post(
                    "/v1/events", token: token, Requests.events(event, Requests.optIn(Self.contact, id: "b" + source)))
                #expect(many.status == 422 && many.text.contains("unknown-source"), "\(many.text)")
                // An opt-out is never lost for its source.
                let out = Requests.optOut(Self.contact, id: "o").replacing(#""cli""#, with: "\"\(source)\"")
                #expect(try await client.post("/v1/events", token: token, Requests.events(out)).status == 200)
            }
        }
    }

    @Test func whatIsRecordedBindsAtOnceAndTwiceIsOnce() async throws {
        let world = try ServerWorld(label: "events")
        let capture = try world.token(.capture, businesses: [ServerWorld.acme])
        let query = try world.token(.query, businesses: [ServerWorld.acme])
        try await world.run { client async throws in
            func outcome() async throws -> String? {
                let answer = try await client.post("/v1/decisions", token: query, Requests.question(Self.contact))
                #expect(answer.status == 200, "\(answer.text)")
                return answer.json["decisions"]?.array?.first?["outcome"]?.string
            }
            #expect(try await outcome() == "deny")
            let first = try await client.post(
                "/v1/events", token: capture, Requests.events(Requests.optIn(Self.contact, id: "a")))
            #expect(first.status == 200, "\(first.text)")
            #expect(first.json["results"]?.array?.first?["outcome"] == .string("recorded"))
            #expect(try await outcome() == "allow")
            let again = try await client.post(
                "/v1/events", token: capture, Requests.events(Requests.optIn(Self.contact, id: "a")))
            #expect(again.status == 200)
            #expect(again.json["results"]?.array?.first?["outcome"] == .string("already-recorded"))
            #expect(
                again.json["results"]?.array?.first?["index"] == first.json["results"]?.array?.first?["index"])
            let out = try await client.post(
                "/v1/events", token: capture, Requests.events(Requests.optOut(Self.contact, id: "b")))
            #expect(out.status == 200)
            #expect(try await outcome() == "deny")
        }
    }

    @Test func ofSeveralEventsEachStandsForItselfAndAnyRefusalShows() async throws {
        let world = try ServerWorld(label: "several")
        let token = try world.token(.capture, .query, businesses: [ServerWorld.acme])
        try await world.run { client async throws in
            let answer = try await client.post(
                "/v1/events", token: token,
                Requests.events(
                    Requests.optIn(Self.contact, id: "a"), Requests.optIn("12", id: "b"),
                    Requests.optOut("+34600111333", id: "c"),
                    Requests.optIn("+34600111444", id: "d", business: ServerWorld.beta),
                    #"{"type":"consent-given","business":"acme-viajes"}"#))
            #expect(answer.status == 422)
            #expect(answer.code == "events-refused")
            let results = answer.json["results"]?.array ?? []
            #expect(
                results.map { $0["outcome"]?.string }
                    == ["recorded", "refused", "recorded", "refused", "refused"])
            #expect(results[3]["problem"]?["code"] == .string("forbidden"))
            // One alone is told as itself.
            let one = try await client.post(
                "/v1/events", token: token, Requests.events(Requests.optIn("12", id: "b")))
            #expect(one.status == 422)
            #expect(one.json["results"] == nil)
        }
    }

    @Test func anOptOutNeedsNoIDAndWhatIsDoubtfulInItIsLeftOut() async throws {
        let world = try ServerWorld(label: "wide")
        let token = try world.token(.capture, businesses: [ServerWorld.acme])
        try await world.run { client async throws in
            let answer = try await client.post(
                "/v1/events", token: token,
                Requests.events(
                    #"{"type":"consent-withdrawn","contact":"\#(Self.contact)","categories":["nobody-knows"],"x":1}"#))
            #expect(answer.status == 200, "\(answer.text)")
            #expect(answer.json["results"]?.array?.first?["warnings"]?.array?.isEmpty == false)
            let permission = try await client.post(
                "/v1/events", token: token,
                Requests.events(
                    Requests.optIn(Self.contact, id: "a").replacingOccurrences(of: #","id":"a""#, with: "")))
            #expect(permission.status == 400)
        }
    }

    /// It happened, so it is kept; whoever sent it is told that it is no yes.
    @Test func anOptInThatDoesNotCountIsToldWithTheReason() async throws {
        let world = try ServerWorld(label: "uncounted")
        let token = try world.token(.capture, .query, businesses: [ServerWorld.acme])
        try await world.run { client async throws in
            /// What is told of one event: how it went, and the warnings.
            func send(_ event: String) async throws -> [String] {
                let answer = try await client.post("/v1/events", token: token, Requests.events(event))
                #expect(answer.status == 200, "\(answer.text)")
                let result = answer.json["results"]?.array?.first
                return [result?["outcome"]?.string ?? ""] + (result?["warnings"]?.array ?? []).compactMap(\.string)
            }
            func outcome(_ contact: String) async throws -> String? {
                let answer = try await client.post("/v1/decisions", token: token, Requests.question(contact))
                return answer.json["decisions"]?.array?.first?["outcome"]?.string
            }
            func unworded(_ event: String) -> String {
                event.replacing(#""notice":"web","notice-language":"es","#, with: "")
            }
            let wordless =
                "it does not count for marketing by whatsapp: nobody kept the words that the person was shown (notice-unknown)"
            let first = "+34600111001"
            #expect(try await send(unworded(Requests.optIn(first, id: "a"))) == ["recorded", wordless])
            #expect(try await send(unworded(Requests.optIn(first, id: "a"))) == ["already-recorded", wordless])
            #expect(try await outcome(first) == "deny")
            // Beside one that counts, too.
            let second = "+34600111002"
            #expect(try await send(Requests.optIn(second, id: "b")) == ["recorded"])
            #expect(try await send(unworded(Requests.optIn(second, id: "c"))) == ["recorded", wordless])
            #expect(try await outcome(second) == "allow")
            // A second one takes the first one's place, and counts.
            let again = Requests.optIn(second, id: "d").replacing("20:26:50Z", with: "20:26:55Z")
            #expect(try await send(again) == ["recorded"])
            let ended = Requests.optIn("+34600111003", id: "e").replacing(
                #""method""#, with: #""expires-at":"2026-05-28T20:27:00Z","method""#)
            #expect(
                try await send(ended) == [
                    "recorded", "it does not count for marketing by whatsapp: the opt-in has expired (expired)",
                ])
            // One that comes late, from before the person left.
            let left = "+34600111004"
            #expect(try await send(Requests.optOut(left, id: "f")) == ["recorded"])
            let late = try await send(Requests.optIn(left, id: "g"))
            #expect(late.count == 2 && late.last?.hasSuffix(", a consent-withdrawn, ends it") == true, "\(late)")
            // An opt-out and a request say nothing of the kind, and what is about several says which.
            #expect(
                try await send(
                    unworded(Requests.optIn("+34600111005", id: "h")).replacing("-given", with: "-requested"))
                    == ["recorded"])
            let wide = unworded(Requests.optIn("+34600111006", id: "i")).replacing(
                #"["marketing"]"#, with: #"["marketing","utility"]"#
            ).replacing(#"["whatsapp"]"#, with: #"["sms","whatsapp"]"#)
            let told = try await send(wide)
            #expect(
                told == [
                    "recorded",
                    wordless.replacing("marketing by", with: "marketing, utility by").replacing(
                        "whatsapp", with: "sms"), wordless.replacing("marketing by", with: "marketing, utility by"),
                ], "\(told)")
        }
    }

    @Test func ofManyOptInsThatDoNotCountSomeAreOnlyNamed() async throws {
        let world = try ServerWorld(label: "uncounted-many")
        let token = try world.token(.capture, businesses: [ServerWorld.acme])
        try await world.run { client async throws in
            let events = (0...UncountedOptIns.most).map {
                Requests.optIn("+3460011\(1000 + $0)", id: "id-\($0)").replacing(
                    #""notice":"web","notice-language":"es","#, with: "")
            }
            let answer = try await client.post(
                "/v1/events", token: token, #"{"events":[\#(events.joined(separator: ","))]}"#)
            #expect(answer.status == 200)
            let warnings = (answer.json["results"]?.array ?? []).map {
                $0["warnings"]?.array?.compactMap(\.string) ?? []
            }
            #expect(warnings.allSatisfy { $0.count == 1 })
            #expect(warnings.dropLast().allSatisfy { $0.first?.contains("notice-unknown") == true })
            #expect(warnings.last?.first?.contains("was not looked at") == true, "\(warnings.last ?? [])")
        }
    }

    @Test func aProofThatIsAskedForVerifies() async throws {
        let world = try ServerWorld(label: "proof")
        let token = try world.token(.capture, businesses: [ServerWorld.acme])
        try await world.run { client async throws in
            let answer = try await client.post(
                "/v1/events?wait=proof", token: token, Requests.events(Requests.optOut(Self.contact, id: "a")))
            let proof = try #require(answer.json["results"]?.array?.first?["proof"]?.string)
            let index = try #require(answer.json["results"]?.array?.first?["index"]?.stringOrNumber)
            #expect(proof.contains("\nindex \(index)\n"))
            let keys = try #require(try world.server.parts.ledger.log.read("log.vkey")).split(separator: 10).map {
                try VerifierKey(String(decoding: $0, as: UTF8.self))
            }
            let file = try ProofFile(parsing: Array(proof.utf8))
            let report = ProofVerifier(policy: WitnessPolicy(logs: keys)).verify(file)
            #expect(report.findings.isEmpty, "\(report)")
            var other = Array(proof.utf8)
            other[other.count / 2] ^= 1
            let isFound = (try? ProofFile(parsing: other)).map {
                !ProofVerifier(policy: WitnessPolicy(logs: keys)).verify($0).findings.isEmpty
            }
            #expect(isFound ?? true)
        }
    }

    @Test func aClockThatJumpedStopsAppendsUntilItIsConfirmed() async throws {
        let world = try ServerWorld(label: "clock")
        let token = try world.token(.capture, .query)
        try await world.run { client async throws in
            world.clock.set(by: 2 * 3_600_000)
            let late = try world.token(.capture, .query)
            let stopped = try await client.post(
                "/v1/events", token: late, Requests.events(Requests.optOut(Self.contact, id: "a")))
            #expect(stopped.status == 503)
            #expect(stopped.code == "clock-jumped")
            world.server.confirmClock()
            let sent = try await client.post(
                "/v1/events", token: late, Requests.events(Requests.optOut(Self.contact, id: "a")))
            #expect(sent.status == 200, "\(sent.text)")
            #expect(try await client.post("/v1/decisions", token: token, Requests.question(Self.contact)).status == 401)
        }
    }

    @Test func eventsBesideEachOtherAreAllThere() async throws {
        let world = try ServerWorld(label: "together")
        let token = try world.token(.capture, businesses: nil)
        try await world.run { client async throws in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<64 {
                    group.addTask {
                        let answer = try await client.post(
                            "/v1/events", token: token,
                            Requests.events(Requests.optOut("+3460011\(1000 + number % 8)", id: "id-\(number)")))
                        #expect(answer.status == 200, "\(answer.text)")
                    }
                }
                try await group.waitForAll()
            }
            let size = try await world.server.parts.ledger.read { $0.size }
            // The opening, two businesses, the source, two notices, and the events.
            #expect(size == 6 + 64)
        }
    }
}
