public import ConsentModel
internal import ConsentRules
internal import LedgerCrypto

/// The native form of an event: one JSON object a line, every event type, each field by its name. What the commands of the
/// command line are sugar for; Documentation/native-events.md has the table.
public enum NativeEvent {
    /// The largest line, in bytes.
    public static let mostBytes = 1 << 20

    /// Reads an event. `business` is used where the object names none. A restriction is made wide enough to be recorded, by
    /// `widening`: of it, only the type, the business and the contact must be readable, and the remarks say what was left
    /// out. Throws `badInput` with the member at fault, what is wrong with a contact or notice, or `unknownBusiness`.
    public static func draft(
        parsing line: some Collection<UInt8>, by widening: OptOutWidening, business defaultBusiness: String? = nil
    ) throws -> OptOutWidening.Widened {
        guard line.count <= mostBytes else {
            throw LedgerError(.badInput, "the line has \(line.count) bytes; at most \(mostBytes) are allowed")
        }
        return try draft(of: JSONValue(importing: line), by: widening, business: defaultBusiness)
    }

    /// The same, of an event that is read already.
    public static func draft(
        of event: JSONValue, by widening: OptOutWidening, business defaultBusiness: String? = nil
    ) throws -> OptOutWidening.Widened {
        guard case .object(let members) = event else {
            throw LedgerError(.badInput, "the event is no JSON object; write {\"type\": …}")
        }
        guard let typeName = members["type"]?.string, let type = EventType(name: typeName) else {
            throw LedgerError(.badInput, "“type” is not the name of an event type; see Documentation/native-events.md")
        }
        guard type != .ledgerOpened else {
            throw LedgerError(.badInput, "a ledger is opened by consent init alone")
        }
        var reader = MemberReader(members: members, type: type)
        var draft = EventDraft(type)
        draft.business = try reader.text("business") ?? (type.chains.business == .always ? defaultBusiness : nil)
        draft.contact = try reader.text("contact").map { try ContactAddress(parsing: $0) }
        try reader.readDetail { reader throws in
            draft.otherContact = try reader.text("other-contact").map { try ContactAddress(parsing: $0) }
        }
        try reader.readDetail { reader throws in draft.outsideID = try reader.text("id") }
        try reader.readDetail(.notice) { reader throws in
            try reader.readNotice(into: &draft, catalog: widening.catalog)
        }
        for field in type.requiredFields.union(type.optionalFields).subtracting(Self.madeByLedger).sorted() {
            guard let value = reader.take(field.name) else { continue }
            // To say no, a mark is left out; an opt-out is not lost for saying it.
            if type.isRestriction, field.kind == .mark, value == .bool(false) { continue }
            try reader.readDetail(field) { _ throws in draft.fields[field] = try NativeEvent.value(value, of: field) }
        }
        try reader.readPrivateFields(into: &draft)
        try reader.finish()
        var widened = try widening.widened(draft, unread: reader.unread)
        widened.remarks += reader.remarks
        return widened
    }

    /// What the ledger makes itself, so that nobody gives it.
    private static let madeByLedger: Set<EventField> = [.commitment, .fromHandle]

    private struct MemberReader {
        var members: [String: JSONValue]
        let type: EventType
        /// Of a restriction, the fields that could not be read, and what else was left out.
        var unread: [EventField: String] = [:]
        var remarks: [String] = []

        init(members: [String: JSONValue], type: EventType) {
            self.members = members
            self.type = type
            self.members["type"] = nil
            // As everywhere, nothing is named so.
            if members["business"] == .null { self.members["business"] = nil }
        }

        /// Reads what an opt-out is not lost for: where a restriction has it wrong, it is left out and remarked.
        mutating func readDetail(
            _ field: EventField? = nil, _ read: (inout MemberReader) throws -> Void
        ) throws {
            do { try read(&self) } catch {
                guard type.isRestriction else { throw error }
                if let field { unread[field] = "\(error)" } else { remarks.append("\(error); it is left out") }
            }
        }

        mutating func take(_ name: String) -> JSONValue? { members.removeValue(forKey: name) }

        mutating func text(_ name: String) throws -> String? {
            guard let value = take(name) else { return nil }
            guard let text = value.string else { throw LedgerError(.badInput, "“\(name)” is not a string") }
            return text
        }

        /// The field that holds the hash of the text which an event of the type brings along.
        private var digestOfText: EventField? {
            switch type {
            case .noticePublished, .noticeReconstructed: .textDigest
            case .rulepackAdopted: .packDigest
            default: nil
            }
        }

        /// A grant names its notice by name; publishing a notice or adopting a pack may bring the text along.
        mutating func readNotice(into draft: inout EventDraft, catalog: Catalog) throws {
            if let digest = digestOfText, let text = try text("text") {
                let bytes = Array(text.utf8)
                draft.objects = [bytes]
                draft.fields[digest] = .bytes(SHA256Digest(hashing: bytes).bytes)
            }
            guard type.optionalFields.contains(.notice), let name = members["notice"]?.string else { return }
            members["notice"] = nil
            let language = try text("notice-language")
            let business = try catalog.business(draft.business ?? "", at: .max)
            let notice = try business.liveNotice(name, language: language)
            draft.fields[.notice] = .notice(NoticeReference(name: name, textDigest: notice.textDigest))
        }

        mutating func readPrivateFields(into draft: inout EventDraft) throws {
            guard let value = take("private") else { return }
            try readDetail { reader throws in
                guard case .object(let facts) = value else {
                    throw LedgerError(.badInput, "“private” is not an object")
                }
                for (name, fact) in facts.sorted(by: { $0.key < $1.key }) {
                    try reader.readDetail { _ throws in
                        guard let text = fact.string else {
                            throw LedgerError(.badInput, "the private field \(QuotedText.shown(name)) is not a string")
                        }
                        let fact = EventDraft.PrivateFact(name, text)
                        if draft.asksForErasure, name == ErasureRequest.dateFact {
                            guard ErasureRequest.date(fact.value) != nil else {
                                throw LedgerError(.badInput, "the private field “\(name)” is not a time (RFC 3339)")
                            }
                        }
                        draft.privateFields.append(fact)
                    }
                }
            }
        }

        mutating func finish() throws {
            for unknown in members.keys.sorted() {
                try readDetail { reader throws in
                    throw LedgerError(
                        .badInput,
                        "a \(reader.type.name) event has no member \(QuotedText.shown(unknown)); "
                            + "see Documentation/native-events.md")
                }
            }
        }
    }

    private static func value(_ json: JSONValue, of field: EventField) throws -> FieldValue {
        func bad(_ wanted: String) -> LedgerError {
            LedgerError(.badInput, "“\(field.name)” is not \(wanted)")
        }
        switch field.kind {
        case .identifier, .word, .text, .country, .language:
            guard let text = json.string else { throw bad("a string") }
            return .text(text)
        case .identifiers, .words, .texts:
            guard let items = json.array else { throw bad("an array of strings") }
            return .list(
                try items.map { item in
                    guard let text = item.string else { throw bad("an array of strings") }
                    return text
                })
        case .bytes(let count):
            guard let bytes = json.string.flatMap({ Hexadecimal.decode($0) }), bytes.count == count else {
                throw bad("\(count * 2) hexadecimal digits")
            }
            return .bytes(bytes)
        case .byteStrings(let size, _):
            guard let items = json.array else { throw bad("an array of hexadecimal strings") }
            let strings = try items.map { item in
                guard let bytes = item.string.flatMap({ Hexadecimal.decode($0) }), bytes.count == size else {
                    throw bad("an array of strings of \(size * 2) hexadecimal digits")
                }
                return bytes
            }
            return .byteStrings(strings.sorted { $0.lexicographicallyPrecedes($1) })
        case .time:
            guard let text = json.string else { throw bad("a time (RFC 3339)") }
            return .number(try OccurredAt(parsing: text).start.milliseconds)
        case .duration, .number:
            guard case .number(let digits) = json, let number = UInt64(digits) else { throw bad("a whole number") }
            return .number(number)
        case .mark:
            guard json == .bool(true) else { throw bad("true; leave it out to say no") }
            return .mark
        case .occurredAt:
            guard let text = json.string else { throw bad("a time (RFC 3339)") }
            return .occurredAt(try OccurredAt(parsing: text))
        case .notice:
            guard case .object(let members) = json, members.count == 2, let name = members["name"]?.string,
                let digest = members["text-digest"]?.string.flatMap({ Hexadecimal.decode($0) }),
                digest.count == SHA256Digest.byteCount
            else { throw bad("a notice's name, or an object of name and text-digest") }
            return .notice(NoticeReference(name: name, textDigest: digest))
        case .presentation:
            return .presentation(try presentation(json))
        }
    }

    private static func presentation(_ json: JSONValue) throws -> Presentation {
        guard case .object(var members) = json else {
            throw LedgerError(.badInput, "“presentation” is not an object")
        }
        func text(_ name: String) throws -> String? {
            guard let value = members.removeValue(forKey: name) else { return nil }
            guard let text = value.string else { throw LedgerError(.badInput, "“\(name)” is not a string") }
            return text
        }
        func flag(_ name: String) throws -> Bool {
            guard let value = members.removeValue(forKey: name) else { return false }
            guard case .bool(let flag) = value else { throw LedgerError(.badInput, "“\(name)” is not true or false") }
            return flag
        }
        var presentation = Presentation()
        presentation.control = try text("control")
        presentation.preTicked = try flag("pre-ticked")
        presentation.bundled = try flag("bundled")
        presentation.conditionOfPurchase = try flag("condition-of-purchase")
        presentation.pageVersion = try text("page-version")
        guard members.isEmpty else {
            throw LedgerError(.badInput, "“presentation” has no member “\(members.keys.min() ?? "")”")
        }
        return presentation
    }
}
