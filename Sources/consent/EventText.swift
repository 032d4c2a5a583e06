internal import ConsentModel

extension Event {
    /// What an imported event rests on: nobody saw the act when it was recorded.
    var provenance: String { "imported; attested by \(source ?? "admin"); not witnessed" }
}

extension Payload {
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
