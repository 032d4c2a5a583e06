/// How deep a verification goes; each level includes the ones before it (DESIGN §10).
public enum VerificationLevel: Int, Sendable, Comparable, CaseIterable, CustomStringConvertible {
    /// Files, framing, strict decoding.
    case structure
    /// Leaf hashes, tiles, root, every kept checkpoint, links at every index.
    case tree
    /// Each statement, by a key that counts at its index.
    case signatures
    /// Every event valid in its place; the objects that records name are there.
    case replay

    /// The level of that name.
    public init?(name: String) {
        guard let level = Self.allCases.first(where: { $0.description == name }) else { return nil }
        self = level
    }

    /// The level's name.
    public var description: String {
        switch self {
        case .structure: "structure"
        case .tree: "tree"
        case .signatures: "signatures"
        case .replay: "replay"
        }
    }

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
