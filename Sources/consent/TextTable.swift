/// Rows of text in columns that are as wide as they must be.
struct TextTable {
    private var rows: [[String]] = []

    init(_ header: [String]) { rows = [header] }

    mutating func add(_ row: [String]) { rows.append(row.map(Terminal.plain)) }

    /// Prints the table; where it has no rows but the header, `sentence` instead.
    func print(orIfEmpty sentence: String) {
        guard rows.count > 1 else { return Swift.print(sentence) }
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        for row in rows {
            var line = ""
            for (cell, width) in zip(row, widths) {
                line += cell + String(repeating: " ", count: width - cell.count + 2)
            }
            while line.last == " " { line.removeLast() }
            Swift.print(line)
        }
    }
}
