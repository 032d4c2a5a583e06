/// The place of a node that roots a perfect subtree: the one over the leaves `index << level ..< (index + 1) << level`.
public struct TreeCoordinate: Hashable, Sendable {
    /// The height above the leaves, which are at level 0; from 0 to 63.
    public let level: Int
    /// The place among the nodes of that level, from 0.
    public let index: UInt64

    public init(level: Int, index: UInt64) {
        self.level = level
        self.index = index
    }

    /// Whether all leaves below the node are in a tree of `size` leaves, so that its hash is settled.
    public func isComplete(inTreeOf size: UInt64) -> Bool {
        0..<64 ~= level && index < size >> level
    }

    /// The perfect subtrees that cover `leaves`, from left to right, the largest first; `leaves` is a subtree that the
    /// splits of RFC 6962 §2.1 make, or a whole tree.
    static func covering(_ leaves: Range<UInt64>) -> [TreeCoordinate] {
        var coordinates: [TreeCoordinate] = []
        var start = leaves.lowerBound
        while start < leaves.upperBound {
            let level = 63 - (leaves.upperBound - start).leadingZeroBitCount
            coordinates.append(TreeCoordinate(level: level, index: start >> level))
            start += 1 << level
        }
        return coordinates
    }
}
