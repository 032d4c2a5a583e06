public import ConsentModel

/// A page before it is HTML, of an evidence bundle or of what a person is given: sections with headings, paragraphs, facts,
/// tables, quoted words and the points of the timeline picture. In a bundle, whatever comes from a record says from which
/// field of which (SPEC.md, “The page”).
public struct EvidencePage: Hashable, Sendable {
    /// The language of its words (BCP 47).
    public var language: String
    public var title: String
    public var sections: [Section] = []

    public init(language: String, title: String, sections: [Section] = []) {
        self.language = language
        self.title = title
        self.sections = sections
    }

    /// A part under a heading.
    public struct Section: Hashable, Sendable {
        /// Its name within the page, for links.
        public var id: String
        public var heading: String
        public var blocks: [Block] = []

        /// `id` is of letters, digits and hyphens.
        public init(id: String, heading: String, blocks: [Block] = []) {
            self.id = id
            self.heading = heading
            self.blocks = blocks
        }
    }

    /// A run of text: the page's own words, or a value that is shown.
    public enum Piece: Hashable, Sendable {
        case words(String)
        /// Something that a record, a private field or who made the bundle says; `origin` is the record and its field.
        case value(String, origin: Origin?)

        /// A value that no record is named for.
        public static func value(_ text: String) -> Piece { .value(text, origin: nil) }

        /// What it shows.
        public var text: String {
            switch self {
            case .words(let text), .value(let text, _): text
            }
        }
    }

    /// Where a value comes from: a field of a record, `index`, `recorded-at` and the like, or `private/NAME`.
    public struct Origin: Hashable, Sendable {
        public var record: UInt64
        public var field: String
    }

    /// What a section is made of.
    public enum Block: Hashable, Sendable {
        case paragraph([Piece], style: String?)
        case heading([Piece])
        case facts([Fact])
        case table(columns: [String], rows: [[[Piece]]])
        case quote(Piece)
        case list([[Piece]])
        case signature([String])
        case timeline(Timeline)

        /// A paragraph of no style of its own.
        public static func paragraph(_ pieces: [Piece]) -> Block { .paragraph(pieces, style: nil) }
    }

    /// A name and its value.
    public struct Fact: Hashable, Sendable {
        public var name: String
        public var value: [Piece]

        public init(name: String, value: [Piece]) {
            self.name = name
            self.value = value
        }
    }

    /// A picture of what was allowed when, as points in time.
    public struct Timeline: Hashable, Sendable {
        /// What the picture shows, for who does not see it.
        public var title: String
        /// How to read it.
        public var caption: String
        /// Its first moment.
        public var from: Timestamp
        /// Its last moment, after the first.
        public var to: Timestamp
        public var ticks: [Tick]
        public var marks: [Mark]
        public var rows: [Row]

        /// A moment that is named below the picture.
        public struct Tick: Hashable, Sendable {
            public var at: Timestamp
            public var text: String
        }

        /// Something that happened: `grant`, `stop`, `send` or `other`.
        public struct Mark: Hashable, Sendable {
            public var at: Timestamp
            public var kind: String
            public var text: String
        }

        /// A line of the picture.
        public struct Row: Hashable, Sendable {
            public var label: String
            public var spans: [Span]
        }

        /// From when until when the answer was `allow` or `defer`.
        public struct Span: Hashable, Sendable {
            public var from: Timestamp
            public var to: Timestamp
            public var state: String
        }
    }
}

/// As it stands in `evidence.json`.
extension EvidencePage {
    var json: JSONValue {
        .object([
            "language": .string(language), "title": .string(title),
            "sections": .array(
                sections.map { section in
                    .object([
                        "id": .string(section.id), "heading": .string(section.heading),
                        "blocks": .array(section.blocks.map(\.json)),
                    ])
                }),
        ])
    }
}

extension EvidencePage.Piece {
    fileprivate var json: JSONValue {
        switch self {
        case .words(let text): return .object(["words": .string(text)])
        case .value(let text, let origin):
            var members: [String: JSONValue] = ["value": .string(text)]
            if let origin {
                members["record"] = .number(String(origin.record))
                members["field"] = .string(origin.field)
            }
            return .object(members)
        }
    }
}

extension EvidencePage.Block {
    fileprivate var json: JSONValue {
        func pieces(_ pieces: [EvidencePage.Piece]) -> JSONValue { .array(pieces.map(\.json)) }
        func block(_ kind: String, _ members: [String: JSONValue]) -> JSONValue {
            .object(members.merging(["kind": .string(kind)]) { $1 })
        }
        switch self {
        case .paragraph(let text, let style):
            let members = ["pieces": pieces(text)]
            return block("paragraph", style.map { members.merging(["style": .string($0)]) { $1 } } ?? members)
        case .heading(let text): return block("heading", ["pieces": pieces(text)])
        case .facts(let facts):
            return block(
                "facts",
                [
                    "facts": .array(
                        facts.map { .object(["name": .string($0.name), "pieces": pieces($0.value)]) })
                ])
        case .table(let columns, let rows):
            return block(
                "table",
                [
                    "columns": .array(columns.map { .string($0) }),
                    "rows": .array(rows.map { .array($0.map(pieces)) }),
                ])
        case .quote(let text): return block("quote", ["piece": text.json])
        case .list(let items): return block("list", ["items": .array(items.map(pieces))])
        case .signature(let lines): return block("signature", ["lines": .array(lines.map { .string($0) })])
        case .timeline(let timeline): return block("timeline", timeline.members)
        }
    }
}

extension EvidencePage.Timeline {
    fileprivate var members: [String: JSONValue] {
        func moment(_ time: Timestamp) -> JSONValue { .number(String(time.milliseconds)) }
        return [
            "title": .string(title), "caption": .string(caption), "from": moment(from), "to": moment(to),
            "ticks": .array(ticks.map { .object(["at": moment($0.at), "text": .string($0.text)]) }),
            "marks": .array(
                marks.map { .object(["at": moment($0.at), "kind": .string($0.kind), "text": .string($0.text)]) }),
            "rows": .array(
                rows.map { row in
                    .object([
                        "label": .string(row.label),
                        "spans": .array(
                            row.spans.map {
                                .object(["from": moment($0.from), "to": moment($0.to), "state": .string($0.state)])
                            }),
                    ])
                }),
        ]
    }
}
