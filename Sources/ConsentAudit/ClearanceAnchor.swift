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
    /// How many clearances the record anchors together; `nil` where it anchors this one by itself.
    public let count: UInt64?

    /// The record as an anchor of `clearance` (SPEC.md, “Anchoring”): by itself, or where there is a `path` together with
    /// others. `nil` if it is something else, or anchors something else.
    public init?(_ logged: LoggedEvent, of clearance: Clearance, by path: AnchorPath? = nil) {
        guard let event = logged.event, event.type == .decisionsRecorded, let root = event.bytes(.root),
            let count = event.number(.count), let coveredSize = event.number(.coveredSize),
            logged.record.index >= coveredSize
        else { return nil }
        let isOnIt = coveredSize == clearance.logSize && event.bytes(.coveredRoot) == clearance.logRoot.bytes
        if let path {
            guard let root = SHA256Digest(root), path.record == logged.record.index,
                event.bytes(.inputsDigest) == nil, coveredSize > clearance.logSize || isOnIt,
                (try? path.verify(clearance, count: count, root: root)) != nil
            else { return nil }
        } else {
            guard isOnIt, root == clearance.root.bytes, count == clearance.count,
                event.bytes(.inputsDigest) == clearance.inputs.bytes
            else { return nil }
        }
        self.count = path == nil ? nil : count
        index = logged.record.index
        recordedAt = logged.record.recordedAt
    }
}

extension PublishedLog {
    /// The first record that anchors `clearance` by itself; `nil` if none does. Only the records of the ledger's chain are
    /// read.
    public func anchor(of clearance: Clearance) throws -> ClearanceAnchor? {
        guard clearance.logSize <= size, let last = try lastIndices(of: [.ledger], below: size)[.ledger] else {
            return nil
        }
        for record in try chain(.ledger, from: clearance.logSize, through: last) {
            if let anchor = ClearanceAnchor(try LoggedEvent(record), of: clearance) { return anchor }
        }
        return nil
    }

    /// The record that `path` names, if it anchors `clearance` together with others; else `nil`.
    public func anchor(of clearance: Clearance, by path: AnchorPath) throws -> ClearanceAnchor? {
        guard path.record < size else { return nil }
        return ClearanceAnchor(try LoggedEvent(record(at: path.record)), of: clearance, by: path)
    }
}
