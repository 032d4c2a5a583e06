public import ConsentModel
internal import LedgerCrypto

extension Catalog.Business {
    /// What tells it from others, and since when it is registered.
    public var json: JSON {
        [
            "id": .string(id), "name": .string(name), "country": .optional(country), "record": .number(window.from),
        ]
    }
}

extension Catalog.Brand {
    /// A brand of `business`.
    public func json(_ business: String) -> JSON {
        [
            "id": .string(id), "business": .string(business), "name": .string(name), "record": .number(window.from),
        ]
    }
}

extension Catalog.Sender {
    /// A sender of `business`.
    public func json(_ business: String) -> JSON {
        [
            "id": .string(id), "business": .string(business), "addresses": .strings(addresses),
            "channels": .strings(channels), "brand": .optional(brand), "record": .number(window.from),
        ]
    }
}

extension Catalog.Category {
    /// A category of `business`.
    public func json(_ business: String) -> JSON {
        [
            "id": .string(id), "business": .string(business), "class": .string(categoryClass), "basis": .string(basis),
            "title": .optional(name), "record": .number(window.from), "retired-by": .optional(window.until),
        ]
    }
}

extension Catalog.Notice {
    /// A notice of `business`, without its text.
    public func json(_ business: String) -> JSON {
        [
            "name": .string(name), "business": .string(business), "language": .string(language),
            "text-digest": .string(Hexadecimal.encode(textDigest)), "channels": .strings(channels),
            "categories": .strings(categories), "brand": .optional(brand),
            "recorded-at": .string(recordedAt.description), "shown-from": .optional(shown?.from.description),
            "shown-until": .optional(shown?.until?.description), "record": .number(window.from),
            "retired-by": window.until.map { .number($0) } ?? .null,
        ]
    }
}

extension Catalog.SourceKey {
    /// A key of `source`, and whether it is in force.
    public func json(source: String) -> JSON {
        [
            "id": .string(source), "custody": .string(custody),
            "businesses": businesses.map { .strings($0) } ?? .null,
            "public-key": .string(Hexadecimal.encode(publicKey.bytes)),
            "key-id": .string(Hexadecimal.encode(publicKey.keyIdentifier)),
            "possession-shown": .bool(possessionShown), "record": .number(window.from),
            "revoked-by": window.until.map { .number($0) } ?? .null,
            "compromised-since": .optional(compromise?.since.description),
        ]
    }
}

extension RulePack {
    /// What tells it from others.
    public var json: JSON {
        [
            "pack": .string(id), "version": .string(version), "title": .string(title),
            "pack-digest": .string(digest.description),
        ]
    }
}

extension PackAdoption {
    /// An adoption of a pack.
    public var json: JSON {
        [
            "pack": .string(pack), "version": .string(version), "pack-digest": .string(digest.description),
            "state": .string("adopted"), "business": .optional(business),
            "effective-from": .string(effectiveFrom.description), "record": .number(index),
            "recorded-at": .string(recordedAt.description),
        ]
    }
}
