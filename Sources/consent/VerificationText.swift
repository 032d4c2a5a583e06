internal import ConsentAudit
internal import ConsentModel
internal import LedgerCrypto
internal import TransparencyLog

/// What a verification found, in words and in JSON.
struct VerificationText {
    /// What became of the auditor's notebook.
    struct NotebookOutcome {
        /// What it said before; `nil` if it was not there.
        let earlier: Notebook?
        /// What it says now; `nil` if it was left as it was.
        let next: Notebook?
    }

    private let report: VerificationReport
    private let comparedIndex: Bool
    private let notebook: NotebookOutcome?
    private let findings: FindingText

    init(_ report: VerificationReport, comparedIndex: Bool, notebook: NotebookOutcome? = nil) {
        self.report = report
        self.comparedIndex = comparedIndex
        self.notebook = notebook
        findings = FindingText(report.findings, count: report.findingCount)
    }

    /// For people: the verdict first, then what was found, what was covered and what was not.
    var sentences: String {
        let facts = report.facts
        var lines: [String] = []
        if report.holds {
            lines.append(
                "\(Terminal.output.styled("Holds.", .green)) All \(facts.size) \(report.isOpaque ? "entries" : "records") verify up to the level \(report.level)"
                    + (comparedIndex ? ", and the index says what they say." : "."))
        } else {
            lines.append(
                "\(Terminal.output.styled("Does not verify.", .red)) \(findings.total)"
                    + (report.soundBelow > 0 ? "; everything below record \(report.soundBelow) holds." : "."))
        }
        lines += findings.lines + evidence
        lines.append("")
        if facts.isTest == true { lines.append("This is a TEST ledger.") }
        lines.append("origin     \(Terminal.plain(facts.origin ?? "unknown"))")
        if !report.isOpaque { lines.append("ledger-id  \(facts.ledgerID?.description ?? "unknown")") }
        lines.append("size       \(facts.size)")
        lines.append("root       \(facts.root?.description ?? "unknown")")
        if let first = facts.firstRecordedAt, let last = facts.lastRecordedAt {
            lines.append("recorded   \(first) to \(last)")
        }
        for cosignature in report.cosignatures {
            lines.append("cosigned   \(Self.time(cosignature)) by \(Terminal.plain(cosignature.key.name))")
        }
        if let first = report.timeBounds.firstSeen { lines.append("seen       \(Self.sentence(first))") }
        if let last = report.timeBounds.lastSeen, last != report.timeBounds.firstSeen {
            lines.append("           \(Self.sentence(last))")
        }
        if let notebook { lines.append("notebook   \(sentence(notebook))") }
        if !report.notCovered.isEmpty {
            lines.append("")
            lines.append("Not covered:")
            for gap in report.notCovered { lines.append("  \(Terminal.plain(gap.sentence))") }
        }
        return lines.joined(separator: "\n")
    }

    /// Checkpoints that contradict each other, whole: whoever has both can show it to anybody.
    private var evidence: [String] {
        var lines: [String] = []
        for contradiction in report.contradictions {
            let keeper =
                switch contradiction.keeper {
                case .notebook: "in your notebook"
                case .auditor: "that you kept"
                case .log(let file): "that the log kept in \(file)"
                }
            lines += ["", "Two checkpoints of this log contradict each other. Keep both: they are evidence.", ""]
            lines.append("  The one \(Terminal.plain(keeper)):")
            lines += Self.quote(contradiction.earlier)
            lines.append("  The one that it publishes now:")
            lines += Self.quote(contradiction.published)
        }
        return lines
    }

    private static func quote(_ checkpoint: SignedCheckpoint) -> [String] {
        text(checkpoint).dropLast().split(separator: "\n", omittingEmptySubsequences: false).map {
            "  | \(Terminal.plain(String($0)))"
        }
    }

    private static func text(_ checkpoint: SignedCheckpoint) -> String {
        String(decoding: checkpoint.bytes, as: UTF8.self)
    }

    private static func time(_ cosignature: VerifiedSignature) -> String {
        let seconds = cosignature.timestamp ?? 0
        return Timestamp(milliseconds: seconds > .max / 1000 ? .max : seconds * 1000)?.description ?? "\(seconds)"
    }

    private static func sentence(_ seen: SeenTree) -> String {
        let who = seen.names.isEmpty ? "you" : seen.names.joined(separator: ", ")
        return "the first \(seen.size) on \(seen.time) by \(Terminal.plain(who))"
    }

    private func sentence(_ outcome: NotebookOutcome) -> String {
        if let next = outcome.next {
            let size = next.checkpoint.checkpoint.size
            return outcome.earlier.map { "goes on from size \($0.checkpoint.checkpoint.size) to \(size)" }
                ?? "begun at size \(size)"
        }
        if !report.holds { return "left as it was, since there are findings" }
        return "left as it was: it holds more than the level \(report.level), or another kind of entries"
    }

    private static func name(of keeper: CheckpointContradiction.Keeper) -> String {
        switch keeper {
        case .notebook: "notebook"
        case .auditor: "auditor"
        case .log(let file): file
        }
    }

    private static func json(_ anomaly: ClockAnomaly) -> JSON {
        [
            "count": .number(anomaly.count), "first-index": anomaly.firstIndex.map { .number($0) } ?? .null,
            "longest-ms": .number(anomaly.longest),
        ]
    }

    private var notebookJSON: JSON {
        guard let notebook else { return .null }
        return [
            "advanced": .bool(notebook.next != nil),
            "from": notebook.earlier.map { .number($0.checkpoint.checkpoint.size) } ?? .null,
            "to": notebook.next.map { .number($0.checkpoint.checkpoint.size) } ?? .null,
        ]
    }

    /// For machines.
    var json: JSON {
        let facts = report.facts
        let counts = facts.eventCounts.sorted { $0.key.rawValue < $1.key.rawValue }.map {
            ($0.key.name, JSON.number($0.value))
        }
        return [
            "holds": .bool(report.holds), "level": .string(report.level.description),
            "index-compared": .bool(comparedIndex), "findings": findings.json,
            "finding-count": .number(UInt64(report.findingCount)), "sound-below": .number(report.soundBelow),
            "not-covered": JSON(report.notCovered),
            "opaque": .bool(report.isOpaque), "verified-before": .number(report.sizeVerifiedBefore),
            "cosignatures": .array(
                report.cosignatures.map {
                    ["name": .string($0.key.name), "vkey": .string($0.key.text), "time": .string(Self.time($0))]
                }),
            "seen": report.timeBounds.firstSeen?.json ?? .null,
            "seen-trees": .array(report.timeBounds.trees.map(\.json)),
            "contradictions": .array(
                report.contradictions.map {
                    [
                        "keeper": .string(Self.name(of: $0.keeper)), "earlier": .string(Self.text($0.earlier)),
                        "published": .string(Self.text($0.published)),
                    ]
                }), "notebook": notebookJSON,
            "test": facts.isTest.map { .bool($0) } ?? .null, "origin": .optional(facts.origin),
            "ledger-id": .optional(facts.ledgerID?.description), "size": .number(facts.size),
            "root": .optional(facts.root?.description),
            "first-recorded-at": .optional(facts.firstRecordedAt?.description),
            "last-recorded-at": .optional(facts.lastRecordedAt?.description), "events": .object(counts),
            "source-statements": .number(facts.sourceStatementCount),
            "ledger-held-statements": .number(facts.ledgerHeldStatementCount),
            "kept-checkpoints": .number(UInt64(facts.keptCheckpointCount)),
            "oldest-kept-checkpoint": facts.oldestKeptCheckpoint.map { .number($0) } ?? .null,
            "journal-tail": facts.journalTailCount.map { .number($0) } ?? .null,
            "clock-gaps": Self.json(facts.clockGaps), "occurred-later": Self.json(facts.occurredLater),
            "recorded-after-seen": Self.json(facts.recordedAfterSeen),
        ]
    }
}

extension SeenTree {
    /// For machines.
    var json: JSON {
        [
            "size": .number(size), "time": .string(time.description), "earliest": .string(earliest.description),
            "by": .strings(names), "means": .string(means.name),
        ]
    }
}
