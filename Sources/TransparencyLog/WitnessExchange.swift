internal import LedgerCrypto

/// What a witness answered to a request, as HTTP has it.
public struct WitnessAnswer: Sendable {
    /// The status code.
    public let status: Int
    /// The field Content-Type; `nil` if there was none.
    public let contentType: String?
    /// The body, of which no more than `WitnessExchange.maximumAnswerByteCount` bytes need be fetched.
    public let body: [UInt8]

    public init(status: Int, contentType: String?, body: [UInt8]) {
        self.status = status
        self.contentType = contentType
        self.body = body
    }
}

/// Asking one witness to cosign one checkpoint (C2SP tlog-witness, add-checkpoint), whatever carries the bytes:
///
///     while true {
///         let answer = send(try exchange.request(proof: …from exchange.oldSize…))
///         if let line = try exchange.take(answer, at: now) { break }
///     }
///
/// The loop ends after two requests.
public struct WitnessExchange: Sendable {
    /// What the path of the witness's submission prefix is followed by.
    public static let path = "add-checkpoint"
    /// The largest answer, in bytes.
    public static let maximumAnswerByteCount = 1 << 16
    /// The most lines of a proof, as the specification has it.
    private static let maximumHashCount = 63
    /// By how much a cosignature's time may differ from ours, in seconds: it is made on request, and what it says stays.
    private static let mostClockDifference: UInt64 = 3600
    private static let sizeType = "text/x.tlog.size"

    /// Whose cosignature is asked for.
    public let witness: VerifierKey
    /// The size that the next request goes on from; 0 is where nothing is known, and needs no proof.
    public private(set) var oldSize: UInt64
    /// The checkpoint with the log's own lines: witnesses pass over all others.
    private let sent: SignedCheckpoint
    private var isRepeated = false

    /// Begins to ask the witness with the key `witness` for `checkpoint`, which has a signature by its log. `knownSize` is the
    /// size of the largest tree that the witness is known to have cosigned. Throws `unsupportedKey` for a log's key, and
    /// `outOfRange` for a known size above the checkpoint's.
    public init(
        _ checkpoint: SignedCheckpoint, witness: VerifierKey, knownSize: UInt64 = 0
    ) throws(TransparencyLogError) {
        guard witness.use == .cosignature else {
            throw TransparencyLogError(
                .unsupportedKey, "“\(witness.name)” is a log's key, of type 1; a witness cosigns with one of type 4")
        }
        guard knownSize <= checkpoint.checkpoint.size else {
            throw TransparencyLogError(
                .outOfRange,
                "a witness that is known to have cosigned \(knownSize) leaves is not asked for fewer, "
                    + "\(checkpoint.checkpoint.size)")
        }
        self.witness = witness
        oldSize = knownSize
        sent = try checkpoint.signedByLogAlone()
    }

    /// The body of the request. `proof` is that from `oldSize` to the checkpoint's size, and left out where `oldSize` is 0.
    /// Throws `outOfRange` for another one, and `tooLarge` where it has more than 63 hashes.
    public func request(proof: ConsistencyProof?) throws(TransparencyLogError) -> [UInt8] {
        guard (proof?.oldSize ?? 0) == oldSize, proof.map({ $0.newSize == sent.checkpoint.size }) ?? true else {
            throw TransparencyLogError(
                .outOfRange,
                "the proof is not from size \(oldSize) to size \(sent.checkpoint.size), as the request needs it")
        }
        let hashes = proof?.hashes ?? []
        guard hashes.count <= Self.maximumHashCount else {
            throw TransparencyLogError(
                .tooLarge, "a witness takes proofs of \(Self.maximumHashCount) hashes; this one has \(hashes.count)")
        }
        let lines = ["old \(oldSize)"] + hashes.map { Base64.encode($0.bytes) } + [""]
        return lines.flatMap { Array($0.utf8) + [UInt8(ascii: "\n")] } + sent.bytes
    }

    /// Takes the answer to the last request, at `time`, in seconds since the epoch: the witness's line, which verifies, or
    /// `nil` where it is to be asked once more, from what `oldSize` has become. Throws
    /// - `witnessAhead` if the witness has cosigned a larger tree of this log: then it is this checkpoint that is old;
    /// - `witnessContradicts` if it knows other records below the checkpoint's size, or was sent a wrong proof;
    /// - `witnessRefused` if it does not know the log or its key, or fails;
    /// - `malformed` for an answer of another form, `notSigned` and `badSignature` where its line is missing, there twice or
    ///   does not verify, `implausibleTime` where that says a time an hour or more away, `tooLarge` over the bound.
    public mutating func take(
        _ answer: WitnessAnswer, at time: UInt64
    ) throws(TransparencyLogError) -> NoteSignature? {
        guard answer.body.count <= Self.maximumAnswerByteCount else {
            throw TransparencyLogError(
                .tooLarge, "the witness answered with more than \(Self.maximumAnswerByteCount) bytes")
        }
        let size = sent.checkpoint.size
        switch answer.status {
        case 200: return try cosignature(in: answer.body, at: time)
        case 409:
            let other = try Self.size(in: answer)
            guard other <= size else {
                throw TransparencyLogError(
                    .witnessAhead,
                    "the witness has cosigned a tree of \(other) leaves of this log, and this one has \(size): the ledger was "
                        + "put back from an old copy, or somebody else signs with its key. Find out before anything is recorded"
                )
            }
            guard other != oldSize else {
                throw TransparencyLogError(
                    .malformed,
                    "the witness says that it knows size \(other), and refuses a request that goes on from there")
            }
            guard !isRepeated else {
                throw TransparencyLogError(
                    .witnessRefused,
                    "what the witness knows of the log changed while it was asked, from \(oldSize) to \(other); try again"
                )
            }
            isRepeated = true
            oldSize = other
            return nil
        case 422:
            throw TransparencyLogError(
                .witnessContradicts,
                "the witness does not find that the tree of \(size) leaves begins with the \(oldSize) leaves that it knows: it "
                    + "was shown another history of this log, or it errs. Keep both checkpoints (HTTP 422)")
        case 403:
            throw TransparencyLogError(
                .witnessRefused,
                "the witness trusts none of the keys that signed the checkpoint; give its operator the log's vkey (HTTP 403)"
            )
        case 404:
            throw TransparencyLogError(
                .witnessRefused,
                "the witness does not know the log “\(sent.checkpoint.origin)”, or is not at this URL; give its operator the "
                    + "log's vkey (HTTP 404)")
        case 400:
            throw TransparencyLogError(.witnessRefused, "the witness takes the request to be malformed (HTTP 400)")
        case 300..<400:
            throw TransparencyLogError(
                .witnessRefused,
                "the witness is somewhere else, and is not followed there; name its URL (HTTP \(answer.status))")
        default:
            throw TransparencyLogError(.witnessRefused, "the witness answered with HTTP \(answer.status)")
        }
    }

    /// The size in the body of a 409.
    private static func size(in answer: WitnessAnswer) throws(TransparencyLogError) -> UInt64 {
        // Parameters may follow, and a type is the same in capitals (RFC 9110 §8.3).
        let type = answer.contentType?.prefix { $0 != ";" && $0 != " " }.lowercased()
        guard type == sizeType else {
            throw TransparencyLogError(
                .witnessRefused,
                "the witness answered with HTTP 409 and “\(answer.contentType?.prefix(80) ?? "")”, which is no size (\(sizeType))"
            )
        }
        guard answer.body.last == UInt8(ascii: "\n"), let size = UInt64(canonicalDecimal: answer.body.dropLast()),
            size <= TreeSize.maximum
        else {
            throw TransparencyLogError(
                .malformed, "the witness answered with HTTP 409 and a body that is not a size and a newline")
        }
        return size
    }

    /// The witness's own line among those in the body of a 200.
    private func cosignature(in body: [UInt8], at time: UInt64) throws(TransparencyLogError) -> NoteSignature {
        // Every line has to be one: what comes after a cut-off one is not guessed.
        let note = try SignedNote(parsing: sent.note.text + [UInt8(ascii: "\n")] + body)
        guard note.text == sent.note.text else {
            throw TransparencyLogError(.malformed, "the witness answered with an empty line among signature lines")
        }
        let lines = note.signatures.filter { witness.isNamed(by: $0) }
        guard let line = lines.first else {
            throw TransparencyLogError(
                .notSigned,
                "the witness answered without a cosignature of the key \(witness.text); the policy has another key for it"
            )
        }
        guard let timestamp = try note.verify(with: [witness]).first?.timestamp else {
            throw TransparencyLogError(.badSignature, "the cosignature by “\(witness.name)” says no time")
        }
        let difference = timestamp > time ? timestamp - time : time - timestamp
        guard difference < Self.mostClockDifference else {
            throw TransparencyLogError(
                .implausibleTime,
                "the cosignature by “\(witness.name)” says a time that is \(difference) seconds "
                    + "\(timestamp > time ? "after" : "before") ours, and is not taken; look at both clocks")
        }
        return line
    }
}

extension SignedCheckpoint {
    /// The same with those signature lines alone whose name is the origin; all of them, where there is none such.
    fileprivate func signedByLogAlone() throws(TransparencyLogError) -> SignedCheckpoint {
        let own = note.signatures.filter { $0.name.hasSameBytes(as: checkpoint.origin) }
        guard !own.isEmpty else { return self }
        return try SignedCheckpoint(parsing: note.text + [UInt8(ascii: "\n")] + own.flatMap(\.line))
    }
}
