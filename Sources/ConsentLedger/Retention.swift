public import ConsentModel
public import ConsentRules

/// What retention says of one contact.
public struct RetainedContact: Sendable {
    /// Whether what is kept of it may go.
    public enum Verdict: Sendable {
        /// The person asked to be erased, and the date has come.
        case mayGoAsRequested(Timestamp)
        /// Nothing may be sent to it, and the time for which the proof is kept is over.
        case mayGo(Timestamp)
        /// A legal hold keeps it.
        case held(Hold)
        /// Something may be sent to it, or will be.
        case inUse
        /// The proof is kept until then, by this rule; without one, by the business's own rule or the person's request.
        case kept(until: Timestamp, RuleReference?)
        /// Nothing says how long the proof is kept.
        case undated
    }

    public let contact: ContactAddress
    public let handle: ContactHandle
    /// Whose the address is now.
    public let holder: Holder
    public let recordCount: Int
    /// The request to be erased that waits, if there is one.
    public let request: ErasureRequest?
    public let verdict: Verdict

    /// Whose an address is that a contact was met at.
    public enum Holder: Sendable {
        /// The contact's.
        case itself
        /// Nobody's that the business knows: the number was changed or reassigned.
        case nobody
        /// Another contact's, who may be somebody else.
        case another
    }

    /// Whether the person asked to be erased.
    public var isRequested: Bool { request != nil }

    /// Whether what is kept of it may go now.
    public var mayGo: Bool {
        switch verdict {
        case .mayGoAsRequested, .mayGo: true
        case .held, .inUse, .kept, .undated: false
        }
    }
}

extension ErasureOrder {
    /// The code by which the log says that the time for the proof was over.
    public static let retentionOver = "retention-over"
}

/// How long proof is kept at a business.
struct RetentionRules {
    /// How long the business itself keeps it, in milliseconds from the last opt-in, use or opt-out; `nil`: it has not said.
    var ownKeeping: UInt64?
    let packs: [AdoptedPack]

    /// The rules of the business at that moment: those of its packs that keep evidence, and its own.
    init(_ packs: [AdoptedPack], business: String, at time: Timestamp, ownKeeping: UInt64?) {
        self.packs = packs.inForce(for: business, at: time)
        self.ownKeeping = ownKeeping
    }

    /// Until when what happened last at `moment` is kept of a person who may be in one of these countries, and by which
    /// rule: the one that keeps it longest. A country that is not known is every country.
    func kept(since moment: Timestamp, countries: [String], now: Timestamp) -> (until: Timestamp, rule: RuleReference?)?
    {
        var longest = ownKeeping.map { (until: moment.adding(milliseconds: $0), rule: RuleReference?.none) }
        for adopted in packs {
            for rule in adopted.pack.rules where rule.isInForce(at: now) {
                guard case .keepEvidence(let time) = rule.effect, rule.scope.reaches(countries) else { continue }
                let until = moment.adding(milliseconds: time)
                if longest.map({ $0.until < until }) ?? true { longest = (until, adopted.reference(to: rule)) }
            }
        }
        return longest
    }
}

extension RuleScope {
    /// Whether a person who may be in any of these countries may be in the scope.
    fileprivate func reaches(_ countries: [String]) -> Bool {
        guard !countries.isEmpty else { return true }
        return countries.contains { country in
            (recipientCountries?.contains(country) ?? true) && !(exceptRecipientCountries?.contains(country) ?? false)
        }
    }
}

/// The contacts of a business that are kept, and which of them have or had one address.
private struct KeptContacts {
    struct Contact {
        let address: ContactAddress
        let handle: ContactHandle
        let keepsAddress: Bool
    }

    private(set) var contacts: [Contact] = []
    private var ofAddress: [ContactAddress: [Int]] = [:]

    mutating func add(_ contact: Contact) {
        ofAddress[contact.address, default: []].append(contacts.count)
        contacts.append(contact)
    }

    /// The others that were met at the contact's address, under whatever spelling.
    func others(of contact: Contact) -> [Contact] {
        contact.address.everySpelling.flatMap { ofAddress[$0] ?? [] }.map { contacts[$0] }
            .filter { $0.handle != contact.handle }
    }
}

extension LedgerSnapshot {
    /// Calls `body` with every contact of a business that was not erased, those that no longer have their address too, and
    /// what retention says of it at `now`. `ownKeeping` is how long the business itself keeps proof, in milliseconds.
    public func forEachRetained(
        business: String, now: Timestamp, ownKeeping: UInt64?, _ body: (RetainedContact) throws -> Void
    ) throws {
        // Collected first: a decision looks contacts up, which cannot be done while they are being walked through.
        var kept = KeptContacts()
        try forEveryContact { registration, keepsAddress in
            guard registration.business == business else { return }
            kept.add(
                KeptContacts.Contact(
                    address: try registration.address(keys), handle: registration.handle, keepsAddress: keepsAddress))
        }
        try forEachRetained(kept, business, now, ownKeeping, body)
    }

    /// The same for the contacts that an address ever was, under whatever spelling; none where nothing is kept of it.
    public func retained(
        _ contact: ContactAddress, business: String, now: Timestamp, ownKeeping: UInt64?
    ) throws -> [RetainedContact] {
        var kept = KeptContacts()
        for (registration, keepsAddress) in try everyContact(of: contact, business: business) {
            kept.add(
                KeptContacts.Contact(
                    address: try registration.address(keys), handle: registration.handle, keepsAddress: keepsAddress))
        }
        var found: [RetainedContact] = []
        try forEachRetained(kept, business, now, ownKeeping) { found.append($0) }
        return found
    }

    private func forEachRetained(
        _ kept: KeptContacts, _ business: String, _ now: Timestamp, _ ownKeeping: UInt64?,
        _ body: (RetainedContact) throws -> Void
    ) throws {
        let rules = try RetentionRules(
            packs(business: business), business: business, at: now, ownKeeping: ownKeeping)
        for contact in kept.contacts {
            let others = kept.others(of: contact)
            let timeline = try timeline(of: contact.handle)
            let request = try erasureRequest(for: timeline, others: others.map(\.handle))
            try body(
                RetainedContact(
                    contact: contact.address, handle: contact.handle,
                    holder: contact.keepsAddress
                        ? .itself : others.contains(where: \.keepsAddress) ? .another : .nobody,
                    recordCount: timeline.entries.count, request: request,
                    verdict: verdict(contact, business, timeline, request, rules, now)))
        }
    }

    private func verdict(
        _ contact: KeptContacts.Contact, _ business: String, _ timeline: ContactTimeline, _ request: ErasureRequest?,
        _ rules: RetentionRules, _ now: Timestamp
    ) throws -> RetainedContact.Verdict {
        if let hold = catalog.holds(on: [timeline.handle], business: business, at: now).first { return .held(hold) }
        // Nothing is sent to a contact that no longer has its address.
        if try contact.keepsAddress && request == nil && isInUse(contact.address, business, timeline, now) {
            return .inUse
        }
        let last = try lastUse(of: contact, business, timeline)
        // A duty to keep proof goes on for who asked to be erased; the business's own wish to does not.
        var duties = rules
        if request != nil { duties.ownKeeping = nil }
        let duty = duties.kept(since: last, countries: contact.address.countries, now: now)
        if let request {
            guard let end = [request.erasesAt, duty?.until].compactMap(\.self).max() else { return .undated }
            if end <= now { return .mayGoAsRequested(end) }
            return .kept(until: end, duty?.until == end ? duty?.rule : nil)
        }
        guard let duty else { return .undated }
        return duty.until <= now ? .mayGo(duty.until) : .kept(until: duty.until, duty.rule)
    }

    /// Whether something may be sent to the contact that its records allow, now or later.
    private func isInUse(
        _ contact: ContactAddress, _ business: String, _ timeline: ContactTimeline, _ now: Timestamp
    ) throws -> Bool {
        var cells: Set<[String]> = []
        for entry in timeline.entries {
            guard case .event(let event) = entry.payload, !event.type.isRestriction else { continue }
            for channel in event.channels ?? [] {
                for category in event.categories ?? [] { cells.insert([channel, category]) }
            }
        }
        let rules = try rules(for: business)
        return try cells.contains { cell in
            let question = Question(business: business, channel: cell[0], category: cell[1], at: now)
            return try decide(question, contact: contact, by: rules).decision.outcome != .deny
        }
    }

    /// When the person last agreed, was messaged or left, as far as is known: what may be missing of the uses counts as
    /// used.
    private func lastUse(
        of contact: KeptContacts.Contact, _ business: String, _ timeline: ContactTimeline
    ) throws -> Timestamp {
        // To look at the proof, or to hold it, is no use of it.
        let recorded =
            timeline.entries.filter { entry in
                guard case .event(let event) = entry.payload else { return true }
                return ![.evidenceAttached, .holdAdded, .holdLifted].contains(event.type)
            }.map(\.recordedAt).max() ?? .epoch
        // All that was sent came before the record that took the address; what came after is another contact's.
        guard contact.keepsAddress else { return recorded }
        let used = try uses(of: contact.address, business: business).map(\.use.at).max() ?? .epoch
        let missing = useCount?.incompleteUntil.map { min($0, lastRecordedAt) } ?? .epoch
        return max(recorded, used, missing)
    }
}
