internal import ConsentAudit
internal import ConsentModel

/// What is wrong with a log or a proof, in words and in JSON.
struct FindingText {
    private let findings: [Finding]
    private let count: Int
    private static let mostShown = 20

    /// `count` says how many there are, where not all were kept.
    init(_ findings: [Finding], count: Int? = nil) {
        self.findings = findings
        self.count = count ?? findings.count
    }

    /// How many there are.
    var total: String { "\(count) \(count == 1 ? "finding" : "findings")" }

    /// The first ones, indented, and how many more there are.
    var lines: [String] {
        let shown = findings.prefix(Self.mostShown)
        let more = count > shown.count ? ["  … and \(count - shown.count) more; --json lists them"] : []
        return shown.map { "  " + Self.sentence($0) } + more
    }

    private static func sentence(_ finding: Finding) -> String {
        var place: [String] = []
        if let file = finding.file { place.append(Terminal.plain(file)) }
        if let index = finding.index { place.append("record \(index)") }
        if let offset = finding.offset { place.append("byte \(offset)") }
        let start =
            "\(finding.level) \(finding.code.name)" + (place.isEmpty ? "" : " at \(place.joined(separator: ", "))")
        var text = "\(start): \(Terminal.plain(finding.sentence))"
        if let expected = finding.expected { text += "\n    due   \(Terminal.plain(expected))" }
        if let found = finding.found { text += "\n    found \(Terminal.plain(found))" }
        return text
    }

    /// All that were kept.
    var json: JSON {
        .array(
            findings.map { finding in
                [
                    "code": .string(finding.code.name), "level": .string(finding.level.description),
                    "file": .optional(finding.file), "index": finding.index.map { .number($0) } ?? .null,
                    "offset": finding.offset.map { .number(UInt64($0)) } ?? .null,
                    "expected": .optional(finding.expected), "found": .optional(finding.found),
                    "sentence": .string(finding.sentence),
                ]
            })
    }
}

extension JSON {
    /// What is not shown, for machines.
    init(_ gaps: [NotCovered]) {
        self = .array(
            gaps.map {
                [
                    "code": .string($0.code.name), "count": $0.count.map { .number($0) } ?? .null,
                    "sentence": .string($0.sentence),
                ]
            })
    }
}
