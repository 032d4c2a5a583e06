/// What happened: the payload of a statement. An instance always satisfies its type's schema, whether it was made or
/// decoded. The business and the contacts it concerns are in the record's links, which the signature covers.
public struct Event: Hashable, Sendable {
    /// An event's largest encoding, in bytes.
    public static let mostBytes = 60_000

    /// What kind of thing happened.
    public let type: EventType
    /// The event's identifier, unique in its ledger.
    public let id: EventID
    /// The fields, in ascending order of their keys.
    public let fields: [(field: EventField, value: FieldValue)]

    /// Makes an event; throws `missingField`, `unknownField` or `badValue` with the field named, or `tooLarge`.
    public init(_ type: EventType, id: EventID, _ fields: [EventField: FieldValue]) throws(ModelError) {
        try self.init(type, id: id, sorted: fields.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
        // Nearly every event is far below the limit, so that its exact size is not needed.
        let most = fields.values.reduce(64) { $0 + $1.mostEncodedBytes }
        guard most <= Self.mostBytes || encoded().count <= Self.mostBytes else {
            throw ModelError(.tooLarge, "a \(type.name) event has more than \(Self.mostBytes) bytes; say less")
        }
    }

    private init(
        _ type: EventType, id: EventID, sorted fields: [(field: EventField, value: FieldValue)]
    ) throws(ModelError) {
        let schema = type.fieldMasks
        var found: EventFieldMask = 0
        for (field, value) in fields {
            guard schema.allowed & field.mask != 0 else {
                throw ModelError(.unknownField, "a \(type.name) event has no field \(field.name)")
            }
            if let problem = field.kind.problem(with: value) {
                throw ModelError(.badValue, "\(field.name) of a \(type.name) event \(problem)")
            }
            found |= field.mask
        }
        guard found & schema.required == schema.required else {
            let missing = type.requiredFields.subtracting(fields.map(\.field)).map(\.name).sorted().joined(
                separator: ", ")
            throw ModelError(.missingField, "a \(type.name) event needs \(missing)")
        }
        self.type = type
        self.id = id
        self.fields = fields
    }

    /// The value of `field`, if the event has it.
    public subscript(field: EventField) -> FieldValue? {
        for entry in fields where entry.field == field { return entry.value }
        return nil
    }

    /// The event's deterministic CBOR.
    public func encoded() -> [UInt8] {
        var encoder = CBOREncoder(reservingCapacity: 256)
        encoder.map(count: 2 + fields.count)
        encoder.unsigned(1)
        encoder.unsigned(type.rawValue)
        encoder.unsigned(2)
        encoder.byteString(id)
        for (field, value) in fields {
            encoder.unsigned(field.rawValue)
            encoder.fieldValue(value)
        }
        return encoder.bytes
    }

    public static func == (left: Self, right: Self) -> Bool {
        left.type == right.type && left.id == right.id
            && left.fields.elementsEqual(right.fields) { $0.field == $1.field && $0.value == $1.value }
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(id)
    }
}

/// A payload as read from the log: an event of a type this software knows, or one it does not.
public enum Payload: Hashable, Sendable {
    case event(Event)
    /// An event of a later type: well formed, its signature can be checked, its meaning is not covered (DESIGN §5).
    case unknown(type: UInt64, id: EventID, source: String?)

    private static let mostDepth = 8

    /// Decodes strictly: what is not exactly the encoding of an event is refused. Of a type not known here, only the form
    /// is checked: a map of ascending integer keys with type, event id and, if there, a source.
    public init(decoding bytes: ArraySlice<UInt8>) throws(ModelError) {
        guard bytes.count <= Event.mostBytes else {
            throw ModelError(.tooLarge, "an event of \(bytes.count) bytes; at most \(Event.mostBytes) are allowed")
        }
        var decoder = CBORDecoder(bytes)
        let count = try decoder.map(most: 128)
        guard count >= 2, try decoder.unsigned() == 1 else { throw ModelError(.form, "an event begins with its type") }
        let number = try decoder.unsigned()
        guard try decoder.unsigned() == 2, let id = EventID(try decoder.byteString()) else {
            throw ModelError(.form, "an event's second field is its id of 16 bytes")
        }
        if let type = EventType(rawValue: number) {
            self = .event(try Event(type, id: id, decoding: &decoder, count: count - 2))
        } else {
            self = try Self.decodeUnknown(number, id, &decoder, count: count - 2)
        }
        try decoder.end()
    }

    private static func decodeUnknown(
        _ type: UInt64, _ id: EventID, _ decoder: inout CBORDecoder, count: Int
    ) throws(ModelError) -> Payload {
        var source: String?
        var last: UInt64 = 2
        for _ in 0..<count {
            let key = try decoder.unsigned()
            guard key > last else { throw ModelError(.encoding, "the event's keys do not ascend at \(key)") }
            last = key
            if key == EventField.source.rawValue {
                let word = try decoder.text()
                guard FieldKind.isIdentifier(word) else { throw ModelError(.badValue, "source is not an identifier") }
                source = word
            } else {
                try decoder.skipItem(depth: mostDepth)
            }
        }
        return .unknown(type: type, id: id, source: source)
    }

    /// The event's identifier.
    public var id: EventID {
        switch self {
        case .event(let event): event.id
        case .unknown(_, let id, _): id
        }
    }

    /// The type's name; `unknown-type-` and its number for a type that this version does not know.
    public var typeName: String {
        switch self {
        case .event(let event): event.type.name
        case .unknown(let type, _, _): Self.unknownTypePrefix + String(type)
        }
    }

    /// Whether `typeName` can be that name, for a type that this version does not know.
    public static func isUnknownTypeName(_ name: String) -> Bool {
        guard name.hasPrefix(unknownTypePrefix), let number = UInt64(name.dropFirst(unknownTypePrefix.count)) else {
            return false
        }
        return EventType(rawValue: number) == nil && name == unknownTypePrefix + String(number)
    }

    private static let unknownTypePrefix = "unknown-type-"
}

extension Event {
    fileprivate init(
        _ type: EventType, id: EventID, decoding decoder: inout CBORDecoder, count: Int
    ) throws(ModelError) {
        var fields: [(field: EventField, value: FieldValue)] = []
        fields.reserveCapacity(count)
        var last: UInt64 = 2
        for _ in 0..<count {
            let key = try decoder.unsigned()
            guard key > last else { throw ModelError(.encoding, "the event's keys do not ascend at \(key)") }
            last = key
            guard let field = EventField(rawValue: key) else {
                throw ModelError(.unknownField, "a \(type.name) event has no field \(key)")
            }
            fields.append((field: field, value: try decoder.fieldValue(field.kind)))
        }
        try self.init(type, id: id, sorted: fields)
    }
}

/// The fields by name, for those who read events.
extension Event {
    /// The source that states the event; `nil` for governance signed by an admin key.
    public var source: String? { text(.source) }
    /// When it happened; `nil` if unknown.
    public var occurredAt: OccurredAt? {
        guard case .occurredAt(let time) = self[.occurredAt] else { return nil }
        return time
    }
    /// The digest over the commitments of the private fields.
    public var commitment: [UInt8]? { bytes(.commitment) }
    /// The channels it covers; for a restriction, `nil` is all.
    public var channels: [String]? { texts(.channels) }
    /// The categories it covers; for a restriction, `nil` is all, those defined later included.
    public var categories: [String]? { texts(.categories) }
    /// The senders it covers; `nil` is all of the business's.
    public var senders: [String]? { texts(.senders) }
    /// The brands it covers; `nil` is all of the business's.
    public var brands: [String]? { texts(.brands) }
    /// The notice the person was shown; `nil` if nobody kept it.
    public var notice: NoticeReference? {
        guard case .notice(let notice) = self[.notice] else { return nil }
        return notice
    }
    /// The channel by which the act came; what `consent-resumed` looks at.
    public var via: String? { text(.via) }
    /// Whether it was taken over from records kept elsewhere.
    public var isImported: Bool { self[.imported] != nil }
    /// What the recorder noticed or had to assume.
    public var flags: [String] { texts(.flags) ?? [] }

    /// The value of a textual field.
    public func text(_ field: EventField) -> String? {
        guard case .text(let text) = self[field] else { return nil }
        return text
    }

    /// The value of a field that is a list of words.
    public func texts(_ field: EventField) -> [String]? {
        guard case .texts(let texts) = self[field] else { return nil }
        return texts
    }

    /// The value of a field of bytes.
    public func bytes(_ field: EventField) -> [UInt8]? {
        guard case .bytes(let bytes) = self[field] else { return nil }
        return bytes
    }

    /// The value of a numeric field.
    public func number(_ field: EventField) -> UInt64? {
        guard case .number(let number) = self[field] else { return nil }
        return number
    }

    /// The value of a field that is a moment.
    public func time(_ field: EventField) -> Timestamp? { number(field).flatMap(Timestamp.init(milliseconds:)) }
}
