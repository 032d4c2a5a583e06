internal import ConsentModel

/// The page of an evidence bundle as HTML: a mechanical rendering, exactly that of SPEC.md, “The page as HTML”, so that any
/// verifier makes the same bytes from the page in `evidence.json`.
enum EvidencePageHTML {
    /// The bytes of `evidence.html`.
    static func bytes(of page: EvidencePage) -> [UInt8] {
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
            return ["<dl>"] + facts.map { "<dt>\(escaped($0.name))</dt><dd>\(html($0.value))</dd>" } + ["</dl>"]
        case .table(let columns, let rows):
            let header = columns.map { "<th scope=\"col\">\(escaped($0))</th>" }.joined()
            let body = rows.map { row in "<tr>\(row.map { "<td>\(html($0))</td>" }.joined())</tr>" }
            return ["<table>", "<thead><tr>\(header)</tr></thead>", "<tbody>"] + body + ["</tbody>", "</table>"]
        case .quote(let piece):
            return ["<blockquote dir=\"auto\"\(attributes(piece))>\(escapedLines(text(piece)))</blockquote>"]
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

    private static func text(_ piece: EvidencePage.Piece) -> String {
        switch piece {
        case .words(let text), .value(let text, _): text
        }
    }

    private static func attributes(_ piece: EvidencePage.Piece) -> String {
        guard case .value(_, let origin?) = piece else { return "" }
        return " data-record=\"\(origin.record)\" data-field=\"\(escaped(origin.field))\""
    }

    // MARK: The picture

    private static let left: UInt64 = 220
    private static let plotWidth: UInt64 = 680

    private static func lines(of timeline: EvidencePage.Timeline) -> [String] {
        let start = timeline.from.milliseconds
        let length = timeline.to.milliseconds - start
        func x(_ time: Timestamp) -> UInt64 {
            left + (min(max(time, timeline.from), timeline.to).milliseconds - start) * plotWidth / length
        }
        let bottom = 70 + 28 * UInt64(timeline.rows.count)
        var lines = [
            "<figure>",
            "<svg viewBox=\"0 0 960 \(bottom + 30)\" role=\"img\" aria-label=\"\(escaped(timeline.title))\">",
        ]
        for tick in timeline.ticks {
            let x = x(tick.at)
            lines.append("<line class=\"tick\" x1=\"\(x)\" x2=\"\(x)\" y1=\"54\" y2=\"\(bottom)\"/>")
            lines.append("<text x=\"\(x)\" y=\"\(bottom + 18)\" text-anchor=\"middle\">\(escaped(tick.text))</text>")
        }
        for (number, row) in timeline.rows.enumerated() {
            let y = 70 + 28 * UInt64(number)
            lines.append("<text x=\"210\" y=\"\(y + 15)\" text-anchor=\"end\">\(escaped(row.label))</text>")
            lines.append(
                "<line class=\"no\" x1=\"\(left)\" x2=\"\(left + plotWidth)\" y1=\"\(y + 10)\" y2=\"\(y + 10)\"/>")
            for span in row.spans {
                let (from, to) = (x(span.from), x(span.to))
                lines.append(
                    "<rect class=\"\(escaped(span.state))\" x=\"\(from)\" y=\"\(y + 2)\" width=\"\(max(to, from + 1) - from)\" "
                        + "height=\"16\"/>")
            }
        }
        var labelled: UInt64?
        for mark in timeline.marks {
            let x = x(mark.at)
            lines.append("<path class=\"\(escaped(mark.kind))\" d=\"\(shape(mark.kind, x))\"/>")
            guard labelled.map({ x >= $0 + 14 }) ?? true else { continue }
            lines.append("<text class=\"mark\" x=\"\(x)\" y=\"28\" text-anchor=\"middle\">\(escaped(mark.text))</text>")
            labelled = x
        }
        return lines + ["</svg>", "<figcaption>\(escaped(timeline.caption))</figcaption>", "</figure>"]
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
        body { font: 16px/1.45 Georgia, "Times New Roman", serif; color: #1a1a1a; background: #fff; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; }
        h1, h2, h3, table, dl, figure, .yes, .no, .wait, .sign { font-family: "Helvetica Neue", Helvetica, Arial, "DejaVu Sans", sans-serif; }
        h1 { font-size: 1.6rem; line-height: 1.25; overflow-wrap: anywhere; }
        h2 { font-size: 1.2rem; margin-top: 2.2rem; border-bottom: 1px solid #767676; }
        h3 { font-size: 1rem; margin-top: 1.8rem; }
        p.yes, p.no, p.wait, p.note { padding: .6rem 1rem; border-left: .4rem solid #767676; background: #f4f4f4; }
        p.yes { border-color: #14632f; background: #eef6f0; }
        p.no { border-color: #9b1c1c; background: #fbefef; }
        p.wait { border-color: #8a5a00; background: #fdf6e7; }
        table { border-collapse: collapse; width: 100%; font-size: .85rem; margin: 1rem 0; }
        th, td { text-align: left; vertical-align: top; padding: .3rem .5rem; border-bottom: 1px solid #c8c8c8; overflow-wrap: anywhere; }
        thead th { border-bottom: 2px solid #4a4a4a; }
        dl { display: grid; grid-template-columns: 13rem 1fr; gap: .2rem 1rem; font-size: .9rem; margin: .8rem 0; }
        dt { font-weight: 600; }
        dd { margin: 0; overflow-wrap: anywhere; }
        blockquote { margin: .8rem 0; padding: .6rem 1rem; border: 1px solid #c8c8c8; white-space: pre-wrap; overflow-wrap: anywhere; }
        figure { margin: 1rem 0; }
        figcaption { font-size: .85rem; }
        svg { display: block; width: 100%; height: auto; font-size: 13px; }
        svg .tick { stroke: #c8c8c8; }
        svg .no { stroke: #767676; stroke-width: 1; }
        svg .allow { fill: #14632f; }
        svg .defer { fill: #fff; stroke: #14632f; stroke-dasharray: 3 2; }
        svg .grant { fill: #14632f; }
        svg .stop { fill: #9b1c1c; }
        svg .send { fill: #fff; stroke: #1a1a1a; stroke-width: 1.5; }
        svg .other { fill: #4a4a4a; }
        svg .mark { font-size: 11px; }
        .sign p { margin: 2.4rem 0 0; border-top: 1px solid #1a1a1a; padding-top: .2rem; font-size: .85rem; max-width: 26rem; }
        @page { size: A4; margin: 20mm 16mm; @bottom-right { content: counter(page) " / " counter(pages); font: 9pt sans-serif; } }
        @media print {
        body { font-size: 10pt; margin: 0; max-width: none; padding: 0; }
        h2, h3 { break-after: avoid; }
        tr, figure, .yes, .no, .wait, .note, .sign p { break-inside: avoid; }
        thead { display: table-header-group; }
        dt { break-after: avoid; }
        }
        """
}
