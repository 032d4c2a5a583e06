public import LedgerCrypto

/// The tree of a clearance while its leaves come one after the other: what it states of them, in a few hundred bytes of
/// memory whatever their number.
public struct ClearanceTree {
    private var edge = RightEdge()
    private var questions = SHA256Hasher()

    /// Without leaves.
    public init() {}

    /// How many leaves there are.
    public var count: UInt64 { edge.size }

    /// The root over the leaves.
    public var root: SHA256Digest { edge.root }

    /// SHA-256 over the digests of the questions.
    public var inputs: SHA256Digest {
        let hasher = questions
        return hasher.finalize()
    }

    /// Adds a leaf by its hash and the digest of its question. `completed` is told of every node that becomes settled, as
    /// by `RightEdge.append`.
    public mutating func append(
        _ leafHash: SHA256Digest, question: SHA256Digest,
        completed: (TreeCoordinate, SHA256Digest) -> Void = { _, _ in }
    ) {
        edge.append(leafHash, completed: completed)
        questions.update(question)
    }
}

/// The nodes that the audit path of one leaf needs, gathered while the tree grows: so that a path is made in one pass over
/// leaves that are not kept.
public struct AuditPathGathering: HashReader {
    /// The leaf's place.
    public let index: UInt64
    private let size: UInt64
    private var hashes: [TreeCoordinate: SHA256Digest?] = [:]

    /// Of the leaf at `index` in a tree that will have `size` leaves; throws `outOfRange` unless it is one of them.
    public init(index: UInt64, size: UInt64) throws {
        self.index = index
        self.size = size
        let asked = CoordinateCollector()
        _ = try InclusionProof.prove(index: index, size: size, reader: asked)
        for coordinate in asked.coordinates { hashes[coordinate] = .some(nil) }
    }

    /// Takes a node that is settled, if the path needs it.
    public mutating func take(_ coordinate: TreeCoordinate, _ hash: SHA256Digest) {
        if hashes[coordinate] != nil { hashes[coordinate] = hash }
    }

    /// The path, once the tree is whole; throws `outOfRange` if it is not.
    public func path() throws -> InclusionProof { try InclusionProof.prove(index: index, size: size, reader: self) }

    public func hashes(at coordinates: [TreeCoordinate]) throws -> [SHA256Digest] {
        try coordinates.map { coordinate in
            guard let hash = hashes[coordinate] ?? nil else {
                throw TransparencyLogError(.outOfRange, "the tree has fewer than \(size) leaves")
            }
            return hash
        }
    }

    /// Notes what a proof asks for.
    private final class CoordinateCollector: HashReader {
        var coordinates: [TreeCoordinate] = []

        func hashes(at coordinates: [TreeCoordinate]) throws -> [SHA256Digest] {
            self.coordinates += coordinates
            return coordinates.map { _ in .zero }
        }
    }
}
