internal import ConsentAudit
internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules
internal import LedgerCrypto
internal import TransparencyLog

/// A clearance in words and in JSON.
struct ClearanceText {
    private static let mostShown = 20

    private let input: ClearanceInput
    private let clearance: Clearance

    init(_ input: ClearanceInput) {
        self.input = input
        clearance = input.signed.clearance
    }

    // MARK: For people

    /// What was answered: `No. +346…222 was not to be messaged …`, and why.
    static func answer(_ leaf: DecisionLeaf, until end: Timestamp) -> [String] {
        let question = leaf.question
        let word = AnswerText.word(leaf.outcome)
        var lines = [
            "\(Terminal.output.styled(word + ".", AnswerText.style(leaf.outcome))) "
                + "\(question.business) asked to message \(shortened(leaf.contact)) about \(subject(leaf)) "
                + "\(ScopePhrase.by(question.channel)) at \(question.at)."
        ]
        for reason in leaf.reasons { lines.append("  \(sentence(reason, leaf))") }
        switch leaf.outcome {
        case .allow: lines.append("  Good from \(question.at) until \(end).")
        case .defer:
            if let next = leaf.nextAllowedAt { lines.append("  Allowed again at \(next), as far as was known.") }
        case .deny: break
        }
        return lines
    }

    private static func subject(_ leaf: DecisionLeaf) -> String {
        let about =
            switch (leaf.question.purpose, leaf.categories.isEmpty) {
            case (.optOutConfirmation, true): "its opt-out"
            case (_, true): "what its template says"
            case (_, false): ScopePhrase.joined(leaf.categories)
            }
        return about + (leaf.question.template.map { " (template \(Terminal.plain($0)))" } ?? "")
    }

    private static func sentence(_ reason: DecisionLeaf.StatedReason, _ leaf: DecisionLeaf) -> String {
        var text = reason.code
        if let category = reason.category { text += " (\(category))" }
        if let meaning = Reason.Code(rawValue: reason.code)?.meaning { text += ": \(meaning)" }
        if let time = reason.time, time > .epoch { text += ", \(time)" }
        if !reason.records.isEmpty {
            text += " (record\(reason.records.count == 1 ? "" : "s") "
            text += "\(ScopePhrase.joined(reason.records.map(String.init))))"
        }
        if let rule = reason.rule {
            let pack = leaf.packs.first { $0.digest == rule.pack }
            text += "; rule \(Terminal.plain(rule.rule)) of \(pack.map { "\($0.name) \($0.version)" } ?? "a pack")"
        }
        return text
    }

    /// What was only told with the question, or taken from what is private; a clause each.
    static func stated(_ leaf: DecisionLeaf) -> [String] {
        let question = leaf.question
        var stated: [String] = []
        if let basis = question.assertedBasis { stated.append("the basis \(basis), which the sender asserts") }
        if let time = question.replyingTo { stated.append("that the person last wrote at \(time)") }
        if let country = question.recipient.country { stated.append("that the person is in \(country)") }
        if !question.recipient.clocks.isEmpty {
            let names = question.recipient.clocks.map { Terminal.plain($0.name) }
            stated.append("what time it is for the person: \(names.joined(separator: ", "))")
        }
        if !question.uses.isEmpty {
            stated.append(
                counted(
                    question.uses.count, "message that was reserved before",
                    plural: "messages that were reserved before"))
        }
        return stated
    }

    /// The address with its middle left out.
    static func shortened(_ contact: String) -> String {
        Terminal.plain((try? ContactAddress(parsing: contact))?.description ?? "a contact")
    }

    /// What it is of, a line each.
    var facts: [String] {
        var lines = ["origin     \(Terminal.plain(clearance.origin))", "ledger-id  \(clearance.ledgerID)"]
        switch input {
        case .decision(let shown):
            lines.append("decision   \(shown.file.index) of \(clearance.count)")
            let question = shown.leaf.question
            lines.append("business   \(question.business)")
            lines.append("sender     \(question.sender ?? "any")")
            lines.append("purpose    \(question.purpose.rawValue)")
            if let reference = shown.leaf.reference { lines.append("ref        \(Terminal.plain(reference))") }
        case .directory: lines.append("decisions  \(clearance.count)")
        }
        lines.append("root       \(clearance.root)")
        lines.append("rests on   \(clearance.logSize) records, root \(clearance.logRoot)")
        lines.append("decided    \(clearance.decidedTime)")
        lines.append("not after  \(clearance.lastTime)")
        return lines
    }

    /// How many decisions there are of each outcome: `2 allow, 1 deny`.
    static func counts(_ outcomes: [Decision.Outcome: UInt64]) -> String {
        let told = [Decision.Outcome.allow, .deny, .defer].compactMap { outcome in
            outcomes[outcome].map { "\($0) \(outcome.rawValue)" }
        }
        return told.isEmpty ? "none" : told.joined(separator: ", ")
    }

    /// The findings of a report that does not hold.
    static func findings(_ report: ClearanceReport, _ verdict: String) -> [String] {
        var lines = [
            "\(Terminal.output.styled(verdict, .red)) \(report.findingCount) "
                + (report.findingCount == 1 ? "finding." : "findings.")
        ]
        for finding in report.findings.prefix(mostShown) {
            let place = finding.index.map { " at decision \($0)" } ?? ""
            lines.append("  \(finding.level) \(finding.code.name)\(place): \(Terminal.plain(finding.sentence))")
        }
        let shown = UInt64(min(report.findings.count, mostShown))
        if report.findingCount > shown { lines.append("  … and \(report.findingCount - shown) more") }
        return lines
    }

    /// What a report does not cover.
    static func notCovered(_ report: ClearanceReport) -> [String] {
        ["Not covered:"] + report.notCovered.map { "  \($0.sentence)" }
    }

    /// What is said of clearances that are made without counting, where a rule caps how many messages are sent.
    static let nothingCounted =
        "Nothing was counted, although a rule caps how many messages are sent: whoever asks next is answered without these."

    // MARK: For machines

    /// The signed part.
    var json: JSON {
        let signed: JSON = [
            "origin": .string(clearance.origin), "ledger-id": .string(clearance.ledgerID.description),
            "count": .number(clearance.count), "root": .string(clearance.root.description),
            "log-size": .number(clearance.logSize), "log-root": .string(clearance.logRoot.description),
            "decided-at": .string(clearance.decidedTime.description),
            "not-after": .string(clearance.lastTime.description), "inputs": .string(clearance.inputs.description),
        ]
        guard case .decision(let shown) = input else { return signed }
        return signed + ["index": .number(shown.file.index), "decision": Self.json(shown.leaf)]
    }

    static func json(_ leaf: DecisionLeaf) -> JSON {
        let question = leaf.question
        let asked: JSON = [
            "business": .string(question.business), "contact": .string(leaf.contact),
            "handle": .optional(leaf.handle?.description),
            "other-handles": .strings(leaf.otherHandles.map(\.description)), "channel": .string(question.channel),
            "categories": .strings(leaf.categories), "template": .optional(question.template),
            "sender": .optional(question.sender), "purpose": .string(question.purpose.rawValue),
            "at": .string(question.at.description), "ref": .optional(leaf.reference),
        ]
        let stated: JSON = [
            "asserted-basis": .optional(question.assertedBasis),
            "replying-to": .optional(question.replyingTo?.description),
            "country": .optional(question.recipient.country),
            "clocks": .strings(question.recipient.clocks.map(\.name)),
            "uses": .number(UInt64(question.uses.count)),
            "uses-since": .optional(question.usesSince?.description),
        ]
        let answered: JSON = [
            "outcome": .string(leaf.outcome.rawValue), "reasons": .array(leaf.reasons.map(json)),
            "next-allowed-at": .optional(leaf.nextAllowedAt?.description),
            "lapses-at": .optional(leaf.lapsesAt?.description),
            "packs": .array(
                leaf.packs.map {
                    [
                        "name": .string($0.name), "version": .string($0.version),
                        "digest": .string($0.digest.description), "adoption": .number($0.adoption),
                    ]
                }),
        ]
        return asked + ["stated": stated] + answered
    }

    private static func json(_ reason: DecisionLeaf.StatedReason) -> JSON {
        [
            "code": .string(reason.code), "meaning": .optional(Reason.Code(rawValue: reason.code)?.meaning),
            "records": .array(reason.records.map { .number($0) }), "time": .optional(reason.time?.description),
            "category": .optional(reason.category),
            "rule": reason.rule.map { ["pack": .string($0.pack.description), "rule": .string($0.rule)] } ?? .null,
        ]
    }

    static func json(_ report: ClearanceReport) -> JSON {
        let outcomes = [Decision.Outcome.allow, .deny, .defer].map {
            ($0.rawValue, JSON.number(report.outcomes[$0] ?? 0))
        }
        let findings = report.findings.map { finding -> JSON in
            [
                "code": .string(finding.code.name), "level": .string(finding.level.description),
                "index": finding.index.map { .number($0) } ?? .null, "expected": .optional(finding.expected),
                "found": .optional(finding.found), "sentence": .string(finding.sentence),
            ]
        }
        return [
            "holds": .bool(report.holds), "outcomes": .object(outcomes), "finding-count": .number(report.findingCount),
            "findings": .array(findings),
            "not-covered": .array(
                report.notCovered.map { ["code": .string($0.code.name), "sentence": .string($0.sentence)] }),
        ]
    }
}

extension DecisionLeaf {
    /// What the exit status of a command says of an answer.
    var status: ExitStatus? {
        switch outcome {
        case .allow: nil
        case .deny: .deny
        case .defer: .notNow
        }
    }
}
