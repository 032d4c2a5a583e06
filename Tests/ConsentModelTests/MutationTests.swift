import ConsentModel
import LedgerCrypto
import Testing

/// No two encodings decode to the same thing, and what decodes is exactly what was encoded.
@Suite struct MutationTests {
    @Test func everyByteOfARecordChangedToEveryOtherNeverGivesTheSameRecord() {
        let record = TestLedger.record
        let bytes = record.encoded()
        for position in bytes.indices {
            for value in UInt8.min...UInt8.max where value != bytes[position] {
                var changed = bytes
                changed[position] = value
                guard let decoded = try? Record(decoding: changed[...]) else { continue }
                #expect(decoded != record, "byte \(position) set to \(value)")
                #expect(decoded.encoded() == changed, "byte \(position) set to \(value)")
            }
        }
    }

    @Test func everyByteOfAStatementChangedToEveryOtherNeverGivesTheSameStatement() {
        let statement = TestLedger.statement
        let bytes = statement.encoded()
        for position in bytes.indices {
            for value in UInt8.min...UInt8.max where value != bytes[position] {
                var changed = bytes
                changed[position] = value
                guard let decoded = try? Statement(decoding: changed[...]) else { continue }
                #expect(decoded != statement, "byte \(position) set to \(value)")
                #expect(decoded.encoded() == changed, "byte \(position) set to \(value)")
            }
        }
    }

    @Test(arguments: UInt64(1)...8)
    func aMutatedRecordDecodesToItselfOrNotAtAll(seed: UInt64) {
        Self.expectExact(TestLedger.record.encoded(), seed: seed, rounds: 2000) { bytes in
            try Record(decoding: bytes[...]).encoded()
        }
    }

    @Test(arguments: UInt64(1)...8)
    func aMutatedStatementDecodesToItselfOrNotAtAll(seed: UInt64) {
        Self.expectExact(TestLedger.statement.encoded(), seed: seed, rounds: 2000) { bytes in
            try Statement(decoding: bytes[...]).encoded()
        }
    }

    @Test(arguments: EventType.allCases)
    func aMutatedEventDecodesToItselfOrIsWellFormedAndUnknownOrIsRefused(type: EventType) throws {
        let fields = type.requiredFields.union(type.optionalFields).sorted()
        for seed in UInt64(1)...3 {
            var random = SeededGenerator(seed: seed << 8 | type.rawValue)
            // Small values, so that most changes fall on heads, keys and borders rather than within long texts.
            let values = Dictionary(uniqueKeysWithValues: fields.map { ($0, SampleValue.borders($0.kind)[0]) })
            let event = try Event(type, id: EventTests.id, values)
            Self.expectExact(event.encoded(), seed: random.next(), rounds: 300) { bytes in
                switch try Payload(decoding: bytes[...]) {
                case .event(let decoded): decoded.encoded()
                case .unknown: CBORItem.isDeterministic(bytes, depth: 9) ? bytes : []
                }
            }
        }
    }

    /// Decodes `rounds` mutations of `good` and expects each that is taken to encode to exactly what was read.
    private static func expectExact(
        _ good: [UInt8], seed: UInt64, rounds: Int, decodingAndEncoding: ([UInt8]) throws -> [UInt8]
    ) {
        var random = SeededGenerator(seed: seed)
        var taken = 0
        for round in 0..<rounds {
            let bytes = Mutation.random(of: good, using: &random)
            guard let again = try? decodingAndEncoding(bytes) else { continue }
            taken += 1
            #expect(again == bytes, "seed \(seed), round \(round): \(Hexadecimal.encode(bytes))")
        }
        // Were nothing taken, nothing would have been shown.
        #expect(taken > 0, "seed \(seed)")
    }
}
