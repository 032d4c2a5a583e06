package import ConsentLedger
package import ConsentModel
internal import ConsentRules

/// What a consent receipt must say of a business and a ledger does not hold: a JSON object. Each member may be
/// left out; what is missing is then said to be missing.
package struct ControllerFile: Sendable {
    /// What names the business elsewhere, and where its pages are.
    private(set) var iri: String?
    private(set) var url: String?
    private(set) var privacyNotice: String?
    private(set) var postalAddress: String?
    private(set) var email: String?
    private(set) var phone: String?
    /// How a consent is withdrawn, and how rights are exercised: a page, or in words.
    private(set) var withdrawal: String?
    private(set) var rights: String?
    /// The countries where the data is kept (ISO 3166-1), and for how long (ISO 8601).
    private(set) var storageLocations: [String]?
    private(set) var retention: String?
    /// Others who get the data; empty: nobody.
    private(set) var recipients: [String]?
    /// Whom one complains to.
    private(set) var authority: String?

    package static let mostBytes = 1 << 16
    private static let mostText = 1000
    package static let members = [
        "authority", "email", "iri", "phone", "postal-address", "privacy-notice", "recipients", "retention", "rights",
        "storage-locations", "url", "withdrawal",
    ]

    /// A business of which nothing is said.
    package init() {}

    /// Reads a file's bytes; `path` is what to call it. Throws `badInput` with the member that is wrong.
    package init(parsing bytes: [UInt8], path: String) throws(LedgerError) {
        let json: JSONValue
        do { json = try JSONValue(parsing: bytes) } catch { throw LedgerError(.badInput, "\(path): \(error)") }
        try self.init(json, path: path)
    }

    /// Reads what a file has, or a request; `path` is what to call it. Throws `badInput` with the member that is wrong.
    package init(_ json: JSONValue, path: String) throws(LedgerError) {
        guard case .object(let members) = json else {
            throw LedgerError(.badInput, "\(path) is no JSON object; it is one with any of: \(Self.list)")
        }
        for name in members.keys.sorted() where !Self.members.contains(name) {
            throw LedgerError(.badInput, "\(path): “\(name)” is not said of a business; these can be: \(Self.list)")
        }
        func wrong(_ name: String, _ what: String) -> LedgerError {
            LedgerError(.badInput, "\(path): “\(name)” \(what)")
        }
        func text(_ name: String) throws(LedgerError) -> String? {
            guard let value = members[name] else { return nil }
            guard let text = value.string, 1...Self.mostText ~= text.utf8.count else {
                throw wrong(name, "is not a text of 1 to \(Self.mostText) bytes; leave it out where it is not known")
            }
            return text
        }
        func link(_ name: String) throws(LedgerError) -> String? {
            guard let text = try text(name) else { return nil }
            guard Self.isLink(text) else { throw wrong(name, "is not a link; write one such as https://example.com/") }
            return text
        }
        func texts(_ name: String) throws(LedgerError) -> [String]? {
            guard let value = members[name] else { return nil }
            guard let items = value.array, items.count <= 100,
                items.allSatisfy({ $0.string.map { 1...Self.mostText ~= $0.utf8.count } ?? false })
            else { throw wrong(name, "is not a list of at most 100 texts") }
            return items.compactMap(\.string)
        }
        (iri, url, privacyNotice) = (try link("iri"), try link("url"), try link("privacy-notice"))
        (postalAddress, email, phone) = (try text("postal-address"), try text("email"), try text("phone"))
        (withdrawal, rights, authority) = (try text("withdrawal"), try text("rights"), try text("authority"))
        (storageLocations, recipients) = (try texts("storage-locations"), try texts("recipients"))
        retention = try text("retention")
        if let email, (try? ContactAddress(parsing: email))?.kind != .email {
            throw wrong("email", "is no e-mail address; write one such as privacy@example.com")
        }
        for country in storageLocations ?? [] where !CountryCodes.contains(country) {
            throw wrong(
                "storage-locations", "has “\(country)”, which is no country; write ES for instance (ISO 3166-1)")
        }
        if storageLocations?.isEmpty == true { throw wrong("storage-locations", "is empty; leave it out") }
        if let retention, !Self.isDuration(retention) {
            throw wrong("retention", "is no length of time; write it as P3Y or P18M (ISO 8601)")
        }
    }

    private static var list: String { members.joined(separator: ", ") }

    /// Whether a text is a link, and could not be more than that in the place of an IRI.
    package static func isLink(_ text: String) -> Bool {
        (text.hasPrefix("https://") || text.hasPrefix("http://")) && text.utf8.count > 8
            && text.utf8.allSatisfy { 0x21...0x7E ~= $0 && !"<>\"{}|\\^`".utf8.contains($0) }
    }

    /// Whether a text is years, months, weeks and days, in that order and at least one of them.
    private static func isDuration(_ text: String) -> Bool {
        guard text.first == "P", text.utf8.count > 2 else { return false }
        var units = Array("YMWD")[...]
        var digits = 0
        for letter in text.dropFirst() {
            if letter.isASCII, letter.isNumber {
                digits += 1
            } else {
                guard digits > 0, let place = units.firstIndex(of: letter) else { return false }
                units = units[(place + 1)...]
                digits = 0
            }
        }
        return digits == 0
    }
}
