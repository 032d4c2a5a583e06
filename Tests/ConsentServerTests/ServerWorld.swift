import ConsentAudit
import ConsentModel
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import LedgerCrypto
import Logging
import NIOCore
import NIOEmbedded
import Synchronization
import Testing

@testable import ConsentLedger
@testable import ConsentServer

/// A clock that a test sets.
final class ServerClock: LedgerClock {
    private let state = Mutex<(time: UInt64, elapsed: UInt64)>((1_780_000_000_000, 1_000_000))

    func now() -> Timestamp {
        state.withLock { state in
            state.time += 1
            return Timestamp(milliseconds: state.time)!
        }
    }

    func elapsedMilliseconds() -> UInt64 { state.withLock { $0.elapsed } }

    /// Somebody sets the clock; no time passes.
    func set(by milliseconds: UInt64) { state.withLock { $0.time += milliseconds } }

    /// Somebody sets the clock back; no time passes.
    func setBack(by milliseconds: UInt64) { state.withLock { $0.time -= milliseconds } }

    /// Time passes.
    func pass(_ milliseconds: UInt64) {
        state.withLock { state in
            state.time += milliseconds
            state.elapsed += milliseconds
        }
    }
}

/// What was logged.
final class LoggedLines: Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock { $0 } }

    func add(_ line: String) { lines.withLock { $0.append(line) } }
}

/// A server of a ledger of two businesses, acme-viajes and beta-seguros, with a notice each; in process, without a socket.
final class ServerWorld: Sendable {
    static let acme = "acme-viajes"
    static let beta = "beta-seguros"
    static let noticeText =
        "Acepto recibir ofertas y avisos de Acme Viajes y Beta Seguros por WhatsApp y SMS. Responde BAJA para salir."

    let directory: String
    let clock = ServerClock()
    let log = LoggedLines()
    let server: ConsentServer
    let tokens: TokenFile

    init(
        label: String = "server", isTest: Bool = false, configure: (inout Configuration) -> Void = { _ in }
    ) throws {
        directory = NSTemporaryDirectory() + "consentd-" + UUID().uuidString
        let location = try LedgerLocation(creatingDirectory: directory)
        let writer = try LedgerCreation(origin: "log.example.com/\(label)", isTest: isTest).create(
            at: location, business: (id: Self.acme, name: "Acme Viajes", country: "ES"), clock: clock,
            random: SeededRandomSource(label: label))
        try writer.append(LedgerCreation.registering((id: Self.beta, name: "Beta Seguros", country: "ES")))
        let text = Array(Self.noticeText.utf8)
        for business in [Self.acme, Self.beta] {
            var notice = EventDraft(.noticePublished, business: business)
            notice.fields = [
                .noticeName: .text("web"), .language: .text("es"),
                .textDigest: .bytes(SHA256Digest(hashing: text).bytes), .channels: .list(["sms", "whatsapp"]),
                .categories: .list(["marketing", "utility"]),
            ]
            notice.objects = [text]
            try writer.append(notice)
        }
        try writer.close()
        // What persons did, they did after they had seen the notice and before they are asked about.
        clock.pass(60_000)
        var configuration = try Configuration(parsing: "ledger: \(directory)")
        configuration.limits.requestsPerSecond = 1000
        configuration.limits.burst = 100_000
        configure(&configuration)
        let logger = Logger(label: "test") { [log] label in
            JSONLogHandler(label: label, level: .info, write: log.add)
        }
        server = try ConsentServer(
            configuration, logger: logger, clock: clock, random: SeededRandomSource(label: label + "-server"))
        tokens = TokenFile(storage: server.parts.ledger.storage, random: SeededRandomSource(label: label + "-tokens"))
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    /// A token's text.
    func token(_ roles: Role..., businesses: Set<String>? = nil) throws -> String {
        try token(roles: Set(roles), businesses: businesses)
    }

    func token(roles: Set<Role>, businesses: Set<String>?) throws -> String {
        let now = clock.now()
        let text = try tokens.create(
            label: "a test's", roles: roles, businesses: businesses, at: now,
            expiresAt: now.adding(milliseconds: 3_600_000)
        ).text
        // What was known of the tokens is old by now.
        clock.pass(Admission.longestKnown)
        return text
    }

    /// Runs `body` with a client of the server, then gives the ledger back and verifies it.
    func run(_ body: @Sendable (any TestClientProtocol) async throws -> Void) async throws {
        try await server.application().test(.router, body)
        try await close()
    }

    /// The same, while the server listens at a port besides.
    func serve(_ body: @Sendable (any TestClientProtocol, UInt16) async throws -> Void) async throws {
        try await server.application().test(.live) { live in
            let port = UInt16(try #require(live.port))
            try await server.application().test(.router) { client in try await body(client, port) }
        }
        try await close()
    }

    private func close() async throws {
        try await server.parts.close()
        let report = try await Verifier(reader: DirectoryLogReader(root: directory + "/log")).verify(level: .replay)
        #expect(report.findings.isEmpty, "\(report.findings)")
    }

    /// The answer of the server's own responder, whose body was not written yet.
    func response(to request: Request) async throws -> Response {
        var logger = Logger(label: "test")
        logger[metadataKey: "hb.request.id"] = "a-test"
        let context = ServerContext(
            source: ApplicationRequestContextSource(channel: NIOAsyncTestingChannel(), logger: logger))
        return try await ServerResponder(table: ConsentServer.routes, parts: server.parts).respond(
            to: request, context: context)
    }
}

/// An answer, read.
struct Answered: Sendable {
    let status: Int
    let headers: HTTPFields
    let text: String

    var json: JSONValue { (try? JSONValue(parsing: Array(text.utf8))) ?? .null }

    /// The code of a problem; `nil` for another answer.
    var code: String? {
        headers[.contentType] == "application/problem+json" ? json["code"]?.string : nil
    }
}

extension TestClientProtocol {
    /// Sends a request and reads the answer.
    func send(
        _ method: HTTPRequest.Method, _ uri: String, token: String? = nil, json: String? = nil,
        headers: HTTPFields = [:]
    ) async throws -> Answered {
        var headers = headers
        if let token { headers[.authorization] = "Bearer \(token)" }
        if json != nil, headers[.contentType] == nil { headers[.contentType] = "application/json" }
        return try await execute(
            uri: uri, method: method, headers: headers, body: json.map { ByteBuffer(string: $0) }
        ) { response in
            Answered(
                status: response.status.code, headers: response.headers, text: String(buffer: response.body))
        }
    }

    func post(_ uri: String, token: String?, _ json: String) async throws -> Answered {
        try await send(.post, uri, token: token, json: json)
    }
}

/// Requests that many tests send.
enum Requests {
    /// An opt-in of a person for marketing by WhatsApp.
    static func optIn(_ contact: String, id: String, business: String = ServerWorld.acme) -> String {
        """
        {"type":"consent-given","business":"\(business)","contact":"\(contact)","id":"\(id)","source":"cli",\
        "channels":["whatsapp"],"categories":["marketing"],"notice":"web","notice-language":"es",\
        "method":"web-form","occurred-at":"2026-05-28T20:26:50Z"}
        """
    }

    /// An opt-out of everything by WhatsApp.
    static func optOut(_ contact: String, id: String, business: String = ServerWorld.acme) -> String {
        """
        {"type":"consent-withdrawn","business":"\(business)","contact":"\(contact)","id":"\(id)","source":"cli",\
        "channels":["whatsapp"],"method":"keyword"}
        """
    }

    static func events(_ events: String...) -> String { #"{"events":[\#(events.joined(separator: ","))]}"# }

    static func question(_ contact: String, business: String = ServerWorld.acme, more: String = "") -> String {
        """
        {"business":"\(business)",\(more)"questions":[{"contact":"\(contact)","category":"marketing","channel":"whatsapp"}]}
        """
    }
}
