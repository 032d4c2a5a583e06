import ConsentModel
import LedgerCrypto
import Testing

/// A statement: what is signed, that it holds in its own place alone, and that nothing else is one.
@Suite struct StatementTests {
    private static let contentType = "application/consent-event+cbor"

    @Test func whatIsSignedIsTheStructureThatTheSpecificationSays() {
        let key = TestLedger.key.publicKey
        let kid = Array(SHA256Digest(hashing: key.bytes).bytes.prefix(16))
        let context = TestLedger.context(handles: Array(TestLedger.handles[..<2]))
        let external = CBORItem.array([
            .text("consent-ledger/statement/v1"), .text(TestLedger.origin), .bytes(TestLedger.ledgerID.bytes),
            .text("acme"), .array(TestLedger.handles[..<2].map { .bytes($0.bytes) }),
        ])
        let structure = CBORItem.array([
            .text("Signature1"), .bytes(Self.header(kid: kid).encoded), .bytes(external.encoded), .bytes([1, 2, 3]),
        ])
        #expect(
            Statement.toBeSigned(payload: [1, 2, 3], keyIdentifier: kid, context: context) == structure.encoded)
    }

    @Test func aStatementIsTheArrayThatTheSpecificationSaysAndComesBackAsItWas() throws {
        let statement = TestLedger.statement
        let item = CBORItem.array([
            .bytes(Self.header(kid: TestLedger.key.publicKey.keyIdentifier).encoded), .map([]),
            .bytes(TestLedger.withdrawal.encoded()), .bytes(statement.signature),
        ])
        #expect(statement.encoded() == item.encoded)
        #expect(try Statement(decoding: item.encoded[...]) == statement)
        #expect(try Payload(decoding: statement.payload[...]) == .event(TestLedger.withdrawal))
    }

    @Test func aSignatureHoldsInItsOwnContextAlone() throws {
        let statement = TestLedger.statement
        let key = TestLedger.key.publicKey
        #expect(statement.isSigned(by: key, for: TestLedger.context()))
        let handles = TestLedger.handles
        var otherID = TestLedger.ledgerID.bytes
        otherID[31] ^= 1
        let others: [(why: String, context: StatementContext)] = [
            ("origin", TestLedger.context(origin: "consent.example.com/acme2")),
            ("origin without its last letter", TestLedger.context(origin: "consent.example.com/acm")),
            ("ledger-id", TestLedger.context(ledgerID: otherID)),
            ("no ledger-id", TestLedger.context(ledgerID: [])),
            ("business", TestLedger.context(business: "acme2")),
            ("no business", TestLedger.context(business: "")),
            (
                "letter moved from business to origin",
                TestLedger.context(origin: TestLedger.origin + "a", business: "cme")
            ),
            ("contact", TestLedger.context(handles: [handles[1]])),
            ("no contact", TestLedger.context(handles: [])),
            ("a contact more", TestLedger.context(handles: Array(handles[..<2]))),
            ("the contact twice", TestLedger.context(handles: [handles[0], handles[0]])),
        ]
        for (why, context) in others { #expect(!statement.isSigned(by: key, for: context), "\(why)") }

        let both = try Statement(
            signing: TestLedger.withdrawal.encoded(), for: TestLedger.context(handles: Array(handles[..<2])),
            with: TestLedger.key)
        #expect(both.isSigned(by: key, for: TestLedger.context(handles: Array(handles[..<2]))))
        #expect(!both.isSigned(by: key, for: TestLedger.context(handles: [handles[1], handles[0]])))
        #expect(!both.isSigned(by: key, for: TestLedger.context()))
    }

    @Test func aSignatureHoldsForTheKeyThatTheHeaderNamesAlone() throws {
        let other = TestLedger.otherKey
        #expect(!TestLedger.statement.isSigned(by: other.publicKey, for: TestLedger.context()))
        // The other key signs a header that names the first: good arithmetic, wrong name.
        let payload = TestLedger.withdrawal.encoded()
        let kid = TestLedger.key.publicKey.keyIdentifier
        let message = Statement.toBeSigned(payload: payload, keyIdentifier: kid, context: TestLedger.context())
        let item = CBORItem.array([
            .bytes(Self.header(kid: kid).encoded), .map([]), .bytes(payload), .bytes(other.signature(for: message)),
        ])
        let statement = try Statement(decoding: item.encoded[...])
        #expect(other.publicKey.isValidSignature(statement.signature, for: message))
        #expect(!statement.isSigned(by: other.publicKey, for: TestLedger.context()))
        #expect(!statement.isSigned(by: TestLedger.key.publicKey, for: TestLedger.context()))
    }

    @Test func everyBitOfAStatementMatters() {
        let bytes = TestLedger.statement.encoded()
        for position in bytes.indices {
            for bit in 0..<8 {
                var changed = bytes
                changed[position] ^= 1 << UInt8(bit)
                guard let statement = try? Statement(decoding: changed[...]) else { continue }
                #expect(statement.encoded() == changed)
                #expect(
                    !statement.isSigned(by: TestLedger.key.publicKey, for: TestLedger.context()),
                    "bit \(bit) of byte \(position)")
            }
        }
    }

    @Test func everyOtherHeaderIsRefused() throws {
        let kid = TestLedger.key.publicKey.keyIdentifier
        let good = Self.header(kid: kid)
        typealias Pair = (key: CBORItem, value: CBORItem)
        let algorithm: Pair = (.unsigned(1), .negative(7))
        let type: Pair = (.unsigned(3), .text(Self.contentType))
        let name: Pair = (.unsigned(4), .bytes(kid))
        let headers: [(why: String, header: [UInt8])] = [
            ("empty", []), ("an empty map", [0xa0]),
            ("ES256", CBORItem.map([(.unsigned(1), .negative(6)), type, name]).encoded),
            ("Ed25519 of RFC 9864", CBORItem.map([(.unsigned(1), .negative(18)), type, name]).encoded),
            ("an algorithm named in text", CBORItem.map([(.unsigned(1), .text("EdDSA")), type, name]).encoded),
            ("no algorithm", CBORItem.map([type, name]).encoded),
            ("no content type", CBORItem.map([algorithm, name]).encoded),
            ("no key identifier", CBORItem.map([algorithm, type]).encoded),
            (
                "another content type",
                CBORItem.map([algorithm, (.unsigned(3), .text("application/cbor")), name]).encoded
            ),
            ("a numbered content type", CBORItem.map([algorithm, (.unsigned(3), .unsigned(60)), name]).encoded),
            ("15 bytes of key identifier", Self.header(kid: Array(kid.dropLast())).encoded),
            ("17 bytes of key identifier", Self.header(kid: kid + [0]).encoded),
            ("another order", CBORItem.map([algorithm, name, type]).encoded),
            (
                "critical headers",
                CBORItem.map([algorithm, (.unsigned(2), .array([.unsigned(3)])), type, name]).encoded
            ),
            ("one more", CBORItem.map([algorithm, type, name, (.unsigned(5), .bytes([0]))]).encoded),
            ("a byte more", good.encoded + [0]),
            ("a long head", Array(good.encoded.dropLast(17)) + [0x58, 16] + kid),
        ]
        for (why, header) in headers {
            #expect(throws: ModelError(.form, ""), "\(why)") {
                _ = try Statement(decoding: Self.statement(header: .bytes(header))[...])
            }
        }
        _ = try Statement(decoding: Self.statement(header: .bytes(good.encoded))[...])
    }

    @Test func everyOtherFrameIsRefused() throws {
        let header = CBORItem.bytes(Self.header(kid: TestLedger.key.publicKey.keyIdentifier).encoded)
        let payload = CBORItem.bytes(TestLedger.statement.payload)
        let signature = CBORItem.bytes(TestLedger.statement.signature)
        let good = TestLedger.statement.encoded()
        let cases: [(why: String, bytes: [UInt8], code: ModelError.Code)] = [
            ("no bytes", [], .encoding),
            ("tagged", [0xd2] + good, .encoding),
            ("a byte more", good + [0], .encoding),
            ("three parts", CBORItem.array([header, .map([]), payload]).encoded, .form),
            ("five parts", CBORItem.array([header, .map([]), payload, signature, .map([])]).encoded, .tooLarge),
            ("a header that is a map", Self.statement(header: .map([])), .encoding),
            (
                "an unprotected header",
                CBORItem.array([header, .map([(.unsigned(4), .bytes([1]))]), payload, signature])
                    .encoded, .tooLarge
            ),
            (
                "an unprotected header of bytes", CBORItem.array([header, .bytes([]), payload, signature]).encoded,
                .encoding
            ),
            ("a detached payload", CBORItem.array([header, .map([]), .raw([0xf6]), signature]).encoded, .encoding),
            (
                "63 bytes of signature", CBORItem.array([header, .map([]), payload, .bytes([UInt8](1...63))]).encoded,
                .form
            ),
            (
                "65 bytes of signature", CBORItem.array([header, .map([]), payload, .bytes([UInt8](1...65))]).encoded,
                .form
            ),
            (
                "an event too large",
                CBORItem.array([
                    header, .map([]), .bytes([UInt8](repeating: 0, count: Event.mostBytes + 1)), signature,
                ]).encoded, .tooLarge
            ),
        ]
        for (why, bytes, code) in cases {
            #expect(throws: ModelError(code, ""), "\(why)") { _ = try Statement(decoding: bytes[...]) }
        }
        for count in good.indices {
            #expect(throws: ModelError.self) { _ = try Statement(decoding: good[..<count]) }
        }
    }

    @Test func theLargestStatementHasTheSizeThatIsPromised() throws {
        let payload = [UInt8](repeating: 1, count: Event.mostBytes)
        let statement = try Statement(signing: payload, for: TestLedger.context(), with: TestLedger.key)
        #expect(statement.encoded().count == Statement.mostBytes)
        #expect(try Statement(decoding: statement.encoded()[...]) == statement)
    }

    /// A signer that answers with something else than its key's signature.
    private struct WrongSigner: Signer {
        let publicKey = TestLedger.key.publicKey
        let answer: @Sendable ([UInt8]) throws -> [UInt8]
        func sign(_ message: [UInt8]) throws -> [UInt8] { try answer(message) }
    }

    @Test func whatASignerReturnsIsCheckedBeforeItIsUsed() {
        let answers: [@Sendable ([UInt8]) throws -> [UInt8]] = [
            { _ in [] }, { TestLedger.otherKey.signature(for: $0) }, { TestLedger.key.signature(for: $0 + [0]) },
            { TestLedger.key.signature(for: $0) + [0] },
        ]
        for answer in answers {
            #expect(throws: ModelError(.form, "")) {
                _ = try Statement(signing: [1], for: TestLedger.context(), with: WrongSigner(answer: answer))
            }
        }
        let failing = WrongSigner { _ in throw CryptoError(.malformed, "the device is gone") }
        #expect(throws: CryptoError(.malformed, "")) {
            _ = try Statement(signing: [1], for: TestLedger.context(), with: failing)
        }
    }

    private static func header(kid: [UInt8]) -> CBORItem {
        .map([(.unsigned(1), .negative(7)), (.unsigned(3), .text(contentType)), (.unsigned(4), .bytes(kid))])
    }

    private static func statement(header: CBORItem) -> [UInt8] {
        CBORItem.array([
            header, .map([]), .bytes(TestLedger.statement.payload), .bytes(TestLedger.statement.signature),
        ]).encoded
    }
}
