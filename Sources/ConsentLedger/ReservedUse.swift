internal import ConsentModel
public import ConsentRules
internal import LedgerCrypto

/// A use as the registry keeps it: a message that was reserved for a person, and is taken to have been sent.
public struct ReservedUse: Sendable {
    /// Its number, by which it can be released; counted over the whole ledger.
    public let id: UInt64
    public let business: String
    /// The address it was reserved for.
    public let address: ContactAddress
    public let use: Use

    init(id: UInt64, business: String, address: ContactAddress, use: Use) {
        self.id = id
        self.business = business
        self.address = address
        self.use = use
    }

    /// Opens what `sealed` made; throws `doesNotOpen`, or `damaged` if it is none.
    init(id: UInt64, at time: Timestamp, opening sealed: [UInt8], with keys: LedgerKeys) throws {
        let bytes = try keys.registry.open(sealed, associated: Self.place(id, time))
        guard let read = try? Self(id: id, at: time, decoding: bytes) else {
            throw LedgerError(
                .damaged, "the registry's use \(id) is none; restore registry.sqlite from its backup")
        }
        self = read
    }

    private init(id: UInt64, at time: Timestamp, decoding bytes: [UInt8]) throws {
        var decoder = CBORDecoder(bytes)
        guard try decoder.array(most: Self.partCount) == Self.partCount else { throw Malformed() }
        let business = try decoder.text()
        guard let address = ContactAddress(kept: Array(try decoder.byteString())) else {
            throw Malformed()
        }
        let channel = try decoder.text()
        var categories: [String] = []
        for _ in 0..<(try decoder.array(most: bytes.count)) { categories.append(try decoder.text()) }
        let categoryClass = try decoder.text()
        let sender = try decoder.array(most: 1) == 0 ? nil : try decoder.text()
        guard let purpose = Question.Purpose(rawValue: try decoder.text()) else {
            throw Malformed()
        }
        let concerns = try decoder.array(most: 1) == 0 ? nil : try decoder.unsigned()
        try decoder.end()
        self.init(
            id: id, business: business, address: address,
            use: Use(
                at: time, channel: channel, categories: categories, categoryClass: categoryClass, sender: sender,
                purpose: purpose, concerns: concerns))
    }

    /// Everything but id and time, sealed in the place that these name.
    func sealed(with keys: LedgerKeys, random: any RandomSource) throws -> [UInt8] {
        var encoder = CBOREncoder()
        encoder.array(count: Self.partCount)
        encoder.text(business)
        encoder.byteString(address.tagInput)
        encoder.text(use.channel)
        encoder.array(count: use.categories.count)
        for category in use.categories { encoder.text(category) }
        encoder.text(use.categoryClass)
        encoder.array(count: use.sender == nil ? 0 : 1)
        if let sender = use.sender { encoder.text(sender) }
        encoder.text(use.purpose.rawValue)
        encoder.array(count: use.concerns == nil ? 0 : 1)
        if let concerns = use.concerns { encoder.unsigned(concerns) }
        return try keys.registry.seal(encoder.bytes, associated: Self.place(id, use.at), random: random)
    }

    /// What is sealed is no use; the caller says which.
    private struct Malformed: Error {}

    private static let partCount = 8

    private static func place(_ id: UInt64, _ time: Timestamp) -> [UInt8] {
        var encoder = CBOREncoder()
        encoder.array(count: 3)
        encoder.text("consent-ledger/use/v1")
        encoder.unsigned(id)
        encoder.unsigned(time.milliseconds)
        return encoder.bytes
    }
}
