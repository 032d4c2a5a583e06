internal import ConsentAudit
internal import ConsentLedger
internal import ConsentModel
internal import ConsentPersons
internal import ConsentRules
internal import HTTPTypes
internal import Hummingbird
internal import LedgerCrypto
internal import NIOCore

/// `POST /v1/contacts/evidence`: a bundle of evidence about a person, which stands alone.
enum EvidenceRoute {
    /// So many bytes are read and sent at once.
    private static let pieceByteCount: UInt64 = 1 << 18

    static let route = Route(
        method: .post, path: "/v1/contacts/evidence", operation: "evidence", roles: [.legal]
    ) { exchange in
        var members = try await exchange.members()
        let business = try members.text("business")
        let why = try members.text("legal-access")
        var inquiry = EvidenceInquiry(try person(&members))
        inquiry.language = try members.pageLanguage()
        inquiry.at = try members.time("at")?.start
        inquiry.fields = try members.texts("fields")
        inquiry.hasAttachments = try !members.flag("without-attachments")
        if let sends = try members.optionalArray("sends", most: EvidenceRequest.mostSends) {
            inquiry.sends = try sends.enumerated().map { try send($1, number: $0) }
        }
        try members.finish()
        try await LegalAdmission.admit(inquiry.person, business, why: why, exchange)
        return try await answer(inquiry, business, exchange)
    }

    private static func person(_ members: inout RequestMembers) throws -> EvidenceInquiry.Person {
        let contact = try members.text("contact")
        let handle = try members.text("handle")
        switch (contact, handle) {
        case (let contact?, nil): return .address(try ContactAddress(parsing: contact))
        case (nil, let text?):
            guard let handle = Hexadecimal.decode(text).flatMap({ ContactHandle($0) }) else {
                throw ServerError(.malformedRequest, "“handle” of the body is not 32 hexadecimal digits")
            }
            return .handle(handle)
        default:
            throw ServerError(.malformedRequest, "name the person by “contact”, or by “handle” where it was erased")
        }
    }

    private static func send(_ value: JSONValue, number: Int) throws -> EvidenceRequest.Send {
        var members = try RequestMembers(value, place: "send \(number)")
        let send = try EvidenceRequest.Send(
            at: members.needed("at"), channel: members.needed("channel"), category: members.text("category"),
            template: members.text("template"), sender: members.text("sender"), reference: members.text("reference"))
        try members.finish()
        return send
    }

    /// The bundle, for whoever is admitted: made in a file without a name and verified before its first byte is sent, one at
    /// a time. Throws `overloaded` where another one is being made, or too many are on their way.
    static func answer(_ inquiry: EvidenceInquiry, _ name: String?, _ exchange: Exchange) async throws -> Response {
        let access = try exchange.access
        let ledger = exchange.server.ledger
        let place = try exchange.server.bundlePlaces.take()
        defer { place.endMaking() }
        // So that what was acknowledged last is in it. Where the writer cannot, what was published is evidence all the same.
        try? await ledger.publish()
        let now = exchange.server.clock.now()
        let most = min(UInt64(exchange.server.configuration.limits.evidenceBytes), try ledger.sparedBytes())
        let file = try await ledger.read { [log = ledger.log, directory = ledger.directory] snapshot in
            let business = try access.business(name, in: snapshot.catalog)
            let bundle = try inquiry.bundle(of: business, in: snapshot, log: log, now: now)
            let file = try UnnamedFile.make(in: directory + "/private", most: most) { write in
                try bundle.write(to: write)
            }
            _ = try EvidenceInquiry.verified(file)
            return file
        }
        return Response(
            status: .ok,
            headers: [
                .contentType: "application/zip", .cacheControl: "no-store",
                .contentDisposition: #"attachment; filename="evidence.zip""#,
            ],
            body: ResponseBody(contentLength: Int(file.byteCount)) { writer in
                // Kept until the last byte is sent, or the connection is gone.
                defer { place.leave() }
                var offset: UInt64 = 0
                while offset < file.byteCount {
                    let (start, count) = (offset, Int(min(pieceByteCount, file.byteCount - offset)))
                    let piece = try await ledger.blocking { try file.read(at: start, count: count) }
                    try await writer.write(ByteBuffer(bytes: piece))
                    offset += UInt64(count)
                }
                try await writer.finish(nil)
            })
    }
}
