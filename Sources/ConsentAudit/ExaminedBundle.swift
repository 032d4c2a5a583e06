internal import ConsentModel
internal import LedgerCrypto
internal import TransparencyLog

/// An entry that is a record.
struct ExaminedEntry: Sendable {
    /// Where the entry begins in its bundle's file.
    let offset: Int
    let record: Record
    /// `nil` if it does not decode.
    let statement: Statement?
    /// `nil` if it does not decode.
    let payload: Payload?
}

/// One entry bundle, with the tile of its leaf hashes, as far as each can be judged alone.
struct ExaminedBundle: Sendable {
    /// The bundle, as wide as the tree has it.
    let tile: Tile
    /// The file it was read from.
    var path: String
    /// The leaf hash of each entry; `nil` if the bundle is absent or its framing does not hold.
    var leafHashes: [SHA256Digest]?
    /// What the level-0 tile holds; `nil` if it is absent or of the wrong length.
    var storedHashes: [SHA256Digest]?
    /// Where each entry begins in the file, if the framing holds.
    var offsets: [Int] = []
    /// The entries; `nil` where one is not a record.
    var entries: [ExaminedEntry?]
    /// What is wrong with them.
    var findings: [Finding] = []
    /// Files beside them that have no business there.
    var unexpected: [String] = []

    /// Whether there is neither a bundle nor a tile.
    var isGap: Bool { leafHashes == nil && storedHashes == nil }
}

/// Reads bundles and checks what needs nothing but the bundle: this runs on all cores.
struct BundleExaminer: Sendable {
    let source: TileSource
    let level: VerificationLevel
    /// Whether entries are any bytes.
    let isOpaque: Bool

    func examine(_ number: UInt64) throws -> ExaminedBundle {
        let tile = source.tile(.entries, index: number)
        var bundle = ExaminedBundle(
            tile: tile, path: tile.path, entries: Array(repeating: nil, count: tile.width))
        let hashTile = source.tile(.hashes(level: 0), index: number)
        bundle.storedHashes = try source.readHashes(hashTile, findings: &bundle.findings)?.hashes
        let entries = try readEntries(into: &bundle)
        let hashes = bundle.leafHashes ?? bundle.storedHashes
        let compares = level >= .tree
        try source.checkPartials(
            beside: tile, compares: compares, findings: &bundle.findings, unexpected: &bundle.unexpected
        ) { width in entries.map { $0.bytes[..<$0.ranges[width - 1].upperBound] } }
        try source.checkPartials(
            beside: hashTile, compares: compares, findings: &bundle.findings, unexpected: &bundle.unexpected
        ) { width in hashes.map { $0.prefix(width).flatMap(\.bytes)[...] } }
        return bundle
    }

    private func readEntries(into bundle: inout ExaminedBundle) throws -> EntryBundle? {
        guard let content = try source.read(bundle.tile) else {
            bundle.findings.append(TileSource.missing(bundle.tile))
            return nil
        }
        bundle.path = content.path
        let entries: EntryBundle
        do {
            entries = try EntryBundle(parsing: content.bytes, count: content.tile.width)
        } catch {
            let (whole, offset) = EntryBundle.framing(of: content.bytes, atMost: content.tile.width)
            bundle.findings.append(
                Finding(
                    .malformedBundle, .structure, file: content.path, index: bundle.tile.start, offset: offset,
                    expected: "\(content.tile.width) entries",
                    found: "\(whole) whole ones in \(content.bytes.count) bytes",
                    "\(error); none of its entries can be read, and what they would break above is not known"))
            return nil
        }
        let hashes = entries.leafHashes
        bundle.leafHashes = Array(hashes.prefix(bundle.tile.width))
        bundle.offsets = entries.entryOffsets
        if isOpaque { return entries }
        for position in 0..<bundle.tile.width {
            bundle.entries[position] = examine(entries[position], at: position, of: &bundle)
        }
        return entries
    }

    private func examine(
        _ entry: ArraySlice<UInt8>, at position: Int, of bundle: inout ExaminedBundle
    ) -> ExaminedEntry? {
        let index = bundle.tile.start + UInt64(position)
        let offset = bundle.offsets[position]
        let path = bundle.path
        func finding(
            _ code: Finding.Code, _ error: ModelError, in start: Int, expected: String, _ consequence: String
        ) -> Finding {
            Finding(
                code, .structure, file: path, index: index, offset: error.offset.map { start + $0 } ?? offset,
                expected: expected, found: error.code.name, "Entry \(index): \(error); \(consequence)")
        }
        let record: Record
        do { record = try Record(decoding: entry) } catch {
            let isLater = error == ModelError(.unknownRecordVersion, "")
            bundle.findings.append(
                finding(
                    isLater ? .unknownRecordVersion : .malformedRecord, error, in: entry.startIndex,
                    expected: isLater ? "version \(Record.version)" : "a record in its one encoding",
                    "it is no record that this software can read"))
            return nil
        }
        // A record ends with its statement, and a statement with its payload, the signature's head and the signature.
        let statementStart = entry.endIndex - record.statement.count
        if record.index != index {
            bundle.findings.append(
                Finding(
                    .wrongIndex, .structure, file: path, index: index, offset: offset, expected: "\(index)",
                    found: "\(record.index)",
                    "The record says that it is number \(record.index), and it is number \(index): records were "
                        + "dropped, added or moved"))
        }
        let statement: Statement
        do { statement = try Statement(decoding: record.statement[...]) } catch {
            bundle.findings.append(
                finding(
                    .malformedStatement, error, in: statementStart, expected: "a COSE_Sign1 of exactly the due form",
                    "nobody is shown to have stated anything"))
            return ExaminedEntry(offset: offset, record: record, statement: nil, payload: nil)
        }
        do {
            let payload = try Payload(decoding: statement.payload[...])
            return ExaminedEntry(offset: offset, record: record, statement: statement, payload: payload)
        } catch {
            let signatureByteCount = 2 + statement.signature.count
            bundle.findings.append(
                finding(
                    .malformedEvent, error, in: entry.endIndex - signatureByteCount - statement.payload.count,
                    expected: "an event of a type's own fields", "what it states cannot be read"))
            return ExaminedEntry(offset: offset, record: record, statement: statement, payload: nil)
        }
    }
}

extension EntryBundle {
    private static let lengthByteCount = 2

    /// Where in the file each entry begins, its length included.
    var entryOffsets: [Int] { ranges.map { $0.lowerBound - Self.lengthByteCount } }

    /// How many of the entries in `bytes` are whole, up to `most`, and where the next one would begin.
    static func framing(of bytes: [UInt8], atMost most: Int) -> (count: Int, offset: Int) {
        var count = 0
        var offset = 0
        while count < most, bytes.count - offset >= lengthByteCount {
            let length = Int(bytes[offset]) << 8 | Int(bytes[offset + 1])
            guard bytes.count - offset - lengthByteCount >= length else { break }
            offset += lengthByteCount + length
            count += 1
        }
        return (count, offset)
    }
}
