internal import ConsentModel
internal import ConsentRules

/// What was found about the words of a notice.
struct JudgedNotice {
    /// What to call it.
    let name: String
    let problems: [NoticeProblem]

    /// Whether it may carry no opt-in.
    var isDefective: Bool { problems.contains(where: \.isRequired) }

    func print() {
        guard !problems.isEmpty else {
            return consent.print("\(Terminal.plain(name)): nothing is missing that the rules ask for.")
        }
        let verdict =
            isDefective
            ? Terminal.output.styled("may carry no opt-in", .red) : "may carry opt-ins; advice:"
        consent.print("\(Terminal.plain(name)): \(verdict)")
        for problem in problems { consent.print("  \(Self.sentence(of: problem))") }
    }

    /// A problem with its severity, and where it is asked for.
    static func sentence(of problem: NoticeProblem) -> String {
        (problem.isRequired ? "error: " : "advice: ") + clause(of: problem)
    }

    /// A problem and where it is asked for.
    static func clause(of problem: NoticeProblem) -> String {
        guard let rule = problem.rule, let pack = problem.pack else {
            return Terminal.plain(problem.description)
        }
        return "\(Terminal.plain(problem.description)) (\(pack.id), \(rule.id): "
            + "\(Terminal.plain(rule.citation.place)))"
    }

    var json: JSON {
        [
            "notice": .string(name), "outcome": .string(isDefective ? "defective" : "usable"),
            "problems": .array(problems.map(\.json)),
        ]
    }
}
