internal import ConsentModel

/// Texts within HTML.
public enum HTMLText {
    /// `text` for HTML's text and attributes. What nobody sees is made visible, as in `VisibleText`: a page must not be
    /// steered by data, nor hide any.
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
