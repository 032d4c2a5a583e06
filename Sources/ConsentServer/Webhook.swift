internal import ConsentLedger
internal import ConsentModel
internal import HTTPTypes
internal import LedgerCrypto

/// A webhook with its secrets.
struct Webhook: Sendable {
    let configuration: Configuration.WebhookConfiguration
    private let secret: [UInt8]
    /// The token of the handshake; empty where there is none.
    private let handshakeToken: [UInt8]
    /// What its links are sealed with; `nil` where it has none.
    let links: UnsubscribeLinks?

    /// How far from now the time of a signature may be, in milliseconds, where it has one.
    static let replayWindow: UInt64 = 300_000
    /// What the secret of Standard Webhooks begins with, where it is in Base64.
    private static let secretPrefix = "whsec_"

    /// Reads the files with its secrets; throws `badConfiguration`.
    init(_ configuration: Configuration.WebhookConfiguration) throws(ServerError) {
        self.configuration = configuration
        let bytes = try SecretFile.bytes(of: configuration.secretFile)
        handshakeToken =
            try configuration.handshakeFile.map { path throws(ServerError) in try SecretFile.bytes(of: path) } ?? []
        links = try configuration.kind == .email ? UnsubscribeLinks(configuration, secret: bytes) : nil
        let text = String(decoding: bytes, as: UTF8.self)
        guard configuration.kind == .signed, text.hasPrefix(Self.secretPrefix) else {
            secret = bytes
            return
        }
        guard let decoded = Base64.decode(text.dropFirst(Self.secretPrefix.count)), !decoded.isEmpty else {
            throw ServerError(
                .badConfiguration, "\(configuration.secretFile) has no Base64 after \(Self.secretPrefix)")
        }
        secret = decoded
    }

    /// Whether a handshake shows the right token.
    func isHandshake(_ token: String) -> Bool {
        !handshakeToken.isEmpty && KeyedHash.areEqual(Array(token.utf8), handshakeToken)
    }

    /// What RCS wants back when it tries the address, if it knows the secret; `nil` for another body.
    func answerOfHandshake(_ body: JSONValue) -> String? {
        guard configuration.kind == .rcs, let token = body["clientToken"]?.string,
            let answer = body["secret"]?.string, answer.utf8.count <= WebhookRoutes.mostChallengeBytes,
            KeyedHash.areEqual(Array(token.utf8), secret)
        else { return nil }
        return answer
    }

    /// What the platform signed of a body, byte for byte: the body, or of RCS the event in it. Throws `badWebhookSignature`.
    func signedBytes(
        of body: [UInt8], _ headers: HTTPFields, at now: Timestamp
    ) throws(ServerError) -> [UInt8] {
        let isSigned: Bool
        var bytes = body
        switch configuration.kind {
        case .whatsapp:
            isSigned =
                headers[Self.hubSignature].flatMap { header in
                    header.hasPrefix("sha256=") ? Hexadecimal.decode(header.dropFirst(7).lowercased()) : nil
                }.map { KeyedHash.areEqual($0, HMAC.code(of: body, key: secret, .sha256)) } ?? false
        case .twilio: isSigned = isSignedByTwilio(body, headers)
        case .rcs:
            guard
                let data = (try? JSONValue(parsing: body))?["message"]?["data"]?.string.flatMap({ Base64.decode($0) }),
                let code = headers[Self.googleSignature].flatMap({ Base64.decode($0) })
            else { throw Self.notSigned }
            bytes = data
            isSigned = KeyedHash.areEqual(code, HMAC.code(of: data, key: secret, .sha512))
        case .signed: isSigned = try isSignedAsStandardWebhooks(body, headers, at: now)
        // A click is let in by its link.
        case .email: isSigned = false
        }
        guard isSigned else { throw Self.notSigned }
        return bytes
    }

    private static var notSigned: ServerError {
        ServerError(.badWebhookSignature, "the body is not signed by whom this webhook is for")
    }

    private func isSignedByTwilio(_ body: [UInt8], _ headers: HTTPFields) -> Bool {
        guard let code = headers[Self.twilioSignature].flatMap({ Base64.decode($0) }),
            let form = try? FormFields(parsing: body)
        else { return false }
        // In order of the names' bytes. A name with several values is signed with each of them, once, in order too.
        let fields = form.fields.map { (name: Array($0.name.utf8), value: Array($0.value.utf8)) }.sorted {
            left, right in
            left.name == right.name
                ? left.value.lexicographicallyPrecedes(right.value) : left.name.lexicographicallyPrecedes(right.name)
        }
        var signed = Array((configuration.url ?? "").utf8)
        for (position, field) in fields.enumerated() where position == 0 || fields[position - 1] != field {
            signed += field.name + field.value
        }
        return KeyedHash.areEqual(code, HMAC.code(of: signed, key: secret, .sha1))
    }

    /// As Standard Webhooks 1.0.0: HMAC-SHA256 over id, time in seconds and body, joined by points; one of several codes.
    private func isSignedAsStandardWebhooks(
        _ body: [UInt8], _ headers: HTTPFields, at now: Timestamp
    ) throws(ServerError) -> Bool {
        guard let id = Self.messageID(headers), let time = headers[Self.standardTime],
            let codes = headers[Self.standardSignature]
        else { return false }
        let signed = Array("\(id).\(time).".utf8) + body
        let code = HMAC.code(of: signed, key: secret, .sha256)
        let isSigned = codes.split(separator: " ").contains { part in
            part.hasPrefix("v1,") && Base64.decode(part.dropFirst(3)).map { KeyedHash.areEqual($0, code) } ?? false
        }
        guard isSigned else { return false }
        guard let seconds = UInt64(time), seconds < 1 << 40,
            max(seconds * 1000, now.milliseconds) - min(seconds * 1000, now.milliseconds) <= Self.replayWindow
        else {
            throw ServerError(
                .badWebhookSignature,
                "the signature is of another time than now; it may be a replay, or a clock is wrong")
        }
        return true
    }

    /// What the sender calls a message, where it is signed as Standard Webhooks are.
    static func messageID(_ headers: HTTPFields) -> String? {
        headers[standardID].flatMap { 1...256 ~= $0.utf8.count ? $0 : nil }
    }

    private static let hubSignature = HTTPField.Name("X-Hub-Signature-256")!
    private static let twilioSignature = HTTPField.Name("X-Twilio-Signature")!
    private static let googleSignature = HTTPField.Name("X-Goog-Signature")!
    private static let standardID = HTTPField.Name("webhook-id")!
    private static let standardTime = HTTPField.Name("webhook-timestamp")!
    private static let standardSignature = HTTPField.Name("webhook-signature")!
}
