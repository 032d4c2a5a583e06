/// Rows of comma-separated values, RFC 4180, as spreadsheets and CRMs really write them: any line ending, newlines within
/// quotes, a byte order mark, semicolons or tabs for commas, and quotes in the middle of an unquoted field as they stand.
///
/// A row that cannot be read is given with the fields before its fault, and costs no more than the line that the fault is
/// on: reading goes on with the line after it, so that one stray quote does not swallow the file.
public struct CSVReader: Sendable {
    /// One row: its fields and, where it is broken, what is wrong with it.
    public struct Row: Sendable {
        /// The line on which it begins, from 1.
        public let line: Int
        /// What cannot be read; the fields that there are stand before it.
        public let fault: ImportError?
        /// The row as it stands in the file, its line ending included. Of a broken row that is too long, its beginning.
        public let source: ArraySlice<UInt8>
        private let fields: Fields

        init(line: Int, _ fields: Fields, source: ArraySlice<UInt8>, fault: ImportError? = nil) {
            self.line = line
            self.fields = fields
            self.source = source
            self.fault = fault
        }

        public var count: Int { fields.ends.count }

        /// The bytes of a field, unquoted; the index is in `0..<count`.
        public subscript(index: Int) -> ArraySlice<UInt8> {
            fields.bytes[(index == 0 ? 0 : fields.ends[index - 1])..<fields.ends[index]]
        }

        /// Whether the field is larger than is read, so that only its beginning is there.
        public func isCut(_ index: Int) -> Bool { fields.cut.contains(index) }
    }

    /// The fields of a row one after the other, where each ends, and which are cut.
    struct Fields: Sendable {
        var bytes: [UInt8] = []
        var ends: [Int] = []
        var cut: [Int] = []

        var isEmpty: Bool { ends.count == 1 && bytes.isEmpty }

        /// Ends the field that is as long as `bytes` since the last one.
        mutating func end(isCut: Bool) {
            if isCut {
                let start = ends.last ?? 0
                bytes.removeLast(bytes.count - start - bytes[start...].withoutBrokenEnd.count)
                cut.append(ends.count)
            }
            ends.append(bytes.count)
        }
    }

    /// The most bytes of a field that are read; of a larger one, the rest is left out.
    public static let maximumFieldByteCount = 65_536
    /// The largest row, in bytes as it stands in the file.
    public static let maximumRowByteCount = 1_048_576
    /// The most fields in a row.
    public static let maximumFieldCount = 1_024

    private static let quote = UInt8(ascii: "\"")
    private static let lineFeed = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")

    /// What parts the fields; `nil`: not yet known, the first row tells.
    public private(set) var separator: UInt8?
    /// Whether the file begins with a byte order mark.
    public private(set) var hasByteOrderMark = false
    private var buffer: [UInt8] = []
    private var line = 1
    private var isAtStart = true
    /// Within a line that is too long, of which the rest is not kept.
    private var isSkippingLine = false

    /// Without a separator, the first row tells whether it is comma, semicolon or tab.
    public init(separator: UInt8? = nil) { self.separator = separator }

    /// The rows that `chunk` completes. Blank lines are no rows.
    public mutating func rows(in chunk: [UInt8]) throws(ImportError) -> [Row] {
        // Without a line ending no row is complete; looking again at what is there would cost as much each time.
        let mayEnd =
            buffer.last == Self.carriageReturn || buffer.count + chunk.count > Self.maximumRowByteCount
            || chunk.contains { $0 == Self.lineFeed || $0 == Self.carriageReturn }
        buffer += chunk
        return mayEnd ? try drain(isEnd: false) : []
    }

    /// The rows that the end of the file completes.
    public mutating func finish() throws(ImportError) -> [Row] { try drain(isEnd: true) }

    private mutating func drain(isEnd: Bool) throws(ImportError) -> [Row] {
        if isAtStart {
            guard buffer.count >= 4 || isEnd else { return [] }
            if buffer.starts(with: [0xFF, 0xFE]) || buffer.starts(with: [0xFE, 0xFF]) {
                throw ImportError(.encoding, "the file is in UTF-16; save it as CSV in UTF-8")
            }
            hasByteOrderMark = buffer.starts(with: [0xEF, 0xBB, 0xBF])
            if hasByteOrderMark { buffer.removeFirst(3) }
            isAtStart = false
        }
        var rows: [Row] = []
        var start = 0
        while start < buffer.count {
            guard let (next, row) = row(from: start, isEnd: isEnd) else { break }
            start = next
            if let row { rows.append(row) }
        }
        buffer.removeFirst(start)
        return rows
    }

    private enum Scan {
        /// A row, the offset after it, and the lines it takes.
        case row(Fields, next: Int, lines: Int)
        /// The fields before a fault, the offset of what is broken, and the lines that end before it.
        case fault(ImportError, Fields, offset: Int, linesBefore: Int)
        case needsMore
    }

    /// The row that begins at `start` with the offset after it; no row for a blank line; `nil` when its end is not there.
    private mutating func row(from start: Int, isEnd: Bool) -> (next: Int, row: Row?)? {
        if isSkippingLine {
            guard let next = lineEnd(from: start, isEnd: isEnd) else {
                let kept = unfinishedStart(isEnd: isEnd)
                return kept > start ? (kept, nil) : nil
            }
            isSkippingLine = false
            line += 1
            return (next, nil)
        }
        if separator == nil {
            guard let found = detectedSeparator(from: start, isEnd: isEnd) else { return nil }
            separator = found
        }
        let first = line
        switch scan(from: start, isEnd: isEnd) {
        case .row(let fields, let next, let lines):
            line += lines
            return (next, fields.isEmpty ? nil : Row(line: first, fields, source: buffer[start..<next]))
        case .fault(let error, let fields, let offset, let linesBefore):
            line += linesBefore
            let end = lineEnd(from: offset, isEnd: isEnd)
            let next = end ?? unfinishedStart(isEnd: isEnd)
            if end == nil { isSkippingLine = true } else { line += 1 }
            return (next, Row(line: first, fields, source: buffer[start..<next], fault: error))
        case .needsMore: return nil
        }
    }

    /// The offset after the next line ending; the end of the file is one.
    private func lineEnd(from start: Int, isEnd: Bool) -> Int? {
        guard let end = buffer[start...].firstIndex(where: { $0 == Self.lineFeed || $0 == Self.carriageReturn }) else {
            return isEnd ? buffer.count : nil
        }
        if buffer[end] == Self.carriageReturn {
            if end + 1 == buffer.count { return isEnd ? end + 1 : nil }
            if buffer[end + 1] == Self.lineFeed { return end + 2 }
        }
        return end + 1
    }

    /// Where the bytes begin that the next chunk may complete: a carriage return at the end is perhaps half of CR LF.
    private func unfinishedStart(isEnd: Bool) -> Int {
        buffer.last == Self.carriageReturn && !isEnd ? buffer.count - 1 : buffer.count
    }

    /// The commonest of comma, semicolon and tab in the first row outside quotes; a comma when there is none.
    private func detectedSeparator(from start: Int, isEnd: Bool) -> UInt8? {
        var counts: [(byte: UInt8, count: Int)] = [
            (UInt8(ascii: ","), 0), (UInt8(ascii: ";"), 0), (UInt8(ascii: "\t"), 0),
        ]
        var isQuoted = false
        var isComplete = isEnd || buffer.count - start > Self.maximumRowByteCount
        var isBlank = true
        for byte in buffer[start...] {
            if byte == Self.quote { isQuoted.toggle() }
            if isQuoted { continue }
            if byte == Self.lineFeed || byte == Self.carriageReturn {
                if isBlank { continue }
                isComplete = true
                break
            }
            isBlank = false
            for index in counts.indices where counts[index].byte == byte { counts[index].count += 1 }
        }
        guard isComplete else { return nil }
        let most = counts.map(\.count).max() ?? 0
        return counts.first { $0.count == most }?.byte
    }

    private func scan(from start: Int, isEnd: Bool) -> Scan {
        buffer.withUnsafeBufferPointer {
            scan($0, from: start, separator: separator ?? UInt8(ascii: ","), isEnd: isEnd)
        }
    }

    private func scan(
        _ source: UnsafeBufferPointer<UInt8>, from start: Int, separator: UInt8, isEnd: Bool
    ) -> Scan {
        var fields = Fields()
        var lines = 1
        var position = start
        while true {
            let (field, fieldStart, fieldLines) = (position, fields.bytes.count, lines)
            // Where the field itself is broken, it is not kept, and reading goes on after the line that it begins on.
            func broken(_ error: ImportError) -> Scan {
                fields.bytes.removeLast(fields.bytes.count - fieldStart)
                return .fault(error, fields, offset: field, linesBefore: fieldLines - 1)
            }
            func faultAfterField(_ error: ImportError) -> Scan {
                .fault(error, fields, offset: position, linesBefore: lines - 1)
            }
            var isCut = false
            if position < source.count, source[position] == Self.quote {
                func keep(_ byte: UInt8) {
                    if fields.bytes.count - fieldStart < Self.maximumFieldByteCount {
                        fields.bytes.append(byte)
                    } else {
                        isCut = true
                    }
                }
                position += 1
                quoted: while true {
                    guard position - start <= Self.maximumRowByteCount else { return broken(Self.openQuote) }
                    guard position < source.count else { return isEnd ? broken(Self.openQuote) : .needsMore }
                    let byte = source[position]
                    position += 1
                    switch byte {
                    case Self.quote:
                        guard position < source.count else {
                            if isEnd { break quoted }
                            return .needsMore
                        }
                        guard source[position] == Self.quote else { break quoted }
                        position += 1
                        keep(Self.quote)
                    case Self.lineFeed:
                        lines += 1
                        keep(byte)
                    case Self.carriageReturn:
                        // Of CR LF, the LF is counted.
                        guard position < source.count else { return isEnd ? broken(Self.openQuote) : .needsMore }
                        if source[position] != Self.lineFeed { lines += 1 }
                        keep(byte)
                    default: keep(byte)
                    }
                }
            } else {
                while position < source.count, source[position] != separator, source[position] != Self.lineFeed,
                    source[position] != Self.carriageReturn
                {
                    position += 1
                }
                isCut = position - field > Self.maximumFieldByteCount
                fields.bytes += source[field..<min(position, field + Self.maximumFieldByteCount)]
            }
            if position < source.count, source[position] != separator, source[position] != Self.lineFeed,
                source[position] != Self.carriageReturn
            {
                return broken(Self.afterQuote)
            }
            fields.end(isCut: isCut)
            guard fields.ends.count <= Self.maximumFieldCount else { return faultAfterField(Self.manyFields) }
            guard position - start <= Self.maximumRowByteCount else { return faultAfterField(Self.largeRow) }
            guard position < source.count else {
                return isEnd ? .row(fields, next: position, lines: lines) : .needsMore
            }
            switch source[position] {
            case separator: position += 1
            case Self.lineFeed: return .row(fields, next: position + 1, lines: lines)
            default:
                if position + 1 == source.count, !isEnd { return .needsMore }
                let isPair = position + 1 < source.count && source[position + 1] == Self.lineFeed
                return .row(fields, next: position + (isPair ? 2 : 1), lines: lines)
            }
        }
    }

    private static let openQuote = ImportError(
        .malformed, "the row opens a quote that is not closed within 1 MiB; close it, or double the quote if it is one")
    private static let afterQuote = ImportError(
        .malformed,
        "the row goes on after a closing quote; put a separator there, or double the quotes within the field")
    private static let largeRow = ImportError(.tooLarge, "the row has more than 1 MiB; shorten it")
    private static let manyFields = ImportError(.tooLarge, "the row has more than 1,024 fields; leave some out")
}
