internal import ConsentModel
internal import LedgerStorage

/// Rows of an identifier and two numbers, in the order in which SQLite stores the identifiers, in a temporary file. Found
/// by where identifiers that are random must stand: in memory there is four bytes for every 32 rows.
struct SortedRows<Kind>: Sendable {
    typealias Identifier = OpaqueIdentifier<Kind>

    /// A row as it stands in the file.
    private struct Row: BitwiseCopyable {
        var high: UInt64 = 0
        var low: UInt64 = 0
        var first: UInt64 = 0
        var second: UInt64 = 0
    }

    private let file: TemporaryFile
    /// The first row of each bucket, and after the last one how many rows there are.
    private let starts: [UInt32]
    private let shift: UInt64

    private static var rowsABucket: Int { 32 }
    /// Buckets so near to one another, in rows, are read together, up to so many.
    private static var nearRows: Int { 256 }
    private static var mostRowsRead: Int { 2048 }

    /// Fills `file` with the rows for which `fill` calls its argument, at most about `expected`; they come in their order.
    init(
        _ file: TemporaryFile, expecting expected: Int,
        fill: ((Identifier, (UInt64, UInt64)) throws -> Void) throws -> Void
    ) throws {
        var bits: UInt64 = 0
        while bits < 31, expected >> bits > Self.rowsABucket { bits += 1 }
        let shift = 64 - bits
        var writer = TemporaryFileWriter(file)
        var starts: [UInt32] = [0]
        starts.reserveCapacity(1 << Int(bits) + 1)
        var (rows, last): (UInt32, Int64) = (0, .min)
        try fill { identifier, values in
            let high = Int64(bitPattern: identifier.high)
            guard high >= last, rows < .max else {
                throw StorageError(.failed, "a database gives its rows in another order than was asked for")
            }
            last = high
            let bucket = Self.bucket(identifier.high, shift)
            while starts.count <= bucket { starts.append(rows) }
            rows += 1
            try writer.append(
                value: Row(high: identifier.high, low: identifier.low, first: values.0, second: values.1))
        }
        while starts.count <= 1 << Int(bits) { starts.append(rows) }
        try writer.flush()
        self.file = file
        self.starts = starts
        self.shift = shift
    }

    /// Where an identifier stands among all, by its first bits: as signed numbers, negative ones first.
    private static func bucket(_ high: UInt64, _ shift: UInt64) -> Int { Int((high ^ 1 << 63) >> shift) }

    private func rows(_ bucket: Int) -> Range<Int> { Int(starts[bucket])..<Int(starts[bucket + 1]) }

    /// Calls `body` with the place in `identifiers` and the numbers of each row of one of them; `order` has the places in
    /// the order in which identifiers are stored.
    func forEach(
        of identifiers: [Identifier], in order: [Int], do body: (Int, (UInt64, UInt64)) throws -> Void
    ) throws {
        var read: Range<Int> = 0..<0
        var buffer: [Row] = []
        for (step, place) in order.enumerated() {
            let identifier = identifiers[place]
            let rows = rows(Self.bucket(identifier.high, shift))
            guard !rows.isEmpty else { continue }
            if rows.lowerBound < read.lowerBound || rows.upperBound > read.upperBound {
                read = rows
                for next in order[step...].dropFirst() {
                    let ahead = self.rows(Self.bucket(identifiers[next].high, shift))
                    guard ahead.lowerBound <= read.upperBound + Self.nearRows,
                        ahead.upperBound <= rows.lowerBound + Self.mostRowsRead
                    else { break }
                    read = read.lowerBound..<max(read.upperBound, ahead.upperBound)
                }
                if buffer.count < read.count {
                    buffer = [Row](repeating: Row(), count: max(read.count, Self.mostRowsRead))
                }
                try buffer.withUnsafeMutableBytes { bytes in
                    try file.read(
                        UnsafeMutableRawBufferPointer(rebasing: bytes[..<(read.count * MemoryLayout<Row>.stride)]),
                        at: read.lowerBound * MemoryLayout<Row>.stride)
                }
            }
            for row in rows {
                let found = buffer[row - read.lowerBound]
                if found.high == identifier.high, found.low == identifier.low {
                    try body(place, (found.first, found.second))
                }
            }
        }
    }
}
