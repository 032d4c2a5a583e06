internal import ConsentAudit
internal import ConsentModel
internal import LedgerCrypto
internal import TransparencyLog

/// What verifying a bundle of evidence found, in words and in JSON.
struct EvidenceReportText {
    private let report: EvidenceReport
    private let findings: FindingText
    private let signatures: SignatureText

    init(_ report: EvidenceReport) {
        self.report = report
        findings = FindingText(report.findings)
        signatures = SignatureText(report.signatures, oldest: report.oldestCosignature)
    }

    /// The verdict first, then what it shows, by whom it is signed, and what it does not show.
    var sentences: String {
        var lines: [String] = []
        if report.holds {
            lines.append("\(Terminal.output.styled("Holds.", .green)) \(claim)")
        } else {
            lines.append("\(Terminal.output.styled("Does not verify.", .red)) \(findings.total).")
            lines += findings.lines
        }
        lines.append("")
        if report.isTest == true { lines.append("This is a TEST ledger.") }
        if let request = report.request {
            lines.append("business   \(Terminal.plain(request.business))")
            if let contact = request.contact { lines.append("contact    \(Terminal.plain(contact))") }
            lines.append("handle     \(request.handle)")
            lines.append("asked at   \(request.at)")
        }
        if let tree = report.checkpoint {
            lines.append("origin     \(Terminal.plain(tree.origin))")
            if let id = report.ledgerID { lines.append("ledger-id  \(id)") }
            lines.append("size       \(tree.size)")
            lines.append("root       \(tree.root)")
        }
        lines += signatures.lines
        if report.holds { lines += signatures.existence + sightings }
        lines.append("")
        lines.append("Not covered:")
        for gap in report.notCovered { lines.append("  \(Terminal.plain(gap.sentence))") }
        return lines.joined(separator: "\n")
    }

    /// When each record of the contact can have been written, as those have seen whom the reader trusts.
    private var sightings: [String] {
        guard !report.seenTrees.isEmpty else { return [] }
        func told(_ tree: SeenTree, at time: Timestamp) -> String {
            "\(time) (\(tree.means.name), size \(tree.size), by \(Terminal.plain(tree.names.joined(separator: ", "))))"
        }
        return ["", "When the contact's records can have been written, for who trusts those who saw them:"]
            + report.bounds.map { bounds in
                let existed =
                    bounds.existed.map { "existed on \(told($0, at: $0.time))" } ?? "not shown to have existed"
                let notShown = bounds.notYetShown.map { "; not in the log seen on \(told($0, at: $0.earliest))" } ?? ""
                return "  record \(bounds.index)  \(existed)\(notShown)"
            }
    }

    private var claim: String {
        let allowed = report.carried.map { "\($0.category) \(ScopePhrase.by($0.channel))" }
        return "\(report.recordCount) records, the page and the answers are what the log holds. "
            + (allowed.isEmpty
                ? "No message was allowed at the moment asked about."
                : "Allowed at the moment asked about: \(allowed.joined(separator: ", ")).")
    }

    var json: JSON {
        [
            "holds": .bool(report.holds), "test": report.isTest.map { .bool($0) } ?? .null,
            "business": .optional(report.request?.business), "contact": .optional(report.request?.contact),
            "handle": .optional(report.request?.handle.description),
            "at": .optional(report.request?.at.description),
            "allowed": .array(
                report.carried.map { ["category": .string($0.category), "channel": .string($0.channel)] }),
            "records": .number(UInt64(report.recordCount)), "origin": .optional(report.checkpoint?.origin),
            "ledger-id": .optional(report.ledgerID?.description),
            "size": report.checkpoint.map { .number($0.size) } ?? .null,
            "root": .optional(report.checkpoint?.root.description), "signatures": signatures.json,
            "oldest-cosignature": signatures.oldestJSON, "seen": .array(report.seenTrees.map(\.json)),
            "bounds": .array(
                report.bounds.map { bounds in
                    [
                        "record": .number(bounds.index), "recorded-at": .optional(bounds.recordedAt?.description),
                        "existed": bounds.existed?.json ?? .null, "not-shown": bounds.notYetShown?.json ?? .null,
                    ]
                }),
            "findings": findings.json, "not-covered": JSON(report.notCovered),
        ]
    }
}
