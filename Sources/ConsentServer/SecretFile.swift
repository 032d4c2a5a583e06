internal import ConsentLedger
internal import FoundationEssentials
internal import LedgerCrypto

/// A file of the operator's with one secret, and nothing else but a newline at its end.
enum SecretFile {
    private static let mostBytes = 4096

    /// The secret; throws `badConfiguration`.
    static func bytes(of path: String) throws(ServerError) -> [UInt8] {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw ServerError(.badConfiguration, "\(path) cannot be read, or is not UTF-8")
        }
        var bytes = Array(text.utf8)
        while bytes.last == UInt8(ascii: "\n") || bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
        guard 1...mostBytes ~= bytes.count else {
            throw ServerError(.badConfiguration, "\(path) holds a secret of 1 to \(mostBytes) bytes, and nothing else")
        }
        return bytes
    }
}

extension Configuration {
    /// Where the ledger is, and what opens its keys. Throws `noLedger`.
    func location() throws -> LedgerLocation {
        var location = try LedgerLocation(directory: ledger)
        if let passphraseFile {
            location.passphrase = Passphrase { _ in SecretBytes(try SecretFile.bytes(of: passphraseFile)) }
        }
        return location
    }
}
