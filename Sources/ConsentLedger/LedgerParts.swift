internal import ConsentRules
internal import LedgerCrypto
internal import LedgerStorage

/// The files without which a ledger that was made is not answered from, and not written on: what is missing may be what
/// someone took away.
enum LedgerParts {
    private static let always = [LedgerPaths.checkpoint, LedgerPaths.verifierKey, LedgerPaths.lastSigned]

    /// Throws `incomplete` if one of the files is missing that every ledger has from the start.
    static func refuseMissing(_ storage: any LedgerStorage) throws {
        for path in always where try storage.size(of: path) == nil { throw missing(path) }
    }

    /// Throws `incomplete` if the text of a notice is missing.
    static func refuseMissingTexts(_ catalog: Catalog, _ storage: any LedgerStorage) throws {
        for business in catalog.businesses.values {
            for notice in business.notices {
                guard let digest = SHA256Digest(notice.textDigest) else { continue }
                let path = try LedgerPaths.object(digest)
                guard try storage.size(of: path) == nil else { continue }
                throw missing(path, ", the words of the notice “\(notice.name)” of \(business.id),")
            }
        }
    }

    /// What to throw where the file at `path` is missing.
    static func missing(_ path: StoragePath, _ what: String = "") -> LedgerError {
        let copy = path.description.hasPrefix("private/") ? "its backup" : "a copy of the log"
        return LedgerError(
            .incomplete,
            "\(path)\(what) is missing from the ledger; restore it from \(copy), then run consent verify")
    }
}
