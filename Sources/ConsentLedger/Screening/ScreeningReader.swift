/// Reads a file of contacts in batches of rows; memory does not grow with the file.
public struct ScreeningReader {
    /// Rows that are answered together.
    public struct Batch: Sendable {
        let rows: [CSVReader.Row]
    }

    /// How many rows there are in a batch; the last one may have fewer.
    public static let batchCount = 16_384

    private let options: ScreeningOptions
    private let batchCount: Int
    private let nextChunk: () throws -> [UInt8]?
    private var reader: CSVReader
    private var rows: [CSVReader.Row] = []
    private var isEnd = false

    /// Reads what `nextChunk` gives until it gives `nil`.
    public init(
        options: ScreeningOptions, batchCount: Int = batchCount, nextChunk: @escaping () throws -> [UInt8]?
    ) {
        self.options = options
        self.batchCount = max(1, batchCount)
        self.nextChunk = nextChunk
        reader = CSVReader(separator: options.isList ? UInt8(ascii: ",") : nil)
    }

    /// Reads the first row, which says where things are. Call it once, first. Throws `ImportError` if the file cannot be
    /// used, and what reading throws.
    public mutating func layout() throws -> ScreeningLayout {
        try read(count: 1)
        guard let first = rows.first else {
            throw ImportError(.malformed, "the file has no rows; it takes one contact a line, or CSV with a header")
        }
        let layout = try ScreeningLayout(
            first, separator: reader.separator ?? UInt8(ascii: ","), hasByteOrderMark: reader.hasByteOrderMark,
            options: options)
        if !layout.isList { rows.removeFirst() }
        return layout
    }

    /// About how many rows a file of so many bytes has, by those that were read with the first one; `nil` where there is no
    /// other.
    public func rowCount(inBytes count: UInt64) -> Int? {
        let bytes = rows.reduce(0) { $0 + $1.source.count }
        return bytes == 0 ? nil : Int(Double(count) / Double(bytes) * Double(rows.count))
    }

    /// The next rows; `nil` at the end.
    public mutating func next() throws -> Batch? {
        try read(count: batchCount)
        guard !rows.isEmpty else { return nil }
        let batch = Batch(rows: Array(rows.prefix(batchCount)))
        rows.removeFirst(batch.rows.count)
        return batch
    }

    private mutating func read(count: Int) throws {
        while rows.count < count, !isEnd {
            if let chunk = try nextChunk() {
                rows += try reader.rows(in: chunk)
            } else {
                isEnd = true
                rows += try reader.finish()
            }
        }
    }
}
