import ConsentModel
import ConsentRules
import LedgerCrypto
import Testing

/// Hours that nobody in a country ever has.
@Suite struct UnsharedHoursTests {
    private static func pack(_ rules: Rule...) -> RulePack {
        RulePack(id: "test", version: "1", title: "T", digest: SHA256Digest(bytes32("test"))!, rules: rules)
    }

    private static func clock(_ offsets: (since: Timestamp, hours: Int)...) -> LocalClock {
        LocalClock(name: "Test", offsets: offsets.map { .init(since: $0.since, seconds: $0.hours * 3600) })
    }

    /// The United States from New York to Honolulu, Spain with the Canary Islands, France with one clock.
    private static func clocks(_ country: String, _: Timestamp) -> [LocalClock] {
        switch country {
        case "US": [clock((.epoch, -5)), clock((.epoch, -10))]
        case "ES": [clock((.epoch, 1)), clock((.epoch, 0))]
        case "FR": [clock((.epoch, 1))]
        default: []
        }
    }

    private static func told(
        _ rules: Rule..., from time: Timestamp = minute(0),
        clocks: (String, Timestamp) -> [LocalClock] = UnsharedHoursTests.clocks
    ) -> [String] {
        let pack = RulePack(
            id: "test", version: "1", title: "T", digest: SHA256Digest(bytes32("test"))!, rules: rules)
        return pack.unsharedHours(from: time, clocks: clocks).map { unshared in
            (unshared.rules.map(\.id) + [unshared.areNamed ? "names" : "includes"] + unshared.countries)
                .joined(separator: " ")
        }
    }

    private static func hours(
        _ from: Int, _ until: Int, _ id: String = "h", _ scope: RuleScope = RuleScope(), weekdays: [Int] = Array(1...7),
        since: Timestamp? = nil, until end: Timestamp? = nil
    ) -> Rule {
        rule(.hours(.init(from: from, until: until, weekdays: weekdays)), id: id, scope, from: since, until: end)
    }

    @Test func theCountriesAreTold() {
        #expect(Self.told(Self.hours(480, 510)) == ["h includes ES US"])
        #expect(Self.told(Self.hours(480, 540)) == ["h includes ES US"])
        #expect(Self.told(Self.hours(480, 541)) == ["h includes US"])
        #expect(Self.told(Self.hours(480, 480 + 300)) == ["h includes US"])
        #expect(Self.told(Self.hours(480, 480 + 301)).isEmpty)
        #expect(Self.told(Self.hours(0, 1440)).isEmpty)
        #expect(Self.told(rule(.prohibit)).isEmpty)
    }

    @Test func aRuleIsAboutTheCountriesThatItNames() {
        let short = (480, 510)
        #expect(
            Self.told(Self.hours(short.0, short.1, "h", RuleScope(recipientCountries: ["ES", "FR"])))
                == ["h names ES"])
        #expect(Self.told(Self.hours(short.0, short.1, "h", RuleScope(recipientCountries: ["FR"]))).isEmpty)
        #expect(
            Self.told(Self.hours(short.0, short.1, "h", RuleScope(exceptRecipientCountries: ["ES"])))
                == ["h includes US"])
        // Of a country whose clocks are not known nothing is said.
        #expect(Self.told(Self.hours(short.0, short.1, "h", RuleScope(recipientCountries: ["RU"]))).isEmpty)
    }

    @Test func twoRulesOfOneMessageAreLookedAtTogether() {
        let morning = Self.hours(480, 720, "morning")
        let noon = Self.hours(660, 1200, "noon", RuleScope(classes: ["marketing"]))
        #expect(
            Self.told(morning, noon, clocks: { $0 == "US" ? [] : Self.clocks($0, $1) }) == ["morning noon includes ES"])
        // What one alone rules out is told of it alone, and what is of no message together is not looked at.
        #expect(Self.told(morning, noon) == ["morning includes US", "morning noon includes ES"])
        let calls = Self.hours(660, 1200, "noon", RuleScope(channels: ["voice"]))
        let texts = Self.hours(480, 720, "morning", RuleScope(channels: ["sms"]))
        #expect(Self.told(texts, calls) == ["morning includes US"])
        let before = Self.hours(480, 720, "morning", until: minute(100))
        #expect(Self.told(before, Self.hours(660, 1200, "noon", since: minute(100))) == ["morning includes US"])
        #expect(
            Self.told(morning, Self.hours(660, 1200, "noon", RuleScope(recipientCountries: ["ES"])))
                == ["morning includes US", "morning noon names ES"])
    }

    @Test func rulesOfThePastAreNot() {
        let old = Self.hours(480, 510, until: minute(60))
        #expect(Self.told(old) == ["h includes ES US"])
        #expect(Self.told(old, from: minute(59)) == ["h includes ES US"])
        #expect(Self.told(old, from: minute(60)).isEmpty)
        // One that is over before its first morning is not too short for that.
        #expect(Self.told(Self.hours(480, 1260, until: minute(60))).isEmpty)
    }

    /// Half a year in which the clocks show the hours together is enough.
    @Test func summerCounts() {
        let summer = minute(200 * 1440)
        func clocks(_ country: String, _ time: Timestamp) -> [LocalClock] {
            country == "CL" ? [Self.clock((.epoch, 0), (summer, 1)), Self.clock((.epoch, 1))] : []
        }
        #expect(Self.told(Self.hours(480, 510), clocks: clocks).isEmpty)
        // Summer is over, and comes no more.
        #expect(
            Self.told(Self.hours(480, 510), from: minute(1)) { country, _ in
                country == "CL" ? [Self.clock((.epoch, 1), (minute(0), 0)), Self.clock((.epoch, 1))] : []
            } == ["h includes CL"])
        #expect(
            Self.told(
                Self.hours(480, 510),
                clocks: { country, _ in
                    country == "CL" ? [Self.clock((.epoch, 0)), Self.clock((.epoch, 1))] : []
                }) == ["h includes CL"])
    }

    /// Against every minute of a week: two clocks any whole hours apart, hours of any length, on all days and on one.
    @Test func everyDistanceAndLength() {
        for apart in 0...26 {
            for length in stride(from: 30, through: 1440, by: 90) {
                for weekdays in [Array(1...7), [3]] {
                    let isShared = (0..<7 * 1440).contains { minute in
                        [0, apart * 60].allSatisfy { offset in
                            let local = (minute + offset) % (7 * 1440)
                            return weekdays.contains(local / 1440 + 1) && local % 1440 < length
                        }
                    }
                    let told = Self.told(Self.hours(0, length, weekdays: weekdays)) { country, _ in
                        country == "XK" ? [Self.clock((.epoch, -12)), Self.clock((.epoch, apart - 12))] : []
                    }
                    #expect(
                        told == (isShared ? [] : ["h includes XK"]), "\(apart) hours, \(length) minutes, \(weekdays)")
                }
            }
        }
    }
}
