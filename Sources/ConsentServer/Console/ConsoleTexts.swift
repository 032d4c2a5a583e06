/// The console's words, in each language. A language is one table; that each has every text is tested. What records and
/// answers say is in the words of the pages of evidence.
enum ConsoleTexts {
    static let tables = ["en": ConsoleTextsEnglish.table, "es": ConsoleTextsSpanish.table].mapValues { table in
        Dictionary(uniqueKeysWithValues: table.map { ("console." + $0, $1) })
    }

    /// The languages by their codes, as their speakers call them.
    static let languageNames = [(code: "en", name: "English"), (code: "es", name: "Español")]
}
