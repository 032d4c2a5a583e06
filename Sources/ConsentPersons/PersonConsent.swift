internal import ConsentLedger
package import ConsentModel
package import ConsentRules

/// The channels and categories that a person's records speak of, each by itself.
package struct PersonCells {
    /// A channel, a category and, where what was agreed to is limited to senders, the sender.
    package struct Cell: Hashable {
        package let channel: String
        package let category: Catalog.Category
        package let sender: String?

        fileprivate var order: [String] { [category.id, channel, sender ?? ""] }
    }

    /// Those about which the person was asked, agreed or refused.
    package let consents: [Cell]
    /// Those for which another basis began.
    package let bases: [Cell]

    package init(_ records: [PersonRecord], _ business: Catalog.Business) {
        func cells(_ types: Set<EventType>) -> [Cell] {
            var cells: Set<Cell> = []
            for record in records {
                guard let event = record.event, types.contains(event.type) else { continue }
                for channel in event.channels ?? [] {
                    for category in (event.categories ?? []).compactMap({ business.categories[$0] }) {
                        for sender in Self.senders(record, event, business) {
                            cells.insert(Cell(channel: channel, category: category, sender: sender))
                        }
                    }
                }
            }
            return cells.sorted { $0.order.lexicographicallyPrecedes($1.order) }
        }
        consents = cells([.consentRequested, .consentGiven, .consentRenewed, .consentRefused])
        bases = cells([.basisBegan])
    }

    /// The senders that an event is limited to; `nil` for one that is not, or is limited to brands that nobody sends for.
    private static func senders(_ record: PersonRecord, _ event: Event, _ business: Catalog.Business) -> [String?] {
        guard let senders = limits(record, event, business) else { return [nil] }
        return senders.isEmpty ? [nil] : senders
    }

    private static func limits(_ record: PersonRecord, _ event: Event, _ business: Catalog.Business) -> [String]? {
        if let senders = event.senders { return senders }
        let brands = event.brands ?? record.notice?.brand.map { [$0] }
        return brands.map { brands in
            business.senders.values.filter { $0.brand.map(brands.contains) ?? false }.map(\.id).sorted()
        }
    }

    /// Whether a record is about a cell without a sender though no answer rests on it: what was agreed to is limited to
    /// brands that nobody sends for.
    static func isOfUnsentBrand(_ record: PersonRecord, _ cell: Cell, _ business: Catalog.Business) -> Bool {
        guard cell.sender == nil, let event = record.event, event.channels?.contains(cell.channel) == true,
            event.categories?.contains(cell.category.id) == true
        else { return false }
        return limits(record, event, business)?.isEmpty == true
    }
}

/// How a consent stands, in the words of W3C DPV. The raw value is the term.
package enum ConsentStatus: String, CaseIterable {
    case given = "ConsentGiven"
    case renewed = "RenewedConsentGiven"
    case requested = "ConsentRequested"
    case refused = "ConsentRefused"
    case withdrawn = "ConsentWithdrawn"
    case revoked = "ConsentRevoked"
    case expired = "ConsentExpired"
    case invalidated = "ConsentInvalidated"
    case unknown = "ConsentUnknown"
    /// Something else stands against it; there is no word for what.
    case notValid = "ConsentStatusInvalidForProcessing"

    /// Whether messages may rest on it.
    package var stands: Bool { self == .given || self == .renewed }

    /// What an event says that a consent became; `nil` where it says nothing of that.
    package init?(_ type: EventType) {
        switch type {
        case .consentRequested: self = .requested
        case .consentGiven, .consentConfirmed: self = .given
        case .consentRenewed: self = .renewed
        case .consentRefused: self = .refused
        case .consentWithdrawn, .objected: self = .withdrawn
        case .consentRevoked: self = .revoked
        case .consentInvalidated: self = .invalidated
        default: return nil
        }
    }

    /// What the ground of an answer says of a consent; `nil` where it says nothing of that.
    fileprivate init?(_ code: Reason.Code) {
        switch code {
        case .consentGiven, .consentConfirmed: self = .given
        case .consentRenewed: self = .renewed
        case .pending: self = .requested
        case .refused: self = .refused
        case .withdrawn, .objected, .doNotContact: self = .withdrawn
        case .revoked: self = .revoked
        case .expired: self = .expired
        case .invalidated: self = .invalidated
        case .noConsent, .noRecord: self = .unknown
        case .complained, .blocked, .reported, .heldForReview, .confirmationTooLate, .confirmationAfterWithdrawal,
            .noticeUnknown, .noticeTooYoung, .noticeDefective, .optInUndated, .importDoesNotRevive, .sourceCompromised,
            .notVerified, .presentationRefused, .contactClosed:
            self = .notValid
        default: return nil
        }
    }
}

/// What a person agreed to, or was asked to: one category on one channel.
package struct PersonConsent {
    package let cell: PersonCells.Cell
    package let status: ConsentStatus
    /// Why, where that is more than the status.
    package let code: Reason.Code?
    /// When it came to be so, where that is known.
    package let since: Timestamp?
    /// What the person and others did about it, in the order of the log; what was voided is left out.
    package let acts: [PersonRecord]
    /// The record whose terms count: the last that gave it, or the request that was confirmed; else the last that asked.
    package let carrier: PersonRecord?

    package init(
        _ cell: PersonCells.Cell, _ explanation: Explanation, _ records: [UInt64: PersonRecord],
        _ business: Catalog.Business
    ) {
        self.cell = cell
        let bearing = (explanation.cells.first?.records ?? []).filter { found in
            guard !found.isOfLinked, found.bearing != .otherScope else {
                return !found.isOfLinked
                    && records[found.index].map { PersonCells.isOfUnsentBrand($0, cell, business) } ?? false
            }
            return ![.voided, .noBearing, .later, .notKnown].contains(found.bearing)
        }
        acts = bearing.compactMap { record in
            guard record.event.type == .consentResumed || ConsentStatus(record.event.type) != nil else { return nil }
            return records[record.index]
        }
        carrier = Self.carrier(of: acts)
        let decision = explanation.decision
        if let last = acts.last?.event, let standing = ConsentStatus(last.type), standing.stands,
            let carrier, PersonCells.isOfUnsentBrand(carrier, cell, business),
            decision.reasons.allSatisfy({ $0.code == .noConsent })
        {
            // It stands, for what nobody sends yet.
            (status, code, since) = (standing, nil, last.occurredAt?.start)
        } else if decision.outcome == .deny,
            let (reason, status) = decision.reasons.lazy.compactMap({ reason in
                ConsentStatus(reason.code).map { (reason, $0) }
            }).first
        {
            // A stop of another address that is tied to this one is told as what it does here, and nothing else of it.
            let isOfLinked = !reason.records.isEmpty && reason.records.allSatisfy { records[$0] == nil }
            self.status = isOfLinked ? .notValid : status
            code = self.status == .notValid && !isOfLinked ? reason.code : nil
            since = isOfLinked ? nil : reason.time
        } else if let grant = bearing.last(where: {
            ($0.bearing == .decides || $0.bearing == .permits) && ConsentStatus($0.event.type)?.stands ?? false
        }) {
            status = ConsentStatus(grant.event.type) ?? .given
            code = nil
            since = grant.event.occurredAt?.start
        } else {
            (status, code, since) = (.unknown, nil, nil)
        }
    }

    private static func carrier(of acts: [PersonRecord]) -> PersonRecord? {
        let grant = acts.last { $0.event.flatMap { ConsentStatus($0.type) }?.stands ?? false }
        if let request = grant?.event?.bytes(.request), grant?.event?.type == .consentConfirmed {
            return acts.first { $0.payload.id.bytes == request } ?? grant
        }
        return grant ?? acts.last { $0.event?.type.isRestriction == false } ?? acts.last
    }

    /// When it ends by itself, where the person was told so.
    package var expiresAt: Timestamp? { carrier?.event?.time(.expiresAt) }
}

/// What rests on another basis than the person's consent: one category on one channel.
package struct PersonBasis {
    package let cell: PersonCells.Cell
    /// Whether messages may rest on it.
    package let stands: Bool
    /// The records of its beginning and end, in the order of the log.
    package let acts: [PersonRecord]

    package var basis: String { cell.category.basis }

    package init(_ cell: PersonCells.Cell, _ explanation: Explanation, _ records: [UInt64: PersonRecord]) {
        self.cell = cell
        let bearing = (explanation.cells.first?.records ?? []).filter {
            !$0.isOfLinked && [.basisBegan, .basisEnded].contains($0.event.type)
                && ![.otherScope, .voided, .later, .notKnown].contains($0.bearing)
        }
        acts = bearing.compactMap { records[$0.index] }
        stands =
            explanation.decision.outcome != .deny
            && bearing.contains { $0.event.type == .basisBegan && [.decides, .permits].contains($0.bearing) }
    }
}
