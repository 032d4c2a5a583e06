internal import ConsentModel
internal import LedgerCrypto
internal import TransparencyLog

/// Records, statements and the events in them.
extension Vector {
    /// The ledger's story, whose record 18 is Dan's opt-in. Nothing changes it once it is told.
    nonisolated(unsafe) static let story = LedgerStory().told()
    private static let entry = story.entries[18]
    private static let record = try! Record(decoding: entry[...])
    private static let statement = record.statement
    private static let event = try! Statement(decoding: statement[...]).payload
    private static let context = record.statementContext(
        origin: LogBuilder.origin, ledgerID: SHA256Digest(story.ledgerID)!)

    // MARK: Statements

    static let statementVectors: [Vector] = [
        signed("as-signed", "A statement in the place that it was made for.", .accept),
        signed("of-entry-0", "Entry 0 defines the ledger-id and is signed with an empty one.", .accept) {
            $0 = Signed(of: 0)
        },
        signed("of-two-contacts", "A statement about two persons, their handles ascending.", .accept) {
            $0 = Signed(of: 13)
        },
        signed("by-an-admin", "A governance statement of a business, about no person.", .accept) {
            $0 = Signed(of: 20)
        },
        signed("another-key", "The public key is another source's.", .signatures("bad-signature")) {
            $0.publicKey = LogBuilder.hosted.key.publicKey.bytes
        },
        signed("another-origin", "The log is of another origin.", .signatures("bad-signature")) {
            $0.origin = "log.example.com/other"
        },
        signed("another-ledger", "The ledger is another one of the same origin.", .signatures("bad-signature")) {
            $0.ledgerID[0] ^= 1
        },
        signed("no-ledger", "The ledger-id is empty, and it is not entry 0.", .signatures("bad-signature")) {
            $0.ledgerID = []
        },
        signed("another-business", "The business is another one.", .signatures("bad-signature")) {
            $0.business = "zoo"
        },
        signed("no-business", "The business is left out.", .signatures("bad-signature")) { $0.business = "" },
        signed("another-contact", "The person is another one.", .signatures("bad-signature")) {
            $0.handles = [LedgerStory.eva.bytes]
        },
        signed("contact-left-out", "One of two persons is left out.", .signatures("bad-signature")) {
            $0 = Signed(of: 13)
            $0.handles.removeLast()
        },
        signed("contact-added", "A second person is added.", .signatures("bad-signature")) {
            $0.handles.append(LedgerStory.eva.bytes)
        },
        signed("contacts-in-another-order", "The handles descend.", .signatures("bad-signature")) {
            $0 = Signed(of: 13)
            $0.handles.reverse()
        },
        signed("signature-bit-flipped", "A bit of S is another.", .signatures("bad-signature")) {
            $0.statement[$0.statement.count - 20] ^= 1
        },
        signed("payload-bit-flipped", "A bit of the event's id is another.", .signatures("bad-signature")) {
            $0.replace(StatementPart.payload) { payload in
                var changed = payload
                changed[10] ^= 1
                return changed
            }
        },
        signed("key-identifier-of-another-key", "The header names another key.", .signatures("bad-signature")) {
            $0.replace(StatementPart.protected) { $0.dropLast(16) + LogBuilder.hosted.key.publicKey.keyIdentifier }
        },
        signed("signature-with-a-larger-s", "The group's order was added to S.", .signatures("bad-signature")) {
            $0.replace(StatementPart.signature, with: Malleable.addingOrder)
        },
        signed("signature-of-zeros", "R is no point of large order, and S is 0.", .signatures("bad-signature")) {
            $0.replace(StatementPart.signature) { _ in [UInt8](repeating: 0, count: 64) }
        },
        signed("neutral-point", "The key is the neutral point; R too, and S is 0.", .signatures("bad-signature")) {
            let neutral = [1] + [UInt8](repeating: 0, count: 31)
            $0.publicKey = neutral
            $0.replace(StatementPart.protected) { $0.dropLast(16) + Ed25519PublicKey(neutral)!.keyIdentifier }
            $0.replace(StatementPart.signature) { _ in neutral + [UInt8](repeating: 0, count: 32) }
        },
        signed("tagged", "The tag of COSE_Sign1 is before it.", .structure("encoding")) {
            $0.statement = [0xd2] + $0.statement
        },
        signed("trailing-byte", "A byte follows it.", .structure("encoding")) { $0.statement.append(0) },
        signed("cut-off", "The last byte is missing.", .structure("encoding")) { $0.statement.removeLast() },
        signed("unprotected-header", "The unprotected header is not empty.", .structure("too-large")) {
            $0.statement = CBORParts.replacing(StatementPart.unprotected, of: $0.statement) { _ in [0xa1, 4, 0x41, 0] }
        },
        signed("protected-header-empty", "The protected header is empty.", .structure("form")) {
            $0.replace(StatementPart.protected) { _ in [] }
        },
        signed("another-algorithm", "The algorithm is ES256.", .structure("form")) {
            $0.replace(StatementPart.protected) { $0.replacing([1, 0x27], with: [1, 0x26]) }
        },
        signed(
            "ed25519-by-its-own-number", "The algorithm is -19, COSE's newer number for Ed25519.", .structure("form")
        ) { $0.replace(StatementPart.protected) { $0.replacing([1, 0x27], with: [1, 0x32]) } },
        signed("another-content-type", "The content type is another.", .structure("form")) {
            $0.replace(StatementPart.protected) {
                $0.replacing(Array("event+cbor".utf8), with: Array("event+json".utf8))
            }
        },
        signed("header-of-four-members", "The protected header has a fourth member.", .structure("form")) {
            $0.replace(StatementPart.protected) { [0xa4] + $0.dropFirst() + [5, 0x40] }
        },
        signed("short-key-identifier", "The key identifier has 15 bytes.", .structure("form")) {
            $0.replace(StatementPart.protected) { $0.dropLast(17) + [0x4f] + $0.suffix(15) }
        },
        signed("short-signature", "The signature has 63 bytes.", .structure("form")) {
            $0.replace(StatementPart.signature) { $0.dropLast() }
        },
        signed("detached-payload", "The payload is null.", .structure("encoding")) {
            $0.statement = CBORParts.replacing(StatementPart.payload, of: $0.statement) { _ in [0xf6] }
        },
        signed("three-parts", "The signature is left out.", .structure("form")) {
            $0.statement = CBORParts.array(CBORParts.items(of: $0.statement).dropLast())
        },
    ]

    /// A statement and what it is verified with.
    private struct Signed {
        var statement: [UInt8]
        var origin = LogBuilder.origin
        var ledgerID: [UInt8]
        var business: String
        var handles: [[UInt8]]
        var publicKey: [UInt8]

        /// That of a record of the story.
        init(of index: Int) {
            let record = try! Record(decoding: story.entries[index][...])
            statement = record.statement
            ledgerID = index == 0 ? [] : story.ledgerID
            business = record.business ?? ""
            handles = record.handles.map(\.bytes)
            let signer = index == 0 ? story.admin : index == 20 ? LedgerStory.deputy : LogBuilder.web
            publicKey = signer.key.publicKey.bytes
        }

        mutating func replace(_ part: Int, with change: ([UInt8]) -> [UInt8]) {
            statement = CBORParts.replacing(part, of: statement) {
                CBORParts.byteString(change(CBORParts.content(of: $0)))
            }
        }
    }

    private static func signed(
        _ name: String, _ comment: String, _ verdict: Verdict, _ change: (inout Signed) -> Void = { _ in }
    ) -> Vector {
        var signed = Signed(of: 18)
        change(&signed)
        return Vector(
            .statement, name, comment, verdict,
            [
                "statement-hex": .hex(signed.statement), "origin": .text(signed.origin),
                "ledger-id-hex": .hex(signed.ledgerID), "business": .text(signed.business),
                "handles-hex": .hexes(signed.handles), "public-key-hex": .hex(signed.publicKey),
            ])
    }

    // MARK: Records

    static let recordVectors: [Vector] = recordsAsAWhole + recordsByEvent

    private static let recordsAsAWhole: [Vector] =
        story.entries.enumerated().map { index, entry in
            Vector(
                .record, "honest-\(index)-\(story.kinds[index])", "Record \(index) of the story.", .accept,
                ["record-hex": .hex(entry), "index": .number(UInt64(index))])
        } + [
            changed("at-another-index", "The record says 18 and is entry 19.", "wrong-index", index: 19) { $0 },
            changed("empty", "There is nothing.", "encoding") { _ in [] },
            changed("trailing-byte", "A byte follows the record.", "encoding") { $0 + [0] },
            changed("cut-off", "The last byte is missing.", "encoding") { $0.dropLast() },
            changed("version-2", "Nothing is read of a later version.", "unknown-record-version") { _ in [0x81, 2] },
            changed("version-0", "There is no version 0.", "unknown-record-version") {
                CBORParts.replacing(RecordPart.version, of: $0) { _ in [0] }
            },
            changed("six-parts", "There is a sixth part.", "form") { CBORParts.array(CBORParts.items(of: $0) + [[0]]) },
            changed("four-parts", "The statement is left out.", "form") {
                CBORParts.array(CBORParts.items(of: $0).dropLast())
            },
            changed("index-in-a-longer-head", "The index is in more bytes than it needs.", "encoding") {
                CBORParts.replacing(RecordPart.index, of: $0) { [0x18] + $0 }
            },
            changed("recorded-after-the-year-9999", "Recorded-at is a millisecond too late.", "bad-value") {
                CBORParts.replacing(RecordPart.recordedAt, of: $0) { _ in CBORParts.unsigned(253_402_300_800_000) }
            },
            changed("no-links", "The record is in no chain.", "form") { links(of: $0) { _ in [] } },
            changed("five-links", "There are five links.", "too-large") {
                links(of: $0) { links in
                    links
                        + (1...3).map { kind in
                            CBORParts.replacing(1, of: links[1]) { _ in
                                CBORParts.byteString([UInt8](repeating: 0xf0 + UInt8(kind), count: 16))
                            }
                        }
                }
            },
            changed("links-out-of-order", "The links descend.", "form") { links(of: $0) { $0.reversed() } },
            changed("link-twice", "A link is there twice.", "form") { links(of: $0) { $0 + $0.suffix(1) } },
            changed("two-businesses", "There are links to two businesses.", "form") {
                links(of: $0) { links in
                    let second = CBORParts.replacing(1, of: links[0]) { _ in CBORParts.byteString(Array("zoo".utf8)) }
                    return [links[0], second] + links.dropFirst()
                }
            },
            changed("link-of-kind-3", "A link is of an unknown kind.", "form") { link(0, of: $0, 0) { _ in [3] } },
            changed("ledger-link-with-a-name", "The ledger's chain has an identity.", "form") {
                links(of: $0) { links in
                    [CBORParts.replacing(0, of: links[0]) { _ in [0] }] + links.dropFirst()
                }
            },
            changed("business-with-a-capital", "A business's identifier has a capital letter.", "form") {
                link(0, of: $0, 1) { _ in CBORParts.byteString(Array("Acme".utf8)) }
            },
            changed("business-of-65-letters", "A business's identifier is a letter too long.", "form") {
                link(0, of: $0, 1) { _ in CBORParts.byteString([UInt8](repeating: 0x61, count: 65)) }
            },
            changed("handle-of-15-bytes", "A handle is a byte short.", "form") {
                link(1, of: $0, 1) { _ in CBORParts.byteString([UInt8](repeating: 0xff, count: 15)) }
            },
            changed("link-with-a-short-hash", "A link's leaf hash has 31 bytes.", "form") {
                link(0, of: $0, 4) { _ in CBORParts.byteString([UInt8](repeating: 1, count: 31)) }
            },
            changed("link-to-itself", "A link's previous index is the record's own.", "form") {
                link(0, of: $0, 3) { _ in CBORParts.unsigned(18) }
            },
            changed("first-link-that-names-an-index", "Sequence 0 with a previous index.", "form") {
                link(1, of: $0, 3) { _ in [4] }
            },
            changed("first-link-that-names-a-hash", "Sequence 0 with a previous leaf hash.", "form") {
                link(1, of: $0, 4) { _ in CBORParts.byteString([UInt8](repeating: 1, count: 32)) }
            },
            changed("link-of-six-parts", "A link has a sixth part.", "too-large") {
                links(of: $0) { [CBORParts.array(CBORParts.items(of: $0[0]) + [[0]])] + $0.dropFirst() }
            },
            changed("statement-as-an-array", "The statement stands there itself, not as a byte string.", "encoding") {
                CBORParts.replacing(RecordPart.statement, of: $0) { CBORParts.content(of: $0) }
            },
            changed("statement-that-is-none", "The statement is an empty array.", "form") {
                CBORParts.replacing(RecordPart.statement, of: $0) { _ in [0x41, 0x80] }
            },
        ]

    private static let recordsByEvent: [Vector] = [
        event("unknown-type", "A type of a later version: its form alone is checked.", nil) { _ in
            [([1], unsigned(99)), ([2], id), ([3], CBORParts.text("web")), (unsigned(200), [0xf5])]
        },
        event("unknown-type-without-source", "Without a source it is an admin's.", nil) { _ in
            [([1], unsigned(99)), ([2], id)]
        },
        event("unknown-type-eight-levels", "A value of eight levels.", nil) { _ in
            [([1], unsigned(99)), ([2], id), ([9], [0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0])]
        },
        event("unknown-type-nine-levels", "A value of nine levels.", "encoding") { _ in
            [([1], unsigned(99)), ([2], id), ([9], [0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0])]
        },
        event("unknown-type-with-a-float", "A value that the encoding does not have.", "encoding") { _ in
            [([1], unsigned(99)), ([2], id), ([9], [0xf9, 0x3c, 0])]
        },
        event("unknown-type-with-a-bad-source", "Its source is no identifier.", "bad-value") { _ in
            [([1], unsigned(99)), ([2], id), ([3], CBORParts.text("Web"))]
        },
        event("unknown-type-with-a-text-key", "A key is text.", "encoding") { _ in
            [([1], unsigned(99)), ([2], id), (CBORParts.text("a"), [0])]
        },
        event("unknown-type-with-keys-descending", "Its keys descend.", "encoding") { _ in
            [([1], unsigned(99)), ([2], id), ([9], [0]), ([8], [0])]
        },
        event("unknown-type-without-id", "It has no id.", "form") { _ in
            [([1], unsigned(99)), ([3], CBORParts.text("web"))]
        },
        event("type-0", "Type 0 is none that is known.", nil) { [([1], [0])] + $0.dropFirst() },
        event("no-fields", "An empty map.", "form") { _ in [] },
        event("no-type", "The type is left out.", "form") { Array($0.dropFirst()) },
        event("short-id", "The id has 15 bytes.", "form") {
            set(2, CBORParts.byteString(Array(repeating: 1, count: 15)), $0)
        },
        event("key-twice", "A field is there twice.", "encoding") { $0 + $0.suffix(1) },
        event("keys-descending", "The fields descend.", "encoding") {
            Array($0[..<3]) + Array($0[3...].reversed())
        },
        event("unknown-field", "A field with a number that is none.", "unknown-field") { $0 + [(unsigned(200), [0])] },
        event("field-of-another-type", "An opt-in has the outcome of a review.", "unknown-field") {
            insert(23, CBORParts.text("opt-out"), $0)
        },
        event("no-channels", "An opt-in says no channels.", "missing-field") { without(7, $0) },
        event("no-categories", "An opt-in says no categories.", "missing-field") { without(8, $0) },
        event("no-source", "An opt-in names no source.", "missing-field") { without(3, $0) },
        event("no-commitment", "An opt-in commits to nothing.", "missing-field") { without(5, $0) },
        event("unknown-channel", "A channel that is not in the vocabulary.", "bad-value") {
            set(7, CBORParts.array([CBORParts.text("telegram")]), $0)
        },
        event("channels-descending", "The channels descend.", "bad-value") {
            set(7, CBORParts.array([CBORParts.text("whatsapp"), CBORParts.text("sms")]), $0)
        },
        event("channels-by-length", "Lists ascend by their bytes without heads: `post` before `sms`.", nil) {
            set(7, CBORParts.array([CBORParts.text("post"), CBORParts.text("sms")]), $0)
        },
        event("channels-as-a-map-would-order", "`sms` before `post`, as the encodings would ascend.", "bad-value") {
            set(7, CBORParts.array([CBORParts.text("sms"), CBORParts.text("post")]), $0)
        },
        event("channel-twice", "A channel is there twice.", "bad-value") {
            set(7, CBORParts.array([CBORParts.text("sms"), CBORParts.text("sms")]), $0)
        },
        event("empty-list", "A list of no categories.", "bad-value") { set(8, [0x80], $0) },
        event("65-categories", "A list of a category too many.", "too-large") { pairs in
            set(8, CBORParts.array((0..<65).map { CBORParts.text("category-\($0 + 100)") }), pairs)
        },
        event("64-categories", "A list as long as can be.", nil) { pairs in
            set(8, CBORParts.array((0..<64).map { CBORParts.text("category-\($0 + 100)") }), pairs)
        },
        event("capital-in-an-identifier", "A category with a capital letter.", "bad-value") {
            set(8, CBORParts.array([CBORParts.text("Marketing")]), $0)
        },
        event("mark-that-is-false", "A mark that says false.", "form") { insert(13, [0xf4], $0) },
        event("mark-that-is-true", "A mark.", nil) { insert(13, [0xf5], $0) },
        event("null-for-absent", "An expiry that is null.", "encoding") { insert(14, [0xf6], $0) },
        event("expires-after-the-year-9999", "An expiry a millisecond too late.", "bad-value") {
            insert(14, unsigned(253_402_300_800_000), $0)
        },
        event("expires-at-the-last-moment", "An expiry at the last moment there is.", nil) {
            insert(14, unsigned(253_402_300_799_999), $0)
        },
        event("interval-of-no-length", "A precision of 0.", "bad-value") {
            set(4, CBORParts.array([unsigned(1_700_000_000_000), [0]]), $0)
        },
        event("interval-of-a-leap-year", "A precision of 366 days.", nil) {
            set(4, CBORParts.array([unsigned(1_700_000_000_000), unsigned(31_622_400_000)]), $0)
        },
        event("interval-longer-than-a-year", "A precision of 366 days and a millisecond.", "bad-value") {
            set(4, CBORParts.array([unsigned(1_700_000_000_000), unsigned(31_622_400_001)]), $0)
        },
        event("presentation-of-nothing", "A presentation without parts.", "bad-value") { insert(12, [0xa0], $0) },
        event("presentation-with-an-unknown-part", "A presentation with a sixth part.", "unknown-field") {
            insert(12, [0xa1, 6, 0xf5], $0)
        },
        event("version-with-a-control-character", "A page's version with a newline in it.", "bad-value") {
            insert(12, [0xa1, 5] + CBORParts.text("1\n2"), $0)
        },
        event("version-with-a-next-line", "A page's version with U+0085 in it.", "bad-value") {
            insert(12, [0xa1, 5] + CBORParts.text("1\u{85}2"), $0)
        },
        event("version-of-64-bytes", "A page's version of 64 bytes, in 16 characters.", nil) {
            insert(12, [0xa1, 5] + CBORParts.text(String(repeating: "\u{1f642}", count: 16)), $0)
        },
        event("version-of-65-bytes", "A page's version of 65 bytes, in 17 characters.", "bad-value") {
            insert(12, [0xa1, 5] + CBORParts.text(String(repeating: "\u{1f642}", count: 16) + "a"), $0)
        },
    ]

    // MARK: Ways to change them

    private typealias Pairs = [(key: [UInt8], value: [UInt8])]

    private static let id = CBORParts.byteString([UInt8](repeating: 5, count: 16))

    private static func unsigned(_ value: UInt64) -> [UInt8] { CBORParts.unsigned(value) }

    private static func changed(
        _ name: String, _ comment: String, _ code: String?, index: UInt64 = 18, _ change: ([UInt8]) -> [UInt8]
    ) -> Vector {
        Vector(
            .record, name, comment, code.map { .structure($0) } ?? .accept,
            ["record-hex": .hex(change(entry)), "index": .number(index)])
    }

    /// Record 18 with another event in its statement, whose signature no longer matters.
    private static func event(
        _ name: String, _ comment: String, _ code: String?, _ change: (Pairs) -> Pairs
    ) -> Vector {
        changed("event-\(name)", comment, code) { entry in
            CBORParts.replacing(RecordPart.statement, of: entry) { statement in
                CBORParts.byteString(
                    CBORParts.replacing(StatementPart.payload, of: CBORParts.content(of: statement)) { payload in
                        let pairs = CBORParts.pairs(of: CBORParts.content(of: payload))
                        return CBORParts.byteString(CBORParts.map(change(pairs)))
                    })
            }
        }
    }

    private static func links(of record: [UInt8], _ change: ([[UInt8]]) -> [[UInt8]]) -> [UInt8] {
        CBORParts.replacing(RecordPart.links, of: record) { CBORParts.array(change(CBORParts.items(of: $0))) }
    }

    /// The record with one part of one of its links changed.
    private static func link(
        _ number: Int, of record: [UInt8], _ part: Int, _ change: ([UInt8]) -> [UInt8]
    ) -> [UInt8] {
        links(of: record) { links in
            var links = links
            links[number] = CBORParts.replacing(part, of: links[number], change)
            return links
        }
    }

    private static func set(_ key: UInt64, _ value: [UInt8], _ pairs: Pairs) -> Pairs {
        pairs.map { $0.key == unsigned(key) ? ($0.key, value) : $0 }
    }

    private static func without(_ key: UInt64, _ pairs: Pairs) -> Pairs { pairs.filter { $0.key != unsigned(key) } }

    private static func insert(_ key: UInt64, _ value: [UInt8], _ pairs: Pairs) -> Pairs {
        CBORParts.inserting(unsigned(key), value, into: pairs)
    }
}

/// Signatures that are others than those that were made, and that lax libraries take.
enum Malleable {
    /// The group's order, L of SPEC.md, little-endian.
    private static let order = Hexadecimal.decode("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010")!

    /// The signature with S + L in place of S.
    static func addingOrder(_ signature: [UInt8]) -> [UInt8] {
        var sum = signature
        var carry = 0
        for place in 0..<32 {
            carry += Int(signature[32 + place]) + Int(order[place])
            sum[32 + place] = UInt8(carry & 255)
            carry >>= 8
        }
        return sum
    }
}
