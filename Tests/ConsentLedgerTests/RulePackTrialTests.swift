import ConsentLedger
import ConsentRules
import Foundation
import Testing

/// The cases of the shipped packs hold, and a case that does not hold is told.
@Suite struct RulePackTrialTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "ledger/packs/tests")

    private static func cases(of name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: folder.appending(path: name + ".json")))
    }

    @Test(arguments: ShippedPacks.names) func theCasesHold(_ name: String) throws {
        let results = try RulePackTrial(parsing: Self.cases(of: name)).results(with: ShippedPacks.text(of: name) ?? [])
        #expect(results.count >= 5)
        for result in results { #expect(result.failure == nil, "\(name), \(result.name): \(result.failure ?? "")") }
    }

    /// Every rule of a shipped pack decides some case: without it, one fails.
    @Test(arguments: ShippedPacks.names) func everyRuleIsTried(_ name: String) throws {
        let text = String(decoding: ShippedPacks.text(of: name) ?? [], as: UTF8.self)
        let pack = try RulePack(parsing: Array(text.utf8))
        let trial = try RulePackTrial(parsing: Self.cases(of: name))
        let document = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        let rules = try #require(document["rules"] as? [[String: Any]])
        for (position, rule) in pack.rules.enumerated() {
            // Advice decides nothing, and a name is asked for without any rule.
            if case .notice(let requirement) = rule.effect,
                !requirement.isRequired || requirement.subject == .businessName
            {
                continue
            }
            // No message either: RetentionTests have these.
            if case .keepEvidence = rule.effect { continue }
            var other = document
            other["rules"] = rules.enumerated().filter { $0.offset != position }.map(\.element)
            let bytes = Array(try JSONSerialization.data(withJSONObject: other))
            #expect(
                try trial.results(with: bytes).contains { $0.failure != nil }, "no case of \(name) needs \(rule.id)")
        }
    }

    private static func file(_ expectation: String, question: String = #""at":"2024-01-01""#, more: String = "")
        -> String
    {
        #"{"format":"consent-ledger/rule-pack-cases/v1","pack":"es-lssi","cases":[{"name":"n"\#(more),"question":{\#(question),"channel":"email","category":"marketing"},"expect":\#(expectation)}]}"#
    }

    @Test(arguments: [
        (#"{"outcome":"allow"}"#, "the answer is deny"),
        (#"{"outcome":"deny","reasons":["expired"]}"#, "expired is not"),
        (#"{"outcome":"deny","rule":"r"}"#, "the rule r"), (#"{"outcome":"error"}"#, "not error"),
        (#"{"outcome":"deny","next-allowed-at":"2024-01-01"}"#, "from never on"),
    ]) func whatDoesNotHoldIsTold(_ expectation: String, _ told: String) throws {
        let trial = try RulePackTrial(parsing: Array(Self.file(expectation).utf8))
        let failure = try trial.results(with: ShippedPacks.text(of: "es-lssi") ?? [])[0].failure
        #expect(failure?.contains(told) == true, "\(failure ?? "it holds")")
    }

    @Test(arguments: [
        ("", "byte 1"), ("[]", "the file"), ("{}", "format"),
        (#"{"format":"consent-ledger/rule-pack-cases/v1","pack":"a","cases":[]}"#, "cases"),
        (file(#"{"outcome":"maybe"}"#), "cases[0].expect.outcome"), (file("{}"), "cases[0].expect.outcome"),
        (file(#"{"outcome":"deny","why":1}"#), "cases[0].expect.why"),
        (file(#"{"outcome":"deny"}"#, question: #""at":"soon""#), "cases[0].question.at"),
        (file(#"{"outcome":"deny"}"#, question: #""at":"2024-01-01","size":1"#), "cases[0].question.size"),
        (
            file(#"{"outcome":"deny"}"#, more: #","events":[{"type":"consent-given"}]"#),
            "cases[0].events[0].recorded-at"
        ),
        (file(#"{"outcome":"deny"}"#, more: #","who":"me""#), "cases[0].who"),
        (
            file(
                #"{"outcome":"deny"}"#,
                more: #","events":[{"recorded-at":"2024-01-02"},{"recorded-at":"2024-01-01"}]"#),
            "cases[0].events[1].recorded-at"
        ),
    ]) func badFilesAreRefused(_ text: String, _ place: String) {
        do {
            _ = try RulePackTrial(parsing: Array(text.utf8))
            Issue.record("read: \(text)")
        } catch {
            #expect((error as? LedgerError)?.code == .badInput && "\(error)".contains(place), "\(error)")
        }
    }

    @Test func casesOfAnotherPackAreRefused() throws {
        let trial = try RulePackTrial(parsing: Array(Self.file(#"{"outcome":"deny"}"#).utf8))
        #expect(throws: LedgerError(.badInput, "")) { try trial.results(with: ShippedPacks.text(of: "us-tcpa") ?? []) }
        #expect(throws: RulesError(.badPack, "")) { try trial.results(with: Array("{}".utf8)) }
    }
}
