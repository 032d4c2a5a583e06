public import LedgerCrypto

/// What a log states about its tree: origin, size and root, as the text of a note (C2SP tlog-checkpoint).
public struct Checkpoint: Sendable {
    /// The longest origin, in bytes.
    public static let maximumOriginByteCount = KeyName.maximumByteCount

    /// Which log it is.
    public let origin: String
    /// How many entries the log has.
    public let size: UInt64
    /// The root of the tree over them.
    public let root: SHA256Digest
    /// Further lines, which a log may add and should not.
    public let extensionLines: [String]

    /// States a tree. Throws `malformed` if the origin or an extension line is empty or has control characters, the
    /// origin is longer than 1,024 bytes, or the empty tree has another root than `MerkleHash.empty`; `tooLarge` for a
    /// size over `TreeSize.maximum`.
    public init(
        origin: String, size: UInt64, root: SHA256Digest, extensionLines: [String] = []
    ) throws(TransparencyLogError) {
        guard Self.isLine(origin), origin.utf8.count <= Self.maximumOriginByteCount else {
            throw TransparencyLogError(
                .malformed,
                "“\(origin.prefix(80))” is not an origin: one line of 1 to \(Self.maximumOriginByteCount) bytes")
        }
        guard size <= TreeSize.maximum else {
            throw TransparencyLogError(.tooLarge, "a tree of \(size) leaves is over the limit, \(TreeSize.maximum)")
        }
        guard size > 0 || root == MerkleHash.empty else {
            throw TransparencyLogError(.malformed, "the empty tree has the root \(MerkleHash.empty), not \(root)")
        }
        guard extensionLines.allSatisfy(Self.isLine) else {
            throw TransparencyLogError(
                .malformed, "an extension line of a checkpoint is empty or has control characters")
        }
        self.origin = origin
        self.size = size
        self.root = root
        self.extensionLines = extensionLines
    }

    /// Reads a note's text. Throws `malformed` unless it is exactly what `text` gives, and as `init` does.
    public init(parsing text: [UInt8]) throws(TransparencyLogError) {
        var lines: [String] = []
        for line in text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            guard let line = String(plainText: line) else { throw Self.notACheckpoint("a line is not plain text") }
            lines.append(line)
        }
        guard lines.count >= 4, lines.last == "" else {
            throw Self.notACheckpoint("it has fewer than three lines, or the last does not end")
        }
        guard let size = UInt64(canonicalDecimal: Array(lines[1].utf8)) else {
            throw Self.notACheckpoint("its second line is not a size, a decimal number without leading zeros")
        }
        guard let rootBytes = Base64.decode(lines[2]), let root = SHA256Digest(rootBytes) else {
            throw Self.notACheckpoint("its third line is not a root, 32 bytes in base64")
        }
        try self.init(origin: lines[0], size: size, root: root, extensionLines: Array(lines[3..<lines.count - 1]))
        guard self.text == text else { throw Self.notACheckpoint("it is not in the one form that it could have") }
    }

    /// The note's text: a line each.
    public var text: [UInt8] {
        let lines = [origin, String(size), Base64.encode(root.bytes)] + extensionLines
        return lines.flatMap { Array($0.utf8) + [UInt8(ascii: "\n")] }
    }

    private static func isLine(_ line: String) -> Bool {
        !line.isEmpty && line.utf8.allSatisfy { $0 >= 0x20 }
    }

    private static func notACheckpoint(_ reason: String) -> TransparencyLogError {
        TransparencyLogError(.malformed, "the text is not a checkpoint: \(reason)")
    }
}

/// Checkpoints are equal when their texts are, byte by byte.
extension Checkpoint: Hashable {
    public static func == (left: Self, right: Self) -> Bool { left.text == right.text }

    public func hash(into hasher: inout Hasher) { hasher.combine(text) }
}
