internal import ConsentAudit
internal import ConsentModel

/// The audit report as one page of HTML: no script, nothing from elsewhere, readable on paper and by a screen reader.
struct ReportPage {
    private let report: AuditReport

    init(_ report: AuditReport) {
        self.report = report
    }

    /// The lines of the page.
    var lines: [String] {
        var lines = [
            "<!DOCTYPE html>", "<html lang=\"en\">", "<head>", "<meta charset=\"utf-8\">",
            "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">",
            "<title>\(Self.escaped(report.title))</title>", "<style>", Self.style, "</style>", "</head>", "<body>",
            "<header>", "<h1>\(Self.escaped(report.title))</h1>", "<p>\(Self.escaped(report.made))</p>",
            "<p class=\"verdict \(report.holds ? "holds" : "fails")\">\(Self.escaped(report.verdict))</p>",
        ]
        if report.isTest { lines.append("<p class=\"verdict fails\">\(Self.escaped(ReportTexts.testLedger))</p>") }
        lines += ["</header>", "<nav aria-label=\"Contents\">", "<ol>"]
        for section in report.sections {
            lines.append("<li><a href=\"#\(section.key)\">\(Self.escaped(section.title))</a></li>")
        }
        lines += ["</ol>", "</nav>", "<main>"]
        for section in report.sections { lines += Self.lines(of: section) }
        return lines + ["</main>", "</body>", "</html>"]
    }

    private static func lines(of section: ReportSection) -> [String] {
        var lines = [
            "<section id=\"\(section.key)\" aria-labelledby=\"\(section.key)-title\">",
            "<h2 id=\"\(section.key)-title\">\(escaped(section.title))</h2>",
        ]
        lines += section.paragraphs.map { "<p>\(escaped($0))</p>" }
        for block in section.blocks {
            switch block {
            case .facts(let facts):
                lines.append("<dl>")
                lines += facts.map { "<dt>\(escaped($0.title))</dt><dd>\(html($0.value))</dd>" }
                lines.append("</dl>")
            case .table(let table): lines += self.lines(of: table)
            case .verbatim(_, let text): lines.append("<pre>\(escapedLines(text))</pre>")
            case .list(_, let texts):
                lines += ["<ul>"] + texts.map { "<li>\(escaped($0))</li>" } + ["</ul>"]
            case .plot(let series): lines += ReportPlot(series).lines
            }
        }
        return lines + ["</section>"]
    }

    private static func lines(of table: ReportSection.Table) -> [String] {
        guard !table.rows.isEmpty else {
            return table.none.isEmpty ? [] : ["<p>\(escaped(table.caption)): \(escaped(table.none))</p>"]
        }
        let styles = table.columns.indices.map { table.isNumeric($0) ? " class=\"number\"" : "" }
        let header = zip(table.columns, styles).map { "<th scope=\"col\"\($1)>\(escaped($0.title))</th>" }.joined()
        let rows = table.rows.map { row in
            "<tr>\(zip(row, styles).map { "<td\($1)>\(html($0))</td>" }.joined())</tr>"
        }
        return [
            "<table>", "<caption>\(escaped(table.caption))</caption>", "<thead><tr>\(header)</tr></thead>", "<tbody>",
        ] + rows + ["</tbody>", "</table>"]
    }

    private static func html(_ cell: ReportSection.Cell) -> String {
        switch cell {
        case .text(let text), .nothing(let text): escaped(text)
        case .code(let text): "<code>\(escaped(text))</code>"
        case .number(let number): String(number)
        case .numbers(let numbers): numbers.map(String.init).joined(separator: ", ")
        case .texts(let texts): escaped(texts.joined(separator: ", "))
        case .mark(let mark): mark ? "yes" : "no"
        case .time(let time): html(time)
        case .record(let index, let time): "record \(index)" + (time.map { ", " + html($0) } ?? "")
        }
    }

    /// A time, which may be broken between its date and the time of day.
    private static func html(_ time: Timestamp) -> String {
        "<time>\(time.date)T<wbr>\(time.description.dropFirst(time.date.count + 1))</time>"
    }

    /// `text` for HTML's text and attributes. Control characters are made visible, the bidirectional ones too: a page must
    /// not be steered by data.
    static func escaped(_ text: String) -> String { HTMLText.escaped(text) }

    /// The same for text of several lines.
    private static func escapedLines(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { escaped(String($0)) }
            .joined(separator: "\n")
    }

    private static let style = """
        :root { color-scheme: light; }
        body { font: 16px/1.5 Georgia, "Times New Roman", serif; color: #1a1a1a; background: #fff; margin: 2rem auto; \
        max-width: 70rem; padding: 0 1rem; }
        h1, h2, nav, table, dl, .verdict, svg { font-family: system-ui, "Segoe UI", Helvetica, Arial, sans-serif; }
        h1 { font-size: 1.6rem; overflow-wrap: anywhere; }
        h2 { font-size: 1.2rem; margin-top: 2.5rem; border-bottom: 1px solid #767676; }
        .verdict { font-weight: 700; padding: .6rem 1rem; border-left: .4rem solid; }
        .holds { border-color: #14632f; background: #eef6f0; }
        .fails { border-color: #9b1c1c; background: #fbefef; }
        nav ol { columns: 2; font-size: .95rem; }
        table { border-collapse: collapse; width: 100%; font-size: .85rem; margin: 1rem 0; }
        caption { text-align: left; font-weight: 600; padding: .3rem 0; }
        th, td { text-align: left; vertical-align: top; padding: .25rem .5rem; border-bottom: 1px solid #c8c8c8; \
        overflow-wrap: break-word; }
        thead th { border-bottom: 2px solid #4a4a4a; vertical-align: bottom; }
        td code { display: inline-block; min-width: 17ch; }
        .number { text-align: right; font-variant-numeric: tabular-nums; }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; font-size: .95rem; }
        dt { font-weight: 600; }
        dd { margin: 0; overflow-wrap: anywhere; }
        pre, code { font-family: ui-monospace, Menlo, Consolas, monospace; font-size: .85em; overflow-wrap: anywhere; }
        pre { white-space: pre-wrap; border: 1px solid #c8c8c8; padding: .6rem; }
        svg { display: block; width: 100%; height: auto; font-size: 12px; }
        @media print {
        @page { margin: 18mm 15mm; }
        body { font-size: 10pt; margin: 0; max-width: none; padding: 0; }
        nav { display: none; }
        h2, caption { break-after: avoid; }
        table { font-size: 7.5pt; }
        tr, svg, pre, .verdict { break-inside: avoid; }
        thead { display: table-header-group; }
        .holds, .fails { background: none; }
        a { color: inherit; text-decoration: none; }
        }
        """
}
