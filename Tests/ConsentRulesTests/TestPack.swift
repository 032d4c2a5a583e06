import ConsentModel
import ConsentRules
import LedgerCrypto

/// A pack of those rules, named `test`, adopted for “acme” by record 90.
func adopted(
    _ rules: Rule..., id: String = "test", from: Timestamp = minute(0), business: String? = "acme",
    adoption: UInt64 = 90,
    recordedAt: Timestamp = minute(0)
) -> AdoptedPack {
    adopted(rules, id: id, from: from, business: business, adoption: adoption, recordedAt: recordedAt)
}

/// A pack of those rules, named `test`, adopted for “acme” by record 90.
func adopted(
    _ rules: [Rule], id: String = "test", from: Timestamp = minute(0), business: String? = "acme",
    adoption: UInt64 = 90, recordedAt: Timestamp = minute(0)
) -> AdoptedPack {
    AdoptedPack(
        pack: RulePack(
            id: id, version: "1", title: "A pack of the tests", digest: SHA256Digest(bytes32(id))!, rules: rules),
        adoption: adoption, business: business, effectiveFrom: from, recordedAt: recordedAt)
}

/// A rule with that effect.
func rule(
    _ effect: RuleEffect, id: String = "rule", _ scope: RuleScope = RuleScope(), from: Timestamp? = nil,
    until: Timestamp? = nil
) -> Rule {
    Rule(
        id: id, effectiveFrom: from, effectiveUntil: until, scope: scope, effect: effect, meaning: "it is so",
        citation: Citation(source: "The tests", confidence: .verbatim, verifiedOn: "2026-11-22"))
}

extension Recipient {
    /// Someone in Spain, by one clock at that offset in hours.
    static func inSpain(_ hours: Int = 1) -> Recipient {
        Recipient(
            country: "ES",
            clocks: [LocalClock(name: "Europe/Madrid", offsets: [.init(since: .epoch, seconds: hours * 3600)])])
    }
}

/// A message that was sent at that minute.
func use(
    at minutes: Int, channel: String = "whatsapp", _ categories: String..., categoryClass: String = "marketing",
    purpose: Question.Purpose = .message, concerns: UInt64? = nil
) -> Use {
    Use(
        at: minute(minutes), channel: channel, categories: categories.isEmpty ? ["offers"] : categories,
        categoryClass: categoryClass, purpose: purpose, concerns: concerns)
}
