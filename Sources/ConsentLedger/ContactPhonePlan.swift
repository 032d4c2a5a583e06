/// The calling codes of the world and the lengths that their national numbers have: enough to know that a number is
/// already plain E.164, so that libphonenumber need not be asked (nor started).
///
/// The table is libphonenumber 8.12.57's, with three amendments: Mexico and Brazil have only the lengths that their
/// numbers have once WhatsApp's spellings are removed, area code included, and Benin has ten digits besides eight since
/// 30 November 2024. A test compares each row with the library.
struct ContactPhonePlan: Sendable {
    /// The most digits of an E.164 number, calling code included (ITU-T E.164 §6).
    static let maximumDigitCount = 15
    /// The fewest that any country has (Saint Helena, Niue and Tokelau: three of calling code, four of number).
    static let minimumDigitCount = 7

    static let world = ContactPhonePlan(table: table)

    private struct Row {
        /// Bit n: national numbers of n digits exist.
        var lengths: UInt16 = 0
        /// Bit d: a number whose first national digit is d may be written with a prefix that has to go (a trunk 0,
        /// Argentina's 15), which only libphonenumber can tell.
        var doubtful: UInt16 = 0
    }

    /// By calling code, 0 to 999.
    private var rows = [Row](repeating: Row(), count: 1000)

    /// Each entry is `CODE:LENGTHS` or `CODE:LENGTHS!DOUBTFUL`: lengths and ranges of lengths, then the first digits.
    private init(table: String) {
        for entry in table.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
            var row = Row()
            let parts = entry.split(separator: ":")
            let fields = parts[1].split(separator: "!")
            for range in fields[0].split(separator: ",") {
                let bounds = range.split(separator: "-").compactMap { Int($0) }
                for length in bounds[0]...bounds[bounds.count - 1] { row.lengths |= 1 << length }
            }
            if fields.count > 1 {
                for digit in fields[1].utf8 { row.doubtful |= 1 << (digit - UInt8(ascii: "0")) }
            }
            if let code = Int(parts[0]) { rows[code] = row }
        }
    }

    /// The number of digits of the calling code with which `digits` (ASCII) begin; `nil` when there is none such. No
    /// calling code is the beginning of another.
    func callingCodeLength(of digits: some RandomAccessCollection<UInt8>) -> Int? {
        var code = 0
        var length = 0
        for digit in digits.prefix(3) {
            code = code * 10 + Int(digit - UInt8(ascii: "0"))
            length += 1
            if code == 0 { return nil }
            if rows[code].lengths != 0 { return length }
        }
        return nil
    }

    /// The calling code that the first `length` digits spell.
    func callingCode(of digits: some RandomAccessCollection<UInt8>, length: Int) -> Int {
        digits.prefix(length).reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    }

    /// Whether numbers of that calling code may have as many digits as `digits`.
    func hasLength(of digits: some RandomAccessCollection<UInt8>, codeLength: Int) -> Bool {
        let length = digits.count - codeLength
        guard 1...15 ~= length, Self.minimumDigitCount...Self.maximumDigitCount ~= digits.count else { return false }
        return rows[callingCode(of: digits, length: codeLength)].lengths & (1 << length) != 0
    }

    /// Whether `digits` are E.164 as they stand: the length is right, and no prefix can be hidden in them.
    func isPlain(_ digits: some RandomAccessCollection<UInt8>, codeLength: Int) -> Bool {
        guard hasLength(of: digits, codeLength: codeLength) else { return false }
        let first = digits[digits.index(digits.startIndex, offsetBy: codeLength)] - UInt8(ascii: "0")
        return rows[callingCode(of: digits, length: codeLength)].doubtful & (1 << first) == 0
    }

    /// The lengths of the national numbers of a calling code; for people.
    func lengths(of callingCode: Int) -> [Int] {
        (1...15).filter { rows[callingCode].lengths & (1 << $0) != 0 }
    }

    private static let table = """
        1:10
        7:10,14
        20:8-10!0 27:5-10!0
        30:10-12 31:5-11!0 32:8-9!0 33:9 34:9 36:8-9 39:6-12
        40:6,9 41:9,12 43:4-13!0 44:7,9-10!0 45:8 46:6-10,12!0 47:5,8 48:6-10 49:4-13!0
        51:8-9!0 52:10!1 53:6-8,10!0 54:10-11!0123 55:10-11!09 56:9-11 57:10-11!0 58:10
        60:8-10!0 61:5-10,12!01 62:7-13!0 63:6,8-13!0 64:5-10!0 65:8,10-11 66:8-10,13!0
        81:8-13!0 82:5-6,8-13!0 84:7-10!0 86:7-12!01
        90:7,10,12-13!0 91:8-13!0 92:8-12!0 93:9 94:9 95:6-10!0 98:4-7,10!0
        211:9 212:9 213:8-9!0 216:8 218:9 220:7 221:9 222:8 223:8 224:8-9 225:10 226:8 227:8 228:8 229:8,10
        230:7-8,10 231:7-9!0 232:8 233:8-9!0 234:7-8,10-12!0 235:8 236:8 237:8-9 238:7 239:7 240:9 241:7-8 242:9
        243:7,9 244:9 245:7,9 246:7 247:5-6 248:7 249:9 250:8-9!0 251:9 252:6-9!0 253:8 254:7-10!0 255:9 256:9
        257:8 258:8-9 260:9 261:9 262:9 263:5-10!0 264:8-9!0 265:7,9 266:8 267:7-8,10 268:8-9 269:7 290:4-5
        291:7 297:7 298:6 299:6
        350:8 351:9 352:4-11!1 353:7-10!0 354:7,9 355:6-9!0 356:8 357:8 358:5-12!0 359:6-9!0 370:8 371:8
        372:7-8,10 373:8 374:8 375:6-11!08 376:6,8-9 377:8-9!0 378:8,10 380:9-10!0 381:6-12!0 382:8-9!0
        383:8-9!0 385:6-9!0 386:5-8!0 387:8-9!0 389:8
        420:9-12 421:6-7,9!0 423:7,9
        500:5 501:7,11 502:8,11 503:7-8,11 504:8,11 505:8 506:8,10 507:7-8,10-11 508:6,9 509:8 590:9 591:8-9!0
        592:7 593:8-11!0 594:9 595:6-11!0 596:9 597:6-7 598:7-8,10!0 599:7-8
        670:7-8 672:6 673:7 674:7 675:7-8 676:5,7 677:5,7 678:5,7 679:7,11 680:7 681:6,9 682:5 683:4,7
        685:5-7,10 686:5,8 687:6 688:5-7 689:6,8-9 690:4-7 691:7 692:7
        800:8 808:8 850:8,10 852:5-9,11 853:7-8 855:8-10!0 856:8-10!0 870:9,12 878:12 880:6-10!0 881:9 882:7-12
        883:9-10,12 886:7-11!0 888:11
        960:7,10 961:7-8!0 962:8-9!0 963:8-9!0 964:8-10!0 965:7-8 966:9-10!0 967:7-9!0 968:7-9 970:8-10!0
        971:5-12!0 972:7-12!0 973:8 974:7-9 975:7-8 976:8-10!0 977:8,10-11!0 979:9 992:9 993:8 994:9 995:9
        996:9-10!0 998:9
        """
}
