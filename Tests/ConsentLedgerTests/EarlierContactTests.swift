import ConsentModel
import ConsentRules
import LedgerStorage
import Testing

@testable import ConsentLedger

/// Asked about an earlier time, or by what was known then, an address is the contact's that it reached then.
@Suite struct EarlierContactTests {
    private let ana = LedgerWorld.phone(1)

    private static func dated(_ draft: EventDraft, _ time: Timestamp) -> EventDraft {
        var draft = draft
        draft.fields[.occurredAt] = .occurredAt(OccurredAt(time))
        return draft
    }

    /// The code of the answer, one way and the other: alone, in a batch, and in a batch that is looked up in a table.
    private static func codes(
        _ world: LedgerWorld, _ contact: ContactAddress, at time: Timestamp, knownAt: KnownAt = .everything,
        folder: TemporaryDirectory
    ) throws -> [Reason.Code?] {
        var question = world.question()
        question.at = time
        question.knownAt = knownAt
        return try Ledger(world.location).read { snapshot in
            let inquiries = [Inquiry(question, contact: contact)]
            let shared = SharedContactTable(.atOnce, in: folder.path)
            let answers = [
                try snapshot.decide(question, contact: contact), try snapshot.decide(inquiries)[0].get(),
                try snapshot.sharing(shared).decide(inquiries)[0].get(),
            ]
            #expect(shared.isMade)
            #expect(try snapshot.explain(question, contact: contact).decision == answers[0].decision)
            return answers.map { $0.decision.reasons.first?.code }
        }
    }

    private static func all(_ code: Reason.Code) -> [Reason.Code?] { [code, code, code] }

    @Test(arguments: [true, false]) func aReassignedAddressIsItsOldContactsUntilThen(isSettled: Bool) throws {
        let folder = try TemporaryDirectory()
        let (world, writer) = try LedgerWorld.make()
        let before = world.clock.moment
        try writer.append(world.optOut(ana))
        let size = UInt64(9)
        world.clock.pass(10_000)
        let asked = world.clock.moment
        world.clock.pass(10_000)
        let moment = world.clock.moment
        world.clock.pass(10_000)
        if isSettled { try writer.publish() }
        try writer.append(Self.dated(world.reassigned(ana), moment))
        if isSettled { try writer.publish() }
        func codes(_ time: Timestamp, _ knownAt: KnownAt = .everything) throws -> [Reason.Code?] {
            try Self.codes(world, ana, at: time, knownAt: knownAt, folder: folder)
        }
        for round in 0..<2 {
            let now = world.clock.moment.adding(milliseconds: 1000)
            #expect(try codes(before.subtracting(milliseconds: 1)) == Self.all(.noConsent), "round \(round)")
            #expect(try codes(asked) == Self.all(.withdrawn), "round \(round)")
            #expect(try codes(moment.subtracting(milliseconds: 1)) == Self.all(.withdrawn), "round \(round)")
            #expect(try codes(moment) == Self.all(round == 0 ? .noRecord : .noConsent), "round \(round)")
            #expect(try codes(now) == Self.all(round == 0 ? .noRecord : .consentGiven), "round \(round)")
            #expect(try codes(now, .size(size)) == Self.all(.withdrawn), "round \(round)")
            #expect(try codes(now, .time(asked)) == Self.all(.withdrawn), "round \(round)")
            #expect(try codes(now, .size(size + 1)) == Self.all(.noRecord), "round \(round)")
            // The new person opts in, and answers from the reassignment on.
            world.clock.pass(10_000)
            if round == 0 { try writer.append(world.optIn(ana)) }
        }
        try writer.close()
        try world.check()
    }

    @Test func aChangedNumbersSendsAreJudgedByItsContactOfThen() throws {
        let folder = try TemporaryDirectory()
        let (world, writer) = try LedgerWorld.make()
        try writer.append(world.optIn(ana))
        world.clock.pass(10_000)
        let sent = world.clock.moment
        world.clock.pass(10_000)
        try writer.append(
            Self.dated(world.changed(from: ana, to: LedgerWorld.phone(2)), world.clock.moment))
        try writer.close()
        #expect(try Self.codes(world, ana, at: sent, folder: folder) == Self.all(.consentGiven))
        #expect(
            try Self.codes(world, ana, at: sent, knownAt: .time(sent), folder: folder) == Self.all(.consentGiven))
        let now = world.clock.moment.adding(milliseconds: 1000)
        #expect(try Self.codes(world, ana, at: now, folder: folder) == Self.all(.noRecord))
        try world.check()
    }

    /// Nobody knows when: until it was recorded, it may have been somebody else's.
    @Test func ofAReassignmentOfUnknownTimeNothingIsAllowedBefore() throws {
        let folder = try TemporaryDirectory()
        let (world, writer) = try LedgerWorld.make()
        try writer.append(world.optIn(ana))
        world.clock.pass(10_000)
        let sent = world.clock.moment
        world.clock.pass(10_000)
        try writer.append(world.reassigned(ana))
        try writer.append(world.optIn(ana))
        try writer.close()
        #expect(try Self.codes(world, ana, at: sent, folder: folder) == Self.all(.contactClosed))
        #expect(
            try Self.codes(world, ana, at: sent, knownAt: .time(sent), folder: folder) == Self.all(.consentGiven))
        let now = world.clock.moment.adding(milliseconds: 1000)
        #expect(try Self.codes(world, ana, at: now, folder: folder) == Self.all(.consentGiven))
        try world.check()
    }

    /// What was sent to the number that changed is counted where it is asked about as of then; the next owner's is not.
    @Test func usesAreThoseOfTheContactOfThen() throws {
        let (world, ledger) = try ReservationTests.make()
        let first = try ledger.reserve(world.question(), contact: ana)
        let size = first.size
        let writer = try world.open()
        try writer.append(world.changed(from: ana, to: LedgerWorld.phone(7)))
        world.clock.pass(10_000)
        try writer.append(world.optIn(ana))
        try writer.close()
        let second = try ledger.reserve(world.question(), contact: ana)
        #expect(second.reservation == 2 && second.question.uses.isEmpty)
        var question = world.question()
        question.knownAt = .size(size)
        let then = try ledger.read { try $0.decide(question, contact: ana).question.uses }
        #expect(then.map(\.at) == [first.question.at])
        try world.check()
    }

    /// Spelling rules that change move the addresses of closed contacts too.
    @Test func closedContactsAreFoundByTheSpellingOfNow() throws {
        let folder = try TemporaryDirectory()
        let (world, writer) = try LedgerWorld.make()
        // Mexico's mobile numbers once had a 1 after the country code.
        let spellings = ["+5215512345678", "+525512345678"].map { ContactAddress(kind: .phone, canonical: $0) }
        try writer.append(world.optOut(spellings[0]))
        world.clock.pass(10_000)
        let asked = world.clock.moment
        world.clock.pass(10_000)
        try writer.append(Self.dated(world.reassigned(spellings[0]), world.clock.moment))
        try writer.close()
        try world.location.databases.change("UPDATE meta SET value = x'30' WHERE name = 'normalization'")
        try world.open().close()
        #expect(try Self.codes(world, spellings[1], at: asked, folder: folder) == Self.all(.withdrawn))
        #expect(try Self.codes(world, spellings[1], at: world.clock.moment, folder: folder) == Self.all(.noRecord))
        try world.check()
    }

    /// By the first so many records, the full ledger answers what it answered when it had no more: random histories of people
    /// whose numbers change and are reassigned, asked one by one and in batches, settled and not.
    @Test(arguments: 0..<24) func theFullLedgerAnswersAsTheShorterOneDid(_ seed: Int) throws {
        let folder = try TemporaryDirectory()
        var random = SplitMix(seed: UInt64(seed))
        let (world, writer) = try LedgerWorld.make(label: "earlier-\(seed)")
        let people =
            try (1...3).map(LedgerWorld.phone) + [
                ContactAddress(parsing: "+5491123456789"), ContactAddress(parsing: "+541123456789"),
            ]
        let begin = world.clock.moment
        let steps = 14
        let times = (0...steps + 1).map { begin.adding(milliseconds: UInt64($0) * 1000 + 500) }
        var questions: [(question: Question, contact: ContactAddress)] = []
        for person in people {
            for time in times {
                var question = world.question()
                question.at = time
                questions.append((question, person))
            }
        }
        func answers(_ knownAt: KnownAt, _ snapshot: LedgerSnapshot) throws -> [[Decision]] {
            let asked = questions.map { question, contact in
                var question = question
                question.knownAt = knownAt
                return Inquiry(question, contact: contact)
            }
            let shared = SharedContactTable(.atOnce, in: folder.path)
            return [
                try asked.map { try snapshot.decide($0.question, contact: $0.contact).decision },
                try snapshot.decide(asked).map { try $0.get().decision },
                try snapshot.sharing(shared).decide(asked).map { try $0.get().decision },
            ]
        }
        var shorter: [(size: UInt64, lastRecordedAt: Timestamp, answers: [Decision])] = []
        for step in 1...steps {
            let moment = begin.adding(milliseconds: UInt64(step) * 1000)
            world.clock.pass(moment.milliseconds - world.clock.moment.milliseconds)
            let (one, other) = (people[random.next(below: people.count)], people[random.next(below: people.count)])
            var draft =
                switch random.next(below: 8) {
                case 0...1: world.optIn(one)
                case 2...3: world.optOut(one)
                case 4: world.changed(from: one, to: other)
                case 5...6: world.reassigned(one)
                default: world.linked(one, other)
                }
            switch random.next(below: 3) {
            case 0: draft.fields[.occurredAt] = nil
            case 1: draft = Self.dated(draft, times[random.next(below: step)])
            default: draft = Self.dated(draft, moment)
            }
            // A number that changes to itself, or is linked to itself, is refused.
            _ = try writer.append([draft])
            if random.next(below: 3) == 0 { try writer.publish() }
            try Ledger(world.location).read { snapshot in
                let found = try answers(.everything, snapshot)
                #expect(found[1] == found[0] && found[2] == found[0], "seed \(seed), step \(step)")
                shorter.append((snapshot.size, snapshot.lastRecordedAt, found[0]))
            }
        }
        if seed % 2 == 0 { try writer.publish() }
        try Ledger(world.location).read { snapshot in
            for earlier in shorter {
                for knownAt in [KnownAt.size(earlier.size), .time(earlier.lastRecordedAt)] {
                    for (way, found) in try answers(knownAt, snapshot).enumerated() {
                        let other = found.indices.first { found[$0] != earlier.answers[$0] }
                        #expect(
                            other == nil,
                            """
                            seed \(seed), \(knownAt), way \(way), \(other.map { "\(questions[$0])" } ?? "")
                            \(other.map { "\(found[$0]) instead of \(earlier.answers[$0])" } ?? "")
                            """)
                    }
                }
            }
        }
        try writer.close()
        try world.check()
    }
}
