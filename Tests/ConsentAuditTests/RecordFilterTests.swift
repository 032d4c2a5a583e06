import ConsentAudit
import ConsentModel
import DamagedLedgers
import Testing

/// What a filter leaves through.
@Suite struct RecordFilterTests {
    @Test func leavesThroughWhatFitsAllThatIsAsked() throws {
        let builder = LogBuilder.ledger(size: 120)
        let logged = try builder.entries.enumerated().map { try LoggedEvent(decoding: $1, at: UInt64($0)) }
        func time(_ index: Int) -> Timestamp { logged[index].record.recordedAt }
        let everyType = [[], ["consent-given"], ["consent-withdrawn", "contact-linked"], ["unknown-type-99"]]
        for types in everyType {
            for business in [nil, "acme", "zoo", "nobody"] {
                for source in [nil, "web", "hosted"] {
                    for (since, until) in [(nil, nil), (30, nil), (nil, 60), (30, 60), (60, 30)] as [(Int?, Int?)] {
                        let filter = RecordFilter(
                            types: Set(types), business: business, source: source, since: since.map(time),
                            until: until.map(time))
                        // Each record is a second after the one before it.
                        let expected = logged.indices.filter { index in
                            let record = logged[index]
                            if !types.isEmpty, !types.contains(builder.kinds[index]) { return false }
                            if let business, record.record.business != business { return false }
                            if let source, record.source != source { return false }
                            return index >= since ?? 0 && index <= until ?? 119
                        }
                        let found = logged.indices.filter { filter.contains(logged[$0]) }
                        #expect(found == expected, "\(types) \(business ?? "-") \(source ?? "-")")
                    }
                }
            }
        }
    }

    @Test(arguments: [
        ("unknown-type-57", true), ("unknown-type-22", true), ("unknown-type-33", false), ("unknown-type-057", false),
        ("unknown-type-", false), ("unknown-type-x", false), ("consent-given", false), ("", false),
        ("unknown-type-18446744073709551615", true), ("unknown-type-18446744073709551616", false),
    ])
    func namesOfUnknownTypes(_ name: String, _ isOne: Bool) {
        #expect(Payload.isUnknownTypeName(name) == isOne)
    }
}
