public import ConsentModel
public import ConsentRules
internal import LedgerCrypto

/// An index of current consents, as a verification reads it.
public protocol IndexReader {
    /// The ledger that it was made from: its ledger-id, 32 bytes.
    var ledgerID: [UInt8] { get }
    /// How many records of the log it has taken in.
    var size: UInt64 { get }
    /// Calls `body` with every entry of every contact, in any order; rethrows what it throws.
    func forEachEntry(_ body: (ContactHandle, ContactTimeline.Entry) throws -> Void) throws
}

extension ContactTimeline.Entry {
    /// SHA-256 over everything that an index says with the entry, after `salt`.
    func digest(of handle: ContactHandle, salt: [UInt8]) -> SHA256Digest {
        var encoder = CBOREncoder(reservingCapacity: 512)
        encoder.array(count: 6)
        encoder.byteString(salt)
        encoder.byteString(handle.bytes)
        encoder.unsigned(index)
        encoder.unsigned(recordedAt.milliseconds)
        encoder.byteString(keyIdentifier)
        switch payload {
        case .event(let event): encoder.byteString(event.encoded())
        case .unknown(let type, let id, let source):
            encoder.array(count: source == nil ? 2 : 3)
            encoder.unsigned(type)
            encoder.byteString(id.bytes)
            if let source { encoder.text(source) }
        }
        return SHA256Digest(hashing: encoder.bytes)
    }
}
