import ConsentModel
import Testing

/// Numbers, names and words are fixed for ever.
@Suite struct NumbersTests {
    @Test func everyTypeHasItsNumberAndItsName() {
        #expect(EventType.allCases.map(\.rawValue) == PinnedNumbers.types.map(\.number))
        #expect(EventType.allCases.map(\.name) == PinnedNumbers.types.map(\.name))
        for type in EventType.allCases { #expect(EventType(name: type.name) == type) }
        for name in ["", "consentGiven", "Consent-Given", "consent-given ", "opt-in"] {
            #expect(EventType(name: name) == nil)
        }
    }

    @Test func everyFieldHasItsNumberAndItsName() {
        #expect(EventField.allCases.map(\.rawValue) == PinnedNumbers.fields.map(\.number))
        #expect(EventField.allCases.map(\.name) == PinnedNumbers.fields.map(\.name))
        for field in EventField.allCases { #expect(EventField(name: field.name) == field) }
        for name in ["", "categoryClass", "category-class", "occurredAt", "id", "type"] {
            #expect(EventField(name: name) == nil)
        }
    }

    @Test func everyTypeIsSignedByItsOwnKindOfKeyAndSourcesNameThemselves() {
        for (type, pinned) in zip(EventType.allCases, PinnedNumbers.types) {
            let signer: StatementSigner =
                switch pinned.signer {
                case "admin": .admin
                case "source": .source
                default: .adminOrSource
                }
            #expect(type.signer == signer, "\(type.name)")
            #expect(type.requiredFields.contains(.source) == (signer == .source), "\(type.name)")
            #expect(type.optionalFields.contains(.source) == (signer == .adminOrSource), "\(type.name)")
            #expect(type.isGovernance == (type.rawValue < 32), "\(type.name)")
        }
    }

    @Test func aTypeCanMakeAnswersStricterOnlyOrNot() {
        for type in EventType.allCases {
            #expect(type.isRestriction == PinnedNumbers.restrictions.contains(type.rawValue), "\(type.name)")
        }
    }

    @Test func noFieldIsBothRequiredAndOptional() {
        for type in EventType.allCases { #expect(type.requiredFields.isDisjoint(with: type.optionalFields)) }
    }

    @Test func everyFieldBelongsToATypeSoThatItsNumberIsNotSpentForNothing() {
        let used = EventType.allCases.reduce(into: Set<EventField>()) { used, type in
            used.formUnion(type.requiredFields)
            used.formUnion(type.optionalFields)
        }
        #expect(used == Set(EventField.allCases))
    }

    @Test func aGrantNamesItsChannelsAndCategories() {
        for type in [EventType.consentRequested, .consentGiven, .consentRenewed, .basisBegan] {
            #expect(type.requiredFields.isSuperset(of: [.channels, .categories]), "\(type.name)")
        }
    }

    @Test(arguments: Vocabulary.allCases)
    func theWordsAscendEachOnceAndAreIdentifiers(vocabulary: Vocabulary) {
        let words = vocabulary.words
        #expect(words.allSatisfy(FieldKind.isIdentifier))
        for (left, right) in zip(words, words.dropFirst()) {
            #expect(left.utf8.lexicographicallyPrecedes(right.utf8), "\(left) \(right)")
        }
        #expect(words.allSatisfy(vocabulary.contains))
        #expect(!vocabulary.contains("") && !vocabulary.contains("zzz"))
    }
}
