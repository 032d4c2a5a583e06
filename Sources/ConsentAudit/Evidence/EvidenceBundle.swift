internal import ConsentModel
internal import LedgerCrypto

/// A bundle of evidence about one contact: a file that stands alone (SPEC.md, “Evidence bundles”).
public struct EvidenceBundle: Sendable {
    /// The files in their order.
    let files: [(name: String, bytes: [UInt8])]
    /// How many records it shows.
    public let recordCount: Int

    /// The page by itself, as HTML.
    public var page: [UInt8] { files.first { $0.name == EvidenceName.page }?.bytes ?? [] }

    /// The file; throws `tooLarge` for more than ZIP can say.
    public func archive() throws(AuditError) -> [UInt8] { try StoredArchive.bytes(of: files) }

    /// Derives what is derived from `contents`. Throws as `EvidenceReading` does.
    init(_ contents: EvidenceContents) throws {
        let derived = try EvidenceDerivation(contents)
        recordCount = contents.records.count
        var files = [
            (EvidenceName.page, derived.page), (EvidenceName.document, derived.document),
            (EvidenceName.instructions, derived.instructions),
        ]
        let rest = [(EvidenceName.verifier, VerifierScript.bytes)] + (try contents.files())
        let sums = EvidenceInstructions.sums(
            of: (files + rest).map { ($0.0, SHA256Digest(hashing: $0.1)) })
        files.append((EvidenceName.sums, sums))
        self.files = files + rest
    }
}

/// What follows from the contents of a bundle.
struct EvidenceDerivation {
    let reading: EvidenceReading
    let page: [UInt8]
    let document: [UInt8]
    let instructions: [UInt8]

    /// Throws as `EvidenceReading` and `EvidencePageBuilder` do.
    init(_ contents: EvidenceContents) throws {
        reading = try EvidenceReading(contents)
        let page = try EvidencePageBuilder(reading).page
        self.page = EvidencePageHTML.bytes(of: page)
        document = EvidenceDocument(reading, page: page).bytes
        instructions = EvidenceInstructions.bytes(for: reading)
    }
}

/// The independent verifier that goes into every bundle: `tools/verify.py`, byte for byte.
public enum VerifierScript {
    public static var bytes: [UInt8] { Array(VerifierScriptText.text.utf8) }
}
