internal import ConsentModel
internal import LedgerCrypto

/// What the registry keeps of a contact: how it is found, and its keys and address, both sealed.
final class ContactRegistration: Sendable {
    let handle: ContactHandle
    let business: String
    let tag: ContactTag
    /// The data key under the epoch key; bound to the handle.
    let wrappedKey: [UInt8]
    /// The address under the registry key; bound to tag and handle.
    let sealedAddress: [UInt8]
    /// The data key, where it was made just now.
    private let madeKey: SealingKey?

    /// Makes a handle and a data key for an address met for the first time.
    convenience init(
        of address: ContactAddress, business: String, keys: LedgerKeys, random: any RandomSource
    ) throws {
        let handle = ContactHandle(random: random)
        let tag = try keys.tag(of: address, business: business)
        var dataKey = random.bytes(SealingKey.byteCount)
        defer { SecretBytes.wipe(&dataKey) }
        self.init(
            handle: handle, business: business, tag: tag,
            wrappedKey: try Self.wrapped(dataKey, of: handle, keys, random: random),
            sealedAddress: try keys.registry.seal(
                address.tagInput, associated: Self.addressPlace(tag, handle), random: random),
            madeKey: try? SealingKey(SecretBytes(dataKey)))
    }

    init(
        handle: ContactHandle, business: String, tag: ContactTag, wrappedKey: [UInt8], sealedAddress: [UInt8],
        madeKey: SealingKey? = nil
    ) {
        self.madeKey = madeKey
        self.handle = handle
        self.business = business
        self.tag = tag
        self.wrappedKey = wrappedKey
        self.sealedAddress = sealedAddress
    }

    /// Unwraps the data key; throws `doesNotOpen`.
    func dataKey(_ keys: LedgerKeys) throws -> SealingKey {
        if let madeKey { return madeKey }
        var bytes = try keys.epoch.open(wrappedKey, associated: Self.keyPlace(handle))
        defer { SecretBytes.wipe(&bytes) }
        return try SealingKey(SecretBytes(bytes))
    }

    /// A data key as the registry keeps it.
    static func wrapped(
        _ dataKey: [UInt8], of handle: ContactHandle, _ keys: LedgerKeys, random: any RandomSource
    ) throws -> [UInt8] {
        try keys.epoch.seal(dataKey, associated: keyPlace(handle), random: random)
    }

    /// Opens the address; throws `doesNotOpen`, or `damaged` if it is none.
    func address(_ keys: LedgerKeys) throws -> ContactAddress {
        let bytes = try keys.registry.open(sealedAddress, associated: Self.addressPlace(tag, handle))
        guard let address = ContactAddress(kept: bytes) else {
            throw LedgerError(.damaged, "the registry's address of the contact \(handle) is none; run consent verify")
        }
        return address
    }

    /// The same; `nil` where it does not open, or is none.
    func addressIfItOpens(_ keys: LedgerKeys) throws -> ContactAddress? {
        try ifItOpens { try address(keys) }
    }

    /// The same contact under another spelling of its address.
    func moved(
        to address: ContactAddress, tag: ContactTag, keys: LedgerKeys, random: any RandomSource
    ) throws -> ContactRegistration {
        try ContactRegistration(
            handle: handle, business: business, tag: tag, wrappedKey: wrappedKey,
            sealedAddress: keys.registry.seal(
                address.tagInput, associated: Self.addressPlace(tag, handle), random: random))
    }

    /// The same contact, its key and address sealed by other keys; what does not open stays as it is.
    func resealed(
        from old: LedgerKeys, to new: LedgerKeys, random: any RandomSource
    ) throws -> (wrappedKey: [UInt8], sealedAddress: [UInt8]) {
        func resealed(_ sealed: [UInt8], from key: SealingKey, to other: SealingKey, _ place: [UInt8]) throws -> [UInt8]
        {
            guard var bytes = try? key.open(sealed, associated: place) else { return sealed }
            defer { SecretBytes.wipe(&bytes) }
            return other.seal(bytes, associated: place, random: random)
        }
        return try (
            resealed(wrappedKey, from: old.epoch, to: new.epoch, Self.keyPlace(handle)),
            resealed(sealedAddress, from: old.registry, to: new.registry, Self.addressPlace(tag, handle))
        )
    }

    private static func keyPlace(_ handle: ContactHandle) -> [UInt8] {
        Array("consent-ledger/data-key/v1".utf8) + handle.bytes
    }

    private static func addressPlace(_ tag: ContactTag, _ handle: ContactHandle) -> [UInt8] {
        Array("consent-ledger/address/v1".utf8) + tag.bytes + handle.bytes
    }
}

/// What `body` opens; `nil` where it does not open, or is not what it should be.
func ifItOpens<Result>(_ body: () throws -> Result) throws -> Result? {
    do { return try body() } catch is CryptoError { return nil } catch let error as LedgerError
        where error.code == .damaged
    { return nil }
}

extension ContactAddress {
    /// The address whose `tagInput` we sealed: taken as it is, even if today's rules spell it differently, or not at all.
    init?(kept bytes: [UInt8]) {
        guard let first = bytes.first, let kind = Kind(rawValue: first), bytes.count > 1,
            let canonical = String(validating: bytes.dropFirst(), as: UTF8.self)
        else { return nil }
        self.init(kind: kind, canonical: canonical)
    }

    /// The address as it is spelled by today's rules; as it was, where they have no such address any more.
    var respelled: ContactAddress {
        if let address = try? ContactAddress(parsing: text) { return address }
        // A number that only WhatsApp vouches for.
        return (kind == .phone ? try? ContactAddress(whatsAppID: canonical) : nil) ?? self
    }
}
