import ConsentAudit
import ConsentModel
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import LedgerCrypto
import NIOCore
import Testing
import TransparencyLog

@testable import ConsentLedger
@testable import ConsentServer

/// What legal has of a person: receipts, and bundles of evidence.
@Suite struct EvidenceRouteTests {
    private static let contact = "+34600111222"
    private static let path = "/v1/contacts/evidence"

    private static func body(_ more: String = "", contact: String = contact) -> String {
        #"{"business":"acme-viajes","contact":"\#(contact)"\#(more)}"#
    }

    /// A person with an opt-in, its private facts, and an opt-out.
    private static func tellStory(_ client: any TestClientProtocol, _ token: String) async throws {
        let optIn =
            Requests.optIn(contact, id: "a").dropLast() + #","private":{"ip":"192.0.2.7","note":"at the fair"}}"#
        let sent = try await client.post(
            "/v1/events", token: token, Requests.events(String(optIn), Requests.optOut(contact, id: "b")))
        try #require(sent.status == 200, "\(sent.text)")
    }

    private static func bundle(
        _ client: any TestClientProtocol, _ token: String, _ body: String
    ) async throws -> (status: Int, bytes: [UInt8], headers: HTTPFields) {
        try await client.execute(
            uri: path, method: .post,
            headers: [.authorization: "Bearer \(token)", .contentType: "application/json"],
            body: ByteBuffer(string: body)
        ) { ($0.status.code, Array(buffer: $0.body), $0.headers) }
    }

    @Test func aBundleVerifiesAndShowsWhatWasAskedFor() async throws {
        let world = try ServerWorld(label: "bundle")
        let token = try world.token(.capture, businesses: [ServerWorld.acme])
        let legal = try world.token(.legal, businesses: [ServerWorld.acme])
        try await world.run { client async throws in
            try await Self.tellStory(client, token)
            let sent =
                #"{"at":"2026-05-28T20:26:55Z","channel":"whatsapp","category":"marketing","reference":"case 7"}"#
            let (status, bytes, headers) = try await Self.bundle(
                client, legal,
                Self.body(#","fields":["ip"],"sends":[\#(sent)],"language":"es","at":"2026-05-28T20:26:56Z""#))
            try #require(status == 200, "\(String(decoding: bytes, as: UTF8.self))")
            #expect(headers[.contentType] == "application/zip")
            #expect(headers[.contentLength] == "\(bytes.count)")
            let report = try EvidenceVerifier(pins: Pins()).verify(MemorySource(bytes))
            #expect(report.findings.isEmpty, "\(report.findings)")
            let asked = try #require(report.request)
            #expect(asked.language == "es" && asked.fields == ["ip"] && asked.contact == Self.contact)
            #expect(asked.at.description == "2026-05-28T20:26:56Z")
            #expect(asked.sends.map(\.reference) == ["case 7"])
            let text = String(decoding: bytes, as: UTF8.self)
            #expect(text.contains("192.0.2.7") && !text.contains("at the fair"))
            // All that was acknowledged is in it, and nothing is left of it on the disk.
            let size = try await world.server.parts.ledger.read { $0.size }
            #expect(report.checkpoint?.size == size)
            let left = try FileManager.default.contentsOfDirectory(atPath: world.directory + "/private")
            #expect(left.allSatisfy { !$0.hasPrefix(".unnamed") }, "\(left)")
            // As often as one likes, one after the other.
            for _ in 0...BundlePlaces.most { #expect(try await Self.bundle(client, legal, Self.body()).status == 200) }
        }
    }

    @Test func whatIsAskedWronglyIsToldSo() async throws {
        let world = try ServerWorld(label: "bundle-wrong")
        let token = try world.token(.capture, businesses: [ServerWorld.acme, ServerWorld.beta])
        let legal = try world.token(.legal, businesses: [ServerWorld.acme])
        try await world.run { client async throws in
            try await Self.tellStory(client, token)
            let other = Requests.optIn("+34600111777", id: "o", business: ServerWorld.beta)
            #expect(try await client.post("/v1/events", token: token, Requests.events(other)).status == 200)
            let send = #","sends":[{"at":"2026-05-28T20:26:55Z","channel":"whatsapp","category":"marketing"}]"#
            for (body, status) in [
                (Self.body(contact: "+34600111999"), 422), (Self.body(#","language":"fr""#), 400),
                (Self.body(#","fields":["IP address"]"#), 422), (Self.body(#","fields":"ip""#), 400),
                (Self.body(#","sends":[]"#), 400), (Self.body(#","x":1"#), 400), (#"{"business":"acme-viajes"}"#, 400),
                (Self.body(#","handle":"00000000000000000000000000000000""#), 400),
                (Self.body(send.replacing("whatsapp", with: "telepathy")), 422),
                (Self.body(send.replacing(#","category":"marketing""#, with: "")), 422),
                (Self.body(send.replacing("T20:26:55Z", with: "")), 422), (Self.body(send), 200),
            ] {
                #expect(try await Self.bundle(client, legal, body).status == status, "\(body)")
            }
            // Of another business's contact it is told what is told of one that nobody has.
            let handle = try #require(
                try await world.server.parts.ledger.read {
                    try $0.handle(of: ContactAddress(parsing: "+34600111777"), business: ServerWorld.beta)
                })
            var told: [String] = []
            for name in ["\(handle)", String(repeating: "0", count: 32)] {
                let answer = try await client.post(
                    Self.path, token: legal, #"{"business":"acme-viajes","handle":"\#(name)"}"#)
                #expect(answer.status == 422 && answer.code == "no-such-chain")
                told.append(answer.json["detail"]?.string?.replacing(name, with: "") ?? "")
            }
            #expect(told[0] == told[1])
        }
    }

    /// Who was erased has no address any more: what the log has is shown by the handle.
    @Test func whoWasErasedIsShownByTheHandle() async throws {
        let world = try ServerWorld(label: "bundle-erased")
        let token = try world.token(.capture, .protectionOfficer, businesses: [ServerWorld.acme])
        let legal = try world.token(.legal, businesses: [ServerWorld.acme])
        try await world.run { client async throws in
            try await Self.tellStory(client, token)
            let erased = try await client.post("/v1/contacts/erase", token: token, Self.body(#","now":true"#))
            let handle = try #require(erased.json["handles"]?.array?.first?.string, "\(erased.text)")
            #expect(try await Self.bundle(client, legal, Self.body()).status == 422)
            let (status, bytes, _) = try await Self.bundle(
                client, legal, #"{"business":"acme-viajes","handle":"\#(handle)"}"#)
            #expect(status == 200)
            #expect(try EvidenceVerifier(pins: Pins()).verify(MemorySource(bytes)).findings.isEmpty)
            #expect(!String(decoding: bytes, as: UTF8.self).contains(Self.contact))
        }
    }

    @Test func whoAskedToBeErasedIsShutUnlessItIsSaidWhy() async throws {
        let world = try ServerWorld(label: "bundle-shut")
        let token = try world.token(.capture, businesses: [ServerWorld.acme])
        let legal = try world.token(.legal, businesses: [ServerWorld.acme])
        try await world.run { client async throws in
            try await Self.tellStory(client, token)
            let request = """
                {"type":"consent-withdrawn","business":"acme-viajes","contact":"\(Self.contact)","id":"e",\
                "do-not-contact":true,"reason":"\(ErasureRequest.reason)"}
                """
            #expect(try await client.post("/v1/events", token: token, Requests.events(request)).status == 200)
            for path in [Self.path, "/v1/contacts/receipt"] {
                let shut = try await client.post(path, token: legal, Self.body())
                #expect(shut.status == 403 && shut.code == "shut", "\(shut.text)")
                let size = try await world.server.parts.ledger.read { $0.size }
                #expect(try await Self.admitted(client, path, legal) == 200)
                #expect(try await world.server.parts.ledger.read { $0.size } == size + 1)
            }
        }
    }

    private static func admitted(_ client: any TestClientProtocol, _ path: String, _ token: String) async throws -> Int
    {
        try await client.execute(
            uri: path, method: .post,
            headers: [.authorization: "Bearer \(token)", .contentType: "application/json"],
            body: ByteBuffer(string: body(#","legal-access":"case 7""#))
        ) { $0.status.code }
    }

    @Test func bundlesAreBoundedInSizeAndInNumber() async throws {
        let world = try ServerWorld(label: "bundle-bounds") { $0.limits.evidenceBytes = 65_536 }
        let token = try world.token(.capture, businesses: [ServerWorld.acme])
        let legal = try world.token(.legal, businesses: [ServerWorld.acme])
        try await world.run { client async throws in
            try await Self.tellStory(client, token)
            let large = try await client.post(Self.path, token: legal, Self.body())
            #expect(large.status == 422 && large.code == "too-large", "\(large.text)")
            let places = world.server.parts.bundlePlaces
            let making = try places.take()
            let second = try await client.post(Self.path, token: legal, Self.body())
            #expect(second.status == 503 && second.code == "overloaded", "\(second.text)")
            #expect(second.headers[.retryAfter] != nil)
            making.endMaking()
            // On their way they are several, and no more than that.
            var others = [making]
            for _ in 1..<BundlePlaces.most {
                let place = try places.take()
                place.endMaking()
                others.append(place)
            }
            #expect(throws: ServerError(.overloaded, "")) { try places.take() }
            others.removeLast().leave()
            _ = try places.take()
        }
    }

    @Test func aReceiptIsAPageOrADocument() async throws {
        let world = try ServerWorld(label: "receipt")
        let token = try world.token(.capture, businesses: [ServerWorld.acme])
        let legal = try world.token(.legal, businesses: [ServerWorld.acme])
        let path = "/v1/contacts/receipt"
        try await world.run { client async throws in
            try await Self.tellStory(client, token)
            let receipt = try await client.post(
                path, token: legal,
                Self.body(#","controller":{"email":"legal@acme.example","storage-locations":["ES"]}"#))
            #expect(receipt.status == 200, "\(receipt.text)")
            #expect(receipt.headers[.contentType] == "application/ld+json")
            #expect(receipt.json["@type"]?.string == "dpv:ConsentReceipt")
            #expect(receipt.text.contains("legal@acme.example") && receipt.text.contains("dpv:ConsentWithdrawn"))
            let page = try await client.post(path, token: legal, Self.body(#","format":"html","language":"es""#))
            #expect(page.headers[.contentType] == "text/html; charset=utf-8")
            #expect(page.headers[.contentSecurityPolicy]?.contains("sandbox") == true)
            #expect(page.text.contains(#"lang="es""#) && page.text.contains("recibo"))
            for (body, status) in [
                (Self.body(#","format":"pdf""#), 400), (Self.body(#","language":"fr""#), 400),
                (Self.body(#","controller":{"fax":"1"}"#), 422), (Self.body(#","controller":[]"#), 422),
                (Self.body(contact: "+34600111999"), 422), (Self.body(contact: "x"), 422),
            ] {
                let answer = try await client.post(path, token: legal, body)
                #expect(answer.status == status, "\(body): \(answer.text)")
            }
            let access = try FileManager.default.contentsOfDirectory(atPath: world.directory + "/private/access")
            #expect(access.count == 8)
        }
    }
}
