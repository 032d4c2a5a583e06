internal import ConsentModel

/// Where things are in a file that is screened, and what its rows look like with the answers added.
public struct ScreeningLayout: Sendable {
    /// The columns that hold an answer, in the order in which they are added.
    enum AnswerColumn: String, CaseIterable {
        case decision
        case reason
        case nextAllowedAt = "next_allowed_at"
        case decisionNow = "decision_now"
    }

    /// How many columns the file has.
    let count: Int
    let separator: UInt8
    let contact: (notation: ContactAddress.Notation, column: Int)
    /// The columns with the times of each row.
    let at: Int?
    let knownAt: Int?
    /// Where the earlier answers are, by the order of `AnswerColumn`; `nil`: there are none, and ours are added.
    let earlier: [Int]?
    /// The answer's columns that there are.
    let answers: [AnswerColumn]
    /// Whether they tell what is known now, too.
    var hasDecisionNow: Bool { answers.count == AnswerColumn.allCases.count }
    /// What ends the header; rows without an ending of their own get it.
    let lineEnding: [UInt8]
    /// The first row of what is given back, its line ending included.
    public let header: [UInt8]
    /// Whether the first row of the file is a contact and no header.
    let isList: Bool

    private static let lineFeed = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")
    private static let quote = UInt8(ascii: "\"")

    /// Finds the columns in the first row of a file.
    init(
        _ first: CSVReader.Row, separator: UInt8, hasByteOrderMark: Bool, options: ScreeningOptions
    ) throws(ImportError) {
        if let fault = first.fault { throw fault }
        var names: [String] = []
        for column in 0..<first.count {
            guard !first.isCut(column), let name = options.encoding.decode(first[column]) else {
                throw ImportError(
                    .encoding,
                    "the first row is not in \(options.encoding.rawValue); name the encoding with --encoding")
            }
            names.append(String(ContactTyping.trimmed(name)))
        }
        isList = options.isList || Self.isContact(names, options)
        count = isList ? 1 : names.count
        self.separator = separator
        at = try Self.column(options.atColumn, "--at-column", in: isList ? [] : names)
        knownAt = try Self.column(options.knownAtColumn, "--known-at-column", in: isList ? [] : names)
        answers = at == nil && knownAt == nil ? Array(AnswerColumn.allCases.dropLast()) : AnswerColumn.allCases
        contact = isList ? (.any, 0) : try Self.contact(in: names, options)
        earlier = try Self.earlier(in: isList ? [] : names, answers, options)
        let ending = Self.lineEnding(of: first.source)
        lineEnding = ending.isEmpty ? [Self.lineFeed] : Array(ending)
        let added = answers.map { Array($0.rawValue.utf8) }
        var header: [UInt8] = hasByteOrderMark ? [0xEF, 0xBB, 0xBF] : []
        header += isList ? Array("contact".utf8) : Array(first.source.dropLast(ending.count))
        if earlier == nil { for name in added { header += [separator] + name } }
        self.header = header + lineEnding
    }

    /// Whether the first row is a contact: then the file is a list of them.
    private static func isContact(_ names: [String], _ options: ScreeningOptions) -> Bool {
        guard names.count == 1, options.contactColumn == nil, CSVColumns.contacts(in: names).isEmpty else {
            return false
        }
        return (try? ContactAddress(parsing: names[0], defaultRegion: options.defaultRegion)) != nil
    }

    private static func column(_ name: String?, _ option: String, in names: [String]) throws(ImportError) -> Int? {
        guard let name else { return nil }
        guard !names.isEmpty else {
            throw ImportError(
                .usage, "the file has no header, so that \(option) names nothing; add a first row of names")
        }
        return try CSVColumns.column(named: name, in: names)
    }

    private static func contact(
        in names: [String], _ options: ScreeningOptions
    ) throws(ImportError) -> (notation: ContactAddress.Notation, column: Int) {
        let known = CSVColumns.contacts(in: names)
        if let name = options.contactColumn {
            let column = try CSVColumns.column(named: name, in: names)
            return known.first { $0.column == column } ?? (.any, column)
        }
        guard let contact = known.first else {
            throw ImportError(
                .usage, field: "contact",
                "no column is known to hold the contact; say which with --contact-column (the file has "
                    + "\(CSVColumns.shown(names))), or --list if it has no header")
        }
        guard known.count == 1 else {
            throw ImportError(
                .usage, field: "contact",
                "several columns may hold the contact (\(CSVColumns.shown(known.map { names[$0.column] }))); say which with "
                    + "--contact-column")
        }
        return contact
    }

    private static func earlier(
        in names: [String], _ answers: [AnswerColumn], _ options: ScreeningOptions
    ) throws(ImportError) -> [Int]? {
        let there = answers.filter { answer in
            names.contains { CSVColumns.normalized($0) == CSVColumns.normalized(answer.rawValue) }
        }
        guard options.changedSince != nil else {
            guard let first = there.first else { return nil }
            throw ImportError(
                .usage,
                "the file has a column \"\(first.rawValue)\" already, and two would leave open which counts; screen the file "
                    + "without it, or ask what changed with --changed-since")
        }
        guard there.count == answers.count else {
            throw ImportError(
                .usage,
                "the file lacks the columns of an earlier screening (\(answers.map(\.rawValue).joined(separator: ", "))); "
                    + "name the file that consent screen wrote")
        }
        var columns: [Int] = []
        for answer in answers { columns.append(try CSVColumns.column(named: answer.rawValue, in: names)) }
        return columns
    }

    /// The line ending of a row as it stands in the file; empty at the end of a file without one.
    private static func lineEnding(of source: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard let last = source.last, last == lineFeed || last == carriageReturn else { return source.suffix(0) }
        let isPair = last == lineFeed && source.dropLast().last == carriageReturn
        return source.suffix(isPair ? 2 : 1)
    }

    /// Whether the row has fields beyond the columns: a separator too many, and no one knows where.
    func isShifted(_ row: CSVReader.Row) -> Bool {
        row.count > count && !(count..<row.count).allSatisfy { row[$0].isEmpty }
    }

    /// Writes the row as it stands, with `cells` in the answer's columns. Where a row has not its columns, it gets them:
    /// fields that lack are empty, those too many stay together in the last column, and a row that cannot be read stands in
    /// the first one.
    func write(_ row: CSVReader.Row, cells: [String], to output: inout [UInt8]) {
        let ending = Self.lineEnding(of: row.source)
        if earlier != nil {
            writeFields(of: row, replacing: cells, to: &output)
        } else {
            if row.fault == nil, row.count == count {
                output += row.source[..<ending.startIndex]
            } else {
                writeFields(of: row, replacing: [], to: &output)
            }
            for cell in cells {
                output.append(separator)
                output += cell.utf8
            }
        }
        output += ending.isEmpty ? lineEnding[...] : ending
    }

    private func writeFields(of row: CSVReader.Row, replacing cells: [String], to output: inout [UInt8]) {
        for column in 0..<count {
            if column > 0 { output.append(separator) }
            if !cells.isEmpty, let answer = earlier?.firstIndex(of: column) {
                output += cells[answer].utf8
            } else if row.fault != nil {
                if column == 0 { writeField(row.source.dropLast(Self.lineEnding(of: row.source).count), to: &output) }
            } else if column == count - 1, row.count > count {
                var rest: [UInt8] = []
                for surplus in column..<row.count { rest += (rest.isEmpty ? [] : [separator]) + row[surplus] }
                writeField(rest[...], to: &output)
            } else if column < row.count {
                writeField(row[column], to: &output)
            }
        }
    }

    private func writeField(_ field: ArraySlice<UInt8>, to output: inout [UInt8]) {
        let isPlain = field.allSatisfy {
            $0 != separator && $0 != Self.quote && $0 != Self.lineFeed && $0 != Self.carriageReturn
        }
        if isPlain {
            output += field
            return
        }
        output.append(Self.quote)
        for byte in field {
            if byte == Self.quote { output.append(byte) }
            output.append(byte)
        }
        output.append(Self.quote)
    }
}
