internal import ConsentModel
internal import ConsentRules
internal import LedgerCrypto
internal import TransparencyLog

/// `VERIFY.txt`: how whoever gets a bundle verifies it, with our software or without.
enum EvidenceInstructions {
    /// The file for a bundle, in the page's language.
    static func bytes(for reading: EvidenceReading, _ texts: EvidenceTexts) -> [UInt8] {
        let keys = String(decoding: reading.contents.keys, as: UTF8.self)
            .split(separator: "\n").map { "    \(VisibleText.of(String($0)))" }.joined(separator: "\n")
        let values = [
            VisibleText.of(reading.contents.checkpoint.checkpoint.origin),
            reading.replay.catalog.ledgerID?.description ?? "?", keys,
            String(reading.own.first?.record.index ?? 0),
        ].map { [EvidencePage.Piece.value($0)] }
        let pieces = texts.pieces("instructions", values[0], values[1], values[2], values[3])
        return Array(pieces.map(\.text).joined().utf8)
    }

    /// `SHA256SUMS`: the file that `sha256sum -c` reads, of all files but itself.
    static func sums(of files: [(name: String, digest: SHA256Digest)]) -> [UInt8] {
        files.flatMap { Array("\($0.digest)  \($0.name)\n".utf8) }
    }
}
