internal import ConsentLedger
internal import ConsentModel
internal import LedgerCrypto

/// The links by which who gets a mail opts out: each has whose it is within, sealed, so that nobody makes one, and no log or
/// history tells the address.
struct UnsubscribeLinks: Sendable {
    /// What a link says.
    struct Link: Equatable, Sendable {
        /// The address, as its sender wrote it.
        var contact: String
        /// What it is about; `nil`: all that is mailed.
        var categories: [String]?
        /// The mail's id, as its sender gives it.
        var messageID: String?
    }

    /// The shortest secret, in bytes: what it seals is in the hands of strangers for years.
    static let leastSecretBytes = 32
    /// The longest link that is looked at, in bytes.
    private static let mostBytes = 4096

    private let key: SealingKey
    private let place: [UInt8]
    private let url: String

    /// Throws `badConfiguration` for a short secret, or an address that is no link.
    init(_ configuration: Configuration.WebhookConfiguration, secret: [UInt8]) throws(ServerError) {
        guard secret.count >= Self.leastSecretBytes else {
            throw ServerError(
                .badConfiguration,
                "\(configuration.secretFile) has \(secret.count) bytes; links are sealed with \(Self.leastSecretBytes) random "
                    + "ones or more, such as those of: openssl rand -hex 32")
        }
        let url = configuration.url ?? ""
        // Mail programs take a link by https alone (RFC 8058, §3.2); by http of this machine it is for trying out.
        guard (try? WebAddress(parsing: url)) != nil, !url.hasSuffix("/") else {
            throw ServerError(
                .badConfiguration,
                "url of the webhook \(configuration.name) begins with https:// and has no slash at its end")
        }
        self.url = url
        place = Array("consent-ledger/unsubscribe-link/v1\u{0}\(configuration.business)\u{0}\(configuration.name)".utf8)
        let digest = SHA256Digest(hashing: Array("consent-ledger/unsubscribe-key/v1\u{0}".utf8) + secret)
        do { key = try SealingKey(SecretBytes(digest.bytes)) } catch {
            throw ServerError(.badConfiguration, "\(configuration.secretFile): \(error)")
        }
    }

    /// The address of a link.
    func url(of link: Link, random: any RandomSource) -> String {
        let json: JSON = [
            "contact": .string(link.contact), "categories": link.categories.map { .strings($0) } ?? .null,
            "message-id": .optional(link.messageID),
        ]
        let sealed = key.seal(Array(json.text.utf8), associated: place, random: random)
        return "\(url)/\(Hexadecimal.encode(sealed))"
    }

    /// What the last part of a link's address says; `nil` for one that we did not make.
    func link(_ text: String) -> Link? {
        guard text.utf8.count <= Self.mostBytes, let sealed = Hexadecimal.decode(text),
            let bytes = try? key.open(sealed, associated: place), let json = try? JSONValue(parsing: bytes),
            let contact = json["contact"]?.string
        else { return nil }
        return Link(
            contact: contact, categories: json["categories"]?.array?.compactMap(\.string),
            messageID: json["message-id"]?.string)
    }
}
