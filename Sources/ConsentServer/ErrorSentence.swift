/// What an error of the libraries says, as the API tells it. They also tell which command or option helps, to whoever sits at
/// the ledger; whoever calls has neither, and is told what the API has instead.
enum ErrorSentence {
    /// The sentence without the parts that speak of commands and options; `code` is the error's.
    static func told(_ sentence: String, code: String) -> String {
        guard sentence.utf8.firstRange(of: "--".utf8) != nil || sentence.utf8.firstRange(of: "consent".utf8) != nil
        else {
            return sentence
        }
        let plain = withoutNamedOptions(sentence)
        let all = clauses(of: plain)
        let kept = all.filter { !$0.speaksOfCommands }
        guard kept.count < all.count else { return plain }
        guard let first = kept.first else {
            return help[code] ?? "this cannot be done as it is asked; see openapi.yaml"
        }
        let rest = kept.dropFirst().reduce(into: String(first.text)) { $0 += $1.separator + $1.text }
        return rest + (help[code].map { "; \($0)" } ?? "")
    }

    /// What the API has for an error, by its code, where a command or an option would help at the ledger.
    private static let help = [
        "clock-jumped": "whoever runs the server sets it right, or confirms it; send it again then",
        "defective-notice": "POST /v1/notices/lint says what its words lack",
        "held": "a hold-lifted event by the role legal ends it",
        "older-than-notice": "an older text is recorded as a notice-reconstructed event",
        "unknown-brand": "GET /v1/businesses/{business}/brands lists those there are",
        "unknown-notice": "GET /v1/businesses/{business}/notices lists those there are",
        "unknown-sender": "GET /v1/businesses/{business}/senders lists those there are",
        "unknown-template": "a template-categorized event says what it is about",
    ]

    /// A part of a sentence, and what stands between it and the part before.
    private struct Clause {
        let separator: String
        let text: Substring
        /// The same without what stands in quotation marks, which may be anybody's.
        let own: String

        /// Whether it names an option, or a command of `consent` or `consentd`.
        var speaksOfCommands: Bool {
            let words = own.split(separator: " ")
            return words.indices.contains { position in
                let word = words[position]
                if word.hasPrefix("--"), word != "--" { return true }
                guard word == "consent" || word == "consentd", position > 0, position + 1 < words.count else {
                    return false
                }
                let before = words[position - 1]
                return before.hasSuffix(":") || before == "run" || before == "then"
            }
        }
    }

    /// The parts between semicolons and full stops, but for those in quotation marks.
    private static func clauses(of sentence: String) -> [Clause] {
        var clauses: [Clause] = []
        var separator = ""
        var start = sentence.startIndex
        var own = ""
        var depth = 0
        var position = start
        func end(_ place: String.Index) {
            clauses.append(Clause(separator: separator, text: sentence[start..<place], own: own))
            own = ""
        }
        while position < sentence.endIndex {
            let character = sentence[position]
            let next = sentence.index(after: position)
            if depth == 0, character == ";" || character == ".", next < sentence.endIndex, sentence[next] == " " {
                end(position)
                separator = "\(character) "
                start = sentence.index(after: next)
                position = start
                continue
            }
            if character == "“" { depth += 1 }
            if depth == 0 { own.append(character) }
            if character == "”", depth > 0 { depth -= 1 }
            position = next
        }
        end(position)
        return clauses
    }

    /// The sentence without options in parentheses, which only say how something is called at the ledger.
    private static func withoutNamedOptions(_ sentence: String) -> String {
        var rest = sentence
        while let start = rest.firstRange(of: " (--"), let end = rest[start.upperBound...].firstIndex(of: ")") {
            rest.removeSubrange(start.lowerBound...end)
        }
        return rest
    }
}
