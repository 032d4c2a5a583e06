internal import ArgumentParser
internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules
internal import LedgerCrypto
internal import TransparencyLog

/// The signed answer that `check` leaves behind.
struct ClearanceOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Write the answer, signed, to this file, which must not be there. Proves that you asked.", valueName: "file"
        ),
        completion: .file())
    var clearance: String?

    @OptionGroup var terms: ClearanceTermsOptions

    func validate() throws {
        guard clearance != nil || !terms.areSaid else {
            throw ValidationError("--ref and --valid-for are of a clearance; name its file with --clearance")
        }
    }

    /// Signs the clearance of an answer that came of `snapshot`, if one is asked for; it is there once it is finished.
    func prepare(
        _ answer: Answer, contact: ContactAddress, isAboutNow: Bool, _ snapshot: LedgerSnapshot, _ ledger: LedgerOptions
    ) throws -> PreparedClearance? {
        guard let clearance else { return nil }
        let file = try OutputFile(clearance, overwriting: false)
        let terms = try self.terms.terms(of: answer.question, isAboutNow: isAboutNow, snapshot)
        let decision = try terms.decision(
            answer, contact: contact, reach: snapshot.reach(of: contact, answering: answer.question),
            rules: snapshot.rules(for: answer.question.business), reference: self.terms.ref)
        let cleared = try terms.file(decision, signer: ledger.location().logSigner(in: snapshot.catalog))
        return PreparedClearance(
            path: clearance, goodUntil: decision.leaf.goodUntil(terms.notAfter), file: file, bytes: cleared.bytes)
    }
}

/// How long one may act on a clearance, and whose it is.
struct ClearanceTermsOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Your own reference for the message, kept in the clearance.", valueName: "text"))
    var ref: String?

    @Option(
        help: ArgumentHelp(
            "How long one may act on the clearance, at most 1d. Default: 15m.", valueName: TimeLength.valueName),
        transform: TimeLength.init(parsing:))
    var validFor: TimeLength?

    /// Whether any of it is said.
    var areSaid: Bool { ref != nil || validFor != nil }

    func validate() throws {
        guard validFor.map({ $0.milliseconds <= ClearanceTerms.longestValidity }) ?? true else {
            throw ValidationError("a clearance is good for a day at most: whoever opts out meanwhile must be heard")
        }
        guard ref.map({ 1...DecisionLeaf.mostReferenceBytes ~= $0.utf8.count }) ?? true else {
            throw ValidationError("--ref is 1 to \(DecisionLeaf.mostReferenceBytes) bytes")
        }
    }

    /// The terms on which answers to `question` are cleared. Throws `usage` for a TEST ledger: a clearance is judged by what
    /// is pinned alone, and has no place that says that nothing may be sent on it.
    func terms(of question: Question, isAboutNow: Bool, _ snapshot: LedgerSnapshot) throws -> ClearanceTerms {
        guard !snapshot.catalog.isTest else {
            throw CommandError(
                .usage,
                "a TEST ledger signs no clearances: nothing may be sent on its word, and whoever verifies one does not see that "
                    + "it is a test. Ask without, or of a ledger that was made without --test")
        }
        return try ClearanceTerms(
            snapshot, decidedAt: isAboutNow ? question.at : max(SystemClock().now(), snapshot.lastRecordedAt),
            validFor: validFor?.milliseconds ?? ClearanceTerms.usualValidity)
    }
}

/// A clearance that was signed and is not in its place yet: a yes that is also counted must be counted first.
struct PreparedClearance {
    let path: String
    /// The last moment at which one may act on it.
    let goodUntil: Timestamp
    fileprivate let file: OutputFile
    fileprivate let bytes: [UInt8]

    /// Puts the file in its place.
    func finish() throws(CommandError) {
        try file.write(bytes)
        try file.finish()
    }
}
