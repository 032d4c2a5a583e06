internal import ConsentModel
internal import ConsentRules
internal import LedgerCrypto

/// Why each record and rule did or did not count, a line each.
struct ExplanationText {
    private let explanation: Explanation

    init(_ explanation: Explanation) { self.explanation = explanation }

    /// A block a category, the newest record last; then the rules.
    var lines: [String] {
        var lines: [String] = []
        for cell in explanation.cells {
            lines.append("What is recorded, as it bears on \(cell.category ?? "the confirmation of an opt-out"):")
            if cell.records.isEmpty { lines.append("  nothing") }
            lines += cell.records.map { "  " + Self.line($0) }
        }
        guard !explanation.rules.isEmpty else { return lines }
        lines.append("Rules about such a message:")
        for considered in explanation.rules {
            let rule = considered.rule
            lines.append(
                "  \(rule.pack) \(rule.version), \(rule.rule): \(rule.meaning) — \(considered.state.meaning) (record \(rule.adoption))"
            )
        }
        return lines
    }

    private static func line(_ record: Explanation.ExplainedRecord) -> String {
        let event = record.event
        let when = (event.occurredAt.map { min($0.start, record.recordedAt) } ?? record.recordedAt).sentence
        var line = "record \(record.index), \(when): \(event.type.name)"
        if event.type.optionalFields.union(event.type.requiredFields).contains(.channels) {
            line += ", \(ScopePhrase(of: event))"
        }
        if record.isOfLinked { line += ", of a linked contact" }
        if event.isImported { line += ", \(event.provenance)" }
        line += " — \(record.bearing.meaning)"
        if let code = record.code { line += ": \(code.meaning)" }
        if !record.missing.isEmpty { line += ": \(record.missing.sentence)" }
        if let by = record.by { line += " (record \(by))" }
        return line
    }
}
