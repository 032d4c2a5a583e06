internal import LedgerCrypto
internal import TransparencyLog

/// Reads tiles and entry bundles as a tree of one size has them.
struct TileSource: Sendable {
    /// The bytes of a tile, and the tile whose path they were read from.
    struct Content {
        let bytes: [UInt8]
        /// The tile that was asked for, or the full one in its place.
        let tile: Tile
        var path: String { tile.path }
    }

    let reader: any LogReader
    /// The size of the tree.
    let size: UInt64
    /// The sizes of all kept checkpoints, ascending.
    let keptSizes: [UInt64]

    /// How many entry bundles the tree has.
    var bundleCount: UInt64 { size / UInt64(Tile.fullWidth) + (size % UInt64(Tile.fullWidth) == 0 ? 0 : 1) }

    /// The tile at `index` of a row, as wide as the tree has it, which must reach there.
    func tile(_ row: Tile.Row, index: UInt64) -> Tile {
        let rest = size >> Self.shift(row) - index * UInt64(Tile.fullWidth)
        return Tile(row, index: index, width: Int(min(rest, UInt64(Tile.fullWidth))))
    }

    /// Reads a tile; a partial one that is absent is taken from the full one at its place (C2SP tlog-tiles).
    func read(_ tile: Tile) throws -> Content? {
        if let bytes = try reader.read(tile.path) { return Content(bytes: bytes, tile: tile) }
        guard tile.isPartial, let bytes = try reader.read(tile.full.path) else { return nil }
        return Content(bytes: bytes, tile: tile.full)
    }

    /// Reads a tile of hashes; what is wrong goes into `findings`.
    func readHashes(_ tile: Tile, findings: inout [Finding]) throws -> HashTile? {
        guard let content = try read(tile) else {
            findings.append(Self.missing(tile))
            return nil
        }
        do {
            let hashes = try HashTile(content.tile, bytes: content.bytes)
            guard content.tile != tile else { return hashes }
            return try HashTile(tile, bytes: Array(content.bytes.prefix(tile.width * SHA256Digest.byteCount)))
        } catch {
            findings.append(
                Finding(
                    .malformedTile, .structure, file: content.path, index: Self.firstLeaf(of: tile),
                    offset: min(content.bytes.count, content.tile.width * SHA256Digest.byteCount),
                    expected: "\(content.tile.width * SHA256Digest.byteCount) bytes",
                    found: "\(content.bytes.count) bytes", "\(error); restore it from a copy"))
            return nil
        }
    }

    /// Compares the partial tiles beside `tile`, which checkpoints of smaller trees need, with what the tree has in
    /// their place now: `prefix` gives the first bytes of a width's content. `compares` is false where only their being
    /// there matters.
    func checkPartials(
        beside tile: Tile, compares: Bool, findings: inout [Finding], unexpected: inout [String],
        prefix: (Int) -> ArraySlice<UInt8>?
    ) throws {
        let directory = tile.full.path + ".p"
        var widths: Set<Int> = []
        for name in try reader.list(directory).sorted() {
            guard let partial = try? Tile(path: "\(directory)/\(name)") else {
                unexpected.append("\(directory)/\(name)")
                continue
            }
            widths.insert(partial.width)
            // Read even where its content is not compared: what is no file is found at every level.
            guard partial.width < tile.width, let bytes = try reader.read(partial.path), compares,
                let expected = prefix(partial.width), !bytes.elementsEqual(expected)
            else { continue }
            let difference = zip(bytes, expected).enumerated().first { $0.element.0 != $0.element.1 }?.offset
            let offset = difference ?? min(bytes.count, expected.count)
            let place = tile.row == .entries ? 0 : offset / SHA256Digest.byteCount
            findings.append(
                Finding(
                    .stalePartial, .tree, file: partial.path, index: Self.firstLeaf(of: tile, at: place),
                    offset: offset,
                    expected: "the first \(expected.count) bytes of \(tile.path)", found: "\(bytes.count) other bytes",
                    "The log has other hashes or entries there now, so a reader of the older checkpoint is misled"))
        }
        try requireKeptPartials(of: tile, present: widths, findings: &findings)
    }

    /// A log serves the partial tiles of every checkpoint it published, until the full tile is there (C2SP tlog-tiles).
    private func requireKeptPartials(of tile: Tile, present: Set<Int>, findings: inout [Finding]) throws {
        guard tile.isPartial else { return }
        let shift = Self.shift(tile.row)
        var missing: Set<Int> = []
        for kept in keptSizes.reversed() {
            guard kept < size else { continue }
            guard kept >> shift > tile.start else { break }
            let width = Int((kept >> shift) - tile.start)
            if width < tile.width, !present.contains(width) { missing.insert(width) }
        }
        guard !missing.isEmpty, try reader.read(tile.full.path) == nil else { return }
        for width in missing.sorted() {
            let partial = Tile(tile.row, index: tile.index, width: width)
            guard try reader.read(partial.path) == nil else { continue }
            findings.append(
                Finding(
                    .missingFile, .structure, file: partial.path, index: Self.firstLeaf(of: tile),
                    expected: "a partial tile, \(width) wide", found: "no file", spoilsLog: false,
                    "A kept checkpoint needs this partial tile, and the full one is not there yet; restore it"))
        }
    }

    /// That a tile the tree needs is absent.
    static func missing(_ tile: Tile) -> Finding {
        let index = firstLeaf(of: tile)
        return Finding(
            .missingFile, .structure, file: tile.path, index: index, expected: "a tile, \(tile.width) wide",
            found: "no file",
            "The checkpoint's tree needs this file from record \(index) on; restore it from a copy")
    }

    /// The index of the first record below a tile, or below one of its places.
    static func firstLeaf(of tile: Tile, at position: Int = 0) -> UInt64 {
        (tile.start + UInt64(position)) << shift(tile.row)
    }

    /// By how many bits a tree's size is shifted to give a row's length.
    private static func shift(_ row: Tile.Row) -> UInt64 {
        switch row {
        case .entries: 0
        case .hashes(let level): UInt64(8 * level)
        }
    }
}
