internal import ArgumentParser
internal import ConsentAudit
internal import ConsentModel
internal import ConsentRules
internal import LedgerCrypto
internal import TransparencyLog

/// What an auditor files of a ledger: what was verified and what not, and what the log holds. The page and the JSON are made
/// of the same sections.
struct AuditReport {
    let title: String
    /// When it was made, and by what.
    let made: String
    let verdict: String
    let holds: Bool
    let isTest: Bool
    let sections: [ReportSection]
    private let madeAt: Timestamp

    /// Puts the report together, as of `madeAt`. `statistics` is `nil` where the log could not be read so far.
    init(_ verification: VerificationReport, statistics: LogStatistics?, pins: Pins, madeAt: Timestamp) {
        title = ReportTexts.title(verification.facts.origin ?? "unknown")
        made = ReportTexts.made(at: madeAt.description, version: Consent.configuration.version)
        verdict =
            verification.holds
            ? ReportTexts.holds(verification.facts.size, verification.level)
            : ReportTexts.doesNotVerify(verification.findingCount, soundBelow: verification.soundBelow)
        holds = verification.holds
        isTest = verification.facts.isTest == true
        self.madeAt = madeAt
        var sections = [
            Self.pins(pins, verification), Self.checkpoint(verification, isCounted: statistics != nil),
            Self.findings(verification), Self.coverage(verification),
        ]
        if let statistics {
            sections += [
                Self.overTime(statistics), Self.counts(statistics), Self.sources(statistics), Self.keys(statistics),
                Self.notices(statistics), Self.anomalies(statistics, verification.facts),
            ]
        }
        self.sections = sections + [Self.limits]
    }

    /// The report for machines.
    var json: JSON {
        let head: JSON = [
            "made-at": .string(madeAt.description), "version": .string(Consent.configuration.version),
            "holds": .bool(holds), "test": .bool(isTest),
        ]
        return head + .object(sections.map { ($0.key, $0.json) })
    }
}

/// What was verified.
extension AuditReport {
    private typealias Section = ReportSection
    private typealias Fact = ReportSection.Fact
    private typealias Column = ReportSection.Column
    private typealias Cell = ReportSection.Cell

    private static func pins(_ pins: Pins, _ verification: VerificationReport) -> ReportSection {
        Section(
            key: "pins", title: "What it was held against", paragraphs: [ReportTexts.pins, ReportTexts.levels],
            blocks: [
                .facts([
                    Fact("origin", "Origin", .optional(verification.facts.origin)),
                    Fact(
                        "pinned-vkey", "Pinned key of the log",
                        pins.verifierKey.map { .code($0.text) } ?? .nothing(ReportTexts.notPinned)),
                    Fact(
                        "pinned-ledger-id", "Pinned ledger-id",
                        pins.ledgerID.map { .code($0.description) } ?? .nothing(ReportTexts.notPinned)),
                    Fact("level", "Level", .text(verification.level.description)),
                ])
            ])
    }

    private static func checkpoint(_ verification: VerificationReport, isCounted: Bool) -> ReportSection {
        let facts = verification.facts
        let seen = verification.timeBounds.firstSeen
        let checkpoint = verification.checkpoint
        var section = Section(
            key: "checkpoint", title: "The checkpoint",
            paragraphs: [checkpoint == nil ? ReportTexts.noCheckpoint : ReportTexts.checkpoint])
        if !isCounted { section.paragraphs.append(ReportTexts.notCounted) }
        if let checkpoint {
            section.blocks.append(.verbatim(key: "note", String(decoding: checkpoint.bytes, as: UTF8.self)))
        }
        section.blocks.append(
            .facts([
                Fact("size", "Records", .number(facts.size)),
                Fact("root", "Root", facts.root.map { .code($0.description) } ?? .nothing("–")),
                Fact("ledger-id", "Ledger-id", facts.ledgerID.map { .code($0.description) } ?? .nothing("–")),
                Fact("first-recorded-at", "First record", .optional(facts.firstRecordedAt)),
                Fact("last-recorded-at", "Last record", .optional(facts.lastRecordedAt)),
                Fact(
                    "kept-checkpoints", "Checkpoints kept in the log that it agrees with",
                    .number(UInt64(facts.keptCheckpointCount))),
                Fact("oldest-kept-checkpoint", "The oldest of them, by size", .optional(facts.oldestKeptCheckpoint)),
                Fact(
                    "seen-size", "The first records that others are shown to have seen",
                    .optional(seen?.size)),
                Fact("seen-at", "When they saw them", .optional(seen?.time)),
                Fact("seen-by", "Who saw them", seenBy(seen)),
                Fact("source-statements", "Statements of sources", .number(facts.sourceStatementCount)),
                Fact(
                    "ledger-held-statements", "Of them signed with keys that the ledger held",
                    .number(facts.ledgerHeldStatementCount)),
            ]))
        section.blocks.append(
            .table(
                Section.Table(
                    key: "cosignatures", caption: "Cosignatures by the policy's witnesses",
                    columns: [Column("witness", "Witness"), Column("time", "Time, as it says")],
                    rows: verification.cosignatures.map { signature in
                        // Seconds beyond the last moment that can be said become it.
                        let time = signature.timestamp.map { seconds in
                            Timestamp.epoch.adding(milliseconds: min(seconds, .max / 1000) * 1000)
                        }
                        return [.text(signature.key.name), .optional(time)]
                    })))
        section.blocks.append(seenTrees(verification.timeBounds))
        return section
    }

    /// The most rows of the table of those who saw the log: half of them the first, half the last.
    private static let mostSeen = 50

    private static func seenTrees(_ bounds: TimeBounds) -> ReportSection.Block {
        let half = mostSeen / 2
        let trees =
            bounds.trees.count <= mostSeen ? bounds.trees : Array(bounds.trees.prefix(half) + bounds.trees.suffix(half))
        return .table(
            Section.Table(
                key: "seen", caption: ReportTexts.seenTrees,
                columns: [
                    Column("size", "Records"), Column("existed", "Existed on"), Column("by", "Shown by"),
                    Column("means", "How"),
                ],
                rows: trees.map { [.number($0.size), .optional($0.time), seenBy($0), .text($0.means.name)] }))
    }

    /// Who is shown to have seen a tree.
    private static func seenBy(_ seen: SeenTree?) -> Cell {
        guard let seen else { return .nothing("–") }
        return seen.names.isEmpty ? .nothing(ReportTexts.ownNotebook) : .texts(seen.names)
    }

    private static func findings(_ verification: VerificationReport) -> ReportSection {
        var paragraphs = [verification.holds ? ReportTexts.noFindings : ReportTexts.findings]
        if verification.findingCount > verification.findings.count {
            paragraphs.append(
                ReportTexts.moreFindings(verification.findingCount, shown: verification.findings.count))
        }
        let rows = verification.findings.map { finding -> [Cell] in
            [
                .text(finding.level.description), .text(finding.code.name), .optional(finding.index),
                .optional(finding.file), .optional(finding.offset.map { UInt64($0) }), .optional(finding.expected),
                .optional(finding.found), .text(finding.sentence),
            ]
        }
        var section = Section(key: "findings", title: "Findings", paragraphs: paragraphs)
        section.blocks = [.facts([Fact("count", "Findings", .number(UInt64(verification.findingCount)))])]
        section.blocks.append(
            .table(
                Section.Table(
                    key: "list", caption: "Findings",
                    columns: [
                        Column("level", "Level"), Column("code", "Code"), Column("index", "Record"),
                        Column("file", "File"), Column("offset", "Byte"), Column("expected", "Expected"),
                        Column("found", "Found"), Column("sentence", "What it means"),
                    ], rows: rows, none: "")))
        let evidence = verification.contradictions.flatMap { [$0.earlier, $0.published] }.reduce(into: []) {
            (unique: inout [SignedCheckpoint], checkpoint) in
            if !unique.contains(checkpoint) { unique.append(checkpoint) }
        }
        guard !evidence.isEmpty else { return section }
        section.paragraphs.append(ReportTexts.evidence)
        let notes = evidence.map { String(decoding: $0.bytes, as: UTF8.self) }
        section.blocks.append(.verbatim(key: "contradicting-checkpoints", notes.joined(separator: "\n")))
        return section
    }

    private static func coverage(_ verification: VerificationReport) -> ReportSection {
        let rows = verification.notCovered.map { gap -> [Cell] in
            [.text(gap.code.name), .optional(gap.count), .text(gap.sentence)]
        }
        return Section(
            key: "not-covered", title: "What was not covered", paragraphs: [ReportTexts.notCovered],
            blocks: [
                .table(
                    Section.Table(
                        key: "list", caption: "Not covered",
                        columns: [
                            Column("code", "Code"), Column("count", "Count"), Column("sentence", "What it means"),
                        ],
                        rows: rows, none: ReportTexts.everythingCovered))
            ])
    }

    private static var limits: ReportSection {
        let rows = ReportTexts.trustRows.map { who, can, cannot -> [Cell] in [.text(who), .text(can), .text(cannot)] }
        return Section(
            key: "limits", title: "What the log cannot show", paragraphs: [ReportTexts.limits],
            blocks: [
                .list(key: "cannot-show", ReportTexts.limitList),
                .table(
                    Section.Table(
                        key: "trust", caption: ReportTexts.trust,
                        columns: [
                            Column("who", "Who is compromised"), Column("can", "Can"),
                            Column("cannot", "Cannot, unseen"),
                        ], rows: rows)),
            ])
    }
}

/// What the log holds.
extension AuditReport {
    private static func overTime(_ statistics: LogStatistics) -> ReportSection {
        Section(
            key: "over-time", title: "Given and withdrawn over time",
            paragraphs: [ReportTexts.counted(statistics.tally.count, of: statistics.size), ReportTexts.plot],
            blocks: [.plot(ActSeries(statistics.acts))])
    }

    private static func counts(_ statistics: LogStatistics) -> ReportSection {
        let tally = statistics.tally
        let businesses = statistics.governance.catalog.businesses
        let business = ordered(tally.byBusiness).map { id, count -> [Cell] in
            [
                id.isEmpty ? .nothing(ReportTexts.unnamedBusiness) : .text(id), .optional(businesses[id]?.name),
                .optional(businesses[id]?.country), .number(count),
            ]
        }
        let channels = statistics.actsByChannel.sorted { $0.key < $1.key }.map { channel, acts -> [Cell] in
            [
                channel.isEmpty ? .nothing(ReportTexts.allChannels) : .text(channel), .number(acts.given),
                .number(acts.withdrawn),
            ]
        }
        return Section(
            key: "counts", title: "What is in the log",
            blocks: [
                .facts([
                    Fact("contacts", "Contacts", .number(statistics.contactCount)),
                    Fact("contacts-erased", "Contacts erased", .number(statistics.erasedContactCount)),
                    Fact("restrictions", "Restrictions", .number(statistics.restrictionCount)),
                ]),
                .table(
                    Section.Table(
                        key: "by-type", caption: "Records by type",
                        columns: [Column("type", "Type"), Column("records", "Records")],
                        rows: ordered(tally.byType).map { [.text($0.key), .number($0.value)] })),
                .table(
                    Section.Table(
                        key: "by-business", caption: "Records by business",
                        columns: [
                            Column("business", "Business"), Column("name", "Name"), Column("country", "Country"),
                            Column("records", "Records"),
                        ], rows: business)),
                .table(
                    Section.Table(
                        key: "by-source", caption: "Records by source",
                        columns: [Column("source", "Source"), Column("records", "Records")],
                        rows: ordered(tally.bySource).map {
                            [$0.key.isEmpty ? .nothing(ReportTexts.adminKeys) : .text($0.key), .number($0.value)]
                        })),
                .table(
                    Section.Table(
                        key: "by-channel", caption: "Acts by channel; one that names two counts for both",
                        columns: [
                            Column("channel", "Channel"), Column("given", "Given"), Column("withdrawn", "Withdrawn"),
                        ], rows: channels)),
            ])
    }

    private static func sources(_ statistics: LogStatistics) -> ReportSection {
        let sources = statistics.governance.catalog.sources.values.sorted { $0.id < $1.id }
        let rows = sources.flatMap { source in
            source.keys.map { key -> [Cell] in
                let use = LogStatistics.KeyUse(source: source.id, keyIdentifier: key.publicKey.keyIdentifier)
                return [
                    .text(source.id), .code(Hexadecimal.encode(key.publicKey.bytes)), .text(key.custody),
                    key.businesses.map { .texts($0) } ?? .nothing(ReportTexts.allBusinesses),
                    .mark(key.possessionShown),
                ] + window(key.window, statistics, otherwise: ReportTexts.stillCounts) + [
                    .optional(key.compromise?.since), .number(statistics.keyUses[use] ?? 0),
                ]
            }
        }
        return Section(
            key: "sources", title: "Sources", paragraphs: [ReportTexts.sources],
            blocks: [
                .table(
                    Section.Table(
                        key: "list", caption: "Sources and their keys",
                        columns: [
                            Column("source", "Source"), Column("public-key", "Public key"),
                            Column("custody", "Custody"), Column("businesses", "Businesses"),
                            Column("possession-shown", "Showed that it holds the key"),
                        ] + windowColumns + [
                            Column("compromised-since", "Compromised since"), Column("statements", "Statements"),
                        ], rows: rows))
            ])
    }

    private static func keys(_ statistics: LogStatistics) -> ReportSection {
        let catalog = statistics.governance.catalog
        let admin = catalog.adminKeys.map { key -> [Cell] in
            let use = LogStatistics.KeyUse(source: "", keyIdentifier: key.publicKey.keyIdentifier)
            return [.text("admin"), .code(Hexadecimal.encode(key.publicKey.bytes))]
                + window(key.window, statistics, otherwise: ReportTexts.stillCounts)
                + [.number(statistics.keyUses[use] ?? 0)]
        }
        let log = catalog.logKeys.map { key -> [Cell] in
            [.text("log"), .code(key.verifierKey)]
                + window(key.window, statistics, otherwise: ReportTexts.stillCounts) + [.nothing("–")]
        }
        return Section(
            key: "keys", title: "Keys", paragraphs: [ReportTexts.keys],
            blocks: [
                .table(
                    Section.Table(
                        key: "list", caption: "Admin and log keys",
                        columns: [Column("role", "Role"), Column("key", "Key")] + windowColumns + [
                            Column("statements", "Statements")
                        ], rows: admin + log))
            ])
    }

    private static func notices(_ statistics: LogStatistics) -> ReportSection {
        let businesses = statistics.governance.catalog.businesses.values.sorted { $0.id < $1.id }
        let rows = businesses.flatMap { business in
            business.notices.map { notice -> [Cell] in
                let use = LogStatistics.NoticeUse(
                    business: business.id,
                    notice: NoticeReference(name: notice.name, textDigest: notice.textDigest))
                let shown = notice.shown.map {
                    "attested: shown from \($0.from) to \($0.until?.description ?? "now")"
                }
                return [
                    .text(business.id), .text(notice.name), .text(notice.language),
                    .code(Hexadecimal.encode(notice.textDigest)), .text(shown ?? "published"),
                ] + window(notice.window, statistics, otherwise: ReportTexts.stillShown) + [
                    .number(statistics.noticeUses[use] ?? 0)
                ]
            }
        }
        return Section(
            key: "notices", title: "Notices", paragraphs: [ReportTexts.notices],
            blocks: [
                .table(
                    Section.Table(
                        key: "list", caption: "Notices",
                        columns: [
                            Column("business", "Business"), Column("name", "Name"), Column("language", "Language"),
                            Column("text-digest", "SHA-256 of the text"), Column("how", "How"),
                        ] + windowColumns + [Column("named-by", "Events that name it")], rows: rows))
            ])
    }

    private static func anomalies(_ statistics: LogStatistics, _ facts: LedgerFacts) -> ReportSection {
        func row(_ code: String, _ title: String, _ count: UInt64, _ greatest: UInt64, _ indices: [UInt64]) -> [Cell] {
            [
                .text(code), .text(title), .number(count),
                greatest == 0 ? .nothing("–") : .text(readableDuration(greatest)), .numbers(indices),
            ]
        }
        func row(_ code: String, _ title: String, _ anomaly: ClockAnomaly) -> [Cell] {
            row(code, title, anomaly.count, anomaly.longest, anomaly.firstIndex.map { [$0] } ?? [])
        }
        func row(_ code: String, _ title: String, _ anomaly: LogStatistics.Anomaly) -> [Cell] {
            row(code, title, anomaly.count, anomaly.greatest, anomaly.indices)
        }
        let rows = [
            row("gap", ReportTexts.gaps, facts.clockGaps), row("late", ReportTexts.late, statistics.late),
            row("early", ReportTexts.early, facts.occurredLater),
            row("undated", ReportTexts.undated, statistics.undated),
            row("unknown-notice", ReportTexts.unknownNotices, statistics.unknownNotices),
            row("unauthorized-restriction", ReportTexts.unauthorized, statistics.unauthorizedRestrictions),
            row("unreadable", ReportTexts.unreadable, statistics.unreadable),
        ]
        return Section(
            key: "anomalies", title: "What is unusual", paragraphs: [ReportTexts.anomalies],
            blocks: [
                .table(
                    Section.Table(
                        key: "list", caption: "Anomalies",
                        columns: [
                            Column("code", "Code"), Column("title", "What"), Column("records", "Records"),
                            Column("greatest", "At most by"), Column("first", "The first, at most 20"),
                        ], rows: rows)),
                .table(
                    Section.Table(
                        key: "flags", caption: ReportTexts.flags,
                        columns: [Column("flag", "Flag"), Column("records", "Records")],
                        rows: ordered(statistics.flags).map { [.text($0.key), .number($0.value)] })),
            ])
    }

    // MARK: Pieces

    private static var windowColumns: [Column] { [Column("from", "From"), Column("until", "Until")] }

    private static func window(
        _ window: Catalog.Window, _ statistics: LogStatistics, otherwise: String
    ) -> [Cell] {
        let times = statistics.governance.recordedAt
        return [
            .record(window.from, times[window.from]),
            window.until.map { .record($0, times[$0]) } ?? .nothing(otherwise),
        ]
    }

    /// The most first, then by name.
    private static func ordered(_ counts: [String: UInt64]) -> [(key: String, value: UInt64)] {
        counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    }
}
