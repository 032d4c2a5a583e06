internal import LedgerCrypto

extension FieldValue {
    /// The value as JSON: bytes in hexadecimal, moments in RFC 3339.
    public func json(of kind: FieldKind) -> JSON {
        switch self {
        case .number(let number):
            guard kind == .time, let time = Timestamp(milliseconds: number) else { return .number(number) }
            return .string(time.description)
        case .bytes(let bytes): return .string(Hexadecimal.encode(bytes))
        case .text(let text): return .string(text)
        case .texts(let texts): return .strings(texts)
        case .byteStrings(let strings): return .strings(strings.map { Hexadecimal.encode($0) })
        case .mark: return .bool(true)
        case .occurredAt(let time):
            return ["time": .string(time.start.description), "precision-ms": .number(time.precision)]
        case .notice(let notice):
            return ["name": .string(notice.name), "text-digest": .string(Hexadecimal.encode(notice.textDigest))]
        case .presentation(let presentation): return presentation.json
        }
    }
}

extension Presentation {
    fileprivate var json: JSON {
        var object: JSON = [:]
        if let control { object = object + ["control": .string(control)] }
        for (key, mark) in [
            ("pre-ticked", preTicked), ("bundled", bundled), ("condition-of-purchase", conditionOfPurchase),
        ] where mark {
            object = object + [key: .bool(true)]
        }
        if let pageVersion { object = object + ["page-version": .string(pageVersion)] }
        return object
    }
}

extension Event {
    /// The fields as one JSON object, in the order of the log.
    public var json: JSON { .object(fields.map { ($0.field.name, $0.value.json(of: $0.field.kind)) }) }
}

extension Payload {
    /// The fields as JSON; `null` for a type that this version does not know.
    public var json: JSON {
        switch self {
        case .event(let event): event.json
        case .unknown: .null
        }
    }
}
