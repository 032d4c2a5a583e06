public import ConsentModel

extension NoticeProblem {
    /// What is missing, who asks for it, and where.
    public var json: JSON {
        [
            "severity": .string(isRequired ? "error" : "advice"), "subject": .string(subject.rawValue),
            "problem": .string(description), "pack": .optional(pack?.id), "version": .optional(pack?.version),
            "rule": .optional(rule?.id), "citation": rule?.citation.json ?? .null,
            "adoption": adoption.map { .number($0) } ?? .null,
        ]
    }
}

extension Citation {
    /// Where a rule is written.
    public var json: JSON {
        [
            "source": .string(source), "section": .optional(section), "url": .optional(url), "quote": .optional(quote),
            "confidence": .string(confidence.rawValue), "verified-on": .string(verifiedOn),
        ]
    }
}
