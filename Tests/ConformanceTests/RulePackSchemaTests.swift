import ConsentModel
import ConsentRules
import Foundation
import Testing

/// `ledger/rule-pack.schema.json`, read by software that is not ours, says of the shipped packs and of what can be made of
/// them by one change what our reader says.
@Suite struct RulePackSchemaTests {
    /// What one value of a pack is replaced by.
    private static let others: [JSONValue] = [
        .null, .bool(true), .string(""), .string("x"), .string("ES"), .string("2026-11-22"), .number("0"),
        .number("-1"),
        .number("1.5"), .number("1"), .array([]), .array([.string("x")]), .array([.string("sms"), .string("sms")]),
        .object([:]),
    ]

    /// What can be made of `value` by one change. Of long lists, the first items stand for all.
    static func changed(_ value: JSONValue) -> [JSONValue] {
        var all = others
        switch value {
        case .array(let elements):
            all.append(.array(elements + [.null]))
            if let first = elements.first { all.append(.array(elements + [first])) }
            for position in elements.indices.prefix(12) {
                var rest = elements
                rest.remove(at: position)
                all.append(.array(rest))
                for element in changed(elements[position]) {
                    var other = elements
                    other[position] = element
                    all.append(.array(other))
                }
            }
        case .object(let members):
            all.append(.object(members.merging(["unknown": .string("x")]) { $1 }))
            for (name, member) in members {
                var rest = members
                rest[name] = nil
                all.append(.object(rest))
                for other in changed(member) {
                    all.append(.object(members.merging([name: other]) { $1 }))
                }
            }
        default: break
        }
        return all
    }

    /// For each effect, a pack that has it: the shipped ones have not all.
    private static let effects: [String] = [
        #"{"kind":"require-verification","verifications":["code","signed"]}"#, #"{"kind":"consent-lasts","days":730}"#,
        #"{"kind":"request-lasts","hours":48}"#, #"{"kind":"keep-evidence","days":1826}"#,
        #"{"kind":"cap","count":2,"days":7,"counted":"business"}"#,
        #"{"kind":"hours","from":"08:00","until":"21:00","weekdays":[1,2]}"#,
        #"{"kind":"accept-unknown-notice","until":"2027-01-31"}"#, #"{"kind":"not-decidable"}"#,
        #"{"kind":"opt-out-confirmation-window","minutes":5}"#,
    ]

    private static func packs() throws -> [JSONValue] {
        try ShippedPacks.names.map { try JSONValue(parsing: ShippedPacks.text(of: $0) ?? []) }
            + effects.map { effect in
                try JSONValue(
                    parsing: """
                        {"format":"consent-ledger/rule-pack/v1","pack":"a","version":"1","title":"A","rules":[{"id":"r",
                        "scope":{"categories":["offers"],"sender-countries":["ES"],"recipient-countries":["US"],
                        "except-recipient-countries":["CA"]},"effect":\(effect),"meaning":"No.",
                        "citation":{"source":"A","confidence":"unverified","verified-on":"2026-11-22"}}]}
                        """.utf8)
            }
    }

    /// Whether the package is there, or must be.
    private static let isThere =
        PythonScript.isThere
        && (FileManager.default.fileExists(
            atPath: Repository.root.appending(path: ".build-oracles/bin/jsonschema").path)
            || ProcessInfo.processInfo.environment["CI"] == "true")

    @Test(.enabled(if: isThere, "skipped: jsonschema is absent; run tools/bootstrap --tests"))
    func whatTheSchemaRefusesWeRefuse() throws {
        let packs = try Self.packs()
        let candidates = packs + packs.flatMap(Self.changed)
        let file = NSTemporaryDirectory() + "rule-packs-\(UUID().uuidString).jsonl"
        defer { try? FileManager.default.removeItem(atPath: file) }
        try candidates.map { $0.text + "\n" }.joined().write(toFile: file, atomically: false, encoding: .utf8)
        let schema = Repository.root.appending(path: "ledger/rule-pack.schema.json").path
        let verdicts = try PythonScript.run("schema.py", [schema, file]).filter { $0 == 0x30 || $0 == 0x31 }
        try #require(verdicts.count == candidates.count)
        var refusedByUsAlone = 0
        var refused = 0
        for (position, (candidate, verdict)) in zip(candidates, verdicts).enumerated() {
            let isRead = (try? RulePack(parsing: Array(candidate.text.utf8))) != nil
            if position < packs.count { #expect(isRead && verdict == 0x31, "\(candidate.text)") }
            if !isRead { refused += 1 }
            if verdict == 0x30 {
                #expect(!isRead, "\(candidate.text.prefix(2000))")
            } else if !isRead {
                refusedByUsAlone += 1
            }
        }
        // What a schema cannot say: what contradicts itself, countries that are none, days that do not exist, blanks.
        #expect(refused > 4000 && refusedByUsAlone * 10 < refused, "\(refusedByUsAlone) of \(refused)")
    }
}
