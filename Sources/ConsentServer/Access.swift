internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules
internal import Synchronization

/// What a request may do: its token, and the role by which its route was opened.
struct Access: Sendable {
    let token: AccessToken
    let role: Role

    /// The access that `token` has to what `roles` open; of several roles, one whose use need not be recorded. `nil` if it
    /// has none of them.
    init?(_ token: AccessToken, to roles: Set<Role>) {
        let shared = token.roles.intersection(roles).sorted()
        guard let role = shared.first(where: { !$0.isRecorded }) ?? shared.first else { return nil }
        self.token = token
        self.role = role
    }

    /// Whether the token opens everything, and the ledger's own matters.
    var opensAll: Bool { token.businesses == nil }

    /// Whether it opens a business. Whether there is one of that name is not told to those who may not know.
    func opens(_ business: String) -> Bool { token.businesses?.contains(business) ?? true }

    /// Throws `forbidden` unless it opens a business.
    func check(_ business: String) throws(ServerError) {
        guard opens(business) else {
            throw ServerError(.forbidden, "this token does not open the business “\(business.prefix(64))”")
        }
    }

    /// Throws `forbidden` unless it opens all businesses; `what` is theirs together.
    func checkAll(_ what: String) throws(ServerError) {
        guard opensAll else {
            throw ServerError(.forbidden, "\(what) is that of all businesses, and this token opens some of them")
        }
    }

    /// The business that is named, or the only one that the token opens.
    func business(_ name: String?, in catalog: Catalog) throws -> Catalog.Business {
        if let name {
            try check(name)
            return try catalog.business(name, at: .max)
        }
        let names = catalog.businesses.keys.filter(opens).sorted()
        guard let name = names.first, names.count == 1 else {
            throw LedgerError(
                .ambiguous,
                names.isEmpty
                    ? "there is no business that this token opens"
                    : "there are several businesses (\(names.joined(separator: ", "))); name one with “business”")
        }
        return try catalog.business(name, at: .max)
    }

    /// The keys of sources that may speak for a business that it opens, by the sources' ids. Of a key's businesses only those
    /// are told.
    func sourceKeys(in catalog: Catalog) -> [(source: String, key: Catalog.SourceKey)] {
        catalog.sources.values.sorted { $0.id < $1.id }.flatMap { source in
            source.keys.compactMap { key in
                key.limited(to: { opens($0) }).map { (source: source.id, key: $0) }
            }
        }
    }
}

/// Lets requests in by their tokens.
final class Admission: Sendable {
    private struct Known {
        var tokens: [String: AccessToken] = [:]
        /// When the file was read, in milliseconds of the monotonic clock; `nil` before the first time.
        var readAt: UInt64?
    }

    /// How old what is known of the tokens may be, in milliseconds: so soon a token that was revoked opens nothing.
    static let longestKnown: UInt64 = 1000

    private let ledger: ServedLedger
    private let file: TokenFile
    private let clock: any LedgerClock
    private let known = Mutex(Known())

    init(_ ledger: ServedLedger, file: TokenFile, clock: any LedgerClock) {
        self.ledger = ledger
        self.file = file
        self.clock = clock
    }

    /// The token that an Authorization header names. Throws `unauthenticated` or `tokenExpired`.
    func token(authorization header: String?) async throws -> AccessToken {
        guard let header else {
            throw ServerError(.unauthenticated, "this needs a token; send it as Authorization: Bearer TOKEN")
        }
        let parts = header.split(separator: " ", omittingEmptySubsequences: true)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { throw Self.refusal }
        return try await token(text: String(parts[1]))
    }

    private static let refusal = ServerError(
        .unauthenticated, "the token does not count here; see: consentd token list")

    /// The token of that text. Throws `unauthenticated` or `tokenExpired`.
    func token(text: String) async throws -> AccessToken {
        guard let (id, secret) = AccessToken.parse(text) else { throw Self.refusal }
        try await refresh()
        guard let token = known.withLock({ $0.tokens[id] }), token.hasSecret(secret) else { throw Self.refusal }
        guard token.counts(at: clock.now()) else {
            throw ServerError(.tokenExpired, "the token's time is over; have it rotated")
        }
        return token
    }

    /// A token that was let in before, as it is now; `nil` where it does not count any more.
    func current(_ token: AccessToken) async throws -> AccessToken? {
        try await refresh()
        guard let now = known.withLock({ $0.tokens[token.id] }), now.secretDigest == token.secretDigest,
            now.counts(at: clock.now())
        else { return nil }
        return now
    }

    private func refresh() async throws {
        let now = clock.elapsedMilliseconds()
        let isFresh = known.withLock { known in known.readAt.map { now - min(now, $0) < Self.longestKnown } ?? false }
        guard !isFresh else { return }
        let tokens = try await ledger.blocking { [file] in try file.tokens() }
        known.withLock { known in
            known.tokens = Dictionary(uniqueKeysWithValues: tokens.map { ($0.id, $0) })
            known.readAt = now
        }
    }
}
