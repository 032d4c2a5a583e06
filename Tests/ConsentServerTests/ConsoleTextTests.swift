import ConsentAudit
import ConsentModel
import ConsentRules
import Foundation
import Testing

@testable import ConsentServer

/// The console's words and looks, apart from any ledger.
@Suite struct ConsoleTextTests {
    /// The names of texts within the templates.
    private static var templateNames: Set<String> {
        Set(ConsoleTemplates.all.values.flatMap { $0.matches(of: /\{\{t\.([a-z-]+)\}\}/).map { String($0.1) } })
    }

    @Test func everyLanguageHasEveryText() {
        let names = ConsoleTexts.tables.mapValues { Set($0.keys) }
        #expect(names["en"] == names["es"])
        #expect(Set(ConsoleTexts.tables.keys) == Set(EvidenceTexts.languages))
        #expect(Set(ConsoleTexts.languageNames.map(\.code)) == Set(EvidenceTexts.languages))
        for (name, text) in ConsoleTextsEnglish.table {
            let spanish = ConsoleTextsSpanish.table[name] ?? ""
            #expect(!text.isEmpty && !spanish.isEmpty, "\(name)")
            // The same values go into both.
            for place in ["%1", "%2", "%3"] { #expect(text.contains(place) == spanish.contains(place), "\(name)") }
        }
    }

    @Test func everyTextOfATemplateIsThereAndEveryTextIsUsed() throws {
        let names = Set(ConsoleTextsEnglish.table.keys)
        #expect(Self.templateNames.subtracting(names).isEmpty, "\(Self.templateNames.subtracting(names))")
        let directory = ProblemTests.root.appendingPathComponent("Sources/ConsentServer/Console")
        var code = ""
        for file in try FileManager.default.contentsOfDirectory(at: directory, includingPropertiesForKeys: nil)
        where !file.lastPathComponent.hasPrefix("ConsoleTexts") {
            code += try String(contentsOf: file, encoding: .utf8)
        }
        for name in names.subtracting(Self.templateNames) {
            let isMade =
                ["role-", "subject-", "activity-", "coverage-", "code.", "asked-", "try-no-", "finding."].contains {
                    name.hasPrefix($0)
                }
                || name.hasSuffix("-is")
            #expect(isMade || code.contains("\"\(name)\""), "nothing says \(name)")
        }
        for role in Role.allCases { #expect(names.contains("role-\(role.rawValue)")) }
        for place in ConsolePlace.all {
            #expect(names.contains(place.name))
            #expect(place.name == "start" || names.contains(place.name + "-is") || place.name == "activity")
        }
        for step in ["day", "week", "month", "year"] { #expect(names.contains("activity-" + step)) }
    }

    @Test func aBrowserIsAnsweredInTheLanguageThatItWantsMost() {
        for (header, languages) in [
            ("", []), ("es", ["es"]), ("es-ES,es;q=0.9,en;q=0.8", ["es", "es", "en"]), ("es;q=0, en", ["en"]),
            ("en;q=0.5, es;q=0.7, fr", ["fr", "es", "en"]), ("EN ; Q=0.3,es;q=x", ["en"]),
        ] as [(String, [String])] {
            #expect(ConsoleFrame.languages(accepted: header) == languages, "\(header)")
        }
    }

    /// What a verification may leave open has its words in the page's language.
    @Test func whatAVerificationMayLeaveOpenHasItsWords() throws {
        let audit = ProblemTests.root.appendingPathComponent("Sources/ConsentAudit")
        let codes = try String(contentsOf: audit.appendingPathComponent("NotCovered.swift"), encoding: .utf8)
        let names = Dictionary(
            uniqueKeysWithValues: codes.matches(of: /static let (\w+) = Code\(name: "([a-z-]+)"\)/).map {
                (String($0.1), String($0.2))
            })
        let coverage = try String(contentsOf: audit.appendingPathComponent("Coverage.swift"), encoding: .utf8)
        let noted = Set(coverage.matches(of: /note\(\s*\.(\w+)/).map { String($0.1) })
        #expect(noted.count > 15, "\(noted)")
        // These come only where the verification is given what the console gives it nothing of.
        let others: Set = ["opaqueEntries", "verifiedBefore", "journalTail", "recordedAfterSeen"]
        #expect(others.isSubset(of: noted))
        let expected = Set(noted.subtracting(others).map { "coverage-" + (names[$0] ?? "?") })
        #expect(Set(ConsoleTextsEnglish.table.keys.filter { $0.hasPrefix("coverage-") }) == expected)
    }

    /// Whatever can go wrong has a sentence of its own in every language, unless no page of the console does what it is of.
    @Test func everyCodeThatAPageCanGiveHasItsWords() throws {
        let files = [
            "ConsentServer/ServerError", "ConsentLedger/LedgerError", "LedgerStorage/StorageError",
            "ConsentAudit/AuditError", "ConsentRules/RulesError", "ConsentModel/ModelError",
            "ConsentLedger/ContactAddressError", "LedgerCrypto/CryptoError",
        ]
        let all = try files.reduce(into: Set([Problem.unknownCode])) { codes, file in
            codes.formUnion(try ProblemTests.codes(in: "Sources/\(file).swift"))
        }
        // Of starting the server and of tokens; of a session, which leads to signing in; of the API and of webhooks.
        let ofTheServer: Set = [
            "bad-configuration", "bad-tokens", "unknown-token", "cannot-listen", "unauthenticated", "token-expired",
            "range-not-satisfiable", "events-refused", "stale", "bad-webhook-signature", "unreachable",
        ]
        // Of making, opening and following ledgers, and of keys that open nothing here.
        let ofLedgers: Set = [
            "no-ledger", "ledger-exists", "unwritable-key", "no-passphrase", "bad-passphrase", "not-served",
            "served-wrong", "exists", "not-a-ledger-path", "misplaced",
        ]
        // Of events that are recorded, and of proofs and clearances that are checked.
        let ofEvents: Set = [
            "conflicting-duplicate", "bad-event", "suppressed", "unknown-brand", "unknown-template",
            "contradictory-question", "unknown-basis", "unknown-notice", "unknown-source", "unknown-key",
            "not-authorized", "bad-signature", "already-defined", "repeated-event", "missing-field",
            "from-the-future", "older-than-notice", "wider-than-notice", "bad-pack", "defective-notice",
            "unknown-field", "bad-time", "malformed-json", "region-unknown", "not-a-proof", "not-a-clearance",
            "not-evidence", "foreign-clearance", "malformed-state", "unknown-log", "foreign-checkpoint",
            "malformed-notebook", "other-notebook", "stamp-not-granted", "stamp-of-other-bytes",
            "stamp-for-other-request", "untrusted-authority", "bad-stamp",
        ]
        let others = ofTheServer.union(ofLedgers).union(ofEvents)
        #expect(others.subtracting(all).isEmpty, "\(others.subtracting(all))")
        let named = Set(ConsoleTextsEnglish.table.keys.filter { $0.hasPrefix("code.") }.map { String($0.dropFirst(5)) })
        #expect(named == all.subtracting(others), "\(named.symmetricDifference(all.subtracting(others)).sorted())")
        // None is the same in both, and none sends anybody to the API.
        for name in named {
            let (english, spanish) = (
                ConsoleTextsEnglish.table["code." + name], ConsoleTextsSpanish.table["code." + name]
            )
            #expect(english != spanish, "\(name)")
            #expect(english?.contains("openapi") == false && spanish?.contains("openapi") == false, "\(name)")
        }
    }

    /// So has whatever damage a verification without an index finds, apart from rules of the ledger that a record breaks.
    @Test func everyKindOfDamageHasItsWords() throws {
        let codes = try String(
            contentsOf: ProblemTests.root.appendingPathComponent("Sources/ConsentAudit/Finding.swift"), encoding: .utf8)
        let all = Set(codes.matches(of: /static let \w+ = Code\(name: "([a-z-]+)"\)/).map { String($0.1) })
        let named = Set(
            ConsoleTextsEnglish.table.keys.filter { $0.hasPrefix("finding.") }.map { String($0.dropFirst(8)) })
        #expect(all.count > 30)
        #expect(named == all.filter { !$0.hasPrefix("index-") }.union(["rule"]))
    }

    @Test func aTimeIsReadAsPeopleWriteIt() throws {
        for (text, time, precision) in [
            ("2026-03-03", "2026-03-03T00:00:00Z", 86_400_000), (" 2026-03-03 ", "2026-03-03T00:00:00Z", 86_400_000),
            ("2026-03-03 10:15", "2026-03-03T10:15:00Z", 60_000), ("2026-03-03T10:15", "2026-03-03T10:15:00Z", 60_000),
            ("2026-03-03 10:15 +01:00", "2026-03-03T09:15:00Z", 60_000),
            ("2026-03-03 10:15-03:30", "2026-03-03T13:45:00Z", 60_000),
            ("2026-03-03 10:15 UTC", "2026-03-03T10:15:00Z", 60_000),
            ("2026-03-03 10:15:30 UTC", "2026-03-03T10:15:30Z", 1000),
            ("2026-03-03T10:15:30Z", "2026-03-03T10:15:30Z", 1000),
            ("2026-03-03 10:15:30.250 UTC", "2026-03-03T10:15:30.250Z", 1),
        ] as [(String, String, UInt64)] {
            let read = try #require(TypedTime.parse(text), "\(text)")
            #expect(read.start == (try OccurredAt(parsing: time)).start, "\(text)")
            #expect(read.precision == precision, "\(text)")
        }
        for text in [
            "", " ", "x", "yesterday", "2026-02-30", "2026-03-03 25:00", "2026-03-03 10", "2026-03-03 10:",
            "2026-03-03 10:15:", "2026-03-03 10:15 CET", "2026-03-03 10:15 +1", "2026-03-03 10:15 +01:00 UTC",
            "2026-03-03x10:15", "03/03/2026", "2026-03-03 10:15 UTCUTC", "2026-03-03 10:15Z UTC", "1772532900",
            "２０２６-03-03",
        ] { #expect(TypedTime.parse(text) == nil, "\(text)") }
        // What the pages write is read again as what it is.
        let moment = Timestamp(milliseconds: 1_780_000_000_123)!
        #expect(TypedTime.parse(FieldText.pageText(of: moment))?.start == moment)
    }

    @Test func aPageHasTheNewestRecordsUnlessOlderOnesAreAskedFor() {
        let most = TimelinePart.mostRecords
        for count in [0, 1, most - 1, most, most + 1, 2 * most, 2 * most + 1] {
            let entries = (0..<count).map { number in
                ContactTimeline.Entry(
                    index: UInt64(3 * number + 1), recordedAt: .epoch, keyIdentifier: [],
                    payload: .unknown(type: 999, id: EventID([UInt8](repeating: 0, count: 16))!, source: nil))
            }
            var part = TimelinePart(entries, before: nil)
            #expect(part.newer == nil)
            #expect(part.isPart == (count > most))
            var seen = Array(part.shown)
            var pages = 1
            while let older = part.older, pages < 10 {
                let next = TimelinePart(entries, before: older)
                #expect(next.shown.count == most || next.older == nil)
                // And back again.
                #expect(TimelinePart(entries, before: next.newer?.index).shown == part.shown)
                seen = next.shown + seen
                part = next
                pages += 1
            }
            #expect(seen == entries, "\(count)")
            #expect(pages == max(1, (count + most - 1) / most), "\(count)")
        }
    }

    /// What stands in three braces is not escaped: it is HTML that we made.
    @Test func nothingButOurOwnHTMLIsLeftAsItIs() {
        for (name, template) in ConsoleTemplates.all {
            for match in template.matches(of: /\{\{\{([^}]*)\}\}\}/) {
                #expect(match.1 == "body" || match.1.hasSuffix("HTML"), "\(name): \(match.1)")
            }
            #expect(!template.contains("{{&"), "\(name)")
        }
        #expect(ConsoleTemplates.escapedLines("a<\r\nb\u{202e}\rc") == "a&lt;\nb\\u{202e}\\u{d}c")
    }

    // MARK: Looks

    private static func colours() throws -> [[String: Double]] {
        try ConsoleStyle.sheet.matches(of: /:root \{([^}]*)\}/).map { set in
            Dictionary(
                uniqueKeysWithValues: try set.1.matches(of: /--([a-z-]+): #([0-9a-f]{6});/).map { match in
                    let number = try #require(Int(match.2, radix: 16))
                    // Relative luminance, as WCAG 2 has it.
                    let parts = [number >> 16, number >> 8 & 255, number & 255].map { part -> Double in
                        let share = Double(part) / 255
                        return share <= 0.04045 ? share / 12.92 : pow((share + 0.055) / 1.055, 2.4)
                    }
                    return (String(match.1), 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2])
                })
        }
    }

    @Test func whatIsReadStandsOutFromWhatIsBehindIt() throws {
        let sets = try Self.colours()
        #expect(sets.count == 2)
        let texts: [(String, [String])] = [
            ("ink", ["paper", "panel", "yes-panel", "no-panel", "wait-panel"]), ("soft", ["paper", "panel"]),
            ("link", ["paper", "panel"]), ("yes", ["yes-panel", "paper"]), ("no", ["no-panel", "paper"]),
            ("wait", ["wait-panel", "paper"]), ("on-button", ["button"]), ("on-danger", ["danger"]),
            ("on-mark", ["mark"]),
        ]
        for (number, set) in sets.enumerated() {
            func contrast(_ a: String, _ b: String) throws -> Double {
                let (one, other) = (try #require(set[a], "\(a)"), try #require(set[b], "\(b)"))
                return (max(one, other) + 0.05) / (min(one, other) + 0.05)
            }
            for (text, grounds) in texts {
                for ground in grounds {
                    let contrast = try contrast(text, ground)
                    #expect(contrast >= 4.5, "set \(number): \(text) on \(ground): \(contrast)")
                }
            }
            // Edges of fields and of the focus.
            for (edge, ground) in [("line", "paper"), ("line", "panel"), ("link", "paper"), ("link", "panel")] {
                #expect(try contrast(edge, ground) >= 3, "set \(number): \(edge) on \(ground)")
            }
        }
        // Every colour is one of the set, and every one of the set is there in both.
        #expect(Set(sets[0].keys) == Set(sets[1].keys))
        let used = Set(ConsoleStyle.sheet.matches(of: /var\(--([a-z-]+)\)/).map { String($0.1) })
        #expect(used.isSubset(of: Set(sets[0].keys)), "\(used)")
        let rules = ConsoleStyle.sheet.split(separator: "\n").filter { !$0.contains(":root") }
        let own = rules.filter { $0.firstMatch(of: /#[0-9a-f]{3,6}\b/) != nil }
        #expect(own.isEmpty, "a colour of its own: \(own)")
    }

    /// Which ledger it is, and whether it is for trying out, is said in the header and the footer.
    @Test func paperLeavesOutOnlyWhatCanBePressed() throws {
        let rules = try #require(ConsoleStyle.sheet.firstMatch(of: /@media print \{\n((?:[^\n}]*\{[^}]*\}\n)*)\}/)).1
        let hidden = rules.matches(of: /([^\n{]*) \{[^}]*(?:display: none|visibility: hidden)/).map { String($0.1) }
        #expect(hidden == [".skip, nav, form, a.danger"])
        // White on nothing would not be read.
        #expect(rules.contains(".test { color: var(--ink); background: none;"))
        // Paper is not dark.
        #expect(ConsoleStyle.sheet.contains("@media screen and (prefers-color-scheme: dark)"))
    }

    /// In print what is folded is open, and nothing is cut at a window's edge that paper does not have.
    @Test func paperHasWhatIsFoldedAndWhatIsScrolledTo() throws {
        let rules = try #require(ConsoleStyle.sheet.firstMatch(of: /@media print \{\n((?:[^\n}]*\{[^}]*\}\n)*)\}/)).1
        #expect(rules.contains("details::details-content { content-visibility: visible; }"))
        #expect(rules.contains(".wide { overflow: visible; }"))
        #expect(rules.contains("svg { min-width: 0; }"))
        #expect(ConsoleStyle.sheet.contains("@media screen and (max-width: 50rem) {\n.sideways { display: block; }\n}"))
    }

    @Test func whereTheFocusIsIsSeen() {
        #expect(ConsoleStyle.sheet.contains(":focus-visible { outline: 3px solid"))
        let hidden = ConsoleStyle.sheet.matches(of: /([^\n{]*)\{[^}]*outline: none/).map { String($0.1) }
        // The content itself gets the focus by the link that skips to it, and is no control.
        #expect(hidden == ["main:focus "])
    }
}
