public import ConsentModel
public import LedgerCrypto
internal import LedgerStorage

/// The tokens of a ledger's server: `private/tokens`, a JSON object, mode 0600. Many read it; who changes it holds a lock.
public struct TokenFile: Sendable {
    private let storage: any LedgerStorage
    private let random: any RandomSource

    private static let path: StoragePath = "private/tokens"
    private static let lock: StoragePath = "private/tokens.lock"
    private static let format = "consent-tokens/v1"
    /// The longest label, in bytes.
    public static let mostLabelBytes = 100

    /// The tokens of the ledger in `directory`; throws if there is no such directory.
    public init(ledger directory: String, random: any RandomSource = SystemRandomSource()) throws {
        self.init(storage: try DirectoryStorage(root: directory), random: random)
    }

    init(storage: any LedgerStorage, random: any RandomSource) {
        self.storage = storage
        self.random = random
    }

    /// All tokens, those whose time is over too, in the order they were made. Throws `badTokens` for a file that is not
    /// whole: nobody is let in by what cannot be read.
    public func tokens() throws -> [AccessToken] {
        guard let bytes = try storage.read(Self.path) else { return [] }
        let damaged = ServerError(
            .badTokens, "private/tokens is not a file of tokens; restore it, or remove it and make new ones")
        guard let value = try? JSONValue(parsing: bytes), value["format"] == .string(Self.format),
            let items = value["tokens"]?.array
        else { throw damaged }
        let tokens = items.compactMap { AccessToken(stored: $0) }
        guard tokens.count == items.count, Set(tokens.map(\.id)).count == tokens.count else { throw damaged }
        return tokens
    }

    /// Makes a token and returns it with its text, which is told nowhere else. Throws `badTokens` for a label, roles or
    /// businesses that are empty or not what they should be.
    public func create(
        label: String, roles: Set<Role>, businesses: Set<String>?, at now: Timestamp, expiresAt: Timestamp
    ) throws -> (token: AccessToken, text: String) {
        guard 1...Self.mostLabelBytes ~= label.utf8.count else {
            throw ServerError(.badTokens, "a token's label is 1 to \(Self.mostLabelBytes) bytes")
        }
        guard !roles.isEmpty else { throw ServerError(.badTokens, "a token has at least one role") }
        guard businesses?.isEmpty != true, businesses?.allSatisfy(FieldKind.isIdentifier) ?? true else {
            throw ServerError(.badTokens, "a business's id is 1 to 64 of a–z, 0–9 and “-”")
        }
        guard expiresAt > now else { throw ServerError(.badTokens, "the token's time would be over already") }
        return try change { tokens in
            let made = AccessToken.make(
                label: label, roles: roles, businesses: businesses, at: now, expiresAt: expiresAt, random: random)
            tokens.append(made.token)
            return made
        }
    }

    /// Makes a token like that of `id`, which itself counts until `overlapEnd` at most. Throws `unknownToken`, also for one
    /// whose time is over.
    public func rotate(
        _ id: String, at now: Timestamp, overlapEnd: Timestamp, expiresAt: Timestamp
    ) throws -> (token: AccessToken, text: String) {
        try change { tokens in
            let position = try Self.position(of: id, in: tokens, at: now)
            let old = tokens[position]
            let made = AccessToken.make(
                label: old.label, roles: old.roles, businesses: old.businesses, at: now, expiresAt: expiresAt,
                random: random)
            tokens[position].expiresAt = min(old.expiresAt, overlapEnd)
            tokens.append(made.token)
            return made
        }
    }

    /// Ends a token now, and returns it. Throws `unknownToken`, also for one whose time is over.
    @discardableResult
    public func revoke(_ id: String, at now: Timestamp) throws -> AccessToken {
        try change { tokens in
            let position = try Self.position(of: id, in: tokens, at: now)
            tokens[position].revokedAt = now
            return tokens[position]
        }
    }

    private static func position(of id: String, in tokens: [AccessToken], at now: Timestamp) throws -> Int {
        guard let position = tokens.firstIndex(where: { $0.id == id }), tokens[position].counts(at: now) else {
            throw ServerError(.unknownToken, "there is no token “\(id.prefix(40))” in force; see: consentd token list")
        }
        return position
    }

    private func change<Value>(_ body: (inout [AccessToken]) throws -> Value) throws -> Value {
        let held = try storage.lock(Self.lock)
        defer { held.release() }
        var tokens = try tokens()
        let value = try body(&tokens)
        let file: JSON = ["format": .string(Self.format), "tokens": .array(tokens.map(\.stored))]
        try storage.replace(Self.path, with: Array(file.text.utf8) + [UInt8(ascii: "\n")])
        return value
    }
}
