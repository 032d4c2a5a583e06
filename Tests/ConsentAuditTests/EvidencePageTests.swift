import ConsentModel
import ConsentRules
import Foundation
import Testing

@testable import ConsentAudit

/// The page of a bundle: its rendering is exactly that of SPEC.md, and its words are there in every language.
@Suite struct EvidencePageTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private static func moment(_ milliseconds: UInt64) -> Timestamp { Timestamp(milliseconds: milliseconds)! }

    /// One block of each kind, with texts that would steer a page if they could.
    private static let page = EvidencePage(
        language: "en", title: "A & <b>",
        sections: [
            EvidencePage.Section(
                id: "who", heading: "Who \"it\" is",
                blocks: [
                    .paragraph([.words("a"), .value("<script>"), .value("7", origin: .init(record: 7, field: "index"))]
                    ),
                    .paragraph([], style: "yes"), .heading([.words("1.")]),
                    .facts([EvidencePage.Fact(name: "n'", value: [.value("\u{202e}x\u{0}")])]),
                    .table(columns: ["c", "d"], rows: [[[.words("x")], []], [[], [.value("y")]]]),
                    .quote(.value("line\r\n\n<i>", origin: .init(record: 3, field: "notice/text"))),
                    .list([[.words("i")], []]), .signature(["Name"]),
                    .timeline(
                        EvidencePage.Timeline(
                            title: "t", caption: "c", from: moment(1000), to: moment(2000),
                            ticks: [.init(at: moment(1000), text: "0"), .init(at: moment(2000), text: "1")],
                            marks: [
                                .init(at: moment(1000), kind: "grant", text: "1"),
                                .init(at: moment(1010), kind: "stop", text: "2"),
                                .init(at: moment(1500), kind: "send", text: "S1"),
                                .init(at: moment(9000), kind: "other", text: "3"),
                            ],
                            rows: [
                                .init(
                                    label: "l",
                                    spans: [
                                        .init(from: moment(1000), to: moment(1000), state: "allow"),
                                        .init(from: moment(1333), to: moment(2000), state: "defer"),
                                    ])
                            ])),
                ])
        ])

    @Test func theRenderingIsTheOneOfTheSpecification() {
        func text(_ text: String, _ x: Int, _ y: Int, _ anchor: String) -> String {
            "<text x=\"\(x)\" y=\"\(y)\" text-anchor=\"\(anchor)\" font-family=\"sans-serif\" font-size=\"12\">\(text)</text>"
        }
        let html = String(decoding: EvidencePageHTML.bytes(of: Self.page), as: UTF8.self)
        let lines = html.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let body = lines.firstIndex(of: "<body>").map { Array(lines[$0...]) } ?? []
        #expect(
            body == [
                "<body>", "<h1>A &amp; &lt;b&gt;</h1>", "<section id=\"who\">", "<h2>Who &quot;it&quot; is</h2>",
                "<p>a<bdi>&lt;script&gt;</bdi><bdi data-record=\"7\" data-field=\"index\">7</bdi></p>",
                "<p class=\"yes\"></p>", "<h3>1.</h3>", "<table class=\"facts\">",
                "<tr><th scope=\"row\">n&#39;</th><td><bdi>\\u{202e}x\\u{0}</bdi></td></tr>", "</table>", "<table>",
                "<thead><tr><th scope=\"col\">c</th><th scope=\"col\">d</th></tr></thead>", "<tbody>",
                "<tr><td>x</td><td></td></tr>", "<tr><td></td><td><bdi>y</bdi></td></tr>", "</tbody>", "</table>",
                "<blockquote dir=\"auto\" data-record=\"3\" data-field=\"notice/text\">line\\u{d}", "",
                "&lt;i&gt;</blockquote>", "<ul>", "<li>i</li>", "<li></li>", "</ul>", "<div class=\"sign\">",
                "<p>Name</p>", "</div>", "<figure>",
                "<svg viewBox=\"0 0 960 128\" role=\"img\" aria-label=\"t\">",
                "<line x1=\"220\" x2=\"220\" y1=\"54\" y2=\"98\" stroke=\"#c8c8c8\"/>", text("0", 220, 116, "middle"),
                "<line x1=\"880\" x2=\"880\" y1=\"54\" y2=\"98\" stroke=\"#c8c8c8\"/>", text("1", 880, 116, "middle"),
                text("l", 210, 85, "end"), "<line x1=\"220\" x2=\"880\" y1=\"80\" y2=\"80\" stroke=\"#767676\"/>",
                "<rect x=\"220\" y=\"72\" width=\"1\" height=\"16\" fill=\"#14632f\"/>",
                "<rect x=\"439\" y=\"72\" width=\"441\" height=\"16\" fill=\"#fff\" stroke=\"#14632f\"/>",
                "<path d=\"M220 34l6 12h-12z\" fill=\"#14632f\"/>", text("1", 220, 28, "middle"),
                "<path d=\"M221 35h10v10h-10z\" fill=\"#9b1c1c\"/>",
                "<path d=\"M550 34l6 6l-6 6l-6 -6z\" fill=\"#fff\" stroke=\"#1a1a1a\"/>", text("S1", 550, 28, "middle"),
                "<path d=\"M878 38h4v4h-4z\" fill=\"#4a4a4a\"/>", text("3", 880, 28, "middle"), "</svg>",
                "<figcaption>c</figcaption>", "</figure>", "</section>", "</body>", "</html>", "",
            ])
        #expect(
            html.contains(
                "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
            ))
    }

    @Test func theSpecificationHasTheStyleSheet() throws {
        let specification = try String(contentsOf: Self.root.appending(path: "SPEC.md"), encoding: .utf8)
        #expect(specification.contains("```css\n\(EvidencePageHTML.style)\n```"))
        #expect(!EvidencePageHTML.style.contains("url(") && !EvidencePageHTML.style.contains("@import"))
    }

    @Test func theVerifierInBundlesIsTheOneOfTheProject() throws {
        let script = try Data(contentsOf: Self.root.appending(path: "tools/verify.py"))
        #expect(VerifierScript.bytes == Array(script), "run tools/embed-verifier")
        // It stands alone, and has the phrases within it.
        let phrases = try Data(contentsOf: Self.root.appending(path: "ledger/evidence-words.json"))
        #expect(script.range(of: phrases) != nil)
    }

    @Test func everyLanguageHasEveryText() throws {
        #expect(EvidenceTexts.languages == ["en", "es"])
        #expect(EvidenceTexts("xx") == nil)
        var words = Reason.Code.allCases.map { "reason.\($0.rawValue)" }
        words += EventType.allCases.filter { !$0.isGovernance }.map { "type.\($0.name)" }
        for (kind, vocabulary) in [
            ("channel", Vocabulary.channel), ("method", .method), ("verification", .verification),
            ("custody", .custody),
        ] { words += vocabulary.words.map { "\(kind).\($0)" } }
        for language in EvidenceTexts.languages {
            let texts = try #require(EvidenceTexts(language))
            #expect(EvidenceTexts.names(of: language) == EvidenceTexts.names)
            for word in words { #expect(texts.text(word) != word, "\(language) has no “\(word)”") }
            let english = try #require(EvidenceTexts("en"))
            for name in EvidenceTexts.names {
                for place in 1...4 {
                    #expect(
                        texts.text(name).contains("%\(place)") == english.text(name).contains("%\(place)"),
                        "\(language): \(name)")
                }
            }
        }
    }

    /// Whoever writes another verifier has the phrases from the file. In them `%` and one of 1 to 4 is a place, and there is
    /// no other `%`, so that they need no rule for what else it could be.
    @Test func thePhrasesAreThoseOfTheFile() throws {
        let file = Self.root.appending(path: "ledger/evidence-words.json")
        if ProcessInfo.processInfo.environment["UPDATE_EVIDENCE"] == "1" {
            try Data(EvidenceTexts.file.utf8).write(to: file)
        }
        #expect(try Data(contentsOf: file) == Data(EvidenceTexts.file.utf8), "run tools/build-evidence")
        let read = try JSONDecoder().decode([String: [String: String]].self, from: Data(contentsOf: file))
        #expect(read.keys.sorted() == EvidenceTexts.languages)
        for (language, phrases) in read {
            let texts = try #require(EvidenceTexts(language))
            #expect(phrases.keys.sorted() == EvidenceTexts.names)
            for (name, phrase) in phrases {
                #expect(Array(phrase.utf8) == Array(texts.text(name).utf8), "\(language): \(name)")
                let parts = phrase.split(separator: "%", omittingEmptySubsequences: false).dropFirst()
                #expect(parts.allSatisfy { $0.first.map { "1234".contains($0) } ?? false }, "\(language): \(name)")
            }
        }
    }

    @Test(arguments: EvidenceTexts.languages) func oneIsNotSaidAsMany(_ language: String) throws {
        let texts = try #require(EvidenceTexts(language))
        let ones = EvidenceTexts.names.filter { $0.hasSuffix(".one") }
        #expect(ones.count >= 8)
        for name in ones {
            let counted = String(name.dropLast(4))
            #expect(texts.text(name) != texts.text(counted) && texts.text(counted) != counted, "\(language): \(name)")
            func said(_ count: Int) -> String { texts.counted(counted, count, [.value("x")]).map(\.text).joined() }
            #expect(said(1).contains("1") && said(2).contains("2") && said(0).contains("0"))
            #expect(said(0) == said(2).replacingOccurrences(of: "2", with: "0"))
        }
        let count = texts.counted("event.private.count", 1).map(\.text).joined()
        #expect(language == "es" ? count.hasPrefix("1 campo está") : count.hasPrefix("1 field is"))
    }

    @Test func placesInTextsAreFilled() throws {
        let texts = try #require(EvidenceTexts("en"))
        #expect(
            texts.pieces("rule", [.value("r")], [.value("p")]) == [
                .words("rule "), .value("r"), .words(" of "), .value("p"),
            ])
        #expect(texts.pieces("record", []) == [.words("record ")])
        // A value is never taken for a place.
        #expect(texts.pieces("record", [.value("%1")]) == [.words("record "), .value("%1")])
    }

    /// Of sightings the one that shows most counts, and of equal ones the first.
    @Test func claimedSightingsBoundARecord() {
        func sighting(_ size: UInt64, _ from: UInt64, _ to: UInt64, _ name: String?) -> ClaimedSighting {
            ClaimedSighting(size: size, earliest: Self.moment(from), latest: Self.moment(to), name: name)
        }
        let sightings = [
            sighting(3, 10, 10, "a"), sighting(3, 9, 12, nil), sighting(5, 40, 40, "a"), sighting(5, 30, 40, nil),
            sighting(8, 25, 35, nil),
        ]
        func told(_ index: UInt64) -> [String] {
            let existed = sightings.existence(of: index).map {
                "\($0.size) \($0.latest.milliseconds) \($0.name ?? "-")"
            }
            let absent = sightings.absence(of: index).map { "\($0.size) \($0.earliest.milliseconds) \($0.name ?? "-")" }
            return [existed ?? "none", absent ?? "none"]
        }
        #expect(told(0) == ["3 10 a", "none"])
        #expect(told(2) == ["3 10 a", "none"])
        // A larger tree that was seen earlier shows more.
        #expect(told(3) == ["8 35 -", "3 10 a"])
        #expect(told(5) == ["8 35 -", "5 40 a"])
        #expect(told(8) == ["none", "5 40 a"])
        #expect([ClaimedSighting]().existence(of: 0) == nil)
    }

    @Test func timesAreWrittenAsTheSpecificationSays() throws {
        func interval(_ text: String, _ precision: UInt64) throws -> OccurredAt {
            try #require(OccurredAt(start: try OccurredAt(parsing: text).start, precision: precision))
        }
        for (time, text, page) in [
            (try interval("2024-03-03", 86_400_000), "2024-03-03", "2024-03-03"),
            (try interval("2024-03-03T10:00:00Z", 1000), "2024-03-03T10:00:00Z", "2024-03-03 10:00:00 UTC"),
            (try interval("2024-03-03T10:00:00.250Z", 1), "2024-03-03T10:00:00.250Z", "2024-03-03 10:00:00.250 UTC"),
            (
                try interval("2024-03-03T10:00:00Z", 60_000), "2024-03-03T10:00:00Z/2024-03-03T10:01:00Z",
                "2024-03-03 10:00:00 UTC – 2024-03-03 10:01:00 UTC"
            ),
            (
                try interval("2024-03-03T00:00:01Z", 86_400_000), "2024-03-03T00:00:01Z/2024-03-04T00:00:01Z",
                "2024-03-03 00:00:01 UTC – 2024-03-04 00:00:01 UTC"
            ),
        ] {
            #expect(FieldText.text(of: time) == text)
            #expect(FieldText.pageText(of: time) == page)
        }
    }

    @Test func checksumsAreThoseOfZIP() {
        // The check value of CRC-32/ISO-HDLC.
        #expect(CyclicRedundancyCheck.of(Array("123456789".utf8)) == 0xcbf4_3926)
        #expect(CyclicRedundancyCheck.of([]) == 0)
        var pieces = CyclicRedundancyCheck()
        for piece in ["1", "", "2345", "6789"] { pieces.update(Array(piece.utf8)) }
        #expect(pieces.value == 0xcbf4_3926)
    }
}
