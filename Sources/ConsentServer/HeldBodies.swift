internal import Synchronization

/// How many bytes of bodies are held at once, of all requests: whoever sends them need not have shown yet who they are.
final class HeldBodies: Sendable {
    private let most: Int
    private let count = Mutex(0)

    init(most: Int) { self.most = most }

    /// What one request holds, which is given back when nobody has it any more.
    final class Share: Sendable {
        private let bodies: HeldBodies
        /// With more held of all, this one gets no more.
        private let most: Int
        private let count = Mutex(0)

        fileprivate init(_ bodies: HeldBodies, most: Int) {
            self.bodies = bodies
            self.most = most
        }

        deinit {
            let held = count.withLock(\.self)
            bodies.count.withLock { $0 -= held }
        }

        /// Holds so many bytes more. Throws `overloaded`.
        func add(_ bytes: Int) throws(ServerError) {
            let isRoom = bodies.count.withLock { all in
                guard bytes <= most - all else { return false }
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

    /// The share of a request, which holds nothing yet. Strangers fill half of what there is and no more.
    func share(ofStranger isStranger: Bool) -> Share { Share(self, most: isStranger ? most / 2 : most) }
}
