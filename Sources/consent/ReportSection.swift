internal import ConsentAudit
internal import ConsentModel

/// A part of the audit report, before it is a page or JSON.
struct ReportSection {
    /// The section's name for machines.
    let key: String
    let title: String
    /// What the reader is told before the rest, a paragraph each.
    var paragraphs: [String] = []
    var blocks: [Block] = []

    /// What a section shows.
    enum Block {
        case facts([Fact])
        case table(Table)
        /// Text to be shown as it is, under a name for machines.
        case verbatim(key: String, String)
        case list(key: String, [String])
        case plot(ActSeries)
    }

    /// A name and its value.
    struct Fact {
        let key: String
        let title: String
        let value: Cell

        init(_ key: String, _ title: String, _ value: Cell) {
            self.key = key
            self.title = title
            self.value = value
        }
    }

    /// Rows under a header.
    struct Table {
        let key: String
        let caption: String
        let columns: [Column]
        var rows: [[Cell]]
        /// What the page says where there are no rows; empty: the table is left out.
        var none = ReportTexts.none

        /// Whether the column at `position` is of numbers, which are aligned at their ends.
        func isNumeric(_ position: Int) -> Bool {
            rows.contains { if case .number = $0[position] { true } else { false } }
        }
    }

    /// A column's name for machines, and its header.
    struct Column {
        let key: String
        let title: String

        init(_ key: String, _ title: String) {
            self.key = key
            self.title = title
        }
    }

    /// A value that is shown.
    enum Cell {
        case text(String)
        /// A hash, a key, a path: may be broken anywhere.
        case code(String)
        case number(UInt64)
        case numbers([UInt64])
        case texts([String])
        case mark(Bool)
        case time(Timestamp)
        /// What a record began or ended, and when it was recorded, if that is known.
        case record(UInt64, Timestamp?)
        /// Nothing; the text is what the page says in its place.
        case nothing(String)

        /// The text, or what is said where there is none.
        static func optional(_ text: String?, _ otherwise: String = "–") -> Cell {
            text.map { .text($0) } ?? .nothing(otherwise)
        }

        /// The number, or what is said where there is none.
        static func optional(_ number: UInt64?, _ otherwise: String = "–") -> Cell {
            number.map { .number($0) } ?? .nothing(otherwise)
        }

        /// The time, or what is said where there is none.
        static func optional(_ time: Timestamp?, _ otherwise: String = "–") -> Cell {
            time.map { .time($0) } ?? .nothing(otherwise)
        }
    }
}

extension ReportSection {
    /// The section as JSON: its facts, tables, texts and plots under their names, without the sentences around them.
    var json: JSON {
        .object(
            blocks.flatMap { block -> [(String, JSON)] in
                switch block {
                case .facts(let facts): facts.map { ($0.key, $0.value.json) }
                case .table(let table):
                    [
                        (
                            table.key,
                            .array(table.rows.map { row in .object(zip(table.columns, row).map { ($0.key, $1.json) }) })
                        )
                    ]
                case .verbatim(let key, let text): [(key, .string(text))]
                case .list(let key, let texts): [(key, .strings(texts))]
                case .plot(let series):
                    [
                        ("step", .string(series.step.rawValue)),
                        (
                            "steps",
                            .array(
                                series.points.map { point in
                                    [
                                        "start": .string(point.start.date), "given": .number(point.acts.given),
                                        "withdrawn": .number(point.acts.withdrawn),
                                    ]
                                })
                        ),
                    ]
                }
            })
    }
}

extension ReportSection.Cell {
    fileprivate var json: JSON {
        switch self {
        case .text(let text), .code(let text): .string(text)
        case .number(let number): .number(number)
        case .numbers(let numbers): .array(numbers.map { .number($0) })
        case .texts(let texts): .strings(texts)
        case .mark(let mark): .bool(mark)
        case .time(let time): .string(time.description)
        case .record(let index, let time):
            ["record": .number(index), "recorded-at": .optional(time?.description)]
        case .nothing: .null
        }
    }
}
