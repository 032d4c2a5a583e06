internal import ConsentModel
internal import LedgerCrypto

/// Holds the sealed parts, as they come one after the other, against what the records of the log commit to, so that nobody's
/// facts are left behind where parts are copied and the originals go.
struct CommittedFacts {
    private let records: PublishedRecords
    private let size: UInt64
    /// Whether a contact is kept: of who was erased nothing has to be there.
    private let isKept: (ContactHandle) throws -> Bool
    /// The record that comes next.
    private var next: UInt64 = 0

    init(_ records: PublishedRecords, size: UInt64, isKept: @escaping (ContactHandle) throws -> Bool) {
        self.records = records
        self.size = size
        self.isKept = isKept
    }

    /// The event whose part comes next; `nil` of a type that is not known. Throws `damaged` if that of a record before it is
    /// missing, and where it comes too late, or no record has it.
    mutating func event(ofPart index: UInt64) throws -> Event? {
        guard next..<size ~= index else {
            throw LedgerError(
                .damaged,
                "private/sealed has a part of record \(index) \(index < size ? "twice or out of its place" : "which the log has not"); "
                    + "run consent registry check, and restore private/sealed")
        }
        try refuseMissing(before: index)
        next = index + 1
        return try event(at: index).event
    }

    /// Throws `damaged` if the part of a record after the last one is missing.
    mutating func refuseMissingAtEnd() throws { try refuseMissing(before: size) }

    private mutating func refuseMissing(before end: UInt64) throws {
        for index in next..<end {
            let (handles, event) = try event(at: index)
            guard let commitment = event?.commitment, commitment != PrivateField.commitmentDigest([]).bytes,
                try handles.contains(where: isKept)
            else { continue }
            throw LedgerError(
                .damaged,
                "the private facts of record \(index) are missing, and after a change of keys no backup of them would open; run "
                    + "consent registry check, and restore private/sealed")
        }
        next = end
    }

    private func event(at index: UInt64) throws -> (handles: [ContactHandle], event: Event?) {
        guard let record = try records.record(at: index) else {
            throw LedgerError(.damaged, "record \(index) is not in the log; run consent verify")
        }
        let payload = try Payload(decoding: Statement(decoding: record.statement[...]).payload[...])
        guard case .event(let event) = payload else { return (record.handles, nil) }
        return (record.handles, event)
    }

    /// Throws `damaged` unless a part is of that event and, where all its fields were opened, they are those that the event
    /// commits to.
    static func refuseOthers(
        _ opened: [PrivateField], of part: SealedPart, _ event: Event, record: UInt64, ledgerID: [UInt8]
    ) throws {
        let isTheirs =
            part.event == event.id
            && (opened.count < part.fields.count
                || PrivateField.commitmentDigest(opened.map { $0.commitment(ledgerID: ledgerID, event: event.id) })
                    .bytes
                    == event.commitment)
        guard isTheirs else {
            throw LedgerError(
                .damaged,
                "the private facts of record \(record) are not those that it commits to; run consent registry check, and "
                    + "restore private/sealed")
        }
    }
}
