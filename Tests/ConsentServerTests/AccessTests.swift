import ConsentLedger
import ConsentModel
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import LedgerCrypto
import Testing

@testable import ConsentServer

/// Who may do what: every route, with every role, and other businesses.
@Suite struct AccessTests {
    /// A request for each route that a token must open: with a body that would do, for a business.
    static func request(_ route: Route, business: String) -> (uri: String, body: String?) {
        let samples: [String: (String, String?)] = [
            "record": ("/v1/events", Requests.events(Requests.optOut("+34600111222", id: "m", business: business))),
            "decide": ("/v1/decisions", Requests.question("+34600111222", business: business)),
            "screen": (
                "/v1/screen?business=\(business)&category=marketing&channel=whatsapp", #"{"contact":"+34600111222"}"#
            ),
            "history": ("/v1/contacts/history", #"{"business":"\#(business)","contact":"+34600111777"}"#),
            // It would take the person of the other requests away.
            "erase": ("/v1/contacts/erase", #"{"business":"\#(business)","contact":"+34600111888","now":true}"#),
            "receipt": ("/v1/contacts/receipt", #"{"business":"\#(business)","contact":"+34600111777"}"#),
            "evidence": ("/v1/contacts/evidence", #"{"business":"\#(business)","contact":"+34600111777"}"#),
            // There is none in these tests; WebhookTests asks for one that another business has.
            "unsubscribe-links": (
                "/v1/unsubscribe-links", #"{"webhook":"\#(business)","links":[{"contact":"ana@example.com"}]}"#
            ),
            "lint": ("/v1/notices/lint", #"{"business":"\#(business)","text":"Hola","language":"es"}"#),
            "changes": ("/v1/changes?follow=false&business=\(business)", nil),
            "reviews": ("/v1/reviews?business=\(business)", nil),
            "decide-review": ("/v1/reviews/\(business == ServerWorld.acme ? 3 : 7)", #"{"outcome":"dismissed"}"#),
            "log": ("/log/checkpoint", nil),
            "prepare": (
                "/v1/prepare",
                #"{"event":\#(Requests.optOut("+34600111222", id: "p", business: business))}"#
            ),
            "record-signed": ("/v1/statements", #"{"statements":[{"prepared":"00","signature":""}]}"#),
        ]
        return samples[route.operation] ?? (route.path.replacing("{business}", with: business), nil)
    }

    static func headers(_ route: Route) -> HTTPFields {
        route.operation == "screen" ? [.contentType: ScreenRoute.mediaType] : [:]
    }

    static var guarded: [Route] { ConsentServer.routes.routes.filter { $0.roles != nil } }

    @Test func aRoleOpensItsRoutesAndNoOthers() async throws {
        let world = try ServerWorld(label: "matrix")
        // The log is that of all businesses, and so is who audits it.
        let tokens = try Role.allCases.map { role in
            (role, try world.token(role, businesses: role == .audit ? nil : [ServerWorld.acme]))
        }
        try await world.run { client async throws in
            for route in Self.guarded {
                let (uri, body) = Self.request(route, business: ServerWorld.acme)
                for (role, token) in tokens {
                    let answer = try await client.send(
                        route.method, uri, token: token, json: body, headers: Self.headers(route))
                    if route.roles?.contains(role) ?? false {
                        // What a role opens may still be refused for what it asks, as an event of another role's.
                        #expect(
                            answer.code != "forbidden" || route.operation == "record",
                            "\(role) \(route.operation): \(answer.text)")
                        #expect(answer.status != 401, "\(role) \(route.operation)")
                        #expect(answer.status < 500, "\(role) \(route.operation): \(answer.text)")
                    } else {
                        #expect(answer.status == 403, "\(role) \(route.operation): \(answer.text)")
                        #expect(answer.code == "forbidden", "\(role) \(route.operation)")
                    }
                }
            }
        }
    }

    /// Whatever its role, a token of one business gets nothing of another one.
    @Test func noTokenOpensAnotherBusiness() async throws {
        let world = try ServerWorld(label: "others")
        let all = try world.token(roles: Set(Role.allCases), businesses: [ServerWorld.acme])
        let own = try world.token(roles: Set(Role.allCases), businesses: [ServerWorld.beta])
        let secret = "+34600111777"
        try await world.run { client async throws in
            let recorded = try await client.post(
                "/v1/events", token: own,
                Requests.events(Requests.optIn(secret, id: "secret", business: ServerWorld.beta)))
            #expect(recorded.status == 200, "\(recorded.text)")
            let before = try await world.server.parts.ledger.read { $0.size }
            // These are of the whole ledger, and name nobody; or list what is the token's own.
            let shared: Set = ["metrics", "log", "businesses", "sources", "rule-packs"]
            for route in Self.guarded {
                let (uri, body) = Self.request(route, business: ServerWorld.beta)
                let answer = try await client.send(
                    route.method, uri, token: all, json: body, headers: Self.headers(route))
                #expect(!answer.text.contains(secret), "\(route.operation): \(answer.text)")
                #expect(!answer.text.contains("Beta Seguros"), "\(route.operation): \(answer.text)")
                if !shared.contains(route.operation) {
                    #expect([403, 404].contains(answer.status), "\(route.operation): \(answer.text)")
                    let unknown = Self.request(route, business: "nobody-knows")
                    let stranger = try await client.send(
                        route.method, unknown.uri, token: all, json: unknown.body, headers: Self.headers(route))
                    #expect(stranger.status == answer.status, "\(route.operation)")
                }
            }
            let after = try await world.server.parts.ledger.read { $0.size }
            #expect(before == after)
        }
    }

    /// Documentation/server.md, “Tokens and roles”, for each type of event.
    @Test func whoMayRecordWhat() throws {
        let persons: Set<Role> = [.capture, .support, .protectionOfficer]
        let table: [([String], Set<Role>)] = [
            (
                [
                    "consent-requested", "consent-given", "consent-confirmed", "consent-renewed", "consent-refused",
                    "consent-withdrawn", "consent-revoked", "consent-resumed", "consent-invalidated", "basis-began",
                    "basis-ended", "objected", "complained", "blocked", "reported", "review-opened", "contact-changed",
                    "contact-linked", "contact-unlinked", "contact-reassigned",
                ], persons
            ),
            (["review-decided", "event-voided"], [.support, .protectionOfficer]),
            (
                [
                    "source-authorized", "source-revoked", "business-registered", "brand-defined", "sender-defined",
                    "category-defined", "category-retired", "notice-published", "notice-reconstructed",
                    "notice-retired",
                    "rulepack-adopted", "template-categorized",
                ], [.admin]
            ),
            (["hold-added", "hold-lifted"], [.legal]),
            (
                [
                    "ledger-opened", "admin-key-added", "admin-key-retired", "log-key-added", "log-key-retired",
                    "decisions-recorded", "heads-sealed", "contact-erased", "evidence-attached", "migrated",
                ], []
            ),
        ]
        #expect(Set(table.flatMap(\.0)) == Set(EventType.allCases.map(\.name)))
        for (names, roles) in table {
            for name in names {
                #expect(EventRights.roles(of: try #require(EventType(name: name))) == roles, "\(name)")
            }
        }
    }

    @Test func everyTypeOfEventIsForTheRolesThatTheTableSays() async throws {
        let world = try ServerWorld(label: "types")
        let tokens = try Role.allCases.map { ($0, try world.token($0, businesses: nil)) }
        try await world.run { client async throws in
            for type in EventType.allCases {
                for (role, token) in tokens {
                    let answer = try await client.post(
                        "/v1/events", token: token,
                        #"{"events":[{"type":"\#(type.name)","business":"acme-viajes","contact":"+34600111222"}]}"#)
                    let may = EventRights.roles(of: type).contains(role)
                    // A restriction is recorded as it is; what lacks fields is refused for that, not for its sender.
                    if may {
                        #expect(answer.code != "forbidden", "\(role) \(type.name): \(answer.text)")
                    } else if EventRights.roles.contains(role) {
                        #expect(answer.status >= 400, "\(role) \(type.name): \(answer.text)")
                    } else {
                        #expect(answer.status == 403, "\(role) \(type.name)")
                    }
                }
            }
        }
    }

    @Test func withoutATokenThatCountsNothingIsTold() async throws {
        let world = try ServerWorld(label: "strangers")
        let good = try world.token(.query, businesses: [ServerWorld.acme])
        var flipped = Array(good.utf8)
        flipped[flipped.count - 1] = flipped.last == UInt8(ascii: "0") ? UInt8(ascii: "1") : UInt8(ascii: "0")
        let headers: [String?] = [
            nil, "", "Bearer", "Bearer ", "Basic " + good, good, "Bearer " + good + "0", "Bearer " + good.uppercased(),
            "Bearer " + String(decoding: flipped, as: UTF8.self), "Bearer consent__", "Bearer consent_00000000_",
            "Bearer " + good + " x", "Bearer " + String(repeating: "x", count: 10_000),
        ]
        try await world.run { client async throws in
            for header in headers {
                var fields: HTTPFields = [:]
                if let header { fields[.authorization] = header }
                let answer = try await client.send(
                    .post, "/v1/decisions", json: Requests.question("+34600111222"), headers: fields)
                #expect(answer.status == 401, "\(header ?? "none")")
                #expect(answer.code == "unauthenticated")
                #expect(answer.headers[.wwwAuthenticate]?.hasPrefix("Bearer") == true)
            }
            let right = try await client.post("/v1/decisions", token: good, Requests.question("+34600111222"))
            #expect(right.status == 200)
            world.clock.pass(3_600_000)
            let late = try await client.post("/v1/decisions", token: good, Requests.question("+34600111222"))
            #expect(late.status == 401)
            #expect(late.code == "token-expired")
        }
    }

    @Test func aTokenThatIsRevokedOrRotatedEndsWithinASecond() async throws {
        let world = try ServerWorld(label: "revoked")
        let first = try world.token(.query, businesses: [ServerWorld.acme])
        let id = try #require(AccessToken.parse(first)?.id)
        try await world.run { client async throws in
            func status(_ token: String) async throws -> Int {
                try await client.post("/v1/decisions", token: token, Requests.question("+34600111222")).status
            }
            #expect(try await status(first) == 200)
            let now = world.clock.now()
            let second = try world.tokens.rotate(
                id, at: now, overlapEnd: now.adding(milliseconds: 60_000),
                expiresAt: now.adding(milliseconds: 3_600_000))
            world.clock.pass(Admission.longestKnown)
            #expect(try await status(first) == 200)
            #expect(try await status(second.text) == 200)
            world.clock.pass(60_000)
            #expect(try await status(first) == 401)
            #expect(try await status(second.text) == 200)
            try world.tokens.revoke(second.token.id, at: world.clock.now())
            world.clock.pass(Admission.longestKnown)
            #expect(try await status(second.text) == 401)
            // Nor does a clock that is set back let it in again.
            let kept = try #require(world.tokens.tokens().first { $0.id == second.token.id })
            #expect(kept.revokedAt != nil && kept.expiresAt > kept.createdAt && !kept.counts(at: kept.createdAt))
        }
    }

    @Test func nobodyIsLetInByATokenFileThatIsNotWhole() async throws {
        let world = try ServerWorld(label: "broken-tokens")
        let token = try world.token(.query, businesses: [ServerWorld.acme])
        let path = world.directory + "/private/tokens"
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        try await world.run { client async throws in
            for length in stride(from: 0, to: whole.count - 1, by: 7) {
                try whole.prefix(length).write(to: URL(fileURLWithPath: path))
                world.clock.pass(Admission.longestKnown)
                let answer = try await client.post("/v1/decisions", token: token, Requests.question("+34600111222"))
                #expect(answer.status == 500)
                #expect(answer.code == "bad-tokens")
            }
        }
    }

    @Test func theFileHasNoSecretAndIsForItsOwnerAlone() async throws {
        let world = try ServerWorld(label: "token-file")
        let token = try world.token(.query, businesses: [ServerWorld.acme])
        try await world.server.parts.ledger.close()
        let path = world.directory + "/private/tokens"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let parsed = try #require(AccessToken.parse(token))
        #expect(!text.contains(Hexadecimal.encode(parsed.secret)))
        #expect(text.contains(parsed.id))
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    @Test func everyUseOfLegalAndAdminIsKeptBeforeItIsObeyed() async throws {
        let world = try ServerWorld(label: "kept")
        let legal = try world.token(.legal, businesses: [ServerWorld.acme])
        let both = try world.token(.capture, .admin, businesses: nil)
        @Sendable func uses() throws -> [String] {
            let directory = world.directory + "/private/access"
            let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
            return try names.sorted().map { try String(contentsOfFile: directory + "/" + $0, encoding: .utf8) }
        }
        try await world.run { client async throws in
            _ = try await client.post("/v1/decisions", token: legal, Requests.question("+34600111222"))
            #expect(try uses().count == 1)
            #expect(
                try uses().allSatisfy { $0.contains(#""role": "legal""#) && $0.contains(#""operation": "decide""#) })
            #expect(try !uses().joined().contains("600111222"))
            // What capture does is not.
            _ = try await client.post(
                "/v1/events", token: both, Requests.events(Requests.optOut("+34600111222", id: "a")))
            #expect(try uses().count == 1)
            let brand =
                #"{"events":[{"type":"brand-defined","business":"acme-viajes","id":"b","brand":"go","name":"Go"}]}"#
            let answer = try await client.post("/v1/events", token: both, brand)
            #expect(answer.status == 200, "\(answer.text)")
            #expect(try uses().count == 2)
            #expect(try uses().joined().contains(#""role": "admin""#))
            // What cannot be kept is not done.
            let directory = world.directory + "/private/access"
            try FileManager.default.removeItem(atPath: directory)
            try Data().write(to: URL(fileURLWithPath: directory))
            let refused = try await client.post("/v1/decisions", token: legal, Requests.question("+34600111222"))
            #expect(refused.status == 503, "\(refused.text)")
        }
    }

    @Test func whoAsksTooOftenWaits() async throws {
        let world = try ServerWorld(label: "rate") { configuration in
            configuration.limits.requestsPerSecond = 2
            configuration.limits.burst = 3
        }
        let token = try world.token(.query, businesses: [ServerWorld.acme])
        let other = try world.token(.query, businesses: [ServerWorld.acme])
        try await world.run { client async throws in
            func status(_ token: String) async throws -> Answered {
                try await client.post("/v1/decisions", token: token, Requests.question("+34600111222"))
            }
            for _ in 0..<3 { #expect(try await status(token).status == 200) }
            let refused = try await status(token)
            #expect(refused.status == 429)
            #expect(refused.code == "rate-limited")
            #expect(refused.headers[.retryAfter] == "1")
            #expect(try await status(other).status == 200)
            world.clock.pass(500)
            #expect(try await status(token).status == 200)
            #expect(try await status(token).status == 429)
        }
    }
}

/// A bucket against a plain model.
@Suite struct RateLimitTests {
    @Test(arguments: 0..<20) func noMoreThanTheRateAllows(_ seed: UInt64) {
        var random = SplitMix(seed: seed)
        let rate = Int.random(in: 1...20, using: &random)
        let burst = Int.random(in: 1...20, using: &random)
        let limit = RateLimit(requestsPerSecond: rate, burst: burst)
        // In thousandths of a request, exactly.
        var level = burst * 1000
        var now: UInt64 = 5000
        for step in 0..<500 {
            let elapsed = UInt64.random(in: 0...300, using: &random)
            now += elapsed
            level = min(burst * 1000, level + Int(elapsed) * rate)
            let wait = limit.wait("a", now: now)
            #expect((wait == nil) == (level >= 1000), "seed \(seed), step \(step)")
            if level >= 1000 { level -= 1000 }
        }
    }
}

/// A small generator of random numbers that a seed determines.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
