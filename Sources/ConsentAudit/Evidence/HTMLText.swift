internal import ConsentModel

/// Texts within HTML.
public enum HTMLText {
    /// `text` for HTML's text and attributes. Control characters are made visible, the bidirectional ones too: a page must
    /// not be steered by data.
    public static func escaped(_ text: String) -> String {
        var html = ""
        for scalar in VisibleText.of(text).unicodeScalars {
            switch scalar {
            case "&": html += "&amp;"
            case "<": html += "&lt;"
            case ">": html += "&gt;"
            case "\"": html += "&quot;"
            case "'": html += "&#39;"
            default: html.unicodeScalars.append(scalar)
            }
        }
        return html
    }
}
