internal import ConsentModel
internal import LedgerCrypto

/// A bundle of evidence about one contact: a file that stands alone (SPEC.md, “Evidence bundles”).
public struct EvidenceBundle {
    /// The files in their order.
    private let files: [ArchivedFile]
    /// How many records it shows.
    public let recordCount: Int

    /// The page by itself, as HTML.
    public let page: [UInt8]

    /// Gives the file to `body`, piece by piece. Throws `tooLarge` for more than ZIP can say, and as reading attachments and
    /// `body` do.
    public func write(to body: ([UInt8]) throws -> Void) throws { try StoredArchive.write(files, to: body) }

    /// The file in memory; throws as `write`.
    public func archive() throws -> [UInt8] {
        var archive: [UInt8] = []
        try write { archive += $0 }
        return archive
    }

    /// Derives what is derived from `contents`; `attached` gives the contents of the attachments that are in it. Throws as
    /// `EvidenceReading` does.
    init(_ contents: EvidenceContents, attached: [SHA256Digest: AttachedContent]) throws {
        let derived = try EvidenceDerivation(contents)
        recordCount = contents.records.count
        page = derived.page
        var files = [
            (EvidenceName.page, derived.page), (EvidenceName.document, derived.document),
            (EvidenceName.instructions, derived.instructions),
        ]
        let rest = [(EvidenceName.verifier, VerifierScript.bytes)] + (try contents.files())
        let attachments = contents.orderedAttachments
        let sums = EvidenceInstructions.sums(
            of: (files + rest).map { ($0.0, SHA256Digest(hashing: $0.1)) }
                + attachments.map { ($0.content.name, $0.digest) })
        files.append((EvidenceName.sums, sums))
        self.files =
            (files + rest).map { ArchivedFile($0.0, $0.1) }
            + attachments.compactMap { digest, content in
                attached[digest].map { ArchivedFile(content.name, byteCount: content.byteCount, read: $0.read) }
            }
    }
}

/// What follows from the contents of a bundle.
struct EvidenceDerivation {
    let reading: EvidenceReading
    let page: [UInt8]
    let document: [UInt8]
    let instructions: [UInt8]

    /// Throws as `EvidenceReading`, and `notEvidence` for a language that there are no texts for.
    init(_ contents: EvidenceContents) throws {
        reading = try EvidenceReading(contents)
        let language = contents.request.asked.language
        guard let texts = EvidenceTexts(language) else {
            throw AuditError(
                .notEvidence,
                "there are no texts in “\(language)”; there are: \(EvidenceTexts.languages.joined(separator: ", "))")
        }
        let page = EvidencePageBuilder(reading, texts).page
        self.page = EvidencePageHTML.bytes(of: page)
        document = EvidenceDocument(reading, page: page).bytes
        instructions = EvidenceInstructions.bytes(for: reading, texts)
    }
}

/// The independent verifier that goes into every bundle: `tools/verify.py`, byte for byte.
public enum VerifierScript {
    public static var bytes: [UInt8] { Array(VerifierScriptText.text.utf8) }
}
