import ConsentLedger
import ConsentModel
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import ConsentServer

/// Answers that are streams: screening, and what changed.
@Suite struct StreamRouteTests {
    private static let ndjson: HTTPFields = [.contentType: ScreenRoute.mediaType]

    private static func lines(_ text: String) throws -> [JSONValue] {
        try text.split(separator: "\n").map { try JSONValue(parsing: Array($0.utf8)) }
    }

    @Test func everyLineHasItsAnswerInItsPlaceAndTheSummaryEndsThem() async throws {
        let world = try ServerWorld(label: "screen")
        let token = try world.token(.capture, .query, businesses: [ServerWorld.acme])
        try await world.run { client async throws in
            _ = try await client.post(
                "/v1/events", token: token,
                Requests.events(Requests.optIn("+34600111222", id: "a"), Requests.optIn("+34600111333", id: "b")))
            let uri = "/v1/screen?category=marketing&channel=whatsapp"
            var wanted: [String] = []
            var lines: [String] = []
            for number in 0..<3000 {
                switch number % 4 {
                case 0:
                    lines.append(#"{"contact":"+34600111222"}"#)
                    wanted.append("allow")
                case 1:
                    lines.append(#"{"contact":"+34600111444"}"#)
                    wanted.append("deny")
                case 2:
                    lines.append(#"{"contact":"+34600111333","channel":"sms"}"#)
                    wanted.append("deny")
                default:
                    lines.append(["", "{", #"{"contact":"12"}"#, #"{"contact":"+34600111222","x":1}"#][number / 4 % 4])
                    wanted.append("error")
                }
            }
            for end in ["", "\n"] {
                let answer = try await client.send(
                    .post, uri, token: token, json: lines.joined(separator: "\n") + end, headers: Self.ndjson)
                #expect(answer.status == 200)
                let answers = try Self.lines(answer.text)
                #expect(answers.dropLast().map { $0["outcome"]?.string } == wanted)
                #expect(answers.dropLast().map { $0["line"]?.stringOrNumber } == (1...3000).map { String($0) })
                #expect(answers.last?["summary"]?["lines"] == .number("3000"))
                #expect(answers.last?["summary"]?["error"] == .number("750"))
            }
        }
    }

    @Test func whatIsWrongWithAllLinesIsToldFirstAndALineThatIsTooLongEndsThem() async throws {
        let world = try ServerWorld(label: "screen-wrong")
        let token = try world.token(.query, businesses: [ServerWorld.acme])
        let line = #"{"contact":"+34600111222"}"#
        try await world.run { client async throws in
            for (query, status) in [
                ("category=nothing&channel=whatsapp", 422), ("category=marketing&channel=pigeon", 422),
                ("category=marketing&chanel=whatsapp", 400), ("category=marketing&category=marketing", 400),
                ("business=nobody", 403),
            ] {
                let answer = try await client.send(
                    .post, "/v1/screen?" + query, token: token, json: line, headers: Self.ndjson)
                #expect(answer.status == status, "\(query): \(answer.text)")
            }
            let long = line + "\n" + String(repeating: " ", count: ScreenRoute.mostLineBytes + 1) + "\n" + line
            let answer = try await client.send(
                .post, "/v1/screen?category=marketing&channel=whatsapp", token: token, json: long, headers: Self.ndjson)
            let answers = try Self.lines(answer.text)
            #expect(answers.last?["problem"]?["code"] == .string("body-too-large"))
            #expect(answers.allSatisfy { $0["summary"] == nil })
        }
    }

    /// The events of a stream: id, name and data.
    private static func events(_ text: String) -> [(name: String, id: UInt64, data: JSONValue)] {
        text.split(separator: "\n\n").map { block in
            var fields: [String: String] = [:]
            for line in block.split(separator: "\n") {
                let parts = line.split(separator: ": ", maxSplits: 1)
                fields[String(parts[0])] = String(parts[1])
            }
            let data = (try? JSONValue(parsing: Array((fields["data"] ?? "").utf8))) ?? .null
            return (fields["event"] ?? "", UInt64(fields["id"] ?? "") ?? 0, data)
        }
    }

    @Test func changesAreAllThereOnceAndInOrderFromWhereverOneBegins() async throws {
        let world = try ServerWorld(label: "changes")
        let acme = try world.token(.capture, .query, businesses: [ServerWorld.acme])
        let all = try world.token(.capture, .query)
        try await world.run { client async throws in
            let sent = (0..<600).map {
                Requests.optOut(
                    "+3460011\(1000 + $0)", id: "id-\($0)", business: $0 % 3 == 0 ? ServerWorld.beta : ServerWorld.acme)
            }
            let recorded = try await client.post(
                "/v1/events", token: all, #"{"events":[\#(sent.joined(separator: ","))]}"#)
            let indexes = (recorded.json["results"]?.array ?? []).compactMap {
                $0["index"]?.stringOrNumber.flatMap { UInt64($0) }
            }
            #expect(indexes.count == 600)
            let mine = indexes.enumerated().filter { $0.offset % 3 != 0 }.map(\.element)
            for start in [0, indexes[0], indexes[299], indexes[599], indexes[599] + 1, indexes[599] + 100] {
                let answer = try await client.send(.get, "/v1/changes?follow=false&from=\(start)", token: acme)
                #expect(answer.headers[.contentType] == "text/event-stream")
                let events = Self.events(answer.text)
                #expect(events.filter { $0.name == "change" }.map(\.id) == mine.filter { $0 >= start })
                #expect(events.last?.name == "head")
                #expect(!answer.text.contains(ServerWorld.beta))
            }
            let answer = try await client.send(.get, "/v1/changes?follow=false", token: all)
            let changes = Self.events(answer.text).filter { $0.name == "change" }
            #expect(changes.map(\.id) == indexes)
            #expect(changes.first?.data["contacts"] == .array([.string("+34600111000")]))
            #expect(changes.first?.data["type"] == .string("consent-withdrawn"))
            let handles = try await world.server.parts.ledger.read { try $0.record(at: indexes[0]).handles }
            #expect(changes.first?.data["handles"] == .array(handles.map { .string($0.description) }))
            // Going on after an id gives what comes after it.
            let rest = try await client.send(
                .get, "/v1/changes?follow=false", token: all,
                headers: [HTTPField.Name("Last-Event-ID")!: "\(indexes[597])"])
            #expect(Self.events(rest.text).filter { $0.name == "change" }.map(\.id) == Array(indexes[598...]))
        }
    }

    /// A stop binds who is linked, and other spellings of the line: whoever holds a yes of theirs is told to forget it.
    @Test func aChangeNamesAllWhomItMayConcern() async throws {
        let world = try ServerWorld(label: "changes-linked")
        let token = try world.token(.capture, .query, .protectionOfficer, businesses: [ServerWorld.acme])
        try await world.run { client async throws in
            func record(_ event: String) async throws {
                let answer = try await client.post("/v1/events", token: token, Requests.events(event))
                #expect(answer.status == 200, "\(answer.text)")
            }
            func link(_ one: String, _ other: String, _ type: String = "contact-linked") async throws {
                try await record(
                    #"{"type":"\#(type)","contact":"\#(one)","other-contact":"\#(other)","id":"\#(one)\#(other)\#(type)"}"#
                )
            }
            func contacts() async throws -> [[String?]] {
                let text = try await client.send(.get, "/v1/changes?follow=false", token: token).text
                return Self.events(text).filter { $0.name == "change" }
                    .map { $0.data["contacts"]?.array?.map(\.string) ?? [] }
            }
            let (phone, user, mail) = ("+34600111222", "whatsapp:ES.7654321", "ana@example.com")
            try await record(Requests.optIn(phone, id: "a"))
            try await record(Requests.optIn(mail, id: "b").replacing("whatsapp", with: "email"))
            try await record(Requests.optOut("+34600111333", id: "c"))
            #expect(try await contacts() == [[phone], [mail], ["+34600111333"]])
            try await link(phone, user)
            try await link(user, mail)
            try await record(Requests.optOut(phone, id: "d"))
            try await record(Requests.optOut("+541123456700", id: "e"))
            let all = try await contacts()
            #expect(
                all[3...].map { Set($0) } == [
                    [phone, user, mail], [phone, user, mail], [phone, user, mail], ["+541123456700", "+5491123456700"],
                ])
            #expect(all[5] == [phone, mail, user], "first whom the record is about, then the others in order")
            #expect(all[2] == ["+34600111333"])
        }
    }

    /// Answers by a ledger whose last record is older than is wanted are none.
    @Test func aScreeningSaysHowOldTheLedgerIsAndRefusesAnOldOne() async throws {
        let world = try ServerWorld(label: "screen-age")
        let token = try world.token(.query, businesses: [ServerWorld.acme])
        let line = #"{"contact":"+34600111222"}"#
        try await world.run { client async throws in
            func screen(_ more: String) async throws -> Answered {
                try await client.send(
                    .post, "/v1/screen?category=marketing&channel=whatsapp" + more, token: token, json: line,
                    headers: Self.ndjson)
            }
            let young = try await screen("&max-age-ms=100000000")
            let age = try Self.lines(young.text).last?["summary"]?["head-age-ms"]?.stringOrNumber.flatMap { UInt64($0) }
            #expect(try #require(age) >= 60_000, "\(young.text)")
            let old = try await screen("&max-age-ms=1000")
            #expect(old.status == 412 && old.code == "stale", "\(old.text)")
            for wrong in ["-1", "x", "1.5", ""] {
                #expect(try await screen("&max-age-ms=\(wrong)").status == 400, "\(wrong)")
            }
        }
    }

    /// Who catches up on much is not told it all if the token ends meanwhile.
    @Test func aTokenThatEndsHearsNoMoreOfWhatWasThereBefore() async throws {
        let world = try ServerWorld(label: "changes-end")
        let capture = try world.token(.capture)
        try await world.run { client async throws in
            let sent = (0..<900).map { Requests.optOut("+3460011\(1000 + $0)", id: "id-\($0)") }
            let recorded = try await client.post(
                "/v1/events", token: capture, #"{"events":[\#(sent.joined(separator: ","))]}"#)
            #expect(recorded.status == 200)
            var kinds: Set<String> = []
            // Each look at the clock is a millisecond, so that the token ends before, within or after the stream.
            for length in UInt64(1)...40 {
                let now = world.clock.now()
                let token = try world.tokens.create(
                    label: "short", roles: [.query], businesses: nil, at: now,
                    expiresAt: now.adding(milliseconds: Admission.longestKnown + length)
                ).text
                world.clock.pass(Admission.longestKnown)
                do {
                    let answer = try await client.send(.get, "/v1/changes?follow=false", token: token)
                    let count = Self.events(answer.text).count { $0.name == "change" }
                    kinds.insert(answer.status == 401 ? "refused" : count == 900 ? "whole" : "cut")
                } catch { kinds.insert("cut") }
            }
            #expect(kinds == ["refused", "cut", "whole"])
        }
    }

    @Test func aTokenHasOnlySoManyStreams() throws {
        let places = FollowerPlaces()
        var held = try (0..<FollowerPlaces.mostOfOne).map { _ in try places.take("a") }
        #expect(throws: ServerError(.overloaded, "")) { try places.take("a") }
        _ = try places.take("b")
        held.removeLast()
        held.append(try places.take("a"))
        #expect(throws: ServerError(.overloaded, "")) { try places.take("a") }
    }

    @Test func whatATestLedgerAnswersSaysSo() async throws {
        for isTest in [true, false] {
            let world = try ServerWorld(label: "test-\(isTest)", isTest: isTest)
            let token = try world.token(.query, businesses: [ServerWorld.acme])
            let name = try #require(HTTPField.Name("Consent-Ledger-Test"))
            try await world.run { client async throws in
                let line = #"{"contact":"+34600111222","category":"marketing","channel":"whatsapp"}"#
                let screened = try await client.send(
                    .post, "/v1/screen", token: token, json: line + "\n" + line, headers: Self.ndjson)
                let lines = try Self.lines(screened.text)
                #expect(lines.count == 3 && lines.allSatisfy { ($0["test"] == .bool(true)) == isTest }, "\(lines)")
                for answer in [
                    screened, try await client.send(.get, "/healthz"), try await client.send(.get, "/nothing"),
                    try await client.send(.get, "/v1/changes?follow=false", token: token),
                ] {
                    #expect(answer.headers[name] == (isTest ? "true" : nil))
                }
            }
        }
    }

    @Test func wakingIsNeverMissed() async throws {
        let signal = GrowthSignal()
        for _ in 0..<200 {
            let before = signal.generation
            async let waited: Void = signal.wait(after: before, atMost: .seconds(60))
            signal.announce()
            await waited
        }
        let task = Task { await signal.wait(after: signal.generation, atMost: .seconds(60)) }
        task.cancel()
        await task.value
        let last = Task { await signal.wait(after: signal.generation, atMost: .seconds(60)) }
        signal.end()
        await last.value
        #expect(signal.isEnded)
    }
}
