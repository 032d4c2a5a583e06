import ConsentModel
import ConsentRules
import Foundation
import LedgerCrypto
import Testing

@testable import ConsentLedger

@Suite struct NativeEventTests {
    private static let types = EventType.allCases.filter { $0 != .ledgerOpened }
    private static let madeByLedger: Set<EventField> = [.commitment, .fromHandle]

    private let widening: OptOutWidening

    init() throws {
        let (_, writer) = try LedgerWorld.make()
        widening = OptOutWidening(for: writer)
        try writer.close()
    }

    private func read(_ text: String, business: String? = "acme") throws -> OptOutWidening.Widened {
        try NativeEvent.draft(parsing: Array(text.utf8), by: widening, business: business)
    }

    private func draft(_ text: String, business: String? = "acme") throws -> EventDraft {
        let read = try read(text, business: business)
        #expect(read.draft.type.isRestriction || read.remarks.isEmpty)
        return read.draft
    }

    private static func fields(of type: EventType) -> [EventField] {
        type.requiredFields.union(type.optionalFields).subtracting(madeByLedger).sorted()
    }

    /// A value as JSON, and as the ledger has it.
    private static func sample(_ field: EventField) -> (json: String, value: FieldValue) {
        let digest = [UInt8](repeating: 0xAB, count: 32)
        let hex = Hexadecimal.encode(digest)
        switch field.kind {
        case .identifier, .text, .country, .language: return (#""es""#, .text("es"))
        case .identifiers, .texts: return (#"["b","a","b"]"#, .texts(["a", "b"]))
        case .word(let words): return ("\"\(words.words[0])\"", .text(words.words[0]))
        case .words(let words): return ("[\"\(words.words[0])\"]", .texts([words.words[0]]))
        case .bytes(let count):
            return ("\"\(String(repeating: "0a", count: count))\"", .bytes([UInt8](repeating: 10, count: count)))
        case .byteStrings: return (#"["\#(hex)"]"#, .byteStrings([digest]))
        case .time: return (#""2026-11-22T09:30:00Z""#, .number(1_795_339_800_000))
        case .duration, .number: return ("7", .number(7))
        case .mark: return ("true", .mark)
        case .occurredAt:
            let day = OccurredAt(start: Timestamp(milliseconds: 1_795_305_600_000)!, precision: OccurredAt.day)!
            return (#""2026-11-22""#, .occurredAt(day))
        case .notice:
            return (
                #"{"name":"web","text-digest":"\#(hex)"}"#, .notice(NoticeReference(name: "web", textDigest: digest))
            )
        case .presentation:
            var presentation = Presentation()
            presentation.control = "button"
            presentation.preTicked = true
            presentation.pageVersion = "7"
            return (
                #"{"control":"button","pre-ticked":true,"bundled":false,"page-version":"7"}"#,
                .presentation(presentation)
            )
        }
    }

    @Test(arguments: types)
    func everyFieldOfEveryType(_ type: EventType) throws {
        let fields = Self.fields(of: type)
        let members = fields.map { "\"\($0.name)\":\(Self.sample($0).json)" }
        let read = try read("{" + (["\"type\":\"\(type.name)\""] + members).joined(separator: ",") + "}")
        #expect(read.draft.type == type)
        #expect(read.draft.business == (type.chains.business == .always ? "acme" : nil))
        // Of a restriction, what the ledger does not know is left out, and a time to come is now.
        let widened: Set<EventField> =
            type.isRestriction ? [.categories, .senders, .brands, .source, .occurredAt, .flags] : []
        for field in fields where !widened.contains(field) {
            #expect(read.draft.fields[field] == Self.sample(field).value, "\(field.name)")
        }
        if type.isRestriction {
            for field in [EventField.categories, .senders, .brands] { #expect(read.draft.fields[field] == nil) }
            #expect(read.draft.fields[.source] == .text("cli") && read.draft.isTimeAssumed)
            #expect(Set(read.draft.fields.keys).isSubset(of: fields))
        } else {
            #expect(Set(read.draft.fields.keys) == Set(fields) && read.remarks.isEmpty)
        }
        // Each field of another type is no member of this one.
        for field in EventField.allCases where !fields.contains(field) {
            let line = "{\"type\":\"\(type.name)\",\"\(field.name)\":\(Self.sample(field).json)}"
            if type.isRestriction {
                let read = try self.read(line)
                #expect(read.draft.fields[field] == nil && read.remarks.count == 1, "\(field.name)")
            } else {
                #expect(throws: LedgerError(.badInput, ""), "\(field.name)") { try draft(line) }
            }
        }
    }

    /// No value of another JSON kind is taken, nor one of the right kind with another content.
    @Test(arguments: types)
    func valuesOfTheWrongKind(_ type: EventType) throws {
        for field in Self.fields(of: type) {
            var wrong = ["null", "{}", "[1]", "[[]]", "false", "-1", "1.5"]
            switch field.kind {
            case .identifier, .word, .text, .country, .language: wrong += ["7", "true", "[\"a\"]"]
            case .identifiers, .words, .texts: wrong += ["\"a\"", "7"]
            case .bytes, .byteStrings: wrong += ["\"0a\"", "\"zz\"", "[\"0a\"]"]
            case .time, .occurredAt: wrong += ["\"yesterday\"", "7", "\"2026-13-01\""]
            case .duration, .number: wrong += ["\"7\"", "1e3", "99999999999999999999"]
            case .mark: wrong += ["\"true\"", "1"]
            case .notice: wrong += ["{\"name\":\"web\"}", "{\"name\":\"web\",\"text-digest\":\"0a\"}"]
            case .presentation:
                wrong.removeAll { $0 == "{}" }
                wrong += ["{\"control\":1}", "{\"pre-ticked\":\"yes\"}", "{\"bundled\":1}", "{\"page-version\":7}"]
                wrong += ["{\"unknown\":true}"]
            }
            for json in wrong {
                let line = "{\"type\":\"\(type.name)\",\"\(field.name)\":\(json)}"
                guard type.isRestriction else {
                    #expect(throws: (any Error).self, "\(field.name): \(json)") { try draft(line) }
                    continue
                }
                let read = try read(line)
                let isNo = field.kind == .mark && json == "false"
                #expect(read.remarks.count == (isNo ? 0 : 1), "\(field.name): \(json)")
                // What restricts by being there is taken as said.
                let isWide = [.doNotContact, .keepSuppression].contains(field) && !isNo
                #expect(
                    [.source, .flags].contains(field) || read.draft.fields[field] == (isWide ? .mark : nil),
                    "\(field.name): \(json)")
            }
        }
    }

    @Test(arguments: [
        "", "{", "[]", "7", "{}", #"{"type":7}"#, #"{"type":"opt-in"}"#, #"{"type":"ledger-opened"}"#,
        #"{"type":"consent-given","type":"consent-given"}"#, #"{"type":"consent-given","contact":7}"#,
        #"{"type":"consent-given","contact":"12"}"#, #"{"type":"consent-given","unknown":1}"#,
        #"{"type":"consent-given","commitment":"00"}"#, #"{"type":"contact-changed","from-handle":"00"}"#,
        #"{"type":"consent-given","private":[]}"#, #"{"type":"consent-given","private":{"ip":1}}"#,
        #"{"type":"consent-given","notice":"none"}"#, #"{"type":"consent-given","notice":"web","notice-language":7}"#,
        #"{"type":"consent-given","notice":"web","notice-language":"fr"}"#,
        #"{"type":"consent-given","business":"none","notice":"web"}"#, #"{"type":"consent-given","text":"Acepto"}"#,
        #"{"type":"notice-published","text":7}"#, #"{"type":"consent-given"} x"#,
    ])
    func linesThatAreNoEvent(_ line: String) {
        #expect(throws: (any Error).self) { try draft(line) }
    }

    @Test func aLineIsBounded() {
        let note = String(repeating: "x", count: NativeEvent.mostBytes)
        #expect(throws: LedgerError(.badInput, "")) {
            try draft(#"{"type":"consent-given","private":{"note":"\#(note)"}}"#)
        }
        let deep = String(repeating: "[", count: 100_000)
        #expect(throws: (any Error).self) { try draft(#"{"type":"consent-given","channels":\#(deep)"#) }
    }

    @Test func namesAndTexts() throws {
        let given = try draft(
            #"{"type":"consent-given","contact":"+34 600 111 222","notice":"web","id":"7","private":{"note":"x","ip":"192.0.2.1"}}"#
        )
        #expect(given.fields[.notice] == .notice(LedgerWorld.notice))
        #expect(given.contact?.text == "+34600111222" && given.outsideID == "7")
        #expect(given.privateFields == [.init("ip", "192.0.2.1"), .init("note", "x")])
        let published = try draft(#"{"type":"notice-published","text":"Acepto ofertas."}"#)
        let bytes = Array("Acepto ofertas.".utf8)
        #expect(published.objects == [bytes])
        #expect(published.fields[.textDigest] == .bytes(SHA256Digest(hashing: bytes).bytes))
        let pack = try draft(#"{"type":"rulepack-adopted","text":"{}"}"#, business: nil)
        #expect(pack.fields[.packDigest] == .bytes(SHA256Digest(hashing: Array("{}".utf8)).bytes))
        #expect(pack.business == nil)
    }

    /// What is read is recorded and says the same: an opt-in, in the words of the documentation.
    @Test func whatIsReadIsRecorded() throws {
        let it = try ImporterWorld()
        it.world.clock.pass(5_000)
        let documentation = try Self.documentation()
        let lines = documentation.split(separator: "\n").filter { $0.hasPrefix("{\"type\":") }
        #expect(lines.count >= 8)
        for line in lines {
            let read = try NativeEvent.draft(
                parsing: Array(line.utf8), by: OptOutWidening(for: it.writer), business: "acme")
            #expect(throws: Never.self, "\(line)") { try it.writer.append(read.draft) }
        }
        try it.writer.close()
        try it.world.check()
    }

    private static func documentation() throws -> String {
        var root = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { root.deleteLastPathComponent() }
        return try String(contentsOf: root.appending(path: "Documentation/native-events.md"), encoding: .utf8)
    }

    /// The tables of the documentation are the schema.
    @Test func theDocumentationIsTheSchema() throws {
        let lines = Set(try Self.documentation().split(separator: "\n").map(String.init))
        func names(_ fields: Set<EventField>) -> String {
            fields.map(\.name).sorted().map { "`\($0)`" }.joined(separator: ", ")
        }
        for type in Self.types {
            let shared: Set<EventField> =
                switch type.signer {
                case .admin: [.occurredAt]
                case .adminOrSource: [.occurredAt, .source]
                case .source: [.occurredAt, .source, .flags, .method, .reason, .via]
                }
            let required = type.requiredFields.subtracting(Self.madeByLedger).subtracting(shared)
            let optional = type.optionalFields.subtracting(shared)
            let row = "| `\(type.name)` | \(names(required)) | \(names(optional)) |"
            #expect(lines.contains(row), "\(row)")
        }
        for field in Set(Self.types.flatMap(Self.fields(of:))) {
            #expect(lines.contains { $0.hasPrefix("| `\(field.name)` |") && $0.split(separator: "|").count == 2 })
        }
        for vocabulary in Vocabulary.allCases {
            let row = "| \(vocabulary.rawValue) | \(vocabulary.words.joined(separator: ", ")) |"
            #expect(lines.contains(row), "\(row)")
        }
    }
}
