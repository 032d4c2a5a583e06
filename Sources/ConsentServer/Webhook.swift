internal import ConsentLedger
internal import HTTPTypes
internal import LedgerCrypto

/// A webhook with its secrets.
struct Webhook: Sendable {
    let configuration: Configuration.WebhookConfiguration
    private let secret: [UInt8]
    /// The token of the handshake; empty where there is none.
    private let handshakeToken: [UInt8]

    /// Reads the files with its secrets; throws `badConfiguration`.
    init(_ configuration: Configuration.WebhookConfiguration) throws(ServerError) {
        self.configuration = configuration
        secret = try SecretFile.bytes(of: configuration.secretFile)
        handshakeToken =
            try configuration.handshakeFile.map { path throws(ServerError) in try SecretFile.bytes(of: path) } ?? []
    }

    /// Whether a handshake shows the right token.
    func isHandshake(_ token: String) -> Bool {
        !handshakeToken.isEmpty && KeyedHash.areEqual(Array(token.utf8), handshakeToken)
    }

    /// Whether the platform signed a body, byte for byte.
    func isSigned(_ body: [UInt8], _ headers: HTTPFields) -> Bool {
        switch configuration.kind {
        case .whatsapp:
            guard let header = headers[Self.hubSignature], header.hasPrefix("sha256="),
                let code = Hexadecimal.decode(header.dropFirst("sha256=".count).lowercased())
            else { return false }
            return KeyedHash.areEqual(code, HMAC.code(of: body, key: secret, .sha256))
        case .twilio:
            guard let code = headers[Self.twilioSignature].flatMap({ Base64.decode($0) }),
                let form = try? FormFields(parsing: body)
            else { return false }
            var signed = configuration.url ?? ""
            // A name with several values is signed with each of them, once.
            let names = Set(form.fields.map(\.name)).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            for name in names {
                let values = Set(form.fields.filter { $0.name == name }.map(\.value))
                for value in values.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
                    signed += name + value
                }
            }
            return KeyedHash.areEqual(code, HMAC.code(of: Array(signed.utf8), key: secret, .sha1))
        }
    }

    private static let hubSignature = HTTPField.Name("X-Hub-Signature-256")!
    private static let twilioSignature = HTTPField.Name("X-Twilio-Signature")!
}
