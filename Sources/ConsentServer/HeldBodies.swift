internal import Synchronization

/// How many bytes of bodies are held at once, of all requests. Who shows a token, platforms and strangers have room apart,
/// so that none of them uses up that of the others.
final class HeldBodies: Sendable {
    /// Who sends a body.
    enum Sender: Sendable {
        /// Whoever showed a token that counts.
        case token
        /// A platform, or whoever says so: its signature is over the body, which is read first.
        case platform
        /// Anybody else.
        case stranger
    }

    /// Of so many parts tokens have two, and the others one each. Each part must hold one body.
    static let parts = 4

    private let most: Int
    private let free: Int
    private let counts = Mutex<[Sender: Int]>([:])

    /// Holds at most so many bytes, beside the first `free` of each body: those are let in whatever others hold, since a stop is
    /// short, and connections are bounded.
    init(most: Int, free: Int = 16_384) {
        self.most = most
        self.free = free
    }

    private func most(of sender: Sender) -> Int {
        let part = most / Self.parts
        return sender == .token ? most - 2 * part : part
    }

    /// What one request holds, which is given back when nobody has it any more.
    final class Share: Sendable {
        private let bodies: HeldBodies
        private let sender: Sender
        /// How long the body is so far.
        private let length = Mutex(0)

        fileprivate init(_ bodies: HeldBodies, _ sender: Sender) {
            self.bodies = bodies
            self.sender = sender
        }

        deinit {
            let held = counted(length.withLock(\.self))
            bodies.counts.withLock { $0[sender, default: 0] -= held }
        }

        /// What of a body so long counts.
        private func counted(_ length: Int) -> Int { max(0, length - bodies.free) }

        /// Holds so many bytes more. Throws `overloaded`.
        func add(_ bytes: Int) throws(ServerError) {
            let most = bodies.most(of: sender)
            let isRoom = length.withLock { length in
                let more = counted(length + bytes) - counted(length)
                let isRoom = bodies.counts.withLock { counts in
                    guard more <= most - counts[sender, default: 0] else { return false }
                    counts[sender, default: 0] += more
                    return true
                }
                if isRoom { length += bytes }
                return isRoom
            }
            guard isRoom else {
                throw ServerError(
                    .overloaded, "the bodies of other requests fill what is set apart for them; try again in a moment")
            }
        }
    }

    /// The share of a request, which holds nothing yet.
    func share(of sender: Sender) -> Share { Share(self, sender) }
}
