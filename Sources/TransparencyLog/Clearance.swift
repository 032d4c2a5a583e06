public import LedgerCrypto

/// What a log's key states of a tree of decisions that lie beside the log: their root, and the size and root of the log
/// that they rest on (SPEC.md, “Clearances”). What the leaves say is not this library's matter.
public struct Clearance: Sendable {
    /// The first line of the text, which no checkpoint of a ledger has.
    public static let firstLine = "consent-ledger/clearance/v1"
    /// No ledger's origin begins so: it would be taken for the beginning of such a text.
    public static let reservedOriginPrefix = "consent-ledger/"
    /// The longest time from `decidedAt` to `notAfter`, in milliseconds: a day.
    public static let longestValidity: UInt64 = 86_400_000
    /// The last moment there is, in milliseconds: the end of the year 9999.
    private static let lastMoment: UInt64 = 253_402_300_799_999

    /// The log's origin, and the name of the key that signs.
    public let origin: String
    /// The leaf hash of the log's entry 0.
    public let ledgerID: SHA256Digest
    /// How many leaves the tree has, at least 1.
    public let count: UInt64
    /// The tree's root.
    public let root: SHA256Digest
    /// How many records of the log could be known, at least 1.
    public let logSize: UInt64
    /// The root of the log's tree at that size.
    public let logRoot: SHA256Digest
    /// When the questions were decided, in milliseconds since 1970-01-01T00:00:00Z.
    public let decidedAt: UInt64
    /// The last moment at which one may act on them, likewise.
    public let notAfter: UInt64
    /// SHA-256 over the digests of the questions, in the order of the leaves.
    public let inputs: SHA256Digest

    /// States a tree. Throws `malformed` for an origin that no ledger has, an empty tree or log, and a `notAfter` that is
    /// before `decidedAt` or more than a day after it; `tooLarge` for a count or size over `TreeSize.maximum`.
    public init(
        origin: String, ledgerID: SHA256Digest, count: UInt64, root: SHA256Digest, logSize: UInt64,
        logRoot: SHA256Digest, decidedAt: UInt64, notAfter: UInt64, inputs: SHA256Digest
    ) throws(TransparencyLogError) {
        guard !origin.isEmpty, origin.utf8.allSatisfy({ $0 >= 0x20 }),
            origin.utf8.count <= Checkpoint.maximumOriginByteCount,
            !origin.utf8.starts(with: Self.reservedOriginPrefix.utf8)
        else { throw Self.malformed("“\(origin.prefix(80))” is no origin of a ledger") }
        guard count <= TreeSize.maximum, logSize <= TreeSize.maximum else {
            throw TransparencyLogError(.tooLarge, "a clearance has a tree of \(count) or a log of \(logSize) leaves")
        }
        guard count > 0 else { throw Self.malformed("it has no decision") }
        guard logSize > 0 else { throw Self.malformed("it rests on an empty log") }
        guard notAfter <= Self.lastMoment, decidedAt <= notAfter, notAfter - decidedAt <= Self.longestValidity else {
            throw Self.malformed("it ends before it was decided, more than a day after it, or after the year 9999")
        }
        self.origin = origin
        self.ledgerID = ledgerID
        self.count = count
        self.root = root
        self.logSize = logSize
        self.logRoot = logRoot
        self.decidedAt = decidedAt
        self.notAfter = notAfter
        self.inputs = inputs
    }

    /// Reads a note's text. Throws `malformed` unless it is exactly what `text` gives, and as `init` does.
    public init(parsing text: [UInt8]) throws(TransparencyLogError) {
        var lines = try LabelledLines(text)
        guard lines.next() == Self.firstLine else { throw Self.malformed("its first line is not “\(Self.firstLine)”") }
        let origin = try lines.value(of: "origin")
        try self.init(
            origin: origin, ledgerID: lines.digest("ledger-id"), count: lines.decimal("count"),
            root: lines.digest("root"), logSize: lines.decimal("log-size"), logRoot: lines.digest("log-root"),
            decidedAt: lines.decimal("decided-at"), notAfter: lines.decimal("not-after"),
            inputs: lines.digest("inputs"))
        guard self.text == text else { throw Self.malformed("it is not in the one form that it could have") }
    }

    /// The note's text: a line each.
    public var text: [UInt8] {
        let lines = [
            Self.firstLine, "origin \(origin)", "ledger-id \(ledgerID)", "count \(count)", "root \(root)",
            "log-size \(logSize)", "log-root \(logRoot)", "decided-at \(decidedAt)", "not-after \(notAfter)",
            "inputs \(inputs)",
        ]
        return lines.flatMap { Array($0.utf8) + [UInt8(ascii: "\n")] }
    }

    fileprivate static func malformed(_ reason: String) -> TransparencyLogError {
        TransparencyLogError(.malformed, "this is not a clearance: \(reason)")
    }
}

/// Clearances are equal when their texts are, byte by byte.
extension Clearance: Hashable {
    public static func == (left: Self, right: Self) -> Bool { left.text == right.text }

    public func hash(into hasher: inout Hasher) { hasher.combine(text) }
}

/// The lines of a text, each a word, a space and a value but for the first.
private struct LabelledLines {
    private var rest: ArraySlice<String>

    init(_ text: [UInt8]) throws(TransparencyLogError) {
        guard text.last == UInt8(ascii: "\n"), let plain = String(plainText: text.dropLast()) else {
            throw Clearance.malformed("it is not lines of plain text")
        }
        rest = plain.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)[...]
    }

    mutating func next() -> String? { rest.popFirst() }

    mutating func value(of word: String) throws(TransparencyLogError) -> String {
        guard let line = next(), line.utf8.starts(with: "\(word) ".utf8) else {
            throw Clearance.malformed("it has no line “\(word)” in its place")
        }
        return String(line.utf8.dropFirst(word.utf8.count + 1)) ?? ""
    }

    mutating func decimal(_ word: String) throws(TransparencyLogError) -> UInt64 {
        guard let value = UInt64(canonicalDecimal: Array(try value(of: word).utf8)) else {
            throw Clearance.malformed("its “\(word)” is not a decimal number without leading zeros")
        }
        return value
    }

    mutating func digest(_ word: String) throws(TransparencyLogError) -> SHA256Digest {
        guard let digest = Hexadecimal.decode(try value(of: word)).flatMap({ SHA256Digest($0) }) else {
            throw Clearance.malformed("its “\(word)” is not 64 hexadecimal digits in lower case")
        }
        return digest
    }
}
