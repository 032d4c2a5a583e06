public import ConsentModel
public import ConsentRules
public import LedgerCrypto
public import TransparencyLog

/// What a clearance shows: of one decision, or of all decisions of its tree.
public struct ClearanceReport: Sendable {
    /// What is wrong with it, at most `ClearanceVerifier.mostFindings`.
    public internal(set) var findings: [Finding] = []
    /// How many things are wrong with it.
    public internal(set) var findingCount: UInt64 = 0
    /// What it does not show, although a reader could think so.
    public internal(set) var notCovered: [NotCovered] = []
    /// How many decisions were looked at, by outcome.
    public internal(set) var outcomes: [Decision.Outcome: UInt64] = [:]

    init() {}

    /// Whether it holds, at the moment that was asked about if there was one.
    public var holds: Bool { findingCount == 0 }

    mutating func add(_ finding: Finding) {
        findingCount += 1
        if findings.count < ClearanceVerifier.mostFindings { findings.append(finding) }
    }
}

/// Checks clearances offline: against the keys and the ledger-id that whoever relies on them pinned (SPEC.md, “What
/// holds”).
public struct ClearanceVerifier: Sendable {
    /// How many findings a report lists.
    public static let mostFindings = 100

    private let keys: [VerifierKey]
    private let ledgerID: SHA256Digest?
    private let time: Timestamp?
    private let message: Message?

    /// A message that is to be sent on a decision, as far as it is known: the decision must be about it. What is `nil` is
    /// not compared, except the sender.
    public struct Message: Hashable, Sendable {
        /// What it is for.
        public let purpose: Question.Purpose
        /// The id of the business that sends it.
        public let business: String?
        /// The address, in its canonical spelling.
        public let contact: String?
        /// How it is sent.
        public let channel: String?
        /// The id of the sender it comes from; `nil` is any, so that a decision about one sender is not about it.
        public let sender: String?
        /// What it is about: the decision must be about each.
        public let categories: [String]

        public init(
            for purpose: Question.Purpose = .message, business: String? = nil, contact: String? = nil,
            channel: String? = nil, sender: String? = nil, categories: [String] = []
        ) {
            self.purpose = purpose
            self.business = business
            self.contact = contact
            self.channel = channel
            self.sender = sender
            self.categories = categories
        }
    }

    /// Trusts `keys` of logs and, if given, no other ledger than the one of `ledgerID`. Whether one may act on it is asked
    /// of `time`; without one it is not asked. Every decision must be about `message`, if one is to be sent.
    public init(
        keys: [VerifierKey], ledgerID: SHA256Digest?, at time: Timestamp?, sending message: Message? = nil
    ) {
        self.message = message
        self.keys = keys
        self.ledgerID = ledgerID
        self.time = time
    }

    /// Checks one decision.
    public func verify(_ shown: ShownDecision) -> ClearanceReport {
        var report = ClearanceReport()
        let (file, leaf) = (shown.file, shown.leaf)
        let clearance = file.signed.clearance
        check(file.signed, &report)
        do { try file.verifyPath() } catch {
            report.add(
                Finding(
                    .notInTree, .tree, index: file.index, expected: clearance.root.description,
                    "The decision is not shown to be in the clearance's tree of \(clearance.count): \(error)"))
        }
        if clearance.count == 1 {
            var tree = ClearanceTree()
            tree.append(MerkleHash.leaf(file.leaf), question: leaf.encoded().question)
            check(inputs: tree.inputs, of: clearance, &report)
        }
        check(leaf, at: file.index, clearance, &report)
        noteCoverage(of: clearance, isWhole: clearance.count == 1, hasStated: leaf.statesInputs, &report)
        return report
    }

    /// Checks all decisions of a clearance. `next` gives the bytes of its file `leaves` in pieces of any size, and `nil` at
    /// their end; `body` is called with each decision that can be read, its place and its bytes. Throws what these two
    /// throw.
    public func verify(
        _ signed: SignedClearance, leaves next: () throws -> [UInt8]?,
        _ body: (_ index: UInt64, _ leaf: DecisionLeaf, _ bytes: [UInt8]) throws -> Void = { _, _, _ in },
        settled: (TreeCoordinate, SHA256Digest) -> Void = { _, _ in }
    ) throws -> ClearanceReport {
        var report = ClearanceReport()
        let clearance = signed.clearance
        check(signed, &report)
        var stream = LeafStream()
        var tree = ClearanceTree()
        var hasStated = false
        do {
            reading: while let piece = try next() {
                stream.take(piece)
                while let bytes = try stream.next() {
                    let index = tree.count
                    guard index < clearance.count else {
                        // No more is read: what follows could be without end.
                        report.add(
                            Finding(
                                .wrongCount, .tree, index: index, expected: "\(clearance.count) decisions",
                                found: "more", "There are more decisions than the \(clearance.count) that were signed"))
                        stream = LeafStream()
                        break reading
                    }
                    let leaf = decision(bytes, at: index, &report)
                    if let leaf {
                        hasStated = hasStated || leaf.statesInputs
                        check(leaf, at: index, clearance, &report)
                        try body(index, leaf, bytes)
                    }
                    tree.append(
                        MerkleHash.leaf(bytes), question: leaf?.encoded().question ?? .zero, completed: settled)
                }
            }
            try stream.end()
        } catch let error as TransparencyLogError {
            report.add(Finding(.malformedLeaves, .structure, index: tree.count, "\(error)"))
        }
        check(tree, of: clearance, &report)
        noteCoverage(of: clearance, isWhole: true, hasStated: hasStated, &report)
        return report
    }

    /// The decision in a leaf; `nil` for one that is none, which goes into the report.
    private func decision(_ bytes: [UInt8], at index: UInt64, _ report: inout ClearanceReport) -> DecisionLeaf? {
        do { return try DecisionLeaf(decoding: bytes) } catch {
            report.add(
                Finding(
                    .malformedDecision, .structure, index: index, found: error.code.name,
                    "Leaf \(index) is no decision that this software can read: \(error)"))
            return nil
        }
    }

    // MARK: The parts

    private func check(_ signed: SignedClearance, _ report: inout ClearanceReport) {
        do { try signed.verify(with: keys) } catch {
            report.add(
                Finding(
                    Finding.Code(name: error.code.name), .tree,
                    "The clearance is not shown to be the ledger's: \(error)"))
        }
        if let ledgerID, ledgerID != signed.clearance.ledgerID {
            report.add(
                Finding(
                    .wrongLedgerID, .signatures, expected: ledgerID.description,
                    found: signed.clearance.ledgerID.description,
                    "The clearance is of another ledger than the pinned one"))
        }
        let clearance = signed.clearance
        if let time, clearance.notAfter < time.milliseconds {
            report.add(
                Finding(
                    .expiredClearance, .replay, expected: "not after \(clearance.lastTime)", found: time.description,
                    "The clearance was good until \(clearance.lastTime), and \(time) is after that; ask again before you "
                        + "send, or give the time of sending with --at"))
        }
    }

    private func check(_ tree: ClearanceTree, of clearance: Clearance, _ report: inout ClearanceReport) {
        guard tree.count == clearance.count else {
            report.add(
                Finding(
                    .wrongCount, .tree, expected: "\(clearance.count) decisions", found: "\(tree.count)",
                    "There are \(tree.count) decisions, and the clearance is of \(clearance.count)"))
            return
        }
        guard tree.root == clearance.root else {
            report.add(
                Finding(
                    .wrongRoot, .tree, expected: clearance.root.description, found: tree.root.description,
                    "The decisions are not those that the clearance is of, or not in their order"))
            return
        }
        check(inputs: tree.inputs, of: clearance, &report)
    }

    private func check(inputs: SHA256Digest, of clearance: Clearance, _ report: inout ClearanceReport) {
        guard inputs != clearance.inputs else { return }
        report.add(
            Finding(
                .wrongInputs, .tree, expected: clearance.inputs.description, found: inputs.description,
                "The questions are not those that the clearance says were asked"))
    }

    /// Checks a decision in its place.
    private func check(
        _ leaf: DecisionLeaf, at index: UInt64, _ clearance: Clearance, _ report: inout ClearanceReport
    ) {
        report.outcomes[leaf.outcome, default: 0] += 1
        if leaf.ledgerID != clearance.ledgerID {
            report.add(
                Finding(
                    .wrongLedgerID, .signatures, index: index, expected: clearance.ledgerID.description,
                    found: leaf.ledgerID.description, "Decision \(index) is of another ledger than its clearance"))
        }
        if leaf.question.at.milliseconds < clearance.decidedAt {
            report.add(
                Finding(
                    .beforeDecision, .replay, index: index, expected: "not before \(clearance.decidedTime)",
                    found: leaf.question.at.description,
                    "Decision \(index) is about a moment before it was made, so that it clears nothing"))
        }
        if leaf.question.at.milliseconds > clearance.notAfter {
            report.add(
                Finding(
                    .afterEnd, .replay, index: index, expected: "not after \(clearance.lastTime)",
                    found: leaf.question.at.description,
                    "Decision \(index) is about a moment after the clearance's end, so that it clears nothing"))
        }
        if let record = leaf.namedRecords.first(where: { $0 >= clearance.logSize }) {
            report.add(
                Finding(
                    .beyondLog, .replay, index: index, expected: "a record below \(clearance.logSize)",
                    found: "\(record)", "Decision \(index) names record \(record), which could not be known"))
        }
        if let message { compare(leaf, at: index, to: message, &report) }
        // That the clearance as a whole has ended is told once; of what no moment is good for, none is told.
        guard let time, time.milliseconds <= clearance.notAfter, leaf.question.at.milliseconds <= clearance.notAfter
        else { return }
        if time < leaf.question.at {
            report.add(
                Finding(
                    .notYet, .replay, index: index, expected: "not before \(leaf.question.at)", found: time.description,
                    "Decision \(index) is good from \(leaf.question.at) on, and \(time) is before that"))
        } else if let lapsesAt = leaf.lapsesAt, lapsesAt <= time {
            report.add(
                Finding(
                    .lapsed, .replay, index: index, expected: "before \(lapsesAt)", found: time.description,
                    "What decision \(index) rests on ended at \(lapsesAt), and \(time) is not before that"))
        }
    }

    /// Compares what a decision is about with what is to be sent.
    private func compare(
        _ leaf: DecisionLeaf, at index: UInt64, to message: Message, _ report: inout ClearanceReport
    ) {
        let question = leaf.question
        if question.purpose != message.purpose {
            report.add(
                Finding(
                    .otherSubject, .replay, index: index, expected: message.purpose.rawValue,
                    found: question.purpose.rawValue,
                    "Decision \(index) is about a message for another purpose: it clears “\(question.purpose.rawValue)” "
                        + "alone, and not “\(message.purpose.rawValue)”"))
        }
        if let sender = question.sender, message.sender == nil {
            report.add(
                Finding(
                    .otherSubject, .replay, index: index, expected: "any sender", found: sender,
                    "Decision \(index) is about the sender \(sender) alone, and which one is used is not said; name it "
                        + "with --sender"))
        }
        let subjects =
            [
                ("business", message.business, [question.business]), ("contact", message.contact, [leaf.contact]),
                ("channel", message.channel, [question.channel]),
                // What was allowed to whatever sender is allowed to each.
                ("sender", question.sender == nil ? nil : message.sender, [question.sender].compactMap(\.self)),
            ] + message.categories.map { ("category", $0, leaf.categories) }
        for case (let subject, let due?, let found) in subjects
        where !found.contains(where: { $0.utf8.elementsEqual(due.utf8) }) {
            report.add(
                Finding(
                    .otherSubject, .replay, index: index, expected: due, found: found.joined(separator: ", "),
                    "Decision \(index) is about another \(subject)"))
        }
    }

    // MARK: What is not covered

    private func noteCoverage(
        of clearance: Clearance, isWhole: Bool, hasStated: Bool, _ report: inout ClearanceReport
    ) {
        report.notCovered.append(
            NotCovered(
                .answer,
                "Whether the answer is right: the ledger's own key says so. “consent clearance replay” computes it again "
                    + "from the log"))
        report.notCovered.append(
            NotCovered(
                .existence,
                "Since when it exists: whoever holds the log's key could have made it today. “consent clearance confirm” "
                    + "looks for the record that anchors it"))
        if hasStated {
            report.notCovered.append(
                NotCovered(
                    .statedInputs,
                    "Whether what was stated with the question is true: an asserted basis, the person's last message, where "
                        + "the person is, what was sent before"))
        }
        if !isWhole {
            report.notCovered.append(
                NotCovered(
                    .otherDecisions, count: clearance.count - 1,
                    "The other \(clearance.count - 1) decisions of the clearance, and what was asked in all"))
        }
        if time == nil {
            report.notCovered.append(NotCovered(.usability, "Whether one may act on it: no moment was asked about"))
        }
        if ledgerID == nil {
            report.notCovered.append(
                NotCovered(
                    .identity,
                    "The ledger-id was not pinned but taken from the clearance: whoever holds the log's key could have more "
                        + "than one ledger"))
        }
    }
}

extension DecisionLeaf {
    /// Whether it rests on something that was only told, or taken from what is private.
    public var statesInputs: Bool {
        question.assertedBasis != nil || question.replyingTo != nil || question.recipient != Recipient()
            || !question.uses.isEmpty
    }
}

extension Clearance {
    /// When the questions were decided.
    public var decidedTime: Timestamp { Timestamp(milliseconds: decidedAt) ?? .last }
    /// The last moment at which one may act on them.
    public var lastTime: Timestamp { Timestamp(milliseconds: notAfter) ?? .last }
}

extension Finding.Code {
    /// A leaf of a clearance is no decision.
    public static let malformedDecision = Finding.Code(name: "malformed-decision")
    /// The leaves of a clearance are not framed as they must be.
    public static let malformedLeaves = Finding.Code(name: "malformed-leaves")
    /// A clearance has another number of decisions than it says.
    public static let wrongCount = Finding.Code(name: "wrong-count")
    /// The questions of a clearance are not those that it says were asked.
    public static let wrongInputs = Finding.Code(name: "wrong-inputs")
    /// A decision is about a moment before it was made.
    public static let beforeDecision = Finding.Code(name: "before-decision")
    /// A decision is about a moment after the end of its clearance.
    public static let afterEnd = Finding.Code(name: "after-end")
    /// A decision rests on a record that could not be known.
    public static let beyondLog = Finding.Code(name: "beyond-log")
    /// A decision is about something else than it is used for.
    public static let otherSubject = Finding.Code(name: "other-subject")
    /// The moment asked about is before that of the decision.
    public static let notYet = Finding.Code(name: "not-yet")
    /// The moment asked about is after the clearance's end.
    public static let expiredClearance = Finding.Code(name: "expired-clearance")
    /// What a decision rests on had ended at the moment asked about.
    public static let lapsed = Finding.Code(name: "lapsed")
}

extension NotCovered.Code {
    /// Whether the answer is right.
    public static let answer = NotCovered.Code(name: "answer")
    /// What was only stated with a question.
    public static let statedInputs = NotCovered.Code(name: "stated-inputs")
    /// The other decisions of a clearance.
    public static let otherDecisions = NotCovered.Code(name: "other-decisions")
    /// Whether one may act on a decision.
    public static let usability = NotCovered.Code(name: "usability")
}
