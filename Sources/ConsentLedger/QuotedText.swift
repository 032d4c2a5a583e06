/// Words of others within a message.
enum QuotedText {
    /// A header, a name or a value in quotes, for people; not where it seems to be an address (a file without a header has
    /// them in its first row).
    static func shown(_ text: String) -> String {
        let isAddress = text.contains("@") || text.unicodeScalars.count { $0.properties.numericType != nil } >= 6
        return isAddress ? "\"…\"" : "\"\(text.prefix(40))\""
    }
}
