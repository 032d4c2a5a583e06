internal import ConsentModel
internal import ConsentRules

/// What a log says of some contacts, in little memory: of each record what a decision needs, one after the other, decoded
/// when it is asked for.
public struct ContactHistories {
    /// For each contact, where its last entry in `entries` begins; `none` as long as there is none.
    private var last: [ContactHandle: Int] = [:]
    /// Of each record and contact: where the contact's entry before it begins, the index, recorded-at, the length of the
    /// event (8 bytes each), the key identifier (16) and the event.
    private var entries: [UInt8] = []

    private static let none = -1
    private static let fixedByteCount = 48
    private static let keyIdentifierByteCount = 16

    init() {}

    /// Whether no contact is wanted.
    var isEmpty: Bool { last.isEmpty }

    /// Wants a contact's records; false if they are wanted already.
    mutating func add(_ contact: ContactHandle) -> Bool {
        guard last[contact] == nil else { return false }
        last[contact] = Self.none
        return true
    }

    /// Takes the next entry of the log, if it is about a contact that is wanted. Throws `damaged` if it is no record of a
    /// statement.
    mutating func take(_ entry: [UInt8], at index: UInt64) throws(AuditError) {
        let record: Record
        do { record = try Record(decoding: entry[...]) } catch { throw LoggedEvent.unreadable(index, error) }
        for contact in record.handles {
            guard let previous = last[contact] else { continue }
            let statement: Statement
            do { statement = try Statement(decoding: record.statement[...]) } catch {
                throw LoggedEvent.unreadable(index, error)
            }
            last[contact] = entries.count
            append(UInt64(bitPattern: Int64(previous)))
            append(index)
            append(record.recordedAt.milliseconds)
            append(UInt64(statement.payload.count))
            entries += statement.keyIdentifier
            entries += statement.payload
        }
    }

    /// Whether there is a record of the contact.
    func hasRecords(of contact: ContactHandle) -> Bool { last[contact].map { $0 != Self.none } ?? false }

    /// What is recorded of a contact; without entries if nothing is, or if it is none of those that were asked for. Throws
    /// `damaged` for a record that states no event.
    func timeline(of contact: ContactHandle) throws(AuditError) -> ContactTimeline {
        var found: [ContactTimeline.Entry] = []
        var start = last[contact] ?? Self.none
        while start != Self.none {
            let index = number(start + 8)
            let end = start + Self.fixedByteCount + Int(number(start + 24))
            let payload: Payload
            do { payload = try Payload(decoding: entries[start + Self.fixedByteCount..<end]) } catch {
                throw LoggedEvent.unreadable(index, error)
            }
            found.append(
                ContactTimeline.Entry(
                    index: index, recordedAt: Timestamp(milliseconds: number(start + 16)) ?? .last,
                    keyIdentifier: Array(entries[start + 32..<start + 32 + Self.keyIdentifierByteCount]),
                    payload: payload))
            start = Int(Int64(bitPattern: number(start)))
        }
        return ContactTimeline(handle: contact, entries: found.reversed())
    }

    private mutating func append(_ number: UInt64) {
        withUnsafeBytes(of: number.littleEndian) { entries.append(contentsOf: $0) }
    }

    private func number(_ start: Int) -> UInt64 {
        entries.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: start, as: UInt64.self)) }
    }
}
