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
        case .replying:
            try expect(contact, "allow replying", [], minute(20), category: "service") { $0.replyingTo = minute(20) }
        case .optOutConfirmation:
            try contact.add(.consentWithdrawn, at: 22, [.via: word("whatsapp"), .doNotContact: .mark])
            try expect(contact, "allow opt-out-confirmation", [100], minute(22)) { $0.purpose = .optOutConfirmation }
        case .confirmationRequest:
            try contact.add(.consentRequested, at: 10)
            try expect(contact, "allow confirmation-request", [100], minute(10)) { $0.purpose = .confirmationRequest }
        case .noticeReconstructed:
            try contact.add(.consentGiven, at: 10, [.notice: notice("flyer")])
            try expect(contact, "allow consent-given notice-reconstructed", [100], minute(10))
        case .noticeUnknownAccepted:
            try contact.add(.consentGiven, at: 10, bare: true)
            contact.packs = [adopted(rule(.acceptUnknownNotice(until: minute(60))))]
            try expect(contact, "allow consent-given notice-unknown-accepted", [100], minute(10))
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
        case .noticeDefective:
            try contact.ledger.publish("nameless")
            try contact.add(.consentGiven, at: 10, [.notice: notice("nameless")])
            try expect(contact, "deny notice-defective", [101, 100], minute(10))
            let question = Question(business: "acme", channel: "whatsapp", category: "offers", at: minute(25))
            let missing = try contact.decide(question).reasons.flatMap(\.missing)
            #expect(missing.map(\.subject) == [.businessName] && missing.map(\.rule) == [nil])
            #expect(missing.map(\.clause) == ["the text does not name “Acme Viajes, S.A.”"])
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
        case .notVerified:
            try contact.add(.consentGiven, at: 10)
            contact.packs = [adopted(rule(.requireVerification(["double-opt-in", "signed"])))]
            try expect(contact, "deny not-verified", [100], nil)
        case .presentationRefused:
            var presentation = Presentation()
            presentation.preTicked = true
            try contact.add(.consentGiven, at: 10, [.presentation: .presentation(presentation)])
            contact.packs = [adopted(rule(.refusePresentation(["pre-ticked"])))]
            try expect(contact, "deny presentation-refused", [100], nil)
        case .consentRequired:
            contact.packs = [adopted(rule(.requireConsent(orRecorded: ["contract"])))]
            try expect(contact, "deny consent-required", [], nil, category: "orders", assertedBasis: "contract")
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
        case .noMessageToAnswer:
            try expect(contact, "deny no-message-to-answer", [], nil, category: "service")
        case .outsideServiceWindow:
            contact.packs = [adopted(rule(.serviceWindow(60_000)))]
            try expect(contact, "deny outside-service-window", [], minute(21), category: "service") {
                $0.replyingTo = minute(20)
            }
        case .noOptOutToConfirm:
            try contact.add(.consentWithdrawn, at: 22, [.via: word("sms")])
            try expect(contact, "deny no-opt-out-to-confirm", [], nil) { $0.purpose = .optOutConfirmation }
        case .optOutConfirmed:
            try contact.add(.consentWithdrawn, at: 22, [.via: word("whatsapp")])
            try expect(contact, "deny opt-out-confirmed", [100], minute(23)) {
                $0.purpose = .optOutConfirmation
                $0.uses = [use(at: 23, purpose: .optOutConfirmation, concerns: 100)]
            }
        case .optOutConfirmationTooLate:
            try contact.add(.consentWithdrawn, at: 19, [.via: word("whatsapp")])
            try expect(contact, "deny opt-out-confirmation-too-late", [100], minute(24)) {
                $0.purpose = .optOutConfirmation
            }
        case .noPendingRequest:
            try contact.add(.consentGiven, at: 10)
            try expect(contact, "deny no-pending-request", [], nil) { $0.purpose = .confirmationRequest }
        case .alreadyRequested:
            try contact.add(.consentRequested, at: 10)
            try expect(contact, "deny already-requested", [100], minute(11)) {
                $0.purpose = .confirmationRequest
                $0.uses = [use(at: 11, purpose: .confirmationRequest, concerns: 100)]
            }
        case .sentUnknown:
            try contact.add(.consentRequested, at: 10)
            try expect(contact, "deny sent-unknown", [100], nil) {
                $0.purpose = .confirmationRequest
                $0.usesSince = minute(11)
            }
        case .prohibited:
            try contact.add(.consentGiven, at: 10)
            contact.packs = [adopted(rule(.prohibit))]
            try expect(contact, "deny prohibited", [], nil)
        case .notDecidable:
            try contact.add(.consentGiven, at: 10)
            contact.packs = [adopted(rule(.notDecidable))]
            try expect(contact, "deny not-decidable", [], nil)
        case .outsideHours:
            // Minute 25 is 00:25 in UTC, on a Thursday, and 01:25 in Spain.
            try contact.add(.consentGiven, at: 10)
            contact.packs = [adopted(rule(.hours(.init(from: 8 * 60, until: 21 * 60))))]
            try expect(contact, "defer outside-hours", [], minute(7 * 60)) { $0.recipient = .inSpain() }
        case .timeZoneUnknown:
            try contact.add(.consentGiven, at: 10)
            contact.packs = [adopted(rule(.hours(.init(from: 8 * 60, until: 21 * 60))))]
            try expect(contact, "defer time-zone-unknown", [], nil)
        case .capReached:
            try contact.add(.consentGiven, at: 10)
            contact.packs = [adopted(rule(.cap(.init(count: 1, window: 3_600_000, counted: .business))))]
            try expect(contact, "defer cap-reached", [], minute(80)) { $0.uses = [use(at: 20)] }
        case .countsIncomplete:
            try contact.add(.consentGiven, at: 10)
            contact.packs = [adopted(rule(.cap(.init(count: 1, window: 3_600_000, counted: .business))))]
            try expect(contact, "defer counts-incomplete", [], minute(75)) { $0.usesSince = minute(15) }
        }
    }

    @Test(arguments: Reason.Code.allCases)
    func everyCodeHasItsMeaning(_ code: Reason.Code) {
        #expect(!code.meaning.isEmpty && !code.meaning.hasSuffix("."))
        #expect(code.rawValue.utf8.allSatisfy { 0x61...0x7a ~= $0 || $0 == UInt8(ascii: "-") })
    }

    private func expect(
        _ contact: TestContact, _ summary: String, _ records: [UInt64], _ time: Timestamp?, category: String = "offers",
        assertedBasis: String? = nil, sourceLocation: SourceLocation = #_sourceLocation,
        _ change: (inout Question) -> Void = { _ in }
    ) throws {
        var question = Question(
            business: "acme", channel: "whatsapp", category: category, at: minute(25), assertedBasis: assertedBasis)
        change(&question)
        let decision = try contact.decide(question)
        #expect(decision.summary == summary, sourceLocation: sourceLocation)
        #expect(decision.reasons.first?.records == records, sourceLocation: sourceLocation)
        #expect(decision.reasons.first?.time == time, sourceLocation: sourceLocation)
    }
}
