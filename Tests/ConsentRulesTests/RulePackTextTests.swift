import ConsentModel
import ConsentRules
import LedgerCrypto
import Testing

/// Packs as JSON: what is read, and that everything else is refused with its place.
@Suite struct RulePackTextTests {
    private static let citation = #"{"source":"A law","confidence":"verbatim","verified-on":"2026-11-22"}"#

    private static func rule(
        _ id: String = "r", scope: String = "{}", effect: String = #"{"kind":"prohibit"}"#, times: String = "",
        citation: String = RulePackTextTests.citation, more: String = ""
    ) -> String {
        #"{"id":"\#(id)",\#(times)"scope":\#(scope),"effect":\#(effect),"meaning":"No.","citation":\#(citation)\#(more)}"#
    }

    private static func pack(_ rules: String..., more: String = "", head: String? = nil) -> String {
        let head =
            head ?? #""format":"consent-ledger/rule-pack/v1","pack":"acme","version":"1","title":"A pack","#
        return #"{\#(head)"rules":[\#(rules.joined(separator: ","))]\#(more)}"#
    }

    private static func parse(_ text: String) throws(RulesError) -> RulePack {
        try RulePack(parsing: Array(text.utf8))
    }

    private static func effect(_ effect: String) throws(RulesError) -> RuleEffect {
        try parse(pack(rule(effect: effect))).rules[0].effect
    }

    @Test func aWholePack() throws {
        let text = Self.pack(
            Self.rule(
                "pause",
                scope: """
                    {"channels":["whatsapp"],"classes":["marketing"],"categories":["offers"],"sender-countries":["ES"],
                    "except-sender-countries":["FR"],"recipient-countries":["US"],"except-recipient-countries":["CA"]}
                    """,
                times: #""effective-from":"2025-04-01","effective-until":"2026-01-01T12:00:00+01:00","#,
                citation: """
                    {"source":"A page","section":"2","url":"https://example.com/","quote":"…","confidence":"secondary",
                    "verified-on":"2026-11-22"}
                    """),
            more: #","vocabulary":{"template-categories":["MARKETING","UTILITY"]}"#)
        let pack = try Self.parse(text)
        #expect(pack.id == "acme" && pack.version == "1" && pack.title == "A pack")
        #expect(pack.digest == SHA256Digest(hashing: Array(text.utf8)))
        #expect(pack.vocabulary == ["template-categories": ["MARKETING", "UTILITY"]])
        let rule = try #require(pack.rules.first)
        #expect(rule.id == "pause" && rule.meaning == "No." && rule.effect == .prohibit)
        #expect(rule.effectiveFrom?.description == "2025-04-01T00:00:00Z")
        #expect(rule.effectiveUntil?.description == "2026-01-01T11:00:00Z")
        #expect(
            rule.scope
                == RuleScope(
                    channels: ["whatsapp"], classes: ["marketing"], categories: ["offers"], senderCountries: ["ES"],
                    exceptSenderCountries: ["FR"], recipientCountries: ["US"], exceptRecipientCountries: ["CA"]))
        #expect(
            rule.citation
                == Citation(
                    source: "A page", section: "2", url: "https://example.com/", quote: "…", confidence: .secondary,
                    verifiedOn: "2026-11-22"))
    }

    @Test func everyEffect() throws {
        let day: UInt64 = 86_400_000
        let effects: [(String, RuleEffect)] = [
            (#"{"kind":"prohibit"}"#, .prohibit),
            (#"{"kind":"require-consent"}"#, .requireConsent(orRecorded: [])),
            (#"{"kind":"require-consent","or-recorded":["contract"]}"#, .requireConsent(orRecorded: ["contract"])),
            (
                #"{"kind":"require-verification","verifications":["double-opt-in","signed"]}"#,
                .requireVerification(["double-opt-in", "signed"])
            ),
            (
                #"{"kind":"refuse-presentation","presentations":["pre-ticked"]}"#,
                .refusePresentation(["pre-ticked"])
            ),
            (#"{"kind":"consent-lasts","days":730}"#, .consentLasts(730 * day)),
            (#"{"kind":"request-lasts","hours":48}"#, .requestLasts(2 * day)),
            (#"{"kind":"keep-evidence","days":1826}"#, .keepEvidence(1826 * day)),
            (#"{"kind":"service-window","minutes":1440}"#, .serviceWindow(day)),
            (#"{"kind":"opt-out-confirmation-window","minutes":5}"#, .optOutConfirmationWindow(300_000)),
            (#"{"kind":"widen-opt-out"}"#, .widenOptOut),
            (
                #"{"kind":"hours","from":"08:00","until":"21:00"}"#,
                .hours(RuleEffect.AllowedHours(from: 480, until: 1260))
            ),
            (
                #"{"kind":"hours","from":"00:00","until":"24:00","weekdays":[1,7]}"#,
                .hours(RuleEffect.AllowedHours(from: 0, until: 1440, weekdays: [1, 7]))
            ),
            (
                #"{"kind":"cap","count":2,"days":7,"counted":"channel"}"#,
                .cap(RuleEffect.Cap(count: 2, window: 7 * day, counted: .channel))
            ),
            (
                #"{"kind":"accept-unknown-notice","until":"2027-01-31"}"#,
                .acceptUnknownNotice(until: try OccurredAt(parsing: "2027-01-31").start)
            ),
            (
                #"{"kind":"notice","subject":"business-name","severity":"error"}"#,
                .notice(NoticeRequirement(subject: .businessName, isRequired: true))
            ),
            (
                #"{"kind":"notice","subject":"value","severity":"advice","words":{"es":["novedades"]}}"#,
                .notice(NoticeRequirement(subject: .value, isRequired: false, words: ["es": ["novedades"]]))
            ),
            (#"{"kind":"not-decidable"}"#, .notDecidable),
        ]
        for (text, effect) in effects {
            #expect(try Self.effect(text) == effect)
            #expect(text.contains(#""kind":"\#(effect.kind)""#))
        }
        #expect(Set(effects.map(\.1.kind)).count == 15)
    }

    @Test func aPackWithoutRulesEndsItsName() throws { #expect(try Self.parse(Self.pack()).rules.isEmpty) }

    static let badPacks: [(text: String, place: String)] = [
        ("", "byte 1"), ("[]", "the pack"), ("{}", "format is missing"),
        (pack(head: #""format":"consent-ledger/rule-pack/v2","#), "format"),
        (pack(head: #""format":"consent-ledger/rule-pack/v1","pack":"Acme","#), "pack"),
        (pack(more: #","extra":1"#), "extra"), (pack(more: #","vocabulary":{}"#), "vocabulary"),
        (pack(more: #","vocabulary":{"A b":["c"]}"#), "vocabulary.A b"),
        (pack(more: #","vocabulary":{"a":[]}"#), "vocabulary.a"),
        (pack(more: #","vocabulary":{"a":["b","b"]}"#), "vocabulary.a[1]"),
        (pack("1"), "rules[0]"), (pack(rule(), "{}"), "rules[1].id"),
        (pack(rule(more: #","note":"x""#)), "rules[0].note"),
        (pack(rule("R")), "rules[0].id"), (pack(rule(scope: "null")), "rules[0].scope"),
        (pack(rule(scope: #"{"channels":[]}"#)), "rules[0].scope.channels"),
        (pack(rule(scope: #"{"channels":["sms","pigeon"]}"#)), "rules[0].scope.channels[1]"),
        (pack(rule(scope: #"{"channels":["sms","sms"]}"#)), "rules[0].scope.channels"),
        (pack(rule(scope: #"{"channels":"sms"}"#)), "rules[0].scope.channels"),
        (pack(rule(scope: #"{"classes":["spam"]}"#)), "rules[0].scope.classes[0]"),
        (pack(rule(scope: #"{"categories":["A"]}"#)), "rules[0].scope.categories[0]"),
        (pack(rule(scope: #"{"sender-countries":["XX"]}"#)), "rules[0].scope.sender-countries[0]"),
        (pack(rule(scope: #"{"recipient-countries":["es"]}"#)), "rules[0].scope.recipient-countries[0]"),
        (
            pack(rule(scope: #"{"recipient-countries":["ES"],"except-recipient-countries":["ES"]}"#)),
            "rules[0].scope.except-recipient-countries"
        ),
        (pack(rule(scope: #"{"country":["ES"]}"#)), "rules[0].scope.country"),
        (pack(rule(times: #""effective-from":"soon","#)), "rules[0].effective-from"),
        (
            pack(rule(times: #""effective-from":"2025-01-01","effective-until":"2025-01-01","#)),
            "rules[0].effective-until"
        ),
        (pack(rule(effect: #"{"kind":"forbid"}"#)), "rules[0].effect.kind"),
        (pack(rule(effect: #"{"kind":"prohibit","days":1}"#)), "rules[0].effect.days"),
        (
            pack(rule(effect: #"{"kind":"require-consent","or-recorded":["consent"]}"#)),
            "rules[0].effect.or-recorded[0]"
        ),
        (pack(rule(effect: #"{"kind":"require-consent","or-recorded":[]}"#)), "rules[0].effect.or-recorded"),
        (
            pack(rule(effect: #"{"kind":"require-verification","verifications":["none"]}"#)),
            "rules[0].effect.verifications[0]"
        ),
        (
            pack(rule(effect: #"{"kind":"refuse-presentation","presentations":["page-version"]}"#)),
            "rules[0].effect.presentations[0]"
        ),
        (pack(rule(effect: #"{"kind":"consent-lasts"}"#)), "rules[0].effect says its time"),
        (pack(rule(effect: #"{"kind":"consent-lasts","days":1,"hours":1}"#)), "rules[0].effect says its time"),
        (pack(rule(effect: #"{"kind":"consent-lasts","days":3661}"#)), "rules[0].effect.days"),
        (pack(rule(effect: #"{"kind":"consent-lasts","days":0}"#)), "rules[0].effect.days"),
        (pack(rule(effect: #"{"kind":"consent-lasts","days":1.5}"#)), "rules[0].effect.days"),
        (pack(rule(effect: #"{"kind":"consent-lasts","days":"1"}"#)), "rules[0].effect.days"),
        (pack(rule(effect: #"{"kind":"hours","from":"21:00","until":"08:00"}"#)), "rules[0].effect.until"),
        (pack(rule(effect: #"{"kind":"hours","from":"08:00","until":"24:01"}"#)), "rules[0].effect.until"),
        (pack(rule(effect: #"{"kind":"hours","from":"08:60","until":"21:00"}"#)), "rules[0].effect.from"),
        (pack(rule(effect: #"{"kind":"hours","from":"8:00","until":"21:00"}"#)), "rules[0].effect.from"),
        (
            pack(rule(effect: #"{"kind":"hours","from":"08:00","until":"21:00","weekdays":[]}"#)),
            "rules[0].effect.weekdays"
        ),
        (
            pack(rule(effect: #"{"kind":"hours","from":"08:00","until":"21:00","weekdays":[2,1]}"#)),
            "rules[0].effect.weekdays[1]"
        ),
        (
            pack(rule(effect: #"{"kind":"hours","from":"08:00","until":"21:00","weekdays":[8]}"#)),
            "rules[0].effect.weekdays[0]"
        ),
        (pack(rule(effect: #"{"kind":"cap","count":0,"days":1,"counted":"business"}"#)), "rules[0].effect.count"),
        (pack(rule(effect: #"{"kind":"cap","count":1,"days":1}"#)), "rules[0].effect.counted"),
        (pack(rule(effect: #"{"kind":"cap","count":1,"days":1,"counted":"person"}"#)), "rules[0].effect.counted"),
        (pack(rule(effect: #"{"kind":"accept-unknown-notice"}"#)), "rules[0].effect.until"),
        (
            pack(rule(effect: #"{"kind":"notice","subject":"price","severity":"error"}"#)),
            "rules[0].effect.subject"
        ),
        (pack(rule(effect: #"{"kind":"notice","subject":"value","severity":"error"}"#)), "rules[0].effect.words"),
        (
            pack(rule(effect: #"{"kind":"notice","subject":"channel","severity":"error","words":{"es":["a"]}}"#)),
            "rules[0].effect.words"
        ),
        (
            pack(rule(effect: #"{"kind":"notice","subject":"value","severity":"fatal","words":{"es":["a"]}}"#)),
            "rules[0].effect.severity"
        ),
        (
            pack(rule(effect: #"{"kind":"notice","subject":"value","severity":"error","words":{"es-ES":["a"]}}"#)),
            "rules[0].effect.words.es-ES"
        ),
        (
            pack(rule(effect: #"{"kind":"notice","subject":"value","severity":"error","words":{"es":["…"]}}"#)),
            "rules[0].effect.words.es[0]"
        ),
        (
            pack(rule(citation: #"{"source":"A","confidence":"sure","verified-on":"2026-11-22"}"#)),
            "rules[0].citation.confidence"
        ),
        (
            pack(rule(citation: #"{"source":"A","confidence":"verbatim","verified-on":"2026-11-31"}"#)),
            "rules[0].citation.verified-on"
        ),
        (
            pack(
                rule(citation: #"{"source":"A","confidence":"verbatim","verified-on":"2026-11-22","url":"ftp://a"}"#)),
            "rules[0].citation.url"
        ),
        (
            pack(rule(citation: #"{"source":" ","confidence":"verbatim","verified-on":"2026-11-22"}"#)),
            "rules[0].citation.source"
        ),
        (pack(rule(), rule()), "rules[1] “r” have one id"),
        (
            pack(
                rule(effect: #"{"kind":"hours","from":"08:00","until":"12:00"}"#),
                rule("s", scope: #"{"channels":["sms"]}"#, effect: #"{"kind":"hours","from":"12:00","until":"21:00"}"#)),
            "leave no hour"
        ),
        (
            pack(
                rule(effect: #"{"kind":"hours","from":"08:00","until":"12:00","weekdays":[1]}"#),
                rule("s", effect: #"{"kind":"hours","from":"08:00","until":"12:00","weekdays":[2]}"#)),
            "leave no hour"
        ),
        (
            pack(
                rule(effect: #"{"kind":"require-verification","verifications":["code"]}"#),
                rule("s", effect: #"{"kind":"require-verification","verifications":["signed"]}"#)),
            "leave no verification"
        ),
        (
            pack(
                rule(effect: #"{"kind":"consent-lasts","days":1}"#),
                rule("s", effect: #"{"kind":"consent-lasts","days":2}"#)), "two lengths"
        ),
        (
            pack(
                rule(effect: #"{"kind":"opt-out-confirmation-window","minutes":5}"#),
                rule("s", effect: #"{"kind":"opt-out-confirmation-window","minutes":10}"#)), "two lengths"
        ),
        (
            pack(
                rule(effect: #"{"kind":"accept-unknown-notice","until":"2027-01-01"}"#),
                rule("s", effect: #"{"kind":"accept-unknown-notice","until":"2027-01-02"}"#)), "two ends"
        ),
        (
            pack(
                rule(effect: #"{"kind":"notice","subject":"channel","severity":"error"}"#),
                rule("s", effect: #"{"kind":"notice","subject":"channel","severity":"advice"}"#)), "an error and advice"
        ),
    ]

    @Test(arguments: badPacks.indices) func refused(_ position: Int) {
        let (text, place) = Self.badPacks[position]
        do {
            _ = try Self.parse(text)
            Issue.record("read: \(text)")
        } catch {
            #expect(error == RulesError(.badPack, ""))
            #expect(error.description.contains(place), "\(error)")
        }
    }

    /// Whatever single value of a good pack is replaced by one of another type, or taken away, or joined by an unknown
    /// one, the pack is refused or is another pack: no field is passed over.
    @Test func nothingIsPassedOver() throws {
        #expect(throws: RulesError(.badPack, "")) {
            try Self.parse(#"{"format":"consent-ledger/rule-pack/v1","format":"consent-ledger/rule-pack/v1"}"#)
        }
        #expect(throws: RulesError(.badPack, "")) {
            try RulePack(parsing: [UInt8](repeating: 0x20, count: RulePack.maximumByteCount + 1))
        }
        let many = (0...RulePack.mostRules).map { Self.rule("r\($0)") }.joined(separator: ",")
        #expect(throws: RulesError(.badPack, "")) { try Self.parse(Self.pack(many)) }
        #expect(throws: RulesError(.badPack, "")) { try RulePack(parsing: [0x7B, 0x22, 0xFF, 0x22, 0x3A, 0x31, 0x7D]) }
    }

    /// One id may be used by rules that follow each other, and effects that differ may meet.
    @Test func whatDoesNotContradict() throws {
        _ = try Self.parse(
            Self.pack(
                Self.rule(times: #""effective-until":"2025-01-01","#),
                Self.rule(times: #""effective-from":"2025-01-01","#)))
        _ = try Self.parse(
            Self.pack(
                Self.rule(
                    effect: #"{"kind":"hours","from":"08:00","until":"12:00"}"#,
                    times: #""effective-until":"2025-01-01","#),
                Self.rule(
                    "s", effect: #"{"kind":"hours","from":"12:00","until":"21:00"}"#,
                    times: #""effective-from":"2025-01-01","#)))
        _ = try Self.parse(
            Self.pack(
                Self.rule(
                    scope: #"{"recipient-countries":["US"]}"#,
                    effect: #"{"kind":"hours","from":"08:00","until":"12:00"}"#),
                Self.rule(
                    "s", scope: #"{"except-recipient-countries":["US"]}"#,
                    effect: #"{"kind":"hours","from":"12:00","until":"21:00"}"#)))
        _ = try Self.parse(
            Self.pack(
                Self.rule(effect: #"{"kind":"cap","count":1,"days":1,"counted":"business"}"#),
                Self.rule("s", effect: #"{"kind":"cap","count":4,"days":7,"counted":"business"}"#)))
    }
}

/// Which adoption of a pack counts.
@Suite struct AdoptedPackTests {
    private static func adopted(
        _ name: String, version: String, at adoption: UInt64, business: String? = nil, from: UInt64
    ) -> AdoptedPack {
        let pack = RulePack(
            id: name, version: version, title: "", digest: SHA256Digest(hashing: Array(version.utf8)), rules: [])
        return AdoptedPack(
            pack: pack, adoption: adoption, business: business, effectiveFrom: Timestamp(milliseconds: from)!,
            recordedAt: Timestamp(milliseconds: adoption)!)
    }

    @Test func theLatestThatCountsAndIsKnown() {
        let packs = [
            Self.adopted("a", version: "1", at: 10, from: 100), Self.adopted("a", version: "2", at: 20, from: 300),
            Self.adopted("a", version: "3", at: 30, from: 200), Self.adopted("a", version: "4", at: 40, from: 200),
            Self.adopted("b", version: "5", at: 50, business: "acme", from: 0),
            Self.adopted("b", version: "6", at: 60, from: 200),
            Self.adopted("b", version: "7", at: 70, business: "other", from: 0),
        ]
        func versions(
            _ business: String = "acme", at time: UInt64, _ knownAt: KnownAt = .everything, of packs: [AdoptedPack]
        ) -> [String] {
            packs.inForce(for: business, at: Timestamp(milliseconds: time)!, knownAt: knownAt).map(\.pack.version)
        }
        for packs in [packs, packs.reversed()] {
            #expect(versions(at: 99, of: packs) == ["5"])
            #expect(versions(at: 100, of: packs) == ["1", "5"])
            #expect(versions(at: 200, of: packs) == ["4", "5"])
            #expect(versions(at: 300, of: packs) == ["2", "5"])
            #expect(versions("third", at: 300, of: packs) == ["2", "6"])
            #expect(versions("other", at: 0, of: packs) == ["7"])
            #expect(versions(at: 300, .size(20), of: packs) == ["1"])
            #expect(versions(at: 300, .time(Timestamp(milliseconds: 35)!), of: packs) == ["2"])
            #expect(versions(at: 250, .time(Timestamp(milliseconds: 35)!), of: packs) == ["3"])
        }
    }
}
