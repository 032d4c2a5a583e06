internal import ConsentModel
internal import ConsentRules

/// The words of pages in one language. A language is one table; that each has every text is tested.
public struct EvidenceTexts: Sendable {
    /// The languages that a page can be in, in ascending order.
    public static let languages = tables.keys.sorted()

    /// The language (BCP 47).
    public let language: String
    private let table: [String: String]

    private static let tables = ["en": EvidenceTextsEnglish.table, "es": EvidenceTextsSpanish.table]

    /// The texts of a language, with those that another page adds for it; `nil` if there are none.
    public init?(_ language: String, adding tables: [String: [String: String]] = [:]) {
        guard let table = Self.tables[language] else { return nil }
        self.language = language
        self.table = table.merging(tables[language] ?? [:]) { $1 }
    }

    /// The text of that name.
    public func text(_ name: String) -> String { table[name] ?? name }

    /// The text with values in the places `%1`, `%2` and so on.
    public func pieces(_ name: String, _ values: [EvidencePage.Piece]...) -> [EvidencePage.Piece] {
        pieces(name, filling: values)
    }

    private func pieces(_ name: String, filling values: [[EvidencePage.Piece]]) -> [EvidencePage.Piece] {
        var pieces: [EvidencePage.Piece] = []
        var words = ""
        var isPlace = false
        for letter in text(name).unicodeScalars {
            if isPlace {
                isPlace = false
                if let number = Int(String(letter)), 1...values.count ~= number {
                    if !words.isEmpty { pieces.append(.words(words)) }
                    words = ""
                    pieces += values[number - 1]
                    continue
                }
                words += "%"
            }
            if letter == "%" { isPlace = true } else { words.unicodeScalars.append(letter) }
        }
        if isPlace { words += "%" }
        if !words.isEmpty { pieces.append(.words(words)) }
        return pieces
    }

    /// The text with a number in the place `%1`, in the form that the language has for it: one of `name.one` for 1.
    public func counted(_ name: String, _ count: Int, _ values: [EvidencePage.Piece]...) -> [EvidencePage.Piece] {
        pieces(count == 1 ? "\(name).one" : name, filling: [[.value(String(count))]] + values)
    }

    /// A word of the format in this language, and as the format has it beside it where that is another.
    public func word(_ kind: String, _ word: String) -> String {
        table["\(kind).\(word)"] ?? word
    }

    /// The names that every table must have.
    static var names: [String] { EvidenceTextsEnglish.table.keys.sorted() }

    /// The names of a language's table.
    static func names(of language: String) -> [String] { (tables[language] ?? [:]).keys.sorted() }

    /// The phrases of all languages as `ledger/evidence-words.json` has them, by which others compute a page (SPEC.md, “The
    /// phrases”): JSON with a line for each phrase, by ascending names.
    static var file: String {
        let languages = tables.sorted { $0.key < $1.key }.map { language, table in
            let phrases = table.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.map { name, phrase in
                "    \(JSONValue.string(name).text): \(JSONValue.string(phrase).text)"
            }
            return "  \(JSONValue.string(language).text): {\n\(phrases.joined(separator: ",\n"))\n  }"
        }
        return "{\n\(languages.joined(separator: ",\n"))\n}\n"
    }
}
