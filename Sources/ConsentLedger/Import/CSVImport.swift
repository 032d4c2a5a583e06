internal import ConsentModel

/// The export of a CRM or a spreadsheet: one row a person, the first row names the columns.
public struct CSVImport: ImportParser {
    /// What a column means, as the user says.
    public struct ColumnMapping: Sendable {
        let column: String
        let field: CSVColumns.Field

        /// Reads `COLUMN=FIELD`, such as `Movil=contact` or `opt_in_sms=status:sms`.
        public init(parsing text: String) throws(ImportError) {
            guard let sign = text.lastIndex(of: "="), sign != text.startIndex else {
                throw ImportError(.usage, "\"\(text)\" is no mapping of a column; write COLUMN=FIELD")
            }
            column = String(text[..<sign])
            field = try CSVColumns.Field(named: String(text[text.index(after: sign)...]))
        }
    }

    /// What a status says.
    public enum Status: String, Sendable, CaseIterable {
        case optIn = "opt-in"
        case optOut = "opt-out"
        /// Nothing is recorded.
        case none = "none"
    }

    /// What a value in a status column means, as the user says.
    public struct ValueMeaning: Sendable {
        let value: String
        let status: Status

        /// Reads `VALUE=opt-in`, `VALUE=opt-out` or `VALUE=none`; an empty value is a cell with nothing in it.
        public init(parsing text: String) throws(ImportError) {
            guard let sign = text.lastIndex(of: "="),
                let status = Status(rawValue: String(text[text.index(after: sign)...]))
            else {
                throw ImportError(
                    .usage, field: "status",
                    "\"\(text)\" is no meaning of a value; write VALUE=opt-in, VALUE=opt-out or VALUE=none")
            }
            value = CSVImport.normalized(String(text[..<sign]))
            self.status = status
        }
    }

    public struct Options: Sendable {
        public var encoding = TextEncoding.utf8
        /// Comma, semicolon or tab; `nil`: the header tells.
        public var separator: UInt8?
        public var mapping: [ColumnMapping] = []
        public var values: [ValueMeaning] = []
        /// What every row is, where no column says so.
        public var status: Status?
        public var dateOrder: ImportTime.DateOrder?

        public init() {}
    }

    private let options: Options
    private let meanings: [String: Status]
    private var reader: CSVReader
    private var columns: CSVColumns?
    private var rowNumber = 0

    /// Throws `usage` when options contradict each other.
    public init(options: Options) throws(ImportError) {
        self.options = options
        reader = CSVReader(separator: options.separator)
        var meanings = Self.plainMeanings
        for meaning in options.values { meanings[meaning.value] = meaning.status }
        self.meanings = meanings
        let mapsStatus = options.mapping.contains { if case .status = $0.field { true } else { false } }
        if options.status != nil, mapsStatus || !options.values.isEmpty {
            throw ImportError(
                .usage, field: "status", "--as says what every row is, and so does a mapped status; leave one out")
        }
    }

    public mutating func items(in chunk: [UInt8]) throws(ImportError) -> [ImportItem] {
        try items(of: reader.rows(in: chunk))
    }

    public mutating func finish() throws(ImportError) -> [ImportItem] {
        let items = try items(of: reader.finish())
        guard columns != nil else {
            throw ImportError(.malformed, "the file has no row that names the columns; the first row must")
        }
        return items
    }

    private mutating func items(of rows: [CSVReader.Row]) throws(ImportError) -> [ImportItem] {
        var items: [ImportItem] = []
        for row in rows {
            if let columns {
                rowNumber += 1
                items += self.items(of: row, columns: columns)
            } else {
                columns = try header(row)
            }
        }
        return items
    }

    private func header(_ row: CSVReader.Row) throws(ImportError) -> CSVColumns {
        if let fault = row.fault { throw fault }
        var names: [String] = []
        for index in 0..<row.count {
            guard !row.isCut(index) else { throw Self.tooLarge("header") }
            guard let name = options.encoding.decode(row[index]) else { throw Self.notInEncoding(options.encoding) }
            names.append(String(ContactTyping.trimmed(name)))
        }
        let columns = try CSVColumns(header: names, mapping: options.mapping, findsStatus: options.status == nil)
        guard options.status != nil || !columns.statuses.isEmpty else {
            throw ImportError(
                .usage, field: "status",
                "no column says who agreed and who left; name it with --map COLUMN=status, or say what all rows are with "
                    + "--as opt-in or --as opt-out")
        }
        return columns
    }

    private func items(of row: CSVReader.Row, columns: CSVColumns) -> [ImportItem] {
        let position = ImportItem.Position(row: rowNumber, line: row.line)
        let statuses = columns.statuses.isEmpty ? [(channel: String?.none, column: -1)] : columns.statuses
        let reading = Reading(row, columns)
        let items = statuses.enumerated().map { index, status in
            var position = position
            position.item = index + 1
            return item(of: reading, at: position, columns: columns, status: status, isOneOfMany: statuses.count > 1)
        }
        guard let fault = reading.fault else { return items }
        // Of a broken row, what can be read to be an opt-out is one.
        let optOuts = items.filter(\.restricts)
        return optOuts.isEmpty ? [ImportItem(position: position, intent: .rejected(fault))] : optOuts
    }

    /// A row, and what of it can be relied on.
    private struct Reading {
        let row: CSVReader.Row
        let fault: ImportError?
        /// Whether there are more fields than columns: a separator too many, and no one knows where. Contact and status
        /// still show whether they are that.
        let isShifted: Bool

        init(_ row: CSVReader.Row, _ columns: CSVColumns) {
            self.row = row
            isShifted = row.count > columns.count && !(columns.count..<row.count).allSatisfy { row[$0].isEmpty }
            fault =
                row.fault
                ?? (isShifted
                    ? ImportError(
                        .malformed,
                        "the row has \(row.count) fields and the header \(columns.count); quote the field with a separator in it"
                    ) : nil)
        }

        /// The field in a column; empty where the row ends before it.
        func field(_ column: Int) -> ArraySlice<UInt8> { column < row.count ? row[column] : [] }

        /// Whether the column is behind the fault.
        func isLost(_ column: Int) -> Bool { row.fault != nil && column >= row.count }

        func isCut(_ column: Int) -> Bool { column < row.count && row.isCut(column) }
    }

    private func item(
        of reading: Reading, at position: ImportItem.Position, columns: CSVColumns,
        status: (channel: String?, column: Int), isOneOfMany: Bool
    ) -> ImportItem {
        var item = ImportItem(position: position, intent: .nothing(reason: ""))
        do throws(ImportError) {
            item.intent = try intent(of: reading, status: status)
        } catch {
            item.intent = .rejected(error)
        }
        if let fault = reading.fault { item.object(fault) }
        // A value that cannot be read is a doubt on an opt-out and the end of an opt-in.
        func value(_ field: CSVColumns.Field) -> String? {
            guard let column = columns.column(of: field) else { return nil }
            guard !reading.isLost(column), !reading.isShifted else {
                // What would have narrowed the opt-out is told apart from what was never said.
                if [.channel, .category, .sender, .occurredAt].contains(field) {
                    item.object(
                        ImportError(.malformed, field: field.name, "the \(field.name) cannot be told in this row"))
                }
                return nil
            }
            guard !reading.field(column).isEmpty else { return nil }
            guard let text = options.encoding.decode(reading.field(column)) else {
                item.object(Self.notInEncoding(options.encoding, field: field.name))
                return nil
            }
            if reading.isCut(column) {
                guard case .privateValue = field else {
                    item.object(Self.tooLarge(field.name))
                    return nil
                }
                item.object(
                    ImportError(
                        .tooLarge, field: field.name, "the \(field.name) has more than 64 KiB; its beginning is kept"))
            }
            let trimmed = ContactTyping.trimmed(text)
            return trimmed.isEmpty ? nil : String(trimmed)
        }
        func list(_ field: CSVColumns.Field) -> [String]? {
            guard let text = value(field) else { return nil }
            let parts = text.split { $0 == "," || $0 == ";" || $0 == "|" }.map {
                String(ContactTyping.trimmed(String($0)))
            }
            return parts.contains { !$0.isEmpty } ? parts.filter { !$0.isEmpty } : nil
        }
        func time(_ field: CSVColumns.Field) -> ImportTime? {
            guard let text = value(field) else { return nil }
            do throws(ImportError) {
                return try ImportTime(parsing: text, order: options.dateOrder, field: field.name)
            } catch {
                item.object(error)
                return nil
            }
        }
        do throws(ImportError) {
            item.contact = try contact(of: reading, columns)
        } catch {
            item.reject(error)
        }
        item.occurredAt = time(.occurredAt)
        item.expires = time(.expires)
        item.channels = status.channel.map { [$0] } ?? list(.channel)
        if reading.isShifted, status.channel != nil {
            item.object(
                ImportError(.malformed, field: "channel", "of which channel the status is cannot be told in this row"))
            item.channels = nil
        }
        item.categories = list(.category)
        item.notice = value(.notice)
        item.method = value(.method)
        item.language = value(.language)
        item.senders = value(.sender).map { [$0] } ?? []
        // Several items of one row are several events, each with an id of its own.
        item.outsideID = value(.id).map { isOneOfMany ? "\($0)#\(status.channel ?? "")" : $0 }
        item.proof = value(.proof)
        for name in ["ip", "user-agent", "url", "note"] { item.keepPrivate(name, value(.privateValue(name))) }
        return item
    }

    /// Whom the row is about.
    private func contact(of reading: Reading, _ columns: CSVColumns) throws(ImportError) -> ImportItem.Contact {
        let (notation, column) = columns.contact
        if let fault = reading.fault, reading.isLost(column) { throw fault }
        guard !reading.isCut(column) else { throw Self.tooLarge("contact") }
        guard let text = options.encoding.decode(reading.field(column)) else {
            throw Self.notInEncoding(options.encoding, field: "contact")
        }
        let trimmed = ContactTyping.trimmed(text)
        guard !trimmed.isEmpty else {
            throw ImportError(
                .missing, field: "contact", "the row has no contact; fill in the cell or leave the row out")
        }
        return ImportItem.Contact(String(trimmed), notation: notation)
    }

    private func intent(
        of reading: Reading, status: (channel: String?, column: Int)
    ) throws(ImportError) -> ImportItem.Intent {
        let meaning: Status
        if let all = options.status {
            meaning = all
        } else {
            if let fault = reading.fault, reading.isLost(status.column) { throw fault }
            guard !reading.isCut(status.column) else { throw Self.tooLarge("status") }
            guard let text = options.encoding.decode(reading.field(status.column)) else {
                throw Self.notInEncoding(options.encoding, field: "status")
            }
            let value = meanings[text] == nil ? Self.normalized(text) : text
            if let known = meanings[value] {
                meaning = known
            } else if value.isEmpty, status.channel != nil {
                meaning = .none
            } else if value.isEmpty {
                throw ImportError(
                    .missing, field: "status", "the row has no status; say what that means with --value =none")
            } else {
                throw ImportError(
                    .unknownValue, field: "status",
                    "the status \(QuotedText.shown(text)) is not known; say what it means with --value VALUE=opt-in or "
                        + "VALUE=opt-out")
            }
        }
        switch meaning {
        case .optIn: return .optIn
        case .optOut: return .optOut
        case .none: return .nothing(reason: "the status says nothing about consent")
        }
    }

    /// Statuses that say by themselves what they mean. *Yes* and *no* do not: yes to what?
    private static let plainMeanings: [String: Status] = {
        var meanings: [String: Status] = [:]
        for value in ["opt-in", "optin", "opted-in", "optedin", "subscribed", "consent-given"] {
            meanings[value] = .optIn
        }
        for value in [
            "opt-out", "optout", "opted-out", "optedout", "unsubscribed", "withdrawn", "consent-withdrawn", "revoked",
            "do-not-contact",
        ] { meanings[value] = .optOut }
        return meanings
    }()

    /// A status by its letters and digits; what has none (an emoji, a dash) by its own characters.
    fileprivate static func normalized(_ value: String) -> String {
        let words = TextFolding.words(value, limit: 256)
        return words.isEmpty ? String(ContactTyping.trimmed(value)) : words.joined(separator: "-")
    }

    private static func tooLarge(_ field: String) -> ImportError {
        ImportError(.tooLarge, field: field, "the \(field) has more than 64 KiB; shorten it")
    }

    private static func notInEncoding(_ encoding: TextEncoding, field: String? = nil) -> ImportError {
        ImportError(
            .encoding, field: field,
            "\(field.map { "the \($0)" } ?? "the header") is not in \(encoding.rawValue); name the encoding with --encoding"
        )
    }
}
