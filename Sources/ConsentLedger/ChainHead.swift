internal import ConsentModel
internal import LedgerCrypto

/// The last record of a chain.
struct ChainHead: Hashable, Sendable {
    let sequence: UInt64
    let index: UInt64
    let leafHash: SHA256Digest

    /// The link of the chain's next record.
    func next(in chain: Chain) -> ChainLink {
        ChainLink(chain: chain, sequence: sequence + 1, previousIndex: index, previousLeafHash: leafHash)
    }
}
