/// An address at which a person is reached, in its one canonical spelling: a phone number, an e-mail address, or a
/// WhatsApp user id.
///
/// Two spellings of one address are equal once read. Where two *different* addresses may be one line, each names the
/// other in ``otherSpellings``.
public struct ContactAddress: Hashable, Sendable, CustomStringConvertible {
    /// What kind of address it is. The raw value is the first byte of ``tagInput``, and is never used again for another.
    public enum Kind: UInt8, Sendable, CaseIterable {
        case phone = 1
        case email = 2
        case whatsAppUser = 3
    }

    /// How a source writes addresses.
    public enum Notation: Hashable, Sendable {
        /// As people write them: `+34 600 111 222`, `ana@example.com`, `whatsapp:US.1234567`.
        case any
        /// WhatsApp's phone ids: international digits, the plus absent.
        case whatsAppID
        /// WhatsApp's business-scoped user ids: `US.1234567`.
        case whatsAppUser
    }

    public let kind: Kind
    /// The canonical spelling without a kind: `+34600111222`, `ana@example.com`, `US.1234567`.
    let canonical: String

    init(kind: Kind, canonical: String) {
        self.kind = kind
        self.canonical = canonical
    }

    /// Longer texts are no address, in bytes: an e-mail address has at most 318, and room for how people decorate it.
    static let maximumTextByteCount = 512

    /// The address that a person or another system wrote.
    ///
    /// `defaultRegion` is the country (two letters, ISO 3166-1) within whose rules numbers without `+` or `00` are read.
    public init(parsing text: String, defaultRegion: String? = nil) throws(ContactAddressError) {
        if ContactPhone.isPlain(text) {
            self.init(kind: .phone, canonical: text)
            return
        }
        guard text.utf8.count <= Self.maximumTextByteCount else {
            throw ContactAddressError(
                .malformed, "the contact has \(text.utf8.count) bytes, and no address is that long; name one address")
        }
        let trimmed = ContactTyping.trimmed(text)
        guard !trimmed.isEmpty else {
            throw ContactAddressError(
                .empty, "no contact was given; write +34600111222, ana@example.com or whatsapp:US.1234567")
        }
        if let rest = ContactTyping.dropping(prefix: "whatsapp:", from: trimmed) {
            if rest.contains(".") {
                try self.init(whatsAppUser: String(rest))
            } else {
                try self.init(whatsAppID: String(rest))
            }
        } else if trimmed.utf8.contains(UInt8(ascii: "@")) {
            self = try ContactEmail.address(ContactTyping.dropping(prefix: "mailto:", from: trimmed) ?? trimmed)
        } else {
            let number = ContactTyping.dropping(prefix: "tel:", from: trimmed) ?? trimmed
            self = try ContactPhone.address(number, defaultRegion: defaultRegion)
        }
    }

    /// The phone number of a WhatsApp `wa_id`: 7 to 15 digits, a leading `+` allowed. WhatsApp vouches that the number
    /// exists, so that a length which our table of the world's numbers does not know is taken as it is.
    public init(whatsAppID: String) throws(ContactAddressError) {
        self = try ContactPhone.address(whatsAppID: whatsAppID)
    }

    /// A WhatsApp business-scoped user id: two capital letters of a country, a point, and 1 to 128 ASCII letters and
    /// digits; those of a group of portfolios have `ENT.` in between (`US.ENT.1234567`). The country and `ENT` are
    /// accepted in either case; what follows is opaque, and taken as it is.
    public init(whatsAppUser: String) throws(ContactAddressError) {
        self = try ContactWhatsAppUser.address(ContactTyping.trimmed(whatsAppUser))
    }

    /// The address `text` in the notation of its source.
    public init(
        _ text: String, notation: Notation, defaultRegion: String? = nil
    ) throws(ContactAddressError) {
        switch notation {
        case .any: try self.init(parsing: text, defaultRegion: defaultRegion)
        case .whatsAppID: try self.init(whatsAppID: text)
        case .whatsAppUser: try self.init(whatsAppUser: text)
        }
    }

    /// The address whose ``tagInput`` is `bytes`, as a registry kept it; `nil` for bytes that no address has.
    public init?(tagInput bytes: [UInt8]) {
        guard let first = bytes.first, let kind = Kind(rawValue: first),
            let canonical = String(validating: bytes.dropFirst(), as: UTF8.self)
        else { return nil }
        let read: ContactAddress?
        switch kind {
        case .phone: read = canonical.first == "+" ? try? ContactAddress(whatsAppID: canonical) : nil
        case .email: read = try? ContactEmail.address(canonical[...])
        case .whatsAppUser: read = try? ContactWhatsAppUser.address(canonical[...])
        }
        guard let read, read.canonical == canonical else { return nil }
        self = read
    }

    /// The address in full, as ``init(parsing:defaultRegion:)`` reads it. Not for logs.
    public var text: String { kind == .whatsAppUser ? "whatsapp:" + canonical : canonical }

    /// What the keyed tag of the registry is taken over: one byte of kind, then the canonical spelling in UTF-8.
    public var tagInput: [UInt8] { [kind.rawValue] + canonical.utf8 }

    /// The address with its middle left out, for logs: `+346…222`, `a…@example.com`, `whatsapp:US.…567`.
    public var description: String {
        switch kind {
        case .phone:
            return "\(canonical.prefix(4))…\(canonical.suffix(canonical.utf8.count > 9 ? 3 : 2))"
        case .email:
            let at = canonical.firstIndex(of: "@") ?? canonical.endIndex
            return "\(canonical.prefix(1))…\(canonical[at...])"
        case .whatsAppUser:
            return "whatsapp:\(canonical.prefix(3))…\(canonical.utf8.count > 9 ? canonical.suffix(3) : "")"
        }
    }

    /// Other addresses that may be the same line. A *stop* is looked up under all of them; a grant only under the exact
    /// address.
    ///
    /// - Argentina: `+54 9 N` and `+54 N` reach one telephone through WhatsApp, yet may be a mobile and a landline.
    /// - Benin: since 30 November 2024 the old eight digits N are `01 N`; WhatsApp still knows many by the old number.
    ///
    /// Mexico's and Brazil's spellings are not listed: they are one line for certain, so reading makes them one address.
    public var otherSpellings: [ContactAddress] { kind == .phone ? ContactPhone.otherSpellings(of: canonical) : [] }

    /// The address and its other spellings.
    var everySpelling: [ContactAddress] { [self] + otherSpellings }

    /// The country (ISO 3166-1) of a phone number or a WhatsApp user id; `nil` for e-mail addresses, and for numbers of
    /// no country. Asks libphonenumber for phone numbers: about 20 µs, the first time 5 ms.
    public var region: String? {
        switch kind {
        case .phone: ContactPhone.region(of: canonical)
        case .email: nil
        case .whatsAppUser: String(canonical.prefix(2))
        }
    }

    /// The countries (ISO 3166-1) that a phone number or a WhatsApp user id may be of: one where it tells; all that share
    /// the calling code where the number lies in no range that libphonenumber knows; none for e-mail addresses, and for
    /// numbers of no country. Asks libphonenumber where countries share a calling code: up to 20 µs, the first time 5 ms.
    var countries: [String] {
        switch kind {
        case .phone: ContactPhone.countries(of: canonical)
        case .email: []
        case .whatsAppUser: [String(canonical.prefix(2))]
        }
    }

    /// What the spelling of a canonical address depends on, besides the address: our own rules and the metadata of the
    /// linked libphonenumber. The registry keeps it with its tags, and recomputes them when it is another.
    public static let normalization = "1/" + ContactPhone.metadataFingerprint
}
