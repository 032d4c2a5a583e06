import ConsentModel
import Foundation
import LedgerCrypto
import Testing

/// SPEC.md says what the library does: its CDDL, its tables and its example are read from the page and compared.
@Suite struct SpecificationTests {
    private let page: SpecificationPage

    init() throws { page = try SpecificationPage() }

    @Test(arguments: EventField.allCases)
    func everyFieldHasItsNumberAndKind(field: EventField) {
        #expect(page.rules[field.name] == "(\(field.rawValue) => \(Self.notation(field.kind)))")
    }

    @Test(arguments: EventType.allCases)
    func everyTypeHasItsNumberAndItsFields(type: EventType) {
        let (group, common): (String, Set<EventField>) =
            switch type.signer {
            case .admin: ("by-admin", [.occurredAt])
            case .adminOrSource: ("by-either", [.source, .occurredAt])
            case .source: ("by-source", [.source, .occurredAt, .commitment, .flags, .method, .reason, .via])
            }
        let own = type.requiredFields.union(type.optionalFields).subtracting(common).sorted()
        let members = own.map { (type.requiredFields.contains($0) ? "" : "? ") + $0.name }
        let body = ["1 => \(type.rawValue)", "2 => event-id", group] + members
        #expect(page.rules[type.name] == "{\(body.joined(separator: ", "))}")
    }

    @Test func theFieldsThatSignersHaveInCommonAreThoseOfEveryType() {
        let groups: [(name: String, signer: StatementSigner, required: Set<EventField>)] = [
            ("by-admin", .admin, []), ("by-either", .adminOrSource, []),
            ("by-source", .source, [.source, .commitment]),
        ]
        for (name, signer, required) in groups {
            let types = EventType.allCases.filter { $0.signer == signer }
            let stated = (page.rules[name] ?? "").dropFirst().dropLast().split(separator: ", ")
            for member in stated {
                let isOptional = member.hasPrefix("? ")
                let field = EventField(name: String(isOptional ? member.dropFirst(2) : member))
                #expect(field != nil, "\(member)")
                for type in types {
                    let has = isOptional ? type.optionalFields : type.requiredFields
                    #expect(field.map(has.contains) == true, "\(member) of \(type.name)")
                }
            }
            #expect(
                Set(stated.filter { !$0.hasPrefix("? ") }.map(String.init)) == Set(required.map(\.name)), "\(name)")
        }
    }

    @Test(arguments: Vocabulary.allCases)
    func everyVocabularyHasItsWords(vocabulary: Vocabulary) {
        let words = vocabulary.words.map { "\"\($0)\"" }.joined(separator: " / ")
        #expect(page.rules["\(vocabulary.rawValue)-word"] == words)
    }

    @Test func theCDDLNamesNoFieldAndNoTypeThatThereIsNot() {
        let fields = page.rules.filter { $0.value.prefixMatch(of: #/\([0-9]+ => /#) != nil }.keys
        #expect(Set(fields) == Set(EventField.allCases.map(\.name)))
        let types = page.rules.filter { $0.value.hasPrefix("{1 => ") && $0.value.contains("event-id, by-") }.keys
        #expect(Set(types) == Set(EventType.allCases.map(\.name)))
        #expect(
            page.rules["event"]
                == EventType.allCases.map(\.name).joined(separator: " / "))
    }

    @Test func theTableOfTypesSaysWhoSignsAndWhichChainsARecordIsIn() throws {
        let rows = page.rows(ofTableWithHeads: ["number", "type", "signed by", "chains", "restriction"])
        let expected = EventType.allCases.map { type in
            [
                "\(type.rawValue)", "`\(type.name)`", Self.notation(type.signer), Self.notation(type.chains),
                type.isRestriction ? "yes" : "",
            ]
        }
        #expect(rows == expected)
    }

    @Test func theTableOfBoundsIsTheLibrarys() {
        let rows = page.rows(ofTableWithHeads: ["what", "at most"])
        let bounds: [(what: String, most: Int)] = [
            ("event, bytes", Event.mostBytes), ("statement, bytes", Statement.mostBytes),
            ("record, bytes", Record.mostBytes), ("links of a record", Record.mostLinks),
            ("value of a private field, bytes", PrivateField.mostValueBytes),
            ("private fields of an event", PrivateField.mostFields),
        ]
        for (what, most) in bounds {
            let digits = String(most)
            let grouped = digits.count > 3 ? "\(digits.dropLast(3)),\(digits.suffix(3))" : digits
            #expect(rows.contains([what, grouped]), "\(what): \(grouped)")
        }
    }

    @Test func theExampleIsTheGoldenRecordAndItsKeyVerifiesIt() throws {
        #expect(page.blocks("hex").first?.filter { !$0.isWhitespace } == GoldenLedger.withdrawalHex)
        for value in [
            Hexadecimal.encode(GoldenLedger.sourceKey.publicKey.bytes), try GoldenLedger.ledgerID().description,
            SHA256Digest(hashing: [0] + (try GoldenLedger.withdrawal().encoded())).description, GoldenLedger.origin,
        ] {
            #expect(page.text.contains("`\(value)`"), "\(value)")
        }
    }

    @Test func theHeaderOfAStatementIsTheOneThatIsShown() throws {
        let statement = try Statement(decoding: try GoldenLedger.withdrawal().statement[...]).encoded()
        // After the array's head and the byte string's, which take three bytes.
        let header = Hexadecimal.encode(statement[3..<41])
        #expect(page.text.contains("\n\(header)\n"))
    }

    // MARK: -

    private static func notation(_ kind: FieldKind) -> String {
        switch kind {
        case .identifier: "identifier"
        case .identifiers(let most): "[1*\(most) identifier]"
        case .word(let vocabulary): "\(vocabulary.rawValue)-word"
        case .words(let vocabulary): "[1*\(vocabulary.words.count) \(vocabulary.rawValue)-word]"
        case .text(let most): "tstr .size (1..\(most))"
        case .texts(let most, let size): "[1*\(most) tstr .size (1..\(size))]"
        case .bytes(let size): "bstr .size \(size)"
        case .byteStrings(let size, let most): "[1*\(most) bstr .size \(size)]"
        case .time: "moment"
        case .duration: "1..316224000000"
        case .number: "0..9223372036854775807"
        case .mark: "true"
        case .occurredAt: "interval"
        case .notice: "notice-reference"
        case .presentation: "presentation-parts"
        case .country: "country-code"
        case .language: "language-tag"
        }
    }

    private static func notation(_ signer: StatementSigner) -> String {
        switch signer {
        case .admin: "admin"
        case .source: "source"
        case .adminOrSource: "admin or source"
        }
    }

    private static func notation(_ chains: ChainPattern) -> String {
        var names = chains.ledger ? ["ledger"] : []
        switch chains.business {
        case .never: break
        case .optional: names.append("business?")
        case .always: names.append("business")
        }
        for position in 0..<chains.contacts.upperBound {
            names.append(position < chains.contacts.lowerBound ? "contact" : "contact?")
        }
        return names.joined(separator: ", ")
    }
}

/// SPEC.md, taken apart.
struct SpecificationPage {
    let text: String
    /// The CDDL rules by name, comments removed and white space made single.
    let rules: [String: String]

    init() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        text = try String(contentsOf: root.appending(path: "SPEC.md"), encoding: .utf8)
        rules = Self.rules(in: Self.blocks("cddl", of: text))
    }

    /// The fenced blocks of a language, in order.
    func blocks(_ language: String) -> [String] { Self.blocks(language, of: text) }

    private static func blocks(_ language: String, of text: String) -> [String] {
        text.components(separatedBy: "\n```\(language)\n").dropFirst().map { $0.components(separatedBy: "\n```")[0] }
    }

    private static func rules(in blocks: [String]) -> [String: String] {
        var rules: [String: String] = [:]
        var name: String?
        for line in blocks.flatMap({ $0.split(separator: "\n") }) {
            let code = line.prefix { $0 != ";" }
            if !code.hasPrefix(" "), let match = code.wholeMatch(of: #/([a-z][a-z0-9-]*) = (.*)/#) {
                name = String(match.1)
                #expect(rules[String(match.1)] == nil, "\(match.1) is defined twice")
                rules[String(match.1)] = String(match.2)
            } else if let name, !code.allSatisfy(\.isWhitespace) {
                rules[name, default: ""] += " " + code
            }
        }
        return rules.mapValues { body in
            body.split(whereSeparator: \.isWhitespace).joined(separator: " ")
                .replacingOccurrences(of: "{ ", with: "{").replacingOccurrences(of: " }", with: "}")
                .replacingOccurrences(of: "( ", with: "(").replacingOccurrences(of: " )", with: ")")
        }
    }

    /// The cells of the one table with those heads, without them.
    func rows(ofTableWithHeads heads: [String]) -> [[String]] {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard let start = lines.firstIndex(where: { Self.cells($0) == heads }) else { return [] }
        return lines[(start + 2)...].prefix { $0.hasPrefix("|") }.map(Self.cells)
    }

    private static func cells(_ line: Substring) -> [String] {
        line.split(separator: "|", omittingEmptySubsequences: false).dropFirst().dropLast()
            .map { $0.trimmingCharacters(in: .whitespaces) }
    }
}
