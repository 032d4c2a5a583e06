import Foundation
import LedgerCrypto

/// A vector as it is kept: a JSON object of texts, numbers and lists of texts.
struct VectorFile: Decodable {
    struct Problem: Error, CustomStringConvertible {
        let description: String
    }

    private enum Value: Decodable {
        case text(String)
        case number(UInt64)
        case texts([String])

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let text = try? container.decode(String.self) {
                self = .text(text)
            } else if let number = try? container.decode(UInt64.self) {
                self = .number(number)
            } else {
                self = .texts(try container.decode([String].self))
            }
        }
    }

    private let members: [String: Value]

    init(from decoder: any Decoder) throws { members = try [String: Value](from: decoder) }

    /// Whether there is a member of that name, or one with `-hex` after it.
    func has(_ name: String) -> Bool { members[name] != nil || members["\(name)-hex"] != nil }

    func text(_ name: String) throws -> String {
        guard case .text(let text) = members[name] else { throw Problem(description: "no text “\(name)”") }
        return text
    }

    func texts(_ name: String) throws -> [String] {
        guard case .texts(let texts) = members[name] else { throw Problem(description: "no list “\(name)”") }
        return texts
    }

    func number(_ name: String) throws -> UInt64 {
        guard case .number(let number) = members[name] else { throw Problem(description: "no number “\(name)”") }
        return number
    }

    /// The bytes of a text, or those in hexadecimal of the member with `-hex` after its name.
    func bytes(_ name: String) throws -> [UInt8] {
        if case .text(let text) = members[name] { return Array(text.utf8) }
        return try hexadecimal(try text("\(name)-hex"))
    }

    func list(_ name: String) throws -> [[UInt8]] { try texts("\(name)-hex").map(hexadecimal) }

    func digest(_ name: String) throws -> SHA256Digest {
        guard let digest = SHA256Digest(try bytes(name)) else { throw Problem(description: "“\(name)” is no digest") }
        return digest
    }

    func digests(_ name: String) throws -> [SHA256Digest] { try list(name).compactMap { SHA256Digest($0) } }

    func publicKey(_ name: String) throws -> Ed25519PublicKey {
        guard let key = Ed25519PublicKey(try bytes(name)) else { throw Problem(description: "“\(name)” is no key") }
        return key
    }

    private func hexadecimal(_ text: String) throws -> [UInt8] {
        guard let bytes = Hexadecimal.decode(text) else { throw Problem(description: "“\(text)” is not hexadecimal") }
        return bytes
    }
}
