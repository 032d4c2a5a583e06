internal import ConsentModel
internal import ConsentRules
internal import LedgerCrypto
internal import TransparencyLog

/// One entry of the journal: a record with all that must reach the registry and the sealed parts with it (DESIGN §6). A
/// class, since many hold it and nobody changes it.
final class JournalRecord: Sendable {
    let record: Record
    let payload: Payload
    let keyIdentifier: [UInt8]
    /// The event's encoding.
    let payloadBytes: [UInt8]
    /// The record's encoding: the log's entry.
    let bytes: [UInt8]
    let leafHash: SHA256Digest
    /// The contacts that this record is the first to name.
    let registrations: [ContactRegistration]
    /// The sealed part's encoding; empty where the event has none.
    let sealed: [UInt8]

    init(
        _ record: Record, _ statement: Statement, _ payload: Payload, registrations: [ContactRegistration],
        sealed: [UInt8]
    ) {
        self.record = record
        self.payload = payload
        keyIdentifier = statement.keyIdentifier
        payloadBytes = statement.payload
        bytes = record.encoded()
        leafHash = MerkleHash.leaf(bytes)
        self.registrations = registrations
        self.sealed = sealed
    }

    /// Reads a record as the log has it.
    init(record bytes: ArraySlice<UInt8>, registrations: [ContactRegistration] = [], sealed: [UInt8] = []) throws {
        record = try Record(decoding: bytes)
        let statement = try Statement(decoding: record.statement[...])
        payload = try Payload(decoding: statement.payload[...])
        keyIdentifier = statement.keyIdentifier
        payloadBytes = statement.payload
        self.bytes = Array(bytes)
        leafHash = MerkleHash.leaf(self.bytes)
        self.registrations = registrations
        self.sealed = sealed
    }

    func encoded() -> [UInt8] {
        var encoder = CBOREncoder(reservingCapacity: bytes.count + sealed.count + 256 * registrations.count + 16)
        encoder.array(count: 3)
        encoder.byteString(bytes)
        encoder.array(count: registrations.count)
        for registration in registrations {
            encoder.array(count: 5)
            encoder.byteString(registration.handle)
            encoder.text(registration.business)
            encoder.byteString(registration.tag)
            encoder.byteString(registration.wrappedKey)
            encoder.byteString(registration.sealedAddress)
        }
        encoder.byteString(sealed)
        return encoder.bytes
    }

    convenience init(decoding bytes: [UInt8]) throws {
        var decoder = CBORDecoder(bytes)
        guard try decoder.array(most: 3) == 3 else {
            throw LedgerError(.damaged, "an entry of the journal does not have three parts")
        }
        let record = try decoder.byteString()
        var registrations: [ContactRegistration] = []
        for _ in 0..<(try decoder.array(most: Record.mostLinks)) {
            guard try decoder.array(most: 5) == 5, let handle = ContactHandle(try decoder.byteString()) else {
                throw LedgerError(.damaged, "a registration in the journal names no contact")
            }
            let business = try decoder.text()
            guard let tag = ContactTag(try decoder.byteString()) else {
                throw LedgerError(.damaged, "a registration in the journal has no tag")
            }
            registrations.append(
                ContactRegistration(
                    handle: handle, business: business, tag: tag, wrappedKey: Array(try decoder.byteString()),
                    sealedAddress: Array(try decoder.byteString())))
        }
        let sealed = Array(try decoder.byteString())
        try decoder.end()
        try self.init(record: record, registrations: registrations, sealed: sealed)
    }

    /// The event, if its type is known.
    var event: Event? {
        guard case .event(let event) = payload else { return nil }
        return event
    }

    /// The entry it adds to its contacts' timelines.
    var timelineEntry: ContactTimeline.Entry {
        ContactTimeline.Entry(
            index: record.index, recordedAt: record.recordedAt, keyIdentifier: keyIdentifier, payload: payload)
    }

    /// The handles that no longer stand for their address from this record on: the address starts anew (DESIGN §7.6).
    var closedHandles: [ContactHandle] { event?.closedHandles(among: record.handles) ?? [] }

    /// The contacts that it erases.
    var erasedHandles: [ContactHandle] { event?.type == .contactErased ? record.handles : [] }

    /// The contact that the person of a closed handle is reached at from this record on, if it names one.
    func successor(of handle: ContactHandle) -> ContactHandle? {
        event?.type == .contactChanged ? record.handles.first { $0 != handle } : nil
    }
}

extension Event {
    /// Of the contacts of its record, those that no longer stand for their address from it on.
    func closedHandles(among handles: [ContactHandle]) -> [ContactHandle] {
        switch type {
        case .contactReassigned, .contactErased: handles
        case .contactChanged: bytes(.fromHandle).flatMap { ContactHandle($0) }.map { [$0] } ?? []
        default: []
        }
    }
}
