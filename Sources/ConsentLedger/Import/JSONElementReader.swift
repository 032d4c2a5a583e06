internal import ConsentModel

/// The elements of a JSON array, or JSON texts a line, one at a time: an array of a million items is never held whole.
///
/// Where an element begins and ends is found by its brackets and strings alone; whether it is JSON is for its reader.
/// Between elements of an array, commas and blanks are passed over. An element that is broken (a line that ends within a
/// string, a bracket that is not closed, too many bytes) is told once, and reading goes on at the next opening brace.
struct JSONElementReader: Sendable {
    struct Element: Sendable {
        /// The line on which it begins, from 1.
        let line: Int
        let text: Result<[UInt8], ImportError>
    }

    private enum State {
        case start
        case lines(LineReader)
        case between
        /// After a broken element: nothing counts before the next opening brace.
        case lost
        case afterArray
    }

    let maximumByteCount: Int
    private var state = State.start
    private var buffer: [UInt8] = []
    private var line = 1

    init(maximumByteCount: Int) { self.maximumByteCount = maximumByteCount }

    /// Whether the file is an array, be it empty.
    var hasArray: Bool { if case .lines = state { false } else if case .start = state { false } else { true } }

    mutating func elements(in chunk: [UInt8]) -> [Element] { read(chunk, isEnd: false) }

    mutating func finish() -> [Element] { read([], isEnd: true) }

    private mutating func read(_ chunk: [UInt8], isEnd: Bool) -> [Element] {
        var elements: [Element] = []
        if case .lines(var lines) = state {
            elements = Self.elements(of: lines.lines(in: chunk), maximumByteCount)
            if isEnd, let last = lines.finish() { elements += Self.elements(of: [last], maximumByteCount) }
            state = .lines(lines)
            return elements
        }
        // Without a bracket, a quote, a comma or a line ending no element is complete; looking again at what is there
        // would cost as much each time.
        if case .between = state, !isEnd, buffer.count + chunk.count <= maximumByteCount,
            !chunk.contains(where: Self.mayEndElement)
        {
            buffer += chunk
            return []
        }
        buffer += chunk
        var position = 0
        scanning: while position < buffer.count {
            let byte = buffer[position]
            switch state {
            case .start:
                if byte == UInt8(ascii: "[") {
                    state = .between
                    position += 1
                } else if Self.isBlank(byte) || [0xEF, 0xBB, 0xBF].contains(byte) {
                    pass(byte, &position)
                } else {
                    var lines = LineReader(maximumByteCount: maximumByteCount, firstLine: line)
                    elements += Self.elements(of: lines.lines(in: Array(buffer[position...])), maximumByteCount)
                    if isEnd, let last = lines.finish() { elements += Self.elements(of: [last], maximumByteCount) }
                    state = .lines(lines)
                    buffer = []
                    return elements
                }
            case .between:
                if Self.isBlank(byte) || byte == UInt8(ascii: ",") {
                    pass(byte, &position)
                } else if byte == UInt8(ascii: "]") {
                    state = .afterArray
                    position += 1
                } else {
                    switch element(from: position, isEnd: isEnd) {
                    case .complete(let end) where end > position:
                        elements.append(Element(line: line, text: .success(Array(buffer[position..<end]))))
                        line += buffer[position..<end].count { $0 == UInt8(ascii: "\n") }
                        position = end
                    case .needsMore: break scanning
                    case .complete: lose(Self.brokenNesting, at: &position, &elements)
                    case .broken(let error): lose(error, at: &position, &elements)
                    }
                }
            case .lost:
                if byte == UInt8(ascii: "{") { state = .between } else { pass(byte, &position) }
            case .afterArray:
                if Self.isBlank(byte) {
                    pass(byte, &position)
                } else {
                    lose(Self.afterEnd, at: &position, &elements)
                }
            case .lines: break scanning
            }
        }
        buffer.removeFirst(position)
        if isEnd, case .between = state { elements.append(Element(line: line, text: .failure(Self.cutOff))) }
        return elements
    }

    /// Tells of what is at `position`, and goes past its first byte, which must not be found again.
    private mutating func lose(_ error: ImportError, at position: inout Int, _ elements: inout [Element]) {
        elements.append(Element(line: line, text: .failure(error)))
        pass(buffer[position], &position)
        state = .lost
    }

    private mutating func pass(_ byte: UInt8, _ position: inout Int) {
        if byte == UInt8(ascii: "\n") { line += 1 }
        position += 1
    }

    private enum Extent {
        case complete(end: Int)
        case broken(ImportError)
        case needsMore
    }

    /// The end of the element that begins at `start`.
    private func element(from start: Int, isEnd: Bool) -> Extent {
        buffer.withUnsafeBufferPointer { element(in: $0, from: start, isEnd: isEnd) }
    }

    private func element(in buffer: UnsafeBufferPointer<UInt8>, from start: Int, isEnd: Bool) -> Extent {
        var depth = 0
        var isQuoted = false
        var position = start
        // The last byte outside strings that is no blank.
        var previous = UInt8(ascii: ":")
        while position < buffer.count {
            guard position - start < maximumByteCount else { return .broken(Self.tooLarge(maximumByteCount)) }
            let byte = buffer[position]
            position += 1
            if isQuoted {
                switch byte {
                case UInt8(ascii: "\\"): position += 1
                case UInt8(ascii: "\n"): return .broken(Self.brokenString)
                case UInt8(ascii: "\""):
                    isQuoted = false
                    if depth == 0 { return .complete(end: position) }
                default: break
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isQuoted = true
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                // A brace where no value can stand is the next element: this one was not closed.
                guard previous == UInt8(ascii: ":") || previous == UInt8(ascii: "["), depth < JSONValue.maximumDepth
                else {
                    return .broken(Self.brokenNesting)
                }
                depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                if depth < 0 { return .complete(end: position - 1) }
                if depth == 0 { return .complete(end: position) }
            case UInt8(ascii: ","), UInt8(ascii: "\n"):
                if depth == 0 { return .complete(end: position - 1) }
            default: break
            }
            if !Self.isBlank(byte) { previous = byte }
        }
        return isEnd ? .broken(Self.cutOff) : .needsMore
    }

    private static func elements(of lines: [LineReader.Line], _ maximumByteCount: Int) -> [Element] {
        lines.map { line in
            Element(line: line.number, text: line.bytes.map { .success($0) } ?? .failure(tooLarge(maximumByteCount)))
        }
    }

    private static func mayEndElement(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "\""),
            UInt8(ascii: ","), UInt8(ascii: "\n"):
            true
        default: false
        }
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
    }

    private static let brokenString = ImportError(
        .malformed, "the item has a line that ends within a string; close the string, or write \\n for a line break")
    private static let brokenNesting = ImportError(
        .malformed, "the item has brackets that do not fit each other; close what is open")
    private static let cutOff = ImportError(.malformed, "the array is not closed; the file was cut off, get it whole")
    private static let afterEnd = ImportError(.malformed, "something follows the end of the array; remove it")
    private static func tooLarge(_ maximumByteCount: Int) -> ImportError {
        ImportError(.tooLarge, "the item has more than \(maximumByteCount) bytes; shorten it, or close its brackets")
    }
}
