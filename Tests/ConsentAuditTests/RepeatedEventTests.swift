import ConsentAudit
import ConsentModel
import DamagedLedgers
import LedgerCrypto
import Testing
import TransparencyLog

/// Whoever holds the log's key can append what was signed long ago, once more; the event's id gives it away.
@Suite struct RepeatedEventTests {
    private let ana = LogBuilder.contact(1)
    private let ben = LogBuilder.contact(2)

    private func founded() -> LogBuilder {
        let builder = LogBuilder()
        builder.found()
        return builder
    }

    private func report(_ builder: LogBuilder, _ level: VerificationLevel = .replay) async throws -> VerificationReport
    {
        builder.publish()
        return try await Verifier(reader: builder.log, pins: builder.pins).verify(level: level)
    }

    /// Expects nothing but the repetitions: pairs of the record and the first one with its id.
    private func expect(
        _ builder: LogBuilder, _ repeated: [(index: UInt64, first: UInt64)],
        location: SourceLocation = #_sourceLocation
    ) async throws {
        let full = try await report(builder)
        #expect(
            full.findings.map(\.code) == repeated.map { _ in .repeatedEvent }, "\(full.findings.map(\.sentence))",
            sourceLocation: location)
        #expect(full.findings.map(\.index) == repeated.map(\.index), sourceLocation: location)
        #expect(full.findings.allSatisfy { $0.level == .replay }, sourceLocation: location)
        for (finding, pair) in zip(full.findings, repeated) {
            #expect(
                finding.sentence.hasPrefix("Record \(pair.index) has the event id of record \(pair.first):"),
                sourceLocation: location)
        }
        #expect(full.holds == repeated.isEmpty, sourceLocation: location)
        #expect(full.soundBelow == repeated.first?.index ?? builder.size, sourceLocation: location)
        #expect(try await report(builder, .signatures).holds, sourceLocation: location)
    }

    private func id(_ high: UInt64, _ low: UInt64) -> EventID {
        let bytes = [high, low].flatMap { word in withUnsafeBytes(of: word.bigEndian) { Array($0) } }
        return EventID(bytes)!
    }

    private func optOut(_ id: EventID) throws -> Event {
        try Event(
            .consentWithdrawn, id: id,
            [.source: .text("web"), .commitment: .bytes(SHA256Digest(hashing: id.bytes).bytes)])
    }

    private func unknown(_ id: EventID) -> [UInt8] {
        var encoder = CBOREncoder()
        encoder.map(count: 3)
        encoder.unsigned(1)
        encoder.unsigned(99)
        encoder.unsigned(2)
        encoder.byteString(id.bytes)
        encoder.unsigned(3)
        encoder.text("web")
        return encoder.bytes
    }

    @Test func grantStatedAgainAfterTheOptOut() async throws {
        let builder = founded()
        let grant = builder.grant()
        builder.append(grant, by: LogBuilder.web, business: "acme", contacts: [ana])
        builder.append(builder.optOut(), by: LogBuilder.web, business: "acme", contacts: [ana])
        builder.append(grant, by: LogBuilder.web, business: "acme", contacts: [ana])
        builder.append(grant, by: LogBuilder.web, business: "acme", contacts: [ana])
        try await expect(builder, [(8, 6), (9, 6)])
    }

    @Test func sameIDForAnotherContact() async throws {
        let builder = founded()
        let event = builder.optOut()
        builder.append(event, by: LogBuilder.web, business: "acme", contacts: [ana])
        builder.append(event, by: LogBuilder.web, business: "acme", contacts: [ben])
        try await expect(builder, [(7, 6)])
    }

    @Test func holdLiftedAgain() async throws {
        let builder = founded()
        let admin = builder.admin
        func hold(_ type: EventType) -> Event {
            builder.event(type, [.hold: .text("case-7"), .reason: .text("court")])
        }
        let lifted = hold(.holdLifted)
        builder.append(hold(.holdAdded), by: admin, business: "acme")
        builder.append(lifted, by: admin, business: "acme")
        builder.append(hold(.holdAdded), by: admin, business: "acme")
        builder.append(lifted, by: admin, business: "acme")
        try await expect(builder, [(9, 7)])
    }

    /// A retired log key that is stated again counts for no checkpoint, at the level of signatures already.
    @Test func keyAddedAgainAfterItsRetirement() async throws {
        let builder = founded()
        let admin = builder.admin
        let second = LogBuilder(logKey: Party("second log")).verifierKey.text
        let added = builder.event(.logKeyAdded, [.logKey: .text(second)])
        builder.append(added, by: admin)
        builder.append(builder.event(.logKeyRetired, [.logKey: .text(second)]), by: admin)
        builder.append(added, by: admin)
        try await expect(builder, [(8, 6)])
        builder.append(builder.event(.logKeyRetired, [.logKey: .text(second)]), by: admin)
        let full = try await report(builder)
        #expect(full.findings.map(\.code.name) == ["repeated-event", "unknown-key"])
    }

    @Test func sourceStatedAgainWhereItsRefusedStatementWouldBeValid() async throws {
        let builder = founded()
        let late = Party("late")
        let authorized = builder.event(
            .sourceAuthorized,
            [
                .authorizedSource: .text("late"), .publicKey: .bytes(late.key.publicKey.bytes),
                .custody: .text("external"), .businesses: .texts(["new"]),
            ])
        builder.append(authorized, by: builder.admin)
        builder.register("new")
        builder.append(authorized, by: builder.admin)
        builder.append(builder.grant(late, withNotice: false), by: late, business: "new", contacts: [ana])
        let full = try await report(builder)
        #expect(full.findings.map(\.code.name) == ["unknown-business", "repeated-event", "unknown-source"])
        #expect(full.findings.map(\.index) == [6, 8, 9])
    }

    @Test func eventsOfUnknownTypeHaveIDsToo() async throws {
        let builder = founded()
        func append(_ id: EventID) {
            builder.append(
                builder.optOut(), by: LogBuilder.web, business: "acme", contacts: [ana],
                lie: LogBuilder.Lie(payload: unknown(id)))
        }
        append(id(1, 1))
        append(id(1, 2))
        append(id(1, 1))
        builder.append(try optOut(id(1, 2)), by: LogBuilder.web, business: "acme", contacts: [ben])
        try await expect(builder, [(8, 6), (9, 7)])
    }

    @Test func idsThatAreAlikeInPart() async throws {
        let builder = founded()
        for (high, low) in [(7, 1), (7, 2), (8, 1), (8, 2), (1, 7), (2, 7)] as [(UInt64, UInt64)] {
            builder.append(
                try optOut(id(high, low)), by: LogBuilder.web, business: "acme", contacts: [ana])
        }
        try await expect(builder, [])
    }

    /// Random repetitions over several bundles, against a table of the ids.
    @Test(arguments: 0..<6) func agreesWithATableOfIDs(seed: Int) async throws {
        var random = SplitMix(seed: UInt64(seed))
        let builder = founded()
        var first: [EventID: UInt64] = [:]
        var repeated: [UInt64] = []
        for _ in 0..<700 {
            let id = id(random.next() % 40, random.next() % 100)
            let index = builder.append(
                try optOut(id), by: LogBuilder.web, business: "acme", contacts: [ana])
            if first[id] != nil { repeated.append(index) } else { first[id] = index }
        }
        let full = try await report(builder)
        #expect(full.findingCounts == [.repeatedEvent: repeated.count], "seed \(seed)")
        #expect(full.findings.map(\.index) == Array(repeated.prefix(100)), "seed \(seed)")
        #expect(full.soundBelow == repeated.first, "seed \(seed)")
    }

    /// More repetitions than are looked at: the first ones are, so that what is sound stays exact.
    @Test func everyIDRepeated() async throws {
        let builder = founded()
        let event = builder.optOut()
        for _ in 0..<10_050 { builder.append(event, by: LogBuilder.web, business: "acme", contacts: [ana]) }
        let full = try await report(builder)
        #expect(full.findingCounts == [.repeatedEvent: 10_000])
        #expect(full.soundBelow == 7)
    }
}
