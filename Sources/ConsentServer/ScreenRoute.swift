internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// `POST /v1/screen`: an answer for every line, of any number of lines, while they come. What is read waits until what is
/// answered has been taken.
enum ScreenRoute {
    static let mediaType = "application/x-ndjson"
    /// The longest line, in bytes.
    static let mostLineBytes = 65_536
    /// So many lines are answered together, by one state of the ledger.
    private static let batch = 1024

    static let route = Route(
        method: .post, path: "/v1/screen", operation: "screen", roles: [.query, .support]
    ) { exchange in
        let query = try exchange.query("business", "category", "channel", "template", "sender", "basis", "max-age-ms")
        let mostAge = try query["max-age-ms"].map { text in
            guard let number = UInt64(text) else {
                throw ServerError(.malformedRequest, "“max-age-ms” is a number of milliseconds")
            }
            return number
        }
        try exchange.refuseOtherMediaType(mediaType)
        let access = try exchange.access
        let name = query["business"]
        let usual = query.filter { $0.key != "business" && $0.key != "max-age-ms" }
        let now = exchange.server.clock.now()
        let (business, age) = try await exchange.server.ledger.read { snapshot in
            let business = try access.business(name, in: snapshot.catalog).id
            try snapshot.refuseOlder(than: mostAge, now: now)
            // What is wrong with what all lines share is told before the first answer.
            if let channel = usual["channel"], usual["category"] != nil || usual["template"] != nil {
                try snapshot.check(
                    Question(
                        business: business, channel: channel, category: usual["category"] ?? "",
                        template: usual["template"], sender: usual["sender"], at: snapshot.lastRecordedAt,
                        assertedBasis: usual["basis"]))
            }
            return (business, snapshot.age(at: now))
        }
        let screening = LineScreening(
            exchange: exchange, business: business, usual: usual, mostAge: mostAge, firstAge: age)
        let body = exchange.request.body
        return Response(
            status: .ok, headers: [.contentType: mediaType, .cacheControl: "no-store"],
            body: ResponseBody { writer in
                try await screening.write(to: &writer, reading: body)
                try await writer.finish(nil)
            })
    }

    /// One request's lines.
    private struct LineScreening: Sendable {
        let exchange: Exchange
        let business: String
        let usual: [String: String]
        /// How old the last record may be at most, and how old it is before the first line, in milliseconds.
        let mostAge: UInt64?
        let firstAge: UInt64

        private struct Counts {
            var lines: UInt64 = 0
            var outcomes: [String: UInt64] = [:]
            var headAge: UInt64
        }

        func write(to writer: inout any ResponseBodyWriter, reading body: RequestBody) async throws {
            var counts = Counts(headAge: firstAge)
            do {
                var rest: [UInt8] = []
                var pieces = body.makeAsyncIterator()
                while let buffer = try await Self.next(&pieces) {
                    // Of what came before there is no end of a line.
                    var lines = Array(buffer.readableBytesView).split(
                        separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
                    rest += lines.removeFirst()
                    if let last = lines.popLast() {
                        try await answer([rest[...]] + lines, &counts, &writer)
                        rest = Array(last)
                    }
                    guard rest.count <= ScreenRoute.mostLineBytes else { throw Self.tooLong }
                }
                if !rest.isEmpty { try await answer([rest[...]], &counts, &writer) }
            } catch {
                // What was begun is not whole, and says so: the summary is not there.
                exchange.logBrokenOff(error)
                let failure: JSON = [
                    "outcome": .string("error"), "problem": Problem(error).json(requestID: exchange.id),
                ]
                try await writer.write(ByteBuffer(string: failure.text + "\n"))
                return
            }
            let outcomes = ["allow", "deny", "defer", "error"].map { ($0, JSON.number(counts.outcomes[$0] ?? 0)) }
            let summary: JSON =
                [
                    "summary": ["lines": .number(counts.lines), "head-age-ms": .number(counts.headAge)]
                        + .object(outcomes)
                ]
                + test
            try await writer.write(ByteBuffer(string: summary.text + "\n"))
        }

        private static func next(_ pieces: inout RequestBody.AsyncIterator) async throws -> ByteBuffer? {
            do { return try await pieces.next() } catch { throw Exchange.endedEarly }
        }

        /// What each line of a TEST ledger says.
        private var test: JSON { exchange.server.ledger.isTest ? ["test": .bool(true)] : [:] }

        private static var tooLong: ServerError {
            ServerError(.bodyTooLarge, "a line has more than \(ScreenRoute.mostLineBytes) bytes")
        }

        private func answer(
            _ lines: [ArraySlice<UInt8>], _ counts: inout Counts, _ writer: inout any ResponseBodyWriter
        ) async throws {
            for start in stride(from: 0, to: lines.count, by: ScreenRoute.batch) {
                let batch = lines[start..<min(lines.count, start + ScreenRoute.batch)].map { Array($0) }
                guard batch.allSatisfy({ $0.count <= ScreenRoute.mostLineBytes }) else { throw Self.tooLong }
                // Of a stream that goes on for hours, the token must still count.
                _ = try await exchange.server.admission.token(
                    authorization: exchange.request.headers[.authorization])
                let answered = try await answers(to: batch, after: counts.lines)
                counts.lines += UInt64(batch.count)
                counts.headAge = answered.headAge
                for decided in answered.decided { counts.outcomes[decided.outcome, default: 0] += 1 }
                exchange.server.metrics.count(decisions: answered.decided)
                try await writer.write(ByteBuffer(string: answered.text))
            }
        }

        /// An answer a line, empty lines too: they are errors, so that answers and lines go together.
        private func answers(
            to lines: [[UInt8]], after first: UInt64
        ) async throws -> (text: String, decided: [ServerMetrics.Decided], headAge: UInt64) {
            let now = exchange.server.clock.now()
            return try await exchange.server.ledger.read { [business, usual, test, mostAge] snapshot in
                try snapshot.refuseOlder(than: mostAge, now: now)
                let moment = max(now, snapshot.lastRecordedAt)
                let asked = lines.map { line in
                    Result {
                        let question = try AskedQuestion(JSONValue(parsing: line), place: "the line", usual: usual)
                        return Inquiry(
                            question.question(of: business, at: moment, knownAt: .everything), contact: question.contact
                        )
                    }
                }
                var answers = try snapshot.decide(asked.compactMap { try? $0.get() })[...]
                var text = ""
                var decided: [ServerMetrics.Decided] = []
                for (position, inquiry) in asked.enumerated() {
                    let answer = inquiry.flatMap { _ in
                        answers.popFirst() ?? .failure(LedgerError(.damaged, "a question was not answered"))
                    }
                    decided.append(ServerMetrics.Decided(answer))
                    let line: JSON = ["line": .number(first + UInt64(position) + 1)] + test
                    switch answer {
                    case .success(let answer): text += (line + answer.json + ["size": .number(snapshot.size)]).text
                    case .failure(let error):
                        text += (line + ["outcome": .string("error"), "problem": Problem(error).json()]).text
                    }
                    text += "\n"
                }
                return (text, decided, snapshot.age(at: now))
            }
        }
    }
}
