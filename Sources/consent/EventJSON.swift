internal import ConsentModel
internal import LedgerCrypto

extension FieldValue {
    /// The value as JSON: bytes in hexadecimal, moments in RFC 3339.
    func json(of kind: FieldKind) -> JSON {
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
    var json: JSON { .object(fields.map { ($0.field.name, $0.value.json(of: $0.field.kind)) }) }
}

extension Event {
    /// What an imported event rests on: nobody saw the act when it was recorded.
    var provenance: String { "imported; attested by \(source ?? "admin"); not witnessed" }
}

extension Payload {
    /// The fields as JSON; `null` for a type that this version does not know.
    var json: JSON {
        switch self {
        case .event(let event): event.json
        case .unknown: .null
        }
    }

    /// What it says, on one line without times: scope or subject, notice, source and method.
    var line: String {
        guard case .event(let event) = self else { return "not known to this version" }
        var parts: [String] = []
        if event.type.isGovernance {
            let subjects: [EventField] = [
                .authorizedSource, .brand, .sender, .category, .noticeName, .hold, .pack, .name, .origin, .language,
                .channels, .categories,
            ]
            for field in subjects {
                if let text = event.text(field) { parts.append(text) }
                if let texts = event.texts(field) { parts.append(texts.joined(separator: ",")) }
            }
        } else {
            parts.append(scope(of: event))
            if let notice = event.notice { parts.append("notice \(notice.name)") }
            if let outcome = event.text(.outcome) { parts.append(outcome) }
            parts.append("by \(event.source ?? "admin")" + (event.text(.method).map { " (\($0))" } ?? ""))
            if event.isImported { parts.append(event.provenance) }
        }
        if !event.flags.isEmpty { parts.append("flags " + event.flags.joined(separator: ",")) }
        return Terminal.plain(parts.joined(separator: "; "))
    }

    private func scope(of event: Event) -> String {
        if event[.doNotContact] != nil { return "do not contact" }
        let fields = event.type.requiredFields.union(event.type.optionalFields)
        guard fields.contains(.channels), event.type != .consentConfirmed || event.channels != nil else {
            return event.type == .consentConfirmed ? "what was requested" : "the contact"
        }
        return ScopePhrase(of: event).description
    }
}
