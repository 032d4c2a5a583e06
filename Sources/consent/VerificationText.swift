internal import ConsentAudit
internal import ConsentModel
internal import LedgerCrypto

/// What a verification found, in words and in JSON.
struct VerificationText {
    private let report: VerificationReport
    private let comparedIndex: Bool
    private static let mostShown = 20

    init(_ report: VerificationReport, comparedIndex: Bool) {
        self.report = report
        self.comparedIndex = comparedIndex
    }

    /// For people: the verdict first, then what was found, what was covered and what was not.
    var sentences: String {
        let facts = report.facts
        var lines: [String] = []
        if report.holds {
            lines.append(
                "\(Terminal.output.styled("Holds.", .green)) All \(facts.size) records verify up to the level \(report.level)"
                    + (comparedIndex ? ", and the index says what they say." : "."))
        } else {
            lines.append(
                "\(Terminal.output.styled("Does not verify.", .red)) \(report.findingCount) "
                    + "\(report.findingCount == 1 ? "finding" : "findings"); everything below record \(report.soundBelow) holds."
            )
        }
        for finding in report.findings.prefix(Self.mostShown) { lines.append("  " + sentence(finding)) }
        if report.findingCount > min(report.findings.count, Self.mostShown) {
            lines.append(
                "  … and \(report.findingCount - min(report.findings.count, Self.mostShown)) more; --json lists them")
        }
        lines.append("")
        if facts.isTest == true { lines.append("This is a TEST ledger.") }
        lines.append("origin     \(Terminal.plain(facts.origin ?? "unknown"))")
        lines.append("ledger-id  \(facts.ledgerID?.description ?? "unknown")")
        lines.append("size       \(facts.size)")
        lines.append("root       \(facts.root?.description ?? "unknown")")
        if let first = facts.firstRecordedAt, let last = facts.lastRecordedAt {
            lines.append("recorded   \(first) to \(last)")
        }
        if !report.notCovered.isEmpty {
            lines.append("")
            lines.append("Not covered:")
            for gap in report.notCovered { lines.append("  \(gap.sentence)") }
        }
        return lines.joined(separator: "\n")
    }

    private func sentence(_ finding: Finding) -> String {
        var place: [String] = []
        if let file = finding.file { place.append(Terminal.plain(file)) }
        if let index = finding.index { place.append("record \(index)") }
        if let offset = finding.offset { place.append("byte \(offset)") }
        let start =
            "\(finding.level) \(finding.code.name)" + (place.isEmpty ? "" : " at \(place.joined(separator: ", "))")
        return "\(start): \(Terminal.plain(finding.sentence))"
    }

    /// For machines.
    var json: JSON {
        let facts = report.facts
        let findings = report.findings.map { finding -> JSON in
            [
                "code": .string(finding.code.name), "level": .string(finding.level.description),
                "file": .optional(finding.file), "index": finding.index.map { .number($0) } ?? .null,
                "offset": finding.offset.map { .number(UInt64($0)) } ?? .null, "expected": .optional(finding.expected),
                "found": .optional(finding.found), "sentence": .string(finding.sentence),
            ]
        }
        let counts = facts.eventCounts.sorted { $0.key.rawValue < $1.key.rawValue }.map {
            ($0.key.name, JSON.number($0.value))
        }
        return [
            "holds": .bool(report.holds), "level": .string(report.level.description),
            "index-compared": .bool(comparedIndex), "findings": .array(findings),
            "finding-count": .number(UInt64(report.findingCount)), "sound-below": .number(report.soundBelow),
            "not-covered": .array(
                report.notCovered.map { ["code": .string($0.code.name), "sentence": .string($0.sentence)] }),
            "test": facts.isTest.map { .bool($0) } ?? .null, "origin": .optional(facts.origin),
            "ledger-id": .optional(facts.ledgerID?.description), "size": .number(facts.size),
            "root": .optional(facts.root?.description),
            "first-recorded-at": .optional(facts.firstRecordedAt?.description),
            "last-recorded-at": .optional(facts.lastRecordedAt?.description), "events": .object(counts),
        ]
    }
}
