internal import ConsentModel
internal import LedgerCrypto
internal import TransparencyLog

/// Clearance files (SPEC.md, “Clearances”), made without the software that reads them but for encoding and signing.
extension Vector {
    static let clearanceVectors: [Vector] =
        wholeClearances + changedNotes + changedPaths + changedLeaves + usedClearances + underPolicies

    private typealias Pair = (key: UInt64, value: [UInt8])

    private static let ledgerID = SHA256Digest(hashing: Array("the ledger of the clearances".utf8))
    private static let otherID = SHA256Digest(hashing: Array("another ledger".utf8))
    private static let logRoot = SHA256Digest(hashing: Array("the root of the log".utf8))
    private static let pack = SHA256Digest(hashing: Array("a rule pack".utf8))
    /// 2026-11-22T09:30:00.125Z.
    private static let decidedAt: UInt64 = 1_795_339_800_125
    private static let quarterOfAnHour: UInt64 = 900_000

    // MARK: What is there to be changed

    private struct Leaf {
        var tag = CBORParts.text("consent-ledger/decision/v1")
        var salt: [UInt8]
        var question: [Pair]
        var answer: [Pair]

        init(_ number: Int) {
            salt = SHA256Digest(hashing: Array("salt \(number)".utf8)).bytes
            question = [
                (1, CBORParts.byteString(Vector.ledgerID.bytes)), (2, CBORParts.text("acme")),
                (3, CBORParts.text("+3460011122\(number)")),
                (4, CBORParts.byteString(LogBuilder.contact(number).bytes)),
                (6, CBORParts.text("whatsapp")), (7, CBORParts.array([CBORParts.text("marketing")])),
                (11, CBORParts.unsigned(Vector.decidedAt)), (16, CBORParts.unsigned(0)),
            ]
            answer = [
                (1, CBORParts.text("allow")),
                (2, CBORParts.array([Leaf.reason("consent-given", [(2, CBORParts.array([CBORParts.unsigned(7)]))])])),
            ]
        }

        static func reason(_ code: String, _ more: [Pair] = []) -> [UInt8] { map([(1, CBORParts.text(code))] + more) }

        static func map(_ pairs: [Pair]) -> [UInt8] {
            CBORParts.map(pairs.map { (CBORParts.unsigned($0.key), $0.value) })
        }

        /// Sets a member, in its place, or takes it out.
        static func set(_ key: UInt64, _ value: [UInt8]?, in pairs: inout [Pair]) {
            pairs.removeAll { $0.key == key }
            guard let value else { return }
            pairs.insert((key, value), at: pairs.firstIndex { $0.key > key } ?? pairs.count)
        }

        mutating func ask(_ key: UInt64, _ value: [UInt8]?) { Self.set(key, value, in: &question) }

        mutating func answer(_ key: UInt64, _ value: [UInt8]?) { Self.set(key, value, in: &answer) }

        var bytes: [UInt8] {
            CBORParts.array([tag, CBORParts.byteString(salt), Self.map(question), Self.map(answer)])
        }

        var questionDigest: SHA256Digest {
            SHA256Digest(
                hashing: CBORParts.array([
                    CBORParts.text("consent-ledger/question/v1"), CBORParts.byteString(salt), Self.map(question),
                ]))
        }

        var hash: SHA256Digest { SHA256Digest(hashing: [0] + bytes) }
    }

    private struct File {
        var leaves: [Leaf]
        var index: Int
        /// The leaf's bytes, where they are not those of the tree.
        var shown: [UInt8]?
        var lines: [(word: String, value: String)]
        var first = "consent-ledger/clearance/v1\n"
        var end = ""
        var signer = LedgerStory.secondLog
        var name = LogBuilder.origin
        var hashes: [SHA256Digest]
        var indexLine: String
        /// What becomes of the signed note, and of the whole.
        var note: (String) -> String = { $0 }
        var whole: (String) -> String = { $0 }

        init(_ count: Int = 1, index: Int = 0, _ change: (inout Leaf) -> Void = { _ in }) {
            var leaves = (0..<count).map { Leaf($0) }
            change(&leaves[index])
            self.init(of: leaves, index: index)
        }

        init(of leaves: [Leaf], index: Int = 0) {
            let count = leaves.count
            self.leaves = leaves
            self.index = index
            let tree = leaves.map(\.hash)
            hashes = MerkleDefinition.path(index, tree[...])
            indexLine = "index \(index)\n"
            lines = [
                ("origin", LogBuilder.origin), ("ledger-id", Vector.ledgerID.description), ("count", "\(count)"),
                ("root", MerkleDefinition.root(tree[...]).description), ("log-size", "12"),
                ("log-root", Vector.logRoot.description), ("decided-at", "\(Vector.decidedAt)"),
                ("not-after", "\(Vector.decidedAt + Vector.quarterOfAnHour)"),
                ("inputs", SHA256Digest(hashing: leaves.flatMap(\.questionDigest.bytes)).description),
            ]
        }

        mutating func set(_ word: String, _ value: String) {
            lines[lines.firstIndex { $0.word == word }!].value = value
        }

        var text: String {
            let text = first + lines.map { "\($0.word) \($0.value)\n" }.joined() + end
            let signed = try! SignedNote(signing: Array(text.utf8), as: name, with: signer.key)
            let leaf = Base64.encode(shown ?? leaves[index].bytes)
            return whole(
                note(String(decoding: signed.bytes, as: UTF8.self)) + "\n" + indexLine + "leaf \(leaf)\n"
                    + hashes.map { Base64.encode($0.bytes) + "\n" }.joined())
        }
    }

    private static func clearance(
        _ name: String, _ comment: String, _ verdict: Verdict, _ file: File = File(),
        at time: UInt64 = decidedAt + 1000,
        _ change: (inout File) -> Void = { _ in }
    ) -> Vector {
        var file = file
        change(&file)
        return Vector(
            .clearance, name, comment, verdict,
            [
                "clearance": .text(file.text), "vkey": .text(LogBuilder.verifierKey(of: LedgerStory.secondLog).text),
                "ledger-id-hex": .hex(ledgerID.bytes), "at": .number(time),
            ])
    }

    private static let malformed = Verdict.structure("not-a-clearance")

    // MARK: Whole ones

    private static let wholeClearances: [Vector] = [
        clearance("one", "A tree of one decision.", .accept),
        clearance("first-of-seven", "The first of seven.", .accept, File(7)),
        clearance("fourth-of-seven", "The fourth of seven.", .accept, File(7, index: 3)),
        clearance("last-of-seven", "The last of seven, whose path is shorter.", .accept, File(7, index: 6)),
        clearance("cosigned", "A line of a key that nobody knows follows.", .accept) {
            $0.note = { $0 + "\u{2014} witness.example.org AAAAAAAA\n" }
        },
        clearance(
            "with-everything", "Every member is there.", .accept,
            File { leaf in
                leaf.ask(5, CBORParts.array([CBORParts.byteString(LogBuilder.contact(9).bytes)]))
                leaf.ask(8, CBORParts.text("ventas"))
                leaf.ask(9, CBORParts.text("spring_offer"))
                leaf.ask(10, CBORParts.text("confirmation-request"))
                leaf.ask(12, CBORParts.text("contract"))
                leaf.ask(13, CBORParts.unsigned(decidedAt - 5000))
                leaf.ask(14, CBORParts.text("ES"))
                leaf.ask(15, CBORParts.array([madrid(seconds: CBORParts.unsigned(3600))]))
                leaf.ask(17, CBORParts.array([use()]))
                leaf.ask(18, CBORParts.text("order 4711"))
                leaf.answer(
                    2,
                    CBORParts.array([
                        Leaf.reason(
                            "basis-asserted",
                            [
                                (3, CBORParts.unsigned(decidedAt - 86_400_000)), (4, rule),
                                (5, CBORParts.text("marketing")),
                            ])
                    ]))
                leaf.answer(4, CBORParts.unsigned(decidedAt + 60_000))
                leaf.answer(5, CBORParts.array([packInForce("es-lssi")]))
            }),
        clearance(
            "west-of-greenwich", "A clock's offset is negative.", .accept,
            File { $0.ask(15, CBORParts.array([madrid(seconds: CBORParts.encoded { $0.negative(17_999) })])) }),
        clearance(
            "a-deny", "A no holds, and is a no.", .accept,
            File {
                $0.answer(1, CBORParts.text("deny"))
                $0.answer(2, CBORParts.array([Leaf.reason("no-record")]))
                $0.ask(4, nil)
            }),
        clearance(
            "a-defer", "Not now, with the next moment.", .accept,
            File {
                $0.answer(1, CBORParts.text("defer"))
                $0.answer(2, CBORParts.array([Leaf.reason("outside-hours")]))
                $0.answer(3, CBORParts.unsigned(decidedAt + 3_600_000))
            }),
        clearance(
            "a-later-code", "A reason has a code that this version does not know.", .accept,
            File { $0.answer(2, CBORParts.array([Leaf.reason("a-code-of-tomorrow")])) }),
        clearance(
            "by-its-template", "No category is named; the template says it.", .accept,
            File {
                $0.ask(7, nil)
                $0.ask(9, CBORParts.text("spring_offer"))
            }),
        clearance(
            "of-whatever-was-withdrawn", "An opt-out is confirmed, so that nothing need be named.", .accept,
            File {
                $0.ask(7, nil)
                $0.ask(10, CBORParts.text("opt-out-confirmation"))
            }),
        clearance("a-whole-day", "It is good for a day.", .accept) { $0.set("not-after", "\(decidedAt + 86_400_000)") },
    ]

    private static func madrid(seconds: [UInt8]) -> [UInt8] {
        CBORParts.array([
            CBORParts.text("Europe/Madrid"), CBORParts.array([CBORParts.array([CBORParts.unsigned(0), seconds])]),
        ])
    }

    /// What was sent before, some of its members its own.
    private static func use(_ own: [Pair] = []) -> [UInt8] {
        var pairs: [Pair] = [
            (1, CBORParts.unsigned(decidedAt - 3_600_000)), (2, CBORParts.text("whatsapp")),
            (3, CBORParts.array([CBORParts.text("marketing")])), (4, CBORParts.text("marketing")),
            (5, CBORParts.text("ventas")), (6, CBORParts.text("opt-out-confirmation")), (7, CBORParts.unsigned(3)),
        ]
        for (key, value) in own { Leaf.set(key, value, in: &pairs) }
        return Leaf.map(pairs)
    }

    private static let rule = CBORParts.array([CBORParts.byteString(pack.bytes), CBORParts.text("hours")])

    private static func packInForce(_ name: String) -> [UInt8] {
        CBORParts.array([
            CBORParts.text(name), CBORParts.text("2026.1"), CBORParts.byteString(pack.bytes), CBORParts.unsigned(5),
        ])
    }

    // MARK: The signed part

    private static let changedNotes: [Vector] = [
        clearance("not-signed", "Another key of the same name signed.", .tree("not-signed")) {
            $0.signer = LedgerStory.stranger
        },
        clearance("signed-by-another-name", "The key signed under another name.", .tree("not-signed")) {
            $0.name = "log.example.com/other"
        },
        clearance("of-another-origin", "The pinned key signed, and the origin is another's.", .tree("not-signed")) {
            $0.set("origin", "log.example.com/other")
        },
        clearance("signed-twice", "The signature is there twice.", .tree("bad-signature")) {
            $0.note = { note in note + note.split(separator: "\n").last! + "\n" }
        },
        clearance("count-changed-after-signing", "A number was changed after it was signed.", .tree("bad-signature")) {
            $0.note = { $0.replacing("log-size 12\n", with: "log-size 13\n") }
        },
        clearance("of-another-ledger", "The pinned key signed for another ledger.", .signatures("wrong-ledger-id")) {
            $0.set("ledger-id", otherID.description)
        },
        clearance(
            "leaf-of-another-ledger", "The leaf is of another ledger than the clearance.",
            .signatures("wrong-ledger-id"), File { $0.ask(1, CBORParts.byteString(otherID.bytes)) }),
        clearance("another-version", "The first line is that of a later version.", malformed) {
            $0.first = "consent-ledger/clearance/v2\n"
        },
        clearance("a-line-more", "A line follows the last.", malformed) { $0.end = "more\n" },
        clearance("lines-swapped", "Two lines have changed places.", malformed) { $0.lines.swapAt(2, 3) },
        clearance("without-inputs", "The last line is not there.", malformed) { $0.lines.removeLast() },
        clearance("count-zero", "A tree without leaves.", malformed) { $0.set("count", "0") },
        clearance("count-with-a-leading-zero", "The count has a leading zero.", malformed) { $0.set("count", "01") },
        clearance("log-size-zero", "It rests on an empty log.", malformed) { $0.set("log-size", "0") },
        clearance("root-in-capitals", "The root is in capital letters.", malformed) {
            $0.set("log-root", logRoot.description.uppercased())
        },
        clearance("root-in-base64", "The root is in base64.", malformed) {
            $0.set("log-root", Base64.encode(logRoot.bytes))
        },
        clearance("ends-before-it-begins", "not-after is before decided-at.", malformed) {
            $0.set("not-after", "\(decidedAt - 1)")
        },
        clearance("longer-than-a-day", "It would be good for a day and a millisecond.", malformed) {
            $0.set("not-after", "\(decidedAt + 86_400_001)")
        },
        clearance("after-the-year-9999", "It ends after the year 9999.", malformed) {
            $0.set("decided-at", "253402300799999")
            $0.set("not-after", "253402300800000")
        },
        clearance("reserved-origin", "The origin begins as texts of this format do.", malformed) {
            $0.set("origin", "consent-ledger/clearance/v1")
            $0.name = "consent-ledger/clearance/v1"
        },
        clearance("a-checkpoint", "The note is a checkpoint.", malformed) {
            $0.first = "\(LogBuilder.origin)\n12\n\(Base64.encode(logRoot.bytes))\n"
            $0.lines = []
        },
    ]

    // MARK: The file and the path

    private static let changedPaths: [Vector] = [
        clearance("hash-flipped", "A bit of a hash is another.", .tree("not-in-tree"), File(7, index: 3)) {
            var bytes = $0.hashes[1].bytes
            bytes[0] ^= 1
            $0.hashes[1] = SHA256Digest(bytes)!
        },
        clearance("hash-left-out", "The last hash is left out.", .tree("not-in-tree"), File(7, index: 3)) {
            $0.hashes.removeLast()
        },
        clearance("hash-added", "A hash is there in a tree of one.", .tree("not-in-tree")) { $0.hashes = [pack] },
        clearance("hashes-swapped", "Two hashes have changed places.", .tree("not-in-tree"), File(7, index: 3)) {
            $0.hashes.swapAt(0, 1)
        },
        clearance("at-another-index", "The index is the next one's.", .tree("not-in-tree"), File(7, index: 3)) {
            $0.indexLine = "index 4\n"
        },
        clearance("index-beyond", "There is no such index.", .tree("not-in-tree"), File(7, index: 6)) {
            $0.indexLine = "index 7\n"
        },
        clearance("count-of-another-tree", "The tree is said to have one leaf more.", .tree("not-in-tree"), File(7)) {
            $0.set("count", "9")
        },
        clearance("of-another-leaf", "The leaf is another's.", .tree("not-in-tree"), File(7, index: 3)) {
            $0.shown = $0.leaves[4].bytes
        },
        clearance("salt-changed", "A bit of the salt is another.", .tree("not-in-tree")) {
            var leaf = $0.leaves[0]
            leaf.salt[0] ^= 1
            $0.shown = leaf.bytes
        },
        clearance("outcome-changed", "A no was made a yes.", .tree("not-in-tree"), File { deny(&$0) }) {
            $0.shown = Leaf(0).bytes
        },
        clearance("inputs-of-another-question", "The inputs are those of another question.", .tree("wrong-inputs")) {
            $0.set("inputs", pack.description)
        },
        clearance("index-with-a-leading-zero", "The index has a leading zero.", malformed) {
            $0.indexLine = "index 00\n"
        },
        clearance("without-index", "There is no index.", malformed) { $0.indexLine = "" },
        clearance("short-hash", "A hash has 31 bytes.", malformed, File(7)) {
            let hash = Base64.encode($0.hashes[2].bytes)
            $0.whole = { $0.replacing(hash, with: Base64.encode([UInt8](repeating: 7, count: 31))) }
        },
        clearance("without-the-last-newline", "The file ends before its last newline.", malformed) {
            $0.whole = { String($0.dropLast()) }
        },
        clearance("an-empty-line-at-the-end", "An empty line follows.", malformed) { $0.whole = { $0 + "\n" } },
        clearance("cut-after-the-note", "The file ends after the note.", malformed) {
            $0.whole = { String($0[..<$0.firstRange(of: "\n\nindex")!.lowerBound]) + "\n" }
        },
        clearance("carriage-returns", "The lines end as on other systems.", malformed) {
            $0.whole = { $0.replacing("\n", with: "\r\n") }
        },
    ]

    private static func deny(_ leaf: inout Leaf) {
        leaf.answer(1, CBORParts.text("deny"))
        leaf.answer(2, CBORParts.array([Leaf.reason("withdrawn", [(2, CBORParts.array([CBORParts.unsigned(8)]))])]))
    }

    // MARK: The leaf

    /// Each is in the tree, signed, as it is.
    private static let changedLeaves: [Vector] = [
        leaf("another-tag", "The tag is another.") { $0.tag = CBORParts.text("consent-ledger/decision/v2") },
        leaf("short-salt", "The salt has 31 bytes.") { $0.salt.removeLast() },
        leaf("unknown-question-key", "The question has a key that is not known.") { $0.ask(19, CBORParts.unsigned(1)) },
        leaf("unknown-answer-key", "The answer has a key that is not known.") { $0.answer(6, CBORParts.unsigned(1)) },
        leaf("keys-not-ascending", "Two keys have changed places.") { $0.question.swapAt(1, 2) },
        leaf("key-twice", "A key is there twice.") { $0.question.insert($0.question[1], at: 1) },
        leaf("without-business", "No business is named.") { $0.ask(2, nil) },
        leaf("without-contact", "No contact is named.") { $0.ask(3, nil) },
        leaf("without-channel", "No channel is named.") { $0.ask(6, nil) },
        leaf("without-moment", "No moment is asked about.") { $0.ask(11, nil) },
        leaf("without-outcome", "There is no outcome.") { $0.answer(1, nil) },
        leaf("without-reasons", "There is no reason.") { $0.answer(2, nil) },
        leaf("no-reason", "The list of reasons is empty.") { $0.answer(2, CBORParts.array([])) },
        leaf("another-outcome", "The outcome is no word of the format.") { $0.answer(1, CBORParts.text("perhaps")) },
        leaf("unknown-channel", "The channel is no word of the format.") { $0.ask(6, CBORParts.text("telepathy")) },
        leaf("category-twice", "A category is named twice.") {
            $0.ask(7, CBORParts.array([CBORParts.text("marketing"), CBORParts.text("marketing")]))
        },
        leaf("no-category", "The list of categories is empty.") { $0.ask(7, CBORParts.array([])) },
        leaf("short-handle", "The handle has 15 bytes.") {
            $0.ask(4, CBORParts.byteString([UInt8](repeating: 1, count: 15)))
        },
        leaf("control-character", "The reference has a control character.") { $0.ask(18, CBORParts.text("a\u{7}b")) },
        leaf("long-reference", "The reference has 201 bytes.") {
            $0.ask(18, CBORParts.text(String(repeating: "x", count: 201)))
        },
        leaf("purpose-said-for-nothing", "The purpose is the message itself, and said.") {
            $0.ask(10, CBORParts.text("message"))
        },
        leaf("consent-asserted", "Consent is asserted.") { $0.ask(12, CBORParts.text("consent")) },
        leaf("small-country", "The country is in small letters.") { $0.ask(14, CBORParts.text("es")) },
        leaf("offset-of-a-day", "A clock is a day ahead.") {
            $0.ask(15, CBORParts.array([madrid(seconds: CBORParts.unsigned(86_400))]))
        },
        leaf("offset-beyond-numbers", "A clock's offset is −2^64.") {
            $0.ask(15, CBORParts.array([madrid(seconds: CBORParts.encoded { $0.negative(.max) })]))
        },
        leaf("moment-after-the-year-9999", "The moment is after the year 9999.") {
            $0.ask(11, CBORParts.unsigned(253_402_300_800_000))
        },
        leaf("next-moment-of-a-yes", "A yes says when it is allowed next.") {
            $0.answer(3, CBORParts.unsigned(decidedAt + 1000))
        },
        leaf("lapsing-no", "A no says when it ends.") {
            deny(&$0)
            $0.answer(4, CBORParts.unsigned(decidedAt + 1000))
        },
        leaf("lapsed-at-once", "A yes ends when it begins.") { $0.answer(4, CBORParts.unsigned(decidedAt)) },
        leaf("rule-of-no-pack", "A reason names a rule of a pack that is not in force.") {
            $0.answer(2, CBORParts.array([Leaf.reason("prohibited", [(4, rule)])]))
        },
        leaf("packs-not-ascending", "The packs do not ascend by name.") {
            $0.answer(5, CBORParts.array([packInForce("whatsapp"), packInForce("es-lssi")]))
        },
        leaf("about-nothing", "Neither a category nor a template is named, and no opt-out is confirmed.") {
            $0.ask(7, nil)
        },
        leaf("pack-twice", "A pack is in force twice, adopted by two records.") {
            $0.answer(5, CBORParts.array([packInForce("whatsapp"), packInForce("whatsapp")]))
        },
        leaf("next-moment-at-once", "A not now is allowed next in the moment asked about.") {
            $0.answer(1, CBORParts.text("defer"))
            $0.answer(3, CBORParts.unsigned(decidedAt))
        },
        leaf("use-of-a-category-twice", "What was sent before names a category twice.") {
            let marketing = CBORParts.text("marketing")
            $0.ask(17, CBORParts.array([use([(3, CBORParts.array([marketing, marketing]))])]))
        },
        leaf("use-of-nothing", "What was sent before was about nothing.") {
            $0.ask(17, CBORParts.array([use([(3, CBORParts.array([]))])]))
        },
        leaf("control-character-of-c1", "The reference has U+0085.") { $0.ask(18, CBORParts.text("a\u{85}b")) },
        leaf("control-character-in-the-address", "The address has U+007F.") {
            $0.ask(3, CBORParts.text("+34600111222\u{7f}"))
        },
        leaf("control-character-in-a-rule", "A reason's rule has U+0000.") {
            let rule = CBORParts.array([CBORParts.byteString(pack.bytes), CBORParts.text("ho\u{0}urs")])
            $0.answer(2, CBORParts.array([Leaf.reason("prohibited", [(4, rule)])]))
            $0.answer(5, CBORParts.array([packInForce("whatsapp")]))
        },
        leaf("control-character-in-a-clock", "A clock's name has a newline.") {
            $0.ask(
                15,
                CBORParts.array([
                    CBORParts.array([
                        CBORParts.text("Europe\nMadrid"),
                        CBORParts.array([
                            CBORParts.array([CBORParts.unsigned(0), CBORParts.unsigned(3600)])
                        ]),
                    ])
                ]))
        },
        shown("trailing-byte", "A byte follows the decision.") { $0 + [0] },
        shown("long-head", "A length is written in a byte more than it needs.") { [0x98, 0x04] + $0.dropFirst() },
        shown("cut-off", "The last byte is not there.") { $0.dropLast() },
        shown("empty", "The leaf is empty.") { _ in [] },
    ]

    private static func leaf(
        _ name: String, _ comment: String, _ change: (inout Leaf) -> Void
    ) -> Vector { clearance("leaf-\(name)", comment, malformed, File(1, change)) }

    /// The bytes are shown, and are in the tree, as `change` leaves them.
    private static func shown(_ name: String, _ comment: String, _ change: ([UInt8]) -> [UInt8]) -> Vector {
        clearance("leaf-\(name)", comment, malformed) { file in
            let bytes = change(file.leaves[0].bytes)
            file.shown = bytes
            file.set("root", SHA256Digest(hashing: [0] + bytes).description)
        }
    }

    // MARK: Its use

    private static let usedClearances: [Vector] = [
        clearance("at-its-first-moment", "It is used in the moment asked about.", .accept, at: decidedAt),
        clearance("at-its-last-moment", "It is used at not-after.", .accept, at: decidedAt + quarterOfAnHour),
        clearance(
            "past-its-time", "It is used a millisecond after not-after.", .replay("expired-clearance"),
            at: decidedAt + quarterOfAnHour + 1),
        clearance(
            "before-its-time", "It is used a millisecond before the moment asked about.", .replay("not-yet"),
            at: decidedAt - 1),
        clearance(
            "before-it-lapses", "It is used in the last millisecond before it lapses.", .accept, lapsing,
            at: decidedAt + 59_999),
        clearance(
            "lapsed", "It is used in the moment at which it lapses.", .replay("lapsed"), lapsing, at: decidedAt + 60_000
        ),
        clearance(
            "of-the-past", "It is about a moment before it was decided.", .replay("before-decision"),
            File { $0.ask(11, CBORParts.unsigned(decidedAt - 1)) }),
        clearance(
            "of-later", "It is about a later moment, and used then.", .accept,
            File { $0.ask(11, CBORParts.unsigned(decidedAt + 60_000)) }, at: decidedAt + 60_000),
        clearance(
            "beyond-the-log", "A reason names a record that was not there.", .replay("beyond-log"),
            File {
                $0.answer(
                    2,
                    CBORParts.array([
                        Leaf.reason("consent-given", [(2, CBORParts.array([CBORParts.unsigned(12)]))])
                    ]))
            }),
        clearance(
            "use-beyond-the-log", "What was sent before confirmed a record that was not there.",
            .replay("beyond-log"), File { $0.ask(17, CBORParts.array([use([(7, CBORParts.unsigned(12))])])) }),
        clearance(
            "use-of-the-last-record", "What was sent before confirmed the last record that was there.", .accept,
            File { $0.ask(17, CBORParts.array([use([(7, CBORParts.unsigned(11))])])) }),
        clearance(
            "of-its-end", "It is about the last moment at which one may act on it.", .accept,
            File { $0.ask(11, CBORParts.unsigned(decidedAt + quarterOfAnHour)) }, at: decidedAt + quarterOfAnHour),
        clearance(
            "of-after-its-end", "It is about a moment after its end, so that no moment is good for it.",
            .replay("after-end"), File { $0.ask(11, CBORParts.unsigned(decidedAt + quarterOfAnHour + 1)) },
            at: decidedAt + quarterOfAnHour),
        clearance(
            "pack-beyond-the-log", "A pack was adopted by a record that was not there.", .replay("beyond-log"),
            File {
                $0.answer(
                    5,
                    CBORParts.array([
                        CBORParts.array([
                            CBORParts.text("whatsapp"), CBORParts.text("1"), CBORParts.byteString(pack.bytes),
                            CBORParts.unsigned(12),
                        ])
                    ]))
            }),
    ]

    private static var lapsing: File { File { $0.answer(4, CBORParts.unsigned(decidedAt + 60_000)) } }

    // MARK: The key named by a policy

    private static let policyLog = "log \(LogBuilder.verifierKey(of: LedgerStory.secondLog).text)\n"

    private static let underPolicies: [Vector] = [
        policy("policy", "A policy names the log's key.", .accept, "\(policyLog)quorum none\n"),
        policy(
            "policy-whose-quorum-is-missing", "Its witness did not cosign, which is not asked of a clearance.", .accept,
            "\(policyLog)witness w \(witnessKey)\nquorum w\n"),
        policy(
            "policy-of-another-log", "The policy's log is another one.", .tree("not-signed"),
            "log \(LogBuilder.verifierKey(of: LedgerStory.stranger).text)\nquorum none\n"),
    ]

    private static let witnessKey = try! VerifierKey(
        name: "witness.example.org", publicKey: Party("witness").key.publicKey, use: .cosignature
    ).text

    private static func policy(_ name: String, _ comment: String, _ verdict: Verdict, _ policy: String) -> Vector {
        let plain = clearance(name, comment, verdict)
        var inputs = plain.inputs
        inputs["vkey"] = nil
        inputs["policy"] = .text(policy)
        return Vector(.clearance, name, comment, verdict, inputs)
    }

    // MARK: Directories

    /// The files of a directory with all decisions of a clearance.
    private struct Directory {
        var file = File(5)
        /// What is signed, as the file `clearance` has it; absent: there is none.
        var note: String?
        /// The file `leaves`; absent: there is none.
        var leaves: [UInt8]?

        init(_ change: (inout File) -> Void = { _ in }) {
            change(&file)
            let text = file.text
            note = String(text[..<text.firstRange(of: "\n\nindex")!.lowerBound]) + "\n"
            leaves = file.leaves.flatMap { Self.framed($0.bytes) }
        }

        /// The bytes of one leaf, with its length.
        func frame(_ number: Int) -> [UInt8] { Self.framed(file.leaves[number].bytes) }

        static func framed(_ leaf: [UInt8]) -> [UInt8] { [UInt8(leaf.count >> 8), UInt8(leaf.count & 0xff)] + leaf }
    }

    static let clearanceDirectoryVectors: [Vector] = [
        directory("whole", "Five decisions.", .accept),
        directory("of-one", "One decision.", .accept, Directory { $0 = File() }),
        directory("at-its-last-moment", "They are used at not-after.", .accept, at: decidedAt + quarterOfAnHour),
        directory(
            "one-of-them-a-no", "One of them is a no; a directory holds or not.", .accept,
            Directory {
                var leaves = $0.leaves
                deny(&leaves[2])
                $0 = File(of: leaves)
            }),
        directory("leaf-dropped", "The third decision is left out.", .tree("wrong-count")) { directory in
            directory.leaves = [0, 1, 3, 4].flatMap { directory.frame($0) }
        },
        directory("last-leaf-dropped", "The last decision is left out.", .tree("wrong-count")) { directory in
            directory.leaves = (0..<4).flatMap { directory.frame($0) }
        },
        directory("leaf-added", "A decision more is there.", .tree("wrong-count")) {
            $0.leaves! += Directory.framed(Leaf(7).bytes)
        },
        directory("leaf-twice", "The last decision is there twice.", .tree("wrong-count")) {
            $0.leaves! += $0.frame(4)
        },
        directory("leaf-changed", "A no was made a yes.", .tree("wrong-root")) { directory in
            var leaf = directory.file.leaves[2]
            deny(&leaf)
            directory.leaves = (0..<5).flatMap { $0 == 2 ? Directory.framed(leaf.bytes) : directory.frame($0) }
        },
        directory("bit-flipped-in-a-salt", "A bit of a salt is another.", .tree("wrong-root")) {
            // The length, the array, the tag and the head of the salt come before it.
            $0.leaves![2 + 1 + 28 + 2] ^= 1
        },
        directory("leaves-swapped", "The second and the third have changed places.", .tree("wrong-root")) { directory in
            directory.leaves = [0, 2, 1, 3, 4].flatMap { directory.frame($0) }
        },
        directory("count-changed", "The count was changed after it was signed.", .tree("bad-signature")) {
            $0.note = $0.note!.replacing("count 5\n", with: "count 6\n")
        },
        directory(
            "count-of-fewer", "The signed count is four, and there are five.", .tree("wrong-count"),
            Directory { $0.set("count", "4") }),
        directory(
            "count-of-more", "The signed count is six, and there are five.", .tree("wrong-count"),
            Directory { $0.set("count", "6") }),
        directory(
            "inputs-of-others", "The inputs are those of other questions.", .tree("wrong-inputs"),
            Directory { $0.set("inputs", pack.description) }),
        directory("note-of-another-clearance", "The signed part is that of other decisions.", .tree("wrong-root")) {
            $0.note = Directory { $0 = File(of: (1..<6).map { Leaf($0) }) }.note
        },
        directory(
            "note-of-another-ledger", "The signed part is that of another ledger.", .signatures("wrong-ledger-id"),
            Directory { $0.set("ledger-id", otherID.description) }),
        directory(
            "leaf-of-another-ledger", "One decision is of another ledger.", .signatures("wrong-ledger-id"),
            Directory {
                var leaves = $0.leaves
                leaves[3].ask(1, CBORParts.byteString(otherID.bytes))
                $0 = File(of: leaves)
            }),
        directory(
            "not-signed", "Another key of the same name signed.", .tree("not-signed"),
            Directory {
                $0.signer = LedgerStory.stranger
            }),
        directory(
            "a-leaf-that-is-none", "A leaf in the tree is no decision.", .structure("malformed-decision"),
            Directory {
                var leaves = $0.leaves
                leaves[1].tag = CBORParts.text("consent-ledger/decision/v2")
                $0 = File(of: leaves)
            }),
        directory("byte-left-over", "A byte follows the last decision.", .structure("malformed-leaves")) {
            $0.leaves! += [0]
        },
        directory("empty-leaf-left-over", "A leaf without bytes follows.", .structure("malformed-leaves")) {
            $0.leaves! += [0, 0]
        },
        directory("cut-off", "The last byte of the decisions is not there.", .structure("malformed-leaves")) {
            $0.leaves!.removeLast()
        },
        directory("no-decisions", "The file with the decisions is empty.", .tree("wrong-count")) { $0.leaves = [] },
        directory("leaves-absent", "There is no file with the decisions.", .structure("cannot-be-read")) {
            $0.leaves = nil
        },
        directory("note-absent", "There is no signed part.", .structure("cannot-be-read")) { $0.note = nil },
        directory("note-cut-off", "The last byte of the signed part is not there.", malformed) {
            $0.note!.removeLast()
        },
        directory("a-decision-after-the-note", "The signed part is a file with one decision.", malformed) {
            $0.note = $0.file.text
        },
        directory(
            "past-its-time", "They are used a millisecond after not-after.", .replay("expired-clearance"),
            at: decidedAt + quarterOfAnHour + 1),
        directory(
            "before-its-time", "They are used a millisecond before the moment asked about.", .replay("not-yet"),
            at: decidedAt - 1),
        directory(
            "one-of-them-lapsed", "What one of them rests on has ended.", .replay("lapsed"),
            Directory {
                var leaves = $0.leaves
                leaves[4].answer(4, CBORParts.unsigned(decidedAt + 60_000))
                $0 = File(of: leaves)
            }, at: decidedAt + 60_000),
        directory(
            "one-of-them-beyond-the-log", "One of them names a record that was not there.", .replay("beyond-log"),
            Directory {
                var leaves = $0.leaves
                leaves[0].answer(
                    2,
                    CBORParts.array([
                        Leaf.reason("consent-given", [(2, CBORParts.array([CBORParts.unsigned(12)]))])
                    ]))
                $0 = File(of: leaves)
            }),
    ]

    private static func directory(
        _ name: String, _ comment: String, _ verdict: Verdict, _ directory: Directory = Directory(),
        at time: UInt64 = decidedAt + 1000, _ change: (inout Directory) -> Void = { _ in }
    ) -> Vector {
        var directory = directory
        change(&directory)
        var inputs: [String: Value] = [
            "vkey": .text(LogBuilder.verifierKey(of: LedgerStory.secondLog).text),
            "ledger-id-hex": .hex(ledgerID.bytes),
            "at": .number(time),
        ]
        inputs["clearance"] = directory.note.map { .text($0) }
        inputs["leaves-hex"] = directory.leaves.map { .hex($0) }
        return Vector(.clearanceDirectory, name, comment, verdict, inputs)
    }
}
