internal import LedgerCrypto
internal import LedgerStorage
public import TransparencyLog

/// The checkpoints that are signed and wait for a quorum of witnesses before they are published (SPEC.md, “Private state”):
/// the newest one, and the one that witnesses were asked about last, which the ledger may have outgrown since.
struct HeldCheckpoints {
    private static let places = [LedgerPaths.offeredCheckpoint, LedgerPaths.heldCheckpoint]
    private let storage: any LedgerStorage

    init(_ storage: any LedgerStorage) {
        self.storage = storage
    }

    /// The policy whose quorum is waited for; `nil` where checkpoints are published as they are signed. Throws `damaged` for
    /// one that cannot be read: without it nothing is published.
    func policy() throws -> WitnessPolicy? {
        guard let bytes = try storage.read(LedgerPaths.quorumPolicy) else { return nil }
        do { return try WitnessPolicy(parsing: bytes) } catch {
            throw LedgerError(
                .damaged, "private/quorum.policy: \(error); restore it, or set it again: consent checkpoint quorum")
        }
    }

    /// Puts a policy in place of the one there was, or removes it. Throws as `WitnessPolicy` does where it is none.
    func setPolicy(_ bytes: [UInt8]?) throws {
        guard let bytes else { return try storage.remove(LedgerPaths.quorumPolicy) }
        _ = try WitnessPolicy(parsing: bytes)
        try storage.replace(LedgerPaths.quorumPolicy, with: bytes)
    }

    /// The newest checkpoint that waits; `nil` if none does.
    func newest() throws -> SignedCheckpoint? { try checkpoint(at: LedgerPaths.heldCheckpoint) }

    /// The one that witnesses were asked about last, if it waits.
    func offered() throws -> SignedCheckpoint? { try checkpoint(at: LedgerPaths.offeredCheckpoint) }

    /// Those that wait, the one that witnesses were asked about first.
    func all() throws -> [(path: StoragePath, checkpoint: SignedCheckpoint)] {
        try Self.places.compactMap { path in try checkpoint(at: path).map { (path, $0) } }
    }

    /// Lets `checkpoint`, which is the newest, wait.
    func hold(_ checkpoint: SignedCheckpoint) throws {
        try storage.replace(LedgerPaths.heldCheckpoint, with: checkpoint.bytes)
    }

    /// Notes that witnesses are asked about the newest one, so that it waits on, whatever is signed meanwhile.
    func offer(_ checkpoint: SignedCheckpoint) throws {
        try storage.replace(LedgerPaths.offeredCheckpoint, with: checkpoint.bytes)
    }

    /// Removes those that are not larger than what is published.
    func removeThrough(_ publishedSize: UInt64) throws {
        for (path, checkpoint) in try all() where checkpoint.checkpoint.size <= publishedSize {
            try storage.remove(path)
        }
    }

    private func checkpoint(at path: StoragePath) throws -> SignedCheckpoint? {
        guard let bytes = try storage.read(path) else { return nil }
        do { return try SignedCheckpoint(parsing: bytes) } catch {
            throw LedgerError(.damaged, "\(path) is not a checkpoint: \(error); restore it from its backup")
        }
    }
}

extension LedgerLocation {
    /// The newest checkpoint that waits for a quorum of witnesses before it is published; `nil` if none does.
    public func heldCheckpoint() throws -> SignedCheckpoint? { try HeldCheckpoints(storage).newest() }

    /// The policy whose quorum checkpoints wait for before they are published; `nil` where they do not. Throws `damaged` for
    /// one that cannot be read.
    public func quorumPolicy() throws -> WitnessPolicy? { try HeldCheckpoints(storage).policy() }
}

/// Publishing only what witnesses have cosigned.
extension LedgerWriter {
    /// The policy whose quorum checkpoints wait for before they are published; `nil` where they do not.
    public func quorumPolicy() throws -> WitnessPolicy? {
        try monitor.withLock { try location.quorumPolicy() }
    }

    /// From now on checkpoints are published only once a quorum of the policy in the file `bytes` (C2SP tlog-policy) has
    /// cosigned them, or, with `nil`, as they are signed; what waits and need not any more is published. Durable at return.
    /// Throws as `WitnessPolicy` does.
    public func setQuorumPolicy(_ bytes: [UInt8]?) throws {
        try withPublisher { try $0.setQuorumPolicy(bytes) }
    }

    /// Publishes what may be, and gives the newest checkpoint, which is to be sent to witnesses: it waits on for what they
    /// answer, whatever is recorded meanwhile.
    public func offerCheckpoint() throws -> SignedCheckpoint {
        try withPublisher { try $0.offer() }
    }

    /// Publishes what may be, and gives what is published then.
    public func publishedCheckpoint() throws -> SignedCheckpoint {
        try withPublisher { publisher in
            guard let published = publisher.published else { throw LedgerParts.missing(LedgerPaths.checkpoint) }
            return published
        }
    }
}
