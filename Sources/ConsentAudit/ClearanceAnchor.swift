public import ConsentModel
internal import ConsentRules
internal import LedgerCrypto
public import TransparencyLog

/// A record that anchors a clearance: since it is in the log, its decisions are known to have been made.
public struct ClearanceAnchor: Hashable, Sendable {
    /// The record's index.
    public let index: UInt64
    /// When the ledger recorded it: the ledger's word, before a checkpoint that covers it was kept elsewhere.
    public let recordedAt: Timestamp

    /// The record as an anchor of `clearance`; `nil` if it is something else, or anchors something else.
    public init?(_ logged: LoggedEvent, of clearance: Clearance) {
        guard let event = logged.event, event.type == .decisionsRecorded, logged.record.index >= clearance.logSize,
            event.bytes(.root) == clearance.root.bytes, event.number(.count) == clearance.count,
            event.number(.coveredSize) == clearance.logSize, event.bytes(.coveredRoot) == clearance.logRoot.bytes,
            event.bytes(.inputsDigest) == clearance.inputs.bytes
        else { return nil }
        index = logged.record.index
        recordedAt = logged.record.recordedAt
    }
}

extension PublishedLog {
    /// The first record that anchors `clearance`; `nil` if none does. Only the records of the ledger's chain are read.
    public func anchor(of clearance: Clearance) throws -> ClearanceAnchor? {
        guard clearance.logSize <= size, let last = try lastIndices(of: [.ledger], below: size)[.ledger] else {
            return nil
        }
        for record in try chain(.ledger, from: clearance.logSize, through: last) {
            if let anchor = ClearanceAnchor(try LoggedEvent(record), of: clearance) { return anchor }
        }
        return nil
    }
}
