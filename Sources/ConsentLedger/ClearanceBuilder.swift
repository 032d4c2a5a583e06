internal import ConsentModel
public import ConsentRules
public import LedgerCrypto
internal import LedgerStorage
public import TransparencyLog

/// Makes a clearance of decisions that come in the order of their questions: each leaf is handed on as it comes, and what
/// is kept does not grow with their number.
public struct ClearanceBuilder {
    private let terms: ClearanceTerms
    private let write: ([UInt8]) throws -> Void
    private var tree = ClearanceTree()

    /// A clearance on `terms`. `write` is given the bytes of the file `leaves`, one leaf at a time.
    public init(_ terms: ClearanceTerms, write: @escaping ([UInt8]) throws -> Void) {
        self.terms = terms
        self.write = write
    }

    /// How many decisions there are.
    public var count: UInt64 { tree.count }

    /// Adds the next decision, which was made with the same terms. Throws what `write` throws.
    public mutating func add(_ decision: ClearedDecision) throws {
        try write(LeafStream.framed(decision.bytes))
        tree.append(decision.leafHash, question: decision.question)
    }

    /// Signs the clearance with the log's key. Throws `badInput` without a decision, and what the signer throws.
    public func finish(_ signer: any Signer) throws -> SignedClearance {
        try terms.sign(tree, with: signer)
    }
}

extension ClearanceTerms {
    /// The clearance of one decision, signed with the log's key, as a file. Throws what the signer throws.
    public func file(_ decision: ClearedDecision, signer: any Signer) throws -> ClearanceFile {
        var tree = ClearanceTree()
        tree.append(decision.leafHash, question: decision.question)
        return try ClearanceFile(signed: sign(tree, with: signer), index: 0, leaf: decision.bytes, hashes: [])
    }

    fileprivate func sign(_ tree: ClearanceTree, with signer: any Signer) throws -> SignedClearance {
        guard tree.count > 0 else {
            throw LedgerError(.badInput, "there is no decision, so there is nothing to clear")
        }
        let clearance = try Clearance(
            origin: origin, ledgerID: ledgerID, count: tree.count, root: tree.root, logSize: size, logRoot: root,
            decidedAt: decidedAt.milliseconds, notAfter: notAfter.milliseconds, inputs: tree.inputs)
        return try SignedClearance(signing: clearance, with: signer)
    }
}

extension LedgerLocation {
    /// The log's key, which signs clearances as it signs checkpoints: whoever may read the ledger's private keys has it.
    /// Throws `missingKey` if the file is not here, and `badKey` if it holds another key than those of `catalog` that are in force.
    public func logSigner(in catalog: Catalog) throws -> any Signer {
        let signer = try keyFiles.signingKey(KeyPurpose.log.rawValue)
        let key = try VerifierKey(name: catalog.origin, publicKey: signer.publicKey, use: .note).text
        guard catalog.logKeys.contains(where: { $0.verifierKey == key && $0.window.until == nil }) else {
            throw LedgerError(
                .badKey,
                "private/keys/log.key is not a key that this ledger's log signs with now; put the right one there")
        }
        return signer
    }
}
