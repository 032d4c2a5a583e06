public import ConsentModel
public import LedgerCrypto
public import TransparencyLog

/// A tree of the log that somebody other than the ledger has seen, and when: its records existed then.
public struct SeenTree: Hashable, Sendable {
    /// How it is known; an open set.
    public struct Means: Hashable, Sendable {
        /// A stable word for machines.
        public let name: String

        /// An auditor's own notebook.
        public static let notebook = Means(name: "notebook")
        /// Cosignatures of witnesses (C2SP tlog-cosignature), each with its time.
        public static let cosigned = Means(name: "cosigned")
        /// A time stamp (RFC 3161) of the checkpoint.
        public static let stamped = Means(name: "stamped")
    }

    /// How many records it covers: those with an index less than this.
    public let size: UInt64
    /// When at the latest it was seen, by the clock of those who saw it: of several witnesses that make a quorum the latest
    /// time; of a time stamp its time and its accuracy after it.
    public let time: Timestamp
    /// When at the earliest it was seen: of several witnesses the earliest time; of a time stamp its time less its accuracy.
    public let earliest: Timestamp
    /// Who saw it: the names of witnesses, or of a time-stamping authority; empty where it is the auditor's own notebook.
    public let names: [String]
    /// How it is known.
    public let means: Means

    /// Whether it was seen in an earlier second than that of `moment`.
    func isEarlier(than moment: Timestamp) -> Bool { time.milliseconds / 1000 < moment.milliseconds / 1000 }

    init(size: UInt64, earliest: Timestamp, time: Timestamp, names: [String], means: Means) {
        self.size = size
        self.earliest = earliest
        self.time = time
        self.names = names
        self.means = means
    }

    /// The tree that witnesses have cosigned, whose signatures were verified (`SignedCheckpoint.signatures(by:)`, for
    /// instance; the log's own among them are passed over, since they say no time). `nil` if there is no cosignature.
    /// Whether those witnesses are enough is for the caller to say (`WitnessPolicy.isQuorum`).
    public init?(size: UInt64, cosigned signatures: [VerifiedSignature]) {
        let cosigned = signatures.filter { $0.timestamp != nil }
        let times = cosigned.compactMap(\.timestamp).map { seconds in
            Timestamp(milliseconds: seconds > .max / 1000 ? .max : seconds * 1000) ?? .last
        }
        guard let earliest = times.min(), let latest = times.max() else { return nil }
        self.init(size: size, earliest: earliest, time: latest, names: cosigned.map(\.key.name), means: .cosigned)
    }

    /// The tree of a checkpoint that an authority has stamped. Throws `otherDigest` if the stamp is not of that checkpoint,
    /// and as `TimeStampResponse.verify` does.
    public init(
        of checkpoint: SignedCheckpoint, stampedBy response: TimeStampResponse, nonce: [UInt8]? = nil,
        policy: String? = nil, roots: TimeStampRoots
    ) throws(CryptoError) {
        guard let bytes = checkpoint.stampedBytes else {
            throw CryptoError(
                .otherDigest, "the checkpoint has no signature line of the log's, so that there is nothing to stamp")
        }
        let stamp = try response.verify(
            digest: SHA256Digest(hashing: bytes), nonce: nonce, policy: policy, roots: roots)
        self.init(
            size: checkpoint.checkpoint.size, earliest: Timestamp(milliseconds: stamp.earliest) ?? .last,
            time: Timestamp(milliseconds: stamp.latest) ?? .last, names: [stamp.authority], means: .stamped)
    }
}
