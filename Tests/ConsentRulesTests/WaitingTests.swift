import ConsentModel
import ConsentRules
import Testing

private let hourLength: UInt64 = 3_600_000

/// A moment of the days around the tests' first of January 2026, a Thursday, in UTC.
private func moment(day: Int = 1, _ hour: Int, _ minutes: Int = 0) -> Timestamp {
    minute(((day - 1) * 24 + hour) * 60 + minutes)
}

private func clock(_ offsets: (since: Timestamp, hours: Int)...) -> LocalClock {
    LocalClock(name: "Test", offsets: offsets.map { .init(since: $0.since, seconds: $0.hours * 3600) })
}

/// Someone who opted in for ever, and rules by which messages wait.
private func contact(_ rules: Rule...) throws -> TestContact {
    var contact = try TestContact()
    try contact.add(.consentGiven, at: 0)
    contact.packs = [adopted(rules)]
    return contact
}

private func decide(
    _ contact: TestContact, at time: Timestamp, clocks: [LocalClock] = [clock((.epoch, 1))], uses: [Use] = [],
    _ change: (inout Question) -> Void = { _ in }
) throws -> Decision {
    var question = Question(
        business: "acme", channel: "whatsapp", category: "offers", at: time,
        recipient: Recipient(country: "ES", clocks: clocks), uses: uses)
    change(&question)
    return try contact.decide(question)
}

/// Hours of the recipient's day.
@Suite struct HoursTests {
    private func daytime(_ weekdays: [Int] = Array(1...7)) -> Rule {
        rule(.hours(.init(from: 8 * 60, until: 21 * 60, weekdays: weekdays)), id: "hours")
    }

    @Test func aMessageWaitsForTheMorning() throws {
        let person = try contact(daytime())
        // 08:00 by the clock is 07:00 UTC.
        let early = try decide(person, at: moment(6, 59))
        #expect(early.summary == "defer outside-hours")
        #expect(early.nextAllowedAt == moment(7))
        let open = try decide(person, at: moment(7))
        #expect(open.summary == "allow consent-given")
        #expect(open.lapsesAt == moment(20))
        #expect(try decide(person, at: moment(19, 59)).summary == "allow consent-given")
        let late = try decide(person, at: moment(20))
        #expect(late.summary == "defer outside-hours")
        #expect(late.nextAllowedAt == moment(day: 2, 7))
    }

    @Test func daysWithoutHoursAreLeftOut() throws {
        // The first of January is a Thursday; Saturday and Sunday have no hours.
        let person = try contact(daytime([1, 2, 3, 4, 5]))
        #expect(try decide(person, at: moment(day: 2, 12)).outcome == .allow)
        for (day, hour) in [(2, 20), (3, 12), (4, 12), (5, 6)] {
            #expect(try decide(person, at: moment(day: day, hour)).nextAllowedAt == moment(day: 5, 7))
        }
    }

    @Test func everyClockOfThePersonMustShowThem() throws {
        let person = try contact(daytime())
        let clocks = [clock((.epoch, 1)), clock((.epoch, -8))]
        // 08:00 in the west is 16:00 UTC, 21:00 in the east 20:00 UTC.
        #expect(try decide(person, at: moment(12), clocks: clocks).nextAllowedAt == moment(16))
        let open = try decide(person, at: moment(16), clocks: clocks)
        #expect(open.lapsesAt == moment(20))
        #expect(try decide(person, at: moment(20), clocks: clocks).nextAllowedAt == moment(day: 2, 16))
        // Where they never do at once there is no such time.
        let apart = [clock((.epoch, 12)), clock((.epoch, -12))]
        let narrow = try contact(rule(.hours(.init(from: 480, until: 600, weekdays: [1])), id: "hours"))
        let never = try decide(narrow, at: moment(12), clocks: apart)
        #expect(never.summary == "defer outside-hours")
        #expect(never.nextAllowedAt == nil)
    }

    @Test func anUnknownClockAllowsAtNoTimeButAlways() throws {
        let person = try contact(daytime())
        for clocks in [[], [LocalClock(name: "Empty", offsets: [])]] {
            let decision = try decide(person, at: moment(12), clocks: clocks)
            #expect(decision.summary == "defer time-zone-unknown")
            #expect(decision.nextAllowedAt == nil)
        }
        let always = try contact(rule(.hours(.init(from: 0, until: 1440))))
        let decision = try decide(always, at: moment(12), clocks: [])
        #expect(decision.summary == "allow consent-given")
        #expect(decision.lapsesAt == nil)
    }

    @Test func clocksThatChangeAreFollowed() throws {
        let person = try contact(daytime())
        // At 01:00 UTC of the second day the clock goes from +1 to +3: the morning is at 05:00 UTC.
        let forward = clock((.epoch, 1), (moment(day: 2, 1), 3))
        #expect(try decide(person, at: moment(22), clocks: [forward]).nextAllowedAt == moment(day: 2, 5))
        // At 07:30 UTC it goes from −1, where it is 06:30, to +2, where it is 09:30.
        let into = clock((.epoch, -1), (moment(7, 30), 2))
        #expect(try decide(person, at: moment(6), clocks: [into]).nextAllowedAt == moment(7, 30))
        // And out of the hours: 20:30 becomes 22:30.
        let out = clock((.epoch, 1), (moment(19, 30), 3))
        #expect(try decide(person, at: moment(12), clocks: [out]).lapsesAt == moment(19, 30))
        // The same moment by brute force, minute by minute.
        for start in stride(from: 0, to: 48 * 60, by: 37) {
            for clock in [forward, into, out] {
                let decision = try decide(person, at: minute(start), clocks: [clock])
                let first = (start...start + 3 * 1440).first { isDaytime(minute($0), clock) }
                #expect(decision.outcome == (first == start ? .allow : .defer))
                if first != start { #expect(decision.nextAllowedAt == first.map(minute)) }
            }
        }
    }

    private func isDaytime(_ time: Timestamp, _ clock: LocalClock) -> Bool {
        let offset = clock.offsets.last { $0.since <= time }?.seconds ?? clock.offsets[0].seconds
        let local = (Int(time.milliseconds / 60_000) + offset / 60) % 1440
        return local >= 480 && local < 1260
    }

    @Test func hoursThroughMidnightHaveNoEndThere() throws {
        let person = try contact(rule(.hours(.init(from: 0, until: 1440, weekdays: [4, 5]))))
        let decision = try decide(person, at: moment(12))
        #expect(decision.summary == "allow consent-given")
        #expect(decision.lapsesAt == moment(day: 2, 23))
    }
}

/// How many messages may be sent.
@Suite struct CapTests {
    private func cap(
        _ count: Int, hours: UInt64, _ counted: RuleEffect.Cap.Counted = .business, _ scope: RuleScope = RuleScope()
    ) -> Rule {
        rule(.cap(.init(count: count, window: hours * hourLength, counted: counted)), id: "cap", scope)
    }

    @Test func itWaitsUntilEnoughHaveLeftTheWindow() throws {
        let person = try contact(cap(2, hours: 1))
        func decision(at minutes: Int) throws -> Decision {
            try decide(person, at: minute(minutes), uses: [use(at: 30), use(at: 10), use(at: 20)])
        }
        #expect(try decision(at: 31).summary == "defer cap-reached")
        // Of three in the window two must leave it: that of minute 20 leaves it at minute 80.
        #expect(try decision(at: 31).nextAllowedAt == minute(80))
        #expect(try decision(at: 79).summary == "defer cap-reached")
        #expect(try decision(at: 80).summary == "allow consent-given")
    }

    @Test func itCountsWhatItsRuleIsAbout() throws {
        let sent = [
            use(at: 10), use(at: 11, channel: "sms"), use(at: 12, "newsletter"),
            use(at: 13, "orders", categoryClass: "utility"),
        ]
        for (counted, scope, count) in [
            (.business, RuleScope(), 4), (.channel, RuleScope(), 3), (.category, RuleScope(), 2),
            (.business, RuleScope(classes: ["marketing"]), 3), (.channel, RuleScope(classes: ["marketing"]), 2),
            (.business, RuleScope(channels: ["whatsapp"]), 3), (.category, RuleScope(channels: ["whatsapp"]), 1),
        ] as [(RuleEffect.Cap.Counted, RuleScope, Int)] {
            let full = try contact(cap(count, hours: 24, counted, scope))
            #expect(try decide(full, at: minute(20), uses: sent).summary == "defer cap-reached")
            let free = try contact(cap(count + 1, hours: 24, counted, scope))
            #expect(try decide(free, at: minute(20), uses: sent).summary == "allow consent-given")
        }
    }

    @Test func whatIsStatedOfLaterIsCounted() throws {
        let person = try contact(cap(1, hours: 1))
        let decision = try decide(person, at: minute(20), uses: [use(at: 26)])
        #expect(decision.summary == "defer cap-reached")
        #expect(decision.nextAllowedAt == minute(86))
    }

    @Test func countsThatMayBeMissingDefer() throws {
        let person = try contact(cap(1, hours: 1))
        func decision(_ since: Timestamp?, at minutes: Int = 30) throws -> Decision {
            try decide(person, at: minute(minutes)) { $0.usesSince = since }
        }
        #expect(try decision(.epoch).summary == "allow consent-given")
        #expect(try decision(minute(0)).summary == "defer counts-incomplete")
        #expect(try decision(minute(0)).nextAllowedAt == minute(60))
        #expect(try decision(minute(0), at: 60).summary == "allow consent-given")
        #expect(try decision(nil).summary == "defer counts-incomplete")
        #expect(try decision(nil).nextAllowedAt == nil)
        // Nothing is counted where there is no cap.
        let free = try contact()
        #expect(try decide(free, at: minute(30)) { $0.usesSince = nil }.summary == "allow consent-given")
    }

    @Test func hoursAndCapsAreSatisfiedTogether() throws {
        // One a day, from 08:00 to 21:00 by a clock an hour ahead: sent at 20:30 by that clock.
        let person = try contact(
            cap(1, hours: 24), rule(.hours(.init(from: 480, until: 1260)), id: "hours"))
        let sent = [Use(at: moment(19, 30), channel: "whatsapp", categories: ["offers"], categoryClass: "marketing")]
        let evening = try decide(person, at: moment(19, 45), uses: sent)
        #expect(evening.summary == "defer cap-reached")
        #expect(evening.nextAllowedAt == moment(day: 2, 19, 30))
        let night = try decide(person, at: moment(22), uses: sent)
        #expect(night.summary == "defer outside-hours cap-reached")
        #expect(night.nextAllowedAt == moment(day: 2, 19, 30))
        // Sent at 20:59 and a window of 25 hours: the cap ends in the night, the hours begin in the morning.
        let longer = try contact(
            cap(1, hours: 25), rule(.hours(.init(from: 480, until: 1260)), id: "hours"))
        #expect(try decide(longer, at: moment(22), uses: sent).nextAllowedAt == moment(day: 3, 7))
    }

    @Test func beyondTheHorizonThereIsNoTime() throws {
        let person = try contact(cap(1, hours: 24 * 15))
        #expect(try decide(person, at: minute(20), uses: [use(at: 10)]).nextAllowedAt == nil)
        #expect(try decide(person, at: moment(day: 2, 1), uses: [use(at: 10)]).nextAllowedAt == moment(day: 16, 0, 10))
    }
}

/// When a yes ends by itself.
@Suite struct LapseTests {
    @Test func aYesEndsWithTheFirstOfWhatCarriesIt() throws {
        var person = try TestContact()
        try person.add(.consentGiven, at: 0, [.expiresAt: time(moment(18))])
        #expect(try decide(person, at: moment(12)).lapsesAt == moment(18))
        person.packs = [adopted(rule(.prohibit, from: moment(15)))]
        #expect(try decide(person, at: moment(12)).lapsesAt == moment(15))
        // A rule about something else changes nothing, and neither does one that would only permit more.
        person.packs = [adopted(rule(.prohibit, RuleScope(classes: ["utility"]), from: moment(15)))]
        #expect(try decide(person, at: moment(12)).lapsesAt == moment(18))
        person.packs = [adopted(rule(.hours(.init(from: 480, until: 1080)), from: moment(15)))]
        // At 15:00 the answer is still yes, until 18:00 by the clock, which is 17:00 UTC.
        #expect(try decide(person, at: moment(12)).lapsesAt == moment(17))
        person.packs = [adopted(rule(.hours(.init(from: 480, until: 1080)), until: moment(15)))]
        #expect(try decide(person, at: moment(12)).lapsesAt == moment(18))
        // A pack that will count.
        person.packs = [adopted(rule(.prohibit), from: moment(16))]
        #expect(try decide(person, at: moment(12)).lapsesAt == moment(16))
        person.packs = [adopted(rule(.prohibit), from: moment(16), business: "other")]
        #expect(try decide(person, at: moment(12)).lapsesAt == moment(18))
    }

    @Test func ofSeveralCategoriesTheFirstToEndEndsIt() throws {
        var person = try TestContact()
        try person.add(.consentGiven, at: 0, [.expiresAt: time(moment(18))])
        try person.add(
            .basisBegan, at: 0,
            [.basis: word("contract"), .categories: words("orders"), .expiresAt: time(moment(17))])
        #expect(try decide(person, at: moment(12)) { $0.alsoAbout = ["orders"] }.lapsesAt == moment(17))
        #expect(try decide(person, at: moment(12)) { $0.category = "orders" }.lapsesAt == moment(17))
    }

    @Test func atItsEndTheAnswerIsAnother() throws {
        var person = try TestContact()
        try person.add(.consentGiven, at: 0)
        for rules in [
            [rule(.consentLasts(10 * hourLength))], [rule(.prohibit, from: moment(11))],
            [rule(.hours(.init(from: 480, until: 780)))],
        ] {
            person.packs = [adopted(rules)]
            let end = try #require(decide(person, at: moment(9)).lapsesAt)
            #expect(try decide(person, at: end.subtracting(milliseconds: 1)).outcome == .allow)
            #expect(try decide(person, at: end).outcome != .allow)
        }
    }
}
