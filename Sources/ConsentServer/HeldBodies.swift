internal import Synchronization

/// How many bytes of bodies are held at once, of all requests: whoever sends them need not have shown yet who they are.
final class HeldBodies: Sendable {
    private let most: Int
    private let count = Mutex(0)

    init(most: Int) { self.most = most }

    /// What one request holds, which is given back when nobody has it any more.
    final class Share: Sendable {
        private let bodies: HeldBodies
        private let count = Mutex(0)

        fileprivate init(_ bodies: HeldBodies) { self.bodies = bodies }

        deinit {
            let held = count.withLock(\.self)
            bodies.count.withLock { $0 -= held }
        }

        /// Holds so many bytes more. Throws `overloaded`.
        func add(_ bytes: Int) throws(ServerError) {
            let isRoom = bodies.count.withLock { all in
                guard bytes <= bodies.most - all else { return false }
                all += bytes
                return true
            }
            guard isRoom else {
                throw ServerError(
                    .overloaded, "the bodies of other requests fill what is set apart for them; try again in a moment")
            }
            count.withLock { $0 += bytes }
        }
    }

    /// The share of a request, which holds nothing yet.
    func share() -> Share { Share(self) }
}
