internal import ConsentModel
internal import ConsentRules
public import LedgerCrypto
public import TransparencyLog

/// Checks proof files offline: against the keys that an auditor trusts, with nothing of the log but what the file holds.
public struct ProofVerifier: Sendable {
    private let policy: WitnessPolicy
    private let ledgerID: SHA256Digest?

    /// Trusts the logs and witnesses of `policy`, and, if given, no other ledger than the one of that ledger-id.
    public init(policy: WitnessPolicy, ledgerID: SHA256Digest? = nil) {
        self.policy = policy
        self.ledgerID = ledgerID
    }

    /// Checks a proof. What is wrong with it is in the report.
    public func verify(_ proof: ProofFile) -> ProofReport {
        var report = ProofReport()
        check(proof.checkpoint, quorum: true, &report)
        switch proof {
        case .inclusion(let proof): check(proof, &report)
        case .consistency(let proof): check(proof, &report)
        case .chain(let proof): check(proof, &report)
        }
        noteCoverage(of: proof, &report)
        return report
    }

    private func check(_ checkpoint: SignedCheckpoint, quorum: Bool, _ report: inout ProofReport) {
        do {
            guard quorum else {
                _ = try checkpoint.signatures(by: policy)
                return
            }
            report.signatures = try checkpoint.verify(under: policy)
        } catch {
            let code: Finding.Code =
                switch error.code {
                case .badSignature: .badCheckpointSignature
                case .notSigned: .checkpointNotSigned
                default: Finding.Code(name: error.code.name)
                }
            report.findings.append(
                Finding(code, .tree, "The checkpoint of size \(checkpoint.checkpoint.size) does not count: \(error)"))
        }
    }

    // MARK: The kinds

    private func check(_ proof: TransparencyProof, _ report: inout ProofReport) {
        guard !proof.extra.isEmpty else {
            report.findings.append(
                Finding(
                    .missingRecord, .structure, index: proof.index, expected: "a line “extra <base64 of the record>”",
                    "The file does not hold the record, so it proves nothing of any"))
            return
        }
        let entry = ChainProof.Entry(index: proof.index, bytes: proof.extra, hashes: proof.hashes)
        guard let record = record(entry, in: proof.checkpoint.checkpoint, &report) else { return }
        if proof.index == 0 { checkLedgerID(entry.leafHash, &report) }
        let payload = ChainProofCheck.stated(in: record, &report)?.payload
        report.records.append(ProofReport.ShownRecord(record: record, payload: payload))
    }

    private func check(_ proof: SignedConsistencyProof, _ report: inout ProofReport) {
        check(proof.older, quorum: false, &report)
        do { try proof.verifyConsistency() } catch {
            report.findings.append(
                Finding(
                    .inconsistentCheckpoint, .tree, expected: proof.older.checkpoint.root.description,
                    "The larger tree is not shown to begin with the smaller one: \(error)"))
        }
    }

    private func check(_ proof: ChainProof, _ report: inout ProofReport) {
        var check = ChainProofCheck(of: proof, pinned: ledgerID)
        let start = report.findings.count
        for entry in proof.entries {
            guard let record = record(entry, in: proof.checkpoint.checkpoint, &report) else { continue }
            check.take(record, leafHash: entry.leafHash, &report)
        }
        report.findings += SignatureJob.findings(of: check.signatures)
        // In the order of the records, and of one record in that of the checks.
        let inOrder = report.findings[start...].enumerated().sorted {
            ($0.element.index ?? 0, $0.offset) < ($1.element.index ?? 0, $1.offset)
        }
        report.findings.replaceSubrange(start..., with: inOrder.map(\.element))
        check.conclude(&report)
        if let id = report.ledgerID { checkLedgerID(id, &report) }
    }

    /// The record in an entry, which is in the tree at its place; what is wrong goes into the report.
    private func record(
        _ entry: ChainProof.Entry, in tree: Checkpoint, _ report: inout ProofReport
    ) -> Record? {
        do {
            try InclusionProof(index: entry.index, size: tree.size, hashes: entry.hashes)
                .verify(leafHash: entry.leafHash, root: tree.root)
        } catch {
            report.findings.append(
                Finding(
                    .notInTree, .tree, index: entry.index, expected: tree.root.description,
                    "Entry \(entry.index) is not shown to be in the tree of size \(tree.size): \(error)"))
        }
        let record: Record
        do { record = try Record(decoding: entry.bytes[...]) } catch {
            report.findings.append(
                Finding(
                    error.code == .unknownRecordVersion ? .unknownRecordVersion : .malformedRecord, .structure,
                    index: entry.index, found: error.code.name,
                    "Entry \(entry.index): \(error); it is no record that this software can read"))
            return nil
        }
        guard record.index == entry.index else {
            report.findings.append(
                Finding(
                    .wrongIndex, .structure, index: entry.index, expected: "\(entry.index)", found: "\(record.index)",
                    "The record says that it is number \(record.index), and it is shown as number \(entry.index)"))
            return nil
        }
        return record
    }

    private func checkLedgerID(_ found: SHA256Digest, _ report: inout ProofReport) {
        report.ledgerID = found
        guard let ledgerID, ledgerID != found else { return }
        report.findings.append(
            Finding(
                .wrongLedgerID, .signatures, index: 0, expected: ledgerID.description, found: found.description,
                "This is another ledger than the pinned one, whatever its name and key"))
    }

    // MARK: What is not covered

    private func noteCoverage(of proof: ProofFile, _ report: inout ProofReport) {
        switch proof {
        case .inclusion:
            report.notCovered.append(
                NotCovered(
                    .statement,
                    "Whose statement it is: that the record is in the log does not show that its signature counts; a "
                        + "proof of its chain does"))
        case .consistency:
            report.notCovered.append(
                NotCovered(.statement, "What the records say, and who stated it: only that none was changed or removed")
            )
        case .chain(let proof):
            noteChainCoverage(of: proof, &report)
        }
        report.notCovered.append(
            NotCovered(
                .unrecordedActs, "That every act was recorded: what never reached the ledger is in none of its records")
        )
        if report.ledgerID == nil {
            if ledgerID != nil {
                report.notCovered.append(
                    NotCovered(
                        .identity,
                        "The ledger-id: this proof does not hold entry 0, so the pin was compared with nothing"))
            }
        } else if ledgerID == nil {
            report.notCovered.append(
                NotCovered(
                    .identity,
                    "The ledger-id was not pinned but taken from the file: whoever holds the log's key could show another "
                        + "ledger of the same origin"))
        }
        noteWitnesses(&report)
    }

    private func noteChainCoverage(of proof: ChainProof, _ report: inout ProofReport) {
        report.notCovered.append(
            NotCovered(
                .laterRecords,
                "That nothing came after the last record shown, in this chain or in the ledger's own: whoever made the file "
                    + "can have left the newest out, a revoked key among them"))
        if proof.first > 0 {
            report.notCovered.append(
                NotCovered(.earlierRecords, "The records of the chain before index \(proof.first)"))
        }
        if case .contact = proof.chain {
            report.notCovered.append(
                NotCovered(.otherHandles, "What is recorded of the same person under another handle"))
        }
        if report.ledgerHeldStatementCount > 0 {
            report.notCovered.append(
                NotCovered(
                    .ledgerHeldKeys, count: report.ledgerHeldStatementCount,
                    "\(report.ledgerHeldStatementCount) of \(report.sourceStatementCount) statements of sources were "
                        + "signed with keys that the ledger itself held: its operator could have made them"))
        }
        if report.unknownEventCount > 0 {
            report.notCovered.append(
                NotCovered(
                    .unknownEvents, count: report.unknownEventCount,
                    "What the events of types that this software does not know mean: who signed them was verified"))
        }
    }

    private func noteWitnesses(_ report: inout ProofReport) {
        let cosignatures = report.signatures.filter { $0.key.use == .cosignature }
        guard cosignatures.isEmpty else { return }
        report.notCovered.append(
            NotCovered(
                .existence,
                "Since when it exists: no witness's cosignature was checked, so whoever holds the ledger's keys could have made "
                    + "it today"))
    }
}

extension ChainProof.Entry {
    /// The hash that the entry has in the tree and in the links.
    var leafHash: SHA256Digest { MerkleHash.leaf(bytes) }
}
