internal import CPhoneNumber
internal import Synchronization

/// Phone numbers in E.164, and WhatsApp's ways of writing them.
enum ContactPhone {
    private static let zero = UInt8(ascii: "0")

    /// What a text says once its separators are gone and its digits are ASCII.
    private struct Dialled {
        var digits: [UInt8] = []
        var hasPlus = false
    }

    /// The address of a number as people write it.
    static func address(_ text: Substring, defaultRegion: String?) throws(ContactAddressError) -> ContactAddress {
        try refuseSpreadsheetDamage(text)
        let dialled = try dialled(text)
        if dialled.hasPlus { return try international(dialled.digits) }
        if dialled.digits.starts(with: [zero, zero]) {
            // 00 is what most of the world dials before a calling code; where it is not, libphonenumber knows better.
            let digits = Array(dialled.digits.dropFirst(2))
            if let address = plainAddress(digits) { return address }
            if defaultRegion == nil { return try international(digits) }
        }
        guard let defaultRegion else {
            throw ContactAddressError(
                .countryUnknown,
                "the number has no country calling code; write it as +34600111222, or name the country it is dialled in"
            )
        }
        let region = String(decoding: defaultRegion.utf8.map { $0 & 0xDF }, as: UTF8.self)
        guard region.utf8.count == 2, region.utf8.allSatisfy({ UInt8(ascii: "A")...UInt8(ascii: "Z") ~= $0 }) else {
            throw ContactAddressError(
                .regionUnknown, "a country is named by two letters (ISO 3166-1), such as ES or US")
        }
        return try asked(dialled.digits, region: region)
    }

    /// The address of a WhatsApp phone id.
    static func address(whatsAppID text: String) throws(ContactAddressError) -> ContactAddress {
        let digits = Array(text.utf8.first == UInt8(ascii: "+") ? text.utf8.dropFirst() : text.utf8[...])
        guard ContactPhonePlan.minimumDigitCount...ContactPhonePlan.maximumDigitCount ~= digits.count,
            digits.allSatisfy({ zero...zero + 9 ~= $0 })
        else {
            throw ContactAddressError(
                .malformed,
                "a WhatsApp phone id has 7 to 15 digits and nothing else, such as 34600111222; a user id is written "
                    + "whatsapp:US.1234567")
        }
        guard let codeLength = ContactPhonePlan.world.callingCodeLength(of: digits) else {
            throw unknownCallingCode()
        }
        return address(whatsAppSpelling(digits, codeLength: codeLength))
    }

    static func region(of canonical: String) -> String? {
        guard case .number(_, let region, _) = parse(Array(canonical.utf8), region: nil) else { return nil }
        // "001" stands for satellite networks, free-phone and the like.
        return region.utf8.count == 2 ? region : nil
    }

    /// The countries that the number may be of: one where it tells; all that share its calling code where it lies in no
    /// range that this libphonenumber knows; none for satellite networks and the like.
    static func countries(of canonical: String) -> [String] {
        let digits = Array(canonical.utf8.dropFirst())
        let plan = ContactPhonePlan.world
        guard let codeLength = plan.callingCodeLength(of: digits) else { return [] }
        let code = plan.callingCode(of: digits, length: codeLength)
        let sharing = regions.withLock { known in
            if let regions = known[code] { return regions }
            let regions = regions(ofCallingCode: code)
            known[code] = regions
            return regions
        }
        guard sharing.count > 1 else { return sharing }
        guard code == 1, digits.count == 11 else { return ownRegion(of: digits).map { [$0] } ?? sharing }
        // In North America the area code tells; what follows it is the same for all of its numbers here, so that the
        // answer does not depend on which of them was met first.
        let area = plan.callingCode(of: digits, length: 4)
        let own = areas.withLock { known in
            if let region = known[area] { return region }
            let region = ownRegion(of: digits[..<4] + Array("2345678".utf8))
            known[area] = .some(region)
            return region
        }
        return own.map { [$0] } ?? sharing
    }

    /// The regions of the calling codes met so far.
    private static let regions = Mutex<[Int: [String]]>([:])
    /// The region of each North American area code met so far, the 1 before it included.
    private static let areas = Mutex<[Int: String?]>([:])

    private static func regions(ofCallingCode code: Int) -> [String] {
        var letters = [CChar](repeating: 0, count: 2 * Int(CPN_MOST_REGIONS))
        let count = Int(cpn_regions(Int32(code), &letters))
        return (0..<max(0, count)).map { position in
            String(decoding: letters[2 * position..<2 * position + 2].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }

    /// The region that the digits themselves tell.
    private static func ownRegion(of digits: some Sequence<UInt8>) -> String? {
        guard case .number(_, let region, let isOwn) = parse([UInt8(ascii: "+")] + digits, region: nil), isOwn,
            region.utf8.count == 2
        else { return nil }
        return region
    }

    static var metadataFingerprint: String { String(cpn_metadata_fingerprint(), radix: 16) }

    static func otherSpellings(of canonical: String) -> [ContactAddress] {
        let digits = Array(canonical.utf8.dropFirst())
        if digits.starts(with: "54".utf8) {
            if digits.count == 13, digits[2] == UInt8(ascii: "9") {
                return [address(digits[..<2] + digits[3...])]
            }
            if digits.count == 12 { return [address(digits[..<2] + [UInt8(ascii: "9")] + digits[2...])] }
        } else if digits.starts(with: "229".utf8) {
            if digits.count == 13, digits[3...].starts(with: "01".utf8) {
                return [address(digits[..<3] + digits[5...])]
            }
            if digits.count == 11 { return [address(digits[..<3] + Array("01".utf8) + digits[3...])] }
        }
        return []
    }

    // MARK: Reading

    /// Whether `text` is its own canonical spelling: decided from its bytes, without libphonenumber and without a copy.
    static func isPlain(_ text: String) -> Bool {
        text.utf8.withContiguousStorageIfAvailable { bytes in
            guard bytes.first == UInt8(ascii: "+"), bytes.count <= ContactPhonePlan.maximumDigitCount + 1 else {
                return false
            }
            let digits = UnsafeBufferPointer(rebasing: bytes[1...])
            guard digits.allSatisfy({ zero...zero + 9 ~= $0 }),
                let codeLength = ContactPhonePlan.world.callingCodeLength(of: digits)
            else { return false }
            return !isRespelled(digits, codeLength: codeLength)
                && ContactPhonePlan.world.isPlain(digits, codeLength: codeLength)
        } ?? false
    }

    private static func plainAddress(_ digits: [UInt8]) -> ContactAddress? {
        let plan = ContactPhonePlan.world
        guard let codeLength = plan.callingCodeLength(of: digits) else { return nil }
        let spelled = whatsAppSpelling(digits, codeLength: codeLength)
        return plan.isPlain(spelled, codeLength: codeLength) ? address(spelled) : nil
    }

    /// The address of international digits that are perhaps not plain.
    private static func international(_ digits: [UInt8]) throws(ContactAddressError) -> ContactAddress {
        if let address = plainAddress(digits) { return address }
        let plan = ContactPhonePlan.world
        guard let codeLength = plan.callingCodeLength(of: digits) else { throw unknownCallingCode() }
        guard digits.count >= ContactPhonePlan.minimumDigitCount else {
            throw wrongLength(digits, codeLength: codeLength)
        }
        return try asked([UInt8(ascii: "+")] + digits, region: nil)
    }

    /// The address as libphonenumber reads it; the length is judged by our own table, the same everywhere.
    private static func asked(_ text: [UInt8], region: String?) throws(ContactAddressError) -> ContactAddress {
        switch parse(text, region: region) {
        case .number(let read, _, _):
            let plan = ContactPhonePlan.world
            guard let codeLength = plan.callingCodeLength(of: read) else { throw unknownCallingCode() }
            let spelled = whatsAppSpelling(read, codeLength: codeLength)
            guard plan.hasLength(of: spelled, codeLength: codeLength) else {
                throw wrongLength(spelled, codeLength: codeLength)
            }
            try requireStable(spelled, codeLength: codeLength, given: text)
            return address(spelled)
        case .refused(let outcome):
            switch outcome {
            case CPN_UNKNOWN_REGION:
                throw ContactAddressError(
                    .regionUnknown,
                    "no country \(region ?? "") has telephone numbers; name one by ISO 3166-1, such as ES")
            case CPN_UNKNOWN_CALLING_CODE: throw unknownCallingCode()
            case CPN_TOO_SHORT:
                throw ContactAddressError(
                    .wrongLength, "the phone number is too short; write it whole, as +34600111222")
            case CPN_TOO_LONG:
                throw ContactAddressError(
                    .wrongLength, "the phone number is too long; write one number, as +34600111222")
            case CPN_EXTENSION: throw hasExtension()
            default: throw notAnAddress()
            }
        }
    }

    /// Refuses digits that libphonenumber, asked again, would read as yet another number: then they were no number.
    private static func requireStable(
        _ digits: [UInt8], codeLength: Int, given: [UInt8]
    ) throws(ContactAddressError) {
        if ContactPhonePlan.world.isPlain(digits, codeLength: codeLength) { return }
        let text = [UInt8(ascii: "+")] + digits
        if text == given { return }
        guard case .number(let again, _, _) = parse(text, region: nil), again == digits else { throw notAnAddress() }
    }

    private enum Parsed {
        /// Digits with their calling code, and a region, perhaps empty: the number's own, or its calling code's main one.
        case number([UInt8], region: String, isOwn: Bool)
        case refused(cpn_outcome)
    }

    private static func parse(_ text: [UInt8], region: String?) -> Parsed {
        var number = cpn_number()
        let outcome = text.withUnsafeBytes { bytes in
            let start = bytes.bindMemory(to: CChar.self).baseAddress
            guard let region else { return cpn_parse(start, bytes.count, nil, &number) }
            return region.withCString { cpn_parse(start, bytes.count, $0, &number) }
        }
        guard outcome == CPN_OK else { return .refused(outcome) }
        let digits = withUnsafeBytes(of: number.e164) { Array($0.prefix { $0 != 0 }.dropFirst()) }
        let name = withUnsafeBytes(of: number.region) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        return .number(digits, region: name, isOwn: number.is_own_region != 0)
    }

    /// The digits of `text` in ASCII, whatever script they are in, and whether a plus stands before them.
    private static func dialled(_ text: Substring) throws(ContactAddressError) -> Dialled {
        var dialled = Dialled()
        for (index, scalar) in zip(text.unicodeScalars.indices, text.unicodeScalars) {
            if scalar == "+" || scalar == "\u{FF0B}" {
                guard dialled.digits.isEmpty, !dialled.hasPlus else { throw notAnAddress() }
                dialled.hasPlus = true
            } else if let digit = decimalValue(scalar) {
                dialled.digits.append(zero + digit)
            } else if !ContactTyping.isSeparator(scalar) {
                let rest = text[index...]
                let hasTail = ["x", "ext", ";ext", "#", ","].contains { rest.lowercased().hasPrefix($0) }
                throw hasTail && dialled.digits.count >= ContactPhonePlan.minimumDigitCount
                    ? hasExtension() : notAnAddress()
            }
        }
        guard !dialled.digits.isEmpty else { throw notAnAddress() }
        guard dialled.digits.count <= 24 else {
            throw ContactAddressError(
                .wrongLength,
                "the phone number has \(dialled.digits.count) digits, and at most 15 exist; name one number")
        }
        return dialled
    }

    private static func decimalValue(_ scalar: Unicode.Scalar) -> UInt8? {
        if scalar.isASCII {
            let byte = UInt8(truncatingIfNeeded: scalar.value)
            return zero...zero + 9 ~= byte ? byte - zero : nil
        }
        guard scalar.properties.numericType == .decimal, let value = scalar.properties.numericValue else { return nil }
        return UInt8(exactly: value)
    }

    /// Refuses `3,46E+10`, `34600111222.0`, `########` and `#N/A`: what a spreadsheet makes of a number. The digits that
    /// it dropped cannot be had back, so nothing is repaired.
    private static func refuseSpreadsheetDamage(_ text: Substring) throws(ContactAddressError) {
        var rest = Array(text.utf8)[...]
        func takeDigits() -> Int {
            let digits = rest.prefix { zero...zero + 9 ~= $0 }.count
            rest = rest.dropFirst(digits)
            return digits
        }
        func take(_ bytes: String) -> Bool {
            guard let first = rest.first, bytes.utf8.contains(first) else { return false }
            rest = rest.dropFirst()
            return true
        }
        let isErrorValue = rest.first == UInt8(ascii: "#")
        _ = take("+-")
        let whole = takeDigits()
        let hasPoint = take(".,")
        let fraction = rest.prefix { zero...zero + 9 ~= $0 }
        rest = rest.dropFirst(fraction.count)
        let hasExponent = take("eE")
        _ = hasExponent && take("+-")
        let exponent = hasExponent ? takeDigits() : 0
        guard
            isErrorValue
                || rest.isEmpty && whole > 0
                    && (exponent > 0
                        || hasPoint && whole >= ContactPhonePlan.minimumDigitCount && !fraction.isEmpty
                            && fraction.allSatisfy { $0 == zero })
        else { return }
        throw ContactAddressError(
            .spreadsheetDamage,
            "a spreadsheet has turned this number into a quantity or an error, and digits may be lost; "
                + "export the column as text from where it came")
    }

    // MARK: WhatsApp's spellings

    /// Whether WhatsApp writes the line in two ways and this is the one that we do not keep. Mexico: `52 1` and ten digits
    /// is `52` and those ten (the 1 was dropped in 2019). Brazil: an area code and eight digits that begin with 6 to 9 is
    /// a mobile number without its ninth digit, a 9 in front (complete since 2016); landlines begin with 2 to 5.
    private static func isRespelled(_ digits: some RandomAccessCollection<UInt8>, codeLength: Int) -> Bool {
        guard codeLength == 2 else { return false }
        switch digits.count {
        case 13: return digits.starts(with: "521".utf8)
        case 12:
            return digits.starts(with: "55".utf8) && digits[digits.index(digits.startIndex, offsetBy: 4)] >= zero + 6
        default: return false
        }
    }

    /// The one spelling that we keep of such a line.
    private static func whatsAppSpelling(_ digits: [UInt8], codeLength: Int) -> [UInt8] {
        guard isRespelled(digits, codeLength: codeLength) else { return digits }
        return digits.count == 13
            ? Array(digits[..<2] + digits[3...]) : digits[..<4] + [UInt8(ascii: "9")] + digits[4...]
    }

    private static func address(_ digits: some Sequence<UInt8>) -> ContactAddress {
        var text: [UInt8] = [UInt8(ascii: "+")]
        text += digits
        return ContactAddress(kind: .phone, canonical: String(decoding: text, as: UTF8.self))
    }

    // MARK: Errors

    private static func notAnAddress() -> ContactAddressError {
        ContactAddressError(
            .malformed,
            "the contact is neither a phone number nor an e-mail address nor a WhatsApp user id; "
                + "write +34600111222, ana@example.com or whatsapp:US.1234567")
    }

    private static func hasExtension() -> ContactAddressError {
        ContactAddressError(
            .extensionNumber, "no message arrives at an extension; give the number that is reached without one")
    }

    private static func unknownCallingCode() -> ContactAddressError {
        ContactAddressError(
            .callingCodeUnknown,
            "no country has the calling code with which the number begins; write it as +34600111222")
    }

    private static func wrongLength(_ digits: [UInt8], codeLength: Int) -> ContactAddressError {
        let plan = ContactPhonePlan.world
        let code = plan.callingCode(of: digits, length: codeLength)
        let lengths = plan.lengths(of: code)
        let expected = lengths.map(String.init).joined(separator: lengths.count == 2 ? " or " : ", ")
        return ContactAddressError(
            .wrongLength,
            "the number has \(digits.count - codeLength) digits after +\(code), where numbers have \(expected); "
                + "correct it, or write whatsapp:+NUMBER if WhatsApp itself gave it so")
    }
}
