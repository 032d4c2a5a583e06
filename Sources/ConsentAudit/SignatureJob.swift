internal import ConsentModel
internal import Dispatch
internal import LedgerCrypto
internal import Synchronization

/// A signature that is still to be verified; which key it must be by is known. It is handed from list to list, and so is one
/// reference rather than the many that it holds.
final class SignatureJob: Sendable {
    private let index: UInt64
    private let file: String?
    private let offset: Int?
    private let statement: Statement
    private let context: StatementContext
    private let key: Ed25519PublicKey

    /// `file` and `offset` say where the record is, if it is in a bundle.
    init(
        index: UInt64, file: String? = nil, offset: Int? = nil, statement: Statement, context: StatementContext,
        key: Ed25519PublicKey
    ) {
        self.index = index
        self.file = file
        self.offset = offset
        self.statement = statement
        self.context = context
        self.key = key
    }

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
            let found = jobs[start..<min(start + jobsInPart, jobs.count)].compactMap { $0.finding }
            if !found.isEmpty { bad.withLock { $0.append((start, found)) } }
        }
        return bad.withLock { $0.sorted { $0.start < $1.start }.flatMap(\.findings) }
    }
}
