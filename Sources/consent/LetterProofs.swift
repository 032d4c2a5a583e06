internal import ConsentAudit
internal import ConsentLedger
internal import ConsentModel

/// The proofs that go with a letter: that each of its records is in the log.
struct LetterProofs {
    /// A proof as a file.
    struct Proof {
        let name: String
        let text: String
    }

    let proofs: [Proof]

    /// The proofs of `records`, in files whose names begin with `prefix`.
    init(of records: [UInt64], namedAs prefix: String, _ ledger: LedgerOptions) throws {
        let log = try PublishedLog(reader: LogSource(nil, ledger).reader())
        proofs = try records.map { record in
            let proof = ProofFile.inclusion(try log.proveInclusion(of: record, at: log.checkpoint))
            return Proof(
                name: "\(prefix).\(record).tlog-proof", text: String(decoding: proof.bytes, as: UTF8.self))
        }
    }
}

/// A letter that was written, with its proofs beside it where that went well.
struct WrittenLetter {
    let letter: ErasureLetter
    let proofs: [LetterProofs.Proof]
    /// What went wrong with the letter itself; it is then in no file.
    private let letterFailure: (any Error)?
    /// What went wrong with the proofs; the letter is written all the same.
    private let proofFailure: (any Error)?

    /// Writes the letter that `letter` makes of the names of its proofs, those of `records`, to `file`, if there is one. What
    /// goes wrong is kept for `check`: what the letter is about is done, and is told first.
    init(
        about records: [UInt64], to file: OutputFile?, at path: String?, _ ledger: LedgerOptions,
        _ letter: (_ proofs: [String]) -> ErasureLetter
    ) {
        var proofs: [LetterProofs.Proof] = []
        var proofFailure: (any Error)?
        do {
            let made = try LetterProofs(of: records, namedAs: path ?? "record", ledger).proofs
            for proof in path == nil ? [] : made {
                let proofFile = try OutputFile(proof.name, overwriting: false)
                try proofFile.write(Array(proof.text.utf8))
                try proofFile.finish()
            }
            proofs = made
        } catch { proofFailure = error }
        self.proofs = proofs
        self.proofFailure = proofFailure
        self.letter = letter(path == nil ? [] : proofs.map(\.name))
        var letterFailure: (any Error)?
        do {
            try file?.write(Array((self.letter.text + "\n").utf8))
            try file?.finish()
        } catch { letterFailure = error }
        self.letterFailure = letterFailure
    }

    /// Throws what went wrong, and how both are written again; `done` says what is so in spite of it.
    func check(_ done: String, records: [UInt64]) throws(CommandError) {
        guard let failure = letterFailure ?? proofFailure else { return }
        let words = records.map { "\($0)" }.joined(separator: " ")
        throw CommandError(
            (failure as? CommandError)?.code ?? .output,
            "\(done); the letter is \(letterFailure == nil ? "written, its proof is not" : "not written"): \(failure). Write both to "
                + "another file with: consent letter CONTACT \(words) -o FILE")
    }
}
