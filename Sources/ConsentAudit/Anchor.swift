internal import LedgerCrypto
internal import TransparencyLog

/// A tree that the log must contain, known from elsewhere than the files of the log.
struct Anchor: Sendable {
    /// Who knows it.
    enum Keeper: Hashable, Sendable {
        case notebook
        case auditor
        /// The operator's private part, which says what was signed last.
        case lastSigned
    }

    let size: UInt64
    let root: SHA256Digest
    let keeper: Keeper
    /// The checkpoint that says it, if one was kept.
    let checkpoint: SignedCheckpoint?

    init(_ checkpoint: SignedCheckpoint, keeper: Keeper) {
        size = checkpoint.checkpoint.size
        root = checkpoint.checkpoint.root
        self.keeper = keeper
        self.checkpoint = checkpoint
    }

    private init(size: UInt64, root: SHA256Digest) {
        self.size = size
        self.root = root
        keeper = .lastSigned
        checkpoint = nil
    }

    /// All that `options` know, by ascending size.
    static func all(of options: VerificationOptions) -> [Anchor] {
        var anchors = options.keptCheckpoints.map { Anchor($0, keeper: .auditor) }
        if let notebook = options.notebook { anchors.append(Anchor(notebook.checkpoint, keeper: .notebook)) }
        // What waits for a quorum is signed, and is not to be in the log yet.
        if let state = options.operatorState, let size = state.signedSize, let root = state.signedRoot,
            size != state.heldSize
        {
            anchors.append(Anchor(size: size, root: root))
        }
        return anchors.sorted { $0.size < $1.size }
    }

    /// The checkpoint in a sentence.
    var title: String {
        switch keeper {
        case .notebook: "the checkpoint of size \(size) in the notebook"
        case .auditor: "the checkpoint of size \(size) that was kept elsewhere"
        case .lastSigned: "the checkpoint of size \(size) that was signed last (private/last-signed)"
        }
    }
}
