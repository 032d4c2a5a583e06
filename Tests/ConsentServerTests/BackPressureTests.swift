import ConsentModel
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Synchronization
import Testing

@testable import ConsentServer

/// Who does not take what is answered is not read from, has nothing made for them meanwhile, and holds up nobody.
@Suite(.timeLimit(.minutes(20))) struct BackPressureTests {
    private static let line = #"{"contact":"+34600111222","category":"marketing","channel":"whatsapp"}"#

    /// Pieces of an answer, of which each waits until it is taken.
    private actor Pieces {
        private(set) var texts: [String] = []
        private var isOpen = false
        private var isEnded = false
        private var writers: [CheckedContinuation<Void, Never>] = []
        private var observer: (count: Int, continuation: CheckedContinuation<Void, Never>)?

        func offer(_ text: String) async {
            texts.append(text)
            if let observer, texts.count >= observer.count {
                self.observer = nil
                observer.continuation.resume()
            }
            guard !isOpen else { return }
            await withCheckedContinuation { writers.append($0) }
        }

        /// Returns when so many were offered, or nothing more comes.
        func offered(_ count: Int) async {
            guard texts.count < count, !isEnded else { return }
            await withCheckedContinuation { observer = (count, $0) }
        }

        /// Nothing more comes.
        func end() {
            isEnded = true
            observer?.continuation.resume()
            observer = nil
        }

        /// Takes what was offered, from now on all if `all`.
        func take(all: Bool = false) {
            isOpen = all
            for writer in writers { writer.resume() }
            writers = []
        }
    }

    private struct HeldWriter: ResponseBodyWriter {
        let pieces: Pieces

        func write(_ buffer: ByteBuffer) async throws { await pieces.offer(String(buffer: buffer)) }
        func finish(_ trailingHeaders: HTTPFields?) async throws { await pieces.end() }
    }

    /// A body that counts what was read of it.
    private struct CountedBody: AsyncSequence, Sendable {
        final class Count: Sendable {
            private let value = Mutex(0)
            var now: Int { value.withLock(\.self) }
            func add() { value.withLock { $0 += 1 } }
        }

        struct AsyncIterator: AsyncIteratorProtocol {
            var left: Int
            let buffer: ByteBuffer
            let read: Count

            mutating func next() async -> ByteBuffer? {
                guard left > 0 else { return nil }
                left -= 1
                read.add()
                return buffer
            }
        }

        let count: Int
        let buffer: ByteBuffer
        let read = Count()

        func makeAsyncIterator() -> AsyncIterator { AsyncIterator(left: count, buffer: buffer, read: read) }
    }

    private static func request(
        _ method: HTTPRequest.Method, _ path: String, _ token: String, _ body: RequestBody
    ) -> Request {
        Request(
            head: HTTPRequest(
                method: method, scheme: "http", authority: "x", path: path,
                headerFields: [.authorization: "Bearer \(token)", .contentType: ScreenRoute.mediaType]),
            body: body)
    }

    @Test func screeningReadsNoMoreThanIsTaken() async throws {
        let world = try ServerWorld(label: "screen-pressure")
        let token = try world.token(.query, businesses: [ServerWorld.acme])
        let body = CountedBody(count: 50, buffer: ByteBuffer(string: String(repeating: Self.line + "\n", count: 100)))
        try await world.run { client async throws in
            let response = try await world.response(
                to: Self.request(.post, "/v1/screen", token, RequestBody(asyncSequence: body)))
            #expect(response.status == .ok)
            let pieces = Pieces()
            let answering = Task { try await response.body.write(HeldWriter(pieces: pieces)) }
            for taken in 1...3 {
                await pieces.offered(taken)
                #expect(body.read.now == taken)
                // Others are served meanwhile.
                let asked = try await client.post("/v1/decisions", token: token, Requests.question("+34600111222"))
                #expect(asked.status == 200, "\(asked.text)")
                #expect(body.read.now == taken)
                #expect(await pieces.texts.count == taken)
                await pieces.take()
            }
            await pieces.take(all: true)
            try await answering.value
            let answers = await pieces.texts.joined().split(separator: "\n")
            #expect(answers.count == 5001 && answers.last?.contains(#""lines": 5000"#) == true)
        }
    }

    @Test func changesAreReadFromTheLedgerAsTheyAreTaken() async throws {
        let world = try ServerWorld(label: "changes-pressure")
        let capture = try world.token(.capture)
        let token = try world.token(.query)
        try await world.run { client async throws in
            let sent = (0..<900).map { Requests.optOut("+3460011\(1000 + $0)", id: "id-\($0)") }
            let recorded = try await client.post(
                "/v1/events", token: capture, #"{"events":[\#(sent.joined(separator: ","))]}"#)
            #expect(recorded.status == 200)
            let response = try await world.response(
                to: Self.request(.get, "/v1/changes?follow=false", token, RequestBody(buffer: ByteBuffer())))
            let pieces = Pieces()
            let answering = Task { try await response.body.write(HeldWriter(pieces: pieces)) }
            for taken in 1...3 {
                await pieces.offered(taken)
                let asked = try await client.post("/v1/decisions", token: token, Requests.question("+34600111222"))
                #expect(asked.status == 200, "\(asked.text)")
                let texts = await pieces.texts
                #expect(texts.count == taken)
                #expect(texts.allSatisfy { $0.matches(of: /event: change\n/).count <= 256 })
                await pieces.take()
            }
            await pieces.take(all: true)
            try await answering.value
            #expect(await pieces.texts.joined().matches(of: /event: change\n/).count == 900)
        }
    }

    /// Over a socket: what the system keeps for both sides is all that goes, until the caller is cut off.
    @Test func aCallerThatReadsNothingIsNotReadFromForEver() async throws {
        let world = try ServerWorld(label: "unread") { $0.limits.requestSeconds = 1 }
        let token = try world.token(.query, businesses: [ServerWorld.acme])
        let most = 64 << 20
        try await world.serve { client, port in
            let connection = try LoopbackConnection(port: port, receiveBuffer: 4096)
            let lines = String(repeating: Self.line + "\n", count: 1000)
            let chunk = "\(String(lines.utf8.count, radix: 16))\r\n\(lines)\r\n"
            async let sent = onThread {
                connection.send(
                    "POST /v1/screen HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(token)\r\n"
                        + "Content-Type: \(ScreenRoute.mediaType)\r\nTransfer-Encoding: chunked\r\n\r\n")
                var sent = 0
                while sent < most {
                    let count = connection.send(chunk)
                    sent += count
                    guard count == chunk.utf8.count else { break }
                }
                return sent
            }
            for _ in 0..<50 {
                let asked = try await client.post("/v1/decisions", token: token, Requests.question("+34600111222"))
                #expect(asked.status == 200, "\(asked.text)")
            }
            #expect(try await sent < most)
        }
    }
}
