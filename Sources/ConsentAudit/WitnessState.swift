public import TransparencyLog

/// What a witness remembers: the last checkpoint it cosigned of each log, as plain text. Without it a witness could be
/// made to cosign two histories, so it is kept as carefully as the key, and durable before a cosignature is given away.
///
/// A line `consent-ledger/witness-state/v1` and a line `witness <vkey>`; then for each log, in ascending order of the
/// origins, an empty line, a line `log <vkey>`, an empty line and the signed checkpoint.
public struct WitnessState: Sendable {
    /// One log that the witness cosigns.
    public struct Log: Hashable, Sendable {
        /// The log's key, which the witness trusts.
        public let key: VerifierKey
        /// The last checkpoint that the witness cosigned, with its cosignature.
        public let checkpoint: SignedCheckpoint
    }

    private static let firstLine = "consent-ledger/witness-state/v1"

    /// The witness's own key.
    public let witness: VerifierKey
    /// The logs, in ascending order of their origins; each once.
    public private(set) var logs: [Log] = []

    /// A witness that has cosigned nothing. The key is a cosignature key, which is a precondition.
    public init(witness: VerifierKey) {
        precondition(witness.use == .cosignature)
        self.witness = witness
    }

    /// Reads a file; throws `malformedState` unless it is exactly what `bytes` gives.
    public init(parsing bytes: [UInt8]) throws(AuditError) {
        guard let text = String(validating: bytes, as: UTF8.self), text.utf8.last == UInt8(ascii: "\n") else {
            throw Self.malformed("it is not UTF-8, or does not end in a newline")
        }
        let paragraphs = Self.paragraphs(bytes)
        let head = paragraphs[0].split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        guard head.count == 3, head[0].elementsEqual(Self.firstLine.utf8), paragraphs.count % 3 == 1 else {
            throw Self.malformed("its first line is not “\(Self.firstLine)”, or it is cut off")
        }
        let witness = try Self.key("witness ", in: head[1])
        guard witness.use == .cosignature else { throw Self.malformed("its witness's key is of another type than 4") }
        self.init(witness: witness)
        for start in stride(from: 1, to: paragraphs.count, by: 3) {
            let key = try Self.key("log ", in: paragraphs[start].dropLast())
            let note = Array(paragraphs[start + 1]) + [UInt8(ascii: "\n")] + paragraphs[start + 2]
            guard key.use == .note, let checkpoint = try? SignedCheckpoint(parsing: note) else {
                throw Self.malformed("what it says of the log “\(key.name)” is not a log's key and a checkpoint")
            }
            logs.append(Log(key: key, checkpoint: checkpoint))
        }
        guard self.bytes == bytes, zip(logs, logs.dropFirst()).allSatisfy({ $0.origin.precedes($1.origin) }) else {
            throw Self.malformed("it is not in the one form that it could have")
        }
    }

    /// The file.
    public var bytes: [UInt8] {
        var bytes = Array("\(Self.firstLine)\nwitness \(witness.text)\n".utf8)
        for log in logs { bytes += Array("\nlog \(log.key.text)\n\n".utf8) + log.checkpoint.bytes }
        return bytes
    }

    /// The log of that origin; `nil` if the witness has cosigned nothing of it.
    public func log(of origin: String) -> Log? { logs.first { $0.origin.utf8.elementsEqual(origin.utf8) } }

    /// Remembers what the witness cosigns.
    mutating func remember(_ checkpoint: SignedCheckpoint, key: VerifierKey) {
        let log = Log(key: key, checkpoint: checkpoint)
        logs.removeAll { $0.origin.utf8.elementsEqual(log.origin.utf8) }
        logs.insert(log, at: logs.firstIndex { log.origin.precedes($0.origin) } ?? logs.count)
    }

    /// What is between empty lines, each with its last newline.
    private static func paragraphs(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        var paragraphs: [ArraySlice<UInt8>] = []
        var start = 0
        for position in bytes.indices.dropFirst()
        where bytes[position] == UInt8(ascii: "\n") && bytes[position - 1] == UInt8(ascii: "\n") {
            paragraphs.append(bytes[start..<position])
            start = position + 1
        }
        return paragraphs + [bytes[start...]]
    }

    private static func key(_ word: String, in line: ArraySlice<UInt8>) throws(AuditError) -> VerifierKey {
        guard line.starts(with: word.utf8),
            let key = try? VerifierKey(String(decoding: line.dropFirst(word.utf8.count), as: UTF8.self))
        else { throw Self.malformed("it has no line “\(word)<vkey>” in its place") }
        return key
    }

    private static func malformed(_ reason: String) -> AuditError {
        AuditError(
            .malformedState,
            "this is not a witness's state: \(reason). Restore it; who begins anew could cosign two histories")
    }
}

extension WitnessState.Log {
    fileprivate var origin: String { checkpoint.checkpoint.origin }
}

extension String {
    fileprivate func precedes(_ other: String) -> Bool { utf8.lexicographicallyPrecedes(other.utf8) }
}
