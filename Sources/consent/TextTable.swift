/// Rows of text in columns that are as wide as they must be.
struct TextTable {
    private var rows: [[Cell]] = []

    private struct Cell {
        let text: String
        let style: Terminal.Style?

        var shown: String { style.map { Terminal.output.styled(text, $0) } ?? text }
    }

    init(_ header: [String]) { add(header) }

    /// Adds a row; `styles` are those of its cells, from the first.
    mutating func add(_ row: [String], styles: [Terminal.Style?] = []) {
        rows.append(
            row.enumerated().map { column, text in
                Cell(text: Terminal.plain(text), style: column < styles.count ? styles[column] : nil)
            })
    }

    /// Prints the table; where it has no rows but the header, `sentence` instead.
    func print(orIfEmpty sentence: String) {
        guard rows.count > 1 else { return consent.print(sentence) }
        let widths = rows[0].indices.map { column in rows.map { $0[column].text.count }.max() ?? 0 }
        for row in rows {
            var line = ""
            var missing = 0
            for (cell, width) in zip(row, widths) {
                // Padding is written before the next text, so that no line ends in blanks.
                if !cell.text.isEmpty {
                    line += String(repeating: " ", count: missing) + cell.shown
                    missing = 0
                }
                missing += width - cell.text.count + 2
            }
            consent.print(line)
        }
    }
}
