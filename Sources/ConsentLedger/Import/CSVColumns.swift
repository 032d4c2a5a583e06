internal import ConsentModel

/// What the columns of a CSV file mean.
struct CSVColumns: Sendable {
    /// A field of an item that a column gives.
    enum Field: Hashable, Sendable {
        case contact(ContactAddress.Notation)
        /// What the person chose; on one channel, when the column is that channel's.
        case status(channel: String?)
        case occurredAt, channel, category, notice, method, language, expires, id, sender
        /// Private values: `ip`, `user-agent`, `url`, `note`.
        case privateValue(String)
        case ignored

        /// The name by which `--map` and messages call it.
        var name: String {
            switch self {
            case .contact(.any): "contact"
            case .contact(.whatsAppID): "wa-id"
            case .contact(.whatsAppUser): "whatsapp-user"
            case .status(let channel): channel.map { "status:" + $0 } ?? "status"
            case .occurredAt: "occurred-at"
            case .channel: "channel"
            case .category: "category"
            case .notice: "notice"
            case .method: "method"
            case .language: "language"
            case .expires: "expires"
            case .id: "id"
            case .sender: "sender"
            case .privateValue(let name): name
            case .ignored: "ignore"
            }
        }

        private static let plain: [Field] =
            [
                .contact(.any), .contact(.whatsAppID), .contact(.whatsAppUser), .status(channel: nil), .occurredAt,
                .channel,
                .category, .notice, .method, .language, .expires, .id, .sender, .ignored,
            ] + ["ip", "user-agent", "url", "note"].map { .privateValue($0) }

        init(named name: String) throws(ImportError) {
            if name.hasPrefix("status:"), name.utf8.count > 7 {
                self = .status(channel: String(name.dropFirst(7)))
            } else if let field = Self.plain.first(where: { $0.name == name }) {
                self = field
            } else {
                let names = Self.plain.map(\.name).joined(separator: ", ")
                throw ImportError(
                    .usage, "no field is called \"\(name)\"; map a column to one of \(names), status:CHANNEL")
            }
        }

        /// What is there once in a row: two columns of it would leave open which counts.
        fileprivate var isSingle: Bool {
            switch self {
            case .status(channel: .some), .ignored: false
            default: true
            }
        }

        /// Headers of one kind stand for one thing, whatever the notation.
        fileprivate var kind: String {
            if case .contact = self { return "contact" }
            return name
        }
    }

    /// The column of each field that is there.
    private let columns: [Field: Int]
    /// The columns that say what the person chose, with the channel that each is about.
    let statuses: [(channel: String?, column: Int)]
    let contact: (notation: ContactAddress.Notation, column: Int)
    /// The number of columns.
    let count: Int

    /// The meaning of each column of `header`: what `mapping` says, and for what it leaves out, what the header is known
    /// to mean. A known status column is refused where `findsStatus` is
    /// false: the user says what all rows are.
    init(
        header: [String], mapping: [CSVImport.ColumnMapping], findsStatus: Bool
    ) throws(ImportError) {
        count = header.count
        var named: [Int: Field] = [:]
        for entry in mapping {
            let column = try Self.column(named: entry.column, in: header)
            guard named.updateValue(entry.field, forKey: column) == nil else {
                throw ImportError(.usage, "the column \"\(entry.column)\" is mapped twice; map it once")
            }
        }
        let mapped = Set(named.values.map(\.kind))
        let statusIsMapped = named.values.contains { if case .status = $0 { true } else { false } }
        for column in header.indices where named[column] == nil {
            guard let field = Self.known[Self.normalized(header[column])], !mapped.contains(field.kind) else {
                continue
            }
            if case .status = field {
                if statusIsMapped { continue }
                // Rows that say who left must not all become what the user says of the file.
                guard findsStatus else {
                    throw ImportError(
                        .usage, field: "status",
                        "the column \(QuotedText.shown(header[column])) says of each row what it is; leave out --as, or say that "
                            + "the column is something else with --map \(QuotedText.shown(header[column]))=ignore")
                }
            }
            named[column] = field
        }
        var positions: [(field: Field, column: Int)] = []
        for column in named.keys.sorted() {
            guard let field = named[column], field != .ignored else { continue }
            let same = positions.first { $0.field == field || field.isSingle && $0.field.kind == field.kind }
            if let same {
                throw ImportError(
                    .usage,
                    "the columns \(QuotedText.shown(header[same.column])) and \(QuotedText.shown(header[column])) both give \(field.name); "
                        + "map the other one to ignore")
            }
            positions.append((field, column))
        }
        let contacts = positions.compactMap { position in
            if case .contact(let notation) = position.field { (notation, position.column) } else { nil }
        }
        guard let contact = contacts.first else {
            throw ImportError(
                .usage, field: "contact",
                "no column is known to hold the contact; say which with --map COLUMN=contact (the file has "
                    + "\(Self.shown(header)))")
        }
        self.contact = contact
        statuses = positions.compactMap { position in
            if case .status(let channel) = position.field { (channel, position.column) } else { nil }
        }
        columns = Dictionary(uniqueKeysWithValues: positions.map { ($0.field, $0.column) })
    }

    func column(of field: Field) -> Int? { columns[field] }

    /// The column that `name` names in `header`; throws `usage` unless there is exactly one.
    static func column(named name: String, in header: [String]) throws(ImportError) -> Int {
        let columns = header.indices.filter { normalized(header[$0]) == normalized(name) }
        guard let column = columns.first else {
            throw ImportError(.usage, "the file has no column \"\(name)\"; it has \(shown(header))")
        }
        guard columns.count == 1 else {
            throw ImportError(.usage, "the file has \(columns.count) columns \"\(name)\"; rename all but one")
        }
        return column
    }

    /// The columns whose headers say that they hold the contact, and how it is written in each.
    static func contacts(in header: [String]) -> [(notation: ContactAddress.Notation, column: Int)] {
        header.indices.compactMap { column in
            guard case .contact(let notation)? = known[normalized(header[column])] else { return nil }
            return (notation, column)
        }
    }

    /// The headers, for a message.
    static func shown(_ header: [String]) -> String {
        header.prefix(40).map(QuotedText.shown).joined(separator: ", ")
    }

    static func normalized(_ header: String) -> String {
        TextFolding.words(header, limit: 256).joined(separator: "-")
    }

    /// Headers that say by themselves what they hold.
    private static let known: [String: Field] = {
        var known: [String: Field] = [:]
        for (field, headers) in [
            (
                .contact(.any),
                "contact phone phone-number phonenumber mobile mobile-number mobile-phone cell cell-phone telephone "
                    + "tel msisdn number email e-mail email-address mail telefono numero-de-telefono movil "
                    + "celular correo correo-electronico telefone numero-de-telefone telemovel courriel "
                    + "numero-de-telephone telefon telefonnummer handy handynummer cellulare telefoonnummer"
            ),
            (.contact(.whatsAppID), "wa-id waid whatsapp-id"),
            (.contact(.whatsAppUser), "whatsapp-user whatsapp-user-id bsuid"),
            (
                .status(channel: nil),
                "status consent consent-status opt-in-status optin-status subscription-status estado consentimiento "
                    + "consentimento statut consentement einwilligung consenso toestemming"
            ),
            (
                .occurredAt,
                "occurred-at occurredat date timestamp time consent-date date-of-consent consented-at opt-in-date "
                    + "optin-date opt-out-date fecha fecha-de-consentimiento data datum"
            ),
            (.channel, "channel canal kanal canale kanaal"),
            (.category, "category categoria purpose topic categorie kategorie finalidad"),
            (.notice, "notice notice-id aviso"), (.method, "method source metodo origen"),
            (.language, "language lang locale idioma lingua langue sprache taal"),
            (.expires, "expires expires-at expiry expiration"), (.id, "id event-id record-id external-id"),
            (.sender, "sender sender-id remitente"), (.privateValue("ip"), "ip ip-address"),
            (.privateValue("user-agent"), "user-agent useragent"), (.privateValue("url"), "url page-url"),
            (.privateValue("note"), "note notes comment comments nota notas"),
        ] as [(Field, String)] {
            for header in headers.split(separator: " ") { known[String(header)] = field }
        }
        return known
    }()
}
