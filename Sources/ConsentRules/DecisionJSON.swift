public import ConsentModel
internal import LedgerCrypto

extension Reason {
    /// The reason with the records and the rule that it rests on.
    public var json: JSON {
        [
            "code": .string(code.rawValue), "meaning": .string(code.meaning),
            "records": .array(records.map { .number($0) }), "time": .optional(time?.description),
            "category": .optional(category), "rule": rule?.json ?? .null, "missing": .array(missing.map(\.json)),
        ]
    }
}

extension MissingWords {
    /// What is missing, and which rule asks for it.
    public var json: JSON {
        ["subject": .string(subject.rawValue), "says": .string(clause), "rule": rule?.json ?? .null]
    }
}

extension Explanation {
    /// Why each record and rule did or did not count.
    public var json: JSON {
        [
            "cells": .array(
                cells.map { cell in
                    ["category": .optional(cell.category), "records": .array(cell.records.map(Self.json))]
                }),
            "rules": .array(
                rules.map { considered in
                    [
                        "rule": considered.rule.json, "state": .string(considered.state.rawValue),
                        "meaning": .string(considered.state.meaning),
                    ]
                }),
        ]
    }

    private static func json(_ record: ExplainedRecord) -> JSON {
        [
            "index": .number(record.index), "recorded-at": .string(record.recordedAt.description),
            "type": .string(record.event.type.name), "linked": .bool(record.isOfLinked),
            "imported": .bool(record.event.isImported),
            "bearing": .string(record.bearing.rawValue), "meaning": .string(record.bearing.meaning),
            "code": .optional(record.code?.rawValue), "missing": .array(record.missing.map(\.json)),
            "by": record.by.map { .number($0) } ?? .null,
        ]
    }
}

extension RuleReference {
    /// What the rule says, and where.
    public var json: JSON {
        [
            "pack": .string(pack), "version": .string(version), "digest": .string(digest.description),
            "rule": .string(rule), "meaning": .string(meaning), "source": .string(citation.source),
            "section": .optional(citation.section), "confidence": .string(citation.confidence.rawValue),
            "verified-on": .string(citation.verifiedOn), "adoption": .number(adoption),
        ]
    }
}
