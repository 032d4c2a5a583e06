internal import ConsentModel
internal import ConsentRules
internal import LedgerCrypto
public import TransparencyLog

extension EventDraft {
    /// The event that anchors a clearance: one `decisions-recorded` for all its decisions. Appended again it is the same
    /// record. A source states it, the ledger's own unless `source` names another, so that the admin key can stay away.
    public init(anchoring clearance: Clearance, source: String = "cli") {
        self.init(
            .decisionsRecorded,
            fields: [
                .source: .text(source), .root: .bytes(clearance.root.bytes), .count: .number(clearance.count),
                .coveredSize: .number(clearance.logSize), .coveredRoot: .bytes(clearance.logRoot.bytes),
                .inputsDigest: .bytes(clearance.inputs.bytes),
            ])
        outsideID = "clearance \(clearance.root)"
    }

    /// The event that anchors `count` clearances together, whose tree has `root` and of which the last to rest on the log
    /// rests on its first `size` records with the root `logRoot`. Appended again it is the same record.
    init(anchoring count: UInt64, root: SHA256Digest, size: UInt64, logRoot: SHA256Digest, source: String) {
        self.init(
            .decisionsRecorded,
            fields: [
                .source: .text(source), .root: .bytes(root.bytes), .count: .number(count),
                .coveredSize: .number(size), .coveredRoot: .bytes(logRoot.bytes),
            ])
        outsideID = "clearances \(root)"
    }
}

extension LedgerSnapshot {
    /// Throws unless a clearance was given by this ledger, as far as that shows: `badInput` if it names another ledger,
    /// `TransparencyLogError` if none of the log's keys signed it, `damaged` if the log never had the root it names.
    public func confirm(_ signed: SignedClearance) throws {
        let clearance = signed.clearance
        guard clearance.ledgerID == catalog.ledgerID else {
            throw LedgerError(
                .badInput,
                "the clearance is of the ledger \(clearance.ledgerID), which is not this one; name its ledger"
            )
        }
        try signed.verify(with: catalog.logKeys.compactMap { try? VerifierKey($0.verifierKey) })
        guard clearance.logSize <= size, try root(at: clearance.logSize) == clearance.logRoot else {
            throw LedgerError(
                .damaged,
                "the clearance rests on \(clearance.logSize) records with the root \(clearance.logRoot), which this ledger "
                    + "never had; it was rewritten or is an older copy: run consent verify")
        }
    }
}
