internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules

/// What is asked of every person of a request, and by what is known.
struct AskedTerms: Sendable {
    /// The business, where it is named.
    var business: String?
    /// The moment asked about; `nil` is now.
    var at: Timestamp?
    /// What may be known; everything unless it is said.
    var knownAt = KnownAt.everything
    /// No answer, but an error, where the ledger's last record is older, in milliseconds.
    var mostAge: UInt64?

    /// Takes them out of a request.
    init(_ members: inout RequestMembers) throws {
        business = try members.text("business")
        at = try members.time("at")?.start
        let time = try members.time("known-at")
        let size = try members.number("known-size")
        guard time == nil || size == nil else {
            throw ServerError(.malformedRequest, "say either “known-at” or “known-size”")
        }
        if let time { knownAt = .time(time.end) }
        if let size { knownAt = .size(size) }
        mostAge = try members.number("max-age-ms")
    }

    /// Throws `stale` where the last record is older than is allowed, and `badInput` for a size that there is not.
    func check(_ snapshot: LedgerSnapshot, now: Timestamp) throws {
        try snapshot.refuseOlder(than: mostAge, now: now)
        if case .size(let size) = knownAt, size > snapshot.size {
            throw LedgerError(.badInput, "the ledger has \(snapshot.size) records, not \(size)")
        }
    }

    /// The moment asked about. Now is never before the last record, or a clock set back could hide what it says.
    func moment(_ snapshot: LedgerSnapshot, now: Timestamp) -> Timestamp { at ?? max(now, snapshot.lastRecordedAt) }
}

/// What is asked of one person.
struct AskedQuestion: Sendable {
    let contact: ContactAddress
    let channel: String
    let categories: [String]
    let template: String?
    let sender: String?
    let basis: String?
    let replyingTo: Timestamp?
    let purpose: Question.Purpose
    /// The asker's own reference, kept in a clearance.
    let reference: String?

    /// Reads a question; `usual` has what it does not say itself.
    init(_ value: JSONValue, place: String, usual: [String: String] = [:]) throws {
        var members = try RequestMembers(value, place: place)
        func text(_ name: String) throws -> String? { try members.text(name) ?? usual[name] }
        let contact = try members.needed("contact")
        guard let channel = try text("channel") else {
            throw ServerError(.malformedRequest, "“channel” of \(place) is not there")
        }
        self.channel = channel
        let category = try members.text("category")
        let several = try members.texts("categories")
        guard category == nil || several == nil else {
            throw ServerError(.malformedRequest, "\(place) says either “category” or “categories”")
        }
        categories = several ?? (category ?? usual["category"]).map { [$0] } ?? []
        template = try text("template")
        sender = try text("sender")
        basis = try text("basis")
        replyingTo = try members.time("replying-to")?.start
        let purpose = try members.text("for") ?? Question.Purpose.message.rawValue
        guard let known = Question.Purpose(rawValue: purpose) else {
            let words = Question.Purpose.allCases.map(\.rawValue).joined(separator: ", ")
            throw ServerError(.malformedRequest, "“for” of \(place) is one of \(words)")
        }
        self.purpose = known
        reference = try members.text("reference")
        guard reference.map({ 1...200 ~= $0.utf8.count }) ?? true else {
            throw ServerError(.malformedRequest, "“reference” of \(place) has 1 to 200 bytes")
        }
        try members.finish()
        guard !categories.isEmpty || template != nil || known == .optOutConfirmation else {
            throw ServerError(.malformedRequest, "“category” of \(place) is not there")
        }
        self.contact = try ContactAddress(parsing: contact)
    }

    func question(of business: String, at moment: Timestamp, knownAt: KnownAt) -> Question {
        Question(
            business: business, channel: channel, category: categories.first ?? "",
            alsoAbout: Array(categories.dropFirst()), template: template, sender: sender, at: moment, knownAt: knownAt,
            assertedBasis: basis, replyingTo: replyingTo, purpose: purpose)
    }
}

extension LedgerSnapshot {
    private static let mostAhead: UInt64 = 5000

    /// Throws `stale` where the last record is older than is allowed, in milliseconds, or that cannot be told.
    func refuseOlder(than mostAge: UInt64?, now: Timestamp) throws(ServerError) {
        guard let mostAge else { return }
        // Others may have recorded since we looked at the clock; that is not long.
        guard lastRecordedAt <= now.adding(milliseconds: Self.mostAhead) else {
            throw ServerError(
                .stale,
                "the server's clock is behind the ledger's last record, so that how old that is, is not known; no answer is "
                    + "given")
        }
        guard age(at: now) > mostAge else { return }
        throw ServerError(
            .stale,
            "the ledger's last record is \(age(at: now)) ms old, and max-age-ms allows \(mostAge); no answer is given")
    }
}
