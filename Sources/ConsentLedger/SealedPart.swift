internal import ConsentModel
internal import LedgerCrypto

/// The private fields of one event, each sealed under its contact's data key in its own place, so that each can be shown
/// or deleted by itself.
struct SealedPart: Sendable {
    struct Field: Sendable {
        let handle: ContactHandle
        let name: String
        /// Salt and value, sealed.
        let sealed: [UInt8]
    }

    let event: EventID
    let fields: [Field]

    static func seal(
        _ field: PrivateField, of event: EventID, handle: ContactHandle, ledgerID: [UInt8], key: SealingKey,
        random: any RandomSource
    ) -> Field {
        Field(
            handle: handle, name: field.name,
            sealed: key.seal(
                field.salt + field.value, associated: place(ledgerID, handle, event, field.name), random: random))
    }

    /// Opens a field; throws `doesNotOpen` where key, place or bytes differ.
    func open(_ field: Field, ledgerID: [UInt8], key: SealingKey) throws -> PrivateField {
        let bytes = try key.open(
            field.sealed, associated: Self.place(ledgerID, field.handle, event, field.name))
        guard bytes.count >= PrivateField.saltByteCount else {
            throw LedgerError(.damaged, "a sealed field of the event \(event) is shorter than its salt")
        }
        return try PrivateField(
            name: field.name, value: Array(bytes[PrivateField.saltByteCount...]),
            salt: Array(bytes[..<PrivateField.saltByteCount]))
    }

    /// The same part with every field that is another's as it is, and each of those that `keys` gives two keys for opened
    /// under the first and sealed under the second; and those that were opened. Of the same length. Throws `doesNotOpen`.
    func resealed(
        ledgerID: [UInt8], random: any RandomSource,
        keys: (ContactHandle) throws -> (old: SealingKey, new: SealingKey)?
    ) throws -> (part: SealedPart, opened: [(handle: ContactHandle, field: PrivateField)]) {
        var opened: [(handle: ContactHandle, field: PrivateField)] = []
        let part = try SealedPart(
            event: event,
            fields: fields.map { field in
                guard let (old, new) = try keys(field.handle) else { return field }
                let inClear = try open(field, ledgerID: ledgerID, key: old)
                opened.append((field.handle, inClear))
                return Self.seal(
                    inClear, of: event, handle: field.handle, ledgerID: ledgerID, key: new, random: random)
            })
        return (part, opened)
    }

    private static func place(
        _ ledgerID: [UInt8], _ handle: ContactHandle, _ event: EventID, _ name: String
    ) -> [UInt8] {
        var encoder = CBOREncoder()
        encoder.array(count: 5)
        encoder.text("consent-ledger/sealed-field/v1")
        encoder.byteString(ledgerID)
        encoder.byteString(handle)
        encoder.byteString(event)
        encoder.text(name)
        return encoder.bytes
    }

    func encoded() -> [UInt8] {
        var encoder = CBOREncoder()
        encoder.array(count: 2)
        encoder.byteString(event)
        encoder.array(count: fields.count)
        for field in fields {
            encoder.array(count: 3)
            encoder.byteString(field.handle)
            encoder.text(field.name)
            encoder.byteString(field.sealed)
        }
        return encoder.bytes
    }

    init(event: EventID, fields: [Field]) {
        self.event = event
        self.fields = fields
    }

    init(decoding bytes: [UInt8]) throws {
        var decoder = CBORDecoder(bytes)
        guard try decoder.array(most: 2) == 2, let event = EventID(try decoder.byteString()) else {
            throw LedgerError(.damaged, "a sealed part does not begin with its event's id")
        }
        var fields: [Field] = []
        for _ in 0..<(try decoder.array(most: PrivateField.mostFields)) {
            guard try decoder.array(most: 3) == 3, let handle = ContactHandle(try decoder.byteString()) else {
                throw LedgerError(.damaged, "a sealed field of the event \(event) names no contact")
            }
            fields.append(Field(handle: handle, name: try decoder.text(), sealed: Array(try decoder.byteString())))
        }
        try decoder.end()
        self.init(event: event, fields: fields)
    }
}
