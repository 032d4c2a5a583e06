public import ConsentModel
public import ConsentRules

/// Answers the rows of a file: each contact one question.
public struct Screening: Sendable {
    /// What comes of a batch.
    public struct Screened: Sendable {
        /// The rows that are given back, as they stand in the output.
        public var bytes: [UInt8] = []
        public var summary = ScreeningSummary()
        /// The answers as leaves of a clearance, in the order of the rows that have one; none without terms.
        public var cleared: [ClearedDecision] = []
    }

    private let question: Question
    private let layout: ScreeningLayout
    private let options: ScreeningOptions
    /// What the answers are cleared on, and the sender's reference.
    private let clearing: (terms: ClearanceTerms, reference: String?)?
    /// The first moment at which the ledger had all that is asked about, where rows have times of their own.
    private let beginning: Timestamp
    /// What the answers in the file rest on, where it has some.
    private let earlier: EarlierAnswers?

    /// A row's time may be later than the moment asked about by so much, in milliseconds: clocks differ.
    private static let mostAhead: UInt64 = 3_600_000
    /// A time known to no better than this, in milliseconds, is asked about at both of its ends.
    private static let precise: UInt64 = 60_000

    /// Asks `question` about every row; rows with a time of their own are asked about that. With `terms`, every answer is
    /// made into a leaf of a clearance on them, with the sender's `reference`. Throws what is wrong with the question
    /// itself, whoever it is about.
    public init(
        _ question: Question, layout: ScreeningLayout, options: ScreeningOptions, in snapshot: LedgerSnapshot,
        clearing terms: ClearanceTerms? = nil, reference: String? = nil
    ) throws {
        self.question = question
        self.layout = layout
        self.options = options
        clearing = terms.map { ($0, reference) }
        try snapshot.check(question)
        let hasTimes = layout.at != nil || layout.knownAt != nil
        beginning = hasTimes ? try snapshot.beginning(of: question) : .epoch
        earlier = try options.changedSince.map { try EarlierAnswers(size: $0, question, snapshot) }
    }

    /// What is asked about a row: its place among the batch's inquiries. More than one where its time is not known well.
    private struct Asked {
        var then: Range<Int> = 0..<0
        var now: Range<Int> = 0..<0
        /// Whether nobody can say what was answered then.
        var isBeforeBeginning = false
    }

    /// An answer as it stands in a row.
    fileprivate struct Cells {
        let ground: ScreeningSummary.Ground
        let next: String

        /// Of what nobody answered.
        static let none = Cells(ground: ScreeningSummary.Ground(verdict: .error, reason: ""), next: "")
    }

    /// What came of an inquiry.
    private enum Found {
        case cells(Cells)
        case error(any Error)
    }

    /// Answers the rows of a batch, in their order. Throws only where nothing can be answered.
    public func screen(_ batch: ScreeningReader.Batch, in snapshot: LedgerSnapshot) throws -> Screened {
        try screen(batch, answering: { try snapshot.decide($0, do: $1) }, clearingIn: snapshot)
    }

    /// The same, and counts what is allowed as sent: each batch in one transaction, by what is known then. A row sees the
    /// uses of those before it. Clears nothing, since the batches rest on different records.
    public func screen(_ batch: ScreeningReader.Batch, reservingIn ledger: Ledger) throws -> Screened {
        try screen(
            batch,
            answering: { inquiries, body in
                // However long the file takes, what it allows is sent from now on.
                let now = max(question.at, ledger.clock.now())
                let answers = try ledger.reserve(
                    batch: inquiries.map { inquiry in
                        var question = inquiry.question
                        question.at = now
                        return (question, inquiry.contact)
                    })
                for (place, answer) in answers.enumerated() { try body(place, answer) }
            },
            clearingIn: nil)
    }

    /// `answering` calls its argument with the answer to each inquiry, in whatever order.
    private func screen(
        _ batch: ScreeningReader.Batch,
        answering: ([Inquiry], (Int, Result<Answer, any Error>) throws -> Void) throws -> Void,
        clearingIn snapshot: LedgerSnapshot?
    ) throws -> Screened {
        var inquiries: [Inquiry] = []
        inquiries.reserveCapacity(batch.rows.count)
        let asked = batch.rows.map { row in Result { try ask(row, &inquiries) } }
        var found = [Found](repeating: .cells(Cells.none), count: inquiries.count)
        var cleared = [ClearedDecision?](repeating: nil, count: clearing == nil ? 0 : inquiries.count)
        try answering(inquiries) { place, answer in
            switch answer {
            case .success(let answer):
                found[place] = .cells(Cells(answer.decision))
                guard !cleared.isEmpty, let snapshot else { return }
                cleared[place] = try self.cleared(answer, contact: inquiries[place].contact, in: snapshot)
            case .failure(let error): found[place] = .error(error)
            }
        }
        var screened = Screened()
        var changed: [EarlierAnswers.Changed] = []
        screened.bytes.reserveCapacity(batch.rows.reduce(0) { $0 + $1.source.count + 32 })
        for (row, asked) in zip(batch.rows, asked) {
            let then: Cells
            var now: Cells?
            switch asked {
            case .success(let asked):
                if asked.isBeforeBeginning {
                    then = try cells([.error(beforeBeginning)], of: row, &screened.summary)
                } else {
                    then = try cells(found[asked.then], of: row, &screened.summary)
                }
                if !cleared.isEmpty { screened.cleared += cleared[asked.then].compactMap { $0 } }
                if !asked.now.isEmpty { now = try cells(found[asked.now], of: row, &screened.summary) }
            case .failure(let error): then = try cells([.error(error)], of: row, &screened.summary)
            }
            let isWritten = write(row, then, now: now, to: &screened)
            if isWritten, earlier != nil, let columns = layout.earlier, row.count == layout.count,
                let asked = try? asked.get(), let place = asked.then.first
            {
                changed.append(
                    EarlierAnswers.Changed(
                        line: row.line, contact: inquiries[place].contact, was: row[columns[0]],
                        verdict: then.ground.verdict))
            }
        }
        try earlier?.refuseOthers(changed) { inquiries in
            var decisions = [Decision.Outcome?](repeating: nil, count: inquiries.count)
            try answering(inquiries) { decisions[$0] = try $1.get().decision.outcome }
            return decisions
        }
        return screened
    }

    // MARK: Asking

    private func ask(_ row: CSVReader.Row, _ inquiries: inout [Inquiry]) throws -> Asked {
        if let fault = row.fault { throw fault }
        guard !layout.isShifted(row) else {
            throw ImportError(
                .malformed,
                "the row has \(row.count) fields and the header \(layout.count); quote the field with a separator in it"
            )
        }
        guard options.encoding != .utf8 || row.source.isUTF8 else {
            throw ImportError(
                .encoding,
                "the row is not in utf-8, as the file should be; mend it, or name the encoding with --encoding")
        }
        let contact = try contact(of: row)
        var asked = Asked()
        guard layout.at != nil || layout.knownAt != nil else {
            asked.then = inquiries.count..<inquiries.count + 1
            inquiries.append(Inquiry(question, contact: contact))
            return asked
        }
        let at = try layout.at.map { try time(of: row, column: $0, "at") }
        let knownAt = try layout.knownAt.map { try time(of: row, column: $0, "known-at") }
        let moments = at.map { $0.precision > Self.precise ? [$0.start, $0.end] : [$0.start] } ?? [question.at]
        // Reserving and sending are not of the same moment.
        let reservedSince = at.map { $0.start.subtracting(milliseconds: Catalog.clockTolerance) }
        let start = inquiries.count
        if (knownAt ?? at).map({ $0.end < beginning }) ?? false {
            asked.isBeforeBeginning = true
        } else {
            for moment in moments {
                var question = question
                // Of a time that begins before the ledger knew the business, the part since then can be asked about.
                let moment = knownAt == nil ? max(moment, beginning) : moment
                question.at = min(moment, question.at)
                question.knownAt = .time(knownAt?.end ?? max(beginning, at?.precise(at: moment) ?? moment))
                inquiries.append(Inquiry(question, contact: contact, reservedSince: reservedSince))
            }
        }
        asked.then = start..<inquiries.count
        for moment in moments {
            var question = question
            question.at = min(moment, question.at)
            inquiries.append(Inquiry(question, contact: contact, reservedSince: reservedSince))
        }
        asked.now = asked.then.upperBound..<inquiries.count
        return asked
    }

    private var beforeBeginning: RulesError {
        RulesError(
            .unknownBusiness,
            "at the row's time the ledger did not have what is asked about, which it has since \(beginning); nobody can "
                + "say what it would have answered")
    }

    private func contact(of row: CSVReader.Row) throws -> ContactAddress {
        let (notation, column) = layout.contact
        guard column < row.count, !row[column].isEmpty else {
            throw ImportError(
                .missing, field: "contact", "the row has no contact; fill in the cell or leave the row out")
        }
        guard !row.isCut(column), let text = options.encoding.decode(row[column]) else {
            throw ImportError(.encoding, field: "contact", "the contact is not in \(options.encoding.rawValue)")
        }
        return try ContactAddress(
            notation == .any ? text : String(ContactTyping.trimmed(text)), notation: notation,
            defaultRegion: options.defaultRegion)
    }

    private func time(of row: CSVReader.Row, column: Int, _ field: String) throws -> OccurredAt {
        guard column < row.count, let text = options.encoding.decode(row[column]), !text.isEmpty else {
            throw ImportError(.missing, field: field, "the row has no time in that column; fill it in")
        }
        let read = try ImportTime(parsing: String(ContactTyping.trimmed(text)), order: options.dateOrder, field: field)
        guard read.milliseconds >= 0, let start = Timestamp(milliseconds: UInt64(read.milliseconds)),
            let time = OccurredAt(start: start, precision: UInt64(read.precision))
        else { throw ImportError(.time, field: field, "the row's time is before 1970 or after 9999; correct it") }
        guard start <= question.at.adding(milliseconds: Self.mostAhead) else {
            throw ImportError(.time, field: field, "the row's time, \(start), is still to come; correct it")
        }
        return time
    }

    // MARK: Answering

    /// The answer as a leaf, where there are terms.
    private func cleared(
        _ answer: Answer, contact: ContactAddress, in snapshot: LedgerSnapshot
    ) throws -> ClearedDecision? {
        guard let (terms, reference) = clearing else { return nil }
        let business = answer.question.business
        return try terms.decision(
            answer, contact: contact, reach: snapshot.reach(of: contact, answering: answer.question),
            rules: snapshot.rules(for: business), reference: reference)
    }

    /// Of several answers about one row, the least permissive counts.
    private func cells(
        _ found: some Sequence<Found>, of row: CSVReader.Row, _ summary: inout ScreeningSummary
    ) throws -> Cells {
        var least: Cells?
        for found in found {
            let cells: Cells
            switch found {
            case .cells(let answered): cells = answered
            case .error(let error):
                guard let code = Self.code(ofRow: error) else { throw error }
                summary.add(ScreeningSummary.RowError(line: row.line, description: "\(error)"))
                cells = Cells(ground: ScreeningSummary.Ground(verdict: .error, reason: code), next: "")
            }
            if least.map({ $0.ground.verdict.rank < cells.ground.verdict.rank }) ?? true { least = cells }
        }
        guard let least else { throw LedgerError(.damaged, "a row was asked nothing") }
        return least
    }

    /// The code of an error that concerns one row alone; `nil` where nothing can be answered.
    private static func code(ofRow error: any Error) -> String? {
        switch error {
        case let error as ImportError: error.code.name
        case let error as ContactAddressError: error.code.name
        case let error as RulesError: error.code.name
        default: nil
        }
    }

    /// Writes the row unless it is not wanted; whether it is.
    private func write(_ row: CSVReader.Row, _ then: Cells, now: Cells?, to screened: inout Screened) -> Bool {
        var cells = [then.ground.verdict.rawValue, then.ground.reason, then.next]
        if layout.hasDecisionNow { cells.append((now ?? then).ground.verdict.rawValue) }
        let isAllowed = then.ground.verdict == .allow
        var isWritten = isAllowed || !options.isOnlyAllowed
        if isWritten, let earlier = layout.earlier, row.count == layout.count {
            // Two errors are the same: neither is an answer.
            let isError = then.ground.verdict == .error && row[earlier[0]].elementsEqual(cells[0].utf8)
            isWritten = !isError && zip(earlier, cells).contains { !row[$0].elementsEqual($1.utf8) }
        }
        if isWritten { layout.write(row, cells: cells, to: &screened.bytes) }
        screened.summary.add(
            then.ground, isWritten: isWritten,
            isAllowedThenOnly: isAllowed && now.map { $0.ground.verdict != .allow } ?? false)
        return isWritten
    }
}

extension Screening.Cells {
    fileprivate init(_ decision: Decision) {
        var text = ""
        for (position, reason) in decision.reasons.enumerated() {
            let isRepeated = decision.reasons[..<position].contains { $0.code == reason.code }
            guard !isRepeated else { continue }
            text = text.isEmpty ? reason.code.rawValue : text + " " + reason.code.rawValue
        }
        self.init(
            ground: ScreeningSummary.Ground(verdict: ScreeningSummary.Verdict(decision.outcome), reason: text),
            next: decision.nextAllowedAt?.description ?? "")
    }
}

extension ScreeningSummary.Verdict {
    /// The higher, the less it permits.
    fileprivate var rank: Int {
        switch self {
        case .allow: 0
        case .defer: 1
        case .deny: 2
        case .error: 3
        }
    }
}

extension OccurredAt {
    /// By when something at `moment` of the interval was done: to the end of what is known of it.
    fileprivate func precise(at moment: Timestamp) -> Timestamp { precision > 60_000 ? moment : end }
}

extension ArraySlice<UInt8> {
    /// Whether the bytes are UTF-8.
    fileprivate var isUTF8: Bool {
        withUnsafeBufferPointer { bytes in
            bytes.reduce(0, |) < 0x80
        } || String(validating: self, as: UTF8.self) != nil
    }
}

/// What a log of sends says of opt-outs.
extension Screening {
    /// A message that was sent.
    public struct Send: Sendable {
        /// What is known of it.
        public enum Outcome: Sendable {
            /// It was sent then, or soon after; `stop` is the record by which it should not have been, as is known now.
            case answered(sentAt: Timestamp, stop: UInt64?)
            case unreadable(ScreeningSummary.RowError)
        }

        public let outcome: Outcome
    }

    /// Whether the rows of a log of sends were sent after the person had opted out. Throws only where nothing can be
    /// answered.
    public func sends(_ batch: ScreeningReader.Batch, in snapshot: LedgerSnapshot) throws -> [Send] {
        var inquiries: [Inquiry] = []
        let asked = batch.rows.map { row in Result { try ask(row, &inquiries) } }
        let answers = try snapshot.decide(inquiries)
        return try zip(batch.rows, asked).map { row, asked in
            do {
                // Of a time that is not known well, the first moment: later than it is what is surely after an opt-out.
                let position = try asked.get().now.lowerBound
                let decision = try answers[position].get().decision
                let stop = decision.outcome == .deny ? decision.reasons.first?.records.first : nil
                return Send(outcome: .answered(sentAt: inquiries[position].question.at, stop: stop))
            } catch {
                guard Self.code(ofRow: error) != nil else { throw error }
                return Send(
                    outcome: .unreadable(ScreeningSummary.RowError(line: row.line, description: "\(error)")))
            }
        }
    }
}
