/// Lines of a file, one JSON text each. Memory is bounded: of a line that is too long only that is told.
struct LineReader: Sendable {
    struct Line: Sendable {
        /// From 1.
        let number: Int
        /// Without its ending; `nil` when the line is too long.
        let bytes: [UInt8]?
    }

    let maximumByteCount: Int
    private var buffer: [UInt8] = []
    private var number: Int
    private var isTooLong = false
    private var isAtStart = true

    init(maximumByteCount: Int, firstLine: Int = 1) {
        self.maximumByteCount = maximumByteCount
        number = firstLine
    }

    /// The lines that `chunk` completes, blank ones left out.
    mutating func lines(in chunk: [UInt8]) -> [Line] {
        var lines: [Line] = []
        var rest = chunk[...]
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            add(rest[..<end])
            if let line = take() { lines.append(line) }
            rest = rest[(end + 1)...]
        }
        add(rest)
        return lines
    }

    /// The last line, when nothing ends it.
    mutating func finish() -> Line? { take() }

    private mutating func add(_ bytes: ArraySlice<UInt8>) {
        if isTooLong || buffer.count + bytes.count > maximumByteCount {
            isTooLong = true
            buffer.removeAll()
        } else {
            buffer += bytes
        }
    }

    private mutating func take() -> Line? {
        defer {
            buffer.removeAll(keepingCapacity: true)
            number += 1
            isTooLong = false
            isAtStart = false
        }
        if isTooLong { return Line(number: number, bytes: nil) }
        var bytes = buffer[...]
        if isAtStart, bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
        while let last = bytes.last, last == 0x20 || last == 0x0D || last == 0x09 { bytes.removeLast() }
        return bytes.isEmpty ? nil : Line(number: number, bytes: Array(bytes))
    }
}
