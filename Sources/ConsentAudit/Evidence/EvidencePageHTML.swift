internal import ConsentModel

/// A page as HTML: a mechanical rendering, exactly that of SPEC.md, “The page as HTML”, so that any verifier makes the same
/// bytes from the page in `evidence.json`.
public enum EvidencePageHTML {
    /// The bytes of the HTML file, such as `evidence.html`.
    public static func bytes(of page: EvidencePage) -> [UInt8] {
        var lines = [
            "<!DOCTYPE html>", "<html lang=\"\(escaped(page.language))\">", "<head>", "<meta charset=\"utf-8\">",
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
            "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">",
            "<title>\(escaped(page.title))</title>", "<style>", style, "</style>", "</head>", "<body>",
            "<h1>\(escaped(page.title))</h1>",
        ]
        for section in page.sections {
            lines += ["<section id=\"\(escaped(section.id))\">", "<h2>\(escaped(section.heading))</h2>"]
            for block in section.blocks { lines += self.lines(of: block) }
            lines.append("</section>")
        }
        lines += ["</body>", "</html>", ""]
        return Array(lines.joined(separator: "\n").utf8)
    }

    private static func lines(of block: EvidencePage.Block) -> [String] {
        switch block {
        case .paragraph(let pieces, let style):
            return ["<p\(style.map { " class=\"\(escaped($0))\"" } ?? "")>\(html(pieces))</p>"]
        case .heading(let pieces): return ["<h3>\(html(pieces))</h3>"]
        case .facts(let facts):
            let rows = facts.map { "<tr><th scope=\"row\">\(escaped($0.name))</th><td>\(html($0.value))</td></tr>" }
            return ["<table class=\"facts\">"] + rows + ["</table>"]
        case .table(let columns, let rows):
            let header = columns.map { "<th scope=\"col\">\(escaped($0))</th>" }.joined()
            let body = rows.map { row in "<tr>\(row.map { "<td>\(html($0))</td>" }.joined())</tr>" }
            return ["<table>", "<thead><tr>\(header)</tr></thead>", "<tbody>"] + body + ["</tbody>", "</table>"]
        case .quote(let piece):
            return ["<blockquote dir=\"auto\"\(attributes(piece))>\(escapedLines(piece.text))</blockquote>"]
        case .list(let items): return ["<ul>"] + items.map { "<li>\(html($0))</li>" } + ["</ul>"]
        case .signature(let texts):
            return ["<div class=\"sign\">"] + texts.map { "<p>\(escaped($0))</p>" } + ["</div>"]
        case .timeline(let timeline): return lines(of: timeline)
        }
    }

    private static func html(_ pieces: [EvidencePage.Piece]) -> String {
        pieces.map { piece in
            switch piece {
            case .words(let text): escaped(text)
            case .value(let text, _): "<bdi\(attributes(piece))>\(escaped(text))</bdi>"
            }
        }.joined()
    }

    private static func attributes(_ piece: EvidencePage.Piece) -> String {
        guard case .value(_, let origin?) = piece else { return "" }
        return " data-record=\"\(origin.record)\" data-field=\"\(escaped(origin.field))\""
    }

    // MARK: The picture

    private static let left: UInt64 = 220
    private static let plotWidth: UInt64 = 660

    private static func lines(of timeline: EvidencePage.Timeline) -> [String] {
        let start = timeline.from.milliseconds
        let length = timeline.to.milliseconds - start
        func x(_ time: Timestamp) -> UInt64 {
            left + (min(max(time, timeline.from), timeline.to).milliseconds - start) * plotWidth / length
        }
        func text(_ text: String, x: UInt64, y: UInt64, _ anchor: String) -> String {
            "<text x=\"\(x)\" y=\"\(y)\" text-anchor=\"\(anchor)\" font-family=\"sans-serif\" font-size=\"12\">"
                + "\(escaped(text))</text>"
        }
        let bottom = 70 + 28 * UInt64(timeline.rows.count)
        var lines = [
            "<figure>",
            "<svg viewBox=\"0 0 960 \(bottom + 30)\" role=\"img\" aria-label=\"\(escaped(timeline.title))\">",
        ]
        for tick in timeline.ticks {
            let x = x(tick.at)
            lines.append("<line x1=\"\(x)\" x2=\"\(x)\" y1=\"54\" y2=\"\(bottom)\" stroke=\"#c8c8c8\"/>")
            lines.append(text(tick.text, x: x, y: bottom + 18, "middle"))
        }
        for (number, row) in timeline.rows.enumerated() {
            let y = 70 + 28 * UInt64(number)
            lines.append(text(row.label, x: 210, y: y + 15, "end"))
            lines.append(
                "<line x1=\"\(left)\" x2=\"\(left + plotWidth)\" y1=\"\(y + 10)\" y2=\"\(y + 10)\" stroke=\"#767676\"/>"
            )
            for span in row.spans {
                let (from, to) = (x(span.from), x(span.to))
                lines.append(
                    "<rect x=\"\(from)\" y=\"\(y + 2)\" width=\"\(max(to, from + 1) - from)\" height=\"16\" "
                        + "\(span.state == "allow" ? "fill=\"#14632f\"" : "fill=\"#fff\" stroke=\"#14632f\"")/>")
            }
        }
        var labelled: UInt64?
        for mark in timeline.marks {
            let x = x(mark.at)
            lines.append("<path d=\"\(shape(mark.kind, x))\" \(paint(mark.kind))/>")
            guard labelled.map({ x >= $0 + 14 }) ?? true else { continue }
            lines.append(text(mark.text, x: x, y: 28, "middle"))
            labelled = x
        }
        return lines + ["</svg>", "<figcaption>\(escaped(timeline.caption))</figcaption>", "</figure>"]
    }

    private static func paint(_ kind: String) -> String {
        switch kind {
        case "grant": "fill=\"#14632f\""
        case "stop": "fill=\"#9b1c1c\""
        case "send": "fill=\"#fff\" stroke=\"#1a1a1a\""
        default: "fill=\"#4a4a4a\""
        }
    }

    private static func shape(_ kind: String, _ x: UInt64) -> String {
        switch kind {
        case "grant": "M\(x) 34l6 12h-12z"
        case "stop": "M\(x - 5) 35h10v10h-10z"
        case "send": "M\(x) 34l6 6l-6 6l-6 -6z"
        default: "M\(x - 2) 38h4v4h-4z"
        }
    }

    // MARK: Text

    private static func escaped(_ text: String) -> String { HTMLText.escaped(text) }

    private static func escapedLines(_ text: String) -> String {
        text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map { escaped(String($0)) }
            .joined(separator: "\n")
    }

    /// The style sheet, as SPEC.md has it.
    static let style = """
        body { font: 16px/1.45 Georgia, "Times New Roman", "DejaVu Serif", serif; color: #1a1a1a; background: #fff; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; }
        h1, h2, h3, table, figure, .yes, .no, .wait, .sign { font-family: "Helvetica Neue", Helvetica, Arial, "DejaVu Sans", sans-serif; }
        h1 { font-size: 1.5rem; line-height: 1.25; overflow-wrap: anywhere; }
        h2 { font-size: 1.2rem; margin-top: 2.2rem; border-bottom: 1px solid #767676; }
        h3 { font-size: 1rem; margin: 1.8rem 0 .4rem; }
        p.yes, p.no, p.wait, p.note { padding: .6rem 1rem; border-left: .4rem solid #767676; background: #f4f4f4; }
        p.yes { border-color: #14632f; background: #eef6f0; }
        p.no { border-color: #9b1c1c; background: #fbefef; }
        p.wait { border-color: #8a5a00; background: #fdf6e7; }
        table { border-collapse: collapse; width: 100%; font-size: .85rem; margin: .8rem 0; }
        th, td { text-align: left; vertical-align: top; padding: .25rem .5rem; border-bottom: 1px solid #c8c8c8; overflow-wrap: break-word; }
        thead th { border-bottom: 2px solid #4a4a4a; }
        table.facts { table-layout: fixed; margin: .4rem 0; }
        table.facts th { width: 11rem; font-weight: 600; padding-left: 0; }
        table.facts th, table.facts td { border-bottom: 0; overflow-wrap: anywhere; }
        blockquote { margin: .6rem 0; padding: .6rem 1rem; border: 1px solid #c8c8c8; white-space: pre-wrap; overflow-wrap: anywhere; }
        figure { margin: 1rem 0; }
        figcaption { font-size: .85rem; }
        svg { display: block; width: 100%; height: auto; }
        .sign p { margin: 2.6rem 0 0; border-top: 1px solid #1a1a1a; padding-top: .2rem; font-size: .85rem; max-width: 26rem; }
        @page { size: A4; margin: 20mm 16mm; @bottom-right { content: counter(page) " / " counter(pages); font: 9pt sans-serif; } }
        @media print {
        body { font-size: 10pt; margin: 0; max-width: none; padding: 0; }
        h2, h3 { break-after: avoid; }
        figure, p.yes, p.no, p.wait, p.note, .sign { break-inside: avoid; }
        thead { display: table-header-group; }
        }
        """
}
