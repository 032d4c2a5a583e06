internal import Glibc

/// What a time stamp says: the `TSTInfo` of a granted `TimeStampResp` (RFC 3161 §2.4.2), read strictly: the structures that
/// lead to it are DER, and nothing follows. What else is in the response is not looked at, and nothing is verified.
struct TimeStampInfo: Hashable, Sendable {
    /// What was stamped.
    let digest: SHA256Digest
    let time: StampedTime

    /// The longest accuracy that is believed to be one, in milliseconds: a day.
    private static let mostAccuracy: UInt64 = 86_400_000

    /// Object identifiers, as DER has them: of SHA-256, of `SignedData` (RFC 5652) and of `TSTInfo`.
    private static let sha256: [UInt8] = [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01]
    private static let signedData: [UInt8] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02]
    private static let tstInfo: [UInt8] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x01, 0x04]

    /// Reads it. Throws `malformed` for everything else, and `notGranted` for a refusal.
    init(of response: [UInt8]) throws(CryptoError) {
        let whole = try DERElement.all(in: response[...])
        guard whole.count == 1 else { throw Self.malformed("it is not one TimeStampResp") }
        let parts = try whole[0].elements(.sequence)
        guard let first = parts.first else { throw Self.malformed("it has no status") }
        let status = try first.elements(.sequence)
        guard let granted = try status.first?.number(), [0, 1].contains(granted) else {
            throw CryptoError(.notGranted, "the time-stamping authority did not grant the stamp")
        }
        try Self.refuseDisorder(status.dropFirst(), [.sequence, .bitString])
        guard parts.count == 2 else { throw Self.malformed("it has no token") }
        let token = try Self.content(of: parts[1], Self.signedData).elements(.sequence)
        guard token.count >= 4, token[1].tag == .set, token[token.count - 1].tag == .set else {
            throw Self.malformed("its token is no SignedData")
        }
        _ = try token[0].number()
        try Self.refuseDisorder(token[3...].dropLast(), [.explicit0, .explicit1])
        let octets = try Self.content(of: token[2], Self.tstInfo).content(.octetString)
        let inner = try DERElement.all(in: octets)
        guard inner.count == 1 else { throw Self.malformed("its token has no TSTInfo") }
        let info = try inner[0].elements(.sequence)
        guard info.count >= 5, try info[0].number() == 1, info[1].tag == .objectIdentifier else {
            throw Self.malformed("it is no TSTInfo of version 1")
        }
        _ = try info[3].number()
        try Self.refuseDisorder(info[5...], [.sequence, .boolean, .integer, .explicit0, .explicit1])
        digest = try Self.digest(in: info[2])
        let (time, isFiner) = try Self.time(info[4].content(.generalizedTime))
        let stated = info[5...].first { $0.tag == .sequence }
        let accuracy = if let stated { try Self.accuracy(stated) } else { UInt64(0) }
        self.time = StampedTime(time: time, accuracy: accuracy, hasFinerTime: isFiner)
    }

    /// What a `ContentInfo` of that type has.
    private static func content(of element: DERElement, _ type: [UInt8]) throws(CryptoError) -> DERElement {
        let parts = try element.elements(.sequence)
        guard parts.count == 2, try parts[0].content(.objectIdentifier).elementsEqual(type) else {
            throw malformed("its token is not of the type that a time stamp's is")
        }
        let content = try parts[1].elements(.explicit0)
        guard content.count == 1 else { throw malformed("its token has not exactly one content") }
        return content[0]
    }

    /// Refuses elements that are not some of these tags, in this order, each once.
    private static func refuseDisorder(
        _ elements: ArraySlice<DERElement>, _ tags: [DERElement.Tag]
    ) throws(CryptoError) {
        var rest = tags[...]
        for element in elements {
            guard let place = rest.firstIndex(of: element.tag) else {
                throw malformed("it has a part that is not of RFC 3161, or not in its place")
            }
            rest = rest[(place + 1)...]
        }
    }

    private static func digest(in imprint: DERElement) throws(CryptoError) -> SHA256Digest {
        let parts = try imprint.elements(.sequence)
        let algorithm = try parts.first?.elements(.sequence) ?? []
        guard parts.count == 2, let type = algorithm.first, try type.content(.objectIdentifier).elementsEqual(sha256),
            algorithm.count == 1 || algorithm.count == 2 && algorithm[1].tag == .null && algorithm[1].content.isEmpty,
            let digest = SHA256Digest(try parts[1].content(.octetString))
        else { throw malformed("it is not of a SHA-256") }
        return digest
    }

    /// The time, to the millisecond, and whether it is finer: `YYYYMMDDhhmmss[.f…]Z`.
    private static func time(
        _ text: ArraySlice<UInt8>
    ) throws(CryptoError) -> (milliseconds: UInt64, isFiner: Bool) {
        func isDigit(_ byte: UInt8) -> Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte }
        let digits = text.prefix(while: isDigit).map { Int32($0 - UInt8(ascii: "0")) }
        let rest = text.dropFirst(digits.count)
        let fraction = rest.dropFirst().dropLast().map { $0 }
        guard digits.count == 14, rest.last == UInt8(ascii: "Z"),
            rest.count == 1 || (rest.first == UInt8(ascii: ".") && !fraction.isEmpty), fraction.allSatisfy(isDigit)
        else { throw noTime }
        func number(_ range: Range<Int>) -> Int32 { digits[range].reduce(0) { $0 * 10 + $1 } }
        var stated = tm()
        stated.tm_year = number(0..<4) - 1900
        stated.tm_mon = number(4..<6) - 1
        stated.tm_mday = number(6..<8)
        stated.tm_hour = number(8..<10)
        stated.tm_min = number(10..<12)
        stated.tm_sec = number(12..<14)
        var read = stated
        let seconds = timegm(&read)
        // `timegm` puts right what is no time; then it is another one.
        guard seconds >= 0, read.tm_year == stated.tm_year, read.tm_mon == stated.tm_mon,
            read.tm_mday == stated.tm_mday,
            read.tm_hour == stated.tm_hour, read.tm_min == stated.tm_min, read.tm_sec == stated.tm_sec
        else { throw noTime }
        var milliseconds: UInt64 = 0
        for place in 0..<3 {
            milliseconds =
                milliseconds * 10 + (place < fraction.count ? UInt64(fraction[place] - UInt8(ascii: "0")) : 0)
        }
        return (UInt64(seconds) * 1000 + milliseconds, fraction.dropFirst(3).contains { $0 != UInt8(ascii: "0") })
    }

    /// In milliseconds, rounded up.
    private static func accuracy(_ element: DERElement) throws(CryptoError) -> UInt64 {
        let parts = try element.elements(.sequence)
        try refuseDisorder(parts[...], [.integer, .implicit0, .implicit1])
        var numbers: [DERElement.Tag: UInt64] = [:]
        for part in parts { numbers[part.tag] = try part.number() }
        guard numbers.count == parts.count, case let seconds = numbers[.integer] ?? 0, seconds <= mostAccuracy / 1000,
            case let thousandths = numbers[.implicit0] ?? 0, thousandths < 1000,
            case let millionths = numbers[.implicit1] ?? 0, millionths < 1000,
            case let sum = seconds * 1000 + thousandths + (millionths > 0 ? 1 : 0), sum <= mostAccuracy
        else { throw malformed("it says an accuracy that is none, or longer than a day") }
        return sum
    }

    private static var noTime: CryptoError {
        malformed("it does not say its time as RFC 3161 has it: YYYYMMDDhhmmss[.f]Z, from 1970 on")
    }

    fileprivate static func malformed(_ why: String) -> CryptoError {
        CryptoError(.malformed, "this is no time stamp of RFC 3161 in DER: \(why)")
    }
}

/// An element of DER (X.690), its contents not looked at.
private struct DERElement {
    /// Tags of one byte.
    struct Tag: RawRepresentable, Hashable {
        let rawValue: UInt8

        static let boolean = Tag(rawValue: 0x01)
        static let integer = Tag(rawValue: 0x02)
        static let bitString = Tag(rawValue: 0x03)
        static let octetString = Tag(rawValue: 0x04)
        static let null = Tag(rawValue: 0x05)
        static let objectIdentifier = Tag(rawValue: 0x06)
        static let generalizedTime = Tag(rawValue: 0x18)
        static let sequence = Tag(rawValue: 0x30)
        static let set = Tag(rawValue: 0x31)
        static let implicit0 = Tag(rawValue: 0x80)
        static let implicit1 = Tag(rawValue: 0x81)
        static let explicit0 = Tag(rawValue: 0xa0)
        static let explicit1 = Tag(rawValue: 0xa1)
    }

    let tag: Tag
    let content: ArraySlice<UInt8>

    /// All that `bytes` are, one after the other.
    static func all(in bytes: ArraySlice<UInt8>) throws(CryptoError) -> [DERElement] {
        var elements: [DERElement] = []
        var rest = bytes
        while let tag = rest.popFirst() {
            guard tag & 0x1f != 0x1f, var count = rest.popFirst().map(Int.init) else { throw notDER }
            if count >= 0x80 {
                let length = rest.prefix(count - 0x80)
                // Lengths are written as shortly as can be.
                guard length.count == count - 0x80, 1...4 ~= length.count, length.first != 0 else { throw notDER }
                count = length.reduce(0) { $0 << 8 | Int($1) }
                guard count >= 0x80 else { throw notDER }
                rest = rest.dropFirst(length.count)
            }
            guard count <= rest.count else { throw notDER }
            elements.append(DERElement(tag: Tag(rawValue: tag), content: rest.prefix(count)))
            rest = rest.dropFirst(count)
        }
        return elements
    }

    /// What it has, if it is of that tag.
    func content(_ tag: Tag) throws(CryptoError) -> ArraySlice<UInt8> {
        guard self.tag == tag else { throw TimeStampInfo.malformed("it has something else than RFC 3161 says") }
        return content
    }

    /// The elements in it, if it is of that tag.
    func elements(_ tag: Tag) throws(CryptoError) -> [DERElement] { try Self.all(in: content(tag)) }

    /// The number that it is, of an `INTEGER` or of one under another tag; `nil` for a negative one and one of more than 64
    /// bits.
    func number() throws(CryptoError) -> UInt64? {
        guard [.integer, .implicit0, .implicit1].contains(tag), let first = content.first,
            content.count == 1 || first != 0 && first != 0xff || (first ^ content[content.startIndex + 1]) & 0x80 != 0
        else { throw Self.notDER }
        let digits = content.drop { $0 == 0 }
        guard first & 0x80 == 0, digits.count <= 8 else { return nil }
        return digits.reduce(0) { $0 << 8 | UInt64($1) }
    }

    private static var notDER: CryptoError { TimeStampInfo.malformed("it is not DER") }
}
