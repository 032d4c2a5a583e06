internal import ConsentAudit
internal import ConsentModel
internal import LedgerCrypto
internal import TransparencyLog

/// What a proof file shows, in words and in JSON.
struct ProofReportText {
    private let proof: ProofFile
    private let report: ProofReport
    private let findings: FindingText
    private let signatures: SignatureText

    init(_ proof: ProofFile, _ report: ProofReport) {
        self.proof = proof
        self.report = report
        findings = FindingText(report.findings)
        signatures = SignatureText(report.signatures, oldest: report.oldestCosignature)
    }

    // MARK: For people

    /// The verdict first, then what is shown, by whom it is signed, and what is not shown.
    var sentences: String {
        var lines: [String] = []
        if report.holds {
            lines.append("\(Terminal.output.styled("Holds.", .green)) \(claim)")
            lines += report.records.map { "  " + Self.line($0) }
        } else {
            lines.append("\(Terminal.output.styled("Does not verify.", .red)) \(findings.total).")
            lines += findings.lines
        }
        lines.append("")
        if report.isTest == true { lines.append("This is a TEST ledger.") }
        let checkpoint = proof.checkpoint.checkpoint
        lines.append("origin     \(Terminal.plain(checkpoint.origin))")
        if let id = report.ledgerID { lines.append("ledger-id  \(id)") }
        lines.append("size       \(checkpoint.size)")
        lines.append("root       \(checkpoint.root)")
        lines += signatures.lines
        if report.holds { lines += signatures.existence }
        lines.append("")
        lines.append("Not covered:")
        for gap in report.notCovered { lines.append("  \(gap.sentence)") }
        return lines.joined(separator: "\n")
    }

    private var claim: String {
        let size = proof.checkpoint.checkpoint.size
        switch proof {
        case .inclusion(let proof): return "Record \(proof.index) is in the log of \(size) records."
        case .consistency(let proof):
            return
                "The log of \(size) records begins with the \(proof.older.checkpoint.size) that it had before, unchanged."
        case .chain(let proof):
            let shown = report.records.filter { shown in
                shown.record.index >= proof.first && shown.record.links.contains { $0.chain == proof.chain }
            }
            let governance = report.records.last { $0.record.links.contains { $0.chain == .ledger } }
            return
                "Nothing is missing of the \(proof.chainText) from record \(shown.first?.record.index ?? 0) to record "
                + "\(shown.last?.record.index ?? 0), nor of the ledger's own chain up to record "
                + "\(governance?.record.index ?? 0); every statement is signed by a key that counted in its place."
        }
    }

    private static func line(_ shown: ProofReport.ShownRecord) -> String {
        let record = shown.record
        let about = [record.business].compactMap { $0 } + record.handles.map(\.description)
        return
            "\(record.index)  \(record.recordedAt)  \(shown.payload?.typeName ?? "-")  "
            + (about.isEmpty ? "-" : about.joined(separator: " "))
    }

    // MARK: For machines

    var json: JSON {
        let checkpoint = proof.checkpoint.checkpoint
        let records = report.records.map { shown -> JSON in
            [
                "index": .number(shown.record.index), "recorded-at": .string(shown.record.recordedAt.description),
                "type": .optional(shown.payload?.typeName), "business": .optional(shown.record.business),
                "handles": .strings(shown.record.handles.map(\.description)), "fields": shown.payload?.json ?? .null,
            ]
        }
        return [
            "holds": .bool(report.holds), "kind": .string(proof.kind), "origin": .string(checkpoint.origin),
            "size": .number(checkpoint.size), "root": .string(checkpoint.root.description), "old-size": oldSize,
            "chain": .optional(chain), "ledger-id": .optional(report.ledgerID?.description),
            "test": report.isTest.map { .bool($0) } ?? .null, "signatures": signatures.json,
            "oldest-cosignature": signatures.oldestJSON, "records": .array(records),
            "findings": findings.json, "not-covered": JSON(report.notCovered),
        ]
    }

    private var oldSize: JSON {
        guard case .consistency(let proof) = proof else { return .null }
        return .number(proof.older.checkpoint.size)
    }

    private var chain: String? {
        guard case .chain(let proof) = proof else { return nil }
        return proof.chainText
    }
}
