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
        line += " — \(record.bearing.meaning)"
        if let code = record.code { line += ": \(code.meaning)" }
        if !record.missing.isEmpty { line += ": \(record.missing.sentence)" }
        if let by = record.by { line += " (record \(by))" }
        return line
    }

    var json: JSON {
        [
            "cells": .array(
                explanation.cells.map { cell in
                    ["category": .optional(cell.category), "records": .array(cell.records.map(Self.json))]
                }),
            "rules": .array(
                explanation.rules.map { considered in
                    [
                        "rule": considered.rule.json, "state": .string(considered.state.rawValue),
                        "meaning": .string(considered.state.meaning),
                    ]
                }),
        ]
    }

    private static func json(_ record: Explanation.ExplainedRecord) -> JSON {
        [
            "index": .number(record.index), "recorded-at": .string(record.recordedAt.description),
            "type": .string(record.event.type.name), "linked": .bool(record.isOfLinked),
            "bearing": .string(record.bearing.rawValue), "meaning": .string(record.bearing.meaning),
            "code": .optional(record.code?.rawValue), "missing": .array(record.missing.map(\.json)),
            "by": record.by.map { .number($0) } ?? .null,
        ]
    }
}

extension RuleReference {
    var json: JSON {
        [
            "pack": .string(pack), "version": .string(version), "digest": .string(digest.description),
            "rule": .string(rule), "meaning": .string(meaning), "source": .string(citation.source),
            "section": .optional(citation.section), "confidence": .string(citation.confidence.rawValue),
            "verified-on": .string(citation.verifiedOn), "adoption": .number(adoption),
        ]
    }
}
