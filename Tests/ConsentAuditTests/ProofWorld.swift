import ConsentAudit
import ConsentModel
import DamagedLedgers
import LedgerCrypto
import TransparencyLog

/// What proof files are made of and judged by, in tests.
enum ProofWorld {
    /// A log of 100 records with a kept checkpoint at every size.
    static let grown: MemoryLog = {
        let builder = LogBuilder()
        builder.open()
        builder.publish()
        builder.register("acme")
        builder.publish()
        builder.register("zoo")
        builder.publish()
        builder.authorize(LogBuilder.web)
        builder.publish()
        builder.authorize(LogBuilder.hosted, custody: "ledger")
        builder.publish()
        builder.publishNotice()
        while builder.size < 100 {
            builder.publish()
            builder.appendOrdinary()
        }
        builder.publish()
        return builder.log
    }()

    /// The checkpoints of the grown log; that of size 1 comes first.
    static func checkpoints() throws -> [SignedCheckpoint] {
        try (1...100).map { try SignedCheckpoint(parsing: grown.files[CheckpointTests.kept($0)]!) }
    }

    static let verifierKey = LogBuilder().verifierKey
    static let policy = WitnessPolicy(logs: [verifierKey])

    static func report(_ proof: ProofFile, policy: WitnessPolicy = policy, ledgerID: SHA256Digest? = nil) -> ProofReport
    {
        ProofVerifier(policy: policy, ledgerID: ledgerID).verify(proof)
    }

    /// The codes of what is wrong with a file that has the form of a proof.
    static func codes(_ proof: ProofFile, policy: WitnessPolicy = policy, ledgerID: SHA256Digest? = nil) -> [String] {
        report(proof, policy: policy, ledgerID: ledgerID).findings.map(\.code.name)
    }

    /// Whether a file is refused, for its form or for what it says.
    static func isRefused(_ bytes: [UInt8], policy: WitnessPolicy = policy, ledgerID: SHA256Digest? = nil) -> Bool {
        guard let proof = try? ProofFile(parsing: bytes) else { return true }
        return !report(proof, policy: policy, ledgerID: ledgerID).holds
    }

    /// The records at `indexes` of a published log, as a chain proof shows them, whether or not they are a chain.
    static func show(
        _ indexes: [UInt64], of builder: LogBuilder, as chain: Chain, from first: UInt64 = 0
    ) throws -> ChainProof {
        let log = try PublishedLog(reader: builder.log)
        let entries = try indexes.map { index in
            ChainProof.Entry(
                index: index, bytes: try log.entry(at: index),
                hashes: try log.inclusionProof(index: index, size: log.size).hashes)
        }
        return try ChainProof(of: chain, from: first, checkpoint: log.checkpoint, entries: entries)
    }

    /// The indexes of the records of a log that are in one of `chains`.
    static func indexes(of chains: [Chain], in builder: LogBuilder) throws -> [UInt64] {
        try builder.entries.indices.map { UInt64($0) }.filter { index in
            let record = try Record(decoding: builder.entries[Int(index)][...])
            return record.links.contains { chains.contains($0.chain) }
        }
    }
}
