internal import ConsentModel
internal import LedgerCrypto
internal import TransparencyLog

/// Records that anchor clearances, and anchor files that lead to them (SPEC.md, “Anchoring”), made without the software that
/// reads them but for encoding and signing.
extension Vector {
    static let anchorVectors: [Vector] = wholeAnchors + otherEvents + changedFiles

    private static let ledgerID = SHA256Digest(hashing: Array("the ledger of the anchors".utf8))
    private static let logRoot = SHA256Digest(hashing: Array("the root of the log".utf8))
    private static let laterRoot = SHA256Digest(hashing: Array("the root of the log, grown".utf8))
    private static let another = SHA256Digest(hashing: Array("something else".utf8))

    // MARK: What is there to be changed

    /// A record of the index 30 that anchors clearances, the one of them that is asked about, and what leads to it.
    private struct Case {
        /// The texts of the clearances' signed parts.
        let texts: [String]
        let place: Int
        /// The event's own fields.
        var fields: [EventField: FieldValue]
        var type = EventType.decisionsRecorded
        var index: UInt64 = 30
        /// The file's lines; `nil` where there is none.
        var lines: [String]?
        var file: (String) -> [UInt8] = { Array($0.utf8) }

        /// Of `count` clearances together, the last of which rest on one record more than the first.
        init(_ count: Int, at place: Int) {
            texts = (0..<count).map { Self.text($0, logSize: $0 * 2 < count ? 12 : 13) }
            self.place = place
            let tree = texts.map { SHA256Digest(hashing: [0] + Array($0.utf8)) }
            let size: UInt64 = count == 1 ? 12 : 13
            fields = [
                .root: .bytes(MerkleDefinition.root(tree[...]).bytes), .count: .number(UInt64(count)),
                .coveredSize: .number(size),
                .coveredRoot: .bytes((size == 12 ? Vector.logRoot : Vector.laterRoot).bytes),
            ]
            lines =
                ["consent-ledger/clearance-anchor/v1", "record 30", "index \(place)"]
                + MerkleDefinition.path(place, tree[...]).map { Base64.encode($0.bytes) }
        }

        /// Of one clearance by itself.
        init() {
            texts = [Self.text(0, logSize: 12)]
            place = 0
            fields = [
                .root: .bytes(Self.root(0).bytes), .count: .number(3), .coveredSize: .number(12),
                .coveredRoot: .bytes(Vector.logRoot.bytes), .inputsDigest: .bytes(Self.inputs(0).bytes),
            ]
        }

        private static func root(_ number: Int) -> SHA256Digest { SHA256Digest(hashing: Array("root \(number)".utf8)) }
        private static func inputs(_ number: Int) -> SHA256Digest {
            SHA256Digest(hashing: Array("inputs \(number)".utf8))
        }

        private static func text(_ number: Int, logSize: Int) -> String {
            """
            consent-ledger/clearance/v1
            origin \(LogBuilder.origin)
            ledger-id \(Vector.ledgerID)
            count 3
            root \(root(number))
            log-size \(logSize)
            log-root \(logSize == 12 ? Vector.logRoot : Vector.laterRoot)
            decided-at 1795339800125
            not-after 1795340700125
            inputs \(inputs(number))

            """
        }

        var inputs: [String: Value] {
            let signer = LedgerStory.secondLog
            let note = try! SignedNote(signing: Array(texts[place].utf8), as: LogBuilder.origin, with: signer.key)
            let id = EventID(another.bytes.prefix(16))!
            var fields = fields
            fields[.source] = .text(LogBuilder.hosted.name)
            let event = try! Event(type, id: id, fields)
            let statement = try! Statement(
                signing: event.encoded(),
                for: StatementContext(
                    origin: LogBuilder.origin, ledgerID: Vector.ledgerID.bytes, business: "", handles: []),
                with: LogBuilder.hosted.key)
            let link = ChainLink(chain: .ledger, sequence: 4, previousIndex: 3, previousLeafHash: another)
            let record = try! Record(
                index: index, recordedAt: Timestamp(milliseconds: 1_795_339_860_000)!, links: [link],
                statement: statement.encoded())
            var inputs: [String: Value] = [
                "clearance": .text(String(decoding: note.bytes, as: UTF8.self)), "record-hex": .hex(record.encoded()),
            ]
            if let lines {
                let (name, value) = Vector.plain("anchor", file(lines.map { "\($0)\n" }.joined()))
                inputs[name] = value
            }
            return inputs
        }
    }

    private static func anchor(
        _ name: String, _ comment: String, _ verdict: Verdict, _ made: Case = Case(7, at: 3),
        _ change: (inout Case) -> Void = { _ in }
    ) -> Vector {
        var made = made
        change(&made)
        return Vector(.anchor, name, comment, verdict, made.inputs)
    }

    private static let nothing = Verdict.tree("not-anchored")
    private static let malformed = Verdict.structure("malformed")

    // MARK: Whole ones

    private static let wholeAnchors: [Vector] = [
        anchor("by-itself", "A clearance of three decisions, by itself.", .accept, Case()),
        anchor("alone-together", "A tree of one clearance.", .accept, Case(1, at: 0)),
        anchor(
            "first-of-seven", "The first of seven, which rests on less of the log than the last.", .accept,
            Case(7, at: 0)),
        anchor("fourth-of-seven", "The fourth of seven.", .accept),
        anchor("last-of-seven", "The last of seven, whose path is shorter.", .accept, Case(7, at: 6)),
        anchor("first-of-64", "A tree that is full.", .accept, Case(64, at: 0)),
        anchor("right-after", "The record is the first that could anchor it.", .accept) {
            $0.index = 13
            $0.lines?[1] = "record 13"
        },
        anchor("for-a-reason", "The event says why.", .accept) { $0.fields[.reason] = .text("each-minute") },
    ]

    // MARK: The record

    private static let otherEvents: [Vector] = [
        anchor("of-other-inputs", "By itself: the inputs are another's.", nothing, Case()) {
            $0.fields[.inputsDigest] = .bytes(another.bytes)
        },
        anchor("of-another-root", "By itself: the root is another's.", nothing, Case()) {
            $0.fields[.root] = .bytes(another.bytes)
        },
        anchor("of-another-count", "By itself: the count is another.", nothing, Case()) {
            $0.fields[.count] = .number(4)
        },
        anchor("of-another-size", "By itself: it rests on another size of the log.", nothing, Case()) {
            $0.fields[.coveredSize] = .number(13)
        },
        anchor("of-another-log", "By itself: it rests on a log of another root.", nothing, Case()) {
            $0.fields[.coveredRoot] = .bytes(another.bytes)
        },
        anchor("by-itself-too-early", "By itself: the record was there before.", nothing, Case()) { $0.index = 11 },
        anchor("by-itself-with-a-file", "By itself, and a file says: together with none.", nothing, Case()) {
            $0.lines = ["consent-ledger/clearance-anchor/v1", "record 30", "index 0"]
        },
        anchor("together-without-a-file", "Together with others, and nothing leads there.", nothing) { $0.lines = nil },
        anchor(
            "alone-together-without-a-file", "A tree of one clearance, and nothing leads there.", nothing,
            Case(1, at: 0)
        ) {
            $0.lines = nil
        },
        anchor("together-with-inputs", "Together, and the event has an inputs-digest.", nothing) {
            $0.fields[.inputsDigest] = .bytes(another.bytes)
        },
        anchor("together-of-another-root", "Together: the root is another's.", nothing) {
            $0.fields[.root] = .bytes(another.bytes)
        },
        anchor("together-of-another-count", "Together: the tree is said to have one more.", nothing, Case(7, at: 6)) {
            $0.fields[.count] = .number(8)
        },
        anchor(
            "together-of-less", "Together: no clearance rests on more than the first half does.", nothing,
            Case(7, at: 6)
        ) {
            $0.fields[.coveredSize] = .number(12)
            $0.fields[.coveredRoot] = .bytes(logRoot.bytes)
        },
        anchor(
            "together-of-another-log", "Together: at the greatest size the log has another root.", nothing,
            Case(7, at: 6)
        ) {
            $0.fields[.coveredRoot] = .bytes(another.bytes)
        },
        anchor(
            "together-on-an-earlier-size", "The first rests on less, so that the later root is not its own.", .accept,
            Case(7, at: 0)
        ) {
            $0.fields[.coveredRoot] = .bytes(another.bytes)
        },
        anchor("together-too-early", "Together: the record is of an index that is covered.", nothing) {
            $0.index = 12
            $0.lines?[1] = "record 12"
        },
        anchor("another-record", "The file names another record than is shown.", nothing) {
            $0.lines?[1] = "record 31"
        },
        anchor("heads-sealed", "The event is of another type.", nothing) {
            $0.type = .headsSealed
            $0.fields[.coveredRoot] = nil
        },
    ]

    // MARK: The file

    private static let changedFiles: [Vector] = [
        anchor("hash-flipped", "A bit of a hash is another.", nothing) {
            var bytes = Base64.decode($0.lines![4])!
            bytes[0] ^= 1
            $0.lines![4] = Base64.encode(bytes)
        },
        anchor("hash-left-out", "The last hash is left out.", nothing) { $0.lines?.removeLast() },
        anchor("hash-added", "A hash follows the path.", nothing) { $0.lines?.append(Base64.encode(another.bytes)) },
        anchor("hashes-swapped", "Two hashes have changed places.", nothing) { $0.lines?.swapAt(3, 4) },
        anchor("at-another-index", "The index is the next one's.", nothing) { $0.lines?[2] = "index 4" },
        anchor("index-beyond", "There is no such index.", nothing, Case(7, at: 6)) { $0.lines?[2] = "index 7" },
        anchor("of-63-hashes", "As many hashes as there can be, of which too many.", nothing) {
            $0.lines = $0.lines!.prefix(3) + [String](repeating: Base64.encode(another.bytes), count: 63)
        },
        anchor("of-64-hashes", "More hashes than there can be.", .structure("too-large")) {
            $0.lines = $0.lines!.prefix(3) + [String](repeating: Base64.encode(another.bytes), count: 64)
        },
        anchor("the-greatest-numbers", "The numbers are the greatest that there are.", nothing) {
            $0.lines?[1] = "record 9223372036854775807"
            $0.lines?[2] = "index 9223372036854775807"
        },
        anchor("a-record-too-great", "The record is 2^63.", .structure("too-large")) {
            $0.lines?[1] = "record 9223372036854775808"
        },
        anchor("an-index-too-great", "The index is 2^63.", .structure("too-large")) {
            $0.lines?[2] = "index 9223372036854775808"
        },
        anchor("beyond-64-bits", "The record is 2^64.", malformed) { $0.lines?[1] = "record 18446744073709551616" },
        anchor("record-with-a-leading-zero", "The record has a leading zero.", malformed) {
            $0.lines?[1] = "record 030"
        },
        anchor("index-with-a-sign", "The index has a sign.", malformed) { $0.lines?[2] = "index +3" },
        anchor("two-blanks", "Two blanks stand before the number.", malformed) { $0.lines?[2] = "index  3" },
        anchor("a-blank-at-the-end", "A blank stands at the end of a line.", malformed) { $0.lines?[2] = "index 3 " },
        anchor("lines-swapped", "Two lines have changed places.", malformed) { $0.lines?.swapAt(1, 2) },
        anchor("without-index", "There is no index.", malformed) { $0.lines?.remove(at: 2) },
        anchor("another-version", "The first line is that of a later version.", malformed) {
            $0.lines?[0] = "consent-ledger/clearance-anchor/v2"
        },
        anchor("short-hash", "A hash has 31 bytes.", malformed) {
            $0.lines?[3] = Base64.encode([UInt8](repeating: 7, count: 31))
        },
        anchor("without-padding", "A hash is in base64 without padding.", malformed) { $0.lines?[3].removeLast() },
        anchor("bits-left-over", "The last digit of a hash has bits that are none of it.", malformed) {
            $0.lines?[3] = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV="
        },
        anchor("an-empty-line", "A line is empty.", malformed) { $0.lines?.insert("", at: 3) },
        anchor("an-empty-line-at-the-end", "An empty line follows.", malformed) { $0.lines?.append("") },
        anchor("an-empty-file", "The file is empty.", malformed) { $0.file = { _ in [] } },
        anchor("without-the-last-newline", "The file ends before its last newline.", malformed) {
            $0.file = { Array($0.utf8.dropLast()) }
        },
        anchor("carriage-returns", "The lines end as on other systems.", malformed) {
            $0.file = { Array($0.replacing("\n", with: "\r\n").utf8) }
        },
        anchor("not-utf-8", "A byte is not UTF-8.", malformed) { $0.file = { $0.utf8.dropLast() + [0xff, 0x0a] } },
        anchor("another-file", "It is a proof file's first line.", malformed) {
            $0.lines?[0] = "c2sp.org/tlog-proof@v1"
        },
    ]
}
