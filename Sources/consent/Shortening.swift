extension String {
    /// The text without the middle of what is quoted in it, or written without a blank, where that is very long: an error
    /// that repeats what was typed stays one that can be read. `of mostQuoted` characters at least are kept of each.
    func shortened(mostQuoted: Int = 200) -> String {
        guard utf8.count > mostQuoted else { return self }
        var shortened = ""
        var quoted = ""
        var isQuoted = false
        func kept() -> String { quoted.count > mostQuoted ? quoted.prefix(mostQuoted) + "…" : quoted }
        for character in self {
            let ends = isQuoted ? character == "”" : character.isWhitespace || character == "“"
            if ends {
                shortened += kept()
                quoted = ""
            }
            quoted.append(character)
            if character == "“" { isQuoted = true }
            if character == "”" { isQuoted = false }
        }
        return shortened + kept()
    }
}
