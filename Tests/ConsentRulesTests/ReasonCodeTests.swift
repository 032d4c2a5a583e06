import ConsentModel
import ConsentRules
import Testing

/// Every reason code has a case here; the compiler sees to it.
@Suite struct ReasonCodeTests {
    @Test(arguments: Reason.Code.allCases)
    func everyCodeIsGivenWhenItIsDue(_ code: Reason.Code) throws {
        var contact = try TestContact()
        switch code {
        case .consentGiven:
            try contact.add(.consentGiven, at: 10)
            try expect(contact, "allow consent-given", [100], minute(10))
        case .consentConfirmed:
            let request = try contact.add(.consentRequested, at: 10)
            try contact.add(.consentConfirmed, at: 11, [.request: .bytes(request.bytes)])
            try expect(contact, "allow consent-confirmed", [100, 101], minute(11))
        case .consentRenewed:
            try contact.add(.consentGiven, at: 10)
            try contact.add(.consentRenewed, at: 12)
            try expect(contact, "allow consent-renewed", [101], minute(12))
        case .basisRecorded:
            try contact.add(.basisBegan, at: 10, [.basis: word("contract"), .categories: words("orders")])
            try expect(contact, "allow basis-recorded", [100], minute(10), category: "orders")
        case .basisAsserted:
            try expect(contact, "allow basis-asserted", [], nil, category: "orders", assertedBasis: "contract")
        case .noticeReconstructed:
            try contact.add(.consentGiven, at: 10, [.notice: notice("flyer")])
            try expect(contact, "allow consent-given notice-reconstructed", [100], minute(10))
        case .noRecord:
            try expect(contact, "deny no-record", [], nil)
        case .noConsent:
            try contact.add(.consentGiven, at: 10, [.channels: words("sms")])
            try expect(contact, "deny no-consent", [], nil)
        case .noBasis:
            try contact.add(.consentGiven, at: 10)
            try expect(contact, "deny no-basis", [], nil, category: "orders")
        case .pending:
            try contact.add(.consentRequested, at: 10)
            try expect(contact, "deny pending", [100], minute(10))
        case .confirmationTooLate:
            let request = try contact.add(.consentRequested, at: 10, [.validFor: .number(60_000)])
            try contact.add(.consentConfirmed, at: 12, [.request: .bytes(request.bytes)])
            try expect(contact, "deny confirmation-too-late", [100, 101], minute(11))
        case .confirmationAfterWithdrawal:
            let request = try contact.add(.consentRequested, at: 10)
            try contact.add(.consentWithdrawn, at: 11)
            try contact.add(.consentConfirmed, at: 12, [.request: .bytes(request.bytes)])
            try expect(contact, "deny withdrawn confirmation-after-withdrawal", [101], minute(11))
        case .refused:
            try contact.add(.consentRefused, at: 10)
            try expect(contact, "deny refused", [100], minute(10))
        case .withdrawn:
            try contact.add(.consentWithdrawn, at: 10)
            try expect(contact, "deny withdrawn", [100], minute(10))
        case .revoked:
            try contact.add(.consentRevoked, at: 10)
            try expect(contact, "deny revoked", [100], minute(10))
        case .invalidated:
            try contact.add(.consentInvalidated, at: 10)
            try expect(contact, "deny invalidated", [100], minute(10))
        case .objected:
            try contact.add(.objected, at: 10)
            try expect(contact, "deny objected", [100], minute(10))
        case .expired:
            try contact.add(.consentGiven, at: 10, [.expiresAt: time(minute(20))])
            try expect(contact, "deny expired", [100], minute(20))
        case .noticeUnknown:
            try contact.add(.consentGiven, at: 10, bare: true)
            try expect(contact, "deny notice-unknown", [100], nil)
        case .noticeTooYoung:
            contact.ledger.now = minute(20)
            let published = try contact.ledger.publish("late")
            try contact.add(.consentGiven, at: 10, [.notice: notice("late")])
            try expect(contact, "deny notice-too-young", [101, published], minute(10))
        case .optInUndated:
            try contact.add(.consentGiven, recorded: 10, [.imported: .mark])
            try expect(contact, "deny opt-in-undated", [100], nil)
        case .importDoesNotRevive:
            try contact.add(.consentWithdrawn, at: 10)
            try contact.add(.consentGiven, at: 12, [.imported: .mark])
            try expect(contact, "deny withdrawn import-does-not-revive", [100], minute(10))
        case .sourceCompromised:
            try contact.add(.consentGiven, at: 10, source: "shop")
            try contact.ledger.revoke("shop", compromisedSince: minute(9))
            try expect(contact, "deny source-compromised", [100], nil)
        case .doNotContact:
            try contact.add(.objected, at: 10, [.doNotContact: .mark])
            try expect(contact, "deny do-not-contact", [100], minute(10))
        case .complained:
            try contact.add(.complained, at: 10)
            try expect(contact, "deny complained", [100], minute(10))
        case .blocked:
            try contact.add(.blocked, at: 10)
            try expect(contact, "deny blocked", [100], minute(10))
        case .reported:
            try contact.add(.reported, at: 10)
            try expect(contact, "deny reported", [100], minute(10))
        case .heldForReview:
            try contact.add(.reviewOpened, at: 10)
            try expect(contact, "deny held-for-review", [100], minute(10))
        case .contactClosed:
            try contact.add(.consentGiven, at: 10)
            try contact.add(.contactErased, at: 11)
            try expect(contact, "deny contact-closed", [101], minute(11))
        case .categoryRetired:
            try contact.add(.consentGiven, at: 10)
            let retired = try contact.ledger.govern(.categoryRetired, [.category: word("offers")], business: "acme")
            try expect(contact, "deny category-retired", [retired], nil)
        }
    }

    @Test(arguments: Reason.Code.allCases)
    func everyCodeHasItsMeaning(_ code: Reason.Code) {
        #expect(!code.meaning.isEmpty && !code.meaning.hasSuffix("."))
        #expect(code.rawValue.utf8.allSatisfy { 0x61...0x7a ~= $0 || $0 == UInt8(ascii: "-") })
    }

    private func expect(
        _ contact: TestContact, _ summary: String, _ records: [UInt64], _ time: Timestamp?, category: String = "offers",
        assertedBasis: String? = nil, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let decision = try contact.decide(
            Question(
                business: "acme", channel: "whatsapp", category: category, at: minute(25), assertedBasis: assertedBasis)
        )
        #expect(decision.summary == summary, sourceLocation: sourceLocation)
        #expect(decision.reasons.first?.records == records, sourceLocation: sourceLocation)
        #expect(decision.reasons.first?.time == time, sourceLocation: sourceLocation)
    }
}
