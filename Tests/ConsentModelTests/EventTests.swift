import ConsentModel
import LedgerCrypto
import Testing

/// What an event can say, and that nothing else is one.
@Suite struct EventTests {
    static let id = EventID([UInt8](1...16))!

    @Test(arguments: EventType.allCases)
    func anEventWithAllItsFieldsComesBackAsItWas(type: EventType) throws {
        for seed in UInt64(0)..<20 {
            var random = SeededGenerator(seed: seed)
            let fields = Self.fields(type.requiredFields.union(type.optionalFields), using: &random)
            try Self.expectRoundTrip(type, fields, "seed \(seed)")
        }
    }

    @Test(arguments: EventType.allCases)
    func anEventWithSomeOfItsOptionalFieldsComesBackAsItWas(type: EventType) throws {
        for seed in UInt64(0)..<20 {
            var random = SeededGenerator(seed: seed)
            let some = type.optionalFields.sorted().filter { _ in seed > 0 && Bool.random(using: &random) }
            let fields = Self.fields(type.requiredFields.union(some), using: &random)
            try Self.expectRoundTrip(type, fields, "seed \(seed)")
        }
    }

    @Test(arguments: EventField.allCases)
    func valuesAtTheBordersOfAKindAreTaken(field: EventField) throws {
        let type = try #require(
            EventType.allCases.first { $0.requiredFields.contains(field) || $0.optionalFields.contains(field) })
        for value in SampleValue.borders(field.kind) {
            var fields = Self.leastFields(type)
            fields[field] = value
            try Self.expectRoundTrip(type, fields, "\(field.name): \(value)")
        }
    }

    @Test(arguments: EventType.allCases)
    func anEventWithoutARequiredFieldIsRefused(type: EventType) throws {
        for field in type.requiredFields {
            var fields = Self.leastFields(type)
            fields[field] = nil
            #expect(throws: ModelError(.missingField, ""), "\(field.name)") {
                _ = try Event(type, id: Self.id, fields)
            }
            let bytes = Self.encode(type, fields)
            #expect(throws: ModelError(.missingField, ""), "\(field.name)") { _ = try Payload(decoding: bytes[...]) }
        }
    }

    @Test(arguments: EventType.allCases)
    func aFieldThatBelongsToOtherTypesIsRefused(type: EventType) throws {
        let own = type.requiredFields.union(type.optionalFields)
        for field in EventField.allCases where !own.contains(field) {
            var fields = Self.leastFields(type)
            fields[field] = SampleValue.borders(field.kind)[0]
            #expect(throws: ModelError(.unknownField, ""), "\(field.name)") {
                _ = try Event(type, id: Self.id, fields)
            }
            let bytes = Self.encode(type, fields)
            #expect(throws: ModelError(.unknownField, ""), "\(field.name)") { _ = try Payload(decoding: bytes[...]) }
        }
    }

    @Test(arguments: EventType.allCases)
    func aFieldThatNoVersionKnowsIsRefusedInAKnownType(type: EventType) throws {
        let least = Self.leastFields(type).sorted { $0.key < $1.key }.map { ($0.key.rawValue, CBORItem($0.value)) }
        for key in [UInt64(25), 31, 46, 47, 60, 63, 76, 79, 86, 255, 65536, .max] {
            let fields = (least + [(key, CBORItem.bool(true))]).sorted { $0.0 < $1.0 }
            let bytes = CBORItem.event(type.rawValue, Self.id.bytes, fields.map { (key: $0.0, value: $0.1) }).encoded
            #expect(throws: ModelError(.unknownField, ""), "\(key)") { _ = try Payload(decoding: bytes[...]) }
        }
    }

    @Test(arguments: EventType.allCases)
    func everyFieldRefusesEveryBadValueOfItsKind(type: EventType) throws {
        for field in type.requiredFields.union(type.optionalFields).sorted() {
            for bad in BadValue.all(field.kind) {
                var fields = Self.leastFields(type)
                fields[field] = SampleValue.borders(field.kind)[0]
                if let value = bad.value {
                    fields[field] = value
                    #expect(throws: ModelError(.badValue, ""), "\(field.name): \(bad.why)") {
                        _ = try Event(type, id: Self.id, fields)
                    }
                }
                let items = fields.sorted { $0.key < $1.key }.map { key, value in
                    (key: key.rawValue, value: key == field ? bad.item : CBORItem(value))
                }
                let bytes = CBORItem.event(type.rawValue, Self.id.bytes, items).encoded
                #expect(throws: ModelError(bad.code, ""), "\(field.name): \(bad.why)") {
                    _ = try Payload(decoding: bytes[...])
                }
            }
        }
    }

    @Test func everyKindRefusesTheValuesOfEveryOtherForm() {
        let kinds = Dictionary(EventField.allCases.map { ("\($0.kind)", $0.kind) }) { first, _ in first }.values
        for kind in kinds {
            let own = CBORItem(SampleValue.borders(kind)[0])
            for other in kinds {
                let value = SampleValue.borders(other)[0]
                if Self.form(value) != Self.form(SampleValue.borders(kind)[0]) {
                    #expect(kind.problem(with: value) == "is of the wrong kind", "\(own) and \(other)")
                }
            }
        }
    }

    @Test func aBadValueIsNamedWithItsFieldAndItsType() {
        var fields = Self.leastFields(.consentGiven)
        fields[.channels] = .texts(["pigeon"])
        do throws(ModelError) {
            _ = try Event(.consentGiven, id: Self.id, fields)
            Issue.record("a channel that does not exist was taken")
        } catch {
            #expect(
                error.description.hasPrefix("channels of a consent-given event has an item that is not one of: email"))
        }
    }

    @Test func everyEventFitsTheLimitHoweverMuchItSays() throws {
        var largest = 0
        for type in EventType.allCases {
            let fields = type.requiredFields.union(type.optionalFields)
            let all = Dictionary(uniqueKeysWithValues: fields.map { ($0, SampleValue.borders($0.kind).last!) })
            largest = max(largest, try Event(type, id: Self.id, all).encoded().count)
        }
        #expect(largest <= Event.mostBytes)
    }

    @Test func whatIsNotExactlyAnEventIsRefused() throws {
        typealias Pair = (key: CBORItem, value: CBORItem)
        let type: Pair = (.unsigned(1), .unsigned(49))
        let id: Pair = (.unsigned(2), .bytes(Self.id.bytes))
        let source: Pair = (.unsigned(3), .text("web"))
        let commitment: Pair = (.unsigned(5), .bytes([UInt8](repeating: 5, count: 32)))
        let concerns: Pair = (.unsigned(22), .bytes(Self.id.bytes))
        func map(_ pairs: Pair...) -> [UInt8] { CBORItem.map(pairs).encoded }
        let good = map(type, id, source, commitment, concerns)
        _ = try Payload(decoding: good[...])

        var cases: [(why: String, bytes: [UInt8], code: ModelError.Code)] = [
            ("no bytes", [], .encoding),
            ("an array", CBORItem.array([.unsigned(49)]).encoded, .encoding),
            ("an empty map", map(), .form),
            ("type alone", map(type), .form),
            ("no type", map(id, source, commitment, concerns), .form),
            ("no id", map(type, source, commitment, concerns), .form),
            ("type twice", map(type, type, id, source, commitment, concerns), .form),
            ("id before type", map(id, type, source, commitment, concerns), .form),
            ("a byte more", good + [0], .encoding),
            ("a byte less", Array(good.dropLast()), .encoding),
            ("a count too high", [good[0] + 1] + good[1...], .encoding),
            ("a count too low", [good[0] - 1] + good[1...], .missingField),
            ("fields exchanged", map(type, id, commitment, source, concerns), .encoding),
            ("a field twice", map(type, id, source, source, commitment, concerns), .encoding),
            ("a low key late", map(type, id, source, commitment, concerns, (.unsigned(0), .bool(true))), .encoding),
            ("a text key", map(type, id, source, commitment, concerns, (.text("via"), .text("sms"))), .encoding),
            ("a negative key", map(type, id, source, commitment, concerns, (.negative(0), .text("a"))), .encoding),
        ]
        for size in [0, 15, 17, 32] {
            let wrongID: Pair = (.unsigned(2), .bytes([UInt8](repeating: 1, count: size)))
            cases.append(("an id of \(size) bytes", map(type, wrongID, source, commitment, concerns), .form))
        }
        for (why, bytes, code) in cases {
            #expect(throws: ModelError(code, ""), "\(why)") { _ = try Payload(decoding: bytes[...]) }
        }
    }

    @Test func textsThatLookEqualAndAreNotTheSameBytesAreDifferent() throws {
        let composed = "Caf\u{e9}"
        let decomposed = "Cafe\u{301}"
        #expect(FieldValue.text(composed) != .text(decomposed))
        #expect(FieldValue.list([composed, decomposed, composed]) == .texts([decomposed, composed]))
        var events: [Event] = []
        for name in [composed, decomposed] {
            events.append(try Event(.businessRegistered, id: Self.id, [.name: .text(name)]))
        }
        #expect(events[0] != events[1])
        #expect(Set([FieldValue.text(composed), .text(decomposed)]).count == 2)
    }

    @Test func whatAnEventSaysIsReadByName() throws {
        let digest = [UInt8](repeating: 7, count: 32)
        let occurred = try OccurredAt(parsing: "2024-03-03T10:00:00Z")
        let event = try Event(
            .consentGiven, id: Self.id,
            [
                .source: .text("web"), .occurredAt: .occurredAt(occurred), .commitment: .bytes(digest),
                .flags: .texts(["time-clamped"]), .channels: .texts(["sms"]), .categories: .texts(["offers"]),
                .notice: .notice(NoticeReference(name: "footer", textDigest: digest)), .imported: .mark,
                .expiresAt: .number(1_800_000_000_000), .senders: .texts(["shop"]), .brands: .texts(["acme"]),
                .via: .text("whatsapp"),
            ])
        #expect(event.source == "web" && event.occurredAt == occurred && event.commitment == digest)
        #expect(event.flags == ["time-clamped"] && event.channels == ["sms"] && event.categories == ["offers"])
        #expect(event.notice == NoticeReference(name: "footer", textDigest: digest) && event.isImported)
        #expect(event.time(.expiresAt)?.milliseconds == 1_800_000_000_000)
        #expect(event.senders == ["shop"] && event.brands == ["acme"] && event.via == "whatsapp")
        #expect(event[.reason] == nil && event.text(.method) == nil && event.number(.validFor) == nil)

        let least = try Event(.consentRefused, id: Self.id, Self.leastFields(.consentRefused))
        #expect(least.occurredAt == nil && least.channels == nil && least.categories == nil && least.senders == nil)
        #expect(least.brands == nil && least.notice == nil && least.via == nil && !least.isImported)
        #expect(least.flags.isEmpty)
    }

    // MARK: -

    /// The required fields alone, each with the first of its kind's border values.
    static func leastFields(_ type: EventType) -> [EventField: FieldValue] {
        Dictionary(uniqueKeysWithValues: type.requiredFields.map { ($0, SampleValue.borders($0.kind)[0]) })
    }

    private static func fields(
        _ fields: Set<EventField>, using random: inout SeededGenerator
    ) -> [EventField: FieldValue] {
        var values: [EventField: FieldValue] = [:]
        for field in fields.sorted() { values[field] = SampleValue.random(field.kind, using: &random) }
        return values
    }

    static func encode(_ type: EventType, _ fields: [EventField: FieldValue]) -> [UInt8] {
        let items = fields.sorted { $0.key < $1.key }.map { (key: $0.key.rawValue, value: CBORItem($0.value)) }
        return CBORItem.event(type.rawValue, id.bytes, items).encoded
    }

    private static func form(_ value: FieldValue) -> String {
        switch value {
        case .number: "number"
        case .bytes: "bytes"
        case .text: "text"
        case .texts: "texts"
        case .byteStrings: "byte strings"
        case .mark: "mark"
        case .occurredAt: "interval"
        case .notice: "notice"
        case .presentation: "presentation"
        }
    }

    private static func expectRoundTrip(
        _ type: EventType, _ fields: [EventField: FieldValue], _ comment: Comment
    ) throws {
        let event = try Event(type, id: id, fields)
        let bytes = event.encoded()
        #expect(bytes == encode(type, fields), comment)
        let decoded = try Payload(decoding: bytes[...])
        #expect(decoded == .event(event), comment)
        #expect(decoded.id == id, comment)
        guard case .event(let again) = decoded else { return }
        #expect(again.encoded() == bytes, comment)
        #expect(again.fields.map(\.field) == fields.keys.sorted(), comment)
        for (field, value) in fields { #expect(again[field] == value, comment) }
    }
}
