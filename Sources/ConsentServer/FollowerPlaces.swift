internal import Synchronization

/// How many streams of changes there may be at once: each hears of every record.
final class FollowerPlaces: Sendable {
    /// The most of one token.
    static let mostOfOne = 32

    private let counts = Mutex<[String: Int]>([:])

    /// A stream's place, which is given back when nobody has it any more.
    final class Place: Sendable {
        private let places: FollowerPlaces
        private let tokenID: String

        fileprivate init(_ places: FollowerPlaces, _ tokenID: String) {
            self.places = places
            self.tokenID = tokenID
        }

        deinit {
            places.counts.withLock { counts in
                let rest = counts[tokenID, default: 1] - 1
                counts[tokenID] = rest == 0 ? nil : rest
            }
        }
    }

    /// Takes a place. Throws `overloaded`.
    func take(_ tokenID: String) throws(ServerError) -> Place {
        let isFree = counts.withLock { counts in
            guard counts[tokenID, default: 0] < Self.mostOfOne else { return false }
            counts[tokenID, default: 0] += 1
            return true
        }
        guard isFree else {
            throw ServerError(
                .overloaded, "this token has \(Self.mostOfOne) streams of changes open; one for each system is enough")
        }
        return Place(self, tokenID)
    }
}
