internal import Synchronization

/// How many bundles of evidence there may be at once: one being made, which costs the most, and a few on their way.
final class BundlePlaces: Sendable {
    /// The most bundles that are made or on their way.
    static let most = 4

    private struct State {
        var isMaking = false
        var count = 0
    }

    private let state = Mutex(State())

    /// A place for a bundle, which is given back when nobody has it any more.
    final class Place: Sendable {
        private struct Holding {
            var isMaking = true
            var isThere = true
        }

        private let places: BundlePlaces
        private let holding = Mutex(Holding())

        fileprivate init(_ places: BundlePlaces) { self.places = places }

        deinit {
            endMaking()
            leave()
        }

        /// Another one may be made now.
        func endMaking() {
            holding.withLock { holding in
                guard holding.isMaking else { return }
                holding.isMaking = false
                places.state.withLock { $0.isMaking = false }
            }
        }

        /// The bundle is gone.
        func leave() {
            holding.withLock { holding in
                guard holding.isThere else { return }
                holding.isThere = false
                places.state.withLock { $0.count -= 1 }
            }
        }
    }

    /// Takes a place. Throws `overloaded`.
    func take() throws(ServerError) -> Place {
        let isFree = state.withLock { state in
            guard !state.isMaking, state.count < Self.most else { return false }
            state.isMaking = true
            state.count += 1
            return true
        }
        guard isFree else {
            throw ServerError(.overloaded, "another bundle of evidence is being made; ask again in a moment")
        }
        return Place(self)
    }
}
