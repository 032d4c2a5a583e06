public import TransparencyLog

/// Asking witnesses to cosign the log's checkpoint.
extension PublishedLog {
    /// How many kept checkpoints are looked at for the last one that a witness cosigned.
    private static let mostLookedAt = 1000

    /// Begins to ask the witness with the key `witness` for the checkpoint. `known` is the size that it is known to have
    /// cosigned; without it, the newest kept checkpoints say. Throws as `WitnessExchange` does, and what reading throws.
    public func exchange(with witness: VerifierKey, known: UInt64? = nil) throws -> WitnessExchange {
        try WitnessExchange(
            checkpoint, witness: witness,
            knownSize: known ?? lastSize(cosignedBy: witness))
    }

    /// The size of the largest kept checkpoint, of the newest ones, that the key of a witness has cosigned; 0 if there is none.
    private func lastSize(cosignedBy witness: VerifierKey) throws -> UInt64 {
        try keptSizes().suffix(Self.mostLookedAt).last { size in
            let signatures = try? unverifiedCheckpoint(size: size)?.note.verify(with: [witness])
            return signatures?.isEmpty == false
        } ?? 0
    }

    /// The body of the next request of `exchange`, with the proof that it needs.
    public func request(of exchange: WitnessExchange) throws -> [UInt8] {
        try exchange.request(
            proof: exchange.oldSize > 0 ? consistencyProof(from: exchange.oldSize, to: size) : nil)
    }
}
