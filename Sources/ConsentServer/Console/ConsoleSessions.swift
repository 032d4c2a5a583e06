internal import LedgerCrypto
internal import Synchronization

/// Who is signed in to the console. Sessions are in memory alone: they end with the server, when they are signed out of,
/// when nobody used them for a while, when they are old, and with their token.
final class ConsoleSessions: Sendable {
    /// One browser that signed in.
    struct Session: Sendable {
        /// Whom it signed in as, as the token was then.
        let token: AccessToken
        /// What every form of the session has, and nobody else knows.
        let formKey: String
        fileprivate let beganAt: UInt64
        fileprivate var usedAt: UInt64

        /// When it ends at the latest, in milliseconds of the monotonic clock.
        var endsAt: UInt64 { beganAt + ConsoleSessions.longestLife }
    }

    /// How long one lives at most, in milliseconds.
    static let longestLife: UInt64 = 8 * 3_600_000
    /// How long one lives unused, in milliseconds.
    static let longestIdle: UInt64 = 30 * 60_000
    /// How many there are at most, of one token and in all: then the one that was not used for longest ends.
    static let mostOfToken = 20
    static let most = 1000

    private static let nameByteCount = 32

    /// By the digest of the cookie's text: what is in memory signs nobody in.
    private let sessions = Mutex<[[UInt8]: Session]>([:])
    private let random: any RandomSource
    /// Makes the key of the forms of those who have no session.
    private let strangersKey: KeyedHash

    init(random: any RandomSource) throws {
        self.random = random
        strangersKey = try KeyedHash(key: random.secret(KeyedHash.keyByteCount))
    }

    /// Begins a session, and returns the text of its cookie.
    func begin(_ token: AccessToken, now: UInt64) -> String {
        let name = randomText()
        let session = Session(token: token, formKey: randomText(), beganAt: now, usedAt: now)
        sessions.withLock { sessions in
            sessions = sessions.filter { Self.lives($0.value, now) }
            Self.makeRoom(Self.mostOfToken, in: &sessions) { $0.token.id == token.id }
            Self.makeRoom(Self.most, in: &sessions) { _ in true }
            sessions[Self.key(name)] = session
        }
        return name
    }

    /// The session of a cookie's text, used at `now`; `nil` if there is none that lives.
    func session(_ name: String, now: UInt64) -> Session? {
        sessions.withLock { sessions in
            let key = Self.key(name)
            guard var session = sessions[key], Self.lives(session, now) else {
                sessions[key] = nil
                return nil
            }
            session.usedAt = max(now, session.usedAt)
            sessions[key] = session
            return session
        }
    }

    /// Ends the session of a cookie's text.
    func end(_ name: String) { sessions.withLock { $0[Self.key(name)] = nil } }

    /// A text that nobody guesses: 64 hexadecimal digits.
    func randomText() -> String { Hexadecimal.encode(random.bytes(Self.nameByteCount)) }

    /// What the forms of a browser without a session have, by the cookie that it was given.
    func formKey(ofStranger cookie: String) -> String {
        Hexadecimal.encode(strangersKey.hash(Array(cookie.utf8), byteCount: Self.nameByteCount))
    }

    private static func key(_ name: String) -> [UInt8] { SHA256Digest(hashing: Array(name.utf8)).bytes }

    private static func lives(_ session: Session, _ now: UInt64) -> Bool {
        now < session.endsAt && now < session.usedAt + longestIdle
    }

    private static func makeRoom(
        _ most: Int, in sessions: inout [[UInt8]: Session], _ isCounted: (Session) -> Bool
    ) {
        let counted = sessions.filter { isCounted($0.value) }
        guard counted.count >= most, let oldest = counted.min(by: { $0.value.usedAt < $1.value.usedAt }) else { return }
        sessions[oldest.key] = nil
    }
}
