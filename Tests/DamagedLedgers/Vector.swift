internal import Foundation
internal import LedgerCrypto

/// One case for a verifier: what goes in, and whether it must be taken.
public struct Vector: Sendable {
    /// What a vector is about: the directory that it is kept in.
    public enum Area: String, Sendable, CaseIterable {
        case encoding, statement, record, links, merkle, note, checkpoint, cosignature, policy, proof, clearance
        case clearanceDirectory = "clearance-directory"
        case anchor, stamp
    }

    /// Something that goes in, as JSON has it.
    public enum Value: Sendable, Encodable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
        case text(String)
        case number(UInt64)
        case list([Value])

        public init(stringLiteral text: String) { self = .text(text) }
        public init(integerLiteral number: UInt64) { self = .number(number) }

        /// Bytes in hexadecimal.
        static func hex(_ bytes: some Sequence<UInt8>) -> Value { .text(Hexadecimal.encode(bytes)) }

        /// Many bytes in hexadecimal.
        static func hexes(_ list: some Sequence<[UInt8]>) -> Value { .list(list.map { .hex($0) }) }

        public func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .text(let text): try container.encode(text)
            case .number(let number): try container.encode(number)
            case .list(let list): try container.encode(list)
            }
        }
    }

    /// What a verifier must make of it.
    public enum Verdict: Sendable {
        case accept
        /// At that layer, as that code.
        case reject(layer: String, code: String)

        static func structure(_ code: String) -> Verdict { .reject(layer: "structure", code: code) }
        static func tree(_ code: String) -> Verdict { .reject(layer: "tree", code: code) }
        static func signatures(_ code: String) -> Verdict { .reject(layer: "signatures", code: code) }
        static func replay(_ code: String) -> Verdict { .reject(layer: "replay", code: code) }
    }

    public let area: Area
    /// The file's name: what was changed.
    public let name: String
    /// What it is about, in a sentence.
    public let comment: String
    public let verdict: Verdict
    /// What goes in, by the names that `ledger/vectors/README.md` gives.
    public let inputs: [String: Value]

    init(_ area: Area, _ name: String, _ comment: String, _ verdict: Verdict, _ inputs: [String: Value]) {
        self.area = area
        self.name = name
        self.comment = comment
        self.verdict = verdict
        self.inputs = inputs
    }

    /// All of them.
    public static let all: [Vector] =
        encodingVectors + statementVectors + recordVectors + linkVectors + merkleVectors + noteVectors
        + checkpointVectors + cosignatureVectors + policyVectors + proofVectors + clearanceVectors
        + clearanceDirectoryVectors + anchorVectors + stampVectors

    /// The path of the file, below `ledger/vectors/`.
    public var path: String { "\(area.rawValue)/\(name).json" }

    /// The file.
    public var file: [UInt8] {
        var members = inputs
        members["comment"] = .text(comment)
        switch verdict {
        case .accept: members["expect"] = "accept"
        case .reject(let layer, let code):
            members["expect"] = "reject"
            members["layer"] = .text(layer)
            members["code"] = .text(code)
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return Array(try! encoder.encode(members)) + [0x0a]
    }
}

extension Vector {
    /// A text that goes in, under `name` if it is UTF-8, else in hexadecimal under `name-hex`.
    static func plain(_ name: String, _ bytes: [UInt8]) -> (String, Value) {
        String(validating: bytes, as: UTF8.self).map { (name, .text($0)) } ?? ("\(name)-hex", .hex(bytes))
    }
}
