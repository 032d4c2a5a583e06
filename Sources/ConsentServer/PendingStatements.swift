internal import ConsentLedger
internal import LedgerCrypto
internal import Synchronization

/// Statements that wait for the signatures of their sources, in memory: who lost one prepares it again.
final class PendingStatements: Sendable {
    private struct Pending {
        let statement: UnsignedStatement
        /// Remarks on what was left out of the event.
        let remarks: [String]
        /// The token that may send the signature.
        let tokenID: String
        /// In milliseconds of the monotonic clock.
        let end: UInt64
    }

    private struct State {
        var pending: [String: Pending] = [:]
        var byteCount = 0
        /// How many wait of each token.
        var counts: [String: Int] = [:]
        /// Those that wait, the one that ends first at the front.
        var order: [String] = []
    }

    /// How long one waits, in milliseconds.
    static let longest: UInt64 = 600_000
    private static let most = 10_000
    /// The most of one token, so that others have places too.
    static let mostOfOne = 2_000
    private static let mostBytes = 64 << 20

    private let state = Mutex(State())
    private let random: any RandomSource

    init(random: any RandomSource) { self.random = random }

    /// Keeps one, at `now` in milliseconds of the monotonic clock, and names it. Throws `overloaded` where too much waits.
    func add(
        _ statement: UnsignedStatement, remarks: [String], by token: AccessToken, now: UInt64
    ) throws(ServerError) -> String {
        let name = Hexadecimal.encode(random.bytes(16))
        let isKept = state.withLock { state in
            Self.dropEnded(&state, now: now)
            guard state.order.count < Self.most, state.counts[token.id, default: 0] < Self.mostOfOne,
                state.byteCount + statement.byteCount <= Self.mostBytes
            else {
                return false
            }
            state.pending[name] = Pending(
                statement: statement, remarks: remarks, tokenID: token.id, end: now + Self.longest)
            state.order.append(name)
            state.byteCount += statement.byteCount
            state.counts[token.id, default: 0] += 1
            return true
        }
        guard isKept else {
            throw ServerError(
                .overloaded, "too many statements wait for their signatures; sign those, or try again later")
        }
        return name
    }

    /// The one of that name; it stays until its time is over, so that its signature can be sent again. Throws `notFound`,
    /// also for another token's.
    func statement(
        _ name: String, of token: AccessToken, now: UInt64
    ) throws(ServerError) -> (statement: UnsignedStatement, remarks: [String]) {
        let found = state.withLock { state in
            Self.dropEnded(&state, now: now)
            return state.pending[name]
        }
        guard let found, found.tokenID == token.id else {
            throw ServerError(.notFound, "no statement of that name waits for its signature; prepare it again")
        }
        return (found.statement, found.remarks)
    }

    private static func dropEnded(_ state: inout State, now: UInt64) {
        let ended = state.order.prefix { state.pending[$0].map { $0.end <= now } ?? true }
        for name in ended {
            if let pending = state.pending.removeValue(forKey: name) {
                state.byteCount -= pending.statement.byteCount
                state.counts[pending.tokenID, default: 0] -= 1
                if state.counts[pending.tokenID] == 0 { state.counts[pending.tokenID] = nil }
            }
        }
        state.order.removeFirst(ended.count)
    }
}
