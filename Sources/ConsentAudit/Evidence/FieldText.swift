public import ConsentModel
internal import LedgerCrypto

/// What a record says, as text: the one way in which `evidence.json` and the page show a field (SPEC.md, “The page”).
public enum FieldText {
    /// The texts of a value: one, or one an item of a list.
    static func texts(of value: FieldValue, _ kind: FieldKind) -> [String] {
        switch value {
        case .number(let number):
            guard kind == .time, let time = Timestamp(milliseconds: number) else { return [String(number)] }
            return [time.description]
        case .bytes(let bytes): return [Hexadecimal.encode(bytes)]
        case .text(let text): return [text]
        case .texts(let texts): return texts
        case .byteStrings(let strings): return strings.map { Hexadecimal.encode($0) }
        case .mark: return ["true"]
        case .occurredAt(let time): return [text(of: time)]
        case .notice(let notice): return [notice.name]
        case .presentation(let parts):
            let marks = [
                ("pre-ticked", parts.preTicked), ("bundled", parts.bundled),
                ("condition-of-purchase", parts.conditionOfPurchase),
            ]
            return [parts.control].compactMap(\.self) + marks.filter(\.1).map(\.0)
                + [parts.pageVersion].compactMap(\.self)
        }
    }

    /// The value in one text, items parted by a comma and a space.
    public static func text(of value: FieldValue, _ kind: FieldKind) -> String {
        texts(of: value, kind).joined(separator: ", ")
    }

    /// A day that is known as a day is its date; a second or less is its beginning; else it is an interval, its beginning
    /// and the end that it does not reach (ISO 8601).
    static func text(of time: OccurredAt) -> String {
        if time.precision == OccurredAt.day, time.start.milliseconds % OccurredAt.day == 0 {
            return String(time.start.description.prefix(10))
        }
        guard time.precision > 1000 else { return time.start.description }
        return "\(time.start)/\(time.start.adding(milliseconds: time.precision))"
    }

    /// A moment as the page writes it: `2024-03-03 10:15:00 UTC`.
    public static func pageText(of time: Timestamp) -> String {
        let text = time.description
        return "\(text.prefix(10)) \(text.dropFirst(11).dropLast()) UTC"
    }

    /// The time of an event as the page writes it.
    public static func pageText(of time: OccurredAt) -> String {
        if time.precision == OccurredAt.day, time.start.milliseconds % OccurredAt.day == 0 {
            return String(time.start.description.prefix(10))
        }
        guard time.precision > 1000 else { return pageText(of: time.start) }
        return "\(pageText(of: time.start)) – \(pageText(of: time.start.adding(milliseconds: time.precision)))"
    }

    /// The bytes of a private field: UTF-8 where they are, else in hexadecimal.
    public static func text(ofPrivate bytes: [UInt8]) -> String {
        String(validating: bytes, as: UTF8.self) ?? Hexadecimal.encode(bytes)
    }
}

extension LoggedEvent {
    /// The text of a field on the page, by its name: one of the event's, or one that every record has.
    func pageText(of field: String) -> String? {
        switch field {
        case "index": return String(record.index)
        case "recorded-at": return FieldText.pageText(of: record.recordedAt)
        case "type": return payload.typeName
        case "event-id": return payload.id.description
        case "key": return Hexadecimal.encode(keyIdentifier)
        case "business": return record.business
        default:
            guard let field = EventField(name: field), let value = event?[field] else { return nil }
            if case .occurredAt(let time) = value { return FieldText.pageText(of: time) }
            if field.kind == .time, let time = event?.time(field) { return FieldText.pageText(of: time) }
            return FieldText.text(of: value, field.kind)
        }
    }
}
