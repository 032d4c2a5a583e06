public import LedgerCrypto

/// The end of one contact's chain, as `heads-sealed` commits to it: an entry of the RFC 6962 tree whose root the event
/// holds. The entries stand in ascending order of their handles.
public struct SealedHead: Hashable, Sendable {
    /// The contact.
    public let handle: ContactHandle
    /// The chain's last sequence number.
    public let sequence: UInt64
    /// The index of the chain's last record.
    public let index: UInt64
    /// That record's leaf hash.
    public let leafHash: SHA256Digest

    public init(handle: ContactHandle, sequence: UInt64, index: UInt64, leafHash: SHA256Digest) {
        self.handle = handle
        self.sequence = sequence
        self.index = index
        self.leafHash = leafHash
    }

    /// The array [handle, sequence, index, leaf hash] (SPEC.md).
    public func encoded() -> [UInt8] {
        var encoder = CBOREncoder(reservingCapacity: 80)
        encoder.array(count: 4)
        encoder.byteString(handle)
        encoder.unsigned(sequence)
        encoder.unsigned(index)
        encoder.byteString(leafHash)
        return encoder.bytes
    }
}
