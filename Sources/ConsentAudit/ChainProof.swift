public import ConsentModel
public import LedgerCrypto
public import TransparencyLog

/// A file that shows offline every record of one chain from some index on, with the whole of the ledger's chain, which
/// says whose keys count (SPEC.md, “Proof files”). Nothing in it counts before `ProofVerifier` says so.
public struct ChainProof: Sendable {
    /// An entry, and the path that shows that it is in the log.
    public struct Entry: Hashable, Sendable {
        /// Its place in the log.
        public let index: UInt64
        /// The entry: a record, if nobody lied.
        public let bytes: [UInt8]
        /// The audit path, from the leaf's sibling up to the root's child.
        public let hashes: [SHA256Digest]

        public init(index: UInt64, bytes: [UInt8], hashes: [SHA256Digest]) {
            self.index = index
            self.bytes = bytes
            self.hashes = hashes
        }
    }

    /// The largest file, in bytes.
    public static let maximumByteCount = 256 << 20
    /// The first line of the file, which tells it from other proofs.
    public static let firstLine = "consent-ledger/chain-proof/v1"

    /// The chain that is shown: a business's or a contact's.
    public let chain: Chain
    /// The index from which on the chain is shown; 0 for a contact's.
    public let first: UInt64
    /// The tree that the entries are in, as the log and its witnesses signed it.
    public let checkpoint: SignedCheckpoint
    /// The entries in ascending order of their indexes; at least one.
    public let entries: [Entry]

    /// Puts a proof together. Throws `notAProof` for the ledger's own chain, a contact's that is not shown from 0 on, and
    /// entries that are none or do not ascend; `tooLarge` over 256 MiB.
    public init(
        of chain: Chain, from first: UInt64, checkpoint: SignedCheckpoint, entries: [Entry]
    ) throws(AuditError) {
        switch chain {
        case .ledger: throw Self.malformed("the ledger's chain is in every chain proof, and is not named")
        case .contact:
            guard first == 0 else { throw Self.malformed("a contact's chain is shown from 0 on, not from \(first)") }
        case .business: break
        }
        guard !entries.isEmpty, zip(entries, entries.dropFirst()).allSatisfy({ $0.index < $1.index }) else {
            throw Self.malformed("its records are none, or their indexes do not ascend")
        }
        self.chain = chain
        self.first = first
        self.checkpoint = checkpoint
        self.entries = entries
    }

    /// Proves, from a log, all of `chain` from the index `first` on in the tree of `checkpoint`, which is the published
    /// one or one of `PublishedLog.keptCheckpoint`. Throws `noSuchChain` if there is no such record, `tooLarge` over
    /// 256 MiB, and as the log does.
    public init(
        proving chain: Chain, from first: UInt64 = 0, in log: PublishedLog, at checkpoint: SignedCheckpoint
    ) throws {
        let size = checkpoint.checkpoint.size
        let last = try log.lastIndices(of: [.ledger, chain], below: size)
        guard let end = last[chain], end >= first else {
            throw AuditError(
                .noSuchChain,
                "the log of size \(size) has no record in \(chain.title)" + (first > 0 ? " from index \(first) on" : "")
            )
        }
        var records: [UInt64: [UInt8]] = [:]
        var byteCount = 0
        for (chain, first, last) in [(Chain.ledger, 0, last[.ledger]), (chain, first, end)] {
            guard let last else { continue }
            for record in try log.chain(chain, from: first, through: last) where records[record.index] == nil {
                let bytes = record.encoded()
                byteCount += bytes.count / 3 * 4
                guard byteCount <= Self.maximumByteCount else { throw Self.tooLarge }
                records[record.index] = bytes
            }
        }
        let indexes = records.keys.sorted()
        let entries = try indexes.map { index in
            let path = try log.inclusionProof(index: index, size: size)
            return Entry(index: index, bytes: records[index] ?? [], hashes: path.hashes)
        }
        try self.init(of: chain, from: first, checkpoint: checkpoint, entries: entries)
        guard bytes.count <= Self.maximumByteCount else { throw Self.tooLarge }
    }

    /// Throws `tooLarge` over 256 MiB, and `notAProof` unless it is exactly what `bytes` gives.
    public init(parsing bytes: [UInt8]) throws(AuditError) {
        guard bytes.count <= Self.maximumByteCount else { throw Self.tooLarge }
        var text = ProofText(bytes)
        guard text.nextLine()?.elementsEqual(Self.firstLine.utf8) == true else {
            throw Self.malformed("its first line is not “\(Self.firstLine)”")
        }
        guard let chain = text.nextWords().flatMap(Self.chain) else {
            throw Self.malformed("its second line is not “chain business <id>” or “chain contact <handle>”")
        }
        guard let since = text.nextWords(), since.count == 2, since[0] == "since",
            let first = ProofText.number(since[1])
        else { throw Self.malformed("its third line is not “since <index>”") }
        guard text.nextLine()?.isEmpty == true, let note = text.nextNote() else {
            throw Self.malformed("it has no checkpoint between empty lines")
        }
        let checkpoint: SignedCheckpoint
        do { checkpoint = try SignedCheckpoint(parsing: note) } catch {
            throw Self.malformed("its checkpoint: \(error)")
        }
        var entries: [Entry] = []
        var line = text.nextWords()
        while let words = line {
            guard words.count == 3, words[0] == "record", let index = ProofText.number(words[1]),
                let entry = Base64.decode(words[2])
            else { throw Self.malformed("record \(entries.count + 1) of it is not “record <index> <base64>”") }
            var hashes: [SHA256Digest] = []
            line = text.nextWords()
            while let words = line, words.count == 1 {
                guard let hash = Base64.decode(words[0]).flatMap({ SHA256Digest($0) }) else {
                    throw Self.malformed("a line after record \(index) of it is not a hash in base64")
                }
                hashes.append(hash)
                line = text.nextWords()
            }
            entries.append(Entry(index: index, bytes: entry, hashes: hashes))
        }
        guard text.isAtEnd else { throw Self.malformed("its last line does not end") }
        try self.init(of: chain, from: first, checkpoint: checkpoint, entries: entries)
    }

    /// The chain as the file names it: `business <id>` or `contact <handle>`.
    public var chainText: String {
        switch chain {
        case .ledger: "ledger"
        case .business(let id): "business \(id)"
        case .contact(let handle): "contact \(handle)"
        }
    }

    /// The file.
    public var bytes: [UInt8] {
        var bytes = Array("\(Self.firstLine)\nchain \(chainText)\nsince \(first)\n\n".utf8)
        bytes += checkpoint.bytes
        bytes.append(UInt8(ascii: "\n"))
        for entry in entries {
            bytes += "record \(entry.index) \(Base64.encode(entry.bytes))\n".utf8
            for hash in entry.hashes { bytes += "\(Base64.encode(hash.bytes))\n".utf8 }
        }
        return bytes
    }

    private static func chain(_ words: [String]) -> Chain? {
        guard words.count == 3, words[0] == "chain" else { return nil }
        switch words[1] {
        case "business": return FieldKind.isIdentifier(words[2]) ? .business(words[2]) : nil
        case "contact": return Hexadecimal.decode(words[2]).flatMap { ContactHandle($0) }.map { .contact($0) }
        default: return nil
        }
    }

    private static var tooLarge: AuditError {
        AuditError(
            .tooLarge,
            "a chain proof has at most \(maximumByteCount >> 20) MiB; show a business's chain from a later index on")
    }

    private static func malformed(_ reason: String) -> AuditError {
        AuditError(.notAProof, "this is not a chain proof: \(reason)")
    }
}

/// Two proofs are equal when their files are.
extension ChainProof: Hashable {
    public static func == (left: Self, right: Self) -> Bool { left.bytes == right.bytes }

    public func hash(into hasher: inout Hasher) { hasher.combine(bytes) }
}

/// Reads a proof file line by line.
private struct ProofText {
    private let bytes: [UInt8]
    private var position = 0
    private static let newline = UInt8(ascii: "\n")

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }

    /// The next line without its newline; `nil` at the end, and where a line does not end.
    mutating func nextLine() -> ArraySlice<UInt8>? {
        guard let end = bytes[position...].firstIndex(of: Self.newline) else { return nil }
        defer { position = end + 1 }
        return bytes[position..<end]
    }

    /// The words of the next line, with a single space between them. What is not UTF-8 is no word that anybody asks for.
    mutating func nextWords() -> [String]? {
        nextLine()?.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false).map {
            String(decoding: $0, as: UTF8.self)
        }
    }

    /// A signed note up to the empty line after it, which is passed over. Neither its text nor its signatures have one.
    mutating func nextNote() -> [UInt8]? {
        let start = position
        var emptyLines = 0
        var line = start
        while let end = bytes[line...].firstIndex(of: Self.newline) {
            if end == line {
                emptyLines += 1
                if emptyLines == 2 {
                    position = end + 1
                    return Array(bytes[start..<end])
                }
            }
            line = end + 1
        }
        return nil
    }

    /// A decimal number without leading zeros.
    static func number(_ text: String) -> UInt64? {
        UInt64(text).flatMap { String($0).utf8.elementsEqual(text.utf8) ? $0 : nil }
    }
}
