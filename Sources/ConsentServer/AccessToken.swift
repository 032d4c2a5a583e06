public import ConsentModel
internal import LedgerCrypto

/// A bearer token as the server keeps it: whose it is and what it opens, and of its secret the SHA-256 alone.
public struct AccessToken: Hashable, Sendable {
    /// Tells it from others, in logs too: eight hexadecimal digits.
    public let id: String
    /// What whoever made it calls it.
    public let label: String
    /// What it is for.
    public let roles: Set<Role>
    /// The businesses that it opens; `nil` is all of them, and the ledger's own matters.
    public let businesses: Set<String>?
    /// When it was made.
    public let createdAt: Timestamp
    /// The first moment at which it does not count any more.
    public var expiresAt: Timestamp
    /// When it was revoked, from when on it never counts again, whatever the clock says; `nil` while it was not.
    public var revokedAt: Timestamp?
    /// SHA-256 of the secret, 32 bytes.
    let secretDigest: [UInt8]

    /// Random bytes, so many that a plain digest of them needs no salt and no stretching.
    static let secretByteCount = 32
    private static let prefix = "consent"

    /// Makes a token and its text, which is shown once.
    static func make(
        label: String, roles: Set<Role>, businesses: Set<String>?, at now: Timestamp, expiresAt: Timestamp,
        random: any RandomSource
    ) -> (token: AccessToken, text: String) {
        let id = Hexadecimal.encode(random.bytes(4))
        let secret = random.bytes(secretByteCount)
        let token = AccessToken(
            id: id, label: label, roles: roles, businesses: businesses, createdAt: now, expiresAt: expiresAt,
            secretDigest: SHA256Digest(hashing: secret).bytes)
        return (token, "\(prefix)_\(id)_\(Hexadecimal.encode(secret))")
    }

    /// The id and the secret that a token's text has; `nil` unless it has the form of one.
    static func parse(_ text: String) -> (id: String, secret: [UInt8])? {
        let parts = text.split(separator: "_", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == prefix, isID(String(parts[1])),
            let secret = Hexadecimal.decode(parts[2]), secret.count == secretByteCount
        else { return nil }
        return (String(parts[1]), secret)
    }

    static func isID(_ text: String) -> Bool { Hexadecimal.decode(text)?.count == 4 }

    /// Whether `secret` is the token's, in time that does not depend on how much of it is.
    func hasSecret(_ secret: [UInt8]) -> Bool {
        KeyedHash.areEqual(SHA256Digest(hashing: secret).bytes, secretDigest)
    }

    /// Whether it counts at `now`.
    public func counts(at now: Timestamp) -> Bool { revokedAt == nil && now < expiresAt }

    /// The token without its digest, as it is listed.
    public var json: JSON {
        [
            "id": .string(id), "label": .string(label), "roles": .strings(roles.sorted().map(\.rawValue)),
            "businesses": businesses.map { .strings($0.sorted()) } ?? .null,
            "created-at": .string(createdAt.description), "expires-at": .string(expiresAt.description),
            "revoked-at": .optional(revokedAt?.description),
        ]
    }
}

/// How tokens are kept.
extension AccessToken {
    /// The token as the file has it.
    var stored: JSON { json + ["secret-digest": .string(Hexadecimal.encode(secretDigest))] }

    /// Reads a token of the file; `nil` if it is none.
    init?(stored: JSONValue) {
        guard case .object(let members) = stored, members.count == 8, let id = stored["id"]?.string, Self.isID(id),
            let label = stored["label"]?.string, let words = stored["roles"]?.array,
            let digest = stored["secret-digest"]?.string.flatMap({ Hexadecimal.decode($0) }),
            digest.count == SHA256Digest.byteCount,
            let createdAt = stored["created-at"]?.string.flatMap({ try? OccurredAt(parsing: $0).start }),
            let expiresAt = stored["expires-at"]?.string.flatMap({ try? OccurredAt(parsing: $0).start })
        else { return nil }
        switch stored["revoked-at"] {
        case .null: revokedAt = nil
        case .string(let text):
            guard let time = try? OccurredAt(parsing: text).start else { return nil }
            revokedAt = time
        default: return nil
        }
        let roles = words.compactMap { $0.string.flatMap { Role(rawValue: $0) } }
        guard roles.count == words.count, !roles.isEmpty else { return nil }
        switch stored["businesses"] {
        case .null: businesses = nil
        case .array(let items):
            let names = items.compactMap(\.string)
            guard names.count == items.count, !names.isEmpty else { return nil }
            businesses = Set(names)
        default: return nil
        }
        self.id = id
        self.label = label
        self.roles = Set(roles)
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        secretDigest = digest
    }
}
