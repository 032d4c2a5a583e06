internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules

/// Compares what a provider holds of people with what the ledger answers.
struct Reconciliation {
    /// What the provider holds of a contact.
    enum Standing {
        case out
        case `in`
        /// The row is about another channel or sender than what is compared.
        case elsewhere
    }

    /// Someone of whom provider and ledger do not say the same.
    struct Finding {
        enum Side: String, CaseIterable {
            /// The provider holds them as opted out, and the ledger would message them.
            case theirsOnly = "theirs-only"
            /// The ledger holds them as opted out, and the provider does not.
            case oursOnly = "ours-only"
        }

        let side: Side
        let contact: ContactAddress
        let channel: String
        let sender: String?
        /// Where the provider's list has them.
        let line: Int?
        /// What the ledger answers.
        let decision: String
        let reason: String

        /// The finding as a row of CSV.
        var row: String {
            CSVRow.text([
                side.rawValue, contact.text, channel, sender ?? "", line.map(String.init) ?? "", decision, reason,
            ])
        }

        /// The opt-out that the ledger lacks, as a row for `consent import`; `nil` where it lacks none. Without a sender it
        /// is of all of them: an opt-out fails wide.
        var proposal: String? {
            guard side == .theirsOnly else { return nil }
            return CSVRow.text([contact.text, "opt-out", channel, sender ?? "", "suppressed by the provider"])
        }
    }

    private let snapshot: LedgerSnapshot
    private let business: Catalog.Business
    private let channel: String
    private let sender: String?
    private let categories: [String]
    private let defaultRegion: String?
    private let now: Timestamp
    /// The senders that use the channel.
    private let channelSenders: [String]

    private static let batchCount = 4_096

    /// Throws what is wrong with the channel, the sender or a category. Without categories, those count that an opt-out
    /// stops.
    init(
        _ snapshot: LedgerSnapshot, business: Catalog.Business, channel: String, sender: String?, categories: [String],
        defaultRegion: String?, now: Timestamp
    ) throws {
        self.snapshot = snapshot
        self.business = business
        self.channel = channel
        self.sender = sender
        self.categories =
            categories.isEmpty
            ? business.categories.values
                .filter { $0.window.until == nil && ["consent", "legitimate-interest"].contains($0.basis) }
                .map(\.id).sorted() : categories
        self.defaultRegion = defaultRegion
        self.now = now
        channelSenders = business.senders.values.filter { $0.channels.contains(channel) }.map(\.id).sorted()
        for category in self.categories { try snapshot.check(question(category, sender)) }
    }

    /// What the provider says of one contact.
    private struct Entry {
        let contact: ContactAddress
        let line: Int
        /// The senders to ask about; without one, the widest stop counts.
        let senders: [String?]
        /// The sender as the ledger knows it.
        let known: String?
    }

    /// Compares all that `next` gives. `unread` is told of rows that cannot be read, `counted` of each that can, `found` of
    /// each finding: the provider's in the order of its list, then ours in the order in which they were registered.
    func run(
        _ parser: some ImportParser, next: () throws -> [UInt8]?, isStopped: () -> Bool, unread: (String) -> Void,
        counted: (Standing) -> Void, found: (Finding) throws -> Void
    ) throws {
        var parser = parser
        var suppressed: Set<ContactAddress> = []
        var waiting: [Entry] = []
        func take(_ items: [ImportItem]) throws {
            for item in items {
                do {
                    guard let standing = try standing(item) else { continue }
                    let entry = try standing == .elsewhere ? nil : entry(item)
                    counted(standing)
                    guard standing == .out, let entry else { continue }
                    suppressed.insert(entry.contact)
                    suppressed.formUnion(entry.contact.otherSpellings)
                    waiting.append(entry)
                } catch let error as ImportError {
                    unread("\(item.position): \(error)")
                } catch let error as ContactAddressError {
                    unread("\(item.position): \(error)")
                }
            }
            guard waiting.count >= Self.batchCount else { return }
            try compare(waiting, found)
            waiting = []
        }
        while let chunk = try next() { try take(parser.items(in: chunk)) }
        if isStopped() { return }
        try take(parser.finish())
        try compare(waiting, found)
        try compareOurs(suppressed, isStopped: isStopped, found)
    }

    /// What an item says; `nil` where that is nothing. Channels are read as an import reads them: one that is none makes an
    /// opt-out one of all channels, and an opt-in none.
    private func standing(_ item: ImportItem) throws -> Standing? {
        let standing: Standing
        switch item.intent {
        case .optOut, .possibleOptOut: standing = .out
        case .optIn, .resume, .confirm: standing = .in
        case .rejected(let error): throw error
        case .nothing, .contactChanged, .templateCategory: return nil
        }
        if let channels = item.channels {
            if let unknown = channels.first(where: { !Vocabulary.channel.contains($0) }) {
                guard standing == .out else {
                    throw ImportError(
                        .unknownValue, field: "channel",
                        "the channel “\(Terminal.plain(unknown.shortened()))” is none; write one of: "
                            + Vocabulary.channel.words.joined(separator: ", "))
                }
            } else if !channels.contains(channel) {
                return .elsewhere
            }
        }
        if let sender {
            let known = knownSenders(item)
            if !known.isEmpty, !known.contains(sender) { return .elsewhere }
        }
        return standing
    }

    /// The senders that an item names, of those that use the channel.
    private func knownSenders(_ item: ImportItem) -> [String] {
        business.senders(named: item.senders).filter(channelSenders.contains)
    }

    /// Whom an item is about.
    private func entry(_ item: ImportItem) throws -> Entry {
        guard let contact = item.contact else {
            throw ImportError(
                .missing, field: "contact", "the row has no contact; fill in the cell or leave the row out")
        }
        let senders: [String?] = sender.map { [$0] } ?? knownSenders(item)
        return Entry(
            contact: try ContactAddress(contact.text, notation: contact.notation, defaultRegion: defaultRegion),
            line: item.position.line, senders: senders.isEmpty ? [nil] + channelSenders : senders,
            known: senders.first ?? nil)
    }

    /// Whom of those that the provider holds as opted out the ledger would message.
    private func compare(_ entries: [Entry], _ found: (Finding) throws -> Void) throws {
        var inquiries: [Inquiry] = []
        for entry in entries {
            for sender in entry.senders {
                for category in categories {
                    inquiries.append(Inquiry(question(category, sender), contact: entry.contact))
                }
            }
        }
        var answers = try snapshot.decide(inquiries)[...]
        for entry in entries {
            let count = entry.senders.count * categories.count
            let own = try answers.prefix(count).map { try $0.get() }
            answers = answers.dropFirst(count)
            guard let answer = own.first(where: { $0.decision.outcome != .deny }) else { continue }
            try found(finding(.theirsOnly, entry.contact, entry.known, line: entry.line, answer))
        }
    }

    /// Whom the ledger holds as opted out of all that is compared and the provider does not.
    private func compareOurs(
        _ suppressed: Set<ContactAddress>, isStopped: () -> Bool, _ found: (Finding) throws -> Void
    ) throws {
        var waiting: [ContactAddress] = []
        func settle() throws {
            let inquiries = waiting.flatMap { contact in
                categories.map { Inquiry(question($0, sender), contact: contact) }
            }
            var answers = try snapshot.decide(inquiries)[...]
            for contact in waiting {
                let own = try answers.prefix(categories.count).map { try $0.get() }
                answers = answers.dropFirst(categories.count)
                guard let first = own.first,
                    own.allSatisfy({ $0.decision.outcome == .deny && $0.decision.reasons.first?.code.isStop == true })
                else { continue }
                try found(finding(.oursOnly, contact, sender, line: nil, first))
            }
            waiting = []
        }
        try snapshot.forEachContact { address, business, _ in
            guard business == self.business.id, Self.reaches(address, by: channel), !suppressed.contains(address),
                !isStopped()
            else { return }
            waiting.append(address)
            if waiting.count >= Self.batchCount { try settle() }
        }
        try settle()
    }

    private func finding(
        _ side: Finding.Side, _ contact: ContactAddress, _ sender: String?, line: Int?, _ answer: Answer
    ) -> Finding {
        let codes = answer.decision.reasons.map(\.code.rawValue).joined(separator: " ")
        return Finding(
            side: side, contact: contact, channel: channel, sender: sender, line: line,
            decision: answer.decision.outcome.rawValue, reason: "\(answer.question.category): \(codes)")
    }

    private func question(_ category: String, _ sender: String?) -> Question {
        Question(business: business.id, channel: channel, category: category, sender: sender, at: now)
    }

    /// Whether an address is one that the channel reaches.
    private static func reaches(_ address: ContactAddress, by channel: String) -> Bool {
        switch address.kind {
        case .email: channel == "email"
        case .whatsAppUser: channel == "whatsapp"
        case .phone: channel != "email"
        }
    }
}
