import ConsentModel
import ConsentRules
import LedgerCrypto
import Testing

/// The leaves of clearances: one encoding, read strictly.
@Suite struct DecisionLeafTests {
    private static let salt = bytes32("salt")
    private static let ledgerID = SHA256Digest(bytes32("ledger"))!

    private static func leaf(
        _ question: Question, _ decision: Decision, packs: [DecisionLeaf.PackInForce] = [],
        contact: String = "+34600111222",
        handle: ContactHandle? = contactHandle(7), others: [ContactHandle] = [], reference: String? = nil,
        salt: [UInt8] = salt
    ) throws -> DecisionLeaf {
        try DecisionLeaf(
            question, contact: contact, handle: handle, otherHandles: others, decision: decision, packs: packs,
            reference: reference, ledgerID: ledgerID, salt: salt)
    }

    private static let question = Question(
        business: "acme", channel: "whatsapp", category: "marketing", at: minute(10))

    /// An answer as the rules give it: nobody is known.
    private static func decision(_ question: Question = question) throws -> Decision {
        try DecisionRules(catalog: TestLedger.furnished().catalog).decide(question, timeline: nil)
    }

    /// The bytes are the format: they do not change.
    @Test func aLeafHasTheseBytes() throws {
        let leaf = try Self.leaf(Self.question, Self.decision(), handle: nil, reference: "order 4711")
        let encoded = leaf.encoded()
        var expected = CBOREncoder()
        expected.array(count: 4)
        expected.text("consent-ledger/decision/v1")
        expected.byteString(Self.salt)
        expected.map(count: 8)
        expected.unsigned(1)
        expected.byteString(Self.ledgerID)
        for (key, text) in [(2, "acme"), (3, "+34600111222"), (6, "whatsapp")] as [(UInt64, String)] {
            expected.unsigned(key)
            expected.text(text)
        }
        expected.unsigned(7)
        expected.array(count: 1)
        expected.text("marketing")
        expected.unsigned(11)
        expected.unsigned(minute(10).milliseconds)
        expected.unsigned(16)
        expected.unsigned(0)
        expected.unsigned(18)
        expected.text("order 4711")
        expected.map(count: 2)
        expected.unsigned(1)
        expected.text("deny")
        expected.unsigned(2)
        expected.array(count: 1)
        expected.map(count: 1)
        expected.unsigned(1)
        expected.text("no-record")
        #expect(encoded.bytes == expected.bytes)
        // array(4), the tag and the salt take 1 + 2 + 26 + 2 + 32 bytes; the answer the last 21.
        let question = encoded.bytes[63..<encoded.bytes.count - 21]
        var asked = CBOREncoder()
        asked.array(count: 3)
        asked.text("consent-ledger/question/v1")
        asked.byteString(Self.salt)
        #expect(encoded.question == SHA256Digest(hashing: asked.bytes + question))
    }

    @Test func whatIsWrittenIsRead() throws {
        var question = Self.question
        question.alsoAbout = ["utility"]
        question.template = "spring_offer"
        question.sender = "ventas"
        question.purpose = .confirmationRequest
        question.assertedBasis = "contract"
        question.replyingTo = minute(1)
        question.recipient = Recipient(
            country: "US",
            clocks: [
                LocalClock(name: "America/New_York", offsets: [LocalClock.Offset(since: .epoch, seconds: -18_000)]),
                LocalClock(
                    name: "America/Phoenix",
                    offsets: [
                        LocalClock.Offset(since: .epoch, seconds: -25_200),
                        LocalClock.Offset(since: minute(5), seconds: 0),
                    ]),
            ])
        question.uses = [
            Use(at: minute(2), channel: "sms", categories: ["marketing", "utility"], categoryClass: "marketing"),
            Use(
                at: minute(3), channel: "sms", categories: ["utility"], categoryClass: "utility", sender: "ventas",
                purpose: .optOutConfirmation, concerns: 12),
        ]
        question.usesSince = nil
        let pack = DecisionLeaf.PackInForce(
            name: "es-lssi", version: "2026.1", digest: Self.ledgerID, adoption: 4)
        let other = DecisionLeaf.PackInForce(name: "whatsapp", version: "1", digest: .zero, adoption: 5)
        let leaf = try Self.leaf(
            question, Self.decision(), packs: [other, pack], others: [contactHandle(1), contactHandle(2)],
            reference: "ref")
        let read = try DecisionLeaf(decoding: leaf.encoded().bytes)
        #expect(read == leaf)
        #expect(read.question == question)
        #expect(read.packs == [pack, other])
        #expect(read.reasons.map(\.code) == ["no-record"])
        #expect(read.encoded().question == leaf.encoded().question)
    }

    @Test func aCategoryNamedTwiceIsTakenOnceAndNoneIsTheTemplates() throws {
        var question = Self.question
        question.alsoAbout = ["utility", "marketing", "utility"]
        #expect(try Self.leaf(question, Self.decision()).categories == ["marketing", "utility"])
        question.category = ""
        question.alsoAbout = []
        question.template = "spring_offer"
        let leaf = try Self.leaf(question, Self.decision())
        #expect(leaf.categories.isEmpty)
        #expect(try DecisionLeaf(decoding: leaf.encoded().bytes) == leaf)
    }

    /// What the format cannot say is refused before it is signed.
    @Test func whatCannotBeSaidIsRefused() throws {
        let decision = try Self.decision()
        func refused(_ code: ModelError.Code, _ change: (inout Question) -> Void) {
            var question = Self.question
            change(&question)
            #expect(throws: ModelError(code, "")) { try Self.leaf(question, decision) }
        }
        refused(.badValue) { $0.knownAt = .size(3) }
        refused(.badValue) { $0.knownAt = .time(minute(3)) }
        refused(.badValue) { $0.channel = "telepathy" }
        refused(.badValue) { $0.business = "Acme" }
        refused(.badValue) { $0.template = "" }
        refused(.badValue) { $0.template = "a\u{1b}b" }
        refused(.badValue) { $0.assertedBasis = "consent" }
        refused(.badValue) { $0.recipient.country = "es" }
        refused(.badValue) { $0.recipient.clocks = [LocalClock(name: "Europe/Madrid", offsets: [])] }
        refused(.badValue) {
            $0.recipient.clocks = [
                LocalClock(name: "X", offsets: [LocalClock.Offset(since: .epoch, seconds: 86_400)])
            ]
        }
        let use = Use(at: minute(1), channel: "sms", categories: ["marketing"], categoryClass: "marketing")
        refused(.tooLarge) { $0.uses = [Use](repeating: use, count: 513) }
        #expect(throws: ModelError(.badValue, "")) {
            try Self.leaf(Self.question, decision, reference: String(repeating: "x", count: 201))
        }
        #expect(throws: ModelError(.badValue, "")) { try Self.leaf(Self.question, decision, salt: [1, 2, 3]) }
        #expect(throws: ModelError(.badValue, "")) {
            try Self.leaf(Self.question, Decision(outcome: .allow, reasons: []))
        }
        for (next, lapses) in [(minute(10), nil), (nil, minute(11))] as [(Timestamp?, Timestamp?)] {
            let wrong = Decision(
                outcome: .defer, reasons: decision.reasons, nextAllowedAt: next, lapsesAt: lapses)
            #expect(throws: ModelError(.badValue, "")) { try Self.leaf(Self.question, wrong) }
        }
    }

    /// Every bit of a leaf counts: changed, it is none, or says something else and has another hash.
    @Test func everyBitCounts() throws {
        let leaf = try Self.leaf(Self.question, Self.decision(), reference: "ref")
        let bytes = leaf.encoded().bytes
        for bit in 0..<bytes.count * 8 {
            var changed = bytes
            changed[bit / 8] ^= 1 << (bit % 8)
            guard let read = try? DecisionLeaf(decoding: changed) else { continue }
            #expect(read != leaf, "bit \(bit)")
            #expect(read.encoded().bytes == changed, "bit \(bit)")
        }
        for count in bytes.indices {
            #expect(throws: ModelError.self) { try DecisionLeaf(decoding: Array(bytes.prefix(count))) }
        }
        #expect(throws: ModelError.self) { try DecisionLeaf(decoding: bytes + [0]) }
    }

    /// Bytes of any kind are read or refused, and what is read is written the same.
    @Test(arguments: 1...8) func nothingCrashesIt(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let bytes = try Self.leaf(Self.question, Self.decision(), others: [contactHandle(3)], reference: "ref")
            .encoded().bytes
        for _ in 0..<2000 {
            var changed = bytes
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let place = Int.random(in: changed.indices, using: &random)
                changed[place] = UInt8.random(in: 0...255, using: &random)
            }
            guard let read = try? DecisionLeaf(decoding: changed) else { continue }
            #expect(read.encoded().bytes == changed, "seed \(seed)")
        }
    }
}
