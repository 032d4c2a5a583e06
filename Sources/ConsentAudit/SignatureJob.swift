internal import ConsentModel
internal import Dispatch
internal import LedgerCrypto
internal import Synchronization

/// A signature that is still to be verified; which key it must be by is known.
struct SignatureJob: Sendable {
    let index: UInt64
    /// Where the record is; `nil` where it is in no bundle.
    var file: String?
    var offset: Int?
    let statement: Statement
    let context: StatementContext
    let key: Ed25519PublicKey

    /// The finding, if the signature does not verify; pure, for any core.
    var finding: Finding? {
        guard !statement.isSigned(by: key, for: context) else { return nil }
        return Finding(
            .badSignature, .signatures, file: file, index: index, offset: offset,
            expected: "a signature by the key \(Hexadecimal.encode(key.bytes))",
            found: Hexadecimal.encode(statement.signature),
            "The signature of record \(index) does not verify: its key did not state this, or not in this ledger, for "
                + "this business and these contacts")
    }

    private static let jobsInPart = 64

    /// The findings of all of them, in their order; the cores share the work.
    static func findings(of jobs: [SignatureJob]) -> [Finding] {
        let bad = Mutex<[(start: Int, findings: [Finding])]>([])
        DispatchQueue.concurrentPerform(iterations: (jobs.count + jobsInPart - 1) / jobsInPart) { part in
            let start = part * jobsInPart
            let found = jobs[start..<min(start + jobsInPart, jobs.count)].compactMap(\.finding)
            if !found.isEmpty { bad.withLock { $0.append((start, found)) } }
        }
        return bad.withLock { $0.sorted { $0.start < $1.start }.flatMap(\.findings) }
    }
}
