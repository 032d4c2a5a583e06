/// The coordinates of a tile or an entry bundle, as C2SP tlog-tiles has them, with their path. Tiles are 256 wide; a
/// partial one is narrower.
public struct Tile: Hashable, Sendable {
    /// What a tile holds.
    public enum Row: Hashable, Sendable {
        /// The entries themselves: an entry bundle.
        case entries
        /// The hashes at tree level `8 × level`; `level` is from 0 to 63.
        case hashes(level: Int)

        /// How often a tree's size is divided by 256 to give the row's length.
        fileprivate var level: Int {
            switch self {
            case .entries: 0
            case .hashes(let level): level
            }
        }
    }

    /// The width of a full tile, in hashes or entries.
    public static let fullWidth = 256
    /// How many levels of hash tiles a tree of `TreeSize.maximum` leaves has.
    static let levelCount = 8
    private static let indexBound: UInt64 = 1 << 55

    /// What the tile holds.
    public let row: Row
    /// The tile's place in its row, from 0; below 2^55, past which no tree reaches.
    public let index: UInt64
    /// How many hashes or entries it holds: 1 to 256.
    public let width: Int

    /// Names a tile. The coordinates are the program's own, so they are a precondition; text from elsewhere goes
    /// through `init(path:)`.
    public init(_ row: Row, index: UInt64, width: Int = fullWidth) {
        precondition(0...63 ~= row.level && index < Self.indexBound && 1...Self.fullWidth ~= width)
        self.row = row
        self.index = index
        self.width = width
    }

    /// Whether the tile is narrower than 256.
    public var isPartial: Bool { width < Self.fullWidth }

    /// The tile at the same place, 256 wide.
    public var full: Tile { Tile(row, index: index) }

    /// The index of the first entry, or of the first hash within its level.
    public var start: UInt64 { index * UInt64(Self.fullWidth) }

    /// The hash tile whose subtree holds the node at `coordinate`, as wide as a tree of `size` leaves makes it; `nil`
    /// unless the node is complete in that tree.
    init?(holding coordinate: TreeCoordinate, inTreeOf size: UInt64) {
        guard coordinate.isComplete(inTreeOf: size), size <= TreeSize.maximum else { return nil }
        let level = coordinate.level / 8
        let index = coordinate.index >> (8 - coordinate.level % 8)
        self.init(.hashes(level: level), index: index, inTreeOf: size)
    }

    /// The tile at `index`, which the tree reaches, as wide as a tree of `size` leaves makes it.
    private init(_ row: Row, index: UInt64, inTreeOf size: UInt64) {
        let length = size >> (8 * row.level)
        let start = index * UInt64(Self.fullWidth)
        self.init(row, index: index, width: Int(min(length - start, UInt64(Self.fullWidth))))
    }

    /// The tile that holds this full hash tile's root, in a tree of `size` leaves.
    func parent(inTreeOf size: UInt64) -> Tile {
        Tile(.hashes(level: row.level + 1), index: index / UInt64(Self.fullWidth), inTreeOf: size)
    }

    /// The tiles of `row` that a tree has at `newSize` and did not have, or had narrower, at `oldSize`: the full ones
    /// from left to right, then the partial one, if any, made as they are asked for. Empty if the tree does not grow;
    /// sizes are at most `TreeSize.maximum`.
    public static func inRow(
        _ row: Row, from oldSize: UInt64, to newSize: UInt64
    ) -> some Sequence<Tile> {
        precondition(newSize <= TreeSize.maximum)
        let oldLength = oldSize >> (8 * row.level)
        let newLength = newSize >> (8 * row.level)
        let width = UInt64(fullWidth)
        let indices = oldLength < newLength ? oldLength / width..<(newLength + width - 1) / width : 0..<0
        return indices.lazy.map { Tile(row, index: $0, inTreeOf: newSize) }
    }

    /// The hash tiles of all levels that a tree has at `newSize` and did not have, or had narrower, at `oldSize`.
    public static func hashTiles(from oldSize: UInt64, to newSize: UInt64) -> some Sequence<Tile> {
        (0..<levelCount).lazy.flatMap { inRow(.hashes(level: $0), from: oldSize, to: newSize) }
    }
}

/// The path under a log's prefix: `tile/<L>/<N>[.p/<W>]`, and `tile/entries/<N>[.p/<W>]`.
extension Tile {
    private static let longestPath = 64

    /// The path, without a leading slash; index 1234067 reads `x001/x234/067`.
    public var path: String {
        var groups = Self.digits(index % 1000)
        var rest = index / 1000
        while rest > 0 {
            groups = "x\(Self.digits(rest % 1000))/\(groups)"
            rest /= 1000
        }
        let rowName =
            switch row {
            case .entries: "entries"
            case .hashes(let level): String(level)
            }
        return "tile/\(rowName)/\(groups)\(isPartial ? ".p/\(width)" : "")"
    }

    /// Reads a path; throws `malformed` unless it is exactly what `path` gives for the tile.
    public init(path: String) throws(TransparencyLogError) {
        guard let tile = Self.lenient(Array(path.utf8)), tile.path.utf8.elementsEqual(path.utf8) else {
            throw TransparencyLogError(
                .malformed, "“\(path.prefix(Self.longestPath))” is not the path of a tile or entry bundle")
        }
        self = tile
    }

    /// The tile that `path` means at most; the caller compares with what that tile's path is.
    private static func lenient(_ path: [UInt8]) -> Tile? {
        guard path.count <= longestPath else { return nil }
        var parts = path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)[...]
        guard parts.popFirst()?.elementsEqual("tile".utf8) == true, let rowName = parts.popFirst() else { return nil }
        let row: Row
        if rowName.elementsEqual("entries".utf8) {
            row = .entries
        } else if let level = UInt64(canonicalDecimal: rowName), level <= 63 {
            row = .hashes(level: Int(level))
        } else {
            return nil
        }
        var width = fullWidth
        if parts.count >= 2, parts[parts.endIndex - 2].suffix(2).elementsEqual(".p".utf8), let last = parts.popLast() {
            guard let partial = UInt64(canonicalDecimal: last), 1..<UInt64(fullWidth) ~= partial else { return nil }
            width = Int(partial)
            parts[parts.endIndex - 1].removeLast(2)
        }
        var index: UInt64 = 0
        for part in parts {
            for digit in part where digit != UInt8(ascii: "x") {
                guard UInt8(ascii: "0")...UInt8(ascii: "9") ~= digit else { return nil }
                index = index * 10 + UInt64(digit - UInt8(ascii: "0"))
                guard index < indexBound else { return nil }
            }
        }
        return Tile(row, index: index, width: width)
    }

    private static func digits(_ group: UInt64) -> String {
        let digits = String(group)
        return String(repeating: "0", count: 3 - digits.count) + digits
    }
}
