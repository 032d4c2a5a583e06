internal import LedgerCrypto

/// The lines that files of proofs have in common.
enum ProofLines {
    /// What follows `word` and a blank in a line; `nil` for another line.
    static func value(of word: String, in line: some StringProtocol) -> String? {
        guard line.utf8.starts(with: "\(word) ".utf8) else { return nil }
        return String(decoding: line.utf8.dropFirst(word.utf8.count + 1), as: UTF8.self)
    }

    /// The number that follows `word` and a blank in a line, in decimal without leading zeros; `nil` for another line.
    static func decimal(_ word: String, in line: some StringProtocol) -> UInt64? {
        value(of: word, in: line).flatMap { UInt64(canonicalDecimal: Array($0.utf8)) }
    }

    /// The hashes of a path, each a line of base64. Throws what `malformed` makes of what is wrong.
    static func hashes(
        _ lines: some Collection<some StringProtocol>, malformed: (String) -> TransparencyLogError
    ) throws(TransparencyLogError) -> [SHA256Digest] {
        var hashes: [SHA256Digest] = []
        hashes.reserveCapacity(lines.count)
        for line in lines {
            guard let hash = Base64.decode(line).flatMap({ SHA256Digest($0) }) else {
                throw malformed("hash \(hashes.count + 1) is not 32 bytes in base64")
            }
            hashes.append(hash)
        }
        return hashes
    }
}
