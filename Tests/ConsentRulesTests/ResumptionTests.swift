import ConsentModel
import ConsentRules
import Testing

/// What a `consent-resumed` is said to undo is what answers without it and with it show.
@Suite struct ResumptionTests {
    private static let whatsapp: [EventField: FieldValue] = [.via: word("whatsapp")]

    /// Scopes that cover a question about offers by WhatsApp, and ways an act came.
    private static let acts: [[EventField: FieldValue]] = {
        let scopes: [[EventField: FieldValue]] = [
            [:], [.channels: words("whatsapp")], [.channels: words("sms", "whatsapp")], [.categories: words("offers")],
            [.categories: words("marketing")], [.senders: words("wa-viajes")], [.brands: words("viajes")],
            [.doNotContact: .mark],
        ]
        let ways: [[EventField: FieldValue]] = [[:], whatsapp, [.via: word("sms")]]
        return scopes.flatMap { scope in ways.map { scope.merging($0) { $1 } } }
    }()

    private static func undone(by index: UInt64, in contact: TestContact) -> [UInt64] {
        DecisionRules(catalog: contact.ledger.catalog).withdrawals(undoneBy: index, in: contact.timeline)
    }

    @Test func whatIsUndoneIsWhatTheAnswerShows() throws {
        let furnished = try TestLedger.furnished()
        var counts = (undone: 0, standing: 0)
        for withdrawal in Self.acts {
            for resumption in Self.acts {
                for time in [9, 10, 20, nil] {
                    var contact = try TestContact(furnished)
                    try contact.add(.consentGiven, at: 5)
                    let withdrawn = contact.ledger.nextIndex
                    try contact.add(.consentWithdrawn, at: 10, withdrawal)
                    let resumed = contact.ledger.nextIndex
                    try contact.add(.consentResumed, at: time, recorded: 30, resumption)
                    let isUndone = try contact.answer(at: 40) == "allow consent-given"
                    #expect(
                        Self.undone(by: resumed, in: contact) == (isUndone ? [withdrawn] : []),
                        "\(withdrawal) \(resumption) \(String(describing: time))")
                    if isUndone { counts.undone += 1 } else { counts.standing += 1 }
                }
            }
        }
        #expect(counts.undone > 10 && counts.standing > 100)
    }

    @Test func whatIsUndoneAlreadyIsNotUndoneAgain() throws {
        var contact = try TestContact()
        try contact.add(.consentWithdrawn, at: 10, Self.whatsapp)
        let first = contact.ledger.nextIndex
        try contact.add(.consentResumed, at: 20, Self.whatsapp)
        let withdrawn = contact.ledger.nextIndex
        try contact.add(.consentWithdrawn, at: 30, Self.whatsapp)
        let second = contact.ledger.nextIndex
        try contact.add(.consentResumed, at: 40, Self.whatsapp)
        #expect(Self.undone(by: second, in: contact) == [withdrawn])
        let third = contact.ledger.nextIndex
        try contact.add(.consentResumed, at: 50, Self.whatsapp)
        #expect(Self.undone(by: third, in: contact).isEmpty)
        // The record of something else undoes nothing.
        #expect(Self.undone(by: withdrawn, in: contact).isEmpty)
        #expect(Self.undone(by: first + 100, in: contact).isEmpty)
    }

    @Test func whatIsVoidedNeitherUndoesNorIsUndone() throws {
        for voidsWithdrawal in [true, false] {
            var contact = try TestContact()
            let withdrawal = try contact.add(.consentWithdrawn, at: 10, Self.whatsapp)
            let index = contact.ledger.nextIndex
            let resumption = try contact.add(.consentResumed, at: 20, Self.whatsapp)
            #expect(Self.undone(by: index, in: contact) == [index - 1])
            let voided = voidsWithdrawal ? withdrawal : resumption
            try contact.add(.eventVoided, at: 30, [.concerns: .bytes(voided.bytes)])
            #expect(Self.undone(by: index, in: contact).isEmpty)
        }
    }
}
