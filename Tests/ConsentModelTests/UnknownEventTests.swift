import ConsentModel
import Testing

/// The extension rule (DESIGN §5): an event of a later type is carried, checked in form, and not understood.
@Suite struct UnknownEventTests {
    private static let id = [UInt8](1...16)
    /// Numbers that no type has, those between the two groups included.
    private static let numbers: [UInt64] = [0, 22, 31, 57, 255, 65536, .max]

    @Test(arguments: numbers)
    func aLaterTypeIsReportedWithItsIdAndItsSource(number: UInt64) throws {
        let items: [(key: UInt64, value: CBORItem)] = [
            (3, .text("crm-2")), (4, .text("not an interval here")), (99, .map([(.text("x"), .array([.bool(false)]))])),
        ]
        let payload = try Payload(decoding: CBORItem.event(number, Self.id, items).encoded[...])
        #expect(payload == .unknown(type: number, id: EventID(Self.id)!, source: "crm-2"))
        #expect(payload.id == EventID(Self.id))
    }

    @Test(arguments: numbers)
    func aLaterTypeMayNameNoSource(number: UInt64) throws {
        for items in [[], [(key: UInt64(5), value: CBORItem.bytes([]))]] {
            let payload = try Payload(decoding: CBORItem.event(number, Self.id, items).encoded[...])
            #expect(payload == .unknown(type: number, id: EventID(Self.id)!, source: nil))
        }
    }

    @Test func aLaterTypeIsStillHeldToTheFormOfAnEvent() {
        let deep8 = (0..<7).reduce(CBORItem.unsigned(0)) { item, _ in .array([item]) }
        #expect(throws: Never.self) { try Self.decode([(99, deep8)]) }
        let cases: [(why: String, items: [(key: UInt64, value: CBORItem)], code: ModelError.Code)] = [
            ("a source that is no identifier", [(3, .text("CRM 2"))], .badValue),
            ("a source of bytes", [(3, .bytes([1]))], .encoding),
            ("keys that do not ascend", [(99, .bool(true)), (98, .bool(true))], .encoding),
            ("a key twice", [(99, .bool(true)), (99, .bool(true))], .encoding),
            ("the id again", [(2, .bytes(Self.id))], .encoding),
            ("null", [(99, .raw([0xf6]))], .encoding),
            ("a float", [(99, .raw([0xf9, 0x3c, 0x00]))], .encoding),
            ("a tag", [(99, .raw([0xc1, 0x01]))], .encoding),
            ("an indefinite length", [(99, .raw([0x9f, 0xff]))], .encoding),
            ("a head too long", [(99, .raw([0x18, 0x01]))], .encoding),
            ("text that is not UTF-8", [(99, .raw([0x61, 0xff]))], .encoding),
            ("nine levels", [(99, .array([deep8]))], .encoding),
            (
                "inner keys that do not ascend",
                [(99, .map([(.unsigned(2), .bool(true)), (.unsigned(1), .bool(true))]))],
                .encoding
            ),
        ]
        for (why, items, code) in cases {
            #expect(throws: ModelError(code, ""), "\(why)") { try Self.decode(items) }
        }
        #expect(throws: ModelError(.form, "")) {
            _ = try Payload(decoding: CBORItem.event(99, [1, 2, 3], []).encoded[...])
        }
        #expect(throws: ModelError(.encoding, "")) {
            _ = try Payload(decoding: (CBORItem.event(99, Self.id, []).encoded + [0])[...])
        }
    }

    @Test func anEventHasAtMost128FieldsAnd60000Bytes() throws {
        let fields = (3..<129).map { (key: UInt64($0) + 200, value: CBORItem.bool(true)) }
        #expect(throws: Never.self) { try Self.decode(fields) }
        #expect(throws: ModelError(.tooLarge, "")) { try Self.decode(fields + [(key: 999, value: .bool(true))]) }

        let overhead = CBORItem.event(99, Self.id, [(99, .bytes([UInt8](repeating: 0, count: 59_000)))]).encoded.count
        for size in [Event.mostBytes, Event.mostBytes + 1] {
            let filling = CBORItem.bytes([UInt8](repeating: 0, count: 59_000 + size - overhead))
            let bytes = CBORItem.event(99, Self.id, [(99, filling)]).encoded
            #expect(bytes.count == size)
            if size == Event.mostBytes {
                _ = try Payload(decoding: bytes[...])
            } else {
                #expect(throws: ModelError(.tooLarge, "")) { _ = try Payload(decoding: bytes[...]) }
            }
        }
    }

    private static func decode(_ items: [(key: UInt64, value: CBORItem)]) throws {
        _ = try Payload(decoding: CBORItem.event(99, id, items).encoded[...])
    }
}
