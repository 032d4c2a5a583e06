import Testing

@testable import ConsentLedger

@Suite struct ContactAddressTests {
    private func text(_ written: String, in region: String? = nil) throws -> String {
        try ContactAddress(parsing: written, defaultRegion: region).text
    }

    private func refusal(_ written: String, in region: String? = nil) -> ContactAddressError.Code? {
        do {
            _ = try ContactAddress(parsing: written, defaultRegion: region)
            return nil
        } catch {
            return error.code
        }
    }

    // MARK: Phone numbers

    @Test(arguments: [
        "+34600111222", " +34600111222\n", "+34 600 111 222", "+34-600-111-222", "+34.600.111.222", "(+34) 600 111 222",
        "0034600111222", "00 34 600 11 12 22", "tel:+34600111222", "TEL:+34-600-111-222", "'+34600111222",
        "whatsapp:+34600111222", "WhatsApp:34600111222", "\u{202A}+34 600\u{A0}111\u{A0}222\u{202C}", "+34/600/111222",
        "\u{FF0B}\u{FF13}\u{FF14}\u{FF16}\u{FF10}\u{FF10}111222", "+\u{0663}\u{0664}\u{0666}\u{0660}\u{0660}111222",
        "+34 \u{06F6}\u{06F0}\u{06F0} 111 222", "\u{FEFF}+34600111222", "+34 600\u{2013}111\u{2013}222",
    ])
    func oneNumberWrittenInManyWays(_ written: String) throws {
        #expect(try text(written) == "+34600111222")
    }

    @Test(arguments: [
        ("600 111 222", "ES", "+34600111222"), ("600111222", "es", "+34600111222"),
        ("34600111222", "ES", "+34600111222"), ("+34600111222", "US", "+34600111222"),
        ("0034600111222", "ES", "+34600111222"), ("011 34 600 111 222", "US", "+34600111222"),
        ("0034600111222", "US", "+34600111222"), ("(202) 555-0143", "US", "+12025550143"),
        ("1 202 555 0143", "US", "+12025550143"), ("020 7946 0018", "GB", "+442079460018"),
        ("+44 (0)20 7946 0018", "ES", "+442079460018"), ("06 1234 5678", "IT", "+390612345678"),
        ("(11) 98765-4321", "BR", "+5511987654321"), ("(11) 8765-4321", "BR", "+5511987654321"),
        ("(11) 3765-4321", "BR", "+551137654321"), ("55 1234 5678", "MX", "+525512345678"),
        ("011 15 2345-6789", "AR", "+5491123456789"), ("011 2345-6789", "AR", "+541123456789"),
    ])
    func nationalNumbersNeedTheirCountry(_ written: String, _ region: String, _ expected: String) throws {
        #expect(try text(written, in: region) == expected)
    }

    @Test(arguments: [
        ("+4402079460018", "+442079460018"), ("+49 (0)30 1234567", "+49301234567"), ("+390612345678", "+390612345678"),
        ("+54 11 15 2345-6789", "+5491123456789"), ("+290 22222", "+29022222"), ("+12025550143", "+12025550143"),
    ])
    func prefixesThatDoNotBelongAreRemoved(_ written: String, _ expected: String) throws {
        #expect(try text(written) == expected)
    }

    @Test(arguments: [
        ("", ContactAddressError.Code.empty), ("  \t", .empty), ("'", .malformed), ("\u{200E}", .empty),
        ("hello", .malformed), ("+", .malformed), ("++34600111222", .malformed), ("34+600111222", .malformed),
        ("+34600111222 hello", .malformed), ("call 600111222", .malformed), ("1-800-FLOWERS", .malformed),
        ("+1800FLOWERS", .malformed), ("US.1234567", .malformed), ("+34600111222;+34600111333", .malformed),
        ("600111222", .countryUnknown), ("34600111222", .countryUnknown), ("0600111222", .countryUnknown),
        ("+999123456789", .callingCodeUnknown), ("+0034600111222", .callingCodeUnknown), ("00", .callingCodeUnknown),
        ("000034600111222", .callingCodeUnknown), ("+2101234567", .callingCodeUnknown),
        ("+3460011122", .wrongLength), ("+346001112223", .wrongLength), ("+15550100", .wrongLength),
        ("+1 555 010 01234", .wrongLength), ("+34", .wrongLength), ("+346001112221234567", .wrongLength),
        ("123456789012345678901234567890", .wrongLength), ("+55 98765-4321", .wrongLength),
        ("+34600111222x5", .extensionNumber), ("+34600111222 ext. 5", .extensionNumber),
        ("tel:+34600111222;ext=5", .extensionNumber), ("+34600111222#5", .extensionNumber),
        ("whatsapp:", .malformed), ("whatsapp:hello", .malformed), ("whatsapp:+999123456789", .callingCodeUnknown),
        ("whatsapp:1234567890123456", .malformed), ("whatsapp:123456", .malformed),
    ])
    func badNumbers(_ written: String, _ code: ContactAddressError.Code) {
        #expect(refusal(written) == code)
    }

    @Test(arguments: [
        "3,46E+10", "3.46E+10", "3.46001E10", "+3.46e+10", "34600111222.0", "34600111222,00", "+34600111222.0", "#N/A",
        "#REF!", "###########", "3E10",
    ])
    func spreadsheetDamageIsNamed(_ written: String) throws {
        for region in ["ES", nil] { #expect(refusal(written, in: region) == .spreadsheetDamage) }
        let error = #expect(throws: ContactAddressError.self) { try ContactAddress(parsing: written) }
        #expect(error?.description.contains("spreadsheet") == true)
    }

    @Test func pointsBetweenDigitsAreNoDamage() throws {
        #expect(try text("600.111.222", in: "ES") == "+34600111222")
        #expect(try text("+1.202.555.0100") == "+12025550100")
    }

    @Test(arguments: ["", "E", "ESP", "E5", "ÑÑ"])
    func regionsThatAreNone(_ region: String) {
        #expect(refusal("600111222", in: region) == .regionUnknown)
    }

    @Test func aRegionWithoutTelephonesIsNamed() { #expect(refusal("600111222", in: "ZZ") == .regionUnknown) }

    @Test func noErrorRepeatsTheAddress() throws {
        for written in [
            "+3460011122", "ana@@example.com", "whatsapp:US.12_34567", "600111333", "3,46E+10", "anaexample",
        ] {
            let error = #expect(throws: ContactAddressError.self) { try ContactAddress(parsing: written) }
            let sentence = try #require(error?.description)
            #expect(!sentence.contains(written) && sentence.count > 40)
        }
    }

    // MARK: WhatsApp's spellings

    @Test(arguments: [
        ("+5215512345678", "+525512345678"), ("+52 1 55 1234 5678", "+525512345678"),
        ("+525512345678", "+525512345678"), ("+525510345678", "+525510345678"),
        ("+551187654321", "+5511987654321"), ("+5511987654321", "+5511987654321"),
        ("+551167654321", "+5511967654321"), ("+551157654321", "+551157654321"),
        ("+551137654321", "+551137654321"), ("+559187654321", "+5591987654321"), ("+5591987654321", "+5591987654321"),
    ])
    func oneLineInMexicoAndBrazilIsOneAddress(_ written: String, _ expected: String) throws {
        let address = try ContactAddress(parsing: written)
        #expect(address.text == expected)
        #expect(address.otherSpellings.isEmpty)
        let digits = String(written.filter(\.isNumber))
        #expect(try ContactAddress(whatsAppID: digits) == address)
        #expect(try ContactAddress(whatsAppID: "+" + digits) == address)
    }

    @Test(arguments: [
        ("+5491123456789", "+541123456789"), ("+5493511234567", "+543511234567"),
        ("+22997123456", "+2290197123456"),
    ])
    func oneLineThatMayBeTwoAddressesNamesTheOther(_ one: String, _ other: String) throws {
        let first = try ContactAddress(parsing: one)
        let second = try ContactAddress(parsing: other)
        #expect(first.text == one && second.text == other && first != second)
        #expect(first.otherSpellings == [second])
        #expect(second.otherSpellings == [first])
    }

    @Test func otherCountriesHaveOneSpelling() throws {
        for written in ["+34600111222", "+12025550100", "+2348012345678", "ana@example.com", "whatsapp:US.1234567"] {
            #expect(try ContactAddress(parsing: written).otherSpellings.isEmpty)
        }
    }

    @Test func whatsAppVouchesForLengthsThatTheTableDoesNotKnow() throws {
        let address = try ContactAddress(whatsAppID: "3460011122233")
        #expect(address.text == "+3460011122233")
        #expect(try ContactAddress(parsing: "whatsapp:" + address.text) == address)
        #expect(ContactAddress(tagInput: address.tagInput) == address)
        for bad in ["", "+", "123456", "1234567890123456", "34 600111222", "abc", "0034600111222", "٣٤٦٠٠١١١٢٢٢"] {
            #expect(throws: ContactAddressError.self) { try ContactAddress(whatsAppID: bad) }
        }
    }

    @Test(arguments: [
        ("whatsapp:US.1234567", "whatsapp:US.1234567"), ("WHATSAPP:us.1234567", "whatsapp:US.1234567"),
        ("whatsapp:US.ENT.11815799212886844830", "whatsapp:US.ENT.11815799212886844830"),
        ("whatsapp:br.ent.aBc9", "whatsapp:BR.ENT.aBc9"),
        ("whatsapp:ES." + String(repeating: "9", count: 128), "whatsapp:ES." + String(repeating: "9", count: 128)),
    ])
    func whatsAppUserIDs(_ written: String, _ expected: String) throws {
        let address = try ContactAddress(parsing: written)
        #expect(address.kind == .whatsAppUser)
        #expect(address.text == expected)
        #expect(try ContactAddress(whatsAppUser: String(written.dropFirst("whatsapp:".count))) == address)
    }

    @Test(arguments: [
        "", ".", "US", "US.", ".123", "USA.123", "U1.123", "US.12 34", "US.12-34", "US.ENT.", "US.ENT", "US.XXX.123",
        "US.ENT.ENT.123", "US.ñ", "US." + String(repeating: "9", count: 129), "34600111222",
    ])
    func badWhatsAppUserIDs(_ written: String) {
        if written == "US.ENT" { return #expect((try? ContactAddress(whatsAppUser: written)) != nil) }
        #expect(throws: ContactAddressError(.malformedUserID, "")) { try ContactAddress(whatsAppUser: written) }
    }

    // MARK: E-mail

    @Test(arguments: [
        ("ana@example.com", "ana@example.com"), ("Ana.Gil+News@EXAMPLE.Com", "ana.gil+news@example.com"),
        (" mailto:ana@example.com ", "ana@example.com"), ("o'hara@example.com", "o'hara@example.com"),
        ("a..b.@mail.example.com", "a..b.@mail.example.com"),
        ("ana@xn--bcher-kva.example", "ana@xn--bcher-kva.example"),
        ("ana@bücher.example", "ana@xn--bcher-kva.example"), ("ana@BÜCHER.example", "ana@xn--bcher-kva.example"),
        ("ana@例え.example", "ana@xn--r8jz45g.example"), ("ana@почта.example", "ana@xn--80a1acny.example"),
    ])
    func emailAddresses(_ written: String, _ expected: String) throws {
        let address = try ContactAddress(parsing: written)
        #expect(address.kind == .email)
        #expect(address.text == expected)
    }

    @Test(arguments: [
        "@", "ana@", "@example.com", "ana@@example.com", "a@b@example.com", "ana@localhost", "ana@example.com.",
        "ana@.example.com", "ana@-a.example", "ana@a-.example", "ana gil@example.com", "\"ana\"@example.com",
        "ana@[192.0.2.1]", "ana@192.0.2.1", "ana@exa mple.com", "ana@exa_mple.com", "José@example.com",
        "ana@bu\u{308}cher.example", "Ana <ana@example.com>", "ana@example.com,bo@example.com", "ana\u{0}@example.com",
        String(repeating: "a", count: 65) + "@example.com", "ana@" + String(repeating: "a", count: 64) + ".example",
        "ana@" + String(repeating: "abcdefg.", count: 32) + "example", "ana@\u{1F600}.example",
    ])
    func badEmailAddresses(_ written: String) { #expect(refusal(written) == .malformedEmail) }

    @Test func theLongestLocalPartIsTaken() throws {
        #expect(try text(String(repeating: "a", count: 64) + "@example.com").utf8.count == 76)
    }

    /// RFC 3492 §7.1, samples (A), (B), (L) and (S).
    @Test func punycodeSamples() {
        func encode(_ text: String) -> String? {
            Punycode.encode(Array(text.unicodeScalars)).map { String(decoding: $0, as: UTF8.self) }
        }
        #expect(encode("ليهمابتكلموشعربي؟") == "egbpdaj6bu4bxfgehfvwxn")
        #expect(encode("他们为什么不说中文") == "ihqwcrb4cv8a8dqg056pqjye")
        #expect(encode("3年B組金八先生") == "3B-ww4c5e180e575a65lsy2b")
        #expect(encode("-> $1.00 <-") == "-> $1.00 <--")
        #expect(encode(String(repeating: "é", count: 64)) == nil)
    }

    // MARK: What is kept and shown

    @Test(arguments: [
        ("+34600111222", "+346…222"), ("+29022222", "+290…22"), ("ana@example.com", "a…@example.com"),
        ("whatsapp:US.1234567", "whatsapp:US.…567"), ("whatsapp:US.12", "whatsapp:US.…"),
    ])
    func descriptionsLeaveTheMiddleOut(_ written: String, _ masked: String) throws {
        let address = try ContactAddress(parsing: written)
        #expect("\(address)" == masked)
        #expect(!"\([address])".contains(written))
    }

    @Test func tagInputIsTheKindAndTheCanonicalBytes() throws {
        #expect(try ContactAddress(parsing: "+34 600 111 222").tagInput == [1] + Array("+34600111222".utf8))
        #expect(try ContactAddress(parsing: "Ana@Example.com").tagInput == [2] + Array("ana@example.com".utf8))
        #expect(try ContactAddress(parsing: "whatsapp:us.12").tagInput == [3] + Array("US.12".utf8))
    }

    @Test func onlyCanonicalBytesBecomeAnAddressAgain() throws {
        for written in ["+34600111222", "+5491123456789", "ana@example.com", "whatsapp:US.ENT.9a"] {
            let address = try ContactAddress(parsing: written)
            #expect(ContactAddress(tagInput: address.tagInput) == address)
            #expect(try ContactAddress(parsing: address.text) == address)
            for length in 0..<3 { #expect(ContactAddress(tagInput: Array(address.tagInput.prefix(length))) == nil) }
        }
        for (kind, canonical) in [
            (1, "34600111222"), (1, "+5215512345678"), (1, "+34 600111222"), (2, "Ana@example.com"), (3, "us.12"),
            (3, "whatsapp:US.12"), (0, "+34600111222"), (4, "+34600111222"), (1, "ana@example.com"),
        ] as [(UInt8, String)] {
            #expect(ContactAddress(tagInput: [kind] + canonical.utf8) == nil)
        }
        #expect(ContactAddress(tagInput: [2, 0xFF, 0x40]) == nil)
        #expect(ContactAddress(tagInput: []) == nil)
    }

    @Test(arguments: [
        ("+34600111222", "ES"), ("+12025550143", "US"), ("+14165550143", "CA"), ("+5491123456789", "AR"),
        ("+2290197123456", "BJ"), ("+88212345678", nil), ("ana@example.com", nil), ("whatsapp:MX.12", "MX"),
    ])
    func regions(_ written: String, _ region: String?) throws {
        #expect(try ContactAddress(parsing: written).region == region)
    }

    @Test func theNormalizationNamesTheLibrarysMetadata() {
        #expect(ContactAddress.normalization.hasPrefix("1/"))
        #expect(ContactAddress.normalization == "1/" + ContactPhone.metadataFingerprint)
    }

    // MARK: Whatever comes

    /// Random texts of the characters that addresses are made of: no crash, and what is read reads again as itself.
    @Test(arguments: 0..<8) func randomTexts(_ seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let pieces = [
            "+", "00", "34", "52", "521", "54", "549", "55", "229", "1", "600111222", "9", " ", "-", "(", ")", ".", "@",
            "example.com", "ana", "whatsapp:", "US.", "ENT.", "tel:", "mailto:", "'", "#", "E+10", ",", "x5", "é",
            "\u{200E}",
            "\u{FF10}", "\u{0661}", "\u{1F600}", "\u{0}", "0", "8", "123",
        ]
        for _ in 0..<4_000 {
            let written = (0..<random.next(below: 8)).map { _ in pieces[random.next(below: pieces.count)] }.joined()
            let region = [nil, "ES", "AR", "BR", "MX", "US", "xx"][random.next(below: 7)]
            for notation in [ContactAddress.Notation.any, .whatsAppID, .whatsAppUser] {
                guard let address = try? ContactAddress(written, notation: notation, defaultRegion: region) else {
                    continue
                }
                #expect(ContactAddress(tagInput: address.tagInput) == address, "seed \(seed): \(written)")
                let again =
                    address.kind == .phone && notation == .whatsAppID ? "whatsapp:" + address.text : address.text
                if notation != .any || !written.contains("whatsapp:") {
                    #expect(try ContactAddress(parsing: again) == address, "seed \(seed): \(written)")
                }
                for other in address.otherSpellings { #expect(other.otherSpellings == [address], "seed \(seed)") }
            }
        }
    }
}
